//! Values to types, with the place of whatever does not fit.
//!
//! [`from_node`] reads any `Deserialize` type out of a [`Node`]. An unknown key
//! is reported where it stands, with the nearest known one; a wrong value where
//! it stands, in words of the file's author. Numbers are taken as text where
//! text is asked for, as they are spelt.

use std::{fmt, sync::Arc};

use serde::{
    Deserialize,
    de::{self, IntoDeserializer, Visitor},
};

use super::{
    error::{ErrorKind, SourceError},
    node::{Key, Node, Place, Value},
};

/// Reads a type out of a value.
///
/// # Errors
/// The first thing that does not fit, at its place in `file`.
pub fn from_node<'de, T: Deserialize<'de>>(
    node: &'de Node,
    file: &Arc<str>,
) -> Result<T, SourceError> {
    T::deserialize(NodeReader { node }).map_err(|fault| {
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

#[derive(Clone, Copy)]
struct NodeReader<'de> {
    node: &'de Node,
}

impl<'de> NodeReader<'de> {
    fn expected(self, what: &str) -> Fault {
        Fault::new(self.node.place, format!("expected {what}, found {}", self.node.kind()))
    }

    fn whole(self, least: i64, most: i64) -> Result<i64, Fault> {
        let what = format!("a whole number from {least} to {most}");
        match self.node.as_i64() {
            Some(number) if (least..=most).contains(&number) => Ok(number),
            Some(number) => {
                Err(Fault::new(self.node.place, format!("expected {what}, found {number}")))
            }
            None if most == i64::MAX => Err(self.expected("a whole number")),
            None => Err(self.expected(&what)),
        }
    }

    fn here<T>(self, result: Result<T, Fault>) -> Result<T, Fault> {
        result.map_err(|fault| fault.or_at(self.node.place))
    }

    fn visit_text<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let result = match (&self.node.value, &self.node.written) {
            (Value::String(text), _) => visitor.visit_borrowed_str(text),
            (Value::Int(_) | Value::Float(_), Some(written)) => visitor.visit_borrowed_str(written),
            (Value::Int(number), None) => visitor.visit_string(number.to_string()),
            (Value::Float(number), None) => visitor.visit_string(number.to_string()),
            _ => return Err(self.expected("text")),
        };
        self.here(result)
    }

    fn visit_items<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let Some(items) = self.node.as_sequence() else { return Err(self.expected("a list")) };
        self.here(visitor.visit_seq(Items { items: items.iter() }))
    }

    fn visit_pairs<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let Some(mapping) = self.node.as_mapping() else {
            return Err(self.expected("a mapping"));
        };
        let mut pairs = Pairs { entries: mapping.entries.iter(), current: None };
        visitor.visit_map(&mut pairs).map_err(|fault| {
            let key = pairs.current.map(|(key, _)| key.place).filter(|_| fault.at_last_key);
            fault.or_at(key.unwrap_or(self.node.place))
        })
    }
}

macro_rules! whole_numbers {
    ($($method:ident $least:expr, $most:expr;)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
            let number = self.whole($least, $most)?;
            self.here(visitor.visit_i64(number))
        }
    )*};
}

