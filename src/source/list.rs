//! Kubernetes lists (`List`, `RoleList`, …) and gradus' own snapshots of a
//! cluster, opened into their items.

use super::{
    error::{ErrorKind, SourceError},
    node::{Key, Mapping, Node, Value},
};
use std::sync::Arc;

/// The key that holds the items.
pub(super) const ITEMS: &str = "items";

/// What the head of a list says about its items.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct ListHead {
    /// What to add to items that do not name their own kind, as the API server
    /// leaves it out in `RoleList` and its like.
    pub(super) implied: Vec<(Key, Node)>,
}

/// The kind of a snapshot: its items are opened like those of a list, and what
/// stands beside them is a document of its own, before them.
pub const SNAPSHOT: &str = "KubernetesSnapshot";

/// Whether a kind is that of something with items to open.
pub(super) fn is_list_kind(kind: &str) -> bool {
    kind.ends_with("List") || kind == SNAPSHOT
}

impl ListHead {
    /// The head of a list of `kind`, from where `kind` and `apiVersion` stand.
    pub(super) fn new(kind: &(Key, Node), api_version: Option<&(Key, Node)>) -> Self {
        let mut implied = Vec::new();
        let item_kind = kind.1.as_str().and_then(|name| name.strip_suffix("List"));
        if let Some(name) = item_kind.filter(|name| !name.is_empty()) {
            implied.extend(api_version.cloned());
            let node = Node::new(kind.1.place, Value::String(name.to_owned()));
            implied.push((kind.0.clone(), node));
        }
        Self { implied }
    }

    /// The head of a mapping, if it is that of a list.
    pub(super) fn of(mapping: &Mapping) -> Option<Self> {
        let pair = |name: &str| mapping.entries.iter().rev().find(|(key, _)| key.name == name);
        let kind = pair("kind").filter(|(_, node)| node.as_str().is_some_and(is_list_kind))?;
        let items = pair(ITEMS)?;
        let opens = matches!(items.1.value, Value::Sequence(_) | Value::Null);
        opens.then(|| Self::new(kind, pair("apiVersion")))
    }

    /// The item, knowing its kind.
    pub(super) fn complete(&self, mut item: Node) -> Node {
        if let Value::Mapping(mapping) = &mut item.value
            && mapping.get("kind").is_none()
        {
            for (key, node) in self.implied.iter().rev() {
                if mapping.get(&key.name).is_none() {
                    mapping.entries.insert(0, (key.clone(), node.clone()));
                }
            }
        }
        item
    }
}

/// The complaint about a list that is one page of more.
pub(super) fn truncation(file: &Arc<str>, metadata: &Node) -> Option<SourceError> {
    let token = metadata.get("continue")?;
    token.as_str().filter(|token| !token.is_empty())?;
    let error = SourceError::new(
        ErrorKind::Truncated,
        token.location(file),
        "the list is one page of more (`metadata.continue` is set)",
    );
    Some(error.with_way_out("collect it without `limit`, so that every item is in the file"))
}
