//! Paths, by the kind of step. Every step has a cluster that allows it and a
//! near miss that does not.

mod accounts;
mod control;
mod deputies;
mod ends;
mod handed;
mod nodes;
mod properties;
mod shape;
mod unseen;

use std::sync::Arc;

use super::build::{Cluster, place, rule};
use crate::model::{
    capability::{Condition, Grant, Reach},
    kubernetes::{
        OWN_NAMESPACES, Scope,
        admission::{FailurePolicy, MatchResources, Webhook},
        cloud::{self, CloudRole},
        limits::ResourceQuota,
        objects::{Given, Namespace, NodeAccess, ServiceAccount, TokenSecret, Workload},
        pod_security::ENFORCE,
        rbac::{PolicyRule, RoleKind, Subject},
        version::ServerVersion,
    },
    path::{Path, PathTarget},
};

/// Kinds that a dump lists whole.
const LISTED: [&str; 10] = [
    "Namespace",
    "Pod",
    "ReplicationController",
    "Secret",
    "ServiceAccount",
    "apps/DaemonSet",
    "apps/Deployment",
    "apps/ReplicaSet",
    "apps/StatefulSet",
    "batch/CronJob",
];

fn within(namespace: &str) -> Scope {
    Scope::Namespace(namespace.into())
}

fn subject(namespace: &str, name: &str) -> Subject {
    Subject::ServiceAccount { namespace: Some(namespace.into()), name: name.into() }
}

fn everything() -> PolicyRule {
    rule("*", "*", "*")
}

/// What paths need beside roles and bindings.
impl Cluster {
    /// A dump that lists what decides paths: pods, templates and Secrets (none
    /// that matters), namespaces of level baseline, and an administrator `strong`
    /// in `shop` beside the bot in `ops`. The control plane runs elsewhere.
    fn world() -> Self {
        let listing = LISTED.iter().fold(Self::new(), |cluster, kind| cluster.listing(kind));
        OWN_NAMESPACES
            .iter()
            .fold(listing, |cluster, name| cluster.space(name, Some("baseline")))
            .space("ops", Some("baseline"))
            .space("shop", Some("baseline"))
            .account("kube-system", "coredns")
            .workload("Pod", "kube-system", "coredns-1", "coredns")
            .account("shop", "weak")
            .account("shop", "strong")
            .role(Scope::Cluster, "everything", vec![everything()])
            .bind(Scope::Cluster, (RoleKind::ClusterRole, "everything"), subject("shop", "strong"))
    }

    fn listing(mut self, kind: &str) -> Self {
        self.0.kinds.entry(kind.to_owned()).or_default();
        self.0.listed.insert(kind.to_owned());
        self
    }

    fn showing(mut self, kind: &str) -> Self {
        self.0.kinds.insert(kind.to_owned(), 1);
        self
    }

    fn not_listing(mut self, kind: &str) -> Self {
        self.0.listed.remove(kind);
        self
    }

    fn version(mut self, version: &str) -> Self {
        self.0.version = ServerVersion::parse(version);
        self
    }

    fn on_eks(mut self) -> Self {
        self.0.eks = Some(place(3));
        self
    }

    fn space(mut self, name: &str, enforce: Option<&str>) -> Self {
        self.0.namespaces.retain(|known| *known.name != *name);
        self.0.namespaces.push(Namespace {
            name: name.into(),
            labels: enforce.map(|level| (ENFORCE.into(), level.into())).into_iter().collect(),
            location: place(5),
        });
        self
    }

    fn account(mut self, namespace: &str, name: &str) -> Self {
        self.0.service_accounts.push(ServiceAccount {
            scope: within(namespace),
            name: name.into(),
            aws_role: None,
            aws_audience: None,
            automount: None,
            location: place(2),
        });
        self
    }

