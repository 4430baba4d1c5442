//! What the log of tool calls tells, and whether it explains what was changed.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::{Figure, all_changes, note_count, note_share, places, share};
use crate::{
    assess::{facts::Offenders, overseen::Overseen},
    model::{
        activity::{CallField, CallOutcome, Reasoning, Target, ToolCall},
        fact::Facts,
        location::Location,
    },
    privilege::oversight::{Change, Strength, calls::Call},
};

pub(super) fn collect(overseen: &Overseen<'_, '_>, facts: &mut Facts) {
    let calls = own_calls(overseen);
    let known = || {
        if calls.is_empty() {
            let logged = overseen.records.calls.iter().count();
            return Err(match logged {
                0 => "no log that was read records tool calls".to_owned(),
                _ => format!(
                    "{logged} tool calls are logged, none under a name of it (`logNames` of the \
                     agent)"
                ),
            });
        }
        Ok(())
    };
    note_count(facts, "toolLog.calls", known().map(|()| (calls.len() as u64, of_calls(&calls))));
    let missing = known().err().or_else(|| gap(overseen));
    missing_fields(&calls).note("toolLog.missingFields", missing.as_deref(), facts);

    let joined = known().and_then(|()| joined(overseen, &calls));
    let joined = joined.as_deref().map_err(Clone::clone);
    // A log that never tells something does not show that it was not so.
    let recorded = |fields: &[CallField]| match fields
        .iter()
        .find(|field| !calls.iter().any(|call| call.has(**field)))
    {
        Some(field) => Err(format!("no logged call of it has its {}", word(*field))),
        None => Ok(()),
    };
    note_share(facts, "toolLog.joinedWriteRatio", joined.clone().and_then(explained_share));
    note_count(facts, "toolLog.unexplainedWrites", joined.clone().and_then(unexplained));
    note_share(
        facts,
        "toolLog.reasonedWriteRatio",
        joined.clone().and_then(|changes| {
            recorded(&WHY)?;
            reasoned(changes)
        }),
    );
    note_share(
        facts,
        "reversals.priorStateRatio",
        joined.clone().and_then(|changes| {
            recorded(&[CallField::PriorState])?;
            let may_have = |call: &Call<'_>| call.has(CallField::PriorState);
            if let Some(open) = changes.iter().find_map(|own| perhaps_of(own, may_have)) {
                return Err(open);
            }
            let kept = changes.iter().filter(|own| has(own, CallField::PriorState)).count();
            share(kept, changes.len()).map(|share| (share, Vec::new())).ok_or_else(nothing_changed)
        }),
    );
    note_count(
        facts,
        "trail.orphans",
        joined.clone().and_then(|changes| {
            recorded(&CHAIN)?;
            orphans(changes)
        }),
    );
    let lacking = |field: CallField| {
        joined.clone().and_then(|changes| {
            recorded(&[field])?;
            let lacking = changes.iter().filter(|own| !own.is_approved() && !has(own, field));
            surely(lacking.copied(), |call| call.has(field))
        })
    };
    note_count(facts, "reversals.unverifiedActions", lacking(CallField::Verification));
    note_count(facts, "policy.actionsWithoutRule", lacking(CallField::PolicyRule));
    note_count(facts, "targets.namespacesPerAction", joined.and_then(namespaces));
    note_share(facts, "targets.replicaShare", replicas(overseen));
}

/// Calls of the window that are the agent's by name, or by what they did.
fn own_calls<'o, 'a>(overseen: &'o Overseen<'a, '_>) -> Vec<&'o Call<'a>> {
    let made: BTreeSet<*const Call<'_>> = overseen
        .oversight
        .changes
        .iter()
        .filter_map(|change| change.join)
        .filter(|join| join.strength == Strength::Exact)
        .map(|join| std::ptr::from_ref(join.call))
        .collect();
    overseen
        .records
        .calls
        .iter()
        .filter(|call| call.named || made.contains(&std::ptr::from_ref(*call)))
        .filter(|call| overseen.is_in_window(call.start))
        .collect()
}

