//! Events that logs date after the assessment: told, and no evidence for anything.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::{
    model::{
        activity::DatedAhead,
        coverage::{Gap, SourceStatus},
        evidence::Evidence,
        location::Location,
    },
    rubric::oversight::OversightRules,
};

/// Leaves out of `evidence` what speaks for an agent and is dated later than `now`, by more
/// than clocks may differ, and says where it stands.
pub fn leave_out(evidence: &mut Evidence, now: Timestamp, rules: &OversightRules) {
    // Beyond the end of time nothing is later.
    let Ok(end) = now.checked_add(rules.clocks.tolerance()) else { return };
    for ahead in evidence.activity.leave_out_after(end) {
        let mut in_files = BTreeMap::<&str, u64>::new();
        for place in &ahead.places {
            *in_files.entry(&*place.path).or_default() += 1;
        }
        for record in &mut evidence.sources {
            let Some(count) = in_files.get(&*record.path) else { continue };
            if record.status == SourceStatus::Read {
                record.status = SourceStatus::Partial;
            }
            record.add_reason(Some(format!(
                "{} dated after the assessment",
                events(*count, "at least ")
            )));
        }
        evidence.gaps.push(gap(&ahead));
    }
}

fn gap(ahead: &DatedAhead) -> Gap {
    let plane = ahead.plane.as_str();
    let exact = ahead.places.iter().find(|place| place.line.is_some());
    let place = exact.or_else(|| ahead.places.first());
    let nowhere = || Location::file(format!("{plane} logs"));
    Gap {
        location: place.cloned().unwrap_or_else(nowhere),
        reason: format!(
            "{} dated after the assessment in {plane} logs: what they show counts for nothing",
            events(ahead.events, "")
        ),
    }
}

fn events(count: u64, about: &str) -> String {
    match count {
        1 => format!("{about}1 event is"),
        _ => format!("{about}{count} events are"),
    }
}
