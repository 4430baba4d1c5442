//! Granted: the most that an agent's credentials and configuration let it do.
//!
//! The ladder over capabilities is semantics' own: no mutating one is 1, all
//! gated is 2, ungated reversible ones with an acknowledgement are 3, without
//! one 4, and one ungated destructive, escalating or unknown one is 5. Risks
//! that no level justifies put an agent beyond the ladder.
//!
//! What an identity can become counts as what it holds: a path that is certain is
//! escalating, 5; one that is only possible makes a lower reading a floor.

mod guard;

use std::collections::BTreeSet;

use crate::{
    assess::{assessment::Granted, holdings::Holdings},
    model::{
        capability::{Capability, Condition, Reach, RiskClass, RiskHit},
        effect::Effect,
        gate::GateKind,
        level::{Autonomy, Level},
        path::Path,
    },
};

/// One reading of the ladder, with what decides it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// Where on the ladder.
    pub autonomy: Autonomy,
    /// Ids of the deciding capabilities or rules of the deciding risks.
    pub because: Vec<String>,
    /// One phrase for a person.
    pub reason: String,
    /// What may put it higher and is not known to: the reading is then a floor.
    /// None where it is at the top.
    pub may: Option<String>,
}

impl Reading {
    /// A rung of the ladder, and what decides it.
    fn on(level: Level, because: Vec<String>, reason: String) -> Self {
        Self { autonomy: Autonomy::On(level), because, reason, may: None }
    }
}

/// At most this many ids are named as deciding.
const NAMED: usize = 12;

/// Where a set of capabilities and risks stands on the ladder.
#[must_use]
pub fn read_ladder(capabilities: &[&Capability], risks: &[&RiskHit]) -> Reading {
    let beyond: Vec<&RiskHit> =
        risks.iter().copied().filter(|risk| puts_beyond_ladder(risk)).collect();
    if let Some(first) = beyond.first() {
        return Reading {
            autonomy: Autonomy::BeyondLadder,
            because: rules(&beyond),
            reason: short(first, &beyond),
            may: None,
        };
    }
    let reading = of_capabilities(capabilities);
    if reading.autonomy.number() == 5 {
        return reading;
    }
    let (certain, possible): (Vec<&RiskHit>, Vec<&RiskHit>) = risks
        .iter()
        .copied()
        .filter(|risk| leads_on(risk))
        .partition(|risk| risk.condition == Condition::Always);
    if let Some(first) = certain.first() {
        let reason = format!("escalating: {}", short(first, &certain));
        return Reading::on(Level::L5, rules(&certain), reason);
    }
    let may = possible.first().map(|first| {
        let title = short(first, &possible);
        match title.strip_prefix("may ") {
            Some(_) => format!("it {title}"),
            None => format!("it may be that it {title}"),
        }
    });
    Reading { may, ..reading }
}

/// Where the capabilities alone stand.
fn of_capabilities(capabilities: &[&Capability]) -> Reading {
    let mutating = || capabilities.iter().copied().filter(|cap| cap.is_mutating());
    let ungated = || mutating().filter(|cap| !cap.gate.holds());
    let irreversible: Vec<_> = ungated().filter(|cap| cap.is_irreversible()).collect();
    if let Some(worst) = irreversible.iter().max_by_key(|cap| (cap.effect_known, cap.effect)) {
        return Reading::on(Level::L5, ids(&irreversible), format!("ungated {}", worst.action));
    }
    let reversible: Vec<_> = ungated().collect();
    if let Some(first) = reversible.first() {
        let acknowledged = reversible.iter().all(|cap| cap.gate.kind == GateKind::Acknowledge);
        let (level, word) = if acknowledged {
            (Level::L3, "acknowledged afterwards")
        } else {
            (Level::L4, "reversible, ungated")
        };
        return Reading::on(level, ids(&reversible), format!("{}: {word}", first.action));
    }
    let gated: Vec<_> = mutating().collect();
    if gated.is_empty() {
        return Reading::on(Level::L1, Vec::new(), "changes nothing".to_owned());
    }
    if gated.iter().all(|cap| cap.gate.kind == GateKind::Deny) {
        return Reading::on(Level::L1, ids(&gated), "every change is denied".to_owned());
    }
    Reading::on(Level::L2, ids(&gated), "every change is gated".to_owned())
}

