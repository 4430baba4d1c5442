//! What the first values of a file are, from bytes that may end anywhere.

use std::fmt;

use serde::{
    Deserializer,
    de::{DeserializeSeed, MapAccess, SeqAccess, Visitor},
};
use serde_json::{Map, Value};

use crate::scan::activity::framing::{text_of, unwrapped};

/// Values that are looked at.
const VALUES: usize = 30;

/// Whether any of the first values of a file is one of those that `test` knows. `mark`
/// stands in every one of them: files without it are told at once.
pub(super) fn any(head: &[u8], mark: &str, test: impl Fn(&Value) -> bool) -> bool {
    let head = unwrapped(head);
    if memchr::memmem::find(&head, mark.as_bytes()).is_none() {
        return false;
    }
    let text = text_of(&head).trim_start();
    match so_far(text) {
        Value::Array(items) => items.iter().take(VALUES).any(test),
        Value::Object(object) => {
            let first = Value::Object(object);
            let lines = text.lines().map(str::trim).filter(|line| line.starts_with('{'));
            test(&first) || lines.take(VALUES).any(|line| test(&so_far(line)))
        }
        _ => false,
    }
}

/// The value that text begins with, as far as the text goes: whatever is cut off, or
/// broken, is `null`, and what follows it is missing.
pub(super) fn so_far(text: &str) -> Value {
    let mut value = Value::Null;
    if text.starts_with(['{', '[']) {
        let mut parser = serde_json::Deserializer::from_str(text);
        // However it ends, what was found before stays.
        let _ = SoFar(&mut value).deserialize(&mut parser);
    }
    value
}

struct SoFar<'v>(&'v mut Value);

impl<'de> DeserializeSeed<'de> for SoFar<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for SoFar<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        *self.0 = Value::Object(Map::new());
        while let Some(key) = map.next_key::<String>()? {
            if let Value::Object(object) = &mut *self.0 {
                map.next_value_seed(SoFar(object.entry(key).or_insert(Value::Null)))?;
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        *self.0 = Value::Array(Vec::new());
        loop {
            let mut item = Value::Null;
            let next = items.next_element_seed(SoFar(&mut item));
            let Value::Array(all) = &mut *self.0 else { return Ok(()) };
            if !matches!(next, Ok(None)) {
                all.push(item);
            }
            if next?.is_none() {
                return Ok(());
            }
        }
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        *self.0 = Value::from(text);
        Ok(())
    }

    fn visit_bool<E>(self, value: bool) -> Result<(), E> {
        *self.0 = Value::from(value);
        Ok(())
    }

    fn visit_i64<E>(self, value: i64) -> Result<(), E> {
        *self.0 = Value::from(value);
        Ok(())
    }

    fn visit_u64<E>(self, value: u64) -> Result<(), E> {
        *self.0 = Value::from(value);
        Ok(())
    }

    fn visit_f64<E>(self, value: f64) -> Result<(), E> {
        *self.0 = Value::from(value);
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_value_that_is_cut_off_shows_what_stands_before() {
        assert_eq!(so_far(r#"{"a": {"b": 1}, "c": "te"#), json!({"a": {"b": 1}, "c": null}));
        assert_eq!(so_far(r#"[{"a": 1}, {"b": "#), json!([{"a": 1}, {"b": null}]));
        assert_eq!(so_far("no value"), Value::Null);
    }

    #[test]
    fn the_value_may_stand_on_a_later_line_or_in_a_list() {
        let is = |value: &Value| value.get("own").is_some();
        assert!(any(b"{\"other\": 1}\n{\"own\": 1}\n", "\"own\"", is));
        assert!(any(b"[{\"other\": 1}, {\"own\": \"cut o", "\"own\"", is));
        assert!(!any(b"{\"other\": \"own\"}\n", "own", is));
    }
}
