//! What remains of a principal's Allow statements after every Deny and within
//! its boundary.
//!
//! A right is a set of actions on a set of resources under conditions. A Deny
//! cuts out exactly what it certainly covers; what it covers in part is split
//! off and narrowed or made conditional. Where splitting would grow beyond
//! bounds, a Deny is left out and said to be: rights are never lost.

use std::{
    cell::OnceCell,
    sync::{Arc, OnceLock},
};

use crate::model::{
    aws::policy::{Effect, Elements},
    capability::Grant,
    coverage::Gap,
};

use super::{
    capability::is_broad,
    condition::{self, Certainty, Fact, Facts},
    extent::{Extent, both, difference},
    holdings::{Cap, Holding, Holdings},
    organization::GUARDED,
    risk::Places,
    when::When,
};

/// Steps of comparing patterns spent on one principal before Denies are left out.
/// 300 patterns against 300 of usual length stay well below it.
const WORK_LIMIT: usize = 500_000_000;
/// Rights one principal may be split into.
const RIGHTS_LIMIT: usize = 2_048;

/// Actions on resources, under conditions.
#[derive(Debug, Clone)]
pub(super) struct Right {
    pub actions: Vec<Extent>,
    resources: Vec<Extent>,
    pub when: When,
    /// Which of the holdings gives it.
    pub holding: usize,
    scope: OnceCell<Vec<String>>,
}

impl Right {
    pub(super) fn new(
        actions: Vec<Extent>,
        resources: Vec<Extent>,
        when: When,
        holding: usize,
    ) -> Self {
        Self { actions, resources, when, holding, scope: OnceCell::new() }
    }

    /// On what.
    pub(super) fn resources(&self) -> &[Extent] {
        &self.resources
    }

    /// Whether it is one on that resource.
    pub(super) fn reaches(&self, arn: &str) -> bool {
        self.resources.iter().any(|extent| extent.contains(arn))
    }

    /// Whether it is one on every resource.
    pub(super) fn is_everywhere(&self) -> bool {
        self.resources.iter().any(Extent::is_everything)
    }

    /// The resources as they are told: the broad ones first, so that a shortened scope
    /// shows them, each half in order.
    pub(super) fn scope(&self) -> &[String] {
        self.scope.get_or_init(|| {
            let mut scope: Vec<String> = self.resources.iter().map(Extent::to_string).collect();
            scope.sort_by(|a, b| is_broad(b).cmp(&is_broad(a)).then_with(|| a.cmp(b)));
            scope.dedup();
            scope
        })
    }

    /// Whether it is one to every action that `other` is one to.
    pub(super) fn has_actions_of(&self, other: &Self) -> bool {
        covers_all(&self.actions, &other.actions)
    }

    /// Whether it certainly holds when `other` does.
    pub(super) fn holds_with(&self, other: &Self) -> bool {
        self.when.is_always() || self.when == other.when
    }

    /// Whether it certainly is one on every resource that `other` is one on.
    pub(super) fn has_resources_of(&self, other: &Self) -> bool {
        covers_all(&self.resources, &other.resources)
    }
}

fn covers_all(extents: &[Extent], others: &[Extent]) -> bool {
    others.iter().all(|other| extents.iter().any(|extent| extent.covers(other)))
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
    /// Which actions that rules ask for are among them, found when first asked for.
    pub places: OnceLock<Places>,
}

/// A statement in the form that sets are computed with.
struct Reading {
    actions: Vec<Extent>,
    resources: Vec<Extent>,
    when: When,
    /// For a Deny: what must not hold, if it depends on the request.
    unless: Option<String>,
}

