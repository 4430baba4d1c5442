//! What holds for any bytes and any value.

use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::{
    super::{
        SyntaxHint,
        limits::Limits,
        node::{Node, Value},
        parse,
        sniff::sniff,
        typed::from_node,
    },
    file, one,
};

const HINTS: [SyntaxHint; 5] = [
    SyntaxHint::Unknown,
    SyntaxHint::Yaml,
    SyntaxHint::Json,
    SyntaxHint::Toml,
    SyntaxHint::Markdown,
];

/// Text made of the pieces that parsers decide on.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        ": ",
        "- ",
        "? ",
        "\n",
        "\n  ",
        "---\n",
        "...\n",
        "'",
        "\"",
        "\\",
        "\\u",
        "d83d",
        "&a ",
        "*a",
        "<<: ",
        "!Ref ",
        "!!str ",
        "|\n",
        ">-\n",
        "#",
        " #",
        "%YAML 1.2\n",
        "prefix_rule(",
        "\nprefix_rule(pattern = [",
        ")",
        " = ",
        "a",
        "b",
        "1",
        "-",
        ".",
        "e",
        "0x",
        "true",
        "null",
        "//",
        "/*",
        "*/",
        "=",
        "= ",
        "[[",
        "]]",
        "\"\"\"",
        "'''",
        "{{",
        "}}",
        "é",
        "\u{feff}",
        "\r\n",
        "\t",
        "kind: List\n",
        "items:\n",
        "apiVersion: v1\n",
        "\"kind\":\"RoleList\"",
        "\"items\":[",
        "metadata:\n  continue: x\n",
    ]);
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

fn json() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        (-1e9..1e9_f64).prop_map(Json::from),
        "[ -~éü😀\\n\\t]{0,12}".prop_map(Json::from),
    ];
    leaf.prop_recursive(5, 60, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Json::from),
            prop::collection::btree_map("[a-z<.\" ]{1,6}", inner, 0..6)
                .prop_map(|map| Json::Object(map.into_iter().collect())),
        ]
    })
}

fn depth(node: &Node) -> usize {
    match &node.value {
        Value::Sequence(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Value::Mapping(mapping) => {
            1 + mapping.entries.iter().map(|(_, node)| depth(node)).max().unwrap_or(0)
        }
        _ => 0,
    }
}

/// Every value stands where it says it does.
fn check_places(node: &Node, lines: &[&str]) {
    let line = lines[node.place.line as usize - 1];
    let here = line.chars().nth(node.place.column as usize - 1);
    let expected = match &node.value {
        Value::Sequence(items) => {
            items.iter().for_each(|item| check_places(item, lines));
            "["
        }
        Value::Mapping(mapping) => {
            for (key, node) in &mapping.entries {
                check_places(&Node::new(key.place, Value::String(String::new())), lines);
                check_places(node, lines);
            }
            "{"
        }
        Value::String(_) => "\"",
        Value::Null => "n",
        Value::Bool(yes) => {
            if *yes {
                "t"
            } else {
                "f"
            }
        }
        Value::Int(_) | Value::Float(_) => "-0123456789",
    };
    assert!(here.is_some_and(|here| expected.contains(here)), "{node:?} at {here:?}");
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = sniff(&bytes);
        for hint in HINTS {
            let parsed = parse(&file(), &bytes, hint, &Limits::default());
            prop_assert_eq!(parsed.documents.len(), parsed.outcome.documents);
        }
    }

    #[test]
    fn arbitrary_pieces_never_panic_nor_nest_too_deep(text in pieces()) {
        let limits = Limits { depth: 4, nodes: 20, alias_nodes: 20, ..Limits::default() };
        let _ = sniff(text.as_bytes());
        for hint in HINTS {
            let parsed = parse(&file(), text.as_bytes(), hint, &limits);
            for document in &parsed.documents {
                // The items of a list were checked as part of it.
                prop_assert!(depth(&document.root) <= 4);
                let _ = from_node::<Json>(&document.root, &file());
            }
        }
    }

    #[test]
    fn json_means_the_same_in_every_syntax(value in json()) {
        let compact = json!({ "v": value }).to_string();
        let pretty = serde_json::to_string_pretty(&json!({ "v": value })).unwrap();
        let flow = format!("--- {compact}\n");
        let commented = format!("// c\n{pretty}");
        for (text, hint) in [
            (&compact, SyntaxHint::Json),
            (&pretty, SyntaxHint::Unknown),
            (&flow, SyntaxHint::Yaml),
            (&commented, SyntaxHint::Json),
        ] {
            let root = one(text, hint).root;
            let read: Json = from_node(&root, &file()).unwrap();
            prop_assert_eq!(&read["v"], &value, "{}", text);
        }
    }

    #[test]
    fn json_places_are_right(value in json()) {
        let text = serde_json::to_string_pretty(&value).unwrap();
        let lines: Vec<_> = text.split('\n').collect();
        check_places(&one(&text, SyntaxHint::Json).root, &lines);
    }

    #[test]
    fn a_list_gives_its_items_however_it_is_written(items in prop::collection::vec(json(), 0..5)) {
        let items: Vec<_> = items.into_iter().map(|item| json!({ "v": item })).collect();
        let list = json!({ "apiVersion": "v1", "items": items, "kind": "List" }).to_string();
        let block = format!(
            "apiVersion: v1\nitems:\n{}kind: List\n",
            items.iter().map(|item| format!("- {item}\n")).collect::<String>()
        );
        let block = if items.is_empty() { block.replace("items:", "items: []") } else { block };
        for (text, hint) in [
            (list.clone(), SyntaxHint::Json),
            (format!("// c\n{list}"), SyntaxHint::Json),
            (format!("--- {list}"), SyntaxHint::Yaml),
            (block, SyntaxHint::Yaml),
        ] {
            let parsed = parse(&file(), text.as_bytes(), hint, &Limits::default());
            prop_assert_eq!(&parsed.outcome.errors, &[], "{}", text);
            prop_assert_eq!(parsed.outcome.lists, 1);
            let read: Vec<Json> =
                parsed.documents.iter().map(|d| from_node(&d.root, &file()).unwrap()).collect();
            prop_assert_eq!(&read, &items);
        }
    }
}
