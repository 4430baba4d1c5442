//! Lines of a block, read one after the other and counted a few at a time.
//!
//! What is known of a kind is mostly not in a processor's cache. When several are asked
//! for one after the other, it waits for all of them at once.

use super::{
    quick::{self, Line},
    reader::Reader,
};
use crate::{
    model::location::TextStart,
    source::checked::{Task, Wide},
};

/// Lines that are counted at a time.
const TOGETHER: usize = 16;

/// The lines of a block.
pub(super) struct Lines<'r, 'b> {
    pub(super) reader: &'r mut Reader,
    pub(super) bytes: &'b [u8],
    /// Where the first begins.
    pub(super) first: TextStart,
}

impl Task for Lines<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn run<W: Wide>(self, wide: W) {
        let Self { reader, bytes, first } = self;
        let mut waiting = Vec::with_capacity(TOGETHER);
        let mut at = 0;
        for number in first.line.. {
            if at >= bytes.len() {
                break;
            }
            if waiting.len() == TOGETHER || reader.is_full() {
                count(reader, &mut waiting, first);
            }
            at = match quick::line(reader, wide, bytes, at, number, &mut waiting) {
                Some(next) => next,
                None => {
                    let rest = bytes.get(at..).unwrap_or_default();
                    let length = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
                    let start = TextStart { line: number, byte: byte_of(first, at) };
                    reader.any_line(rest.get(..length).unwrap_or_default(), start);
                    at + length + 1
                }
            };
        }
        count(reader, &mut waiting, first);
    }
}

/// Where the line begins that stands so many bytes behind the first.
fn byte_of(first: TextStart, at: usize) -> Option<u64> {
    first.byte.map(|byte| byte + at as u64)
}

/// Counts lines that were read.
fn count(reader: &mut Reader, waiting: &mut Vec<Line<'_>>, first: TextStart) {
    let mut kinds = [None; TOGETHER];
    reader.memo.find_all(waiting.iter().map(|line| line.decided), &mut kinds);
    for (line, kind) in waiting.iter().zip(kinds) {
        // One before it may have been the first of its kind.
        match kind.or_else(|| reader.memo.find(line.decided)) {
            Some(kind) => reader.count_known(kind, line.own),
            None => meet(reader, line, first),
        }
    }
    waiting.clear();
}

/// Counts the first line of a kind.
#[cold]
#[inline(never)]
fn meet(reader: &mut Reader, line: &Line<'_>, first: TextStart) {
    let event = line.event(reader.memo.annotations(line.decided));
    let met = reader.meet(line.decided, line.stage, &event);
    match met.and_then(|()| reader.memo.find(line.decided)) {
        Some(kind) => reader.count_known(kind, line.own),
        None => {
            let at = TextStart { line: line.own.line, byte: byte_of(first, line.at) };
            reader.any_line(line.whole, at);
        }
    }
}
