//! One request of a platform's log, by itself: for those who pass logs on instead of
//! counting them.

use std::net::IpAddr;

use jiff::Timestamp;

use super::{ActionKey, LoggedOutcome, Trace};
use crate::model::location::Location;

/// A request as it was read, reads included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObservedAction {
    /// Who it counts for, as the log spells it: the assumed identity where there is one.
    pub actor: String,
    /// Groups of the actor; none where the log does not tell.
    pub groups: Option<Vec<String>>,
    /// What was asked for.
    pub action: ActionKey,
    /// The object that it was for; none where the request names none, or several.
    pub object: Option<String>,
    /// What came of it.
    pub outcome: LoggedOutcome,
    /// Whether the authorizer is known to have let it pass.
    pub authorised: bool,
    /// The grant that the authorizer named, in its words.
    pub grant: Option<String>,
    /// When it arrived.
    pub time: Option<Timestamp>,
    /// Where it came from. Neither logs that are judged nor summaries keep it.
    pub source: Option<Source>,
    /// Whether it may have changed something. What joins it to other records is kept only
    /// of those.
    pub changes: bool,
    /// What the log tells of who and what it belongs to.
    pub trace: Trace,
    /// Where it stands.
    pub place: Location,
}

/// Where a request came from, as the platform saw it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// An address; of several that the API server was told, the one that it saw itself.
    Address(IpAddr),
    /// A service of AWS that called for somebody.
    Service(String),
}
