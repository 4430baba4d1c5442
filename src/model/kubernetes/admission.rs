//! What stands at the cluster's door: admission policies of the API server and
//! of policy engines, webhooks, and what decides where they apply.
//!
//! Expressions are kept as written. Nothing of a ConfigMap but the settings of
//! a policy engine that say whom it leaves alone is kept.

use std::sync::Arc;

use super::{Scope, selector::LabelSelector};
use crate::model::location::Location;

/// All of one cluster, each list in the order of its names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Admission {
    /// ValidatingAdmissionPolicies, and Kyverno's ValidatingPolicies, which
    /// have the same shape.
    pub policies: Vec<CelPolicy>,
    /// ValidatingAdmissionPolicyBindings.
    pub bindings: Vec<PolicyBinding>,
    /// Webhooks of validating and mutating configurations.
    pub webhooks: Vec<Webhook>,
    /// Kyverno's ClusterPolicies and Policies.
    pub kyverno: Vec<KyvernoPolicy>,
    /// Kyverno's PolicyExceptions.
    pub exceptions: Vec<PolicyException>,
    /// Whom Kyverno is told to leave alone, by each ConfigMap of the name that
    /// Kyverno's own has.
    pub kyverno_filters: Vec<KyvernoFilters>,
    /// Kinds of constraints that Gatekeeper's templates define.
    pub templates: Vec<Arc<str>>,
    /// Gatekeeper's constraints.
    pub constraints: Vec<Constraint>,
    /// Services, by namespace and name: whom webhooks call.
    pub services: Vec<(Scope, Arc<str>)>,
    /// Kinds that CustomResourceDefinitions define.
    pub definitions: Vec<Definition>,
    /// API groups that another server answers for: its own admission decides.
    pub delegated_groups: Vec<Arc<str>>,
    /// Objects that policies take parameters from: kind, place and name.
    pub config_maps: Vec<(Scope, Arc<str>)>,
}

/// What a policy does when it cannot be evaluated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailurePolicy {
    /// The request is denied.
    Fail,
    /// The request passes.
    Ignore,
}

/// One entry of `resourceRules`, `excludeResourceRules` or a webhook's `rules`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MatchRule {
    /// `CREATE`, `UPDATE`, `DELETE`, `CONNECT`, `*`.
    pub operations: Vec<Arc<str>>,
    /// API groups; `""` is the core group, `*` all.
    pub groups: Vec<Arc<str>>,
    /// API versions; `*` all.
    pub versions: Vec<Arc<str>>,
    /// `pods`, `pods/exec`, `*` (no subresources), `*/*`, `pods/*`, `*/scale`.
    pub resources: Vec<Arc<str>>,
    /// Names; empty is any.
    pub names: Vec<Arc<str>>,
    /// `*`, `Cluster` or `Namespaced`.
    pub scope: Arc<str>,
}

/// `matchConstraints`, `matchResources`, or what a webhook is called for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MatchResources {
    /// What it applies to; in a binding, none means whatever its policy does.
    pub rules: Vec<MatchRule>,
    /// What it does not apply to.
    pub excluded: Vec<MatchRule>,
    /// In which namespaces.
    pub namespaces: LabelSelector,
    /// To objects with which labels.
    pub objects: LabelSelector,
    /// `matchPolicy: Exact`: other versions of the same resource are not met.
    pub exact: bool,
}

/// A CEL expression with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CelText {
    /// The name of a condition or variable; empty for a validation.
    pub name: Arc<str>,
    /// As written.
    pub text: Arc<str>,
    /// Where it stands.
    pub location: Location,
}

/// Who enforces a policy written in CEL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CelEngine {
    /// The API server; it takes a binding to make it count.
    ApiServer,
    /// Kyverno, with the policy's own actions.
    Kyverno,
}

/// A ValidatingAdmissionPolicy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CelPolicy {
    /// Who enforces it.
    pub engine: CelEngine,
    /// Its name.
    pub name: Arc<str>,
    /// What it applies to.
    pub matches: MatchResources,
    /// All must hold for it to apply.
    pub conditions: Vec<CelText>,
    /// Names for expressions, in their order.
    pub variables: Vec<CelText>,
    /// One that is false denies.
    pub validations: Vec<CelText>,
    /// What happens when one cannot be evaluated; `Fail` where nothing is said.
    pub failure_policy: FailurePolicy,
    /// `Deny`, `Warn`, `Audit`: its own actions, where Kyverno enforces it.
    pub actions: Vec<Arc<str>>,
    /// `apiVersion` and `kind` of its parameters.
    pub param_kind: Option<(Arc<str>, Arc<str>)>,
    /// Whether it is written for an alpha or beta version of its kind, which an
    /// API server serves only where that is switched on.
    pub preview: bool,
    /// Whether all of it could be read; what could not may leave something out.
    pub whole: bool,
    /// Where it stands.
    pub location: Location,
}

/// A ValidatingAdmissionPolicyBinding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyBinding {
    /// Its name.
    pub name: Arc<str>,
    /// The policy that it makes count.
    pub policy: Arc<str>,
    /// `Deny`, `Warn`, `Audit`.
    pub actions: Vec<Arc<str>>,
    /// What it narrows the policy to, if it does.
    pub matches: Option<MatchResources>,
    /// Where the parameters come from.
    pub param: Option<ParamRef>,
    /// Whether all of it could be read.
    pub whole: bool,
    /// Where it stands.
    pub location: Location,
}

/// The parameters of a binding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParamRef {
    /// The object's name; none where a selector picks several.
    pub name: Option<Arc<str>>,
    /// The object's namespace; none takes that of the request.
    pub namespace: Option<Arc<str>>,
    /// `parameterNotFoundAction: Deny`; else the binding is skipped.
    pub deny_if_missing: bool,
}

