//! Which policies of the clusters bind the agent, and which only look as if.

use super::{Offenders, Seen, credential};
use crate::model::{
    capability::{Capability, Plane},
    fact::Facts,
    guardrail::{Guardrail, GuardrailState},
    principal::Principal,
};

/// Kinds without which nobody can tell that no policy is there. That some were
/// seen is enough: one that nobody gave is none that anything is counted on for.
const POLICIES: [&str; 2] = [
    "admissionregistration.k8s.io/ValidatingAdmissionPolicy",
    "admissionregistration.k8s.io/ValidatingAdmissionPolicyBinding",
];

pub(super) fn collect(seen: Seen<'_>, facts: &mut Facts) {
    let missing = missing(seen);
    let missing = missing.as_deref();
    of_state(seen, &[GuardrailState::Enforced]).note("policy.enforced", missing, facts);
    of_state(
        seen,
        &[
            GuardrailState::Ineffective,
            GuardrailState::SelfApproved,
            GuardrailState::OwnedByPrincipal,
        ],
    )
    .note("policy.ineffective", missing, facts);
    // A policy that nobody collected may bound what looks unbounded.
    match missing {
        Some(why) => facts.unknown("policy.unbounded", why),
        None => unbounded(seen).note("policy.unbounded", elsewhere(seen).as_deref(), facts),
    }
}

/// Why an empty list could not be trusted, if it could not.
fn missing(seen: Seen<'_>) -> Option<String> {
    let in_clusters = |principal: &Principal| !matches!(principal, Principal::Aws(_));
    if !seen.subject.principals.iter().any(in_clusters) {
        return Some(
            "it has no identity in a cluster: its gateway or IAM policies decide".to_owned(),
        );
    }
    if seen.evidence.clusters.is_empty() {
        return Some("no cluster objects are in the evidence".to_owned());
    }
    for cluster in &seen.evidence.clusters {
        if POLICIES.iter().any(|kind| !cluster.has_kind(kind)) {
            return Some(format!(
                "{} holds no admission policies and bindings: whether any binds it is unknown",
                cluster.source
            ));
        }
    }
    credential::missing(seen)
}

fn guardrails(seen: Seen<'_>) -> impl Iterator<Item = &Guardrail> {
    seen.holdings.credentials.iter().flat_map(|reach| &reach.guardrails)
}

fn of_state(seen: Seen<'_>, states: &[GuardrailState]) -> Offenders {
    let mut found = Offenders::default();
    for own in guardrails(seen).filter(|own| states.contains(&own.state)) {
        let text = match own.state {
            GuardrailState::Enforced => own.name.clone(),
            _ => format!("{} {}", own.name, own.reason),
        };
        found.add(text, Some(&own.location));
    }
    found
}

fn is_ungated(capability: &Capability) -> bool {
    capability.is_mutating() && !capability.gate.holds()
}

/// Ungated changes in clusters that pass without any enforced policy.
fn unbounded(seen: Seen<'_>) -> Offenders {
    let mut found = Offenders::default();
    for reach in &seen.holdings.credentials {
        let ungated = |cap: &&Capability| cap.plane == Plane::Kubernetes && is_ungated(cap);
        for capability in reach.capabilities.iter().filter(ungated) {
            let bounded = reach.guardrails.iter().any(|own| {
                own.state == GuardrailState::Enforced && own.bounds.contains(&capability.id)
            });
            if !bounded {
                let grant = capability.grants.first();
                found.add(
                    format!("{} in {}", capability.action, capability.scope),
                    grant.map(|grant| &grant.location),
                );
            }
        }
    }
    found
}

/// Why changes outside of clusters leave it open whether all are bounded.
fn elsewhere(seen: Seen<'_>) -> Option<String> {
    let other = seen
        .holdings
        .effective()
        .into_iter()
        .find(|cap| cap.plane != Plane::Kubernetes && is_ungated(cap))?;
    Some(format!("what bounds {} in {} is not read", other.action, other.scope))
}
