//! What remains of a principal's Allow statements after every Deny and within
//! its boundary.
//!
//! A right is a set of actions on a set of resources under conditions. A Deny
//! cuts out exactly what it certainly covers; what it covers in part is split
//! off and narrowed or made conditional. Where splitting would grow beyond
//! bounds, a Deny is left out and said to be: rights are never lost.

use crate::model::{
    aws::policy::{Effect, Elements},
    capability::Condition,
    coverage::Gap,
};

use super::{
    condition::{self, Caller, Certainty},
    extent::{Extent, both, difference},
    holdings::{Cap, Holding, Holdings},
};

/// Pattern comparisons spent on one principal before Denies are left out.
const WORK_LIMIT: usize = 4_000_000;
/// Rights one principal may be split into.
const RIGHTS_LIMIT: usize = 4_096;

/// When a right holds.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) struct When {
    /// All of these.
    pub conditions: Vec<String>,
    /// Something that was missing may take it away.
    pub unknown: Option<String>,
}

impl When {
    pub(super) fn is_always(&self) -> bool {
        self.conditions.is_empty() && self.unknown.is_none()
    }

    pub(super) fn and(mut self, condition: String) -> Self {
        if !self.conditions.contains(&condition) {
            self.conditions.push(condition);
            self.conditions.sort();
        }
        self
    }

    /// Both.
    pub(super) fn with(self, other: &Self) -> Self {
        let unknown = self.unknown.clone().or_else(|| other.unknown.clone());
        let mut both = other.conditions.iter().cloned().fold(self, Self::and);
        both.unknown = unknown;
        both
    }

    pub(super) fn to_condition(&self) -> Condition {
        match &self.unknown {
            Some(reason) => Condition::Unknown(reason.clone()),
            None if self.conditions.is_empty() => Condition::Always,
            None => Condition::If(self.conditions.clone()),
        }
    }
}

/// Actions on resources, under conditions.
#[derive(Debug, Clone)]
pub(super) struct Right {
    pub actions: Vec<Extent>,
    pub resources: Vec<Extent>,
    pub when: When,
    /// Which of the holdings gives it.
    pub holding: usize,
}

/// All rights of a principal.
#[derive(Debug)]
pub(super) struct Rights<'a> {
    /// The statements of its policies, and those of trust policies that name it.
    pub holdings: Vec<Holding<'a>>,
    /// What remains of them.
    pub rights: Vec<Right>,
    /// What may be missing.
    pub gaps: Vec<Gap>,
}

/// A statement in the form that sets are computed with.
pub(super) struct Reading {
    pub actions: Vec<Extent>,
    pub resources: Vec<Extent>,
    pub when: When,
    /// For a Deny: what must not hold, if it depends on the request.
    pub unless: Option<String>,
}

/// Reads a statement for one caller; none where it can never apply.
pub(super) fn read(holding: &Holding<'_>, caller: &Caller<'_>) -> Option<Reading> {
    let statement = holding.statement;
    let certainty = condition::certainty(&statement.conditions, caller);
    if certainty == Certainty::Never {
        return None;
    }
    let actions = extents(&statement.actions, |pattern| condition::action_pattern(pattern));
    let mut open = Vec::new();
    let resources = match &statement.resources {
        None => vec![Extent::default()],
        Some(resources) => extents(resources, |pattern| {
            let filled = condition::fill(pattern, holding.language, caller);
            open.extend(filled.open);
            filled.pattern
        }),
    };
    if actions.is_empty() || resources.is_empty() {
        return None;
    }
    let mut when = When::default();
    let mut unless = None;
    if certainty == Certainty::Depends {
        for clause in &statement.conditions {
            if condition::certainty_of(clause, caller) == Certainty::Depends {
                when = when.and(condition::describe(clause));
            }
        }
        unless = Some(condition::describe_unless(&statement.conditions));
    }
    open.sort();
    open.dedup();
    if !open.is_empty() {
        let text = format!("the resource matches {}", open.join(" and "));
        when = when.and(text.clone());
        unless = Some(
            unless.map_or(format!("not ({text})"), |unless| format!("{unless} or not ({text})")),
        );
    }
    Some(Reading { actions, resources, when, unless })
}

/// The parts that an element names; none where it names nothing.
fn extents(elements: &Elements, mut read: impl FnMut(&str) -> std::sync::Arc<str>) -> Vec<Extent> {
    match elements {
        Elements::Only(patterns) => {
            let mut parts: Vec<Extent> = Vec::with_capacity(patterns.len());
            for pattern in patterns {
                let part = Extent::of(read(pattern));
                if part.is_everything() {
                    return vec![part];
                }
                parts.push(part);
            }
            parts
        }
        Elements::Except(patterns) => {
            let except: Vec<_> = patterns.iter().map(|pattern| read(pattern)).collect();
            if except.iter().any(|pattern| &**pattern == "*") {
                return Vec::new();
            }
            vec![Extent::all_but(except)]
        }
    }
}

