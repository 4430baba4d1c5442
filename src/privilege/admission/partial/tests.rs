//! The evaluator against the language's own: what is definite here is what CEL
//! gives for every completion of the unknowns.

use std::collections::BTreeMap;

use cel::{Context, Program, Value};
use proptest::{prelude::*, sample::select};

use super::{BOUNDS, Partial, Survey, evaluate, parse, survey};

fn answer(text: &str, variables: &[(&str, Partial)]) -> Partial {
    evaluate(&parse(text).expect("the text of a test is CEL"), variables)
}

fn caller(user: &str, groups: &[&str], open: bool) -> Partial {
    let info = Partial::map(
        [
            ("username", Some(Partial::text(user))),
            ("groups", Some(Partial::texts(groups.iter().copied(), open))),
        ],
        true,
    );
    Partial::map([("userInfo", Some(info)), ("subResource", None)], true)
}

#[test]
fn one_side_that_decides_is_enough_beside_the_unknown() {
    for (text, given) in [
        ("false && object.x", Partial::Bool(false)),
        ("object.x && false", Partial::Bool(false)),
        ("true || object.x", Partial::Bool(true)),
        ("object.x || true", Partial::Bool(true)),
        ("true && object.x", Partial::Unknown),
        ("object.x || false", Partial::Unknown),
        ("!object.x", Partial::Unknown),
        ("object.x ? false : false", Partial::Unknown),
        ("object.x == object.x", Partial::Unknown),
        ("1.0 == 1.0 && 1.5 > 1.0", Partial::Bool(true)),
        ("1.0 == 1", Partial::Unknown),
    ] {
        assert_eq!(answer(text, &[]), given, "{text}");
    }
}

#[test]
fn a_list_that_may_be_longer_decides_only_what_more_cannot_change() {
    let known = [("request", caller("ann", &["ops"], false))];
    let open = [("request", caller("ann", &["ops"], true))];
    for (text, closed, longer) in [
        ("'ops' in request.userInfo.groups", Some(true), Some(true)),
        ("'dev' in request.userInfo.groups", Some(false), None),
        ("request.userInfo.groups.exists(g, g == 'ops')", Some(true), Some(true)),
        ("request.userInfo.groups.exists(g, g == 'dev')", Some(false), None),
        ("request.userInfo.groups.all(g, g == 'dev')", Some(false), Some(false)),
        ("request.userInfo.groups.all(g, g == 'ops')", Some(true), None),
        ("size(request.userInfo.groups) == 1", Some(true), None),
        ("request.userInfo.groups.filter(g, g == 'ops').size() == 1", Some(true), None),
        ("request.userInfo.groups.exists_one(g, g == 'ops')", Some(true), None),
    ] {
        let of = |given: Option<bool>| given.map_or(Partial::Unknown, Partial::Bool);
        assert_eq!(answer(text, &known), of(closed), "{text}");
        assert_eq!(answer(text, &open), of(longer), "{text}");
    }
}

#[test]
fn a_field_that_is_left_out_is_absent_and_one_that_nobody_knows_is_neither() {
    let request = [("request", caller("ann", &[], false))];
    assert_eq!(answer("has(request.subResource)", &request), Partial::Bool(false));
    assert_eq!(answer("request.subResource == ''", &request), Partial::Unknown);
    assert_eq!(answer("has(request.name)", &request), Partial::Unknown);
    assert_eq!(answer("has(request.userInfo)", &request), Partial::Bool(true));
}

#[test]
fn what_this_evaluator_does_not_know_is_unknown() {
    for text in [
        "authorizer.group('apps').resource('deployments').check('delete').allowed()",
        "quantity('1Gi').isGreaterThan(quantity('1Mi'))",
        "1 == 'a'",
        "{'a': 1}.a == 1",
        "'a'.matches('(a{1,1000}){1,1000}')",
        "9223372036854775807 + 1 > 0",
        "1 / 0 == 1",
    ] {
        assert_eq!(answer(text, &[]), Partial::Unknown, "{text}");
    }
}

