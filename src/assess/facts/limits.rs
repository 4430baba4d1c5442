//! What bounds the rate and the size of what the agent does.
//!
//! Configurations bound runs: their turns, their time, their requests to the model. None
//! of that bounds how fast tools are called or how much one call changes, so no figure
//! follows from it; whoever reads the report is told what was seen, and why it is not it.

use super::Seen;
use crate::model::{fact::Facts, text::some_of};

/// Facts that such settings are taken for, with what each asks for.
const TAKEN_FOR: [(&str, &str); 3] = [
    ("limits.callsPerMinute", "tool calls in a minute"),
    ("limits.concurrentChanges", "changes at one time"),
    ("limits.objectsPerAction", "what one action changes"),
];

/// Most settings that a reason names.
const NAMED: usize = 3;

pub(super) fn collect(seen: Seen<'_>, facts: &mut Facts) {
    let bounds = seen.holdings.tools.iter().flat_map(|layer| &layer.bounds);
    let told: Vec<String> = bounds
        .map(|bound| format!("{} ({}) limits {}", bound.name, bound.location, bound.detail))
        .collect();
    if told.is_empty() {
        return;
    }
    let told = some_of(&told, NAMED);
    for (fact, what) in TAKEN_FOR {
        facts.unknown(fact, format!("nothing that was read limits {what}: {told}"));
    }
}
