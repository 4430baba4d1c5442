//! Scalars, lists and mappings for serde. What a type asks for is checked here
//! first, so that complaints speak of text and lists, not of Rust.

use serde::de::{self, Visitor};

use super::{
    Fault, LOCATED,
    access::{Items, LocatedParts, Pairs, Variant},
};
use crate::source::node::{Node, Value, Written};

/// A value as serde asks for it.
#[derive(Clone, Copy)]
pub(super) struct NodeReader<'de> {
    node: &'de Node,
}

impl<'de> NodeReader<'de> {
    pub(super) fn new(node: &'de Node) -> Self {
        Self { node }
    }

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
        let result = match (&self.node.value, self.node.written.as_deref()) {
            (Value::String(text), _) => visitor.visit_borrowed_str(text),
            (Value::Int(_) | Value::Float(_), Some(Written::Number(spelt))) => {
                visitor.visit_borrowed_str(spelt)
            }
            (Value::Int(number), _) => visitor.visit_string(number.to_string()),
            (Value::Float(number), _) => visitor.visit_string(number.to_string()),
            _ => return Err(self.expected("text")),
        };
        self.here(result)
    }

    pub(super) fn visit_items<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let Some(items) = self.node.as_sequence() else { return Err(self.expected("a list")) };
        self.here(visitor.visit_seq(Items::new(items)))
    }

    pub(super) fn visit_pairs<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let Some(mapping) = self.node.as_mapping() else {
            return Err(self.expected("a mapping"));
        };
        let mut pairs = Pairs::new(mapping);
        visitor.visit_map(&mut pairs).map_err(|fault| {
            let key = pairs.last_key().map(|key| key.place).filter(|_| fault.at_last_key);
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
            let result = visitor.visit_seq(LocatedParts::new(self.node));
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
            (Value::String(_), _) => self.here(visitor.visit_enum(Variant::word(self.node))),
            (Value::Mapping(_), [(key, node)]) => {
                visitor.visit_enum(Variant::with_value(key, node)).map_err(|f| f.or_at(node.place))
            }
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
