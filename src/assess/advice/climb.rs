//! Climb: the criteria of the next level that fail, by severity ÷ effort and
//! by how many agents each would unblock, what others depend on first.

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::{
    assess::{
        assessment::{CriterionResult, Earned, Step},
        declared::days_after,
        earned::gates,
    },
    model::{finding::Severity, level::Level, status::Status},
    rubric::{Rubric, criterion::Effort},
};

/// The level to climb to, if there is one below the ceiling. A conditional
/// level is no base for promotion: its waivers go first.
#[must_use]
pub fn next_level(earned: &Earned, ceiling: Option<Level>) -> Option<u8> {
    let next = earned.level + 1;
    let top = ceiling.map_or(Level::L5.number(), Level::number);
    (next <= top).then_some(next)
}

/// The earliest day on which the next level can be earned, as far as dwell
/// times go: gradus has recorded no history yet, so the clock of the present
/// level starts today. Level 1 asks for no dwell.
#[must_use]
pub fn earliest(rubric: &Rubric, earned: &Earned, next: Option<u8>, today: Date) -> Option<Date> {
    next?;
    let dwell = rubric
        .levels()
        .iter()
        .find(|entry| entry.level.number() == earned.level)
        .and_then(|entry| entry.dwell_days);
    match dwell {
        Some(days) => days_after(today, days),
        None => Some(today),
    }
}

/// The steps up to level `next`. `unblocks` tells how many agents wait for a
/// criterion.
#[must_use]
pub fn climb(
    rubric: &Rubric,
    criteria: &[CriterionResult],
    next: u8,
    unblocks: &BTreeMap<String, u32>,
) -> Vec<Step> {
    let open: Vec<&CriterionResult> = criteria
        .iter()
        .filter(|c| gates(c) && c.level <= next)
        .filter(|c| matches!(c.status, Status::Fail | Status::Waived))
        .collect();
    let mut steps: Vec<(u32, Step)> = open
        .iter()
        .filter_map(|result| {
            let criterion = rubric.criterion(&result.id)?;
            let agents = unblocks.get(&result.id).copied().unwrap_or(1);
            let score = agents * weight(result.severity) * 12 / effort(criterion.effort);
            Some((
                score,
                Step {
                    id: result.id.clone(),
                    action: result.title.clone(),
                    reason: result.reason.clone(),
                    location: None,
                    change: Some(match &criterion.remediation.snippet {
                        Some(snippet) => format!("{}\n\n{snippet}", criterion.remediation.text),
                        None => criterion.remediation.text.clone(),
                    }),
                    severity: result.severity,
                    settles: agents,
                },
            ))
        })
        .collect();
    steps.sort_by(|(a_score, a), (b_score, b)| b_score.cmp(a_score).then(a.id.cmp(&b.id)));
    in_order_of_dependence(rubric, steps.into_iter().map(|(_, step)| step).collect())
}

/// Moves each step behind those it depends on, keeping the order otherwise.
fn in_order_of_dependence(rubric: &Rubric, steps: Vec<Step>) -> Vec<Step> {
    let ids: Vec<String> = steps.iter().map(|step| step.id.clone()).collect();
    let mut waiting = steps;
    let mut placed: Vec<Step> = Vec::new();
    while !waiting.is_empty() {
        let ready = waiting.iter().position(|step| {
            rubric.criterion(&step.id).is_none_or(|criterion| {
                criterion
                    .depends_on
                    .iter()
                    .filter(|id| ids.contains(id))
                    .all(|id| placed.iter().any(|done| done.id == *id))
            })
        });
        // A rubric whose dependencies run in a circle is refused when it is
        // checked; the first one then goes first.
        placed.push(waiting.remove(ready.unwrap_or(0)));
    }
    placed
}

/// What a severity weighs.
fn weight(severity: Severity) -> u32 {
    match severity {
        Severity::Critical => 8,
        Severity::High => 4,
        Severity::Medium => 2,
        Severity::Low | Severity::Info => 1,
    }
}

/// What an effort costs.
fn effort(effort: Effort) -> u32 {
    match effort {
        Effort::Low => 1,
        Effort::Medium => 3,
        Effort::High => 6,
    }
}
