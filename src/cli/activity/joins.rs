//! What stood behind each change, from all logs together, in the export's words.

use std::{collections::BTreeMap, sync::Arc};

use anyhow::Context as _;
use jiff::Timestamp;

use crate::{
    assess::{overseen, roster::roster},
    model::{
        activity::{ActionKey, Activity, DeciderKind, ObservedAction, Reasoning},
        declaration::Boundary,
        effect::Effect,
        evidence::Evidence,
        principal::Principal,
    },
    privilege::oversight::{
        Approval, Asked, Change, Lack, LogIndex, Records, Reverted, Who, boundary::Within, oversee,
    },
    report::activity::oversight::{
        Answer, ApprovalRecord, ApprovalState, Joined, NotificationRecord, OversightRecord,
        ReversalRecord,
    },
    rubric::{
        known::KnownAgents,
        oversight::{OversightRules, Revertible},
    },
    workspace::Workspace,
};

/// Where a request stands, and its id: what tells one from another on the same line.
type Place = (Arc<str>, Option<u32>, Option<Box<str>>);

/// What stood behind the changes that are kept one by one.
pub(super) struct Joins {
    known: BTreeMap<Place, OversightRecord>,
}

impl Joins {
    /// Of the agents that a workspace declares, and of every other principal by itself:
    /// nobody says which of those are one agent, who may approve, and what they are for.
    ///
    /// # Errors
    /// When the embedded rules are broken.
    pub(super) fn of(activity: &Activity, workspace: Option<&Workspace>) -> anyhow::Result<Self> {
        let rules = OversightRules::load().context("the embedded rules are broken")?;
        let logs = Arc::new(LogIndex::of(activity, &rules));
        // Who acts as whom is declared: nothing else is read here.
        let (nothing, nobody) = (Evidence::default(), KnownAgents::default());
        let agents = workspace.map(|own| own.agents.as_slice()).unwrap_or_default();
        let break_glass = workspace.map(|own| own.break_glass.as_slice()).unwrap_or_default();
        let subjects = roster(agents, &nothing, &nobody);
        let identities: Vec<_> = subjects
            .iter()
            .map(|own| (own.id.clone(), own.environment.clone(), own.principals.clone()))
            .collect();
        let mut joins = Self { known: BTreeMap::new() };
        // What an action does is not asked: whatever is kept may change something.
        let effect = |_: &ActionKey| (Effect::Destructive, false);
        let mut add = |actors: &[Principal], who: &Who<'_>, boundary: Option<&Boundary>| {
            let records = Records::of(&logs, who);
            let (rules, effect) = (&rules, &effect);
            let asked = Asked { actors, who, since: None, effect, rules, boundary, break_glass };
            for change in oversee(&records, asked).changes {
                let place = &change.row.place;
                let place = (place.path.clone(), place.line, change.row.trace.id.clone());
                // Of what was done under an assumed identity that of a declared agent stays.
                joins.known.entry(place).or_insert_with(|| record(&change));
            }
        };
        for subject in &subjects {
            let who = overseen::who(subject, &subject.principals, &identities, &rules, &logs);
            let boundary = subject.declaration.and_then(|own| own.boundary.as_ref());
            add(&subject.principals, &who, boundary);
        }
        let is_declared = |principal: &Principal| {
            subjects.iter().any(|subject| subject.principals.contains(principal))
        };
        for (principal, found) in &activity.principals {
            if !found.changes.is_empty() && !is_declared(principal) {
                let actors = [principal.clone()];
                let mut who = Who::new(&rules, &[], &actors, &[]);
                who.take_on(&logs, &actors);
                add(&actors, &who, None);
            }
        }
        Ok(joins)
    }

    /// What stood behind a change; unknown where it is not kept one by one.
    pub(super) fn of_action(&self, action: &ObservedAction) -> OversightRecord {
        let place = &action.place;
        let place = (place.path.clone(), place.line, action.trace.id.clone());
        self.known.get(&place).cloned().unwrap_or_else(OversightRecord::unknown)
    }
}