/// Reads a statement for one caller: what it certainly speaks of and, where
/// variables of its resources are not known, what it may speak of.
fn read(holding: &Holding<'_>, facts: &impl Facts) -> Vec<Reading> {
    let statement = holding.statement;
    let language = Some(holding.language);
    let certainty = condition::certainty_in(language, &statement.conditions, facts);
    let actions = extents(&statement.actions, condition::action_pattern);
    if certainty == Certainty::Never || actions.is_empty() {
        return Vec::new();
    }
    let mut when = When::default();
    let mut unless = None;
    if certainty == Certainty::Depends {
        for clause in &statement.conditions {
            if condition::certainty_of_in(language, clause, facts) == Certainty::Depends {
                when = when.and(condition::describe(clause));
            }
        }
        unless = Some(condition::describe_unless(&statement.conditions));
    }
    let resources = resources(holding, facts);
    let mut readings = Vec::new();
    if let Some((open, holds, fails)) = resources.open {
        readings.push(Reading {
            actions: actions.clone(),
            resources: open,
            when: when.clone().and(holds),
            unless: Some(unless.iter().cloned().chain([fails]).collect::<Vec<_>>().join(" or ")),
        });
    }
    if !resources.certain.is_empty() {
        readings.push(Reading { actions, resources: resources.certain, when, unless });
    }
    readings
}

/// The resources of a statement.
struct Resources {
    /// Those that it speaks of whatever its variables stand for.
    certain: Vec<Extent>,
    /// Those that it may speak of, when it does, and when it does not.
    open: Option<(Vec<Extent>, String, String)>,
}

fn resources(holding: &Holding<'_>, facts: &impl Facts) -> Resources {
    let Some(elements) = &holding.statement.resources else {
        return Resources { certain: vec![Extent::default()], open: None };
    };
    let fill = |pattern: &String| condition::fill(pattern, holding.language, facts);
    let (known, open): (Vec<_>, Vec<_>) =
        elements.patterns().iter().map(fill).partition(|filled| filled.open.is_empty());
    let known: Vec<_> = known.into_iter().filter_map(|filled| filled.pattern).collect();
    let certain = match elements {
        Elements::Only(_) => only(&known),
        // Outside of whatever the variables may stand for.
        Elements::Except(_) => {
            let open = open.iter().filter_map(|filled| filled.pattern.clone());
            all_but(known.iter().cloned().chain(open).collect())
        }
    };
    if open.is_empty() {
        return Resources { certain, open: None };
    }
    let mut names: Vec<&str> =
        open.iter().flat_map(|filled| &filled.open).map(String::as_str).collect();
    names.sort_unstable();
    names.dedup();
    let yes = format!("the resource matches {}", names.join(" and "));
    let no = format!("not ({yes})");
    let open: Vec<_> = open.into_iter().filter_map(|filled| filled.pattern).collect();
    Resources {
        certain,
        open: Some(match elements {
            Elements::Only(_) => (only(&open), yes, no),
            Elements::Except(_) => (both(&only(&open), &all_but(known)), no, yes),
        }),
    }
}

/// The parts that an element names; none where it names nothing.
fn extents(elements: &Elements, read: impl Fn(&str) -> Arc<str>) -> Vec<Extent> {
    let patterns: Vec<_> = elements.patterns().iter().map(|pattern| read(pattern)).collect();
    match elements {
        Elements::Only(_) => only(&patterns),
        Elements::Except(_) => all_but(patterns),
    }
}

fn only(patterns: &[Arc<str>]) -> Vec<Extent> {
    let parts: Vec<Extent> = patterns.iter().cloned().map(Extent::of).collect();
    if parts.iter().any(Extent::is_everything) { vec![Extent::default()] } else { parts }
}

fn all_but(patterns: Vec<Arc<str>>) -> Vec<Extent> {
    if patterns.iter().any(|pattern| &**pattern == "*") {
        return Vec::new();
    }
    vec![Extent::all_but(patterns)]
}