#[test]
fn a_pattern_that_another_engine_reads_otherwise_is_left_open() {
    for pattern in
        ["^[a-z&&[^x]]+$", "[a-c--b]", "[a-d~~b]", "[[]", "[[:alpha:]]", "a**", "a?*", "a???"]
    {
        let text = format!("'ops'.matches('{pattern}')");
        assert_eq!(answer(&text, &[]), Partial::Unknown, "{pattern}");
    }
    for (pattern, given) in [
        ("^[a-z]+$", true),
        ("^[^a-o]", false),
        ("a--b|o&&|ops", true),
        ("o.*?s", true),
        ("[]o]", true),
        ("[^]o]", true),
    ] {
        let text = format!("'ops'.matches('{pattern}')");
        assert_eq!(answer(&text, &[]), Partial::Bool(given), "{pattern}");
    }
}

#[test]
fn an_expression_beyond_the_bounds_is_not_read() {
    assert!(parse(&"(".repeat(BOUNDS.brackets + 1)).is_none());
    assert!(parse(&format!("'{}' == ''", "a".repeat(BOUNDS.length))).is_none());
    assert!(parse(&["true"; 400].join(" && ")).is_none());
    assert!(parse("request.userInfo.").is_none());
    assert!(parse("true && true").is_some());
}

#[test]
fn an_expression_made_to_hurt_ends() {
    let groups: Vec<String> = (0..300).map(|number| format!("g{number}")).collect();
    let groups: Vec<&str> = groups.iter().map(String::as_str).collect();
    let request = [("request", caller("ann", &groups, false))];
    let list = "request.userInfo.groups";
    let text = format!("{list}.all(a, {list}.all(b, {list}.all(c, {list}.all(d, a != 'x'))))");
    assert_eq!(answer(&text, &request), Partial::Unknown);
    let growing = (0..30).fold("'ab'".to_owned(), |text, _| format!("[{text}].map(x, x + x)[0]"));
    assert!(parse(&growing).is_none_or(|tree| evaluate(&tree, &[]) == Partial::Unknown));
}

#[test]
fn an_expression_as_deep_as_the_bounds_allow_is_read_and_evaluated() {
    let nested = |open: &str, inner: &str, close: &str, times: usize| {
        format!("{}{inner}{}", open.repeat(times), close.repeat(times))
    };
    for text in [
        format!("a{}", ".b".repeat(BOUNDS.operators)),
        format!("{}true", "!".repeat(BOUNDS.operators)),
        format!("1{}", "+1".repeat(BOUNDS.operators)),
        format!("a{}", "?a:a".repeat(BOUNDS.operators / 2)),
        nested("(", "1", ")", BOUNDS.brackets),
        nested("[", "1", "]", BOUNDS.brackets),
        nested("[a].all(x,", "true", ")", BOUNDS.brackets / 2),
        nested("size(", "'a'", ")", BOUNDS.brackets),
        nested("{'a':", "1", "}", BOUNDS.brackets),
        "[".repeat(BOUNDS.brackets),
        "'a'.".repeat(BOUNDS.operators),
    ] {
        let mut found = Survey::default();
        if let Some(tree) = parse(&text) {
            survey(&tree, &mut found);
            evaluate(&tree, &[]);
        }
        assert!(!found.namespace, "{text}");
    }
}

/// A value that a variable of a test takes; `None` where it is an error to name it.
type Given = Option<Value>;

