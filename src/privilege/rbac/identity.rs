//! The names under which the API server knows a principal.

use std::collections::BTreeSet;

use crate::model::{location::Location, principal::Principal};

/// Everyone who logged in.
pub(super) const AUTHENTICATED: &str = "system:authenticated";
/// Everyone who did not.
pub(super) const UNAUTHENTICATED: &str = "system:unauthenticated";
/// The user of requests without credentials.
pub(super) const ANONYMOUS: &str = "system:anonymous";
/// Every ServiceAccount; with a namespace behind a colon, every one of it.
pub(super) const ACCOUNTS: &str = "system:serviceaccounts";
/// Its members pass every check, whatever is bound.
pub(super) const MASTERS: &str = "system:masters";

/// A principal with its user name and groups.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    principal: Principal,
    user: Option<String>,
    groups: BTreeSet<String>,
    groups_known: bool,
    mapped_at: Option<Location>,
}

impl Identity {
    /// What is known of a principal by itself. A user's groups come from its
    /// certificate or identity provider and are not known then. None for a
    /// principal of another plane.
    #[must_use]
    pub fn of(principal: &Principal) -> Option<Self> {
        let mut groups = BTreeSet::new();
        let (user, groups_known) = match principal {
            Principal::KubernetesUser(name) => {
                let everyone = if name == ANONYMOUS { UNAUTHENTICATED } else { AUTHENTICATED };
                groups.insert(everyone.to_owned());
                (Some(name.clone()), name == ANONYMOUS)
            }
            Principal::KubernetesGroup(name) => {
                groups.insert(name.clone());
                if name != UNAUTHENTICATED {
                    groups.insert(AUTHENTICATED.to_owned());
                }
                (None, true)
            }
            Principal::ServiceAccount { namespace, .. } => {
                groups.insert(ACCOUNTS.to_owned());
                groups.insert(format!("{ACCOUNTS}:{namespace}"));
                groups.insert(AUTHENTICATED.to_owned());
                (Some(principal.to_string()), true)
            }
            Principal::Aws(_) => return None,
        };
        Some(Self { principal: principal.clone(), user, groups, groups_known, mapped_at: None })
    }

    /// The same with groups that someone declared: they are all of them.
    #[must_use]
    pub fn with_groups(mut self, groups: impl IntoIterator<Item = String>) -> Self {
        self.groups.extend(groups);
        self.groups_known = true;
        self
    }

    /// The same, whose name and groups an authenticator gives it by what stands
    /// there.
    #[must_use]
    pub fn mapped_at(mut self, location: Location) -> Self {
        self.mapped_at = Some(location);
        self
    }

    /// Where it is told as whom it is known; none for an identity by itself.
    #[must_use]
    pub fn mapping(&self) -> Option<&Location> {
        self.mapped_at.as_ref()
    }

    /// The principal.
    #[must_use]
    pub fn principal(&self) -> &Principal {
        &self.principal
    }

    /// The user name; none for a group.
    #[must_use]
    pub fn user(&self) -> Option<&str> {
        self.user.as_deref()
    }

    /// All groups, implicit ones included.
    pub fn groups(&self) -> impl Iterator<Item = &str> {
        self.groups.iter().map(String::as_str)
    }

    /// Whether these are all its groups.
    #[must_use]
    pub fn groups_known(&self) -> bool {
        self.groups_known
    }

    /// Whether `group` is the principal itself, rather than one that it is in.
    pub(super) fn is_group(&self, group: &str) -> bool {
        matches!(&self.principal, Principal::KubernetesGroup(name) if name == group)
    }
}
