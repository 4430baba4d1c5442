//! Logs in blocks of whole lines, handed out to several readers at once.
//!
//! A plain file is read at places: whoever asks for a block gets the next stretch of
//! the file, reads it without waiting for the others, and finds the beginning of its
//! first line itself. A line belongs to the stretch that its beginning follows. Places
//! are multiples of a page, since copying from the page cache to a page of one's own is
//! several times slower where their offsets differ. Nothing is mapped: a log may be
//! truncated while it is read.
//!
//! Whatever comes as a stream, compressed or piped, is read by whoever asks, one at a
//! time, while the others look at what they got.
//!
//! Contract: lines have the numbers and places that they have in the file, in any number of
//! readers; the bytes of a file that was longer when it was opened are missed aloud.

use std::{
    fs::File,
    io,
    sync::{
        Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use super::{
    error::SourceError,
    files::FileRef,
    limits::Limits,
    lines::{BLOCK, Buffer, LineBlocks, Overlong},
    read::{self, Shrunk},
};
use crate::model::location::TextStart;

/// What is read with a stretch to find the end of its last line, and the most that is read
/// at a time where that is further away.
const TAIL: usize = 8 << 10;
const LONG_TAIL: usize = 64 << 10;

/// Blocks of one log.
pub struct Blocks(Source);

enum Source {
    Places(Places),
    Stream(Mutex<(LineBlocks, Option<SourceError>)>),
}

/// How reading went.
#[derive(Debug)]
pub struct Ended {
    /// Lines passed, skipped ones included.
    pub lines: u64,
    /// Lines that were skipped.
    pub overlong: Overlong,
    /// What stopped it, if anything did. What came before still counts.
    pub trouble: Option<SourceError>,
}

impl Blocks {
    /// Opens a file.
    ///
    /// # Errors
    /// It cannot be opened, or its first bytes cannot be read.
    pub fn open(file: &FileRef, limits: &Limits) -> Result<Self, SourceError> {
        let handle = read::open(file)?;
        let failed = |error: io::Error| read::io_error(file, &error);
        let length = handle.metadata().map_err(failed)?.len();
        let mut head = [0; read::HEAD];
        let count = read_at(&handle, &mut head, 0).map_err(failed)?;
        // What has no length is made as it is read.
        if length == 0 || read::is_coded(head.get(..count).unwrap_or_default()) {
            return LineBlocks::open(file, limits).map(Self::from);
        }
        let place = Box::new(handle);
        Ok(Self(Source::Places(Places::new(file, place, length, limits))))
    }

    /// How many readers can have something to do.
    #[must_use]
    pub fn readers(&self) -> usize {
        match &self.0 {
            Source::Places(places) => {
                usize::try_from(places.length.div_ceil(places.stretch as u64)).unwrap_or(usize::MAX)
            }
            Source::Stream(_) => usize::MAX,
        }
    }

    /// Reads the next block; false at the end.
    pub fn next_into(&self, buffer: &mut Buffer) -> bool {
        match &self.0 {
            Source::Places(places) => places.next_into(buffer),
            Source::Stream(stream) => {
                let mut stream = locked(stream);
                let (blocks, trouble) = &mut *stream;
                match blocks.next_into(buffer) {
                    Some(Ok(())) => true,
                    Some(Err(error)) => {
                        *trouble = Some(error);
                        false
                    }
                    None => false,
                }
            }
        }
    }

    /// How it went, once all blocks were handed out.
    #[must_use]
    pub fn ended(self) -> Ended {
        match self.0 {
            Source::Places(places) => {
                let ledger = places.ledger.into_inner().unwrap_or_else(PoisonError::into_inner);
                Ended { lines: ledger.lines, overlong: ledger.overlong, trouble: ledger.trouble }
            }
            Source::Stream(stream) => {
                let (blocks, trouble) = stream.into_inner().unwrap_or_else(PoisonError::into_inner);
                let overlong = blocks.overlong().clone();
                Ended { lines: blocks.lines_passed(), overlong, trouble }
            }
        }
    }
}

impl From<LineBlocks> for Blocks {
    fn from(blocks: LineBlocks) -> Self {
        Self(Source::Stream(Mutex::new((blocks, None))))
    }
}

/// Something that can be read at any place.
trait ReadAt: Send + Sync {
    /// Reads from `offset` on; how many bytes came, none at the end.
    fn read_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<usize>;
}

impl ReadAt for File {
    fn read_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<usize> {
        read_at(self, bytes, offset)
    }
}

#[cfg(unix)]
fn read_at(file: &File, bytes: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, bytes, offset)
}

#[cfg(windows)]
fn read_at(file: &File, bytes: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, bytes, offset)
}

