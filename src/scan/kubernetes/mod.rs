//! Kubernetes objects from manifests and dumps.
//!
//! Takes documents one at a time and keeps only what decides rights or links
//! identities. Where the API server would refuse what stands there, the reading
//! that gives the most is kept and a gap says so: the cluster must hold
//! something else than the file. Contents of Secrets are never looked at.

mod admission;
mod aggregate;
mod aws_auth;
mod builtin;
mod custom;
mod limits;
mod listing;
#[cfg(feature = "kubernetes")]
pub mod live;
mod merge;
mod objects;
mod rbac;
mod read;
pub mod snapshot;

#[cfg(test)]
mod tests;

use std::{collections::BTreeSet, sync::Arc};

use crate::{
    model::{
        coverage::Gap,
        kubernetes::{ClusterSnapshot, Scope, version::ServerVersion},
    },
    source::{Document, node::Node},
};
use listing::Lists;
use merge::{Bindings, Roles};
use objects::{Claim, HostVolume};
use read::{Reader, Words};

/// What became of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recognition {
    /// It is no object of a cluster.
    NotMine,
    /// It was read whole.
    Taken {
        /// Objects in it.
        items: u64,
    },
    /// Some of it could not be read, or not be placed.
    Partly {
        /// Objects in it.
        items: u64,
        /// What; the snapshot holds the same gaps.
        gaps: Vec<Gap>,
    },
}

/// Collects the objects of one cluster, whatever files they come in.
#[derive(Debug)]
pub struct ClusterBuilder {
    snapshot: ClusterSnapshot,
    roles: Roles,
    bindings: Bindings,
    words: Words,
    /// Lists of a client, in the files that were read.
    lists: Lists,
    host_volumes: Vec<HostVolume>,
    claims: Vec<Claim>,
    /// Kinds of which it is known that objects are missing.
    in_part: BTreeSet<String>,
    /// Kinds of which an object could not be read whole.
    half_read: BTreeSet<String>,
}

impl ClusterBuilder {
    /// An empty cluster; `source` is what a person calls it: a path or a context.
    #[must_use]
    pub fn new(source: impl Into<Arc<str>>) -> Self {
        Self {
            snapshot: ClusterSnapshot { source: source.into(), ..ClusterSnapshot::default() },
            roles: Roles::default(),
            bindings: Bindings::default(),
            words: Words::default(),
            lists: Lists::default(),
            host_volumes: Vec::new(),
            claims: Vec::new(),
            in_part: BTreeSet::new(),
            half_read: BTreeSet::new(),
        }
    }

    /// Gives the cluster another name.
    pub fn rename(&mut self, source: Arc<str>) {
        self.snapshot.source = source;
    }

    /// Notes which Kubernetes the API server is.
    pub fn runs(&mut self, version: ServerVersion) {
        self.snapshot.version = Some(version);
    }

    /// Notes that every object of a kind is in the evidence, and be there none.
    pub fn listed(&mut self, kind: &str) {
        self.snapshot.kinds.entry(kind.to_owned()).or_default();
        self.snapshot.listed.insert(kind.to_owned());
    }

    /// Notes that objects of a kind are missing: those that are there count, but
    /// the kind does not as collected.
    pub fn not_whole(&mut self, kind: &str) {
        self.in_part.insert(kind.to_owned());
    }

    /// Notes what could not be read and gives nobody rights.
    pub fn note(&mut self, gap: Gap) {
        self.snapshot.gaps.push(gap);
    }

