//! Admission: what stands before a request that RBAC allows.
//!
//! A policy is a gate before a capability only where it denies all that the
//! capability covers, whatever the objects and the namespaces that nobody knows
//! turn out to be, fails closed, and is out of the agent's own reach. One that
//! denies some of it narrows the capability: a condition, and no gate. Reads and
//! whatever else never reaches admission are never gated. Risks are left as they
//! are: what a policy denies is still granted, and a risk may be made real in
//! ways that the policy does not know.

mod before;
mod cel_policy;
mod defects;
mod demand;
pub(in crate::privilege) mod kinds;
mod kyverno;
mod matching;
mod own;
mod partial;
mod pod_security;
mod request;
mod standing;

use std::{collections::BTreeSet, sync::Arc};

pub use before::Before;
use cel_policy::Compiled;
use demand::Demand;
use request::Resources;

use crate::{
    model::{
        guardrail::Guardrail,
        kubernetes::{ClusterSnapshot, Scope, admission::PolicyBinding},
    },
    privilege::rbac::{Closure, Identity, Index},
    rubric::kubernetes::effects::Effects,
};

/// Rule of an agent that can change what guards it.
pub const OWN_GUARDRAIL: &str = "K8S-OWN-GUARDRAIL";

/// Expressions that are parsed of one cluster.
const EXPRESSIONS: usize = 5_000;

/// What a policy does to a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Verdict {
    /// It lets it pass.
    Passes,
    /// It denies some of it, or may.
    Narrows,
    /// It is asked about all of it, and denies by what the object holds.
    Bounds,
    /// It denies all of it.
    Denies,
}

/// A policy's verdict, with the bindings that bring it about.
#[derive(Debug)]
struct Judged<'a> {
    verdict: Verdict,
    /// What its validations ask of the object.
    asks: Demand,
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

    /// Whether nothing stands there.
    fn is_open(&self) -> bool {
        let snapshot = self.resources.snapshot;
        self.policies.is_empty()
            && snapshot.admission.kyverno.is_empty()
            && snapshot.admission.constraints.is_empty()
            && snapshot
                .namespaces
                .iter()
                .all(|namespace| pod_security::enforced(namespace).is_none())
    }

    /// What stands before one identity.
    #[must_use]
    pub fn before<'d>(
        &'d self,
        closure: &'d Closure<'a>,
        identity: &'d Identity,
    ) -> Before<'d, 'a> {
        Before::new(self, closure, identity)
    }
}
