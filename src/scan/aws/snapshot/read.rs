//! The document, read. It may have been cut short, edited or made up: whatever
//! does not add up leaves the rights that the account gives unknown.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::{CLUSTERS, DETAILS, DOCUMENT, NAME, NARROWING, origin, write::sentence};
use crate::{
    model::{
        aws::AccountSnapshot,
        coverage::{Gap, SourceRecord},
        location::Location,
    },
    scan::{
        aws,
        snapshot::{self, Part},
    },
    source::{Document, error::SourceError, limits::Limits, list::AWS_SNAPSHOT, node::Node},
};

/// What one snapshot holds.
#[derive(Debug)]
pub struct SnapshotReading {
    /// The account, however little of it could be read.
    pub account: AccountSnapshot,
    /// What EKS tells, to be put together with what other sources tell of clusters.
    pub eks: Vec<Document>,
    /// What EKS was asked and did not tell.
    pub eks_gaps: Vec<Gap>,
    /// How reading it went.
    pub record: SourceRecord,
    /// What could not be read, and what no such snapshot holds.
    pub gaps: Vec<Gap>,
}

/// Reads a snapshot's text; `shown` is the file, for as long as the snapshot has
/// not told its name. Bytes that could not even be had are an error of the file,
/// and no less an account of which nothing is known.
#[must_use]
pub fn read(
    shown: &Arc<str>,
    bytes: Result<&[u8], SourceError>,
    limits: &Limits,
) -> SnapshotReading {
    let mut reading = Reading::new(shown);
    let read = snapshot::read(AWS_SNAPSHOT, shown, bytes, limits, &mut |part| match part {
        Part::Head(root) => reading.head_once(&root),
        Part::Item(document) => reading.take(document),
        Part::Unread(gap) => reading.unread(gap),
    });
    reading.finish(read)
}

struct Reading {
    /// The file, then `aws/NAME`.
    shown: Arc<str>,
    account: AccountSnapshot,
    eks: Vec<Document>,
    eks_gaps: Vec<Gap>,
    /// Regions that were asked for their clusters.
    regions: BTreeSet<String>,
    /// What is not read of what the account holds.
    gaps: Vec<Gap>,
    /// What such documents never hold.
    beyond: Vec<Gap>,
    /// Why its principals and policies may not be all.
    truncated: Option<Gap>,
    head: Option<Head>,
    /// Documents taken, by the call that they answer.
    counts: BTreeMap<&'static str, u64>,
    items: u64,
}

/// What stands beside the items.
struct Head {
    /// The twelve digits.
    account: Option<String>,
    /// Documents of the calls that were answered to their end, all regions together.
    listed: BTreeMap<String, u64>,
    /// Items in all; none where the end is missing.
    end: Option<u64>,
}

impl Reading {
    fn new(shown: &Arc<str>) -> Self {
        Self {
            shown: shown.clone(),
            account: AccountSnapshot::default(),
            eks: Vec::new(),
            eks_gaps: Vec::new(),
            regions: BTreeSet::new(),
            gaps: Vec::new(),
            beyond: Vec::new(),
            truncated: None,
            head: None,
            counts: BTreeMap::new(),
            items: 0,
        }
    }

