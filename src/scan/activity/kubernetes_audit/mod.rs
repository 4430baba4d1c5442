//! The audit log of a Kubernetes API server (`audit.k8s.io`): one JSON event a
//! line as the log backend writes it, `EventList`s as the webhook backend sends
//! them and bare lists, either in a container runtime's wrapping, or a whole document.
//!
//! Each request is counted once, although the log has an event for each of its
//! stages:
//!
//! * `ResponseComplete` and `Panic` end a request; a request has one of them.
//! * `ResponseStarted` exists for long answers (watch, exec, log). It counts only
//!   where the log does not hold the end.
//! * `RequestReceived` comes before authorization, so it is no action. Where
//!   nothing else of a request is there, it is counted as unanswered.

mod document;
mod event;
mod held;
mod lines;
mod memo;
mod outcome;
mod project;
mod quick;
mod reader;
mod recognise;
mod trace;

use std::sync::{Arc, Mutex, PoisonError};

use rayon::iter::{IntoParallelIterator, ParallelIterator};

use super::{
    ActivityBuilder, Format,
    builder::PlaneBuilder,
    framing::{Framing, Unwrapped, Unwrapper},
    trouble::{Found, record, stopped},
};
use crate::{
    model::{activity::Defect, capability::Plane, coverage::SourceRecord},
    source::{
        blocks::{Blocks, Ended},
        error::SourceError,
        files::FileRef,
        limits::Limits,
        lines::Buffer,
        read,
    },
};
pub(super) use held::{Held, events_of};
use reader::Reader;
use recognise::Shape;
pub(super) use trace::only_reads;

/// The entry in the registry.
pub(super) const FORMAT: Format =
    Format { kind: KIND, recognise: |head| recognise::shape(head).is_some(), read: read_log };

const KIND: &str = "kubernetes-audit";

fn read_log(file: &FileRef, builder: &mut ActivityBuilder, limits: &Limits) -> SourceRecord {
    let (plane, trouble) = match read_lines(file, builder, limits) {
        Ok(found) => found,
        Err(error) => (PlaneBuilder::new(builder.caps()), Some(error)),
    };
    let record = record(KIND, file, &plane, trouble.as_ref());
    builder.absorb_file(file, Plane::Kubernetes, plane);
    record
}

fn read_lines(
    file: &FileRef,
    builder: &ActivityBuilder,
    limits: &Limits,
) -> Result<Found, SourceError> {
    let caps = builder.caps();
    let blocks = Blocks::open(file, limits)?;
    let mut first = Buffer::default();
    let any = blocks.next_into(&mut first);
    let head = first.bytes();
    if any && recognise::shape(head) == Some(Shape::Document) {
        return document::read(file, caps, limits);
    }
    // A list may be longer than any line of a log.
    if (!any || first.first_line().line > 1)
        && recognise::begins_list(&read::head(file)?)
        && let (plane, None) = document::read(file, caps, limits)?
    {
        return Ok((plane, None));
    }
    let framing = Framing::of_head(head);

    let log = PlaneBuilder::new(caps);
    let reader = || Reader::new(log.for_other_part(), file.display.clone());
    let mut plane = match framing {
        Framing::Bare => Reader::together(side_by_side(&blocks, first, reader)).unwrap_or(log),
        Framing::Cri | Framing::Docker | Framing::Collected => {
            unwrap_blocks(&blocks, first, framing, reader(), limits.line_bytes).into_builder()
        }
    };
    let Ended { lines, overlong, trouble } = blocks.ended();
    let path = &file.display;
    plane.overlong(&overlong, path);
    plane.summary_mut().lines = lines;
    plane.summary_mut().files = 1;
    Ok(match trouble {
        Some(error) => stopped(plane, error),
        None => (plane, None),
    })
}

/// Reads bare lines, each thread as many blocks as it gets.
fn side_by_side(blocks: &Blocks, first: Buffer, reader: impl Fn() -> Reader + Sync) -> Vec<Reader> {
    let readers = rayon::current_num_threads().min(blocks.readers()).max(1);
    let first = Mutex::new(Some(first));
    (0..readers)
        .into_par_iter()
        .map(|_| {
            let mut reader = reader();
            let first = first.lock().unwrap_or_else(PoisonError::into_inner).take();
            let mut filled = first.is_some();
            let mut buffer = first.unwrap_or_default();
            while filled || blocks.next_into(&mut buffer) {
                filled = false;
                reader.lines(buffer.bytes(), buffer.first_line());
            }
            reader
        })
        .collect()
}

/// Reads wrapped lines in their order, because one event may span several.
fn unwrap_blocks(
    blocks: &Blocks,
    mut buffer: Buffer,
    framing: Framing,
    mut reader: Reader,
    limit: usize,
) -> Reader {
    let mut unwrapper = Unwrapper::new(framing, limit);
    let mut filled = !buffer.bytes().is_empty();
    while filled || blocks.next_into(&mut buffer) {
        filled = false;
        for (at, line) in buffer.lines() {
            match unwrapper.line(at, line) {
                Unwrapped::Nothing => {}
                Unwrapped::Defect(at, defect) => reader.defect(defect, at),
                Unwrapped::Line(begin, text) if recognise::may_be_event(&text) => {
                    reader.line(&text, begin);
                }
                // The server's own messages go to the same place.
                Unwrapped::Line(..) => reader.foreign(),
            }
        }
    }
    for begin in unwrapper.unfinished() {
        reader.defect(Defect::CutOff, begin);
    }
    reader
}

/// The same path for all places of one file.
type Path = Arc<str>;
