//! Bytes of one file: bounded, and decompressed where it is gzip or zstd.
//!
//! Of a log they are in UTF-8 where it is text in UTF-16. Of anything else they stay as they
//! are: what a client makes of settings in UTF-16 is not known.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
    sync::Arc,
};

use sha2::{Digest, Sha256};

use super::{
    Document, Outcome, SyntaxHint,
    error::{ErrorKind, SourceError, io_reason},
    files::FileRef,
    limits::Limits,
    parse_each,
    utf16::{self, Utf8},
};
use crate::model::location::Location;

/// A file that was read whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// Its bytes, decompressed.
    pub bytes: Vec<u8>,
    /// `sha256:…` of the file as it lies on disk.
    pub digest: String,
}

/// Reads a file whole.
///
/// # Errors
/// It cannot be opened or read, is damaged, or is larger than
/// [`Limits::file_bytes`] before or after decompression.
pub fn read(file: &FileRef, limits: &Limits) -> Result<Content, SourceError> {
    read_as(Text::AsItIs, file, limits)
}

/// The same of a log: its text is in UTF-8 where the file has it in UTF-16.
///
/// # Errors
/// As [`read`].
pub fn read_log(file: &FileRef, limits: &Limits) -> Result<Content, SourceError> {
    read_as(Text::InUtf8, file, limits)
}

/// How text comes out of a file.
#[derive(Debug, Clone, Copy)]
enum Text {
    AsItIs,
    InUtf8,
}

fn read_as(text: Text, file: &FileRef, limits: &Limits) -> Result<Content, SourceError> {
    let handle = open_whole(file)?;
    let length = handle.length;
    let mut hashing = Hashing { inner: handle, hash: Sha256::new() };
    let bytes =
        read_bounded(text, &mut hashing, length, limits).map_err(|error| io_error(file, &error))?;
    io::copy(&mut hashing, &mut io::sink()).map_err(|error| io_error(file, &error))?;
    Ok(Content { bytes, digest: format!("sha256:{}", hex(&hashing.hash.finalize())) })
}

/// Reads a file and hands over its documents; the digest is that of the file.
///
/// # Errors
/// As [`read`]; what is wrong within the text is in the outcome.
pub fn read_documents(
    file: &FileRef,
    limits: &Limits,
    each: &mut dyn FnMut(Document),
) -> Result<(Outcome, String), SourceError> {
    let content = read(file, limits)?;
    let hint = SyntaxHint::of_path(&file.display);
    Ok((parse_each(&file.display, &content.bytes, hint, limits, each), content.digest))
}

/// The first bytes of a file, decompressed and in UTF-8: enough to tell what it is.
///
/// # Errors
/// It cannot be opened, or is damaged from its start.
pub fn head(file: &FileRef) -> Result<Vec<u8>, SourceError> {
    const ENOUGH: u64 = 64 << 10;
    let mut bytes = Vec::new();
    let failed = |error: io::Error| io_error(file, &error);
    let (_, reader) = decompressed(open(file)?).map_err(failed)?;
    // A stream that is cut off later still shows what it is.
    match reader.take(ENOUGH).read_to_end(&mut bytes) {
        Err(error) if bytes.is_empty() => Err(failed(error)),
        Ok(_) | Err(_) => Ok(bytes),
    }
}

/// Hex SHA-256 of a file as it lies on disk, without holding it.
///
/// # Errors
/// It cannot be opened or read, or is larger than [`Limits::file_bytes`].
pub fn sha256_of(file: &FileRef, limits: &Limits) -> Result<String, SourceError> {
    let bounded = Bounded::new(open(file)?, limits.file_bytes);
    let mut hashing = Hashing { inner: bounded, hash: Sha256::new() };
    io::copy(&mut hashing, &mut io::sink()).map_err(|error| io_error(file, &error))?;
    Ok(hex(&hashing.hash.finalize()))
}

/// `sha256:…` of bytes.
#[must_use]
pub fn digest(bytes: &[u8]) -> String {
    digest_of(&[bytes])
}

