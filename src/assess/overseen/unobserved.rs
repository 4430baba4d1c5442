//! What the logs that were read could not have shown of an agent: whoever reads a count
//! must know what is not in it.

use super::Overseen;
use crate::{
    model::capability::Plane,
    privilege::{
        exercise::{self, plane_of},
        oversight::{Change, Open},
    },
};

/// Why nobody can say whether people were told.
pub(super) const NO_MESSAGE: &str = "no message to people is in any log that was read";

impl Overseen<'_, '_> {
    /// What was not observable of `changes`, what hides most first, each a sentence.
    pub(super) fn unobserved(&self, changes: &[&Change<'_, '_>]) -> Vec<String> {
        let mut all = self.gaps.clone();
        if let exercise::Exercised::Observed(observed) = &self.shown {
            all.extend(observed.uncovered());
        }
        all.extend(self.of_platforms(changes));
        all.extend(self.of_records());
        all
    }

    /// What the platforms leave out of their logs.
    fn of_platforms(&self, changes: &[&Change<'_, '_>]) -> Vec<String> {
        let mut all = Vec::new();
        match changes.iter().filter(|change| change.row.trace.shallow).count() {
            0 => {}
            1 => all.push("1 change is logged without what it changed".to_owned()),
            count => all.push(format!("{count} changes are logged without what they changed")),
        }
        for (plane, log) in &self.records.activity().logs {
            if !self.actors.iter().any(|actor| plane_of(actor) == *plane) {
                continue;
            }
            if log.repeats_unseen {
                all.push(format!(
                    "events stand in several {} logs, or twice in one: how many requests there \
                     were is not known; each change is one",
                    plane.as_str()
                ));
            }
            if log.reads_left_out {
                all.push(format!(
                    "requests that only look are left out of a {} log",
                    plane.as_str()
                ));
            }
            if *plane == Plane::Aws && log.recorded.data.is_empty() {
                all.push(
                    "CloudTrail recorded no data events: what was done to data of services \
                     is not shown"
                        .to_owned(),
                );
            }
        }
        all
    }

    /// What agents, gateways and people did not write down.
    fn of_records(&self) -> Vec<String> {
        let records = &self.records.activity().records;
        let mut all: Vec<String> = self.records.gap().into_iter().collect();
        if records.is_empty() {
            return all;
        }
        let missing = [
            (!self.records.decisions().are_recorded(), Open::NotRecorded.as_str()),
            (records.notifications.is_empty(), NO_MESSAGE),
            (
                records.reversals.is_empty(),
                "no reversal is on record: only what the platforms' logs show is known",
            ),
            (!self.records.calls.iter().any(|call| call.named), "no log names a tool call of it"),
        ];
        all.extend(missing.into_iter().filter(|(is, _)| *is).map(|(_, what)| what.to_owned()));
        all
    }
}
