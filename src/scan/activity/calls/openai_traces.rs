//! Traces of the OpenAI Agents SDK: objects `trace` and `trace.span`, one a line or in
//! the `data` that its exporter sends. Approvals are a matter of the program that runs
//! the agent and stand in no span.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{
    Entries, NoEntry,
    fields::{at, first, kept, server_and_tool, text, time},
    object, read, recognise,
    sink::{Decided, Sink},
    words,
};
use crate::{
    model::activity::{
        About, CallOutcome, Caller, DeciderKind, DecisionVerdict, Defect, Reasoning, Span, ToolCall,
    },
    scan::activity::Format,
};

/// The entry in the registry.
pub(in crate::scan::activity) const FORMAT: Format = Format {
    kind: KIND,
    recognise: |head| {
        recognise::any(head, "\"trace", |value| {
            let first = value.get("data").and_then(|data| data.get(0)).unwrap_or(value);
            matches!(text(first, &["object"]), Some("trace" | "trace.span"))
        })
    },
    read: |file, builder, limits| read(KIND, Traces::default(), file, builder, limits),
};

const KIND: &str = "openai-agents-trace";

/// Traces whose names are held at a time.
const TRACES: usize = 10_000;

/// Workflow and group.
type Names = (Option<Box<str>>, Option<Box<str>>);

#[derive(Default)]
struct Traces {
    /// By trace.
    names: BTreeMap<Box<str>, Names>,
}

impl Entries for Traces {
    const LISTS: &'static [&'static str] = &["data"];

    fn entry(&mut self, given: &str, to: &mut Sink) -> Result<(), NoEntry> {
        let item = object(given)?;
        // A batch on a line of its own.
        if let Some(items) = item.get("data").and_then(Value::as_array) {
            for item in items {
                if let Err(why) = self.item(item, to) {
                    to.refuse(why);
                }
            }
            return Ok(());
        }
        self.item(&item, to)
    }
}

impl Traces {
    fn item(&mut self, item: &Value, to: &mut Sink) -> Result<(), NoEntry> {
        match text(item, &["object"]) {
            Some("trace") => {
                to.event(time(item, &["started_at"]));
                if self.names.len() < TRACES
                    && let Some(id) = first(item, &[&["id"]])
                {
                    let group = first(item, &[&["group_id"]]);
                    self.names.insert(id, (first(item, &[&["workflow_name"]]), group));
                }
                Ok(())
            }
            Some("trace.span") => {
                to.event(time(item, &["started_at"]));
                self.span(item, to);
                Ok(())
            }
            _ => Err(NoEntry::Defect(Defect::NotAnEvent)),
        }
    }

    fn span(&self, span: &Value, to: &mut Sink) {
        let Some(data) = at(span, &["span_data"]) else { return };
        let trace = first(span, &[&["trace_id"]]);
        let (agent, session) =
            trace.as_ref().and_then(|trace| self.names.get(trace)).cloned().unwrap_or_default();
        let caller = Caller { agent, session, trace, ..Caller::default() };
        let (start, end) = (time(span, &["started_at"]), time(span, &["ended_at"]));
        match (text(data, &["type"]), text(data, &["name"])) {
            (Some("function"), Some(name)) => {
                let (server, tool) = server_and_tool(name);
                to.call(ToolCall {
                    time: start,
                    began: start,
                    end,
                    id: None,
                    span: first(span, &[&["id"]])
                        .map(|id| Span { id, parent: first(span, &[&["parent_id"]]) }),
                    server: server.or_else(|| first(data, &[&["mcp_data", "server"]])),
                    arguments: at(data, &["input"]).map(words::arguments).unwrap_or_default(),
                    outcome: match at(span, &["error"]) {
                        Some(_) => CallOutcome::Failed,
                        None => CallOutcome::Done,
                    },
                    reasoning: Reasoning::NotRecorded,
                    requests: at(data, &["output"]).map(words::requests).unwrap_or_default(),
                    caller,
                    ..to.blank(tool)
                });
            }
            (Some("guardrail"), name) if data.get("triggered") == Some(&Value::Bool(true)) => {
                to.decided(Decided {
                    time: end.or(start),
                    asked: None,
                    about: About {
                        trace: caller.trace,
                        session: caller.session,
                        agent: caller.agent,
                        action: name.and_then(kept),
                        ..About::default()
                    },
                    verdict: DecisionVerdict::Rejected,
                    kind: DeciderKind::Machine,
                    by: None,
                });
            }
            _ => {}
        }
    }
}