fn of_calls(calls: &[&Call<'_>]) -> Vec<Location> {
    calls.iter().filter_map(|call| call.records.first()).map(|own| own.place.clone()).collect()
}

/// What may hide a call.
fn gap(overseen: &Overseen<'_, '_>) -> Option<String> {
    let rows = &overseen.records.activity().records.tool_calls;
    overseen.records_gap(rows, |call| call.time)
}

/// Fields that some calls lack in all of their records.
fn missing_fields(calls: &[&Call<'_>]) -> Offenders {
    type Has = fn(&ToolCall) -> bool;
    const FIELDS: [(&str, Has); 7] = [
        ("time", |own| own.time.is_some()),
        ("agent", |own| own.caller.agent.is_some()),
        ("session", |own| own.caller.session.is_some() || own.caller.trace.is_some()),
        ("tool", |own| !own.tool.trim().is_empty()),
        ("arguments", |own| own.arguments.recorded),
        ("target", |own| own.server.is_some() || !own.arguments.words.is_empty()),
        ("outcome", |own| own.outcome != CallOutcome::NotSaid),
    ];
    let mut offenders = Offenders::default();
    for (name, has) in FIELDS {
        let lacking = calls.iter().find(|call| !call.records.iter().any(|record| has(record)));
        if let Some(record) = lacking.and_then(|call| call.records.first()) {
            offenders.add(name.to_owned(), Some(&record.place));
        }
    }
    offenders
}

/// The changes of the window, where the log of calls is whole and of the time of each.
fn joined<'o, 'a, 's>(
    overseen: &'o Overseen<'a, 's>,
    calls: &[&Call<'_>],
) -> Result<Vec<&'o Change<'a, 's>>, String> {
    let changes = all_changes(overseen)?;
    if let Some(gap) = gap(overseen) {
        return Err(gap);
    }
    let first = calls.iter().filter_map(|call| call.start).min();
    let logs = &overseen.records.activity().logs;
    let last = logs
        .get(&crate::model::capability::Plane::Mcp)
        .and_then(|log| log.window)
        .map(|window| window.last)
        .max(calls.iter().filter_map(|call| call.end.max(call.start)).max());
    let covers = |time: Option<Timestamp>| {
        time.zip(first.zip(last)).is_some_and(|(time, (first, last))| first <= time && time <= last)
    };
    match changes.iter().find(|own| own.call().is_none() && !covers(own.row.time)) {
        Some(outside) => Err(format!(
            "{} ({}) was made before or after the time that tool calls are logged of",
            outside.row.action, outside.row.place
        )),
        None => Ok(changes),
    }
}

fn nothing_changed() -> String {
    "it changed nothing within the window".to_owned()
}

/// Changes that no call explains; not known to be none where a call may.
fn unexplained(changes: &[&Change<'_, '_>]) -> Figure<u64> {
    surely(changes.iter().copied().filter(|own| own.call().is_none()), |_| true)
}

/// Of changes that lack something, those that do whichever call made them; not known to be none
/// where a call that `has` it may have made one.
fn surely<'o, 'a: 's, 's: 'o>(
    lacking: impl Iterator<Item = &'o Change<'a, 's>>,
    has: impl Fn(&Call<'_>) -> bool,
) -> Figure<u64> {
    let mut open = None;
    let mut sure = Vec::new();
    for change in lacking {
        match perhaps_of(change, &has) {
            Some(why) => open = open.or(Some(why)),
            None => sure.push(change),
        }
    }
    match open {
        Some(open) if sure.is_empty() => Err(open),
        Some(_) | None => Ok((sure.len() as u64, places(sure))),
    }
}

/// That a call that `has` something may have made a change, where it is not known which did.
fn perhaps_of(change: &Change<'_, '_>, has: impl Fn(&Call<'_>) -> bool) -> Option<String> {
    let may_be_made = change.call().is_none() && change.perhaps_by.is_some_and(has);
    may_be_made.then(|| perhaps_explained(change)).flatten()
}

/// That a call may have made a change, and does not tell.
fn perhaps_explained(change: &Change<'_, '_>) -> Option<String> {
    let call = change.perhaps_by?.records.first()?;
    Some(format!(
        "the call at {} may have made {} ({}), and does not tell that it did",
        call.place, change.row.action, change.row.place
    ))
}

fn explained_share(changes: &[&Change<'_, '_>]) -> Figure<f64> {
    if let Some(open) = changes.iter().find_map(|own| perhaps_explained(own)) {
        return Err(open);
    }
    let (alone, places) = unexplained(changes)?;
    let explained = changes.len().saturating_sub(usize::try_from(alone).unwrap_or(usize::MAX));
    share(explained, changes.len()).map(|share| (share, places)).ok_or_else(nothing_changed)
}

fn has(change: &Change<'_, '_>, field: CallField) -> bool {
    change.call().is_some_and(|call| call.has(field))
}

/// What a call must carry that says why, beside the reasons themselves.
const WHY: [CallField; 4] =
    [CallField::Trigger, CallField::Evidence, CallField::ModelVersion, CallField::PromptDigest];

/// What a call must carry from its trigger to its verification.
const CHAIN: [CallField; 3] = [CallField::Trigger, CallField::PolicyRule, CallField::Verification];

/// A field, for a person.
fn word(field: CallField) -> &'static str {
    match field {
        CallField::Trigger => "trigger",
        CallField::Evidence => "evidence",
        CallField::ModelVersion => "model version",
        CallField::PromptDigest => "prompt digest",
        CallField::PolicyRule => "policy rule",
        CallField::Verification => "verification",
        CallField::PriorState => "prior state",
    }
}

/// Share of changing calls that say why. A log that does not record reasons does not
/// show that there were none.
fn reasoned(changes: &[&Change<'_, '_>]) -> Figure<f64> {
    if let Some(open) = changes.iter().find_map(|own| perhaps_of(own, |_| true)) {
        return Err(open);
    }
    let mut calls: Vec<&Call<'_>> = Vec::new();
    for call in changes.iter().filter_map(|change| change.call()) {
        if !calls.iter().any(|known| std::ptr::eq(*known, call)) {
            calls.push(call);
        }
    }
    let silent = calls.iter().find(|call| call.reasoning() == Reasoning::NotRecorded);
    if let Some(record) = silent.and_then(|call| call.records.first()) {
        return Err(format!("the log of {} does not record reasons", record.place));
    }
    let (good, bad): (Vec<&Call<'_>>, Vec<&Call<'_>>) = calls.iter().partition(|call| {
        call.reasoning() == Reasoning::Present && WHY.iter().all(|field| call.has(*field))
    });
    share(good.len(), calls.len())
        .map(|share| (share, of_calls(&bad)))
        .ok_or_else(|| "no tool call is known to have changed anything".to_owned())
}

/// Changes whose chain from trigger to verification has a gap. The decision is a
/// person's, or the rule's that allowed it.
fn orphans(changes: &[&Change<'_, '_>]) -> Figure<u64> {
    if changes.is_empty() {
        return Err(nothing_changed());
    }
    let is_whole = |call: &Call<'_>| {
        call.reasoning() == Reasoning::Present && CHAIN.iter().all(|field| call.has(*field))
    };
    let broken = changes.iter().filter(|own| !own.call().is_some_and(is_whole));
    surely(broken.copied(), is_whole)
}