    /// Takes a document, if it is an object of a cluster.
    pub fn accept(&mut self, document: &Document) -> Recognition {
        if let Some(version) = read::server_version(&document.root) {
            self.runs(version);
            return Recognition::Taken { items: 1 };
        }
        let Some(kind) = Kind::of(&document.root) else {
            self.lists.lacks_one(document);
            return Recognition::NotMine;
        };
        let group = kind.group;
        if let Some(reason) = kind.unbuilt() {
            let location = document.root.location(&document.file);
            let gap = Gap { location, reason: reason.to_owned() };
            self.unread(gap.clone());
            return Recognition::Partly { items: 0, gaps: vec![gap] };
        }
        if !kind.is_cluster_object(&document.root) {
            self.lists.lacks_one(document);
            return Recognition::NotMine;
        }
        let seen = self.snapshot.kinds.entry(kind.to_string()).or_default();
        *seen += 1;
        let seen = *seen;
        self.lists.take(document, kind);
        let mut reader = Reader::new(document, kind.kind, &mut self.words);
        if kind.is_custom() {
            self.snapshot.workloads.extend(reader.custom_workload(kind.kind));
        }
        reader.admission(group, kind.kind, &mut self.snapshot.admission);
        match (group, kind.kind) {
            (rbac::GROUP, "Role" | "ClusterRole") => {
                let role = reader.role(kind.kind == "ClusterRole");
                self.roles.add(role, &mut reader.gaps);
            }
            (rbac::GROUP, "RoleBinding" | "ClusterRoleBinding") => {
                if let Some(binding) = reader.binding(kind.kind == "ClusterRoleBinding") {
                    self.bindings.add(binding, &mut reader.gaps);
                }
                self.snapshot.open.append(&mut reader.open);
            }
            // OpenShift's own spelling of the same objects has another shape.
            (
                "authorization.openshift.io",
                "Role" | "ClusterRole" | "RoleBinding" | "ClusterRoleBinding",
            ) => {
                reader.gap_open(
                    &document.root,
                    format!(
                        "{} of authorization.openshift.io is not read: collect {}.{}",
                        kind.kind,
                        kind.kind.to_lowercase(),
                        rbac::GROUP
                    ),
                );
                self.snapshot.open.append(&mut reader.open);
            }
            ("", "ServiceAccount") => {
                let (account, eks) = reader.service_account();
                self.snapshot.eks = self.snapshot.eks.take().or(eks);
                self.snapshot.service_accounts.push(account);
            }
            ("", "Namespace") => self.snapshot.namespaces.extend(reader.namespace()),
            ("", "Secret") => self.snapshot.token_secrets.extend(reader.token_secret()),
            ("", "ConfigMap") => {
                if let Some(auth) = reader.aws_auth() {
                    self.snapshot.eks.get_or_insert(auth.location.clone());
                    match &mut self.snapshot.aws_auth {
                        Some(known) => known.merge(auth),
                        none => *none = Some(auth),
                    }
                }
            }
            ("", "Node") => {
                let eks = reader.eks_node();
                self.snapshot.eks = self.snapshot.eks.take().or(eks);
            }
            ("", "PersistentVolume") => self.host_volumes.extend(reader.host_volume()),
            ("", "PersistentVolumeClaim") => self.claims.extend(reader.claim()),
            ("", "ResourceQuota") => self.snapshot.quotas.push(reader.quota()),
            ("policy", "PodDisruptionBudget") => {
                self.snapshot.budgets.push(reader.budget(kind.version));
            }
            ("" | "apps" | "batch" | "extensions", _) => {
                if let Some(workload) = reader.workload(kind.kind) {
                    if &*workload.name == "aws-node" && workload.scope.may_be_in("kube-system") {
                        self.snapshot.eks.get_or_insert(workload.location.clone());
                    }
                    self.snapshot.workloads.push(workload);
                }
            }
            _ if kind.is_custom() && seen <= custom::KEPT => {
                self.snapshot.custom.push(reader.custom(kind));
            }
            _ if kind.is_custom() && seen == custom::KEPT + 1 => {
                let reason = format!("more than {} objects of its kind: not kept", custom::KEPT);
                reader.gap(&document.root, reason);
            }
            _ => {}
        }
        let gaps = reader.gaps;
        if gaps.is_empty() {
            return Recognition::Taken { items: 1 };
        }
        self.half_read.insert(kind.to_string());
        self.snapshot.gaps.extend(gaps.iter().cloned());
        Recognition::Partly { items: 1, gaps }
    }

    /// Notes that part of the cluster could not be read: it may give rights to
    /// anybody.
    pub fn unread(&mut self, gap: Gap) {
        self.lists.spoil(&gap.location.path);
        self.snapshot.gaps.push(gap.clone());
        self.snapshot.open.push(gap);
    }

