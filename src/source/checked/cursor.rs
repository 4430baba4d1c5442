//! A place in text of JSON, and what may be asked for there.

use super::{
    scalar, skip,
    wide::{Task, Wide},
};

/// A string as it stands in the text, without its quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Raw<'a> {
    /// The bytes between the quotes.
    pub bytes: &'a [u8],
    /// Whether they are the text itself: nothing in them is escaped.
    pub plain: bool,
}

/// A place in text of JSON without white space between tokens. Every method that fails
/// leaves it at no defined place.
#[derive(Debug, Clone)]
pub struct Cursor<'a, W> {
    bytes: &'a [u8],
    at: usize,
    ascii: bool,
    wide: W,
}

impl<'a, W: Wide> Cursor<'a, W> {
    /// At `at` of `bytes`.
    #[inline(always)]
    pub fn new(wide: W, bytes: &'a [u8], at: usize) -> Self {
        Self { bytes, at, ascii: true, wide }
    }

    /// How many bytes stand before it.
    #[inline(always)]
    pub fn at(&self) -> usize {
        self.at
    }

    /// Goes to a place.
    #[inline(always)]
    pub fn go(&mut self, at: usize) {
        self.at = at;
    }

    /// Whether strings and values that it passed hold only ASCII.
    #[inline(always)]
    pub fn is_ascii(&self) -> bool {
        self.ascii
    }

    /// The byte at it.
    #[inline(always)]
    pub fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// The bytes from `start` up to it.
    #[inline(always)]
    pub fn since(&self, start: usize) -> &'a [u8] {
        self.bytes.get(start..self.at).unwrap_or_default()
    }

    /// The bytes from it on.
    #[inline(always)]
    pub fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    /// Passes over exactly these bytes; stays where they do not stand.
    #[inline(always)]
    pub fn eat<const N: usize>(&mut self, expected: &[u8; N]) -> bool {
        let found = self.bytes.get(self.at..).and_then(<[u8]>::first_chunk::<N>);
        let eaten = found == Some(expected);
        self.at += if eaten { N } else { 0 };
        eaten
    }

    /// Passes over bytes that were checked before at such a place; stays where they do
    /// not stand.
    #[inline(always)]
    pub fn eat_known(&mut self, known: &[u8]) -> bool {
        let eaten = self.bytes.get(self.at..self.at + known.len()) == Some(known);
        self.at += if eaten { known.len() } else { 0 };
        eaten
    }

    /// The string whose first byte stands here, behind its opening quote; the cursor
    /// goes behind its closing one.
    #[inline(always)]
    pub fn string(&mut self) -> Option<Raw<'a>> {
        let start = self.at;
        let mut at = start;
        let mut plain = true;
        loop {
            let mut padded = [0; 32];
            let chunk = match self.bytes.get(at..).and_then(<[u8]>::first_chunk::<32>) {
                Some(chunk) => chunk,
                None => {
                    let rest = self.bytes.get(at..).filter(|rest| !rest.is_empty())?;
                    padded.get_mut(..rest.len())?.copy_from_slice(rest);
                    &padded
                }
            };
            let marks = self.wide.text(chunk);
            if marks.stops == 0 {
                self.ascii &= marks.high == 0;
                at += 32;
                continue;
            }
            let first = marks.stops & marks.stops.wrapping_neg();
            self.ascii &= marks.high & (first - 1) == 0;
            at += first.trailing_zeros() as usize;
            match self.bytes.get(at)? {
                b'"' => {
                    self.at = at + 1;
                    return Some(Raw { bytes: self.bytes.get(start..at)?, plain });
                }
                b'\\' => {
                    plain = false;
                    at = scalar::escape_end(self.bytes, at + 1)?;
                }
                _ => return None,
            }
        }
    }

    /// The value that begins here, whatever it is.
    #[inline(always)]
    pub fn value(&mut self) -> Option<&'a [u8]> {
        let start = self.at;
        match self.peek()? {
            b'"' => {
                self.at += 1;
                self.string()?;
            }
            b'{' | b'[' => {
                let passed = self.wide.run(Container { bytes: self.bytes, start })?;
                self.at = passed.end;
                self.ascii &= passed.ascii;
            }
            _ => self.at = scalar::end(self.bytes, start)?,
        }
        Some(self.since(start))
    }

    /// Hands each member of the object that begins here to `each`, which must pass over
    /// its value. Names with escapes are not taken.
    #[inline(always)]
    pub fn members(&mut self, each: impl FnMut(&mut Self, &'a [u8]) -> Option<()>) -> Option<()> {
        if self.eat(b"{") { self.further_members(false, each) } else { None }
    }

    /// The same of an object whose opening brace was passed, and of whose members some
    /// `passed` may have been, too.
    #[inline(always)]
    pub fn further_members(
        &mut self,
        passed: bool,
        mut each: impl FnMut(&mut Self, &'a [u8]) -> Option<()>,
    ) -> Option<()> {
        let mut first = !passed;
        while !self.eat(b"}") {
            // A comma stands between two members, and nowhere else.
            if !(first || self.eat(b",")) || !self.eat(b"\"") {
                return None;
            }
            first = false;
            let name = self.string().filter(|name| name.plain)?;
            if !self.eat(b":") {
                return None;
            }
            each(self, name.bytes)?;
        }
        Some(())
    }

    /// Hands each item of the list that begins here to `each`, which must pass over it.
    #[inline(always)]
    pub fn items(&mut self, mut each: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        if !self.eat(b"[") {
            return None;
        }
        if self.eat(b"]") {
            return Some(());
        }
        loop {
            each(self)?;
            if self.eat(b"]") {
                return Some(());
            }
            if !self.eat(b",") {
                return None;
            }
        }
    }
}

/// [`skip::container`] as code of its own, so that it is not repeated at every call.
struct Container<'a> {
    bytes: &'a [u8],
    start: usize,
}

impl Task for Container<'_> {
    type Output = Option<skip::Passed>;

    #[inline(always)]
    fn run<W: Wide>(self, wide: W) -> Self::Output {
        skip::container(wide, self.bytes, self.start)
    }
}