impl<'de> de::Deserializer<'de> for NodeReader<'de> {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match &self.node.value {
            Value::Null => self.here(visitor.visit_unit()),
            Value::Bool(yes) => self.here(visitor.visit_bool(*yes)),
            Value::Int(number) => self.here(visitor.visit_i64(*number)),
            Value::Float(number) => self.here(visitor.visit_f64(*number)),
            Value::String(text) => self.here(visitor.visit_borrowed_str(text)),
            Value::Sequence(_) => self.visit_items(visitor),
            Value::Mapping(_) => self.visit_pairs(visitor),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.node.as_bool() {
            Some(yes) => self.here(visitor.visit_bool(yes)),
            None => Err(self.expected("`true` or `false`")),
        }
    }

    whole_numbers! {
        deserialize_i8 i64::from(i8::MIN), i64::from(i8::MAX);
        deserialize_i16 i64::from(i16::MIN), i64::from(i16::MAX);
        deserialize_i32 i64::from(i32::MIN), i64::from(i32::MAX);
        deserialize_i64 i64::MIN, i64::MAX;
        deserialize_u8 0, i64::from(u8::MAX);
        deserialize_u16 0, i64::from(u16::MAX);
        deserialize_u32 0, i64::from(u32::MAX);
        deserialize_u64 0, i64::MAX;
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_f64(visitor)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.node.value {
            Value::Int(number) => self.here(visitor.visit_i64(number)),
            Value::Float(number) => self.here(visitor.visit_f64(number)),
            _ => Err(self.expected("a number")),
        }
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.visit_text(visitor)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.visit_text(visitor)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.visit_text(visitor)
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.visit_text(visitor)
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.visit_text(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        if self.node.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        if self.node.is_null() { visitor.visit_unit() } else { Err(self.expected("nothing")) }
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        if name == LOCATED {
            let result = visitor.visit_seq(LocatedParts { node: self.node, next: 0 });
            return self.here(result);
        }
        self.here(visitor.visit_newtype_struct(self))
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.visit_items(visitor)
    }

    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        _length: usize,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.visit_items(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _length: usize,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.visit_items(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.visit_pairs(visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.visit_pairs(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        match (&self.node.value, self.node.entries()) {
            (Value::String(_), _) => {
                self.here(visitor.visit_enum(Variant { node: self.node, key: None }))
            }
            (Value::Mapping(_), [(key, node)]) => visitor
                .visit_enum(Variant { node, key: Some(key) })
                .map_err(|f| f.or_at(node.place)),
            (Value::Mapping(_), _) => Err(self.expected("a mapping with exactly one key")),
            _ => Err(self.expected("one of the known words")),
        }
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.visit_text(visitor)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_unit()
    }
}

struct Items<'de> {
    items: std::slice::Iter<'de, Node>,
}

impl<'de> de::SeqAccess<'de> for Items<'de> {
    type Error = Fault;

    fn next_element_seed<T: de::DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Fault> {
        let Some(node) = self.items.next() else { return Ok(None) };
        seed.deserialize(NodeReader { node }).map(Some).map_err(|fault| fault.or_at(node.place))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.items.len())
    }
}

struct Pairs<'de> {
    entries: std::slice::Iter<'de, (Key, Node)>,
    current: Option<&'de (Key, Node)>,
}

impl<'de> de::MapAccess<'de> for Pairs<'de> {
    type Error = Fault;

    fn next_key_seed<K: de::DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Fault> {
        self.current = self.entries.next();
        let Some((key, _)) = self.current else { return Ok(None) };
        let name = de::value::BorrowedStrDeserializer::new(&key.name);
        seed.deserialize(name).map(Some).map_err(|fault: Fault| fault.or_at(key.place))
    }

    fn next_value_seed<T: de::DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Fault> {
        let Some((_, node)) = self.current else {
            return Err(Fault::bare("a value without its key"));
        };
        seed.deserialize(NodeReader { node }).map_err(|fault| fault.or_at(node.place))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.entries.len())
    }
}

/// Line, column, value: what [`Located`] takes.
struct LocatedParts<'de> {
    node: &'de Node,
    next: u8,
}

impl<'de> de::SeqAccess<'de> for LocatedParts<'de> {
    type Error = Fault;

    fn next_element_seed<T: de::DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Fault> {
        self.next += 1;
        match self.next {
            1 => seed.deserialize(self.node.place.line.into_deserializer()).map(Some),
            2 => seed.deserialize(self.node.place.column.into_deserializer()).map(Some),
            3 => seed.deserialize(NodeReader { node: self.node }).map(Some),
            _ => Ok(None),
        }
    }
}

/// A word (`pass`), or a mapping of one key (`{pass: …}`).
struct Variant<'de> {
    node: &'de Node,
    key: Option<&'de Key>,
}

impl<'de> de::EnumAccess<'de> for Variant<'de> {
    type Error = Fault;
    type Variant = Self;

    fn variant_seed<V: de::DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), Fault> {
        let variant = match self.key {
            Some(key) => {
                let name = de::value::BorrowedStrDeserializer::new(&key.name);
                seed.deserialize(name).map_err(|fault: Fault| fault.or_at(key.place))?
            }
            None => seed.deserialize(NodeReader { node: self.node })?,
        };
        Ok((variant, self))
    }
}

impl<'de> Variant<'de> {
    fn content(&self) -> Result<NodeReader<'de>, Fault> {
        match self.key {
            Some(_) => Ok(NodeReader { node: self.node }),
            None => {
                Err(Fault::new(self.node.place, "this word needs a value: write `word: value`"))
            }
        }
    }
}

impl<'de> de::VariantAccess<'de> for Variant<'de> {
    type Error = Fault;

    fn unit_variant(self) -> Result<(), Fault> {
        match self.key {
            None => Ok(()),
            Some(_) if self.node.is_null() => Ok(()),
            Some(key) => Err(Fault::new(key.place, format!("`{}` takes no value", key.name))),
        }
    }

    fn newtype_variant_seed<T: de::DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Fault> {
        seed.deserialize(self.content()?)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _length: usize, visitor: V) -> Result<V::Value, Fault> {
        self.content()?.visit_items(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.content()?.visit_pairs(visitor)
    }
}
