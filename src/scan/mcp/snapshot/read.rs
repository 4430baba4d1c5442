//! The document, read. It may have been cut short, edited or made up: what does not
//! add up is not all that the server has.

use std::{collections::BTreeMap, sync::Arc};

use crate::{
    model::{
        agent_config::{Given, Hints, ListedKind, ListedTool, ServerListing},
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
            given: Given::Before,
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
        let (listing, nameless) = match listing {
            Some(listing) if listing.name.is_empty() => (None, true),
            listing => (listing, false),
        };
        if nameless {
            self.gap("it does not say which server gave it");
        }
        SnapshotReading {
            listing,
            record: snapshot::record("mcp", &self.shown, self.items, &self.gaps, read),
            gaps: self.gaps,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"{"apiVersion":"gradus/v1","kind":"McpSnapshot",
"metadata":{"name":"k8s","collectedAt":"2026-01-01T00:00:00Z","gradusVersion":"0.1.0"},
"listed":{"config":".mcp.json","entry":"sha256:1","server":"it 1.0","protocol":"2025-11-25","whole":["tool"]},
"gaps":[],
"items":[
{"kind":"tool","name":"pods_list","text":"sha256:1","schema":"sha256:2","readOnly":true},
{"kind":"prompt","name":"fix","text":"sha256:3"}
],
"end":{"items":2}}
"#;

    fn of(text: &[u8]) -> SnapshotReading {
        read(&"it.json".into(), Ok(text), &Limits::default())
    }

    #[test]
    fn an_answer_is_read_as_it_was_written() {
        let reading = of(TEXT.as_bytes());
        assert_eq!(reading.gaps, []);
        let listing = reading.listing.expect("an answer");
        assert!(listing.all_tools);
        assert_eq!((listing.name.as_str(), listing.server.as_deref()), ("k8s", Some("it 1.0")));
        assert_eq!(listing.tools["pods_list"].hints.read_only, Some(true));
        assert_eq!(listing.others.len(), 1);
    }

    #[test]
    fn a_text_that_was_cut_anywhere_does_not_hold_all_tools() {
        let whole = TEXT.trim_end().len();
        for end in 0..whole {
            let reading = of(&TEXT.as_bytes()[..end]);
            let claims = reading.listing.is_some_and(|listing| listing.all_tools);
            assert!(!claims && !reading.gaps.is_empty(), "cut at {end}");
        }
    }

    #[test]
    fn a_text_that_does_not_add_up_does_not_hold_all_tools() {
        for (old, new) in [
            (r#""items":2"#, r#""items":3"#),
            (r#""whole":["tool"]"#, r#""whole":["prompt"]"#),
            (r#","whole":["tool"]"#, ""),
            (r#""name":"k8s""#, r#""name":"""#),
            (r#""kind":"tool""#, r#""kind":"toll""#),
            (r#"{"kind":"prompt","name":"fix","text":"sha256:3"}"#, "7"),
        ] {
            assert!(TEXT.contains(old), "{old}");
            let text = TEXT.replace(old, new);
            let reading = of(text.as_bytes());
            let claims = reading.listing.is_some_and(|listing| {
                listing.all_tools && listing.tools.len() == 1 && reading.gaps.is_empty()
            });
            assert!(!claims, "{old} to {new}");
        }
    }

    #[test]
    fn two_tools_of_one_name_are_told() {
        let text =
            TEXT.replace(r#""kind":"prompt","name":"fix""#, r#""kind":"tool","name":"pods_list""#);
        let told = of(text.as_bytes()).gaps;
        assert!(told.iter().any(|gap| gap.reason.contains("two tools of one name")), "{told:?}");
    }
}
