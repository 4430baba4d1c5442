//! Exercised: the same ladder over what logs show in the window.
//!
//! Audit logs of the platforms do not record approvals, so a change in them counts as
//! not approved, unless another log holds the approval of exactly this change, or the
//! criterion that asks for it (every write was approved before it was made) passes for
//! the agent.

use jiff::{Timestamp, ToSpan as _, civil::Date, tz::TimeZone};

use super::{
    assessment::Exercised,
    holdings::{EngineRules, Holdings},
    roster::Subject,
};
use crate::{
    model::{
        activity::{ActionKey, Target},
        effect::Effect,
        level::Level,
        principal::Principal,
    },
    privilege::{
        exercise::{self, Doubt, Observed, Unobserved},
        iam, rbac,
    },
};

/// The criterion by which a write in a log counts as approved.
pub const EVERY_WRITE_APPROVED: &str = "APR-03";

/// Days back that are judged.
const WINDOW_DAYS: i64 = 90;

/// At most this many actions are named as deciding.
const NAMED: usize = 6;

/// How far the agent went, by what logs show of it. `approved` says that every one of
/// its writes is known to have been approved.
#[must_use]
pub fn exercised(
    actors: &[Principal],
    shown: &exercise::Exercised,
    holdings: &Holdings,
    approved: bool,
) -> Exercised {
    match shown {
        exercise::Exercised::Unknown(reasons) => nothing_known(reasons),
        exercise::Exercised::Observed(observed) => known(observed, actors, holdings, approved),
    }
}

/// Its identities as logs name them: those of its own, the users that clusters take
/// its AWS principals for, and the roles that its pods are given.
pub(super) fn acts_as(subject: &Subject<'_>, holdings: &Holdings) -> Vec<Principal> {
    let mut all = subject.principals.clone();
    let mapped = holdings.in_clusters.iter().filter(|own| own.identity.mapping().is_some());
    let users = mapped.map(|own| own.identity.principal().clone());
    let roles = holdings.given.iter().cloned().map(Principal::Aws);
    for principal in users.chain(roles) {
        if !all.contains(&principal) {
            all.push(principal);
        }
    }
    all
}

/// The first moment of the window.
pub(super) fn since(today: Date) -> Option<Timestamp> {
    let first = today.checked_sub(WINDOW_DAYS.days()).ok()?;
    Some(first.to_zoned(TimeZone::UTC).ok()?.timestamp())
}

/// What an action in a log does; what is only noise changes nothing.
pub(super) fn effect_of(action: &ActionKey, rules: &EngineRules) -> (Effect, bool) {
    if rules.oversight.is_noise(action) {
        return (Effect::Read, true);
    }
    match &action.target {
        Target::KubernetesResource { group, resource, subresource, .. } => {
            let Some(rules) = &rules.kubernetes else { return (Effect::Destructive, false) };
            let subresource = subresource.as_deref().unwrap_or_default();
            rbac::effect_of(rules, &action.verb, group, resource, subresource, None)
        }
        Target::KubernetesPath(_) => match action.verb.as_str() {
            "get" | "head" | "options" => (Effect::Read, true),
            _ => (Effect::Destructive, false),
        },
        Target::Aws(_) => match &rules.aws {
            Some(rules) => iam::effect_of(rules, &action.verb),
            None => (Effect::Destructive, false),
        },
    }
}

/// No log shows the agent.
fn nothing_known(reasons: &[Unobserved]) -> Exercised {
    let mut because: Vec<String> = reasons.iter().map(ToString::to_string).collect();
    if because.is_empty() {
        because.push(nobody());
    }
    Exercised {
        level: None,
        complete: false,
        because,
        actions: 0,
        writes: 0,
        denied: 0,
        window: None,
    }
}

