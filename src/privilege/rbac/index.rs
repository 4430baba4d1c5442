//! A cluster's bindings by subject and roles by name, built once for all agents.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::model::kubernetes::{
    ClusterSnapshot, Scope,
    objects::{TokenSecret, Workload},
    rbac::{Binding, Role, RoleKind, Subject},
};

/// A binding and the one of its subjects that was met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Bound {
    pub(super) binding: usize,
    pub(super) subject: usize,
}

/// Look-ups over one snapshot.
#[derive(Debug)]
pub struct Index<'a> {
    pub(super) snapshot: &'a ClusterSnapshot,
    roles: FxHashMap<&'a Scope, FxHashMap<&'a str, Vec<usize>>>,
    namespaced_roles: FxHashMap<&'a str, Vec<usize>>,
    users: FxHashMap<&'a str, Vec<Bound>>,
    groups: FxHashMap<&'a str, Vec<Bound>>,
    accounts: FxHashMap<&'a str, FxHashMap<&'a str, Vec<Bound>>>,
    /// Accounts named without a namespace that anything tells.
    stray_accounts: FxHashMap<&'a str, Vec<Bound>>,
    /// Workloads that no listed controller made, by the name of their account.
    workloads: FxHashMap<&'a str, Vec<&'a Workload>>,
    /// Secrets with a token, by the name of their account.
    tokens: FxHashMap<&'a str, Vec<&'a TokenSecret>>,
}

impl<'a> Index<'a> {
    /// Indexes a snapshot.
    #[must_use]
    pub fn new(snapshot: &'a ClusterSnapshot) -> Self {
        let mut index = Self {
            snapshot,
            roles: FxHashMap::default(),
            namespaced_roles: FxHashMap::default(),
            users: FxHashMap::default(),
            groups: FxHashMap::default(),
            accounts: FxHashMap::default(),
            stray_accounts: FxHashMap::default(),
            workloads: FxHashMap::default(),
            tokens: FxHashMap::default(),
        };
        for workload in snapshot.workloads.iter().filter(|workload| !workload.owned) {
            index.workloads.entry(&workload.service_account).or_default().push(workload);
        }
        for secret in &snapshot.token_secrets {
            if let Some(account) = &secret.service_account {
                index.tokens.entry(account).or_default().push(secret);
            }
        }
        for (number, role) in snapshot.roles.iter().enumerate() {
            index.roles.entry(&role.scope).or_default().entry(&role.name).or_default().push(number);
            if role.scope != Scope::Cluster {
                index.namespaced_roles.entry(&role.name).or_default().push(number);
            }
        }
        for (number, binding) in snapshot.bindings.iter().enumerate() {
            index.add(number, binding);
        }
        index
    }

    /// The evidence itself.
    #[must_use]
    pub fn snapshot(&self) -> &'a ClusterSnapshot {
        self.snapshot
    }

    /// The source of the evidence, as the workspace names it.
    #[must_use]
    pub fn source(&self) -> &'a Arc<str> {
        &self.snapshot.source
    }

    /// Whether anything in the evidence names a ServiceAccount: itself or a
    /// binding. One that nothing names may be misspelt, or of another cluster.
    #[must_use]
    pub fn knows_account(&self, namespace: &str, name: &str) -> bool {
        let listed = || {
            self.snapshot
                .service_accounts
                .iter()
                .any(|account| &*account.name == name && account.scope.may_be_in(namespace))
        };
        !self.of_account(namespace, name).is_empty() || listed()
    }

    /// Whether the cluster may know the account, for all that was read of it: what
    /// was not read may name it, where its accounts were not listed either.
    #[must_use]
    pub fn may_know_account(&self, namespace: &str, name: &str) -> bool {
        let unread = !self.snapshot.open.is_empty() && !self.snapshot.lists("ServiceAccount");
        unread || self.knows_account(namespace, name)
    }

    fn add(&mut self, number: usize, binding: &'a Binding) {
        for (position, bound) in binding.subjects.iter().enumerate() {
            let at = Bound { binding: number, subject: position };
            let list = match &bound.subject {
                Subject::User(name) => self.users.entry(name).or_default(),
                Subject::Group(name) => self.groups.entry(name).or_default(),
                Subject::ServiceAccount { namespace, name } => {
                    match namespace.as_deref().or_else(|| binding.scope.namespace()) {
                        Some(namespace) => {
                            self.accounts.entry(namespace).or_default().entry(name).or_default()
                        }
                        None => self.stray_accounts.entry(name).or_default(),
                    }
                }
            };
            list.push(at);
        }
    }

    /// Workloads whose pods run as a ServiceAccount of that name.
    pub(super) fn workloads_of(&self, name: &str) -> &[&'a Workload] {
        self.workloads.get(name).map_or(&[], Vec::as_slice)
    }

    /// Secrets that hold a token of a ServiceAccount of that name.
    pub(super) fn tokens_of(&self, name: &str) -> &[&'a TokenSecret] {
        self.tokens.get(name).map_or(&[], Vec::as_slice)
    }

    /// Subjects that name a user.
    pub(super) fn of_user(&self, user: &str) -> &[Bound] {
        self.users.get(user).map_or(&[], Vec::as_slice)
    }

    /// Subjects that name a group.
    pub(super) fn of_group(&self, group: &str) -> &[Bound] {
        self.groups.get(group).map_or(&[], Vec::as_slice)
    }

    /// Subjects that name a ServiceAccount.
    pub(super) fn of_account(&self, namespace: &str, name: &str) -> &[Bound] {
        self.accounts.get(namespace).and_then(|names| names.get(name)).map_or(&[], Vec::as_slice)
    }

    /// Subjects that name some ServiceAccount of that name, no one knows where.
    pub(super) fn of_stray_account(&self, name: &str) -> &[Bound] {
        self.stray_accounts.get(name).map_or(&[], Vec::as_slice)
    }

    /// The roles of a scope that have a name; more than one only where the evidence
    /// holds several of it.
    pub(super) fn roles_named(&self, scope: &Scope, name: &str) -> Vec<&'a Role> {
        self.numbered(self.numbers(scope, name)).collect()
    }

    /// The roles that a binding may refer to; empty where the evidence lacks it.
    /// More than one only where a manifest does not tell its namespace.
    pub(super) fn roles_of(&self, binding: &Binding) -> impl Iterator<Item = &'a Role> {
        let name = &*binding.role.name;
        let (placed, unplaced): (&[usize], &[usize]) = match (binding.role.kind, &binding.scope) {
            (RoleKind::ClusterRole, _) => (self.numbers(&Scope::Cluster, name), &[]),
            // The API server finds no Role outside of a namespace.
            (RoleKind::Role, Scope::Cluster) => (&[], &[]),
            (RoleKind::Role, scope @ Scope::Namespace(_)) => {
                (self.numbers(scope, name), self.numbers(&Scope::UnknownNamespace, name))
            }
            (RoleKind::Role, Scope::UnknownNamespace) => {
                (self.namespaced_roles.get(name).map_or(&[], Vec::as_slice), &[])
            }
        };
        self.numbered(placed).chain(self.numbered(unplaced))
    }

    fn numbers(&self, scope: &Scope, name: &str) -> &[usize] {
        self.roles.get(scope).and_then(|names| names.get(name)).map_or(&[], Vec::as_slice)
    }

    fn numbered(&self, numbers: &[usize]) -> impl Iterator<Item = &'a Role> {
        numbers.iter().filter_map(|number| self.snapshot.roles.get(*number))
    }
}
