//! How much of the time asked for the logs are of: a log of nine seconds shows every change
//! of nine seconds.

use std::collections::BTreeMap;

use jiff::{Timestamp, tz::TimeZone};

use super::{Observed, days, plane_of};
use crate::model::{
    activity::{Activity, Window},
    capability::Plane,
    principal::Principal,
};

/// Logs of fewer days show no habits of an agent, and nothing that could be said of all its
/// changes: a level is dwelt at for as long at least.
pub const LEAST_DAYS: u64 = 14;

/// A window shorter than this many days misses what happens once a month.
const SHORT_DAYS: i64 = 30;

impl Observed {
    /// What of the time asked for the logs do not show, each a sentence.
    #[must_use]
    pub fn uncovered(&self) -> Vec<String> {
        let Some(window) = self.window else {
            return vec!["no event of the window carries a time".to_owned()];
        };
        let mut all = Vec::new();
        let whole = length(window);
        if whole < SHORT_DAYS {
            let days = if whole == 1 { "1 day".to_owned() } else { format!("{whole} days") };
            all.push(format!(
                "the log covers {days}: what happens once a month, or only in an emergency, is not in it"
            ));
        }
        let days = i64::try_from(self.days).unwrap_or(i64::MAX);
        if days < whole {
            all.push(format!("the log holds something on {days} of {whole} days only"));
        }
        all
    }

    /// Logs that are of too few days for anything to be said of all changes, each a
    /// sentence.
    #[must_use]
    pub fn too_brief(&self) -> Vec<String> {
        let told = |(plane, days): (&Plane, &u64)| {
            let days = if *days == 1 { "1 day".to_owned() } else { format!("{days} days") };
            let plane = plane.as_str();
            format!("logs of {plane} are of {days}, and {LEAST_DAYS} at least show what it does")
        };
        self.brief.iter().map(told).collect()
    }
}

/// The planes of some principals whose logs hold something on too few days.
pub(super) fn brief<'p>(
    principals: impl Iterator<Item = &'p Principal>,
    activity: &Activity,
    since: Option<Timestamp>,
) -> BTreeMap<Plane, u64> {
    principals
        .map(plane_of)
        .filter_map(|plane| Some((plane, days(activity.logs.get(&plane)?, since))))
        .filter(|(_, days)| *days < LEAST_DAYS)
        .collect()
}

/// Days from the first to the last, both counted.
fn length(window: Window) -> i64 {
    let day = |time: Timestamp| time.to_zoned(TimeZone::UTC).date();
    let (first, last) = (day(window.first), day(window.last));
    first.until(last).map_or(0, |span| i64::from(span.get_days())) + 1
}
