//! Which policies of clusters and accounts bind the agent, and which only look as if.

use super::{Offenders, Seen, credential};
use crate::model::{
    capability::{Capability, Plane, Reach},
    effect::Effect,
    fact::Facts,
    guardrail::{Guardrail, GuardrailState, Guards},
    kubernetes::ClusterSnapshot,
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
    let mut principals = seen.subject.principals.iter();
    let in_accounts = principals.all(|principal| matches!(principal, Principal::Aws(_)));
    // A gateway in front of an account has policies of its own, that nothing here reads.
    let enforced = missing.or_else(|| {
        in_accounts.then_some("nothing in its account binds it; policies of a gateway may")
    });
    of_state(seen, &[GuardrailState::Enforced]).note("policy.enforced", enforced, facts);
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
    let is_aws = |principal: &Principal| matches!(principal, Principal::Aws(_));
    let principals = &seen.subject.principals;
    if principals.iter().any(|principal| !is_aws(principal)) {
        unread_in_clusters(seen).or_else(|| credential::missing(seen))
    } else if principals.iter().any(is_aws) {
        unread_in_accounts(seen).or_else(|| credential::missing(seen))
    } else {
        Some("it has no identity in a cluster or an account: its gateway decides".to_owned())
    }
}

/// Policies of clusters that nobody collected.
fn unread_in_clusters(seen: Seen<'_>) -> Option<String> {
    if seen.evidence.clusters.is_empty() {
        return Some("no cluster objects are in the evidence".to_owned());
    }
    let unread = |cluster: &&ClusterSnapshot| POLICIES.iter().any(|kind| !cluster.has_kind(kind));
    let cluster = seen.evidence.clusters.iter().find(unread)?;
    Some(format!(
        "{} holds no admission policies and bindings: whether any binds it is unknown",
        cluster.source
    ))
}

/// Policies over accounts that nobody collected.
fn unread_in_accounts(seen: Seen<'_>) -> Option<String> {
    if seen.evidence.accounts.is_empty() {
        return Some("no authorization details of an account are in the evidence".to_owned());
    }
    seen.evidence.accounts.iter().any(|account| account.organization.is_empty()).then(|| {
        "no control policies of an organisation are in the evidence: whether any binds it is \
         unknown"
            .to_owned()
    })
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

/// What an enforced policy does about one change.
enum Bounded {
    /// Every such request passes one that says what may be touched.
    Yes,
    /// None does.
    No,
    /// One stands before it, and what it leaves is not decided; or one may.
    Undecided(String),
}

/// Ungated changes that pass without any enforced policy.
fn unbounded(seen: Seen<'_>) -> Offenders {
    let mut found = Offenders::default();
    for (reach, capability) in changes(seen) {
        if matches!(bounded(seen, reach, capability), Bounded::No) {
            let grant = capability.grants.first();
            found.add(
                format!("{} in {}", capability.action, capability.scope),
                grant.map(|grant| &grant.location),
            );
        }
    }
    found
}

/// Ungated changes that the credentials allow, each with the reach that it is of.
fn changes(seen: Seen<'_>) -> impl Iterator<Item = (&Reach, &Capability)> {
    seen.holdings.credentials.iter().flat_map(|reach| {
        let ungated = reach.capabilities.iter().filter(|capability| is_ungated(capability));
        ungated.map(move |capability| (reach, capability))
    })
}

fn bounded(seen: Seen<'_>, reach: &Reach, capability: &Capability) -> Bounded {
    let enforced = |own: &&Guardrail| own.state == GuardrailState::Enforced;
    let bounds = |own: &Guardrail| own.bounds.contains(&capability.id);
    if reach.guardrails.iter().filter(enforced).any(bounds) {
        // Whose rights are taken on, or what runs with them, is no thing that is touched.
        return match capability.effect {
            Effect::Escalation => Bounded::Undecided(format!(
                "what {} leads to beyond {} is not bounded by its name",
                capability.action, capability.scope
            )),
            _ => Bounded::Yes,
        };
    }
    match capability.plane {
        Plane::Kubernetes => Bounded::No,
        Plane::Aws => {
            let standing = reach.guardrails.iter().find(|own| {
                let may = matches!(own.state, GuardrailState::Enforced | GuardrailState::Undecided);
                own.guards == Guards::Aws && may
            });
            match (standing, unread_in_accounts(seen)) {
                (Some(own), _) => Bounded::Undecided(format!(
                    "whether {} says which things {} reaches is not decided",
                    own.name, capability.action
                )),
                (None, Some(why)) => Bounded::Undecided(why),
                (None, None) => Bounded::No,
            }
        }
        Plane::Mcp => Bounded::Undecided(not_read(capability)),
    }
}

fn not_read(capability: &Capability) -> String {
    format!("what bounds {} in {} is not read", capability.action, capability.scope)
}

/// Why it is open whether all changes are bounded.
fn elsewhere(seen: Seen<'_>) -> Option<String> {
    let undecided =
        changes(seen).find_map(|(reach, capability)| match bounded(seen, reach, capability) {
            Bounded::Undecided(why) => Some(why),
            Bounded::Yes | Bounded::No => None,
        });
    undecided.or_else(|| {
        let own = |cap: &&Capability| cap.plane == Plane::Mcp && is_ungated(cap);
        seen.holdings.effective().into_iter().find(own).map(not_read)
    })
}
