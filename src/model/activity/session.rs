//! Sessions of roles, as the requests that began them tell of them.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::location::Location;

/// A session of a role of AWS, from the request that began it: what requests of the session
/// no longer show, its tags and the token that it was begun with, stands there alone.
///
/// Ordered by time first, so that [`super::Rows`] keep the latest.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RoleSession {
    /// When it began.
    pub time: Option<Timestamp>,
    /// What it is called: `arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION`.
    pub session: Box<str>,
    /// `sha256:…` of the id of the credential that it was given, as
    /// [`super::Trace::credential`] has it.
    pub credential: Option<Box<str>>,
    /// The same of the credential by which it was asked for, where that is one of AWS.
    pub parent: Option<Box<str>>,
    /// Who asked for it: a user, a session of another role, or whatever the log calls them.
    #[serde(default)]
    pub by: Option<Box<str>>,
    /// Whom the token is of that it was begun with: of a pod of Kubernetes its ServiceAccount,
    /// `system:serviceaccount:NAMESPACE:NAME`.
    pub subject: Option<Box<str>>,
    /// Its tags; `aws:PrincipalTag` has them as long as it lasts.
    pub tags: BTreeMap<Box<str>, Box<str>>,
    /// Where the request stands.
    pub place: Location,
}

impl RoleSession {
    /// Tags that are kept of one: AWS allows no more.
    pub const TAGS: usize = 50;
}
