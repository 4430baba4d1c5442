//! The mode that a client starts in, over all its configurations.

use crate::model::{
    agent_config::{AgentConfig, PermissionMode, Scope, SwitchKind},
    location::Location,
};

/// The mode that is in force, and those that ask nothing. Of the session's mode and that of
/// a subagent among the configurations, the one that asks less counts.
#[expect(clippy::type_complexity, reason = "the parts of one policy, taken apart at once")]
pub(super) fn in_force<'c, R: Ord + Copy>(
    configs: &[&'c AgentConfig],
    rank: &dyn Fn(&AgentConfig) -> R,
    on: &dyn Fn(&SwitchKind) -> bool,
) -> (Option<(PermissionMode, &'c Location)>, Vec<(PermissionMode, Scope, &'c Location)>) {
    let (session, subagents): (Vec<_>, Vec<_>) =
        configs.iter().copied().partition(|config| config.subagent.is_none());
    let whole = strongest(&session, rank, on);
    let own = strongest(&subagents, rank, on);
    if asks_less(own.0, whole.0) { own } else { whole }
}

/// The mode of the highest scope that sets one, and those that ask nothing.
/// A mode that asks nothing counts from any
/// scope, also where only some versions honour it there: nobody says which one runs.
/// One that a command line starts in goes before what every file sets, an administrator's
/// too: those say what is started in where nobody says anything. `rank` tells which scope
/// is stronger.
#[expect(clippy::type_complexity, reason = "the parts of one policy, taken apart at once")]
fn strongest<'c, R: Ord + Copy>(
    configs: &[&'c AgentConfig],
    rank: &dyn Fn(&AgentConfig) -> R,
    on: &dyn Fn(&SwitchKind) -> bool,
) -> (Option<(PermissionMode, &'c Location)>, Vec<(PermissionMode, Scope, &'c Location)>) {
    let rank = |config: &AgentConfig| (config.scope == Scope::CommandLine, rank(config));
    let mut found: Vec<((bool, R), Scope, PermissionMode, &'c Location)> = configs
        .iter()
        .flat_map(|config| {
            config
                .modes
                .iter()
                .filter(|setting| {
                    config.rejected.is_none()
                        || matches!(
                            setting.mode,
                            PermissionMode::Bypass | PermissionMode::Classifier
                        )
                })
                .map(|setting| (rank(config), config.scope, setting.mode, &setting.location))
        })
        .filter(|(_, _, mode, _)| match mode {
            PermissionMode::Bypass => !on(&SwitchKind::BypassDisabled),
            PermissionMode::Classifier => !on(&SwitchKind::ClassifierDisabled),
            _ => true,
        })
        .collect();
    found.sort_by_key(|(rank, _, mode, place)| {
        (std::cmp::Reverse(*rank), openness(*mode), (*place).clone())
    });
    let Some((highest, _, mode, place)) = found.first().copied() else { return (None, Vec::new()) };
    let unasked = found
        .iter()
        .filter(|(rank, _, _, _)| *rank == highest)
        .filter(|(_, _, mode, _)| {
            matches!(mode, PermissionMode::Bypass | PermissionMode::Classifier)
        })
        .map(|(_, scope, mode, place)| (*mode, *scope, *place))
        .collect();
    (Some((mode, place)), unasked)
}

/// Whether a mode is set that asks less than another, which may be none.
fn asks_less(
    one: Option<(PermissionMode, &Location)>,
    other: Option<(PermissionMode, &Location)>,
) -> bool {
    match (one, other) {
        (Some((one, _)), Some((other, _))) => openness(one) < openness(other),
        // Where none is set, nobody knows what is asked.
        (Some((one, _)), None) => {
            matches!(one, PermissionMode::Bypass | PermissionMode::Classifier)
        }
        (None, _) => false,
    }
}

/// How little a mode asks; the least first.
fn openness(mode: PermissionMode) -> u8 {
    match mode {
        PermissionMode::Bypass => 0,
        PermissionMode::Classifier => 1,
        PermissionMode::Unrecognised => 2,
        PermissionMode::Plan => 3,
        PermissionMode::AcceptEdits => 4,
        PermissionMode::AskOutside => 5,
        PermissionMode::Ask => 6,
        PermissionMode::RefuseOutside => 7,
        PermissionMode::Refuse => 8,
    }
}
