//! The shipped data: every example of it runs through the engine.

use std::collections::{BTreeMap, BTreeSet};

use super::build::{Cluster, bot, place, rule, shipped, shipped_once};
use crate::{
    model::{
        kubernetes::{
            Scope,
            admission::{FailurePolicy, MatchResources, Webhook},
            objects::{Given, NodeAccess, TokenSecret, Workload},
            rbac::{PolicyRule, RoleKind, Subject},
            version::ServerVersion,
        },
        location::Location,
        principal::Principal,
    },
    privilege::rbac::{Evaluator, Identity},
    rubric::kubernetes::{
        effects::{EffectEntry, Effects},
        risks::{Example, ExampleRule, ExampleWorkload, Platform, RiskRule, Sight},
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
    let virtual_only = ["users", "groups", "signers"];
    let mut unknown = Vec::new();
    for group in effects.api_groups.iter().filter(|group| group.complete) {
        for listed in group.resources() {
            let (resource, subresource) = listed.split_once('/').unwrap_or((listed, ""));
            if !subresource.is_empty()
                || virtual_only.contains(&resource)
                || resource.ends_with("reviews")
                // Whom one may act as: no objects.
                || group.group == "authentication.k8s.io"
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
            api_groups: match (&example.api_groups, example.resources.is_empty()) {
                (Some(groups), _) => words(groups),
                (None, true) => Vec::new(),
                (None, false) => vec!["".into()],
            },
            resources: words(&example.resources),
            resource_names: words(&example.resource_names),
            non_resource_urls: words(&example.non_resource_urls),
            ..rule("", "", "")
        })
        .collect()
}

fn subject(example: &Example) -> Subject {
    match &example.subject {
        None => Subject::ServiceAccount {
            namespace: Some("ops".into()),
            name: example.account.as_deref().unwrap_or("bot").into(),
        },
        Some(named) => match &*named.kind {
            "User" => Subject::User(named.name.as_str().into()),
            "Group" => Subject::Group(named.name.as_str().into()),
            _ => Subject::ServiceAccount {
                namespace: named.namespace.as_deref().map(Into::into),
                name: named.name.as_str().into(),
            },
        },
    }
}

fn workload(example: &ExampleWorkload) -> Workload {
    Workload {
        kind: example.kind.as_str().into(),
        scope: Scope::Namespace(example.namespace.as_str().into()),
        name: example.name.as_str().into(),
        service_account: example.service_account.as_deref().unwrap_or("default").into(),
        automount: None,
        labels: BTreeMap::new(),
        pod_labels: BTreeMap::new(),
        replicas: None,
        revision_history: None,
        from_git: false,
        images: example.image.iter().map(|image| image.as_str().into()).collect(),
        node_access: NodeAccess { privileged: example.privileged, ..NodeAccess::default() },
        given: Given::default(),
        owned: false,
        location: place(50),
    }
}

fn cluster(example: &Example) -> Cluster {
    let mut cluster = Cluster::new();
    if example.platform == Some(Platform::Eks) {
        cluster.0.eks = Some(Location::file("cluster"));
    }
    cluster.0.version =
        example.server.as_deref().map(|text| ServerVersion::parse(text).expect("a version"));
    cluster.0.listed.insert("ServiceAccount".to_owned());
    cluster.0.workloads = example.workloads.iter().map(workload).collect();
    cluster.0.admission.webhooks = example
        .webhook_services
        .iter()
        .map(|service| {
            let (namespace, name) = service.split_once('/').expect("NAMESPACE/NAME");
            Webhook {
                mutating: true,
                configuration: name.into(),
                name: name.into(),
                matches: MatchResources::default(),
                conditions: Vec::new(),
                failure_policy: FailurePolicy::Fail,
                service: Some((namespace.into(), name.into())),
                whole: true,
                location: place(70),
            }
        })
        .collect();
    cluster.0.token_secrets = example
        .token_secrets
        .iter()
        .map(|account| TokenSecret {
            scope: Scope::Namespace("ops".into()),
            name: format!("{account}-token").into(),
            service_account: Some(account.as_str().into()),
            location: place(60),
        })
        .collect();
    let namespace = Scope::Namespace(example.namespace.as_deref().unwrap_or("shop").into());
    let grants = [(Scope::Cluster, &example.cluster), (namespace.clone(), &example.namespaced)];
    for (scope, given) in grants {
        if !given.is_empty() {
            let name = format!("role-{}", cluster.0.roles.len());
            cluster = cluster.role(Scope::Cluster, &name, rules(given)).bind(
                scope,
                (RoleKind::ClusterRole, &name),
                subject(example),
            );
        }
    }
    if let Some(name) = &example.missing_role {
        cluster = cluster.bind(namespace, (RoleKind::Role, name), subject(example));
    }
    cluster
}

fn is_real(rule: &RiskRule, example: &Example) -> bool {
    let cluster = cluster(example);
    let principal = match (example.groups.is_empty(), &example.account) {
        (true, None) => bot(),
        (true, Some(name)) => {
            Principal::ServiceAccount { namespace: "ops".to_owned(), name: name.clone() }
        }
        (false, _) => Principal::KubernetesUser("ann".to_owned()),
    };
    let identity = Identity::of(&principal)
        .expect("a principal of Kubernetes")
        .with_groups(example.groups.clone());
    let rules = shipped_once();
    let evaluator = Evaluator::new(&cluster.0, rules);
    let hits = match rule.seen.is_some_and(Sight::is_of_cluster) {
        true => evaluator.cluster_risks(),
        false => evaluator.reach(&identity).risks,
    };
    hits.iter().any(|hit| hit.rule == rule.id)
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
        let fields: &[&str] = match rule.seen {
            None => &["{principal}", "{scope}"],
            Some(sight) if sight.is_of_cluster() => &["{detail}"],
            Some(_) => &["{principal}", "{detail}"],
        };
        for field in fields {
            assert!(rule.message.contains(field), "{} says no {field}", rule.id);
        }
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
