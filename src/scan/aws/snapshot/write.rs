//! The document, written.

use serde::Serialize;
use serde_json::{Value, json};

use super::{DOCUMENT, NAME};
use crate::{
    scan::snapshot::{Collection, Metadata, write},
    source::list::AWS_SNAPSHOT,
};

/// An account as it was collected.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// What a person calls it: its profile, else its number.
    pub name: String,
    /// Its twelve digits, where STS told.
    pub account: Option<String>,
    /// RFC 3339; all that differs between two collections of the same account.
    pub collected_at: String,
    /// Every call that was answered to its end.
    pub listed: Vec<Listed>,
    /// What was refused, or not answered to its end.
    pub gaps: Vec<Refused>,
    /// Documents as the AWS CLI prints them, as JSON without line breaks.
    pub items: Vec<Box<[u8]>>,
}

/// A document as an item that keeps the name of the file in which it would have been
/// given.
#[must_use]
pub fn named(name: &str, document: Value) -> Value {
    json!({NAME: name, DOCUMENT: document})
}

/// A call that was answered to its end.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Listed {
    /// What IAM calls it: `iam:GetAccountAuthorizationDetails`.
    pub action: String,
    /// Where; none for services that are the same everywhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// How many documents its answers are.
    pub items: u64,
}

/// A call that was refused, or not answered to its end.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Refused {
    /// What IAM calls it.
    pub action: String,
    /// Where; none for services that are the same everywhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// What it was asked about; none where it was about everything.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    /// Why.
    pub reason: String,
}

impl Refused {
    /// `eks:DescribeCluster of shop in eu-central-1: the server refuses it`.
    #[must_use]
    pub fn sentence(&self) -> String {
        sentence(&self.action, self.object.as_deref(), self.region.as_deref(), &self.reason)
    }
}

pub(super) fn sentence(
    action: &str,
    object: Option<&str>,
    region: Option<&str>,
    reason: &str,
) -> String {
    let of = object.map(|object| format!(" of {object}")).unwrap_or_default();
    let place = region.map(|region| format!(" in {region}")).unwrap_or_default();
    format!("{action}{of}{place}: {reason}")
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
            server_version: None,
            account: self.account.as_deref(),
            gradus_version: env!("CARGO_PKG_VERSION"),
        };
        write(AWS_SNAPSHOT, &metadata, &self.listed, &self.gaps, &self.items)
    }

    fn missing(&self) -> Vec<String> {
        self.gaps.iter().map(Refused::sentence).collect()
    }

    fn extent(&self) -> String {
        let account = self.account.as_deref().unwrap_or("unknown");
        format!("account {account}, {} documents of {} calls", self.items.len(), self.listed.len())
    }
}
