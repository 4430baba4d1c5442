//! One cluster, ready to be asked about one identity after the other.

use super::{
    capabilities::capabilities, closure::Closure, identity::Identity, index::Index, risk::risks,
};
use crate::{
    model::{
        capability::{Reach, RiskClass},
        guardrail::Guardrail,
        kubernetes::ClusterSnapshot,
    },
    privilege::admission::Door,
    rubric::kubernetes::KubernetesRules,
};

/// A cluster's evidence with the rules it is judged by. Whatever is the same for
/// every identity is worked out once.
#[derive(Debug)]
pub struct Evaluator<'a> {
    index: Index<'a>,
    rules: &'a KubernetesRules,
    door: Door<'a>,
}

impl<'a> Evaluator<'a> {
    /// Prepares a cluster.
    #[must_use]
    pub fn new(snapshot: &'a ClusterSnapshot, rules: &'a KubernetesRules) -> Self {
        let index = Index::new(snapshot);
        let door = Door::new(snapshot, &rules.effects, &index);
        Self { index, rules, door }
    }

    /// Its bindings and roles.
    #[must_use]
    pub fn index(&self) -> &Index<'a> {
        &self.index
    }

    /// Controls of the cluster that are there and cannot work, whoever calls.
    #[must_use]
    pub fn defects(&self) -> Vec<Guardrail> {
        self.door.defects()
    }

    /// Every rule that an identity holds.
    #[must_use]
    pub fn closure(&self, identity: &Identity) -> Closure<'a> {
        Closure::of(&self.index, identity)
    }

    /// What an identity may do, become and risk.
    #[must_use]
    pub fn reach(&self, identity: &Identity) -> Reach {
        self.reach_of(&self.closure(identity), identity)
    }

    /// The same over rules that were taken from its closure: what is left of
    /// an identity once some of its grants are cut.
    #[must_use]
    pub fn reach_of(&self, closure: &Closure<'a>, identity: &Identity) -> Reach {
        let mut before = self.door.before(closure, identity);
        let (capabilities, undecided) =
            capabilities(&self.rules.effects, closure, identity.principal(), &mut before);
        let mut risks = risks(self.rules, closure, self.index.snapshot, identity);
        let (guardrails, own) = before.finish();
        // Of an administrator it goes without saying.
        if risks.iter().all(|risk| risk.class != RiskClass::AdminEquivalent) {
            risks.extend(own);
            risks.sort_by(|a, b| {
                (b.severity, &a.rule, &a.scope).cmp(&(a.severity, &b.rule, &b.scope))
            });
        }
        let mut gaps = closure.gaps.clone();
        gaps.extend(undecided);
        gaps.sort();
        gaps.dedup();
        Reach { capabilities, risks, paths: Vec::new(), guardrails, gaps }
    }
}
