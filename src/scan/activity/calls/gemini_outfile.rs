//! What Gemini CLI writes to the `outfile` of its telemetry: its log records, spans and
//! metrics as objects over many lines, one after the other.

use serde_json::Value;

use super::{Entries, NoEntry, client_events, fields::text, object, read, recognise, sink::Sink};
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
        client_events::plain(&object(given)?, to)
    }
}
