//! Who approved what, and how.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::{Figure, all_changes, int, note_count, places};
use crate::{
    assess::{facts::Offenders, overseen::Overseen},
    model::{
        activity::{Decision, DecisionVerdict},
        fact::{FactValue, Facts},
        location::Location,
    },
    privilege::oversight::{Approval, Change, Lack, Open},
};

const HOUR: SignedDuration = SignedDuration::from_hours(1);

pub(super) fn collect(overseen: &Overseen<'_, '_>, facts: &mut Facts) {
    note_count(facts, "approvals.unapprovedWrites", unapproved(overseen));
    note_count(facts, "approvals.maxAgeMinutes", oldest(overseen));
    improper(overseen).note(
        "approvals.improperApprovers",
        improper_gap(overseen).as_deref(),
        facts,
    );
    let decisions = overseen.decisions();
    let known = decided(overseen, &decisions);
    let of = |count: fn(&[&Decision]) -> Figure<u64>| match &known {
        Ok(()) => count(&decisions),
        Err(why) => Err(why.clone()),
    };
    note_count(facts, "approvals.decisions", of(|all| Ok((all.len() as u64, Vec::new()))));
    note_count(
        facts,
        "approvals.rejections",
        of(|all| {
            let refused: Vec<_> =
                all.iter().filter(|own| own.verdict == DecisionVerdict::Rejected).collect();
            Ok((refused.len() as u64, of_decisions(refused.into_iter().copied())))
        }),
    );
    note_count(facts, "approvals.medianSeconds", of(median));
    note_count(facts, "approvals.peakPerApproverHour", of(peak));
    shown(&decisions, known.as_ref().err().map(String::as_str), facts);
}

/// Changes without an earlier approval of exactly that action.
fn unapproved(overseen: &Overseen<'_, '_>) -> Figure<u64> {
    let seen: Vec<&Change<'_, '_>> = overseen.oversight.in_window().collect();
    if !seen.is_empty() && !overseen.records.decisions().are_recorded() {
        return Err(Open::NotRecorded.as_str().to_owned());
    }
    let certain: Vec<&Change<'_, '_>> = seen
        .into_iter()
        .filter(|change| change.is_done() && matches!(change.approval, Approval::Missing(..)))
        .collect();
    let gap = records_gap(overseen).filter(|_| !certain.is_empty());
    if !certain.is_empty() && gap.is_none() {
        return Ok((certain.len() as u64, places(certain)));
    }
    // That there are no others is known only where nothing is missing.
    let changes = all_changes(overseen)?;
    if let Some(gap) = gap {
        return Err(gap);
    }
    for change in &changes {
        let (action, place) = (&change.row.action, &change.row.place);
        match change.approval {
            Approval::Given { .. } => {}
            Approval::Open(open) => return Err(format!("{action} ({place}): {}", open.as_str())),
            // What may have failed may need no approval.
            Approval::Missing(..) => {
                return Err(format!(
                    "{action} ({place}) was not approved, and may not have taken effect"
                ));
            }
        }
    }
    Ok((0, places(changes)))
}

/// What may hide a decision.
fn records_gap(overseen: &Overseen<'_, '_>) -> Option<String> {
    let rows = &overseen.records.activity().records.decisions;
    overseen.records_gap(rows, |decision| decision.time)
}

/// The longest time between an approval and its change, in begun minutes.
fn oldest(overseen: &Overseen<'_, '_>) -> Figure<u64> {
    if !overseen.records.decisions().are_recorded() {
        return Err(Open::NotRecorded.as_str().to_owned());
    }
    let changes = all_changes(overseen)?;
    let given = changes.iter().filter_map(|change| match change.approval {
        Approval::Given { before, .. } => Some((before, *change)),
        Approval::Missing(..) | Approval::Open(_) => None,
    });
    let (before, change) = given
        .max_by_key(|(before, _)| *before)
        .ok_or_else(|| "no approved change is in the logs".to_owned())?;
    let seconds =
        u64::try_from(before.as_secs()).unwrap_or(0) + u64::from(before.subsec_nanos() > 0);
    Ok((seconds.div_ceil(60), vec![change.row.place.clone()]))
}

/// Whether what is said of all decisions can be said.
fn decided(overseen: &Overseen<'_, '_>, decisions: &[&Decision]) -> Result<(), String> {
    if decisions.is_empty() {
        return Err("no decision of a person about it is in the logs".to_owned());
    }
    match records_gap(overseen) {
        Some(gap) => Err(gap),
        None => Ok(()),
    }
}

fn of_decisions<'d>(decisions: impl Iterator<Item = &'d Decision>) -> Vec<Location> {
    decisions.map(|decision| decision.place.clone()).collect()
}

