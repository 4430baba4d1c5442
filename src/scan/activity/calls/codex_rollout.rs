//! Rollouts of Codex (`~/.codex/sessions/**/rollout-*.jsonl`): a session, item by item.
//!
//! They hold calls, answers and the policy under which approvals are asked for; requests
//! for approval and their answers are left out when a rollout is written.

use jiff::Timestamp;
use serde_json::Value;

use super::{
    Entries, NoEntry,
    decisions::{self, Of},
    fields::{first, kept, server_and_tool, text, time, unquoted},
    object, read, recognise,
    sink::{Decided, Sink},
    words,
};
use crate::{
    model::activity::{CallField, CallOutcome, Caller, Defect, Reasoning, ToolCall},
    scan::activity::Format,
};

/// The entry in the registry.
pub(in crate::scan::activity) const FORMAT: Format = Format {
    kind: KIND,
    recognise: |head| {
        recognise::any(head, "\"payload\"", |value| {
            value.get("payload").is_some()
                && matches!(
                    text(value, &["type"]),
                    Some("session_meta" | "turn_context" | "response_item")
                )
        })
    },
    read: |file, builder, limits| read(KIND, Rollout::default(), file, builder, limits),
};

const KIND: &str = "codex-rollout";

#[derive(Default)]
struct Rollout {
    session: Option<Box<str>>,
    model: Option<Box<str>>,
    policy: Option<Box<str>>,
    reasoned: bool,
    prompted: bool,
    looked: bool,
}

impl Entries for Rollout {
    fn entry(&mut self, given: &str, to: &mut Sink) -> Result<(), NoEntry> {
        let line = object(given)?;
        let kind = text(&line, &["type"]).ok_or(NoEntry::Defect(Defect::NotAnEvent))?;
        let payload = line.get("payload").ok_or(NoEntry::Defect(Defect::NotAnEvent))?;
        let when = time(&line, &["timestamp"]);
        to.event(when);
        match kind {
            "session_meta" => self.session = first(payload, &[&["id"], &["session_id"]]),
            "turn_context" => self.turn(payload, when, to),
            "response_item" => self.item(payload, when, to),
            "event_msg" => self.event(payload, when, to),
            _ => {}
        }
        Ok(())
    }
}

impl Rollout {
    fn caller(&self) -> Caller {
        Caller {
            agent: kept(Of::Codex.id()),
            session: self.session.clone(),
            model: self.model.clone(),
            ..Caller::default()
        }
    }

    fn turn(&mut self, payload: &Value, time: Option<Timestamp>, to: &mut Sink) {
        self.model = first(payload, &[&["model"]]).or_else(|| self.model.take());
        let Some(policy) = first(payload, &[&["approval_policy"]]) else { return };
        if self.policy.as_ref() != Some(&policy) && decisions::asks_nobody(Of::Codex, &policy) {
            to.decided(Decided::by_mode(time, &self.caller(), &policy));
        }
        self.policy = Some(policy);
    }

    fn item(&mut self, item: &Value, time: Option<Timestamp>, to: &mut Sink) {
        match text(item, &["type"]) {
            Some("message") => match text(item, &["role"]) {
                Some("assistant") => self.reasoned = true,
                Some("user") => (self.prompted, self.reasoned) = (true, false),
                _ => {}
            },
            Some("reasoning") => self.reasoned = true,
            Some("function_call") => {
                let arguments = item.get("arguments").map(unquoted);
                self.call(item, text(item, &["name"]), arguments.as_ref(), time, to);
            }
            Some("custom_tool_call") => {
                self.call(item, text(item, &["name"]), item.get("input"), time, to);
            }
            Some("local_shell_call") => {
                self.call(item, Some("local_shell"), item.get("action"), time, to);
            }
            Some("function_call_output" | "custom_tool_call_output") => self.output(item, time, to),
            _ => {}
        }
    }

