//! Events of Gemini CLI. It logs a call once, when it is over, together with who let it
//! pass; an id has neither.

use super::{Event, Of, Said};
use crate::{
    model::activity::{CallField, CallOutcome, Caller, Reasoning, ToolCall},
    scan::activity::calls::{
        NoEntry,
        fields::{kept, server_and_tool, time_of},
        sink::Sink,
        words,
    },
};

/// Reads the event of this name, without the client's own.
pub(super) fn read(name: &str, event: &Event<'_>, to: &mut Sink) -> Result<(), NoEntry> {
    let mut caller = event.caller(Of::GeminiCli, &["session.id"]);
    caller.agent = kept(Of::GeminiCli.id());
    match name {
        "tool_call" => call(event, &caller, to),
        "approval_mode_switch" | "approval_mode" | "config" => {
            let mode = event.attributes.first(&["to_mode", "mode", "approval_mode"]);
            event.mode(Of::GeminiCli, &caller, mode.unwrap_or_default(), to);
            Ok(())
        }
        _ => Ok(()),
    }
}

fn call(event: &Event<'_>, caller: &Caller, to: &mut Sink) -> Result<(), NoEntry> {
    let attributes = event.attributes;
    let Some(name) = attributes.text("function_name") else {
        return Err(NoEntry::Wrong("the attribute `function_name` is missing".to_owned()));
    };
    let time = |name| attributes.get(name).and_then(time_of);
    let start = time("start_time").or_else(|| event.began("duration_ms"));
    let end = time("end_time").or(event.time);
    let (server, tool) = server_and_tool(name);
    let prompt = attributes.text("prompt_id");
    let arguments = attributes.get("function_args").map(words::arguments).unwrap_or_default();
    // Told by what the event itself says, so that it is the same in every copy of it, and
    // not that of another call that ended in the same moment.
    let [a, b, c, d, ..] = arguments.digest.unwrap_or_default();
    let given = u32::from_be_bytes([a, b, c, d]);
    let id = |end| kept(&format!("{}/{name}/{end}/{given:08x}", prompt.unwrap_or_default()));
    let id = end.and_then(id);
    let decision = attributes.text("decision");
    let mut row = ToolCall {
        time: start,
        // Waiting for a person is a part of it: when it began to run is not told.
        began: None,
        end,
        caller: caller.clone(),
        id: id.clone(),
        server: server.or_else(|| attributes.text("mcp_server_name").and_then(kept)),
        arguments,
        outcome: match (decision, attributes.flag("success")) {
            (Some("reject"), _) => CallOutcome::Refused,
            (_, Some(true)) => CallOutcome::Done,
            (_, Some(false)) => CallOutcome::Failed,
            (_, None) => CallOutcome::NotSaid,
        },
        reasoning: Reasoning::NotRecorded,
        ..to.blank(tool.clone())
    };
    if prompt.is_some() {
        row.also.insert(CallField::Trigger);
    }
    to.call(row);
    match decision {
        // It was made between start and end, and before the tool ran.
        Some(decision) => {
            let said = Said { time: start, call: id, caller, tool, decision, source: None };
            event.decided(Of::GeminiCli, &said, to)
        }
        None => Ok(()),
    }
}
