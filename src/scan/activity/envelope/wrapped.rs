//! Events within JSON of a shape that gradus does not know: what Fluent Bit, Vector and
//! the like write, one object a line. Only what holds an event within its first lines is
//! taken for such a file.

use super::{Around, Envelope, Items, seek::seek};
use crate::{model::capability::Plane, scan::activity::Format};

/// The entry in the registry.
pub(in crate::scan::activity) const FORMAT: Format = super::format!(ENVELOPE);

pub(super) const ENVELOPE: Envelope = Envelope {
    kind: "wrapped-log",
    plane: Plane::Kubernetes,
    words: &[
        "audit.k8s.io/",
        "auditID",
        "eventSource",
        "protoPayload",
        "via CloudTrail",
        "gradus.activity/",
        "resourceLogs",
        "resourceSpans",
        "startTimeUnixNano",
        "event.name",
    ],
    recognise: |outline| outline.holds_event.then_some(Items::Values),
    open: |item, contents| seek(item.text, contents),
    close: |_: &Around, _| {},
};
