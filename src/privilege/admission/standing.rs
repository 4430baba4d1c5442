//! Which policies stand before one call, and what was noted of the others.

use super::{
    Verdict,
    before::{Before, Stands},
    cel_policy::{Compiled, LeftOut},
    demand::Demand,
    kinds, kyverno, own,
    request::{ALL, Call},
};
use crate::model::{
    guardrail::{Guardrail, GuardrailState, Guards},
    kubernetes::admission::{CelEngine, KyvernoPolicy, PolicyBinding},
    location::Location,
};

/// A policy that asks for what the identity itself puts on the object.
fn self_approved(name: String, place: &Location) -> Guardrail {
    Guardrail {
        name,
        state: GuardrailState::SelfApproved,
        reason: "asks for a label or an annotation on the object, which whoever writes the object \
                 can put there"
            .to_owned(),
        remedy: "Let another policy refuse the mark from this identity, or keep approvals where \
                 the agent cannot write"
            .to_owned(),
        location: place.clone(),
        bounds: Vec::new(),
        guards: Guards::Cluster,
    }
}

impl Before<'_, '_> {
    /// Every policy that stands before a call, in the order of their names.
    pub(super) fn standing(&mut self, call: &Call<'_>) -> Vec<Stands> {
        let door = self.door;
        let mut found = Vec::new();
        for (compiled, defects) in door.policies.iter().zip(&door.defects) {
            found.extend(self.cel_policy(compiled, defects, call));
        }
        for policy in &door.resources.snapshot.admission.kyverno {
            found.extend(self.kyverno_policy(policy, call));
        }
        found.extend(self.gatekeeper(call));
        found.extend(self.pod_security(call));
        found
    }

    fn cel_policy(
        &mut self,
        compiled: &Compiled<'_>,
        defects: &[Guardrail],
        call: &Call<'_>,
    ) -> Option<Stands> {
        let resources = self.door.resources;
        self.work = self.work.saturating_sub(1);
        if self.work == 0 || !compiled.concerns(resources, call) {
            return None;
        }
        self.work = self.work.saturating_sub(compiled.cost());
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
        if verdict < Verdict::Denies && judged.asks == Demand::Mark && call.is_write() {
            self.note(self_approved(name, place));
            return None;
        }
        self.enforced(&name, place);
        Some(Stands { name, location: place.clone(), verdict })
    }

    fn kyverno_policy(&mut self, policy: &KyvernoPolicy, call: &Call<'_>) -> Option<Stands> {
        let resources = self.door.resources;
        self.work = self.work.saturating_sub(policy.rules.len());
        if self.work == 0 || !kyverno::concerns(resources, policy, call) {
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
                    guards: Guards::Cluster,
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
                guards: Guards::Cluster,
            };
            self.note(defect);
            return None;
        }
        let verdict = kyverno::judge(resources, policy, self.identity, call);
        if verdict == Verdict::Passes || self.owns_kyverno(&name, &policy.name, call) {
            return None;
        }
        if verdict < Verdict::Bounds
            && call.is_write()
            && kyverno::asks_for_a_mark(resources, policy, self.identity, call)
        {
            self.note(self_approved(name, &policy.location));
            return None;
        }
        self.enforced(&name, &policy.location);
        let verdict = if lifted { Verdict::Narrows } else { verdict };
        Some(Stands { name, location: policy.location.clone(), verdict })
    }

    /// Constraints of Gatekeeper that are asked about a call. What they deny
    /// stands in Rego, so they narrow and are no gate.
    fn gatekeeper(&mut self, call: &Call<'_>) -> Vec<Stands> {
        let resources = self.door.resources;
        let admission = &resources.snapshot.admission;
        let kind = kinds::kind_of(resources, call.group, call.resource);
        let mut found = Vec::new();
        for constraint in &admission.constraints {
            let concerns = constraint.kinds.is_empty()
                || constraint.kinds.iter().any(|entry| {
                    entry.groups.iter().any(|own| &**own == ALL || **own == *call.group)
                        && entry.kinds.iter().any(|own| &**own == ALL || Some(&**own) == kind)
                });
            if !concerns || matches!(&*constraint.action, "dryrun" | "warn") {
                continue;
            }
            let name = format!("{}/{}", constraint.kind, constraint.name);
            self.note(Guardrail {
                name: name.clone(),
                state: GuardrailState::Undecided,
                reason: "applies, and what it denies stands in Rego".to_owned(),
                remedy: String::new(),
                location: constraint.location.clone(),
                bounds: Vec::new(),
                guards: Guards::Cluster,
            });
            let location = constraint.location.clone();
            found.push(Stands { name, location, verdict: Verdict::Narrows });
        }
        found
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
            guards: Guards::Cluster,
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
        let policy = &*compiled.policy.name;
        let right = own::of_cel_policy(self.closure, self.door.resources, compiled, binding, call);
        let right = match binding {
            Some(_) => right,
            None => {
                right.or_else(|| own::of_kyverno(self.closure, self.door.resources, policy, call))
            }
        };
        let owns = right.is_some();
        if let Some(right) = right {
            self.owned.entry(compiled.name()).or_insert(right);
        }
        owns
    }

    /// Whether the identity can take a policy of Kyverno, or Kyverno itself, away.
    fn owns_kyverno(&mut self, name: &str, policy: &str, call: &Call<'_>) -> bool {
        let right = own::of_kyverno(self.closure, self.door.resources, policy, call);
        let owns = right.is_some();
        if let Some(right) = right {
            self.owned.entry(name.to_owned()).or_insert(right);
        }
        owns
    }
}
