//! Cuts in a cluster's RBAC, and what an identity holds once they are made.
//!
//! A role is never edited: others may be bound to it, today or tomorrow. What stays
//! goes into a role of the agent's own, and the old binding loses the agent. What
//! is held through a group cannot be cut for one member; the step says what a
//! person has to do, and counts as done in what is worked out afterwards. What an
//! entry of EKS or of `aws-auth` gives is taken out of that entry.
//!
//! A binding that names several identities of the agent is one step: whoever
//! follows it takes all of them out.

use std::{
    cell::Cell,
    collections::{BTreeMap, BTreeSet},
};

use rustc_hash::FxHashMap;

use super::{
    Sharing,
    change::{Change, Part},
    held_by::{Association, Entries, HeldBy},
    listed, offends, severity_of, worst_severity,
};
use crate::{
    assess::{
        assessment::Step,
        granted::{counting_risks, puts_beyond_ladder, risk_offends},
        holdings::{Estate, Holdings, InCluster},
        manifest::Rule,
    },
    model::{
        agent::AgentId,
        capability::{Capability, Grant, Reach, RiskHit},
        effect::Effect,
        finding::Severity,
        kubernetes::{
            Scope,
            rbac::{Binding, PolicyRule},
        },
        location::Location,
        path::Path,
        principal::Principal,
    },
    privilege::rbac::{Closure, Evaluator, Held, Identity},
};

/// Each round cuts all that offends and is told; a list of grants that was cut
/// short hides some until the next. Past this many rounds the rest is named.
const ROUNDS: usize = 24;

/// The group whose members pass every check.
const MASTERS: &str = "system:masters";

/// One identity, contained.
#[derive(Debug)]
pub(super) struct Contained {
    /// The position of its reach among the agent's credentials.
    pub(super) credential: usize,
    /// What it holds after all steps.
    pub(super) left: Reach,
    /// By which way it still reaches what it should not, in words.
    pub(super) remaining: Vec<String>,
}

/// Contains every identity of a cluster that counts for the agent's granted level:
/// each with what is left to it, and the steps that do it, one for each binding.
pub(super) fn contain(
    agent: &AgentId,
    estate: &Estate<'_>,
    holdings: &Holdings,
    target: u8,
    sharing: Sharing<'_>,
) -> (Vec<Contained>, Vec<Step>) {
    if holdings.tools_are_sole_path() {
        return Default::default();
    }
    let clusters: Vec<&str> =
        estate.evidence().clusters.iter().map(|cluster| &*cluster.source).collect();
    let principals: BTreeSet<&Principal> =
        holdings.in_clusters.iter().map(|own| own.identity.principal()).collect();
    let mut all = Vec::new();
    let mut steps = Vec::new();
    let mut cuts = Vec::<Cut<'_>>::new();
    for own in &holdings.in_clusters {
        let Some(cluster) = estate.cluster(own.cluster) else { continue };
        let Some(reach) = holdings.credentials.get(own.credential) else { continue };
        let others = sharing.others(agent, own.identity.principal());
        // What one agent's steps leave to an identity, another's must not have
        // taken: of a shared one both leave what looks, and nothing else.
        let target = if others.is_empty() { target } else { target.min(1) };
        let entries = Entries::of(cluster.index().snapshot(), own.mapped.as_deref(), &own.identity);
        let case = Case { cluster, identity: &own.identity, entries, target, others };
        // Of one that is come to from another plane the grants tell that way, too.
        let plain = own.identity.mapping().map(|_| cluster.reach(&own.identity));
        let (contained, own_cuts, own_steps) = case.contain(own, plain.as_ref().unwrap_or(reach));
        all.push(contained);
        steps.extend(own_steps);
        for cut in own_cuts {
            let is_it = |known: &&mut Cut<'_>| (known.cluster, &known.by) == (cut.cluster, &cut.by);
            match cuts.iter_mut().find(is_it) {
                Some(known) => known.join(cut),
                None => cuts.push(cut),
            }
        }
    }
    steps.extend(cuts.iter().map(|cut| {
        let cluster = clusters.get(cut.cluster).filter(|_| clusters.len() > 1).copied();
        cut.step(agent, principals.len() > 1, cluster)
    }));
    (all, steps)
}

