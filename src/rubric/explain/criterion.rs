//! The page of a criterion.

use super::{Explained, Kind, page::Page};
use crate::{
    model::finding::Severity,
    rubric::{
        Rubric,
        criterion::{Criterion, Mode},
        vocabulary::{Collector, FactEntry},
    },
};

/// What it asks and why, how it is measured, when it holds, how to meet it.
pub(super) fn page(rubric: &Rubric, criterion: &Criterion) -> Explained {
    let mut page = Page::default();
    page.paragraph(&summary(criterion));
    page.heading("Why").paragraph(&criterion.why);
    page.heading("How it is measured").paragraph(&criterion.how_measured);
    page.paragraph(match criterion.mode {
        Mode::Automatic => "Decided on evidence. An attestation settles it only while no scanner collects the facts it needs.",
        Mode::Attested => "Decided on what people state, in the workspace file or in an attestation.",
        Mode::Both => "Decided on evidence where there is some, and on an attestation where there is none.",
    });

    page.heading("When it passes");
    if let Some(precondition) = &criterion.applies_when {
        page.paragraph("It applies when").code("cel", &layout(precondition.expression.text()));
        page.paragraph("and then passes when");
    }
    page.code("cel", &layout(criterion.expression.text()));
    page.paragraph("over these facts; it is unknown while one of them is:");
    page.list(criterion.needs.iter().map(|need| {
        format!("`{}` ({}, {}): {}", need.name, need.kind, collectors(need), need.meaning)
    }));

    page.heading("How to meet it").paragraph(&criterion.remediation.text);
    if let Some(snippet) = &criterion.remediation.snippet {
        page.code(if snippet.starts_with('{') { "json" } else { "yaml" }, snippet);
    }
    page.paragraph(&format!("Effort: {}.", criterion.effort.as_str()));
    if !criterion.depends_on.is_empty() {
        page.paragraph("Meet these first:");
        page.list(criterion.depends_on.iter().map(|id| match rubric.criterion(id) {
            Some(other) => format!("{id}: {}", other.title),
            None => id.clone(),
        }));
    }

    if !criterion.informs.is_empty() {
        page.heading("Informs");
        page.paragraph("Its status is evidence for these controls; it satisfies none of them.");
        page.list(rubric.frameworks().iter().filter_map(|framework| {
            let controls: Vec<&str> = criterion
                .informs
                .iter()
                .filter(|informs| informs.framework == framework.id)
                .map(|informs| informs.control.as_str())
                .collect();
            (!controls.is_empty()).then(|| {
                format!("{} ({}): {}", framework.name, framework.version, controls.join(", "))
            })
        }));
    }
    page.heading("Source").paragraph(&criterion.source);
    Explained {
        id: criterion.id.clone(),
        kind: Kind::Criterion,
        title: criterion.title.clone(),
        body_markdown: page.finish(),
    }
}

/// `critical · level 2 · approval · automatic`, and what failing does.
fn summary(criterion: &Criterion) -> String {
    let mut summary = format!(
        "{} · {} · {} · {}",
        criterion.severity.as_str(),
        criterion.rung,
        criterion.dimension,
        criterion.mode.as_str()
    );
    if criterion.severity == Severity::Info {
        summary.push_str(" · advises, never gates");
    }
    if criterion.severity == Severity::Critical {
        summary.push_str(" · cannot be waived");
    }
    if let Some(cap) = criterion.cap {
        summary.push_str(&format!(" · failing it caps the earned level at {cap}"));
    }
    summary
}

/// Who collects a fact, for a person.
pub(super) fn collectors(fact: &FactEntry) -> String {
    let named = |collectors: &[Collector]| {
        let names: Vec<&str> = collectors.iter().map(|collector| collector.as_str()).collect();
        names.join(", ")
    };
    match (fact.collected_by.as_slice(), fact.shown_by.as_slice()) {
        ([], []) => "collected by nobody yet".to_owned(),
        ([], shown) => format!("from {} where one is seen there, else stated", named(shown)),
        (collected, _) => format!("from {}", named(collected)),
    }
}

/// An expression with each `&&` of its outermost rank on a line of its own.
fn layout(expression: &str) -> String {
    let mut out = String::new();
    let (mut depth, mut quoted) = (0_usize, false);
    let mut rest = expression;
    while let Some(character) = rest.chars().next() {
        match character {
            '"' => quoted = !quoted,
            '(' | '[' if !quoted => depth += 1,
            ')' | ']' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0
            && !quoted
            && let Some(after) = rest.strip_prefix(" && ")
        {
            out.push_str(" &&\n");
            rest = after;
            continue;
        }
        out.push(character);
        rest = rest.get(character.len_utf8()..).unwrap_or_default();
    }
    out
}
