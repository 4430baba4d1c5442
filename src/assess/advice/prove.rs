//! Prove: unknowns that one more file or permission would settle, those that
//! one piece of evidence settles together, told together.

use std::collections::BTreeMap;

use crate::{
    assess::{
        assessment::{CriterionResult, Step},
        earned::gates,
    },
    model::status::Status,
};

/// The steps that settle what is unknown up to level `until`, those that settle
/// most first.
#[must_use]
pub fn prove(criteria: &[CriterionResult], until: u8) -> Vec<Step> {
    let mut by_reason: BTreeMap<&str, Vec<&CriterionResult>> = BTreeMap::new();
    for criterion in criteria {
        if criterion.status == Status::Unknown && gates(criterion) && criterion.level <= until {
            by_reason.entry(&criterion.reason).or_default().push(criterion);
        }
    }
    let mut steps: Vec<Step> = by_reason
        .into_iter()
        .filter_map(|(reason, waiting)| {
            let first = waiting.first()?;
            let ids: Vec<&str> = waiting.iter().map(|criterion| criterion.id.as_str()).collect();
            Some(Step {
                id: first.id.clone(),
                action: format!("settle {}", ids.join(", ")),
                reason: reason.to_owned(),
                location: None,
                change: None,
                severity: waiting.iter().map(|criterion| criterion.severity).max()?,
                settles: u32::try_from(waiting.len()).unwrap_or(u32::MAX),
            })
        })
        .collect();
    steps.sort_by(|a, b| {
        b.settles.cmp(&a.settles).then(b.severity.cmp(&a.severity)).then(a.id.cmp(&b.id))
    });
    steps
}
