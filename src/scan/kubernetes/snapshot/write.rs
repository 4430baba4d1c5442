//! The document, written.

use serde::Serialize;

use super::full_name;
use crate::{
    scan::snapshot::{Collection, Metadata, write},
    source::list::SNAPSHOT,
};

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

impl Collection for Snapshot {
    fn name(&self) -> &str {
        &self.name
    }

    fn set_collected_at(&mut self, time: String) {
        self.collected_at = time;
    }

    fn to_json(&self) -> serde_json::Result<Vec<u8>> {
        let metadata = Metadata {
            name: &self.name,
            collected_at: &self.collected_at,
            server_version: self.server_version.as_deref(),
            account: None,
            gradus_version: env!("CARGO_PKG_VERSION"),
        };
        write(SNAPSHOT, &metadata, &self.listed, &self.gaps, &self.items)
    }

    fn missing(&self) -> Vec<String> {
        self.gaps.iter().map(Unlisted::sentence).collect()
    }

    fn extent(&self) -> String {
        let served = self.listed.iter().filter(|listed| !listed.version.is_empty()).count();
        format!("{} objects of {served} resources", self.items.len())
    }
}
