//! AWS CloudTrail: the files that a trail leaves in S3 (`{"Records": […]}`), what
//! `aws cloudtrail lookup-events` prints (each event as text within JSON), and one
//! record a line, as exports of CloudTrail Lake and Athena and the bodies of
//! EventBridge have them.
//!
//! A call counts under each IAM right that it needed, by the names in
//! `rubric/logs/cloudtrail.yaml`, for the principal whose rights were used: a session
//! is its role. Refused calls are no use; those that failed afterwards are one where
//! only who may call learns the error. An event that stands in several files is known
//! again by its id and counts once.
//!
//! Records as CloudTrail writes them are read quickly, and known kinds of them counted by
//! a look-up; any other way in which they may stand is left to serde_json, and comes to
//! the same.

mod begun;
mod document;
mod held;
mod identity;
mod kept;
mod memo;
mod names;
mod outcome;
mod quick;
mod reader;
mod recognise;
mod record;
mod records;
mod rights;
mod sessions;
#[cfg(test)]
mod tests;

use super::{
    ActivityBuilder, Format,
    builder::PlaneBuilder,
    trouble::{Found, record, stopped},
};
use crate::{
    model::{capability::Plane, coverage::SourceRecord, location::Location},
    source::{
        blocks::{Blocks, Ended},
        error::{ErrorKind, SourceError},
        files::FileRef,
        limits::Limits,
        lines::Buffer,
        read,
    },
};
pub(super) use held::Held;
pub(super) use memo::Memo;
use reader::Reader;
use recognise::Shape;
pub(super) use recognise::is_service;
use records::Records;

/// The entry in the registry.
pub(super) const FORMAT: Format =
    Format { kind: KIND, recognise: |head| recognise::shape(head).is_some(), read: read_file };

const KIND: &str = "cloudtrail";

fn read_file(file: &FileRef, builder: &mut ActivityBuilder, limits: &Limits) -> SourceRecord {
    let (plane, trouble) = match read_events(file, builder, limits) {
        Ok(found) => found,
        Err(error) => stopped(PlaneBuilder::new(builder.caps()), error),
    };
    let record = record(KIND, file, &plane, trouble.as_ref());
    builder.absorb_file(file, Plane::Aws, plane);
    record
}

fn read_events(
    file: &FileRef,
    builder: &mut ActivityBuilder,
    limits: &Limits,
) -> Result<Found, SourceError> {
    let names = names::embedded().map_err(|error| {
        let location = Location::file(file.display.clone());
        SourceError::new(
            ErrorKind::Syntax,
            location,
            format!("rubric/logs/cloudtrail.yaml: {error}"),
        )
    })?;
    let plane = PlaneBuilder::new(builder.caps());
    let (shared, memo) = builder.trail();
    let mut records = Records::new(Reader::new(plane, shared, names, file.display.clone()), memo);
    // Where nothing tells, the reader of documents says what is wrong.
    if read::head(file).is_ok_and(|head| recognise::shape(&head) != Some(Shape::Lines)) {
        return Ok(document::read(file, records, limits));
    }
    let blocks = Blocks::open(file, limits)?;
    let mut buffer = Buffer::default();
    while blocks.next_into(&mut buffer) {
        records.lines(buffer.bytes(), buffer.first_line());
    }
    let Ended { lines, overlong, trouble } = blocks.ended();
    let mut plane = records.into_builder();
    plane.overlong(&overlong, &file.display);
    let summary = plane.summary_mut();
    summary.lines = lines;
    summary.files = 1;
    Ok(match trouble {
        Some(error) => stopped(plane, error),
        None => (plane, None),
    })
}
