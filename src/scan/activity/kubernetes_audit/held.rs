//! Events that stand within something else: one text each, taken out by whoever knows
//! the wrapping.

use super::{Path, reader::Reader};
use crate::{
    model::location::TextStart,
    scan::activity::builder::{Caps, PlaneBuilder},
};

/// Reads the events of one file, in their order.
#[derive(Debug)]
pub(in crate::scan::activity) struct Held(Reader);

impl Held {
    /// For the events of a file.
    pub(in crate::scan::activity) fn new(caps: Caps, path: Path) -> Self {
        Self(Reader::new(PlaneBuilder::new(caps), path))
    }

    /// Reads one event, or a list of them, that stands at a place.
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
