//! Where parsers put documents and errors.

use std::sync::Arc;

use super::{
    Document, Outcome, Syntax,
    build::Refusal,
    error::{ErrorKind, SourceError},
    limits::Limits,
    list::{ITEMS, ListHead, is_snapshot, truncation},
    node::{Node, Value},
};
use crate::model::location::Location;

/// Numbers the documents of one file, opens lists, and keeps the count bounded.
pub(super) struct Sink<'k> {
    file: &'k Arc<str>,
    limits: &'k Limits,
    each: &'k mut dyn FnMut(Document),
    outcome: Outcome,
    full: bool,
    alias_nodes: usize,
    alias_bytes: usize,
}

impl<'k> Sink<'k> {
    pub(super) fn new(
        file: &'k Arc<str>,
        limits: &'k Limits,
        each: &'k mut dyn FnMut(Document),
    ) -> Self {
        let outcome = Outcome::default();
        Self { file, limits, each, outcome, full: false, alias_nodes: 0, alias_bytes: 0 }
    }

    pub(super) fn file(&self) -> &'k Arc<str> {
        self.file
    }

    pub(super) fn limits(&self) -> &'k Limits {
        self.limits
    }

    pub(super) fn documents(&self) -> usize {
        self.outcome.documents
    }

    pub(super) fn outcome(self) -> Outcome {
        self.outcome
    }

    pub(super) fn error(&mut self, error: SourceError) {
        if self.outcome.errors.len() < self.limits.errors {
            self.outcome.errors.push(error);
        } else {
            self.outcome.more_errors += 1;
        }
    }

    /// Refuses text of a configuration that nobody wrote by hand.
    pub(super) fn check_size(&self, text: &str) -> Result<(), SourceError> {
        let limit = self.limits.config_bytes;
        if text.len() <= limit {
            return Ok(());
        }
        let location = Location::file(self.file.clone());
        Err(SourceError::new(ErrorKind::Limit, location, format!("more than {limit} bytes of it")))
    }

    /// Counts what an anchor or an alias copies, over the whole file.
    pub(super) fn copy(&mut self, nodes: usize, bytes: usize) -> Result<(), Refusal> {
        self.alias_nodes = self.alias_nodes.saturating_add(nodes);
        self.alias_bytes = self.alias_bytes.saturating_add(bytes);
        let Limits { alias_nodes, alias_bytes, .. } = self.limits;
        if self.alias_nodes > *alias_nodes {
            Err(format!("anchors and aliases stand for more than {alias_nodes} values"))
        } else if self.alias_bytes > *alias_bytes {
            Err(format!("anchors and aliases stand for more than {alias_bytes} bytes"))
        } else {
            Ok(())
        }
    }

    /// Notes that a list was opened, once its items are handed over.
    pub(super) fn list(&mut self) {
        self.outcome.lists += 1;
    }

    pub(super) fn document(&mut self, root: Node, syntax: Syntax, lenient: Option<String>) {
        self.hand_over(root, syntax, lenient, None);
    }

    /// Hands over an item of the list that is being read.
    pub(super) fn item(&mut self, root: Node, syntax: Syntax, lenient: Option<String>) {
        let list = Some(self.outcome.lists);
        self.hand_over(root, syntax, lenient, list);
    }

    fn hand_over(
        &mut self,
        root: Node,
        syntax: Syntax,
        lenient: Option<String>,
        list: Option<usize>,
    ) {
        let index = self.outcome.documents;
        if index >= self.limits.documents {
            if !self.full {
                self.full = true;
                let message = format!("more than {} documents in one file", self.limits.documents);
                let place = root.location(self.file);
                self.error(SourceError::new(ErrorKind::Limit, place, message));
            }
            return;
        }
        self.outcome.documents += 1;
        (self.each)(Document { file: self.file.clone(), index, syntax, root, list, lenient });
    }

    /// Hands over a document, or its items where it is a list.
    pub(super) fn document_or_list(
        &mut self,
        mut root: Node,
        syntax: Syntax,
        lenient: Option<String>,
    ) {
        let head = root.as_mapping().and_then(ListHead::of);
        let Some(head) = head else {
            self.document(root, syntax, lenient);
            return;
        };
        if let Some(error) = root.get("metadata").and_then(|meta| truncation(self.file, meta)) {
            self.error(error);
        }
        let snapshot = root.str_at("kind").is_some_and(is_snapshot);
        let Value::Mapping(mapping) = &mut root.value else { return };
        let (opened, beside): (Vec<_>, Vec<_>) = std::mem::take(&mut mapping.entries)
            .into_iter()
            .partition(|(key, _)| key.name == ITEMS);
        if snapshot {
            mapping.entries = beside;
            self.document(root, syntax, lenient.clone());
        }
        for (_, node) in opened {
            if let Value::Sequence(items) = node.value {
                for item in items {
                    self.item(head.complete(item), syntax, lenient.clone());
                }
            }
        }
        self.list();
    }
}
