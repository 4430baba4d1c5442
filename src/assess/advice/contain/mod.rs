//! Contain: exactly the grants that put granted above earned, cut or gated.
//!
//! Every grant of every offending capability is named, so that no other path to
//! it survives. What an identity of a cluster or an account would still hold is worked
//! out by the same engine, cut after cut, until nothing offends or nothing more can be
//! cut; of tools, what no cut place gives is what remains. Then the
//! ladder is read again, and the last step says where that leaves the agent, and
//! by which way it still reaches what it should not.
//!
//! What an identity can become offends below level 5, and what it only may become
//! does so too: who is told to cut has too much as it is, and a change that promises
//! a level keeps it only if nothing unknown is left. An agent that is above for
//! nothing else is not contained; there `prove` says what would settle it.

mod account;
mod change;
mod cluster;
mod held_by;
mod nodes;
#[cfg(test)]
mod tests;
mod trust;

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    assess::{
        assessment::Step,
        granted::{counting_risks, puts_beyond_ladder, read_ladder, risk_offends},
        holdings::{Estate, Holdings},
    },
    model::{
        agent::AgentId,
        capability::{Capability, Grant, Plane, RiskHit},
        effect::Effect,
        finding::Severity,
        gate::GateKind,
        level::Autonomy,
        location::Location,
        path::Path,
        principal::Principal,
        text::some_of,
    },
};

use cluster::Contained;

/// The identities of every agent of the report.
#[derive(Debug, Clone, Copy)]
pub struct Sharing<'a>(pub &'a [(AgentId, Option<String>, Vec<Principal>)]);

impl<'a> Sharing<'a> {
    /// The agents beside `agent` that act as `principal`.
    fn others(self, agent: &AgentId, principal: &Principal) -> Vec<&'a AgentId> {
        let acts = |(id, _, principals): &&(AgentId, Option<String>, Vec<Principal>)| {
            id != agent && principals.contains(principal)
        };
        self.0.iter().filter(acts).map(|(id, ..)| id).collect()
    }
}

/// Ways that remain and are named; the rest is counted.
const REMAINING: usize = 4;

/// The steps that bring an agent down to `earned` (1 at least: looking is what
/// every agent may do), worst first. Empty where it is there already.
#[must_use]
pub fn contain(
    agent: &AgentId,
    estate: &Estate<'_>,
    holdings: &Holdings,
    earned: u8,
    sharing: Sharing<'_>,
) -> Vec<Step> {
    let target = earned.max(1);
    let (mut contained, mut in_planes) = cluster::contain(agent, estate, holdings, target, sharing);
    let (accounts, in_accounts) = account::contain(agent, estate, holdings, target, sharing);
    contained.extend(accounts);
    in_planes.extend(in_accounts);
    // What clusters and accounts give is cut there; the rest goes by the places that give it.
    let closed = closed(holdings, &contained, target);
    let elsewhere = |reach: usize| {
        !contained.iter().any(|one| one.credential == reach) && !closed.contains(&reach)
    };
    let (capabilities, risks) = holdings.effective_where(&elsewhere);
    let offending: Vec<&Capability> =
        capabilities.iter().copied().filter(|cap| offends(cap, target)).collect();
    let offending_risks: Vec<&RiskHit> =
        risks.iter().copied().filter(|risk| risk_offends(risk, target)).collect();

    let kept_off = nodes::Kept::of(estate, holdings, target);
    let mut cuts: BTreeMap<Place<'_>, Cut<'_>> = BTreeMap::new();
    for risk in offending_risks.iter().filter(|risk| !kept_off.ends(&risk.grants)) {
        for grant in &risk.grants {
            cut(&mut cuts, grant).risks.push(risk);
        }
    }
    for capability in &offending {
        for grant in &capability.grants {
            cut(&mut cuts, grant).capabilities.push(capability);
        }
    }
    let mut steps: Vec<Step> = as_told(&cuts).iter().map(Cut::step).collect();
    steps.extend(in_planes);
    steps.extend(kept_off.steps());
    steps.sort_by(|a, b| {
        b.severity
            .cmp(&a.severity)
            .then_with(|| b.settles.cmp(&a.settles))
            .then_with(|| a.location.cmp(&b.location))
    });

    let survives = |grants: &[Grant]| {
        let is_cut = |grant: &Grant| cuts.contains_key(&place_of(grant));
        !kept_off.ends(grants) && (grants.is_empty() || !grants.iter().all(is_cut))
    };
    let left: Vec<&Capability> = capabilities
        .iter()
        .copied()
        .filter(|cap| !offends(cap, target) || survives(&cap.grants))
        .chain(contained.iter().flat_map(|one| &one.left.capabilities))
        .collect();
    let left_risks: Vec<&RiskHit> = risks
        .iter()
        .copied()
        .filter(|risk| !risk_offends(risk, target) || survives(&risk.grants))
        .chain(contained.iter().flat_map(|one| counting_risks(&one.left)))
        .collect();
    let after = read_ladder(&left, &left_risks);
    if let Some(last) = steps.last_mut() {
        let then = match (after.autonomy, &after.may) {
            (Autonomy::On(level), None) => {
                format!("after all of these, what was read grants level {level}")
            }
            (Autonomy::On(level), Some(may)) => {
                format!("after all of these, what was read grants level {level} or above: {may}")
            }
            (Autonomy::BeyondLadder, _) => "and even then another path remains".to_owned(),
        };
        last.reason = format!("{}; {then}", last.reason);
        let remaining: Vec<&str> =
            contained.iter().flat_map(|c| &c.remaining).map(String::as_str).collect();
        for one in remaining.iter().take(REMAINING) {
            last.reason.push_str("; ");
            last.reason.push_str(one);
        }
        if remaining.len() > REMAINING {
            last.reason.push_str(&format!("; and {} more", remaining.len() - REMAINING));
        }
    }
    steps
}

