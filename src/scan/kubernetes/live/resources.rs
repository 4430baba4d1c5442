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
    /// The `spec`, which holds a policy or a bound and no data.
    Spec,
    /// Webhooks, without their certificates.
    Webhooks,
    /// The `spec` of an agent or its like, with whatever could be a secret
    /// replaced by a digest.
    Agent,
    /// As whom and into what a controller acts for it.
    Deputy,
    /// Metadata; the server sends no more.
    Metadata,
    /// Metadata, and which of them are ServiceAccounts' tokens; the server sends
    /// no contents.
    Secrets,
}

/// What it means where a server does not serve a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Absent {
    /// Every server serves it: something is wrong, and a gap.
    Gap,
    /// It comes with a version or an add-on: there is none.
    None,
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
    takes: Takes,
    purpose: &'static str,
) -> Row {
    Row { group, resource, takes, absent: Absent::None, purpose }
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
    built_in("", "secrets", Takes::Secrets, TOKENS),
    built_in("", "configmaps", Takes::Metadata, CLOUD),
    built_in("", "nodes", Takes::Node, CLOUD),
    built_in("", "limitranges", Takes::Spec, BOUNDS),
    built_in("", "resourcequotas", Takes::Spec, BOUNDS),
    built_in("policy", "poddisruptionbudgets", Takes::Spec, BOUNDS),
    built_in("networking.k8s.io", "networkpolicies", Takes::Metadata, BOUNDS),
    built_in(ADMISSION, "mutatingwebhookconfigurations", Takes::Webhooks, GUARDRAILS),
    built_in(ADMISSION, "validatingwebhookconfigurations", Takes::Webhooks, GUARDRAILS),
    added(ADMISSION, "mutatingadmissionpolicies", Takes::Spec, GUARDRAILS),
    added(ADMISSION, "mutatingadmissionpolicybindings", Takes::Spec, GUARDRAILS),
    added(ADMISSION, "validatingadmissionpolicies", Takes::Spec, GUARDRAILS),
    added(ADMISSION, "validatingadmissionpolicybindings", Takes::Spec, GUARDRAILS),
    built_in("apiextensions.k8s.io", "customresourcedefinitions", Takes::Metadata, DEPUTIES),
    added("config.gatekeeper.sh", "configs", Takes::Spec, GUARDRAILS),
    added("constraints.gatekeeper.sh", "*", Takes::Spec, GUARDRAILS),
    added("templates.gatekeeper.sh", "constrainttemplates", Takes::Spec, GUARDRAILS),
    added("kyverno.io", "clusterpolicies", Takes::Spec, GUARDRAILS),
    added("kyverno.io", "policies", Takes::Spec, GUARDRAILS),
    added("kyverno.io", "policyexceptions", Takes::Spec, GUARDRAILS),
    added("policies.kyverno.io", "*", Takes::Spec, GUARDRAILS),
    added("agents.x-k8s.io", "*", Takes::Agent, AGENTS),
    added("core.k8sgpt.ai", "*", Takes::Agent, AGENTS),
    added("dot-ai.devopstoolkit.live", "*", Takes::Agent, AGENTS),
    added("kagent.dev", "*", Takes::Agent, AGENTS),
    added("kubernaut.ai", "*", Takes::Agent, AGENTS),
    added("toolhive.stacklok.dev", "*", Takes::Agent, AGENTS),
    added("argoproj.io", "applications", Takes::Deputy, DEPUTIES),
    added("argoproj.io", "applicationsets", Takes::Metadata, DEPUTIES),
    added("argoproj.io", "appprojects", Takes::Metadata, DEPUTIES),
    added("argoproj.io", "cronworkflows", Takes::Metadata, DEPUTIES),
    added("argoproj.io", "rollouts", Takes::Controller, IDENTITY),
    added("argoproj.io", "workflowtemplates", Takes::Metadata, DEPUTIES),
    added("external-secrets.io", "clustersecretstores", Takes::Metadata, DEPUTIES),
    added("external-secrets.io", "externalsecrets", Takes::Metadata, DEPUTIES),
    added("external-secrets.io", "secretstores", Takes::Metadata, DEPUTIES),
    added("flagger.app", "canaries", Takes::Agent, BOUNDS),
    added("helm.toolkit.fluxcd.io", "helmreleases", Takes::Deputy, DEPUTIES),
    added("kustomize.toolkit.fluxcd.io", "kustomizations", Takes::Deputy, DEPUTIES),
    added("tekton.dev", "pipelines", Takes::Metadata, DEPUTIES),
    added("tekton.dev", "tasks", Takes::Metadata, DEPUTIES),
];

impl Takes {
    /// Whether the server is asked for metadata alone.
    pub(super) fn metadata_only(self) -> bool {
        matches!(self, Self::Metadata | Self::Secrets)
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
