//! The catalogue as one cluster needs it, and a first look at each held rule.

use rustc_hash::FxHashMap;

use super::{Met, Witness, meets};
use crate::{
    model::kubernetes::ClusterSnapshot,
    privilege::rbac::{
        closure::Closure,
        matcher::ALL,
        seen::{self, Spot},
    },
    rubric::kubernetes::{
        KubernetesRules,
        effects::Effects,
        risks::{Clause, Platform, RiskRule, Sight},
        servers::Concerns,
    },
};

/// Witnesses kept for one clause in one scope.
const WITNESSES: usize = 20;

/// One rule that concerns the cluster.
#[derive(Debug)]
pub(in super::super) struct Entry<'a> {
    pub(in super::super) rule: &'a RiskRule,
    /// Whether the version of the API server would have to be known.
    pub(in super::super) open: bool,
    /// Its conjunctions, as numbers of clauses.
    pub(in super::super) alternatives: Vec<Vec<usize>>,
    /// Where what it is about lies, if it is about something that lies somewhere.
    pub(super) spots: Option<Vec<Spot>>,
}

/// One clause, with which of its patterns count here.
#[derive(Debug)]
struct Part<'a> {
    clause: &'a Clause,
    concerns: Vec<Concerns>,
}

/// The rules that concern one cluster, and which clause a rule can meet.
#[derive(Debug)]
pub(in super::super) struct Prepared<'a> {
    entries: Vec<Entry<'a>>,
    parts: Vec<Part<'a>>,
    anywhere: Vec<bool>,
    /// For each rule, those that it hides.
    hidden: Vec<Vec<bool>>,
    /// Clauses that a rule with this entry among its resources may meet.
    by_resource: FxHashMap<&'a str, Vec<usize>>,
    /// The same for entries such as `*/scale`.
    by_subresource: FxHashMap<&'a str, Vec<usize>>,
    /// Clauses with `userextras/*`, by `userextras`.
    by_parent: FxHashMap<&'a str, Vec<usize>>,
    /// Clauses that name no resource.
    unbounded: Vec<usize>,
    /// Clauses over URLs.
    urls: Vec<usize>,
}

/// What meets each clause: held rules in their order.
pub(in super::super) struct MetClauses<'a, 'c> {
    by_clause: Vec<Vec<Witness<'a, 'c>>>,
    anywhere: &'c [bool],
}

impl<'a, 'c> MetClauses<'a, 'c> {
    /// What meets one.
    pub(super) fn of(&self, clause: usize) -> &[Witness<'a, 'c>] {
        self.by_clause.get(clause).map_or(&[], Vec::as_slice)
    }

    /// Whether any scope will do for it.
    pub(super) fn is_anywhere(&self, clause: usize) -> bool {
        self.anywhere.get(clause).copied().unwrap_or_default()
    }
}

impl<'a> Prepared<'a> {
    /// Takes the rules that concern a cluster.
    pub(in super::super) fn new(rules: &'a KubernetesRules, snapshot: &'a ClusterSnapshot) -> Self {
        Self::of(&rules.risks, snapshot)
    }

