//! The risk of a principal that can take away what guards it, of any plane.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{
    capability::{Condition, Grant, RiskClass, RiskHit},
    finding::Severity,
    text::listed,
};

/// Names and rights that the risk tells.
const NAMED: usize = 3;

/// The risk, where it can take away any: `owned` tells the right and its grant
/// by the name of the guardrail, `scope` where that is so.
pub(super) fn own_guardrail(
    rule: &str,
    principal: &str,
    owned: &BTreeMap<String, (String, Grant)>,
    scope: &str,
) -> Option<RiskHit> {
    if owned.is_empty() {
        return None;
    }
    let names: Vec<&str> = owned.keys().map(String::as_str).collect();
    let rights: BTreeSet<&str> = owned.values().map(|(right, _)| right.as_str()).collect();
    let rights: Vec<&str> = rights.into_iter().collect();
    let mut grants: Vec<Grant> = Vec::new();
    for (_, grant) in owned.values() {
        if !grants.contains(grant) {
            grants.push(grant.clone());
        }
    }
    Some(RiskHit {
        rule: rule.to_owned(),
        title: "Can change what guards it".to_owned(),
        class: RiskClass::Guardrail,
        severity: Severity::High,
        message: format!(
            "{principal} can take away what guards it, {}: {}",
            listed(&names, NAMED),
            listed(&rights, NAMED)
        ),
        remedy: format!("Take {} away from it", listed(&rights, NAMED)),
        grants,
        condition: Condition::Always,
        scope: scope.to_owned(),
    })
}