/// `sha256:…` of parts, as if they stood in one row.
#[must_use]
pub fn digest_of(parts: &[&[u8]]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part);
    }
    format!("sha256:{}", hex(&hash.finalize()))
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| char::from(DIGITS.get(usize::from(nibble)).copied().unwrap_or(b'0'));
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// Opens a regular file that is read from its beginning to its end.
pub(super) fn open_whole(file: &FileRef) -> Result<Whole, SourceError> {
    let inner = open(file)?;
    let length = inner.metadata().map_or(0, |metadata| metadata.len());
    Ok(Whole { inner, passed: 0, length })
}

/// A file that is missed aloud where it ends before the place at which it ended when it
/// was opened: a log that is rotated by truncating it.
pub(super) struct Whole {
    inner: File,
    passed: u64,
    length: u64,
}

impl Read for Whole {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.passed += read as u64;
        if read == 0 && !buffer.is_empty() && self.passed < self.length {
            return Err(io::Error::other(Shrunk { was: self.length, now: self.passed }));
        }
        Ok(read)
    }
}

/// A file became shorter while it was read.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("it had {was} bytes and was cut to {now} while it was read")]
pub(super) struct Shrunk {
    pub(super) was: u64,
    pub(super) now: u64,
}

impl Shrunk {
    /// The same, of a file.
    pub(super) fn of(self, file: &FileRef) -> SourceError {
        let location = Location::file(file.display.clone());
        SourceError::new(ErrorKind::Truncated, location, self.to_string())
    }
}

/// Opens a regular file; a pipe would wait for its writer without end.
pub(super) fn open(file: &FileRef) -> Result<File, SourceError> {
    let regular = |path: &Path| {
        if std::fs::metadata(path)?.is_file() {
            File::open(path)
        } else {
            Err(io::Error::other("it is not a file"))
        }
    };
    regular(&file.path).map_err(|error| io_error(file, &error))
}

pub(super) fn io_error(file: &FileRef, error: &io::Error) -> SourceError {
    let inner = error.get_ref();
    if let Some(shrunk) = inner.and_then(|inner| inner.downcast_ref::<Shrunk>()) {
        return shrunk.of(file);
    }
    let location = Location::file(file.display.clone());
    match inner.and_then(|inner| inner.downcast_ref::<TooLarge>()) {
        Some(too_large) => SourceError::new(ErrorKind::Limit, location, too_large.to_string()),
        None => SourceError::new(
            ErrorKind::Io,
            location,
            format!("cannot be read: {}", io_reason(error)),
        ),
    }
}

fn read_bounded<R: Read + Send>(
    text: Text,
    file: &mut R,
    length: u64,
    limits: &Limits,
) -> io::Result<Vec<u8>> {
    if length > limits.file_bytes {
        return Err(io::Error::other(TooLarge(limits.file_bytes)));
    }
    let (compression, reader) = opened(text, file)?;
    let mut bytes = Vec::new();
    if compression == Compression::None {
        // One more, to see the end without growing.
        bytes.reserve(usize::try_from(length).unwrap_or(0).saturating_add(1));
    }
    Bounded::new(reader, limits.file_bytes).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// How a file is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Compression {
    None,
    Gzip,
    Zstd,
}

/// The plain bytes of a log, whatever its first bytes say it is; text in UTF-16 is
/// decoded, also where it was compressed.
pub(super) fn decompressed<'r, R: Read + Send + 'r>(
    reader: R,
) -> io::Result<(Compression, Box<dyn Read + Send + 'r>)> {
    opened(Text::InUtf8, reader)
}

fn opened<'r, R: Read + Send + 'r>(
    text: Text,
    mut reader: R,
) -> io::Result<(Compression, Box<dyn Read + Send + 'r>)> {
    let mut head = Vec::with_capacity(HEAD);
    reader.by_ref().take(HEAD as u64).read_to_end(&mut head)?;
    let compression = compression_of(&head);
    let whole = io::Cursor::new(head).chain(reader);
    let plain: Box<dyn Read + Send + 'r> = match compression {
        Compression::None => Box::new(whole),
        Compression::Gzip => Box::new(flate2::read::MultiGzDecoder::new(whole)),
        Compression::Zstd => Box::new(zstd::stream::read::Decoder::new(whole)?),
    };
    Ok(match text {
        Text::AsItIs => (compression, plain),
        Text::InUtf8 => (compression, Box::new(Utf8::new(plain))),
    })
}

