//! IAM roles as ends of paths: by the ServiceAccounts that are given them, and by the
//! nodes.
//!
//! What of a ServiceAccount is held decides which of its roles come with it. A pod
//! that runs holds what it was given; a pod of one's own making, and whoever words a
//! token, ask for what a trust policy wants. So those who come to a ServiceAccount in
//! such a way come to nodes of their own, which only accounts with roles have.

use super::{
    graph::{Edge, Graph, Node, Proof},
    power::TEMPLATES,
    step::{Doubt, Technique},
};
use crate::model::{
    capability::Condition,
    kubernetes::{
        ClusterSnapshot,
        cloud::{CloudRole, Given},
    },
};

/// What is held of a ServiceAccount, beside its rights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Hold {
    /// What a running pod was given.
    Running,
    /// A pod of one's own making.
    Made,
    /// A token of one's own wording.
    Minted,
}

/// ServiceAccounts, as sets of the graph are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Accounts<'a> {
    One(&'a str, &'a str),
    Of(&'a str),
    Any,
    AnyPod,
    AnyTemplate(&'static str),
    Running,
    RunningIn(&'a str),
    Scheduled,
    Daemon,
}

impl Hold {
    const ALL: [Self; 3] = [Self::Running, Self::Made, Self::Minted];

    /// What a way to a ServiceAccount holds of it; none where that is its rights alone.
    pub(super) fn by(technique: Technique<'_>) -> Option<Self> {
        match technique {
            Technique::Pod | Technique::Workload | Technique::Handed | Technique::Deputy(..) => {
                Some(Self::Made)
            }
            Technique::PodImage
            | Technique::Debug
            | Technique::Exec
            | Technique::Attach
            | Technique::NodeToken => Some(Self::Running),
            Technique::Token => Some(Self::Minted),
            Technique::Choice
            | Technique::ImpersonateAccount
            | Technique::ReadTokenSecret
            | Technique::MakeTokenSecret
            | Technique::Impersonate
            | Technique::ImpersonateControlPlane
            | Technique::ImpersonateMasters
            | Technique::Certificate
            | Technique::Sign
            | Technique::NodeCertificate
            | Technique::BootstrapToken
            | Technique::Webhook
            | Technique::MutatingPolicy
            | Technique::ApiDefinition
            | Technique::AwsAuth
            | Technique::NodePod
            | Technique::NodePodByLabel
            | Technique::NodeVolume
            | Technique::NodeShell
            | Technique::OwnPod
            | Technique::NodeProxy
            | Technique::ControlPlaneNode
            | Technique::Holds
            | Technique::HoldsNamespace(_)
            | Technique::MayHold
            | Technique::CloudRole
            | Technique::NodeRole
            | Technique::NewAccount => None,
        }
    }

    fn of(self, role: &CloudRole) -> &Given {
        match self {
            Self::Running => &role.running,
            Self::Made => &role.made,
            Self::Minted => &role.minted,
        }
    }

    /// Whether it comes to some role more surely than a running pod does.
    fn adds(self, roles: &[CloudRole]) -> bool {
        roles.iter().any(|role| is_sure(self.of(role)) && !is_sure(&role.running))
    }
}

fn is_sure(given: &Given) -> bool {
    given.condition == Condition::Always
}

impl<'a> Accounts<'a> {
    /// Those of a node of the graph.
    pub(super) fn of(node: Node<'a>) -> Option<Self> {
        Some(match node {
            Node::Account(namespace, name) => Self::One(namespace, name),
            Node::AnyOf(namespace) => Self::Of(namespace),
            Node::AnyAccount => Self::Any,
            Node::AnyPodAccount => Self::AnyPod,
            Node::AnyTemplate(kind) => Self::AnyTemplate(kind),
            Node::AnyRunning => Self::Running,
            Node::AnyRunningIn(namespace) => Self::RunningIn(namespace),
            Node::AnyScheduled => Self::Scheduled,
            Node::AnyDaemon => Self::Daemon,
            _ => return None,
        })
    }

    /// The node of the same accounts.
    pub(super) fn node(self) -> Node<'a> {
        match self {
            Self::One(namespace, name) => Node::Account(namespace, name),
            Self::Of(namespace) => Node::AnyOf(namespace),
            Self::Any => Node::AnyAccount,
            Self::AnyPod => Node::AnyPodAccount,
            Self::AnyTemplate(kind) => Node::AnyTemplate(kind),
            Self::Running => Node::AnyRunning,
            Self::RunningIn(namespace) => Node::AnyRunningIn(namespace),
            Self::Scheduled => Node::AnyScheduled,
            Self::Daemon => Node::AnyDaemon,
        }
    }
}

/// The nodes that roles bring with them.
pub(super) fn nodes(snapshot: &ClusterSnapshot) -> Vec<Node<'_>> {
    let cloud = &snapshot.cloud;
    let mut nodes: Vec<Node<'_>> =
        cloud.nodes.iter().map(|role| Node::CloudRole(&role.arn)).collect();
    let roles = cloud.accounts.values().chain(cloud.made.values()).flatten();
    nodes.extend(roles.map(|role| Node::CloudRole(&role.arn)));
    nodes.extend(cloud.made.keys().map(|namespace| Node::NewAccount(namespace)));
    if !cloud.made.is_empty() {
        nodes.push(Node::AnyNewAccount);
    }
    if cloud.accounts.is_empty() {
        return nodes;
    }
    let mut sets = vec![
        Accounts::Any,
        Accounts::AnyPod,
        Accounts::Running,
        Accounts::Scheduled,
        Accounts::Daemon,
    ];
    sets.extend(TEMPLATES.iter().map(|template| Accounts::AnyTemplate(template.kind)));
    for (namespace, name) in cloud.accounts.keys() {
        let own = [Accounts::Of(namespace), Accounts::RunningIn(namespace)];
        sets.extend(own.into_iter().chain([Accounts::One(namespace, name)]));
    }
    // One without a namespace may lie in any.
    if cloud.accounts.keys().any(|(namespace, _)| namespace == super::facts::UNPLACED) {
        let spaces = snapshot.namespaces.iter().map(|own| &*own.name);
        sets.extend(spaces.flat_map(|own| [Accounts::Of(own), Accounts::RunningIn(own)]));
    }
    for hold in Hold::ALL {
        nodes.extend(sets.iter().map(|accounts| Node::Pods(*accounts, hold)));
    }
    nodes
}

