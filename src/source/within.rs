//! Text that stands as a value in a document and is a document itself: a file in a
//! ConfigMap, a schema in a template.
//!
//! Everything in it has a place in the file that holds it: the very line and column
//! where each of its lines stands there by itself, else the place of the value.

use super::{
    Document, Parsed, SyntaxHint,
    error::SourceError,
    limits::Limits,
    node::{Node, Place, Written},
    parse,
};
use crate::model::location::Location;

/// Reads what a value of `outer` holds; nothing where it is no text.
#[must_use]
pub fn parse_within(outer: &Document, value: &Node, hint: SyntaxHint, limits: &Limits) -> Parsed {
    parse_bytes_within(outer, value, value.as_str().unwrap_or_default().as_bytes(), hint, limits)
}

/// The same of bytes that a value stands for.
#[must_use]
pub fn parse_bytes_within(
    outer: &Document,
    value: &Node,
    bytes: &[u8],
    hint: SyntaxHint,
    limits: &Limits,
) -> Parsed {
    let mut parsed = parse(&outer.file, bytes, hint, limits);
    for document in &mut parsed.documents {
        document.root.replace_places(&mut |place| place_of(value, place));
    }
    for SourceError { location, .. } in &mut parsed.outcome.errors {
        let inner =
            Place { line: location.line.unwrap_or(1), column: location.column.unwrap_or(1) };
        *location = Location {
            object: location.object.take(),
            ..place_of(value, inner).location(&outer.file)
        };
    }
    parsed
}

/// The place in its file of a place in the text of `value`.
fn place_of(value: &Node, inner: Place) -> Place {
    match value.written.as_deref() {
        Some(Written::Lines { indent }) if value.place.line > 0 => {
            // The place is that of the first line that is not empty.
            let text = value.as_str().unwrap_or_default();
            let empty = text.bytes().take_while(|byte| *byte == b'\n').count();
            let empty = u32::try_from(empty).unwrap_or(u32::MAX);
            Place {
                line: value
                    .place
                    .line
                    .saturating_add(inner.line)
                    .saturating_sub(empty.saturating_add(1)),
                column: inner.column.saturating_add(*indent),
            }
        }
        _ => value.place,
    }
}

/// What text in base64 (RFC 4648, with or without its padding and line breaks) stands for.
#[must_use]
pub fn from_base64(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut count) = (0_u32, 0_u32);
    for byte in text.trim_end_matches(['=', '\n', '\r', ' ']).bytes() {
        let six = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            b'\n' | b'\r' => continue,
            _ => return None,
        };
        bits = (bits << 6) | u32::from(six);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.extend(u8::try_from((bits >> count) & 0xFF));
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outer(text: &str) -> Document {
        let mut parsed =
            parse(&"all.yaml".into(), text.as_bytes(), SyntaxHint::Yaml, &Limits::default());
        parsed.documents.remove(0)
    }

    /// The place of `inner.key` in the value of `a`.
    fn place(text: &str) -> (u32, u32) {
        let outer = outer(text);
        let value = outer.root.get("a").expect("the value");
        let parsed = parse_within(&outer, value, SyntaxHint::Unknown, &Limits::default());
        let inner = parsed.documents[0].root.at(&["inner", "key"]).expect("the key");
        (inner.place.line, inner.place.column)
    }

    #[test]
    fn lines_of_a_literal_stand_where_they_stand_in_the_file() {
        assert_eq!(place("x: 1\na: |\n  inner:\n    key: v\n"), (4, 10));
        assert_eq!(place("a: |-\n\n    # said\n    inner: {key: v}\n"), (4, 18));
        assert_eq!(place("a: !!str |2\n    inner:\n      key: v\n"), (3, 12));
    }

    #[test]
    fn text_that_is_written_otherwise_stands_where_its_value_does() {
        assert_eq!(place("a: \"inner:\\n  key: v\\n\"\n"), (1, 4));
        assert_eq!(place("{\"a\": \"{\\\"inner\\\": {\\\"key\\\": 1}}\"}"), (1, 7));
        assert_eq!(place("a: >\n  inner: {key: v}\n"), (2, 3));
    }

    #[test]
    fn what_cannot_be_read_is_told_at_its_line() {
        let outer = outer("a: |\n  inner: v\n  other: [\n");
        let value = outer.root.get("a").expect("the value");
        let parsed = parse_within(&outer, value, SyntaxHint::Yaml, &Limits::default());
        let line = parsed.outcome.errors[0].location.line;
        assert!(matches!(line, Some(3 | 4)), "{line:?}");
    }

    #[test]
    fn base64_agrees_with_the_vectors_of_rfc_4648() {
        for (encoded, plain) in
            [("", ""), ("Zg==", "f"), ("Zm8=", "fo"), ("Zm9v", "foo"), ("Zm9v\nYmE=\n", "fooba")]
        {
            assert_eq!(from_base64(encoded).as_deref(), Some(plain.as_bytes()), "{encoded}");
        }
        assert_eq!(from_base64("no base64!"), None);
    }
}
