//! Risks that Kubernetes permissions make real, as data.

use serde::Deserialize;

use super::servers::Servers;
use crate::model::{capability::RiskClass, finding::Severity};

/// One file below `rubric/risks/kubernetes/`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RiskFamily {
    /// What its rules have in common.
    pub about: String,
    /// Its rules.
    pub risks: Vec<RiskRule>,
}

/// One risk.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RiskRule {
    /// `K8S-BIND`: stable, as waivers and `gradus explain` know it.
    pub id: String,
    /// What the holder can do, in a few words.
    pub title: String,
    /// What kind of risk.
    pub class: RiskClass,
    /// How bad.
    pub severity: Severity,
    /// How bad where it holds in the whole cluster or in `kube-system`, if worse.
    #[serde(default)]
    pub severity_cluster: Option<Severity>,
    /// The reach of the grants it takes.
    #[serde(default)]
    pub scope: RiskScope,
    /// Where given, it takes rights in one of these namespaces.
    #[serde(default)]
    pub namespaces: Vec<String>,
    /// Where given, it takes a cluster of that kind.
    #[serde(default)]
    pub platform: Option<Platform>,
    /// The API servers that it exists on.
    #[serde(default)]
    pub servers: Servers,
    /// Membership in one of these groups is the risk itself, whatever is bound.
    #[serde(default)]
    pub groups: Vec<String>,
    /// What else than permissions makes it real; `allOf` then narrows it, or
    /// is empty.
    #[serde(default)]
    pub seen: Option<Sight>,
    /// Names of images, without registry and tag, that `seen` looks for.
    #[serde(default)]
    pub images: Vec<String>,
    /// What it takes: each clause, within one scope. Empty where only
    /// `groups` or `seen` makes it.
    #[serde(default)]
    pub all_of: Vec<Clause>,
    /// Alternatives to `allOf`: one of these conjunctions is enough as well.
    #[serde(default)]
    pub or_all_of: Vec<Vec<Clause>>,
    /// Whether every other risk in the same scope goes without saying.
    #[serde(default)]
    pub subsumes_all: bool,
    /// Rules that go without saying where this one holds.
    #[serde(default)]
    pub subsumes: Vec<String>,
    /// One sentence; `{principal}`, `{permission}`, `{scope}` and, where it is
    /// `seen`, `{detail}` are filled in.
    pub message: String,
    /// The smallest change that ends it, with the same fields.
    pub remedy: String,
    /// Why it matters, for `gradus explain`.
    pub why: String,
    /// Where the claim comes from.
    pub references: Vec<String>,
    /// Rules that must and must not make it real.
    pub examples: Examples,
}

impl RiskRule {
    /// Every conjunction that makes it real.
    pub fn alternatives(&self) -> impl Iterator<Item = &[Clause]> {
        std::iter::once(self.all_of.as_slice())
            .chain(self.or_all_of.iter().map(Vec::as_slice))
            .filter(|clauses| !clauses.is_empty())
    }
}

/// What makes a risk real beside permissions: how the engine looks for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sight {
    /// Of an identity: a rule whose names keep it from ever being met.
    DeadNames,
    /// Of an identity: a rule over resources that nothing is called.
    DeadResource,
    /// Of an identity: a rule over groups that no server serves.
    DeadGroup,
    /// Of an identity: a binding to a role that is not there.
    DanglingRole,
    /// Of an identity: it is the ServiceAccount `default` of its namespace.
    DefaultAccount,
    /// Of an identity: a Secret holds a token of it that does not expire.
    LastingToken,
    /// Of an identity: it may change a workload that runs as it.
    OwnWorkload,
    /// Of an identity: where the clauses hold, a pod runs one of `images`.
    PodWithImage,
    /// Of an identity: where the clauses hold, a Service answers for a webhook.
    WebhookBackend,
    /// Of a cluster: what requests without credentials may do.
    Anonymous,
    /// Of a cluster: what everyone who logged in may do.
    Authenticated,
    /// Of a cluster: what every ServiceAccount may do, or all of a namespace.
    EveryAccount,
    /// Of a cluster: a binding to a ServiceAccount that is not there.
    MissingAccount,
    /// Of a cluster: a subject of a binding that is nobody.
    InertSubject,
}

impl Sight {
    /// Whether it is told of the cluster, rather than of one identity.
    #[must_use]
    pub fn is_of_cluster(self) -> bool {
        match self {
            Self::Anonymous
            | Self::Authenticated
            | Self::EveryAccount
            | Self::MissingAccount
            | Self::InertSubject => true,
            Self::DeadNames
            | Self::DeadResource
            | Self::DeadGroup
            | Self::DanglingRole
            | Self::DefaultAccount
            | Self::LastingToken
            | Self::OwnWorkload
            | Self::PodWithImage
            | Self::WebhookBackend => false,
        }
    }
}

