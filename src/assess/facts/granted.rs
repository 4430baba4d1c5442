//! What the agent can do once its tools and gates are taken into account.

use super::{Offenders, Seen, credential};
use crate::model::{
    capability::{Capability, RiskClass},
    effect::Effect,
    fact::{FactValue, Facts},
    gate::FailMode,
};

pub(super) fn collect(seen: Seen<'_>, facts: &mut Facts) {
    match seen.granted.level {
        Some(level) => facts.know("granted.level", FactValue::Int(i64::from(level)), Vec::new()),
        None => facts.unknown("granted.level", seen.granted.reason.clone()),
    }
    let missing = missing(seen);
    let missing = missing.as_deref();
    let no_tools = seen
        .holdings
        .tools
        .is_none()
        .then_some("no client or server configuration of it is in the evidence");
    let ungated = |cap: &Capability| cap.is_mutating() && !cap.gate.holds();
    of_effective(seen, ungated).note("granted.ungatedMutating", missing, facts);
    of_effective(seen, |cap| ungated(cap) && cap.is_irreversible()).note(
        "granted.ungatedIrreversible",
        missing,
        facts,
    );
    of_effective(seen, |cap| !cap.effect_known).note("granted.unclassified", missing, facts);
    fail_open(seen).note("granted.failOpenGates", missing.or(no_tools), facts);
    let unseen = credential::missing(seen);
    data_writes(seen).note("granted.ungatedDataWrites", missing.or(unseen.as_deref()), facts);
    own_bounds(seen).note("granted.ownBoundWrites", missing, facts);
}

/// Why an empty list could not be trusted: where the tools are the sole path,
/// what they could not decide, else what the credentials could not.
fn missing(seen: Seen<'_>) -> Option<String> {
    if seen.holdings.tools_are_sole_path() {
        let layer = seen.holdings.tools.as_ref()?;
        let gap = layer.gaps.first()?;
        return Some(format!("{} ({})", gap.reason, gap.location));
    }
    credential::missing(seen)
}

/// Effective capabilities that match, with their gates.
fn of_effective(seen: Seen<'_>, matches: impl Fn(&Capability) -> bool) -> Offenders {
    let mut offenders = Offenders::default();
    for capability in seen.holdings.effective().into_iter().filter(|cap| matches(cap)) {
        let place = capability
            .gate
            .location
            .as_ref()
            .or_else(|| capability.grants.first().map(|grant| &grant.location));
        offenders.add(format!("{} in {}", capability.action, capability.scope), place);
    }
    offenders
}

/// Writes to data and stateful workloads that nothing stands before. A tool that
/// destroys counts where the credential behind it can.
fn data_writes(seen: Seen<'_>) -> Offenders {
    let writes = credential::data_writes(seen);
    if !seen.holdings.tools_are_sole_path() || writes.is_empty() {
        return writes;
    }
    of_effective(seen, |tool| tool.is_irreversible() && !tool.gate.holds())
}

/// Gates that let pass when they cannot ask, of every tool.
fn fail_open(seen: Seen<'_>) -> Offenders {
    let mut offenders = Offenders::default();
    for tool in seen.holdings.tool_capabilities() {
        if tool.gate.fail_mode == FailMode::Open {
            offenders
                .add(format!("{} in {}", tool.action, tool.scope), tool.gate.location.as_ref());
        }
    }
    offenders
}

/// Capabilities to change what bounds the agent.
fn own_bounds(seen: Seen<'_>) -> Offenders {
    let mut offenders = of_effective(seen, |cap| {
        matches!(cap.effect, Effect::Guardrail | Effect::Escalation) && !cap.gate.holds()
    });
    if seen.holdings.tools_are_sole_path() {
        return offenders;
    }
    for risk in seen.holdings.credential_risks() {
        use RiskClass::{AdminEquivalent, Guardrail, SelfEscalation};
        if matches!(risk.class, Guardrail | SelfEscalation | AdminEquivalent) {
            offenders.add(
                risk.message.trim_end_matches('.').to_owned(),
                risk.grants.first().map(|grant| &grant.location),
            );
        }
    }
    offenders
}
