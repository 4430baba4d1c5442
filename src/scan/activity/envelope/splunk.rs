//! Splunk: results that are exported as JSON (one a line, or in `results`) or as a table,
//! with the event as it came in `_raw`.

use serde::Deserialize;

use super::{Around, Contents, Envelope, Item, Items, Outline};
use crate::{
    model::{activity::Defect, capability::Plane},
    scan::activity::{Format, text::Text, trouble::defect_of},
};

/// The entry in the registry.
pub(in crate::scan::activity) const FORMAT: Format = super::format!(ENVELOPE);

pub(super) const ENVELOPE: Envelope = Envelope {
    kind: "splunk",
    plane: Plane::Kubernetes,
    words: &["_raw"],
    recognise,
    open,
    close: |_: &Around, _| {},
};

fn recognise(outline: &Outline) -> Option<Items> {
    if outline.has("results[]/_raw") {
        Some(Items::Under(&["results"]))
    } else {
        (outline.has("result/_raw") || outline.has("_raw")).then_some(Items::Values)
    }
}

/// What an item may be.
#[derive(Deserialize)]
struct Entry<'a> {
    #[serde(borrow, default, rename = "_raw")]
    raw: Option<Text<'a>>,
    #[serde(borrow, default)]
    result: Option<Inner<'a>>,
}

#[derive(Deserialize)]
struct Inner<'a> {
    #[serde(borrow, default, rename = "_raw")]
    raw: Option<Text<'a>>,
}

fn open(item: Item<'_>, contents: &mut Contents<'_>) {
    match serde_json::from_str::<Entry<'_>>(item.text) {
        Ok(entry) => match entry.raw.or(entry.result.and_then(|inner| inner.raw)) {
            Some(raw) => contents.text(&raw),
            None => contents.defect(Defect::NotAnEvent),
        },
        Err(error) => contents.defect(defect_of(item.text, &error)),
    }
}
