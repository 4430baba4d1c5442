//! Pod Security before writes of pods: what a pod may be is narrowed, so the
//! write is too. It is never a gate: some pod always passes.
//!
//! <https://kubernetes.io/docs/concepts/security/pod-security-admission/>

use super::{
    Verdict,
    before::{Before, Stands},
    own,
    request::Call,
};
use crate::model::{
    guardrail::{Guardrail, GuardrailState, Guards},
    kubernetes::{
        objects::Namespace,
        pod_security::{Enforced, PodSecurity},
    },
};

/// The parts of a pod that it looks at. A workload is let in, whatever its pods
/// will be.
const PODS: [&str; 2] = ["", "ephemeralcontainers"];

/// The standard that a namespace enforces, where it refuses anything.
pub(super) fn enforced(namespace: &Namespace) -> Option<&'static str> {
    match namespace.pod_security() {
        Enforced::Labelled(PodSecurity::Baseline) => Some("baseline"),
        Enforced::Labelled(PodSecurity::Restricted) => Some("restricted"),
        Enforced::Labelled(PodSecurity::Privileged) | Enforced::Default => None,
    }
}

impl Before<'_, '_> {
    /// Pod Security of the namespace that a call is in, where it enforces more
    /// than `privileged` and the identity cannot take its label away.
    pub(super) fn pod_security(&mut self, call: &Call<'_>) -> Option<Stands> {
        if !call.is_write()
            || !call.group.is_empty()
            || call.resource != "pods"
            || !PODS.contains(&call.subresource)
        {
            return None;
        }
        let here = call.namespace()?;
        let mut found = self.door.resources.snapshot.namespaces.iter();
        let namespace = found.find(|namespace| &*namespace.name == here)?;
        let again = found.find(|namespace| &*namespace.name == here);
        let level = enforced(namespace)?;
        // Of two that disagree nobody knows which one is there.
        if again.is_some_and(|other| enforced(other) != Some(level)) {
            return None;
        }
        let name = format!("PodSecurity/{here}");
        if let Some(right) = own::of_labels(self.closure, call) {
            self.owned.entry(name).or_insert(right);
            return None;
        }
        self.note(Guardrail {
            name: name.clone(),
            state: GuardrailState::Undecided,
            reason: format!(
                "enforces {level}; whom the API server's own configuration exempts is not in the \
                 evidence"
            ),
            remedy: String::new(),
            location: namespace.location.clone(),
            bounds: Vec::new(),
            guards: Guards::Cluster,
        });
        Some(Stands { name, location: namespace.location.clone(), verdict: Verdict::Narrows })
    }
}
