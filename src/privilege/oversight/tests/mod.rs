//! What is claimed of joins, approvals, notifications and reversals.

mod acting;
mod approving;
mod counting;
mod joining;
mod reverting;
mod telling;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use jiff::Timestamp;

use super::*;
use crate::model::{
    activity::{
        About, ActionRecord, Arguments, AwsCall, CallOutcome, Caller, DeciderKind, Decision,
        DecisionVerdict, Notification, PrincipalActivity, Reasoning, Records as Logged, Reversal,
        RoleSession, Target, ToolCall, Trace, Window,
    },
    location::Location,
};

/// A role of AWS that the fixer acts as.
pub(crate) fn role() -> Principal {
    Principal::Aws("arn:aws:iam::111122223333:role/agents/fixer".to_owned())
}

/// Seconds after nine in the morning of a day of November 2026.
pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_794_214_800 + seconds).unwrap()
}

pub(crate) fn bot() -> Principal {
    Principal::kubernetes("system:serviceaccount:ops:fixer")
}

pub(crate) fn key(verb: &str, resource: &str) -> ActionKey {
    ActionKey {
        verb: verb.to_owned(),
        target: Target::KubernetesResource {
            group: "apps".to_owned(),
            resource: resource.to_owned(),
            subresource: None,
            namespace: Some("shop".to_owned()),
        },
    }
}

/// `patch deployments web` at that second, under that `Audit-ID`.
pub(crate) fn change(id: &str, seconds: i64) -> LoggedAction {
    LoggedAction {
        time: Some(at(seconds)),
        action: Arc::new(key("patch", "deployments")),
        object: Some("web".into()),
        outcome: LoggedOutcome::Done,
        trace: Trace { id: (!id.is_empty()).then(|| id.into()), ..Trace::default() },
        place: Location::file("audit.log"),
    }
}

pub(crate) fn call(id: &str, from: i64, until: i64) -> ToolCall {
    ToolCall {
        time: Some(at(from)),
        began: None,
        end: Some(at(until)),
        caller: Caller {
            agent: Some("fixer".into()),
            session: Some("s1".into()),
            ..Caller::default()
        },
        id: (!id.is_empty()).then(|| id.into()),
        span: None,
        server: Some("kubernetes".into()),
        tool: "resources_patch".into(),
        arguments: Arguments {
            recorded: true,
            digest: Some([7; 32]),
            disputed: false,
            words: BTreeSet::from(["web".into(), "shop".into()]),
        },
        outcome: CallOutcome::Done,
        reasoning: Reasoning::Present,
        requests: BTreeSet::new(),
        also: BTreeSet::new(),
        failure_class: None,
        format: Arc::from("test"),
        place: Location::file("calls.jsonl"),
    }
}

pub(crate) fn about(call: &str) -> About {
    About { call: Some(call.into()), ..About::default() }
}

/// Ana approves the call at that second.
pub(crate) fn decision(call: &str, seconds: i64) -> Decision {
    Decision {
        time: Some(at(seconds)),
        asked: Some(at(seconds - 30)),
        about: about(call),
        verdict: DecisionVerdict::Approved,
        kind: DeciderKind::Person,
        by: Some("ana@example.com".into()),
        arguments: None,
        complete: Some(true),
        place: Location::file("approvals.jsonl"),
    }
}

pub(crate) fn message(call: &str, seconds: i64) -> Notification {
    Notification {
        time: Some(at(seconds)),
        about: about(call),
        sink: Some("#ops".into()),
        delivered: None,
        acknowledged: None,
        acknowledged_by: None,
        test: false,
        complete: Some(true),
        place: Location::file("told.jsonl"),
    }
}

/// An hour of logs.
#[derive(Default, Clone)]
pub(crate) struct Logs {
    pub(crate) changes: Vec<(Principal, LoggedAction)>,
    pub(crate) records: Logged,
    pub(crate) defects: u64,
    /// What is counted and of which no row is kept.
    pub(crate) counted: Vec<(Principal, ActionKey, ActionRecord)>,
    /// Whether the platform's logs are of one day.
    pub(crate) brief: bool,
}

impl Logs {
    pub(crate) fn changed(mut self, row: LoggedAction) -> Self {
        self.changes.push((bot(), row));
        self
    }

    pub(crate) fn changed_by(mut self, who: &str, row: LoggedAction) -> Self {
        self.changes.push((Principal::kubernetes(who), row));
        self
    }

    /// So many requests of the fixer that are counted, and shown by no row.
    pub(crate) fn counted(mut self, action: ActionKey, done: u64, unanswered: u64) -> Self {
        let mut record = ActionRecord { unanswered, ..ActionRecord::default() };
        (0..done).for_each(|_| record.done.add(Some(at(10)), &Arc::from("audit.log"), 1));
        self.counted.push((bot(), action, record));
        self
    }

