//! Entries of Google's Cloud Logging, which stand by themselves: the envelope is empty.

use super::{Around, Envelope, Items};
use crate::{model::capability::Plane, scan::activity::Format};

/// The entry in the registry.
pub(in crate::scan::activity) const FORMAT: Format = super::format!(ENVELOPE);

pub(super) const ENVELOPE: Envelope = Envelope {
    kind: "cloud-audit",
    plane: Plane::Kubernetes,
    words: &["protoPayload"],
    recognise: |outline| {
        let is_entry = outline.has("protoPayload/methodName") || outline.has("protoPayload/@type");
        is_entry.then_some(Items::Values)
    },
    open: |item, contents| contents.text(item.text),
    close: |_: &Around, _| {},
};
