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

mod document;
mod held;
mod identity;
mod names;
mod outcome;
mod reader;
mod recognise;
mod record;
mod rights;
#[cfg(test)]
mod tests;

use super::{
    ActivityBuilder, Format,
    builder::PlaneBuilder,
    trouble::{Found, record, stopped},
};
use crate::{
    model::{activity::Defect, capability::Plane, coverage::SourceRecord, location::Location},
    source::{
        error::{ErrorKind, SourceError},
        files::FileRef,
        limits::Limits,
        lines::LineBlocks,
    },
};
pub(super) use held::Held;
use reader::Reader;
use recognise::Shape;

/// The entry in the registry.
pub(super) const FORMAT: Format =
    Format { kind: KIND, recognise: |head| recognise::shape(head).is_some(), read };

const KIND: &str = "cloudtrail";

fn read(file: &FileRef, builder: &mut ActivityBuilder, limits: &Limits) -> SourceRecord {
    let (plane, trouble) = match read_events(file, builder, limits) {
        Ok(found) => found,
        Err(error) => stopped(PlaneBuilder::new(builder.caps()), error),
    };
    let record = record(KIND, file, &plane, trouble.as_ref());
    builder.absorb(Plane::Aws, plane);
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
    let caps = builder.caps();
    let reader = Reader::new(PlaneBuilder::new(caps), builder.seen(), names, file.display.clone());
    let mut blocks = LineBlocks::open(file, limits)?;
    let first = match blocks.next() {
        Some(Ok(block)) => Some(block),
        Some(Err(error)) => return Ok(stopped(reader.into_builder(), error)),
        None => None,
    };
    let head = first.as_ref().map_or(&[][..], |block| &block.bytes);
    if recognise::shape(head) != Some(Shape::Lines) {
        return Ok(document::read(file, reader, limits));
    }
    let mut reader = reader;
    let mut trouble = None;
    for block in first.into_iter().map(Ok).chain(blocks.by_ref()) {
        match block {
            Ok(block) => {
                for (at, line) in block.lines() {
                    match std::str::from_utf8(line) {
                        Ok(line) => reader.line(line, at),
                        Err(_) => reader.defect(Defect::NotUtf8, at),
                    }
                }
            }
            Err(error) => {
                trouble = Some(error);
                break;
            }
        }
    }
    let mut plane = reader.into_builder();
    plane.overlong(blocks.overlong(), &file.display);
    let summary = plane.summary_mut();
    summary.lines = blocks.lines_passed();
    summary.files = 1;
    Ok(match trouble {
        Some(error) => stopped(plane, error),
        None => (plane, None),
    })
}