/// A binding that loses identities of the agent, or what else gives them rights.
struct Cut<'c> {
    /// The number of its cluster.
    cluster: usize,
    by: HeldBy,
    /// What the reader calls it.
    name: String,
    /// Where it names the first of them.
    location: Location,
    /// The grant that offends, in words.
    grant: String,
    against: Against,
    parts: Vec<Part<'c>>,
    /// Those that put the identity in `groups`, which it leaves.
    entries: Entries<'c>,
    groups: BTreeSet<String>,
}

impl Cut<'_> {
    fn step(&self, agent: &AgentId, several: bool, cluster: Option<&str>) -> Step {
        let risk = self.against.risk();
        let capabilities = &self.against.capabilities;
        let Self { by, parts, entries, groups, .. } = self;
        let change = Change { agent, several, cluster, by, parts, entries, groups };
        Step {
            id: risk
                .map(|told| told.rule.clone())
                .or_else(|| capabilities.keys().next().cloned())
                .unwrap_or_default(),
            action: match risk {
                Some(_) => format!("cut {}", self.name),
                None => {
                    let actions = capabilities.values().map(|(action, _)| action.as_str());
                    format!("drop {}", listed(actions))
                }
            },
            reason: risk.map_or_else(|| self.grant.clone(), |told| told.message.clone()),
            location: Some(self.location.clone()),
            change: Some(change.text()),
            severity: match risk {
                Some(told) => told.severity,
                None => worst_severity(capabilities.values().map(|(_, effect)| *effect)),
            },
            settles: self.against.settles(),
        }
    }
}

impl<'c> Cut<'c> {
    /// The same, for another identity or another of its bindings.
    fn join(&mut self, other: Cut<'c>) {
        self.against.join(other.against);
        self.parts.extend(other.parts);
        self.groups.extend(other.groups);
    }
}

/// What becomes of a held rule.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Fate {
    Kept,
    /// These stay of it.
    Narrowed(Vec<PolicyRule>),
    Gone,
}

/// What speaks against a binding.
#[derive(Debug, Default)]
pub(super) struct Against {
    /// Each rule once, the worst first.
    risks: Vec<Told>,
    /// Action and effect of each capability by its id.
    capabilities: BTreeMap<String, (String, Effect)>,
}

/// A risk, as a step tells it.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) rule: String,
    pub(super) message: String,
    pub(super) severity: Severity,
    /// Whether no level justifies it.
    is_beyond: bool,
}

impl Against {
    pub(super) fn add(&mut self, offences: &Offences<'_>) {
        for risk in &offences.risks {
            if !self.risks.iter().any(|told| told.rule == risk.rule) {
                self.risks.push(Told {
                    rule: risk.rule.clone(),
                    message: risk.message.clone(),
                    severity: severity_of(risk),
                    is_beyond: puts_beyond_ladder(risk),
                });
            }
        }
        for capability in &offences.capabilities {
            self.capabilities
                .entry(capability.id.clone())
                .or_insert_with(|| (capability.action.clone(), capability.effect));
        }
    }

    fn join(&mut self, other: Self) {
        for told in other.risks {
            if !self.risks.iter().any(|known| known.rule == told.rule) {
                self.risks.push(told);
            }
        }
        for (id, told) in other.capabilities {
            self.capabilities.entry(id).or_insert(told);
        }
    }

    /// The risk that is told: one that no level justifies; of the others, one that
    /// says what no capability does.
    pub(super) fn risk(&self) -> Option<&Told> {
        let beyond = self.risks.iter().find(|told| told.is_beyond);
        beyond.or_else(|| self.risks.first().filter(|_| self.capabilities.is_empty()))
    }

    /// Action and effect of each capability, by its id.
    pub(super) fn capabilities(&self) -> &BTreeMap<String, (String, Effect)> {
        &self.capabilities
    }

    pub(super) fn settles(&self) -> u32 {
        u32::try_from(self.capabilities.len() + self.risks.len()).unwrap_or(u32::MAX)
    }
}

/// What one grant gives that puts the identity above the target.
#[derive(Debug, Default)]
pub(super) struct Offences<'r> {
    risks: Vec<&'r RiskHit>,
    capabilities: Vec<&'r Capability>,
}