/// What a risk is called, and how many other rules there are among `all`.
fn short(risk: &RiskHit, all: &[&RiskHit]) -> String {
    let mut title = risk.title.clone();
    if let Some(first) = title.get(..1) {
        title = format!("{}{}", first.to_lowercase(), title.get(1..).unwrap_or_default());
    }
    match all.iter().map(|risk| &risk.rule).collect::<BTreeSet<_>>().len() {
        0 | 1 => title,
        rules => format!("{title}, and {} more", rules - 1),
    }
}

/// The first few rules, in order.
fn rules(risks: &[&RiskHit]) -> Vec<String> {
    let rules: BTreeSet<&str> = risks.iter().map(|risk| risk.rule.as_str()).collect();
    rules.into_iter().take(NAMED).map(str::to_owned).collect()
}

/// Whether a risk alone puts its agent beyond the ladder. Conditions on a
/// database write are its guardrails; conditions do not make an administrator
/// or a self-escalation safe.
#[must_use]
pub fn puts_beyond_ladder(risk: &RiskHit) -> bool {
    let guarded = risk.class == RiskClass::DatabaseWrite
        && matches!(&risk.condition, Condition::If(conditions) if conditions.iter().any(|c| guard::binds(c)));
    risk.class.is_beyond_ladder() && !guarded
}

/// How the rules about paths are called (`rubric/paths/`).
const PATHS: [&str; 2] = ["K8S-PATH-", "AWS-PATH-"];

fn tells_of_path(rule: &str) -> bool {
    PATHS.iter().any(|paths| rule.starts_with(paths))
}

/// Whether a risk tells that an identity becomes more than its own rights say,
/// within some bounds.
///
/// Only paths do. Every other risk of class escalation speaks of permissions, and
/// each of these is a capability with an effect and a gate of its own: what the
/// class would add was decided there, for some on purpose as reversible (`patch
/// services`), and behind a gate it would be counted although it is gated. The same
/// goes for AWS, where a condition never takes a capability away. The rights at the
/// end of a path are nobody's capability, so that a mere read may lead to them.
#[must_use]
pub fn leads_on(risk: &RiskHit) -> bool {
    tells_of_path(&risk.rule) && risk.class >= RiskClass::Escalation && !puts_beyond_ladder(risk)
}

/// The risks of one identity that count for the ladder: all but paths behind gates.
///
/// A path says nothing of gates. Where all that an identity holds is gated except
/// plain reading, no path can start without passing one, and counting it would deny
/// the gates what they are worth. A single right that is not gated, or a step that
/// takes none (a pod's own node), and all paths count: another, longer one than
/// those told may start there.
pub fn counting_risks(reach: &Reach) -> impl Iterator<Item = &RiskHit> {
    let mut more = reach
        .capabilities
        .iter()
        .filter(|cap| cap.effect != Effect::Read || !cap.effect_known)
        .peekable();
    let takes_a_right = |path: &Path| path.hops.first().is_some_and(|hop| !hop.grants.is_empty());
    let is_gated = more.peek().is_some()
        && more.all(|cap| cap.gate.holds())
        && reach.gaps.is_empty()
        && reach.paths.iter().all(takes_a_right);
    reach.risks.iter().filter(move |risk| !is_gated || !leads_on(risk))
}

/// Whether a risk alone puts granted above `target`, or may.
#[must_use]
pub fn risk_offends(risk: &RiskHit, target: u8) -> bool {
    puts_beyond_ladder(risk) || (target < Level::L5.number() && leads_on(risk))
}

/// The first few ids, in order.
fn ids(capabilities: &[&Capability]) -> Vec<String> {
    capabilities.iter().take(NAMED).map(|cap| cap.id.clone()).collect()
}

