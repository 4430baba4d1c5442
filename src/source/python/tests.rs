//! What the grammar makes of Python, and that no text is too much for it.

use std::sync::Arc;

use proptest::prelude::*;

use super::{Call, Expr, ExprKind, Module, Read, Statement, is_python, parse};
use crate::source::{error::ErrorKind, limits::Limits};

fn read(text: &str) -> Read {
    let file: Arc<str> = "code.py".into();
    parse(&file, text, &Limits::default()).expect("within the limits")
}

fn module(text: &str) -> Module {
    let read = read(text);
    assert_eq!(read.errors, [], "{text}");
    read.module
}

/// The one expression of a text.
fn expr(text: &str) -> Expr {
    let mut body = module(text).body;
    assert_eq!(body.len(), 1, "{text}");
    match body.remove(0) {
        Statement::Expr(expr) => expr,
        other => panic!("{text} is {other:?}"),
    }
}

fn call(text: &str) -> Call {
    match expr(text).kind {
        ExprKind::Call(call) => *call,
        other => panic!("{text} is {other:?}"),
    }
}

#[test]
fn arguments_are_found_by_name_and_by_position() {
    let call = call("f(1, two, b=3, **more)");
    assert_eq!(call.argument(1, "x").and_then(Expr::as_name), Some("two"));
    assert_eq!(call.argument(0, "b").map(|b| &b.kind), Some(&ExprKind::Number("3".to_owned())));
    assert!(call.argument(4, "x").is_none());
    assert!(call.passes_on());
}

#[test]
fn behind_a_star_positions_mean_nothing() {
    let call = call("f(*first, second)");
    assert!(call.argument(1, "x").is_none());
    assert!(matches!(&call.arguments[0].value.kind, ExprKind::Splat(_)));
}

#[test]
fn a_star_before_a_call_spreads_what_the_call_returns() {
    let ExprKind::List(parts) = expr("[*f(x), *a.b, *c[0]]").kind else { panic!("a list") };
    let spread: Vec<_> = parts
        .iter()
        .map(|part| match &part.kind {
            ExprKind::Splat(inner) => &inner.kind,
            other => panic!("{other:?}"),
        })
        .collect();
    assert!(matches!(
        spread.as_slice(),
        [ExprKind::Call(_), ExprKind::Attribute(..), ExprKind::Subscript(..)]
    ));
}

#[test]
fn brackets_and_await_are_looked_through() {
    assert_eq!(expr("((await (x)))").as_name(), Some("x"));
}

