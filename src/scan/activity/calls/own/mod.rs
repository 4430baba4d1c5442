//! gradus' own records (`docs/activity-records.md`): one JSON object a line, by which
//! anyone can hand in tool calls, approvals, notifications, reversals, reviews, drills and
//! incidents. They are read strictly: what is not understood is a defect, with what is
//! wrong.

mod rows;
mod schema;

use std::sync::Arc;

use schemars::Schema;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{Entries, NoEntry, Sink, object, read, recognise};
use crate::{
    model::activity::Defect,
    scan::activity::Format,
    source::{SyntaxHint, limits::Limits, parse, typed},
};

/// The entry in the registry.
pub(in crate::scan::activity) const FORMAT: Format = Format {
    kind: KIND,
    recognise: |head| {
        recognise::any(head, schema::NAME, |value| {
            value.get("schema").and_then(Value::as_str) == Some(schema::NAME)
        })
    },
    read: |file, builder, limits| read(KIND, Own, file, builder, limits),
};

pub(super) const KIND: &str = "activity-records";

/// The `schema` of every record.
pub(super) const SCHEMA: &str = schema::NAME;

/// Whether a schema is that of these records, of whatever version.
pub(super) fn is_of_family(schema: &str) -> bool {
    schema::NAME.rsplit_once('/').is_some_and(|(family, _)| {
        schema.strip_prefix(family).is_some_and(|rest| rest.starts_with('/'))
    })
}

/// What a record is of.
const KINDS: [&str; 8] = [
    "toolCall",
    "approval",
    "notification",
    "reversal",
    "review",
    "drill",
    "incident",
    "incidentReport",
];

/// The JSON Schema of one record, of whatever kind.
#[must_use]
pub fn json_schema() -> Schema {
    schema::json_schema()
}

struct Own;

impl Entries for Own {
    fn entry(&mut self, text: &str, to: &mut Sink) -> Result<(), NoEntry> {
        record(text, to)
    }
}

/// Reads one record.
///
/// # Errors
/// What is wrong with it.
pub(super) fn record(text: &str, to: &mut Sink) -> Result<(), NoEntry> {
    let head = object(text)?;
    let member = |name: &str| {
        head.get(name)
            .and_then(Value::as_str)
            .ok_or_else(|| NoEntry::Wrong(format!("the key `{name}` is missing")))
    };
    if member("schema")? != schema::NAME {
        return Err(NoEntry::Wrong(format!("the schema is not `{}`", schema::NAME)));
    }
    match member("kind")? {
        "toolCall" => to.tool_call(typed(text)?),
        "notification" => return to.notice(typed(text)?),
        "approval" if to.is_printed() => return to.printed_approval(typed(text)?),
        kind @ ("reversal" | "review" | "drill" | "incident" | "incidentReport")
            if to.is_printed() =>
        {
            return Err(hearsay(kind));
        }
        "approval" => to.approval(typed(text)?),
        "reversal" => to.reversed(typed(text)?),
        "review" => to.reviewed(typed(text)?),
        "drill" => to.drilled(typed(text)?),
        "incident" => return to.incident_told(typed(text)?),
        "incidentReport" => return to.incidents_reported(typed(text)?),
        _ => {
            let known = KINDS.map(|kind| format!("`{kind}`")).join(", ");
            return Err(NoEntry::Wrong(format!("no `kind` that is known; known here: {known}")));
        }
    }
    Ok(())
}

/// Why a record of what people did is none: the agent may have printed it.
fn hearsay(kind: &str) -> NoEntry {
    NoEntry::Wrong(format!(
        "a record of kind `{kind}` that a program printed into its log proves nothing that people \
         did: hand it in as a file of its own"
    ))
}

/// What is wrong with a key (`about.call`) that records of a kind do not have.
pub(super) fn unknown_key(kind: &str, key: &str) -> Option<String> {
    fn wrong<T: DeserializeOwned>(text: &str) -> Option<String> {
        // Keys are looked at before what is missing.
        match typed::<T>(text) {
            Err(NoEntry::Wrong(reason)) if reason.starts_with("unknown key") => Some(reason),
            Ok(_) | Err(_) => None,
        }
    }
    let mut record = Value::Null;
    for part in key.rsplit('.') {
        record = serde_json::json!({ part: record });
    }
    let text = record.to_string();
    match kind {
        "toolCall" => wrong::<schema::ToolCall>(&text),
        "approval" => wrong::<schema::Approval>(&text),
        "notification" => wrong::<schema::Notification>(&text),
        "reversal" => wrong::<schema::Reversal>(&text),
        "review" => wrong::<schema::Review>(&text),
        "drill" => wrong::<schema::Drill>(&text),
        "incident" => wrong::<schema::Incident>(&text),
        "incidentReport" => wrong::<schema::IncidentReport>(&text),
        _ => None,
    }
}

/// Reads a record of one kind; what is wrong is found out only where something is.
fn typed<T: DeserializeOwned>(text: &str) -> Result<T, NoEntry> {
    if let Ok(record) = serde_json::from_str(text) {
        return Ok(record);
    }
    let file: Arc<str> = "".into();
    let parsed = parse(&file, text.as_bytes(), SyntaxHint::Json, &Limits::default());
    let Some(document) = parsed.documents.first() else {
        return Err(NoEntry::Defect(Defect::NotAnEvent));
    };
    typed::from_node(&document.root, &file).map_err(|error| NoEntry::Wrong(error.reason()))
}
