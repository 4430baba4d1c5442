//! Prove: unknowns that one more file, permission or statement would settle.
//! What one piece of evidence settles together is told together.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    assess::{
        assessment::{CriterionResult, Step},
        earned::gates,
    },
    model::status::Status,
    rubric::Rubric,
};

/// Criteria that wait for the same evidence.
#[derive(Default)]
struct Waiting<'c> {
    criteria: Vec<&'c CriterionResult>,
    /// Whether some scanner reads that evidence; a person's statement is all
    /// that can settle the rest.
    is_read: bool,
}

/// The steps that settle what is unknown up to level `until`, those that settle
/// most first.
#[must_use]
pub fn prove(rubric: &Rubric, criteria: &[CriterionResult], until: u8) -> Vec<Step> {
    let mut by_evidence: BTreeMap<String, Waiting<'_>> = BTreeMap::new();
    for criterion in criteria {
        if criterion.status != Status::Unknown || !gates(criterion) || criterion.level > until {
            continue;
        }
        let missing = || criterion.missing.iter().filter_map(|name| rubric.vocabulary().get(name));
        let evidence: BTreeSet<&str> = missing().map(|fact| fact.settled_by.as_str()).collect();
        let waiting =
            by_evidence.entry(evidence.into_iter().collect::<Vec<_>>().join("; ")).or_default();
        waiting.criteria.push(criterion);
        waiting.is_read |= missing().any(|fact| !fact.collected_by.is_empty());
    }
    let mut steps: Vec<Step> =
        by_evidence.iter().filter_map(|(evidence, waiting)| waiting.step(evidence)).collect();
    steps.sort_by(|a, b| {
        b.settles.cmp(&a.settles).then(b.severity.cmp(&a.severity)).then(a.id.cmp(&b.id))
    });
    steps
}

impl Waiting<'_> {
    fn step(&self, evidence: &str) -> Option<Step> {
        let first = self.criteria.first()?;
        let ids: Vec<&str> = self.criteria.iter().map(|criterion| criterion.id.as_str()).collect();
        let wait = if ids.len() == 1 { "waits" } else { "wait" };
        let action = match (evidence, self.is_read) {
            ("", _) => format!("settle {}", ids.join(", ")),
            (evidence, true) => format!("supply {evidence}"),
            (evidence, false) => format!("attest, from {evidence}"),
        };
        let reason = if evidence.is_empty() || self.is_read {
            format!("{} {wait} for it: {}", ids.join(", "), first.reason)
        } else {
            format!("{} {wait} for it; no scanner reads it yet", ids.join(", "))
        };
        Some(Step {
            id: first.id.clone(),
            action,
            reason,
            location: None,
            change: None,
            severity: self.criteria.iter().map(|criterion| criterion.severity).max()?,
            settles: u32::try_from(self.criteria.len()).unwrap_or(u32::MAX),
        })
    }
}
