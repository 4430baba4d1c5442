use std::time::{Duration, Instant};

use proptest::prelude::*;

use crate::{
    model::fact::FactValue,
    rubric::{
        expression::{Expression, ExpressionError, MAX_LENGTH, MAX_LIST, Scope},
        vocabulary::FactType,
    },
};

fn type_of(name: &str) -> Option<FactType> {
    match name {
        "a.list" | "b.list" => Some(FactType::List),
        "a.number" => Some(FactType::Int),
        "a.ratio" => Some(FactType::Float),
        "a.flag" => Some(FactType::Bool),
        "a.text" => Some(FactType::Text),
        _ => None,
    }
}

fn compiled(text: &str) -> Result<(), ExpressionError> {
    Expression::new(text.to_owned(), FactType::Bool).compile(&type_of).map(drop)
}

/// Evaluates over `a.list`, both lists being of `length`.
fn decided(text: &str, length: usize) -> Result<bool, ExpressionError> {
    let names = FactValue::List((0..length).map(|index| format!("name-{index}")).collect());
    let expression = Expression::new(text.to_owned(), FactType::Bool);
    let mut scope = Scope::new()?;
    scope.bind("a.list", FactType::List, &names);
    scope.bind("b.list", FactType::List, &names);
    scope.decide(expression.compile(&type_of)?)
}

#[test]
fn a_fact_that_is_not_needed_cannot_be_named() {
    let error = compiled("size(c.list) == 0").unwrap_err();
    assert_eq!(error.to_string(), "`c.list` is not among its `needs`");
}

#[test]
fn types_are_checked_before_anything_runs() {
    for text in [
        "a.list == 0",
        "a.number",
        "size(a.number) == 0",
        "a.text >= 3",
        "a.flag && a.number",
        "a.list.exists(x, x > 1)",
        "a.number + a.ratio > 1.0",
    ] {
        let error = compiled(text).expect_err(text);
        assert!(matches!(error, ExpressionError::Type(_)), "{text}: {error}");
    }
}

#[test]
fn what_could_grow_is_not_part_of_the_language() {
    for text in [
        "size(a.list.map(x, x + x)) == 0",
        "a.list.exists(x, b.list.exists(y, x == y))",
        "size({\"a\": a.list}) == 0",
        "a.text.matches(\"(a+)+$\")",
        "a.number / 0 == 1",
        "a.list.exists_one(x, x == \"\")",
        "has(a.list)",
        "a == b",
        "(a.list + a.list).all(x, x == \"\")",
        "\"x\" in (a.list + a.list)",
        "null == null",
        "duration(\"1s\") == duration(\"1s\")",
    ] {
        assert!(compiled(text).is_err(), "{text} is refused");
    }
}

#[test]
fn the_language_that_is_left_still_says_what_criteria_need() {
    for text in [
        "size(a.list) == 0 && a.number <= 3 && a.ratio >= 0.99",
        "a.list.all(x, x in b.list || x.startsWith(\"get \"))",
        "size(a.list.filter(x, x.contains(\"delete\"))) == 0",
        "a.text != \"\" ? a.flag : !a.flag",
        "a.ratio > 1",
        "names(a.list) != percent(a.ratio) + count(a.number, \"day\") + string(a.number)",
    ] {
        assert_eq!(compiled(text), Ok(()), "{text}");
    }
}

#[test]
fn hostile_nesting_is_refused_before_it_is_parsed() {
    let open = "(".repeat(MAX_LENGTH / 2 - 10);
    let close = ")".repeat(MAX_LENGTH / 2 - 10);
    for text in [
        format!("{open}a.flag{close}"),
        "[".repeat(MAX_LENGTH),
        "!".repeat(MAX_LENGTH - 6) + "a.flag",
        "a.flag ? ".repeat(80) + "a.flag",
        "a.number + ".repeat(70) + "1 == 1 && " + &"a.flag && ".repeat(70),
        "x".repeat(MAX_LENGTH + 1),
    ] {
        let error = compiled(&text).expect_err(&text);
        assert!(
            matches!(error, ExpressionError::TooLarge(_) | ExpressionError::Syntax(_)),
            "{error}"
        );
    }
}

/// The deepest trees that the bounds let through must fit the small stack of a
/// worker thread, in an unoptimised build too.
#[test]
fn the_deepest_accepted_expression_fits_a_small_stack() {
    let deep = |text: String| {
        std::thread::Builder::new()
            .stack_size(1 << 20)
            .spawn(move || compiled(&text))
            .expect("a thread")
            .join()
            .expect("no overflow")
    };
    assert_eq!(deep("a.number + ".repeat(70) + "1 == 1"), Ok(()));
    assert_eq!(deep("a.flag || ".repeat(52) + "a.flag"), Ok(()));
    assert_eq!(deep("!".repeat(90) + "a.flag"), Ok(()));
    assert_eq!(deep("(".repeat(12) + "a.flag" + &")".repeat(12)), Ok(()));
}

#[test]
fn the_costliest_accepted_expression_ends_soon() {
    let before = Instant::now();
    let all = decided("a.list.all(x, x in b.list)", MAX_LIST / 10);
    assert_eq!(all, Ok(true));
    assert!(before.elapsed() < Duration::from_secs(20), "{:?}", before.elapsed());
}

#[test]
fn filter_keeps_what_holds() {
    assert_eq!(decided("size(a.list.filter(x, x.endsWith(\"-7\"))) == 1", 10), Ok(true));
    assert_eq!(decided("a.list.exists(x, x == \"name-11\")", 10), Ok(false));
}

#[test]
fn garbage_is_an_error_and_not_a_panic() {
    for text in ["", "a.", "\"", "a.list.all(", "🦀", "a.flag &&", "\u{0}", "a.list.all(1, true)"]
    {
        assert!(compiled(text).is_err(), "{text:?} is refused");
    }
}

/// What hostile expressions are made of.
const TOKENS: [&str; 40] = [
    "a.list",
    "a.flag",
    "a.number",
    "a.text",
    "x",
    "size",
    ".all",
    ".exists",
    ".filter",
    ".map",
    ".exists_one",
    "has",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ",",
    ".",
    "?",
    ":",
    "&&",
    "||",
    "!",
    "-",
    "+",
    "==",
    "in",
    "0",
    "1u",
    "1e400",
    "-9223372036854775808",
    "\"",
    "b'\\x'",
    "r\"\"",
    "null",
    "true",
    "`x`",
    "🦀",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 3_000, ..ProptestConfig::default() })]

    #[test]
    fn no_sequence_of_tokens_panics(picks in prop::collection::vec(0..TOKENS.len(), 0..24)) {
        let text: Vec<&str> = picks.into_iter().map(|pick| TOKENS[pick]).collect();
        let spaced = text.join(" ");
        let dense = text.concat();
        for text in [spaced, dense] {
            let accepted = decided(&text, 2).is_ok();
            prop_assert!(!accepted || compiled(&text).is_ok(), "{text}");
        }
    }
}
