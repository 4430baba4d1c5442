//! Counts requests into an [`Activity`], in bounded memory and in any order.
//!
//! A log is cut into parts that are read side by side; each part fills a
//! [`PlaneBuilder`] of its own, and builders merge. For that to give the same
//! result whatever the cut, every figure is a sum, a minimum or the smallest few
//! of a set. Two bounds are different in kind: see [`Caps`].

mod actor;
mod held;
mod observe;
mod open;
mod part;
mod plane;
mod state;

use std::collections::{BTreeMap, HashSet};

pub use observe::Observer;
pub(crate) use open::RequestId;
pub(crate) use part::{
    ActionPart, ActivityPart, CountsPart, HeldEvent, OpenPart, PlanePart, PrincipalHead,
    PrincipalPart, sparse,
};
pub(crate) use plane::{Alike, PlaneBuilder, precedence};

use super::{cloudtrail::Memo as TrailMemo, files::FilesRead, seeded::Seeded};
use crate::{
    model::{
        activity::{Activity, Records, RoleSession, Rows},
        capability::Plane,
    },
    source::files::FileRef,
};

/// How much is kept. What is beyond is counted and said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caps {
    /// Distinct principals, their actions, groups and grants together, for each plane.
    pub entries: usize,
    /// Distinct actions of one principal.
    pub actions_per_principal: usize,
    /// Long-running requests seen at their start or at their end only. Beyond
    /// it such a request may be counted twice, and the summary says so; it is
    /// the one figure that depends on how far apart start and end are read.
    pub open_requests: usize,
    /// Events whose ids are held, to know one again that stands in several files.
    /// Beyond it such an event may be counted twice, and the summary says so.
    pub event_ids: usize,
    /// Events with ids that are kept one by one, to be counted only when all parts of the
    /// log are together: 0 where none are to be merged with others. Beyond it such an
    /// event counts as often as it stands, and the summary says so.
    pub held_events: usize,
    /// Changes of one principal that are kept one by one.
    pub changes_per_principal: usize,
    /// Changes of all principals of a plane that are kept one by one.
    pub changes: usize,
    /// Who is shown every request besides.
    pub observer: Option<Observer>,
}

impl Default for Caps {
    fn default() -> Self {
        Self {
            entries: 50_000,
            actions_per_principal: 4_000,
            open_requests: 50_000,
            event_ids: 500_000,
            held_events: 0,
            changes_per_principal: 4_000,
            changes: 40_000,
            observer: None,
        }
    }
}

/// What all logs of a run have shown so far.
#[derive(Debug, Default)]
pub struct ActivityBuilder {
    caps: Caps,
    planes: BTreeMap<Plane, PlaneBuilder>,
    shared: Shared,
    /// What is known of CloudTrail's records, with what was not handed on yet.
    trail: TrailMemo,
    records: Records,
    files: FilesRead,
}

/// What the readers of all files share.
#[derive(Debug, Default)]
pub(crate) struct Shared {
    /// The ids of events that were counted.
    ids: HashSet<RequestId, Seeded>,
    /// Sessions that requests of a log began, of whatever file.
    sessions: Rows<RoleSession>,
}

/// What is known of an event by its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Seen {
    First,
    Again,
    /// No more ids are held.
    Unknown,
}

impl Shared {
    /// Notes a session, where a request began one.
    pub(crate) fn began(&mut self, session: Option<RoleSession>) {
        if let Some(session) = session {
            self.sessions.add(session, Records::LIMIT);
        }
    }

    /// Notes an event.
    pub(crate) fn note(&mut self, id: RequestId, limit: usize) -> Seen {
        if self.ids.len() < limit {
            if self.ids.insert(id) { Seen::First } else { Seen::Again }
        } else if self.ids.contains(&id) {
            Seen::Again
        } else {
            Seen::Unknown
        }
    }
}

impl ActivityBuilder {
    /// An empty one that keeps as much as `caps` says.
    #[must_use]
    pub fn new(caps: Caps) -> Self {
        Self { caps, ..Self::default() }
    }

    /// How much it keeps.
    #[must_use]
    pub fn caps(&self) -> Caps {
        self.caps
    }

    /// Adds what another builder has seen; the order does not matter. Events that
    /// both counted are counted twice.
    pub fn merge(&mut self, mut other: Self) {
        self.hand_on();
        other.hand_on();
        self.shared.ids.extend(other.shared.ids);
        self.shared.sessions.merge(other.shared.sessions, Records::LIMIT);
        self.records.merge(other.records);
        for (plane, builder) in other.planes {
            self.absorb(plane, builder);
        }
    }

    /// What readers of several files share.
    pub(crate) fn shared(&mut self) -> &mut Shared {
        &mut self.shared
    }

    /// Brings everything that is kept one by one together, in its bounds and in order.
    fn settle(&mut self) {
        let sessions = std::mem::take(&mut self.shared.sessions);
        self.records.sessions.merge(sessions, Records::LIMIT);
        self.records.settle();
    }

    /// The same, and what is known of CloudTrail's records from one file to the next: files
    /// of a trail are small, and much the same stands in all of them.
    pub(super) fn trail(&mut self) -> (&mut Shared, &mut TrailMemo) {
        (&mut self.shared, &mut self.trail)
    }

    /// Counts what was not handed on yet.
    fn hand_on(&mut self) {
        if !self.trail.is_empty() {
            let mut plane = PlaneBuilder::new(self.caps);
            self.trail.hand_on(&mut plane);
            self.absorb(Plane::Aws, plane);
        }
    }

    /// Adds tool calls, and what people did about actions.
    pub fn absorb_records(&mut self, records: Records) {
        self.records.merge(records);
    }

    /// Adds what was read of one file.
    pub(crate) fn absorb_file(&mut self, file: &FileRef, plane: Plane, mut builder: PlaneBuilder) {
        builder.end();
        builder.is_of(&file.display);
        self.absorb(plane, builder);
    }

    /// Adds what was read of one log.
    pub(crate) fn absorb(&mut self, plane: Plane, builder: PlaneBuilder) {
        match self.planes.remove(&plane) {
            Some(known) => self.planes.insert(plane, known.merge(builder)),
            None => self.planes.insert(plane, builder),
        };
    }

    /// The result.
    #[must_use]
    pub fn finish(mut self) -> Activity {
        self.hand_on();
        self.settle();
        self.records.unite();
        let mut activity = Activity { records: self.records, ..Activity::default() };
        for (plane, builder) in self.planes {
            builder.finish(plane, &mut activity);
        }
        activity
    }
}
