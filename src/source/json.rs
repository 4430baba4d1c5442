//! JSON and JSONC, token by token and without recursion.
//!
//! A strict file is first cut into its top-level values, and a Kubernetes list
//! into its items, by serde_json's raw values; so a dump of any size is held as
//! its text plus one item. Strings are decoded and numbers checked by
//! serde_json as well. Comments and trailing commas are read, and said.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{
    Sink, Syntax,
    build::{Builder, Refusal},
    error::{ErrorKind, SourceError},
    list::{ListHead, is_list_kind, truncation},
    node::{Key, Node, Place, Value},
    scalar,
    text::PlaceCursor,
};

/// Parses every top-level value of `text`.
///
/// # Errors
/// The first thing that is neither JSON nor JSONC; what stands before it has
/// been handed over, what follows has not been read.
pub(super) fn parse(text: &str, sink: &mut Sink<'_>) -> Result<(), SourceError> {
    let mut cursor = PlaceCursor::new(text);
    let mut at = 0;
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<&RawValue>();
    while let Some(Ok(raw)) = values.next() {
        let raw = raw.get();
        at = values.byte_offset();
        let start = at.saturating_sub(raw.len());
        if !stream_list(text, raw, start, &mut cursor, sink)? {
            let node = Reader::new(text, start, at, &mut cursor, sink).run()?.0;
            sink.document_or_list(node, Syntax::Json, None);
        }
    }
    // What serde_json would not take: JSONC, too deep, or broken.
    while has_value(text.get(at..).unwrap_or_default()) {
        let (node, end, lenient) = Reader::new(text, at, text.len(), &mut cursor, sink).run()?;
        at = end;
        let syntax = if lenient.is_some() { Syntax::Jsonc } else { Syntax::Json };
        sink.document_or_list(node, syntax, lenient);
    }
    Ok(())
}

fn has_value(rest: &str) -> bool {
    let mut rest = rest.trim_ascii_start();
    while let Some(length) = comment_length(rest.as_bytes()) {
        rest = rest.get(length..).unwrap_or_default().trim_ascii_start();
    }
    !rest.is_empty()
}

/// The keys of a list that matter before its items are read.
#[derive(Deserialize)]
struct Probe<'a> {
    #[serde(borrow, default)]
    kind: Option<&'a RawValue>,
    #[serde(borrow, default)]
    items: Option<&'a RawValue>,
    #[serde(borrow, default, rename = "apiVersion")]
    api_version: Option<&'a RawValue>,
    #[serde(borrow, default)]
    metadata: Option<&'a RawValue>,
}

/// Hands over the items of a list one by one; false where it is none.
fn stream_list<'t>(
    text: &'t str,
    raw: &str,
    start: usize,
    cursor: &mut PlaceCursor<'t>,
    sink: &mut Sink<'_>,
) -> Result<bool, SourceError> {
    // Lists are never shorter, and most values are no lists.
    if !raw.starts_with('{') || memchr::memmem::find(raw.as_bytes(), b"List\"").is_none() {
        return Ok(false);
    }
    let Ok(probe) = serde_json::from_str::<Probe<'_>>(raw) else { return Ok(false) };
    let (Some(kind), Some(items)) = (probe.kind, probe.items) else { return Ok(false) };
    let is_list = serde_json::from_str::<&str>(kind.get()).is_ok_and(is_list_kind);
    let Ok(items) = serde_json::from_str::<Option<Vec<&RawValue>>>(items.get()) else {
        return Ok(false);
    };
    if !is_list {
        return Ok(false);
    }
    let offset = |part: &RawValue| {
        let within = (part.get().as_ptr() as usize).saturating_sub(raw.as_ptr() as usize);
        start + within
    };
    let read = |part: &RawValue, cursor: &mut PlaceCursor<'t>, sink: &Sink<'_>| {
        let start = offset(part);
        Ok::<_, SourceError>(
            Reader::new(text, start, start + part.get().len(), cursor, sink).run()?.0,
        )
    };
    let pair = |name: &str, node: Node| (Key { name: name.to_owned(), place: node.place }, node);
    // A cursor goes forward only, so what stands beside the items has its own.
    let head_of_list = cursor.clone();
    let aside = || head_of_list.clone();
    let kind = pair("kind", read(kind, &mut aside(), sink)?);
    let api_version = match probe.api_version {
        Some(part) => Some(pair("apiVersion", read(part, &mut aside(), sink)?)),
        None => None,
    };
    let head = ListHead::new(&kind, api_version.as_ref());
    for item in items.unwrap_or_default() {
        match read(item, cursor, sink) {
            Ok(item) => sink.document(head.complete(item), Syntax::Json, None),
            Err(error) => sink.error(error),
        }
    }
    sink.list();
    if let Some(metadata) = probe.metadata {
        let metadata = read(metadata, &mut aside(), sink)?;
        if let Some(error) = truncation(sink.file(), &metadata) {
            sink.error(error);
        }
    }
    Ok(true)
}

/// Reads one value of `text` from `at`, not beyond `end`.
struct Reader<'s, 't, 'k> {
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
    fn new(
        text: &'t str,
        at: usize,
        end: usize,
        cursor: &'s mut PlaceCursor<'t>,
        sink: &'s Sink<'k>,
    ) -> Self {
        Self { text, at, end, cursor, sink, lenient: None }
    }

    fn run(mut self) -> Result<(Node, usize, Option<String>), SourceError> {
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
fn comment_length(rest: &[u8]) -> Option<usize> {
    match rest {
        [b'/', b'/', ..] => Some(memchr::memchr(b'\n', rest).unwrap_or(rest.len())),
        [b'/', b'*', inner @ ..] => memchr::memmem::find(inner, b"*/").map(|end| end + 4),
        _ => None,
    }
}
