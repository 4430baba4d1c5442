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