#[test]
fn text_is_what_python_makes_of_it() {
    for (written, meant) in [
        (r#""a" 'b'"#, "ab"),
        (r#""\x41\u0042\n\\\q""#, "AB\n\\\\q"),
        (r#"r"\n""#, "\\n"),
        (
            r#""""two
lines""""#,
            "two\nlines",
        ),
        (r#"f"plain""#, "plain"),
        (r#""""#, ""),
        ("\"a\\\nb\"", "ab"),
    ] {
        assert_eq!(expr(written).as_text(), Some(meant), "{written}");
    }
}

#[test]
fn text_with_an_expression_in_it_is_not_text() {
    for written in [r#"f"a{b}c""#, r#"f"{'x'}""#, r#""a" f"{b}""#] {
        let ExprKind::Format(parts) = expr(written).kind else { panic!("{written}") };
        assert!(parts.iter().any(|part| part.as_text().is_none()), "{written}");
    }
}

#[test]
fn imports_say_what_a_name_stands_for() {
    let module = module(
        "import a.b\nimport a.b as c\nfrom d.e import f as g, h\nfrom . import i\nfrom ..j import k\nfrom l import *\n",
    );
    let mut names = Vec::new();
    for statement in &module.body {
        match statement {
            Statement::Import(imported) => {
                names.extend(imported.iter().map(|one| (&*one.name, &*one.path)));
            }
            Statement::Star(module) => names.push(("*", module)),
            other => panic!("{other:?}"),
        }
    }
    let wanted = [
        ("a", "a"),
        ("c", "a.b"),
        ("g", "d.e.f"),
        ("h", "d.e.h"),
        ("i", ".i"),
        ("k", "..j.k"),
        ("*", "l"),
    ];
    assert_eq!(names, wanted);
}

#[test]
fn places_count_characters_and_come_from_every_kind_of_statement() {
    let text = "ä = 'ü'; f(x)\n@d\nasync def g(a, *b: int, c=h(), **e) -> int:\n    with open(p) as q:\n        return z\n";
    let module = module(text);
    let [_, Statement::Expr(f), Statement::Function(g)] = module.body.as_slice() else {
        panic!("{module:?}")
    };
    assert_eq!((f.place.line, f.place.column), (1, 10));
    assert_eq!((g.place.line, g.name.as_str()), (3, "g"));
    assert_eq!(g.parameters, ["a", "b", "c", "e"]);
    assert_eq!((g.decorators.len(), g.defaults.len()), (1, 1));
    let [Statement::With { items, body }] = g.body.as_slice() else { panic!("{g:?}") };
    assert_eq!(items[0].1.as_ref().and_then(Expr::as_name), Some("q"));
    assert!(matches!(body.as_slice(), [Statement::Return(Some(_))]));
}

#[test]
fn every_part_of_a_branch_is_kept() {
    let module = module(
        "if a:\n    b()\nelif c:\n    d()\nelse:\n    e()\nfor f in g:\n    h()\ntry:\n    i()\nexcept J as k:\n    l()\nfinally:\n    m()\nmatch n:\n    case 1:\n        o()\n    case _:\n        p()\nwhile q:\n    r()\n",
    );
    let parts: Vec<usize> = module
        .body
        .iter()
        .map(|statement| match statement {
            Statement::Branch(branch) => branch.bodies.len(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(parts, [3, 1, 3, 2, 1]);
}

#[test]
fn what_is_not_python_is_said_where_it_is() {
    let read = read("a = 1\nb = = 2\nf(x)\n");
    assert_eq!(read.errors.len(), 1);
    assert_eq!(read.errors[0].kind, ErrorKind::Syntax);
    assert_eq!(read.errors[0].location.line, Some(2));
    assert!(read.module.body.len() >= 2);
}

#[test]
fn a_name_promises_python_by_its_suffix() {
    assert!(is_python("a/b.py") && is_python("B.PY") && is_python("a.py.gz"));
    assert!(!is_python("a.pyc") && !is_python("py") && !is_python("a.py/b"));
}

#[test]
fn what_nests_deeper_than_the_limit_is_cut_and_said() {
    for deep in [
        format!("x = {}1{}", "[".repeat(10_000), "]".repeat(10_000)),
        format!("x = {}1{}", "f(".repeat(10_000), ")".repeat(10_000)),
        format!("x = a{}", ".b()".repeat(10_000)),
        format!("x = {}1", "-".repeat(10_000)),
    ] {
        let read = read(&deep);
        assert!(
            read.errors.iter().any(|error| error.kind == ErrorKind::Limit),
            "{:?}",
            read.errors
        );
    }
    // Brackets alone are no depth.
    let brackets = format!("x = {}1{}", "(".repeat(10_000), ")".repeat(10_000));
    assert_eq!(read(&brackets).errors, []);
}

#[test]
fn a_file_that_is_too_large_or_too_hard_is_refused() {
    let file: Arc<str> = "code.py".into();
    let large = "x = 1\n".repeat(2_000_000);
    let refused = parse(&file, &large, &Limits::default()).expect_err("10 MB");
    assert_eq!(refused.kind, ErrorKind::Limit);
    let few = Limits { code_steps: 10, ..Limits::default() };
    let refused = parse(&file, &"x = 1\n".repeat(10_000), &few).expect_err("10 steps");
    assert!(refused.message.contains("too long"));
}

proptest! {
    #[test]
    fn no_text_is_a_panic(text in ".{0,200}") {
        let read = read(&text);
        prop_assert!(read.errors.len() <= 2);
    }

    #[test]
    fn no_row_of_tokens_is_a_panic(words in prop::collection::vec(prop::sample::select(&[
        "def ", "class ", "f", "(", ")", "[", "]", "{", "}", ":", "\n", "\n    ", "=", "*", "**",
        "@", "import ", "from ", "if ", "else", "lambda ", "await ", "\"", "'''", "f\"{", "}\"", ",",
        ".", "with ", "as ", "match ", "case ", "try", "except", "\\", "#", "\u{1F600}", "1", "return ",
    ][..]), 0..60)) {
        let read = read(&words.concat());
        prop_assert!(read.errors.len() <= 2);
    }
}
