//! JSON of which every object has each member once.
//!
//! Of a member that stands twice readers take the one or the other, so that a record could
//! say one thing to whoever wrote it and another here.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, SeqAccess, Visitor},
};
use serde_json::{Map, Value};

use crate::scan::activity::request::cut;

/// A longer name of a member is not told whole.
const NAME_BYTES: usize = 64;

/// A value that says nothing twice.
#[derive(Debug)]
pub(super) struct Unique(pub(super) Value);

/// The object that a text is.
pub(super) fn object(text: &str) -> serde_json::Result<Map<String, Value>> {
    match serde_json::from_str(text)? {
        Unique(Value::Object(members)) => Ok(members),
        Unique(_) => Err(Error::custom("no object")),
    }
}

/// What is wrong with a value that has a member twice.
pub(super) fn twice(member: &str) -> String {
    format!("`{}` stands twice", cut(member, NAME_BYTES))
}

impl<'de> Deserialize<'de> for Unique {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Values).map(Self)
    }
}

struct Values;

impl<'de> Visitor<'de> for Values {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value of JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E: Error>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut all = Vec::new();
        while let Some(Unique(item)) = items.next_element()? {
            all.push(item);
        }
        Ok(Value::Array(all))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut all = Map::new();
        while let Some((name, Unique(value))) = members.next_entry::<String, Unique>()? {
            if all.contains_key(&name) {
                return Err(Error::custom(twice(&name)));
            }
            all.insert(name, value);
        }
        Ok(Value::Object(all))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_says_nothing_twice_is_read_as_it_stands() {
        let text = r#"{"a":[1,-2,2.5,null,true,"b"],"c":{"a":{},"d":18446744073709551615}}"#;
        let Unique(value) = serde_json::from_str(text).unwrap();
        assert_eq!(value, serde_json::from_str::<Value>(text).unwrap());
        assert_eq!(value.to_string(), text);
    }

    #[test]
    fn a_member_that_stands_twice_is_an_error_wherever_it_is() {
        for text in [r#"{"d":"deny","d":"allow"}"#, r#"[{"a":{"d":1,"b":2,"d":1}}]"#] {
            let error = serde_json::from_str::<Unique>(text).unwrap_err();
            assert!(error.to_string().contains("`d` stands twice"), "{error}");
        }
    }
}
