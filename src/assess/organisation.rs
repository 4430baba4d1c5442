//! The roll-up: the lowest earned level of the most critical tier, with the
//! agents that hold it there, beside the whole distribution.

use std::collections::BTreeMap;

use crate::{
    assess::assessment::{AgentAssessment, Organisation, Verdict},
    model::agent::Tier,
};

/// Rolls agents up. Sandboxes are reported but never in the headline; an
/// undeclared agent is in it whatever its tier, so that hiding one lowers it.
#[must_use]
pub fn roll_up(agents: &[AgentAssessment]) -> Organisation {
    let tier = agents.iter().map(|agent| agent.tier).filter(|tier| *tier > Tier::Sandbox).max();
    let in_scope = || {
        agents
            .iter()
            .filter(move |agent| tier.is_some_and(|tier| agent.tier == tier) || !agent.declared)
    };
    let earned = in_scope().map(|agent| agent.earned.level).min();
    let limiting = || in_scope().filter(|agent| Some(agent.earned.level) == earned);
    let mut distribution = BTreeMap::new();
    for agent in agents {
        let star = if agent.earned.conditional { "*" } else { "" };
        *distribution.entry(format!("{}{star}", agent.earned.level)).or_insert(0) += 1;
    }
    let write_capable = || agents.iter().filter(|agent| can_write(agent));
    Organisation {
        earned,
        conditional: limiting().next().is_some() && limiting().all(|a| a.earned.conditional),
        tier,
        limited_by: limiting().map(|agent| agent.id.clone()).collect(),
        distribution,
        agents: count(agents.len()),
        write_capable: count(write_capable().count()),
        over_extended: count(
            write_capable()
                .filter(|a| matches!(a.verdict, Verdict::OverExtended | Verdict::BeyondLadder))
                .count(),
        ),
        undeclared: count(agents.iter().filter(|agent| !agent.declared).count()),
    }
}

/// Whether an agent can change something. One whose rights are unknown but
/// that was seen changing something can.
fn can_write(agent: &AgentAssessment) -> bool {
    agent.granted.floor().is_some_and(|level| level > 1)
        || agent.exercised.level.is_some_and(|level| level > 1)
}

/// A count that cannot overflow what JSON carries.
fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
