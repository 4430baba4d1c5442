//! A file as one stream of bytes, for values that do not end at line ends.
//!
//! Whoever parses it holds one value at a time and says when it let go of it
//! ([`Place::release`]); a value that is longer than the limit ends the stream with an
//! error, so memory stays bounded whatever the file is.

use std::{
    cell::Cell,
    io::{self, BufRead, BufReader, Read},
    rc::Rc,
};

use super::{
    error::{ErrorKind, SourceError},
    files::FileRef,
    limits::Limits,
    read::{self, Bounded, Compression},
};
use crate::model::location::{Location, TextStart};

/// The bytes of a file, decompressed, without a byte order mark.
pub struct Stream {
    inner: BufReader<Box<dyn Read + Send>>,
    place: Rc<Place>,
}

/// How far a stream was read.
#[derive(Debug)]
pub struct Place {
    newlines: Cell<u64>,
    bytes: Cell<u64>,
    held: Cell<u64>,
    limit: u64,
}

impl Place {
    /// The line that reading stands at, from 1.
    #[must_use]
    pub fn line(&self) -> u64 {
        self.newlines.get() + 1
    }

    /// Where a value begins that was just read to its end: this text.
    #[must_use]
    pub fn start_of(&self, value: &str) -> TextStart {
        let newlines = memchr::memchr_iter(b'\n', value.as_bytes()).count() as u64;
        TextStart {
            line: self.line().saturating_sub(newlines),
            byte: Some(self.bytes.get().saturating_sub(value.len() as u64)),
        }
    }

    /// What was read until now is no longer held.
    pub fn release(&self) {
        self.held.set(0);
    }
}

/// A value is longer than may be held.
#[derive(Debug, thiserror::Error)]
#[error("it holds a value of more than {0} bytes")]
struct TooLong(u64);

impl Stream {
    /// Opens a file.
    ///
    /// # Errors
    /// It cannot be opened, or its first bytes cannot be read.
    pub fn open(file: &FileRef, limits: &Limits) -> Result<Self, SourceError> {
        let failed = |error: io::Error| read::io_error(file, &error);
        let (compression, reader) = read::decompressed(read::open_whole(file)?).map_err(failed)?;
        let limit = match compression {
            Compression::None => u64::MAX,
            Compression::Gzip | Compression::Zstd => limits.decompressed_bytes,
        };
        let bounded: Box<dyn Read + Send> = Box::new(Bounded::new(reader, limit));
        let mut inner = BufReader::with_capacity(256 << 10, bounded);
        let mut passed = 0;
        if inner.fill_buf().map_err(failed)?.starts_with(b"\xEF\xBB\xBF") {
            passed = 3;
            inner.consume(passed);
        }
        let place = Place {
            newlines: Cell::new(0),
            bytes: Cell::new(passed as u64),
            held: Cell::new(0),
            limit: limits.value_bytes,
        };
        Ok(Self { inner, place: Rc::new(place) })
    }

    /// How far it was read, also while someone else reads it.
    #[must_use]
    pub fn place(&self) -> Rc<Place> {
        self.place.clone()
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        let bytes = buffer.get(..read).unwrap_or_default();
        let newlines = match bytes {
            [byte] => u64::from(*byte == b'\n'),
            bytes => memchr::memchr_iter(b'\n', bytes).count() as u64,
        };
        self.place.newlines.set(self.place.newlines.get() + newlines);
        self.place.bytes.set(self.place.bytes.get() + read as u64);
        self.place.held.set(self.place.held.get() + read as u64);
        if self.place.held.get() > self.place.limit {
            return Err(io::Error::other(TooLong(self.place.limit)));
        }
        Ok(read)
    }
}

/// What went wrong while a stream was read, where it was not its syntax.
#[must_use]
pub fn trouble(file: &FileRef, error: &io::Error) -> SourceError {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<TooLong>()) {
        Some(TooLong(limit)) => too_long(file, *limit),
        None => read::io_error(file, error),
    }
}

/// A file holds a value of more than `limit` bytes.
pub(super) fn too_long(file: &FileRef, limit: u64) -> SourceError {
    let location = Location::file(file.display.clone());
    SourceError::new(ErrorKind::Limit, location, TooLong(limit).to_string())
        .with_way_out("write one value a line")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream(content: &[u8], value_bytes: u64) -> (tempfile::TempDir, FileRef, Stream) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        std::fs::write(&path, content).unwrap();
        let file = FileRef { display: "log".into(), path };
        let limits = Limits { value_bytes, ..Limits::default() };
        let stream = Stream::open(&file, &limits).unwrap();
        (folder, file, stream)
    }

    #[test]
    fn the_place_is_the_line_that_was_reached() {
        let (_folder, _file, mut stream) = stream(b"\xEF\xBB\xBFa\nb\nc", 100);
        let place = stream.place();
        let mut three = [0; 3];
        stream.read_exact(&mut three).unwrap();
        assert_eq!((&three, place.line()), (b"a\nb", 2));
        let mut rest = Vec::new();
        stream.read_to_end(&mut rest).unwrap();
        assert_eq!((rest.as_slice(), place.line()), (&b"\nc"[..], 3));
        // The mark at the beginning is three bytes of the file.
        assert_eq!(place.start_of("b\nc"), TextStart { line: 2, byte: Some(5) });
    }

    #[test]
    fn what_is_held_is_bounded_and_what_was_let_go_is_not_counted() {
        let (_folder, file, mut stream) = stream(&[b'x'; 40], 16);
        let place = stream.place();
        let mut ten = [0; 10];
        stream.read_exact(&mut ten).unwrap();
        place.release();
        stream.read_exact(&mut ten).unwrap();
        let error = stream.read_exact(&mut ten).unwrap_err();
        assert_eq!(
            trouble(&file, &error).to_string(),
            "log: it holds a value of more than 16 bytes"
        );
    }
}