    /// A gap that may hide principals and policies.
    fn unread(&mut self, gap: Gap) {
        self.truncated.get_or_insert_with(|| gap.clone());
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

    fn head(&mut self, root: &Node) {
        if let Some(name) = root.at(&["metadata", "name"]).and_then(Node::as_str) {
            self.shown = origin(name).into();
        }
        for defect in snapshot::defects(root) {
            self.unread_here(defect);
        }
        let asked = root.items_at("listed").iter().chain(root.items_at("gaps"));
        let asked = asked.filter(|entry| entry.str_at("action") == Some(CLUSTERS));
        self.regions.extend(asked.filter_map(|entry| entry.str_at("region").map(str::to_owned)));
        let mut listed = BTreeMap::new();
        for entry in root.items_at("listed") {
            let items = entry.get("items").and_then(Node::as_i64).unwrap_or_default();
            *listed.entry(entry.str_at("action").unwrap_or_default().to_owned()).or_default() +=
                u64::try_from(items).unwrap_or_default();
        }
        let mut refused = false;
        for entry in root.items_at("gaps") {
            refused |= entry.str_at("action") == Some(DETAILS);
            self.refused(entry);
        }
        if !listed.contains_key(DETAILS) && !refused {
            self.unread_here("it does not say whether the authorization details are all there");
        }
        let account = root.at(&["metadata", "account"]).and_then(Node::as_str);
        self.head = Some(Head {
            account: account.map(str::to_owned),
            listed,
            end: snapshot::counted(root),
        });
    }

    /// Notes a call that was refused. Where that is the one for the authorization
    /// details, anybody may hold more; where it is one about what narrows rights, nobody
    /// does.
    fn refused(&mut self, entry: &Node) {
        let action = entry.str_at("action").unwrap_or_default();
        let reason = entry.str_at("reason").unwrap_or_default();
        let reason = sentence(action, entry.str_at("object"), entry.str_at("region"), reason);
        let gap = Gap { location: Location::file(self.shown.clone()).with_object(action), reason };
        if action == DETAILS || action.is_empty() {
            return self.unread(gap);
        }
        if action.starts_with(NARROWING) {
            return self.beyond.push(gap);
        }
        if action.starts_with("eks:") {
            self.eks_gaps.push(gap.clone());
        }
        self.gaps.push(gap);
    }

    fn take(&mut self, mut document: Document) {
        document.file = self.shown.clone();
        self.items += 1;
        if let Some(key) = document.root.repeated_keys().first() {
            let reason = format!("a document has `{}` twice, which AWS never sends", key.name);
            self.unread_here(&reason);
        }
        if let Some(named) = named(&document.root, &self.shown) {
            match named {
                Ok((file, root)) => (document.file, document.root) = (file, root),
                Err(reason) => return self.unread_here(reason),
            }
        }
        let Some(action) = aws::action_of(&document) else {
            return self.unread_here("a document that is none of AWS which gradus knows");
        };
        *self.counts.entry(action).or_default() += 1;
        if aws::recognise(&document) {
            let details = aws::read(&document);
            self.account.merge(details.snapshot);
            let gaps = if details.malformed > 0 { &mut self.gaps } else { &mut self.beyond };
            for gap in details.gaps {
                // What every document lacks is told once.
                if !gaps.contains(&gap) {
                    gaps.push(gap);
                }
            }
        } else if aws::eks::recognise(&document) {
            self.eks.push(document);
        }
    }

    /// Tells where nobody looked for clusters.
    fn regions(&self) -> Gap {
        let reason = if self.regions.is_empty() {
            "no region was asked for its clusters of EKS: what they give to whom is not known here"
                .to_owned()
        } else {
            let regions: Vec<&str> = self.regions.iter().map(String::as_str).collect();
            format!(
                "asked for their clusters of EKS were {} alone: of other regions nothing is known",
                regions.join(", ")
            )
        };
        Gap { location: Location::file(self.shown.clone()).with_object(CLUSTERS), reason }
    }

    fn finish(mut self, read: snapshot::Read) -> SnapshotReading {
        match self.head.take() {
            None if read.malformed == 0 => self.unread_here("no snapshot, whatever it says"),
            None => {}
            Some(head) => self.check(head),
        }
        if let Some(gap) = self.truncated.take() {
            self.account.truncated.get_or_insert(gap);
        }
        let record = snapshot::record("aws-snapshot", &self.shown, self.items, &self.gaps, read);
        self.beyond.push(self.regions());
        self.gaps.extend(self.beyond);
        SnapshotReading {
            account: self.account,
            eks: self.eks,
            eks_gaps: self.eks_gaps,
            record,
            gaps: self.gaps,
        }
    }

    /// Holds what is there against what is said to be there.
    fn check(&mut self, head: Head) {
        if head.end != Some(self.items) {
            self.unread_here("it has been cut short, or documents were added or taken out");
        }
        for (action, items) in &head.listed {
            let found = self.counts.get(action.as_str()).copied().unwrap_or_default();
            if found != *items {
                let reason = format!("it says that it holds {items} of {action}, not {found}");
                self.unread_here(&reason);
            }
        }
        let own = head.account.as_deref();
        let others: Vec<String> = self
            .account
            .accounts()
            .into_iter()
            .filter(|other| Some(*other) != own)
            .map(str::to_owned)
            .collect();
        if own.is_some()
            && let [other, ..] = others.as_slice()
        {
            self.unread_here(&format!(
                "it holds principals of account {other}, which it is not of"
            ));
        }
    }
}

/// The file and the document of an item that keeps both; none where it is a document
/// itself.
fn named(item: &Node, shown: &str) -> Option<Result<(Arc<str>, Node), &'static str>> {
    let mapping = item.as_mapping()?;
    let (name, document) = (mapping.get(NAME)?, mapping.get(DOCUMENT)?);
    let is_plain = |name: &&str| {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
        !name.is_empty() && name.bytes().all(allowed)
    };
    Some(match name.as_str().filter(is_plain) {
        Some(name) => Ok((format!("{shown}/{name}").into(), document.clone())),
        None => Err("a document whose name is none of a file"),
    })
}
