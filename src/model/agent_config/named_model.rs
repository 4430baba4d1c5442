//! The model that a configuration names.

use crate::model::location::Location;

/// A model as a configuration names it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct NamedModel {
    /// Its name, with the provider where one stands before it: `openai/gpt-4o`.
    pub name: String,
    /// Where it stands.
    pub location: Location,
}
