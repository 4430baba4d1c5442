//! Whom a cluster on EKS takes AWS principals for: ConfigMap `kube-system/aws-auth`.
//!
//! The authenticator looks a caller up by its ARN and gives it the user name and
//! the groups of the entry (aws-iam-authenticator, `pkg/mapper/configmap`).

use std::sync::Arc;

use crate::model::{coverage::Gap, location::Location};

/// The entries of the ConfigMap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AwsAuth {
    /// `mapRoles` and `mapUsers`, in their order.
    pub entries: Vec<AwsAuthEntry>,
    /// `mapAccounts`: whoever is of one of them is known by its ARN.
    pub accounts: Vec<AwsAuthAccount>,
    /// What could not be read: it may map any AWS principal to anybody.
    pub gaps: Vec<Gap>,
    /// Where it stands.
    pub location: Location,
}

/// Whom an entry maps.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mapped {
    /// A role by its ARN, which the authenticator compares without the role's
    /// path and in any case; `*` and `?` are wildcards since v0.7.
    Role(Arc<str>),
    /// A user by its ARN, in any case.
    User(Arc<str>),
}

impl Mapped {
    /// `mapRoles` or `mapUsers`.
    #[must_use]
    pub fn list(&self) -> &'static str {
        match self {
            Self::Role(_) => "mapRoles",
            Self::User(_) => "mapUsers",
        }
    }
}

/// One entry of `mapRoles` or `mapUsers`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AwsAuthEntry {
    /// Whom it maps.
    pub whom: Mapped,
    /// The user name; `{{SessionName}}` and the like are filled in by the
    /// authenticator.
    pub user: Arc<str>,
    /// The groups, in which templates count too.
    pub groups: Vec<Arc<str>>,
    /// Its position in its list, from 1.
    pub number: u32,
    /// Where its list stands.
    pub location: Location,
}

/// One account of `mapAccounts`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AwsAuthAccount {
    /// Its twelve digits, as written.
    pub account: Arc<str>,
    /// Where the list stands.
    pub location: Location,
}

impl AwsAuth {
    /// Adds what another file says of the same ConfigMap: which one is in force is
    /// not known, so that both count.
    pub fn merge(&mut self, other: Self) {
        self.entries.extend(other.entries);
        self.accounts.extend(other.accounts);
        self.gaps.extend(other.gaps);
    }
}
