//! A risk as it is told.

use super::{holds::Holds, prepared::Entry};
use crate::{
    model::{
        capability::{Condition, Grant, RiskHit},
        finding::Severity,
        kubernetes::Scope,
        text::some_of,
    },
    privilege::rbac::{capabilities::scopes_text, identity::Identity},
    rubric::kubernetes::risks::RiskRule,
};

/// Grants kept for one hit.
const GRANTS: usize = 20;
/// Permissions or sights named in one message.
const NAMED: usize = 4;
/// The namespace that counts like the cluster: its ServiceAccounts run it.
const SYSTEM_NAMESPACE: &str = "kube-system";
/// What is missing where a rule depends on a version that is not known.
const VERSION: &str = "the version of the API server";

/// Something that the evidence shows and a rule is about.
#[derive(Debug, Clone)]
pub(in super::super) struct Sighting {
    /// Where.
    pub(in super::super) scope: Scope,
    /// What, as `{detail}` of a message.
    pub(in super::super) detail: String,
    /// What gives it, or where it stands.
    pub(in super::super) grants: Vec<Grant>,
    /// Whether it only looks: no worse than medium then.
    pub(in super::super) mild: bool,
    /// What is not known of it, if anything.
    pub(in super::super) unknown: Option<String>,
}

/// A risk that permissions make real in some scopes; none where there is none.
pub(super) fn of_permissions(
    entry: &Entry<'_>,
    holds: &Holds<'_, '_>,
    scopes: &[&Scope],
    identity: &Identity,
) -> Option<RiskHit> {
    if scopes.is_empty() {
        return None;
    }
    let mut permissions: Vec<String> = Vec::new();
    let mut grants: Vec<Grant> = Vec::new();
    let mut open = true;
    if let Some(grant) = &holds.bypass {
        permissions.push("everything".to_owned());
        grants.push(grant.clone());
        open = false;
    }
    for meeting in scopes.iter().filter_map(|scope| holds.scopes.get(scope)) {
        open &= meeting.open;
        for witness in &meeting.witnesses {
            let permission = witness.met.said();
            if !permissions.contains(&permission) {
                permissions.push(permission);
            }
            if grants.len() < GRANTS {
                let grant = witness.held.grant();
                if !grants.contains(&grant) {
                    grants.push(grant);
                }
            }
        }
    }
    let scope = scopes_text(scopes);
    let here: Vec<String> = entry
        .spots
        .iter()
        .flatten()
        .filter(|spot| scopes.iter().any(|scope| scope.may_reach(&spot.scope)))
        .map(|spot| spot.said.clone())
        .collect();
    let fill = |template: &str| {
        template
            .replace("{principal}", &identity.principal().to_string())
            .replace("{permission}", &told(&permissions))
            .replace("{detail}", &told(&here))
            .replace("{scope}", &in_words(&scope))
    };
    Some(RiskHit {
        rule: entry.rule.id.clone(),
        title: entry.rule.title.clone(),
        class: entry.rule.class,
        severity: severity(entry.rule, scopes),
        message: fill(&entry.rule.message),
        remedy: fill(&entry.rule.remedy),
        grants,
        condition: match open || entry.open {
            true => Condition::Unknown(VERSION.to_owned()),
            false => Condition::Always,
        },
        scope,
    })
}

/// A risk that sights make real; none where there are none.
pub(in super::super) fn sighted(
    rule: &RiskRule,
    sightings: &[Sighting],
    principal: &str,
) -> Option<RiskHit> {
    let mut scopes: Vec<&Scope> = sightings.iter().map(|sighting| &sighting.scope).collect();
    scopes.sort_unstable();
    scopes.dedup();
    if scopes.contains(&&Scope::Cluster) {
        scopes.retain(|scope| **scope == Scope::Cluster);
    }
    if scopes.is_empty() {
        return None;
    }
    let mut details: Vec<String> = Vec::new();
    let mut grants: Vec<Grant> = Vec::new();
    for sighting in sightings {
        if !details.contains(&sighting.detail) {
            details.push(sighting.detail.clone());
        }
        for grant in &sighting.grants {
            if grants.len() < GRANTS && !grants.contains(grant) {
                grants.push(grant.clone());
            }
        }
    }
    let scope = scopes_text(&scopes);
    let fill = |template: &str| {
        template
            .replace("{principal}", principal)
            .replace("{detail}", &told(&details))
            .replace("{scope}", &in_words(&scope))
    };
    let mild = sightings.iter().all(|sighting| sighting.mild);
    let severity = severity(rule, &scopes);
    let unknown = sightings.iter().map(|sighting| sighting.unknown.clone()).min().flatten();
    Some(RiskHit {
        rule: rule.id.clone(),
        title: rule.title.clone(),
        class: rule.class,
        severity: if mild { severity.min(Severity::Medium) } else { severity },
        message: fill(&rule.message),
        remedy: fill(&rule.remedy),
        grants,
        condition: unknown.map_or(Condition::Always, Condition::Unknown),
        scope,
    })
}

fn severity(rule: &RiskRule, scopes: &[&Scope]) -> Severity {
    let whole =
        scopes.iter().any(|scope| **scope == Scope::Cluster || scope.may_be_in(SYSTEM_NAMESPACE));
    rule.severity_cluster.filter(|_| whole).map_or(rule.severity, |worse| worse.max(rule.severity))
}

/// The first few, and how many more there are.
fn told(list: &[String]) -> String {
    if list.len() > NAMED { some_of(list, NAMED) } else { list.join(" and ") }
}

/// `in the whole cluster`, `in namespace/shop`.
fn in_words(scope: &str) -> String {
    if scope == "cluster" { "in the whole cluster".to_owned() } else { format!("in {scope}") }
}
