//! Whether people were told of a change afterwards, when, and whether one answered.
//!
//! A record says so, or the agent told them itself, by a tool that sends messages or by an
//! API of AWS: then what it said and who read it is not on record. None of it is ever an
//! approval.
//!
//! CloudTrail keeps nothing of what a message says, so that one which an API sent never
//! names a change: it can have been of its session and its time, and of anything else.
//!
//! A message before the change announces it; only one afterwards tells that it was made,
//! and only an answer from then on acknowledges it. Where times do not tell which came
//! first, it is not known whether anybody was told.
//! That somebody reads a channel no log shows: what counts is an acknowledgement.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::{
    approvals::Bench,
    calls::{Call, Calls},
    chosen::is_proven,
    events::ids,
    joins::{Join, Strength},
    moments::came_first,
    who::Who,
};
use crate::{
    model::{
        activity::{About, LoggedAction, LoggedOutcome, Notification, Rows, Target, ToolCall},
        location::Location,
    },
    rubric::oversight::OversightRules,
};

/// A message later than this after a change is late.
pub const TIMELY: SignedDuration = SignedDuration::from_mins(5);
/// People have this long to answer.
pub const ANSWERED_WITHIN: SignedDuration = SignedDuration::from_hours(24);

/// A message that names the object of a change, and no more than it, tells of that change
/// within this time.
const NEAR: SignedDuration = SignedDuration::from_hours(1);

/// A message to people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Message<'a> {
    /// A record says that it was sent.
    Recorded(&'a Notification),
    /// The agent called a tool that sends one.
    Called(&'a ToolCall),
    /// The agent called an API of AWS that sends one.
    Published(&'a LoggedAction),
}

impl<'a> Message<'a> {
    /// When it arrived, or was sent where its arrival is not on record.
    #[must_use]
    pub fn told(self) -> Option<Timestamp> {
        match self {
            Self::Recorded(record) => record.delivered.or(record.time),
            Self::Called(call) => call.end.or(call.time),
            Self::Published(row) => row.time,
        }
    }

    /// Where it went: a channel or a service, or the tool that sent it.
    #[must_use]
    pub fn sink(self) -> Option<&'a str> {
        match self {
            Self::Recorded(record) => record.sink.as_deref(),
            Self::Called(call) => Some(&call.tool),
            Self::Published(row) => Some(row.object.as_deref().unwrap_or(&row.action.verb)),
        }
    }

    /// Whether it tells what, why, the target and the way back; none where that is not on
    /// record.
    #[must_use]
    pub fn is_complete(self) -> Option<bool> {
        match self {
            Self::Recorded(record) => record.complete,
            Self::Called(_) | Self::Published(_) => None,
        }
    }

    /// Where that stands.
    #[must_use]
    pub fn place(self) -> &'a Location {
        match self {
            Self::Recorded(record) => &record.place,
            Self::Called(call) => &call.place,
            Self::Published(row) => &row.place,
        }
    }
}

/// The first message about a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Notified<'a> {
    /// The message.
    pub message: Message<'a>,
    /// How long after the change it arrived, or was sent where its arrival is not on record.
    pub delay: SignedDuration,
    /// Whether it names the change, or only what it was a part of.
    pub strength: Strength,
    /// Whether it certainly came after the change, and more joins the two than an id that a
    /// client chose.
    pub is_sure: bool,
    /// When a person answered, after the change; none where no record says so.
    pub answered: Option<Timestamp>,
}

impl Notified<'_> {
    /// Whether it is known to be about the change: one that only was of its time, or may have
    /// come before it, may be about anything else.
    #[must_use]
    pub fn is_about(&self) -> bool {
        self.strength > Strength::Window && self.is_sure
    }

    /// Whether it surely names the change.
    #[must_use]
    pub fn names_it(&self) -> bool {
        self.strength == Strength::Exact && self.is_sure
    }

    /// Whether it was told in full and in time; none where the record does not say
    /// whether it was in full, or afterwards.
    #[must_use]
    pub fn is_timely(&self) -> Option<bool> {
        match self.message {
            _ if self.delay > TIMELY => Some(false),
            _ if !self.is_sure => None,
            Message::Recorded(_) if self.strength < Strength::Exact => Some(false),
            message => message.is_complete(),
        }
    }
}

