//! What Gemini CLI writes to the `outfile` of its telemetry: its log records, spans and
//! metrics as objects over many lines, one after the other.

use serde_json::Value;

use super::{
    Entries, NoEntry,
    client_events::{self, Event},
    fields::{self, text, time_of},
    object,
    otlp::Attributes,
    read, recognise,
    sink::Sink,
};
use crate::scan::activity::Format;

/// The entry in the registry.
pub(in crate::scan::activity) const FORMAT: Format = Format {
    kind: KIND,
    recognise: |head| recognise::any(head, "gemini_cli", is_event),
    read: |file, builder, limits| read(KIND, Outfile, file, builder, limits),
};

const KIND: &str = "gemini-cli-telemetry";

fn is_event(value: &Value) -> bool {
    text(value, &["attributes", "event.name"]).is_some_and(|name| name.starts_with("gemini_cli."))
}

struct Outfile;

impl Entries for Outfile {
    fn entry(&mut self, given: &str, to: &mut Sink) -> Result<(), NoEntry> {
        let record = object(given)?;
        let attributes = Attributes::members(record.get("attributes"));
        let Some(name) = attributes.text("event.name") else { return Err(NoEntry::Foreign) };
        let resource = Attributes::members(fields::at(&record, &["resource", "attributes"]));
        let time = attributes.get("event.timestamp").and_then(time_of);
        let time = time.or_else(|| high_resolution(record.get("hrTime")?));
        to.event(time);
        let named = Event {
            name: Some(name),
            body: None,
            time,
            attributes: &attributes,
            resource: &resource,
            trace: text(&record, &["spanContext", "traceId"]),
        };
        client_events::read(&named, to)
    }
}

/// `[seconds, nanoseconds]`.
fn high_resolution(value: &Value) -> Option<jiff::Timestamp> {
    let part = |at: usize| value.get(at).and_then(Value::as_i64);
    jiff::Timestamp::new(part(0)?, i32::try_from(part(1)?).ok()?).ok()
}
