//! Transcripts of Claude Code (`~/.claude/projects/**/*.jsonl`): a line for each message.
//!
//! They hold calls and answers whole, and the reasoning before a call, readable or not.
//! They never hold who approved a call: a person's yes and a rule that allowed it look the
//! same. What an answer says of a refusal is text that the tool could have written, so
//! such a call counts as failed.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;

use super::{
    Entries, NoEntry,
    decisions::{self, Of},
    fields::{at, first, kept, server_and_tool, text, time},
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
        recognise::any(head, "\"sessionId\"", |value| {
            text(value, &["sessionId"]).is_some()
                && text(value, &["uuid"]).is_some()
                && matches!(text(value, &["type"]), Some("user" | "assistant" | "system"))
        })
    },
    read: |file, builder, limits| read(KIND, Transcript::default(), file, builder, limits),
};

const KIND: &str = "claude-code-transcript";

/// Sessions that are told apart at a time.
const SESSIONS: usize = 1_000;

#[derive(Default)]
struct Transcript {
    /// By session, and whether it is one of a subagent.
    turns: BTreeMap<(Box<str>, bool), Turn>,
}

/// Where a conversation stands.
#[derive(Default)]
struct Turn {
    /// The model gave reasons since it was last told something.
    reasoned: bool,
    /// Somebody wrote a prompt.
    prompted: bool,
    /// A tool has answered.
    looked: bool,
    mode: Option<Box<str>>,
}

impl Entries for Transcript {
    fn entry(&mut self, given: &str, to: &mut Sink) -> Result<(), NoEntry> {
        let line = object(given)?;
        let kind = text(&line, &["type"]).ok_or(NoEntry::Defect(Defect::NotAnEvent))?;
        let when = time(&line, &["timestamp"]);
        if when.is_none() && !matches!(kind, "user" | "assistant") {
            // Titles, summaries and copies of files stand beside the messages.
            return Err(NoEntry::Foreign);
        }
        to.event(when);
        let Some(session) = text(&line, &["sessionId"]).and_then(kept) else { return Ok(()) };
        if self.turns.len() >= SESSIONS {
            self.turns.clear();
        }
        let aside = line.get("isSidechain").and_then(Value::as_bool).unwrap_or(false);
        let turn = self.turns.entry((session.clone(), aside)).or_default();
        let caller = Caller {
            agent: kept(Of::ClaudeCode.id()),
            session: Some(session),
            model: first(&line, &[&["message", "model"]]),
            ..Caller::default()
        };
        let message = Message { line: &line, time: when, caller };
        match kind {
            "assistant" | "user" if !message.is_whole() => {
                return Err(NoEntry::Wrong("a message without `content`".to_owned()));
            }
            "assistant" => message.of_model(turn, to),
            "user" => message.of_user(turn, to),
            _ => {}
        }
        Ok(())
    }
}

struct Message<'a> {
    line: &'a Value,
    time: Option<Timestamp>,
    caller: Caller,
}

impl Message<'_> {
    /// Whether it has a content, text or blocks.
    fn is_whole(&self) -> bool {
        at(self.line, &["message", "content"]).is_some_and(|own| own.is_string() || own.is_array())
    }

    fn blocks(&self) -> impl Iterator<Item = &Value> {
        let content = self.line.get("message").and_then(|message| message.get("content"));
        content.and_then(Value::as_array).into_iter().flatten()
    }

    fn of_model(&self, turn: &mut Turn, to: &mut Sink) {
        for block in self.blocks() {
            match text(block, &["type"]) {
                Some("thinking" | "redacted_thinking") => turn.reasoned = true,
                Some("text") => turn.reasoned |= text(block, &["text"]).is_some(),
                Some("tool_use") => self.call(block, turn, to),
                _ => {}
            }
        }
    }

    fn call(&self, block: &Value, turn: &Turn, to: &mut Sink) {
        let Some(name) = text(block, &["name"]) else {
            return to.refuse(NoEntry::Defect(Defect::NotAnEvent));
        };
        let (server, tool) = server_and_tool(name);
        let told = [
            (CallField::Trigger, turn.prompted),
            (CallField::Evidence, turn.looked),
            (CallField::ModelVersion, self.caller.model.is_some()),
        ];
        to.call(ToolCall {
            time: self.time,
            caller: self.caller.clone(),
            id: first(block, &[&["id"]]),
            server,
            arguments: block.get("input").map(words::arguments).unwrap_or_default(),
            reasoning: if turn.reasoned { Reasoning::Present } else { Reasoning::Absent },
            also: told.into_iter().filter_map(|(field, is)| is.then_some(field)).collect(),
            ..to.blank(tool)
        });
    }

    fn of_user(&self, turn: &mut Turn, to: &mut Sink) {
        turn.reasoned = false;
        self.mode(turn, to);
        let plain = text(self.line, &["message", "content"]).is_some();
        turn.prompted |= plain || self.blocks().any(|block| text(block, &["text"]).is_some());
        for block in self.blocks() {
            if text(block, &["type"]) == Some("tool_result") {
                turn.looked = true;
                self.result(block, to);
            }
        }
    }

    fn result(&self, block: &Value, to: &mut Sink) {
        let Some(id) = first(block, &[&["tool_use_id"]]) else {
            return to.refuse(NoEntry::Defect(Defect::NotAnEvent));
        };
        let failed = block.get("is_error").and_then(Value::as_bool).unwrap_or(false);
        let mut requests = block.get("content").map(words::requests).unwrap_or_default();
        requests.extend(self.line.get("toolUseResult").map(words::requests).unwrap_or_default());
        to.call(ToolCall {
            time: self.time,
            end: self.time,
            caller: Caller { model: None, ..self.caller.clone() },
            id: Some(id),
            outcome: if failed { CallOutcome::Failed } else { CallOutcome::Done },
            requests,
            ..to.blank("".into())
        });
    }

    /// The way of working that a prompt was given in, where it changed.
    fn mode(&self, turn: &mut Turn, to: &mut Sink) {
        let Some(mode) = first(self.line, &[&["permissionMode"]]) else { return };
        if turn.mode.as_ref() != Some(&mode) && decisions::asks_nobody(Of::ClaudeCode, &mode) {
            to.decided(Decided::by_mode(self.time, &self.caller, &mode));
        }
        turn.mode = Some(mode);
    }
}
