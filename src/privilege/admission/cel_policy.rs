//! Policies written in CEL: ValidatingAdmissionPolicies, with the bindings that
//! make them count, and Kyverno's policies of the same shape.
//!
//! <https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/>

use std::{collections::BTreeMap, sync::Arc};

use cel::IdedExpr;

use super::{
    Judged, Verdict,
    demand::{Demand, demand},
    kinds::kind_of,
    matching::{Applies, applies, goes_by_labels, in_namespaces, leaves_out, rules_apply},
    partial::{self, Partial, Survey},
    request::{Call, Operation, Resources},
};
use crate::{
    model::kubernetes::{
        admission::{CelEngine, CelPolicy, CelText, FailurePolicy, PolicyBinding},
        version::ServerVersion,
    },
    privilege::rbac::Identity,
};

/// The first version that serves ValidatingAdmissionPolicies unasked.
const SERVED_SINCE: ServerVersion = ServerVersion { major: 1, minor: 30 };

/// Variables of one policy that are worked out; the rest are unknown.
const VARIABLES: usize = 64;

/// A policy with its bindings, ready to be evaluated.
#[derive(Debug)]
pub(super) struct Compiled<'a> {
    pub(super) policy: &'a CelPolicy,
    pub(super) bindings: Vec<&'a PolicyBinding>,
    conditions: Vec<Option<IdedExpr>>,
    variables: Vec<(&'a str, Option<IdedExpr>)>,
    validations: Vec<Option<IdedExpr>>,
    /// What its expressions speak of.
    pub(super) survey: Survey,
    /// Whether the API server does not serve it unasked.
    unserved: bool,
}

/// Whoever calls, as CEL sees it.
#[derive(Debug, Clone)]
pub(super) struct Caller {
    user_info: Partial,
}

impl Caller {
    /// An identity. Members of a group that is judged alone have names and
    /// further groups that nobody knows.
    pub(super) fn of(identity: &Identity) -> Self {
        let user = identity.user();
        let open = user.is_none() || !identity.groups_known();
        Self {
            user_info: Partial::map(
                [
                    ("username", Some(user.map_or(Partial::Unknown, Partial::text))),
                    ("groups", Some(Partial::texts(identity.groups(), open))),
                ],
                true,
            ),
        }
    }

    /// Somebody whom no policy can have been written for.
    pub(super) fn somebody_else() -> Self {
        let groups = Partial::texts(["system:authenticated"], false);
        Self {
            user_info: Partial::map(
                [
                    ("username", Some(Partial::text("gradus:somebody-else"))),
                    ("groups", Some(groups)),
                ],
                true,
            ),
        }
    }

    /// Anybody at all.
    pub(super) fn anybody() -> Self {
        Self { user_info: Partial::Unknown }
    }
}

/// Why a policy leaves somebody out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LeftOut {
    /// A match condition that is true for others.
    Condition,
    /// A namespace selector.
    Namespace,
}

impl<'a> Compiled<'a> {
    /// Parses a policy's expressions; `budget` is how many more may be parsed
    /// in this cluster.
    pub(super) fn new(
        policy: &'a CelPolicy,
        bindings: &'a [PolicyBinding],
        version: Option<ServerVersion>,
        budget: &mut usize,
    ) -> Self {
        let mut parse = |text: &CelText| {
            *budget = budget.checked_sub(1)?;
            partial::parse(&text.text)
        };
        let mut compiled = Self {
            policy,
            bindings: match policy.engine {
                CelEngine::ApiServer => {
                    bindings.iter().filter(|binding| binding.policy == policy.name).collect()
                }
                CelEngine::Kyverno => Vec::new(),
            },
            conditions: policy.conditions.iter().map(&mut parse).collect(),
            variables: policy.variables.iter().map(|own| (&*own.name, parse(own))).collect(),
            validations: policy.validations.iter().map(&mut parse).collect(),
            survey: Survey::default(),
            unserved: policy.engine == CelEngine::ApiServer
                && (policy.preview || version.is_some_and(|version| version < SERVED_SINCE)),
        };
        let parsed = compiled
            .conditions
            .iter()
            .chain(compiled.variables.iter().map(|(_, parsed)| parsed))
            .chain(&compiled.validations)
            .flatten();
        parsed.for_each(|parsed| partial::survey(parsed, &mut compiled.survey));
        compiled
    }

