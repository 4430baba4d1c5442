//! What was put back, and whether that worked.

use std::collections::{BTreeMap, BTreeSet};

use super::{Figure, all_changes, note, note_count, note_share, share};
use crate::{
    assess::{facts::Offenders, overseen::Overseen},
    model::{
        activity::{Drill, DrillOf, Reversal},
        fact::{Fact, FactValue, Facts},
        location::Location,
    },
    privilege::oversight::Change,
    rubric::oversight::spelt,
};

pub(super) fn collect(overseen: &Overseen<'_, '_>, facts: &mut Facts) {
    let own = own(overseen);
    note_share(facts, "reversals.successRatio", success(overseen, &own));
    note_count(facts, "reversals.automationProvenDaysAgo", proven(overseen, &own));
    let tests = automatic(overseen, &own);
    note_count(facts, "reversals.oldestTestDays", oldest(overseen, &tests));
    automated(&tests, facts);
    unproven(overseen, &own).note(
        "reversals.unprovenActions",
        Some("whether every action that it may take was reverted, its logs do not tell"),
        facts,
    );
}

/// Reversals of the window of what the agent did, drills among them.
fn own<'a>(overseen: &Overseen<'a, '_>) -> Vec<&'a Reversal> {
    let joined: Vec<&Reversal> =
        overseen.oversight.changes.iter().flat_map(Change::reversal_records).collect();
    let called = |record: &Reversal| {
        record.about.agent.as_deref().is_some_and(|name| overseen.who.is_called(name))
    };
    let mut own: Vec<&Reversal> = overseen
        .records
        .activity()
        .records
        .reversals
        .iter()
        .filter(|record| overseen.is_in_window(record.time))
        .filter(|record| called(record) || joined.contains(record))
        .collect();
    own.dedup_by(|one, other| {
        let mut moved = one.clone();
        moved.place.clone_from(&other.place);
        moved == **other
    });
    own
}

/// Share of reversals that restored the earlier state.
fn success(overseen: &Overseen<'_, '_>, own: &[&Reversal]) -> Figure<f64> {
    let rows = &overseen.records.activity().records.reversals;
    if own.is_empty() {
        return Err("no reversal of what it did is on record".to_owned());
    }
    if let Some(gap) = overseen.records_gap(rows, |record| record.time) {
        return Err(gap);
    }
    if let Some(silent) = own.iter().find(|record| record.restored.is_none()) {
        return Err(format!("whether the reversal at {} worked is not on record", silent.place));
    }
    let failed: Vec<_> = own.iter().filter(|record| record.restored == Some(false)).collect();
    share(own.len() - failed.len(), own.len())
        .map(|share| (share, failed.iter().map(|record| record.place.clone()).collect()))
        .ok_or_else(|| "no reversal of what it did is on record".to_owned())
}

/// Days since an automatic reversal worked, unless a later one did not.
fn proven(overseen: &Overseen<'_, '_>, own: &[&Reversal]) -> Figure<u64> {
    let reversals = own.iter().filter_map(|record| Test::of_reversal(overseen, record));
    let latest = reversals.chain(latest_drill(overseen, DrillOf::Reversal)).min();
    let test = latest.ok_or_else(|| "no automatic reversal is on record that worked".to_owned())?;
    test.days_if_worked("automatic reversal")
}

/// The latest time that something was to work which must when it is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Test<'a> {
    days: i64,
    /// Of two on one day, what failed comes first.
    worked: bool,
    pub(super) place: &'a Location,
}

impl<'a> Test<'a> {
    /// Of a reversal that nobody had to ask for, or of a drill of one; none of another, and
    /// of one that is to come.
    fn of_reversal(overseen: &Overseen<'_, '_>, record: &'a Reversal) -> Option<Self> {
        let worked = record.automatic && record.restored == Some(true);
        let failed = (record.automatic || record.drill) && record.restored != Some(true);
        let days = match record.time.and_then(|time| overseen.days_since(time)) {
            Some(days) if worked || failed => days,
            // It may be the latest.
            None if failed => 0,
            Some(_) | None => return None,
        };
        Some(Self { days, worked, place: &record.place })
    }

    /// Days since, where it worked.
    pub(super) fn days_if_worked(self, what: &str) -> Figure<u64> {
        if !self.worked {
            return Err(format!("that the latest {what} worked is not on record ({})", self.place));
        }
        Ok((u64::try_from(self.days).unwrap_or(0), vec![self.place.clone()]))
    }
}

