//! What was read, and what was not: every denominator.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::location::Location;

/// Something that could not be read or decided, with its reason.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub struct Gap {
    /// Where.
    pub location: Location,
    /// Why, as a sentence fragment: `binding refers to Role/x, which is not in the evidence`.
    pub reason: String,
}

/// How reading one source ended.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum SourceStatus {
    /// All of it.
    Read,
    /// Some of it; `malformed` or `reason` tell what not.
    Partial,
    /// Nothing of it.
    Failed,
    /// It holds no evidence gradus knows; not counted against coverage.
    Skipped,
}

/// One file (or stream) that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SourceRecord {
    /// Path as shown to a person.
    pub path: String,
    /// What it is: `kubernetes`, `kubernetes-audit`, `aws-authorization-details`,
    /// `aws-organizations`, `aws-roles`, `mcp-servers`, `claude-code-settings`, `kagent`, `mcp`,
    /// `template`, `unrecognised`.
    pub kind: String,
    /// How reading it ended.
    pub status: SourceStatus,
    /// Objects, log lines or servers taken from it.
    pub items: u64,
    /// Lines or documents that could not be read.
    pub malformed: u64,
    /// Why not all of it.
    pub reason: Option<String>,
    /// SHA-256 of the bytes, `sha256:…`, where it was read whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
}

impl SourceRecord {
    /// Of one of which nothing was taken.
    #[must_use]
    pub fn without_items(
        path: &str,
        kind: &str,
        status: SourceStatus,
        reason: Option<String>,
    ) -> Self {
        let (path, kind) = (path.to_owned(), kind.to_owned());
        Self { path, kind, status, items: 0, malformed: 0, reason, digest: None }
    }

    /// Adds what else is to be told of it.
    pub fn add_reason(&mut self, further: Option<String>) {
        self.reason = match (self.reason.take(), further) {
            (Some(reason), Some(further)) => Some(format!("{reason}; {further}")),
            (reason, further) => reason.or(further),
        };
    }
}