    /// What asking it about a call takes, beside a policy that has nothing to do with it.
    pub(super) fn cost(&self) -> usize {
        const EXPRESSION: usize = 10;
        (self.conditions.len() + self.variables.len() + self.validations.len())
            .saturating_mul(EXPRESSION)
    }

    /// `ValidatingAdmissionPolicy/no-deletes`.
    pub(super) fn name(&self) -> String {
        let kind = match self.policy.engine {
            CelEngine::ApiServer => "ValidatingAdmissionPolicy",
            CelEngine::Kyverno => "ValidatingPolicy",
        };
        format!("{kind}/{}", self.policy.name)
    }

    /// Whether it is known to do nothing, for anybody, and why.
    pub(super) fn is_off(&self) -> bool {
        self.unserved || self.policy.failure_policy == FailurePolicy::Ignore
    }

    /// Whether the API server does not serve it unasked.
    pub(super) fn is_unserved(&self) -> bool {
        self.unserved
    }

    /// Bindings that deny; for Kyverno's policies one that narrows nothing.
    fn denying(&self) -> Vec<Option<&'a PolicyBinding>> {
        match self.policy.engine {
            CelEngine::ApiServer => self
                .bindings
                .iter()
                .filter(|own| denies(&own.actions))
                .map(|own| Some(*own))
                .collect(),
            CelEngine::Kyverno if denies(&self.policy.actions) => vec![None],
            CelEngine::Kyverno => Vec::new(),
        }
    }

    /// Whether any binding denies.
    pub(super) fn denies_at_all(&self) -> bool {
        !self.denying().is_empty()
    }

    /// What it does to a call of this caller, with the bindings that do it.
    pub(super) fn judge(
        &self,
        resources: Resources<'_>,
        caller: &Caller,
        call: &Call<'_>,
    ) -> Judged<'a> {
        let mut judged =
            Judged { verdict: Verdict::Passes, asks: Demand::Nothing, bindings: Vec::new() };
        let matched = applies(resources, &self.policy.matches, false, call);
        if matched == Applies::No {
            return judged;
        }
        let variables = self.variables(resources, caller, call);
        let conditional = self.conditions_hold(&variables);
        if conditional == Applies::No {
            return judged;
        }
        let valid = self.valid(&variables);
        if valid == Applies::Yes {
            return judged;
        }
        judged.asks = demand(self.validations.iter().flatten(), &variables, &self.variables);
        for binding in self.denying() {
            let bound = binding.map_or(Applies::Yes, |binding| bound(resources, binding, call));
            let asked = matched.min(conditional).min(bound) == Applies::Yes
                && self.policy.whole
                && self.validations.iter().all(Option::is_some)
                && !self.is_off();
            let verdict = match (bound, asked, valid) {
                (Applies::No, ..) => continue,
                (_, true, Applies::No) => Verdict::Denies,
                (_, true, _) if judged.asks >= Demand::Held => Verdict::Bounds,
                _ => Verdict::Narrows,
            };
            judged.verdict = judged.verdict.max(verdict);
            judged.bindings.extend(binding.map(|binding| (binding, verdict)));
        }
        judged
    }

    /// Whether it applies to some of a call's requests, whatever comes of it.
    pub(super) fn touches(
        &self,
        resources: Resources<'_>,
        caller: &Caller,
        call: &Call<'_>,
    ) -> bool {
        applies(resources, &self.policy.matches, false, call) != Applies::No
            && self.conditions_hold(&self.variables(resources, caller, call)) != Applies::No
    }

    /// Whether it would apply to a call, were it not for who calls or where.
    pub(super) fn concerns(&self, resources: Resources<'_>, call: &Call<'_>) -> bool {
        rules_apply(resources, &self.policy.matches, false, call) != Applies::No
    }

    /// Why it leaves a caller out that others are not, if it does.
    pub(super) fn left_out(
        &self,
        resources: Resources<'_>,
        caller: &Caller,
        call: &Call<'_>,
    ) -> Option<LeftOut> {
        let own = self.conditions_hold(&self.variables(resources, caller, call));
        if own == Applies::No {
            let others = self.variables(resources, &Caller::somebody_else(), call);
            return (self.conditions_hold(&others) == Applies::Yes).then_some(LeftOut::Condition);
        }
        let selectors = [Some(&self.policy.matches)]
            .into_iter()
            .chain(self.bindings.iter().map(|binding| binding.matches.as_ref()))
            .flatten()
            .map(|matches| &matches.namespaces);
        let mut out = selectors.filter(|selector| {
            leaves_out(selector) && in_namespaces(resources, selector, call) == Applies::No
        });
        out.next().map(|_| LeftOut::Namespace)
    }

    /// Whether its conditions are false whoever calls for whatever.
    pub(super) fn can_never_apply(&self) -> bool {
        let nothing = [("request", Partial::Unknown)];
        self.conditions
            .iter()
            .flatten()
            .any(|condition| partial::evaluate(condition, &nothing) == Partial::Bool(false))
            || self.conditions.iter().flatten().any(|condition| {
                let request = Partial::map([("userInfo", Some(Caller::anybody().user_info))], true);
                partial::evaluate(condition, &[("request", request)]) == Partial::Bool(false)
            })
    }

    /// Whether what it denies goes by labels of namespaces.
    pub(super) fn goes_by_namespace_labels(&self) -> bool {
        let selectors = std::iter::once(&self.policy.matches)
            .chain(self.bindings.iter().filter_map(|binding| binding.matches.as_ref()));
        self.survey.namespace
            || selectors.into_iter().any(|matches| goes_by_labels(&matches.namespaces))
    }

    fn conditions_hold(&self, variables: &[(&str, Partial)]) -> Applies {
        self.conditions
            .iter()
            .map(|own| truth(own.as_ref(), variables))
            .min()
            .unwrap_or(Applies::Yes)
    }

    /// `No` where one validation is false for every request.
    fn valid(&self, variables: &[(&str, Partial)]) -> Applies {
        self.validations
            .iter()
            .map(|own| truth(own.as_ref(), variables))
            .min()
            .unwrap_or(Applies::Yes)
    }

    /// What the expressions may speak of. What a policy's own variables give is
    /// worked out in their order: each may use those before it.
    fn variables(
        &self,
        resources: Resources<'_>,
        caller: &Caller,
        call: &Call<'_>,
    ) -> Vec<(&'static str, Partial)> {
        let mut known = request(resources, caller, call);
        let mut own = BTreeMap::<&str, Partial>::new();
        for (name, expression) in self.variables.iter().take(VARIABLES) {
            let so_far = Partial::map(own.iter().map(|(k, v)| (*k, Some(v.clone()))), true);
            known.push(("variables", so_far));
            let value = expression
                .as_ref()
                .map_or(Partial::Unknown, |expression| partial::evaluate(expression, &known));
            known.pop();
            own.insert(name, value);
        }
        known.push((
            "variables",
            Partial::map(own.iter().map(|(k, v)| (*k, Some(v.clone()))), true),
        ));
        known
    }
}

