//! Kinds of requests, each with what is asked for and summed for every event in one
//! line of a processor's cache: a log has more kinds than the caches hold otherwise.

use std::{
    hash::{BuildHasher, Hasher},
    sync::{Mutex, PoisonError},
};

use jiff::Timestamp;

use super::Stage;
use crate::{
    model::activity::{Examples, Names, Window},
    scan::activity::{
        request::{Authorisation, Outcome},
        seeded::Seeded,
        slots::Slots,
    },
};

/// Lines that are held of each kind, as many as are shown.
const LINES: usize = Examples::LIMIT;

/// What decides an event: its texts by their numbers, and what is no text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) identity: u32,
    pub(super) agent: u32,
    pub(super) answer: u32,
    pub(super) action: u32,
    pub(super) marks: [u8; 4],
}

impl Key {
    #[inline(always)]
    fn hash(&self, hasher: &Seeded) -> u64 {
        let pair = |high: u32, low: u32| u64::from(high) << 32 | u64::from(low);
        let mut hasher = hasher.build_hasher();
        hasher.write_u64(pair(self.identity, self.answer));
        hasher.write_u64(pair(self.action, self.agent));
        hasher.write_u32(u32::from_le_bytes(self.marks));
        hasher.finish()
    }
}

/// Requests that are alike, as far as each event asks for it.
#[derive(Debug, Clone, Copy)]
#[repr(align(64))]
pub(super) struct Kind {
    pub(super) key: Key,
    pub(super) stage: Stage,
    /// Whether the log may show a request at its start and at its end.
    pub(super) long: bool,
    /// Whether the names of objects are still to be kept.
    pub(super) named: bool,
    /// Whether each is to be kept as a row.
    pub(super) change: bool,
    pub(super) count: u64,
    pub(super) times: Window,
}

/// What is asked for seldom.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rest {
    /// Whether the authorizer was told the name of the object.
    pub(super) named: bool,
    pub(super) outcome: Outcome,
    pub(super) authorised: Authorisation,
    /// Of one that may change something: whether the log leaves out the request itself.
    pub(super) change: Option<bool>,
    /// The first lines, in order.
    lines: [u64; LINES],
}

impl Rest {
    /// The same without what makes a row of it.
    pub(super) fn without_rows(self) -> Self {
        Self { change: None, ..self }
    }
}

/// What is summed of a kind.
#[derive(Debug)]
pub(super) struct Sums {
    pub(super) count: u64,
    pub(super) times: Window,
    lines: [u64; LINES],
    pub(super) names: Names,
}

impl Sums {
    /// The first lines.
    pub(super) fn lines(&self) -> &[u64] {
        let kept = usize::try_from(self.count).map_or(LINES, |count| count.min(LINES));
        self.lines.get(..kept).unwrap_or_default()
    }

    /// Adds those of another part of the log.
    pub(super) fn add(&mut self, other: Self) {
        let mut lines = [self.lines(), other.lines()].concat();
        lines.sort_unstable();
        self.lines.iter_mut().zip(lines).for_each(|(place, line)| *place = line);
        self.times = match (self.count, other.count) {
            (0, _) => other.times,
            (_, 0) => self.times,
            _ => self.times.merge(other.times),
        };
        self.count += other.count;
        self.names.merge(other.names);
    }
}

/// What an event comes to.
#[derive(Debug)]
pub(in crate::scan::activity::kubernetes_audit) struct ComesTo {
    /// Whether the log may show a request at its start and at its end.
    pub(in crate::scan::activity::kubernetes_audit) long: bool,
    /// Whether the authorizer was told the name of the object.
    pub(in crate::scan::activity::kubernetes_audit) named: bool,
    pub(in crate::scan::activity::kubernetes_audit) outcome: Outcome,
    pub(in crate::scan::activity::kubernetes_audit) authorised: Authorisation,
    /// Of one that may change something: whether the log leaves out the request itself.
    pub(in crate::scan::activity::kubernetes_audit) change: Option<bool>,
}

/// Kinds in the order they came, numbered from 0.
#[derive(Debug, Default)]
pub(super) struct Kinds {
    kinds: Vec<Kind>,
    rest: Vec<Rest>,
    /// The names of the objects of each.
    names: Vec<Mutex<Names>>,
    slots: Slots,
    hasher: Seeded,
}

impl Kinds {
    pub(super) fn len(&self) -> usize {
        self.kinds.len()
    }

