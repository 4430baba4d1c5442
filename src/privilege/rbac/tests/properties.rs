//! The matcher against a second one, written from the documentation, and the
//! closure against more grants.

use std::sync::Arc;

use proptest::{collection::vec, prelude::*, sample::select};

use super::build::{Cluster, bot, rule, shipped};
use crate::{
    model::{
        capability::Reach,
        kubernetes::{Scope, rbac::PolicyRule},
    },
    privilege::rbac::{Closure, Identity, Index, Request, Target, rule_allows, rule_allows_url},
};

const VERBS: [&str; 6] = ["get", "list", "create", "patch", "deletecollection", "bind"];
const GROUPS: [&str; 3] = ["", "apps", "example.com"];
const RESOURCES: [&str; 5] = ["pods", "deployments", "secrets", "nodes", "namespaces"];
const SUBRESOURCES: [&str; 4] = ["", "exec", "scale", "status"];
const NAMES: [&str; 3] = ["", "a", "*"];

/// The documentation of `PolicyRule`, read as plainly as it can be: spell out
/// every request that a rule means, and see whether this is one of them.
fn naive(rule: &PolicyRule, request: (&str, &str, &str, &str, &str)) -> bool {
    let (verb, group, resource, subresource, name) = request;
    let combined = if subresource.is_empty() {
        resource.to_owned()
    } else {
        format!("{resource}/{subresource}")
    };
    let mut spellings = vec!["*".to_owned(), combined];
    if !subresource.is_empty() {
        spellings.push(format!("*/{subresource}"));
    }
    let has = |list: &[Arc<str>], wanted: &[&str]| {
        list.iter().filter(|entry| wanted.contains(&&***entry)).count() > 0
    };
    let spellings: Vec<&str> = spellings.iter().map(String::as_str).collect();
    has(&rule.verbs, &["*", verb])
        && has(&rule.api_groups, &["*", group])
        && has(&rule.resources, &spellings)
        && (rule.resource_names.is_empty() || has(&rule.resource_names, &[name]))
}

fn words(from: Vec<&'static str>) -> impl Strategy<Value = Vec<Arc<str>>> {
    vec(select(from).prop_map(Arc::from), 0..3)
}

fn rules() -> impl Strategy<Value = PolicyRule> {
    let verbs = VERBS.iter().copied().chain(["*"]).collect();
    let groups = GROUPS.iter().copied().chain(["*"]).collect();
    let resources = RESOURCES
        .iter()
        .copied()
        .chain(["*", "pods/exec", "pods/*", "*/scale", "deployments/scale", "*/*", "/", "*/"])
        .collect();
    let names = words(vec!["a", "b", "*"]);
    (words(verbs), words(groups), words(resources), names).prop_map(
        |(verbs, api_groups, resources, resource_names)| PolicyRule {
            verbs,
            api_groups,
            resources,
            resource_names,
            ..rule("", "", "")
        },
    )
}

fn clusters() -> impl Strategy<Value = Vec<(bool, PolicyRule)>> {
    vec((any::<bool>(), rules()), 0..4)
}

fn build(grants: &[(bool, PolicyRule)]) -> Cluster {
    grants.iter().fold(Cluster::new(), |cluster, (wide, rule)| {
        if *wide {
            cluster.cluster_wide(vec![rule.clone()])
        } else {
            cluster.in_namespace("shop", vec![rule.clone()])
        }
    })
}

/// Every request of a small world, within `shop` and across the cluster.
fn requests() -> impl Iterator<Item = Request<'static>> {
    [None, Some("shop")].into_iter().flat_map(|namespace| {
        VERBS.iter().flat_map(move |verb| {
            GROUPS.iter().flat_map(move |group| {
                RESOURCES.iter().flat_map(move |resource| {
                    SUBRESOURCES.iter().map(move |subresource| Request {
                        verb,
                        target: Target::Resource {
                            group,
                            resource,
                            subresource,
                            namespace,
                            name: None,
                        },
                    })
                })
            })
        })
    })
}

