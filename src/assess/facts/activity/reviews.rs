//! Reviews and drills that are on record.

use jiff::{ToSpan as _, civil::Date, tz::Offset};

use super::{Figure, note, note_count, reversals::latest_drill};
use crate::{
    assess::{facts::Seen, overseen::Overseen},
    model::{
        activity::{DrillOf, Review},
        fact::{FactValue, Facts},
        location::Location,
    },
};

/// Weeks that are looked back at.
const WEEKS: i64 = 13;

pub(super) fn collect(seen: Seen<'_>, facts: &mut Facts) {
    let owner = seen.subject.declaration.and_then(|declared| declared.owner.as_deref());
    collect_of(seen.overseen, owner, facts);
}

/// The same of an agent that `owner` answers for.
pub(super) fn collect_of(overseen: &Overseen<'_, '_>, owner: Option<&str>, facts: &mut Facts) {
    let own = held(overseen);
    let weeks = weeks(overseen.today);
    let covering: Vec<&Review> = own
        .iter()
        .copied()
        .filter(|own| weeks.iter().any(|(first, last)| covers(own, *first, *last)))
        .collect();
    note_count(facts, "review.weeksReviewed", reviewed(overseen, &covering, &weeks));
    note(facts, "review.independentReviewer", independent(overseen, &covering, owner));

    let stop = age(overseen, DrillOf::Stop, "stop");
    note(facts, "stop.drillRecorded", stop.clone().and_then(|(_, places)| timed(overseen, places)));
    note_count(facts, "stop.drillAgeDays", stop);
    note_count(facts, "breaker.provenDaysAgo", age(overseen, DrillOf::Breaker, "breaker"));
}

/// Whether the drill at a place says how long it took.
fn timed(overseen: &Overseen<'_, '_>, places: Vec<Location>) -> Figure<FactValue> {
    let drills = &overseen.records.activity().records.drills;
    let timed = drills.iter().any(|own| own.seconds.is_some() && places.contains(&own.place));
    Ok((FactValue::Bool(timed), places))
}

/// Reviews of the agent, or of all, that people held.
pub(super) fn held<'a>(overseen: &Overseen<'a, '_>) -> Vec<&'a Review> {
    let reviews = &overseen.records.activity().records.reviews;
    reviews
        .iter()
        .filter(|review| review.agent.as_deref().is_none_or(|name| overseen.who.is_called(name)))
        .filter(|review| counts(review, overseen))
        .collect()
}

/// The last full weeks before a day, Monday and Sunday, the latest first.
fn weeks(today: Date) -> Vec<(Date, Date)> {
    let past = i64::from(today.weekday().to_monday_zero_offset());
    let week = |back: i64| {
        let first = today.checked_sub((past + 7 * back).days()).ok()?;
        Some((first, first.checked_add(6.days()).ok()?))
    };
    (1..=WEEKS).filter_map(week).collect()
}

/// Whether a review says who held it, and was held once what it covers was over.
fn counts(review: &Review, overseen: &Overseen<'_, '_>) -> bool {
    let by_people = review.by.iter().any(|by| overseen.who.may_be_person(by));
    let held = review.time.map(|time| Offset::UTC.to_datetime(time).date());
    let over = held.zip(review.to).is_some_and(|(held, to)| to <= held && held <= overseen.today);
    by_people && over && review.sampled != Some(0)
}

/// Whether a review is of all these days.
pub(super) fn covers(review: &Review, first: Date, last: Date) -> bool {
    review.from.is_some_and(|from| from <= first) && review.to.is_some_and(|to| last <= to)
}

/// Of the last weeks, those that a review covers whole.
fn reviewed(
    overseen: &Overseen<'_, '_>,
    covering: &[&Review],
    weeks: &[(Date, Date)],
) -> Figure<u64> {
    let rows = &overseen.records.activity().records.reviews;
    let covered = weeks
        .iter()
        .filter(|(first, last)| covering.iter().any(|own| covers(own, *first, *last)))
        .count();
    let gap = if covering.is_empty() {
        Some("no review of it is on record within the last 13 weeks".to_owned())
    } else {
        overseen.records_gap(rows, |review| review.time).filter(|_| covered < weeks.len())
    };
    match gap {
        Some(gap) => Err(gap),
        None => Ok((covered as u64, covering.iter().map(|review| review.place.clone()).collect())),
    }
}

/// Whether each of these reviews was held by someone other than who answers for the agent.
fn independent(
    overseen: &Overseen<'_, '_>,
    covering: &[&Review],
    owner: Option<&str>,
) -> Figure<FactValue> {
    let Some(owner) = owner else {
        return Err("who answers for it is not declared".to_owned());
    };
    if covering.is_empty() {
        return Err("no review of it is on record within the last 13 weeks".to_owned());
    }
    let others = |review: &Review| {
        review.by.iter().any(|by| {
            overseen.who.may_be_person(by) && !by.trim().eq_ignore_ascii_case(owner.trim())
        })
    };
    let own: Vec<&Review> = covering.iter().copied().filter(|review| !others(review)).collect();
    let shown = if own.is_empty() { covering } else { &own };
    let places = shown.iter().map(|review| review.place.clone()).collect();
    Ok((FactValue::Bool(own.is_empty()), places))
}

/// Days since the latest drill, where it worked.
fn age(overseen: &Overseen<'_, '_>, of: DrillOf, what: &str) -> Figure<u64> {
    let drill = latest_drill(overseen, of)
        .ok_or_else(|| format!("no drill of a {what} is on record that worked"))?;
    drill.days_if_worked(&format!("drill of a {what}"))
}
