//! Grafana Loki: the answer of a query, what is pushed to it, and the lines that `logcli`
//! prints as JSON.

use serde::Deserialize;
use serde_json::Value;

use super::{Around, Contents, Envelope, Item, Items, Outline};
use crate::{
    model::{activity::Defect, capability::Plane},
    scan::activity::{Format, text::Text, trouble::defect_of},
};

/// The entry in the registry.
pub(in crate::scan::activity) const FORMAT: Format = super::format!(ENVELOPE);

pub(super) const ENVELOPE: Envelope = Envelope {
    kind: "loki",
    plane: Plane::Kubernetes,
    words: &["values", "labels"],
    recognise,
    open,
    close: |_: &Around, _| {},
};

fn recognise(outline: &Outline) -> Option<Items> {
    if outline.has("streams[]/values") {
        Some(Items::Under(&["streams"]))
    } else if outline.has("data/result[]/values") && outline.has("data/result[]/stream") {
        Some(Items::Under(&["data", "result"]))
    } else {
        (outline.has("line") && outline.has("labels") && outline.has("timestamp"))
            .then_some(Items::Values)
    }
}

/// What an item may be.
#[derive(Deserialize)]
struct Entry<'a> {
    /// Of a stream: time, line and, in newer versions, labels of the line alone.
    #[serde(default)]
    values: Option<Vec<Vec<Value>>>,
    /// Of `logcli`.
    #[serde(borrow, default)]
    line: Option<Text<'a>>,
}

fn open(item: Item<'_>, contents: &mut Contents<'_>) {
    match serde_json::from_str::<Entry<'_>>(item.text) {
        Ok(Entry { line: Some(line), .. }) => contents.text(&line),
        Ok(Entry { values: Some(values), .. }) => {
            for value in &values {
                match value.get(1).and_then(Value::as_str) {
                    Some(line) => contents.text(line),
                    None => contents.defect(Defect::NotAnEvent),
                }
            }
        }
        Ok(_) => contents.defect(Defect::NotAnEvent),
        Err(error) => contents.defect(defect_of(item.text, &error)),
    }
}
