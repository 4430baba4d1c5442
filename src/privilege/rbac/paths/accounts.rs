//! ServiceAccounts as ends of their own: what one may change, whoever becomes it
//! may change.

use std::{
    cmp::Reverse,
    collections::BTreeMap,
    hash::{Hash, Hasher},
};

use rustc_hash::FxHashMap;

use super::{graph::Graph, search::Tree};
use crate::{
    model::{
        effect::Effect,
        kubernetes::{Scope, rbac::PolicyRule},
    },
    privilege::rbac::{
        capabilities::COMBINATIONS_PER_RULE,
        closure::{Closure, Held},
        effect::{Permission, worst},
        matcher::nameable,
    },
    rubric::kubernetes::effects::Effects,
};

/// Accounts that one identity's paths are told to.
const TOLD: usize = 3;
/// Accounts whose rights are compared with those of whoever becomes them, the
/// worst first; those after them count as more than it holds.
const COMPARED: usize = 20;

/// What an account may change.
#[derive(Debug)]
pub(super) struct Account<'a> {
    /// The worst of it.
    worst: Effect,
    /// The rules that change anything, with their namespace; none is everywhere.
    changes: Vec<(Option<&'a str>, &'a PolicyRule)>,
}

impl<'a> Account<'a> {
    /// That of these rights; none where they change nothing.
    pub(super) fn of(
        known: &mut Worst<'a>,
        effects: &Effects,
        rights: &Closure<'a>,
    ) -> Option<Self> {
        let mut worst = None;
        let mut changes = Vec::new();
        for held in &rights.held {
            let effect = known.effect(effects, held).filter(|effect| effect.is_mutating());
            if effect.is_some() {
                worst = worst.max(effect);
                changes.push((held.scope().namespace(), held.rule));
            }
        }
        worst.map(|worst| Self { worst, changes })
    }
}

/// The accounts that an identity can become and that may change something which it
/// may not change itself: the worst few with the tree that reaches them, and how
/// many there are.
pub(super) fn ends<'t>(
    graph: &Graph<'_>,
    own: &Closure<'_>,
    trees: [&'t Tree; 2],
) -> (Vec<(&'t Tree, u32)>, usize) {
    let [certain, any] = trees;
    let certainly = certain.reached.iter().map(|id| (certain, *id));
    let perhaps = any.reached.iter().filter(|id| !certain.reaches(**id)).map(|id| (any, *id));
    // What is certain and near stays before what is not, among the equally bad.
    let mut count = 0;
    let mut by_effect = BTreeMap::<Reverse<Effect>, Vec<(&Account<'_>, &Tree, u32)>>::new();
    for (tree, id) in certainly.chain(perhaps) {
        let Some(account) = graph.account(id) else { continue };
        count += 1;
        let equals = by_effect.entry(Reverse(account.worst)).or_default();
        if equals.len() < COMPARED {
            equals.push((account, tree, id));
        }
    }
    let mut found: Vec<_> = by_effect.into_values().flatten().take(COMPARED).collect();
    let beyond = count - found.len();
    found.retain(|(account, _, _)| {
        account.changes.iter().any(|(namespace, rule)| {
            !own.covers(*namespace, std::slice::from_ref(*rule)).is_covered()
        })
    });
    let all = found.len() + beyond;
    (found.into_iter().take(TOLD).map(|(_, tree, id)| (tree, id)).collect(), all)
}

/// The worst effects of rules, each worked out once: a cluster has the rules of its
/// charts in role after role.
#[derive(Debug, Default)]
pub(super) struct Worst<'a>(FxHashMap<(Given<'a>, bool), Option<Effect>>);

impl<'a> Worst<'a> {
    fn effect(&mut self, effects: &Effects, held: &Held<'a>) -> Option<Effect> {
        // Of scopes it only matters whether it is the whole cluster.
        let key = (Given(held.rule), *held.scope() == Scope::Cluster);
        *self.0.entry(key).or_insert_with(|| effect(effects, held))
    }
}

/// What a rule gives, wherever it stands.
#[derive(Debug)]
struct Given<'a>(&'a PolicyRule);

impl PartialEq for Given<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.0.gives_same(other.0)
    }
}

impl Eq for Given<'_> {}

impl Hash for Given<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let PolicyRule { verbs, api_groups, resources, resource_names, .. } = self.0;
        for list in [verbs, api_groups, resources, resource_names] {
            list.hash(state);
        }
    }
}

/// The worst effect of a held rule; none where it gives nothing.
fn effect(effects: &Effects, held: &Held<'_>) -> Option<Effect> {
    let rule = held.rule;
    let combinations =
        rule.verbs.len().saturating_mul(rule.api_groups.len()).saturating_mul(rule.resources.len());
    if combinations > COMBINATIONS_PER_RULE {
        return Some(Effect::Escalation);
    }
    let mut found = None;
    for (resource, subresource) in rule.resources.iter().filter_map(|entry| nameable(entry)) {
        for group in &rule.api_groups {
            for verb in &rule.verbs {
                let permission = Permission { verb, group, resource, subresource };
                let one = worst(effects, held.scope(), permission, &rule.resource_names);
                found = found.max(one.map(|(effect, _)| effect));
                if found == Some(Effect::Escalation) {
                    return found;
                }
            }
        }
    }
    found
}
