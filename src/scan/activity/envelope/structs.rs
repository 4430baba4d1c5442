//! The text that Presto and Trino write for nested values: `{type=Role, arn=…,
//! sessioncontext={…}}` and `[{arn=…}, …]`. Nothing in it is quoted, so a value ends where
//! the next name begins; a name that comes twice shows that a value looked like one.

use serde_json::{Map, Value};

/// Values within each other.
const DEPTH: usize = 16;

/// Whether a text seems to be such text.
pub(super) fn may_be(text: &str) -> bool {
    text.strip_prefix('{').is_some_and(|rest| next_name(rest).is_some())
}

/// Reads such text; none for what is none, or can be read in several ways.
pub(super) fn parse(text: &str) -> Option<Value> {
    let inner = text.strip_prefix(['{', '['])?;
    if inner.starts_with('"') || !(inner.starts_with(['{', '}', ']']) || next_name(inner).is_some())
    {
        return None;
    }
    let (value, rest) = value(text, DEPTH)?;
    rest.is_empty().then_some(value)
}

fn value(text: &str, depth: usize) -> Option<(Value, &str)> {
    let depth = depth.checked_sub(1)?;
    if let Some(mut rest) = text.strip_prefix('{') {
        let mut object = Map::new();
        if let Some(rest) = rest.strip_prefix('}') {
            return Some((Value::Object(object), rest));
        }
        loop {
            let name = next_name(rest)?;
            let (inner, after) = value(rest.get(name.len() + 1..)?, depth)?;
            if object.insert(name.to_owned(), inner).is_some() {
                return None;
            }
            match after.strip_prefix(", ") {
                Some(next) => rest = next,
                None => return Some((Value::Object(object), after.strip_prefix('}')?)),
            }
        }
    }
    if let Some(mut rest) = text.strip_prefix('[') {
        let mut items = Vec::new();
        if let Some(rest) = rest.strip_prefix(']') {
            return Some((Value::Array(items), rest));
        }
        loop {
            let (item, after) = value(rest, depth)?;
            items.push(item);
            match after.strip_prefix(", ") {
                Some(next) => rest = next,
                None => return Some((Value::Array(items), after.strip_prefix(']')?)),
            }
        }
    }
    let end = text
        .char_indices()
        .find(|&(at, character)| match character {
            '}' | ']' => true,
            ',' => text
                .get(at + 1..)
                .and_then(|rest| rest.strip_prefix(' '))
                .is_some_and(|rest| rest.starts_with('{') || next_name(rest).is_some()),
            _ => false,
        })
        .map_or(text.len(), |(at, _)| at);
    let (scalar, rest) = text.split_at_checked(end)?;
    let value = if scalar == "null" { Value::Null } else { Value::String(scalar.to_owned()) };
    Some((value, rest))
}

/// The name that a text begins with, before its `=`.
fn next_name(text: &str) -> Option<&str> {
    let (name, _) = text.split_once('=')?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    (!name.is_empty() && name.bytes().all(plain)).then_some(name)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn nested_values_are_read() {
        assert_eq!(
            parse(
                "{type=AssumedRole, arn=arn:aws:sts::1:assumed-role/x/a,b=c, sessioncontext={attributes={mfaauthenticated=false}, sessionissuer={type=Role, arn=arn:aws:iam::1:role/x}}, username=null}"
            ),
            Some(json!({
                "type": "AssumedRole", "arn": "arn:aws:sts::1:assumed-role/x/a,b=c",
                "sessioncontext": {
                    "attributes": {"mfaauthenticated": "false"},
                    "sessionissuer": {"type": "Role", "arn": "arn:aws:iam::1:role/x"},
                },
                "username": null,
            }))
        );
        assert_eq!(
            parse("[{arn=arn:aws:s3:::a, accountid=1}, {arn=arn:aws:s3:::b, accountid=1}]"),
            Some(json!([
                {"arn": "arn:aws:s3:::a", "accountid": "1"},
                {"arn": "arn:aws:s3:::b", "accountid": "1"},
            ]))
        );
        assert_eq!(parse("[]"), Some(json!([])));
    }

    #[test]
    fn a_value_that_looks_like_a_member_makes_the_text_ambiguous() {
        assert_eq!(parse("{type=SAMLUser, username=eve, arn=x, arn=y}"), None);
    }

    #[test]
    fn json_and_broken_text_are_none() {
        for text in [r#"{"type":"Role"}"#, "{type=Role", "{type=Role}}", "", "Role", "{=x}"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
