use super::{super::*, clean, file, read};
use error::ErrorKind;

fn kinds(bytes: &[u8], hint: SyntaxHint) -> Vec<ErrorKind> {
    let outcome = parse(&file(), bytes, hint, &Limits::default()).outcome;
    outcome.errors.iter().map(|error| error.kind).collect()
}

const ALL: [SyntaxHint; 6] = [
    SyntaxHint::Unknown,
    SyntaxHint::Yaml,
    SyntaxHint::Json,
    SyntaxHint::Toml,
    SyntaxHint::Markdown,
    SyntaxHint::Shell,
];

#[test]
fn nothing_is_no_document_and_no_error() {
    for hint in ALL {
        for text in ["", " \n", "\u{feff}"] {
            assert!(clean(text, hint).is_empty());
        }
    }
}

#[test]
fn bom_and_crlf_do_no_harm() {
    let yaml = clean("\u{feff}a: 1\r\n---\r\nb: x\r\n", SyntaxHint::Yaml);
    assert_eq!(yaml[1].root.str_at("b"), Some("x"));
    assert_eq!(yaml[0].root.entries()[0].0.place.column, 1);
    let json = clean("\u{feff}{\r\n\"a\": 1}\r\n", SyntaxHint::Json);
    assert_eq!(json[0].root.get("a").unwrap().place.line, 2);
    assert_eq!(clean("\u{feff}a = 1\r\n", SyntaxHint::Toml).len(), 1);
    assert_eq!(clean("\u{feff}---\r\na: 1\r\n---\r\n", SyntaxHint::Markdown).len(), 1);
}

#[test]
fn what_is_not_utf8_text_is_named() {
    for hint in ALL {
        assert_eq!(kinds(b"a: \xff\n", hint), [ErrorKind::Encoding]);
        assert_eq!(kinds(b"\x7fELF\x01\x00\x00\xff", hint), [ErrorKind::Binary]);
        assert_eq!(kinds(b"a: b\0c\n", hint), [ErrorKind::Binary]);
        assert_eq!(kinds(b"\xff\xfea\0:\0", hint), [ErrorKind::Encoding]);
        assert_eq!(kinds(b"a\0:\0 \0b\0", hint), [ErrorKind::Encoding]);
    }
    let outcome = parse(&file(), b"ok: 1\nb: \xff", SyntaxHint::Yaml, &Limits::default()).outcome;
    assert_eq!(outcome.errors[0].to_string(), "some/file:2:4: not UTF-8");
}

#[test]
fn nesting_without_end_is_refused_in_every_syntax() {
    let deep = 20_000;
    let cases = [
        (SyntaxHint::Yaml, "[".repeat(deep)),
        (SyntaxHint::Yaml, format!("{}1{}", "[".repeat(deep), "]".repeat(deep))),
        (SyntaxHint::Yaml, "- ".repeat(deep)),
        (SyntaxHint::Yaml, "{a: ".repeat(deep)),
        (SyntaxHint::Yaml, "? ".repeat(deep)),
        (SyntaxHint::Json, format!("{}1{}", "[".repeat(deep), "]".repeat(deep))),
        (SyntaxHint::Json, format!("{}1{}", "{\"a\":".repeat(deep), "}".repeat(deep))),
        (
            SyntaxHint::Json,
            format!("{{\"kind\":\"List\",\"items\":[{}1{}]}}", "[".repeat(deep), "]".repeat(deep)),
        ),
        (SyntaxHint::Toml, format!("a = {}1{}", "[".repeat(deep), "]".repeat(deep))),
        (SyntaxHint::Toml, format!("a = {}", "{a = ".repeat(deep))),
        (SyntaxHint::Toml, format!("{}a = 1", "a.".repeat(deep))),
        (SyntaxHint::Toml, format!("[{}a]\n", "a.".repeat(deep))),
        (SyntaxHint::Markdown, format!("---\na: {}\n---\n", "[".repeat(deep))),
        (SyntaxHint::Unknown, format!("prefix_rule(a = {}", "[".repeat(deep))),
    ];
    for (hint, text) in cases {
        let parsed = read(&text, hint);
        assert_eq!(parsed.documents.len(), 0, "{hint:?} {:.20}", text);
        assert!(!parsed.outcome.errors.is_empty(), "{hint:?} {:.20}", text);
    }
}

