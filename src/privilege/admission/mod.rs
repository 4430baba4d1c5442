//! Admission: what stands before a request that RBAC allows.
//!
//! A policy is a gate before a capability only where it denies all that the
//! capability covers, whatever the objects and the namespaces that nobody knows
//! turn out to be, fails closed, and is out of the agent's own reach. One that
//! denies some of it narrows the capability: a condition, and no gate. Reads and
//! whatever else never reaches admission are never gated. Risks are left as they
//! are: what a policy denies is still granted, and a risk may be made real in
//! ways that the policy does not know.

mod cel_policy;
mod defects;
mod kinds;
mod kyverno;
mod matching;
mod own;
mod partial;
mod request;

#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use cel_policy::{Caller, Compiled, LeftOut};
use own::{CHANGES, Place, Right};
use request::{ALL, Call, Operation, Resources};

use crate::{
    model::{
        capability::{Capability, Condition, Grant, RiskClass, RiskHit},
        finding::Severity,
        gate::{Enforcer, FailMode, Gate, GateKind},
        guardrail::{Guardrail, GuardrailState},
        kubernetes::{
            ClusterSnapshot, Scope,
            admission::{CelEngine, KyvernoPolicy, PolicyBinding},
        },
        location::Location,
    },
    privilege::rbac::{Closure, Identity, Index},
    rubric::kubernetes::effects::Effects,
};

/// Rule of an agent that can change what guards it.
pub const OWN_GUARDRAIL: &str = "K8S-OWN-GUARDRAIL";

/// Expressions that are parsed of one cluster.
const EXPRESSIONS: usize = 5_000;
/// Requests told apart of one capability; past them it counts as ungated.
const CALLS: usize = 2_000;
/// Conditions shown of one capability.
const CONDITIONS: usize = 4;
/// Policies named in one message.
const NAMED: usize = 3;

/// What a policy does to a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Verdict {
    /// It lets it pass.
    Passes,
    /// It denies some of it, or may.
    Narrows,
    /// It is asked about all of it, and denies by what the object is.
    Bounds,
    /// It denies all of it.
    Denies,
}

/// A policy's verdict, with the bindings that bring it about.
#[derive(Debug)]
struct Judged<'a> {
    verdict: Verdict,
    bindings: Vec<(&'a PolicyBinding, Verdict)>,
}

/// A cluster's door, ready to be asked about one identity after the other.
#[derive(Debug)]
pub struct Door<'a> {
    resources: Resources<'a>,
    policies: Vec<Compiled<'a>>,
    /// What keeps each of the policies from working, in their order.
    defects: Vec<Vec<Guardrail>>,
}

/// What a capability covers, as RBAC gives it.
#[derive(Debug)]
pub struct Wanted<'w> {
    /// Verbs; `*` is all of them.
    pub verbs: Vec<&'w str>,
    /// Group, resource and subresource; each may be `*`.
    pub parts: &'w BTreeSet<(&'w str, &'w str, &'w str)>,
    /// Names it is limited to; empty is any.
    pub names: &'w [Arc<str>],
    /// Where.
    pub scopes: Vec<&'w Scope>,
}

impl<'a> Door<'a> {
    /// Parses a cluster's policies.
    #[must_use]
    pub fn new(snapshot: &'a ClusterSnapshot, effects: &'a Effects, index: &Index<'_>) -> Self {
        let mut budget = EXPRESSIONS;
        let admission = &snapshot.admission;
        let compile =
            |policy| Compiled::new(policy, &admission.bindings, snapshot.version, &mut budget);
        let policies: Vec<Compiled<'a>> = admission.policies.iter().map(compile).collect();
        let resources = Resources { effects, snapshot };
        let defects =
            policies.iter().map(|own| defects::of_policy(resources, index, own)).collect();
        Self { resources, policies, defects }
    }

