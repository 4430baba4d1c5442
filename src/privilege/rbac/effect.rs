//! What a permission does to the world, wildcards included.

use std::{borrow::Cow, sync::Arc};

use super::{matcher::ALL, scope::is_effective};
use crate::{
    model::{effect::Effect, kubernetes::Scope},
    rubric::kubernetes::{
        KubernetesRules,
        effects::{ApiGroup, Effects},
    },
};

/// Verbs that every resource may have.
pub(super) const STANDARD_VERBS: [&str; 8] =
    ["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"];

/// Verbs that only some resources have; they count for a verb wildcard where
/// the data decides them.
const SPECIAL_VERBS: [&str; 7] =
    ["bind", "escalate", "impersonate", "approve", "sign", "attest", "use"];

/// Stands for a resource that no data lists.
const UNLISTED: &str = "(unlisted)";

/// The effect of one permission, and whether the data knows it; one that it
/// does not know counts as destructive. `subresource` is empty where there is
/// none. No argument is a wildcard.
#[must_use]
pub fn effect_of(
    rules: &KubernetesRules,
    verb: &str,
    group: &str,
    resource: &str,
    subresource: &str,
    name: Option<&str>,
) -> (Effect, bool) {
    effect_in(&rules.effects, verb, group, resource, subresource, name)
}

fn effect_in(
    effects: &Effects,
    verb: &str,
    group: &str,
    resource: &str,
    subresource: &str,
    name: Option<&str>,
) -> (Effect, bool) {
    effects
        .deciding(verb, group, resource, subresource, name)
        .map_or((Effect::Destructive, false), |entry| (entry.effect, true))
}

/// The effect of calling a URL, as [`effect_of`] tells it for resources.
pub(super) fn effect_of_url(effects: &Effects, verb: &str, path: &str) -> (Effect, bool) {
    let verbs: &[&str] = if verb == ALL { &["get", "post"] } else { &[verb] };
    verbs
        .iter()
        .map(|verb| {
            effects
                .deciding_url(verb, path)
                .map_or((Effect::Destructive, false), |entry| (entry.effect, true))
        })
        .max()
        .unwrap_or((Effect::Destructive, false))
}

/// One combination of a rule's lists; each field may be the wildcard.
#[derive(Debug, Clone, Copy)]
pub(super) struct Permission<'a> {
    pub(super) verb: &'a str,
    pub(super) group: &'a str,
    pub(super) resource: &'a str,
    pub(super) subresource: &'a str,
}

/// The worst effect of all that a permission covers within `scope`; none where
/// it covers nothing that could be used.
pub(super) fn worst(
    effects: &Effects,
    scope: &Scope,
    permission: Permission<'_>,
    names: &[Arc<str>],
) -> Option<(Effect, bool)> {
    let mut worst: Option<(Effect, bool)> = None;
    for (group, resource, subresource) in covered(effects, permission) {
        for verb in verbs_of(permission.verb) {
            if !is_effective(effects, scope, verb, group, &resource) {
                continue;
            }
            // Parts are never listed; a wildcard over resources says nothing of them.
            if permission.resource == ALL
                && permission.subresource.is_empty()
                && !subresource.is_empty()
                && matches!(verb, "list" | "watch" | "deletecollection")
            {
                continue;
            }
            // A verb that a resource does not have is no right.
            if permission.verb == ALL
                && SPECIAL_VERBS.contains(&verb)
                && effects.deciding(verb, group, &resource, subresource, None).is_none()
            {
                continue;
            }
            let found = if names.is_empty() {
                effect_in(effects, verb, group, &resource, subresource, None)
            } else {
                names
                    .iter()
                    .map(|name| effect_in(effects, verb, group, &resource, subresource, Some(name)))
                    .max()
                    .unwrap_or((Effect::Destructive, false))
            };
            worst = worst.max(Some(found));
            if worst == Some((Effect::Escalation, true)) {
                return worst;
            }
        }
    }
    worst
}

fn verbs_of(verb: &str) -> impl Iterator<Item = &str> {
    let (one, all) = if verb == ALL { (None, true) } else { (Some(verb), false) };
    one.into_iter().chain(STANDARD_VERBS.into_iter().chain(SPECIAL_VERBS).filter(move |_| all))
}

/// The resources that a permission covers, as group, resource and subresource:
/// all that the data lists and, where the group may hold others, one that it
/// does not.
fn covered<'a>(
    effects: &'a Effects,
    permission: Permission<'a>,
) -> Vec<(&'a str, Cow<'a, str>, &'a str)> {
    let Permission { group, resource, subresource, .. } = permission;
    let mut found = Vec::new();
    if group != ALL && resource != ALL {
        found.push((group, Cow::Borrowed(resource), subresource));
        return found;
    }
    let groups: Vec<&ApiGroup> =
        effects.api_groups.iter().filter(|known| group == ALL || known.group == group).collect();
    for known in &groups {
        for listed in known.resources() {
            let (first, rest) = listed.split_once('/').unwrap_or((listed, ""));
            let covers = match (resource == ALL, subresource.is_empty()) {
                // `*` covers subresources too.
                (true, true) => true,
                (true, false) => rest == subresource,
                (false, _) => first == resource && rest == subresource,
            };
            if covers {
                found.push((&known.group, Cow::Borrowed(first), rest));
            }
        }
    }
    let closed = groups.len() == 1 && group != ALL && groups.iter().all(|known| known.complete);
    // A wildcard reaches past the data, a name only where the data lacks it.
    if found.is_empty() || resource == ALL && !closed {
        let name = if resource == ALL { UNLISTED } else { resource };
        found.push((if group == ALL { UNLISTED } else { group }, Cow::Borrowed(name), subresource));
    }
    found
}
