//! ServiceAccounts as ends of their own: what one may change, whoever becomes it
//! may change.

use super::{
    graph::{Graph, Node},
    search::Tree,
};
use crate::{
    model::{effect::Effect, principal::Principal},
    privilege::rbac::{
        capabilities::COMBINATIONS_PER_RULE,
        closure::{Closure, Held},
        effect::{Permission, worst},
        identity::Identity,
        index::Index,
        matcher::nameable,
    },
    rubric::kubernetes::effects::Effects,
};

/// Accounts that one identity's paths are told to.
const TOLD: usize = 3;
/// Accounts whose rights are compared with those of whoever becomes them, the
/// worst first; those after them count as more than it holds.
const COMPARED: usize = 20;

/// The accounts that an identity can become and that may change something which it
/// may not change itself: the worst few with the tree that reaches them, and how
/// many there are.
pub(super) fn ends<'t, 'a>(
    graph: &Graph<'a>,
    index: &Index<'a>,
    own: &Closure<'a>,
    trees: [&'t Tree; 2],
) -> (Vec<(&'t Tree, u32)>, usize) {
    let [certain, any] = trees;
    let mut seen = vec![false; graph.len()];
    let mut found: Vec<(Effect, &Tree, u32)> = Vec::new();
    for tree in [certain, any] {
        for &id in &tree.reached {
            let fresh =
                seen.get_mut(id as usize).is_some_and(|seen| !std::mem::replace(seen, true));
            if fresh && let Some(effect) = graph.worst_effect(index, id) {
                found.push((effect, tree, id));
            }
        }
    }
    // A stable order: what is certain and near stays before what is not.
    found.sort_by_key(|(effect, _, _)| std::cmp::Reverse(*effect));
    let beyond = found.len().saturating_sub(COMPARED);
    found.truncate(COMPARED);
    found.retain(|(_, _, id)| {
        graph.node(*id).and_then(rights_of(index)).is_some_and(|rights| {
            rights.held.iter().any(|held| {
                is_mutating(graph.effects(), held)
                    && !own
                        .covers(held.scope().namespace(), std::slice::from_ref(held.rule))
                        .is_covered()
            })
        })
    });
    let all = found.len() + beyond;
    (found.into_iter().take(TOLD).map(|(_, tree, id)| (tree, id)).collect(), all)
}

/// The worst that an account may do to the world, where it may change anything.
pub(super) fn worst_of(effects: &Effects, index: &Index<'_>, node: Node<'_>) -> Option<Effect> {
    let rights = rights_of(index)(node)?;
    rights.held.iter().filter_map(|held| effect(effects, held)).max().filter(|e| e.is_mutating())
}

fn rights_of<'i, 'a>(index: &'i Index<'a>) -> impl Fn(Node<'_>) -> Option<Closure<'a>> + 'i {
    |node| {
        let Node::Account(namespace, name) = node else { return None };
        let (namespace, name) = (namespace.to_owned(), name.to_owned());
        let identity = Identity::of(&Principal::ServiceAccount { namespace, name })?;
        Some(Closure::rights(index, &identity))
    }
}

fn is_mutating(effects: &Effects, held: &Held<'_>) -> bool {
    effect(effects, held).is_some_and(Effect::is_mutating)
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
