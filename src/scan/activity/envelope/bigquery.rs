//! Rows of BigQuery that a sink of Cloud Logging filled with audit logs, as `bq query`,
//! `bq head` and `bq extract` write them: entries of Cloud Logging whose `protoPayload` is the
//! column `protopayload_auditlog`.
//!
//! Names of columns hold letters, digits and `_` alone, numbers and truth values may stand as
//! text, and what is not set is null or left out. All that is undone here, and the entry is
//! read as any other.

use serde_json::Value;

use super::{Around, Contents, Envelope, Item, Items, content::Content, rows::time};
use crate::{
    model::{activity::Defect, capability::Plane},
    scan::activity::{Format, trouble::defect_of, unique::object},
};

/// The entry in the registry.
pub(in crate::scan::activity) const FORMAT: Format = super::format!(ENVELOPE);

pub(super) const ENVELOPE: Envelope = Envelope {
    kind: "bigquery-rows",
    plane: Plane::Kubernetes,
    words: &[PAYLOAD],
    recognise: |outline| {
        let has = |member: &str| outline.has(&format!("{PAYLOAD}/{member}"));
        (has("methodName") || has("serviceName")).then_some(Items::Values)
    },
    open,
    close,
};

const PAYLOAD: &str = "protopayload_auditlog";

/// Rows that `bq` prints unless `--max_rows` asks for more. It does not say that it stopped.
const ROWS_PRINTED: u64 = 100;

/// Labels that are read, by the columns that they become.
const LABELS: [(&str, &str); 2] = [
    ("authorization_k8s_io_decision", "authorization.k8s.io/decision"),
    ("authorization_k8s_io_reason", "authorization.k8s.io/reason"),
];

fn open(item: Item<'_>, contents: &mut Contents<'_>) {
    let mut row = match object(item.text) {
        Ok(row) => row,
        Err(error) => return contents.defect(defect_of(item.text, &error)),
    };
    let mut payload = match row.remove(PAYLOAD) {
        Some(Value::Object(payload)) => payload,
        // A row of a table that holds other logs too.
        Some(Value::Null) => return contents.foreign(),
        None => return contents.text(item.text),
        Some(_) => return contents.defect(Defect::NotAnEvent),
    };
    // A query that leaves the code out says nothing of the outcome.
    if let Some(Value::Object(status)) = payload.get("status")
        && !status.is_empty()
        && !status.contains_key("code")
    {
        payload.remove("status");
    }
    if let Some(code) = payload.get_mut("status").and_then(|status| status.get_mut("code")) {
        typed(code);
    }
    if let Some(Value::Array(asked)) = payload.get_mut("authorizationInfo") {
        for granted in asked.iter_mut().filter_map(|one| one.get_mut("granted")) {
            typed(granted);
        }
    }
    if let Some(request) = payload.remove("requestJson") {
        payload.insert("request".to_owned(), request);
    }
    if let Some(Value::Object(labels)) = row.get_mut("labels") {
        for (column, name) in LABELS {
            if let Some(label) = labels.remove(column)
                && labels.insert(name.to_owned(), label).is_some()
            {
                return contents.defect(Defect::NotAnEvent);
            }
        }
    }
    for name in ["timestamp", "receiveTimestamp"] {
        if let Some(Value::String(text)) = row.get_mut(name) {
            *text = time(text);
        }
    }
    if row.insert("protoPayload".to_owned(), Value::Object(payload)).is_some() {
        return contents.defect(Defect::NotAnEvent);
    }
    let mut entry = Value::Object(row);
    without_nulls(&mut entry);
    contents.event(Content::CloudAudit, &entry.to_string());
}

/// Turns the text of a number or of a truth value into what it says.
fn typed(cell: &mut Value) {
    let said = match cell.as_str() {
        Some("true") => Some(Value::Bool(true)),
        Some("false") => Some(Value::Bool(false)),
        text => text.and_then(|text| text.parse::<i64>().ok()).map(Value::from),
    };
    if let Some(said) = said {
        *cell = said;
    }
}

/// Takes out what is not set. Values do not lie deeper than the parser lets them.
fn without_nulls(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.retain(|_, member| !member.is_null());
            members.values_mut().for_each(without_nulls);
        }
        Value::Array(items) => {
            items.retain(|item| !item.is_null());
            items.iter_mut().for_each(without_nulls);
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn close(around: &Around, contents: &mut Contents<'_>) {
    if around.items == ROWS_PRINTED {
        contents.missing(
            "it holds 100 rows, as many as `bq` prints unless `--max_rows` asks for more: others may be missing",
        );
    }
}
