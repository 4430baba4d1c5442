//! Objects of `rbac.authorization.k8s.io`.

use std::{fmt, sync::Arc};

use super::Scope;
use crate::model::{coverage::Gap, location::Location};

/// One rule of a role, as written: no list is expanded or cleaned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyRule {
    /// Verbs; `*` is all of them.
    pub verbs: Vec<Arc<str>>,
    /// API groups; `""` is the core group, `*` all. Empty matches nothing.
    pub api_groups: Vec<Arc<str>>,
    /// `pods`, `pods/log`, `*/scale`, `*`.
    pub resources: Vec<Arc<str>>,
    /// Names; empty is any. There is no wildcard.
    pub resource_names: Vec<Arc<str>>,
    /// URL paths; a trailing `*` is any rest.
    pub non_resource_urls: Vec<Arc<str>>,
    /// Its position in its role, from 1.
    pub number: u32,
    /// The ClusterRole that it was aggregated from, if it was.
    pub aggregated_from: Option<Arc<str>>,
    /// Where it stands.
    pub location: Location,
}

impl PolicyRule {
    /// Whether two rules give the same, wherever they stand.
    #[must_use]
    pub fn gives_same(&self, other: &Self) -> bool {
        self.verbs == other.verbs
            && self.api_groups == other.api_groups
            && self.resources == other.resources
            && self.resource_names == other.resource_names
            && self.non_resource_urls == other.non_resource_urls
    }
}

/// Who wrote a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// It stands in the evidence.
    Evidence,
    /// The evidence lacks it; it is what Kubernetes ships.
    BuiltIn,
}

/// A Role (in a namespace) or a ClusterRole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    /// [`Scope::Cluster`] for a ClusterRole.
    pub scope: Scope,
    /// Its name.
    pub name: Arc<str>,
    /// Its rules, aggregated ones included.
    pub rules: Vec<PolicyRule>,
    /// Who wrote it.
    pub origin: Origin,
    /// What of it could not be read: whoever is bound to it may hold more.
    pub gaps: Vec<Gap>,
    /// Where it stands.
    pub location: Location,
}

/// What a `roleRef` may name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RoleKind {
    /// A Role in the namespace of the binding.
    Role,
    /// A ClusterRole.
    ClusterRole,
}

impl fmt::Display for RoleKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Role => "Role",
            Self::ClusterRole => "ClusterRole",
        })
    }
}

/// The role that a binding gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleRef {
    /// Its kind.
    pub kind: RoleKind,
    /// Its name.
    pub name: Arc<str>,
    /// Where it is referred to.
    pub location: Location,
}

/// Whom a binding names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// A user name, ServiceAccounts' user names included.
    User(Arc<str>),
    /// A group.
    Group(Arc<str>),
    /// A ServiceAccount. Without a namespace it is one of the RoleBinding's own;
    /// the API server refuses a ClusterRoleBinding that leaves it out.
    ServiceAccount {
        /// Its namespace, if given.
        namespace: Option<Arc<str>>,
        /// Its name.
        name: Arc<str>,
    },
}

/// A subject with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoundSubject {
    /// Whom.
    pub subject: Subject,
    /// Where.
    pub location: Location,
}

/// A RoleBinding (in a namespace) or a ClusterRoleBinding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    /// [`Scope::Cluster`] for a ClusterRoleBinding.
    pub scope: Scope,
    /// Its name; one that the API server is to make up ends with `*`.
    pub name: Arc<str>,
    /// What it gives.
    pub role: RoleRef,
    /// To whom.
    pub subjects: Vec<BoundSubject>,
    /// Where it stands.
    pub location: Location,
}

impl Binding {
    /// `ClusterRoleBinding` or `RoleBinding`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self.scope {
            Scope::Cluster => "ClusterRoleBinding",
            Scope::Namespace(_) | Scope::UnknownNamespace => "RoleBinding",
        }
    }
}

/// `ClusterRoleBinding/sre-bot`, `RoleBinding/shop/sre-bot`.
impl fmt::Display for Binding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind())?;
        match &self.scope {
            Scope::Cluster => {}
            Scope::Namespace(namespace) => write!(f, "/{namespace}")?,
            Scope::UnknownNamespace => f.write_str("/?")?,
        }
        write!(f, "/{}", self.name)
    }
}
