//! What the evidence shows of a cluster that decides whether a step is open,
//! by namespace and looked up once.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;

use super::power::Template;
use crate::{
    model::{
        kubernetes::{
            ClusterSnapshot, OWN_NAMESPACES, Scope,
            objects::{TokenSecret, Workload},
            pod_security::{Enforced, PodSecurity},
            rbac::Subject,
            version::ServerVersion,
        },
        location::Location,
    },
    rubric::kubernetes::{KubernetesRules, deputies::Deputy},
};

/// The namespace whose ServiceAccounts run the cluster.
pub(super) const SYSTEM: &str = "kube-system";
/// Stands for a namespace that no manifest tells.
pub(super) const UNPLACED: &str = "?";
/// The ServiceAccount that every namespace has, whoever deletes it.
const DEFAULT_ACCOUNT: &str = "default";
/// How the group of a namespace's ServiceAccounts begins.
const ACCOUNTS_OF: &str = "system:serviceaccounts:";
/// Pod Security enforces its labels from the second version on, and does not
/// exist before the first; between them it has to be switched on.
const POD_SECURITY_ALPHA: ServerVersion = ServerVersion { major: 1, minor: 22 };
const POD_SECURITY: ServerVersion = ServerVersion { major: 1, minor: 23 };
/// How the user name of a ServiceAccount begins.
pub(super) const ACCOUNT_USER: &str = "system:serviceaccount:";
/// The role that lets a bootstrap token's user join without anybody's approval.
const NODE_CLIENT: &str = "system:certificates.k8s.io:certificatesigningrequests:nodeclient";
/// The group of bootstrap tokens.
const BOOTSTRAPPERS: &str = "system:bootstrappers";

/// What Pod Security does in a namespace, and whether it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Door {
    Open,
    ServersDefault,
    /// Closed by a label that the API server may not know yet.
    Alpha,
    Unlisted,
    Closed(PodSecurity),
}

/// One namespace.
#[derive(Debug, Default)]
pub(super) struct Space<'a> {
    /// ServiceAccounts that anything names, and the one that is always there.
    pub(super) accounts: BTreeSet<&'a str>,
    /// Those with a workload whose pods hold their token, with one such workload.
    pub(super) running: BTreeMap<&'a str, &'a Workload>,
    /// Those with any workload.
    pub(super) scheduled: BTreeMap<&'a str, &'a Workload>,
    /// Those with a DaemonSet, which runs on every node.
    pub(super) daemons: BTreeMap<&'a str, &'a Workload>,
    /// Those whose pods are given no token unless they ask for it.
    pub(super) unmounted: BTreeSet<&'a str>,
    /// Secrets that hold tokens.
    pub(super) tokens: BTreeMap<&'a str, &'a TokenSecret>,
    /// A workload of each kind whose template can be changed.
    pub(super) templates: BTreeMap<&'static str, &'a Workload>,
    /// The workload that reaches its node furthest.
    pub(super) exposed: Option<&'a Workload>,
    /// The quotas that keep every pod out.
    pub(super) closed_by: Vec<&'a str>,
    security: Option<Enforced>,
}

impl Space<'_> {
    /// Whether a quota keeps every pod out.
    pub(super) fn is_full(&self) -> bool {
        !self.closed_by.is_empty()
    }
}

/// Whether pods share nodes with the control plane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ControlPlane {
    OnNodes,
    Elsewhere,
    Unknown,
}

/// A controller of the catalogue that the evidence shows.
#[derive(Debug)]
pub(super) struct Present<'a> {
    pub(super) deputy: &'a Deputy,
    pub(super) namespace: &'a str,
    pub(super) account: &'a str,
    pub(super) location: &'a Location,
}

/// All of it.
#[derive(Debug)]
pub(super) struct Facts<'a> {
    pub(super) snapshot: &'a ClusterSnapshot,
    pub(super) spaces: BTreeMap<&'a str, Space<'a>>,
    pub(super) deputies: Vec<Present<'a>>,
    pub(super) control_plane: ControlPlane,
    /// Whether the evidence lists all pods, so that one it lacks does not run.
    pub(super) pods_listed: bool,
    /// Whether it lists all Secrets.
    pub(super) secrets_listed: bool,
    /// Whether it lists all ServiceAccounts, those of kube-system among them.
    pub(super) system_accounts_listed: bool,
    /// Whether users of bootstrap tokens join as nodes by themselves.
    pub(super) bootstrappers_join: bool,
    workloads: FxHashMap<&'a str, Vec<&'a Workload>>,
}

