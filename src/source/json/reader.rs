//! One JSON or JSONC value, token by token and without recursion. Strings are
//! decoded and numbers checked by serde_json.

use serde_json::value::RawValue;

use crate::source::{
    build::{Builder, Refusal},
    error::{ErrorKind, SourceError},
    node::{Key, Node, Place, Value},
    scalar,
    sink::Sink,
    text::PlaceCursor,
};

/// Reads one value of `text` from `at`, not beyond `end`.
pub(super) struct Reader<'s, 't, 'k> {
    text: &'t str,
    at: usize,
    end: usize,
    cursor: &'s mut PlaceCursor<'t>,
    sink: &'s Sink<'k>,
    lenient: Option<String>,
}

enum Expect {
    Value,
    /// The first element, or the end of an empty list.
    ValueOrEnd,
    Key,
    /// The first key, or the end of an empty mapping.
    KeyOrEnd,
    CommaOrEnd,
}

impl<'s, 't, 'k> Reader<'s, 't, 'k> {
    pub(super) fn new(
        text: &'t str,
        at: usize,
        end: usize,
        cursor: &'s mut PlaceCursor<'t>,
        sink: &'s Sink<'k>,
    ) -> Self {
        Self { text, at, end, cursor, sink, lenient: None }
    }

    /// The value, where it ends, and how it breaks strict JSON.
    pub(super) fn run(mut self) -> Result<(Node, usize, Option<String>), SourceError> {
        let mut builder = Builder::new(self.sink.limits());
        let mut expect = Expect::Value;
        loop {
            let byte = self.next_byte()?;
            expect = match (expect, byte) {
                (Expect::ValueOrEnd | Expect::CommaOrEnd, b']') if builder.in_sequence() => {
                    self.close(&mut builder)
                }
                (Expect::KeyOrEnd | Expect::CommaOrEnd, b'}') if !builder.in_sequence() => {
                    self.close(&mut builder)
                }
                (Expect::Value | Expect::ValueOrEnd, _) => self.value(byte, &mut builder)?,
                (Expect::Key | Expect::KeyOrEnd, b'"') => {
                    let place = self.place();
                    let name = self.string()?;
                    builder.key(Key { name, place });
                    if self.next_byte()? != b':' {
                        return Err(self.unexpected("`:`"));
                    }
                    self.at += 1;
                    Expect::Value
                }
                (Expect::CommaOrEnd, b',') => self.comma(&builder)?,
                (Expect::Key | Expect::KeyOrEnd, _) => {
                    return Err(self.unexpected("a key in double quotes"));
                }
                (Expect::CommaOrEnd, _) => {
                    let end = if builder.in_sequence() { "`,` or `]`" } else { "`,` or `}`" };
                    return Err(self.unexpected(end));
                }
            };
            if builder.depth() == 0
                && let Some(node) = builder.take()
            {
                return Ok((node, self.at, self.lenient));
            }
        }
    }

    /// After a comma the end may stand, too: JSONC allows it, JSON does not.
    fn comma(&mut self, builder: &Builder<'_>) -> Result<Expect, SourceError> {
        let comma = self.at;
        self.at += 1;
        let next = self.next_byte()?;
        let end = if builder.in_sequence() { b']' } else { b'}' };
        if next == end {
            self.note("a trailing comma", comma);
            return Ok(Expect::CommaOrEnd);
        }
        Ok(if builder.in_sequence() { Expect::Value } else { Expect::Key })
    }

    fn close(&mut self, builder: &mut Builder<'_>) -> Expect {
        self.at += 1;
        if let Some(node) = builder.close() {
            builder.put(node);
        }
        Expect::CommaOrEnd
    }

    fn value(&mut self, byte: u8, builder: &mut Builder<'_>) -> Result<Expect, SourceError> {
        let place = self.place();
        let refused = |refusal: Refusal| {
            SourceError::new(ErrorKind::Limit, place.location(self.sink.file()), refusal)
        };
        match byte {
            b'{' => {
                builder.open_mapping(place).map_err(refused)?;
                self.at += 1;
                return Ok(Expect::KeyOrEnd);
            }
            b'[' => {
                builder.open_sequence(place).map_err(refused)?;
                self.at += 1;
                return Ok(Expect::ValueOrEnd);
            }
            _ => {}
        }
        builder.count(1).map_err(refused)?;
        let node = match byte {
            b'"' => Node::new(place, Value::String(self.string()?)),
            b'-' | b'0'..=b'9' => self.number(place)?,
            b'a'..=b'z' => match self.word() {
                "true" => Node::new(place, Value::Bool(true)),
                "false" => Node::new(place, Value::Bool(false)),
                "null" => Node::new(place, Value::Null),
                _ => return Err(self.unexpected("a value")),
            },
            _ => return Err(self.unexpected("a value")),
        };
        if !matches!(node.value, Value::String(_)) && byte != b'-' && !byte.is_ascii_digit() {
            self.at += self.word().len();
        }
        builder.put(node);
        Ok(Expect::CommaOrEnd)
    }

