//! What one rule allows, of all that a path may need.
//!
//! Every rule of an identity is looked at once and becomes a set of powers;
//! edges are drawn from the sets, so that no text is compared twice.

use std::collections::BTreeMap;

use crate::{
    model::kubernetes::{Scope, rbac::PolicyRule},
    privilege::rbac::{
        capabilities::can_apply,
        closure::{Closure, Held},
        effect::Permission,
        matcher::{covers, covers_resource},
    },
};

/// One thing that a path may need.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Power {
    CreatePods,
    CreateWorkloads,
    ChangeDeployments,
    ChangeStatefulSets,
    ChangeDaemonSets,
    ChangeReplicaSets,
    ChangeReplicationControllers,
    ChangeCronJobs,
    PatchPods,
    DebugPods,
    Exec,
    ExecByGet,
    Attach,
    AttachByGet,
    MintTokens,
    CreateAccounts,
    ImpersonateAccounts,
    ImpersonateUsers,
    ImpersonateGroups,
    ReadSecrets,
    CreateSecrets,
    RequestCertificates,
    WriteApprovals,
    ApproveSigners,
    Sign,
    WriteCertificates,
    NodeCertificates,
    CreateWebhooks,
    ChangeWebhooks,
    WriteMutatingPolicies,
    WriteMutatingPolicyBindings,
    DefineApis,
    WriteConfigMaps,
    ChangeNamespaces,
    CreateNamespaces,
    CreateVolumes,
    CreateClaims,
    LiftQuotas,
    NodeProxy,
    CreateAll,
    ChangeAll,
}

/// A set of powers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Powers(u64);

impl Powers {
    pub(super) fn has(self, power: Power) -> bool {
        self.0 & (1 << power as u32) != 0
    }

    pub(super) fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    fn add(&mut self, power: Power) {
        self.0 |= 1 << power as u32;
    }

    fn is_empty(self) -> bool {
        self.0 == 0
    }
}

/// What gives a power: any of these verbs on any of these.
struct Row {
    power: Power,
    verbs: &'static [&'static str],
    /// Group and resource, with its subresource.
    targets: &'static [(&'static str, &'static str)],
    /// Whether the resource lives in no namespace: a RoleBinding gives nothing.
    whole: bool,
}

const CREATE: &[&str] = &["create"];
const CHANGE: &[&str] = &["update", "patch"];
const WRITE: &[&str] = &["create", "update", "patch"];
const READ: &[&str] = &["get", "list", "watch"];
const CERTIFICATES: &str = "certificates.k8s.io";
const ADMISSION: &str = "admissionregistration.k8s.io";

const fn row(
    power: Power,
    verbs: &'static [&'static str],
    targets: &'static [(&'static str, &'static str)],
) -> Row {
    Row { power, verbs, targets, whole: false }
}

const fn whole(
    power: Power,
    verbs: &'static [&'static str],
    targets: &'static [(&'static str, &'static str)],
) -> Row {
    Row { power, verbs, targets, whole: true }
}

