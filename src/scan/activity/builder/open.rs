//! Requests that the log shows more than once: at the start of a long answer and
//! at its end.
//!
//! Only those are held, and only until their other half is seen, whichever comes
//! first. All other requests have exactly one event with an outcome.

mod part;

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::{Arc, Mutex, PoisonError},
};

use sha2::{Digest, Sha256};

use crate::scan::activity::{request::Request, seeded::Seeded};

/// Tells requests apart. The id that a client may choose (`Audit-ID`) is one
/// part of it: alone it would let a client hide one request behind another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct RequestId([u8; 16]);

impl RequestId {
    /// The identity made of these parts.
    pub(crate) fn of(parts: &[&[u8]]) -> Self {
        let mut hasher = Sha256::new();
        for part in parts {
            hasher.update((part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
        let digest: [u8; 32] = hasher.finalize().into();
        let mut id = [0; 16];
        id.copy_from_slice(digest.split_at(16).0);
        Self(id)
    }

    /// Zero bits that it begins with.
    pub(crate) fn zeros(self) -> u32 {
        u128::from_be_bytes(self.0).leading_zeros()
    }
}

/// A request that has begun to answer, with the file it was read from.
#[derive(Debug)]
pub(crate) struct Started {
    pub(crate) request: Request<'static>,
    pub(crate) path: Arc<str>,
}

/// Which half was seen, and how often (the same file may be read twice).
#[derive(Debug)]
enum Half {
    Starts(Vec<Started>),
    Ends(u64),
}

/// The halves without their other half.
#[derive(Debug, Default)]
pub(crate) struct OpenRequests {
    halves: HashMap<RequestId, Half, Seeded>,
    /// Starts beyond the first of their request.
    repeated: usize,
}

/// The halves of one log, shared by those who read its parts side by side: the
/// halves of a request are then together as soon as both were read, and no more
/// is held than the requests that are open at a time.
#[derive(Debug, Clone, Default)]
pub(crate) struct SharedOpen(Arc<Mutex<OpenRequests>>);

impl SharedOpen {
    /// Whether both are the same.
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Takes everything out.
    pub(crate) fn take(&self) -> OpenRequests {
        self.with(std::mem::take)
    }

    /// Holds a start, or matches it with its end. Given back when there is no room.
    pub(crate) fn start(
        &self,
        id: RequestId,
        started: Box<Started>,
        limit: usize,
    ) -> Result<(), Box<Started>> {
        self.with(|open| open.start(id, started, limit))
    }

    /// Holds ends, so many of each request, or matches them with their starts. False when
    /// there is no room for all.
    pub(crate) fn ends(&self, ends: &[(RequestId, u64)], limit: usize) -> bool {
        self.with(|open| {
            let each = ends.iter().flat_map(|&(id, count)| (0..count).map(move |_| id));
            each.filter(|&id| !open.end(id, limit)).count() == 0
        })
    }

    /// Leaves those out whose end is held, and matches them with it.
    pub(crate) fn without_ended<T>(&self, starts: &mut Vec<(RequestId, T)>) {
        self.with(|open| starts.retain(|(id, _)| !open.is_ended(*id)));
    }

    fn with<R>(&self, change: impl FnOnce(&mut OpenRequests) -> R) -> R {
        // Every change is whole before it can panic, so what a panic left is good.
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl OpenRequests {
    fn start(
        &mut self,
        id: RequestId,
        started: Box<Started>,
        limit: usize,
    ) -> Result<(), Box<Started>> {
        let full = self.halves.len() + self.repeated >= limit;
        match self.halves.entry(id) {
            Entry::Vacant(_) if full => return Err(started),
            Entry::Vacant(entry) => {
                entry.insert(Half::Starts(vec![*started]));
            }
            Entry::Occupied(mut entry) => match entry.get_mut() {
                Half::Starts(_) if full => return Err(started),
                Half::Starts(starts) => {
                    self.repeated += 1;
                    starts.push(*started);
                }
                Half::Ends(count) if *count > 1 => *count -= 1,
                Half::Ends(_) => {
                    entry.remove();
                }
            },
        }
        Ok(())
    }

    /// Whether an end is held, which is then matched.
    fn is_ended(&mut self, id: RequestId) -> bool {
        let Entry::Occupied(mut entry) = self.halves.entry(id) else { return false };
        match entry.get_mut() {
            Half::Starts(_) => return false,
            Half::Ends(count) if *count > 1 => *count -= 1,
            Half::Ends(_) => {
                entry.remove();
            }
        }
        true
    }

    fn end(&mut self, id: RequestId, limit: usize) -> bool {
        let full = self.halves.len() + self.repeated >= limit;
        match self.halves.entry(id) {
            Entry::Vacant(_) if full => return false,
            Entry::Vacant(entry) => {
                entry.insert(Half::Ends(1));
            }
            Entry::Occupied(mut entry) => match entry.get_mut() {
                Half::Ends(count) => *count += 1,
                Half::Starts(starts) if starts.len() > 1 => {
                    self.repeated -= 1;
                    starts.pop();
                }
                Half::Starts(_) => {
                    entry.remove();
                }
            },
        }
        true
    }

    /// Empties it: all halves, in no order.
    pub(crate) fn drain(self) -> impl Iterator<Item = (RequestId, Vec<Started>, u64)> {
        self.halves.into_iter().map(|(id, half)| match half {
            Half::Starts(starts) => (id, starts, 0),
            Half::Ends(count) => (id, Vec::new(), count),
        })
    }
}
