//! What a person sees of one invented estate, in every format.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use gradus::{
    assess::assessment::Assessment,
    report::{Format, RenderOptions, render},
};

fn acme() -> Assessment {
    serde_json::from_str(include_str!("fixtures/report/acme.json")).unwrap()
}

fn table(assessment: &Assessment, width: Option<usize>, color: bool, verbose: bool) -> String {
    render(assessment, Format::Table, &RenderOptions { width, color, verbose }).unwrap()
}

fn view(assessment: &Assessment, format: Format) -> String {
    render(assessment, format, &RenderOptions::default()).unwrap()
}

#[test]
fn the_terminal_view_at_80_columns() {
    insta::assert_snapshot!(table(&acme(), Some(80), false, false));
}

#[test]
fn the_terminal_view_at_50_columns() {
    insta::assert_snapshot!(table(&acme(), Some(50), false, false));
}

#[test]
fn the_terminal_view_at_120_columns() {
    insta::assert_snapshot!(table(&acme(), Some(120), false, false));
}

#[test]
fn the_terminal_view_in_a_pipe() {
    insta::assert_snapshot!(table(&acme(), None, false, false));
}

/// The estate with sentences where there were words.
fn told_at_length() -> Assessment {
    let mut acme = acme();
    let agent = &mut acme.agents[0];
    agent.granted.reason =
        "level 1 or above: it may be that it reaches cloud roles of other workloads".to_owned();
    let step = &mut agent.next.contain[0];
    step.action =
        "take legacy-bot out of the trust policy of role platform-administrator".to_owned();
    step.change = Some(
        "Cut the path at its first step, and name the ServiceAccount exactly in the role's trust policy"
            .to_owned(),
    );
    acme
}

#[test]
fn sentences_are_wrapped_at_80_columns_at_50_and_in_a_pipe() {
    for (name, width, room) in [("80", Some(80), 80), ("50", Some(50), 50), ("pipe", None, 80)] {
        let text = table(&told_at_length(), width, false, false);
        for line in text.lines() {
            assert!(line.chars().count() <= room, "{room} columns: {line}");
        }
        insta::assert_snapshot!(format!("sentences_at_{name}"), text);
    }
}

#[test]
fn a_file_that_was_not_read_is_told_once() {
    let mut acme = acme();
    let unread = acme.coverage.sources.iter().find(|own| own.reason.is_some()).unwrap().clone();
    let gap = gradus::model::coverage::Gap {
        location: gradus::model::location::Location::file(unread.path.as_str()),
        reason: unread.reason.clone().unwrap(),
    };
    acme.coverage.gaps.push(gap);
    let is_told = |text: &str| text.matches(unread.reason.as_deref().unwrap()).count();
    assert_eq!(is_told(&table(&acme, Some(80), false, true)), 1);
    assert_eq!(is_told(&view(&acme, Format::Markdown)), 1);
}

#[test]
fn the_terminal_view_with_everything() {
    insta::assert_snapshot!(table(&acme(), Some(80), false, true));
}

#[test]
fn the_markdown_view() {
    insta::assert_snapshot!(view(&acme(), Format::Markdown));
}

#[test]
fn the_page() {
    let page = view(&acme(), Format::Html);
    // Where tests/browser/check.mjs can be pointed at.
    std::fs::write(concat!(env!("CARGO_TARGET_TMPDIR"), "/acme.html"), &page).unwrap();
    insta::assert_snapshot!(page);
}

#[test]
fn json_is_the_assessment_as_it_stands() {
    let text = view(&acme(), Format::Json);
    assert!(text.ends_with("}\n"));
    assert_eq!(serde_json::from_str::<Assessment>(&text).unwrap(), acme());
}
