//! Calls of tools, as agents, their clients and tool servers logged them.

use std::fmt::Write as _;

use super::{
    ActionRecord, Kind, OversightRecord, Session, Status, User, named, oversight::Answer, owned,
};
use crate::model::activity::{CallOutcome, Reasoning, ToolCall};

/// The record of a call.
#[must_use]
pub fn of_call(call: &ToolCall) -> ActionRecord {
    let (status, outcome) = match call.outcome {
        CallOutcome::Done => (Status::Success, "done"),
        CallOutcome::Failed => (Status::Failure, "failed"),
        CallOutcome::Refused => (Status::Failure, "refused"),
        CallOutcome::NotSaid => (Status::Unknown, "not-said"),
    };
    let operation = call.tool.to_string();
    let mut record = ActionRecord::new(Kind::Other, status, "tool-calls".to_owned(), operation);
    record.metadata.profiles.push("ai_operation");
    record.time = call.time.map(|time| time.as_millisecond());
    record.end_time = call.end.map(|time| time.as_millisecond());
    record.api.service = call.server.as_deref().map(named);
    record.api.request = owned(&call.id).map(|uid| Session { uid });
    record.metadata.uid = owned(&call.id);
    record.metadata.correlation_uid =
        owned(&call.caller.trace).or_else(|| owned(&call.caller.session));
    record.actor.user = owned(&call.caller.user).map(|name| User { name, groups: Vec::new() });
    record.actor.session = owned(&call.caller.session).map(|uid| Session { uid });
    record.ai_agent = call.caller.agent.as_deref().map(named);
    record.ai_model = call.caller.model.as_deref().map(named);
    record.action_id = (call.outcome == CallOutcome::Refused).then_some(2);
    let mut oversight = OversightRecord::unknown();
    oversight.reasoning = match call.reasoning {
        Reasoning::Present => Answer::Yes,
        Reasoning::Absent => Answer::No,
        Reasoning::NotRecorded => Answer::Unknown,
    };
    record.oversight = Some(oversight);
    record.unmapped.outcome = outcome;
    record.unmapped.path = call.place.path.to_string();
    record.unmapped.line = call.place.line;
    record.unmapped.arguments = call.arguments.digest.map(|digest| {
        digest.iter().fold("sha256:".to_owned(), |mut text, byte| {
            // Writing to a text never fails.
            let _ = write!(text, "{byte:02x}");
            text
        })
    });
    record.unmapped.format = Some(call.format.to_string());
    record
}