/// Messages by the ids that they name.
#[derive(Debug, Default)]
pub struct Notifications<'a> {
    by_id: BTreeMap<&'a str, Vec<&'a Notification>>,
    by_context: BTreeMap<&'a str, Vec<&'a Notification>>,
}

impl<'a> Notifications<'a> {
    /// All but tests.
    #[must_use]
    pub fn of(rows: &'a Rows<Notification>) -> Self {
        let mut found = Self::default();
        for row in rows.iter().filter(|row| !row.test) {
            for id in named(&row.about) {
                found.by_id.entry(id).or_default().push(row);
            }
            let contexts = [row.about.trace.as_deref(), row.about.session.as_deref()];
            for context in contexts.into_iter().flatten() {
                found.by_context.entry(context).or_default().push(row);
            }
        }
        found
    }

    /// The first message about a change: one that names it, else the first one of its
    /// session or trace in time.
    #[must_use]
    pub(super) fn about(
        &self,
        row: &LoggedAction,
        join: Option<Join<'a, '_>>,
        published: &Published<'a>,
        bench: Bench<'a, '_>,
    ) -> Option<Notified<'a>> {
        let time = row.time?;
        let Bench { calls, events, who, .. } = bench;
        let is_proven = is_proven(row, calls, events, who.rules());
        let exact = join.filter(|join| join.strength == Strength::Exact);
        let call = exact.and_then(|join| join.call.id());
        let naming = ids(row).chain(call).filter_map(|id| self.by_id.get(id)).flatten();
        let first = |notifications: &mut dyn Iterator<Item = &&'a Notification>, strength| {
            notifications
                .filter_map(|notification| notified(notification, time, strength, who))
                .min_by_key(|notified| (!notified.is_sure, notified.delay, notified.message))
        };
        let joined = join.filter(|join| join.strength > Strength::Window);
        let bears_out = |told: Notified<'a>| Notified {
            is_sure: told.is_sure && (is_proven || told.strength < Strength::Exact),
            ..told
        };
        let called = called(row, time, joined, calls).map(bears_out);
        let exactly = called.filter(|called| called.strength == Strength::Exact);
        let near = || {
            let contexts = joined.into_iter().flat_map(|join| join.call.contexts());
            let mut near = contexts
                .filter_map(|context| self.by_context.get(context))
                .flatten()
                .filter(|notification| named(&notification.about).next().is_none());
            first(&mut near, Strength::Window).filter(|notified| notified.delay <= TIMELY)
        };
        first(&mut naming.into_iter(), Strength::Exact)
            .map(bears_out)
            .or(exactly)
            .or_else(|| called.filter(Notified::is_about))
            .or_else(near)
            .or(called)
            .or_else(|| published.soon_after(row, time))
    }
}

/// Calls of AWS APIs that send messages, by the session that made them. They stand in a
/// trail only where its data events are switched on.
#[derive(Debug, Default)]
pub(super) struct Published<'a> {
    by_session: BTreeMap<&'a str, Vec<&'a LoggedAction>>,
}

impl<'a> Published<'a> {
    /// Among what one agent did, what certainly sent one.
    pub(super) fn of(rows: impl Iterator<Item = &'a LoggedAction>, rules: &OversightRules) -> Self {
        let mut found = Self::default();
        for row in rows.filter(|row| row.outcome == LoggedOutcome::Done) {
            if let Some(session) = session_of(row)
                && rules.is_message(&row.action.verb)
            {
                found.by_session.entry(session).or_default().push(row);
            }
        }
        found
    }

