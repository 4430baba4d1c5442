//! Whether somebody may change what a principal may not.
//!
//! Asked of everybody whom a principal reaches, and in a large account many hold the
//! same few lists of actions under the same few conditions: which of the principal's
//! rights include those is found once, and one on every resource settles it without a
//! look at what the others hold.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
};

use rustc_hash::FxHashMap;

use super::{
    super::{Evaluator, extent::Extent, rights::Right, when::When},
    graph::{Graph, Node},
};

/// A right that changes something.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mutating {
    /// Its place among the rights of who holds it.
    right: usize,
    /// The number of its actions and conditions; see [`Kinds`].
    kind: usize,
}

/// The actions and conditions of rights of one graph, each pair with a number.
#[derive(Debug, Default)]
pub(super) struct Kinds {
    numbers: RefCell<BTreeMap<Vec<Extent>, BTreeMap<When, usize>>>,
    next: Cell<usize>,
}

impl Kinds {
    fn number(&self, right: &Right) -> usize {
        let mut numbers = self.numbers.borrow_mut();
        let known = numbers.get(&right.actions).and_then(|whens| whens.get(&right.when));
        if let Some(&known) = known {
            return known;
        }
        let next = self.next.get();
        self.next.set(next + 1);
        numbers.entry(right.actions.clone()).or_default().insert(right.when.clone(), next);
        next
    }
}

/// The rights of a principal, that those of others are compared with.
pub(super) struct Own<'e, 'g, 'a> {
    evaluator: &'e Evaluator<'a>,
    graph: &'g Graph<'a>,
    rights: &'g [Right],
    /// By the number of actions and conditions.
    covering: FxHashMap<usize, Covering<'g>>,
}

/// The own rights that include some actions whenever some conditions hold.
enum Covering<'g> {
    /// One of them is on every resource.
    Everywhere,
    On(Vec<&'g Right>),
}

impl<'e, 'g, 'a> Own<'e, 'g, 'a> {
    pub(super) fn of(
        evaluator: &'e Evaluator<'a>,
        graph: &'g Graph<'a>,
        own: &'g Node<'a>,
    ) -> Self {
        Self { evaluator, graph, rights: &own.rights.rights, covering: FxHashMap::default() }
    }

    /// Whether `node` may change what the principal may not; with what could not be
    /// read of it, where only that may be more.
    pub(super) fn is_less_than<'n>(&mut self, node: &'n Node<'a>) -> Option<Option<&'n str>> {
        let mutating = node.mutating.get_or_init(|| self.mutating(node));
        let rights = &node.rights.rights;
        if mutating.iter().any(|theirs| !self.includes(*theirs, rights)) {
            return Some(None);
        }
        node.rights.gaps.first().map(|gap| Some(&*gap.reason))
    }

    fn includes(&mut self, theirs: Mutating, rights: &[Right]) -> bool {
        let own = self.rights;
        let right = || rights.get(theirs.right);
        let covering = self.covering.entry(theirs.kind).or_insert_with(|| {
            let includes = |own: &&Right| {
                right().is_some_and(|right| own.has_actions_of(right) && own.holds_with(right))
            };
            let covering: Vec<&Right> = own.iter().filter(includes).collect();
            if covering.iter().any(|own| own.is_everywhere()) {
                Covering::Everywhere
            } else {
                Covering::On(covering)
            }
        });
        match covering {
            Covering::Everywhere => true,
            Covering::On(covering) => {
                right().is_none_or(|right| covering.iter().any(|own| own.has_resources_of(right)))
            }
        }
    }

    fn mutating(&self, node: &Node<'a>) -> Vec<Mutating> {
        let Evaluator { rules, classes, .. } = self.evaluator;
        let changes = |right: &Right| {
            right.actions.iter().any(|extent| {
                let class = classes.classify(extent, right.resources(), rules, true);
                class.is_some_and(|(_, effect, known)| effect.is_mutating() || !known)
            })
        };
        let kinds = &self.graph.drawn.kinds;
        let rights = node.rights.rights.iter().enumerate().filter(|(_, right)| changes(right));
        rights.map(|(place, right)| Mutating { right: place, kind: kinds.number(right) }).collect()
    }
}
