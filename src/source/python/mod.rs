//! Python, read by its grammar and never run.
//!
//! The answer to any text is a tree, and errors where it is not Python, nests too
//! deep or costs its reader too much.

mod expression;
mod statement;
mod syntax;
mod text;

#[cfg(test)]
mod tests;

use std::{ops::ControlFlow, sync::Arc};

use tree_sitter::{Node, ParseOptions, Parser, Tree};

use super::{
    error::{ErrorKind, SourceError},
    limits::Limits,
    node::Place,
    text::PlaceCursor,
};
use crate::model::location::Location;

pub use syntax::{
    Argument, Branch, BranchKind, Call, Class, Expr, ExprKind, Function, Imported, Module,
    Statement,
};

/// Whether a file's name promises Python; `.gz` and `.zst` are looked through.
#[must_use]
pub fn is_python(path: &str) -> bool {
    let path = path.strip_suffix(".gz").or(path.strip_suffix(".zst")).unwrap_or(path);
    path.rsplit_once('.').is_some_and(|(_, extension)| extension.eq_ignore_ascii_case("py"))
}

/// What was read of a file, and where it could not be: text that breaks the grammar
/// is read around, so that what is left may be less than the file says.
#[derive(Debug, Clone, PartialEq)]
pub struct Read {
    /// What it says.
    pub module: Module,
    /// Where it could not be read.
    pub errors: Vec<SourceError>,
}

/// Reads the text of a file.
///
/// # Errors
/// It is larger than [`Limits::code_bytes`], or takes its reader more than
/// [`Limits::code_steps`].
pub fn parse(file: &Arc<str>, text: &str, limits: &Limits) -> Result<Read, SourceError> {
    parse_after(0, file, text, limits)
}

/// The same, with every place in the module below `lines` lines of something else: so
/// modules that are looked at together have no place in common. Errors stand where they
/// are.
///
/// # Errors
/// As [`parse`].
pub fn parse_after(
    lines: u32,
    file: &Arc<str>,
    text: &str,
    limits: &Limits,
) -> Result<Read, SourceError> {
    let whole =
        |what: String| SourceError::new(ErrorKind::Limit, Location::file(file.clone()), what);
    if text.len() > limits.code_bytes {
        return Err(whole(format!("more than {} bytes of Python", limits.code_bytes)));
    }
    let Some(tree) = tree(text, limits.code_steps) else {
        return Err(whole("reading it as Python takes too long".to_owned()));
    };
    let root = tree.root_node();
    let mut reader = Reader {
        text,
        places: PlaceCursor::new(text),
        lines,
        depth: 0,
        deepest: limits.depth,
        too_deep: None,
    };
    let body = reader.block(root);
    let mut errors = Vec::new();
    if let Some(offset) = first_error(root) {
        let place = PlaceCursor::new(text).place(offset).location(file);
        errors.push(SourceError::new(ErrorKind::Syntax, place, "this is not Python 3"));
    }
    if let Some(place) = reader.too_deep {
        let place = Place { line: place.line.saturating_sub(lines), ..place };
        let what = format!("nested deeper than {}", limits.depth);
        errors.push(SourceError::new(ErrorKind::Limit, place.location(file), what));
    }
    Ok(Read { module: Module { file: file.clone(), body }, errors })
}

/// The tree of a text; none where it took too many steps.
fn tree(text: &str, steps: usize) -> Option<Tree> {
    let mut parser = Parser::new();
    parser.set_language(&tree_sitter_python::LANGUAGE.into()).ok()?;
    let bytes = text.as_bytes();
    let mut left = steps;
    // Steps and no clock: the same text has the same answer on every machine.
    let mut count = |_: &tree_sitter::ParseState| match left.checked_sub(1) {
        Some(less) => {
            left = less;
            ControlFlow::Continue(())
        }
        None => ControlFlow::Break(()),
    };
    let mut input = |offset: usize, _| bytes.get(offset..).unwrap_or_default();
    let options = ParseOptions::new().progress_callback(&mut count);
    parser.parse_with_options(&mut input, None, Some(options))
}

/// Where the grammar is first broken.
fn first_error(root: Node<'_>) -> Option<usize> {
    let mut cursor = root.walk();
    if !root.has_error() {
        return None;
    }
    loop {
        let node = cursor.node();
        if node.is_error() || node.is_missing() || !cursor.goto_first_child() {
            return Some(node.start_byte());
        }
        while !(cursor.node().has_error() || cursor.node().is_missing()) {
            if !cursor.goto_next_sibling() {
                return Some(node.start_byte());
            }
        }
    }
}

/// Turns the parser's tree into ours. Places are asked for in the order of the text.
struct Reader<'t> {
    text: &'t str,
    places: PlaceCursor<'t>,
    /// Lines that come before those of the text.
    lines: u32,
    depth: usize,
    deepest: usize,
    too_deep: Option<Place>,
}

impl<'t> Reader<'t> {
    fn text_of(&self, node: Node<'_>) -> &'t str {
        self.text.get(node.byte_range()).unwrap_or_default()
    }

    fn place(&mut self, node: Node<'_>) -> Place {
        let place = self.places.place(node.start_byte());
        Place { line: place.line.saturating_add(self.lines), ..place }
    }

    /// Goes one level down, unless that is too deep.
    fn deeper<T>(&mut self, place: Place, go: impl FnOnce(&mut Self) -> T) -> Option<T> {
        if self.depth >= self.deepest {
            self.too_deep.get_or_insert(place);
            return None;
        }
        self.depth += 1;
        let answer = go(self);
        self.depth -= 1;
        Some(answer)
    }
}

/// The named children of a node that are no comments.
fn children<'tree>(node: Node<'tree>) -> Vec<Node<'tree>> {
    let mut cursor = node.walk();
    node.named_children(&mut cursor).filter(|child| !child.is_extra()).collect()
}

/// The children of a node under a field.
fn fields<'tree>(node: Node<'tree>, name: &str) -> Vec<Node<'tree>> {
    let mut cursor = node.walk();
    node.children_by_field_name(name, &mut cursor).collect()
}
