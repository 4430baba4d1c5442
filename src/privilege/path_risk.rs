//! A path told as a risk, in the words of its rule.

use crate::{
    model::{
        capability::{Condition, Grant, RiskHit},
        path::Path,
        text::filled,
    },
    rubric::paths::PathRule,
};

/// Hops told in one message; the path itself has them all.
const HOPS: usize = 4;

/// The risk of a path, or of several that it stands for; `target` names where
/// they end.
pub(crate) fn of(rule: &PathRule, principal: &str, path: &Path, target: &str) -> RiskHit {
    let unknown = path.unknowns().join("; ");
    let mut grants: Vec<Grant> = Vec::new();
    for grant in path.hops.iter().flat_map(|hop| &hop.grants) {
        if !grants.contains(grant) {
            grants.push(grant.clone());
        }
    }
    let first = grants.first().map_or_else(String::new, |grant| grant.description.clone());
    let steps = path.told(HOPS);
    let values = [
        ("principal", principal),
        ("target", target),
        ("steps", &steps),
        ("unknown", &unknown),
        ("first", &first),
    ];
    RiskHit {
        rule: rule.id.clone(),
        title: rule.title.clone(),
        class: rule.class,
        severity: rule.severity,
        message: filled(&rule.message, &values),
        remedy: filled(&rule.remedy, &values),
        grants,
        condition: if unknown.is_empty() { Condition::Always } else { Condition::Unknown(unknown) },
        scope: rule.ends_at.plane().to_owned(),
    }
}
