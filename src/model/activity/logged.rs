//! One change in a platform's own log, kept so that it can be told who stood behind
//! it.
//!
//! Reads are only counted ([`super::ActionRecord`]); whatever may change something is
//! kept as a row of its principal, up to a bound.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::ActionKey;
use crate::model::location::Location;

/// A request that may have changed something.
///
/// Ordered by time first, so that [`super::Rows`] keep the latest.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LoggedAction {
    /// When it arrived.
    pub time: Option<Timestamp>,
    /// What was asked for.
    pub action: Arc<ActionKey>,
    /// The object that it was for; none where the request names none, or several.
    pub object: Option<Box<str>>,
    /// What came of it.
    pub outcome: LoggedOutcome,
    /// What the log tells of who and what it belongs to.
    #[serde(default)]
    pub trace: Trace,
    /// Where it stands.
    pub place: Location,
}

/// What came of a logged request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LoggedOutcome {
    /// It took effect.
    Done,
    /// It may have taken effect.
    Unclear,
    /// It was refused.
    Denied,
    /// It was rejected as wrong: no effect.
    Failed,
    /// It was a rehearsal.
    DryRun,
}

impl LoggedOutcome {
    /// Whether it took effect or may have.
    #[must_use]
    pub fn may_be_done(self) -> bool {
        matches!(self, Self::Done | Self::Unclear)
    }
}

/// What joins a request to a tool call, a session or a person. Texts are cut at
/// [`Trace::BYTES`]; whatever a client chose itself is a claim, no proof.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Trace {
    /// Kubernetes: `auditID`, which a client may choose (`Audit-ID`); AWS: `eventID`.
    pub id: Option<Box<str>>,
    /// AWS: `requestID`, which the caller is told with the answer.
    pub request: Option<Box<str>>,
    /// The session: role session name, or the credential or pod that the API server names.
    pub session: Option<Arc<str>>,
    /// AWS: `sourceIdentity`, which no later role can change.
    pub source_identity: Option<Arc<str>>,
    /// AWS: `sha256:…` of the id of the credential that it was made with.
    pub credential: Option<Arc<str>>,
    /// What the client calls itself.
    pub user_agent: Option<Arc<str>>,
    /// Who assumed the identity that it counts for.
    pub impersonator: Option<Arc<str>>,
    /// Whether the log holds the request itself, or only that it was made.
    pub shallow: bool,
    /// What the way it was asked for shows.
    pub manner: Option<Manner>,
    /// Kubernetes: admission webhooks that failed open during it.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub failed_open: Box<[Box<str>]>,
    /// Kubernetes: groups that it was made with, but for the [usual](Trace::is_usual) ones;
    /// none where there are more than [`Trace::GROUPS`], a name is too long, or the log does
    /// not tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub groups: Option<Box<[Box<str>]>>,
}

impl Trace {
    /// Longest text that is kept of one.
    pub const BYTES: usize = 160;
    /// How many groups are kept of one.
    pub const GROUPS: usize = 4;

    /// Whether a group is one that the API server gives to everyone, or to every
    /// ServiceAccount: it is the same for all requests of a principal.
    #[must_use]
    pub fn is_usual(group: &str) -> bool {
        group == "system:authenticated" || group.starts_with("system:serviceaccounts")
    }
}

/// What the way a request was made shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Manner {
    /// As `kubectl rollout undo` puts an earlier revision back.
    Undo,
    /// As `kubectl rollout restart` does.
    Restart,
}
