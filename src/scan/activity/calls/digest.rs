//! The digest of what a tool was given.
//!
//! SHA-256 of canonical JSON: members in the order of their names, no blanks, numbers
//! and text as serde_json writes them. The same arguments have the same digest in every
//! log, whether they stand there as a value or as text.

use serde_json::Value;
use sha2::{Digest, Sha256};

/// The digest of arguments. Text that holds JSON counts as what it holds.
pub(super) fn of(arguments: &Value) -> [u8; 32] {
    let mut canonical = String::new();
    let held = arguments.as_str().and_then(|text| serde_json::from_str::<Value>(text).ok());
    write(held.as_ref().unwrap_or(arguments), &mut canonical);
    Sha256::digest(canonical.as_bytes()).into()
}

/// A digest as it is written: `sha256:` and 64 digits, or the digits alone.
pub(super) fn parse(text: &str) -> Option<[u8; 32]> {
    let digits = text.strip_prefix("sha256:").unwrap_or(text);
    if digits.len() != 64 || !digits.is_ascii() {
        return None;
    }
    let mut digest = [0; 32];
    for (byte, at) in digest.iter_mut().zip((0..).step_by(2)) {
        *byte = u8::from_str_radix(digits.get(at..at + 2)?, 16).ok()?;
    }
    Some(digest)
}

/// Depth is bounded by the parser that made the value.
fn write(value: &Value, to: &mut String) {
    match value {
        Value::Object(object) => {
            let mut members: Vec<_> = object.iter().collect();
            members.sort_by_key(|(name, _)| *name);
            to.push('{');
            for (position, (name, member)) in members.into_iter().enumerate() {
                if position > 0 {
                    to.push(',');
                }
                to.push_str(&Value::from(name.as_str()).to_string());
                to.push(':');
                write(member, to);
            }
            to.push('}');
        }
        Value::Array(items) => {
            to.push('[');
            for (position, item) in items.iter().enumerate() {
                if position > 0 {
                    to.push(',');
                }
                write(item, to);
            }
            to.push(']');
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            to.push_str(&value.to_string());
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_order_of_members_and_the_way_of_writing_do_not_matter() {
        let one = of(&json!({"b": [1, {"y": 1, "x": 2}], "a": "text"}));
        assert_eq!(one, of(&json!({"a": "text", "b": [1, {"x": 2, "y": 1}]})));
        assert_eq!(one, of(&json!(r#"{ "a": "text", "b": [1, {"x": 2, "y": 1}] }"#)));
        assert_ne!(one, of(&json!({"a": "text", "b": [1, {"x": 2, "y": 2}]})));
    }

    #[test]
    fn a_digest_is_read_as_it_is_written() {
        let empty = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
        assert_eq!(parse(&format!("sha256:{empty}")), Some(of(&json!({}))));
        assert_eq!(parse(empty), Some(of(&json!({}))));
        assert_eq!(parse("sha256:44"), None);
    }
}
