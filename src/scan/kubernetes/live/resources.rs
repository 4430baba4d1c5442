//! What is listed in a cluster: one row a resource, and nothing beyond the rows.
//!
//! The ClusterRole of `--permissions` is made of this table, and so is what a
//! snapshot holds; a scanner that wants more of a cluster adds a row here.

/// What is kept of an object, and asked for where the server can leave out the
/// rest itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Takes {
    /// Everything that gives rights.
    Rights,
    /// Metadata, and whether its token is mounted.
    Account,
    /// The pod: who it runs as, what it runs, what of the node it touches.
    Pod,
    /// The pod template of a controller.
    Controller,
    /// The pod template of a CronJob.
    Schedule,
    /// Metadata, taints and versions.
    Node,
    /// Whether it is a path of a node, and which claim is bound to it.
    Volume,
    /// The `spec`, which holds a policy or a bound and no data.
    Spec,
    /// What a policy of Kyverno matches and validates; that it changes or makes
    /// objects, not which.
    Kyverno,
    /// Whom a constraint of Gatekeeper is for, and what it does.
    Constraint,
    /// Which kind of constraint a template defines.
    Template,
    /// Webhooks, without their certificates.
    Webhooks,
    /// The `spec` of an agent or its like, with whatever could be a secret
    /// replaced by a digest.
    Agent,
    /// Which resources a definition adds, without their schemas.
    Definition,
    /// Which group an extension API server serves.
    Extension,
    /// As whom and into what a controller acts for it.
    Deputy,
    /// Metadata; the server sends no more.
    Metadata,
    /// Metadata, and which of them are ServiceAccounts' tokens; the server sends
    /// no contents.
    Secrets,
    /// Metadata, and of two of them what they decide: whom Kyverno leaves alone,
    /// and whom EKS takes AWS principals for.
    ConfigMaps,
    /// Whom Kyverno leaves alone.
    KyvernoFilters,
    /// Whom EKS takes AWS principals for.
    AwsAuth,
}

/// What it means where a server does not serve a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Absent {
    /// Every server serves it: something is wrong, and a gap.
    Gap,
    /// It comes with a version or an add-on: there is none, of this kind where
    /// the row is of one.
    None(&'static str),
}

/// One resource, or several of one group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Row {
    /// API group; empty for the core.
    pub(super) group: &'static str,
    /// Its resource; `*` for all that the server lists.
    pub(super) resource: &'static str,
    /// What is kept.
    pub(super) takes: Takes,
    /// What its absence means.
    pub(super) absent: Absent,
    /// What it is for, in the words of `docs/live-clusters.md`.
    pub(super) purpose: &'static str,
}

const RBAC: &str = "rbac.authorization.k8s.io";
const ADMISSION: &str = "admissionregistration.k8s.io";

const RIGHTS: &str = "who may do what; without any of these the rights of everybody are unknown";
const IDENTITY: &str = "who runs as whom, and on which node";
const NAMESPACES: &str = "Pod Security, and the labels that policies select by";
const TOKENS: &str = "which ServiceAccounts have tokens that never expire; never their contents";
const CLOUD: &str = "which cloud the cluster runs in, and its versions";
const BOUNDS: &str = "what bounds the damage that an agent can do";
const GUARDRAILS: &str = "what refuses or changes requests, and for whom";
const AGENTS: &str = "agents, their tools and their models";
const DEPUTIES: &str =
    "controllers that act for whoever writes their objects; nothing of what they deploy";

const fn built_in(
    group: &'static str,
    resource: &'static str,
    takes: Takes,
    purpose: &'static str,
) -> Row {
    Row { group, resource, takes, absent: Absent::Gap, purpose }
}

const fn added(
    group: &'static str,
    resource: &'static str,
    kind: &'static str,
    takes: Takes,
    purpose: &'static str,
) -> Row {
    Row { group, resource, takes, absent: Absent::None(kind), purpose }
}

