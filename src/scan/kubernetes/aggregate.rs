//! ClusterRoles that collect the rules of others.
//!
//! A controller overwrites the rules of an aggregated ClusterRole with those of
//! the ClusterRoles that its selectors meet. A manifest has not been through
//! it, and a dump of some roles lacks the others, so both the written and the
//! selected rules count.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashSet;

use super::merge::{PendingRole, Roles, gives};
use crate::model::{
    coverage::Gap,
    kubernetes::{Scope, rbac::PolicyRule},
};

/// Selectors compared with roles, and selections followed, over all aggregated roles.
const COMPARISONS: usize = 5_000_000;
/// Rules collected, over all aggregated roles.
const RULES: usize = 200_000;

/// Adds to every aggregated ClusterRole the rules that its selectors collect.
pub(super) fn resolve(roles: &mut Roles) {
    let mut budget = Budget { comparisons: COMPARISONS, steps: COMPARISONS, rules: RULES };
    let mut selected = BTreeMap::new();
    let mut cut = BTreeSet::new();
    for (number, role) in roles.all().iter().enumerate() {
        if role.selectors.is_empty() {
            continue;
        }
        let (met, whole) = select(roles.all(), number, role, &mut budget);
        selected.insert(number, met);
        if !whole {
            cut.insert(number);
        }
    }
    // An aggregated role passes on what it collected, so collect from all that
    // can be reached; from the roles as written, so that order does not matter.
    let mut additions = Vec::new();
    for &number in selected.keys() {
        let (rules, gaps, whole) = collect(roles.all(), number, &selected, &cut, &mut budget);
        additions.push((number, rules, gaps, whole));
    }
    for (number, rules, gaps, whole) in additions {
        if let Some(pending) = roles.get_mut(number) {
            add(pending, rules, gaps, !whole);
        }
    }
}

/// What may still be spent.
struct Budget {
    comparisons: usize,
    steps: usize,
    rules: usize,
}

/// Takes from a budget; false where it does not last.
fn spend(left: &mut usize, amount: usize) -> bool {
    let lasts = *left >= amount;
    *left = left.saturating_sub(amount);
    lasts
}

/// The roles that an aggregated role selects itself, and whether that is all of them.
fn select(
    all: &[PendingRole],
    number: usize,
    role: &PendingRole,
    budget: &mut Budget,
) -> (Vec<usize>, bool) {
    let mut met = Vec::new();
    for (other_number, other) in all.iter().enumerate() {
        if !spend(&mut budget.comparisons, role.selectors.len()) {
            return (met, false);
        }
        if other_number != number
            && other.role.scope == Scope::Cluster
            && role.selectors.iter().any(|selector| selector.meets_either(&other.labels))
        {
            met.push(other_number);
        }
    }
    (met, true)
}

/// The rules that an aggregated role collects, with the gaps of the roles they
/// come from, and whether that is all of them.
fn collect(
    all: &[PendingRole],
    number: usize,
    selected: &BTreeMap<usize, Vec<usize>>,
    cut: &BTreeSet<usize>,
    budget: &mut Budget,
) -> (Vec<PolicyRule>, Vec<Gap>, bool) {
    let mut whole = true;
    let mut reached = BTreeSet::from([number]);
    let mut next = vec![number];
    while let Some(at) = next.pop() {
        whole &= !cut.contains(&at);
        for &other in selected.get(&at).map(Vec::as_slice).unwrap_or_default() {
            if !spend(&mut budget.steps, 1) {
                whole = false;
                break;
            }
            if reached.insert(other) {
                next.push(other);
            }
        }
    }
    reached.remove(&number);
    let mut rules = Vec::new();
    let mut gaps = Vec::new();
    for other in reached.iter().filter_map(|&other| all.get(other)) {
        let role = &other.role;
        if !spend(&mut budget.rules, role.rules.len() + role.gaps.len()) {
            return (rules, gaps, false);
        }
        gaps.extend(role.gaps.iter().cloned());
        rules.extend(role.rules.iter().map(|rule| PolicyRule {
            aggregated_from: Some(
                rule.aggregated_from.clone().unwrap_or_else(|| role.name.clone()),
            ),
            ..rule.clone()
        }));
    }
    (rules, gaps, whole)
}

fn add(pending: &mut PendingRole, rules: Vec<PolicyRule>, gaps: Vec<Gap>, cut: bool) {
    let role = &mut pending.role;
    // A dump of a live cluster holds the collected rules already: they are told
    // once, by where they come from.
    let written = std::mem::take(&mut role.rules);
    let told: FxHashSet<String> = rules.iter().map(gives).collect();
    role.rules = written.into_iter().filter(|own| !told.contains(&gives(own))).collect();
    role.rules.extend(rules);
    role.gaps.extend(gaps);
    if cut {
        role.gaps.push(Gap {
            location: role.location.clone(),
            reason: format!("ClusterRole/{} aggregates more than gradus follows", role.name),
        });
    }
}
