//! What an identity can hand to itself, and what that leads to.

use std::sync::Arc;

use super::{
    super::{
        cloud,
        graph::{Edge, Graph, Node, Proof},
        handed::{self, Handings, handings},
        step::{Doubt, Technique},
    },
    namespace_admin, plain,
};
use crate::{
    model::kubernetes::Scope,
    privilege::rbac::{closure::Closure, index::Index},
};

/// What rights lead to, those included that their holder can hand to itself.
pub(in super::super) fn edges<'a>(
    graph: &Graph<'a>,
    index: &Index<'a>,
    closure: &Closure<'a>,
) -> Vec<Edge<'a>> {
    let mut edges = plain(graph, closure);
    if let Some(handings) = handings(index, closure) {
        for handing in 0..handings.list.len() {
            at_once(graph, &handings, handing, &mut edges);
        }
        let mut held = closure.held.clone();
        held.extend(&handings.held);
        let with = Closure { held, bypass: None, gaps: Vec::new(), dangling: Vec::new() };
        let more = plain(graph, &with).into_iter().chain(namespace_admin(graph, &with));
        edges.extend(more.filter_map(|edge| through(&handings, edge)));
        if handings.is_cut
            && let Some(to) = graph.id(Node::Administrator)
        {
            edges.push(Edge {
                to,
                is_choice: false,
                technique: Technique::MayHold,
                through: Vec::new(),
                proofs: Vec::new(),
                doubts: vec![Doubt::Unasked],
            });
        }
    }
    edges
}

/// What holding every right of a place is without a further step.
fn at_once<'a>(
    graph: &Graph<'a>,
    handings: &Handings<'a>,
    number: usize,
    edges: &mut Vec<Edge<'a>>,
) {
    let Some(handing) = handings.list.get(number).filter(|handing| handing.everything) else {
        return;
    };
    let ends: Vec<Node<'a>> = match handing.place {
        handed::Place::Cluster => vec![Node::Administrator],
        handed::Place::In(Scope::Namespace(name)) => {
            vec![Node::AnyOf(name), Node::NamespaceAdmin(name)]
        }
        handed::Place::In(_) | handed::Place::Any => {
            let admins = graph.nodes().map(|(_, node)| node);
            let admins = admins.filter(|node| matches!(node, Node::NamespaceAdmin(_)));
            admins.chain([Node::AnyAccount]).collect()
        }
    };
    let through = handings.chain(number);
    let doubts: Vec<Doubt<'a>> =
        through.iter().flat_map(|handing| handing.doubts.iter().copied()).collect();
    for to in ends.into_iter().filter_map(|end| graph.id(end)) {
        let edge = Edge {
            to,
            is_choice: false,
            technique: Technique::Handed,
            through: through.clone(),
            proofs: Vec::new(),
            doubts: doubts.clone(),
        };
        edges.extend(cloud::twin(graph, &edge));
        edges.push(edge);
    }
}

/// An edge that rests on handed rights, with how they come to be held; none for
/// one that takes none of them.
fn through<'a>(handings: &Handings<'a>, mut edge: Edge<'a>) -> Option<Edge<'a>> {
    for number in edge.proofs.iter().filter_map(Proof::handed) {
        for handing in handings.chain(number) {
            if !edge.through.iter().any(|known| Arc::ptr_eq(known, &handing)) {
                edge.doubts.extend(handing.doubts.iter().copied());
                edge.through.push(handing);
            }
        }
    }
    (!edge.through.is_empty()).then_some(edge)
}
