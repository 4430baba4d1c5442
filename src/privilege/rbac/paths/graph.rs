//! Identities and what they lead to.
//!
//! Sets of identities (any ServiceAccount of a namespace, any that runs) are
//! nodes of their own, so that a right over all of them is one edge. What each
//! node leads to is worked out once, whoever is asked about.

use std::borrow::Cow;

use rustc_hash::FxHashMap;

use super::{
    draw,
    facts::{ControlPlane, Facts, Present, SYSTEM, UNPLACED},
    power,
    step::{Doubt, Technique},
};
use crate::{
    model::{
        capability::{Grant, RiskClass},
        kubernetes::{Scope, rbac::Subject},
        location::Location,
        principal::Principal,
    },
    privilege::rbac::{
        closure::{Closure, Held},
        identity::Identity,
        index::Index,
        risk::{self, Prepared},
    },
    rubric::kubernetes::{
        KubernetesRules,
        deputies::{ActsAs, DeputyWrite},
        effects::Effects,
    },
};

/// Built-in ClusterRoles that act as every ServiceAccount where they are bound in
/// the whole cluster.
const ADMINISTRATORS: [&str; 3] = ["cluster-admin", "admin", "edit"];

/// A node of the graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Node<'a> {
    /// Every right in the cluster.
    Administrator,
    /// Whatever node the holder likes.
    Chosen,
    /// Some node.
    Some,
    /// Every right in a namespace that matters.
    NamespaceAdmin(&'a str),
    /// An IAM role.
    CloudRole(&'a str),
    /// A controller, by its place in the facts: acting as it.
    Deputy(usize),
    /// The same for what it is built to do and nothing else.
    LimitedDeputy(usize),
    Account(&'a str, &'a str),
    User(&'a str),
    Group(&'a str),
    /// ServiceAccounts of Kubernetes' own controllers, where the evidence lacks them.
    SystemAccounts,
    /// Any ServiceAccount.
    AnyAccount,
    /// Any of a namespace that lets pods in.
    AnyPodAccount,
    /// Any of a namespace with a workload of a kind to change.
    AnyTemplate(&'static str),
    AnyOf(&'a str),
    /// Any whose token a running pod holds.
    AnyRunning,
    AnyRunningIn(&'a str),
    /// Any that a workload runs as, token or not.
    AnyScheduled,
    AnyDaemon,
    /// Any whose token stands in a Secret.
    AnyTokenSecret,
    AnyTokenSecretIn(&'a str),
}

/// What allows a step.
#[derive(Debug, Clone, Copy)]
pub(super) enum Proof<'a> {
    /// A rule that whoever takes it holds.
    Held(Held<'a>),
    /// An object that shows it.
    Shown(&'static str, &'a Location),
}

impl Proof<'_> {
    pub(super) fn grant(&self) -> Grant {
        match self {
            Self::Held(held) => held.grant(),
            Self::Shown(what, location) => Grant {
                description: match &location.object {
                    Some(object) => format!("{object}: {what}"),
                    None => (*what).to_owned(),
                },
                location: (*location).clone(),
                cut_at: None,
            },
        }
    }
}

/// From one node to another.
#[derive(Debug, Clone)]
pub(super) struct Edge<'a> {
    pub(super) to: u32,
    /// Whether it is part of the step before: from a set to one of it.
    pub(super) is_choice: bool,
    pub(super) technique: Technique<'a>,
    pub(super) proofs: Vec<Proof<'a>>,
    pub(super) doubts: Vec<Doubt<'a>>,
}

/// The graph of one cluster.
#[derive(Debug)]
pub(super) struct Graph<'a> {
    pub(super) facts: Facts<'a>,
    /// The catalogue's worst class.
    admins: Prepared<'a>,
    effects: Cow<'a, Effects>,
    nodes: Vec<Node<'a>>,
    ids: FxHashMap<Node<'a>, u32>,
    /// What each node leads to.
    edges: Vec<Vec<Edge<'a>>>,
}

impl<'a> Graph<'a> {
    pub(super) fn of(index: &Index<'a>, rules: &'a KubernetesRules) -> Self {
        let snapshot = index.snapshot;
        let facts = Facts::of(snapshot, rules);
        let mut nodes = vec![
            Node::Administrator,
            Node::Chosen,
            Node::Some,
            Node::SystemAccounts,
            Node::AnyAccount,
            Node::AnyPodAccount,
            Node::AnyRunning,
            Node::AnyScheduled,
            Node::AnyDaemon,
            Node::AnyTokenSecret,
            Node::NamespaceAdmin(SYSTEM),
        ];
        nodes.extend(power::TEMPLATES.iter().map(|template| Node::AnyTemplate(template.kind)));
        for (number, present) in facts.deputies.iter().enumerate() {
            nodes.extend([
                Node::Deputy(number),
                Node::LimitedDeputy(number),
                Node::NamespaceAdmin(present.namespace),
            ]);
        }
        for (&namespace, space) in &facts.spaces {
            nodes.extend([
                Node::AnyOf(namespace),
                Node::AnyRunningIn(namespace),
                Node::AnyTokenSecretIn(namespace),
            ]);
            nodes.extend(space.accounts.iter().map(|account| Node::Account(namespace, account)));
        }
        nodes.extend(facts.cloud.values().map(|(role, _)| Node::CloudRole(role)));
        for bound in snapshot.bindings.iter().flat_map(|binding| &binding.subjects) {
            match &bound.subject {
                Subject::User(name) => nodes.push(Node::User(name)),
                Subject::Group(name) => nodes.push(Node::Group(name)),
                Subject::ServiceAccount { .. } => {}
            }
        }
        nodes.sort_unstable();
        nodes.dedup();
        let ids = (0..).zip(&nodes).map(|(id, node)| (*node, id)).collect();
        let worst = rules.risks.iter().filter(|rule| rule.class == RiskClass::AdminEquivalent);
        let admins = Prepared::of(worst, snapshot);
        let effects = rules.effects.on(snapshot.version);
        let mut graph = Self { facts, admins, effects, nodes, ids, edges: Vec::new() };
        graph.edges = graph.nodes.iter().map(|node| graph.leads_to(index, *node)).collect();
        graph
    }

    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    pub(super) fn node(&self, id: u32) -> Option<Node<'a>> {
        self.nodes.get(id as usize).copied()
    }

    pub(super) fn id(&self, node: Node<'_>) -> Option<u32> {
        self.ids.get(&node).copied()
    }

    /// Nodes in their order, with their numbers.
    pub(super) fn nodes(&self) -> impl Iterator<Item = (u32, Node<'a>)> {
        (0..).zip(self.nodes.iter().copied())
    }

    /// What a node leads to.
    pub(super) fn edges(&self, id: u32) -> &[Edge<'a>] {
        self.edges.get(id as usize).map_or(&[], Vec::as_slice)
    }

    /// What an identity with these rights leads to, by what it may do.
    pub(super) fn own_edges(&self, closure: &Closure<'a>) -> Vec<Edge<'a>> {
        draw::edges(self, closure)
    }

    /// The nodes that a principal is or may be, its own first: a ServiceAccount of
    /// its name that no manifest places may be it.
    pub(super) fn ids_of(&self, principal: &Principal) -> Vec<u32> {
        let nodes = match principal {
            Principal::ServiceAccount { namespace, name } => {
                vec![Node::Account(namespace, name), Node::Account(UNPLACED, name)]
            }
            Principal::KubernetesUser(name) => vec![Node::User(name)],
            Principal::KubernetesGroup(name) => vec![Node::Group(name)],
            Principal::Aws(_) => Vec::new(),
        };
        nodes.into_iter().filter_map(|node| self.id(node)).collect()
    }

    /// As paths call a node.
    pub(super) fn name(&self, node: Node<'_>) -> String {
        match node {
            Node::Administrator => "cluster-admin".to_owned(),
            Node::Chosen | Node::Some => "a node".to_owned(),
            Node::NamespaceAdmin(name) => format!("administrator of {name}"),
            Node::CloudRole(arn) => arn.to_owned(),
            Node::Deputy(number) | Node::LimitedDeputy(number) => self.deputy_name(number),
            Node::Account(namespace, name) => format!("system:serviceaccount:{namespace}:{name}"),
            Node::User(name) => name.to_owned(),
            Node::Group(name) => format!("group:{name}"),
            Node::SystemAccounts => "a controller of Kubernetes in kube-system".to_owned(),
            Node::AnyOf(namespace)
            | Node::AnyRunningIn(namespace)
            | Node::AnyTokenSecretIn(namespace) => {
                format!("a ServiceAccount of {namespace}")
            }
            Node::AnyAccount
            | Node::AnyPodAccount
            | Node::AnyTemplate(_)
            | Node::AnyRunning
            | Node::AnyScheduled
            | Node::AnyDaemon
            | Node::AnyTokenSecret => "a ServiceAccount".to_owned(),
        }
    }

    /// `argo-cd in argocd`.
    pub(super) fn deputy_name(&self, number: usize) -> String {
        self.facts.deputies.get(number).map_or_else(String::new, |present| {
            format!("{} in {}", present.deputy.id, present.namespace)
        })
    }

    fn leads_to(&self, index: &Index<'a>, node: Node<'a>) -> Vec<Edge<'a>> {
        match node {
            Node::Account(namespace, name) => {
                let principal = Principal::ServiceAccount {
                    namespace: namespace.to_owned(),
                    name: name.to_owned(),
                };
                let mut edges = self.of_identity(index, &principal);
                if let Some((role, location)) = self.facts.cloud.get(&(namespace, name))
                    && let Some(to) = self.id(Node::CloudRole(role))
                {
                    edges.push(Edge {
                        to,
                        is_choice: false,
                        technique: Technique::CloudRole,
                        proofs: vec![Proof::Shown(
                            "annotation eks.amazonaws.com/role-arn",
                            location,
                        )],
                        doubts: vec![Doubt::TrustPolicy],
                    });
                }
                edges
            }
            Node::User(name) => {
                self.of_identity(index, &Principal::KubernetesUser(name.to_owned()))
            }
            Node::Group(name) => {
                self.of_identity(index, &Principal::KubernetesGroup(name.to_owned()))
            }
            Node::SystemAccounts => self.step(Node::Administrator, Technique::Holds, &[]),
            Node::Chosen | Node::Some => self.of_node(node == Node::Chosen),
            Node::Deputy(number) => self.of_deputy(number),
            Node::Administrator
            | Node::NamespaceAdmin(_)
            | Node::CloudRole(_)
            | Node::LimitedDeputy(_) => Vec::new(),
            Node::AnyAccount
            | Node::AnyPodAccount
            | Node::AnyTemplate(_)
            | Node::AnyOf(_)
            | Node::AnyRunning
            | Node::AnyRunningIn(_)
            | Node::AnyScheduled
            | Node::AnyDaemon
            | Node::AnyTokenSecret
            | Node::AnyTokenSecretIn(_) => self.members(node),
        }
    }

    /// What an identity leads to by its own rights. Users and groups of the
    /// control plane are where a path ends, and no way to somewhere else.
    fn of_identity(&self, index: &Index<'a>, principal: &Principal) -> Vec<Edge<'a>> {
        let Some(identity) = Identity::of(principal) else { return Vec::new() };
        let closure = Closure::rights(index, &identity);
        if closure.bypass.is_some() {
            return self.step(Node::Administrator, Technique::Holds, &[]);
        }
        let held = risk::held_everywhere(&self.admins, &self.effects, &closure, &identity);
        if !held.is_empty() {
            return self.step(Node::Administrator, Technique::Holds, &held);
        }
        let is_system = match principal {
            Principal::KubernetesUser(name) | Principal::KubernetesGroup(name) => {
                name.starts_with("system:")
            }
            Principal::ServiceAccount { .. } | Principal::Aws(_) => false,
        };
        if is_system {
            return Vec::new();
        }
        let mut edges = draw::edges(self, &closure);
        edges.extend(draw::namespace_admin(self, &closure));
        edges
    }

    fn of_node(&self, chosen: bool) -> Vec<Edge<'a>> {
        let mut edges = self.step(Node::AnyDaemon, Technique::NodeToken, &[]);
        edges.extend(self.step(Node::AnyScheduled, Technique::NodeToken, &[]).into_iter().map(
            |edge| Edge {
                doubts: if chosen { Vec::new() } else { vec![Doubt::PodsOfNode] },
                ..edge
            },
        ));
        let doubts = match (self.facts.control_plane, chosen) {
            (ControlPlane::Elsewhere, _) => return edges,
            (ControlPlane::OnNodes, true) => Vec::new(),
            (ControlPlane::OnNodes, false) | (ControlPlane::Unknown, _) => {
                vec![Doubt::ControlPlaneNodes]
            }
        };
        let control = self.step(Node::Administrator, Technique::ControlPlaneNode, &[]);
        edges.extend(control.into_iter().map(|edge| Edge { doubts: doubts.clone(), ..edge }));
        edges
    }

    fn of_deputy(&self, number: usize) -> Vec<Edge<'a>> {
        let Some(present) = self.facts.deputies.get(number) else { return Vec::new() };
        let to = self.id(Node::Account(present.namespace, present.account));
        to.map(|to| Edge {
            to,
            is_choice: true,
            technique: Technique::Choice,
            proofs: vec![Proof::Shown("the controller", present.location)],
            doubts: Vec::new(),
        })
        .into_iter()
        .collect()
    }

    fn step(&self, to: Node<'a>, technique: Technique<'a>, held: &[Held<'a>]) -> Vec<Edge<'a>> {
        let proofs = held.iter().map(|held| Proof::Held(*held)).collect();
        let edge = |to| Edge { to, is_choice: false, technique, proofs, doubts: Vec::new() };
        self.id(to).map(edge).into_iter().collect()
    }

    /// From a set to what is in it.
    fn members(&self, set: Node<'a>) -> Vec<Edge<'a>> {
        let facts = &self.facts;
        let mut choices = Choices { graph: self, edges: Vec::new() };
        let unlisted_pods = (!facts.pods_listed).then_some(Doubt::PodsUnlisted);
        let unlisted_secrets = (!facts.secrets_listed).then_some(Doubt::SecretsUnlisted);
        match set {
            Node::AnyAccount => {
                for namespace in facts.spaces.keys() {
                    choices.add(Node::AnyOf(namespace), None, None);
                }
            }
            Node::AnyPodAccount => {
                for (namespace, _) in facts.spaces.iter().filter(|(_, space)| !space.is_full()) {
                    choices.add(Node::AnyOf(namespace), None, None);
                }
            }
            Node::AnyTemplate(kind) => {
                for (namespace, space) in facts.spaces.iter().filter(|(_, space)| !space.is_full())
                {
                    if let Some(workload) = space.templates.get(kind) {
                        let shown = Proof::Shown("can be changed", &workload.location);
                        choices.add(Node::AnyOf(namespace), Some(shown), None);
                    }
                }
            }
            Node::AnyOf(namespace) => {
                for account in facts.spaces.get(namespace).iter().flat_map(|space| &space.accounts)
                {
                    choices.add(Node::Account(namespace, account), None, None);
                }
                if namespace != UNPLACED {
                    let doubt = Some(Doubt::AccountUnplaced);
                    choices.add(Node::AnyOf(UNPLACED), None, doubt);
                }
                if namespace == SYSTEM && !facts.system_accounts_listed {
                    let doubt = Some(Doubt::SystemAccountsUnlisted);
                    choices.add(Node::SystemAccounts, None, doubt);
                }
            }
            Node::AnyRunning => {
                for namespace in facts.spaces.keys() {
                    choices.add(Node::AnyRunningIn(namespace), None, None);
                }
            }
            Node::AnyRunningIn(namespace) => {
                for (account, workload) in
                    facts.spaces.get(namespace).iter().flat_map(|space| &space.running)
                {
                    let shown = Proof::Shown("runs as it", &workload.location);
                    choices.add(Node::Account(namespace, account), Some(shown), None);
                }
                if unlisted_pods.is_some() {
                    choices.add(Node::AnyOf(namespace), None, unlisted_pods);
                }
            }
            Node::AnyScheduled | Node::AnyDaemon => {
                for (namespace, space) in &facts.spaces {
                    let list =
                        if set == Node::AnyDaemon { &space.daemons } else { &space.scheduled };
                    for (account, workload) in list {
                        let shown = Proof::Shown("runs as it", &workload.location);
                        choices.add(Node::Account(namespace, account), Some(shown), None);
                    }
                }
                if set == Node::AnyScheduled && unlisted_pods.is_some() {
                    choices.add(Node::AnyAccount, None, unlisted_pods);
                }
            }
            Node::AnyTokenSecret => {
                for namespace in facts.spaces.keys() {
                    choices.add(Node::AnyTokenSecretIn(namespace), None, None);
                }
            }
            Node::AnyTokenSecretIn(namespace) => {
                for (account, secret) in
                    facts.spaces.get(namespace).iter().flat_map(|space| &space.tokens)
                {
                    let shown = Proof::Shown("holds its token", &secret.location);
                    choices.add(Node::Account(namespace, account), Some(shown), None);
                }
                if unlisted_secrets.is_some() {
                    choices.add(Node::AnyOf(namespace), None, unlisted_secrets);
                }
            }
            _ => {}
        }
        choices.edges
    }

    /// The deputies that take a written object, with its way of acting.
    pub(super) fn writes(&self) -> impl Iterator<Item = (usize, &Present<'a>, &'a DeputyWrite)> {
        self.facts.deputies.iter().enumerate().flat_map(|(number, present)| {
            present.deputy.writes.iter().map(move |write| (number, present, write))
        })
    }

    /// Whether a rule names a ClusterRole that is administrator where it is bound
    /// in the whole cluster.
    pub(super) fn names_administrator(&self, held: Held<'_>) -> bool {
        held.rule.resource_names.iter().any(|name| {
            ADMINISTRATORS.contains(&&**name)
                || self.facts.snapshot.roles.iter().any(|role| {
                    role.scope == Scope::Cluster
                        && role.name == *name
                        && role.rules.iter().any(power::is_everything)
                })
        })
    }

    /// Where a write of a deputy's object leads.
    pub(super) fn acted(&self, number: usize, acts: ActsAs, scope: &'a Scope) -> Node<'a> {
        match acts {
            ActsAs::Controller => Node::Deputy(number),
            ActsAs::WithinLimits => Node::LimitedDeputy(number),
            ActsAs::AccountOfNamespace => match scope {
                Scope::Namespace(namespace) => Node::AnyOf(namespace),
                Scope::Cluster | Scope::UnknownNamespace => Node::AnyPodAccount,
            },
        }
    }
}

/// Members of a set, as they are found.
struct Choices<'g, 'a> {
    graph: &'g Graph<'a>,
    edges: Vec<Edge<'a>>,
}

impl<'a> Choices<'_, 'a> {
    fn add(&mut self, to: Node<'a>, proof: Option<Proof<'a>>, doubt: Option<Doubt<'a>>) {
        if let Some(to) = self.graph.id(to) {
            self.edges.push(Edge {
                to,
                is_choice: true,
                technique: Technique::Choice,
                proofs: proof.into_iter().collect(),
                doubts: doubt.into_iter().collect(),
            });
        }
    }
}
