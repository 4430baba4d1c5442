//! Risks that Kubernetes permissions make real, as data.

use serde::Deserialize;

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
    /// Membership in one of these groups is the risk itself, whatever is bound.
    #[serde(default)]
    pub groups: Vec<String>,
    /// What it takes: each clause, within one scope. Empty where only
    /// `groups` makes it.
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
    /// One sentence; `{principal}`, `{permission}` and `{scope}` are filled in.
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
}

/// A permission that a rule must give, matched as the API server matches a
/// request: `*` here asks for a literal `*` in the rule.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PermissionPattern {
    /// Any of these verbs. A prefix ending in `*` (`impersonate-on:*`) is met
    /// by every verb that starts so; a bare `*` is the wildcard itself.
    pub verbs: Vec<String>,
    /// Any of these groups; absent is whatever group.
    #[serde(default)]
    pub groups: Option<Vec<String>>,
    /// Any of these resources. `userextras/*` is met by any subresource; `*`
    /// is the wildcard itself; absent is whatever resource.
    #[serde(default)]
    pub resources: Option<Vec<String>>,
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
}