    pub(crate) fn changed_as(mut self, who: Principal, row: LoggedAction) -> Self {
        self.changes.push((who, row));
        self
    }

    pub(crate) fn began(mut self, row: RoleSession) -> Self {
        self.records.sessions.add(row, Logged::LIMIT);
        self
    }

    pub(crate) fn called(mut self, row: ToolCall) -> Self {
        self.records.tool_calls.add(row, Logged::LIMIT);
        self
    }

    pub(crate) fn decided(mut self, row: Decision) -> Self {
        self.records.decisions.add(row, Logged::LIMIT);
        self
    }

    /// Decisions were being recorded all along: one of another agent, early.
    pub(crate) fn recording(self) -> Self {
        let mut other = decision("other-call", -1_000);
        other.about.agent = Some("tuner".into());
        self.decided(other)
    }

    pub(crate) fn told(mut self, row: Notification) -> Self {
        self.records.notifications.add(row, Logged::LIMIT);
        self
    }

    pub(crate) fn reverted(mut self, row: Reversal) -> Self {
        self.records.reversals.add(row, Logged::LIMIT);
        self
    }

    pub(crate) fn activity(&self) -> Activity {
        let window = Some(Window { first: at(-3_600), last: at(3_600) });
        let mut log = LogSummary { files: 1, events: 9, window, ..LogSummary::default() };
        let mut platform = log.clone();
        for day in 0..if self.brief { 1 } else { 30 } {
            let moment = at(0) - SignedDuration::from_hours(24 * day);
            platform.days.add(&jiff::tz::Offset::UTC.to_datetime(moment).date(), 1);
        }
        log.defects.add_unplaced(crate::model::activity::Defect::NotJson, self.defects);
        let mut activity = Activity {
            logs: BTreeMap::from([(Plane::Kubernetes, platform), (Plane::Mcp, log)]),
            records: self.records.clone(),
            ..Activity::default()
        };
        activity.records.settle();
        for (principal, row) in &self.changes {
            let day = row.time.map(|time| jiff::tz::Offset::UTC.to_datetime(time).date());
            if let (Some(day), Some(log)) = (day, activity.logs.get_mut(&Plane::Kubernetes)) {
                log.days.add(&day, 1);
            }
            let found: &mut PrincipalActivity =
                activity.principals.entry(principal.clone()).or_default();
            found.window = window;
            let record = found.actions.entry((*row.action).clone()).or_default();
            record.done.add(row.time, &row.place.path, 1);
            record.authorised.tally.add(row.time, &row.place.path, 1);
            found.changes.add(row.clone(), 1_000);
        }
        for (principal, action, record) in &self.counted {
            let found = activity.principals.entry(principal.clone()).or_default();
            found.window = window;
            found.actions.entry(action.clone()).or_default().merge(record.clone());
        }
        for found in activity.principals.values_mut() {
            found.changes.settle(1_000);
        }
        activity
    }

    /// What stood behind the fixer's changes, as a test wants to see it.
    fn see<T>(&self, look: impl Fn(&Oversight<'_, '_>, &Who<'_>) -> T) -> T {
        self.see_with(&[], look)
    }

    fn see_with<T>(
        &self,
        approvers: &[String],
        look: impl Fn(&Oversight<'_, '_>, &Who<'_>) -> T,
    ) -> T {
        let rules = OversightRules::load().unwrap();
        let names = ["fixer".to_owned(), "fixer@prod".to_owned()];
        let actors = [bot(), role()];
        let mut who = Who::new(&rules, &names, &actors, approvers);
        let tuner = Principal::Aws("arn:aws:iam::111122223333:role/tuner-prod".to_owned());
        who.add_other(&["tuner".to_owned()], &[tuner]);
        let activity = self.activity();
        let logs = Arc::new(LogIndex::of(&activity, &rules));
        who.take_on(&logs, &actors);
        let records = Records::of(&logs, &who);
        let effect = |action: &ActionKey| match action.verb.as_str() {
            "get" => (Effect::Read, true),
            _ => (Effect::Reversible, true),
        };
        let asked = Asked {
            actors: &actors,
            who: &who,
            since: None,
            effect: &effect,
            rules: &rules,
            boundary: None,
            break_glass: &[],
        };
        look(&oversee(&records, asked), &who)
    }

    /// Whether each change was approved, the earliest first, in a word.
    fn approvals(&self) -> Vec<String> {
        self.see(|seen, _| seen.changes.iter().map(|change| word(&change.approval)).collect())
    }

    fn strengths(&self) -> Vec<Option<Strength>> {
        self.see(|seen, _| {
            seen.changes.iter().map(|own| own.join.map(|join| join.strength)).collect()
        })
    }
}

fn word(approval: &Approval<'_>) -> String {
    match approval {
        Approval::Given { .. } => "given".to_owned(),
        Approval::Missing(lack, _) => format!("{lack:?}"),
        Approval::Open(open) => format!("open: {open:?}"),
    }
}