    /// The same of some of the rules.
    pub(in super::super) fn of(
        rules: impl IntoIterator<Item = &'a RiskRule>,
        snapshot: &'a ClusterSnapshot,
    ) -> Self {
        let mut prepared = Self {
            entries: Vec::new(),
            parts: Vec::new(),
            anywhere: Vec::new(),
            hidden: Vec::new(),
            by_resource: FxHashMap::default(),
            by_subresource: FxHashMap::default(),
            by_parent: FxHashMap::default(),
            unbounded: Vec::new(),
            urls: Vec::new(),
        };
        for rule in rules {
            let placed = match rule.platform {
                None => true,
                Some(Platform::Eks) => snapshot.eks.is_some(),
            };
            let concerns = rule.servers.concern(snapshot.version);
            if !placed || concerns == Concerns::No {
                continue;
            }
            let alternatives = rule
                .alternatives()
                .map(|clauses| {
                    clauses.iter().map(|clause| prepared.add(clause, snapshot)).collect()
                })
                .collect();
            let spots = seen::spots(snapshot, rule);
            let open = concerns == Concerns::Perhaps;
            prepared.entries.push(Entry { rule, open, alternatives, spots });
        }
        let ids: FxHashMap<&str, usize> =
            (0..).zip(&prepared.entries).map(|(number, entry)| (&*entry.rule.id, number)).collect();
        for (number, entry) in prepared.entries.iter().enumerate() {
            // What is worth knowing beside its cause is told in any case.
            let of_rights = |other: &Entry<'_>| {
                !other.alternatives.is_empty() || other.rule.seen == Some(Sight::OwnWorkload)
            };
            let mut row: Vec<bool> = prepared
                .entries
                .iter()
                .map(|other| entry.rule.subsumes_all && of_rights(other))
                .collect();
            for id in &entry.rule.subsumes {
                if let Some(cell) = ids.get(&**id).and_then(|other| row.get_mut(*other)) {
                    *cell = true;
                }
            }
            if let Some(own) = row.get_mut(number) {
                *own = false;
            }
            prepared.hidden.push(row);
        }
        prepared
    }

    fn add(&mut self, clause: &'a Clause, snapshot: &ClusterSnapshot) -> usize {
        let number = self.parts.len();
        for pattern in &clause.any_of {
            if !pattern.urls.is_empty() {
                self.urls.push(number);
            } else if let Some(resources) = &pattern.resources {
                for wanted in resources {
                    self.by_resource.entry(wanted).or_default().push(number);
                    if let Some((parent, subresource)) = wanted.split_once('/') {
                        if subresource == ALL {
                            self.by_parent.entry(parent).or_default().push(number);
                        } else {
                            self.by_subresource.entry(subresource).or_default().push(number);
                        }
                    }
                }
            } else {
                self.unbounded.push(number);
            }
        }
        let concerns =
            clause.any_of.iter().map(|pattern| pattern.servers.concern(snapshot.version)).collect();
        self.parts.push(Part { clause, concerns });
        self.anywhere.push(clause.anywhere);
        number
    }

    /// The rules that concern the cluster, in the order of the data.
    pub(in super::super) fn entries(&self) -> &[Entry<'a>] {
        &self.entries
    }

    /// Whether a rule leaves another unsaid where both hold.
    pub(in super::super) fn hides(&self, rule: usize, other: usize) -> bool {
        self.hidden.get(rule).and_then(|row| row.get(other)).copied().unwrap_or_default()
    }

    /// What of a closure meets each clause.
    pub(in super::super) fn met<'c>(
        &'c self,
        effects: &Effects,
        closure: &'c Closure<'a>,
    ) -> MetClauses<'a, 'c> {
        let mut by_clause: Vec<Vec<Witness<'a, 'c>>> = vec![Vec::new(); self.parts.len()];
        let mut candidates: Vec<usize> = Vec::new();
        for held in &closure.held {
            candidates.clear();
            candidates.extend(&self.unbounded);
            if !held.rule.non_resource_urls.is_empty() {
                candidates.extend(&self.urls);
            }
            for entry in &held.rule.resources {
                self.may_meet(entry, &mut candidates);
            }
            candidates.sort_unstable();
            candidates.dedup();
            for number in &candidates {
                let (Some(part), Some(list)) =
                    (self.parts.get(*number), by_clause.get_mut(*number))
                else {
                    continue;
                };
                if let Some((met, open)) = part.meets(effects, held, closure) {
                    list.push(Witness { held, met, open });
                }
            }
        }
        MetClauses { by_clause, anywhere: &self.anywhere }
    }

    /// Adds the clauses that a rule over `entry` may meet.
    fn may_meet(&self, entry: &str, candidates: &mut Vec<usize>) {
        if entry == ALL {
            candidates.extend(0..self.parts.len());
            return;
        }
        candidates.extend(self.by_resource.get(entry).into_iter().flatten());
        if let Some((parent, subresource)) = entry.split_once('/') {
            if parent == ALL {
                candidates.extend(self.by_subresource.get(subresource).into_iter().flatten());
                candidates.extend(self.by_parent.values().flatten());
            } else {
                candidates.extend(self.by_parent.get(parent).into_iter().flatten());
            }
        }
    }
}

impl<'a> Part<'a> {
    /// The first pattern that a held rule meets, and whether that depends on a
    /// version that is not known. One that does not stands before one that does.
    fn meets(
        &self,
        effects: &Effects,
        held: &crate::privilege::rbac::Held<'a>,
        closure: &Closure<'_>,
    ) -> Option<(Met<'a>, bool)> {
        let patterns = || self.clause.any_of.iter().zip(&self.concerns);
        [Concerns::Yes, Concerns::Perhaps].into_iter().find_map(|wanted| {
            patterns()
                .filter(|(_, concerns)| **concerns == wanted)
                .find_map(|(pattern, _)| meets(effects, pattern, held, closure))
                .map(|met| (met, wanted == Concerns::Perhaps))
        })
    }
}

/// Whether a list may take one more witness.
pub(super) fn has_room(list: &[Witness<'_, '_>]) -> bool {
    list.len() < WITNESSES
}