/// Whether a list of actions denies.
pub(super) fn denies(actions: &[Arc<str>]) -> bool {
    actions.iter().any(|action| &**action == "Deny")
}

/// Whether a binding makes its policy count for a call, whatever becomes of
/// its parameters.
fn bound(resources: Resources<'_>, binding: &PolicyBinding, call: &Call<'_>) -> Applies {
    let matched = binding
        .matches
        .as_ref()
        .map_or(Applies::Yes, |matches| applies(resources, matches, true, call));
    // Without its parameters such a binding is skipped.
    let skipped = binding.param.as_ref().is_some_and(|param| !param.deny_if_missing);
    if skipped || !binding.whole { matched.min(Applies::Maybe) } else { matched }
}

fn truth(expression: Option<&IdedExpr>, variables: &[(&str, Partial)]) -> Applies {
    match expression.map(|expression| partial::evaluate(expression, variables)) {
        Some(Partial::Bool(flag)) => Applies::from(Some(flag)),
        _ => Applies::Maybe,
    }
}

/// `request`, `object`, `oldObject` and `namespaceObject` of a call. Fields
/// that the API server leaves out where they are empty are known to be absent.
fn request(
    resources: Resources<'_>,
    caller: &Caller,
    call: &Call<'_>,
) -> Vec<(&'static str, Partial)> {
    let whole = call.resource == super::request::ALL;
    let word = |text: &str| Some(Partial::text(text));
    let subresource = match (whole, call.subresource) {
        (true, "") => Some(Partial::Unknown),
        (false, "") => None,
        (_, sub) => word(sub),
    };
    let namespace = match (call.namespaced, call.namespace()) {
        // Requests for a Namespace carry its own name.
        _ if call.resource == "namespaces" => Some(Partial::Unknown),
        (Some(true), Some(namespace)) => word(namespace),
        (Some(false), _) if !whole => None,
        _ => Some(Partial::Unknown),
    };
    let resource = if whole {
        Partial::map([("group", word(call.group))], true)
    } else {
        Partial::map([("group", word(call.group)), ("resource", word(call.resource))], true)
    };
    let namespace_object = match (call.namespaced, call.namespace()) {
        (Some(true), Some(name)) if call.resource != "namespaces" => {
            namespace_object(resources, name)
        }
        _ => Partial::Unknown,
    };
    let object = |is_there: bool, is_none: bool| match (is_there, is_none) {
        (true, _) => object(resources, call, &namespace),
        (false, true) => Partial::Null,
        (false, false) => Partial::Unknown,
    };
    let now = object(call.is_write(), call.operation == Operation::Delete);
    let before = object(call.operation == Operation::Update, call.operation == Operation::Create);
    vec![
        (
            "request",
            Partial::map(
                [
                    ("operation", word(call.operation.as_str())),
                    ("resource", Some(resource)),
                    ("subResource", subresource),
                    ("namespace", namespace),
                    ("userInfo", Some(caller.user_info.clone())),
                ],
                true,
            ),
        ),
        ("object", now),
        ("oldObject", before),
        ("namespaceObject", namespace_object),
    ]
}

