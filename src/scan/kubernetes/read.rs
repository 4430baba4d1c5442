//! One object being read: its name and place, and what is wrong with it.

use std::sync::Arc;

use rustc_hash::FxHashSet;

use super::namespaced;
use crate::{
    model::{
        coverage::Gap,
        kubernetes::{Scope, version::ServerVersion},
        location::Location,
    },
    source::{Document, node::Node},
};

/// Every word once, however often it stands in the evidence.
#[derive(Debug, Default)]
pub(super) struct Words(FxHashSet<Arc<str>>);

impl Words {
    pub(super) fn word(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.0.get(text) {
            return known.clone();
        }
        let word: Arc<str> = text.into();
        self.0.insert(word.clone());
        word
    }
}

/// Who an object is.
#[derive(Debug, Clone)]
pub(super) struct Object {
    /// Its name; `NAME*` where the API server makes one up.
    pub(super) name: Arc<str>,
    /// Where it lives, were it an object of a namespace.
    pub(super) scope: Scope,
    /// Whether several of it may stand in the evidence and be different objects.
    pub(super) generated: bool,
}

/// An object being read.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    document: &'a Document,
    words: &'a mut Words,
    /// `Kind/namespace/name`, for messages.
    pub(super) shown: Arc<str>,
    pub(super) object: Object,
    /// What could not be read.
    pub(super) gaps: Vec<Gap>,
    /// Those of them that may give rights to anybody.
    pub(super) open: Vec<Gap>,
}

/// Kinds that live in no namespace, of those that are read.
const CLUSTER_KINDS: [&str; 5] =
    ["ClusterRole", "ClusterRoleBinding", "Namespace", "Node", "PersistentVolume"];

impl<'a> Reader<'a> {
    pub(super) fn new(document: &'a Document, kind: &str, words: &'a mut Words) -> Self {
        let metadata = document.root.get("metadata");
        let text = |key: &str| {
            metadata
                .and_then(|node| node.get(key))
                .and_then(Node::text)
                .filter(|text| !text.is_empty())
        };
        let (name, generated) = match (text("name"), text("generateName")) {
            (Some(name), _) => (words.word(&name), false),
            (None, Some(prefix)) => (words.word(&format!("{prefix}*")), true),
            (None, None) => (words.word("*"), true),
        };
        let namespace = text("namespace").map(|namespace| words.word(&namespace));
        let shown = match &namespace {
            Some(namespace) if !CLUSTER_KINDS.contains(&kind) => {
                format!("{kind}/{namespace}/{name}")
            }
            _ => format!("{kind}/{name}"),
        };
        let scope = namespaced(namespace);
        let mut reader = Self {
            document,
            words,
            shown: shown.into(),
            object: Object { name, scope, generated },
            gaps: Vec::new(),
            open: Vec::new(),
        };
        // A policy of the audit log is a file of the API server, not an object.
        if &*reader.object.name == "*" && kind != "Policy" {
            reader.gap(&document.root, "has no name: the API server refuses it".to_owned());
        }
        reader
    }

    pub(super) fn root(&self) -> &'a Node {
        &self.document.root
    }

    pub(super) fn at(&self, node: &Node) -> Location {
        node.location(&self.document.file).with_object(self.shown.clone())
    }

    /// The place of the whole object.
    pub(super) fn here(&self) -> Location {
        self.at(&self.document.root)
    }

    pub(super) fn word(&mut self, text: &str) -> Arc<str> {
        self.words.word(text)
    }

    pub(super) fn gap(&mut self, node: &Node, reason: String) {
        let gap = Gap { location: self.at(node), reason: format!("{} {reason}", self.shown) };
        self.gaps.push(gap);
    }

    /// A gap that may give rights to anybody.
    pub(super) fn gap_open(&mut self, node: &Node, reason: String) {
        let gap = Gap { location: self.at(node), reason };
        self.gaps.push(gap.clone());
        self.open.push(gap);
    }

    /// Says that the object tells no namespace. Rights are then taken to hold
    /// in every one: `default`, which `kubectl apply` would use, is a guess that
    /// could hide them.
    pub(super) fn wants_namespace(&mut self) {
        if self.object.scope == Scope::UnknownNamespace {
            self.gap(
                self.root(),
                "tells no namespace: it is taken to be in any that matters".to_owned(),
            );
        }
    }

    /// A field that should be text. A number or a boolean, which the API server
    /// refuses, is taken as it is spelt.
    pub(super) fn text(&mut self, parent: &Node, key: &str) -> Option<Arc<str>> {
        let node = parent.get(key)?;
        if node.as_str().is_none() {
            self.gap(node, format!("has {} in `{key}`, where text belongs", node.kind()));
        }
        node.text().map(|text| self.words.word(&text))
    }

    /// A field that should be a list of text; every one of that name, should it
    /// stand twice. Text alone, which the API server refuses, is a list of one.
    pub(super) fn list(&mut self, parent: &Node, key: &str) -> Vec<Arc<str>> {
        let mut found = Vec::new();
        for node in every(parent, key) {
            match node.as_sequence() {
                Some(items) => {
                    for item in items {
                        if item.as_str().is_none() {
                            self.gap(
                                item,
                                format!("has {} in `{key}`, where text belongs", item.kind()),
                            );
                        }
                        found.extend(item.text().map(|text| self.words.word(&text)));
                    }
                }
                None if node.is_null() => {}
                None => {
                    self.gap(
                        node,
                        format!(
                            "has {} in `{key}`, where a list belongs: the API server refuses it",
                            node.kind()
                        ),
                    );
                    found.extend(node.text().map(|text| self.words.word(&text)));
                }
            }
        }
        found
    }

    /// The items of a field of the object itself that should be a list.
    pub(super) fn items(&mut self, key: &str) -> Vec<&'a Node> {
        let mut found = Vec::new();
        for node in every(self.root(), key) {
            match node.as_sequence() {
                Some(items) => found.extend(items),
                None if node.is_null() => {}
                None => self.gap(
                    node,
                    format!(
                        "has {} in `{key}`, where a list belongs: the API server refuses it",
                        node.kind()
                    ),
                ),
            }
        }
        found
    }

    /// The text values of a mapping such as labels.
    pub(super) fn pairs(&mut self, node: Option<&Node>) -> Vec<(Arc<str>, Arc<str>)> {
        let entries = node.map(Node::entries).unwrap_or_default();
        entries
            .iter()
            .filter_map(|(key, value)| Some((key, value.text()?)))
            .map(|(key, value)| (self.words.word(&key.name), self.words.word(&value)))
            .collect()
    }
}

/// What `kubectl version -o json` says of the server, or the server itself where
/// it is asked for `/version`.
pub(super) fn server_version(root: &Node) -> Option<ServerVersion> {
    if root.get("kind").is_some() {
        return None;
    }
    let is_its_own = root.str_at("major").is_some() && root.str_at("minor").is_some();
    let version = match root.at(&["serverVersion", "gitVersion"]) {
        Some(version) => version,
        None => root.get("gitVersion").filter(|_| is_its_own)?,
    };
    ServerVersion::parse(version.as_str()?)
}

/// Every value under a key, should it stand more than once.
pub(super) fn every<'n>(parent: &'n Node, key: &str) -> Vec<&'n Node> {
    parent.entries().iter().filter(|(name, _)| name.name == key).map(|(_, node)| node).collect()
}