    fn call(
        &self,
        item: &Value,
        name: Option<&str>,
        arguments: Option<&Value>,
        time: Option<Timestamp>,
        to: &mut Sink,
    ) {
        let Some(name) = name else { return to.refuse(NoEntry::Defect(Defect::NotAnEvent)) };
        let (server, tool) = server_and_tool(name);
        let told = [
            (CallField::Trigger, self.prompted),
            (CallField::Evidence, self.looked),
            (CallField::ModelVersion, self.model.is_some()),
        ];
        to.call(ToolCall {
            time,
            caller: self.caller(),
            id: first(item, &[&["call_id"], &["id"]]),
            server,
            arguments: arguments.map(words::arguments).unwrap_or_default(),
            reasoning: if self.reasoned { Reasoning::Present } else { Reasoning::Absent },
            also: told.into_iter().filter_map(|(field, is)| is.then_some(field)).collect(),
            ..to.blank(tool)
        });
    }

    fn output(&mut self, item: &Value, time: Option<Timestamp>, to: &mut Sink) {
        (self.looked, self.reasoned) = (true, false);
        let output = item.get("output").map(unquoted).unwrap_or_default();
        self.result(item, outcome(&output), &output, time, to);
    }

    /// Ends of calls that stand beside the items.
    fn event(&mut self, event: &Value, time: Option<Timestamp>, to: &mut Sink) {
        match text(event, &["type"]) {
            Some("agent_reasoning" | "agent_message") => self.reasoned = true,
            Some("user_message") => (self.prompted, self.reasoned) = (true, false),
            Some("mcp_tool_call_end") => {
                let result = event.get("result").cloned().unwrap_or_default();
                let flagged = result.get("Ok").and_then(|ok| {
                    ok.get("is_error").or_else(|| ok.get("isError")).and_then(Value::as_bool)
                });
                let outcome = match (result.get("Err").is_some(), flagged) {
                    (true, _) | (_, Some(true)) => CallOutcome::Failed,
                    (false, _) => CallOutcome::Done,
                };
                self.result(event, outcome, &result, time, to);
            }
            Some("exec_command_end") => {
                let outcome = exit_code(event.get("exit_code"));
                self.result(event, outcome, &Value::Null, time, to);
            }
            _ => {}
        }
    }

    fn result(
        &self,
        of: &Value,
        outcome: CallOutcome,
        answer: &Value,
        time: Option<Timestamp>,
        to: &mut Sink,
    ) {
        let Some(id) = first(of, &[&["call_id"]]) else {
            return to.refuse(NoEntry::Defect(Defect::NotAnEvent));
        };
        let tool = text(of, &["invocation", "tool"]).and_then(kept).unwrap_or_default();
        to.call(ToolCall {
            time,
            end: time,
            caller: self.caller(),
            id: Some(id),
            server: first(of, &[&["invocation", "server"]]),
            outcome,
            requests: words::requests(answer),
            ..to.blank(tool)
        });
    }
}

fn exit_code(code: Option<&Value>) -> CallOutcome {
    match code.and_then(Value::as_i64) {
        Some(0) => CallOutcome::Done,
        Some(_) => CallOutcome::Failed,
        None => CallOutcome::NotSaid,
    }
}

/// What an answer says of how it went: success, an exit code, or nothing.
fn outcome(output: &Value) -> CallOutcome {
    if let Some(success) = output.get("success").and_then(Value::as_bool) {
        return if success { CallOutcome::Done } else { CallOutcome::Failed };
    }
    let told = output.get("metadata").and_then(|metadata| metadata.get("exit_code"));
    if told.is_some() {
        return exit_code(told);
    }
    let said = output.as_str().and_then(|text| {
        let (_, rest) =
            text.split_once("xit code: ").or_else(|| text.split_once("exited with code "))?;
        rest.split(|c: char| !c.is_ascii_digit()).next()?.parse::<i64>().ok()
    });
    exit_code(said.map(Value::from).as_ref())
}