    fn rest(&self) -> &'t [u8] {
        self.text.as_bytes().get(self.at..self.end).unwrap_or_default()
    }

    fn word(&self) -> &'t str {
        let length = self.rest().iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
        self.text.get(self.at..self.at + length).unwrap_or_default()
    }

    fn number(&mut self, place: Place) -> Result<Node, SourceError> {
        let is_part = |byte: &&u8| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E');
        let length = self.rest().iter().take_while(is_part).count();
        let text = self.text.get(self.at..self.at + length).unwrap_or_default();
        let well_formed = serde_json::from_str::<&RawValue>(text).is_ok();
        let value = match (text.parse(), text.parse()) {
            (Ok(whole), _) if well_formed => Value::Int(whole),
            (Err(_), Ok(number)) if well_formed => Value::Float(number),
            _ => {
                let message = format!("`{text}` is not a number");
                return Err(self.error(ErrorKind::Syntax, message));
            }
        };
        self.at += length;
        Ok(scalar::with_spelling(place, value, text))
    }

    fn string(&mut self) -> Result<String, SourceError> {
        let rest = self.rest();
        let mut escaped = false;
        let mut length = 1;
        loop {
            let tail = rest.get(length..).unwrap_or_default();
            let Some(stop) = memchr::memchr2(b'"', b'\\', tail) else {
                return Err(self.error(ErrorKind::Syntax, "text in quotes that never ends"));
            };
            length += stop + 1;
            if tail.get(stop) == Some(&b'"') {
                break;
            }
            escaped = true;
            length += 1;
        }
        let quoted = self.text.get(self.at..self.at + length).unwrap_or_default();
        let inner = quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or_default();
        let text = if escaped || inner.bytes().any(|byte| byte < 0x20) {
            match serde_json::from_str(quoted) {
                Ok(text) => text,
                Err(_) => {
                    let message = "text with a raw line break, a control character or a bad escape";
                    return Err(self.error(ErrorKind::Syntax, message));
                }
            }
        } else {
            inner.to_owned()
        };
        self.at += length;
        Ok(text)
    }

    /// The next byte that is no white space and no comment; it is not taken.
    fn next_byte(&mut self) -> Result<u8, SourceError> {
        loop {
            let is_space = |byte: &&u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
            self.at += self.rest().iter().take_while(is_space).count();
            match self.rest().first() {
                Some(b'/') => match comment_length(self.rest()) {
                    Some(length) => {
                        self.note("a comment", self.at);
                        self.at += length;
                    }
                    None => return Err(self.unexpected("a value or a comment")),
                },
                Some(byte) => return Ok(*byte),
                None => {
                    return Err(self.error(ErrorKind::Syntax, "the text ends within a value"));
                }
            }
        }
    }

    fn note(&mut self, what: &str, at: usize) {
        if self.lenient.is_none() {
            let line = self.cursor.place(at).line;
            self.lenient = Some(format!("{what} in line {line}, which strict JSON forbids"));
        }
    }

    fn place(&mut self) -> Place {
        self.cursor.place(self.at)
    }

    fn unexpected(&mut self, expected: &str) -> SourceError {
        let found = self.text.get(self.at..).and_then(|rest| rest.chars().next());
        let found = match found {
            None => "the end".to_owned(),
            Some(c) if c.is_control() => format!("the character U+{:04X}", u32::from(c)),
            Some(c) => format!("`{c}`"),
        };
        self.error(ErrorKind::Syntax, format!("expected {expected}, found {found}"))
    }

    /// Whether `{{` stands close by: it is what stops a reader of JSON.
    fn is_template_here(&self) -> bool {
        let around = self.at.saturating_sub(100)..self.text.len().min(self.at + 100);
        let around = self.text.as_bytes().get(around).unwrap_or_default();
        memchr::memmem::find(around, b"{{").is_some()
    }

    fn error(&mut self, kind: ErrorKind, message: impl Into<String>) -> SourceError {
        let error = SourceError::new(kind, self.place().location(self.sink.file()), message);
        if kind == ErrorKind::Syntax && self.is_template_here() {
            return SourceError {
                kind: ErrorKind::Template,
                message: format!("a template, not JSON ({})", error.message),
                ..error
            };
        }
        error
    }
}

/// The length of the comment that `rest` starts with; none where it is no
/// comment or never ends.
pub(super) fn comment_length(rest: &[u8]) -> Option<usize> {
    match rest {
        [b'/', b'/', ..] => Some(memchr::memchr(b'\n', rest).unwrap_or(rest.len())),
        [b'/', b'*', inner @ ..] => memchr::memmem::find(inner, b"*/").map(|end| end + 4),
        _ => None,
    }
}