    /// The number of the kind that this decides.
    #[inline(always)]
    pub(super) fn find(&self, key: &Key) -> Option<usize> {
        self.slots.find(key.hash(&self.hasher), |number| self.is(number, key))
    }

    /// The same for several, by their places: slots of all are asked for before the first
    /// kind is, so that none waits for another.
    #[inline(always)]
    pub(super) fn find_all<const N: usize>(
        &self,
        keys: impl Iterator<Item = Key>,
        found: &mut [Option<usize>; N],
    ) {
        let mut asked = [None; N];
        for (key, asked) in keys.zip(&mut asked) {
            let hash = key.hash(&self.hasher);
            *asked = Some((key, hash, self.slots.first(hash)));
        }
        for (asked, found) in asked.into_iter().zip(found) {
            let Some((key, hash, first)) = asked else { break };
            let first = first.candidate(hash).filter(|&number| self.is(number, &key));
            *found = first.or_else(|| self.find(&key));
        }
    }

    #[inline(always)]
    fn is(&self, number: usize, key: &Key) -> bool {
        self.kinds.get(number).is_some_and(|kind| kind.key == *key)
    }

    #[inline(always)]
    pub(super) fn get(&self, number: usize) -> Option<(&Kind, &Rest)> {
        Some((self.kinds.get(number)?, self.rest.get(number)?))
    }

    /// Counts an event of a kind; what is to be done with it besides.
    #[inline(always)]
    pub(super) fn count(&mut self, number: usize, time: Timestamp, line: u64) -> Option<Kind> {
        let kind = self.kinds.get_mut(number)?;
        if let Some(free) = usize::try_from(kind.count).ok().filter(|&count| count < LINES)
            && let Some(free) = self.rest.get_mut(number).and_then(|rest| rest.lines.get_mut(free))
        {
            // Lines of one part of a log come in their order, so the first are the smallest.
            *free = line;
        }
        if kind.count == 0 {
            kind.times = Window { first: time, last: time };
        }
        kind.count += 1;
        kind.times.first = kind.times.first.min(time);
        kind.times.last = kind.times.last.max(time);
        Some(*kind)
    }

    /// Adds names of the objects of a kind.
    pub(super) fn name<'n>(
        &mut self,
        number: usize,
        names: impl ExactSizeIterator<Item = &'n str>,
    ) {
        if let (Some(kind), Some(known)) = (self.kinds.get_mut(number), self.names.get_mut(number))
        {
            let known = known.get_mut().unwrap_or_else(PoisonError::into_inner);
            known.add_all(names);
            kind.named &= !known.is_many();
        }
    }

    /// Keeps what a kind comes to that is not known yet.
    pub(super) fn add(&mut self, key: Key, stage: Stage, comes_to: &ComesTo) {
        let &ComesTo { long, named, outcome, authorised, change } = comes_to;
        let ended = matches!(stage, Stage::Complete | Stage::Panic);
        let kind = Kind {
            key,
            stage,
            long,
            named: ended && named && authorised != Authorisation::NotShown,
            change: ended && change.is_some(),
            count: 0,
            times: Window { first: Timestamp::UNIX_EPOCH, last: Timestamp::UNIX_EPOCH },
        };
        self.push(kind, Rest { named, outcome, authorised, change, lines: [0; LINES] });
    }

    fn push(&mut self, kind: Kind, rest: Rest) {
        if self.find(&kind.key).is_some() {
            return;
        }
        let Self { kinds, slots, hasher, .. } = self;
        slots.push(kind.key.hash(hasher), |number| {
            kinds.get(number).map_or(0, |kind| kind.key.hash(hasher))
        });
        self.kinds.push(kind);
        self.rest.push(rest);
        self.names.push(Mutex::default());
    }

    /// All of them, in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&Kind, &Rest)> {
        self.kinds.iter().zip(&self.rest)
    }

    /// What was summed of one. Names are left here unless they are `moved`: where several
    /// hand on, whoever moves or frees what another has allocated makes all of them wait.
    pub(super) fn sums(&self, number: usize, moved: bool) -> Option<Sums> {
        let (kind, rest) = self.get(number)?;
        let mut names = self.names.get(number)?.lock().unwrap_or_else(PoisonError::into_inner);
        let names = if moved { std::mem::take(&mut *names) } else { names.clone() };
        Some(Sums { count: kind.count, times: kind.times, lines: rest.lines, names })
    }
}
