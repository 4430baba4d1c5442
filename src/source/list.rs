//! Kubernetes lists (`List`, `RoleList`, …) and gradus' own snapshots of clusters,
//! accounts and tool servers, opened into their items.

use std::sync::Arc;

use super::{
    Document,
    error::{ErrorKind, SourceError},
    node::{Key, Mapping, Node, Value},
};

/// The key that holds the items.
pub(super) const ITEMS: &str = "items";

/// What the head of a list says about its items.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct ListHead {
    /// What to add to items that do not name their own kind, as the API server
    /// leaves it out in `RoleList` and its like.
    pub(super) implied: Vec<(Key, Node)>,
}

/// The kind of a snapshot of a cluster.
pub const SNAPSHOT: &str = "KubernetesSnapshot";

/// The kind of a snapshot of an account.
pub const AWS_SNAPSHOT: &str = "AwsSnapshot";

/// The kind of a snapshot of a tool server.
pub const MCP_SNAPSHOT: &str = "McpSnapshot";

/// Whether a kind is that of a snapshot: its items are opened like those of a list,
/// and what stands beside them is a document of its own, before them.
#[must_use]
pub fn is_snapshot(kind: &str) -> bool {
    matches!(kind, SNAPSHOT | AWS_SNAPSHOT | MCP_SNAPSHOT)
}

/// Whether a kind is that of something with items to open.
pub(super) fn is_list_kind(kind: &str) -> bool {
    kind.ends_with("List") || is_snapshot(kind)
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

/// What a document holds once every list in it is opened.
#[derive(Debug, Default)]
pub struct Opened {
    /// Its items, however deep they stand; the document itself where it is no list.
    pub documents: Vec<Document>,
    /// Lists among them that are one page of more.
    pub errors: Vec<SourceError>,
}

/// Opens lists that stand within a document, and those that do not say that they
/// are lists: an array of objects, as `jq .items` writes it, or a mapping that
/// has nothing but them. What holds no object is left as it is.
#[must_use]
pub fn open(document: Document) -> Opened {
    let mut opened = Opened::default();
    opened.take(document);
    opened
}

impl Opened {
    /// Bounded by the depth to which parsers read.
    fn take(&mut self, mut document: Document) {
        let head = document.root.as_mapping().and_then(ListHead::of);
        if head.is_none() && !is_bare_list(&document.root) {
            self.documents.push(document);
            return;
        }
        let page = document.root.get("metadata").and_then(|meta| truncation(&document.file, meta));
        self.errors.extend(page);
        let value = std::mem::replace(&mut document.root.value, Value::Null);
        let head = head.unwrap_or_default();
        // No server answers with a list like this: it was put together by somebody.
        document.list = None;
        for item in items_of(value) {
            self.take(Document { root: head.complete(item), ..document.clone() });
        }
    }
}

/// The items of a list; every one of that key, should it stand twice.
fn items_of(value: Value) -> Vec<Node> {
    match value {
        Value::Sequence(items) => items,
        Value::Mapping(mapping) => mapping
            .entries
            .into_iter()
            .filter(|(key, _)| key.name == ITEMS)
            .filter_map(|(_, node)| match node.value {
                Value::Sequence(items) => Some(items),
                _ => None,
            })
            .flatten()
            .collect(),
        _ => Vec::new(),
    }
}

/// Whether a value is a list of objects that does not say so.
fn is_bare_list(root: &Node) -> bool {
    let items = match &root.value {
        Value::Sequence(items) => items,
        Value::Mapping(mapping) if mapping.get("kind").is_none() => {
            match mapping.get(ITEMS).map(|node| &node.value) {
                Some(Value::Sequence(items)) => items,
                _ => return false,
            }
        }
        _ => return false,
    };
    items.iter().any(holds_object)
}

fn holds_object(node: &Node) -> bool {
    let is_object = node.str_at("apiVersion").is_some() && node.str_at("kind").is_some();
    is_object || names_role(node) || is_bare_list(node)
}

/// Whether a value refers to a role, as a binding does, whatever else it is.
#[must_use]
pub fn names_role(node: &Node) -> bool {
    let names = |role: &Node| role.str_at("name").is_some() || role.str_at("kind").is_some();
    node.get("roleRef").is_some_and(names)
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
