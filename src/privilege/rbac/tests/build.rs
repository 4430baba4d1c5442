//! Small clusters, written as they read.

use std::sync::Arc;

use crate::{
    model::{
        capability::{Capability, Reach},
        coverage::Gap,
        effect::Effect,
        kubernetes::{
            ClusterSnapshot, Scope,
            objects::ServiceAccount,
            rbac::{Binding, BoundSubject, Origin, PolicyRule, Role, RoleKind, RoleRef, Subject},
        },
        location::Location,
        principal::Principal,
    },
    privilege::rbac::{Evaluator, Identity},
    rubric::kubernetes::KubernetesRules,
};

/// The rules that gradus ships.
pub(super) fn shipped() -> KubernetesRules {
    KubernetesRules::embedded().expect("the shipped rules load")
}

/// The same, read once for all tests that only look.
pub(super) fn shipped_once() -> &'static KubernetesRules {
    static RULES: std::sync::LazyLock<KubernetesRules> = std::sync::LazyLock::new(shipped);
    &RULES
}

/// The ServiceAccount that the tests ask about.
pub(super) fn bot() -> Principal {
    Principal::ServiceAccount { namespace: "ops".to_owned(), name: "bot".to_owned() }
}

pub(super) fn bot_subject() -> Subject {
    Subject::ServiceAccount { namespace: Some("ops".into()), name: "bot".into() }
}

pub(super) fn place(line: u32) -> Location {
    Location::at("cluster/rbac.yaml", line, 1)
}

fn words(text: &str) -> Vec<Arc<str>> {
    text.split_whitespace()
        .map(|word| if word == "core" { "".into() } else { word.into() })
        .collect()
}

/// A rule of words; the core group is written `core`.
pub(super) fn rule(verbs: &str, groups: &str, resources: &str) -> PolicyRule {
    PolicyRule {
        verbs: words(verbs),
        api_groups: words(groups),
        resources: words(resources),
        resource_names: Vec::new(),
        non_resource_urls: Vec::new(),
        number: 1,
        aggregated_from: None,
        location: place(10),
    }
}

pub(super) fn named(mut rule: PolicyRule, names: &str) -> PolicyRule {
    rule.resource_names = words(names);
    rule
}

pub(super) fn urls(verbs: &str, urls: &str) -> PolicyRule {
    PolicyRule { non_resource_urls: words(urls), ..rule(verbs, "", "") }
}

/// A cluster under construction. It has an unrelated binding of each kind, as
/// every cluster does.
pub(super) struct Cluster(pub(super) ClusterSnapshot);

impl Cluster {
    pub(super) fn new() -> Self {
        let mut snapshot =
            ClusterSnapshot { source: "cluster".into(), ..ClusterSnapshot::default() };
        for kind in ["ClusterRoleBinding", "RoleBinding"] {
            snapshot.kinds.insert(format!("rbac.authorization.k8s.io/{kind}"), 1);
        }
        snapshot.service_accounts.push(ServiceAccount {
            scope: Scope::Namespace("ops".into()),
            name: "bot".into(),
            aws_role: None,
            aws_audience: None,
            automount: None,
            location: place(1),
        });
        Self(snapshot)
    }

    pub(super) fn role(mut self, scope: Scope, name: &str, rules: Vec<PolicyRule>) -> Self {
        let rules = (1..)
            .zip(rules)
            .map(|(number, rule)| PolicyRule { number, location: place(10 + number), ..rule })
            .collect();
        self.0.roles.push(Role {
            scope,
            name: name.into(),
            rules,
            origin: Origin::Evidence,
            gaps: Vec::new(),
            location: place(10),
        });
        self
    }

    pub(super) fn bind(mut self, scope: Scope, role: (RoleKind, &str), subject: Subject) -> Self {
        let line = 100 + u32::try_from(self.0.bindings.len()).expect("few bindings");
        self.0.bindings.push(Binding {
            scope,
            name: format!("{}-binding", role.1).into(),
            role: RoleRef { kind: role.0, name: role.1.into(), location: place(line) },
            subjects: vec![BoundSubject { subject, location: place(line) }],
            location: place(line),
        });
        self
    }

    /// Gives the bot rules in the whole cluster.
    pub(super) fn cluster_wide(self, rules: Vec<PolicyRule>) -> Self {
        let name = format!("role-{}", self.0.roles.len());
        self.role(Scope::Cluster, &name, rules).bind(
            Scope::Cluster,
            (RoleKind::ClusterRole, &name),
            bot_subject(),
        )
    }

    /// Gives the bot rules in one namespace, through a ClusterRole.
    pub(super) fn in_namespace(self, namespace: &str, rules: Vec<PolicyRule>) -> Self {
        let name = format!("role-{}", self.0.roles.len());
        self.role(Scope::Cluster, &name, rules).bind(
            Scope::Namespace(namespace.into()),
            (RoleKind::ClusterRole, &name),
            bot_subject(),
        )
    }

    pub(super) fn gap(mut self, reason: &str) -> Self {
        self.0.open.push(Gap { location: place(7), reason: reason.to_owned() });
        self
    }

    /// What the bot reaches.
    pub(super) fn reach(&self) -> Reach {
        self.reach_of(&bot())
    }

    pub(super) fn reach_of(&self, principal: &Principal) -> Reach {
        self.reach_as(&Identity::of(principal).unwrap())
    }

    pub(super) fn reach_as(&self, identity: &Identity) -> Reach {
        Evaluator::new(&self.0, shipped_once()).reach(identity)
    }
}

/// What a reach holds, as `effect: action (scope)`.
pub(super) fn lines(reach: &Reach) -> Vec<String> {
    let line = |capability: &Capability| {
        let known = if capability.effect_known { "" } else { "?" };
        format!(
            "{}{known}: {} ({})",
            capability.effect.as_str(),
            capability.action,
            capability.scope
        )
    };
    reach.capabilities.iter().map(line).collect()
}

/// The ids of the risks of a reach that its rights make by themselves.
pub(super) fn risk_ids(reach: &Reach) -> Vec<&str> {
    let ids = reach.risks.iter().map(|risk| risk.rule.as_str());
    ids.filter(|id| !id.starts_with("K8S-PATH-")).collect()
}

pub(super) fn worst_effect(reach: &Reach) -> Option<Effect> {
    reach.capabilities.iter().map(|capability| capability.effect).max()
}
