//! Who stood behind what agents changed: figures of each, then what was wrong and what
//! nobody can know; the agents with most to answer for first.

use anstyle::Style;
use comfy_table::{ColumnConstraint, ContentArrangement, Table, Width, presets::NOTHING};

use super::{
    FEW,
    page::Page,
    style::{self, FAINT, PLAIN},
    text::{GLUE, width},
};
use crate::{
    assess::assessment::{Assessment, ChangeView},
    model::finding::Severity,
    report::{
        phrase::{self, Weight, place},
        story::{self, OverseenAgent},
    },
};

/// Below this, six columns leave no room for what they hold.
const NARROWEST_TABLE: usize = 80;
/// What the column of approvals has at least.
const APPROVED: u16 = 13;
/// What was not observable of one agent, unless all is asked for.
const GAPS: usize = 2;

pub(super) fn write(page: &mut Page, assessment: &Assessment) {
    let all = story::overseen(assessment);
    if all.is_empty() {
        return;
    }
    page.title("Who stood behind what they changed");
    let (overseen, _) = phrase::few(&all, page.limit(all.len(), FEW));
    match page.room() {
        Some(room) if room < NARROWEST_TABLE => {
            overseen.iter().for_each(|agent| block(page, *agent));
        }
        Some(_) | None => table(page, overseen),
    }
    page.rest(all.len(), overseen.len());
    page.prose(2, FAINT, phrase::FIGURES_MEAN);
    if page.is_verbose() {
        overseen.iter().for_each(|agent| whole(page, *agent));
    } else {
        overseen.iter().for_each(|agent| wrong(page, *agent));
        unobserved(page, overseen);
    }
}

fn table(page: &mut Page, overseen: &[OverseenAgent<'_>]) {
    let mut table = Table::new();
    table.load_style(NOTHING);
    table.set_content_arrangement(ContentArrangement::Dynamic);
    table.set_width(u16::try_from(page.columns().saturating_sub(2)).unwrap_or(u16::MAX));
    table.set_header(["agent"].into_iter().chain(phrase::FIGURES));
    for (agent, view) in overseen {
        let name = page.name(agent.id.as_str());
        table.add_row([name].into_iter().chain(phrase::figures(view)));
    }
    for (number, column) in table.column_iter_mut().enumerate() {
        column.set_padding((0, if number == phrase::FIGURES.len() { 0 } else { 2 }));
        // Names and approvals may be long; the rest is never worth breaking.
        column.set_constraint(match number {
            0 => continue,
            1 => ColumnConstraint::LowerBoundary(Width::Fixed(APPROVED)),
            _ => ColumnConstraint::ContentWidth,
        });
    }
    for (number, line) in table.lines().enumerate() {
        page.line(2, if number == 0 { FAINT } else { PLAIN }, line.trim_end());
    }
}

fn block(page: &mut Page, (agent, view): OverseenAgent<'_>) {
    let figures = phrase::FIGURES.iter().zip(phrase::figures(view));
    let figures: Vec<String> =
        figures.map(|(label, figure)| format!("{label}{GLUE}{figure}")).collect();
    page.item((PLAIN, "·"), &page.name(agent.id.as_str()), None);
    page.prose(5, PLAIN, &figures.join(" · "));
}

fn wrong(page: &mut Page, (agent, view): OverseenAgent<'_>) {
    let wrong: Vec<String> = phrase::clauses(view)
        .into_iter()
        .filter(|clause| clause.weight == Weight::Wrong)
        .map(|clause| format!("{}: {}", clause.label, clause.text))
        .collect();
    if !wrong.is_empty() {
        let mark = (style::severity(Severity::High), "·");
        let name = page.name(agent.id.as_str());
        page.item(mark, &format!("{name}, {}", wrong.join(" · ")), None);
    }
}

/// What nobody can know, once for all agents of whom it is the same.
fn unobserved(page: &mut Page, overseen: &[OverseenAgent<'_>]) {
    let mut same: Vec<(&[String], Vec<String>)> = Vec::new();
    for (agent, view) in overseen.iter().filter(|(_, view)| !view.unobserved.is_empty()) {
        let name = page.name(agent.id.as_str());
        match same.iter_mut().find(|(gaps, _)| *gaps == view.unobserved) {
            Some((_, names)) => names.push(name),
            None => same.push((&view.unobserved, vec![name])),
        }
    }
    for (gaps, names) in same {
        let (few, hidden) = phrase::few(gaps, page.limit(gaps.len(), GAPS));
        let more = if hidden > 0 { format!("; and {hidden} more: -v") } else { String::new() };
        let text = format!("not observable of {}: {}{more}", phrase::list(&names), few.join("; "));
        page.item((FAINT, "?"), &text, None);
    }
}

/// Every answer, and the latest changes one by one.
fn whole(page: &mut Page, (agent, view): OverseenAgent<'_>) {
    let clauses = phrase::clauses(view);
    page.item((PLAIN, "·"), &page.name(agent.id.as_str()), None);
    let labels = clauses.iter().map(|clause| width(clause.label)).max().unwrap_or(0);
    for clause in &clauses {
        let style = match clause.weight {
            Weight::Wrong => style::severity(Severity::High),
            Weight::Answer | Weight::Detail => PLAIN,
        };
        answer(page, labels, style, clause.label, &clause.text);
    }
    for what in &view.unobserved {
        answer(page, labels, FAINT, "not observable", what);
    }
    view.latest.iter().rev().for_each(|change| one(page, change));
}

/// An answer beside its question.
fn answer(page: &mut Page, labels: usize, style: Style, label: &str, text: &str) {
    page.item((style, &format!("   {label:labels$}")), text, None);
}

fn one(page: &mut Page, change: &ChangeView) {
    let time = change.time.as_deref().unwrap_or("undated");
    let object = change.object.as_deref().map_or_else(String::new, |name| format!(" {name}"));
    let place = place(&change.location);
    page.prose(5, PLAIN, &format!("{time}  {}{object}  {place}", change.action));
    page.prose(7, FAINT, &phrase::behind(change).join(" · "));
}
