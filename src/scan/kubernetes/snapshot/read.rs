//! The document, read. It may have been cut short, edited or made up: whatever
//! does not add up leaves the rights that the cluster gives unknown.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::{full_name, origin};
use crate::{
    model::{
        agent_config::AgentConfig,
        coverage::{Gap, SourceRecord},
        kubernetes::{ClusterSnapshot, version::ServerVersion},
        location::Location,
    },
    scan::{
        agents,
        kubernetes::{ClusterBuilder, Recognition, rbac},
        snapshot::{self, Part},
    },
    source::{Document, error::SourceError, limits::Limits, list::SNAPSHOT, node::Node},
};

/// What one snapshot holds.
#[derive(Debug)]
pub struct SnapshotReading {
    /// The cluster, however little of it could be read.
    pub cluster: ClusterSnapshot,
    /// Agents that are configured in it.
    pub configs: Vec<AgentConfig>,
    /// How reading it went.
    pub record: SourceRecord,
    /// What could not be read.
    pub gaps: Vec<Gap>,
}

/// Reads a snapshot's text; `shown` is the file, for as long as the snapshot has
/// not told its name. Bytes that could not even be had are an error of the file,
/// and no less a cluster of which nothing is known.
#[must_use]
pub fn read(
    shown: &Arc<str>,
    bytes: Result<&[u8], SourceError>,
    limits: &Limits,
) -> SnapshotReading {
    let mut reading = Reading::new(shown);
    let read = snapshot::read(SNAPSHOT, shown, bytes, limits, &mut |part| match part {
        Part::Head(root) => reading.head_once(&root),
        Part::Item(document) => reading.take(document),
        Part::Unread(gap) => reading.unread(gap),
    });
    reading.finish(read)
}

struct Reading {
    /// The file, then `kubernetes/NAME`.
    shown: Arc<str>,
    builder: ClusterBuilder,
    configs: Vec<AgentConfig>,
    gaps: Vec<Gap>,
    head: Option<Head>,
    /// Objects taken, by kind.
    counts: BTreeMap<String, u64>,
    items: u64,
}

/// What stands beside the items.
struct Head {
    /// Kinds that were listed to their end, with how many objects of each.
    listed: BTreeMap<String, u64>,
    /// Items in all; none where the end is missing.
    end: Option<u64>,
}

impl Reading {
    fn new(shown: &Arc<str>) -> Self {
        Self {
            shown: shown.clone(),
            builder: ClusterBuilder::new(shown.clone()),
            configs: Vec::new(),
            gaps: Vec::new(),
            head: None,
            counts: BTreeMap::new(),
            items: 0,
        }
    }

    /// A gap that may hide rights.
    fn unread(&mut self, gap: Gap) {
        self.builder.unread(gap.clone());
        self.gaps.push(gap);
    }

    fn unread_here(&mut self, reason: &str) {
        let gap = Gap { location: Location::file(self.shown.clone()), reason: reason.to_owned() };
        self.unread(gap);
    }

    fn head_once(&mut self, root: &Node) {
        if self.head.is_some() {
            self.unread_here("a second snapshot in one file: give each its own");
        } else {
            self.head(root);
        }
    }

    fn take(&mut self, mut document: Document) {
        document.file = self.shown.clone();
        self.items += 1;
        if let Some(kind) = kind_of(&document.root) {
            *self.counts.entry(kind).or_default() += 1;
        }
        match self.builder.accept(&document) {
            Recognition::Taken { .. } => {}
            Recognition::Partly { gaps, .. } => self.gaps.extend(gaps),
            Recognition::NotMine => self.unread_here("an item that is no object of a cluster"),
        }
        if let Some(key) = document.root.repeated_keys().first() {
            self.unread_here(&format!(
                "an item has `{}` twice, which no API server sends",
                key.name
            ));
        }
        // A configuration is told by its file: each object is one. Its path says
        // nothing else; a context's name may look like that of a backup copy.
        document.file = format!("{}/{}", self.shown, object(&document.root)).into();
        for reading in agents::read(&document, "kubernetes") {
            self.gaps.extend(reading.gaps);
            self.configs.extend(reading.configs);
        }
    }