fn record(change: &Change<'_, '_>) -> OversightRecord {
    let told = change.notified.as_ref().filter(|told| told.is_about());
    OversightRecord {
        approval: approval(&change.approval),
        notification: NotificationRecord {
            // That no message is found does not show that there was none.
            sent: if told.is_some() { Answer::Yes } else { Answer::Unknown },
            sink: told.and_then(|told| told.message.sink()).map(str::to_owned),
            delay_seconds: told.map(|told| told.delay.as_secs()),
            acknowledged_at: told.and_then(|told| told.answered).map(text),
        },
        reversal: reversal(change),
        reasoning: match change.call().map(|call| call.reasoning()) {
            Some(Reasoning::Present) => Answer::Yes,
            Some(Reasoning::Absent) => Answer::No,
            Some(Reasoning::NotRecorded) | None => Answer::Unknown,
        },
        boundary: match change.within {
            Within::Inside => Answer::Yes,
            Within::NotDeclared => Answer::Unknown,
            Within::OtherNamespace | Within::OtherRegion | Within::OtherAction => Answer::No,
        },
        tool_call: change.join.map(|join| Joined {
            uid: join.call.id().map(str::to_owned),
            strength: join.strength.as_str(),
        }),
    }
}

fn approval(approval: &Approval<'_>) -> ApprovalRecord {
    let (state, reason, decision) = match approval {
        Approval::Given { decision, .. } => (ApprovalState::HumanPerAction, None, Some(*decision)),
        Approval::Missing(lack, decision) => {
            let state = match lack {
                Lack::Standing => ApprovalState::HumanStanding,
                Lack::NotByPerson => ApprovalState::Policy,
                Lack::NoDecision
                | Lack::AfterTheFact
                | Lack::BySelf
                | Lack::ByStranger
                | Lack::Altered
                | Lack::Refused
                | Lack::UsedUp => ApprovalState::None,
            };
            (state, Some(lack.as_str()), *decision)
        }
        Approval::Open(open) => (ApprovalState::Unknown, Some(open.as_str()), None),
    };
    ApprovalRecord {
        state,
        reason,
        approver: decision.and_then(|decision| decision.by.as_deref()).map(str::to_owned),
        approver_kind: decision.map(|decision| match decision.kind {
            DeciderKind::Person => "person",
            DeciderKind::Standing => "standing",
            DeciderKind::Policy => "policy",
            DeciderKind::Machine => "machine",
            DeciderKind::NotSaid => "not-said",
        }),
        decided_at: decision.and_then(|decision| decision.time).map(text),
    }
}

fn reversal(change: &Change<'_, '_>) -> ReversalRecord {
    let answer = |one: &Reverted<'_>| match one {
        Reverted::Recorded(record) if record.restored == Some(false) => Answer::Unknown,
        Reverted::Recorded(_) | Reverted::Logged { .. } => Answer::Yes,
        Reverted::Perhaps { .. } => Answer::Unknown,
    };
    let known = change.reverted.iter().find(|one| answer(one) == Answer::Yes);
    let (reverted, by, at) = match known.or(change.reverted.first()) {
        Some(one @ Reverted::Recorded(record)) => {
            (answer(one), record.by.as_deref().map(str::to_owned), record.time)
        }
        Some(Reverted::Logged { by, row }) => (Answer::Yes, Some(by.to_string()), row.time),
        Some(Reverted::Perhaps { by, row }) => (Answer::Unknown, Some(by.to_string()), row.time),
        None => (Answer::Unknown, None, None),
    };
    ReversalRecord {
        revertible: match change.revertible {
            Some(Revertible::Yes) => Answer::Yes,
            Some(Revertible::Depends) => Answer::Depends,
            Some(Revertible::No) => Answer::No,
            None => Answer::Unknown,
        },
        reverted,
        by,
        at: at.map(text),
    }
}

fn text(time: Timestamp) -> String {
    time.to_string()
}
