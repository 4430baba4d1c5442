//! The members of an entry that gradus reads, borrowed from the text.
//!
//! Names and meaning: `google.logging.v2.LogEntry` and `google.cloud.audit.AuditLog`.

use serde::{Deserialize, de::IgnoredAny};

use crate::scan::activity::{
    builder::RequestId,
    text::{Text, timestamp},
};

/// An entry of Cloud Logging.
#[derive(Debug, Deserialize)]
pub(super) struct LogEntry<'a> {
    #[serde(borrow, rename = "protoPayload")]
    pub(super) payload: AuditLog<'a>,
    #[serde(borrow, default)]
    pub(super) timestamp: Option<Text<'a>>,
    #[serde(borrow, default, rename = "insertId")]
    pub(super) id: Option<Text<'a>>,
    #[serde(borrow, default, rename = "logName")]
    pub(super) log: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub(super) operation: Operation<'a>,
    #[serde(borrow, default, rename = "receiveTimestamp")]
    pub(super) received: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub(super) labels: Labels<'a>,
    #[serde(borrow, default)]
    pub(super) resource: Resource<'a>,
}

impl LogEntry<'_> {
    /// What tells the entry again, in whatever words it stands: the members by which Cloud
    /// Logging itself tells entries that were written twice, and what was asked. BigQuery
    /// keeps times to the microsecond alone. None where one of them is missing.
    pub(super) fn id(&self) -> Option<RequestId> {
        let part = |text: &Option<Text<'_>>| {
            text.as_deref().filter(|text| !text.is_empty()).map(|text| text.as_bytes().to_vec())
        };
        let asked = |text: &Option<Text<'_>>| part(text).unwrap_or_default();
        let time = timestamp(self.timestamp.as_deref()?)?.as_microsecond();
        Some(RequestId::of(&[
            b"entry",
            &part(&self.id)?,
            &part(&self.log)?,
            &time.to_be_bytes(),
            &asked(&self.payload.method),
            &asked(&self.payload.resource),
        ]))
    }
}

/// What the entry is a part of.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Operation<'a> {
    /// The `auditID` of the API server.
    #[serde(borrow, default)]
    pub(super) id: Option<Text<'a>>,
}

/// What was asked, by whom, and what came of it.
#[derive(Debug, Deserialize)]
pub(super) struct AuditLog<'a> {
    #[serde(borrow, default, rename = "serviceName")]
    pub(super) service: Option<Text<'a>>,
    #[serde(borrow, default, rename = "methodName")]
    pub(super) method: Option<Text<'a>>,
    #[serde(borrow, default, rename = "resourceName")]
    pub(super) resource: Option<Text<'a>>,
    #[serde(borrow, default, rename = "authenticationInfo")]
    pub(super) authentication: Authentication<'a>,
    #[serde(default, rename = "authorizationInfo")]
    pub(super) authorization: Vec<Authorization>,
    #[serde(borrow, default, rename = "requestMetadata")]
    pub(super) metadata: Metadata<'a>,
    #[serde(default)]
    pub(super) status: Option<Status>,
    /// Whether the entry holds the request itself.
    #[serde(default)]
    pub(super) request: Option<IgnoredAny>,
}

/// Who asked.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Authentication<'a> {
    #[serde(borrow, default, rename = "principalEmail")]
    pub(super) email: Option<Text<'a>>,
    #[serde(borrow, default, rename = "principalSubject")]
    pub(super) subject: Option<Text<'a>>,
    /// Whose authority was asked for, where that is another's.
    #[serde(borrow, default, rename = "authoritySelector")]
    pub(super) authority: Option<Text<'a>>,
}

/// What was asked of the authorizer.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Authorization {
    /// That it is not there says nothing: a `false` may be left out.
    #[serde(default)]
    pub(super) granted: Option<bool>,
}

/// How it was asked.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Metadata<'a> {
    #[serde(borrow, default, rename = "callerSuppliedUserAgent")]
    pub(super) user_agent: Option<Text<'a>>,
    #[serde(borrow, default, rename = "callerIp", alias = "callerIP")]
    pub(super) source: Option<Text<'a>>,
}

/// `google.rpc.Status`: no code is code 0, which is success.
#[derive(Debug, Default, Clone, Copy, Deserialize)]
pub(super) struct Status {
    #[serde(default)]
    pub(super) code: i64,
}

/// What the API server noted.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Labels<'a> {
    #[serde(borrow, default, rename = "authorization.k8s.io/decision")]
    pub(super) decision: Option<Text<'a>>,
    #[serde(borrow, default, rename = "authorization.k8s.io/reason")]
    pub(super) reason: Option<Text<'a>>,
}

/// Where it was asked.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Resource<'a> {
    #[serde(borrow, default)]
    pub(super) labels: Place<'a>,
}

/// The cluster.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Place<'a> {
    #[serde(borrow, default, rename = "project_id")]
    pub(super) project: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub(super) location: Option<Text<'a>>,
    #[serde(borrow, default, rename = "cluster_name")]
    pub(super) cluster: Option<Text<'a>>,
}