#[test]
fn a_billion_laughs_are_refused() {
    let mut text = "a0: &a0 [lol, lol]\n".to_owned();
    for level in 1..40 {
        let below = level - 1;
        text += &format!("a{level}: &a{level} [*a{below}, *a{below}, *a{below}]\n");
    }
    assert_eq!(kinds(text.as_bytes(), SyntaxHint::Yaml), [ErrorKind::Limit]);
    let long = format!("a: &a {}\nb:\n{}", "x".repeat(100_000), "- *a\n".repeat(100_000));
    assert_eq!(kinds(long.as_bytes(), SyntaxHint::Yaml), [ErrorKind::Limit]);
    assert_eq!(kinds(b"a: &a [*a]\n", SyntaxHint::Yaml), [ErrorKind::Limit]);
}

#[test]
fn aliases_are_counted_over_the_items_of_a_list_and_over_documents() {
    let few = Limits { alias_nodes: 1000, ..Limits::default() };
    let big = format!("x: &x [{}1]\n", "1, ".repeat(100));
    let items = format!("{big}items:\n{}kind: List\n", "- {a: *x}\n".repeat(100));
    let documents = format!("---\n{big}y: *x\n").repeat(100);
    let nested = format!("{}{}", "&a [".repeat(100), "]".repeat(100));
    for text in [items, documents, nested] {
        let outcome = parse(&file(), text.as_bytes(), SyntaxHint::Yaml, &few).outcome;
        assert_eq!(outcome.errors[0].kind, ErrorKind::Limit, "{text:.20}");
    }
}

#[test]
fn dotted_keys_within_inline_tables_do_not_exhaust_the_stack() {
    let key = vec!["a"; 79].join(".");
    let text = format!("{key} = {}1{}", format!("{{{key} = ").repeat(78), "}".repeat(78));
    assert_eq!(kinds(text.as_bytes(), SyntaxHint::Toml).len(), 1);
    let arrays = format!("a = {}", format!("[{{{key} = ").repeat(39));
    assert_eq!(kinds(arrays.as_bytes(), SyntaxHint::Toml).len(), 1);
}

#[test]
fn more_values_or_documents_than_allowed_are_an_error() {
    let few = Limits { nodes: 10, documents: 3, ..Limits::default() };
    let count = |text: &str| parse(&file(), text.as_bytes(), SyntaxHint::Unknown, &few);
    for text in ["[1,2,3,4,5,6,7,8,9,10]", "- 1\n- 2\n- 3\n- 4\n- 5\n- 6\n- 7\n- 8\n- 9\n- 10\n"] {
        assert_eq!(count(text).outcome.errors[0].kind, ErrorKind::Limit);
    }
    let parsed = count("a: 1\n---\na: 1\n---\na: 1\n---\na: 1\n---\na: 1\n");
    assert_eq!((parsed.documents.len(), parsed.outcome.errors.len()), (3, 1));
}

#[test]
fn configuration_that_nobody_wrote_by_hand_is_refused() {
    let toml = "a = 1\n".repeat(200_000);
    let markdown = format!("---\n{}---\n", "a: b: c\n".repeat(200_000));
    assert_eq!(kinds(toml.as_bytes(), SyntaxHint::Toml), [ErrorKind::Limit]);
    assert_eq!(kinds(markdown.as_bytes(), SyntaxHint::Markdown), [ErrorKind::Limit]);
}

#[test]
fn every_item_of_a_list_has_its_own_budget() {
    let few = Limits { nodes: 5, ..Limits::default() };
    let yaml = format!("items:\n{}kind: List\n", "- {a: 1, b: 2}\n".repeat(50));
    let json = format!("{{\"items\":[{}1],\"kind\":\"List\"}}", "{\"a\":1,\"b\":2},".repeat(50));
    for text in [yaml, json] {
        let parsed = parse(&file(), text.as_bytes(), SyntaxHint::Yaml, &few);
        assert_eq!(parsed.outcome.errors, []);
        assert!(parsed.documents.len() >= 50);
    }
}

#[test]
fn a_text_that_only_looks_like_a_list_is_not_lost() {
    let parsed = read("a: \"\nkind: RoleList\nitems: x\"\nb: 1\n", SyntaxHint::Yaml);
    assert_eq!(parsed.documents.len(), 1);
    assert_eq!(parsed.documents[0].root.get("b").unwrap().as_i64(), Some(1));
}