    /// A role that the pods of an account are given, where they ask for it; a pod of
    /// one's own making gets it in any case.
    fn given(mut self, (namespace, name): (&str, &str), arn: &str, running: Condition) -> Self {
        let given = |condition| cloud::Given {
            grants: vec![Grant {
                description: "trust policy".to_owned(),
                location: place(3),
                cut_at: None,
            }],
            condition,
        };
        let role = CloudRole {
            arn: arn.to_owned(),
            running: given(running),
            made: given(Condition::Always),
            minted: given(Condition::Always),
        };
        let key = (namespace.to_owned(), name.to_owned());
        self.0.cloud.accounts.entry(key).or_default().push(role);
        self
    }

    fn change_account(mut self, name: &str, change: impl FnOnce(&mut ServiceAccount)) -> Self {
        let account = self.0.service_accounts.iter_mut().find(|account| *account.name == *name);
        change(account.expect("the account is there"));
        self
    }

    /// Gives rules to an account in some scope.
    fn give(self, scope: Scope, (namespace, name): (&str, &str), rules: Vec<PolicyRule>) -> Self {
        let role = format!("role-{}", self.0.roles.len());
        self.role(Scope::Cluster, &role, rules).bind(
            scope,
            (RoleKind::ClusterRole, &role),
            subject(namespace, name),
        )
    }

    fn workload(mut self, kind: &str, namespace: &str, name: &str, account: &str) -> Self {
        self.0.workloads.push(Workload {
            kind: kind.into(),
            scope: within(namespace),
            name: name.into(),
            service_account: account.into(),
            automount: None,
            labels: [].into(),
            pod_labels: [].into(),
            replicas: None,
            revision_history: None,
            from_git: false,
            images: Vec::new(),
            node_access: NodeAccess::default(),
            given: Given::default(),
            owned: false,
            location: place(20),
        });
        self
    }

    /// Changes the workload that was added last.
    fn whose(mut self, change: impl FnOnce(&mut Workload)) -> Self {
        change(self.0.workloads.last_mut().expect("a workload is there"));
        self
    }

    fn token_secret(mut self, namespace: &str, name: &str, account: &str) -> Self {
        self.0.token_secrets.push(TokenSecret {
            scope: within(namespace),
            name: name.into(),
            service_account: Some(account.into()),
            location: place(30),
        });
        self
    }

    /// A mutating webhook in a configuration of that name.
    fn webhook(mut self, configuration: &str) -> Self {
        self.0.admission.webhooks.push(Webhook {
            mutating: true,
            configuration: configuration.into(),
            name: "rewrites.example.com".into(),
            matches: MatchResources::default(),
            conditions: Vec::new(),
            failure_policy: FailurePolicy::Fail,
            service: None,
            whole: true,
            location: place(50),
        });
        self
    }

    fn quota(mut self, namespace: &str, hard: &[(&str, &str)]) -> Self {
        let pair = |&(key, value): &(&str, &str)| (Arc::from(key), Arc::from(value));
        self.0.quotas.push(ResourceQuota {
            scope: within(namespace),
            name: "none".into(),
            hard: hard.iter().map(pair).collect(),
            scoped: false,
            location: place(40),
        });
        self
    }

    /// The bot's path to a target.
    fn path_to(&self, target: &PathTarget) -> Option<Path> {
        path_to(&self.reach(), target)
    }

    /// Its path to cluster-admin as `certain` or `possible` and the rules of its
    /// steps; `none` where there is none.
    fn to_admin(&self) -> String {
        told(self.path_to(&PathTarget::ClusterAdmin).as_ref())
    }

    fn to_node(&self) -> String {
        told(self.path_to(&PathTarget::Node).as_ref())
    }
}

fn path_to(reach: &Reach, target: &PathTarget) -> Option<Path> {
    reach.paths.iter().find(|path| path.target == *target).cloned()
}

fn told(path: Option<&Path>) -> String {
    let Some(path) = path else { return "none".to_owned() };
    let rules: Vec<&str> = path.hops.iter().map(|hop| hop.rule.as_str()).collect();
    format!("{}: {}", if path.is_certain() { "certain" } else { "possible" }, rules.join(" "))
}
