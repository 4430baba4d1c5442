//! What is within a list, a mapping or an enum, for serde.

use serde::de::{self, IntoDeserializer, Visitor};

use super::{Fault, reader::NodeReader};
use crate::source::node::{Key, Mapping, Node};

/// The elements of a list.
pub(super) struct Items<'de> {
    items: std::slice::Iter<'de, Node>,
}

impl<'de> Items<'de> {
    pub(super) fn new(items: &'de [Node]) -> Self {
        Self { items: items.iter() }
    }
}

impl<'de> de::SeqAccess<'de> for Items<'de> {
    type Error = Fault;

    fn next_element_seed<T: de::DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Fault> {
        let Some(node) = self.items.next() else { return Ok(None) };
        seed.deserialize(NodeReader::new(node)).map(Some).map_err(|fault| fault.or_at(node.place))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.items.len())
    }
}

/// The pairs of a mapping.
pub(super) struct Pairs<'de> {
    entries: std::slice::Iter<'de, (Key, Node)>,
    current: Option<&'de (Key, Node)>,
}

impl<'de> Pairs<'de> {
    pub(super) fn new(mapping: &'de Mapping) -> Self {
        Self { entries: mapping.entries.iter(), current: None }
    }

    /// The key that was read last.
    pub(super) fn last_key(&self) -> Option<&'de Key> {
        self.current.map(|(key, _)| key)
    }
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
        seed.deserialize(NodeReader::new(node)).map_err(|fault| fault.or_at(node.place))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.entries.len())
    }
}

/// Line, column, value: what [`Located`] takes.
pub(super) struct LocatedParts<'de> {
    node: &'de Node,
    next: u8,
}

impl<'de> LocatedParts<'de> {
    pub(super) fn new(node: &'de Node) -> Self {
        Self { node, next: 0 }
    }
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
            3 => seed.deserialize(NodeReader::new(self.node)).map(Some),
            _ => Ok(None),
        }
    }
}

/// A word (`pass`), or a mapping of one key (`{pass: …}`).
pub(super) struct Variant<'de> {
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
            None => seed.deserialize(NodeReader::new(self.node))?,
        };
        Ok((variant, self))
    }
}

impl<'de> Variant<'de> {
    /// A word alone.
    pub(super) fn word(node: &'de Node) -> Self {
        Self { node, key: None }
    }

    /// A word with what it says.
    pub(super) fn with_value(key: &'de Key, node: &'de Node) -> Self {
        Self { node, key: Some(key) }
    }

    fn content(&self) -> Result<NodeReader<'de>, Fault> {
        match self.key {
            Some(_) => Ok(NodeReader::new(self.node)),
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
