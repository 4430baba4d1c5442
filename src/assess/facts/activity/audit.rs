//! Whether the platforms' logs cover the agent.

use super::{Seen, note_count, places};
use crate::assess::facts::Offenders;
use crate::{
    model::{activity::PrincipalActivity, capability::Plane, fact::Facts, principal::Principal},
    privilege::exercise::Doubt,
};

pub(super) fn collect(seen: Seen<'_>, facts: &mut Facts) {
    Offenders::default().note("audit.uncoveredPlanes", uncovered(seen).as_deref(), facts);
    let overseen = seen.overseen;
    let shallow: Vec<_> =
        overseen.oversight.in_window().filter(|change| change.row.trace.shallow).collect();
    let mutates = seen.holdings.credential_capabilities().any(|own| own.is_mutating());
    let none_seen = overseen.oversight.in_window().next().is_none();
    let figure = if !shallow.is_empty() {
        Ok((shallow.len() as u64, places(shallow)))
    } else if let Some(gap) = &overseen.gap {
        Err(gap.clone())
    } else if none_seen && mutates {
        Err("no change of it is in the logs: how one would be logged is not known".to_owned())
    } else {
        Ok((0, Vec::new()))
    };
    note_count(facts, "audit.shallowWrites", figure);
}

/// Why it is not known that the log of each platform records the agent; none where every
/// one does. That a log records *none* of it is never known: it may be idle, and another
/// log may not have been given.
fn uncovered(seen: Seen<'_>) -> Option<String> {
    if seen.overseen.actors.is_empty() {
        return Some("no principal of it is declared or seen".to_owned());
    }
    let activity = &seen.evidence.activity;
    for principal in seen.overseen.actors {
        let found: Vec<&PrincipalActivity> = match principal {
            Principal::KubernetesGroup(group) => {
                activity.principals.values().filter(|own| own.groups.contains(group)).collect()
            }
            Principal::KubernetesUser(_) | Principal::ServiceAccount { .. } | Principal::Aws(_) => {
                activity.principals.get(principal).into_iter().collect()
            }
        };
        let recent = |own: &&PrincipalActivity| {
            seen.overseen.since.is_none_or(|since| own.window.is_some_and(|at| at.last >= since))
        };
        if !found.iter().any(recent) {
            return Some(format!(
                "no log that was read shows {principal} within the window: idle, or not logged"
            ));
        }
        if found.iter().any(|own| own.is_of_several()) {
            return Some(Doubt::SeveralClusters.to_string());
        }
        if found.iter().any(|own| own.ahead) {
            return Some(format!(
                "requests of {principal} are dated after the assessment: when any was made is not \
                 known"
            ));
        }
        let reads = match principal {
            Principal::Aws(_) => {
                activity.logs.get(&Plane::Aws).is_some_and(|log| log.recorded.reads > 0)
            }
            _ if activity.logs.get(&Plane::Kubernetes).is_some_and(|log| log.reads_left_out) => {
                return Some("the log that was read leaves out requests that only look".to_owned());
            }
            _ => found.iter().flat_map(|own| own.actions.keys()).any(|action| {
                matches!(action.verb.as_str(), "get" | "list" | "watch" | "head" | "options")
            }),
        };
        if !reads {
            return Some(format!("no read by {principal} is in the logs: reads may not be logged"));
        }
    }
    None
}
