//! Exports of the table `audit_trails` of IBM's ContextForge gateway. It holds who called
//! a tool; of reviews only that one is required, not that one was held.

use super::{
    Entries, NoEntry,
    fields::{at, first, server_and_tool, text, time},
    object, read, recognise,
    sink::Sink,
    words,
};
use crate::{
    model::activity::{CallOutcome, Caller, Defect, Reasoning, ToolCall},
    scan::activity::Format,
};

/// The entry in the registry.
pub(in crate::scan::activity) const FORMAT: Format = Format {
    kind: KIND,
    recognise: |head| {
        recognise::any(head, "\"requires_review\"", |value| {
            let first = value.get("audit_trails").and_then(|all| all.get(0)).unwrap_or(value);
            ["resource_type", "action", "requires_review"]
                .iter()
                .all(|name| first.get(name).is_some())
        })
    },
    read: |file, builder, limits| read(KIND, Trails, file, builder, limits),
};

const KIND: &str = "contextforge-audit";

struct Trails;

impl Entries for Trails {
    const LISTS: &'static [&'static str] = &["audit_trails"];

    fn entry(&mut self, given: &str, to: &mut Sink) -> Result<(), NoEntry> {
        let row = object(given)?;
        let missing = NoEntry::Defect(Defect::NotAnEvent);
        let (Some(action), Some(resource)) =
            (text(&row, &["action"]), text(&row, &["resource_type"]))
        else {
            return Err(missing);
        };
        let when = time(&row, &["timestamp"]);
        to.event(when);
        let runs =
            ["EXECUTE", "INVOKE", "CALL"].iter().any(|word| word.eq_ignore_ascii_case(action));
        if !runs || !resource.eq_ignore_ascii_case("tool") {
            return Ok(());
        }
        let name = first(&row, &[&["resource_name"], &["resource_id"]]).ok_or(missing)?;
        let (server, tool) = server_and_tool(&name);
        let given = at(&row, &["context", "arguments"]).or_else(|| at(&row, &["new_values"]));
        to.call(ToolCall {
            time: when,
            end: when,
            caller: Caller {
                trace: first(&row, &[&["correlation_id"]]),
                user: first(&row, &[&["user_email"], &["user_id"]]),
                ..Caller::default()
            },
            id: first(&row, &[&["id"]]),
            server,
            arguments: given.map(words::of_a_part).unwrap_or_default(),
            outcome: match row.get("success").and_then(serde_json::Value::as_bool) {
                Some(true) => CallOutcome::Done,
                Some(false) => CallOutcome::Failed,
                None => CallOutcome::NotSaid,
            },
            reasoning: Reasoning::NotRecorded,
            ..to.blank(tool)
        });
        Ok(())
    }
}
