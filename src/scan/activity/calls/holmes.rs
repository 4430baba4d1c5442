//! Requests and responses of the HolmesGPT API, as a program in front of it logs them:
//! bare, or under `request` and `response` with a time beside them.
//!
//! A decision names the call and not who made it: whoever sends the request.

use jiff::Timestamp;
use serde_json::Value;

use super::{
    Entries, NoEntry,
    fields::{at, first, kept, text, time},
    object, read, recognise,
    sink::{Decided, Sink},
    words,
};
use crate::{
    model::activity::{
        About, CallOutcome, Caller, DeciderKind, DecisionVerdict, Defect, Reasoning, ToolCall,
    },
    scan::activity::Format,
};

/// The entry in the registry.
pub(in crate::scan::activity) const FORMAT: Format = Format {
    kind: KIND,
    recognise: |head| recognise::any(head, "\"tool_", |value| parts(value).any(is_part)),
    read: |file, builder, limits| read(KIND, Holmes, file, builder, limits),
};

const KIND: &str = "holmesgpt";

/// The value and what it wraps.
fn parts(value: &Value) -> impl Iterator<Item = &Value> {
    [Some(value), value.get("request"), value.get("response")].into_iter().flatten()
}

fn is_part(value: &Value) -> bool {
    let first_of = |name: &str| value.get(name).and_then(|list| list.get(0));
    let call = first_of("tool_calls")
        .is_some_and(|call| call.get("tool_call_id").is_some() && call.get("tool_name").is_some());
    call || first_of("pending_approvals").is_some_and(|call| call.get("tool_call_id").is_some())
        || first_of("tool_decisions").is_some_and(|one| one.get("approved").is_some())
}

struct Holmes;

impl Entries for Holmes {
    fn entry(&mut self, given: &str, to: &mut Sink) -> Result<(), NoEntry> {
        let line = object(given)?;
        let when = ["timestamp", "time", "created_at"].iter().find_map(|name| time(&line, &[name]));
        let known = ["ask", "analysis", "conversation_history"];
        let any = parts(&line)
            .any(|part| is_part(part) || known.iter().any(|name| part.get(name).is_some()));
        if !any {
            return Err(NoEntry::Defect(Defect::NotAnEvent));
        }
        to.event(when);
        let session = first(&line, &[&["session_id"], &["conversation_id"], &["request_id"]]);
        for part in parts(&line) {
            let list = |name: &str| part.get(name).and_then(Value::as_array).into_iter().flatten();
            let caller = Caller {
                agent: kept("holmesgpt"),
                session: session.clone(),
                model: first(part, &[&["model"]]),
                ..Caller::default()
            };
            for call in list("tool_calls").chain(list("pending_approvals")) {
                one(call, &caller, when, to);
            }
            for decision in list("tool_decisions") {
                decided(decision, &caller, when, to);
            }
        }
        Ok(())
    }
}

fn one(call: &Value, caller: &Caller, time: Option<Timestamp>, to: &mut Sink) {
    let Some(tool) = text(call, &["tool_name"]).and_then(kept) else {
        return to.refuse(NoEntry::Defect(Defect::NotAnEvent));
    };
    let outcome = match text(call, &["result", "status"]) {
        Some("success" | "no_data") => CallOutcome::Done,
        Some("error") => CallOutcome::Failed,
        _ => CallOutcome::NotSaid,
    };
    let given = at(call, &["params"]).or_else(|| at(call, &["result", "params"]));
    to.call(ToolCall {
        time,
        end: time.filter(|_| outcome != CallOutcome::NotSaid),
        caller: caller.clone(),
        id: first(call, &[&["tool_call_id"]]),
        arguments: given.map(words::arguments).unwrap_or_default(),
        outcome,
        reasoning: Reasoning::NotRecorded,
        requests: at(call, &["result", "data"]).map(words::requests).unwrap_or_default(),
        ..to.blank(tool)
    });
}

fn decided(decision: &Value, caller: &Caller, time: Option<Timestamp>, to: &mut Sink) {
    let approved = decision.get("approved").and_then(Value::as_bool);
    let (Some(call), Some(approved)) = (first(decision, &[&["tool_call_id"]]), approved) else {
        return to.refuse(NoEntry::Defect(Defect::NotAnEvent));
    };
    to.decided(Decided {
        time,
        asked: None,
        about: About {
            call: Some(call),
            session: caller.session.clone(),
            agent: caller.agent.clone(),
            ..About::default()
        },
        verdict: if approved { DecisionVerdict::Approved } else { DecisionVerdict::Rejected },
        kind: DeciderKind::NotSaid,
        by: None,
    });
}
