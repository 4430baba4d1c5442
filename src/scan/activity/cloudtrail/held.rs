//! Records that stand within something else: one text each, taken out by whoever knows
//! the wrapping.

use std::sync::Arc;

use super::{names, reader::Reader};
use crate::{
    model::location::TextStart,
    scan::activity::builder::{Caps, PlaneBuilder, Shared},
};

/// Reads the records of one file, in their order.
#[derive(Debug)]
pub(in crate::scan::activity) struct Held {
    builder: PlaneBuilder,
    names: &'static names::Names,
    path: Arc<str>,
}

impl Held {
    /// For the records of a file; none where the names of services and events are broken.
    pub(in crate::scan::activity) fn new(caps: Caps, path: Arc<str>) -> Option<Self> {
        let names = names::embedded().ok()?;
        Some(Self { builder: PlaneBuilder::new(caps), names, path })
    }

    /// Reads one record that begins at a place; `seen` knows those of other files.
    pub(in crate::scan::activity) fn record(
        self,
        text: &str,
        at: TextStart,
        seen: &mut Shared,
    ) -> Self {
        let Self { builder, names, path } = self;
        let mut reader = Reader::new(builder, seen, names, path.clone());
        reader.line(text, at);
        Self { builder: reader.into_builder(), names, path }
    }

    /// For counts that no method keeps.
    pub(in crate::scan::activity) fn builder(&mut self) -> &mut PlaneBuilder {
        &mut self.builder
    }

    /// What was counted.
    pub(in crate::scan::activity) fn into_builder(self) -> PlaneBuilder {
        self.builder
    }
}
