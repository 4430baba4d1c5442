//! Observations of Langfuse, as its API and its exports have them: one a line, in a list,
//! in `data`, or within the trace that they are of. Approvals are none of its records.

use serde_json::Value;

use super::{
    Entries, NoEntry,
    fields::{at, first, server_and_tool, text, time},
    object, read, recognise,
    sink::Sink,
    words,
};
use crate::{
    model::activity::{CallOutcome, Caller, Defect, Reasoning, Span, ToolCall},
    scan::activity::Format,
};

/// The entry in the registry.
pub(in crate::scan::activity) const FORMAT: Format = Format {
    kind: KIND,
    recognise: |head| {
        recognise::any(head, "bservation", |value| {
            let first = value.get("data").and_then(|data| data.get(0)).unwrap_or(value);
            is_observation(first) || is_trace(first)
        })
    },
    read: |file, builder, limits| read(KIND, Observations, file, builder, limits),
};

const KIND: &str = "langfuse-observations";

/// Kinds of observations.
const TYPES: [&str; 10] = [
    "SPAN",
    "EVENT",
    "GENERATION",
    "AGENT",
    "TOOL",
    "CHAIN",
    "RETRIEVER",
    "EVALUATOR",
    "EMBEDDING",
    "GUARDRAIL",
];

fn is_observation(value: &Value) -> bool {
    text(value, &["type"]).is_some_and(|kind| TYPES.contains(&kind))
        && first(value, &[&["traceId"], &["trace_id"]]).is_some()
}

fn is_trace(value: &Value) -> bool {
    value.get("observations").is_some_and(Value::is_array) && value.get("timestamp").is_some()
}

struct Observations;

impl Entries for Observations {
    const LISTS: &'static [&'static str] = &["data"];

    fn entry(&mut self, given: &str, to: &mut Sink) -> Result<(), NoEntry> {
        let item = object(given)?;
        let items = item.get("data").and_then(Value::as_array);
        for item in items.map_or(std::slice::from_ref(&item), Vec::as_slice) {
            if is_trace(item) {
                to.event(time(item, &["timestamp"]));
                for own in item.get("observations").and_then(Value::as_array).into_iter().flatten()
                {
                    if own.is_object() {
                        one(own, item, to);
                    }
                }
            } else if is_observation(item) {
                one(item, &Value::Null, to);
            } else if item.get("timestamp").is_some() && item.get("id").is_some() {
                // A trace without its observations.
                to.event(time(item, &["timestamp"]));
            } else {
                to.refuse(NoEntry::Defect(Defect::NotAnEvent));
            }
        }
        Ok(())
    }
}

fn one(own: &Value, trace: &Value, to: &mut Sink) {
    let when = |names: [&str; 2]| names.iter().find_map(|name| time(own, &[name]));
    let start = when(["startTime", "start_time"]);
    to.event(start);
    let (Some("TOOL"), Some(name)) = (text(own, &["type"]), text(own, &["name"])) else { return };
    let (server, tool) = server_and_tool(name);
    let either = |names: [&str; 2]| {
        first(own, &[&[names[0]], &[names[1]]])
            .or_else(|| first(trace, &[&[names[0]], &[names[1]]]))
    };
    to.call(ToolCall {
        time: start,
        began: start,
        end: when(["endTime", "end_time"]),
        caller: Caller {
            agent: first(trace, &[&["name"]]),
            session: either(["sessionId", "session_id"]),
            trace: either(["traceId", "trace_id"]),
            user: either(["userId", "user_id"]),
            model: None,
        },
        id: first(own, &[&["metadata", "tool_call_id"], &["output", "tool_call_id"]]),
        span: first(own, &[&["id"]]).map(|id| Span {
            id,
            parent: first(own, &[&["parentObservationId"], &["parent_observation_id"]]),
        }),
        server,
        arguments: at(own, &["input"]).map(words::arguments).unwrap_or_default(),
        outcome: match text(own, &["level"]) {
            Some("ERROR") => CallOutcome::Failed,
            _ => CallOutcome::Done,
        },
        reasoning: Reasoning::NotRecorded,
        requests: at(own, &["output"]).map(words::requests).unwrap_or_default(),
        ..to.blank(tool)
    });
}
