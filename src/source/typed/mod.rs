//! Values to types, with the place of whatever does not fit.
//!
//! [`from_node`] reads any `Deserialize` type out of a [`Node`]. An unknown key
//! is reported where it stands, with the nearest known one; a wrong value where
//! it stands, in words of the file's author. Numbers are taken as text where
//! text is asked for, as they are spelt.

use std::{borrow::Cow, fmt, sync::Arc};

mod access;
mod reader;

use reader::NodeReader;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{
    Deserialize,
    de::{self, Visitor},
};

use super::{
    error::{ErrorKind, SourceError},
    node::{Node, Place},
};

/// Reads a type out of a value.
///
/// # Errors
/// The first thing that does not fit, at its place in `file`.
pub fn from_node<'de, T: Deserialize<'de>>(
    node: &'de Node,
    file: &Arc<str>,
) -> Result<T, SourceError> {
    T::deserialize(NodeReader::new(node)).map_err(|fault| {
        let place = fault.place.unwrap_or(node.place);
        SourceError {
            kind: ErrorKind::Shape,
            location: place.location(file),
            message: fault.message,
            way_out: fault.way_out,
        }
    })
}

/// A value that knows where it stands. Only [`from_node`] can fill it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Located<T> {
    /// The value.
    pub value: T,
    /// Where it stands.
    pub place: Place,
}

/// The place is no part of what is written.
impl<T: JsonSchema> JsonSchema for Located<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }

    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn schema_id() -> Cow<'static, str> {
        T::schema_id()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

/// The name by which [`Located`] asks for its place.
const LOCATED: &str = "$gradus::source::Located";

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Located<T> {
    fn deserialize<D: de::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Parts<T>(std::marker::PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Parts<T> {
            type Value = Located<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value read by from_node")
            }
            fn visit_seq<A: de::SeqAccess<'de>>(
                self,
                mut parts: A,
            ) -> Result<Self::Value, A::Error> {
                let missing = || de::Error::custom("a value without its place");
                let line = parts.next_element()?.ok_or_else(missing)?;
                let column = parts.next_element()?.ok_or_else(missing)?;
                let value = parts.next_element()?.ok_or_else(missing)?;
                Ok(Located { value, place: Place { line, column } })
            }
        }
        deserializer.deserialize_newtype_struct(LOCATED, Parts(std::marker::PhantomData))
    }
}

/// What does not fit, before its file is known.
#[derive(Debug)]
struct Fault {
    place: Option<Place>,
    message: String,
    way_out: Option<String>,
    at_last_key: bool,
}

impl Fault {
    fn new(place: Place, message: impl Into<String>) -> Self {
        Self { place: Some(place), ..Self::bare(message) }
    }

    fn bare(message: impl Into<String>) -> Self {
        Self { place: None, message: message.into(), way_out: None, at_last_key: false }
    }

    fn or_at(mut self, place: Place) -> Self {
        self.place.get_or_insert(place);
        self
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Fault {}

impl de::Error for Fault {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::bare(message.to_string())
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        Self { way_out: nearest(field, expected), ..Self::bare(format!("unknown key `{field}`")) }
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        Self {
            way_out: nearest(variant, expected),
            ..Self::bare(format!("unknown value `{variant}`"))
        }
    }

    fn missing_field(field: &'static str) -> Self {
        Self::bare(format!("the key `{field}` is missing"))
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self { at_last_key: true, ..Self::bare(format!("the key `{field}` stands twice")) }
    }
}

/// `did you mean …?` where one of the known words is close, else all of them.
#[must_use]
pub fn nearest(word: &str, known: &[&str]) -> Option<String> {
    let close = known
        .iter()
        .map(|name| (strsim::damerau_levenshtein(&word.to_lowercase(), &name.to_lowercase()), name))
        .min()
        .filter(|(distance, name)| *distance <= 1 + name.len() / 3);
    match close {
        Some((_, name)) => Some(format!("did you mean `{name}`?")),
        None if known.is_empty() => None,
        None => Some(format!(
            "known here: {}",
            known.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
        )),
    }
}
