//! The document, read. It may have been cut short, edited or made up: what does not
//! add up is not all that the server has.

use std::{collections::BTreeMap, sync::Arc};

use crate::{
    model::{
        agent_config::{Hints, ListedKind, ListedTool, ServerListing},
        coverage::{Gap, SourceRecord},
        location::Location,
    },
    scan::snapshot::{self, Part},
    source::{error::SourceError, limits::Limits, list::MCP_SNAPSHOT, node::Node},
};

/// What one file holds.
#[derive(Debug)]
pub struct SnapshotReading {
    /// The answer; none where the file does not say whose it is.
    pub listing: Option<ServerListing>,
    /// How reading it went.
    pub record: SourceRecord,
    /// What could not be read.
    pub gaps: Vec<Gap>,
}

/// Reads the text of a snapshot; `shown` is its file.
#[must_use]
pub fn read(
    shown: &Arc<str>,
    bytes: Result<&[u8], SourceError>,
    limits: &Limits,
) -> SnapshotReading {
    let mut reading = Reading::new(shown);
    let read = snapshot::read(MCP_SNAPSHOT, shown, bytes, limits, &mut |part| match part {
        Part::Head(root) => reading.head(&root),
        Part::Item(document) => reading.item(&document.root),
        Part::Unread(gap) => reading.gaps.push(gap),
    });
    reading.finish(read)
}

struct Reading {
    shown: Arc<str>,
    /// The answer so far, with how many items it should have.
    head: Option<(ServerListing, Option<u64>)>,
    tools: BTreeMap<String, ListedTool>,
    others: BTreeMap<(ListedKind, String), String>,
    items: u64,
    gaps: Vec<Gap>,
}

impl Reading {
    fn new(shown: &Arc<str>) -> Self {
        Self {
            shown: shown.clone(),
            head: None,
            tools: BTreeMap::new(),
            others: BTreeMap::new(),
            items: 0,
            gaps: Vec::new(),
        }
    }

    fn gap(&mut self, reason: &str) {
        let location = Location::file(self.shown.clone());
        self.gaps.push(Gap { location, reason: reason.to_owned() });
    }

    fn head(&mut self, root: &Node) {
        if self.head.is_some() {
            self.gap("a second snapshot in one file: give each its own");
            return;
        }
        for defect in snapshot::defects(root) {
            self.gap(defect);
        }
        let text = |path: &[&str]| root.at(path).and_then(Node::as_str).map(str::to_owned);
        for gap in root.items_at("gaps") {
            let list = gap.str_at("list").unwrap_or("a list");
            let reason = gap.str_at("reason").unwrap_or("it was not listed to its end");
            self.gap(&format!("{list}s: {reason}"));
        }
        let whole = root.get("listed").map(|listed| listed.items_at("whole")).unwrap_or_default();
        let listing = ServerListing {
            name: text(&["metadata", "name"]).unwrap_or_default(),
            config: text(&["listed", "config"]).unwrap_or_default(),
            entry: text(&["listed", "entry"]).unwrap_or_default(),
            listed_at: text(&["metadata", "collectedAt"]).unwrap_or_default(),
            server: text(&["listed", "server"]),
            instructions: text(&["listed", "instructions"]),
            tools: BTreeMap::new(),
            all_tools: whole.iter().any(|kind| kind.as_str() == Some(ListedKind::Tool.as_str())),
            others: BTreeMap::new(),
            location: Location::file(self.shown.clone()),
        };
        self.head = Some((listing, snapshot::counted(root)));
    }

    fn item(&mut self, node: &Node) {
        self.items += 1;
        let (Some(kind), Some(name), Some(text)) =
            (node.str_at("kind"), node.str_at("name"), node.str_at("text"))
        else {
            self.gap("an item that is nothing a server lists");
            return;
        };
        let (name, text) = (name.to_owned(), text.to_owned());
        let kind = match kind {
            "tool" => {
                let hint = |name: &str| node.get(name).and_then(Node::as_bool);
                let tool = ListedTool {
                    text,
                    schema: node.str_at("schema").unwrap_or_default().to_owned(),
                    hints: Hints {
                        read_only: hint("readOnly"),
                        destructive: hint("destructive"),
                        idempotent: hint("idempotent"),
                        open_world: hint("openWorld"),
                    },
                };
                if self.tools.insert(name, tool).is_some() {
                    self.gap("two tools of one name: clients differ in which one they take");
                }
                return;
            }
            "prompt" => ListedKind::Prompt,
            "resource" => ListedKind::Resource,
            "template" => ListedKind::Template,
            _ => {
                self.gap("an item that is nothing a server lists");
                return;
            }
        };
        self.others.insert((kind, name), text);
    }

    fn finish(mut self, read: snapshot::Read) -> SnapshotReading {
        let head = self.head.take();
        let whole = head.as_ref().is_some_and(|(_, end)| *end == Some(self.items));
        if !whole {
            self.gap("it was cut short or changed: list the server anew");
        }
        let whole = whole && read.malformed == 0;
        let listing = head.map(|(listing, _)| ServerListing {
            tools: std::mem::take(&mut self.tools),
            others: std::mem::take(&mut self.others),
            all_tools: listing.all_tools && whole,
            ..listing
        });
        let listing = listing.filter(|listing| !listing.name.is_empty());
        SnapshotReading {
            listing,
            record: snapshot::record("mcp", &self.shown, self.items, &self.gaps, read),
            gaps: self.gaps,
        }
    }
}
