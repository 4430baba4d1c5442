//! Literals of text: prefixes, quotes and escapes undone.

use tree_sitter::Node;

use super::{Expr, ExprKind, Reader, children};

impl Reader<'_> {
    /// `"…"`, `f"…{x}…"`.
    pub(super) fn string(&mut self, node: Node<'_>) -> ExprKind {
        let mut parts = Vec::new();
        self.string_parts(node, &mut parts);
        joined(parts)
    }

    /// `"…" "…"`.
    pub(super) fn strings(&mut self, node: Node<'_>) -> ExprKind {
        let mut parts = Vec::new();
        for child in children(node) {
            self.string_parts(child, &mut parts);
        }
        joined(parts)
    }

    fn string_parts(&mut self, node: Node<'_>, parts: &mut Vec<Expr>) {
        let mut raw = false;
        for child in children(node) {
            match child.kind() {
                "string_start" => {
                    let prefix = self.text_of(child).trim_end_matches(['"', '\'']);
                    raw = prefix.contains(['r', 'R']);
                }
                "string_content" => {
                    let place = self.place(child);
                    let text = self.text_of(child);
                    let text = if raw { text.to_owned() } else { unescaped(text) };
                    parts.push(Expr { place, kind: ExprKind::Text(text) });
                }
                "interpolation" => {
                    let place = self.place(child);
                    let inner = child.child_by_field_name("expression");
                    let kind = match inner {
                        Some(inner) => self.expression(inner).kind,
                        None => ExprKind::Other { parts: Vec::new(), binds: Vec::new() },
                    };
                    // A literal inside braces is still computed: `{"x"!r:>{width}}`.
                    let kind = match kind {
                        ExprKind::Text(_) => {
                            ExprKind::Other { parts: Vec::new(), binds: Vec::new() }
                        }
                        kind => kind,
                    };
                    parts.push(Expr { place, kind });
                }
                _ => {}
            }
        }
    }
}

/// Text where nothing is computed, otherwise its parts.
fn joined(parts: Vec<Expr>) -> ExprKind {
    if parts.iter().all(|part| part.as_text().is_some()) {
        ExprKind::Text(parts.iter().filter_map(Expr::as_text).collect())
    } else {
        ExprKind::Format(parts)
    }
}

/// Text with its escapes undone; one that Python does not know stays as it is.
fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        plain.push_str(before);
        let mut characters = escape.chars();
        characters.next();
        let Some(character) = characters.next() else {
            plain.push('\\');
            return plain;
        };
        rest = characters.as_str();
        let digits = match character {
            'x' => 2,
            'u' => 4,
            'U' => 8,
            _ => 0,
        };
        let code = rest.get(..digits).filter(|_| digits > 0);
        let code = code.and_then(|code| u32::from_str_radix(code, 16).ok());
        match (character, code.and_then(char::from_u32)) {
            ('\n', _) => {}
            ('n', _) => plain.push('\n'),
            ('t', _) => plain.push('\t'),
            ('r', _) => plain.push('\r'),
            ('\\' | '\'' | '"', _) => plain.push(character),
            (_, Some(decoded)) => {
                plain.push(decoded);
                rest = rest.get(digits..).unwrap_or_default();
            }
            (_, None) => {
                plain.push('\\');
                plain.push(character);
            }
        }
    }
    plain.push_str(rest);
    plain
}
