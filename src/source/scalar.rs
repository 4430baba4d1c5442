//! Plain YAML scalars by the core schema of YAML 1.2.2 (section 10.3): `yes`,
//! `on` and `no` are text.

use super::node::{Node, Place, Value, Written};

/// The value of an unquoted scalar. Numbers keep their spelling where it says
/// more than the value, so that `0755` and `1.10` can be asked for as text.
pub(super) fn plain(place: Place, text: &str) -> Node {
    let value = match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => Value::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => Value::Float(f64::NEG_INFINITY),
        ".nan" | ".NaN" | ".NAN" => Value::Float(f64::NAN),
        _ => number(text).unwrap_or_else(|| Value::String(text.to_owned())),
    };
    with_spelling(place, value, text)
}

/// A number of any syntax with its spelling.
pub(super) fn with_spelling(place: Place, value: Value, text: &str) -> Node {
    let same = match value {
        Value::Int(number) => number.to_string() == text,
        Value::Float(number) => number.to_string() == text,
        _ => true,
    };
    let written = (!same).then(|| Box::new(Written::Number(text.into())));
    Node { place, value, written }
}

fn number(text: &str) -> Option<Value> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if !digits.starts_with(|first: char| first.is_ascii_digit() || first == '.') {
        return None;
    }
    for (prefix, radix) in [("0o", 8), ("0x", 16)] {
        if let Some(rest) = text.strip_prefix(prefix) {
            let all_digits = rest.chars().all(|c| c.is_digit(radix));
            return i64::from_str_radix(rest, radix).ok().filter(|_| all_digits).map(Value::Int);
        }
    }
    if digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return match text.parse() {
            Ok(whole) => Some(Value::Int(whole)),
            Err(_) => text.parse().ok().map(Value::Float),
        };
    }
    let only_float_characters =
        digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-'));
    if !only_float_characters || !digits.contains(|c: char| c.is_ascii_digit()) {
        return None;
    }
    text.parse().ok().map(Value::Float)
}
