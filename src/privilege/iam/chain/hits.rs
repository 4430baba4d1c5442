//! What paths come to, as risks: one for each kind of end and each certainty.

use std::collections::BTreeMap;

use crate::{
    model::{
        capability::RiskHit,
        path::{Path, PathTarget},
        principal::Principal,
        text::some_of,
    },
    privilege::path_risk,
    rubric::{aws::AwsRules, paths::EndsAt},
};

/// Ends that one risk names.
const NAMED: usize = 4;

/// The risks of a principal's paths; `has_more` where more roles are reached than
/// paths are told of.
pub(super) fn risks(
    rules: &AwsRules,
    principal: &str,
    paths: &[Path],
    has_more: bool,
) -> Vec<RiskHit> {
    let mut alike: BTreeMap<(EndsAt, bool), Vec<&Path>> = BTreeMap::new();
    for path in paths {
        if let Some(end) = ends_at(&path.target) {
            alike.entry((end, path.is_certain())).or_default().push(path);
        }
    }
    alike
        .into_iter()
        .filter_map(|((end, is_certain), mut paths)| {
            paths.sort_by_key(|path| path.hops.len());
            let rule = rules.path(end, is_certain)?;
            let names: Vec<String> = paths.iter().map(|path| path.target.to_string()).collect();
            let target = match names.get(..NAMED) {
                Some(first) if has_more && end == EndsAt::AwsRole => {
                    format!("{} and more", first.join(", "))
                }
                _ => some_of(&names, NAMED),
            };
            let mut risk = path_risk::of(rule, principal, paths.first()?, &target);
            // Whoever is told to cut it can cut its own first step.
            risk.grants = paths.first()?.hops.first()?.grants.clone();
            Some(risk)
        })
        .collect()
}

/// What paths that were put together of more than one plane come to in an account.
#[must_use]
pub fn path_risks(rules: &AwsRules, principal: &Principal, paths: &[Path]) -> Vec<RiskHit> {
    risks(rules, &principal.to_string(), paths, false)
}

fn ends_at(target: &PathTarget) -> Option<EndsAt> {
    match target {
        PathTarget::AwsAdmin(_) => Some(EndsAt::AwsAdmin),
        PathTarget::AwsDatabase(_) => Some(EndsAt::AwsDatabase),
        PathTarget::AwsRole(_) => Some(EndsAt::AwsRole),
        PathTarget::ClusterAdmin
        | PathTarget::Node
        | PathTarget::NamespaceAdmin(_)
        | PathTarget::Controller(_)
        | PathTarget::ServiceAccount(_) => None,
    }
}
