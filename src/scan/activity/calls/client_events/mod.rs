//! Events by which clients of agents log tool calls and who let them pass.
//!
//! These are the only logs that tell a person's word on one call from a standing
//! permission, a setting or a hook. They arrive as log records of OpenTelemetry, or in
//! files that a client writes itself.

mod claude_code;
mod codex;
mod gemini_cli;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::{
    NoEntry,
    decisions::{self, Of},
    fields::{at, kept, text, time_of},
    otlp::Attributes,
    sink::{Decided, Sink},
};
use crate::model::activity::{About, Caller, DeciderKind};

/// An event of a client.
pub(super) struct Event<'a> {
    /// `event.name`.
    pub(super) name: Option<&'a str>,
    /// The text of the record.
    pub(super) body: Option<&'a str>,
    pub(super) time: Option<Timestamp>,
    pub(super) attributes: &'a Attributes,
    pub(super) resource: &'a Attributes,
    pub(super) trace: Option<&'a str>,
}

/// How clients name their events.
const NAMES: [&str; 3] = ["claude_code.", "codex.", "gemini_cli."];
/// What clients call themselves that leave that out of the names.
const SERVICES: [&str; 2] = ["claude-code", "gemini-cli"];

/// Whether an event of this name, or with this text, is one of a client's.
pub(super) fn is_name(name: &str) -> bool {
    NAMES.iter().any(|prefix| name.starts_with(prefix))
}

/// Whether it is a client that calls itself so.
pub(super) fn is_service(name: &str) -> bool {
    SERVICES.contains(&name)
}

/// Keeps what a log record tells whose attributes are members: what Gemini CLI writes, and
/// what collectors make of the records of all clients for CloudWatch, Elasticsearch and
/// the like.
///
/// # Errors
/// It has no name, or is an event of a client and lacks what it must have.
pub(super) fn plain(record: &Value, to: &mut Sink) -> Result<(), NoEntry> {
    let attributes = Attributes::of(Some(record))?;
    let any = |names: &[&[&str]]| names.iter().find_map(|path| text(record, path));
    let body = any(&[&["body"], &["body", "stringValue"], &["body", "text"]]);
    let name = attributes.text("event.name").or_else(|| any(&[&["event_name"], &["eventName"]]));
    let Some(name) = name.or(body) else { return Err(NoEntry::Foreign) };
    let resource = record.get("resource");
    let resource = match resource.and_then(|resource| resource.get("attributes")) {
        Some(_) => Attributes::of(resource)?,
        None => Attributes::members(resource),
    };
    let time = |path: &[&str]| at(record, path).and_then(time_of);
    let written = [
        "timestamp",
        "@timestamp",
        "timeUnixNano",
        "time_unix_nano",
        "observedTimeUnixNano",
        "observed_time_unix_nano",
    ];
    let time = attributes
        .get("event.timestamp")
        .and_then(time_of)
        .or_else(|| high_resolution(record.get("hrTime")?))
        .or_else(|| written.iter().find_map(|name| time(&[name])));
    to.event(time);
    let trace = any(&[&["spanContext", "traceId"], &["traceId"], &["trace_id"], &["trace", "id"]]);
    let event =
        Event { name: Some(name), body, time, attributes: &attributes, resource: &resource, trace };
    read(&event, to)
}

/// `[seconds, nanoseconds]`.
fn high_resolution(value: &Value) -> Option<Timestamp> {
    let part = |at: usize| value.get(at).and_then(Value::as_i64);
    Timestamp::new(part(0)?, i32::try_from(part(1)?).ok()?).ok()
}

/// Keeps what an event tells of tool calls, if a client is known that writes it.
///
/// # Errors
/// It is such an event, and lacks what it must have.
pub(super) fn read(event: &Event<'_>, to: &mut Sink) -> Result<(), NoEntry> {
    let named = |prefix: &str| {
        [event.name, event.body].into_iter().flatten().find_map(|name| name.strip_prefix(prefix))
    };
    let service = event.resource.text("service.name").unwrap_or_default();
    let of_service = |known: &str| event.name.filter(|_| service == known);
    if let Some(name) = named("claude_code.").or_else(|| of_service("claude-code")) {
        claude_code::read(name, event, to)
    } else if let Some(name) = named("codex.") {
        codex::read(name, event, to)
    } else if let Some(name) = named("gemini_cli.").or_else(|| of_service("gemini-cli")) {
        gemini_cli::read(name, event, to)
    } else {
        Ok(())
    }
}

/// Names of the person at the keyboard.
const USER: &[&str] = &["user.email", "user.account_uuid", "user.account_id", "user.id"];

impl Event<'_> {
    /// Who called, with the session under any of the names.
    fn caller(&self, of: Of, session: &[&str]) -> Caller {
        let any = |names: &[&str]| {
            self.attributes.first(names).or_else(|| self.resource.first(names)).and_then(kept)
        };
        Caller {
            agent: any(&["agent.name", "service.name"]).or_else(|| kept(of.id())),
            session: any(session),
            trace: self.trace.and_then(kept),
            user: any(USER),
            model: any(&["model", "slug"]),
        }
    }

    /// When what took `milliseconds` and ended with this event began.
    fn began(&self, milliseconds: &str) -> Option<Timestamp> {
        let milliseconds = self.attributes.number(milliseconds)?;
        if !(0.0..1e12).contains(&milliseconds) {
            return None;
        }
        #[expect(clippy::cast_possible_truncation, reason = "it was compared just now")]
        let duration = SignedDuration::from_millis(milliseconds as i64);
        self.time?.checked_sub(duration).ok()
    }

    /// Keeps a decision in the words of a client.
    fn decided(&self, of: Of, said: &Said<'_>, to: &mut Sink) -> Result<(), NoEntry> {
        let Some((verdict, kind)) = decisions::of(of, said.decision, said.source) else {
            return Err(NoEntry::Wrong("a decision in words that are not known".to_owned()));
        };
        to.decided(Decided {
            time: said.time,
            asked: None,
            about: About {
                call: said.call.clone(),
                request: None,
                trace: said.caller.trace.clone(),
                session: said.caller.session.clone(),
                agent: said.caller.agent.clone(),
                action: Some(said.tool.clone()).filter(|tool| !tool.is_empty()),
            },
            verdict,
            kind,
            by: said
                .caller
                .user
                .clone()
                .filter(|_| matches!(kind, DeciderKind::Person | DeciderKind::Standing)),
        });
        Ok(())
    }

    /// Keeps a change to a way of working in which nobody is asked.
    fn mode(&self, of: Of, caller: &Caller, mode: &str, to: &mut Sink) {
        if decisions::asks_nobody(of, mode) {
            to.decided(Decided::by_mode(self.time, caller, mode));
        }
    }
}

/// A decision in the words of a client.
struct Said<'a> {
    time: Option<Timestamp>,
    call: Option<Box<str>>,
    caller: &'a Caller,
    tool: Box<str>,
    decision: &'a str,
    source: Option<&'a str>,
}
