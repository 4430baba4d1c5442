//! Logs in blocks of whole lines, one after the other.
//!
//! Memory is bounded by one block plus one line, whatever the file is: a line
//! that is longer than the limit is skipped without being held, counted, and its
//! place kept. A log that is read by several at once is in [`super::blocks`].

use std::io::{self, Read};

use super::{
    error::SourceError,
    files::FileRef,
    limits::Limits,
    read::{self, Bounded, Compression},
};
use crate::model::location::TextStart;

/// Bytes asked for at a time: small enough to be still at hand when they are looked at.
pub(super) const BLOCK: usize = 1 << 18;

/// Bytes asked of a stream at a time. Readers take turns, and each goes on with what the one
/// before has left in the cache of another processor, so turns are longer.
const TURN: usize = 4 * BLOCK;

/// Places of overlong lines that are kept; further ones are only counted.
const KEPT: usize = 20;

/// Whole lines of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// Where the first line begins.
    pub start: TextStart,
    /// The lines with their ends; the last line of a file may have none.
    pub bytes: Vec<u8>,
}

impl Block {
    /// Each line that is not empty, with its place and without its end.
    pub fn lines(&self) -> impl Iterator<Item = (TextStart, &[u8])> {
        lines(self.start, &self.bytes)
    }
}

/// Each line that is not empty, with its place and without its end.
pub(super) fn lines(start: TextStart, bytes: &[u8]) -> impl Iterator<Item = (TextStart, &[u8])> {
    let mut next = start;
    bytes
        .split(|byte| *byte == b'\n')
        .map(move |line| {
            let at = next;
            next.line += 1;
            next.byte = at.byte.map(|byte| byte + line.len() as u64 + 1);
            (at, line.strip_suffix(b"\r").unwrap_or(line))
        })
        .filter(|(_, line)| !line.is_empty())
}

/// Lines that were skipped because they are too long.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Overlong {
    /// How many.
    pub count: u64,
    /// Where the first of them begin.
    pub lines: Vec<TextStart>,
}

impl Overlong {
    pub(super) fn note(&mut self, line: TextStart) {
        self.count += 1;
        if self.lines.len() < KEPT {
            self.lines.push(line);
        }
    }

    /// How many there are whose places are not kept.
    #[must_use]
    pub fn unplaced(&self) -> u64 {
        self.count.saturating_sub(self.lines.len() as u64)
    }
}

/// Room for a block that is filled again and again.
#[derive(Debug, Default)]
pub struct Buffer {
    /// Never shorter than what was read, so that it is not cleared for each block.
    pub(super) room: Vec<u8>,
    /// Where the lines stand in it.
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) first_line: u64,
    /// Bytes of the text before the first line.
    pub(super) offset: u64,
}

impl Buffer {
    /// The lines with their ends; the last line of a file may have none.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        self.room.get(self.start..self.end).unwrap_or_default()
    }

    /// Where the first line begins.
    #[must_use]
    pub fn first_line(&self) -> TextStart {
        TextStart { line: self.first_line, byte: Some(self.offset) }
    }

    /// Each line that is not empty, with its place and without its end.
    pub fn lines(&self) -> impl Iterator<Item = (TextStart, &[u8])> {
        lines(self.first_line(), self.bytes())
    }

    /// Where a page begins in the room, behind which it has at least so many bytes.
    pub(super) fn page(&mut self, bytes: usize) -> usize {
        const PAGE: usize = 4096;
        if self.room.len() < PAGE + bytes {
            self.room.resize(PAGE + bytes, 0);
        }
        // At the worst it is no page, and copying is slow.
        self.room.as_ptr().align_offset(PAGE).min(PAGE)
    }

    /// Fills the room from `filled` on with up to `wanted` bytes; how many came.
    pub(super) fn fill(
        &mut self,
        filled: usize,
        wanted: usize,
        mut read: impl FnMut(&mut [u8], usize) -> io::Result<usize>,
    ) -> (usize, Option<io::Error>) {
        if self.room.len() < filled + wanted {
            self.room.resize(filled + wanted, 0);
        }
        let mut count = 0;
        while count < wanted {
            let Some(free) = self.room.get_mut(filled + count..filled + wanted) else { break };
            match read(free, count) {
                Ok(0) => break,
                Ok(more) => count += more,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return (count, Some(error)),
            }
        }
        (count, None)
    }
}

/// Reads a log block by block; plain, gzip or zstd by its first bytes.
pub struct LineBlocks {
    file: FileRef,
    reader: Box<dyn Read + Send>,
    /// The beginning of a line that the last block ended in.
    rest: Vec<u8>,
    line: u64,
    /// Bytes of the text before that rest.
    offset: u64,
    line_bytes: usize,
    skipping: bool,
    overlong: Overlong,
    trouble: Option<SourceError>,
    done: bool,
}