/// Variables of the generated expressions, with the values each may have. The
/// last ones are of other types, or no value at all.
fn domains() -> Vec<(&'static str, Vec<Given>)> {
    let text = |text: &str| Some(Value::from(text));
    let list = |items: &[&str]| {
        Some(Value::from(items.iter().map(|item| (*item).to_owned()).collect::<Vec<_>>()))
    };
    vec![
        ("p", vec![Some(Value::Bool(true)), Some(Value::Bool(false)), text("a"), None]),
        ("q", vec![Some(Value::Bool(false)), Some(Value::Bool(true)), Some(Value::Null), None]),
        (
            "n",
            vec![Some(Value::Int(0)), Some(Value::Int(2)), Some(Value::Int(-1)), text("b"), None],
        ),
        ("t", vec![text("a"), text("b"), text(""), Some(Value::Int(1)), None]),
        (
            "l",
            vec![
                list(&["a"]),
                list(&[]),
                list(&["a", "b"]),
                list(&["c", "b"]),
                Some(Value::Bool(true)),
                None,
            ],
        ),
    ]
}

fn partial(given: &Given) -> Partial {
    match given {
        None => Partial::Unknown,
        Some(Value::Bool(flag)) => Partial::Bool(*flag),
        Some(Value::Int(number)) => Partial::Int(*number),
        Some(Value::String(text)) => Partial::text(text.as_str()),
        Some(Value::Null) => Partial::Null,
        Some(Value::List(items)) => {
            let texts: Vec<String> = items
                .iter()
                .filter_map(|item| match item {
                    Value::String(text) => Some(text.as_ref().clone()),
                    _ => None,
                })
                .collect();
            Partial::texts(texts.iter().map(String::as_str), false)
        }
        Some(other) => panic!("no test uses {other:?}"),
    }
}

/// What CEL itself gives, where that is no error and of a kind that is told apart.
fn by_cel(program: &Program, values: &BTreeMap<&str, Given>) -> Option<Partial> {
    let mut context = Context::default();
    for (name, value) in values {
        if let Some(value) = value {
            context.add_variable_from_value(*name, value.clone());
        }
    }
    match program.execute(&context) {
        Ok(value @ (Value::Null | Value::Bool(_) | Value::Int(_) | Value::String(_))) => {
            Some(partial(&Some(value)))
        }
        _ => None,
    }
}

fn texts() -> BoxedStrategy<String> {
    let leaf = prop_oneof![
        select(vec!["t", "'a'", "'b'", "''", "'ab'"]).prop_map(str::to_owned),
        Just("string(n)".to_owned()),
    ];
    leaf.prop_recursive(2, 6, 2, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} + {b})")),
            (select(vec!["p", "q", "t == 'a'"]), inner.clone(), inner)
                .prop_map(|(c, a, b)| format!("({c} ? {a} : {b})")),
        ]
    })
    .boxed()
}

fn numbers() -> BoxedStrategy<String> {
    let leaf = prop_oneof![
        select(vec!["n", "0", "1", "2", "-3"]).prop_map(str::to_owned),
        texts().prop_map(|text| format!("size({text})")),
        Just("size(l)".to_owned()),
        Just("l.size()".to_owned()),
    ];
    leaf.prop_recursive(2, 6, 2, |inner| {
        (inner.clone(), select(vec!["+", "-", "*", "/", "%"]), inner)
            .prop_map(|(a, operator, b)| format!("({a} {operator} {b})"))
    })
    .boxed()
}

fn lists() -> BoxedStrategy<String> {
    prop_oneof![
        Just("l".to_owned()),
        texts().prop_map(|text| format!("['b', {text}]")),
        Just("(l + ['a'])".to_owned()),
        texts().prop_map(|text| format!("l.filter(x, x != {text})")),
        Just("l.map(x, x + 'a')".to_owned()),
        Just("'a,b'.split(',')".to_owned()).prop_map(|_| "['a', 'b']".to_owned()),
    ]
    .boxed()
}

