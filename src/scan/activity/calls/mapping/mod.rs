//! Anyone's own log, by a file that says how its lines become gradus' own records
//! (`docs/activity-records.md`).
//!
//! A line becomes a record for each rule whose conditions it meets, and is then read as
//! strictly as if it had been written so: what a rule cannot fill in is a defect of the
//! line, never left out in silence.

mod apply;
mod schema;

use schemars::Schema;
use serde_json::{Map, Value};

use super::{Entries, NoEntry, Sink, object, own, read};
use crate::{
    model::coverage::SourceRecord,
    scan::activity::ActivityBuilder,
    source::{
        SyntaxHint,
        error::{ErrorKind, SourceError},
        files::FileRef,
        limits::Limits,
        parse, read as files,
        typed::from_node,
    },
};
use schema::{MappingFile, Others, Rule};

pub(in crate::scan::activity) const KIND: &str = "mapped-records";

/// How the lines of a log become records.
#[derive(Debug, Clone)]
pub struct Mapping {
    rules: Vec<Rule>,
    others: Others,
}

impl Mapping {
    /// The JSON Schema of the file.
    #[must_use]
    pub fn json_schema() -> Schema {
        schema::json_schema()
    }

    /// Reads a mapping.
    ///
    /// # Errors
    /// It cannot be read, or says something that no record has, at its place.
    pub fn load(file: &FileRef, limits: &Limits) -> Result<Self, SourceError> {
        let content = files::read(file, limits)?;
        let parsed = parse(&file.display, &content.bytes, SyntaxHint::Yaml, limits);
        if let Some(error) = parsed.outcome.errors.into_iter().next() {
            return Err(error);
        }
        let wrong = |place: crate::source::node::Place, reason: String| {
            SourceError::new(ErrorKind::Shape, place.location(&file.display), reason)
        };
        let nowhere = crate::source::node::Place { line: 1, column: 1 };
        let Some(document) = parsed.documents.first() else {
            return Err(wrong(nowhere, "a mapping is missing".to_owned()));
        };
        let written: MappingFile = from_node(&document.root, &file.display)?;
        if written.schema.value != schema::NAME {
            let reason = format!("the schema is not `{}`", schema::NAME);
            return Err(wrong(written.schema.place, reason));
        }
        let mut rules = Vec::new();
        for rule in written.records {
            for (name, field) in &rule.fields {
                if let Some(reason) = own::unknown_key(rule.kind.as_str(), name) {
                    return Err(wrong(field.place, reason));
                }
                field.value.check().map_err(|reason| wrong(field.place, reason))?;
            }
            rules.push(rule);
        }
        Ok(Self { rules, others: written.others })
    }
}

/// Reads a log by a mapping.
pub(in crate::scan::activity) fn read_by(
    mapping: &Mapping,
    file: &FileRef,
    builder: &mut ActivityBuilder,
    limits: &Limits,
) -> SourceRecord {
    read(KIND, Mapped(mapping), file, builder, limits)
}

struct Mapped<'m>(&'m Mapping);

impl Entries for Mapped<'_> {
    fn entry(&mut self, text: &str, to: &mut Sink) -> Result<(), NoEntry> {
        let line = object(text)?;
        let mut matched = false;
        for rule in self.0.rules.iter().filter(|rule| rule.matches(&line)) {
            matched = true;
            let record = record_of(rule, &line);
            if let Err(why) = record.and_then(|record| own::record(&record, to)) {
                to.refuse(why);
            }
        }
        match (matched, self.0.others) {
            (true, _) => Ok(()),
            (false, Others::Ignore) => Err(NoEntry::Foreign),
            (false, Others::Defect) => {
                Err(NoEntry::Wrong("no rule of the mapping is for this line".to_owned()))
            }
        }
    }
}

/// The record that a rule makes of a line, as text.
fn record_of(rule: &Rule, line: &Value) -> Result<String, NoEntry> {
    let mut record = Map::new();
    record.insert("schema".to_owned(), Value::from(own::SCHEMA));
    record.insert("kind".to_owned(), Value::from(rule.kind.as_str()));
    for (name, field) in &rule.fields {
        let value =
            field.value.of(line).map_err(|reason| NoEntry::Wrong(format!("`{name}`: {reason}")))?;
        let Some(value) = value else { continue };
        match name.split_once('.') {
            Some((outer, inner)) => {
                let outer = record.entry(outer).or_insert_with(|| Value::Object(Map::new()));
                if let Some(outer) = outer.as_object_mut() {
                    outer.insert(inner.to_owned(), value);
                }
            }
            None => {
                record.insert(name.clone(), value);
            }
        }
    }
    Ok(Value::Object(record).to_string())
}