impl<'a> Rights<'a> {
    /// What `caller` may do by `holdings`. `extra` are statements of trust
    /// policies that name it: they need no grant of its own, but obey its Denies.
    pub(super) fn of(
        holdings: Holdings<'a>,
        extra: Vec<(Holding<'a>, Right)>,
        caller: &Caller<'_>,
    ) -> Self {
        let Holdings { identity, cap, mut gaps } = holdings;
        let mut rights = Vec::new();
        let mut denies = Vec::new();
        for (index, holding) in identity.iter().enumerate() {
            let Some(reading) = read(holding, caller) else { continue };
            match holding.statement.effect {
                Effect::Allow => rights.push(Right {
                    actions: reading.actions,
                    resources: reading.resources,
                    when: reading.when,
                    holding: index,
                }),
                Effect::Deny => denies.push(reading),
            }
        }
        let mut work = Work::default();
        match cap {
            Cap::None => {}
            Cap::Unknown(reason) => {
                for right in &mut rights {
                    right.when.unknown = Some(reason.clone());
                }
            }
            Cap::Statements(statements) => {
                let mut allows = Vec::new();
                for holding in &statements {
                    let Some(reading) = read(holding, caller) else { continue };
                    match holding.statement.effect {
                        Effect::Allow => allows.push(reading),
                        Effect::Deny => denies.push(reading),
                    }
                }
                rights = cap_by(rights, &allows, &mut work);
            }
        }
        let mut holdings = identity;
        for (holding, mut right) in extra {
            right.holding = holdings.len();
            holdings.push(holding);
            rights.push(right);
        }
        for deny in &denies {
            rights = cut(rights, deny, &mut work);
        }
        if work.exhausted
            && let Some(holding) = holdings.first()
        {
            gaps.push(Gap {
                location: holding.statement.location.clone(),
                reason: "the policies are too large to apply every Deny and boundary; \
                         rights are shown without some of them"
                    .to_owned(),
            });
        }
        gaps.sort();
        gaps.dedup();
        Self { holdings, rights, gaps }
    }
}

/// How much was compared.
#[derive(Default)]
struct Work {
    spent: usize,
    exhausted: bool,
}

impl Work {
    /// Whether comparing these is still within bounds.
    fn allows(&mut self, rights: &[Right], reading: &Reading) -> bool {
        let size = |extents: &[Extent]| -> usize {
            extents.iter().map(|extent| 1 + extent.all.len() + extent.except.len()).sum()
        };
        let (actions, resources) = (size(&reading.actions), size(&reading.resources));
        let cost: usize = rights
            .iter()
            .map(|right| size(&right.actions) * actions + size(&right.resources) * resources)
            .sum();
        self.spent = self.spent.saturating_add(cost);
        self.exhausted |= self.spent > WORK_LIMIT || rights.len() > RIGHTS_LIMIT;
        !self.exhausted
    }
}

/// `rights` within what a boundary allows.
fn cap_by(rights: Vec<Right>, allows: &[Reading], work: &mut Work) -> Vec<Right> {
    let mut capped = Vec::new();
    for right in rights {
        let whole = allows.iter().any(|allow| {
            allow.when.is_always()
                && right.actions.iter().all(|a| allow.actions.iter().any(|b| b.covers(a)))
                && right.resources.iter().all(|a| allow.resources.iter().any(|b| b.covers(a)))
        });
        if whole {
            capped.push(right);
            continue;
        }
        for allow in allows {
            if !work.allows(std::slice::from_ref(&right), allow) {
                capped.push(right.clone());
                break;
            }
            let actions = both(&right.actions, &allow.actions);
            if actions.is_empty() {
                continue;
            }
            let resources = both(&right.resources, &allow.resources);
            if resources.is_empty() {
                continue;
            }
            capped.push(Right {
                actions,
                resources,
                when: right.when.clone().with(&allow.when),
                holding: right.holding,
            });
        }
    }
    capped
}

/// `rights` without what a Deny takes.
fn cut(rights: Vec<Right>, deny: &Reading, work: &mut Work) -> Vec<Right> {
    if !work.allows(&rights, deny) {
        return rights;
    }
    let mut rest = Vec::with_capacity(rights.len());
    for right in rights {
        let hit = both(&right.actions, &deny.actions);
        if hit.is_empty() {
            rest.push(right);
            continue;
        }
        let inside = both(&right.resources, &deny.resources);
        if inside.is_empty() {
            rest.push(right);
            continue;
        }
        let missed = difference(&right.actions, &deny.actions);
        let outside = difference(&right.resources, &deny.resources);
        if !missed.is_empty() {
            rest.push(Right { actions: missed, ..right.clone() });
        }
        if !outside.is_empty() {
            rest.push(Right { actions: hit.clone(), resources: outside, ..right.clone() });
        }
        if let Some(unless) = &deny.unless {
            rest.push(Right {
                actions: hit,
                resources: inside,
                when: right.when.and(unless.clone()),
                holding: right.holding,
            });
        }
    }
    rest
}
