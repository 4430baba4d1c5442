//! Elasticsearch and OpenSearch: the answer of a search, and documents one a line as
//! dumps have them. Where in a document the event stands depends on who put it there
//! (`message`, `event.original`, `kubernetes.audit`, the document itself), so it is
//! looked for.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Around, Contents, Envelope, Item, Items, Outline, seek::seek};
use crate::{
    model::{activity::Defect, capability::Plane},
    scan::activity::{Format, trouble::defect_of},
};

/// The entry in the registry.
pub(in crate::scan::activity) const FORMAT: Format = super::format!(ENVELOPE);

pub(super) const ENVELOPE: Envelope = Envelope {
    kind: "elasticsearch",
    plane: Plane::Kubernetes,
    words: &["_source"],
    recognise,
    open,
    close,
};

fn recognise(outline: &Outline) -> Option<Items> {
    // Anything may lie in an index.
    if !outline.holds_event {
        None
    } else if outline.has("hits/hits[]/_source") {
        Some(Items::Under(&["hits", "hits"]))
    } else {
        outline.has("_source").then_some(Items::Values)
    }
}

#[derive(Deserialize)]
struct Document<'a> {
    #[serde(borrow, default, rename = "_source")]
    source: Option<&'a RawValue>,
}

fn open(item: Item<'_>, contents: &mut Contents<'_>) {
    match serde_json::from_str::<Document<'_>>(item.text) {
        Ok(Document { source: Some(source) }) => seek(source.get(), contents),
        Ok(Document { source: None }) => contents.defect(Defect::NotAnEvent),
        Err(error) => contents.defect(defect_of(item.text, &error)),
    }
}

fn close(around: &Around, contents: &mut Contents<'_>) {
    #[derive(Deserialize)]
    struct Total {
        value: u64,
    }
    let matched = around.get::<Total>("total").map_or(0, |total| total.value);
    if matched > around.items {
        contents.missing(format!(
            "the search matched {matched} documents, and {} are in it",
            around.items
        ));
    }
}
