//! A location as the page shows it.

use std::sync::Arc;

use crate::model::location::Location;

/// `path:line`, and the object it belongs to.
pub(super) struct Place {
    pub(super) at: String,
    pub(super) object: Option<Arc<str>>,
}

impl Place {
    pub(super) fn new(location: &Location) -> Self {
        let at = match location.line {
            Some(line) => format!("{}:{line}", location.path),
            None => location.path.to_string(),
        };
        Self { at, object: location.object.clone() }
    }
}
