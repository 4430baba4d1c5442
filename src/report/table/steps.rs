//! What to do: contain, then prove, then climb.

use super::{
    page::Page,
    style::{self, FAINT, PLAIN},
    text::width,
};
use crate::{
    assess::assessment::{AgentAssessment, Assessment, Step},
    report::{
        phrase::{self, place},
        story,
    },
};

/// How many steps of each kind are shown unless all are asked for.
const FEW: usize = 5;

pub(super) fn write(page: &mut Page, assessment: &Assessment) {
    contain(page, assessment);
    prove(page, assessment);
    climb(page, assessment);
}

fn contain(page: &mut Page, assessment: &Assessment) {
    let steps = story::contain(assessment);
    if steps.is_empty() {
        return;
    }
    page.title("First: contain");
    let shown = page.limit(steps.len(), FEW);
    for (number, (agent, step)) in steps.iter().take(shown).enumerate() {
        entry(page, &(number + 1).to_string(), agent, step);
    }
    page.rest(steps.len(), shown);
}

fn prove(page: &mut Page, assessment: &Assessment) {
    let steps = story::prove(assessment);
    if steps.is_empty() {
        return;
    }
    page.title("Then: prove");
    let shown = page.limit(steps.len(), FEW);
    for (agent, step) in steps.iter().take(shown) {
        entry(page, "·", agent, step);
    }
    page.rest(steps.len(), shown);
}

fn climb(page: &mut Page, assessment: &Assessment) {
    let climbers = story::climbers(assessment);
    if climbers.is_empty() {
        return;
    }
    page.title("Then: climb");
    let shown = page.limit(climbers.len(), FEW);
    for agent in climbers.iter().take(shown) {
        let next = &agent.next;
        let level = next.level.map_or_else(String::new, |level| format!(" to level {level}"));
        let steps = phrase::count(next.climb.len() as u64, "step", "steps");
        let when = next.earliest.map_or_else(
            || "no date while something failed blocks it".to_owned(),
            |day| format!("earliest {day}"),
        );
        let name = page.name(agent.id.as_str());
        page.item((PLAIN, "·"), &format!("{name}{level}: {steps}, {when}"), None);
        if page.is_verbose() {
            for step in &next.climb {
                page.prose(5, PLAIN, &format!("{}  {}", step.id, step.action));
                page.prose(7, FAINT, &step.reason);
            }
        } else if let Some(step) = next.climb.first() {
            page.prose(5, PLAIN, &format!("next: {} ({})", step.action, step.id));
        }
    }
    page.rest(climbers.len(), shown);
}

fn entry(page: &mut Page, mark: &str, agent: &AgentAssessment, step: &Step) {
    let indent = 2 + width(mark) + 2;
    let text = format!("{}: {}", page.name(agent.id.as_str()), step.action);
    let place = step.location.as_ref().map(place);
    page.item((style::PLAIN, mark), &text, place.as_deref());
    page.prose(indent, PLAIN, &step.reason);
    let Some(change) = step.change.as_deref().map(str::trim_end) else { return };
    let lines = change.lines().count();
    let fits = indent + 2 + width(change) <= page.columns();
    if lines == 1 && phrase::is_sentence(change) {
        page.prose(indent, PLAIN, &format!("→ {change}"));
    } else if lines == 1 && (fits || page.room().is_none()) {
        page.verbatim(indent, &format!("→ {change}"));
    } else if page.is_verbose() {
        page.verbatim(indent + 2, change);
    } else {
        let lines = phrase::count(lines as u64, "line", "lines");
        page.prose(indent, FAINT, &format!("→ {lines} to paste: -v"));
    }
}
