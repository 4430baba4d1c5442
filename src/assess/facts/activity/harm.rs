//! Whether what the agent did on its own did harm, by the class of failure that it
//! answered.
//!
//! An execution is one call of a tool, whatever it changed. It did harm where people put
//! back what it changed, or a review names it as harmful. That it did none is known only
//! where a review that people held is of its day, says which ones did, and looked at all
//! of its days.

use std::collections::{BTreeMap, BTreeSet};

use jiff::tz::Offset;

use super::{
    Figure, all_changes, note_count, note_share,
    record::reverts_gap,
    reviews::{covers, held},
};
use crate::{
    assess::overseen::{Overseen, perhaps},
    model::{activity::Review, fact::Facts, location::Location},
    privilege::oversight::{Approval, ByPeople, Change, events::ids, statistics::at_least},
};

pub(super) fn collect(overseen: &Overseen<'_, '_>, facts: &mut Facts) {
    let changes = autonomous(overseen);
    let changes = changes.as_deref().map_err(Clone::clone);
    let harm = changes.clone().map(|changes| Harm::of(overseen, changes));
    let harm = harm.as_ref().map_err(Clone::clone);
    note_count(facts, "record.harmfulExecutions", harm.clone().and_then(harmful));
    let classes = changes.and_then(classes);
    let classes = classes.as_ref().map_err(Clone::clone);
    note_count(facts, "record.fewestExecutions", classes.clone().and_then(fewest));
    note_share(facts, "record.safeLowerBound", classes.and_then(|classes| weakest(classes, harm?)));
}

/// Executions, by something that tells each from all others.
type Execution<'o> = (&'o Location, Option<&'o str>);

/// What the agent did within the window although nobody approved it, where it is known
/// what that is.
fn autonomous<'o, 'a, 's>(
    overseen: &'o Overseen<'a, 's>,
) -> Result<Vec<&'o Change<'a, 's>>, String> {
    let mut own = Vec::new();
    for change in all_changes(overseen)? {
        match change.approval {
            Approval::Given { .. } => {}
            Approval::Missing(..) => own.push(change),
            Approval::Open(open) => {
                let (action, place) = (&change.row.action, &change.row.place);
                return Err(format!("{action} ({place}): {}", open.as_str()));
            }
        }
    }
    if own.is_empty() {
        return Err("it changed nothing on its own within the window".to_owned());
    }
    Ok(own)
}

/// The call that made a change; of a change without one, the change.
fn execution<'o>(change: &'o Change<'_, '_>) -> Execution<'o> {
    let record = change.call().and_then(|call| call.records.first());
    match record {
        Some(record) => (&record.place, record.id.as_deref()),
        None => (&change.row.place, change.row.trace.id.as_deref()),
    }
}

/// Executions that did harm, and why others may have.
struct Harm<'o> {
    harmful: BTreeMap<Execution<'o>, Location>,
    doubt: Option<String>,
}