/// The edge beside one to ServiceAccounts, for what is held of them.
pub(super) fn twin<'a>(graph: &Graph<'a>, edge: &Edge<'a>) -> Option<Edge<'a>> {
    if graph.facts.snapshot.cloud.accounts.is_empty() {
        return None;
    }
    let hold = Hold::by(edge.technique)?;
    let accounts = Accounts::of(graph.node(edge.to)?)?;
    let to = graph.id(Node::Pods(accounts, hold))?;
    Some(Edge { to, ..edge.clone() })
}

/// The nodes that a ServiceAccount is by what its own pods are given.
pub(super) fn own<'a>(graph: &Graph<'a>, namespace: &'a str, name: &'a str) -> Vec<Node<'a>> {
    let roles = graph.facts.snapshot.cloud.accounts.get(&(namespace.to_owned(), name.to_owned()));
    let Some(roles) = roles else { return Vec::new() };
    let accounts = Accounts::One(namespace, name);
    let holds = Hold::ALL.into_iter().filter(|hold| !hold.adds(roles));
    holds.map(|hold| Node::Pods(accounts, hold)).collect()
}

/// What a node leads to by roles.
pub(super) fn edges<'a>(graph: &Graph<'a>, node: Node<'a>) -> Vec<Edge<'a>> {
    let cloud = &graph.facts.snapshot.cloud;
    let of = |namespace: &str, name: &str| {
        cloud.accounts.get(&(namespace.to_owned(), name.to_owned())).into_iter().flatten()
    };
    let mut edges = Vec::new();
    let mut add = |arn: &'a str, technique, proofs, doubts: Vec<Doubt<'a>>| {
        edges.extend(graph.id(Node::CloudRole(arn)).map(|to| Edge {
            to,
            is_choice: false,
            technique,
            through: Vec::new(),
            proofs,
            doubts,
        }));
    };
    match node {
        Node::Account(namespace, name) if !cloud.accounts.is_empty() => {
            for role in of(namespace, name) {
                let (proofs, mut doubts) = shown(&role.running);
                doubts.push(Doubt::TokenGiven);
                add(&role.arn, Technique::CloudRole, proofs, doubts);
            }
        }
        Node::Pods(Accounts::One(namespace, name), hold) => {
            for role in of(namespace, name) {
                let (proofs, doubts) = shown(hold.of(role));
                add(&role.arn, Technique::CloudRole, proofs, doubts);
            }
        }
        Node::NewAccount(namespace) => {
            for role in cloud.made.get(namespace).into_iter().flatten() {
                let (proofs, doubts) = shown(&role.made);
                add(&role.arn, Technique::CloudRole, proofs, doubts);
            }
        }
        Node::Chosen | Node::Some => {
            for role in &cloud.nodes {
                let which = node == Node::Some && cloud.nodes.len() > 1;
                let doubts = which.then_some(Doubt::WhichNode).into_iter();
                let doubts = doubts.chain(unknowns(&role.condition)).collect();
                add(&role.arn, Technique::NodeRole, vec![Proof::Given(&role.grant)], doubts);
            }
        }
        _ => {}
    }
    edges
}

fn shown(given: &Given) -> (Vec<Proof<'_>>, Vec<Doubt<'_>>) {
    (given.grants.iter().map(Proof::Given).collect(), unknowns(&given.condition))
}

fn unknowns(condition: &Condition) -> Vec<Doubt<'_>> {
    match condition {
        Condition::Always => Vec::new(),
        Condition::If(conditions) => conditions.iter().map(|own| Doubt::Told(own)).collect(),
        Condition::Unknown(why) => vec![Doubt::Told(why)],
    }
}
