//! What paths come to, as risks.

use std::collections::BTreeMap;

use crate::{
    model::{
        capability::{Condition, Grant, RiskHit},
        path::{Path, PathTarget},
        principal::Principal,
    },
    rubric::kubernetes::{
        KubernetesRules,
        paths::{EndsAt, PathRule},
    },
};

/// Hops told in one message; the path itself has them all.
const HOPS: usize = 4;

/// One risk for each kind of end and each certainty, by its shortest path. A
/// certain administrator is all there is to say; a possible one leaves out what
/// else is only possible on the way there.
pub(super) fn risks(
    rules: &KubernetesRules,
    principal: &Principal,
    paths: &[Path],
    cloud_roles: usize,
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
            || !path.is_certain() && admin.is_some_and(|admin| admin.hops.starts_with(&path.hops))
    };
    let mut hits: Vec<RiskHit> = shortest
        .into_values()
        .filter_map(|mut same| {
            same.sort_by_key(|path| path.hops.len());
            let first = same.first()?;
            let end = ends_at(&first.target);
            if end != EndsAt::ClusterAdmin && goes_without_saying(first) {
                return None;
            }
            let rule = rules.path(end, first.is_certain())?;
            let all = if end == EndsAt::Cloud { cloud_roles } else { same.len() };
            Some(hit(rule, principal, first, all))
        })
        .collect();
    hits.sort_by(|a, b| (b.severity, &a.rule, &a.scope).cmp(&(a.severity, &b.rule, &b.scope)));
    hits
}

fn ends_at(target: &PathTarget) -> EndsAt {
    match target {
        PathTarget::ClusterAdmin => EndsAt::ClusterAdmin,
        PathTarget::Node => EndsAt::Node,
        PathTarget::NamespaceAdmin(_) => EndsAt::Namespace,
        PathTarget::AwsRole(_) => EndsAt::Cloud,
        PathTarget::Controller(_) => EndsAt::Controller,
    }
}

fn order(ends_at: EndsAt) -> u8 {
    match ends_at {
        EndsAt::ClusterAdmin => 0,
        EndsAt::Node => 1,
        EndsAt::Namespace => 2,
        EndsAt::Cloud => 3,
        EndsAt::Controller => 4,
    }
}

fn hit(rule: &PathRule, principal: &Principal, path: &Path, all: usize) -> RiskHit {
    let unknown = path.unknowns().join("; ");
    let mut grants: Vec<Grant> = Vec::new();
    for grant in path.hops.iter().flat_map(|hop| &hop.grants) {
        if !grants.contains(grant) {
            grants.push(grant.clone());
        }
    }
    let first = grants.first().map_or_else(String::new, |grant| grant.description.clone());
    let target = match (&path.target, all.saturating_sub(1)) {
        (target, 0) => target.to_string(),
        (target, more) => format!("{target} and {more} more"),
    };
    let steps = path.told(HOPS);
    let fill = |template: &str| {
        template
            .replace("{principal}", &principal.to_string())
            .replace("{target}", &target)
            .replace("{steps}", &steps)
            .replace("{unknown}", &unknown)
            .replace("{first}", &first)
    };
    RiskHit {
        rule: rule.id.clone(),
        title: rule.title.clone(),
        class: rule.class,
        severity: rule.severity,
        message: fill(&rule.message),
        remedy: fill(&rule.remedy),
        grants,
        condition: if unknown.is_empty() {
            Condition::Always
        } else {
            Condition::Unknown(unknown.clone())
        },
        scope: "cluster".to_owned(),
    }
}
