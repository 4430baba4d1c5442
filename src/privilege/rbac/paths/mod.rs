//! What an identity can become: the shortest way to each end that matters.
//!
//! The graph holds identities and what their rights lead to. It is drawn once a
//! cluster; the edges of the identity in question
//! come from its closure, so that the same graph answers for what is left of it
//! once some grants are cut.
//!
//! A step is drawn only where the evidence allows it. What no object shows, such
//! as the API server's default for Pod Security, is a doubt that the step names:
//! such a path is possible and not certain. Of admission, Pod Security and quotas
//! are taken into account; another policy may close a path that is told here.

mod accounts;
mod cloud;
mod draw;
mod facts;
mod graph;
mod handed;
mod hits;
mod named;
mod power;
mod search;
mod step;

use std::collections::BTreeMap;

use super::{closure::Closure, identity::Identity, index::Index};
use crate::{
    model::{
        capability::{Condition, Grant, RiskHit},
        path::{Hop, Path, PathTarget},
        principal::Principal,
    },
    rubric::kubernetes::KubernetesRules,
};
use graph::{Edge, Graph, Node};
use search::{Tree, Ways};
use step::{Doubt, Technique};

/// IAM roles that one identity's paths are told to, and go on from in AWS; that there
/// are more is a gap.
const CLOUD_ROLES: usize = 64;
/// Grants told of one hop.
const GRANTS: usize = 10;

/// The paths of one cluster.
#[derive(Debug)]
pub(super) struct Paths<'a> {
    graph: Graph<'a>,
    rules: &'a KubernetesRules,
}

/// What came of asking for one identity.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// The paths, ordered by target.
    pub(super) paths: Vec<Path>,
    /// What they come to, ordered as risks are.
    pub(super) risks: Vec<RiskHit>,
    /// How many ends there are that no path is told to, and that lead on.
    pub(super) untold: usize,
}

impl<'a> Paths<'a> {
    /// Draws the graph of a cluster.
    pub(super) fn new(index: &Index<'a>, rules: &'a KubernetesRules) -> Self {
        Self { graph: Graph::of(index, rules), rules }
    }

    /// The paths of an identity with these rights. One that is administrator
    /// has none: there is nothing left to become.
    pub(super) fn of(
        &self,
        index: &Index<'a>,
        closure: &Closure<'a>,
        identity: &Identity,
    ) -> Found {
        let graph = &self.graph;
        let own = graph.ids_of(identity.principal());
        let mut start = graph.own_edges(index, closure);
        start.extend(own.iter().find_map(|own| draw::own_pod(graph, graph.node(*own)?)));
        if start.is_empty() {
            return Found::default();
        }
        let certain = Tree::grow(graph, &start, &own, Ways::Certain);
        let any = Tree::grow(graph, &start, &own, Ways::Any);
        let (mut nearest, cloud_roles) = nearest(graph, [&certain, &any]);
        let mut accounts = 0;
        // An administrator's accounts go without saying.
        if !nearest
            .get(&PathTarget::ClusterAdmin)
            .is_some_and(|(tree, _)| std::ptr::eq(*tree, &certain))
        {
            let (told, all) = accounts::ends(graph, closure, [&certain, &any]);
            accounts = all;
            nearest.extend(told.into_iter().filter_map(|(tree, id)| {
                let name = graph.name(graph.node(id)?);
                Some((PathTarget::ServiceAccount(name), (tree, id)))
            }));
        }
        let who = identity.principal().to_string();
        let paths = told(graph, &who, &start, nearest);
        let risks = hits::risks(self.rules, identity.principal(), &paths, (cloud_roles, accounts));
        Found { paths, risks, untold: cloud_roles.saturating_sub(CLOUD_ROLES) }
    }

    /// The paths that begin as some node of the cluster.
    pub(super) fn of_node(&self, who: &str) -> Vec<Path> {
        let graph = &self.graph;
        let Some(own) = graph.id(Node::Some) else { return Vec::new() };
        let start = graph.edges(own);
        let certain = Tree::grow(graph, start, &[own], Ways::Certain);
        let any = Tree::grow(graph, start, &[own], Ways::Any);
        told(graph, who, start, nearest(graph, [&certain, &any]).0)
    }
}

