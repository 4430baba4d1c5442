//! What paths come to, as risks.

use std::collections::BTreeMap;

use crate::{
    model::{
        capability::RiskHit,
        path::{Path, PathTarget},
        principal::Principal,
        text::and_more,
    },
    privilege::path_risk,
    rubric::{
        kubernetes::KubernetesRules,
        paths::{EndsAt, PathRule},
    },
};

/// One risk for each kind of end and each certainty, by its shortest path. A
/// certain administrator is all there is to say; a possible one leaves out what
/// else is only possible on the way there.
pub(super) fn risks(
    rules: &KubernetesRules,
    principal: &Principal,
    paths: &[Path],
    (cloud_roles, accounts): (usize, usize),
) -> Vec<RiskHit> {
    let mut shortest = BTreeMap::<(u8, bool), Vec<&Path>>::new();
    for path in paths {
        let kind = (order(ends_at(&path.target)), !path.is_certain());
        shortest.entry(kind).or_default().push(path);
    }
    let is_admin =
        paths.iter().any(|path| path.target == PathTarget::ClusterAdmin && path.is_certain());
    let admin = paths.iter().find(|path| path.target == PathTarget::ClusterAdmin);
    let goes_without_saying = |path: &Path| {
        is_admin
            || ends_at(&path.target) == EndsAt::Account
                && paths.iter().any(|worse| {
                    order(ends_at(&worse.target)) < order(EndsAt::Cloud)
                        && worse.hops.starts_with(&path.hops)
                })
            || !path.is_certain() && admin.is_some_and(|admin| admin.hops.starts_with(&path.hops))
    };
    let mut hits: Vec<RiskHit> = shortest
        .into_values()
        .filter_map(|mut same| {
            if same.iter().all(|path| ends_at(&path.target) == EndsAt::Account) {
                same.retain(|path| !goes_without_saying(path));
            }
            same.sort_by_key(|path| path.hops.len());
            let first = same.first()?;
            let end = ends_at(&first.target);
            if end != EndsAt::ClusterAdmin && goes_without_saying(first) {
                return None;
            }
            let rule = rules.path(end, first.is_certain())?;
            let targets = match end {
                EndsAt::Account => same.as_slice(),
                _ => same.get(..1)?,
            };
            let more = match end {
                EndsAt::Cloud => cloud_roles,
                EndsAt::Account => accounts,
                _ => same.len(),
            }
            .saturating_sub(targets.len());
            Some(hit(rule, principal, targets, more))
        })
        .flatten()
        .collect();
    // Of accounts one word is enough: what is certain of them.
    let is_account = |hit: &RiskHit, certain| {
        rules.path(EndsAt::Account, certain).is_some_and(|rule| rule.id == hit.rule)
    };
    if hits.iter().any(|hit| is_account(hit, true)) {
        hits.retain(|hit| !is_account(hit, false));
    }
    hits.sort_by(|a, b| (b.severity, &a.rule, &a.scope).cmp(&(a.severity, &b.rule, &b.scope)));
    hits
}

fn ends_at(target: &PathTarget) -> EndsAt {
    match target {
        PathTarget::ClusterAdmin => EndsAt::ClusterAdmin,
        PathTarget::Node => EndsAt::Node,
        PathTarget::NamespaceAdmin(_) => EndsAt::Namespace,
        PathTarget::AwsRole(_) | PathTarget::AwsAdmin(_) | PathTarget::AwsDatabase(_) => {
            EndsAt::Cloud
        }
        PathTarget::Controller(_) => EndsAt::Controller,
        PathTarget::ServiceAccount(_) => EndsAt::Account,
    }
}

fn order(ends_at: EndsAt) -> u8 {
    match ends_at {
        EndsAt::ClusterAdmin => 0,
        EndsAt::Node => 1,
        EndsAt::Namespace => 2,
        EndsAt::Cloud => 3,
        EndsAt::Controller => 4,
        EndsAt::Account => 5,
        EndsAt::AwsAdmin | EndsAt::AwsDatabase | EndsAt::AwsRole => 6,
    }
}

/// The risk of some paths to ends of one kind, told by the first of them.
fn hit(rule: &PathRule, principal: &Principal, paths: &[&Path], more: usize) -> Option<RiskHit> {
    let targets: Vec<String> = paths.iter().map(|path| path.target.to_string()).collect();
    let target = and_more(targets.join(", "), more);
    Some(path_risk::of(rule, &principal.to_string(), paths.first()?, &target))
}