    /// Controls that are there and cannot work, whoever calls; ordered by name.
    #[must_use]
    pub fn defects(&self) -> Vec<Guardrail> {
        let mut found = defects::of_others(self.resources.snapshot);
        found.extend(self.defects.iter().flatten().cloned());
        found.sort();
        found.dedup();
        found
    }

    /// What stands before one identity.
    #[must_use]
    pub fn before<'d>(
        &'d self,
        closure: &'d Closure<'a>,
        identity: &'d Identity,
    ) -> Before<'d, 'a> {
        Before {
            door: self,
            closure,
            identity,
            caller: Caller::of(identity),
            notes: BTreeMap::new(),
            owned: BTreeMap::new(),
        }
    }
}

/// What stands before one identity, and what was noted of it on the way.
#[derive(Debug)]
pub struct Before<'d, 'a> {
    door: &'d Door<'a>,
    closure: &'d Closure<'a>,
    identity: &'d Identity,
    caller: Caller,
    notes: BTreeMap<(String, GuardrailState), Note>,
    /// Rights by which the identity can change a guardrail, by its name.
    owned: BTreeMap<String, (String, Grant)>,
}

#[derive(Debug)]
struct Note {
    reason: String,
    remedy: String,
    location: Location,
    bounds: BTreeSet<String>,
}

/// A policy that stands before one call.
struct Stands {
    name: String,
    location: Location,
    verdict: Verdict,
}

impl Before<'_, '_> {
    /// Gates or narrows a capability by what stands before it.
    pub fn stand_before(&mut self, capability: &mut Capability, wanted: &Wanted<'_>) {
        let admission = &self.door.resources.snapshot.admission;
        let nothing = self.door.policies.is_empty()
            && admission.kyverno.is_empty()
            && admission.constraints.is_empty();
        if nothing || !capability.is_mutating() {
            return;
        }
        let scopes = wanted.scopes.len();
        let size = wanted.verbs.len().saturating_mul(wanted.parts.len()).saturating_mul(scopes);
        if size == 0 || size > CALLS {
            return;
        }
        let mut all_denied = true;
        let mut all_bounded = true;
        let mut bounding = BTreeSet::<String>::new();
        let mut deniers = BTreeMap::<String, Location>::new();
        let mut narrowing = BTreeSet::<String>::new();
        for (operation, part, known) in self.operations(wanted) {
            all_denied &= known;
            all_bounded &= known;
            for scope in &wanted.scopes {
                let (group, resource, subresource) = part;
                let call = Call {
                    operation,
                    group,
                    resource,
                    subresource,
                    scope,
                    names: wanted.names,
                    namespaced: self.door.resources.is_namespaced(group, resource),
                };
                let standing = self.standing(&call);
                let denier = standing.iter().find(|own| own.verdict == Verdict::Denies);
                all_denied &= denier.is_some();
                let bounds = |own: &&Stands| own.verdict >= Verdict::Bounds;
                all_bounded &= standing.iter().any(|own| bounds(&own));
                bounding.extend(standing.iter().filter(bounds).map(|own| own.name.clone()));
                deniers.extend(denier.map(|own| (own.name.clone(), own.location.clone())));
                narrowing.extend(standing.into_iter().map(|own| own.name));
            }
        }
        if all_bounded {
            for name in bounding {
                let note = self.notes.get_mut(&(name, GuardrailState::Enforced));
                note.into_iter().for_each(|own| {
                    own.bounds.insert(capability.id.clone());
                });
            }
        }
        match deniers.first_key_value() {
            Some((_, location)) if all_denied => {
                let names: Vec<&str> = deniers.keys().map(String::as_str).collect();
                let verb = if names.len() == 1 { "denies" } else { "deny" };
                capability.gate = Gate {
                    kind: GateKind::Deny,
                    enforced_by: Some(Enforcer::Platform),
                    fail_mode: FailMode::Closed,
                    location: Some(location.clone()),
                    reason: format!("{} {verb} it", listed(&names)),
                };
            }
            _ if narrowing.is_empty() => {}
            _ => {
                let mut conditions: Vec<String> = narrowing
                    .iter()
                    .take(CONDITIONS)
                    .map(|name| format!("{name} lets it pass"))
                    .collect();
                if narrowing.len() > CONDITIONS {
                    let rest = narrowing.len() - CONDITIONS;
                    conditions.push(format!("{rest} more policies let it pass"));
                }
                if capability.condition == Condition::Always {
                    capability.condition = Condition::If(conditions);
                }
            }
        }
        if !capability.gate.holds()
            && let Some(constraint) = self.undecided(wanted)
        {
            capability.gate.reason.push_str("; what ");
            capability.gate.reason.push_str(&constraint);
            capability.gate.reason.push_str(" denies cannot be decided");
        }
    }

