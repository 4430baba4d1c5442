//! TOML 1.0 with places. Keys come in the order of the file; dates are text.

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};
use toml_parser::{Source, lexer::TokenKind};

use super::{
    Sink, Syntax,
    error::{ErrorKind, SourceError},
    node::{Key, Mapping, Node, Value},
    scalar,
    text::PlaceCursor,
};

/// Parses the one document of `text`.
///
/// # Errors
/// What breaks TOML's rules, at its place; nothing is handed over then.
pub(super) fn parse(text: &str, sink: &mut Sink<'_>) -> Result<(), SourceError> {
    sink.check_size(text)?;
    check_depth(text, sink)?;
    let table = DeTable::parse(text).map_err(|error| {
        let start = error.span().map_or(0, |span| span.start);
        let place = PlaceCursor::new(text).place(start);
        let message = error.message().lines().collect::<Vec<_>>().join(", ");
        SourceError::new(ErrorKind::Syntax, place.location(sink.file()), message)
    })?;
    let mut reader = Reader { cursor: PlaceCursor::new(text), sink, nodes: 0 };
    let start = table.span().start;
    let root = reader.table(table.get_ref(), start, 1)?;
    sink.document(root, Syntax::Toml, None);
    Ok(())
}

/// Refuses nesting beyond the limit before anything is built.
///
/// toml bounds the parts of one key and the tables within each other, but not
/// their product: 79 keys of 79 parts would be 6,241 tables deep, and dropping
/// them overflows a thread's stack. The count here is never less than the depth
/// that toml may build, also where the text is broken.
fn check_depth(text: &str, sink: &Sink<'_>) -> Result<(), SourceError> {
    let mut open: Vec<(TokenKind, usize)> = Vec::new();
    let mut within = 0;
    let mut header = 0;
    let mut dots = 0;
    let mut line_start = true;
    for token in Source::new(text).lex() {
        let kind = token.kind();
        match kind {
            TokenKind::Dot => dots += 1,
            TokenKind::Comma | TokenKind::Newline => dots = 0,
            TokenKind::LeftSquareBracket | TokenKind::LeftCurlyBracket => {
                if line_start && open.is_empty() {
                    header = 0;
                }
                open.push((kind, dots + 1));
                within += dots + 1;
                dots = 0;
            }
            TokenKind::RightSquareBracket | TokenKind::RightCurlyBracket => {
                let opening = match kind {
                    TokenKind::RightCurlyBracket => TokenKind::LeftCurlyBracket,
                    _ => TokenKind::LeftSquareBracket,
                };
                if let Some((_, added)) = open.pop_if(|(kind, _)| *kind == opening) {
                    within -= added;
                    // After a value this is more than need be, never less.
                    header = header.max(dots + open.len() + 2);
                }
                dots = 0;
            }
            _ => {}
        }
        let blank = matches!(kind, TokenKind::Newline | TokenKind::Whitespace);
        line_start = kind == TokenKind::Newline || (line_start && blank);
        let limit = sink.limits().depth;
        if header + within + dots > limit {
            let place = PlaceCursor::new(text).place(token.span().start());
            let message = format!("nested deeper than {limit} levels");
            return Err(SourceError::new(ErrorKind::Limit, place.location(sink.file()), message));
        }
    }
    Ok(())
}

struct Reader<'s, 't, 'k> {
    cursor: PlaceCursor<'t>,
    sink: &'s Sink<'k>,
    nodes: usize,
}

impl Reader<'_, '_, '_> {
    fn table(
        &mut self,
        table: &DeTable<'_>,
        start: usize,
        depth: usize,
    ) -> Result<Node, SourceError> {
        self.count(start, depth)?;
        let place = self.cursor.place(start);
        let mut pairs: Vec<_> = table.iter().collect();
        pairs.sort_by_key(|(key, value)| (key.span().start, value.span().start));
        let mut entries = Vec::with_capacity(pairs.len());
        for (key, value) in pairs {
            let place = self.cursor.place(key.span().start);
            let key = Key { name: key.get_ref().clone().into_owned(), place };
            entries.push((key, self.value(value, depth + 1)?));
        }
        Ok(Node::new(place, Value::Mapping(Mapping { entries })))
    }

    fn value(&mut self, value: &Spanned<DeValue<'_>>, depth: usize) -> Result<Node, SourceError> {
        let start = value.span().start;
        self.count(start, depth)?;
        let place = self.cursor.place(start);
        Ok(match value.get_ref() {
            DeValue::String(text) => Node::new(place, Value::String(text.clone().into_owned())),
            DeValue::Boolean(yes) => Node::new(place, Value::Bool(*yes)),
            DeValue::Datetime(date) => Node::new(place, Value::String(date.to_string())),
            DeValue::Integer(number) => {
                let value = match i64::from_str_radix(number.as_str(), number.radix()) {
                    Ok(whole) => Value::Int(whole),
                    Err(_) => Value::String(number.as_str().to_owned()),
                };
                Node::new(place, value)
            }
            DeValue::Float(number) => {
                let spelt = number.as_str();
                match spelt.parse() {
                    Ok(float) => scalar::with_spelling(place, Value::Float(float), spelt),
                    Err(_) => Node::new(place, Value::String(spelt.to_owned())),
                }
            }
            DeValue::Array(items) => {
                let items = items.iter().map(|item| self.value(item, depth + 1));
                Node::new(place, Value::Sequence(items.collect::<Result<_, _>>()?))
            }
            DeValue::Table(table) => self.table(table, start, depth)?,
        })
    }

    fn count(&mut self, start: usize, depth: usize) -> Result<(), SourceError> {
        let limits = self.sink.limits();
        self.nodes += 1;
        let message = if depth > limits.depth {
            format!("nested deeper than {} levels", limits.depth)
        } else if self.nodes > limits.nodes {
            format!("more than {} values in one document", limits.nodes)
        } else {
            return Ok(());
        };
        let place = self.cursor.place(start);
        Err(SourceError::new(ErrorKind::Limit, place.location(self.sink.file()), message))
    }
}
