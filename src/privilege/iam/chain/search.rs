//! The shortest ways from one principal to all that it may become.

use super::graph::{Edge, Graph, Member, To};

/// Which steps count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ways {
    /// Those that nothing stands in the way of.
    Certain,
    /// All.
    Any,
}

/// By whom, by which of its edges, and to which member of a hub.
type Step = (u32, u32, Option<u32>);

/// One step of a way: who takes it, how, and whom of a hub it leads to.
pub(super) type Taken<'g, 'a> = (u32, &'g Edge<'a>, Option<&'g Member<'a>>);

/// The place of whom a tree does not reach.
const UNREACHED: u32 = u32::MAX;

/// Whom a principal may become, nearest first.
#[derive(Debug)]
pub(super) struct Tree {
    /// For each principal its place among those reached, [`UNREACHED`] where it has
    /// none: many trees are grown, and most of them stay small.
    places: Vec<u32>,
    pub(super) reached: Vec<u32>,
    /// How each of them is reached.
    steps: Vec<Step>,
}

impl Tree {
    /// All that `start` leads to; by one of its edges only, where that is asked.
    pub(super) fn grow(graph: &Graph<'_>, start: u32, only: Option<u32>, ways: Ways) -> Self {
        let places = vec![UNREACHED; graph.node_count()];
        let mut tree = Self { places, reached: Vec::new(), steps: Vec::new() };
        let mut entered = vec![false; graph.hub_count()];
        let mut gone_on = vec![false; graph.node_count()];
        let mut next = 0;
        let mut at = start;
        loop {
            let alike = graph.alike(at).filter(|_| at != start);
            let is_told = alike
                .and_then(|first| gone_on.get_mut(first as usize))
                .is_some_and(|told| std::mem::replace(told, true));
            let edges = if is_told { &[] } else { graph.edges_of(at) };
            for (number, edge) in (0..).zip(edges) {
                let left_out = at == start && only.is_some_and(|only| only != number);
                if left_out || ways == Ways::Certain && !edge.when.is_always() {
                    continue;
                }
                match edge.to {
                    To::Node(node) => tree.visit(start, node, (at, number, None)),
                    To::Hub(hub) => {
                        let Some(entered) = entered.get_mut(hub as usize) else { continue };
                        if std::mem::replace(entered, true) {
                            continue;
                        }
                        for (place, member) in (0..).zip(graph.members(hub)) {
                            if ways == Ways::Any || member.when.is_always() {
                                tree.visit(start, member.node, (at, number, Some(place)));
                            }
                        }
                    }
                }
            }
            let Some(&following) = tree.reached.get(next) else { break };
            at = following;
            next += 1;
        }
        tree
    }

    fn visit(&mut self, start: u32, node: u32, step: Step) {
        if node != start
            && let Some(place @ &mut UNREACHED) = self.places.get_mut(node as usize)
            && let Ok(next) = u32::try_from(self.reached.len())
        {
            *place = next;
            self.reached.push(node);
            self.steps.push(step);
        }
    }

    /// The steps to somebody; none where it is not reached.
    pub(super) fn way<'g, 'a>(&self, graph: &'g Graph<'a>, to: u32) -> Vec<Taken<'g, 'a>> {
        let mut way = Vec::new();
        let mut at = to;
        // A way visits nobody twice.
        while way.len() <= self.reached.len()
            && let Some(&reached) = self.places.get(at as usize)
            && let Some(&(from, number, place)) = self.steps.get(reached as usize)
            && let Some(edge) = graph.edges_of(from).get(number as usize)
        {
            let member = place.zip(match edge.to {
                To::Hub(hub) => Some(graph.members(hub)),
                To::Node(_) => None,
            });
            way.push((from, edge, member.and_then(|(place, all)| all.get(place as usize))));
            at = from;
        }
        way.reverse();
        way
    }
}
