//! From gradus' own records to rows.

use std::collections::BTreeSet;

use super::{NoEntry, hearsay, schema};
use crate::{
    model::activity::{
        About, Arguments, CallField, CallOutcome, Caller, DeciderKind, Decision, DecisionVerdict,
        Drill, DrillOf, Incident, IncidentReport, Notification, Reasoning, Reversal, Review,
        ToolCall,
    },
    scan::activity::calls::{sink::Sink, words},
};

fn text(name: Option<schema::Name>) -> Option<Box<str>> {
    name.map(|name| name.0)
}

impl Sink {
    pub(super) fn tool_call(&mut self, record: schema::ToolCall) {
        self.event(Some(record.time));
        let mut arguments = record.arguments.as_ref().map(words::arguments).unwrap_or_default();
        if let Some(digest) = record.arguments_digest {
            arguments.recorded = true;
            arguments.digest = Some(digest.0);
        }
        let objects = record.objects.into_iter().map(|name| name.0);
        let found = std::mem::take(&mut arguments.words);
        // What was named on purpose comes before what was found.
        arguments.words = objects.chain(found).take(Arguments::WORDS).collect();
        let also: BTreeSet<CallField> = [
            (CallField::Trigger, record.trigger.is_some()),
            (CallField::Evidence, record.evidence.is_some()),
            (CallField::ModelVersion, record.model_version.is_some()),
            (CallField::PromptDigest, record.prompt_digest.is_some()),
            (CallField::PolicyRule, record.policy_rule.is_some()),
            (CallField::Verification, record.verification.is_some()),
            (CallField::PriorState, record.prior_state.is_some()),
        ]
        .into_iter()
        .filter_map(|(field, there)| there.then_some(field))
        .collect();
        self.call(ToolCall {
            time: Some(record.time),
            began: record.began,
            end: record.end,
            caller: Caller {
                agent: text(record.agent),
                session: text(record.session),
                trace: text(record.trace),
                user: text(record.user),
                model: text(record.model),
            },
            id: text(record.id),
            server: text(record.server),
            arguments,
            outcome: match record.outcome {
                schema::Outcome::Done => CallOutcome::Done,
                schema::Outcome::Failed => CallOutcome::Failed,
                schema::Outcome::Refused => CallOutcome::Refused,
                schema::Outcome::Unknown => CallOutcome::NotSaid,
            },
            reasoning: match record.reasoning {
                Some(true) => Reasoning::Present,
                Some(false) => Reasoning::Absent,
                None => Reasoning::NotRecorded,
            },
            requests: record.requests.into_iter().map(|name| name.0).take(REQUESTS).collect(),
            also,
            failure_class: text(record.failure_class),
            ..self.blank(record.tool.0)
        });
    }

    pub(super) fn approval(&mut self, record: schema::Approval) {
        self.event(Some(record.time));
        self.decision(Decision {
            time: Some(record.time),
            asked: record.asked,
            about: about(record.about),
            verdict: match record.verdict {
                schema::Verdict::Approved => DecisionVerdict::Approved,
                schema::Verdict::Changed => DecisionVerdict::Changed,
                schema::Verdict::Rejected => DecisionVerdict::Rejected,
                schema::Verdict::TimedOut => DecisionVerdict::TimedOut,
            },
            kind: match record.decider {
                schema::Decider::Person => DeciderKind::Person,
                schema::Decider::Standing => DeciderKind::Standing,
                schema::Decider::Policy => DeciderKind::Policy,
                schema::Decider::Machine => DeciderKind::Machine,
                schema::Decider::Unknown => DeciderKind::NotSaid,
            },
            by: text(record.by),
            arguments: record.arguments_digest.map(|digest| digest.0),
            complete: record.complete,
            place: self.place(),
        });
    }

    /// Keeps of a decision that a program printed what speaks against the action.
    ///
    /// # Errors
    /// Always: it is no proof of what a person decided.
    pub(super) fn printed_approval(&mut self, record: schema::Approval) -> Result<(), NoEntry> {
        match record.verdict {
            schema::Verdict::Rejected | schema::Verdict::TimedOut => self.approval(record),
            schema::Verdict::Approved | schema::Verdict::Changed => {}
        }
        Err(hearsay("approval"))
    }

