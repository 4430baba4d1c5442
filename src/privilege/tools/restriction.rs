//! Settings that only restrict: the strongest scope that says anything of one decides, so
//! that a repository's own restriction is none where its user lifts it.

use crate::model::{
    agent_config::{AgentConfig, SwitchKind},
    location::Location,
};

/// The switches that hold, with their places. `rank` tells which scope is stronger.
pub(super) fn in_force<'c, R: Ord>(
    configs: &[&'c AgentConfig],
    rank: &dyn Fn(&AgentConfig) -> R,
) -> Vec<(&'c SwitchKind, &'c Location)> {
    let counting = || configs.iter().copied().filter(|config| config.rejected.is_none());
    counting()
        .flat_map(|config| config.switches.iter().map(move |switch| (config, switch)))
        .filter(|(config, switch)| {
            !counting()
                .filter(|other| rank(other) >= rank(config))
                .any(|other| other.lifted.iter().any(|lifted| lifted.kind == switch.kind))
        })
        .map(|(_, switch)| (&switch.kind, &switch.location))
        .collect()
}
