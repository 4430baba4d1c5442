//! A file as text that passes by under a window, for values that do not end at line ends.
//!
//! Whoever looks at it sees what was loaded and not yet passed, asks for more where a
//! value does not end in it, and lets go of what it has read. What is held at a time is
//! bounded, so memory does not grow with the file.
//!
//! Contract: what is seen is UTF-8, but for a character that the end of what was loaded
//! cuts, which is not seen yet. Whatever ends the text before its file ends is told.

use std::io::Read;

use super::{
    error::SourceError,
    files::FileRef,
    limits::Limits,
    lines::BLOCK,
    read::{self, Bounded, Compression},
    stream,
};

/// Of memory, and of what files are kept in there.
const PAGE: usize = 4096;

/// Text of a file, decompressed, without a byte order mark.
pub struct Window {
    file: FileRef,
    reader: Box<dyn Read + Send>,
    /// Never shorter than what was loaded, so that it is not cleared each time.
    room: Vec<u8>,
    /// What is seen.
    start: usize,
    end: usize,
    /// Up to where bytes were loaded: the last character may be cut.
    loaded: usize,
    /// How many bytes were loaded in all.
    passed: usize,
    lines: Lines,
    limit: u64,
    ended: Option<End>,
}

/// Why no more text follows.
#[derive(Debug)]
pub enum End {
    /// The file ends.
    Whole,
    /// What follows is not UTF-8.
    NotText,
    /// It could not be read on.
    Trouble(SourceError),
}

/// Counts lines that are not empty.
#[derive(Debug, Default)]
struct Lines {
    count: u64,
    /// The last byte was one of a line.
    within: bool,
}

impl Lines {
    fn add(&mut self, bytes: &[u8]) {
        let mut from = 0;
        for newline in memchr::memchr_iter(b'\n', bytes) {
            self.count += u64::from(newline > from && !self.within);
            self.within = false;
            from = newline + 1;
        }
        if from < bytes.len() {
            self.count += u64::from(!self.within);
            self.within = true;
        }
    }
}

impl Window {
    /// Opens a file.
    ///
    /// # Errors
    /// It cannot be opened, or its first bytes cannot be read.
    pub fn open(file: &FileRef, limits: &Limits) -> Result<Self, SourceError> {
        let opened = read::decompressed(read::open_whole(file)?);
        let (compression, reader) = opened.map_err(|error| read::io_error(file, &error))?;
        let limit = match compression {
            Compression::None => u64::MAX,
            Compression::Gzip | Compression::Zstd => limits.decompressed_bytes,
        };
        let mut window = Self {
            file: file.clone(),
            reader: Box::new(Bounded::new(reader, limit)),
            room: Vec::new(),
            start: 0,
            end: 0,
            loaded: 0,
            passed: 0,
            lines: Lines::default(),
            limit: limits.value_bytes,
            ended: None,
        };
        window.grow();
        if window.bytes().starts_with(b"\xEF\xBB\xBF") {
            window.pass(3);
            window.lines = Lines::default();
            let rest = window.room.get(window.start..window.loaded).unwrap_or_default();
            window.lines.add(rest);
        }
        Ok(window)
    }

