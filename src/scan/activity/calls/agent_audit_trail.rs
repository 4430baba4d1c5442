//! Records of the proposed Agent Audit Trail (draft-sharif-agent-audit-trail): a line
//! each, chained by hashes. A record lacks none of its members, and each names the hash
//! of the one before it in its session; a chain that is broken is told.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{
    Entries, NoEntry, digest,
    fields::{at, first, server_and_tool, text, time},
    object, read, recognise,
    sink::Sink,
    words,
};
use crate::{
    model::activity::{CallOutcome, Caller, Reasoning, ToolCall},
    scan::activity::Format,
};

/// The entry in the registry.
pub(in crate::scan::activity) const FORMAT: Format = Format {
    kind: KIND,
    recognise: |head| {
        recognise::any(head, "\"prev_hash\"", |value| {
            ["record_id", "agent_id", "action_type"].iter().all(|name| value.get(name).is_some())
        })
    },
    read: |file, builder, limits| read(KIND, Trail::default(), file, builder, limits),
};

const KIND: &str = "agent-audit-trail";

/// What every record has.
const MEMBERS: [&str; 12] = [
    "record_id",
    "timestamp",
    "agent_id",
    "agent_version",
    "session_id",
    "action_type",
    "action_detail",
    "outcome",
    "trust_level",
    "parent_record_id",
    "prev_hash",
    "record_phase",
];

/// Sessions whose chains are followed at a time.
const SESSIONS: usize = 10_000;

/// Agent and session, as records name them.
type Session = (Box<str>, Box<str>);

#[derive(Default)]
struct Trail {
    /// The hashes of the last record of each session: of all of it, and without its
    /// signature.
    last: BTreeMap<Session, [[u8; 32]; 2]>,
}

impl Entries for Trail {
    fn entry(&mut self, given: &str, to: &mut Sink) -> Result<(), NoEntry> {
        let record = object(given)?;
        if let Some(missing) = MEMBERS.iter().find(|name| record.get(*name).is_none()) {
            return Err(NoEntry::Wrong(format!("the member `{missing}` is missing")));
        }
        to.event(time(&record, &["timestamp"]));
        call(&record, to);
        self.follow(&record)
    }
}

impl Trail {
    /// Checks that a record names the one before it. A broken chain is a defect of the
    /// log; what the record claims is kept all the same.
    fn follow(&mut self, record: &Value) -> Result<(), NoEntry> {
        let name = |member: &str| first(record, &[&[member]]).unwrap_or_default();
        let key = (name("agent_id"), name("session_id"));
        let named = text(record, &["prev_hash"]).and_then(digest::parse);
        let mut unsigned = record.clone();
        if let Some(members) = unsigned.as_object_mut() {
            members.remove("signature");
        }
        if self.last.len() >= SESSIONS {
            self.last.clear();
        }
        let own = [digest::of(record), digest::of(&unsigned)];
        match self.last.insert(key, own) {
            Some(before) if !named.is_some_and(|named| before.contains(&named)) => {
                Err(NoEntry::Wrong("the chain of hashes is broken before this record".to_owned()))
            }
            _ => Ok(()),
        }
    }
}

fn call(record: &Value, to: &mut Sink) {
    let answer = match text(record, &["action_type"]) {
        Some("tool_call") => false,
        Some("tool_response") => true,
        _ => return,
    };
    let detail = record.get("action_detail").unwrap_or(&Value::Null);
    let name = first(detail, &[&["tool_name"], &["tool"], &["name"]]).unwrap_or_default();
    let (server, tool) = server_and_tool(&name);
    let id = if answer { "parent_record_id" } else { "record_id" };
    let when = time(record, &["timestamp"]);
    let ended = answer || text(record, &["record_phase"]) == Some("post_execution");
    let given = ["arguments", "parameters", "input"].iter().find_map(|name| at(detail, &[name]));
    let mut arguments = given.map(words::arguments).unwrap_or_default();
    let hash = ["parameters_hash", "arguments_hash"].iter().find_map(|name| text(detail, &[name]));
    if let Some(hash) = hash.and_then(digest::parse) {
        arguments.recorded = true;
        arguments.digest = arguments.digest.or(Some(hash));
    }
    to.call(ToolCall {
        time: when,
        end: when.filter(|_| ended),
        caller: Caller {
            agent: first(record, &[&["agent_id"]]),
            session: first(record, &[&["session_id"]]),
            ..Caller::default()
        },
        id: first(record, &[&[id], &["record_id"]]),
        server: server.or_else(|| first(detail, &[&["server"]])),
        arguments,
        outcome: match text(record, &["outcome"]) {
            Some("denied") => CallOutcome::Refused,
            Some("failure" | "timeout") => CallOutcome::Failed,
            Some("success") if ended => CallOutcome::Done,
            _ => CallOutcome::NotSaid,
        },
        reasoning: Reasoning::NotRecorded,
        requests: at(detail, &["result"]).map(words::requests).unwrap_or_default(),
        ..to.blank(tool)
    });
}