    /// Keeps a message, and that a person answered it unless a program printed that.
    ///
    /// # Errors
    /// A program printed that a person answered.
    pub(super) fn notice(&mut self, mut record: schema::Notification) -> Result<(), NoEntry> {
        let answered = record.acknowledged.is_some() || record.acknowledged_by.is_some();
        let unproven = answered && self.is_printed();
        if unproven {
            (record.acknowledged, record.acknowledged_by) = (None, None);
        }
        self.event(Some(record.time));
        self.notification(Notification {
            time: Some(record.time),
            about: about(record.about),
            sink: text(record.sink),
            delivered: record.delivered,
            acknowledged: record.acknowledged,
            acknowledged_by: text(record.acknowledged_by),
            test: record.test,
            complete: record.complete,
            place: self.place(),
        });
        if unproven { Err(hearsay("notification")) } else { Ok(()) }
    }

    pub(super) fn reversed(&mut self, record: schema::Reversal) {
        self.event(Some(record.time));
        self.reversal(Reversal {
            time: Some(record.time),
            about: about(record.about),
            by: text(record.by),
            automatic: record.automatic,
            restored: record.restored,
            drill: record.drill,
            place: self.place(),
        });
    }

    pub(super) fn reviewed(&mut self, record: schema::Review) {
        self.event(Some(record.time));
        self.review(Review {
            time: Some(record.time),
            agent: text(record.agent),
            from: record.from,
            to: record.to,
            by: record.by.into_iter().map(|name| name.0).take(PEOPLE).collect(),
            sampled: record.sampled,
            harmful: record.harmful.map(names),
            place: self.place(),
        });
    }

    pub(super) fn drilled(&mut self, record: schema::Drill) {
        self.event(Some(record.time));
        self.drill(Drill {
            time: Some(record.time),
            agent: text(record.agent),
            of: match record.of {
                schema::DrillOf::Stop => DrillOf::Stop,
                schema::DrillOf::Reversal => DrillOf::Reversal,
                schema::DrillOf::Breaker => DrillOf::Breaker,
                schema::DrillOf::Restore => DrillOf::Restore,
            },
            worked: record.worked,
            seconds: record.seconds,
            place: self.place(),
        });
    }

    /// Keeps an incident.
    ///
    /// # Errors
    /// It was over before it began.
    pub(super) fn incident_told(&mut self, record: schema::Incident) -> Result<(), NoEntry> {
        if record.resolved.is_some_and(|resolved| resolved < record.time) {
            return Err(NoEntry::Wrong("`resolved` is before `time`".to_owned()));
        }
        self.event(Some(record.time));
        self.incident(Incident {
            time: Some(record.time),
            id: record.id.0,
            severity: text(record.severity),
            agents: record.agents.map(names),
            changes: names(record.changes),
            resolved: record.resolved,
            place: self.place(),
        });
        Ok(())
    }

    /// Keeps a person's word that the incidents of some days are all named.
    ///
    /// # Errors
    /// Its last day is before its first.
    pub(super) fn incidents_reported(
        &mut self,
        record: schema::IncidentReport,
    ) -> Result<(), NoEntry> {
        if record.to < record.from {
            return Err(NoEntry::Wrong("`to` is before `from`".to_owned()));
        }
        self.event(Some(record.time));
        self.incident_report(IncidentReport {
            time: Some(record.time),
            agent: text(record.agent),
            from: record.from,
            to: record.to,
            by: record.by.into_iter().map(|name| name.0).take(PEOPLE).collect(),
            incidents: names(record.incidents),
            place: self.place(),
        });
        Ok(())
    }
}

/// Ids of requests that are kept of one call.
const REQUESTS: usize = 64;
/// People that are kept of one review or report.
const PEOPLE: usize = 64;

fn names(names: BTreeSet<schema::Name>) -> Vec<Box<str>> {
    names.into_iter().map(|name| name.0).collect()
}

fn about(about: schema::About) -> About {
    About {
        call: text(about.call),
        request: text(about.request),
        trace: text(about.trace),
        session: text(about.session),
        agent: text(about.agent),
        action: text(about.action),
    }
}
