//! What logs show: of approvals, notifications, reversals, reviews, drills and of the
//! record that an agent has.
//!
//! A figure is known only where nothing that could change it is missing: the platforms'
//! logs show every change of the agent, and the logs of agents and people every record of
//! the window. One offender that was seen is known all the same.

mod approvals;
mod audit;
mod freezes;
mod harm;
mod incidents;
mod notifications;
mod record;
mod reversals;
mod reviews;
#[cfg(test)]
mod tests;
mod tool_log;

use super::Seen;
use crate::{
    assess::overseen::Overseen,
    model::{
        fact::{FactValue, Facts},
        location::Location,
    },
    privilege::oversight::Change,
};

/// At most so many places are kept with a figure.
const PLACES: usize = 20;

pub(super) fn collect(seen: Seen<'_>, facts: &mut Facts) {
    freezes::collect(seen, facts);
    // Where no log was read at all, who could have looked is told by the vocabulary.
    if seen.evidence.activity.is_empty() {
        return;
    }
    audit::collect(seen, facts);
    approvals::collect(seen.overseen, facts);
    notifications::collect(seen.overseen, facts);
    tool_log::collect(seen.overseen, facts);
    reversals::collect(seen.overseen, facts);
    reviews::collect(seen, facts);
    record::collect(seen.overseen, facts);
}

/// A figure with where it was seen, or why it is not known.
type Figure<T> = Result<(T, Vec<Location>), String>;

/// Notes a count.
fn note_count(facts: &mut Facts, name: &str, figure: Figure<u64>) {
    note(facts, name, figure.map(|(count, places)| (FactValue::Int(int(count)), places)));
}

/// Notes a share.
fn note_share(facts: &mut Facts, name: &str, figure: Figure<f64>) {
    note(facts, name, figure.map(|(share, places)| (FactValue::Float(share), places)));
}

fn note(facts: &mut Facts, name: &str, figure: Figure<FactValue>) {
    match figure {
        Ok((value, mut places)) => {
            places.truncate(PLACES);
            facts.know(name, value, places);
        }
        Err(why) => facts.unknown(name, why),
    }
}

fn int(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// `part` of `whole`; none of nothing.
fn share(part: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// The changes of the window, where the platforms' logs show all of them.
fn all_changes<'o, 'a, 's>(
    overseen: &'o Overseen<'a, 's>,
) -> Result<Vec<&'o Change<'a, 's>>, String> {
    match &overseen.gap {
        Some(gap) => Err(gap.clone()),
        None => Ok(overseen.oversight.in_window().collect()),
    }
}

/// Where changes stand.
fn places<'o, 'a: 's, 's: 'o>(
    changes: impl IntoIterator<Item = &'o Change<'a, 's>>,
) -> Vec<Location> {
    changes.into_iter().map(|change| change.row.place.clone()).collect()
}
