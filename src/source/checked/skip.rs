//! Passing over an object or a list, checked in full, sixty-four bytes at a time.
//!
//! No value is built. Whether brackets match, whether what stands beside what may, and
//! whether members have names is decided from masks: the rules of JSON about two
//! neighbours hold for all bytes of a chunk at once, and only brackets, numbers,
//! literals and rare escapes are looked at one by one.
//!
//! It says yes only to what serde_json takes, too, without white space between tokens
//! and no deeper than [`DEPTH`]; a no decides nothing.

use super::{
    scalar,
    wide::{Structure, Wide},
};

/// Deeper nesting is left to a reader with a stack of its own.
const DEPTH: u32 = 64;

const ALL: u64 = u64::MAX;
/// Every second byte, the first among them.
const EVEN: u64 = 0x5555_5555_5555_5555;

/// Where a value ends, and whether all of it is ASCII.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Passed {
    pub(super) end: usize,
    pub(super) ascii: bool,
}

/// What a chunk must know of the one before it: single bits, at the lowest place.
#[derive(Default)]
struct Carry {
    /// The next byte is escaped.
    escaped: u64,
    /// All ones within a string.
    string: u64,
    /// The last byte was one after which a value or a name may begin.
    begins: u64,
    /// It was `{`.
    brace: u64,
    /// It was a comma or a colon.
    separator: u64,
    /// It closed a string.
    closed: u64,
    /// It was of a number or a literal.
    scalar: u64,
    /// Since the last comma or `{` there was no comma, colon or bracket.
    pending: u64,
}

/// The bits moved up by one byte, with the carry in, and the carry out kept.
#[inline(always)]
fn after(mask: u64, carry: &mut u64) -> u64 {
    let moved = mask << 1 | *carry;
    *carry = mask >> 63;
    moved
}

/// Passes over the object or the list that begins at `start`.
#[inline(always)]
pub(super) fn container<W: Wide>(wide: W, bytes: &[u8], start: usize) -> Option<Passed> {
    // A value may begin here.
    let mut carry = Carry { begins: 1, ..Carry::default() };
    let mut at = start;
    let mut stack = 0_u64;
    let mut depth = 0_u32;
    // What may not stand within the innermost bracket depends on its kind.
    let mut in_object = 0_u64;
    let mut high = 0;
    loop {
        let marks = marks(wide, bytes, at)?;
        let escaped = escaped(marks.backslash, &mut carry.escaped);
        let quote = marks.quote & !escaped;
        // From each opening quote to the byte before the closing one.
        let string = within(quote) ^ carry.string;
        carry.string = 0_u64.wrapping_sub(string >> 63);
        let closing = quote & !string;
        let outside = !(string | quote);
        let open = marks.open & outside;
        let close = marks.close & outside;
        let comma = marks.comma & outside;
        let colon = marks.colon & outside;
        let brackets = open | close;
        let tokens = brackets | comma | colon;
        let scalar = outside & !tokens;
        let braces_open = open & marks.brace;

        let begins = after(open | comma | colon, &mut carry.begins);
        let after_brace = after(braces_open, &mut carry.brace);
        let after_separator = after(comma | colon, &mut carry.separator);
        let after_string = after(closing, &mut carry.closed);
        let scalars = scalar & !after(scalar, &mut carry.scalar);
        let mut wrong = ((quote & string) | open | scalars) & !begins
            | (open | scalars) & after_brace
            | comma & begins
            | close & after_separator
            | colon & !after_string;

        // The next token after each comma and each `{`.
        let from = (braces_open | comma) << 1 | carry.pending;
        let (sum, beyond) = (!tokens).overflowing_add(from);
        carry.pending = u64::from(beyond) | (braces_open | comma) >> 63;
        let next = sum & tokens;
        wrong |= colon & !next;
        // In an object it must be a colon, but for `{}`.
        let unnamed = next & !colon & !(close & after_brace);

        let mut passed = 0;
        let mut left = brackets;
        let mut end = 0;
        while left != 0 {
            let bit = left & left.wrapping_neg();
            let upto = bit | (bit - 1);
            wrong |= upto & !passed & (unnamed & in_object | colon & !in_object);
            passed = upto;
            left &= left - 1;
            let brace = u64::from(marks.brace & bit != 0);
            if open & bit == 0 {
                wrong |= (in_object & 1 ^ brace) * bit;
                stack >>= 1;
                depth -= 1;
                if depth == 0 {
                    end = upto;
                    break;
                }
            } else {
                stack = stack << 1 | brace;
                depth += 1;
                if depth > DEPTH {
                    return None;
                }
            }
            in_object = 0_u64.wrapping_sub(stack & 1);
        }
        let upto = if end == 0 {
            wrong |= !passed & (unnamed & in_object | colon & !in_object);
            ALL
        } else {
            end
        };
        if (wrong | marks.control) & upto != 0 {
            return None;
        }
        high |= marks.high & upto;
        let odd = escaped & !(marks.quote | marks.backslash) & upto;
        if !each(odd, |bit| scalar::is_escape(bytes, at + bit)) {
            return None;
        }
        if !each(scalars & upto, |bit| scalar::is_scalar(bytes, at + bit)) {
            return None;
        }
        if end != 0 {
            let end = at + 64 - end.leading_zeros() as usize;
            return Some(Passed { end, ascii: high == 0 });
        }
        at += 64;
    }
}

/// The marks of the chunk at `at`; behind the last byte there are control bytes. None
/// where nothing is left.
#[inline(always)]
fn marks<W: Wide>(wide: W, bytes: &[u8], at: usize) -> Option<Structure> {
    if let Some(chunk) = bytes.get(at..).and_then(<[u8]>::first_chunk) {
        return Some(wide.structure(chunk));
    }
    let rest = bytes.get(at..).filter(|rest| !rest.is_empty())?;
    let mut chunk = [0; 64];
    chunk.get_mut(..rest.len())?.copy_from_slice(rest);
    Some(wide.structure(&chunk))
}

/// Bytes behind a backslash that is not itself behind one.
#[inline(always)]
fn escaped(backslash: u64, carry: &mut u64) -> u64 {
    if backslash | *carry == 0 {
        return 0;
    }
    let backslash = backslash & !*carry;
    let follows = backslash << 1 | *carry;
    // Runs that begin at an odd place: added to the backslashes, they carry to the end
    // of their run and tell whether it is of odd length.
    let odd_starts = backslash & !EVEN & !follows;
    let (sum, beyond) = odd_starts.overflowing_add(backslash);
    *carry = u64::from(beyond);
    (EVEN ^ (sum << 1)) & follows
}

/// All bits from each odd quote to below the next one.
#[inline(always)]
fn within(quote: u64) -> u64 {
    let mut mask = quote;
    mask ^= mask << 1;
    mask ^= mask << 2;
    mask ^= mask << 4;
    mask ^= mask << 8;
    mask ^= mask << 16;
    mask ^ mask << 32
}

/// Whether something holds at each bit.
#[inline(always)]
fn each(mut mask: u64, holds: impl Fn(usize) -> bool) -> bool {
    while mask != 0 {
        if !holds(mask.trailing_zeros() as usize) {
            return false;
        }
        mask &= mask - 1;
    }
    true
}
