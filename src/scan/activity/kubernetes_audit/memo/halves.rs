//! Requests of which this part of the log showed the start, and not yet the end, or the
//! other way round.
//!
//! Most of the long ones end in the same part. Only what is left over is handed on, to
//! where the halves of all parts meet.

use std::collections::{HashMap, hash_map::Entry};

use jiff::Timestamp;

use super::Own;
use crate::scan::activity::seeded::Seeded;

/// Longer ids are handed on at once.
const ID: usize = 40;
/// Longer texts of times are handed on at once.
const TIME: usize = 32;

/// What tells a request from all others, the same at its start and its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct HalfKey {
    id: [u8; ID],
    received_at: [u8; TIME],
    lengths: [u8; 2],
    pub(super) principal: u32,
    pub(super) action: u32,
}

impl HalfKey {
    /// None where it is longer than what is kept here.
    #[inline(always)]
    pub(super) fn of(own: &Own<'_>, principal: usize, action: u32) -> Option<Self> {
        let (mut id, mut received_at) = ([0; ID], [0; TIME]);
        id.get_mut(..own.id.len())?.copy_from_slice(own.id);
        received_at.get_mut(..own.received_at.len())?.copy_from_slice(own.received_at);
        let lengths = [own.id.len() as u8, own.received_at.len() as u8];
        Some(Self { id, received_at, lengths, principal: u32::try_from(principal).ok()?, action })
    }

    /// The id as the log has it.
    pub(super) fn id(&self) -> &[u8] {
        let [length, _] = self.lengths;
        self.id.get(..length.into()).unwrap_or_default()
    }

    /// The time of its arrival as the log has it.
    pub(super) fn received_at(&self) -> &[u8] {
        let [_, length] = self.lengths;
        self.received_at.get(..length.into()).unwrap_or_default()
    }
}

/// A half without its other half.
#[derive(Debug)]
pub(super) enum Half {
    Start(Start),
    /// So many ends.
    Ends(u64),
}

/// A request that has begun to answer.
#[derive(Debug)]
pub(super) struct Start {
    pub(super) kind: u32,
    pub(super) time: Timestamp,
    pub(super) line: u64,
    /// The name of its object.
    pub(super) name: Box<[u8]>,
}

/// The halves without their other half.
#[derive(Debug, Default)]
pub(super) struct Halves(HashMap<HalfKey, Half, Seeded>);

impl Halves {
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Holds a start, or matches it with its end. Given back where another start of the
    /// same request is held.
    #[inline]
    pub(super) fn start(&mut self, key: HalfKey, start: Start) -> Option<Start> {
        match self.0.entry(key) {
            Entry::Vacant(entry) => {
                entry.insert(Half::Start(start));
            }
            Entry::Occupied(mut entry) => match entry.get_mut() {
                Half::Start(_) => return Some(start),
                Half::Ends(count) if *count > 1 => *count -= 1,
                Half::Ends(_) => {
                    entry.remove();
                }
            },
        }
        None
    }

    /// Holds an end, or matches it with its start.
    #[inline]
    pub(super) fn end(&mut self, key: HalfKey) {
        match self.0.entry(key) {
            Entry::Vacant(entry) => {
                entry.insert(Half::Ends(1));
            }
            Entry::Occupied(mut entry) => match entry.get_mut() {
                Half::Ends(count) => *count += 1,
                Half::Start(_) => {
                    entry.remove();
                }
            },
        }
    }

    /// All of them, in order.
    pub(super) fn in_order(&self) -> Vec<(&HalfKey, &Half)> {
        let mut all: Vec<_> = self.0.iter().collect();
        all.sort_unstable_by_key(|(key, _)| *key);
        all
    }

    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}