/// A file that is read in stretches.
struct Places {
    file: FileRef,
    handle: Box<dyn ReadAt>,
    /// When it was opened; what is appended later is read as far as the last stretch.
    length: u64,
    stretch: usize,
    line_bytes: usize,
    /// The next stretch that nobody has.
    next: AtomicU64,
    ledger: Mutex<Ledger>,
    turn: Condvar,
}

/// What is known of the stretches before one, in their order.
#[derive(Default)]
struct Ledger {
    stretches: u64,
    lines: u64,
    overlong: Overlong,
    trouble: Option<SourceError>,
}

/// What one stretch was found to hold.
struct Found {
    /// Lines that begin in it, an overlong one included.
    lines: u64,
    /// Where the overlong one begins.
    overlong: Option<u64>,
    trouble: Option<SourceError>,
}

impl Places {
    fn new(file: &FileRef, handle: Box<dyn ReadAt>, length: u64, limits: &Limits) -> Self {
        let line_bytes = limits.line_bytes.max(1);
        Self {
            file: file.clone(),
            handle,
            length,
            stretch: BLOCK.min(line_bytes),
            line_bytes,
            next: AtomicU64::new(0),
            ledger: Mutex::default(),
            turn: Condvar::new(),
        }
    }

    fn next_into(&self, buffer: &mut Buffer) -> bool {
        loop {
            let number = self.next.fetch_add(1, Ordering::Relaxed);
            let offset = number.saturating_mul(self.stretch as u64);
            if offset >= self.length {
                return false;
            }
            let found = self.stretch(buffer, offset);
            self.enter(buffer, number, found);
            if !buffer.bytes().is_empty() {
                return true;
            }
        }
    }

    /// Reads the lines that begin in a stretch. The stretch before reads the line that
    /// its end cuts, also where the cut is between two lines.
    fn stretch(&self, buffer: &mut Buffer, offset: u64) -> Found {
        let begin = buffer.page(self.stretch + TAIL);
        let middle = begin + self.stretch;
        (buffer.start, buffer.end) = (begin, begin);
        let (count, error) = self.fill(buffer, begin, self.stretch + TAIL, offset);
        let mut filled = begin + count;
        let mut end = offset + count as u64;
        let mut trouble = error.or_else(|| self.shrunk(end, filled < middle));
        let read = buffer.room.get(begin..filled.min(middle)).unwrap_or_default();
        let start = match memchr::memchr(b'\n', read) {
            _ if offset == 0 => begin,
            Some(newline) => begin + newline + 1,
            None => return Found { lines: 0, overlong: None, trouble },
        };
        buffer.offset = offset + (start - begin) as u64;
        // The end of the last line, behind the stretch.
        let mut newline = None;
        let mut searched = middle;
        let mut more = 2 * TAIL;
        while filled >= middle {
            let unread = buffer.room.get(searched..filled).unwrap_or_default();
            newline = memchr::memchr(b'\n', unread).map(|at| searched + at);
            searched = filled;
            let whole = buffer.room.get(start..middle).unwrap_or_default();
            let last = memchr::memrchr(b'\n', whole).map_or(start, |at| start + at + 1);
            if newline.unwrap_or(filled) - last > self.line_bytes {
                (buffer.start, buffer.end) = (start, last);
                let lines = memchr::memchr_iter(b'\n', buffer.bytes()).count() as u64 + 1;
                let overlong = Some(offset + (last - begin) as u64);
                return Found { lines, overlong, trouble };
            }
            if newline.is_some() || trouble.is_some() {
                break;
            }
            let (count, error) = self.fill(buffer, filled, more, end);
            filled += count;
            end += count as u64;
            trouble = error.or_else(|| self.shrunk(end, count == 0));
            if count == 0 {
                break;
            }
            more = (2 * more).min(LONG_TAIL);
        }
        (buffer.start, buffer.end) = (start, newline.map_or(filled, |at| at + 1));
        if trouble.is_some() {
            // Of a line that could not be read to its end nothing is said.
            let whole = memchr::memrchr(b'\n', buffer.bytes()).map_or(0, |at| at + 1);
            buffer.end = start + whole;
        }
        let newlines = memchr::memchr_iter(b'\n', buffer.bytes()).count() as u64;
        let unfinished = buffer.bytes().last().is_some_and(|&last| last != b'\n');
        Found { lines: newlines + u64::from(unfinished), overlong: None, trouble }
    }