/// The nearest way to each end, a certain one first, and how many IAM roles there are
/// among the ends.
fn nearest<'t>(
    graph: &Graph<'_>,
    trees: [&'t Tree; 2],
) -> (BTreeMap<PathTarget, (&'t Tree, u32)>, usize) {
    let mut nearest = BTreeMap::<PathTarget, (&Tree, u32)>::new();
    let mut cloud_roles = 0_usize;
    for tree in trees {
        for &id in &tree.reached {
            let Some(target) = graph.node(id).and_then(|node| target(graph, node)) else {
                continue;
            };
            if nearest.contains_key(&target) {
                continue;
            }
            if matches!(target, PathTarget::AwsRole(_)) {
                cloud_roles += 1;
                if cloud_roles > CLOUD_ROLES {
                    continue;
                }
            }
            nearest.insert(target, (tree, id));
        }
    }
    (nearest, cloud_roles)
}

/// The ways to ends, told.
fn told<'a>(
    graph: &Graph<'a>,
    who: &str,
    start: &[Edge<'a>],
    ends: BTreeMap<PathTarget, (&Tree, u32)>,
) -> Vec<Path> {
    let path = |(target, (tree, id)): (PathTarget, (&Tree, u32))| Path {
        hops: hops(graph, who, &tree.way(graph, start, id)),
        target,
    };
    ends.into_iter().map(path).collect()
}

/// What paths that were put together of more than one plane come to.
#[must_use]
pub fn path_risks(rules: &KubernetesRules, principal: &Principal, paths: &[Path]) -> Vec<RiskHit> {
    hits::risks(rules, principal, paths, (0, 0))
}

/// What a node is the end of, if it is one.
fn target(graph: &Graph<'_>, node: Node<'_>) -> Option<PathTarget> {
    match node {
        Node::Administrator => Some(PathTarget::ClusterAdmin),
        Node::Chosen | Node::Some => Some(PathTarget::Node),
        Node::NamespaceAdmin(name) => Some(PathTarget::NamespaceAdmin(name.to_owned())),
        Node::CloudRole(arn) => Some(PathTarget::AwsRole(arn.to_owned())),
        Node::Deputy(number) | Node::LimitedDeputy(number) => {
            Some(PathTarget::Controller(graph.deputy_name(number)))
        }
        Node::Account(..)
        | Node::User(_)
        | Node::Group(_)
        | Node::SystemAccounts
        | Node::AnyAccount
        | Node::AnyPodAccount
        | Node::AnyTemplate(_)
        | Node::AnyOf(_)
        | Node::AnyRunning
        | Node::AnyRunningIn(_)
        | Node::AnyScheduled
        | Node::AnyDaemon
        | Node::AnyTokenSecret
        | Node::AnyTokenSecretIn(_)
        | Node::Pods(..)
        | Node::NewAccount(_)
        | Node::AnyNewAccount => None,
    }
}

/// A way as hops: choices belong to the step before them.
fn hops(graph: &Graph<'_>, who: &str, way: &[&Edge<'_>]) -> Vec<Hop> {
    let mut hops: Vec<Hop> = Vec::new();
    let mut from = who.to_owned();
    let mut rest = way;
    while let Some((first, after)) = rest.split_first() {
        let choices = after.iter().take_while(|edge| edge.is_choice).count();
        let (chosen, next) = after.split_at(choices.min(after.len()));
        rest = next;
        let edges = || std::iter::once(first).chain(chosen);
        let Some(end) = edges().next_back().and_then(|edge| graph.node(edge.to)) else { break };
        let to = graph.name(end);
        let mut before = first.through.as_slice();
        let mut last = None;
        if let (Technique::Handed, Some((handing, earlier))) =
            (first.technique, first.through.split_last())
        {
            before = earlier;
            last = Some(handing);
        }
        for handing in before {
            hops.push(Hop {
                from: std::mem::replace(&mut from, handing.to.clone()),
                to: handing.to.clone(),
                how: handing.how.clone(),
                rule: handing.rule.to_owned(),
                grants: few(handing.grants.iter().cloned()),
                condition: condition(handing.doubts.iter().copied()),
            });
        }
        let known: Vec<Doubt<'_>> =
            before.iter().flat_map(|handing| handing.doubts.iter().copied()).collect();
        let doubts = edges().flat_map(|edge| edge.doubts.iter().copied());
        let handed = last.iter().flat_map(|handing| handing.grants.iter().cloned());
        let proofs = edges().flat_map(|edge| &edge.proofs).map(graph::Proof::grant);
        hops.push(Hop {
            from: std::mem::replace(&mut from, to.clone()),
            how: match (last, end) {
                (None, _) => first.technique.told(&to),
                (Some(handing), Node::Administrator | Node::NamespaceAdmin(_)) => {
                    handing.how.clone()
                }
                (Some(handing), _) => {
                    format!("{}, and {}", handing.how, first.technique.told(&to))
                }
            },
            to,
            rule: last.map_or_else(|| first.technique.rule(), |handing| handing.rule).to_owned(),
            grants: few(handed.chain(proofs)),
            condition: condition(doubts.filter(|doubt| !known.contains(doubt))),
        });
    }
    hops
}

/// The first few, each once.
fn few(all: impl Iterator<Item = Grant>) -> Vec<Grant> {
    let mut grants: Vec<Grant> = Vec::new();
    for grant in all {
        if grants.len() < GRANTS && !grants.contains(&grant) {
            grants.push(grant);
        }
    }
    grants
}

fn condition<'a>(doubts: impl Iterator<Item = Doubt<'a>>) -> Condition {
    let mut told: Vec<String> = Vec::new();
    for doubt in doubts.map(|doubt| doubt.to_string()) {
        if !told.contains(&doubt) {
            told.push(doubt);
        }
    }
    if told.is_empty() { Condition::Always } else { Condition::Unknown(told.join("; ")) }
}
