//! Changes that may be among the latest of their principals, held in little room.
//!
//! Only so many changes are kept in the end, and which ones they are is known only when
//! all were seen. Whatever cannot be among them any more is dropped from time to time,
//! by the bounds of the builder, and counted; what is left is handed on as it would have
//! been at once.

use jiff::Timestamp;

use super::{NONE, Own, text_of};
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
    principal: u32,
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

    /// Drops what cannot be kept: of each principal all but the latest, and all where
    /// those before it leave no room. More changes only ever make less room.
    pub(super) fn prune(&mut self, caps: Caps) {
        let mut times = vec![Vec::new(); self.left.len()];
        for row in &self.rows {
            if let Some(times) = times.get_mut(row.principal as usize) {
                times.push(row.time);
            }
        }
        let mut order: Vec<usize> = (0..self.left.len()).collect();
        order.sort_by_key(|&number| precedence(text_of(self.principals.get(number))));
        let mut room = caps.changes;
        // Before which time changes are dropped. Those of that time are kept, however
        // many: what decides between them is not looked at here.
        let mut since = vec![None; self.left.len()];
        for number in order {
            let (Some(times), Some(since), Some(left)) =
                (times.get_mut(number), since.get_mut(number), self.left.get_mut(number))
            else {
                continue;
            };
            let limit = caps.changes_per_principal.min(room);
            left.shut |= limit == 0;
            if limit > 0 && times.len() > limit {
                let surplus = times.len() - limit;
                *since = Some(*times.select_nth_unstable(surplus).1);
            }
            room -= times.len().min(limit);
        }
        let Self { rows, text, left, .. } = self;
        let (mut from, mut to) = (0, 0);
        rows.retain(|row| {
            let number = row.principal as usize;
            let begin = from;
            from += row.text();
            let Some(left) = left.get_mut(number) else { return false };
            let early = since.get(number).copied().flatten().is_some_and(|since| row.time < since);
            if left.shut || early {
                left.out += 1;
                return false;
            }
            text.copy_within(begin..from, to);
            to += row.text();
            true
        });
        text.truncate(to);
    }

    /// Adds the principals of another part of the log; the numbers that they have here.
    pub(super) fn merge_principals(&mut self, other: &Self) -> Vec<u32> {
        (0..other.left.len())
            .map(|number| self.principal(other.principal_name(number)) as u32)
            .collect()
    }

    /// Adds the changes of another part of the log, whose principals and kinds have these
    /// numbers here.
    pub(super) fn merge(&mut self, other: Self, principals: &[u32], kinds: &[u32], caps: Caps) {
        let new = |numbers: &[u32], old: u32| numbers.get(old as usize).copied().unwrap_or(NONE);
        for (number, theirs) in (0..).zip(&other.left) {
            if let Some(left) = self.left.get_mut(new(principals, number) as usize) {
                left.out += theirs.out;
                left.shut |= theirs.shut;
            }
        }
        for row in &other.rows {
            let (principal, kind) = (new(principals, row.principal), new(kinds, row.kind));
            self.rows.push(Row { principal, kind, ..*row });
        }
        self.text.extend_from_slice(&other.text);
        self.prune(caps);
    }

    /// Without any change; principals keep their numbers.
    pub(super) fn emptied(self) -> Self {
        let left = vec![Left::default(); self.left.len()];
        Self { principals: self.principals, left, ..Self::default() }
    }

    /// Those that are held, each with its id and the name of its object.
    pub(super) fn iter(&self) -> impl Iterator<Item = (Row, &str, &str)> {
        each(&self.rows, &self.text).map(|(row, id, name)| (row, text_of(id), text_of(name)))
    }

    /// How many of each principal are held.
    pub(super) fn held(&self) -> impl Iterator<Item = (&str, usize)> {
        let mut counts = vec![0; self.left.len()];
        for row in &self.rows {
            if let Some(count) = counts.get_mut(row.principal as usize) {
                *count += 1;
            }
        }
        let principal = |number| text_of(self.principals.get(number));
        counts
            .into_iter()
            .enumerate()
            .map(move |(number, count)| (principal(number), count))
            .filter(|(_, count)| *count > 0)
    }

    /// How many of each principal are not held.
    pub(super) fn omitted(&self) -> impl Iterator<Item = (&str, u64)> {
        self.left
            .iter()
            .enumerate()
            .filter(|(_, left)| left.out > 0)
            .map(|(number, left)| (text_of(self.principals.get(number)), left.out))
    }
}

fn each<'t>(rows: &[Row], text: &'t [u8]) -> impl Iterator<Item = (Row, &'t [u8], &'t [u8])> {
    let mut at = 0;
    rows.iter().map(move |row| {
        let (id, end) =
            (at + usize::from(row.id), at + usize::from(row.id) + usize::from(row.name));
        let texts = (text.get(at..id).unwrap_or_default(), text.get(id..end).unwrap_or_default());
        at = end;
        (*row, texts.0, texts.1)
    })
}