/// How far the grants behind a risk must reach.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RiskScope {
    /// Any scope will do.
    #[default]
    Any,
    /// The whole cluster.
    Cluster,
    /// A namespace, and not the whole cluster.
    Namespace,
}

/// A kind of cluster that some risks exist on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Platform {
    /// Amazon EKS.
    Eks,
}

/// One thing that it takes: any of these permissions.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Clause {
    /// Alternatives.
    pub any_of: Vec<PermissionPattern>,
    /// Whether any scope will do, whatever the scope of the other clauses.
    #[serde(default)]
    pub anywhere: bool,
}

/// A permission that a rule must give, matched as the API server matches a
/// request: `*` here asks for a literal `*` in the rule.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PermissionPattern {
    /// Any of these verbs. A prefix ending in `*` (`impersonate-on:*`) is met
    /// by every verb that starts so; a bare `*` is the wildcard itself.
    pub verbs: Vec<String>,
    /// Any of these groups; absent is whatever group. A suffix such as
    /// `*.services.k8s.aws` is met by every group that ends so; `*` is the
    /// wildcard itself.
    #[serde(default)]
    pub groups: Option<Vec<String>>,
    /// Any of these resources. `userextras/*` is met by any subresource; `*`
    /// is the wildcard itself; absent is whatever resource.
    #[serde(default)]
    pub resources: Option<Vec<String>>,
    /// Instead of groups and resources: any of these URLs that are none.
    #[serde(default)]
    pub urls: Vec<String>,
    /// The API servers on which it is enough.
    #[serde(default)]
    pub servers: Servers,
    /// Where given, a rule limited to other names does not do.
    #[serde(default)]
    pub names: Vec<String>,
    /// A rule limited to these names alone does not do.
    #[serde(default)]
    pub harmless_names: Vec<String>,
    /// What it asks of `resourceNames`.
    #[serde(default)]
    pub restriction: Restriction,
}

/// What a pattern asks of a rule's `resourceNames`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Restriction {
    /// Any, as long as the permission can be used.
    #[default]
    Any,
    /// None: every object.
    Unrestricted,
    /// Some: only objects of certain names.
    Named,
}

/// Examples that a test runs through the real engine.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Examples {
    /// Each makes the risk real.
    pub matches: Vec<Example>,
    /// None of these does.
    pub does_not_match: Vec<Example>,
}

/// Rights of one ServiceAccount.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Example {
    /// Groups of the principal; a user then, and no ServiceAccount.
    #[serde(default)]
    pub groups: Vec<String>,
    /// Rules given by a ClusterRoleBinding.
    #[serde(default)]
    pub cluster: Vec<ExampleRule>,
    /// Rules given by a RoleBinding.
    #[serde(default)]
    pub namespaced: Vec<ExampleRule>,
    /// The namespace of that RoleBinding; `shop` where absent.
    #[serde(default)]
    pub namespace: Option<String>,
    /// The kind of cluster, where it matters.
    #[serde(default)]
    pub platform: Option<Platform>,
    /// The version of its API server; not known where absent.
    #[serde(default)]
    pub server: Option<String>,
    /// The name of the ServiceAccount, where it matters.
    #[serde(default)]
    pub account: Option<String>,
    /// Whom the bindings name instead of the ServiceAccount.
    #[serde(default)]
    pub subject: Option<ExampleSubject>,
    /// The role that is bound and not there.
    #[serde(default)]
    pub missing_role: Option<String>,
    /// What runs in the cluster.
    #[serde(default)]
    pub workloads: Vec<ExampleWorkload>,
    /// Services that answer for webhooks, `NAMESPACE/NAME`.
    #[serde(default)]
    pub webhook_services: Vec<String>,
    /// ServiceAccounts of its namespace for which a Secret holds a token.
    #[serde(default)]
    pub token_secrets: Vec<String>,
}

/// Whom a binding names.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ExampleSubject {
    /// `User`, `Group` or `ServiceAccount`.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Its namespace.
    #[serde(default)]
    pub namespace: Option<String>,
}

/// A workload.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ExampleWorkload {
    /// `Deployment`.
    pub kind: String,
    /// Where it lives.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// The ServiceAccount of its pods; `default` where absent.
    #[serde(default)]
    pub service_account: Option<String>,
    /// Its image.
    #[serde(default)]
    pub image: Option<String>,
    /// Whether it is privileged.
    #[serde(default)]
    pub privileged: bool,
}

/// A rule as RBAC writes it.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ExampleRule {
    /// Verbs.
    pub verbs: Vec<String>,
    /// API groups; the core group where absent.
    #[serde(default)]
    pub api_groups: Option<Vec<String>>,
    /// Resources.
    #[serde(default)]
    pub resources: Vec<String>,
    /// Names.
    #[serde(default)]
    pub resource_names: Vec<String>,
    /// URLs that are no resources.
    #[serde(default, rename = "nonResourceURLs")]
    pub non_resource_urls: Vec<String>,
}
