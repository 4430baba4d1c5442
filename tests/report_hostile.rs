//! Text that came from evidence cannot change a view: not its markup, not the
//! terminal that shows it, not the order in which it is read.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use gradus::{
    assess::assessment::Assessment,
    report::{Format, RenderOptions, render},
};
use serde_json::Value;

/// Ends scripts, attributes, cells, code and lines; drives terminals; reorders.
const POISON: &str = "</script><img src=x onerror=alert(1)>\"'\x1b[31m p|q `x` ``` [a](javascript:b) \
     \u{202e}\u{2066}\u{9b}0m\r\n# injected\n- injected @everyone";

/// Keys whose values are words of the schema.
const WORDS: [&str; 12] = [
    "schema",
    "tier",
    "verdict",
    "severity",
    "effect",
    "status",
    "assurance",
    "outcome",
    "assessedOn",
    "expires",
    "earliest",
    "window",
];

fn poison(value: &mut Value) {
    match value {
        Value::String(text) => text.push_str(POISON),
        Value::Array(items) => items.iter_mut().for_each(poison),
        Value::Object(fields) => {
            if let Some(Value::Object(approvers)) = fields.get_mut("approvers") {
                // Their names come from records.
                *approvers = std::mem::take(approvers)
                    .into_iter()
                    .map(|(name, count)| (format!("{name}{POISON}"), count))
                    .collect();
            }
            for (key, field) in fields.iter_mut() {
                if !WORDS.contains(&key.as_str()) {
                    poison(field);
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// The invented estate with every text in it poisoned.
fn hostile() -> Assessment {
    let mut value: Value = serde_json::from_str(include_str!("fixtures/report/acme.json")).unwrap();
    poison(&mut value);
    serde_json::from_value(value).unwrap()
}

fn view(format: Format, width: Option<usize>, color: bool, verbose: bool) -> String {
    render(&hostile(), format, &RenderOptions { width, color, verbose }).unwrap()
}

fn has_nothing_treacherous(text: &str) -> bool {
    !text.chars().any(|character| {
        (character.is_control() && character != '\n')
            || matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    })
}

#[test]
fn a_terminal_is_driven_by_nothing_but_newlines() {
    for verbose in [false, true] {
        for width in [None, Some(40), Some(80), Some(200)] {
            assert!(has_nothing_treacherous(&view(Format::Table, width, false, verbose)));
        }
    }
}

#[test]
fn a_newline_in_a_name_starts_no_line_on_a_terminal() {
    let text = view(Format::Table, None, false, true);
    assert!(!text.lines().any(|line| line.starts_with("# injected")));
    assert!(text.contains("␊# injected"));
}

#[test]
fn the_page_has_one_script_and_no_element_of_the_attackers() {
    let page = view(Format::Html, None, false, false);
    std::fs::write(concat!(env!("CARGO_TARGET_TMPDIR"), "/hostile.html"), &page).unwrap();
    assert!(has_nothing_treacherous(&page));
    for (mark, times) in [("<script", 1), ("</script", 1), ("<style", 1), ("<img", 0)] {
        assert_eq!(page.matches(mark).count(), times, "{mark}");
    }
    assert!(!page.contains(" style="), "the policy forbids style attributes");
    let attributes: Vec<&str> = page
        .split('<')
        .skip(1)
        .filter_map(|tag| tag.split_once('>'))
        .map(|(tag, _)| tag)
        .filter(|tag| tag.contains("onerror") && tag.matches('"').count() % 2 == 1)
        .collect();
    assert!(attributes.is_empty(), "{attributes:?}");
}

#[test]
fn every_id_on_the_page_is_unique_and_every_link_has_its_target() {
    let page = view(Format::Html, None, false, false);
    let values = |mark: &str| -> Vec<String> {
        page.split(mark)
            .skip(1)
            .filter_map(|rest| rest.split_once('"'))
            .map(|(value, _)| value.to_owned())
            .collect()
    };
    let ids = values(" id=\"");
    let unique: std::collections::BTreeSet<&String> = ids.iter().collect();
    assert_eq!(unique.len(), ids.len());
    assert!(
        ids.iter().all(|id| id.chars().all(|c| c.is_ascii_alphanumeric() || "-:.".contains(c)))
    );
    for target in values(" href=\"#") {
        assert!(unique.contains(&target), "{target}");
    }
}

#[test]
fn markdown_gains_no_row_heading_tag_or_mention() {
    let text = view(Format::Markdown, None, false, false);
    assert!(has_nothing_treacherous(&text));
    let mut fence: Option<&str> = None;
    for line in text.lines() {
        let bare = line.trim_start();
        let ticks = &bare[..bare.len() - bare.trim_start_matches('`').len()];
        match fence {
            Some(open) if bare == open => fence = None,
            Some(_) => continue,
            None if ticks.len() >= 3 && !bare.trim_start_matches('`').contains('`') => {
                fence = Some(ticks);
            }
            None => {
                assert!(!line.contains("p|q"), "{line}");
                assert!(!line.contains("<img") && !line.contains("</script"), "{line}");
                assert!(!line.replace("\\]", "").contains("](javascript"), "{line}");
                assert!(!line.contains("@everyone"), "{line}");
                assert!(!bare.starts_with("# injected"), "{line}");
            }
        }
    }
    assert!(fence.is_none(), "a fence stays open");
}

#[test]
fn json_keeps_the_text_as_it_is() {
    let text = view(Format::Json, None, false, false);
    assert_eq!(serde_json::from_str::<Assessment>(&text).unwrap(), hostile());
}
