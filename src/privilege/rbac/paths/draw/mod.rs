//! The edges that an identity's rights draw.
//!
//! First what holds in the whole cluster, then what single namespaces add to it,
//! then what rules over named objects give. Here stands what every edge is drawn
//! with; each kind of way has a room of its own.

mod cluster;
mod deputies;
mod lifted;
mod nodes;
mod place;
mod runs;
mod through;

use super::{
    cloud,
    facts::Facts,
    graph::{Edge, Graph, Node, Proof},
    named,
    power::{Power, Profile},
    step::{Doubt, Technique},
};
use crate::{
    model::kubernetes::{Scope, objects::Workload},
    privilege::rbac::closure::{Closure, Held},
};
pub(super) use nodes::{own_pod, pass};
pub(super) use place::shells;
pub(super) use through::edges;

/// Edges on their way into the graph.
pub(super) struct Drawing<'g, 'a> {
    pub(super) graph: &'g Graph<'a>,
    pub(super) facts: &'g Facts<'a>,
    pub(super) profile: &'g Profile<'a>,
    pub(super) closure: &'g Closure<'a>,
    edges: Vec<Edge<'a>>,
}

/// Where rights hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place<'a> {
    All,
    In(&'a str),
    /// In a namespace that no manifest tells: it may be any.
    Somewhere,
}

/// What rights lead to as they stand.
fn plain<'a>(graph: &Graph<'a>, closure: &Closure<'a>) -> Vec<Edge<'a>> {
    let profile = Profile::of(closure);
    let mut drawing =
        Drawing { graph, facts: &graph.facts, profile: &profile, closure, edges: Vec::new() };
    let everywhere = profile.everywhere();
    drawing.place(Place::All, &Scope::Cluster, everywhere);
    drawing.cluster(everywhere);
    for (&scope, &own) in &profile.places {
        match scope {
            Scope::Cluster => {}
            Scope::Namespace(name) => drawing.place(Place::In(name), scope, own),
            Scope::UnknownNamespace => drawing.place(Place::Somewhere, scope, own),
        }
    }
    named::edges(&mut drawing);
    drawing.deputies();
    let mut edges = drawing.edges;
    let twins: Vec<_> = edges.iter().filter_map(|edge| cloud::twin(graph, edge)).collect();
    edges.extend(twins);
    edges
}

/// The edge of an identity that holds every right in a namespace that matters.
pub(super) fn namespace_admin<'a>(graph: &Graph<'a>, closure: &Closure<'a>) -> Vec<Edge<'a>> {
    let profile = Profile::of(closure);
    let mut edges = Vec::new();
    for (&scope, own) in &profile.places {
        if let Scope::Namespace(name) = scope
            && own.has(Power::CreateAll)
            && own.has(Power::ChangeAll)
            && let Some(to) = graph.id(Node::NamespaceAdmin(name))
        {
            let proofs = [Power::CreateAll, Power::ChangeAll]
                .into_iter()
                .filter_map(|power| profile.witness(power, scope))
                .map(Proof::Held)
                .collect();
            let technique = Technique::HoldsNamespace(name);
            edges.push(Edge {
                to,
                is_choice: false,
                technique,
                through: Vec::new(),
                proofs,
                doubts: Vec::new(),
            });
        }
    }
    edges
}

impl<'a> Drawing<'_, 'a> {
    /// Draws an edge, should its end be in the graph.
    pub(super) fn draw(
        &mut self,
        to: Node<'a>,
        technique: Technique<'a>,
        proofs: Vec<Proof<'a>>,
        doubts: Vec<Doubt<'a>>,
    ) {
        if let Some(to) = self.graph.id(to) {
            self.edges.push(Edge {
                to,
                is_choice: false,
                technique,
                through: Vec::new(),
                proofs,
                doubts,
            });
        }
    }

    /// Draws an edge that takes some powers in one scope.
    fn take(
        &mut self,
        scope: &Scope,
        to: Node<'a>,
        technique: Technique<'a>,
        powers: &[Power],
        mut doubts: Vec<Doubt<'a>>,
    ) {
        let mut proofs: Vec<Proof<'a>> = Vec::new();
        for held in powers.iter().filter_map(|power| self.profile.witness(*power, scope)) {
            let known = |proof: &Proof<'_>| {
                matches!(proof, Proof::Held(other)
                    if std::ptr::eq(other.rule, held.rule) && std::ptr::eq(other.binding, held.binding))
            };
            if !proofs.iter().any(known) {
                proofs.push(Proof::Held(held));
            }
        }
        if *scope == Scope::UnknownNamespace {
            doubts.push(Doubt::GrantUnplaced);
        }
        self.draw(to, technique, proofs, doubts);
    }

    /// Adds the object that shows what the last edge rests on.
    fn show(&mut self, workload: Option<&'a Workload>) {
        if let (Some(workload), Some(edge)) = (workload, self.edges.last_mut()) {
            edge.proofs.push(Proof::Shown("what it does it through", &workload.location));
        }
    }
}

/// The rule itself, as proof.
pub(super) fn proof(held: Held<'_>) -> Vec<Proof<'_>> {
    vec![Proof::Held(held)]
}
