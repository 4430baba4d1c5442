//! Audit events that are laid out over many lines, or in one that is too long for a log:
//! an `EventList`, an array of events, or several such values.
//!
//! This is no log as a server writes it, but an extract that a person made, so
//! it is read whole, within a bound of its own.

use serde_json::value::RawValue;

use super::reader::Reader;
use crate::{
    model::activity::Defect,
    scan::activity::{
        builder::{Caps, PlaneBuilder},
        trouble::{Found, LineCounter, defect_of, not_text, stopped},
    },
    source::{error::SourceError, files::FileRef, limits::Limits, read},
};

/// Larger extracts are better written one event a line.
const DOCUMENT_BYTES: u64 = 64 << 20;

/// Reads a file whole.
pub(super) fn read(file: &FileRef, caps: Caps, limits: &Limits) -> Result<Found, SourceError> {
    let limits = Limits { file_bytes: limits.file_bytes.min(DOCUMENT_BYTES), ..limits.clone() };
    let content = match read::read_log(file, &limits) {
        Ok(content) => content,
        Err(error) => return Ok(stopped(PlaneBuilder::new(caps), error)),
    };
    let mut reader = Reader::new(PlaneBuilder::new(caps), file.display.clone());
    let bytes = content.bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&content.bytes);
    let mut cut_short = 0;
    match std::str::from_utf8(bytes) {
        Ok(text) => {
            let before = content.bytes.len() - bytes.len();
            cut_short = u64::from(!values(text, before, &mut reader));
        }
        Err(error) => {
            reader.defect(Defect::NotUtf8, not_text(&content.bytes, bytes, &error));
            cut_short += 1;
        }
    }
    let mut builder = reader.into_builder();
    let summary = builder.summary_mut();
    summary.lines =
        bytes.split(|&byte| byte == b'\n').filter(|line| !line.is_empty()).count() as u64;
    summary.files = 1;
    summary.files_cut_short = cut_short;
    Ok((builder, None))
}

/// Reads value after value; false where it had to stop before the end.
fn values(text: &str, before: usize, reader: &mut Reader) -> bool {
    let mut lines = LineCounter::new(text, before);
    let values = serde_json::Deserializer::from_str(text).into_iter::<&RawValue>();
    for value in values {
        let value = match value {
            Ok(value) => value,
            Err(error) => {
                reader.defect(defect_of(text, &error), lines.of_error(text, &error));
                return false;
            }
        };
        let line = lines.of(value);
        reader.value(value.get(), line, |item| lines.of_text(item));
    }
    true
}
