//! Events with ids, kept apart until all parts of a log are together.
//!
//! The same event may stand in several files, and these in parts that are read on
//! different machines. What it counts cannot be taken back, so it is not counted until
//! it is known which copies there are: then the first of them is, by file and line.
//!
//! Ids are digests. When there are more than may be held, half of those that are left
//! are given up, always the same half: which ones are held depends on all events
//! together, never on the order of parts. What was given up counts as often as it stands.

use std::collections::BTreeMap;

use super::{RequestId, part::HeldEvent};

/// Events that are not counted yet.
#[derive(Debug, Default)]
pub(crate) struct HeldEvents {
    /// Copies by id, and each id's in order.
    events: BTreeMap<RequestId, Vec<HeldEvent>>,
    copies: usize,
    /// Ids that begin with so many zero bits are held.
    zeros: u32,
}

impl HeldEvents {
    /// Events of the log that are held, every copy of them.
    pub(super) fn events(&self) -> u64 {
        self.events.values().flatten().map(|event| event.events).sum()
    }

    /// How many zero bits an id begins with that is held.
    pub(super) fn zeros(&self) -> u32 {
        self.zeros
    }

    /// Gives up ids that begin with fewer zero bits, since another part did.
    pub(super) fn raise(&mut self, zeros: u32) -> Vec<HeldEvent> {
        self.zeros = self.zeros.max(zeros.min(128));
        self.give_up()
    }

    /// Adds an event; those that are given up for it.
    pub(super) fn add(&mut self, event: HeldEvent, limit: usize) -> Vec<HeldEvent> {
        if event.id.zeros() < self.zeros {
            return vec![event];
        }
        self.copies += 1;
        let copies = self.events.entry(event.id).or_default();
        let at = copies.partition_point(|other| *other <= event);
        copies.insert(at, event);
        self.keep(limit)
    }

    /// Gives up events until no more than `limit` are held.
    fn keep(&mut self, limit: usize) -> Vec<HeldEvent> {
        let mut given_up = Vec::new();
        while self.copies > limit && self.zeros < 128 {
            self.zeros += 1;
            given_up.extend(self.give_up());
        }
        given_up
    }

    fn give_up(&mut self) -> Vec<HeldEvent> {
        let mut given_up = Vec::new();
        for (id, copies) in std::mem::take(&mut self.events) {
            if id.zeros() >= self.zeros {
                self.events.insert(id, copies);
            } else {
                self.copies -= copies.len();
                given_up.extend(copies);
            }
        }
        given_up
    }

    /// All copies, by id and place.
    pub(super) fn into_events(self) -> impl Iterator<Item = HeldEvent> {
        self.events.into_values().flatten()
    }

    /// The first copy of each event, and how many more there are.
    pub(super) fn into_firsts(self) -> impl Iterator<Item = (HeldEvent, u64)> {
        self.events.into_values().filter_map(|copies| {
            let more = copies.len().saturating_sub(1) as u64;
            Some((copies.into_iter().next()?, more))
        })
    }
}