    fn fill(
        &self,
        buffer: &mut Buffer,
        filled: usize,
        wanted: usize,
        offset: u64,
    ) -> (usize, Option<SourceError>) {
        let (count, error) = buffer.fill(filled, wanted, |free, count| {
            self.handle.read_at(free, offset.saturating_add(count as u64))
        });
        (count, error.map(|error| read::io_error(&self.file, &error)))
    }

    /// Says so where a file ended before the place at which it ended when it was opened.
    fn shrunk(&self, end: u64, ended: bool) -> Option<SourceError> {
        (ended && end < self.length).then(|| Shrunk { was: self.length, now: end }.of(&self.file))
    }

    /// Waits for its turn, and notes what a stretch holds.
    fn enter(&self, buffer: &mut Buffer, number: u64, found: Found) {
        let mut ledger = self
            .turn
            .wait_while(locked(&self.ledger), |ledger| ledger.stretches < number)
            .unwrap_or_else(PoisonError::into_inner);
        buffer.first_line = ledger.lines + 1;
        ledger.lines += found.lines;
        if found.overlong.is_some() {
            let line = TextStart { line: ledger.lines, byte: found.overlong };
            ledger.overlong.note(line);
        }
        if ledger.trouble.is_none() {
            ledger.trouble = found.trouble;
        }
        ledger.stretches = number + 1;
        drop(ledger);
        self.turn.notify_all();
    }
}