/// Every resource, in the order in which a snapshot holds them.
pub(super) const ROWS: &[Row] = &[
    built_in(RBAC, "clusterroles", Takes::Rights, RIGHTS),
    built_in(RBAC, "clusterrolebindings", Takes::Rights, RIGHTS),
    built_in(RBAC, "roles", Takes::Rights, RIGHTS),
    built_in(RBAC, "rolebindings", Takes::Rights, RIGHTS),
    built_in("", "namespaces", Takes::Metadata, NAMESPACES),
    built_in("", "serviceaccounts", Takes::Account, IDENTITY),
    built_in("", "pods", Takes::Pod, IDENTITY),
    built_in("", "replicationcontrollers", Takes::Controller, IDENTITY),
    built_in("apps", "daemonsets", Takes::Controller, IDENTITY),
    built_in("apps", "deployments", Takes::Controller, IDENTITY),
    built_in("apps", "replicasets", Takes::Controller, IDENTITY),
    built_in("apps", "statefulsets", Takes::Controller, IDENTITY),
    built_in("batch", "cronjobs", Takes::Schedule, IDENTITY),
    built_in("batch", "jobs", Takes::Controller, IDENTITY),
    built_in("", "persistentvolumes", Takes::Volume, IDENTITY),
    built_in("", "secrets", Takes::Secrets, TOKENS),
    built_in("", "configmaps", Takes::ConfigMaps, CLOUD),
    built_in("", "nodes", Takes::Node, CLOUD),
    built_in("", "limitranges", Takes::Spec, BOUNDS),
    built_in("", "resourcequotas", Takes::Spec, BOUNDS),
    built_in("policy", "poddisruptionbudgets", Takes::Spec, BOUNDS),
    built_in("networking.k8s.io", "networkpolicies", Takes::Metadata, BOUNDS),
    built_in(ADMISSION, "mutatingwebhookconfigurations", Takes::Webhooks, GUARDRAILS),
    built_in(ADMISSION, "validatingwebhookconfigurations", Takes::Webhooks, GUARDRAILS),
    added(
        ADMISSION,
        "mutatingadmissionpolicies",
        "MutatingAdmissionPolicy",
        Takes::Metadata,
        GUARDRAILS,
    ),
    added(
        ADMISSION,
        "mutatingadmissionpolicybindings",
        "MutatingAdmissionPolicyBinding",
        Takes::Metadata,
        GUARDRAILS,
    ),
    added(
        ADMISSION,
        "validatingadmissionpolicies",
        "ValidatingAdmissionPolicy",
        Takes::Spec,
        GUARDRAILS,
    ),
    added(
        ADMISSION,
        "validatingadmissionpolicybindings",
        "ValidatingAdmissionPolicyBinding",
        Takes::Spec,
        GUARDRAILS,
    ),
    built_in("", "services", Takes::Metadata, GUARDRAILS),
    built_in("apiextensions.k8s.io", "customresourcedefinitions", Takes::Definition, DEPUTIES),
    built_in("apiregistration.k8s.io", "apiservices", Takes::Extension, GUARDRAILS),
    added("config.gatekeeper.sh", "configs", "Config", Takes::Metadata, GUARDRAILS),
    added("constraints.gatekeeper.sh", "*", "", Takes::Constraint, GUARDRAILS),
    added(
        "templates.gatekeeper.sh",
        "constrainttemplates",
        "ConstraintTemplate",
        Takes::Template,
        GUARDRAILS,
    ),
    added("kyverno.io", "clusterpolicies", "ClusterPolicy", Takes::Kyverno, GUARDRAILS),
    added("kyverno.io", "policies", "Policy", Takes::Kyverno, GUARDRAILS),
    added("kyverno.io", "policyexceptions", "PolicyException", Takes::Spec, GUARDRAILS),
    added(
        "policies.kyverno.io",
        "generatingpolicies",
        "GeneratingPolicy",
        Takes::Metadata,
        GUARDRAILS,
    ),
    added("policies.kyverno.io", "mutatingpolicies", "MutatingPolicy", Takes::Metadata, GUARDRAILS),
    added("policies.kyverno.io", "policyexceptions", "PolicyException", Takes::Spec, GUARDRAILS),
    added("policies.kyverno.io", "validatingpolicies", "ValidatingPolicy", Takes::Spec, GUARDRAILS),
    added("api.kagent.dev", "*", "", Takes::Agent, AGENTS),
    added("agents.x-k8s.io", "*", "", Takes::Agent, AGENTS),
    added("core.k8sgpt.ai", "k8sgpts", "K8sGPT", Takes::Agent, AGENTS),
    added("dot-ai.devopstoolkit.live", "*", "", Takes::Agent, AGENTS),
    added("kagent.dev", "*", "", Takes::Agent, AGENTS),
    added("kubernaut.ai", "*", "", Takes::Metadata, AGENTS),
    added("toolhive.stacklok.dev", "*", "", Takes::Agent, AGENTS),
    added("argoproj.io", "applications", "Application", Takes::Deputy, DEPUTIES),
    added("argoproj.io", "applicationsets", "ApplicationSet", Takes::Metadata, DEPUTIES),
    added("argoproj.io", "appprojects", "AppProject", Takes::Metadata, DEPUTIES),
    added("argoproj.io", "cronworkflows", "CronWorkflow", Takes::Metadata, DEPUTIES),
    added("argoproj.io", "rollouts", "Rollout", Takes::Controller, IDENTITY),
    added("cert-manager.io", "clusterissuers", "ClusterIssuer", Takes::Metadata, DEPUTIES),
    added(
        "external-secrets.io",
        "clustersecretstores",
        "ClusterSecretStore",
        Takes::Metadata,
        DEPUTIES,
    ),
    added("external-secrets.io", "externalsecrets", "ExternalSecret", Takes::Metadata, DEPUTIES),
    added(
        "external-secrets.io",
        "clusterexternalsecrets",
        "ClusterExternalSecret",
        Takes::Metadata,
        DEPUTIES,
    ),
    added("flagger.app", "canaries", "Canary", Takes::Agent, BOUNDS),
    added("helm.toolkit.fluxcd.io", "helmreleases", "HelmRelease", Takes::Deputy, DEPUTIES),
    added(
        "kustomize.toolkit.fluxcd.io",
        "kustomizations",
        "Kustomization",
        Takes::Deputy,
        DEPUTIES,
    ),
    added(
        "operators.coreos.com",
        "clusterserviceversions",
        "ClusterServiceVersion",
        Takes::Metadata,
        DEPUTIES,
    ),
    added("operators.coreos.com", "subscriptions", "Subscription", Takes::Metadata, DEPUTIES),
    added("tekton.dev", "pipelines", "Pipeline", Takes::Metadata, DEPUTIES),
    added("tekton.dev", "tasks", "Task", Takes::Metadata, DEPUTIES),
    added("velero.io", "restores", "Restore", Takes::Metadata, DEPUTIES),
];

impl Takes {
    /// Whether the server is asked for metadata alone.
    pub(super) fn metadata_only(self) -> bool {
        matches!(self, Self::Metadata | Self::Secrets | Self::ConfigMaps)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_resource_is_listed_twice() {
        let mut seen = BTreeSet::new();
        for row in ROWS {
            assert!(seen.insert((row.group, row.resource)), "{row:?}");
            let beside_all = row.resource != "*" && seen.contains(&(row.group, "*"));
            assert!(!beside_all, "{row:?} stands beside all of its group");
        }
    }

    #[test]
    fn what_holds_data_is_asked_for_as_metadata() {
        for resource in ["secrets", "configmaps"] {
            let row = ROWS.iter().find(|row| row.group.is_empty() && row.resource == resource);
            assert!(row.is_some_and(|row| row.takes.metadata_only()), "{resource}");
        }
    }
}
