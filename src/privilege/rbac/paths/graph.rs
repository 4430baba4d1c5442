//! Identities and what they lead to.
//!
//! Sets of identities (any ServiceAccount of a namespace, any that runs) are
//! nodes of their own, so that a right over all of them is one edge. What each
//! node leads to is worked out once, whoever is asked about.

use std::{borrow::Cow, ops::Range, sync::Arc};

use rustc_hash::FxHashMap;

use super::{
    accounts::{Account, Worst},
    cloud::{self, Accounts, Hold},
    draw,
    facts::{ControlPlane, Facts, Present, SYSTEM, UNPLACED},
    handed::Handing,
    power,
    search::Link,
    step::{Doubt, Technique},
};
use crate::{
    model::{
        capability::{Grant, RiskClass},
        kubernetes::{
            Scope,
            rbac::{RoleKind, Subject},
        },
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
    /// What is held of ServiceAccounts that are given IAM roles.
    Pods(Accounts<'a>, Hold),
    /// A ServiceAccount yet to be made in a namespace.
    NewAccount(&'a str),
    /// One in any namespace.
    AnyNewAccount,
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

impl Node<'_> {
    /// Whom the API server knows by it.
    fn principal(self) -> Option<Principal> {
        match self {
            Self::Account(namespace, name) => Some(Principal::ServiceAccount {
                namespace: namespace.to_owned(),
                name: name.to_owned(),
            }),
            Self::User(name) => Some(Principal::KubernetesUser(name.to_owned())),
            Self::Group(name) => Some(Principal::KubernetesGroup(name.to_owned())),
            _ => None,
        }
    }
}

/// What allows a step.
#[derive(Debug, Clone, Copy)]
pub(super) enum Proof<'a> {
    /// A rule that whoever takes it holds.
    Held(Held<'a>),
    /// An object that shows it.
    Shown(&'static str, &'a Location),
    /// What another room found to give it.
    Given(&'a Grant),
}

impl Proof<'_> {
    /// The way of handing that a right comes from, for one that is not held yet.
    pub(super) fn handed(&self) -> Option<usize> {
        match self {
            Self::Held(held) => held.handed.map(|handed| handed.number),
            Self::Shown(..) | Self::Given(_) => None,
        }
    }

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
            Self::Given(grant) => (*grant).clone(),
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
    /// How the rights that it takes come to be held first.
    pub(super) through: Vec<Arc<Handing<'a>>>,
    pub(super) proofs: Vec<Proof<'a>>,
    pub(super) doubts: Vec<Doubt<'a>>,
}

impl Edge<'_> {
    /// How many steps a path that takes it has more.
    pub(super) fn steps(&self) -> usize {
        match self.technique {
            Technique::Handed => self.through.len(),
            _ => self.through.len() + usize::from(!self.is_choice),
        }
    }
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
    /// The same as a search sees it, and which of it is each node's.
    links: (Vec<Link>, Vec<Range<usize>>),
    /// The accounts that may change anything.
    accounts: FxHashMap<u32, Account<'a>>,
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
        nodes.extend(cloud::nodes(snapshot));
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
        let admin_rules =
            rules.risks.iter().filter(|rule| rule.class == RiskClass::AdminEquivalent);
        let admins = Prepared::of(admin_rules, snapshot);
        let effects = rules.effects.on(snapshot.version);
        let mut worst = Worst::default();
        let mut graph = Self {
            facts,
            admins,
            effects,
            nodes,
            ids,
            edges: Vec::new(),
            links: Default::default(),
            accounts: FxHashMap::default(),
        };
        for (id, node) in (0..).zip(graph.nodes.clone()) {
            let identity = node.principal().and_then(|principal| Identity::of(&principal));
            let rights = identity.map(|identity| (Closure::rights(index, &identity), identity));
            let edges = graph.leads_to(index, node, rights.as_ref());
            let first = graph.links.0.len();
            graph.links.0.extend(edges.iter().map(Link::of));
            graph.links.1.push(first..graph.links.0.len());
            graph.edges.push(edges);
            if let (Node::Account(..), Some((closure, _))) = (node, rights) {
                let account = Account::of(&mut worst, &graph.effects, &closure);
                graph.accounts.extend(account.map(|account| (id, account)));
            }
        }
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

    /// The same as a search sees it.
    pub(super) fn links(&self, id: u32) -> &[Link] {
        let (links, ranges) = &self.links;
        ranges.get(id as usize).and_then(|range| links.get(range.clone())).unwrap_or_default()
    }

    /// A node that is an account which may change anything.
    pub(super) fn account(&self, id: u32) -> Option<&Account<'a>> {
        self.accounts.get(&id)
    }

    /// What an identity with these rights leads to, by what it may do.
    pub(super) fn own_edges(&self, index: &Index<'a>, closure: &Closure<'a>) -> Vec<Edge<'a>> {
        draw::edges(self, index, closure)
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
        let held = nodes.iter().filter_map(|node| match self.node(self.id(*node)?)? {
            Node::Account(namespace, name) => Some(cloud::own(self, namespace, name)),
            _ => None,
        });
        let held: Vec<Node<'_>> = held.flatten().collect();
        nodes.into_iter().chain(held).filter_map(|node| self.id(node)).collect()
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
            Node::Pods(accounts, _) => self.name(accounts.node()),
            Node::NewAccount(namespace) => format!("a new ServiceAccount of {namespace}"),
            Node::AnyNewAccount => "a new ServiceAccount".to_owned(),
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

    /// What a node leads to; `rights` are those of one that is a principal.
    fn leads_to(
        &self,
        index: &Index<'a>,
        node: Node<'a>,
        rights: Option<&(Closure<'a>, Identity)>,
    ) -> Vec<Edge<'a>> {
        match node {
            Node::Account(..) | Node::User(_) | Node::Group(_) => {
                let own =
                    rights.map(|(rights, identity)| self.of_identity(index, rights, identity));
                own.into_iter().flatten().chain(cloud::edges(self, node)).collect()
            }
            Node::SystemAccounts => self.step(Node::Administrator, Technique::Holds, &[]),
            Node::Chosen | Node::Some => {
                let mut edges = self.of_node(node == Node::Chosen);
                edges.extend(cloud::edges(self, node));
                edges
            }
            Node::Pods(Accounts::One(..), _) | Node::NewAccount(_) => cloud::edges(self, node),
            Node::Pods(accounts, hold) => self.pods(accounts, hold),
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
            | Node::AnyTokenSecretIn(_)
            | Node::AnyNewAccount => self.members(node),
        }
    }

    /// From a set to what is in it, as far as that is given roles.
    fn pods(&self, accounts: Accounts<'a>, hold: Hold) -> Vec<Edge<'a>> {
        let members = self.members(accounts.node()).into_iter();
        members
            .filter_map(|edge| {
                let accounts = Accounts::of(self.node(edge.to)?)?;
                Some(Edge { to: self.id(Node::Pods(accounts, hold))?, ..edge })
            })
            .collect()
    }

    /// What an identity leads to by its own rights. Users and groups of the
    /// control plane are where a path ends, and no way to somewhere else.
    fn of_identity(
        &self,
        index: &Index<'a>,
        closure: &Closure<'a>,
        identity: &Identity,
    ) -> Vec<Edge<'a>> {
        if closure.bypass.is_some() {
            return self.step(Node::Administrator, Technique::Holds, &[]);
        }
        let held = risk::held_everywhere(&self.admins, &self.effects, closure, identity);
        if !held.is_empty() {
            return self.step(Node::Administrator, Technique::Holds, &held);
        }
        if is_control_plane(identity.principal()) {
            return Vec::new();
        }
        let mut edges = draw::edges(self, index, closure);
        edges.extend(draw::namespace_admin(self, closure));
        edges.extend(self.unread(closure));
        edges
    }

    /// What roles may give that the evidence lacks, or holds in part: anything
    /// where they are bound.
    fn unread(&self, closure: &Closure<'a>) -> Vec<Edge<'a>> {
        let missing = closure.dangling.iter().map(|binding| (*binding, None));
        let partly = closure
            .held
            .iter()
            .filter(|held| !held.role.gaps.is_empty())
            .map(|held| (held.binding, Some(held.role)));
        let mut edges: Vec<Edge<'a>> = Vec::new();
        for (binding, role) in missing.chain(partly) {
            let doubt = match role {
                None => Doubt::RoleUnlisted(&binding.role),
                Some(_) => Doubt::RoleUnread(&binding.role),
            };
            let ends: &[Node<'a>] = match &binding.scope {
                // Outside of namespaces the API server finds no Role.
                Scope::Cluster if binding.role.kind == RoleKind::Role => &[],
                Scope::Cluster => &[Node::Administrator],
                Scope::Namespace(name) => &[Node::NamespaceAdmin(name), Node::AnyOf(name)],
                Scope::UnknownNamespace => &[Node::AnyAccount],
            };
            for to in ends.iter().filter_map(|end| self.id(*end)) {
                let known = |edge: &Edge<'a>| edge.to == to && edge.doubts.contains(&doubt);
                if !edges.iter().any(known) {
                    edges.push(Edge {
                        to,
                        is_choice: false,
                        technique: Technique::MayHold,
                        through: Vec::new(),
                        proofs: vec![Proof::Shown("binds it", &binding.location)],
                        doubts: vec![doubt],
                    });
                }
            }
        }
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
        let twins: Vec<_> = edges.iter().filter_map(|edge| cloud::twin(self, edge)).collect();
        edges.extend(twins);
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
            through: Vec::new(),
            proofs: vec![Proof::Shown("the controller", present.location)],
            doubts: Vec::new(),
        })
        .into_iter()
        .collect()
    }

    fn step(&self, to: Node<'a>, technique: Technique<'a>, held: &[Held<'a>]) -> Vec<Edge<'a>> {
        let proofs = held.iter().map(|held| Proof::Held(*held)).collect();
        let edge = |to| Edge {
            to,
            is_choice: false,
            technique,
            through: Vec::new(),
            proofs,
            doubts: Vec::new(),
        };
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
            Node::AnyNewAccount => {
                for namespace in facts.snapshot.cloud.made.keys() {
                    let is_seen = facts.spaces.contains_key(namespace.as_str());
                    let doubt = (!is_seen).then_some(Doubt::NamespaceUnseen);
                    choices.add(Node::NewAccount(namespace), None, doubt);
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

/// Whether a user or group is one of Kubernetes' own, of which every cluster has
/// the same: a path ends there. ServiceAccounts and their groups are none.
fn is_control_plane(principal: &Principal) -> bool {
    let (known, families): (&[&str], &[&str]) = match principal {
        Principal::KubernetesUser(_) => (
            &[
                "system:anonymous",
                "system:apiserver",
                "system:kube-apiserver",
                "system:kube-controller-manager",
                "system:kube-proxy",
                "system:kube-scheduler",
                "system:volume-scheduler",
            ],
            &["system:bootstrap:", "system:node:"],
        ),
        Principal::KubernetesGroup(_) => (
            &[
                "system:authenticated",
                "system:masters",
                "system:monitoring",
                "system:node-proxier",
                "system:nodes",
                "system:unauthenticated",
            ],
            &["system:bootstrappers"],
        ),
        Principal::ServiceAccount { .. } | Principal::Aws(_) => (&[], &[]),
    };
    let (Principal::KubernetesUser(name) | Principal::KubernetesGroup(name)) = principal else {
        return false;
    };
    known.contains(&name.as_str()) || families.iter().any(|family| name.starts_with(family))
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
                through: Vec::new(),
                proofs: proof.into_iter().collect(),
                doubts: doubt.into_iter().collect(),
            });
        }
    }
}