/// The credentials that are nothing but paths which begin as AWS principals that are
/// contained and left with reading only: who may change nothing takes no step.
fn closed(holdings: &Holdings, contained: &[Contained], target: u8) -> BTreeSet<usize> {
    let only_reads = |one: &&Contained| {
        let left = &one.left;
        left.gaps.is_empty()
            && !left.capabilities.iter().any(Capability::is_mutating)
            && !left.risks.iter().any(|risk| risk_offends(risk, target))
    };
    let still: BTreeSet<usize> =
        contained.iter().filter(only_reads).map(|one| one.credential).collect();
    let principals = holdings.in_accounts.iter().filter(|own| still.contains(&own.credential));
    let principals: BTreeSet<&str> = principals.map(|own| own.arn.as_str()).collect();
    let begins =
        |path: &Path| path.hops.first().is_some_and(|hop| principals.contains(hop.from.as_str()));
    let credentials = holdings.credentials.iter().enumerate();
    credentials
        .filter(|(_, reach)| reach.capabilities.is_empty() && !reach.paths.is_empty())
        .filter(|(_, reach)| reach.paths.iter().all(begins))
        .map(|(number, _)| number)
        .collect()
}

/// Whether a capability alone puts granted above `target`.
fn offends(capability: &Capability, target: u8) -> bool {
    if !capability.is_mutating()
        || (capability.gate.kind == GateKind::Deny && capability.gate.holds())
    {
        return false;
    }
    let irreversible = capability.is_irreversible();
    match target {
        0 | 1 => true,
        2 => !capability.gate.holds(),
        3 => {
            !capability.gate.holds()
                && (irreversible || capability.gate.kind != GateKind::Acknowledge)
        }
        4 => !capability.gate.holds() && irreversible,
        _ => false,
    }
}

/// What one place gives that must go.
#[derive(Clone)]
struct Cut<'a> {
    grant: &'a Grant,
    risks: Vec<&'a RiskHit>,
    capabilities: Vec<&'a Capability>,
}

/// The place where a grant is cut.
fn cut_place(grant: &Grant) -> &Location {
    grant.cut_at.as_ref().unwrap_or(&grant.location)
}

/// A place where grants are cut, with what a grant is called where the place is no
/// more than a file: evidence without lines holds many in one.
type Place<'a> = (&'a Location, Option<&'a str>);

fn place_of(grant: &Grant) -> Place<'_> {
    let place = cut_place(grant);
    (place, place.line.is_none().then_some(&*grant.description))
}

/// The cut at a grant's place, made on first need.
fn cut<'a, 'm>(cuts: &'m mut BTreeMap<Place<'a>, Cut<'a>>, grant: &'a Grant) -> &'m mut Cut<'a> {
    cuts.entry(place_of(grant)).or_insert_with(|| Cut {
        grant,
        risks: Vec::new(),
        capabilities: Vec::new(),
    })
}

