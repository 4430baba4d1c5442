//! Changes that fell into a freeze.
//!
//! One that was seen to counts, whatever else is missing. That there was none is known only
//! where freezes are declared, or said not to be, and the platforms' logs show every day of
//! each that is past.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use jiff::{Timestamp, civil::Date, tz::Offset};

use super::{Figure, all_changes, note_count, places};
use crate::{
    assess::{facts::Seen, overseen::Overseen},
    model::{
        activity::{ActionKey, Target},
        capability::Plane,
        declaration::{Boundary, Freeze},
        fact::Facts,
        location::Location,
    },
    privilege::{exercise::plane_of, oversight::Change},
    rubric::oversight::{OversightRules, matches, spelt},
};

pub(super) fn collect(seen: Seen<'_>, facts: &mut Facts) {
    let declared = seen.subject.declaration.and_then(|declared| declared.freezes.as_deref());
    collect_of(seen.overseen, declared, facts);
}

/// The same of an agent for which these freezes are declared.
pub(super) fn collect_of(
    overseen: &Overseen<'_, '_>,
    declared: Option<&[Freeze]>,
    facts: &mut Facts,
) {
    note_count(facts, "targets.freezeViolations", violations(overseen, declared));
}

/// Whether a freeze holds for a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Holds {
    Yes,
    /// The log does not tell of what it would take to know.
    Perhaps,
    No,
}

fn violations(overseen: &Overseen<'_, '_>, declared: Option<&[Freeze]>) -> Figure<u64> {
    let Some(freezes) = declared else {
        return Err(
            "no freeze is declared, nor that there is none (`freezes` of the workspace or the agent)"
                .to_owned(),
        );
    };
    let rules = overseen.who.rules();
    let certain = |change: &&Change<'_, '_>| {
        change.is_done() && freezes.iter().any(|freeze| holds(freeze, change, rules) == Holds::Yes)
    };
    let seen: Vec<_> = overseen.oversight.in_window().filter(certain).collect();
    if !seen.is_empty() {
        return Ok((seen.len() as u64, places(seen)));
    }
    // Without a freeze there is nothing that a log would have to show.
    if freezes.is_empty() {
        return Ok((0, Vec::new()));
    }
    for change in all_changes(overseen)? {
        if let Some(freeze) =
            freezes.iter().find(|freeze| holds(freeze, change, rules) != Holds::No)
        {
            return Err(format!(
                "whether {} ({}) fell into the freeze at {} is not known",
                change.row.action, change.row.place, freeze.location
            ));
        }
    }
    match freezes.iter().find_map(|freeze| unseen(overseen, freeze)) {
        Some(why) => Err(why),
        None => {
            Ok((0, freezes.iter().map(|freeze| freeze.location.clone()).collect::<Vec<Location>>()))
        }
    }
}

fn holds(freeze: &Freeze, change: &Change<'_, '_>, rules: &OversightRules) -> Holds {
    let in_time = match change.row.time {
        Some(time) if freeze.from <= time && time <= freeze.until => Holds::Yes,
        Some(_) => Holds::No,
        None => Holds::Perhaps,
    };
    match (in_time, covers(&freeze.of, &change.row.action, rules)) {
        (Holds::No, _) | (_, Holds::No) => Holds::No,
        (Holds::Yes, Holds::Yes) => Holds::Yes,
        (Holds::Perhaps, _) | (_, Holds::Perhaps) => Holds::Perhaps,
    }
}

/// Whether what a freeze is of holds an action. What names no action and only what another
/// plane has does not speak of it.
fn covers(of: &Boundary, action: &ActionKey, rules: &OversightRules) -> Holds {
    let is_in = |list: &[String], text: &str| match list.iter().any(|own| matches(own, text)) {
        true => Holds::Yes,
        false => Holds::No,
    };
    if !speaks_of(of, action.plane())
        || (!of.actions.is_empty() && is_in(&of.actions, &spelt(action)) == Holds::No)
        || (of.actions.is_empty() && rules.only_hands_out(action))
    {
        return Holds::No;
    }
    match &action.target {
        Target::KubernetesResource { .. } | Target::KubernetesPath(_)
            if of.namespaces.is_empty() =>
        {
            Holds::Yes
        }
        // What is of no namespace, or of all of them, may have touched one of these.
        Target::KubernetesResource { namespace, .. } => {
            namespace.as_deref().map_or(Holds::Perhaps, |own| is_in(&of.namespaces, own))
        }
        Target::KubernetesPath(_) => Holds::Perhaps,
        Target::Aws(_) if of.regions.is_empty() => Holds::Yes,
        Target::Aws(call) => match call.region.as_deref().map(|own| is_in(&of.regions, own)) {
            // What has one home for all regions may have touched one of these.
            Some(Holds::No) if rules.is_homeless(action) => Holds::Perhaps,
            Some(holds) => holds,
            None => Holds::Perhaps,
        },
    }
}

fn speaks_of(of: &Boundary, plane: Plane) -> bool {
    if !of.actions.is_empty() || (of.namespaces.is_empty() && of.regions.is_empty()) {
        return true;
    }
    match plane {
        Plane::Kubernetes => !of.namespaces.is_empty(),
        Plane::Aws => !of.regions.is_empty(),
        Plane::Mcp => true,
    }
}

/// A day of a freeze that is past and within the window, and that no log of a platform on
/// which the agent acts shows anything of.
fn unseen(overseen: &Overseen<'_, '_>, freeze: &Freeze) -> Option<String> {
    let day = |time: Timestamp| Offset::UTC.to_datetime(time).date();
    let first = overseen.since.map_or(freeze.from, |since| since.max(freeze.from));
    let (first, last) = (day(first), day(freeze.until));
    let past = |day: &Date| *day <= last && *day < overseen.today;
    let days = || std::iter::successors(Some(first), |day| day.tomorrow().ok()).take_while(past);
    let logs = &overseen.records.activity().logs;
    let planes: BTreeSet<Plane> = overseen.actors.iter().map(plane_of).collect();
    for plane in planes.into_iter().filter(|plane| speaks_of(&freeze.of, *plane)) {
        let Some(log) = logs.get(&plane) else { continue };
        if log.origins.len() > 1 && days().next().is_some() {
            return Some(format!(
                "logs of several clusters were read, and which of them show the freeze at {} is \
                 not told apart",
                freeze.location
            ));
        }
        let regions = &log.recorded.regions;
        let unread = |pattern: &&String| !regions.iter().any(|region| matches(pattern, region));
        if plane == Plane::Aws
            && days().next().is_some()
            && let Some(region) = freeze.of.regions.iter().find(unread)
        {
            return Some(format!(
                "the aws log shows nothing of {region}, a region of the freeze at {}",
                freeze.location
            ));
        }
        if let Some(day) = days().find(|day| log.days.get(day).is_none()) {
            return Some(format!(
                "the {} log shows nothing of {day}, a day of the freeze at {}",
                plane.as_str(),
                freeze.location
            ));
        }
    }
    None
}
