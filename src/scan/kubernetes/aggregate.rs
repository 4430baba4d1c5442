//! ClusterRoles that collect the rules of others.
//!
//! A controller overwrites the rules of an aggregated ClusterRole with those of
//! the ClusterRoles that its selectors meet. A manifest has not been through
//! it, and a dump of some roles lacks the others, so both the written and the
//! selected rules count.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use rustc_hash::FxHashSet;

use super::{
    merge::{PendingRole, Roles, gives},
    read::Reader,
};
use crate::{
    model::{
        coverage::Gap,
        kubernetes::{Scope, rbac::PolicyRule},
    },
    source::node::Node,
};

/// Selectors compared with roles, over all aggregated roles.
const COMPARISONS: usize = 5_000_000;
/// Rules collected, over all aggregated roles.
const RULES: usize = 500_000;

/// One selector; an empty one meets every role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Selector {
    pub(super) labels: Vec<(Arc<str>, Arc<str>)>,
    pub(super) expressions: Vec<Expression>,
}

/// One of a selector's `matchExpressions`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Expression {
    key: Arc<str>,
    operator: Operator,
    values: Vec<Arc<str>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    In,
    NotIn,
    Exists,
    DoesNotExist,
}

impl Reader<'_> {
    /// An expression; none where the API server would refuse it.
    pub(super) fn expression(&mut self, node: &Node) -> Option<Expression> {
        let key = self.text(node, "key")?;
        let operator = match node.str_at("operator")? {
            "In" => Operator::In,
            "NotIn" => Operator::NotIn,
            "Exists" => Operator::Exists,
            "DoesNotExist" => Operator::DoesNotExist,
            _ => return None,
        };
        Some(Expression { key, operator, values: self.list(node, "values") })
    }
}

impl Selector {
    /// One label with one value.
    pub(super) fn label(key: &str, value: &str) -> Self {
        Self { labels: vec![(key.into(), value.into())], expressions: Vec::new() }
    }

    fn meets(&self, labels: &[(Arc<str>, Arc<str>)]) -> bool {
        // Where a key stands twice, either value may be the one that counts.
        let has = |key: &str, value: &str| labels.iter().any(|(k, v)| **k == *key && **v == *value);
        self.labels.iter().all(|(key, value)| has(key, value))
            && self.expressions.iter().all(|expression| {
                let key = &*expression.key;
                let one_of = expression.values.iter().any(|value| has(key, value));
                match expression.operator {
                    Operator::In => one_of,
                    Operator::NotIn => !one_of,
                    Operator::Exists => labels.iter().any(|(k, _)| **k == *key),
                    Operator::DoesNotExist => labels.iter().all(|(k, _)| **k != *key),
                }
            })
    }
}

/// Adds to every aggregated ClusterRole the rules that its selectors collect.
pub(super) fn resolve(roles: &mut Roles) {
    let aggregated: Vec<usize> = (0..)
        .zip(roles.all())
        .filter(|(_, role)| !role.selectors.is_empty())
        .map(|(number, _)| number)
        .collect();
    let mut comparisons = 0usize;
    let mut edges = BTreeMap::<usize, Vec<usize>>::new();
    let mut cut = BTreeSet::new();
    for &number in &aggregated {
        let Some(role) = roles.all().get(number) else { continue };
        let mut met = Vec::new();
        for (other_number, other) in roles.all().iter().enumerate() {
            comparisons = comparisons.saturating_add(role.selectors.len());
            if comparisons > COMPARISONS {
                cut.insert(number);
                break;
            }
            if other_number != number
                && other.role.scope == Scope::Cluster
                && role.selectors.iter().any(|selector| selector.meets(&other.labels))
            {
                met.push(other_number);
            }
        }
        edges.insert(number, met);
    }
    // An aggregated role passes on what it collected, so collect from all that
    // can be reached; from the roles as written, so that order does not matter.
    let mut collected = 0usize;
    let mut additions = Vec::new();
    for &number in &aggregated {
        let mut reached = BTreeSet::from([number]);
        let mut next = vec![number];
        while let Some(at) = next.pop() {
            for &other in edges.get(&at).map(Vec::as_slice).unwrap_or_default() {
                if reached.insert(other) {
                    next.push(other);
                }
            }
        }
        reached.remove(&number);
        let mut rules = Vec::new();
        let mut gaps = Vec::new();
        for other in reached.iter().filter_map(|&other| roles.all().get(other)) {
            collected = collected.saturating_add(other.role.rules.len());
            if collected > RULES {
                cut.insert(number);
                break;
            }
            gaps.extend(other.role.gaps.iter().cloned());
            rules.extend(other.role.rules.iter().map(|rule| PolicyRule {
                aggregated_from: Some(
                    rule.aggregated_from.clone().unwrap_or_else(|| other.role.name.clone()),
                ),
                ..rule.clone()
            }));
        }
        additions.push((number, rules, gaps));
    }
    for (number, rules, gaps) in additions {
        if let Some(pending) = roles.get_mut(number) {
            add(pending, rules, gaps, cut.contains(&number));
        }
    }
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
