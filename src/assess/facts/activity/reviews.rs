//! Reviews and drills that are on record.

use jiff::{ToSpan as _, civil::Date, tz::Offset};

use super::{Figure, note, note_count, reversals::is_of};
use crate::{
    assess::{facts::Seen, overseen::Overseen},
    model::{
        activity::{Drill, DrillOf, Review},
        fact::{FactValue, Facts},
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

    let stop = last(overseen, DrillOf::Stop);
    note_count(facts, "stop.drillAgeDays", age(overseen, stop, "stop"));
    match stop {
        Some(drill) => facts.know(
            "stop.drillRecorded",
            FactValue::Bool(drill.seconds.is_some()),
            vec![drill.place.clone()],
        ),
        None => facts.unknown("stop.drillRecorded", "no drill of a stop is on record that worked"),
    }
    let breaker = last(overseen, DrillOf::Breaker);
    note_count(facts, "breaker.provenDaysAgo", age(overseen, breaker, "breaker"));
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

/// The latest drill that worked.
fn last<'a>(overseen: &Overseen<'a, '_>, of: DrillOf) -> Option<&'a Drill> {
    let drills = &overseen.records.activity().records.drills;
    drills
        .iter()
        .filter(|drill| drill.of == of && drill.worked == Some(true))
        .filter(|drill| drill.time.and_then(|time| overseen.days_since(time)).is_some())
        .filter(|drill| is_of(overseen, drill))
        .max_by_key(|drill| drill.time)
}

fn age(overseen: &Overseen<'_, '_>, drill: Option<&Drill>, of: &str) -> Figure<u64> {
    drill
        .and_then(|drill| {
            let days = overseen.days_since(drill.time?)?;
            Some((u64::try_from(days).ok()?, vec![drill.place.clone()]))
        })
        .ok_or_else(|| format!("no drill of a {of} is on record that worked"))
}
