//! Whether somebody may change what a principal may not.
//!
//! Asked of everybody whom a principal reaches, and in a large account many hold the
//! same few lists of actions: which of the principal's rights include a list is found
//! once.

use std::{cell::RefCell, collections::BTreeMap};

use super::{
    super::{Evaluator, extent::Extent, rights::Right},
    graph::{Graph, Node},
};

/// A right that changes something.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mutating {
    /// Its place among the rights of who holds it.
    right: usize,
    /// The number of its actions; see [`ActionLists`].
    actions: usize,
}

/// Lists of actions of a graph, each with a number.
#[derive(Debug, Default)]
pub(super) struct ActionLists(RefCell<BTreeMap<Vec<Extent>, usize>>);

impl ActionLists {
    fn number(&self, actions: &[Extent]) -> usize {
        let mut lists = self.0.borrow_mut();
        if let Some(&known) = lists.get(actions) {
            return known;
        }
        let next = lists.len();
        lists.insert(actions.to_vec(), next);
        next
    }
}

/// The rights of a principal, that those of others are compared with.
pub(super) struct Own<'e, 'g, 'a> {
    evaluator: &'e Evaluator<'a>,
    graph: &'g Graph<'a>,
    rights: &'g [Right],
    /// By the number of a list of actions, the own rights to all of it.
    covering: BTreeMap<usize, Vec<&'g Right>>,
}

impl<'e, 'g, 'a> Own<'e, 'g, 'a> {
    pub(super) fn of(
        evaluator: &'e Evaluator<'a>,
        graph: &'g Graph<'a>,
        own: &'g Node<'a>,
    ) -> Self {
        Self { evaluator, graph, rights: &own.rights.rights, covering: BTreeMap::new() }
    }

    /// Whether `node` may change what the principal may not; with what could not be
    /// read of it, where only that may be more.
    pub(super) fn is_less_than<'n>(&mut self, node: &'n Node<'a>) -> Option<Option<&'n str>> {
        let mutating = node.mutating.get_or_init(|| self.mutating(node));
        let rights = &node.rights.rights;
        let is_more = mutating.iter().any(|own| {
            rights.get(own.right).is_some_and(|right| !self.includes(right, own.actions))
        });
        if is_more { Some(None) } else { node.rights.gaps.first().map(|gap| Some(&*gap.reason)) }
    }

    fn includes(&mut self, right: &Right, actions: usize) -> bool {
        let rights = self.rights;
        let covering = self.covering.entry(actions).or_insert_with(|| {
            let mut covering: Vec<&Right> =
                rights.iter().filter(|own| own.has_actions_of(right)).collect();
            // What includes most of what others hold is looked at first.
            covering.sort_by_key(|own| !own.is_everywhere());
            covering
        });
        covering.iter().any(|own| own.has_rest_of(right))
    }

    fn mutating(&self, node: &Node<'a>) -> Vec<Mutating> {
        let Evaluator { rules, classes, .. } = self.evaluator;
        let changes = |right: &Right| {
            right.actions.iter().any(|extent| {
                let class = classes.classify(extent, right.resources(), rules, true);
                class.is_some_and(|(_, effect, known)| effect.is_mutating() || !known)
            })
        };
        let lists = &self.graph.drawn.actions;
        let rights = node.rights.rights.iter().enumerate();
        rights
            .filter(|(_, right)| changes(right))
            .map(|(place, right)| Mutating { right: place, actions: lists.number(&right.actions) })
            .collect()
    }
}
