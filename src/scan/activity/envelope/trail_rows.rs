//! CloudTrail as rows of a query: CloudTrail Lake (`get-query-results`), Athena
//! (`get-query-results`, and the table that it leaves in S3), and rows whose
//! `userIdentity` was flattened into columns of its own.
//!
//! Both services write what is nested as text of their own (`{type=Role, arn=…}`), which
//! is undone here. Where that text is ambiguous the row is no evidence.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{Around, Contents, Envelope, Item, Items, Outline, rows::time, structs};
use crate::{
    model::{activity::Defect, capability::Plane},
    scan::activity::{
        Format,
        text::Text,
        trouble::defect_of,
        unique::{Unique, object},
    },
};

/// The entry in the registry.
pub(in crate::scan::activity) const FORMAT: Format = super::format!(ENVELOPE);

pub(super) const ENVELOPE: Envelope = Envelope {
    kind: "cloudtrail-rows",
    plane: Plane::Aws,
    words: &["QueryResultRows", "ResultSet", "event", "Event"],
    recognise,
    open,
    close,
};

/// The column that flattened ones are of.
const IDENTITY: &str = "useridentity";
/// Columns with a whole record as text.
const WHOLE: [&str; 3] = ["eventjson", "event_json", "cloudtrailevent"];

fn recognise(outline: &Outline) -> Option<Items> {
    if outline.has("QueryResultRows[]") {
        return Some(Items::Under(&["QueryResultRows"]));
    }
    if outline.has("ResultSet/Rows[]/Data") {
        return Some(Items::Under(&["ResultSet", "Rows"]));
    }
    let mut columns = outline.names().map(str::to_ascii_lowercase).collect::<Vec<_>>();
    columns.sort_unstable();
    let has = |name: &str| columns.binary_search_by(|column| column.as_str().cmp(name)).is_ok();
    let flattened = columns.iter().any(|column| flat(column).is_some());
    let as_struct = [IDENTITY, "userIdentity"]
        .iter()
        .any(|name| outline.text(name).is_some_and(structs::may_be));
    let event = has("eventsource") && has("eventname");
    let of_a_table = outline.is_row && (event || WHOLE.iter().any(|whole| has(whole)));
    (of_a_table || (event && (flattened || as_struct))).then_some(Items::Values)
}

fn open(item: Item<'_>, contents: &mut Contents<'_>) {
    #[derive(Deserialize)]
    struct Cells {
        #[serde(rename = "Data")]
        data: Vec<Cell>,
    }
    #[derive(Deserialize)]
    struct Cell {
        #[serde(default, rename = "VarCharValue")]
        text: Option<String>,
    }
    let failed = |error: &serde_json::Error| defect_of(item.text, error);
    if item.text.starts_with('[') {
        match serde_json::from_str::<Vec<Unique>>(item.text) {
            Ok(columns) => row(columns.into_iter().flat_map(members), contents),
            Err(error) => contents.defect(failed(&error)),
        }
        return;
    }
    if let Ok(cells) = serde_json::from_str::<Cells>(item.text) {
        let cells = cells.data.into_iter().map(|cell| cell.text);
        let columns = &mut item.around.columns;
        if columns.is_empty() {
            *columns = cells.map(Option::unwrap_or_default).collect();
            demand_outcome(columns, contents);
        } else if columns.len() == cells.len() {
            let cells = cells.map(|cell| cell.map_or(Value::Null, Value::String));
            row(columns.iter().cloned().zip(cells), contents);
        } else {
            contents.defect(Defect::NotAnEvent);
        }
        return;
    }
    demand_outcome(&item.around.columns, contents);
    match object(item.text) {
        Ok(columns) => row(columns.into_iter(), contents),
        Err(error) => contents.defect(failed(&error)),
    }
}

/// The columns that one of a list of objects has.
fn members(Unique(value): Unique) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

/// Says what is missing from a table that does not tell refused calls from others.
fn demand_outcome(columns: &[String], contents: &mut Contents<'_>) {
    let tells = |column: &String| {
        let name = column.to_ascii_lowercase();
        name == "errorcode" || WHOLE.contains(&name.as_str())
    };
    if !columns.is_empty() && !columns.iter().any(tells) {
        contents.missing("it has no column `errorcode`: which calls were refused is not known");
    }
}

/// Hands over the record that a row is.
fn row(columns: impl Iterator<Item = (String, Value)>, contents: &mut Contents<'_>) {
    let mut record = Map::new();
    let mut identity = BTreeMap::new();
    for (column, value) in columns {
        let name = column.to_ascii_lowercase();
        let Some(value) = cell(&name, value) else { continue };
        if WHOLE.contains(&name.as_str()) {
            return match value.as_str() {
                Some(text) => contents.surely(text),
                None => contents.surely(&value.to_string()),
            };
        }
        match flat(&name) {
            Some(path) => {
                if identity.insert(path.replace('_', "."), value).is_some() {
                    return contents.defect(Defect::NotAnEvent);
                }
            }
            // A column that stands there twice tells nothing.
            None => {
                if record.insert(name, value).is_some() {
                    return contents.defect(Defect::NotAnEvent);
                }
            }
        }
    }
    if !identity.is_empty() && !record.contains_key(IDENTITY) {
        record.insert(IDENTITY.to_owned(), nested(identity));
    }
    // Not every query asks for what tells that it is a record.
    record.entry("eventversion").or_insert_with(|| "1".into());
    contents.surely(&Value::Object(record).to_string());
}

/// The path of a column that is a part of the identity: `sessioncontext.sessionissuer.arn`.
fn flat(column: &str) -> Option<&str> {
    column.strip_prefix(IDENTITY)?.strip_prefix(['.', '_']).filter(|path| !path.is_empty())
}

/// Objects within each other, from paths.
fn nested(paths: BTreeMap<String, Value>) -> Value {
    let mut object = Map::new();
    for (path, value) in paths {
        let mut at = &mut object;
        let mut parts = path.split('.').peekable();
        while let Some(part) = parts.next() {
            if parts.peek().is_none() {
                at.insert(part.to_owned(), value);
                break;
            }
            let below = at.entry(part).or_insert_with(|| Value::Object(Map::new()));
            let Value::Object(below) = below else { break };
            at = below;
        }
    }
    Value::Object(object)
}

/// What a cell holds; nothing for an empty one.
fn cell(column: &str, value: Value) -> Option<Value> {
    let Value::String(text) = value else {
        return (!value.is_null()).then_some(value);
    };
    if text.is_empty() || text == "null" {
        return None;
    }
    Some(match column {
        "eventtime" => Value::String(time(&text)),
        IDENTITY | "resources" => structs::parse(&text).unwrap_or(Value::String(text)),
        _ => Value::String(text),
    })
}

fn close(around: &Around, contents: &mut Contents<'_>) {
    if around.get::<Option<String>>("NextToken").flatten().is_some() {
        contents.missing("it says that more rows follow (`NextToken`), and they are not in it");
    }
    match around.get::<Text<'_>>("QueryStatus").as_deref() {
        None | Some("FINISHED") => {}
        Some(status) => contents.missing(format!("the query that it answers is `{status}`")),
    }
}