/// The latest automatic reversal of each kind of change, drills among them, whether it
/// worked or not.
fn automatic<'a>(overseen: &Overseen<'a, '_>, own: &[&'a Reversal]) -> BTreeMap<String, Test<'a>> {
    let of_changes = overseen.oversight.changes.iter().flat_map(|change| {
        change.reversal_records().map(|record| (spelt(&change.row.action), record))
    });
    // A drill is of no change that was logged, but may say what it is of.
    let named =
        own.iter().filter_map(|record| Some((record.about.action.clone()?.into(), *record)));
    let mut tests = BTreeMap::<String, Test<'a>>::new();
    for (kind, record) in of_changes.chain(named) {
        let Some(test) = Test::of_reversal(overseen, record) else { continue };
        tests.entry(kind).and_modify(|latest| *latest = test.min(*latest)).or_insert(test);
    }
    tests
}

/// The latest drill of something, whether it worked or not. One that does not say that it
/// did, failed; without a time it may be the latest.
pub(super) fn latest_drill<'a>(overseen: &Overseen<'a, '_>, of: DrillOf) -> Option<Test<'a>> {
    drills(overseen, of).min()
}

fn drills<'a>(overseen: &Overseen<'a, '_>, of: DrillOf) -> impl Iterator<Item = Test<'a>> {
    let drills = &overseen.records.activity().records.drills;
    let its = drills.iter().filter(move |drill| drill.of == of && is_of(overseen, drill));
    its.filter_map(|drill| {
        let worked = drill.worked == Some(true);
        let days = drill.time.and_then(|time| overseen.days_since(time));
        let days = if worked { days? } else { days.unwrap_or(0) };
        Some(Test { days, worked, place: &drill.place })
    })
}

/// Days since that kind of change which it makes on its own was seen to undo itself of
/// which that is longest ago.
fn oldest(overseen: &Overseen<'_, '_>, tests: &BTreeMap<String, Test<'_>>) -> Figure<u64> {
    let changes = all_changes(overseen)?;
    let kinds: BTreeSet<String> = changes
        .iter()
        .filter(|change| !change.is_approved())
        .map(|change| spelt(&change.row.action))
        .collect();
    // Of which kinds of changes a drill was no record says: one that failed was of any.
    let drill = drills(overseen, DrillOf::Reversal).filter(|drill| !drill.worked).min();
    let mut oldest = None;
    for kind in &kinds {
        let latest = tests
            .get(kind)
            .ok_or_else(|| format!("no automatic reversal of `{kind}` is on record that worked"))?;
        let test = drill.map_or(*latest, |drill| drill.min(*latest));
        if !test.worked {
            return Err(format!(
                "that the latest automatic reversal of `{kind}` worked is not on record ({})",
                test.place
            ));
        }
        oldest = oldest.max(Some((test.days, test.place)));
    }
    let (days, place) =
        oldest.ok_or_else(|| "it changed nothing on its own within the window".to_owned())?;
    Ok((u64::try_from(days).unwrap_or(0), vec![place.clone()]))
}

/// Kinds of changes that were seen to undo themselves, with those that evidence of the
/// platform shows.
fn automated(tests: &BTreeMap<String, Test<'_>>, facts: &mut Facts) {
    if !tests.values().any(|test| test.worked) {
        return;
    }
    let (mut kinds, mut places) = match facts.get("reversals.automated") {
        Some(Fact::Known { value: FactValue::List(kinds), evidence }) => {
            (kinds.clone(), evidence.clone())
        }
        Some(Fact::Known { .. } | Fact::Unknown { .. }) | None => (Vec::new(), Vec::new()),
    };
    for (kind, test) in tests.iter().filter(|(_, test)| test.worked) {
        if !kinds.contains(kind) {
            kinds.push(kind.clone());
            places.push(test.place.clone());
        }
    }
    note(facts, "reversals.automated", Ok((FactValue::List(kinds), places)));
}

/// Whether a drill is of the agent, or of all.
fn is_of(overseen: &Overseen<'_, '_>, drill: &Drill) -> bool {
    drill.agent.as_deref().is_none_or(|name| overseen.who.is_called(name))
}

/// Kinds of changes that it made on its own and that nobody was seen to put back, where
/// reversals are on record at all.
fn unproven(overseen: &Overseen<'_, '_>, own: &[&Reversal]) -> Offenders {
    let mut offenders = Offenders::default();
    let rows = &overseen.records.activity().records.reversals;
    let recorded = !rows.is_empty() && overseen.records_gap(rows, |record| record.time).is_none();
    if !recorded || overseen.gap.is_some() {
        return offenders;
    }
    let mut kinds = BTreeMap::<String, Vec<_>>::new();
    for change in overseen.oversight.in_window().filter(|own| !own.is_approved()) {
        kinds.entry(spelt(&change.row.action)).or_default().push(change);
    }
    // A drill may be of any kind: its record says so in words of its own.
    let drilled = own.iter().any(|record| record.drill && record.restored != Some(false));
    for (kind, changes) in kinds {
        let was_reverted = changes.iter().any(|change| !change.reverted.is_empty());
        if !was_reverted && !drilled {
            offenders.add(kind, changes.first().map(|change| &change.row.place));
        }
    }
    offenders
}