    /// The operations that a capability's verbs are to admission, with the parts
    /// they are on. One that may not get there, or stands for more than one
    /// policy can be asked about, is not `known` and leaves the capability ungated.
    fn operations<'w>(
        &self,
        wanted: &Wanted<'w>,
    ) -> Vec<(Operation, (&'w str, &'w str, &'w str), bool)> {
        let resources = self.door.resources;
        let mut found = Vec::new();
        for &part in wanted.parts {
            let (group, resource, subresource) = part;
            for verb in &wanted.verbs {
                if let Some(operation) = resources.operation(verb, group, resource, subresource) {
                    found.push((operation, part, true));
                } else if *verb == ALL {
                    let all = [
                        Operation::Create,
                        Operation::Update,
                        Operation::Delete,
                        Operation::Connect,
                    ];
                    found.extend(all.map(|operation| (operation, part, false)));
                } else {
                    // Whatever it is to admission: only to tell what concerns it.
                    let operation = match *verb {
                        "delete" | "deletecollection" => Operation::Delete,
                        "update" | "patch" => Operation::Update,
                        _ => Operation::Create,
                    };
                    found.push((operation, part, false));
                }
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Every policy that stands before a call, in the order of their names.
    fn standing(&mut self, call: &Call<'_>) -> Vec<Stands> {
        let door = self.door;
        let mut found = Vec::new();
        for (compiled, defects) in door.policies.iter().zip(&door.defects) {
            found.extend(self.cel_policy(compiled, defects, call));
        }
        for policy in &door.resources.snapshot.admission.kyverno {
            found.extend(self.kyverno_policy(policy, call));
        }
        found
    }

    fn cel_policy(
        &mut self,
        compiled: &Compiled<'_>,
        defects: &[Guardrail],
        call: &Call<'_>,
    ) -> Option<Stands> {
        let resources = self.door.resources;
        if !compiled.concerns(resources, call) {
            return None;
        }
        let name = compiled.name();
        let place = &compiled.policy.location;
        if compiled.touches(resources, &self.caller, call) {
            for defect in defects {
                self.note(defect.clone());
            }
        } else if compiled.denies_at_all() && !compiled.is_off() {
            self.left_out(compiled, call);
        }
        let judged = compiled.judge(resources, &self.caller, call);
        if judged.verdict == Verdict::Passes || compiled.is_off() {
            return None;
        }
        let verdict = match compiled.policy.engine {
            CelEngine::ApiServer => judged
                .bindings
                .iter()
                .filter(|(binding, _)| !self.owns(compiled, Some(binding), call))
                .map(|(_, verdict)| *verdict)
                .max()?,
            CelEngine::Kyverno => {
                if self.owns(compiled, None, call) {
                    return None;
                }
                // What an exception lifts is written in CEL, too.
                let lifted = resources.snapshot.admission.exceptions.iter().any(|exception| {
                    exception.policies.iter().any(|(own, _)| *own == compiled.policy.name)
                });
                if !lifted && kyverno::is_called(resources, self.identity, call) {
                    judged.verdict
                } else {
                    Verdict::Narrows
                }
            }
        };
        if verdict < Verdict::Denies && compiled.trusts_the_writer(call) {
            self.note(Guardrail {
                name,
                state: GuardrailState::SelfApproved,
                reason: "asks for an approval on the object, which whoever writes the object \
                             can put there"
                    .to_owned(),
                remedy: "Let another policy refuse the mark from this identity, or keep \
                             approvals where the agent cannot write"
                    .to_owned(),
                location: place.clone(),
                bounds: Vec::new(),
            });
            return None;
        }
        self.enforced(&name, place);
        Some(Stands { name, location: place.clone(), verdict })
    }

    fn kyverno_policy(&mut self, policy: &KyvernoPolicy, call: &Call<'_>) -> Option<Stands> {
        let resources = self.door.resources;
        if !kyverno::concerns(resources, policy, call) {
            return None;
        }
        let name = kyverno::name(policy);
        let mut lifted = false;
        for exception in &resources.snapshot.admission.exceptions {
            if kyverno::lifts(resources, exception, &policy.name, self.identity, call) {
                lifted = true;
                self.note(Guardrail {
                    name: name.clone(),
                    state: GuardrailState::Exempt,
                    reason: format!("is lifted by PolicyException/{}", exception.name),
                    remedy: "Remove the exception, or narrow it to others".to_owned(),
                    location: exception.location.clone(),
                    bounds: Vec::new(),
                });
            }
        }
        if kyverno::is_off(policy) {
            let defect = Guardrail {
                name,
                state: GuardrailState::Ineffective,
                reason: "only audits, or lets requests pass when Kyverno does not answer"
                    .to_owned(),
                remedy: "Set failureAction: Enforce and failurePolicy: Fail".to_owned(),
                location: policy.location.clone(),
                bounds: Vec::new(),
            };
            self.note(defect);
            return None;
        }
        let verdict = kyverno::judge(resources, policy, self.identity, call);
        if verdict == Verdict::Passes || self.owns_kyverno(&name, &policy.name, call) {
            return None;
        }
        self.enforced(&name, &policy.location);
        let verdict = if lifted { Verdict::Narrows } else { verdict };
        Some(Stands { name, location: policy.location.clone(), verdict })
    }

    /// A constraint of Gatekeeper that applies to a capability: Rego decides.
    fn undecided(&mut self, wanted: &Wanted<'_>) -> Option<String> {
        let resources = self.door.resources;
        let mut first = None;
        for constraint in &resources.snapshot.admission.constraints {
            let applies = constraint.kinds.is_empty()
                || wanted.parts.iter().any(|(group, resource, _)| {
                    let kind = kinds::kind_of(resources, group, resource);
                    constraint.kinds.iter().any(|(groups, kinds)| {
                        groups.iter().any(|own| &**own == ALL || **own == **group)
                            && kinds.iter().any(|own| &**own == ALL || Some(&**own) == kind)
                    })
                });
            if !applies || matches!(&*constraint.action, "dryrun" | "warn") {
                continue;
            }
            let name = format!("{}/{}", constraint.kind, constraint.name);
            let guardrail = Guardrail {
                name: name.clone(),
                state: GuardrailState::Undecided,
                reason: "applies, and what it denies stands in Rego".to_owned(),
                remedy: String::new(),
                location: constraint.location.clone(),
                bounds: Vec::new(),
            };
            self.note(guardrail);
            first.get_or_insert(name);
        }
        first
    }

    fn left_out(&mut self, compiled: &Compiled<'_>, call: &Call<'_>) {
        let reason = match compiled.left_out(self.door.resources, &self.caller, call) {
            None => return,
            Some(LeftOut::Condition) => {
                format!("leaves {} out by a match condition", self.identity.principal())
            }
            Some(LeftOut::Namespace) => {
                format!("leaves out {}, where it may change {}", call.scope, call.label())
            }
        };
        let exempt = Guardrail {
            name: compiled.name(),
            state: GuardrailState::Exempt,
            reason,
            remedy: "Take the exemption back, or cover it by a policy of its own".to_owned(),
            location: compiled.policy.location.clone(),
            bounds: Vec::new(),
        };
        self.note(exempt);
    }

    /// Whether the identity can take a policy written in CEL away.
    fn owns(
        &mut self,
        compiled: &Compiled<'_>,
        binding: Option<&PolicyBinding>,
        call: &Call<'_>,
    ) -> bool {
        let name = compiled.name();
        let policy = &*compiled.policy.name;
        let mut rights: Vec<Right<'_>> = Vec::new();
        let object = |resource, own| Right {
            verbs: &CHANGES,
            group: "admissionregistration.k8s.io",
            resource,
            subresource: "",
            name: Some(own),
            place: Place::Cluster,
        };
        if let Some(binding) = binding {
            rights.push(object("validatingadmissionpolicies", policy));
            rights.push(object("validatingadmissionpolicybindings", &binding.name));
            if let Some(param) = &binding.param
                && let Some((version, kind)) = &compiled.policy.param_kind
                && (&**version, &**kind) == ("v1", "ConfigMap")
            {
                rights.push(Right {
                    verbs: &["create", "update", "patch", "delete", "deletecollection"],
                    group: "",
                    resource: "configmaps",
                    subresource: "",
                    name: param.name.as_deref(),
                    place: param.namespace.as_deref().map_or(Place::Anywhere, Place::In),
                });
            }
        }
        if compiled.goes_by_namespace_labels() {
            let namespace = call.namespace();
            rights.push(Right {
                verbs: &["update", "patch"],
                group: "",
                resource: "namespaces",
                subresource: "",
                name: namespace,
                place: namespace.map_or(Place::Anywhere, Place::In),
            });
        }
        let held = rights.into_iter().find_map(|right| own::held(self.closure, right));
        match held {
            Some(right) => {
                self.owned.entry(name).or_insert(right);
                true
            }
            None => binding.is_none() && self.owns_kyverno(&name, policy, call),
        }
    }

    /// Whether the identity can take a policy of Kyverno, or Kyverno itself, away.
    fn owns_kyverno(&mut self, name: &str, policy: &str, call: &Call<'_>) -> bool {
        let hooks = self.door.resources.snapshot.admission.webhooks.iter();
        let homes: BTreeSet<&str> = hooks
            .filter(|webhook| webhook.name.contains("kyverno"))
            .filter_map(|webhook| webhook.service.as_ref().map(|(namespace, _)| &**namespace))
            .chain(["kyverno"])
            .collect();
        let right = |verbs, group, resource, subresource, name, place| Right {
            verbs,
            group,
            resource,
            subresource,
            name,
            place,
        };
        const WRITES: &[&str] = &["create", "update", "patch"];
        let mut rights = vec![
            right(&CHANGES, "kyverno.io", "clusterpolicies", "", Some(policy), Place::Cluster),
            right(&CHANGES, "kyverno.io", "policies", "", Some(policy), Place::Anywhere),
            right(
                &CHANGES,
                "policies.kyverno.io",
                "validatingpolicies",
                "",
                Some(policy),
                Place::Cluster,
            ),
            right(WRITES, "kyverno.io", "policyexceptions", "", None, Place::Anywhere),
            right(WRITES, "policies.kyverno.io", "policyexceptions", "", None, Place::Anywhere),
            right(
                &CHANGES,
                "admissionregistration.k8s.io",
                "validatingwebhookconfigurations",
                "",
                None,
                Place::Cluster,
            ),
            right(
                &CHANGES,
                "apiextensions.k8s.io",
                "customresourcedefinitions",
                "",
                None,
                Place::Cluster,
            ),
        ];
        for home in &homes {
            let place = Place::In(home);
            rights.push(right(&CHANGES, "apps", "deployments", "", None, place));
            rights.push(right(&["update", "patch"], "apps", "deployments", "scale", None, place));
            rights.push(right(
                &["update", "patch", "delete"],
                "",
                "configmaps",
                "",
                Some("kyverno"),
                place,
            ));
            rights.push(right(&["delete"], "", "namespaces", "", Some(home), place));
        }
        let namespace = call.namespace();
        rights.push(right(
            &["update", "patch"],
            "",
            "namespaces",
            "",
            namespace,
            namespace.map_or(Place::Anywhere, Place::In),
        ));
        match rights.into_iter().find_map(|right| own::held(self.closure, right)) {
            Some(right) => {
                self.owned.entry(name.to_owned()).or_insert(right);
                true
            }
            None => false,
        }
    }

    fn enforced(&mut self, name: &str, location: &Location) {
        let guardrail = Guardrail {
            name: name.to_owned(),
            state: GuardrailState::Enforced,
            reason: "denies and fails closed".to_owned(),
            remedy: String::new(),
            location: location.clone(),
            bounds: Vec::new(),
        };
        self.note(guardrail);
    }

    fn note(&mut self, guardrail: Guardrail) {
        self.notes.entry((guardrail.name, guardrail.state)).or_insert_with(|| Note {
            reason: guardrail.reason,
            remedy: guardrail.remedy,
            location: guardrail.location,
            bounds: BTreeSet::new(),
        });
    }

    /// What was noted, ordered by name, and the risk of an identity that can
    /// change what guards it.
    #[must_use]
    pub fn finish(self) -> (Vec<Guardrail>, Option<RiskHit>) {
        let risk = own_guardrail(self.identity, &self.owned);
        let mut guardrails: Vec<Guardrail> = self
            .notes
            .into_iter()
            .map(|((name, state), note)| Guardrail {
                name,
                state,
                reason: note.reason,
                remedy: note.remedy,
                location: note.location,
                bounds: note.bounds.into_iter().collect(),
            })
            .collect();
        guardrails.extend(self.owned.into_iter().map(|(name, (right, grant))| Guardrail {
            name,
            state: GuardrailState::OwnedByPrincipal,
            reason: format!("is no gate for it: it may {right}"),
            remedy: format!("Take {right} away from it"),
            location: grant.cut_at.unwrap_or(grant.location),
            bounds: Vec::new(),
        }));
        guardrails.sort();
        (guardrails, risk)
    }
}

/// The risk of an identity that can change what guards it.
fn own_guardrail(
    identity: &Identity,
    owned: &BTreeMap<String, (String, Grant)>,
) -> Option<RiskHit> {
    if owned.is_empty() {
        return None;
    }
    let names: Vec<&str> = owned.keys().map(String::as_str).collect();
    let rights: BTreeSet<&str> = owned.values().map(|(right, _)| right.as_str()).collect();
    let rights: Vec<&str> = rights.into_iter().collect();
    let mut grants: Vec<Grant> = Vec::new();
    for (_, grant) in owned.values() {
        if !grants.contains(grant) {
            grants.push(grant.clone());
        }
    }
    Some(RiskHit {
        rule: OWN_GUARDRAIL.to_owned(),
        title: "Can change what guards it".to_owned(),
        class: RiskClass::Guardrail,
        severity: Severity::High,
        message: format!(
            "{} can take away what guards it, {}: {}",
            identity.principal(),
            listed(&names),
            listed(&rights)
        ),
        remedy: format!("Take {} away from it", listed(&rights)),
        grants,
        condition: Condition::Always,
        scope: "cluster".to_owned(),
    })
}

/// `a, b and c`; of a long list the first few and how many more there are.
fn listed(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [init @ .., last] if names.len() <= NAMED => format!("{} and {last}", init.join(", ")),
        _ => {
            let first = names.get(..NAMED).unwrap_or_default();
            format!("{} and {} more", first.join(", "), names.len() - NAMED)
        }
    }
}
