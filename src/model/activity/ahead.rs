//! Events that are dated after the moment for which logs are judged.
//!
//! No clock is that wrong and right in all else: when such an event happened nobody knows,
//! and whoever writes a log could date its record as they please. So nothing of them is kept
//! that could speak for an agent, and that they are there makes what is said of all events
//! unknown. When that moment is, only the judge knows: a log that is summarized today may be judged next year.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use jiff::{Timestamp, civil::Time, tz::Offset};

use super::{
    ActionRecord, Activity, Defect, InClusters, LogSummary, LoggedOutcome, PrincipalActivity,
    Records, Rows, Tally, Window,
};
use crate::model::{capability::Plane, location::Location};

/// Events of one plane's logs that are dated ahead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatedAhead {
    /// Of which logs.
    pub plane: Plane,
    /// How many, as far as they can be counted: at least one.
    pub events: u64,
    /// Where some of them stand, in order.
    pub places: BTreeSet<Location>,
}

/// Where events stand that are dated ahead, with when they say that they happened.
#[derive(Default)]
struct Found(BTreeMap<Plane, BTreeMap<Location, Timestamp>>);

impl Found {
    fn add(&mut self, plane: Plane, place: &Location, time: Timestamp) {
        self.0.entry(plane).or_default().insert(place.clone(), time);
    }
}

impl Activity {
    /// Leaves out what is dated after `end` and could speak for an agent, and counts it as a
    /// defect of its log.
    ///
    /// Rows go, but for incidents, and so do days. Of what is only counted, requests that
    /// look, nobody can tell which are meant: they stay, and whoever made any is marked
    /// ([`PrincipalActivity::ahead`]).
    pub fn leave_out_after(&mut self, end: Timestamp) -> Vec<DatedAhead> {
        let mut found = Found::default();
        for principal in self.principals.values_mut() {
            principal.leave_out_after(end, &mut found);
        }
        self.records.leave_out_after(end, &mut found);
        let mut all = Vec::new();
        for (plane, log) in &mut self.logs {
            let placed = found.0.remove(plane).unwrap_or_default();
            let events = log.leave_out_after(end, &placed);
            if events == 0 {
                continue;
            }
            let mut places: BTreeSet<Location> = placed.into_keys().collect();
            for (path, _) in log.ends.iter().filter(|(_, last)| *last > end) {
                if !places.iter().any(|place| place.path == *path) {
                    places.insert(Location::file(path.clone()));
                }
            }
            all.push(DatedAhead { plane: *plane, events, places });
        }
        all
    }
}

impl PrincipalActivity {
    fn leave_out_after(&mut self, end: Timestamp, found: &mut Found) {
        // It may be put together anew from what it did in each cluster.
        if let InClusters::Several { each, .. } = &mut self.clusters {
            each.values_mut().for_each(|in_one| in_one.leave_out_after(end, found));
        }
        self.ahead |= self.window.is_some_and(|window| window.last > end);
        if let Some(window) = &mut self.window {
            *window = Window { first: window.first.min(end), last: window.last.min(end) };
        }
        for (action, record) in &mut self.actions {
            for tally in [&mut record.done, &mut record.unclear, &mut record.authorised.tally] {
                if let Some(first) = tally.first.filter(|first| *first > end && tally.undated == 0)
                {
                    for place in tally.examples.places() {
                        found.add(action.plane(), &place, first);
                    }
                }
                self.ahead |= tally.end_by(end);
            }
        }
        for row in self.changes.leave_out(|row| row.time.is_some_and(|time| time > end)) {
            self.ahead = true;
            found.add(row.action.plane(), &row.place, row.time.unwrap_or(end));
            if let Some(record) = self.actions.get_mut(&*row.action) {
                record.take_back(row.outcome);
            }
        }
    }
}

impl ActionRecord {
    /// Takes back one request of which there is a row.
    fn take_back(&mut self, outcome: LoggedOutcome) {
        let tally = match outcome {
            LoggedOutcome::Done => &mut self.done,
            LoggedOutcome::Unclear => &mut self.unclear,
            LoggedOutcome::Denied | LoggedOutcome::Failed | LoggedOutcome::DryRun => return,
        };
        tally.count = tally.count.saturating_sub(1);
        if tally.count == 0 {
            *tally = Tally::default();
        }
    }
}