/// Each power once. A Job's template cannot change, so changing one gives none.
const ROWS: [Row; 41] = [
    row(Power::CreatePods, CREATE, &[("", "pods")]),
    row(
        Power::CreateWorkloads,
        CREATE,
        &[
            ("apps", "deployments"),
            ("apps", "statefulsets"),
            ("apps", "daemonsets"),
            ("apps", "replicasets"),
            ("", "replicationcontrollers"),
            ("batch", "jobs"),
            ("batch", "cronjobs"),
        ],
    ),
    row(Power::ChangeDeployments, CHANGE, &[("apps", "deployments")]),
    row(Power::ChangeStatefulSets, CHANGE, &[("apps", "statefulsets")]),
    row(Power::ChangeDaemonSets, CHANGE, &[("apps", "daemonsets")]),
    row(Power::ChangeReplicaSets, CHANGE, &[("apps", "replicasets")]),
    row(Power::ChangeReplicationControllers, CHANGE, &[("", "replicationcontrollers")]),
    row(Power::ChangeCronJobs, CHANGE, &[("batch", "cronjobs")]),
    row(Power::PatchPods, CHANGE, &[("", "pods")]),
    row(Power::DebugPods, CHANGE, &[("", "pods/ephemeralcontainers")]),
    row(Power::Exec, CREATE, &[("", "pods/exec")]),
    row(Power::ExecByGet, &["get"], &[("", "pods/exec")]),
    row(Power::Attach, CREATE, &[("", "pods/attach")]),
    row(Power::AttachByGet, &["get"], &[("", "pods/attach")]),
    row(Power::MintTokens, CREATE, &[("", "serviceaccounts/token")]),
    row(Power::CreateAccounts, CREATE, &[("", "serviceaccounts")]),
    row(Power::ImpersonateAccounts, &["impersonate"], &[("", "serviceaccounts")]),
    whole(Power::ImpersonateUsers, &["impersonate"], &[("", "users")]),
    whole(Power::ImpersonateGroups, &["impersonate"], &[("", "groups")]),
    row(Power::ReadSecrets, READ, &[("", "secrets")]),
    row(Power::CreateSecrets, CREATE, &[("", "secrets")]),
    whole(Power::RequestCertificates, CREATE, &[(CERTIFICATES, "certificatesigningrequests")]),
    whole(Power::WriteApprovals, CHANGE, &[(CERTIFICATES, "certificatesigningrequests/approval")]),
    whole(Power::ApproveSigners, &["approve"], &[(CERTIFICATES, "signers")]),
    whole(Power::Sign, &["sign"], &[(CERTIFICATES, "signers")]),
    whole(Power::WriteCertificates, CHANGE, &[(CERTIFICATES, "certificatesigningrequests/status")]),
    whole(
        Power::NodeCertificates,
        CREATE,
        &[
            (CERTIFICATES, "certificatesigningrequests/nodeclient"),
            (CERTIFICATES, "certificatesigningrequests/selfnodeclient"),
        ],
    ),
    whole(Power::CreateWebhooks, CREATE, &[(ADMISSION, "mutatingwebhookconfigurations")]),
    whole(Power::ChangeWebhooks, CHANGE, &[(ADMISSION, "mutatingwebhookconfigurations")]),
    whole(Power::WriteMutatingPolicies, WRITE, &[(ADMISSION, "mutatingadmissionpolicies")]),
    whole(
        Power::WriteMutatingPolicyBindings,
        WRITE,
        &[(ADMISSION, "mutatingadmissionpolicybindings")],
    ),
    whole(
        Power::DefineApis,
        WRITE,
        &[
            ("apiregistration.k8s.io", "apiservices"),
            ("apiextensions.k8s.io", "customresourcedefinitions"),
        ],
    ),
    row(Power::WriteConfigMaps, WRITE, &[("", "configmaps")]),
    row(
        Power::ChangeNamespaces,
        CHANGE,
        &[("", "namespaces"), ("", "namespaces/status"), ("", "namespaces/finalize")],
    ),
    whole(Power::CreateNamespaces, CREATE, &[("", "namespaces")]),
    whole(Power::CreateVolumes, CREATE, &[("", "persistentvolumes")]),
    row(Power::CreateClaims, CREATE, &[("", "persistentvolumeclaims")]),
    row(
        Power::LiftQuotas,
        &["update", "patch", "delete", "deletecollection"],
        &[("", "resourcequotas")],
    ),
    whole(Power::NodeProxy, &["get", "create"], &[("", "nodes/proxy")]),
    row(Power::CreateAll, CREATE, &[("*", "*")]),
    row(Power::ChangeAll, CHANGE, &[("*", "*")]),
];

/// A kind whose pod template can be changed.
#[derive(Debug)]
pub(super) struct Template {
    pub(super) kind: &'static str,
    /// The same with its group, as snapshots count kinds.
    pub(super) group_kind: &'static str,
    /// What changes it.
    pub(super) power: Power,
}

impl Template {
    /// That of a workload's kind, unless its template is fixed.
    pub(super) fn of(kind: &str) -> Option<&'static Self> {
        TEMPLATES.iter().find(|template| template.kind == kind)
    }
}

const fn template(kind: &'static str, group_kind: &'static str, power: Power) -> Template {
    Template { kind, group_kind, power }
}

/// All of them.
pub(super) static TEMPLATES: [Template; 6] = [
    template("Deployment", "apps/Deployment", Power::ChangeDeployments),
    template("StatefulSet", "apps/StatefulSet", Power::ChangeStatefulSets),
    template("DaemonSet", "apps/DaemonSet", Power::ChangeDaemonSets),
    template("ReplicaSet", "apps/ReplicaSet", Power::ChangeReplicaSets),
    template("ReplicationController", "ReplicationController", Power::ChangeReplicationControllers),
    template("CronJob", "batch/CronJob", Power::ChangeCronJobs),
];