    /// The first one that the session of a change sent soon after it. Who sends a message
    /// changes nothing that another would tell of.
    fn soon_after(&self, row: &LoggedAction, changed: Timestamp) -> Option<Notified<'a>> {
        let sent = self.by_session.get(session_of(row)?)?;
        if sent.contains(&row) {
            return None;
        }
        let delays = sent.iter().filter_map(|&message| {
            let sent = message.time?;
            let delay = sent.duration_since(changed);
            let may_be_after = came_first(sent, changed) != Some(true);
            let is_sure = came_first(changed, sent) == Some(true);
            (may_be_after && delay <= TIMELY).then_some((!is_sure, delay, message))
        });
        delays.min().map(|(unsure, delay, message)| Notified {
            message: Message::Published(message),
            delay: delay.max(SignedDuration::ZERO),
            strength: Strength::Window,
            is_sure: !unsure,
            answered: None,
        })
    }
}

/// What tells the session of a call of an AWS API: its credential. Those of an IAM user
/// share one.
fn session_of(row: &LoggedAction) -> Option<&str> {
    matches!(row.action.target, Target::Aws(_)).then_some(row.trace.credential.as_deref()).flatten()
}

/// The surest, and of these the first, message that the agent sent by a tool of its own
/// after a change: one that names an id of it; one that names its object, soon after; or
/// one of the same session in time.
fn called<'a>(
    row: &LoggedAction,
    changed: Timestamp,
    join: Option<Join<'a, '_>>,
    calls: &Calls<'a>,
) -> Option<Notified<'a>> {
    let own = join.map(|join| join.call);
    let call_id =
        join.filter(|join| join.strength == Strength::Exact).and_then(|join| join.call.id());
    let together = |call: &Call<'_>| {
        own.is_some_and(|own| own.contexts().any(|its| call.contexts().any(|one| one == its)))
    };
    let told = |call: &Call<'a>, strength, within: SignedDuration| {
        let record = call.records.iter().copied().max_by_key(|record| record.end)?;
        // It was sent at any moment between.
        let ended = call.end.or(call.start)?;
        let began = call.start.unwrap_or(ended);
        let delay = ended.duration_since(changed);
        let may_be_after = came_first(ended, changed) != Some(true);
        (may_be_after && delay <= within).then_some(Notified {
            message: Message::Called(record),
            delay: delay.max(SignedDuration::ZERO),
            strength,
            is_sure: came_first(changed, began) == Some(true),
            answered: None,
        })
    };
    let exact = ids(row)
        .chain(call_id)
        .flat_map(|id| calls.messages_naming(id))
        .filter_map(|call| told(call, Strength::Exact, SignedDuration::MAX));
    let nearly = calls
        .messages_within(changed.saturating_sub(NEAR).ok()?, changed.saturating_add(NEAR).ok()?)
        .filter_map(|call| {
            let names_object = row.object.as_deref().is_some_and(|object| call.names(object));
            match together(call) {
                true if !names_object => told(call, Strength::Window, TIMELY),
                its => told(call, Strength::Object, NEAR)
                    .filter(|_| names_object && (its || call.named)),
            }
        });
    exact.chain(nearly).min_by_key(|told| {
        (std::cmp::Reverse(told.strength), !told.is_sure, told.delay, told.message)
    })
}

fn named(about: &About) -> impl Iterator<Item = &str> {
    let call = about.call.as_deref();
    let request = about.request.as_deref().filter(|request| Some(*request) != call);
    call.into_iter().chain(request).filter(|id| !id.is_empty())
}

fn notified<'a>(
    notification: &'a Notification,
    changed: Timestamp,
    strength: Strength,
    who: &Who<'_>,
) -> Option<Notified<'a>> {
    let message = Message::Recorded(notification);
    let told = message.told()?;
    let is_sure = match came_first(changed, told) {
        Some(false) => return None,
        Some(true) => true,
        None => false,
    };
    let by_person = notification.acknowledged_by.as_deref().is_some_and(|by| who.may_be_person(by));
    let answered = notification.acknowledged;
    Some(Notified {
        message,
        delay: told.duration_since(changed).max(SignedDuration::ZERO),
        strength,
        is_sure,
        answered: answered.filter(|at| by_person && came_first(changed, *at) == Some(true)),
    })
}