    /// The cluster: roles merged, aggregated, and completed by built-in ones.
    #[must_use]
    pub fn finish(self) -> ClusterSnapshot {
        let Self {
            mut snapshot,
            mut roles,
            bindings,
            lists,
            in_part,
            half_read,
            host_volumes,
            claims,
            ..
        } = self;
        objects::resolve_claims(&mut snapshot.workloads, &host_volumes, &claims);
        snapshot.kinds.retain(|kind, _| !in_part.contains(kind));
        snapshot.listed.extend(lists.whole());
        snapshot.listed.retain(|kind| !in_part.contains(kind) && !half_read.contains(kind));
        snapshot.bindings = bindings.into_bindings();
        let supplied = builtin::supply(&mut roles, &snapshot.bindings);
        aggregate::resolve(&mut roles);
        snapshot.roles = roles.into_roles();
        for role in &snapshot.roles {
            snapshot.gaps.extend(role.gaps.iter().cloned());
        }
        snapshot.supplied_roles = supplied;
        snapshot.roles.sort_by(|a, b| (&a.scope, &a.name).cmp(&(&b.scope, &b.name)));
        snapshot.bindings.sort_by(|a, b| (&a.scope, &a.name).cmp(&(&b.scope, &b.name)));
        snapshot.service_accounts.sort_by(|a, b| (&a.scope, &a.name).cmp(&(&b.scope, &b.name)));
        snapshot
            .workloads
            .sort_by(|a, b| (&a.scope, &a.kind, &a.name).cmp(&(&b.scope, &b.kind, &b.name)));
        snapshot.namespaces.sort_by(|a, b| a.name.cmp(&b.name));
        snapshot.token_secrets.sort_by(|a, b| (&a.scope, &a.name).cmp(&(&b.scope, &b.name)));
        snapshot.quotas.sort_by(|a, b| (&a.scope, &a.name).cmp(&(&b.scope, &b.name)));
        snapshot.budgets.sort_by(|a, b| (&a.scope, &a.name).cmp(&(&b.scope, &b.name)));
        snapshot.custom.sort_by(|a, b| {
            (&a.group, &a.kind, &a.scope, &a.name).cmp(&(&b.group, &b.kind, &b.scope, &b.name))
        });
        admission::finish(&mut snapshot.admission);
        for gaps in [&mut snapshot.gaps, &mut snapshot.open] {
            gaps.sort();
            gaps.dedup();
        }
        snapshot
    }
}

/// `apiVersion` and `kind`.
#[derive(Debug, Clone, Copy)]
struct Kind<'a> {
    group: &'a str,
    version: &'a str,
    kind: &'a str,
}

impl<'a> Kind<'a> {
    fn of(root: &'a Node) -> Option<Self> {
        let kind = root.str_at("kind").filter(|kind| !kind.is_empty())?;
        let written = root.str_at("apiVersion")?;
        let (group, version) = written.split_once('/').unwrap_or(("", written));
        Some(Self { group, version, kind })
    }

    /// Why what it makes is only known once it is built, where that is so.
    fn unbuilt(self) -> Option<&'static str> {
        match (self.group, self.kind) {
            ("kustomize.config.k8s.io", _) => {
                Some("a kustomization that was not built: `kubectl kustomize` it first")
            }
            ("template.openshift.io" | "", "Template") => {
                Some("a template that was not processed: `oc process` it first")
            }
            _ => None,
        }
    }

    /// Whether it is of a group and version that a cluster's API may have.
    fn is_served(self) -> bool {
        const DOTLESS: [&str; 6] = ["", "apps", "batch", "autoscaling", "policy", "extensions"];
        let versioned = self
            .version
            .strip_prefix('v')
            .is_some_and(|rest| rest.starts_with(|first: char| first.is_ascii_digit()));
        versioned && (DOTLESS.contains(&self.group) || self.group.contains('.'))
    }

    /// Whether it only looks like an object: a file of a client or a server, an
    /// event, or a question that is answered and not kept.
    fn is_elsewhere(self) -> bool {
        let elsewhere = match self.group {
            // Its events are activity; its Policy says what gets logged.
            "audit.k8s.io" => self.kind != "Policy",
            "client.authentication.k8s.io" => true,
            "" => self.kind == "Config",
            _ => false,
        };
        elsewhere || self.kind.ends_with("Review")
    }

    /// Whether it is an object that a cluster's API holds, rather than a file
    /// that only looks like one.
    fn is_cluster_object(self, root: &Node) -> bool {
        // A policy of the audit log and the objects that decide rights count
        // even without a name, so that nothing of them is lost silently.
        let nameless = matches!(self.group, "audit.k8s.io" | rbac::GROUP);
        // A list that could not be opened has metadata, too.
        let is_list = self.kind.ends_with("List") && root.get("items").is_some();
        self.is_served()
            && !self.is_elsewhere()
            && !is_list
            && (nameless || root.get("metadata").is_some_and(|node| node.as_mapping().is_some()))
    }
}

/// Whether a document is of a kind that is told from an object of a cluster:
/// a file of a client, an event, a review.
pub(super) fn is_known_elsewhere(root: &Node) -> bool {
    Kind::of(root).is_some_and(Kind::is_elsewhere)
}

/// Whether a value says that it is an object of a cluster, whole or not.
pub(super) fn seems_object(root: &Node) -> bool {
    Kind::of(root).is_some_and(|kind| kind.is_served() && !kind.is_elsewhere())
}

/// `Secret`, `apps/Deployment`.
impl std::fmt::Display for Kind<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.group.is_empty() {
            f.write_str(self.kind)
        } else {
            write!(f, "{}/{}", self.group, self.kind)
        }
    }
}

/// The scope of an object that lives in a namespace.
fn namespaced(namespace: Option<Arc<str>>) -> Scope {
    namespace.map_or(Scope::UnknownNamespace, Scope::Namespace)
}