/// The cuts as a person makes them: tools that stand in one place are one.
fn as_told<'a>(cuts: &BTreeMap<Place<'a>, Cut<'a>>) -> Vec<Cut<'a>> {
    let mut told: Vec<Cut<'a>> = Vec::new();
    for one in cuts.values() {
        match told.last_mut() {
            Some(last)
                if last.is_of_tools()
                    && one.is_of_tools()
                    && cut_place(last.grant) == cut_place(one.grant) =>
            {
                last.capabilities.extend(&one.capabilities);
            }
            _ => told.push(one.clone()),
        }
    }
    told
}

impl Cut<'_> {
    /// Whether it takes tools and nothing else.
    fn is_of_tools(&self) -> bool {
        self.risks.is_empty() && self.capabilities.iter().all(|cap| cap.plane == Plane::Mcp)
    }

    /// The step for a person.
    fn step(&self) -> Step {
        let place = cut_place(self.grant);
        let object = place.object.as_deref().unwrap_or(&place.path);
        let tool = self.capabilities.iter().find(|cap| cap.plane == Plane::Mcp);
        let (action, change) = if let Some(risk) = self.risks.first() {
            (format!("cut {object}"), Some(risk.remedy.clone()))
        } else if tool.is_some() {
            (
                format!(
                    "gate or drop {}",
                    listed(self.capabilities.iter().map(|cap| cap.action.as_str()))
                ),
                Some(format!(
                    "In {place}, put these behind a human approval or remove them: {}.",
                    every(&self.capabilities)
                )),
            )
        } else {
            (
                format!("drop {}", listed(self.capabilities.iter().map(|cap| cap.action.as_str()))),
                Some(format!("Remove from {object}: {}.", every(&self.capabilities))),
            )
        };
        let unbind = kubectl_unbind(object).filter(|_| !self.risks.is_empty());
        Step {
            id: self
                .risks
                .first()
                .map(|risk| risk.rule.clone())
                .or_else(|| self.capabilities.first().map(|cap| cap.id.clone()))
                .unwrap_or_default(),
            action,
            reason: self
                .risks
                .first()
                .map(|risk| risk.message.clone())
                .unwrap_or_else(|| self.grant.description.clone()),
            location: Some(place.clone()),
            change: unbind.or(change),
            severity: match self.risks.iter().map(|risk| severity_of(risk)).max() {
                Some(severity) => severity,
                None => worst_severity(self.capabilities.iter().map(|cap| cap.effect)),
            },
            settles: u32::try_from(self.capabilities.len() + self.risks.len()).unwrap_or(u32::MAX),
        }
    }
}

/// How bad it is that a risk stands: no level justifies the worst.
fn severity_of(risk: &RiskHit) -> Severity {
    if puts_beyond_ladder(risk) { Severity::Critical } else { risk.severity }
}

/// How bad the worst of some effects is.
fn worst_severity(effects: impl Iterator<Item = Effect>) -> Severity {
    match effects.max() {
        Some(Effect::Destructive | Effect::Escalation | Effect::Guardrail) => Severity::High,
        Some(Effect::Reversible) => Severity::Medium,
        Some(Effect::Read | Effect::SensitiveRead) | None => Severity::Low,
    }
}

/// The command that removes a binding, if `object` is one whose name can be
/// pasted into a shell: names come from evidence, and evidence is hostile.
fn kubectl_unbind(object: &str) -> Option<String> {
    let harmless = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | ':' | '.' | '_' | '-');
    if !object.chars().all(harmless) || object.contains("/-") {
        return None;
    }
    let mut parts = object.split('/');
    match (parts.next()?, parts.next()?, parts.next()) {
        ("ClusterRoleBinding", name, None) => {
            Some(format!("kubectl delete clusterrolebinding {name}"))
        }
        ("RoleBinding", namespace, Some(name)) => {
            Some(format!("kubectl delete rolebinding {name} --namespace {namespace}"))
        }
        _ => None,
    }
}

/// The first actions, and how many more.
fn listed<'a>(actions: impl Iterator<Item = &'a str>) -> String {
    const SHOWN: usize = 2;
    let actions: BTreeSet<&str> = actions.collect();
    let actions: Vec<String> = actions.into_iter().map(|action| format!("`{action}`")).collect();
    some_of(&actions, SHOWN)
}

/// All actions.
fn every(capabilities: &[&Capability]) -> String {
    let actions: BTreeSet<&str> = capabilities.iter().map(|cap| cap.action.as_str()).collect();
    actions.into_iter().collect::<Vec<_>>().join(", ")
}