fn truths() -> BoxedStrategy<String> {
    let leaf = prop_oneof![
        select(vec!["p", "q", "true", "false"]).prop_map(str::to_owned),
        (texts(), select(vec!["==", "!=", "<", ">="]), texts())
            .prop_map(|(a, operator, b)| format!("({a} {operator} {b})")),
        (numbers(), select(vec!["==", "!=", "<", "<=", ">", ">="]), numbers())
            .prop_map(|(a, operator, b)| format!("({a} {operator} {b})")),
        (
            texts(),
            select(vec!["startsWith", "endsWith", "contains", "matches"]),
            select(vec!["'a'", "t", "'b'"])
        )
            .prop_map(|(a, function, b)| format!("{a}.{function}({b})")),
        (texts(), lists()).prop_map(|(a, l)| format!("({a} in {l})")),
        (lists(), select(vec!["exists", "all", "exists_one"]), texts())
            .prop_map(|(l, quantifier, t)| format!("{l}.{quantifier}(x, x == {t})")),
        (lists(), lists()).prop_map(|(a, b)| format!("({a} == {b})")),
        (lists(), numbers()).prop_map(|(l, n)| format!("({l}[{n}] == 'a')")),
    ];
    leaf.prop_recursive(4, 24, 3, |inner| {
        prop_oneof![
            (inner.clone(), select(vec!["&&", "||"]), inner.clone())
                .prop_map(|(a, operator, b)| format!("({a} {operator} {b})")),
            inner.clone().prop_map(|a| format!("!({a})")),
            (inner.clone(), inner.clone(), inner.clone())
                .prop_map(|(c, a, b)| format!("({c} ? {a} : {b})")),
            (lists(), select(vec!["exists", "all"]), inner)
                .prop_map(|(l, quantifier, a)| format!("{l}.{quantifier}(x, x != 'a' || {a})")),
        ]
    })
    .boxed()
}

/// Every way to give the variables values.
fn completions(unknown: &[bool], known: &[usize]) -> Vec<BTreeMap<&'static str, Given>> {
    let mut all = vec![BTreeMap::new()];
    for (position, (name, values)) in domains().into_iter().enumerate() {
        let values =
            if unknown[position] { values } else { vec![values[known[position] % 3].clone()] };
        all = all
            .into_iter()
            .flat_map(|taken: BTreeMap<&'static str, Given>| {
                values.iter().map(move |value| {
                    let mut taken = taken.clone();
                    taken.insert(name, value.clone());
                    taken
                })
            })
            .collect();
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_definite_answer_is_the_one_of_every_completion(
        text in truths(),
        unknown in proptest::collection::vec(any::<bool>(), 5),
        known in proptest::collection::vec(0_usize..3, 5),
    ) {
        let Some(tree) = parse(&text) else { return Ok(()) };
        let program = Program::compile(&text).unwrap();
        let domains = domains();
        let variables: Vec<(&str, Partial)> = domains
            .iter()
            .zip(&unknown)
            .zip(&known)
            .filter(|((_, unknown), _)| !**unknown)
            .map(|(((name, values), _), known)| (*name, partial(&values[*known])))
            .collect();
        let given = evaluate(&tree, &variables);
        if given != Partial::Unknown {
            for completion in completions(&unknown, &known) {
                prop_assert_eq!(
                    by_cel(&program, &completion), Some(given.clone()),
                    "{} where {:?}", text, completion
                );
            }
        }
    }

    #[test]
    fn where_everything_is_known_the_answer_is_that_of_cel(
        text in truths(),
        known in proptest::collection::vec(0_usize..3, 5),
    ) {
        let Some(tree) = parse(&text) else { return Ok(()) };
        let program = Program::compile(&text).unwrap();
        let values = completions(&[false; 5], &known).remove(0);
        let variables: Vec<(&str, Partial)> =
            values.iter().map(|(name, value)| (*name, partial(value))).collect();
        // `q` may be null, which is compared with nothing here.
        if let Some(wanted) = by_cel(&program, &values) {
            prop_assert_eq!(evaluate(&tree, &variables), wanted, "{} where {:?}", text, values);
        }
    }

    #[test]
    fn whatever_is_written_is_read_or_not_and_evaluated_without_a_panic(text in "[a-z0-9.()\\[\\]{}'\"!&|=<>+*/%?:, -]{0,60}") {
        if let Some(tree) = parse(&text) {
            evaluate(&tree, &[]);
        }
    }
}
