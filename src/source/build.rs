//! Puts values together from a stream of starts, keys, scalars and ends, without
//! recursion, and never beyond the limits.

use super::{
    limits::Limits,
    node::{Key, Mapping, Node, Place, Value},
};

/// Why a value cannot be put together; the parser knows the place.
pub(super) type Refusal = String;

enum Frame {
    Sequence { place: Place, items: Vec<Node> },
    Mapping { place: Place, entries: Vec<(Key, Node)>, key: Option<Key> },
}

/// A value under construction.
pub(super) struct Builder<'a> {
    limits: &'a Limits,
    stack: Vec<Frame>,
    nodes: usize,
    root: Option<Node>,
}

impl<'a> Builder<'a> {
    pub(super) fn new(limits: &'a Limits) -> Self {
        Self { limits, stack: Vec::new(), nodes: 0, root: None }
    }

    /// Lists and mappings that are open.
    pub(super) fn depth(&self) -> usize {
        self.stack.len()
    }

    /// Whether a key, not a value, must come next.
    pub(super) fn wants_key(&self) -> bool {
        matches!(self.stack.last(), Some(Frame::Mapping { key: None, .. }))
    }

    /// Whether the innermost open value is a list.
    pub(super) fn in_sequence(&self) -> bool {
        matches!(self.stack.last(), Some(Frame::Sequence { .. }))
    }

    /// Whether the value that comes next is an element of the list under `name`
    /// at the root.
    pub(super) fn at_item_of(&self, name: &str) -> bool {
        matches!(
            self.stack.as_slice(),
            [Frame::Mapping { key: Some(key), .. }, Frame::Sequence { .. }] if key.name == name
        )
    }

    /// Forgets how many values there were: what follows is a document of its own.
    pub(super) fn restart_count(&mut self) {
        self.nodes = 0;
    }

    /// Counts values that come from elsewhere, such as those of an alias.
    pub(super) fn count(&mut self, nodes: usize) -> Result<(), Refusal> {
        self.nodes = self.nodes.saturating_add(nodes);
        if self.nodes > self.limits.nodes {
            return Err(format!("more than {} values in one document", self.limits.nodes));
        }
        Ok(())
    }

    pub(super) fn open_sequence(&mut self, place: Place) -> Result<(), Refusal> {
        self.open(Frame::Sequence { place, items: Vec::new() })
    }

    pub(super) fn open_mapping(&mut self, place: Place) -> Result<(), Refusal> {
        self.open(Frame::Mapping { place, entries: Vec::new(), key: None })
    }

    fn open(&mut self, frame: Frame) -> Result<(), Refusal> {
        self.count(1)?;
        if self.stack.len() >= self.limits.depth {
            return Err(format!("nested deeper than {} levels", self.limits.depth));
        }
        self.stack.push(frame);
        Ok(())
    }

    /// Notes the key of the value to come.
    pub(super) fn key(&mut self, name: Key) {
        if let Some(Frame::Mapping { key, .. }) = self.stack.last_mut() {
            *key = Some(name);
        }
    }

    /// Ends the innermost list or mapping and hands it over; it is not yet put
    /// anywhere.
    pub(super) fn close(&mut self) -> Option<Node> {
        Some(match self.stack.pop()? {
            Frame::Sequence { place, items } => Node::new(place, Value::Sequence(items)),
            Frame::Mapping { place, entries, .. } => {
                Node::new(place, Value::Mapping(Mapping { entries }))
            }
        })
    }

    /// Puts a finished value where it belongs.
    pub(super) fn put(&mut self, node: Node) {
        match self.stack.last_mut() {
            Some(Frame::Sequence { items, .. }) => items.push(node),
            Some(Frame::Mapping { entries, key, .. }) => {
                if let Some(key) = key.take() {
                    entries.push((key, node));
                }
            }
            None => self.root = Some(node),
        }
    }

    /// The finished value; the builder is ready for the next one.
    pub(super) fn take(&mut self) -> Option<Node> {
        self.nodes = 0;
        self.root.take()
    }
}