/// What the logs show.
fn known(
    observed: &Observed,
    actors: &[Principal],
    holdings: &Holdings,
    approved: bool,
) -> Exercised {
    let level = if approved { observed.at_most.min(Level::L2) } else { observed.at_most };
    let mut because: Vec<String> = observed
        .deciding()
        .take(NAMED)
        .map(|change| {
            let place =
                change.examples.first().map_or_else(String::new, |place| format!(" ({place})"));
            let times = change.done + change.unclear;
            let doubt = if change.done == 0 { ", outcome unknown" } else { "" };
            format!("{} × {times}{doubt}{place}", change.action)
        })
        .collect();
    if because.is_empty() {
        because.push(format!("{} requests, no change among them", observed.actions));
    }
    let missing = missing(observed, holdings);
    let reads_only = !actors.iter().any(|principal| may_change(principal, holdings));
    let passing = passing(observed);
    let complete = approved || (missing.is_empty() && (reads_only || passing.is_empty()));
    because.extend(missing);
    because.extend(passing);
    because.extend(observed.namesakes.iter().map(ToString::to_string));

    // As a floor it still shows over-extension; a level of 1 it cannot vouch for.
    Exercised {
        level: (complete || level > Level::L1).then(|| level.number()),
        complete,
        because,
        actions: observed.actions,
        writes: observed.writes,
        denied: observed.denied,
        window: observed.window.map(|window| (day(window.first), day(window.last))),
    }
}

/// What may hide a change whatever the agent may do today.
///
/// A principal that is known to read only has not changed anything in a line that could
/// not be read; a whole log is another matter, since rights change over time. What is
/// known to be approved is so whether logged or not.
fn missing(observed: &Observed, holdings: &Holdings) -> Vec<String> {
    observed
        .unobserved
        .iter()
        .filter(|unobserved| may_change(&unobserved.principal, holdings))
        .map(ToString::to_string)
        .chain(observed.doubts.iter().filter(|doubt| blocks(**doubt)).map(ToString::to_string))
        .collect()
}

/// What may hide a change of an agent that may make any: one that may only read today has
/// not changed anything in a line that could not be read, or on another day.
fn passing(observed: &Observed) -> Vec<String> {
    let doubts = observed.doubts.iter().filter(|doubt| !blocks(**doubt));
    doubts.map(ToString::to_string).chain(observed.too_brief()).collect()
}

/// What keeps the logs of the platforms from showing everything that the agent changed,
/// what hides most first.
pub(super) fn gaps(shown: &exercise::Exercised, holdings: &Holdings) -> Vec<String> {
    match shown {
        exercise::Exercised::Unknown(reasons) if reasons.is_empty() => vec![nobody()],
        exercise::Exercised::Unknown(reasons) => reasons.iter().map(ToString::to_string).collect(),
        exercise::Exercised::Observed(observed) => {
            missing(observed, holdings).into_iter().chain(passing(observed)).collect()
        }
    }
}

fn nobody() -> String {
    "no principal of it is declared or seen".to_owned()
}

/// Whether a principal that no log shows may have changed something: one whose
/// rights are known to be reading cannot have.
fn may_change(principal: &Principal, holdings: &Holdings) -> bool {
    let mut known = false;
    for reach in &holdings.credentials {
        for capability in &reach.capabilities {
            if capability.principal.as_ref() == Some(principal) {
                known = true;
                if capability.is_mutating() {
                    return true;
                }
            }
        }
    }
    !known || holdings.credential_gaps().next().is_some()
}

/// Whether a doubt weighs even on an agent that may only read today.
fn blocks(doubt: Doubt) -> bool {
    match doubt {
        Doubt::UnreadLines(_) | Doubt::Unattributed(_) | Doubt::DatedAhead(_) => false,
        Doubt::UnreadFiles(_)
        | Doubt::MoreActions
        | Doubt::MoreGroups
        | Doubt::OwnDatedAhead
        | Doubt::SeveralClusters => true,
    }
}

/// The day of a moment, in UTC.
fn day(time: Timestamp) -> Date {
    time.to_zoned(TimeZone::UTC).date()
}
