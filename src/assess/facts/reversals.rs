//! Ways back from what the agent changes unasked, as configurations and clusters show them.

use super::{
    Offenders, Seen,
    tools::{self, Past},
};
use crate::{
    model::{fact::Facts, text::some_of},
    privilege::tools::{Noted, ToolLayer},
};

const WITHOUT: &str = "reversals.withoutHandle";

/// Kinds whose revisions a rollout goes back to.
const REVISED: [&str; 3] = ["apps/Deployment", "apps/StatefulSet", "apps/DaemonSet"];

/// Most ways back that a reason names.
const NAMED: usize = 3;

pub(super) fn collect(seen: Seen<'_>, facts: &mut Facts) {
    let layer = seen.holdings.tools.as_ref();
    let mut without = tools::noted(layer, |layer| layer.undone.lost.iter().collect());
    without.extend(Offenders::of(&seen.exposed.without_history));
    let Some(layer) = layer else {
        // What a cluster shows of ways back is never all there is.
        if !without.is_empty() {
            without.note(WITHOUT, None, facts);
        }
        return;
    };
    without.note(WITHOUT, missing(seen, layer).as_deref(), facts);
}

/// Why it is not certain that everything unasked has a way back, if it is not.
fn missing(seen: Seen<'_>, layer: &ToolLayer) -> Option<String> {
    let why = tools::missing(Some(layer))
        .or_else(|| {
            let noted = layer.undone.undecided.first()?;
            Some(open(noted, &noted.detail))
        })
        .or_else(|| {
            let noted = layer.undone.by_revisions.first().filter(|_| !revisions_are_known(seen))?;
            Some(open(noted, "no list of workloads tells whether their revisions are kept"))
        })
        .or_else(|| {
            Some(match tools::past_them(seen)? {
                Past::Change(past) => format!(
                    "its tools are not the only way to {past}, and nothing tells how that is put \
                     back"
                ),
                Past::Unknown(why) => why,
            })
        })?;
    let known: Vec<String> = layer
        .undone
        .handles
        .iter()
        .map(|noted| format!("{} ({})", noted.name, noted.detail))
        .collect();
    Some(match known.as_slice() {
        [] => why,
        known => format!("{why}; a way back is known from {}", some_of(known, NAMED)),
    })
}

fn open(noted: &Noted, why: &str) -> String {
    format!("whether {} can be put back is unknown: {why} ({})", noted.name, noted.location)
}

/// Whether the clusters tell of every workload how many revisions it keeps.
fn revisions_are_known(seen: Seen<'_>) -> bool {
    let clusters = &seen.evidence.clusters;
    let told = |kind: &str| clusters.iter().all(|cluster| cluster.lists(kind));
    !clusters.is_empty() && REVISED.iter().all(|kind| told(kind))
}
