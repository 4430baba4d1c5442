//! What bounds the rate and the size of what the agent does.
//!
//! A gateway that all calls pass bounds their rate. Other configurations bound runs: their
//! turns, their time, their requests to the model. None of that bounds how fast tools are
//! called or how much one call changes, so no figure follows from it; whoever reads the
//! report is told what was seen, and why it is not it.

use super::Seen;
use crate::{
    model::{
        fact::{FactValue, Facts},
        text::some_of,
    },
    privilege::tools::{Noted, Pace},
};

const PER_MINUTE: &str = "limits.callsPerMinute";

/// Facts that such settings are taken for, with what each asks for.
const TAKEN_FOR: [(&str, &str); 3] = [
    (PER_MINUTE, "tool calls in a minute"),
    ("limits.concurrentChanges", "changes at one time"),
    ("limits.objectsPerAction", "what one action changes"),
];

/// Most settings that a reason names.
const NAMED: usize = 3;

pub(super) fn collect(seen: Seen<'_>, facts: &mut Facts) {
    let Some(layer) = &seen.holdings.tools else { return };
    let told =
        |bound: &Noted| format!("{} ({}) limits {}", bound.name, bound.location, bound.detail);
    let told: Vec<String> = layer.bounds.iter().map(told).collect();
    if !told.is_empty() {
        let told = some_of(&told, NAMED);
        for (fact, what) in TAKEN_FOR {
            facts.unknown(fact, format!("nothing that was read limits {what}: {told}"));
        }
    }
    match of_gateways(&layer.pace) {
        Some(Ok(most)) => {
            let places = layer.pace.limits.iter().map(|limit| limit.location.clone()).collect();
            facts.know(PER_MINUTE, FactValue::Int(most), places);
        }
        Some(Err(why)) => facts.unknown(PER_MINUTE, why),
        None => {}
    }
}

/// The most calls that gateways let through, or why they do not decide it; none where no
/// call passes one that limits anything.
fn of_gateways(pace: &Pace) -> Option<Result<i64, String>> {
    let limit = pace.limits.first()?;
    let past = pace.past.first();
    Some(match (pace.per_minute.and_then(|most| i64::try_from(most).ok()), past) {
        (Some(most), _) => Ok(most),
        (None, Some(past)) => Err(format!(
            "{} ({}) {}, and {} ({}) does not pass it: {}",
            limit.name, limit.location, limit.detail, past.name, past.location, past.detail
        )),
        (None, None) => Err(format!("{} ({}) lets any number pass", limit.name, limit.location)),
    })
}