impl<'a> Facts<'a> {
    pub(super) fn of(snapshot: &'a ClusterSnapshot, rules: &'a KubernetesRules) -> Self {
        let mut facts = Self {
            snapshot,
            spaces: BTreeMap::new(),
            deputies: Vec::new(),
            control_plane: control_plane(snapshot),
            pods_listed: snapshot.lists("Pod"),
            secrets_listed: snapshot.lists("Secret"),
            system_accounts_listed: snapshot.lists("ServiceAccount"),
            bootstrappers_join: bootstrappers_join(snapshot),
            workloads: FxHashMap::default(),
        };
        for own in OWN_NAMESPACES {
            facts.spaces.entry(own).or_default();
        }
        for namespace in &snapshot.namespaces {
            facts.spaces.entry(&namespace.name).or_default().security =
                Some(namespace.pod_security());
        }
        for quota in snapshot.quotas.iter().filter(|quota| quota.forbids_pods()) {
            // Where it lies nobody tells, it keeps nothing out.
            if let Scope::Namespace(name) = &quota.scope {
                facts.spaces.entry(name).or_default().closed_by.push(&quota.name);
            }
        }
        facts.accounts();
        facts.workloads();
        facts.deputies(rules);
        facts
    }

    fn accounts(&mut self) {
        let snapshot = self.snapshot;
        for account in &snapshot.service_accounts {
            let namespace = account.scope.namespace().unwrap_or(UNPLACED);
            let space = self.spaces.entry(namespace).or_default();
            space.accounts.insert(&account.name);
            if account.automount == Some(false) {
                space.unmounted.insert(&account.name);
            }
        }
        for (namespace, name) in snapshot.cloud.accounts.keys() {
            self.spaces.entry(namespace).or_default().accounts.insert(name);
        }
        for binding in &snapshot.bindings {
            if let Scope::Namespace(name) = &binding.scope {
                self.spaces.entry(name).or_default();
            }
            for bound in &binding.subjects {
                let account = match &bound.subject {
                    Subject::ServiceAccount { namespace, name } => namespace
                        .as_deref()
                        .or_else(|| binding.scope.namespace())
                        .map(|namespace| (namespace, &**name)),
                    Subject::User(name) => {
                        name.strip_prefix(ACCOUNT_USER).and_then(|name| name.split_once(':'))
                    }
                    Subject::Group(name) => {
                        if let Some(namespace) = name.strip_prefix(ACCOUNTS_OF)
                            && !namespace.is_empty()
                        {
                            self.spaces.entry(namespace).or_default();
                        }
                        None
                    }
                };
                if let Some((namespace, name)) = account {
                    self.spaces.entry(namespace).or_default().accounts.insert(name);
                }
            }
        }
        let mut owners = BTreeMap::new();
        for secret in &snapshot.token_secrets {
            let namespace = secret.scope.namespace().unwrap_or(UNPLACED);
            let space = self.spaces.entry(namespace).or_default();
            if let Some(account) = &secret.service_account {
                owners.insert((namespace, &*secret.name), &**account);
                space.accounts.insert(account);
                space.tokens.insert(account, secret);
            }
        }
        for workload in &snapshot.workloads {
            let namespace = workload.scope.namespace().unwrap_or(UNPLACED);
            let account = &*workload.service_account;
            let space = self.spaces.entry(namespace).or_default();
            space.accounts.insert(account);
            space.scheduled.entry(account).or_insert(workload);
            if workload.holds_token(!space.unmounted.contains(account)) {
                space.running.entry(account).or_insert(workload);
            }
            // Whoever is in the pod holds these tokens as well.
            for secret in &workload.given.secrets {
                if let Some(&other) = owners.get(&(namespace, &**secret)) {
                    space.running.entry(other).or_insert(workload);
                }
            }
        }
        for (&namespace, space) in &mut self.spaces {
            if namespace != UNPLACED {
                space.accounts.insert(DEFAULT_ACCOUNT);
            }
        }
    }

    fn workloads(&mut self) {
        for workload in &self.snapshot.workloads {
            self.workloads.entry(&workload.name).or_default().push(workload);
            let namespace = workload.scope.namespace().unwrap_or(UNPLACED);
            let space = self.spaces.entry(namespace).or_default();
            if &*workload.kind == "DaemonSet" {
                space.daemons.entry(&workload.service_account).or_insert(workload);
            }
            if let Some(template) = Template::of(&workload.kind) {
                space.templates.entry(template.kind).or_insert(workload);
            }
            if workload.node_access.any()
                && space.exposed.is_none_or(|known| {
                    workload.node_access.privileged && !known.node_access.privileged
                })
            {
                space.exposed = Some(workload);
            }
        }
    }