/// One webhook of a configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    /// Whether it may change objects.
    pub mutating: bool,
    /// The configuration's name.
    pub configuration: Arc<str>,
    /// Its own name: `validate.kyverno.svc-fail`.
    pub name: Arc<str>,
    /// What it is called for.
    pub matches: MatchResources,
    /// All must hold for it to be called.
    pub conditions: Vec<CelText>,
    /// What happens when it does not answer.
    pub failure_policy: FailurePolicy,
    /// The Service that answers, by namespace and name; none where it is a URL.
    pub service: Option<(Arc<str>, Arc<str>)>,
    /// Whether all of it could be read.
    pub whole: bool,
    /// Where it stands.
    pub location: Location,
}

/// `any`/`all` blocks of Kyverno's `match` and `exclude`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KyvernoMatch {
    /// One of these is enough.
    pub any: Vec<KyvernoFilter>,
    /// All of these.
    pub all: Vec<KyvernoFilter>,
}

/// One block of Kyverno's `match` or `exclude`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KyvernoFilter {
    /// `Pod`, `apps/v1/Deployment`, `Deployment/scale`, `*`.
    pub kinds: Vec<Arc<str>>,
    /// Names with `*` and `?`; empty is any.
    pub names: Vec<Arc<str>>,
    /// Namespaces with `*` and `?`; empty is any.
    pub namespaces: Vec<Arc<str>>,
    /// Labels of the namespace.
    pub namespace_labels: LabelSelector,
    /// Whether labels or annotations of the object decide too.
    pub by_object: bool,
    /// `CREATE`, `UPDATE`, `DELETE`, `CONNECT`; empty where nothing is said.
    pub operations: Vec<Arc<str>>,
    /// User names, with the prefix of ServiceAccounts where they are that.
    pub users: Vec<Arc<str>>,
    /// Groups.
    pub groups: Vec<Arc<str>>,
    /// Roles and ClusterRoles that whoever calls must be bound to.
    pub roles: Vec<Arc<str>>,
}

/// What a rule of Kyverno does to what it matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KyvernoCheck {
    /// `deny` without conditions.
    Deny,
    /// `deny` with conditions, a pattern, an image, CEL: it depends.
    Depends,
}

/// One validating rule of a Kyverno policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KyvernoRule {
    /// Its name.
    pub name: Arc<str>,
    /// What it applies to.
    pub matches: KyvernoMatch,
    /// What it does not apply to.
    pub excluded: KyvernoMatch,
    /// Whether preconditions decide too.
    pub preconditions: bool,
    /// What it does.
    pub check: KyvernoCheck,
    /// `Enforce` rather than `Audit`.
    pub enforce: bool,
    /// Whether overrides change that for some namespaces.
    pub overridden: bool,
    /// Where it stands.
    pub location: Location,
}

/// A ClusterPolicy or Policy of Kyverno.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KyvernoPolicy {
    /// [`Scope::Cluster`] for a ClusterPolicy.
    pub scope: Scope,
    /// Its name.
    pub name: Arc<str>,
    /// Its validating rules.
    pub rules: Vec<KyvernoRule>,
    /// What happens when Kyverno does not answer.
    pub failure_policy: FailurePolicy,
    /// `admission: false`: it only runs in the background.
    pub background_only: bool,
    /// Whether all of it could be read.
    pub whole: bool,
    /// Where it stands.
    pub location: Location,
}

/// A PolicyException of Kyverno.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyException {
    /// Where it lives.
    pub scope: Scope,
    /// Its name.
    pub name: Arc<str>,
    /// The policies it lifts, with the rules; no rules are all of them.
    pub policies: Vec<(Arc<str>, Vec<Arc<str>>)>,
    /// For what.
    pub matches: KyvernoMatch,
    /// Whether conditions or expressions decide too.
    pub conditional: bool,
    /// Where it stands.
    pub location: Location,
}

/// Whom Kyverno's ConfigMap tells it to leave alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KyvernoFilters {
    /// Where the ConfigMap lives; Kyverno reads the one beside itself.
    pub scope: Scope,
    /// `resourceFilters`: kind, namespace and name, each with `*` and `?`.
    pub resources: Vec<[Arc<str>; 3]>,
    /// `excludeUsernames`, `excludeGroups`, with `*` and `?`.
    pub users: Vec<Arc<str>>,
    /// Roles and ClusterRoles, or anything else that leaves somebody out.
    pub others: bool,
}

/// A constraint of Gatekeeper. What it denies stands in Rego and is not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Constraint {
    /// The kind that its template defines.
    pub kind: Arc<str>,
    /// Its name.
    pub name: Arc<str>,
    /// `deny`, `dryrun`, `warn`, `scoped`; `deny` where nothing is said.
    pub action: Arc<str>,
    /// What it applies to; none is everything.
    pub kinds: Vec<ConstraintKinds>,
    /// Where it stands.
    pub location: Location,
}

/// One entry of a constraint's `match.kinds`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConstraintKinds {
    /// API groups; `*` is all.
    pub groups: Vec<Arc<str>>,
    /// Kinds; `*` is all.
    pub kinds: Vec<Arc<str>>,
}

/// A kind that a CustomResourceDefinition defines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definition {
    /// Its API group.
    pub group: Arc<str>,
    /// Its plural.
    pub resource: Arc<str>,
    /// Its kind.
    pub kind: Arc<str>,
    /// Whether its objects live in namespaces.
    pub namespaced: bool,
    /// The versions that are served.
    pub versions: Vec<Arc<str>>,
}
