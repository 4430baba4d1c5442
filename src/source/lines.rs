//! Logs in blocks of whole lines.
//!
//! Memory is bounded by one block plus one line, whatever the file is: a line
//! that is longer than the limit is skipped without being held, counted, and its
//! number kept.

use std::io::{self, Read};

use super::{
    error::SourceError,
    files::FileRef,
    limits::Limits,
    read::{self, Bounded, Compression},
};

/// Bytes asked for at a time.
const BLOCK: usize = 1 << 20;

/// Numbers of overlong lines that are kept; further ones are only counted.
const KEPT: usize = 20;

/// Whole lines of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// Number of the first line, from 1.
    pub first_line: u64,
    /// The lines with their ends; the last line of a file may have none.
    pub bytes: Vec<u8>,
}

impl Block {
    /// Each line that is not empty, with its number and without its end.
    pub fn lines(&self) -> impl Iterator<Item = (u64, &[u8])> {
        (self.first_line..)
            .zip(self.bytes.split(|byte| *byte == b'\n'))
            .map(|(number, line)| (number, line.strip_suffix(b"\r").unwrap_or(line)))
            .filter(|(_, line)| !line.is_empty())
    }
}

/// Lines that were skipped because they are too long.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Overlong {
    /// How many.
    pub count: u64,
    /// The numbers of the first of them.
    pub lines: Vec<u64>,
}

/// Reads a log block by block; plain, gzip or zstd by its first bytes.
pub struct LineBlocks {
    file: FileRef,
    reader: Box<dyn Read + Send>,
    pending: Vec<u8>,
    line: u64,
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
        let handle = read::open(file)?;
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
            pending: Vec::new(),
            line: 1,
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

    fn skip_line(&mut self) {
        self.overlong.count += 1;
        if self.overlong.lines.len() < KEPT {
            self.overlong.lines.push(self.line);
        }
    }

    /// Reads more behind `pending`; the number of new bytes. What came before
    /// trouble still counts.
    fn fill(&mut self) -> usize {
        let wanted = BLOCK.min(self.line_bytes) as u64;
        let before = self.pending.len();
        if let Err(error) = self.reader.by_ref().take(wanted).read_to_end(&mut self.pending) {
            self.trouble = Some(read::io_error(&self.file, &error));
        }
        self.pending.len() - before
    }

    /// Takes the whole lines off `pending`, as one block that no overlong line
    /// interrupts.
    fn take_lines(&mut self, at_end: bool) -> Option<Block> {
        loop {
            let first = memchr::memchr(b'\n', &self.pending);
            if self.skipping {
                let gone = first.map_or(self.pending.len(), |newline| newline + 1);
                self.pending.drain(..gone);
                self.skipping = first.is_none();
                self.line += u64::from(first.is_some());
                if self.skipping {
                    return None;
                }
                continue;
            }
            let length = first.unwrap_or(self.pending.len());
            if length > self.line_bytes {
                self.skip_line();
                self.skipping = true;
                continue;
            }
            let end = match memchr::memrchr(b'\n', &self.pending) {
                Some(_) if at_end => self.pending.len(),
                Some(newline) => newline + 1,
                None if at_end && !self.pending.is_empty() => self.pending.len(),
                None => return None,
            };
            let rest = self.pending.split_off(end);
            let bytes = std::mem::replace(&mut self.pending, rest);
            let newlines = memchr::memchr_iter(b'\n', &bytes).count() as u64;
            let unfinished = u64::from(bytes.last() != Some(&b'\n'));
            let first_line = self.line;
            self.line += newlines + unfinished;
            return Some(Block { first_line, bytes });
        }
    }
}

impl Iterator for LineBlocks {
    type Item = Result<Block, SourceError>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.done {
            if let Some(error) = self.trouble.take() {
                self.done = true;
                return Some(Err(error));
            }
            let at_end = self.fill() == 0 && self.trouble.is_none();
            let block = self.take_lines(at_end);
            if at_end {
                self.done = true;
                // A skipped line that the file ends in is a line, too.
                self.line += u64::from(std::mem::take(&mut self.skipping));
            }
            if let Some(block) = block {
                return Some(Ok(block));
            }
        }
        None
    }
}