    fn deputies(&mut self, rules: &'a KubernetesRules) {
        for deputy in &rules.deputies {
            let mut found = BTreeMap::new();
            for workload in &self.snapshot.workloads {
                let images = workload.images.iter().map(|image| &**image);
                let labels = workload.labels.iter().map(|(key, value)| (&**key, &**value));
                if deputy.controller.is_met(images, labels, &workload.service_account) {
                    let namespace = workload.scope.namespace().unwrap_or(UNPLACED);
                    found
                        .entry((namespace, &*workload.service_account))
                        .or_insert(&workload.location);
                }
            }
            for account in &self.snapshot.service_accounts {
                if deputy.controller.is_met([], [], &account.name) {
                    let namespace = account.scope.namespace().unwrap_or(UNPLACED);
                    found.entry((namespace, &*account.name)).or_insert(&account.location);
                }
            }
            self.deputies.extend(found.into_iter().map(|((namespace, account), location)| {
                Present { deputy, namespace, account, location }
            }));
        }
    }

    /// What Pod Security does with a pod that reaches its node.
    pub(super) fn door(&self, namespace: &str) -> Door {
        let is_before = |first| self.snapshot.version.is_some_and(|version| version < first);
        if is_before(POD_SECURITY_ALPHA) {
            return Door::Open;
        }
        match self.spaces.get(namespace).and_then(|space| space.security) {
            Some(Enforced::Labelled(PodSecurity::Privileged)) => Door::Open,
            Some(Enforced::Labelled(_)) if is_before(POD_SECURITY) => Door::Alpha,
            Some(Enforced::Labelled(standard)) => Door::Closed(standard),
            Some(Enforced::Default) => Door::ServersDefault,
            None => Door::Unlisted,
        }
    }

    /// Whether a quota keeps every pod out of a namespace.
    pub(super) fn is_full(&self, namespace: &str) -> bool {
        self.spaces.get(namespace).is_some_and(Space::is_full)
    }

    /// Workloads of that name which may lie in a scope.
    pub(super) fn named<'s>(
        &'s self,
        scope: &'s Scope,
        name: &str,
    ) -> impl Iterator<Item = &'a Workload> + 's {
        let list = self.workloads.get(name).map_or(&[][..], Vec::as_slice);
        list.iter().copied().filter(move |workload| scope.may_reach(&workload.scope))
    }

    /// Whether pods of a workload hold its ServiceAccount's token.
    pub(super) fn mounts_token(&self, workload: &Workload) -> bool {
        let namespace = workload.scope.namespace().unwrap_or(UNPLACED);
        let space = self.spaces.get(namespace);
        workload.holds_token(
            space.is_none_or(|space| !space.unmounted.contains(&*workload.service_account)),
        )
    }

    /// Whether the evidence lists a kind, so that one it lacks is not there. Pods
    /// tell nothing of it: whose template they come from, they do not hold.
    pub(super) fn lists(&self, template: &Template) -> bool {
        self.snapshot.lists(template.group_kind)
    }
}

/// Where the control plane runs, as far as pods of its own show it.
fn control_plane(snapshot: &ClusterSnapshot) -> ControlPlane {
    let in_system = |workload: &&Workload| workload.scope.namespace() == Some(SYSTEM);
    let is_api_server = |workload: &Workload| {
        workload.name.starts_with("kube-apiserver")
            || workload.labels.get("component").is_some_and(|name| &**name == "kube-apiserver")
    };
    let mut system = snapshot.workloads.iter().filter(in_system).peekable();
    if snapshot.eks.is_some() {
        return ControlPlane::Elsewhere;
    }
    let lists_system_pods = system.peek().is_some() && snapshot.lists("Pod");
    if system.any(is_api_server) {
        ControlPlane::OnNodes
    } else if lists_system_pods {
        // Static pods are mirrored: a cluster that runs its control plane so
        // lists it.
        ControlPlane::Elsewhere
    } else {
        ControlPlane::Unknown
    }
}

fn bootstrappers_join(snapshot: &ClusterSnapshot) -> bool {
    snapshot.bindings.iter().any(|binding| {
        &*binding.role.name == NODE_CLIENT
            && binding.subjects.iter().any(|bound| {
                matches!(&bound.subject, Subject::Group(name) if name.starts_with(BOOTSTRAPPERS))
            })
    })
}
