//! The document, written: one item a line, the time of collection in one place.

use serde::Serialize;
use serde_json::to_string;

use super::{API_VERSION, full_name};
use crate::source::list::SNAPSHOT;

/// A cluster as it was collected.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// What a person calls it: its context.
    pub name: String,
    /// RFC 3339; all that differs between two collections of the same objects.
    pub collected_at: String,
    /// `v1.33.4`, where the server tells.
    pub server_version: Option<String>,
    /// Every resource that was listed to its end.
    pub listed: Vec<Listed>,
    /// What could not be, or not to its end.
    pub gaps: Vec<Unlisted>,
    /// Objects as JSON without line breaks, in the order in which they were listed.
    pub items: Vec<Box<[u8]>>,
}

/// A resource that was listed to its end.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Listed {
    /// API group; empty for the core.
    pub group: String,
    /// The version it was listed in; empty where the server does not know the
    /// resource, and so has none of it.
    pub version: String,
    /// `clusterroles`.
    pub resource: String,
    /// `ClusterRole`.
    pub kind: String,
    /// How many there are.
    pub items: u64,
}

/// What could not be listed, or not to its end.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Unlisted {
    /// API group; empty for the core.
    pub group: String,
    /// `clusterroles`; empty where the whole group could not be looked at.
    pub resource: String,
    /// Why.
    pub reason: String,
}

impl Unlisted {
    /// `secrets: the server refuses it`.
    #[must_use]
    pub fn sentence(&self) -> String {
        format!("{}: {}", full_name(&self.group, &self.resource), self.reason)
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Metadata<'a> {
    name: &'a str,
    collected_at: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    server_version: Option<&'a str>,
    gradus_version: &'a str,
}

impl Snapshot {
    /// The document as text.
    ///
    /// # Errors
    /// Never in practice: all that it holds can be written as JSON.
    pub fn to_json(&self) -> serde_json::Result<Vec<u8>> {
        let metadata = Metadata {
            name: &self.name,
            collected_at: &self.collected_at,
            server_version: self.server_version.as_deref(),
            gradus_version: env!("CARGO_PKG_VERSION"),
        };
        let head = format!(
            "{{\"apiVersion\":\"{API_VERSION}\",\"kind\":\"{SNAPSHOT}\",\n\"metadata\":{},\n\
             \"listed\":{},\n\"gaps\":{},\n\"items\":[",
            to_string(&metadata)?,
            to_string(&self.listed)?,
            to_string(&self.gaps)?,
        );
        let size: usize = self.items.iter().map(|item| item.len() + 2).sum();
        let mut text = Vec::with_capacity(head.len() + size + 64);
        text.extend_from_slice(head.as_bytes());
        for (index, item) in self.items.iter().enumerate() {
            text.extend_from_slice(if index == 0 { b"\n" } else { b",\n" });
            text.extend_from_slice(item);
        }
        text.extend_from_slice(
            format!("\n],\n\"end\":{{\"items\":{}}}}}\n", self.items.len()).as_bytes(),
        );
        Ok(text)
    }
}
