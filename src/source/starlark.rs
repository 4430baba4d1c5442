//! Starlark, as far as it is calls with plain values: `prefix_rule(pattern = ["a"])`.
//!
//! Nothing is run. A file that computes anything is refused as a whole, because what
//! it would yield is not in its text.

use super::{
    Sink, Syntax,
    error::{ErrorKind, SourceError},
    node::{Key, Mapping, Node, Place, Value},
    text::PlaceCursor,
};

/// The functions whose files are meant; other text may look like a call too.
const FUNCTIONS: [&str; 1] = ["prefix_rule"];

/// Whether a line of the text starts a call that such files are made of.
pub(super) fn is_meant(text: &str) -> bool {
    let starts = |line: &str| {
        FUNCTIONS.iter().any(|name| {
            line.strip_prefix(name).is_some_and(|rest| rest.trim_start().starts_with('('))
        })
    };
    text.lines().any(starts)
}

/// Parses the calls of `text` as one document: a list of mappings with `call`, the
/// name of the function, and `arguments`, those that have names.
///
/// # Errors
/// What is no such call, at its place; nothing is handed over then.
pub(super) fn parse(text: &str, sink: &mut Sink<'_>) -> Result<(), SourceError> {
    sink.check_size(text)?;
    let mut reader = Reader { text, at: 0, cursor: PlaceCursor::new(text), sink, nodes: 0 };
    let mut calls = Vec::new();
    reader.blank();
    while reader.peek().is_some() {
        calls.push(reader.call()?);
        reader.blank();
    }
    let root = Node::new(Place { line: 1, column: 1 }, Value::Sequence(calls));
    sink.document(root, Syntax::Starlark, None);
    Ok(())
}

struct Reader<'s, 't, 'k> {
    text: &'t str,
    /// Bytes that are read.
    at: usize,
    cursor: PlaceCursor<'t>,
    sink: &'s Sink<'k>,
    nodes: usize,
}

impl<'t> Reader<'_, 't, '_> {
    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        Some(c)
    }

    fn take(&mut self, wanted: char) -> bool {
        let found = self.peek() == Some(wanted);
        if found {
            self.at += wanted.len_utf8();
        }
        found
    }

    /// Passes blanks, line ends and comments.
    fn blank(&mut self) {
        loop {
            let rest = self.rest();
            let trimmed = rest.trim_start();
            self.at += rest.len() - trimmed.len();
            if !trimmed.starts_with('#') {
                return;
            }
            self.at += trimmed.find('\n').unwrap_or(trimmed.len());
        }
    }

    fn place(&mut self) -> Place {
        self.cursor.place(self.at)
    }

    fn refuse(&mut self, kind: ErrorKind, message: impl Into<String>) -> SourceError {
        let place = self.place();
        SourceError::new(kind, place.location(self.sink.file()), message.into())
    }

    fn unexpected(&mut self) -> SourceError {
        self.refuse(ErrorKind::Syntax, "only calls with plain values are read")
    }

    fn count(&mut self, depth: usize) -> Result<(), SourceError> {
        let (most, deepest) = (self.sink.limits().nodes, self.sink.limits().depth);
        self.nodes += 1;
        if self.nodes > most {
            return Err(
                self.refuse(ErrorKind::Limit, format!("more than {most} values in one document"))
            );
        }
        if depth > deepest {
            return Err(
                self.refuse(ErrorKind::Limit, format!("nested deeper than {deepest} levels"))
            );
        }
        Ok(())
    }

    fn name(&mut self) -> Result<Key, SourceError> {
        let place = self.place();
        let rest = self.rest();
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
        let name = rest.get(..end).unwrap_or_default();
        if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
            return Err(self.unexpected());
        }
        self.at += end;
        Ok(Key { name: name.to_owned(), place })
    }

    fn call(&mut self) -> Result<Node, SourceError> {
        self.count(2)?;
        let function = self.name()?;
        let place = function.place;
        self.blank();
        if !self.take('(') {
            return Err(self.unexpected());
        }
        let mut arguments = Mapping::default();
        self.blank();
        while !self.take(')') {
            let name = self.name()?;
            self.blank();
            if !self.take('=') {
                return Err(self.unexpected());
            }
            self.blank();
            let value = self.value(4)?;
            arguments.entries.push((name, value));
            self.blank();
            if !self.take(',') && self.peek() != Some(')') {
                return Err(self.unexpected());
            }
            self.blank();
        }
        let key = |name: &str| Key { name: name.to_owned(), place };
        let entries = vec![
            (key("call"), Node::new(place, Value::String(function.name))),
            (key("arguments"), Node::new(place, Value::Mapping(arguments))),
        ];
        Ok(Node::new(place, Value::Mapping(Mapping { entries })))
    }

    fn value(&mut self, depth: usize) -> Result<Node, SourceError> {
        self.count(depth)?;
        let place = self.place();
        let value = match self.peek() {
            Some(quote @ ('"' | '\'')) => Value::String(self.string(quote)?),
            Some('[') => self.items(']', depth)?,
            Some('(') => self.items(')', depth)?,
            Some('0'..='9' | '-') => self.number()?,
            Some(_) => match self.name()?.name.as_str() {
                "True" => Value::Bool(true),
                "False" => Value::Bool(false),
                "None" => Value::Null,
                _ => return Err(self.unexpected()),
            },
            None => return Err(self.unexpected()),
        };
        Ok(Node::new(place, value))
    }

    fn items(&mut self, closing: char, depth: usize) -> Result<Value, SourceError> {
        self.next();
        let mut items = Vec::new();
        self.blank();
        while !self.take(closing) {
            items.push(self.value(depth + 1)?);
            self.blank();
            if !self.take(',') && self.peek() != Some(closing) {
                return Err(self.unexpected());
            }
            self.blank();
        }
        Ok(Value::Sequence(items))
    }

    fn number(&mut self) -> Result<Value, SourceError> {
        let rest = self.rest();
        let end = rest
            .char_indices()
            .find(|(at, c)| !(c.is_ascii_digit() || (*at == 0 && *c == '-')))
            .map_or(rest.len(), |(at, _)| at);
        match rest.get(..end).unwrap_or_default().parse() {
            Ok(number) => {
                self.at += end;
                Ok(Value::Int(number))
            }
            Err(_) => Err(self.unexpected()),
        }
    }

    /// Text in quotes, on one line or in three of them.
    fn string(&mut self, quote: char) -> Result<String, SourceError> {
        let triple: String = std::iter::repeat_n(quote, 3).collect();
        let closing = if self.rest().starts_with(&triple) { triple } else { quote.to_string() };
        self.at += closing.len();
        let mut text = String::new();
        loop {
            if self.rest().starts_with(&closing) {
                self.at += closing.len();
                return Ok(text);
            }
            match self.next() {
                Some('\\') => match self.next() {
                    Some('n') => text.push('\n'),
                    Some('t') => text.push('\t'),
                    Some('r') => text.push('\r'),
                    Some(c @ ('\\' | '"' | '\'')) => text.push(c),
                    _ => return Err(self.unexpected()),
                },
                Some('\n') if closing.len() == 1 => return Err(self.unexpected()),
                Some(c) => text.push(c),
                None => return Err(self.unexpected()),
            }
        }
    }
}
