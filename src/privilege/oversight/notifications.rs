//! Whether people were told of a change afterwards, when, and whether one answered.
//!
//! A message before the change announces it; only one afterwards tells that it was made.
//! That somebody reads a channel no log shows: what counts is an acknowledgement.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::{
    SKEW,
    events::ids,
    joins::{Join, Strength},
    who::Who,
};
use crate::model::activity::{About, LoggedAction, Notification, Rows};

/// A message later than this after a change is late.
pub const TIMELY: SignedDuration = SignedDuration::from_mins(5);
/// People have this long to answer.
pub const ANSWERED_WITHIN: SignedDuration = SignedDuration::from_hours(24);

/// The first message about a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Notified<'a> {
    /// The message.
    pub notification: &'a Notification,
    /// How long after the change it arrived, or was sent where its arrival is not on record.
    pub delay: SignedDuration,
    /// Whether it names the change, or only what it was a part of.
    pub strength: Strength,
    /// When a person answered; none where no record says so.
    pub answered: Option<Timestamp>,
}

impl Notified<'_> {
    /// Whether it was told in full and in time; none where the record does not say
    /// whether it was in full.
    #[must_use]
    pub fn is_timely(&self) -> Option<bool> {
        if self.delay > TIMELY || self.strength < Strength::Exact {
            return Some(false);
        }
        self.notification.complete
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
        who: &Who<'_>,
    ) -> Option<Notified<'a>> {
        let time = row.time?;
        let exact = join.filter(|join| join.strength == Strength::Exact);
        let call = exact.and_then(|join| join.call.id());
        let naming = ids(row).chain(call).filter_map(|id| self.by_id.get(id)).flatten();
        let first = |notifications: &mut dyn Iterator<Item = &&'a Notification>, strength| {
            notifications
                .filter_map(|notification| notified(notification, time, strength, who))
                .min_by_key(|notified| (notified.delay, notified.notification))
        };
        let joined = join.filter(|join| join.strength > Strength::Window);
        first(&mut naming.into_iter(), Strength::Exact).or_else(|| {
            let contexts = joined.into_iter().flat_map(|join| join.call.contexts());
            let mut near = contexts
                .filter_map(|context| self.by_context.get(context))
                .flatten()
                .filter(|notification| named(&notification.about).next().is_none());
            first(&mut near, Strength::Object).filter(|notified| notified.delay <= TIMELY)
        })
    }
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
    let told = notification.delivered.or(notification.time)?;
    let delay = told.duration_since(changed);
    if delay < -SKEW {
        return None;
    }
    let by_person = notification.acknowledged_by.as_deref().is_some_and(|by| who.may_be_person(by));
    Some(Notified {
        notification,
        delay: delay.max(SignedDuration::ZERO),
        strength,
        answered: notification.acknowledged.filter(|_| by_person),
    })
}
