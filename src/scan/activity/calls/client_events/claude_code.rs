//! Events of Claude Code.

use serde_json::Value;

use super::{Event, Of, Said};
use crate::{
    model::activity::{CallField, CallOutcome, Caller, Reasoning, ToolCall},
    scan::activity::calls::{
        NoEntry,
        fields::{kept, server_and_tool, text, unquoted},
        sink::Sink,
        words,
    },
};

/// Reads the event of this name, without the client's own.
pub(super) fn read(name: &str, event: &Event<'_>, to: &mut Sink) -> Result<(), NoEntry> {
    let mut caller = event.caller(Of::ClaudeCode, &["session.id"]);
    if caller.model.as_deref().is_some_and(|model| model.starts_with("claude-code")) {
        caller.model = None;
    }
    match name {
        "tool_decision" => decision(event, &caller, to),
        "tool_result" => result(event, &caller, to),
        "permission_mode_changed" => {
            let mode = event.attributes.first(&["to_mode", "new_mode", "mode"]);
            event.mode(Of::ClaudeCode, &caller, mode.unwrap_or_default(), to);
            Ok(())
        }
        _ => Ok(()),
    }
}

fn missing(name: &str) -> NoEntry {
    NoEntry::Wrong(format!("the attribute `{name}` is missing"))
}

/// The server and the tool: an event calls every tool of a server `mcp_tool` unless its
/// parameters may be logged.
fn named(event: &Event<'_>) -> Result<(Option<Box<str>>, Box<str>), NoEntry> {
    let name = event.attributes.text("tool_name").ok_or_else(|| missing("tool_name"))?;
    let parameters = parameters(event);
    let told = |member: &str| {
        event.attributes.text(member).or_else(|| text(&parameters, &[member])).and_then(kept)
    };
    let (server, tool) = server_and_tool(name);
    Ok((server.or_else(|| told("mcp_server_name")), told("mcp_tool_name").unwrap_or(tool)))
}

fn parameters(event: &Event<'_>) -> Value {
    event.attributes.get("tool_parameters").map(unquoted).unwrap_or_default()
}

fn decision(event: &Event<'_>, caller: &Caller, to: &mut Sink) -> Result<(), NoEntry> {
    let (server, tool) = named(event)?;
    let decision = event.attributes.text("decision").ok_or_else(|| missing("decision"))?;
    let call = event.attributes.text("tool_use_id").and_then(kept);
    let said = Said {
        time: event.time,
        call: call.clone(),
        caller,
        tool: tool.clone(),
        decision,
        source: event.attributes.text("source"),
    };
    event.decided(Of::ClaudeCode, &said, to)?;
    if call.is_some() {
        let refused = decision == "reject";
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
    let (server, tool) = named(event)?;
    let attributes = event.attributes;
    let began = event.began("duration_ms");
    let call = attributes.text("tool_use_id").and_then(kept);
    let mut row = ToolCall {
        time: began.or(event.time),
        began,
        end: event.time,
        caller: caller.clone(),
        id: call.clone(),
        server,
        outcome: match attributes.flag("success") {
            Some(true) => CallOutcome::Done,
            Some(false) => CallOutcome::Failed,
            None => CallOutcome::NotSaid,
        },
        reasoning: Reasoning::NotRecorded,
        ..to.blank(tool.clone())
    };
    // What was given is cut here; a digest of it would be of something else.
    let mut given = serde_json::Map::new();
    given.extend(attributes.get("tool_input").map(|input| ("input".to_owned(), unquoted(input))));
    given.extend(
        Some(parameters(event)).filter(Value::is_object).map(|own| ("own".to_owned(), own)),
    );
    if !given.is_empty() {
        row.arguments = words::of_a_part(&Value::Object(given));
    }
    row.requests = ["tool_output", "error"]
        .iter()
        .filter_map(|name| attributes.get(name))
        .flat_map(words::requests)
        .collect();
    if attributes.get("prompt.id").is_some() {
        row.also.insert(CallField::Trigger);
    }
    to.call(row);
    // The same decision as in its own event, told once more with the result: its time is
    // not that of this event.
    let told = attributes.first(&["decision_type", "decision"]);
    match (told, call) {
        (Some(decision), Some(call)) => {
            let source = attributes.text("decision_source");
            let said = Said { time: None, call: Some(call), caller, tool, decision, source };
            event.decided(Of::ClaudeCode, &said, to)
        }
        _ => Ok(()),
    }
}
