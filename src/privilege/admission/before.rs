//! One identity before the door: what each of its capabilities meets.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Door, OWN_GUARDRAIL, Verdict, Wanted,
    cel_policy::Caller,
    request::{ALL, Call, Operation},
};
use crate::{
    model::{
        capability::{Capability, Condition, Grant, RiskHit},
        gate::{Enforcer, FailMode, Gate, GateKind},
        guardrail::{Guardrail, GuardrailState, Guards},
        location::Location,
        text::listed,
    },
    privilege::{
        owned::own_guardrail,
        rbac::{Closure, Identity},
    },
};

/// Requests told apart of one capability; past them it counts as ungated.
const CALLS: usize = 2_000;
/// Policies named in one condition.
const NAMED: usize = 3;
/// Conditions shown of one capability.
const CONDITIONS: usize = 4;
/// What is worked out for one identity, in policies asked about a call; past it
/// the rest of its capabilities count as ungated.
const WORK: usize = 300_000;

/// What stands before one identity, and what was noted of it on the way.
#[derive(Debug)]
pub struct Before<'d, 'a> {
    pub(super) door: &'d Door<'a>,
    pub(super) closure: &'d Closure<'a>,
    pub(super) identity: &'d Identity,
    pub(super) caller: Caller,
    /// How much more is worked out.
    pub(super) work: usize,
    notes: BTreeMap<(String, GuardrailState), Note>,
    /// Rights by which the identity can change a guardrail, by its name.
    pub(super) owned: BTreeMap<String, (String, Grant)>,
}

#[derive(Debug)]
pub(super) struct Note {
    reason: String,
    remedy: String,
    location: Location,
    bounds: BTreeSet<String>,
}

/// A policy that stands before one call.
pub(super) struct Stands {
    pub(super) name: String,
    pub(super) location: Location,
    pub(super) verdict: Verdict,
}

impl<'d, 'a> Before<'d, 'a> {
    pub(super) fn new(
        door: &'d Door<'a>,
        closure: &'d Closure<'a>,
        identity: &'d Identity,
    ) -> Self {
        Self {
            door,
            closure,
            identity,
            caller: Caller::of(identity),
            work: WORK,
            notes: BTreeMap::new(),
            owned: BTreeMap::new(),
        }
    }
}

impl Before<'_, '_> {
    /// Gates or narrows a capability by what stands before it.
    pub fn stand_before(&mut self, capability: &mut Capability, wanted: &Wanted<'_>) {
        if self.door.is_open() || !capability.is_mutating() {
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
                all_denied &= denier.is_some() && self.work > 0;
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
                    reason: format!("{} {verb} it", listed(&names, NAMED)),
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
        if self.work == 0 {
            capability.gate.reason.push_str("; more policies stand before it than are worked out");
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

    pub(super) fn enforced(&mut self, name: &str, location: &Location) {
        let guardrail = Guardrail {
            name: name.to_owned(),
            state: GuardrailState::Enforced,
            reason: "denies and fails closed".to_owned(),
            remedy: String::new(),
            location: location.clone(),
            bounds: Vec::new(),
            guards: Guards::Cluster,
        };
        self.note(guardrail);
    }

    pub(super) fn note(&mut self, guardrail: Guardrail) {
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
        let principal = self.identity.principal().to_string();
        let risk = own_guardrail(OWN_GUARDRAIL, &principal, &self.owned, "cluster");
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
                guards: Guards::Cluster,
            })
            .collect();
        guardrails.extend(self.owned.into_iter().map(|(name, (right, grant))| Guardrail {
            name,
            state: GuardrailState::OwnedByPrincipal,
            reason: format!("is no gate for it: it may {right}"),
            remedy: format!("Take {right} away from it"),
            location: grant.cut_at.unwrap_or(grant.location),
            bounds: Vec::new(),
            guards: Guards::Cluster,
        }));
        guardrails.sort();
        (guardrails, risk)
    }
}
