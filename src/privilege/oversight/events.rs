//! Changes as platforms logged them, each once, and which of them bear one id.
//!
//! A request may stand in several files, and one call of AWS may need several rights:
//! both are one event. An `Audit-ID` is chosen by the client, so that several events
//! may bear the same one; they stay several.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::model::{
    activity::{ActionKey, Activity, LoggedAction},
    capability::Plane,
    principal::Principal,
};

/// What makes a row the same event as another.
///
/// Ordered by time first. AWS numbers its events itself, so the id is enough; in
/// Kubernetes the client may have chosen it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct EventKey<'a> {
    time: Option<Timestamp>,
    principal: &'a Principal,
    id: Option<&'a str>,
    /// Of events that are not numbered by the platform.
    action: Option<(&'a ActionKey, Option<&'a str>)>,
    /// Of events without an id: nothing tells them apart but where they stand.
    place: Option<&'a LoggedAction>,
}

impl<'a> EventKey<'a> {
    /// The event that a row tells of.
    #[must_use]
    pub fn of(principal: &'a Principal, row: &'a LoggedAction) -> Self {
        let id = row.trace.id.as_deref();
        let numbered = row.action.plane() == Plane::Aws && id.is_some();
        Self {
            time: row.time,
            principal,
            id,
            action: (!numbered).then_some((&*row.action, row.object.as_deref())),
            place: id.is_none().then_some(row),
        }
    }

    /// When it arrived.
    #[must_use]
    pub fn time(&self) -> Option<Timestamp> {
        self.time
    }
}

/// Every change of everyone, by the ids that it bears.
#[derive(Debug, Default)]
pub struct Events<'a> {
    by_id: BTreeMap<&'a str, Vec<EventKey<'a>>>,
    /// Every namespace in which anyone asked for anything.
    namespaces: BTreeSet<&'a str>,
}

impl<'a> Events<'a> {
    /// Of all principals: an id that two of them bear is an approval of neither's second.
    #[must_use]
    pub fn of(activity: &'a Activity) -> Self {
        let mut by_id = BTreeMap::<&str, Vec<EventKey<'_>>>::new();
        for (principal, found) in &activity.principals {
            for row in found.changes.iter().filter(|row| row.outcome.may_be_done()) {
                let key = EventKey::of(principal, row);
                for id in ids(row) {
                    by_id.entry(id).or_default().push(key.clone());
                }
            }
        }
        for events in by_id.values_mut() {
            events.sort();
            events.dedup();
        }
        let asked = activity.principals.values().flat_map(|found| found.actions.keys());
        let namespaces = asked.filter_map(ActionKey::namespace).collect();
        Self { by_id, namespaces }
    }

    /// Whether this is a namespace that is known.
    #[must_use]
    pub fn has_namespace(&self, word: &str) -> bool {
        self.namespaces.contains(word)
    }

    /// Whether no more than one event bears this id.
    #[must_use]
    pub fn is_alone(&self, id: &str) -> bool {
        self.by_id.get(id).is_none_or(|events| events.len() <= 1)
    }

    /// Whether all events of this id did the same to the same object.
    #[must_use]
    pub fn are_alike(&self, id: &str) -> bool {
        let events = self.by_id.get(id).map(Vec::as_slice).unwrap_or_default();
        events.iter().zip(events.iter().skip(1)).all(|(one, next)| one.action == next.action)
    }

    /// The earliest event of this id at `time` or later, or one of which no log tells
    /// when.
    #[must_use]
    pub fn first_since(&self, id: &str, time: Timestamp) -> Option<&EventKey<'a>> {
        let events = self.by_id.get(id)?;
        let undated = events.first().filter(|first| first.time.is_none());
        undated.or_else(|| events.get(events.partition_point(|event| event.time < Some(time))))
    }

    /// Whether any event bears this id.
    #[must_use]
    pub fn bears(&self, id: &str) -> bool {
        self.by_id.contains_key(id)
    }

    /// Whether no other principal made any event of this id.
    #[must_use]
    pub fn are_all_of(&self, id: &str, principal: &Principal) -> bool {
        let events = self.by_id.get(id).map(Vec::as_slice).unwrap_or_default();
        events.iter().all(|event| event.principal == principal)
    }
}

/// The ids that an event bears: its own, and that of the request.
pub fn ids(row: &LoggedAction) -> impl Iterator<Item = &str> {
    let own = row.trace.id.as_deref();
    let request = row.trace.request.as_deref().filter(|request| Some(*request) != own);
    own.into_iter().chain(request)
}
