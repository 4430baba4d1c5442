//! `gradus schema`: what gradus writes and reads, as JSON Schema (2020-12).
//!
//! Schemas follow from the types. What gradus writes may gain members, so those leave
//! room for more; what it reads is strict, and so are its schemas.

use std::io::Write as _;

use schemars::{JsonSchema, Schema, generate::SchemaSettings};

use super::exit::Exit;
use crate::{
    assess::assessment::Assessment,
    report::activity::ActionRecord,
    scan::activity::{Mapping, record_schema},
    workspace::Workspace,
};

/// What there is a schema of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum SchemaName {
    /// What `-f json` writes.
    Assessment,
    /// A line that `gradus activity export` writes.
    ActivityAction,
    /// A line of gradus' own records of calls, approvals, messages, reversals, reviews, drills,
    /// incidents.
    ActivityRecord,
    /// A file that says how lines of another log become such records.
    Mapping,
    /// `gradus.yaml`.
    Workspace,
}

/// The schema of that name.
#[must_use]
pub fn of(name: SchemaName) -> Schema {
    match name {
        SchemaName::Assessment => written::<Assessment>(),
        SchemaName::ActivityAction => written::<ActionRecord>(),
        SchemaName::ActivityRecord => record_schema(),
        SchemaName::Mapping => Mapping::json_schema(),
        SchemaName::Workspace => Workspace::json_schema(),
    }
}

/// The schema of what is written of a type, which leaves out what is not known.
fn written<T: JsonSchema>() -> Schema {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    settings.into_generator().into_root_schema_for::<T>()
}

/// Writes the schema of that name.
///
/// # Errors
/// When output cannot be written.
pub fn run(name: SchemaName) -> anyhow::Result<Exit> {
    let mut out = anstream::stdout().lock();
    serde_json::to_writer_pretty(&mut out, &of(name))?;
    out.write_all(b"\n")?;
    Ok(Exit::Fine)
}
