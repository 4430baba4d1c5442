//! What is left of a rule when some of what it gives must go.

use std::{collections::BTreeMap, sync::Arc};

use super::{
    capabilities::{COMBINATIONS_PER_RULE, combinations, permissions},
    effect::{Permission, STANDARD_VERBS, effect_of_url, worst},
    matcher::ALL,
};
use crate::{
    model::{
        effect::Effect,
        kubernetes::{Scope, rbac::PolicyRule},
    },
    rubric::kubernetes::effects::Effects,
};

/// The rules that give, within `scope`, what `rule` gives there and `keep` lets
/// pass; it is told each permission's effect, and whether the data knows it.
///
/// Nothing that `rule` does not give is in them. A wildcard over verbs is split
/// into the verbs that every resource may have; beside one over groups or resources
/// it goes whole, because nobody can list what it covers.
pub(super) fn narrow(
    effects: &Effects,
    scope: &Scope,
    rule: &PolicyRule,
    keep: &dyn Fn(Effect, bool) -> bool,
) -> Vec<PolicyRule> {
    if combinations(rule) > COMBINATIONS_PER_RULE {
        return Vec::new();
    }
    let mut kept = BTreeMap::<&str, BTreeMap<(&str, &str), Vec<&str>>>::new();
    for permission in permissions(effects, rule) {
        if permission.verb == ALL && (permission.resource == ALL || permission.group == ALL) {
            continue;
        }
        let verbs: &[&str] = if permission.verb == ALL {
            &STANDARD_VERBS
        } else {
            std::slice::from_ref(&permission.verb)
        };
        for &verb in verbs {
            let permission = Permission { verb, ..permission };
            let (verb, Permission { group, resource, subresource, .. }) = (verb, permission);
            if worst(effects, scope, permission, &rule.resource_names)
                .is_some_and(|(effect, known)| keep(effect, known))
            {
                kept.entry(group)
                    .or_default()
                    .entry((resource, subresource))
                    .or_default()
                    .push(verb);
            }
        }
    }
    let mut left = Vec::new();
    for (group, resources) in kept {
        let mut by_verbs = BTreeMap::<Vec<&str>, Vec<Arc<str>>>::new();
        for ((resource, subresource), verbs) in resources {
            let spelt = match subresource {
                "" => Arc::from(resource),
                part => Arc::from(format!("{resource}/{part}")),
            };
            by_verbs.entry(verbs).or_default().push(spelt);
        }
        left.extend(by_verbs.into_iter().map(|(verbs, resources)| PolicyRule {
            verbs: verbs.into_iter().map(Arc::from).collect(),
            api_groups: vec![group.into()],
            resources,
            non_resource_urls: Vec::new(),
            ..rule.clone()
        }));
    }
    left.extend(narrow_urls(effects, scope, rule, keep));
    left
}

/// Paths with the verbs that are kept on all of them.
fn narrow_urls(
    effects: &Effects,
    scope: &Scope,
    rule: &PolicyRule,
    keep: &dyn Fn(Effect, bool) -> bool,
) -> Option<PolicyRule> {
    if *scope != Scope::Cluster || rule.non_resource_urls.is_empty() {
        return None;
    }
    let verbs: Vec<Arc<str>> = rule
        .verbs
        .iter()
        .flat_map(|verb| if &**verb == ALL { vec!["get".into()] } else { vec![verb.clone()] })
        .filter(|verb| {
            rule.non_resource_urls.iter().all(|url| {
                let (effect, known) = effect_of_url(effects, verb, url);
                keep(effect, known)
            })
        })
        .collect();
    (!verbs.is_empty()).then(|| PolicyRule {
        verbs,
        api_groups: Vec::new(),
        resources: Vec::new(),
        resource_names: Vec::new(),
        ..rule.clone()
    })
}
