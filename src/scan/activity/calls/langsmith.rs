//! Runs of LangSmith, as its exports have them: one a line, in a list, or in `runs`. What
//! a person answered to an interrupt is a value of the program's own and no record.

use serde_json::Value;

use super::{
    Entries, NoEntry,
    fields::{at, first, server_and_tool, text, time},
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
        recognise::any(head, "\"run_type\"", |value| {
            let first = value.get("runs").and_then(|runs| runs.get(0)).unwrap_or(value);
            text(first, &["run_type"]).is_some()
                && (first.get("trace_id").is_some() || first.get("dotted_order").is_some())
        })
    },
    read: |file, builder, limits| read(KIND, Runs, file, builder, limits),
};

const KIND: &str = "langsmith-runs";

struct Runs;

impl Entries for Runs {
    const LISTS: &'static [&'static str] = &["runs"];

    fn entry(&mut self, given: &str, to: &mut Sink) -> Result<(), NoEntry> {
        let run = object(given)?;
        if let Some(runs) = run.get("runs").and_then(Value::as_array) {
            for run in runs {
                if let Err(why) = one(run, to) {
                    to.refuse(why);
                }
            }
            return Ok(());
        }
        one(&run, to)
    }
}

/// The call that a tool's answer names.
const CALL: [&[&str]; 4] = [
    &["outputs", "output", "tool_call_id"],
    &["outputs", "output", "kwargs", "tool_call_id"],
    &["outputs", "tool_call_id"],
    &["extra", "metadata", "tool_call_id"],
];

fn one(run: &Value, to: &mut Sink) -> Result<(), NoEntry> {
    let kind = text(run, &["run_type"]).ok_or(NoEntry::Defect(Defect::NotAnEvent))?;
    let start = time(run, &["start_time"]);
    to.event(start);
    if kind != "tool" {
        return Ok(());
    }
    let name = text(run, &["name"]).ok_or(NoEntry::Defect(Defect::NotAnEvent))?;
    let (server, tool) = server_and_tool(name);
    let error = text(run, &["error"]);
    let interrupted = error.is_some_and(|error| error.contains("GraphInterrupt"));
    let status = first(run, &[&["outputs", "output", "status"], &["status"]]);
    let failed = error.is_some() || status.as_deref() == Some("error");
    to.call(ToolCall {
        time: start,
        began: start,
        end: time(run, &["end_time"]),
        caller: Caller {
            agent: first(
                run,
                &[
                    &["extra", "metadata", "lc_agent_name"],
                    &["extra", "metadata", "graph_id"],
                    &["session_name"],
                ],
            ),
            session: first(
                run,
                &[
                    &["extra", "metadata", "thread_id"],
                    &["extra", "metadata", "session_id"],
                    &["extra", "metadata", "conversation_id"],
                    &["thread_id"],
                ],
            ),
            trace: first(run, &[&["trace_id"]]),
            user: first(run, &[&["extra", "metadata", "user_id"]]),
            model: first(run, &[&["extra", "metadata", "ls_model_name"]]),
        },
        id: first(run, &CALL).or_else(|| first(run, &[&["id"]])),
        server,
        arguments: at(run, &["inputs"]).map(words::arguments).unwrap_or_default(),
        outcome: match (interrupted, failed) {
            // It waited for somebody, and was started again under another id.
            (true, _) => CallOutcome::NotSaid,
            (false, true) => CallOutcome::Failed,
            (false, false) if at(run, &["end_time"]).is_none() => CallOutcome::NotSaid,
            (false, false) => CallOutcome::Done,
        },
        reasoning: Reasoning::NotRecorded,
        requests: at(run, &["outputs"]).map(words::requests).unwrap_or_default(),
        ..to.blank(tool)
    });
    Ok(())
}
