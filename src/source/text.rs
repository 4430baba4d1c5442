//! Bytes to text, and byte offsets to places.

use std::sync::Arc;

use super::{
    error::{ErrorKind, SourceError},
    node::Place,
};
use crate::model::location::Location;

/// The text of a file without its byte order mark.
///
/// # Errors
/// UTF-16, NUL bytes and anything else that is not UTF-8, at its place.
pub fn decode<'a>(file: &Arc<str>, bytes: &'a [u8]) -> Result<&'a str, SourceError> {
    let start = Location::at(file.clone(), 1, 1);
    if is_utf16(bytes) {
        return Err(SourceError::new(ErrorKind::Encoding, start, "the text is UTF-16, not UTF-8")
            .with_way_out("save it as UTF-8 (PowerShell: `Out-File -Encoding utf8`)"));
    }
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(_) if bytes.contains(&0) => {
            return Err(SourceError::new(ErrorKind::Binary, start, "binary, not text"));
        }
        Err(error) => {
            let good = bytes.get(..error.valid_up_to()).unwrap_or_default();
            let good = std::str::from_utf8(good).unwrap_or_default();
            let place = PlaceCursor::new(good).place(good.len());
            return Err(SourceError::new(ErrorKind::Encoding, place.location(file), "not UTF-8")
                .with_way_out("save the file as UTF-8"));
        }
    };
    if let Some(offset) = memchr::memchr(0, bytes) {
        let place = PlaceCursor::new(text).place(offset);
        return Err(SourceError::new(
            ErrorKind::Binary,
            place.location(file),
            "a NUL byte: binary, not text",
        ));
    }
    Ok(text)
}

fn is_utf16(bytes: &[u8]) -> bool {
    matches!(bytes, [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..])
        || matches!(bytes, [low, 0, next, 0, ..] if *low != 0 && *next != 0)
        || matches!(bytes, [0, high, 0, next, ..] if *high != 0 && *next != 0)
}

/// Turns byte offsets into places in one pass, as long as they grow.
#[derive(Debug, Clone)]
pub(super) struct PlaceCursor<'a> {
    text: &'a str,
    offset: usize,
    place: Place,
}

impl<'a> PlaceCursor<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, offset: 0, place: Place { line: 1, column: 1 } }
    }

    /// The place of a byte offset; one beyond the end is the end.
    pub(super) fn place(&mut self, offset: usize) -> Place {
        let offset = offset.min(self.text.len());
        if offset < self.offset {
            *self = Self::new(self.text);
        }
        let passed = self.text.as_bytes().get(self.offset..offset).unwrap_or_default();
        let mut line_start = 0;
        for newline in memchr::memchr_iter(b'\n', passed) {
            self.place.line = self.place.line.saturating_add(1);
            self.place.column = 1;
            line_start = newline + 1;
        }
        let rest = passed.get(line_start..).unwrap_or_default();
        let characters = rest.iter().filter(|byte| (**byte as i8) >= -0x40).count();
        let characters = u32::try_from(characters).unwrap_or(u32::MAX);
        self.place.column = self.place.column.saturating_add(characters);
        self.offset = offset;
        self.place
    }
}