    fn head(&mut self, root: &Node) {
        if let Some(name) = root.at(&["metadata", "name"]).and_then(Node::as_str) {
            self.shown = origin(name).into();
            self.builder.rename(self.shown.clone());
        }
        for defect in snapshot::defects(root) {
            self.unread_here(defect);
        }
        let version = root.at(&["metadata", "serverVersion"]).and_then(Node::as_str);
        if let Some(version) = version.and_then(ServerVersion::parse) {
            self.builder.runs(version);
        }
        let mut listed = BTreeMap::new();
        let resource = |entry: &Node| {
            ["group", "resource"].map(|key| entry.str_at(key).unwrap_or_default().to_owned())
        };
        let unlisted: BTreeSet<_> = root.items_at("gaps").iter().map(resource).collect();
        for entry in root.items_at("listed") {
            let text = |key: &str| entry.str_at(key).unwrap_or_default();
            let kind = kind_name(text("group"), text("kind"));
            if unlisted.contains(&resource(entry)) {
                self.builder.not_whole(&kind);
            }
            let items = entry.get("items").and_then(Node::as_i64).unwrap_or_default();
            *listed.entry(kind).or_default() += u64::try_from(items).unwrap_or_default();
        }
        for entry in root.items_at("gaps") {
            self.unlisted(entry);
        }
        self.head = Some(Head { listed, end: snapshot::counted(root) });
    }

    /// Notes what the collection could not list. Where that is RBAC, or may be,
    /// anybody may hold more.
    fn unlisted(&mut self, entry: &Node) {
        let text = |key: &str| entry.str_at(key).unwrap_or_default();
        let resource = full_name(text("group"), text("resource"));
        let gap = Gap {
            location: Location::file(self.shown.clone()).with_object(resource.as_str()),
            reason: format!("{resource}: {}", text("reason")),
        };
        let may_be_rights = matches!(text("group"), "" | rbac::GROUP | "*")
            && (text("group") == rbac::GROUP || text("resource").is_empty());
        if may_be_rights {
            self.unread(gap);
        } else {
            self.builder.note(gap.clone());
            self.gaps.push(gap);
        }
    }

    fn finish(mut self, read: snapshot::Read) -> SnapshotReading {
        match self.head.take() {
            None if read.malformed == 0 => self.unread_here("no snapshot, whatever it says"),
            None => {}
            Some(head) => self.check(head),
        }
        let record =
            snapshot::record("kubernetes-snapshot", &self.shown, self.items, &self.gaps, read);
        SnapshotReading {
            cluster: self.builder.finish(),
            configs: self.configs,
            record,
            gaps: self.gaps,
        }
    }

    /// Holds what is there against what is said to be there.
    fn check(&mut self, head: Head) {
        if head.end != Some(self.items) {
            self.unread_here("it has been cut short, or objects were added or taken out");
        }
        for (kind, items) in head.listed {
            let found = self.counts.remove(&kind).unwrap_or_default();
            if found == items {
                self.builder.listed(&kind);
            } else {
                self.unread_here(&format!("it says that it holds {items} of {kind}, not {found}"));
                self.builder.not_whole(&kind);
            }
        }
        // What was listed in part is there, and tells nothing of what is not.
        for kind in std::mem::take(&mut self.counts).into_keys() {
            self.builder.not_whole(&kind);
        }
    }
}

/// As [`ClusterSnapshot::kinds`] has it.
fn kind_of(root: &Node) -> Option<String> {
    let version = root.str_at("apiVersion")?;
    let group = version.split_once('/').map_or("", |(group, _)| group);
    Some(kind_name(group, root.str_at("kind")?))
}

/// `Agent/kagent/helper`.
fn object(root: &Node) -> String {
    let text = |path: &[&str]| root.at(path).and_then(Node::as_str);
    let parts = [text(&["kind"]), text(&["metadata", "namespace"]), text(&["metadata", "name"])];
    parts.into_iter().flatten().collect::<Vec<_>>().join("/")
}

fn kind_name(group: &str, kind: &str) -> String {
    if group.is_empty() { kind.to_owned() } else { format!("{group}/{kind}") }
}
