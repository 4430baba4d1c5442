//! The record that an agent has: what was approved and carried out, what was right as
//! proposed, what people put back, and what went badly wrong.

use std::collections::{BTreeMap, BTreeSet};

use super::{Figure, all_changes, harm, incidents, note_count, note_share, places, share};
use crate::{
    assess::overseen::{Overseen, perhaps},
    model::{activity::Decision, effect::Effect, fact::Facts, principal::Principal},
    privilege::exercise::plane_of,
    privilege::oversight::{Approval, ByPeople, Change, statistics::at_least},
    rubric::oversight::spelt,
};

pub(super) fn collect(overseen: &Overseen<'_, '_>, facts: &mut Facts) {
    note_count(facts, "record.approvedExecutions", carried_out(overseen));
    note_share(facts, "record.acceptanceLowerBound", accepted(overseen));
    note_share(facts, "record.worstRevertRatio", worst(overseen));
    note_count(facts, "record.severeIncidents", incidents::severe(overseen));
    note_count(facts, "target.openSevereIncidents", incidents::open(overseen));
    harm::collect(overseen, facts);
    note_count(facts, "escalation.autonomousActions", beyond_it(overseen));
}

/// Approvals that were carried out: one for a plan of many changes is one.
fn carried_out(overseen: &Overseen<'_, '_>) -> Figure<u64> {
    let changes = all_changes(overseen)?;
    if !overseen.records.decisions().are_recorded() {
        return Err("approvals are not recorded in any log that was read".to_owned());
    }
    if let Some(gap) = overseen.decisions_gap() {
        return Err(gap);
    }
    let approvals: BTreeSet<&Decision> = changes
        .iter()
        .filter(|change| change.is_done())
        .filter_map(|change| match change.approval {
            Approval::Given { decision, .. } => Some(decision),
            Approval::Missing(..) | Approval::Open(_) => None,
        })
        .collect();
    let places = approvals.iter().map(|decision| decision.place.clone()).collect();
    Ok((approvals.len() as u64, places))
}

/// What the decisions show of the share of proposals that were right as proposed.
fn accepted(overseen: &Overseen<'_, '_>) -> Figure<f64> {
    let proposals = overseen.proposals()?;
    at_least(proposals.accepted, proposals.all)
        .map(|bound| (bound, Vec::new()))
        .ok_or_else(|| "no decision of a person about it is in the logs".to_owned())
}

/// What may hide that people put a change back: anyone may have.
pub(super) fn reverts_gap(overseen: &Overseen<'_, '_>) -> Option<String> {
    let activity = overseen.records.activity();
    let crowded = |principal: &Principal| {
        let plane = plane_of(principal);
        activity.principals.iter().any(|(own, found)| {
            plane_of(own) == plane
                && found.changes.beyond() > 0
                && found.changes.iter().next().and_then(|row| row.time) >= overseen.since
        })
    };
    (activity.beyond > 0 || overseen.actors.iter().any(crowded))
        .then(|| "more changes of others were made than are kept one by one".to_owned())
}

/// Share of changes that people put back, for the kind where it is largest.
fn worst(overseen: &Overseen<'_, '_>) -> Figure<f64> {
    let changes = all_changes(overseen)?;
    if let Some(gap) = reverts_gap(overseen) {
        return Err(gap);
    }
    let mut kinds = BTreeMap::<String, (usize, Vec<&Change<'_, '_>>)>::new();
    for change in changes {
        let (all, reverted) = kinds.entry(spelt(&change.row.action)).or_default();
        *all += 1;
        match change.by_people(overseen.who) {
            ByPeople::Yes => reverted.push(change),
            ByPeople::Perhaps => return Err(perhaps(change)),
            ByPeople::No => {}
        }
    }
    let shares = kinds.values().filter_map(|(all, reverted)| {
        Some((share(reverted.len(), *all)?, places(reverted.iter().copied())))
    });
    shares
        .max_by(|one, other| one.0.total_cmp(&other.0))
        .ok_or_else(|| "it changed nothing within the window".to_owned())
}

/// Autonomous changes that are certainly of a class which must go to people: rights and
/// guardrails. Whether others are, logs do not tell.
fn beyond_it(overseen: &Overseen<'_, '_>) -> Figure<u64> {
    let found: Vec<_> = overseen
        .oversight
        .in_window()
        .filter(|change| matches!(change.approval, Approval::Missing(..)) && change.is_done())
        .filter(|change| change.effect_known)
        .filter(|change| matches!(change.effect, Effect::Escalation | Effect::Guardrail))
        .collect();
    if found.is_empty() {
        return Err(
            "logs show no autonomous change of rights or guardrails; of data and other services \
             they do not tell"
                .to_owned(),
        );
    }
    Ok((found.len() as u64, places(found)))
}