/// Median time from request to decision; the lower one of two.
fn median(decisions: &[&Decision]) -> Figure<u64> {
    let took = |decision: &&Decision| {
        let took = decision.time?.duration_since(decision.asked?);
        u64::try_from(took.as_secs()).ok()
    };
    let answered = decisions.iter().filter(|own| own.verdict != DecisionVerdict::TimedOut);
    let mut seconds = Vec::new();
    for decision in answered {
        seconds.push(took(decision).ok_or_else(|| {
            format!("when the decision at {} was asked for is not on record", decision.place)
        })?);
    }
    seconds.sort_unstable();
    let middle = seconds.get(seconds.len().saturating_sub(1) / 2).copied();
    middle.map(|seconds| (seconds, Vec::new())).ok_or_else(|| "nobody decided in time".to_owned())
}

/// The most approvals that one person gave within an hour.
fn peak(decisions: &[&Decision]) -> Figure<u64> {
    let mut given = BTreeMap::<String, Vec<(Timestamp, &Decision)>>::new();
    for decision in decisions {
        if !matches!(decision.verdict, DecisionVerdict::Approved | DecisionVerdict::Changed) {
            continue;
        }
        let (Some(by), Some(time)) = (decision.by.as_deref(), decision.time) else {
            return Err(format!("who decided at {}, and when, is not on record", decision.place));
        };
        given.entry(by.trim().to_lowercase()).or_default().push((time, decision));
    }
    let mut most: &[(Timestamp, &Decision)] = &[];
    for times in given.values_mut() {
        times.sort_unstable();
        let mut from = 0;
        for until in 0..times.len() {
            let within = |from: usize| {
                times
                    .get(from)
                    .zip(times.get(until))
                    .is_some_and(|(first, last)| last.0.duration_since(first.0) < HOUR)
            };
            while from < until && !within(from) {
                from += 1;
            }
            if until + 1 - from > most.len() {
                most = times.get(from..=until).unwrap_or_default();
            }
        }
    }
    Ok((most.len() as u64, of_decisions(most.iter().map(|(_, decision)| *decision))))
}

/// What approvers were shown.
fn shown(decisions: &[&Decision], missing: Option<&str>, facts: &mut Facts) {
    let looked_at: Vec<_> = decisions.iter().filter(|own| own.complete.is_some()).collect();
    let incomplete: Vec<&Decision> =
        looked_at.iter().filter(|own| own.complete == Some(false)).map(|own| **own).collect();
    let names = ["approvals.sampled", "approvals.incompleteRequests"];
    if looked_at.is_empty() {
        let why = missing.unwrap_or("no record says whether a request was shown in full");
        names.iter().for_each(|name| facts.unknown(name, why));
        return;
    }
    for (name, count) in names.iter().zip([looked_at.len(), incomplete.len()]) {
        let places =
            of_decisions(incomplete.iter().copied()).into_iter().take(super::PLACES).collect();
        facts.know(name, FactValue::Int(int(count as u64)), places);
    }
}

/// Approvers who may not approve.
fn improper(overseen: &Overseen<'_, '_>) -> Offenders {
    let mut offenders = Offenders::default();
    let who = overseen.who;
    for decision in overseen.decisions() {
        if !matches!(decision.verdict, DecisionVerdict::Approved | DecisionVerdict::Changed) {
            continue;
        }
        let Some(by) = decision.by.as_deref() else { continue };
        let why = if who.is_itself(by) {
            "is the agent"
        } else if who.took_on(by) {
            "is a role that the agent took on"
        } else if who.is_other(by) {
            "is another agent"
        } else if !who.may_be_person(by) {
            "is no person"
        } else if !who.may_approve(by) {
            "is not among its approvers"
        } else {
            continue;
        };
        offenders.add(format!("{by} {why}"), Some(&decision.place));
    }
    for change in overseen.oversight.in_window() {
        if let Approval::Missing(Lack::BySelf, Some(decision)) = change.approval
            && let Some(by) =
                decision.by.as_deref().filter(|by| !who.is_itself(by) && !who.took_on(by))
        {
            offenders.add(format!("{by} made the change"), Some(&decision.place));
        }
    }
    offenders
}

/// Why none having been seen says nothing.
fn improper_gap(overseen: &Overseen<'_, '_>) -> Option<String> {
    let decisions = overseen.decisions();
    if let Err(why) = decided(overseen, &decisions) {
        return Some(why);
    }
    if !overseen.who.has_approvers() {
        return Some("who may approve is not declared (`approvers` of the agent)".to_owned());
    }
    let nameless = decisions.iter().find(|own| {
        own.by.is_none()
            && matches!(own.verdict, DecisionVerdict::Approved | DecisionVerdict::Changed)
    })?;
    Some(format!("who decided at {} is not on record", nameless.place))
}
