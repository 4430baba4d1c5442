//! Changes that may be among the latest of their principals, held in little room.
//!
//! Only so many changes are kept in the end, and which ones they are is known only when
//! all were seen. Whatever cannot be among them any more is dropped from time to time,
//! by the bounds of the builder, and counted; what is left is handed on as it would have
//! been at once.

use jiff::Timestamp;

use super::{Own, text_of};
use crate::scan::activity::{
    builder::{Caps, precedence},
    table::Table,
};

/// Changes that are held beyond those that are kept in the end.
const SLACK: usize = 1 << 14;

/// Changes of all principals.
#[derive(Debug, Default)]
pub(super) struct Rows {
    rows: Vec<Row>,
    /// The id and the name of the object of each, in their order.
    text: Vec<u8>,
    principals: Table,
    left: Vec<Left>,
    /// How many rows make it worth looking at all of them.
    enough: usize,
}

/// One change.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row {
    pub(super) time: Timestamp,
    pub(super) line: u64,
    pub(super) principal: u32,
    pub(super) kind: u32,
    id: u16,
    name: u16,
}

impl Row {
    /// Bytes of its texts.
    fn text(&self) -> usize {
        usize::from(self.id) + usize::from(self.name)
    }
}

/// Which changes of a principal may be kept in the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kept {
    All,
    /// Those of this time and later. Of those of this very time all, however many: what
    /// decides between them is not looked at here.
    Since(Timestamp),
    Nothing,
}

/// What is known of the changes of a principal that are not held.
#[derive(Debug, Default, Clone)]
struct Left {
    out: u64,
    /// None of it can be kept.
    shut: bool,
}

impl Rows {
    /// The number of a principal.
    pub(super) fn principal(&mut self, name: &str) -> usize {
        let number = self.principals.add(name.as_bytes());
        if number == self.left.len() {
            self.left.push(Left::default());
        }
        number
    }

    /// All principals, by their numbers.
    pub(super) fn principals(&self) -> impl ExactSizeIterator<Item = &str> {
        (0..self.left.len()).map(|number| self.principal_name(number))
    }

    /// The principal of a number.
    pub(super) fn principal_name(&self, number: usize) -> &str {
        text_of(self.principals.get(number))
    }

    /// Adds a change, unless it cannot be kept.
    #[inline(always)]
    pub(super) fn add(&mut self, principal: usize, kind: usize, own: Own<'_>, caps: Caps) {
        let Some(left) = self.left.get_mut(principal) else { return };
        if left.shut {
            left.out += 1;
            return;
        }
        let (id, name) = (own.id, own.name);
        self.text.extend_from_slice(id);
        self.text.extend_from_slice(name);
        // An id that is longer than what is kept of it is not looked up here.
        self.rows.push(Row {
            time: own.time,
            line: own.line,
            principal: principal as u32,
            kind: kind as u32,
            id: id.len() as u16,
            name: name.len() as u16,
        });
        if self.rows.len() >= self.enough.max(caps.changes.saturating_add(SLACK)) {
            self.prune(caps);
            self.enough = self.rows.len() + SLACK;
        }
    }

    /// Drops what cannot be kept.
    fn prune(&mut self, caps: Caps) {
        let principals = std::mem::take(&mut self.principals);
        let numbers: Vec<_> = (0..principals.len()).collect();
        Self::prune_together(&mut [(self, &numbers)], &principals, caps);
        self.principals = principals;
    }

    /// Drops what cannot be kept of several parts of one log, whose principals have these
    /// numbers among those of all: of each principal all but the latest, and all where those
    /// before it leave no room. More changes only ever make less room.
    pub(super) fn prune_together(
        parts: &mut [(&mut Self, &[usize])],
        principals: &Table,
        caps: Caps,
    ) {
        let mut times = vec![Vec::new(); principals.len()];
        for (rows, numbers) in &*parts {
            for row in &rows.rows {
                let number = numbers.get(row.principal as usize);
                if let Some(times) = number.and_then(|&number| times.get_mut(number)) {
                    times.push(row.time);
                }
            }
        }
        let mut order: Vec<usize> = (0..principals.len()).collect();
        order.sort_by_key(|&number| precedence(text_of(principals.get(number))));
        let mut room = caps.changes;
        let mut kept = vec![Kept::All; principals.len()];
        for number in order {
            let (Some(times), Some(kept)) = (times.get_mut(number), kept.get_mut(number)) else {
                continue;
            };
            let limit = caps.changes_per_principal.min(room);
            if limit == 0 {
                *kept = Kept::Nothing;
            } else if times.len() > limit {
                let surplus = times.len() - limit;
                *kept = Kept::Since(*times.select_nth_unstable(surplus).1);
            }
            room -= times.len().min(limit);
        }
        for (rows, numbers) in parts {
            rows.keep(|principal| {
                let number = numbers.get(principal).copied().unwrap_or(usize::MAX);
                kept.get(number).copied().unwrap_or(Kept::Nothing)
            });
        }
    }

    /// Keeps of each principal what is told of it.
    fn keep(&mut self, kept: impl Fn(usize) -> Kept) {
        let Self { rows, text, left, .. } = self;
        for (principal, left) in left.iter_mut().enumerate() {
            left.shut |= kept(principal) == Kept::Nothing;
        }
        let (mut from, mut to) = (0, 0);
        rows.retain(|row| {
            let begin = from;
            from += row.text();
            let principal = row.principal as usize;
            let is_kept = match kept(principal) {
                Kept::All => true,
                Kept::Since(since) => row.time >= since,
                Kept::Nothing => false,
            };
            if is_kept {
                text.copy_within(begin..from, to);
                to += row.text();
            } else if let Some(left) = left.get_mut(principal) {
                left.out += 1;
            }
            is_kept
        });
        text.truncate(to);
    }

    /// Those that are held, each with its id and the name of its object.
    pub(super) fn iter(&self) -> impl Iterator<Item = (Row, &str, &str)> {
        let mut rest = self.text.as_slice();
        self.rows.iter().map(move |row| {
            let (own, behind) = rest.split_at_checked(row.text()).unwrap_or_default();
            rest = behind;
            let (id, name) = own.split_at_checked(row.id.into()).unwrap_or_default();
            (*row, text_of(id), text_of(name))
        })
    }

    /// How many of each principal are held, and how many are not.
    pub(super) fn counts(&self) -> Vec<(usize, u64)> {
        let mut counts: Vec<_> = self.left.iter().map(|left| (0, left.out)).collect();
        for row in &self.rows {
            if let Some((held, _)) = counts.get_mut(row.principal as usize) {
                *held += 1;
            }
        }
        counts
    }
}
