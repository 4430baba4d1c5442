//! Anchors, and the merge keys that use them.

use std::collections::BTreeSet;

use crate::source::node::{Key, Node, Value};

/// What an anchor stands for.
pub(super) struct Anchored {
    pub(super) node: Node,
    /// Values in it.
    pub(super) nodes: usize,
    /// Bytes of text in it.
    pub(super) bytes: usize,
    /// Lists and mappings within each other.
    pub(super) depth: usize,
}

impl Anchored {
    /// A copy of a value, measured.
    pub(super) fn new(node: &Node) -> Self {
        let (nodes, bytes, depth) = measure(node);
        Self { node: node.clone(), nodes, bytes, depth }
    }
}

fn measure(node: &Node) -> (usize, usize, usize) {
    let children: &mut dyn Iterator<Item = (usize, &Node)> = match &node.value {
        Value::Sequence(items) => &mut items.iter().map(|item| (0, item)),
        Value::Mapping(mapping) => {
            &mut mapping.entries.iter().map(|(key, node)| (key.name.len(), node))
        }
        Value::String(text) => return (1, text.len(), 0),
        Value::Null | Value::Bool(_) | Value::Int(_) | Value::Float(_) => return (1, 0, 0),
    };
    children.fold((1, 0, 1), |(nodes, bytes, depth), (key, child)| {
        let (more, text, below) = measure(child);
        (nodes + more, bytes + key + text, depth.max(below + 1))
    })
}

/// The name that a merge key has until it is resolved; a quoted `"<<"` is an
/// ordinary key.
pub(super) const MERGE: &str = "\u{0}<<";

/// Resolves merge keys: what they bring stands after the mapping's own keys and
/// never overrides one.
pub(super) fn merge_into(node: &mut Node) {
    let Value::Mapping(mapping) = &mut node.value else { return };
    if mapping.entries.iter().all(|(key, _)| key.name != MERGE) {
        return;
    }
    let (merged, mut own): (Vec<_>, Vec<_>) =
        std::mem::take(&mut mapping.entries).into_iter().partition(|(key, _)| key.name == MERGE);
    let mut names: BTreeSet<String> = own.iter().map(|(key, _)| key.name.clone()).collect();
    for (key, node) in merged {
        let sources = match node.value {
            Value::Sequence(items) => items,
            Value::Mapping(_) => vec![node],
            _ => {
                own.push((Key { name: "<<".to_owned(), place: key.place }, node));
                continue;
            }
        };
        for source in sources {
            let Value::Mapping(source) = source.value else { continue };
            for (key, node) in source.entries {
                if names.insert(key.name.clone()) {
                    own.push((key, node));
                }
            }
        }
    }
    mapping.entries = own;
}
