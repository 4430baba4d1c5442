//! Logs of agents, their clients and gateways: which tools were called, and what people
//! decided about it.
//!
//! A format turns the values of a file ([`layout`]) into rows ([`sink::Sink`]); the
//! driver here opens, counts and places whatever is no entry. Rows that tell of one call
//! are united by their ids when all files were read.
//!
//! Contract: of what a tool was given and what it answered, nothing is kept but a
//! digest, words that name objects, and ids of requests ([`words`]).

pub(super) mod agent_audit_trail;
pub(super) mod cagent;
pub(super) mod claude_transcript;
mod client_events;
pub(super) mod codex_rollout;
pub(super) mod contextforge;
mod decisions;
mod digest;
mod fields;
pub(super) mod gemini_outfile;
mod held;
pub(super) mod holmes;
pub(super) mod kagent;
pub(super) mod langfuse;
pub(super) mod langsmith;
mod layout;
pub(super) mod mapping;
pub(super) mod openai_traces;
pub(super) mod otlp;
pub(super) mod own;
mod recognise;
mod sink;
#[cfg(test)]
mod tests;
mod words;

pub(super) use held::{Held, Kind, Marks};

use super::{
    ActivityBuilder,
    trouble::{defect_of, record, stopped},
    unique::Unique,
};
use crate::{
    model::{activity::Defect, capability::Plane, coverage::SourceRecord},
    source::{files::FileRef, limits::Limits},
};
use serde_json::{Value, error::Category};
use sink::Sink;

/// Reads the entries of one format, in the order of their file.
trait Entries {
    /// Members of an object that hold its entries, where a file is one object around
    /// them all.
    const LISTS: &'static [&'static str] = &[];

    /// Reads one value of the file.
    ///
    /// # Errors
    /// Why it is no entry.
    fn entry(&mut self, text: &str, to: &mut Sink) -> Result<(), NoEntry>;

    /// Tells what only the end of the file tells.
    fn end(&mut self, _to: &mut Sink) {}
}

/// Why a value is no entry.
#[derive(Debug, Clone, PartialEq, Eq)]
enum NoEntry {
    /// It should be one.
    Defect(Defect),
    /// It should be one, and this is wrong with it.
    Wrong(String),
    /// It is of something else that shares the file.
    Foreign,
}

/// The object that text holds.
///
/// # Errors
/// It holds none, or one that has a member twice.
fn object(text: &str) -> Result<Value, NoEntry> {
    match serde_json::from_str(text) {
        Ok(Unique(value @ Value::Object(_))) => Ok(value),
        Ok(Unique(_)) => Err(NoEntry::Defect(Defect::NotAnEvent)),
        Err(error) => Err(match (defect_of(text, &error), error.classify()) {
            (Defect::NotAnEvent, Category::Data) => NoEntry::Wrong(error.to_string()),
            (defect, _) => NoEntry::Defect(defect),
        }),
    }
}

/// Reads a file to its end.
fn read<E: Entries>(
    kind: &'static str,
    mut entries: E,
    file: &FileRef,
    builder: &mut ActivityBuilder,
    limits: &Limits,
) -> SourceRecord {
    let mut sink = Sink::new(kind, file, builder.caps());
    let trouble = layout::each(file, limits, E::LISTS, &mut sink, |text, sink| {
        if let Err(why) = entries.entry(text, sink) {
            sink.refuse(why);
        }
    });
    entries.end(&mut sink);
    sink.file();
    let (plane, records, problem) = sink.finish();
    let (plane, trouble) = match trouble {
        Some(error) => stopped(plane, error),
        None => (plane, None),
    };
    let mut told = record(kind, file, &plane, trouble.as_ref());
    told.add_reason(problem);
    builder.absorb_file(file, Plane::Mcp, plane);
    builder.absorb_records(records);
    told
}
