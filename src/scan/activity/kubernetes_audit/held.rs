//! Events that stand within something else: one text each, taken out by whoever knows
//! the wrapping.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{
    Path,
    reader::{Reader, is_known_version},
};
use crate::{
    model::{activity::Defect, location::TextStart},
    scan::activity::{
        builder::{Caps, PlaneBuilder},
        text::Text,
        trouble::defect_of,
    },
};

/// Reads the events of one file, in their order.
#[derive(Debug)]
pub(in crate::scan::activity) struct Held(Reader);

impl Held {
    /// For the events of a file.
    pub(in crate::scan::activity) fn new(caps: Caps, path: Path) -> Self {
        Self(Reader::new(PlaneBuilder::new(caps), path))
    }

    /// Reads one event that stands at a place.
    pub(in crate::scan::activity) fn event(&mut self, text: &str, at: TextStart) {
        self.0.line(text, at);
    }

    /// For counts that no method keeps.
    pub(in crate::scan::activity) fn builder(&mut self) -> &mut PlaneBuilder {
        self.0.builder()
    }

    /// What was counted.
    pub(in crate::scan::activity) fn into_builder(self) -> PlaneBuilder {
        self.0.into_builder()
    }
}

/// The events of an `EventList`, each with the kind and the version that servers leave to the
/// list: an event is then the same text wherever it stands.
///
/// # Errors
/// It is no such list, or one of a version that is not known; of an item, that it is none of
/// an event.
pub(in crate::scan::activity) fn events_of(
    list: &str,
) -> Result<Vec<Result<String, Defect>>, Defect> {
    #[derive(Deserialize)]
    struct List<'a> {
        #[serde(borrow, default, rename = "apiVersion")]
        version: Option<Text<'a>>,
        #[serde(borrow, default, rename = "kind")]
        _kind: Option<Text<'a>>,
        #[serde(borrow)]
        items: Vec<&'a RawValue>,
    }
    let List { version, items, .. } =
        serde_json::from_str(list).map_err(|error| defect_of(list, &error))?;
    let version = version.as_deref().unwrap_or_default();
    match is_known_version(version) {
        Some(true) => Ok(items.into_iter().map(|item| event_of(item.get(), version)).collect()),
        Some(false) => Err(Defect::UnknownVersion),
        None => Err(Defect::NotAnEvent),
    }
}

/// An item of a list of a version, as it would stand by itself.
fn event_of(item: &str, version: &str) -> Result<String, Defect> {
    #[derive(Deserialize)]
    struct Own<'a> {
        #[serde(borrow, default, rename = "apiVersion")]
        version: Option<Text<'a>>,
        #[serde(borrow, default)]
        kind: Option<Text<'a>>,
    }
    let members = item.strip_prefix('{').ok_or(Defect::NotAnEvent)?;
    let own: Own<'_> = serde_json::from_str(item).map_err(|error| defect_of(item, &error))?;
    match (own.kind.as_deref(), own.version.as_deref()) {
        (None, None) if members.trim_start().starts_with('}') => Err(Defect::NotAnEvent),
        // Both are known words, which need no escape.
        (None, None) => {
            Ok(format!(r#"{{"kind":"Event","apiVersion":"{version}",{}"#, members.trim_start()))
        }
        (None | Some("Event"), _) => Ok(item.to_owned()),
        (Some(_), _) => Err(Defect::NotAnEvent),
    }
}