/// Why compressed bytes could not be inflated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Uninflated {
    /// They end too soon.
    #[error("it ends too soon")]
    CutOff,
    /// They break the rules of their compression.
    #[error("it is damaged")]
    Damaged,
    /// More comes out of them than is allowed.
    #[error("more comes out of it than is read")]
    TooLarge,
}

/// What bytes hold that a value stands for, where they are gzip or zstd; none where they
/// are neither.
///
/// # Errors
/// They cannot be inflated to their end, or hold more than `limit` bytes.
pub fn inflated(bytes: &[u8], limit: u64) -> Result<Option<Vec<u8>>, Uninflated> {
    if !is_compressed(bytes) {
        return Ok(None);
    }
    let told = |error: &io::Error| match error.get_ref() {
        Some(inner) if inner.is::<TooLarge>() => Uninflated::TooLarge,
        _ if error.kind() == io::ErrorKind::UnexpectedEof => Uninflated::CutOff,
        _ => Uninflated::Damaged,
    };
    let mut plain = Vec::new();
    let (_, reader) = decompressed(bytes).map_err(|error| told(&error))?;
    Bounded::new(reader, limit).read_to_end(&mut plain).map_err(|error| told(&error))?;
    Ok(Some(plain))
}

fn compression_of(head: &[u8]) -> Compression {
    match head {
        [0x1F, 0x8B, ..] => Compression::Gzip,
        [0x28, 0xB5, 0x2F, 0xFD, ..] => Compression::Zstd,
        _ => Compression::None,
    }
}

/// The text that a file stands for, where that has other bytes than the file: places in it
/// are then none of the file.
#[must_use]
pub fn text_within(file: &FileRef) -> Option<&'static str> {
    let mut head = Vec::with_capacity(HEAD);
    let read = open(file).map(|handle| handle.take(HEAD as u64).read_to_end(&mut head));
    match read {
        Ok(Ok(_)) if is_compressed(&head) => Some("the inflated text"),
        Ok(Ok(_)) if is_coded(&head) => Some("the text in UTF-8"),
        Ok(Ok(_) | Err(_)) | Err(_) => None,
    }
}

/// First bytes of a file that tell how it stands for its text.
pub(super) const HEAD: usize = utf16::HEAD;

/// Whether what has these first bytes is gzip or zstd.
#[must_use]
pub fn is_compressed(head: &[u8]) -> bool {
    compression_of(head) != Compression::None
}

/// Whether the text that a file with these first bytes stands for has other bytes.
pub(super) fn is_coded(head: &[u8]) -> bool {
    is_compressed(head) || utf16::order_of(head).is_some()
}

/// More came out of a file than is allowed.
#[derive(Debug, thiserror::Error)]
#[error("larger than {0} bytes")]
struct TooLarge(u64);

/// Refuses to go beyond a number of bytes.
pub(super) struct Bounded<R> {
    inner: R,
    left: u64,
    limit: u64,
}

impl<R: Read> Bounded<R> {
    pub(super) fn new(inner: R, limit: u64) -> Self {
        Self { inner, left: limit, limit }
    }
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        match self.left.checked_sub(read as u64) {
            Some(left) => self.left = left,
            None => return Err(io::Error::other(TooLarge(self.limit))),
        }
        Ok(read)
    }
}

/// Hashes what passes through.
struct Hashing<R> {
    inner: R,
    hash: Sha256,
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.hash.update(buffer.get(..read).unwrap_or_default());
        Ok(read)
    }
}

impl From<&str> for FileRef {
    /// A path that is shown as it is.
    fn from(path: &str) -> Self {
        Self { display: Arc::from(path), path: path.into() }
    }
}