impl<'a> Rights<'a> {
    /// What a principal may do by `holdings`. `extra` are statements of trust
    /// policies that name it: they need no grant of its own, but obey its Denies.
    pub(super) fn of(
        holdings: Holdings<'a>,
        extra: Vec<(Holding<'a>, Right)>,
        facts: &impl Facts,
    ) -> Self {
        let Holdings { identity, boundary, levels, denies: more, guards, mut gaps } = holdings;
        let mut rights = Vec::new();
        let mut denies = Vec::new();
        for (index, holding) in identity.iter().enumerate() {
            for reading in read(holding, facts) {
                match holding.statement.effect {
                    Effect::Allow => rights.push(Right::new(
                        reading.actions,
                        reading.resources,
                        reading.when,
                        index,
                    )),
                    Effect::Deny => denies.push(reading),
                }
            }
        }
        let mut work = Work::default();
        for cap in &boundary {
            rights = cap_with(rights, cap, facts, &mut denies, &mut work);
        }
        let mut holdings = identity;
        for (holding, mut right) in extra {
            right.holding = holdings.len();
            holdings.push(holding);
            rights.push(right);
        }
        for cap in &levels {
            rights = cap_with(rights, cap, facts, &mut denies, &mut work);
        }
        denies.extend(more.iter().flat_map(|holding| read(holding, facts)));
        if let Fact::One(home) = facts.fact("aws:principalaccount") {
            let guards = guards.iter().flat_map(|holding| read(holding, facts));
            denies.extend(guards.flat_map(|reading| guarding(reading, home)));
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
        Self { holdings, rights, gaps, places: OnceLock::new() }
    }

    /// The statements of these numbers for a report, each once.
    pub(super) fn grants(&self, holdings: &[usize]) -> Vec<Grant> {
        let mut grants = Vec::new();
        for grant in holdings.iter().filter_map(|&at| self.holdings.get(at)).map(Holding::grant) {
            if !grants.contains(&grant) {
                grants.push(grant);
            }
        }
        grants
    }
}

/// A Deny of a resource control policy on what the account certainly holds, and on
/// what it may hold. ARNs of buckets and their objects do not tell.
fn guarding(reading: Reading, home: &str) -> [Reading; 2] {
    let services: Vec<_> =
        GUARDED.iter().map(|service| Extent::of(format!("{service}:*").into())).collect();
    let actions =
        difference(&both(&reading.actions, &services), &[Extent::of("kms:retiregrant".into())]);
    let held = [Extent::of(format!("arn:*:{home}:*").into())];
    let unplaced = [Extent::of("arn:*:s3:::*".into())];
    let same_account = "not (the resource is of the same account)".to_owned();
    [
        Reading {
            actions: actions.clone(),
            resources: both(&reading.resources, &held),
            when: reading.when.clone(),
            unless: reading.unless.clone(),
        },
        Reading {
            actions,
            resources: both(&reading.resources, &unplaced),
            when: reading.when,
            unless: Some(
                reading.unless.into_iter().chain([same_account]).collect::<Vec<_>>().join(" or "),
            ),
        },
    ]
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
        // Comparing two patterns takes, at worst, the product of their lengths.
        let size = |extents: &[Extent]| -> usize {
            let patterns =
                extents.iter().flat_map(|extent| extent.all.iter().chain(&extent.except));
            extents.len() + patterns.map(|pattern| pattern.len()).sum::<usize>()
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

/// `rights` within a cap; its Denies are added to `denies`.
fn cap_with(
    mut rights: Vec<Right>,
    cap: &Cap<'_>,
    facts: &impl Facts,
    denies: &mut Vec<Reading>,
    work: &mut Work,
) -> Vec<Right> {
    if let Cap::Unknown(reason) = cap {
        for right in &mut rights {
            right.when = std::mem::take(&mut right.when).unless_known(|| reason.clone());
        }
        return rights;
    }
    let mut allows = Vec::new();
    for holding in cap.statements() {
        let readings = read(holding, facts);
        match holding.statement.effect {
            Effect::Allow => allows.extend(readings),
            Effect::Deny => denies.extend(readings),
        }
    }
    cap_by(rights, &allows, work)
}

/// `rights` within what a boundary allows.
fn cap_by(rights: Vec<Right>, allows: &[Reading], work: &mut Work) -> Vec<Right> {
    let mut capped = Vec::new();
    for right in rights {
        let whole = allows.iter().any(|allow| {
            allow.when.is_always()
                && covers_all(&allow.actions, &right.actions)
                && covers_all(&allow.resources, &right.resources)
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
            let when = right.when.clone().with(&allow.when);
            capped.push(Right::new(actions, resources, when, right.holding));
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
        let Right { resources, when, holding, .. } = right;
        if !missed.is_empty() {
            rest.push(Right::new(missed, resources, when.clone(), holding));
        }
        if !outside.is_empty() {
            rest.push(Right::new(hit.clone(), outside, when.clone(), holding));
        }
        if let Some(unless) = &deny.unless {
            rest.push(Right::new(hit, inside, when.and(unless.clone()), holding));
        }
    }
    rest
}
