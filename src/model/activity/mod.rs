//! What logs show: who did what, how often, with which outcome, and what the
//! logs could not tell.
//!
//! Everything here is a count over requests, so that it stays small however
//! long the log is, and two parts of a log merge to the same bytes in any order.
//! Where a bound was hit, `beyond` holds what was left out; it is never dropped
//! in silence, and whoever judges must treat it as unknown.

mod action;
mod ahead;
mod authorised;
mod bounded;
mod clusters;
mod ends;
mod incident;
mod logged;
mod observed;
mod origin;
mod oversight;
mod records;
mod rows;
mod session;
mod summary;
mod tool_call;
mod unite;
mod wire;

use std::collections::{BTreeMap, BTreeSet};

pub use action::{ActionKey, ActionRecord, AwsCall, Denials, Examples, Tally, Target};
pub use ahead::DatedAhead;
pub use authorised::{Authorised, Names};
pub use bounded::{BoundedSet, Counted};
pub use clusters::InClusters;
pub use ends::Ends;
pub use incident::{Incident, IncidentReport};
pub use logged::{LoggedAction, LoggedOutcome, Manner, Trace};
pub use observed::{ObservedAction, Source};
pub use origin::LogOrigin;
pub use oversight::{
    About, DeciderKind, Decision, DecisionVerdict, Drill, DrillOf, Notification, Reversal, Review,
};
pub use records::Records;
pub use rows::Rows;
pub use session::RoleSession;
pub use summary::{
    Defect, DefectPlace, Defects, LogSummary, Recorded, RecordedEvents, RecordedIn, Stages, Window,
};
pub use tool_call::{Arguments, CallField, CallOutcome, Caller, Reasoning, Span, ToolCall};

use super::{capability::Plane, principal::Principal};

/// Actions of all principals, counted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Activity {
    /// By effective actor: with impersonation, the identity that was assumed.
    pub principals: BTreeMap<Principal, PrincipalActivity>,
    /// What was read, for each plane that a log was read of. A plane that is
    /// missing has no log at all: nothing is known of what was done there.
    pub logs: BTreeMap<Plane, LogSummary>,
    /// ServiceAccounts of other clusters that have the same names, with their clusters:
    /// what they did is not counted.
    pub elsewhere: BTreeMap<Principal, BTreeSet<LogOrigin>>,
    /// Events of principals that are not listed, because more distinct
    /// principals and actions were seen than are kept. Not 0: a principal that
    /// is missing may have acted.
    pub beyond: u64,
    /// Tool calls, and what people did about actions.
    pub records: Records,
}

impl Activity {
    /// Whether no request was seen in any log.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.principals.is_empty() && self.beyond == 0 && self.records.is_empty()
    }
}

/// What one principal did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PrincipalActivity {
    /// When it was first and last seen, whatever came of it; none where no
    /// event of it carries a time.
    pub window: Option<Window>,
    /// By action; an action says which objects it was for.
    pub actions: BTreeMap<ActionKey, ActionRecord>,
    /// Events whose action is not listed because more distinct actions were
    /// seen than are kept. Not 0: it may have done anything.
    pub beyond: u64,
    /// Groups it was ever seen with.
    pub groups: BoundedSet<String, 64>,
    /// Who assumed this identity, with requests made so.
    pub impersonated_by: Counted<String, 16>,
    /// How its clients call themselves; not verified by anyone.
    pub user_agents: Counted<String, 16>,
    /// Grants that the authorizer named as its reason to allow.
    pub grants_used: Counted<GrantUse, 64>,
    /// Requests that were allowed for another stated reason than an RBAC grant.
    pub allowed_otherwise: u64,
    /// Requests during which an admission webhook failed open, by webhook.
    pub failed_open: Counted<String, 16>,
    /// Its latest requests that may have changed something, one by one.
    pub changes: Rows<LoggedAction>,
    /// Some of its requests are dated after the moment for which logs are judged: when they
    /// were made is not known.
    pub ahead: bool,
    /// In which clusters.
    pub clusters: InClusters,
}

impl PrincipalActivity {
    /// Requests that took effect or may have.
    #[must_use]
    pub fn effective(&self) -> u64 {
        self.actions.values().map(|record| record.done.count + record.unclear.count).sum()
    }

    /// Requests that were refused.
    #[must_use]
    pub fn denied(&self) -> u64 {
        self.actions.values().map(|record| record.denied.total()).sum()
    }
}

/// A grant as the Kubernetes RBAC authorizer names it in
/// `authorization.k8s.io/reason`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GrantUse {
    /// `ClusterRoleBinding` or `RoleBinding`.
    pub binding_kind: String,
    /// Namespace of a `RoleBinding`.
    pub binding_namespace: Option<String>,
    /// Name of the binding.
    pub binding: String,
    /// `ClusterRole` or `Role`.
    pub role_kind: String,
    /// Name of the role.
    pub role: String,
}