/// The granted level of an agent, and that of its credential alone.
///
/// Where the tool layer is the sole path to the credential, what counts is what
/// passes both; else the agent can walk around its tools, and the credential
/// counts. Tools that carry a credential of their own count in any case.
#[must_use]
pub fn granted(holdings: &Holdings) -> Granted {
    let seen_whole = holdings.unseen.is_empty();
    let capabilities: Vec<_> = holdings.credential_capabilities().collect();
    let risks: Vec<_> = holdings.credentials.iter().flat_map(counting_risks).collect();
    let floor = read_ladder(&capabilities, &risks);
    let credential = (seen_whole || floor.autonomy.number() == 5).then_some(&floor);
    let sole = holdings.tools_are_sole_path();
    let has_gaps = holdings.credential_gaps().next().is_some();
    let through_tools = sole.then(|| {
        let capabilities: Vec<_> = holdings.shared_credential_tools().collect();
        read_ladder(&capabilities, &[])
    });
    let own = holdings.tools.as_ref().map(|layer| {
        let capabilities: Vec<_> = holdings.own_credential_tools().collect();
        let risks: Vec<_> = layer.risks.iter().collect();
        read_ladder(&capabilities, &risks)
    });

    let base = match (credential, through_tools.as_ref()) {
        (Some(credential), Some(tools)) if seen_whole && !has_gaps && credential.may.is_none() => {
            Some(lower(credential, tools))
        }
        (_, Some(tools)) => Some(tools),
        (Some(credential), None) => Some(credential),
        (None, None) => None,
    };
    let deciding = match (base, own.as_ref()) {
        (Some(base), Some(own)) if own.autonomy > base.autonomy => Some(own),
        (Some(base), _) => Some(base),
        (None, Some(own)) if own.autonomy.number() == 5 => Some(own),
        (None, _) => None,
    };
    // A gap may hide rights, and a path that is possible may be open, so a reading
    // below the top is then only a floor.
    let has_hidden = if sole {
        holdings.tools.as_ref().is_some_and(|layer| !layer.gaps.is_empty())
    } else {
        has_gaps
    };
    let hidden = deciding.filter(|reading| reading.autonomy.number() < 5).and_then(|reading| {
        let may = floor.may.clone().filter(|_| !sole);
        let gap = || format!("{}, and something it holds could not be read", reading.reason);
        may.or_else(|| has_hidden.then(gap))
    });
    let leads_somewhere = floor.may.is_some();
    // Through tools alone it may do no more than the credential, of which what was
    // read is the least.
    let least = |reading: &Reading| {
        let base = if sole { reading.autonomy.min(floor.autonomy) } else { reading.autonomy };
        base.max(own.as_ref().map_or(base, |own| own.autonomy)).number()
    };
    let shown = deciding.filter(|_| hidden.is_none());
    Granted {
        level: shown.map(|reading| reading.autonomy.number()),
        at_least: hidden.as_ref().and(deciding).map(least).filter(|level| {
            // Of who may hold nothing at all not even looking is known.
            *level > Level::L1.number() || leads_somewhere
        }),
        beyond_ladder: shown.is_some_and(|reading| reading.autonomy == Autonomy::BeyondLadder),
        credential_level: credential
            .filter(|reading| reading.may.is_none())
            .map(|reading| reading.autonomy.number()),
        credential_beyond_ladder: credential
            .is_some_and(|reading| reading.autonomy == Autonomy::BeyondLadder),
        because: deciding.map(|reading| reading.because.clone()).unwrap_or_default(),
        reason: match (deciding, hidden) {
            (Some(reading), None) => reading.reason.clone(),
            (Some(reading), Some(hidden)) => {
                format!("level {} or above: {hidden}", reading.autonomy.number())
            }
            (None, _) => holdings.unseen.join("; "),
        },
    }
}

/// The possible paths for which the granted level is not known, in the order of
/// the credentials.
#[must_use]
pub fn undecided_paths<'h>(granted: &Granted, holdings: &'h Holdings) -> Vec<&'h RiskHit> {
    if granted.level.is_some() || holdings.tools_are_sole_path() {
        return Vec::new();
    }
    let counting = holdings.credentials.iter().flat_map(counting_risks);
    counting.filter(|risk| leads_on(risk)).collect()
}

/// The lower of two readings: what passes both.
fn lower<'a>(credential: &'a Reading, tools: &'a Reading) -> &'a Reading {
    if credential.autonomy < tools.autonomy { credential } else { tools }
}

#[cfg(test)]
mod tests;