impl LineBlocks {
    /// Opens a file.
    ///
    /// # Errors
    /// It cannot be opened, or its first bytes cannot be read.
    pub fn open(file: &FileRef, limits: &Limits) -> Result<Self, SourceError> {
        let handle = read::open_whole(file)?;
        Self::from_reader(file, handle, limits)
    }

    /// Reads from any stream, such as standard input; `file` says how to call it.
    ///
    /// # Errors
    /// Its first bytes cannot be read.
    pub fn from_reader<R: Read + Send + 'static>(
        file: &FileRef,
        reader: R,
        limits: &Limits,
    ) -> Result<Self, SourceError> {
        let failed = |error: io::Error| read::io_error(file, &error);
        let (compression, reader) = read::decompressed(reader).map_err(failed)?;
        let limit = match compression {
            Compression::None => u64::MAX,
            Compression::Gzip | Compression::Zstd => limits.decompressed_bytes,
        };
        Ok(Self {
            file: file.clone(),
            reader: Box::new(Bounded::new(reader, limit)),
            rest: Vec::new(),
            line: 1,
            offset: 0,
            line_bytes: limits.line_bytes.max(1),
            skipping: false,
            overlong: Overlong::default(),
            trouble: None,
            done: false,
        })
    }

    /// Lines skipped so far.
    #[must_use]
    pub fn overlong(&self) -> &Overlong {
        &self.overlong
    }

    /// Lines passed so far, skipped ones included.
    #[must_use]
    pub fn lines_passed(&self) -> u64 {
        self.line - 1
    }

    /// Reads the next block into `buffer`; none at the end. What came before trouble
    /// still counts.
    pub fn next_into(&mut self, buffer: &mut Buffer) -> Option<Result<(), SourceError>> {
        while !self.done {
            if let Some(error) = self.trouble.take() {
                self.done = true;
                return Some(Err(error));
            }
            let kept = self.rest.len();
            if buffer.room.len() < kept {
                buffer.room.resize(kept, 0);
            }
            if let Some(start) = buffer.room.get_mut(..kept) {
                start.copy_from_slice(&self.rest);
            }
            self.rest.clear();
            let wanted = TURN.min(self.line_bytes);
            let (count, error) = buffer.fill(kept, wanted, |free, _| self.reader.read(free));
            self.trouble = error.map(|error| read::io_error(&self.file, &error));
            self.done = count == 0 && self.trouble.is_none();
            if self.take_lines(buffer, kept + count) {
                return Some(Ok(()));
            }
        }
        None
    }

    /// Cuts the whole lines off what was read, as one block that no overlong line
    /// interrupts; false where there is none.
    fn take_lines(&mut self, buffer: &mut Buffer, filled: usize) -> bool {
        let mut start = 0;
        loop {
            let read = buffer.room.get(start..filled).unwrap_or_default();
            let first = memchr::memchr(b'\n', read);
            if self.skipping {
                let Some(newline) = first else {
                    // A skipped line that the file ends in is a line, too.
                    self.line += u64::from(self.done);
                    self.offset += filled as u64;
                    return false;
                };
                self.skipping = false;
                self.line += 1;
                start += newline + 1;
                continue;
            }
            if first.unwrap_or(read.len()) > self.line_bytes {
                let byte = Some(self.offset + start as u64);
                self.overlong.note(TextStart { line: self.line, byte });
                self.skipping = true;
                continue;
            }
            let length = match memchr::memrchr(b'\n', read) {
                _ if self.done => read.len(),
                Some(newline) => newline + 1,
                None => 0,
            };
            let (lines, rest) = read.split_at_checked(length).unwrap_or_default();
            self.rest.extend_from_slice(rest);
            let offset = self.offset + start as u64;
            self.offset = offset + length as u64;
            if lines.is_empty() {
                return false;
            }
            let unfinished = u64::from(lines.last() != Some(&b'\n'));
            let newlines = memchr::memchr_iter(b'\n', lines).count() as u64;
            (buffer.start, buffer.end) = (start, start + length);
            (buffer.first_line, buffer.offset) = (self.line, offset);
            self.line += newlines + unfinished;
            return true;
        }
    }
}

impl Iterator for LineBlocks {
    type Item = Result<Block, SourceError>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut buffer = Buffer::default();
        let read = self.next_into(&mut buffer)?;
        Some(read.map(|()| Block { start: buffer.first_line(), bytes: buffer.bytes().to_vec() }))
    }
}
