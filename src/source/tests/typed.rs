use std::collections::BTreeMap;

use serde::Deserialize;

use super::{
    super::{
        SyntaxHint,
        typed::{Located, from_node},
    },
    file, one,
};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Gate {
    #[serde(default)]
    min_level: Option<u8>,
    #[serde(default)]
    min_coverage: Option<f64>,
    #[serde(default)]
    fail_on: Option<Word>,
    #[serde(default)]
    names: Vec<Located<String>>,
    #[serde(default)]
    extra: BTreeMap<String, Located<bool>>,
    #[serde(default)]
    rule: Option<Rule>,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "kebab-case")]
enum Word {
    Critical,
    High,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
enum Rule {
    Always,
    Only { verbs: Vec<String> },
    Not(String),
}

fn gate(text: &str) -> Result<Gate, String> {
    let document = one(text, SyntaxHint::Unknown);
    from_node(&document.root, &file()).map_err(|error| {
        error.way_out.iter().fold(error.to_string(), |text, way_out| format!("{text}; {way_out}"))
    })
}

#[test]
fn a_type_is_filled_and_knows_places() {
    let text = "minLevel: 2\nminCoverage: 0.90\nfailOn: high\nnames: [1.10, b]\nextra: {x: true}\n";
    let gate = gate(text).unwrap();
    assert_eq!(
        (gate.min_level, gate.min_coverage, gate.fail_on),
        (Some(2), Some(0.9), Some(Word::High))
    );
    assert_eq!(gate.names[0].value, "1.10");
    assert_eq!((gate.names[1].place.line, gate.names[1].place.column), (4, 15));
    assert!(gate.extra["x"].value);
}

#[test]
fn enums_are_words_or_mappings_of_one_key() {
    assert_eq!(gate("rule: always").unwrap().rule, Some(Rule::Always));
    assert_eq!(gate("rule: {not: x}").unwrap().rule, Some(Rule::Not("x".into())));
    let only = Rule::Only { verbs: vec!["get".into()] };
    assert_eq!(gate("rule: {only: {verbs: [get]}}").unwrap().rule, Some(only));
}

#[test]
fn what_does_not_fit_is_said_at_its_place() {
    let cases = [
        ("minLevl: 2\n", "some/file:1:1: unknown key `minLevl`; did you mean `minLevel`?"),
        ("minLevel: [2]\n", "some/file:1:11: expected a whole number from 0 to 255, found a list"),
        ("minLevel: 300\n", "some/file:1:11: expected a whole number from 0 to 255, found 300"),
        ("minCoverage: much\n", "some/file:1:14: expected a number, found text"),
        ("names:\n  - a\n  - {}\n", "some/file:3:5: expected text, found a mapping"),
        ("extra:\n  x: yes\n", "some/file:2:6: expected `true` or `false`, found text"),
        ("failOn: hihg\n", "some/file:1:9: unknown value `hihg`; did you mean `high`?"),
        ("failOn: never\n", "some/file:1:9: unknown value `never`; known here: `critical`, `high`"),
        ("minLevel: 1\nminLevel: 2\n", "some/file:2:1: the key `minLevel` stands twice"),
        ("rule: {only: {}}\n", "some/file:1:14: the key `verbs` is missing"),
        ("rule: {only: {verb: []}}\n", "some/file:1:15: unknown key `verb`; did you mean `verbs`?"),
        ("rule: not\n", "some/file:1:7: this word needs a value: write `word: value`"),
        ("- a\n", "some/file:1:1: expected a mapping, found a list"),
        ("minLevl = 2\n", "some/file:1:1: unknown key `minLevl`; did you mean `minLevel`?"),
        ("{\n \"minLevl\": 2}", "some/file:2:2: unknown key `minLevl`; did you mean `minLevel`?"),
    ];
    for (text, complaint) in cases {
        assert_eq!(gate(text).unwrap_err(), complaint, "for {text}");
    }
}