/// Whether some capability of a reach names the resource in a scope that covers
/// the request, whatever its verb group.
fn tells(reach: &Reach, request: &Request<'_>) -> bool {
    let Target::Resource { group, resource, subresource, namespace, .. } = request.target else {
        return false;
    };
    reach.capabilities.iter().any(|capability| {
        let (verbs, what) = capability.action.split_once(' ').expect("verbs and resource");
        let (object, sub) = what.split_once('/').unwrap_or((what, ""));
        let (name, held_group) = object.split_once('.').unwrap_or((object, ""));
        let held_group = if held_group == "core" { "" } else { held_group };
        let verb = verbs.split(',').any(|verb| verb == "*" || verb == request.verb);
        let scope = capability.scope == "cluster"
            || namespace
                .is_some_and(|namespace| capability.scope == format!("namespace/{namespace}"));
        let part = sub == subresource || (name == "*" && sub.is_empty());
        verb && scope
            && part
            && (name == "*" || name == resource)
            && (held_group == "*" || held_group == group)
    })
}

/// What the bot holds.
fn held(cluster: &Cluster) -> Closure<'_> {
    Closure::of(&Index::new(&cluster.0), &Identity::of(&bot()).unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_matcher_agrees_with_the_documentation(
        rule in rules(),
        verb in select(&VERBS[..]),
        group in select(&GROUPS[..]),
        resource in select(&RESOURCES[..]),
        subresource in select(&SUBRESOURCES[..]),
        name in select(&NAMES[..]),
    ) {
        prop_assert_eq!(
            rule_allows(&rule, verb, group, resource, subresource, name),
            naive(&rule, (verb, group, resource, subresource, name))
        );
    }

    #[test]
    fn one_more_grant_never_takes_anything_away(grants in clusters(), more in rules(), wide in any::<bool>()) {
        let before = build(&grants);
        let mut grants = grants;
        grants.push((wide, more));
        let after = build(&grants);
        let (before, after) = (held(&before), held(&after));
        for request in requests() {
            let held = before.allows(&request).is_allowed();
            prop_assert!(!held || after.allows(&request).is_allowed(), "{request:?}");
        }
    }

    #[test]
    fn whatever_is_allowed_is_told_as_a_capability(grants in clusters()) {
        // Requests that the API server cannot make are left out: artefacts of a
        // rule's lists, and cluster-scoped resources within a namespace.
        let effects = shipped().effects;
        let exists = |request: &Request<'_>| match request.target {
            Target::Resource { group, resource, subresource, namespace, .. } => {
                let listed = if subresource.is_empty() {
                    resource.to_owned()
                } else {
                    format!("{resource}/{subresource}")
                };
                effects.group(group).is_some_and(|known| {
                    if namespace.is_some() {
                        known.namespaced.contains(&listed)
                    } else {
                        known.cluster.contains(&listed)
                    }
                })
            }
            Target::Url(_) => false,
        };
        let cluster = build(&grants);
        let reach = cluster.reach();
        let held = held(&cluster);
        for request in requests().filter(exists) {
            if held.allows(&request).is_allowed() {
                prop_assert!(tells(&reach, &request), "{request:?} is not told");
            }
        }
    }

    #[test]
    fn an_unnamed_scope_never_gives_less_than_a_named_one(rule in rules()) {
        let named = build(&[(false, rule.clone())]);
        let mut unnamed = build(&[(false, rule)]);
        for binding in &mut unnamed.0.bindings {
            binding.scope = Scope::UnknownNamespace;
        }
        let (named, unnamed) = (held(&named), held(&unnamed));
        for request in requests() {
            let held = named.allows(&request).is_allowed();
            prop_assert!(!held || unnamed.allows(&request).is_allowed());
        }
    }

    #[test]
    fn urls_are_prefixes_only_with_a_star_at_the_end(path in "/[a-z/]{0,6}", url in "/[a-z/*]{0,6}") {
        let rule = PolicyRule { non_resource_urls: vec![url.as_str().into()], ..rule("get", "", "") };
        let expected = url == path
            || url.ends_with('*') && path.starts_with(url.trim_end_matches('*'));
        prop_assert_eq!(rule_allows_url(&rule, "get", &path), expected);
    }
}
