//! The stream of events of docker's cagent: a call, whether a person was asked, and the
//! answer of the tool. What the person said is no event of its own.

use serde_json::Value;

use super::{
    Entries, NoEntry,
    fields::{at, first, kept, server_and_tool, text, time},
    object, read, recognise,
    sink::Sink,
    words,
};
use crate::{
    model::activity::{CallOutcome, Caller, Defect, Reasoning, ToolCall},
    scan::activity::Format,
};

/// The entry in the registry.
pub(in crate::scan::activity) const FORMAT: Format = Format {
    kind: KIND,
    recognise: |head| {
        recognise::any(head, "\"tool_call", |value| {
            text(value, &["type"]).is_some_and(|kind| KINDS.contains(&kind))
                && text(value, &["tool_call", "function", "name"]).is_some()
        })
    },
    read: |file, builder, limits| read(KIND, Stream::default(), file, builder, limits),
};

const KIND: &str = "cagent-events";
const KINDS: [&str; 3] = ["tool_call", "tool_call_confirmation", "tool_call_response"];

#[derive(Default)]
struct Stream {
    session: Option<Box<str>>,
    reasoned: bool,
    prompted: bool,
}

impl Entries for Stream {
    fn entry(&mut self, given: &str, to: &mut Sink) -> Result<(), NoEntry> {
        let event = object(given)?;
        let kind = text(&event, &["type"]).ok_or(NoEntry::Defect(Defect::NotAnEvent))?;
        let when = time(&event, &["timestamp"]).or_else(|| time(&event, &["time"]));
        to.event(when);
        self.session = first(&event, &[&["session_id"]]).or_else(|| self.session.take());
        match kind {
            "user_message" => (self.prompted, self.reasoned) = (true, false),
            "agent_choice" | "agent_choice_reasoning" => {
                self.reasoned |= text(&event, &["content"]).is_some();
            }
            kind if KINDS.contains(&kind) => {
                let Some(name) = text(&event, &["tool_call", "function", "name"]) else {
                    return Err(NoEntry::Defect(Defect::NotAnEvent));
                };
                let (server, tool) = server_and_tool(name);
                let answered = kind == "tool_call_response";
                let failed = at(&event, &["result", "isError"])
                    .or_else(|| at(&event, &["result", "is_error"]))
                    .and_then(Value::as_bool);
                let given = at(&event, &["tool_call", "function", "arguments"]);
                to.call(ToolCall {
                    time: when,
                    end: when.filter(|_| answered),
                    caller: Caller {
                        agent: first(&event, &[&["agent_name"]]).or_else(|| kept("cagent")),
                        session: self.session.clone(),
                        ..Caller::default()
                    },
                    id: first(&event, &[&["tool_call", "id"]]),
                    server,
                    arguments: given.map(words::arguments).unwrap_or_default(),
                    outcome: match (answered, failed) {
                        (true, Some(true)) => CallOutcome::Failed,
                        (true, Some(false)) => CallOutcome::Done,
                        // The text of an answer does not tell whether it is an error.
                        (true, None) | (false, _) => CallOutcome::NotSaid,
                    },
                    reasoning: match (answered, self.reasoned) {
                        (true, _) => Reasoning::NotRecorded,
                        (false, true) => Reasoning::Present,
                        (false, false) => Reasoning::Absent,
                    },
                    requests: at(&event, &["response"]).map(words::requests).unwrap_or_default(),
                    ..to.blank(tool)
                });
                if answered {
                    self.reasoned = false;
                }
            }
            _ => {}
        }
        Ok(())
    }
}