/// What every object of a call holds. What is written to a part of a resource is
/// an object of another kind.
fn object(resources: Resources<'_>, call: &Call<'_>, namespace: &Option<Partial>) -> Partial {
    if call.resource == super::request::ALL || !call.subresource.is_empty() {
        return Partial::map([], true);
    }
    let kind =
        kind_of(resources, call.group, call.resource).map_or(Partial::Unknown, Partial::text);
    let namespace = namespace.clone().unwrap_or(Partial::Unknown);
    let metadata = Partial::map([("namespace", Some(namespace))], true);
    Partial::map([("kind", Some(kind)), ("metadata", Some(metadata))], true)
}

/// The namespace as far as the evidence shows it.
fn namespace_object(resources: Resources<'_>, name: &str) -> Partial {
    let mut found =
        resources.snapshot.namespaces.iter().filter(|namespace| &*namespace.name == name);
    let labels = match (found.next(), found.next()) {
        (Some(namespace), None) => Partial::map(
            namespace.labels.iter().map(|(key, value)| (&**key, Some(Partial::text(&**value)))),
            // The API server adds some by itself.
            true,
        ),
        _ => Partial::Unknown,
    };
    let metadata =
        Partial::map([("name", Some(Partial::text(name))), ("labels", Some(labels))], true);
    Partial::map([("metadata", Some(metadata))], true)
}
