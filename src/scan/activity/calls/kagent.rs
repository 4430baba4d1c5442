//! Tasks and messages of kagent, with its extension of A2A by which a person is asked
//! before a tool runs.
//!
//! The answer names the calls and not who gave it: the payload has no such member.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;

use super::{
    Entries, NoEntry,
    fields::{at, first, server_and_tool, text, time},
    object, read, recognise,
    sink::{Decided, Sink},
    words,
};
use crate::{
    model::activity::{
        About, CallOutcome, Caller, DeciderKind, DecisionVerdict, Reasoning, ToolCall,
    },
    scan::activity::Format,
};

/// The entry in the registry.
pub(in crate::scan::activity) const FORMAT: Format = Format {
    kind: KIND,
    recognise: |head| {
        recognise::any(head, EXTENSION, |value| {
            value.get("jsonrpc").is_some()
                || ["history", "contextId", "context_id", "metadata", "messageId"]
                    .iter()
                    .any(|member| value.get(member).is_some())
        })
    },
    read: |file, builder, limits| read(KIND, Kagent::default(), file, builder, limits),
};

const KIND: &str = "kagent-a2a";
const EXTENSION: &str = "kagent.dev/extensions/hitl";
const REQUEST: &str = "tool_approval_request";
const RESPONSE: &str = "tool_approval_response";
/// Questions that are held until their answers come.
const OPEN: usize = 10_000;

#[derive(Default)]
struct Kagent {
    /// The call and the tool that a question is about, by the question's id.
    asked: BTreeMap<Box<str>, Asked>,
}

#[derive(Clone)]
struct Asked {
    call: Option<Box<str>>,
    tool: Box<str>,
    time: Option<Timestamp>,
}

impl Entries for Kagent {
    fn entry(&mut self, given: &str, to: &mut Sink) -> Result<(), NoEntry> {
        let item = object(given)?;
        let item = at(&item, &["result"]).or_else(|| at(&item, &["params"])).unwrap_or(&item);
        let when = [&["timestamp"][..], &["status", "timestamp"], &["created_at"]]
            .iter()
            .find_map(|path| time(item, path));
        to.event(when);
        let caller = Caller {
            agent: first(item, &[&["metadata", "kagent_app_name"], &["agent"], &["agentName"]]),
            session: first(item, &[&["contextId"], &["context_id"]]),
            ..Caller::default()
        };
        let messages = item.get("history").and_then(Value::as_array);
        let status = at(item, &["status", "message"]);
        let own = at(item, &["message"]);
        for message in messages.into_iter().flatten().chain(status).chain(own).chain([item]) {
            let when = time(message, &["metadata", "timestamp"]).or(when);
            self.message(message, &caller, when, to);
        }
        Ok(())
    }
}

/// The payload of that name, wherever the extension puts it in a message's metadata.
fn payload<'v>(message: &'v Value, name: &str) -> Option<&'v Value> {
    fn within<'v>(value: &'v Value, name: &str, depth: u8) -> Option<&'v Value> {
        let object = value.as_object()?;
        if let Some(found) = object.get(name) {
            return Some(found);
        }
        if object.get("type").and_then(Value::as_str) == Some(name) {
            return Some(value);
        }
        let deeper = depth.checked_sub(1)?;
        object.values().find_map(|member| within(member, name, deeper))
    }
    within(message.get("metadata")?, name, 3)
}

/// The items of a payload, and of one of a subagent that it passes on.
fn items<'v>(payload: Option<&'v Value>, name: &str) -> impl Iterator<Item = &'v Value> {
    let nested = payload.and_then(|payload| payload.get("nested"));
    let list = move |of: &'v Value| of.get(name)?.as_array();
    payload.into_iter().chain(nested).filter_map(list).flatten()
}

impl Kagent {
    fn message(
        &mut self,
        message: &Value,
        caller: &Caller,
        time: Option<Timestamp>,
        to: &mut Sink,
    ) {
        for tool in items(payload(message, REQUEST), "tools") {
            let (server, name) = server_and_tool(text(tool, &["name"]).unwrap_or_default());
            let call = first(tool, &[&["call_id"], &["id"]]);
            if self.asked.len() < OPEN
                && let Some(id) = first(tool, &[&["id"], &["call_id"]])
            {
                self.asked.insert(id, Asked { call: call.clone(), tool: name.clone(), time });
            }
            to.call(ToolCall {
                time,
                caller: caller.clone(),
                id: call,
                server,
                arguments: at(tool, &["args"]).map(words::arguments).unwrap_or_default(),
                reasoning: Reasoning::NotRecorded,
                ..to.blank(name)
            });
        }
        for answer in items(payload(message, RESPONSE), "approvals") {
            self.answer(answer, caller, time, to);
        }
    }

    fn answer(&self, answer: &Value, caller: &Caller, time: Option<Timestamp>, to: &mut Sink) {
        let id = first(answer, &[&["id"], &["call_id"]]);
        let approved = answer.get("approved").and_then(Value::as_bool);
        let (Some(id), Some(approved)) = (id, approved) else {
            return to.refuse(NoEntry::Wrong("an approval without `id` or `approved`".to_owned()));
        };
        let asked = self.asked.get(&id).cloned();
        let call = asked.as_ref().and_then(|asked| asked.call.clone()).unwrap_or(id);
        to.decided(Decided {
            time,
            asked: asked.as_ref().and_then(|asked| asked.time),
            about: About {
                call: Some(call.clone()),
                session: caller.session.clone(),
                agent: caller.agent.clone(),
                action: asked.as_ref().map(|asked| asked.tool.clone()),
                ..About::default()
            },
            verdict: if approved { DecisionVerdict::Approved } else { DecisionVerdict::Rejected },
            kind: DeciderKind::NotSaid,
            by: None,
        });
        if !approved {
            to.call(ToolCall {
                time,
                caller: caller.clone(),
                id: Some(call),
                outcome: CallOutcome::Refused,
                reasoning: Reasoning::NotRecorded,
                ..to.blank("".into())
            });
        }
    }
}