/// What a panic left in a lock is as good as before.
fn locked<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::source::error::ErrorKind;

    /// A file that ends at other places than it did when it was opened.
    struct Changed {
        bytes: Vec<u8>,
        end: usize,
    }

    impl ReadAt for Changed {
        fn read_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<usize> {
            let rest = self.bytes[..self.end].get(offset as usize..).unwrap_or_default();
            let count = rest.len().min(bytes.len());
            bytes[..count].copy_from_slice(&rest[..count]);
            Ok(count)
        }
    }

    fn places(bytes: &[u8], length: usize, line_bytes: usize) -> Blocks {
        let limits = Limits { line_bytes, ..Limits::default() };
        let handle = Box::new(Changed { bytes: bytes.to_vec(), end: bytes.len() });
        Blocks(Source::Places(Places::new(&FileRef::from("a.log"), handle, length as u64, &limits)))
    }

    /// What several readers get, in the order of the file.
    fn numbered(blocks: Blocks, readers: usize) -> (Vec<(TextStart, Vec<u8>)>, Ended) {
        let found = Mutex::new(Vec::new());
        std::thread::scope(|scope| {
            for _ in 0..readers {
                scope.spawn(|| {
                    let mut buffer = Buffer::default();
                    while blocks.next_into(&mut buffer) {
                        let lines = buffer.lines().map(|(number, line)| (number, line.to_vec()));
                        found.lock().unwrap().extend(lines);
                    }
                });
            }
        });
        let mut found = found.into_inner().unwrap();
        found.sort();
        (found, blocks.ended())
    }

    proptest! {
        #[test]
        fn several_readers_get_what_one_stream_holds(
            text in prop::collection::vec(
                prop_oneof![Just(b'\n'), Just(b'\r'), Just(b'a'), Just(b'b')],
                1..300,
            ),
            limit in 1_usize..12,
            readers in 1_usize..4,
        ) {
            let limits = Limits { line_bytes: limit, ..Limits::default() };
            let stream = io::Cursor::new(text.clone());
            let stream = LineBlocks::from_reader(&FileRef::from("a.log"), stream, &limits).unwrap();
            let (expected, one) = numbered(Blocks::from(stream), 1);
            let (found, ended) = numbered(places(&text, text.len(), limit), readers);
            for (at, line) in &found {
                let byte = at.byte.unwrap() as usize;
                prop_assert_eq!(&text[byte..byte + line.len()], line.as_slice());
            }
            prop_assert_eq!(found, expected);
            prop_assert_eq!(ended.lines, one.lines);
            prop_assert_eq!(ended.overlong, one.overlong);
            prop_assert!(ended.trouble.is_none());
        }

        #[test]
        fn a_file_that_shrinks_while_it_is_read_gives_whole_lines_and_says_so(
            text in prop::collection::vec(prop_oneof![Just(b'\n'), Just(b'a')], 1..200),
            lost in 1_usize..40,
        ) {
            let (found, ended) = numbered(places(&text, text.len() + lost, 16), 2);
            let trouble = ended.trouble.unwrap();
            prop_assert_eq!(trouble.kind, ErrorKind::Truncated);
            let cut = format!("cut to {}", text.len());
            prop_assert!(trouble.message.contains(&cut));
            let whole: Vec<_> = text.split_inclusive(|byte| *byte == b'\n').collect();
            for (number, line) in found {
                prop_assert_eq!(whole[number.line as usize - 1], [line, vec![b'\n']].concat());
            }
        }

        #[test]
        fn lines_that_reach_far_behind_a_stretch_are_whole(
            lengths in prop::collection::vec(
                prop_oneof![0..100_usize, 8_000..8_400_usize, 20_000..45_000_usize],
                1..24,
            ),
            lost in prop_oneof![Just(0), 0..70_000_usize],
            readers in 1_usize..4,
        ) {
            let limits = Limits { line_bytes: 40_000, ..Limits::default() };
            let line = |length: &usize| [vec![b'a'; *length], vec![b'\n']].concat();
            let text: Vec<u8> = lengths.iter().flat_map(line).collect();
            let held = &text[..text.len().saturating_sub(lost)];
            let (found, ended) = numbered(places(held, text.len(), limits.line_bytes), readers);
            // Of a line that was cut nothing is said.
            let whole = held.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
            let stream = io::Cursor::new(held[..whole].to_vec());
            let stream = LineBlocks::from_reader(&FileRef::from("a.log"), stream, &limits).unwrap();
            let (expected, one) = numbered(Blocks::from(stream), 1);
            prop_assert_eq!(found, expected);
            prop_assert_eq!(ended.trouble.is_some(), lost > 0);
            let cut_is_overlong = held.len() - whole > limits.line_bytes;
            if !cut_is_overlong {
                prop_assert_eq!(ended.lines, one.lines);
                prop_assert_eq!(ended.overlong, one.overlong);
            }
        }

        #[test]
        fn a_file_that_grows_while_it_is_read_gives_what_it_held_and_whole_lines(
            text in prop::collection::vec(prop_oneof![Just(b'\n'), Just(b'a')], 2..200),
            grown in 1_usize..40,
        ) {
            let length = text.len().saturating_sub(grown).max(1);
            let (found, ended) = numbered(places(&text, length, 1 << 10), 2);
            prop_assert!(ended.trouble.is_none());
            let held = text[..length].split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
            prop_assert!(found.len() >= held.count());
            let all: Vec<_> = text.split(|byte| *byte == b'\n').collect();
            for (number, line) in found {
                prop_assert_eq!(all[number.line as usize - 1], line);
            }
        }
    }

    #[test]
    fn compressed_files_and_streams_are_handed_out_too() {
        let folder = tempfile::tempdir().unwrap();
        let text: Vec<u8> =
            (1..=200_000).flat_map(|n| format!("line {n}\n").into_bytes()).collect();
        let packed = zstd::bulk::compress(&text, 1).unwrap();
        for (name, bytes) in [("a.log", &text), ("a.log.zst", &packed)] {
            let path = folder.path().join(name);
            std::fs::write(&path, bytes).unwrap();
            let file = FileRef { display: name.into(), path };
            let (found, ended) = numbered(Blocks::open(&file, &Limits::default()).unwrap(), 3);
            assert_eq!(found.len(), 200_000);
            assert!(found.iter().all(|(n, line)| *line == format!("line {}", n.line).into_bytes()));
            assert_eq!(ended.lines, 200_000);
        }
    }
}