    /// What was loaded and not passed: UTF-8.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        self.room.get(self.start..self.end).unwrap_or_default()
    }

    /// How many bytes of the text stand before what is seen.
    #[must_use]
    pub fn at(&self) -> u64 {
        (self.passed + self.start).saturating_sub(self.loaded) as u64
    }

    /// Lets go of the first `count` bytes, which must end between two characters.
    pub fn pass(&mut self, count: usize) {
        self.start = self.end.min(self.start + count);
    }

    /// Loads more behind what is seen; false where nothing more follows.
    pub fn grow(&mut self) -> bool {
        if self.ended.is_some() {
            return false;
        }
        let held = self.loaded - self.start;
        if held as u64 > self.limit {
            self.ended = Some(End::Trouble(stream::too_long(&self.file, self.limit)));
            return false;
        }
        // As much again as is held, so that a long value is not looked at too often.
        let wanted = held.max(BLOCK);
        if self.room.len() < PAGE + held + wanted {
            self.room.resize(PAGE + held + wanted, 0);
        }
        let start = self.start_for(held);
        self.room.copy_within(self.start..self.loaded, start);
        self.end = start + self.end - self.start;
        (self.start, self.loaded) = (start, start + held);
        self.load(wanted);
        let unseen = self.room.get(self.end..self.loaded).unwrap_or_default();
        let (valid, broken) = match std::str::from_utf8(unseen) {
            Ok(_) => (unseen.len(), false),
            Err(error) => (error.valid_up_to(), error.error_len().is_some()),
        };
        self.end += valid;
        if broken || (self.end < self.loaded && matches!(self.ended, Some(End::Whole))) {
            self.ended = Some(End::NotText);
        }
        valid > 0
    }

    /// Why no more text follows, once all of it was asked for. What is left is read and
    /// forgotten, so that lines are counted to the end and what is wrong there is told.
    pub fn finish(mut self) -> (u64, End) {
        let mut told = None;
        if matches!(self.ended, Some(End::NotText)) {
            told = self.ended.take();
        }
        while self.ended.is_none() {
            self.loaded = 0;
            self.load(BLOCK);
        }
        let end = match self.ended {
            Some(End::Trouble(error)) => End::Trouble(error),
            Some(end) => told.unwrap_or(end),
            None => End::Whole,
        };
        (self.lines.count, end)
    }

    /// Whether what ended the text is that it is none.
    #[must_use]
    pub fn is_broken(&self) -> bool {
        matches!(self.ended, Some(End::NotText))
    }

    /// Whether the text ended where its file could not be read on.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        matches!(self.ended, Some(End::Trouble(_)))
    }

    /// Where what is held is to begin, so that what follows it is as far from the
    /// beginning of a page in memory as in the file: else it takes longer to copy.
    fn start_for(&self, held: usize) -> usize {
        let page = self.room.as_ptr().align_offset(PAGE).min(PAGE);
        (page + self.passed % PAGE + PAGE - held % PAGE) % PAGE
    }

    fn load(&mut self, wanted: usize) {
        let until = self.loaded + wanted;
        if self.room.len() < until {
            self.room.resize(until, 0);
        }
        let from = self.loaded;
        while self.ended.is_none() && self.loaded < until {
            let Some(free) = self.room.get_mut(self.loaded..until) else { break };
            match self.reader.read(free) {
                Ok(0) => self.ended = Some(End::Whole),
                Ok(more) => self.loaded += more,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.ended = Some(End::Trouble(read::io_error(&self.file, &error)));
                }
            }
        }
        self.passed = self.passed.wrapping_add(self.loaded - from);
        self.lines.add(self.room.get(from..self.loaded).unwrap_or_default());
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn window(content: &[u8], value_bytes: u64) -> (tempfile::TempDir, Window) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        std::fs::write(&path, content).unwrap();
        let file = FileRef { display: "log".into(), path };
        let limits = Limits { value_bytes, ..Limits::default() };
        let window = Window::open(&file, &limits).unwrap();
        (folder, window)
    }

    /// What passes by in steps of `step` bytes, and how it ended.
    fn passing(content: &[u8], step: usize) -> (Vec<u8>, u64, End) {
        let (_folder, mut window) = window(content, 4 << 20);
        let mut seen = Vec::new();
        loop {
            let count = step.min(window.bytes().len());
            seen.extend_from_slice(&window.bytes()[..count]);
            window.pass(count);
            if window.bytes().is_empty() && !window.grow() {
                break;
            }
        }
        let (lines, end) = window.finish();
        (seen, lines, end)
    }

    #[test]
    fn all_text_passes_by_in_any_steps() {
        let text = "é\n\nab".repeat(700_000);
        for step in [1 << 19, 1 << 20, 3_000_001] {
            // Steps end between characters, as values do.
            let step = text.floor_char_boundary(step);
            let (seen, lines, end) = passing(text.as_bytes(), step);
            assert!(seen == text.as_bytes());
            assert_eq!(lines, 700_001);
            assert!(matches!(end, End::Whole));
        }
    }

    #[test]
    fn a_mark_is_no_text_and_compressed_text_is_text() {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(b"\xEF\xBB\xBF\nab\r\n").unwrap();
        let (seen, lines, end) = passing(&gzip.finish().unwrap(), 2);
        assert_eq!((seen.as_slice(), lines), (&b"\nab\r\n"[..], 1));
        assert!(matches!(end, End::Whole));
    }

    #[test]
    fn text_ends_where_it_is_none_and_lines_are_counted_all_the_same() {
        for broken in [&b"ab\xFF\ncd"[..], b"ab\xC3"] {
            let (seen, lines, end) = passing(broken, 2);
            assert_eq!(seen, b"ab");
            assert_eq!(lines, broken.split(|byte| *byte == b'\n').count() as u64);
            assert!(matches!(end, End::NotText));
        }
    }

    #[test]
    fn what_is_held_is_bounded_and_what_was_let_go_is_not_counted() {
        let (_folder, mut held) = window(&[b'x'; 5 << 20], 2 << 20);
        while held.grow() {}
        assert!(held.is_stopped());
        let (_, End::Trouble(error)) = held.finish() else { panic!("it is too long") };
        assert!(error.to_string().contains("2097152 bytes"), "{error}");

        let (_folder, mut passed) = window(&[b'x'; 5 << 20], 2 << 20);
        loop {
            passed.pass(1 << 20);
            if !passed.grow() && passed.bytes().is_empty() {
                break;
            }
        }
        assert!(matches!(passed.finish(), (1, End::Whole)));
    }

    #[test]
    fn what_a_damaged_file_still_gives_passes_by() {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        for number in 0..200_000 {
            writeln!(gzip, "{number}").unwrap();
        }
        let mut bytes = gzip.finish().unwrap();
        bytes.truncate(bytes.len() / 2);
        let (seen, _, end) = passing(&bytes, 1 << 16);
        assert!(seen.len() > 100_000 && seen.starts_with(b"0\n1\n"));
        assert!(matches!(end, End::Trouble(_)));
    }
}
