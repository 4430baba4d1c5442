//! Grants that give nothing: their author believes in a right, or in a limit,
//! that is not there.

use super::super::{
    capabilities::{can_apply, label},
    closure::{Closure, Held},
    effect::Permission,
    matcher::{ALL, covers, nameable},
    risk::Sighting,
};
use crate::{
    model::kubernetes::{
        rbac::{Origin, PolicyRule},
        version::ServerVersion,
    },
    rubric::kubernetes::effects::Effects,
};

/// Groups that servers served and no longer do, with the first version without.
const REMOVED: [(&str, ServerVersion); 1] = [("extensions", ServerVersion { major: 1, minor: 22 })];

/// Groups whose resources the data lists for every version.
const SETTLED: [&str; 4] = ["", "apps", "batch", "rbac.authorization.k8s.io"];

/// Rules that someone wrote for this identity.
fn written<'h, 'a>(closure: &'h Closure<'a>) -> impl Iterator<Item = &'h Held<'a>> {
    closure.held.iter().filter(|held| {
        held.through_group.is_none() && !held.anonymous && held.role.origin == Origin::Evidence
    })
}

fn sighting(held: &Held<'_>, detail: String) -> Sighting {
    Sighting {
        scope: held.scope().clone(),
        detail,
        grants: vec![held.grant()],
        mild: false,
        unknown: None,
    }
}

/// Names beside verbs that carry none, and the name `*`, which is no wildcard.
pub(super) fn names(closure: &Closure<'_>) -> Vec<Sighting> {
    let mut seen = Vec::new();
    for held in written(closure) {
        let rule = held.rule;
        if rule.resource_names.is_empty() {
            continue;
        }
        let named = rule.resource_names.iter().map(|name| &**name).collect::<Vec<_>>().join(", ");
        let signers = rule.resources.iter().any(|entry| &**entry == "signers");
        if rule.resource_names.iter().all(|name| &**name == ALL) && !signers {
            seen.push(sighting(
                held,
                format!("{} named *, which is no wildcard", said(rule, None)),
            ));
            continue;
        }
        let dead: Vec<&str> = ["create", "deletecollection"]
            .into_iter()
            .filter(|verb| is_dead(held, closure, verb))
            .collect();
        if !dead.is_empty() {
            let verbs = dead.join(",");
            seen.push(sighting(held, format!("{} named {named}", said(rule, Some(&verbs)))));
        }
    }
    seen
}

/// Whether a rule with names asks for a verb that carries none.
fn is_dead(held: &Held<'_>, closure: &Closure<'_>, verb: &str) -> bool {
    let rule = held.rule;
    if !rule.verbs.iter().any(|held| **held == *verb) {
        return false;
    }
    // A part is created under the name of its whole.
    let mut tops = rule
        .resources
        .iter()
        .filter_map(|entry| nameable(entry))
        .filter(|(_, subresource)| verb == "deletecollection" || subresource.is_empty())
        .peekable();
    tops.peek().is_some()
        && tops.all(|(resource, subresource)| {
            verb == "deletecollection"
                || !rule.api_groups.iter().any(|group| {
                    can_apply(closure, held, Permission { verb, group, resource, subresource })
                })
        })
}

/// Resources such as `pods/*`, and names that no resource of the group has.
pub(super) fn resources(effects: &Effects, closure: &Closure<'_>) -> Vec<Sighting> {
    let mut seen = Vec::new();
    for held in written(closure) {
        let dead = held
            .rule
            .resources
            .iter()
            .find(|entry| nameable(entry).is_none() || is_nowhere(effects, held.rule, entry));
        if let Some(entry) = dead {
            seen.push(sighting(held, entry.to_string()));
        }
    }
    seen
}

/// Whether no group of a rule has the resource. Only groups that have long been
/// settled tell: others gain and lose resources with the version.
fn is_nowhere(effects: &Effects, rule: &PolicyRule, entry: &str) -> bool {
    let resource = entry.split('/').next().unwrap_or_default();
    resource != ALL
        && !rule.api_groups.is_empty()
        && rule.api_groups.iter().all(|group| {
            SETTLED.contains(&&**group)
                && effects.group(group).is_some_and(|known| {
                    !known
                        .resources()
                        .any(|listed| listed.split('/').next().unwrap_or_default() == resource)
                })
        })
}

/// Groups that are versions, or are called otherwise, and no group at all.
pub(super) fn groups(closure: &Closure<'_>, version: Option<ServerVersion>) -> Vec<Sighting> {
    let mut seen = Vec::new();
    for held in written(closure) {
        let rule = held.rule;
        if rule.resources.is_empty() {
            continue;
        }
        if rule.api_groups.is_empty() {
            seen.push(sighting(held, format!("{} in no group", said(rule, None))));
        }
        let dead = rule.api_groups.iter().find(|group| {
            let removed = || {
                REMOVED.iter().any(|(name, since)| {
                    ***group == **name && version.is_some_and(|version| version >= *since)
                })
            };
            matches!(&***group, "core" | "v1") || group.contains('/') || removed()
        });
        if let Some(group) = dead {
            seen.push(sighting(held, format!("{} in the group {group}", said(rule, None))));
        }
    }
    seen
}

/// Bindings to roles that are not there.
pub(super) fn roles(closure: &Closure<'_>) -> Vec<Sighting> {
    closure
        .dangling
        .iter()
        .map(|binding| Sighting {
            scope: binding.scope.clone(),
            detail: format!("{binding} to {}/{}", binding.role.kind, binding.role.name),
            grants: vec![crate::model::capability::Grant {
                description: format!("{binding} → {}/{}", binding.role.kind, binding.role.name),
                location: binding.role.location.clone(),
                cut_at: None,
            }],
            mild: false,
            unknown: None,
        })
        .collect()
}

/// `create,get configmaps`, with the first resource and group of a rule.
fn said(rule: &PolicyRule, verbs: Option<&str>) -> String {
    let all = rule.verbs.iter().map(|verb| &**verb).collect::<Vec<_>>().join(",");
    let (resource, subresource) =
        rule.resources.iter().find_map(|entry| nameable(entry)).unwrap_or((ALL, ""));
    let group = rule.api_groups.first().map_or("", |group| &**group);
    let group = if covers(&rule.api_groups, ALL) { ALL } else { group };
    let what = label(Permission { verb: "", group, resource, subresource });
    format!("{} {what}", verbs.unwrap_or(&all))
}
