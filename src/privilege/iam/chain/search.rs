//! The shortest ways from one principal to all that it may become.

use std::rc::Rc;

use super::{
    super::risk::{Strength, Strengths},
    graph::{Edge, Graph, Member, To},
};

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

/// Places of principals in trees that are kept, at most about.
const KEPT: usize = 500_000;

/// The place of whom a tree does not reach.
const UNREACHED: u32 = u32::MAX;

/// Whom a principal may become, nearest first. Whoever leads to the same may become
/// the same, but for itself: going on from somebody of the kind that one started from
/// leads to nobody new.
#[derive(Debug)]
pub(super) struct Tree {
    root: u32,
    /// For each principal its place among those reached, [`UNREACHED`] where it has
    /// none: many trees are grown, and most of them stay small.
    places: Vec<u32>,
    pub(super) reached: Vec<u32>,
    /// How each of them is reached.
    steps: Vec<Step>,
}

/// All that somebody leads to, and who of them is beyond the ladder by own rights, as
/// certainly as the ways are.
#[derive(Debug)]
pub(super) struct Reached {
    pub(super) ways: Ways,
    pub(super) tree: Tree,
    pub(super) admins: Vec<u32>,
    pub(super) writers: Vec<u32>,
}

impl Reached {
    /// All that `start` leads to, itself among them where it does.
    pub(super) fn from(graph: &Graph<'_>, start: u32, ways: Ways) -> Self {
        let tree = Tree::grow(graph, start, None, ways);
        let counts = |own: &Strength<'_>| ways == Ways::Any || own.when.is_always();
        let who = |is: &dyn Fn(&Strengths<'_>) -> bool| -> Vec<u32> {
            let is = |&number: &u32| graph.node(number).is_some_and(|node| is(&node.strengths));
            tree.reached.iter().copied().filter(is).collect()
        };
        let admins = who(&|own| own.admin.as_ref().is_some_and(counts));
        let writers = who(&|own| own.database.as_ref().is_some_and(counts));
        Self { ways, tree, admins, writers }
    }
}

impl<'a> Graph<'a> {
    /// All that somebody leads to, certainly and at all. Whoever leads to the same as
    /// others shares theirs, so that itself may be among them.
    pub(super) fn reached_from(&self, start: u32) -> Rc<[Reached; 2]> {
        let grow = || Rc::new([Ways::Certain, Ways::Any].map(|w| Reached::from(self, start, w)));
        let Some(first) = self.alike(start).filter(|_| self.changed.is_none()) else {
            return grow();
        };
        let mut kept = self.drawn.reached.borrow_mut();
        if let Some(reached) = kept.get(&first) {
            return reached.clone();
        }
        let reached = grow();
        if kept.len().saturating_mul(self.node_count()) < KEPT {
            kept.insert(first, reached.clone());
        }
        reached
    }
}

impl Tree {
    /// All that `start` leads to; by one of its edges only, where that is asked, and
    /// then without itself.
    pub(super) fn grow(graph: &Graph<'_>, start: u32, only: Option<u32>, ways: Ways) -> Self {
        let places = vec![UNREACHED; graph.node_count()];
        let mut tree = Self { root: start, places, reached: Vec::new(), steps: Vec::new() };
        let left_out = only.map(|_| start);
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
                let is_other = at == start && only.is_some_and(|only| only != number);
                if is_other || ways == Ways::Certain && !edge.when.is_always() {
                    continue;
                }
                match edge.to {
                    To::Node(node) => tree.visit(left_out, node, (at, number, None)),
                    To::Hub(hub) => {
                        let Some(entered) = entered.get_mut(hub as usize) else { continue };
                        if std::mem::replace(entered, true) {
                            continue;
                        }
                        for (place, member) in (0..).zip(graph.members(hub)) {
                            if ways == Ways::Any || member.when.is_always() {
                                tree.visit(left_out, member.node, (at, number, Some(place)));
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

    fn visit(&mut self, left_out: Option<u32>, node: u32, step: Step) {
        if left_out != Some(node)
            && let Some(place @ &mut UNREACHED) = self.places.get_mut(node as usize)
            && let Ok(next) = u32::try_from(self.reached.len())
        {
            *place = next;
            self.reached.push(node);
            self.steps.push(step);
        }
    }

    /// The steps from `start`, which leads to the same as who the tree was grown from,
    /// to somebody; none where it is not reached.
    pub(super) fn way<'g, 'a>(
        &self,
        graph: &'g Graph<'a>,
        start: u32,
        to: u32,
    ) -> Vec<Taken<'g, 'a>> {
        let mut way = Vec::new();
        let mut at = to;
        // A way visits nobody twice.
        while way.len() <= self.reached.len()
            && let Some(&reached) = self.places.get(at as usize)
            && let Some(&(before, number, place)) = self.steps.get(reached as usize)
            && let from = if before == self.root { start } else { before }
            && let Some(edge) = graph.edges_of(from).get(number as usize)
        {
            let member = place.zip(match edge.to {
                To::Hub(hub) => Some(graph.members(hub)),
                To::Node(_) => None,
            });
            way.push((from, edge, member.and_then(|(place, all)| all.get(place as usize))));
            if before == self.root {
                break;
            }
            at = before;
        }
        way.reverse();
        way
    }
}
