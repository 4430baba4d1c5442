//! Events by which clients of agents log tool calls and who let them pass.
//!
//! These are the only logs that tell a person's word on one call from a standing
//! permission, a setting or a hook. They arrive as log records of OpenTelemetry, or in
//! files that a client writes itself.

mod claude_code;
mod codex;
mod gemini_cli;

use jiff::{SignedDuration, Timestamp};

use super::{
    NoEntry,
    decisions::{self, Of},
    fields::kept,
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
