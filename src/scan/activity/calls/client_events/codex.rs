//! Events of Codex.

use super::{Event, Of, Said};
use crate::{
    model::activity::{CallOutcome, Caller, Reasoning, ToolCall},
    scan::activity::calls::{
        NoEntry,
        fields::{kept, server_and_tool},
        sink::Sink,
        words,
    },
};

/// Reads the event of this name, without the client's own.
pub(super) fn read(name: &str, event: &Event<'_>, to: &mut Sink) -> Result<(), NoEntry> {
    let mut caller = event.caller(Of::Codex, &["conversation.id", "thread.id"]);
    caller.agent = kept(Of::Codex.id());
    match name {
        "tool_decision" => decision(event, &caller, to),
        "tool_result" => result(event, &caller, to),
        "conversation_starts" => {
            let policy = event.attributes.text("approval_policy").unwrap_or_default();
            event.mode(Of::Codex, &caller, policy, to);
            Ok(())
        }
        _ => Ok(()),
    }
}

fn missing(name: &str) -> NoEntry {
    NoEntry::Wrong(format!("the attribute `{name}` is missing"))
}

fn decision(event: &Event<'_>, caller: &Caller, to: &mut Sink) -> Result<(), NoEntry> {
    let attributes = event.attributes;
    let name = attributes.text("tool_name").ok_or_else(|| missing("tool_name"))?;
    let decision = attributes.text("decision").ok_or_else(|| missing("decision"))?;
    let (server, tool) = server_and_tool(name);
    let call = attributes.text("call_id").and_then(kept);
    let said = Said {
        time: event.time,
        call: call.clone(),
        caller,
        tool: tool.clone(),
        decision,
        source: attributes.text("source"),
    };
    event.decided(Of::Codex, &said, to)?;
    if call.is_some() {
        let refused = ["denied", "abort", "reject"].contains(&&*decision.to_ascii_lowercase());
        to.call(ToolCall {
            time: event.time,
            caller: caller.clone(),
            id: call,
            server,
            outcome: if refused { CallOutcome::Refused } else { CallOutcome::NotSaid },
            reasoning: Reasoning::NotRecorded,
            ..to.blank(tool)
        });
    }
    Ok(())
}

fn result(event: &Event<'_>, caller: &Caller, to: &mut Sink) -> Result<(), NoEntry> {
    let attributes = event.attributes;
    let name = attributes.text("tool_name").ok_or_else(|| missing("tool_name"))?;
    let (server, tool) = server_and_tool(name);
    let began = event.began("duration_ms");
    to.call(ToolCall {
        time: began.or(event.time),
        began,
        end: event.time,
        caller: caller.clone(),
        id: attributes.text("call_id").and_then(kept),
        server: server.or_else(|| attributes.text("mcp_server").and_then(kept)),
        arguments: attributes.get("arguments").map(words::arguments).unwrap_or_default(),
        outcome: match attributes.flag("success") {
            Some(true) => CallOutcome::Done,
            Some(false) => CallOutcome::Failed,
            None => CallOutcome::NotSaid,
        },
        reasoning: Reasoning::NotRecorded,
        requests: attributes.get("output").map(words::requests).unwrap_or_default(),
        ..to.blank(tool)
    });
    Ok(())
}