/// What of a reach puts it above the target, by the grants that give it.
pub(super) fn offences(reach: &Reach, target: u8) -> BTreeMap<&Grant, Offences<'_>> {
    let mut all = BTreeMap::<&Grant, Offences<'_>>::new();
    for risk in counting_risks(reach).filter(|risk| risk_offends(risk, target)) {
        for grant in &risk.grants {
            all.entry(grant).or_default().risks.push(risk);
        }
    }
    for capability in reach.capabilities.iter().filter(|cap| offends(cap, target)) {
        for grant in &capability.grants {
            all.entry(grant).or_default().capabilities.push(capability);
        }
    }
    all
}

/// One identity to contain.
struct Case<'c> {
    cluster: &'c Evaluator<'c>,
    identity: &'c Identity,
    /// Those that make an AWS principal this identity.
    entries: Entries<'c>,
    target: u8,
    /// The other agents that act as it.
    others: Vec<&'c AgentId>,
}

impl<'c> Case<'c> {
    /// What is left, the bindings that lose it, and what else is to be done.
    fn contain(&self, own: &InCluster, reach: &Reach) -> (Contained, Vec<Cut<'c>>, Vec<Step>) {
        let closure = self.cluster.closure(self.identity);
        let mut fates = vec![Fate::Kept; closure.held.len()];
        let firsts = firsts(&closure.held);
        let mut against = BTreeMap::<usize, Against>::new();
        let mut bypass = None;
        let mut left: Option<Reach> = None;
        for _ in 0..ROUNDS {
            let reach = left.as_ref().unwrap_or(reach);
            let offences = offences(reach, self.target);
            if offences.is_empty() {
                break;
            }
            let mut changed = false;
            if let Some(grant) = &closure.bypass
                && bypass.is_none()
                && let Some(found) = offences.get(grant)
            {
                let mut reasons = Against::default();
                reasons.add(found);
                bypass = Some(reasons);
                changed = true;
            }
            for ((held, fate), &first) in closure.held.iter().zip(&mut fates).zip(&firsts) {
                if *fate == Fate::Gone {
                    continue;
                }
                let Some(found) = offences.get(&held.grant()) else { continue };
                against.entry(first).or_default().add(found);
                *fate = self.next_fate(held, fate);
                changed = true;
            }
            if !changed {
                break;
            }
            left = Some(self.after(&closure, &fates, bypass.is_some()));
        }
        let left = left.unwrap_or_else(|| reach.clone());
        let mapped = self.entries.puts_in(MASTERS);
        let groups = self.groups(&closure.held, against.keys().copied(), bypass.is_some());
        self.lost_too(&closure.held, &groups, &mut against);
        let mut steps: Vec<Step> = Vec::new();
        let mut cuts: Vec<Cut<'c>> = Vec::new();
        match bypass {
            Some(reasons) if mapped => {
                let grant = closure.bypass.as_ref().map(|grant| grant.description.clone());
                cuts.extend(self.leave(own.cluster, &groups, reasons, grant.unwrap_or_default()));
            }
            Some(reasons) => steps.push(self.leave_masters(&closure, &reasons)),
            None => {}
        }
        cuts.extend(against.into_iter().filter_map(|(first, reasons)| {
            self.cut(own.cluster, (&closure.held, &fates), first, reasons, &groups)
        }));
        let remaining = remaining(&left, self.target);
        (Contained { credential: own.credential, left, remaining }, cuts, steps)
    }

    /// What becomes of a rule that offends: less of it; or nothing, where it
    /// offends by what it allows together with others, or did so before.
    fn next_fate(&self, held: &Held<'_>, now: &Fate) -> Fate {
        if *now != Fate::Kept {
            return Fate::Gone;
        }
        let refused = Cell::new(false);
        let less = self.cluster.narrow(held, &|effect, known| {
            let stays = stays(self.target, effect, known);
            refused.set(refused.get() || !stays);
            stays
        });
        if less.is_empty() || !refused.get() { Fate::Gone } else { Fate::Narrowed(less) }
    }

