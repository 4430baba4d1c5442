//! Prove: unknowns that one more file, permission or statement would settle.
//! What one piece of evidence settles together is told together.
//!
//! Criteria wait for some of them. The verdict waits for others: where it is not known
//! what the agent may become, or what it did, none is reached before.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    assess::{
        assessment::{CriterionResult, Exercised, Step},
        earned::gates,
    },
    model::{
        capability::{Condition, RiskHit},
        finding::Severity,
        status::Status,
    },
    rubric::Rubric,
};

/// Criteria that wait for the same evidence.
#[derive(Default)]
struct Waiting<'c> {
    criteria: Vec<&'c CriterionResult>,
    /// Whether some scanner reads that evidence; a person's statement is all
    /// that can settle the rest.
    is_read: bool,
    /// Whether some scanner may read it, where it is there.
    is_shown: bool,
}

/// What keeps a verdict from being reached.
#[derive(Debug, Default)]
pub struct Undecided<'u> {
    /// The possible paths that leave the granted level unknown.
    pub paths: Vec<&'u RiskHit>,
    /// What logs show, where it is not enough to tell what the agent did.
    pub exercised: Option<&'u Exercised>,
}

/// What the step towards a known exercised level goes by.
const EXERCISED: &str = "exercised";

/// The steps that settle what is unknown: first what keeps the verdict from being
/// reached, then criteria up to level `until`, those that settle most first.
#[must_use]
pub fn prove(
    rubric: &Rubric,
    criteria: &[CriterionResult],
    until: u8,
    undecided: &Undecided<'_>,
) -> Vec<Step> {
    let mut steps = of_paths(&undecided.paths);
    steps.extend(undecided.exercised.map(of_exercised));
    steps.extend(of_criteria(rubric, criteria, until));
    steps
}

/// The logs that would show what the agent did.
fn of_exercised(exercised: &Exercised) -> Step {
    Step {
        id: EXERCISED.to_owned(),
        action: "supply a log that shows what it did".to_owned(),
        reason: format!("the verdict waits for it: {}", exercised.because.join("; ")),
        location: None,
        change: None,
        severity: Severity::Medium,
        settles: 1,
    }
}

/// What decides whether possible paths are open, the worst first.
fn of_paths(paths: &[&RiskHit]) -> Vec<Step> {
    let mut by_unknown: BTreeMap<&str, Vec<&RiskHit>> = BTreeMap::new();
    for path in paths {
        if let Condition::Unknown(unknown) = &path.condition {
            by_unknown.entry(unknown).or_default().push(path);
        }
    }
    let step = |(unknown, same): (&str, Vec<&RiskHit>)| {
        let worst = same.iter().max_by_key(|path| path.severity)?;
        Some(Step {
            id: worst.rule.clone(),
            action: format!("show {unknown}"),
            reason: format!("the granted level waits for it: {}", worst.message),
            location: worst.grants.first().map(|grant| grant.location.clone()),
            change: None,
            severity: worst.severity,
            settles: u32::try_from(same.len()).unwrap_or(u32::MAX),
        })
    };
    let mut steps: Vec<Step> = by_unknown.into_iter().filter_map(step).collect();
    steps.sort_by(|a, b| b.severity.cmp(&a.severity).then(b.settles.cmp(&a.settles)));
    steps
}

/// The same of criteria.
fn of_criteria(rubric: &Rubric, criteria: &[CriterionResult], until: u8) -> Vec<Step> {
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
        waiting.is_shown |= missing().any(|fact| !fact.shown_by.is_empty());
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
        let action = match (evidence, self.is_read, self.is_shown) {
            ("", ..) => format!("settle {}", ids.join(", ")),
            (evidence, true, _) => format!("supply {evidence}"),
            (evidence, false, true) => format!("supply or attest {evidence}"),
            (evidence, false, false) => format!("attest, from {evidence}"),
        };
        let reason = if evidence.is_empty() || self.is_read || self.is_shown {
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