/// What one held rule gives.
#[derive(Debug, Clone, Copy)]
pub(super) struct Given<'a> {
    pub(super) held: Held<'a>,
    /// Powers over every object in its scope.
    pub(super) powers: Powers,
    /// Powers over the objects that the rule names.
    pub(super) named: Powers,
}

/// What an identity holds, as powers.
#[derive(Debug)]
pub(super) struct Profile<'a> {
    pub(super) given: Vec<Given<'a>>,
    /// The powers over every object in each scope.
    pub(super) places: BTreeMap<&'a Scope, Powers>,
}

impl<'a> Profile<'a> {
    pub(super) fn of(closure: &Closure<'a>) -> Self {
        let mut given = Vec::new();
        let mut places = BTreeMap::<&Scope, Powers>::new();
        for held in &closure.held {
            let (powers, named) = powers(closure, held);
            if powers.is_empty() && named.is_empty() {
                continue;
            }
            given.push(Given { held: *held, powers, named });
            let place = places.entry(held.scope()).or_default();
            *place = place.with(powers);
        }
        Self { given, places }
    }

    /// Powers that hold everywhere.
    pub(super) fn everywhere(&self) -> Powers {
        self.places.get(&Scope::Cluster).copied().unwrap_or_default()
    }

    /// The first rule that gives a power over every object of a place: the
    /// whole cluster, or one scope together with it.
    pub(super) fn witness(&self, power: Power, scope: &Scope) -> Option<Held<'a>> {
        let fits = |given: &&Given<'a>| {
            given.powers.has(power)
                && (given.held.scope() == scope || *given.held.scope() == Scope::Cluster)
        };
        self.given.iter().find(fits).map(|given| given.held)
    }

    /// Rules that change the template of named workloads only.
    pub(super) fn naming_templates(&self) -> impl Iterator<Item = Held<'a>> {
        let names = |given: &&Given<'a>| {
            let mut powers = TEMPLATES.iter().map(|template| template.power);
            powers.any(|power| given.named.has(power) && !given.powers.has(power))
        };
        self.given.iter().filter(names).map(|given| given.held)
    }

    /// Rules that give a power over named objects only.
    pub(super) fn naming(&self, power: Power) -> impl Iterator<Item = Held<'a>> {
        self.given
            .iter()
            .filter(move |given| given.named.has(power) && !given.powers.has(power))
            .map(|given| given.held)
    }
}

/// The powers that a held rule gives over every object of its scope, and over
/// those that it names.
fn powers(closure: &Closure<'_>, held: &Held<'_>) -> (Powers, Powers) {
    let rule = held.rule;
    let is_named = !rule.resource_names.is_empty();
    let (mut all, mut named) = (Powers::default(), Powers::default());
    for row in &ROWS {
        // Most rules are told apart by their verbs, and the rest by their groups.
        if row.whole && held.is_in_namespaces()
            || !row.verbs.iter().any(|verb| covers(&rule.verbs, verb))
        {
            continue;
        }
        let Some(target) = row.targets.iter().find(|target| covers_target(rule, target)) else {
            continue;
        };
        if !is_named {
            all.add(row.power);
            continue;
        }
        // Over everything means over what has no name yet, too.
        if target.1 == "*" {
            continue;
        }
        let (resource, subresource) = split(target.1);
        // Creating carries no name, unless it is a subresource or an apply.
        let by_name = |verb: &str| {
            (verb != "create" || !subresource.is_empty())
                && verb != "deletecollection"
                && covers(&rule.verbs, verb)
        };
        let creates = subresource.is_empty()
            && row.verbs.contains(&"create")
            && covers(&rule.verbs, "create")
            && can_apply(
                closure,
                held,
                Permission { verb: "create", group: target.0, resource, subresource },
            );
        if creates && row.verbs == CREATE {
            all.add(row.power);
        } else if creates || row.verbs.iter().any(|verb| by_name(verb)) {
            named.add(row.power);
        }
    }
    (all, named)
}

/// Whether a rule creates and changes whatever there is.
pub(super) fn is_everything(rule: &PolicyRule) -> bool {
    rule.resource_names.is_empty()
        && covers_target(rule, &("*", "*"))
        && covers(&rule.verbs, "create")
        && CHANGE.iter().any(|verb| covers(&rule.verbs, verb))
}

fn covers_target(rule: &PolicyRule, (group, resource): &(&str, &str)) -> bool {
    let (resource, subresource) = split(resource);
    covers(&rule.api_groups, group) && covers_resource(rule, resource, subresource)
}

fn split(resource: &str) -> (&str, &str) {
    resource.split_once('/').unwrap_or((resource, ""))
}