impl Tally {
    /// Takes what is dated after `end` for what happened then; whether anything was.
    fn end_by(&mut self, end: Timestamp) -> bool {
        let ahead = self.last.is_some_and(|last| last > end);
        self.first = self.first.map(|first| first.min(end));
        self.last = self.last.map(|last| last.min(end));
        ahead
    }
}

impl Records {
    fn leave_out_after(&mut self, end: Timestamp, found: &mut Found) {
        let Self {
            tool_calls,
            decisions,
            notifications,
            reversals,
            reviews,
            drills,
            incidents,
            incident_reports,
            sessions,
        } = self;
        let later = |time: Option<Timestamp>| time.filter(|time| *time > end);
        let mut told = |place: &Location, time: Timestamp| found.add(Plane::Mcp, place, time);
        rows(tool_calls, &mut told, |row| (later(row.time), &row.place));
        rows(decisions, &mut told, |row| (later(row.time), &row.place));
        rows(notifications, &mut told, |row| (later(row.time), &row.place));
        rows(reversals, &mut told, |row| (later(row.time), &row.place));
        rows(reviews, &mut told, |row| (later(row.time), &row.place));
        rows(drills, &mut told, |row| (later(row.time), &row.place));
        rows(incident_reports, &mut told, |row| (later(row.time), &row.place));
        for row in &*incidents {
            if let Some(time) = later(row.time) {
                told(&row.place, time);
            }
        }
        // What a record says of later is no more than what one of its own would say.
        tool_calls.replace(|rows| {
            rows.into_iter()
                .map(|mut row| {
                    for time in [&mut row.began, &mut row.end] {
                        if let Some(time) = later(*time).and_then(|_| time.take()) {
                            told(&row.place, time);
                        }
                    }
                    row
                })
                .collect()
        });
        notifications.replace(|rows| {
            rows.into_iter()
                .map(|mut row| {
                    if let Some(time) = later(row.delivered) {
                        row.delivered = None;
                        told(&row.place, time);
                    }
                    if let Some(time) = later(row.acknowledged) {
                        (row.acknowledged, row.acknowledged_by) = (None, None);
                        told(&row.place, time);
                    }
                    row
                })
                .collect()
        });
        let mut begun = |place: &Location, time: Timestamp| found.add(Plane::Aws, place, time);
        rows(sessions, &mut begun, |row| (later(row.time), &row.place));
    }
}

/// Leaves out the rows that `of` gives a time for, which is theirs.
fn rows<T: Ord>(
    rows: &mut Rows<T>,
    told: &mut impl FnMut(&Location, Timestamp),
    of: impl Fn(&T) -> (Option<Timestamp>, &Location),
) {
    for row in rows.leave_out(|row| of(row).0.is_some()) {
        if let (Some(time), place) = of(&row) {
            told(place, time);
        }
    }
}

impl LogSummary {
    /// Counts what is dated after `end`; some of it stands at `places`.
    fn leave_out_after(&mut self, end: Timestamp, places: &BTreeMap<Location, Timestamp>) -> u64 {
        let today = Offset::UTC.to_datetime(end).date();
        // Days are counted, and of the last one no more than what stands somewhere.
        let days: u64 = self.days.leave_out_after(&today);
        let on = |time: &&Timestamp| Offset::UTC.to_datetime(**time).date() == today;
        let reaches = self.window.is_some_and(|window| window.last > end);
        let seen = days + places.values().filter(on).count() as u64;
        let events = seen.max(u64::from(reaches || !places.is_empty()));
        if let Some(window) = self.window.filter(|_| reaches) {
            let last = self
                .days
                .iter()
                .next_back()
                .and_then(|(day, _)| Offset::UTC.to_timestamp(day.to_datetime(Time::MAX)).ok());
            self.window = last
                .map(|last| Window { first: window.first, last: last.min(end) })
                .filter(|window| window.first <= window.last);
        }
        let placed: Vec<(&Location, u32)> = places
            .keys()
            .filter_map(|place| Some((place, place.line?)))
            .take(usize::try_from(events).unwrap_or(usize::MAX))
            .collect();
        for (place, line) in &placed {
            self.defects.add(Defect::DatedAhead, &place.path, u64::from(*line));
        }
        self.defects.add_unplaced(Defect::DatedAhead, events.saturating_sub(placed.len() as u64));
        events
    }
}
