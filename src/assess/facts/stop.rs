//! Ways to stop the agent that the evidence shows, and which of them it could undo.

use super::{Offenders, Seen};
use crate::{assess::stop::Undoes, model::fact::Facts};

pub(super) fn collect(seen: Seen<'_>, facts: &mut Facts) {
    // What the evidence shows is never all there is: a gateway or a console has its own.
    if seen.stops.is_empty() {
        return;
    }
    let mut handles = Offenders::default();
    let mut within = Offenders::default();
    let mut undecided = None;
    for stop in seen.stops {
        handles.add(stop.way.clone(), Some(&stop.location));
        match &stop.undoes {
            Undoes::No => {}
            Undoes::Yes => within.add(stop.way.clone(), Some(&stop.location)),
            Undoes::Unknown(why) => {
                undecided.get_or_insert_with(|| {
                    format!("whether it could undo this is unknown: {}: {why}", stop.way)
                });
            }
        }
    }
    handles.note("stop.handles", None, facts);
    match undecided {
        Some(why) => facts.unknown("stop.withinReach", why),
        None => within.note("stop.withinReach", None, facts),
    }
}