/// Largest share of the replicas of a target that one change touched, where one is known to
/// have touched all of them. How many a scale took or a restart went through, logs do not
/// tell, nor how many there were.
fn replicas(overseen: &Overseen<'_, '_>) -> Figure<f64> {
    let rules = overseen.who.rules();
    let whole: Vec<_> = overseen
        .oversight
        .in_window()
        .filter(|change| change.is_done() && rules.is_of_whole_target(&change.row.action))
        .collect();
    if whole.is_empty() {
        return Err(
            "logs tell which target an action touched, and not how many of its replicas".to_owned()
        );
    }
    Ok((1.0, places(whole)))
}

/// Most namespaces that one call touched, where every change is some call's by id.
fn namespaces(changes: &[&Change<'_, '_>]) -> Figure<u64> {
    let mut touched = std::collections::BTreeMap::<*const Call<'_>, BTreeSet<Option<&str>>>::new();
    for change in changes {
        let join = change.join.filter(|join| join.strength == Strength::Exact);
        let Some(join) = join else {
            return Err(format!(
                "no id tells which call made {} ({})",
                change.row.action, change.row.place
            ));
        };
        if let Target::KubernetesResource { namespace, .. } = &change.row.action.target {
            let places = touched.entry(std::ptr::from_ref(join.call)).or_default();
            places.insert(namespace.as_deref());
        }
    }
    let most = touched.values().map(BTreeSet::len).max().ok_or_else(nothing_changed)?;
    Ok((most as u64, Vec::new()))
}
