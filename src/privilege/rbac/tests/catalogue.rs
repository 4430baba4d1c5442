//! The shipped data: every example of it runs through the engine.

use std::collections::BTreeSet;

use super::build::{Cluster, bot, rule, shipped};
use crate::{
    model::{kubernetes::rbac::PolicyRule, location::Location, principal::Principal},
    privilege::rbac::Identity,
    rubric::kubernetes::{
        effects::{EffectEntry, Effects},
        risks::{Example, ExampleRule, Platform, RiskRule},
    },
};

/// `VERB RESOURCE.GROUP/SUBRESOURCE NAME`, decided.
fn deciding<'a>(effects: &'a Effects, permission: &str) -> Option<&'a EffectEntry> {
    let mut words = permission.split_whitespace();
    let verb = words.next().expect("a verb");
    let what = words.next().expect("a resource");
    let name = words.next();
    let (object, subresource) = what.split_once('/').unwrap_or((what, ""));
    let (resource, group) = object.split_once('.').unwrap_or((object, ""));
    effects.deciding(verb, group, resource, subresource, name)
}

#[test]
fn every_effect_decides_its_examples_and_not_its_counter_examples() {
    let effects = shipped().effects;
    for entry in &effects.effects {
        assert!(!entry.matches.is_empty() && !entry.does_not_match.is_empty(), "{}", entry.id);
        for example in &entry.matches {
            let found = deciding(&effects, example).map(|entry| entry.id.as_str());
            assert_eq!(found, Some(entry.id.as_str()), "{example}");
        }
        for example in &entry.does_not_match {
            let found = deciding(&effects, example).map(|entry| entry.id.as_str());
            assert_ne!(found, Some(entry.id.as_str()), "{example}");
        }
    }
    for entry in &effects.urls {
        for (examples, wanted) in [(&entry.matches, true), (&entry.does_not_match, false)] {
            assert!(!examples.is_empty(), "{}", entry.id);
            for example in examples {
                let (verb, path) = example.split_once(' ').expect("method and path");
                let found = effects.deciding_url(verb, path).is_some_and(|by| by.id == entry.id);
                assert_eq!(found, wanted, "{}: {example}", entry.id);
            }
        }
    }
}

#[test]
fn every_resource_of_kubernetes_itself_has_a_known_effect_for_every_plain_verb() {
    let effects = shipped().effects;
    let virtual_only = ["users", "groups", "uids", "userextras", "signers"];
    let mut unknown = Vec::new();
    for group in effects.api_groups.iter().filter(|group| group.complete) {
        for listed in group.resources() {
            let (resource, subresource) = listed.split_once('/').unwrap_or((listed, ""));
            if !subresource.is_empty()
                || virtual_only.contains(&resource)
                || resource.ends_with("reviews")
            {
                continue;
            }
            for verb in ["get", "list", "watch", "create", "update", "patch", "delete"] {
                if effects.deciding(verb, &group.group, resource, subresource, None).is_none() {
                    unknown.push(format!("{verb} {resource}.{}", group.group));
                }
            }
        }
    }
    assert_eq!(unknown, Vec::<String>::new());
}

fn rules(examples: &[ExampleRule]) -> Vec<PolicyRule> {
    let words = |list: &[String]| list.iter().map(|word| word.as_str().into()).collect();
    examples
        .iter()
        .map(|example| PolicyRule {
            verbs: words(&example.verbs),
            api_groups: example.api_groups.as_deref().map_or_else(|| vec!["".into()], words),
            resources: words(&example.resources),
            resource_names: words(&example.resource_names),
            ..rule("", "", "")
        })
        .collect()
}

fn is_real(rule: &RiskRule, example: &Example) -> bool {
    let mut cluster = Cluster::new();
    if example.platform == Some(Platform::Eks) {
        cluster.0.eks = Some(Location::file("cluster"));
    }
    if !example.cluster.is_empty() {
        cluster = cluster.cluster_wide(rules(&example.cluster));
    }
    if !example.namespaced.is_empty() {
        let namespace = example.namespace.as_deref().unwrap_or("shop");
        cluster = cluster.in_namespace(namespace, rules(&example.namespaced));
    }
    let principal = match example.groups.is_empty() {
        true => bot(),
        false => Principal::KubernetesUser("ann".to_owned()),
    };
    let identity = Identity::of(&principal)
        .expect("a principal of Kubernetes")
        .with_groups(example.groups.clone());
    cluster.reach_as(&identity).risks.iter().any(|hit| hit.rule == rule.id)
}

#[test]
fn every_risk_is_made_real_by_its_examples_and_not_by_its_counter_examples() {
    for rule in &shipped().risks {
        assert!(!rule.examples.matches.is_empty(), "{} has no example", rule.id);
        assert!(!rule.examples.does_not_match.is_empty(), "{} has no counter-example", rule.id);
        for (number, example) in rule.examples.matches.iter().enumerate() {
            assert!(is_real(rule, example), "{} misses its example {number}", rule.id);
        }
        for (number, example) in rule.examples.does_not_match.iter().enumerate() {
            assert!(!is_real(rule, example), "{} meets its counter-example {number}", rule.id);
        }
    }
}

#[test]
fn no_risk_is_left_out_beside_a_milder_one() {
    let rules = shipped();
    for rule in &rules.risks {
        for id in &rule.subsumes {
            let other = rules.risk(id).expect("a rule that exists");
            assert!(rule.class >= other.class, "{} would hide {id}", rule.id);
        }
    }
}

#[test]
fn every_risk_can_be_explained() {
    for rule in &shipped().risks {
        assert!(rule.id.starts_with("K8S-"), "{}", rule.id);
        assert!(
            rule.message.contains("{principal}") && rule.message.contains("{scope}"),
            "{}",
            rule.id
        );
        assert!(
            !rule.title.is_empty() && !rule.remedy.is_empty() && rule.why.len() > 40,
            "{}",
            rule.id
        );
        assert!(rule.references.iter().all(|url| url.starts_with("https://")), "{}", rule.id);
        assert!(!rule.references.is_empty(), "{}", rule.id);
    }
}

#[test]
fn resources_are_listed_once() {
    for group in shipped().effects.api_groups {
        let mut seen = BTreeSet::new();
        for resource in group.resources() {
            assert!(seen.insert(resource), "{resource} stands twice in `{}`", group.group);
            assert_eq!(resource, resource.to_lowercase());
        }
    }
}