impl<'o> Harm<'o> {
    fn of(overseen: &Overseen<'_, '_>, changes: &[&'o Change<'_, '_>]) -> Self {
        let rows = &overseen.records.activity().records.reviews;
        let reviews = held(overseen);
        let mut harm = Self {
            harmful: BTreeMap::new(),
            doubt: reverts_gap(overseen)
                .or_else(|| overseen.records_gap(rows, |review| review.time))
                .or_else(|| unplaced(overseen, &reviews)),
        };
        for change in changes {
            let named = reviews.iter().find(|review| names(review, change));
            match (named, change.by_people(overseen.who)) {
                (Some(review), _) => harm.note(change, &review.place),
                (None, ByPeople::Yes) => harm.note(change, &change.row.place),
                (None, ByPeople::Perhaps) => {
                    harm.doubt.get_or_insert_with(|| perhaps(change));
                }
                (None, ByPeople::No) => {
                    let mut of_day = reviews.iter().filter(|review| is_of(review, change));
                    if !of_day.any(|review| is_of_all(overseen, review)) {
                        harm.doubt.get_or_insert_with(|| {
                            format!(
                                "no review that looked at all of its days says whether {} ({}) \
                                 did harm",
                                change.row.action, change.row.place
                            )
                        });
                    }
                }
            }
        }
        harm
    }

    fn note(&mut self, change: &'o Change<'_, '_>, place: &Location) {
        self.harmful.entry(execution(change)).or_insert_with(|| place.clone());
    }
}

/// That a review names as harmful what no change and no call bears: which of its executions
/// did harm is not known then.
fn unplaced(overseen: &Overseen<'_, '_>, reviews: &[&Review]) -> Option<String> {
    let seen: BTreeSet<&str> = overseen
        .oversight
        .changes
        .iter()
        .flat_map(|change| ids(change.row).chain(change.call().and_then(|call| call.id())))
        .chain(overseen.records.calls.iter().filter_map(|call| call.id()))
        .collect();
    reviews.iter().find_map(|review| {
        let unseen = review.harmful.iter().flatten().find(|id| !seen.contains(&***id))?;
        Some(format!(
            "the review at {} names {unseen} as harmful, which no change of it bears",
            review.place
        ))
    })
}

/// Whether a review names a change, by an id of it or of its call, as harmful.
fn names(review: &Review, change: &Change<'_, '_>) -> bool {
    let call = change.call().and_then(|call| call.id());
    let mut own = ids(change.row).chain(call);
    review
        .harmful
        .as_ref()
        .is_some_and(|harmful| own.any(|id| harmful.iter().any(|it| **it == *id)))
}

/// Whether a review says which changes of the day of this one did harm.
fn is_of(review: &Review, change: &Change<'_, '_>) -> bool {
    review.harmful.is_some() && is_of_day(review, change)
}

fn is_of_day(review: &Review, change: &Change<'_, '_>) -> bool {
    let day = change.row.time.map(|time| Offset::UTC.to_datetime(time).date());
    day.is_some_and(|day| covers(review, day, day))
}

/// Whether a review looked at every execution of its days, as far as it says how many it
/// looked at: of one of all agents, nobody knows whose these were.
fn is_of_all(overseen: &Overseen<'_, '_>, review: &Review) -> bool {
    let Some(sampled) = review.sampled else { return true };
    let all: BTreeSet<Execution<'_>> = overseen
        .oversight
        .changes
        .iter()
        .filter(|change| is_of_day(review, change))
        .map(execution)
        .collect();
    review.agent.is_some() && sampled >= all.len() as u64
}

fn harmful(harm: &Harm<'_>) -> Figure<u64> {
    match (harm.harmful.len() as u64, &harm.doubt) {
        (0, Some(doubt)) => Err(doubt.clone()),
        (count, _) => Ok((count, harm.harmful.values().cloned().collect())),
    }
}

/// Executions by the class of failure that they answered.
type Classes<'o> = BTreeMap<&'o str, BTreeSet<Execution<'o>>>;

fn classes<'o>(changes: &[&'o Change<'_, '_>]) -> Result<Classes<'o>, String> {
    let mut classes = Classes::new();
    for change in changes {
        let mut records = change.call().into_iter().flat_map(|call| &call.records);
        let class = records.find_map(|record| record.failure_class.as_deref());
        let Some(class) = class else {
            return Err(format!(
                "which class of failure {} ({}) answered is not on record",
                change.row.action, change.row.place
            ));
        };
        classes.entry(class).or_default().insert(execution(change));
    }
    Ok(classes)
}

fn fewest(classes: &Classes<'_>) -> Figure<u64> {
    let fewest = classes.values().map(BTreeSet::len).min().unwrap_or_default();
    Ok((fewest as u64, Vec::new()))
}

/// What the record shows of the share of harmless executions, for the class where that is
/// least.
fn weakest(classes: &Classes<'_>, harm: &Harm<'_>) -> Figure<f64> {
    if let Some(doubt) = &harm.doubt {
        return Err(doubt.clone());
    }
    let bound = |executions: &BTreeSet<Execution<'_>>| {
        let harmful = executions.iter().filter(|one| harm.harmful.contains_key(*one)).count();
        at_least((executions.len() - harmful) as u64, executions.len() as u64)
    };
    classes
        .values()
        .filter_map(bound)
        .min_by(f64::total_cmp)
        .map(|bound| (bound, harm.harmful.values().cloned().collect()))
        .ok_or_else(|| "it changed nothing on its own within the window".to_owned())
}
