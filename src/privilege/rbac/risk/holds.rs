//! Where a risk holds, and through what.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Met,
    prepared::{Entry, MetClauses, has_room},
};
use crate::{
    model::{capability::Grant, kubernetes::Scope},
    privilege::rbac::{
        closure::{Closure, Held},
        identity::Identity,
    },
    rubric::kubernetes::risks::{RiskRule, RiskScope},
};

/// A rule that meets a clause, and what in it does.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Witness<'a, 'c> {
    pub(in super::super) held: &'c Held<'a>,
    pub(in super::super) met: Met<'a>,
    /// Whether it takes an API server of a version that is not known.
    pub(in super::super) open: bool,
}

/// What meets all clauses in one scope.
#[derive(Debug, Default)]
pub(in super::super) struct Meeting<'a, 'c> {
    pub(in super::super) witnesses: Vec<Witness<'a, 'c>>,
    /// Whether it takes an API server of a version that is not known.
    pub(in super::super) open: bool,
}

/// Where one risk holds.
#[derive(Debug, Default)]
pub(in super::super) struct Holds<'a, 'c> {
    pub(super) scopes: BTreeMap<&'a Scope, Meeting<'a, 'c>>,
    pub(super) bypass: Option<Grant>,
}

impl<'a, 'c> Holds<'a, 'c> {
    pub(super) fn of(
        entry: &Entry<'_>,
        met: &MetClauses<'a, 'c>,
        closure: &Closure<'_>,
        identity: &Identity,
    ) -> Self {
        let rule = entry.rule;
        let mut holds = Self::default();
        if let Some(grant) = &closure.bypass
            && identity.groups().any(|group| rule.groups.iter().any(|wanted| wanted == group))
        {
            holds.bypass = Some(grant.clone());
        }
        for clauses in &entry.alternatives {
            for (scope, meeting) in conjunction(clauses, met) {
                if fits(rule, scope) {
                    holds.scopes.entry(scope).or_insert(meeting);
                }
            }
        }
        if holds.scopes.contains_key(&Scope::Cluster) {
            holds.scopes.retain(|scope, _| **scope == Scope::Cluster);
        }
        holds
    }

    pub(super) fn is_empty(&self) -> bool {
        self.bypass.is_none() && self.scopes.is_empty()
    }

    /// Keeps the scopes that fit.
    pub(super) fn retain(&mut self, fits: impl Fn(&Scope) -> bool) {
        self.scopes.retain(|scope, _| fits(scope));
    }

    pub(super) fn places(&self) -> BTreeSet<&'a Scope> {
        let bypass = self.bypass.iter().map(|_| &Scope::Cluster);
        self.scopes.keys().copied().chain(bypass).collect()
    }

    pub(super) fn reaches(&self, scope: &Scope) -> bool {
        self.bypass.is_some()
            || self.scopes.contains_key(scope)
            || self.scopes.contains_key(&Scope::Cluster)
    }
}

/// Whether a rule is about a scope.
fn fits(rule: &RiskRule, scope: &Scope) -> bool {
    let reach = match (rule.scope, scope) {
        (RiskScope::Any, _) | (RiskScope::Cluster, Scope::Cluster) => true,
        (RiskScope::Cluster, _) | (RiskScope::Namespace, Scope::Cluster) => false,
        (RiskScope::Namespace, _) => true,
    };
    reach
        && (rule.namespaces.is_empty()
            || *scope == Scope::Cluster
            || rule.namespaces.iter().any(|namespace| scope.may_be_in(namespace)))
}

/// The scopes in which every clause is met, with what meets them. Where the
/// whole cluster is one of them, it is the only one.
fn conjunction<'a, 'c>(
    clauses: &[usize],
    met: &MetClauses<'a, 'c>,
) -> Vec<(&'a Scope, Meeting<'a, 'c>)> {
    if clauses.iter().any(|clause| met.of(*clause).is_empty()) {
        return Vec::new();
    }
    let mut placed: Vec<BTreeMap<&'a Scope, Vec<Witness<'a, 'c>>>> = Vec::new();
    let mut anywhere: Vec<&[Witness<'a, 'c>]> = Vec::new();
    for clause in clauses {
        if met.is_anywhere(*clause) {
            anywhere.push(met.of(*clause));
            continue;
        }
        let mut by_scope = BTreeMap::<&'a Scope, Vec<Witness<'a, 'c>>>::new();
        for witness in met.of(*clause) {
            let list = by_scope.entry(&witness.held.binding.scope).or_default();
            if has_room(list) {
                list.push(*witness);
            }
        }
        placed.push(by_scope);
    }
    let scopes: BTreeSet<&'a Scope> = placed.iter().flat_map(BTreeMap::keys).copied().collect();
    let mut found = Vec::new();
    for scope in scopes {
        let mut meeting = Meeting::default();
        let all = placed.iter().all(|by_scope| {
            let here = by_scope.get(scope);
            // A namespace that nobody tells may be this one.
            let beside = [&Scope::Cluster, &Scope::UnknownNamespace]
                .into_iter()
                .filter(|other| *scope != Scope::Cluster && *other != scope)
                .filter_map(|other| by_scope.get(other));
            meeting.take(here.into_iter().chain(beside).flatten().copied())
        });
        if all {
            for witnesses in &anywhere {
                meeting.take(witnesses.iter().copied().take(1));
            }
            let whole = *scope == Scope::Cluster;
            found.push((scope, meeting));
            if whole {
                break;
            }
        }
    }
    found
}

impl<'a, 'c> Meeting<'a, 'c> {
    /// Adds what meets one clause; false where nothing does.
    fn take(&mut self, witnesses: impl Iterator<Item = Witness<'a, 'c>>) -> bool {
        let before = self.witnesses.len();
        self.witnesses.extend(witnesses);
        let added = self.witnesses.get(before..).unwrap_or_default();
        self.open |= added.iter().all(|witness| witness.open);
        !added.is_empty()
    }
}