    /// What is reached with what is left of a closure.
    fn after(&self, closure: &Closure<'_>, fates: &[Fate], without_bypass: bool) -> Reach {
        let held = closure
            .held
            .iter()
            .zip(fates)
            .flat_map(|(held, fate)| match fate {
                Fate::Kept => vec![*held],
                Fate::Narrowed(rules) => rules.iter().map(|rule| Held { rule, ..*held }).collect(),
                Fate::Gone => Vec::new(),
            })
            .collect();
        let left = Closure {
            held,
            bypass: closure.bypass.clone().filter(|_| !without_bypass),
            gaps: closure.gaps.clone(),
            dangling: closure.dangling.clone(),
        };
        self.cluster.reach_of(&left, self.identity)
    }

    /// The groups that the identity leaves, which its entries put it in, so that it
    /// loses bindings whose first rules are these.
    fn groups(
        &self,
        held: &[Held<'c>],
        firsts: impl Iterator<Item = usize>,
        masters: bool,
    ) -> BTreeSet<String> {
        let bindings = firsts.filter_map(|first| held.get(first)).map(|held| held.binding);
        let mut groups: BTreeSet<String> =
            bindings.flat_map(|own| self.entries.groups_of(self.identity, own)).collect();
        if masters && self.entries.puts_in(MASTERS) {
            groups.insert(MASTERS.to_owned());
        }
        groups
    }

    /// Adds the bindings that give nothing more once the groups are left and access
    /// policies are ended that others are cut by: what stays of them is written anew.
    fn lost_too(
        &self,
        held: &[Held<'c>],
        groups: &BTreeSet<String>,
        against: &mut BTreeMap<usize, Against>,
    ) {
        let ended: BTreeSet<Association> =
            against.keys().filter_map(|first| Association::of(held.get(*first)?.binding)).collect();
        for (first, one) in firsts(held).into_iter().zip(held) {
            let of_ended = Association::of(one.binding).is_some_and(|own| ended.contains(&own));
            let through = one.through_group.is_some_and(|group| groups.contains(group));
            if of_ended || through {
                against.entry(first).or_default();
            }
        }
    }

    /// By what the identity holds a rule.
    fn held_by(&self, held: &Held<'_>, groups: &BTreeSet<String>) -> HeldBy {
        if let Some(association) = Association::of(held.binding) {
            return HeldBy::Policy(association);
        }
        if held.through_group.is_some_and(|group| groups.contains(group)) {
            return HeldBy::Mapping(self.entries.name());
        }
        let bindings = &self.cluster.index().snapshot().bindings;
        HeldBy::Binding(bindings.iter().position(|own| std::ptr::eq(own, held.binding)))
    }

    /// The groups that the identity leaves, whatever they are bound to.
    fn leave(
        &self,
        cluster: usize,
        groups: &BTreeSet<String>,
        against: Against,
        grant: String,
    ) -> Option<Cut<'c>> {
        Some(Cut {
            cluster,
            by: HeldBy::Mapping(self.entries.name()),
            name: self.entries.name(),
            location: self.identity.mapping()?.clone(),
            grant,
            against,
            parts: Vec::new(),
            entries: self.entries.clone(),
            groups: groups.clone(),
        })
    }

    /// What one binding loses, the first of whose rules is `first`.
    fn cut(
        &self,
        cluster: usize,
        (held, fates): (&[Held<'c>], &[Fate]),
        first: usize,
        against: Against,
        groups: &BTreeSet<String>,
    ) -> Option<Cut<'c>> {
        let one = held.get(first)?;
        let binding = one.binding;
        let mut kept: Vec<Rule> = Vec::new();
        let mut offender: Option<&Held<'_>> = None;
        let of_binding = held.iter().zip(fates).skip(first);
        for (rule, fate) in of_binding.filter(|(held, _)| std::ptr::eq(held.binding, binding)) {
            if *fate != Fate::Kept {
                offender.get_or_insert(rule);
            }
            let rules: Vec<Rule> = match fate {
                Fate::Kept => vec![Rule::of(rule.rule)],
                Fate::Narrowed(rules) => rules.iter().map(Rule::of).collect(),
                Fate::Gone => Vec::new(),
            };
            for rule in rules {
                let usable = rule.non_resource_urls.is_empty() || binding.scope == Scope::Cluster;
                if usable && !kept.contains(&rule) {
                    kept.push(rule);
                }
            }
        }
        let place = &one.subject.location;
        let location = match &place.object {
            Some(_) => place.clone(),
            None => place.clone().with_object(binding.to_string().as_str()),
        };
        let others = self.others.clone();
        let part = Part { identity: self.identity, binding, kept, others };
        let grant = offender.unwrap_or(one).grant().description;
        let by = self.held_by(one, groups);
        if matches!(by, HeldBy::Mapping(_)) {
            let cut = self.leave(cluster, groups, against, grant)?;
            return Some(Cut { parts: vec![part], ..cut });
        }
        let groups: BTreeSet<String> = match self.entries.groups_of(self.identity, binding) {
            own if own.is_empty() => BTreeSet::new(),
            _ => groups.clone(),
        };
        let name = match &by {
            HeldBy::Policy(association) => association.name(),
            HeldBy::Binding(_) | HeldBy::Mapping(_) => binding.to_string(),
        };
        let entries = self.entries.clone();
        let parts = vec![part];
        Some(Cut { cluster, by, name, location, grant, against, parts, entries, groups })
    }

    /// RBAC is not asked about members of `system:masters`.
    fn leave_masters(&self, closure: &Closure<'_>, reasons: &Against) -> Step {
        let principal = self.identity.principal();
        Step {
            id: reasons.risk().map(|told| told.rule.clone()).unwrap_or_default(),
            action: format!("take {principal} out of group {MASTERS}"),
            reason: reasons
                .risk()
                .map(|told| told.message.clone())
                .or_else(|| closure.bypass.as_ref().map(|grant| grant.description.clone()))
                .unwrap_or_default(),
            location: closure.bypass.as_ref().map(|grant| grant.location.clone()),
            change: Some(format!(
                "No binding gives this, and none can take it away: issue the credential of {principal} anew without the group, and let the old one expire."
            )),
            severity: Severity::Critical,
            settles: reasons.settles(),
        }
    }
}

/// Ways that no cut closes.
pub(super) fn remaining(left: &Reach, target: u8) -> Vec<String> {
    let through = |grants: &[Grant]| {
        grants.first().map_or_else(
            || "what was not read".to_owned(),
            |grant| format!("{} ({})", grant.description, grant.location),
        )
    };
    let mut remaining: Vec<String> = Vec::new();
    for risk in left.risks.iter().filter(|risk| puts_beyond_ladder(risk)) {
        remaining.push(format!("still: {} through {}", risk.title, through(&risk.grants)));
    }
    for capability in left.capabilities.iter().filter(|cap| offends(cap, target)) {
        let grants = through(&capability.grants);
        remaining.push(format!("still reaches `{}` through {grants}", capability.action));
    }
    remaining.extend(left.paths.iter().map(way));
    if !left.gaps.is_empty() {
        remaining.extend(
            left.gaps
                .iter()
                .take(1)
                .map(|gap| format!("and it may hold more: {} ({})", gap.reason, gap.location)),
        );
    }
    remaining
}

/// A path in words, with the place where its first step is allowed.
fn way(path: &Path) -> String {
    let hops: Vec<&str> = path.hops.iter().map(|hop| hop.how.as_str()).collect();
    let place = path
        .hops
        .iter()
        .flat_map(|hop| &hop.grants)
        .next()
        .map_or_else(String::new, |grant| format!(" ({})", grant.location));
    let may = if path.is_certain() { "still" } else { "may still" };
    let reach = if path.is_certain() { "reaches" } else { "reach" };
    format!("{may} {reach} {}: {}{place}", path.target, hops.join(", then "))
}

/// Whether a permission of this effect, which nothing gates, may stay.
pub(super) fn stays(target: u8, effect: Effect, known: bool) -> bool {
    match target {
        0..=3 => known && !effect.is_mutating(),
        4 => known && !effect.is_irreversible(),
        _ => true,
    }
}

/// For each rule, the first one that the same binding gives.
fn firsts(held: &[Held<'_>]) -> Vec<usize> {
    let mut seen = FxHashMap::<*const Binding, usize>::default();
    let of_rule = |(number, held): (usize, &Held<'_>)| {
        *seen.entry(std::ptr::from_ref(held.binding)).or_insert(number)
    };
    held.iter().enumerate().map(of_rule).collect()
}
