//! One cluster, ready to be asked about one identity after the other.

use super::{
    capabilities::capabilities,
    closure::{Closure, Held},
    identity::Identity,
    index::Index,
    narrow::narrow,
    risk::risks,
};
use crate::{
    model::{
        capability::Reach,
        effect::Effect,
        kubernetes::{ClusterSnapshot, rbac::PolicyRule},
    },
    rubric::kubernetes::KubernetesRules,
};

/// A cluster's evidence with the rules it is judged by. Whatever is the same for
/// every identity is worked out once.
#[derive(Debug)]
pub struct Evaluator<'a> {
    index: Index<'a>,
    rules: &'a KubernetesRules,
}

impl<'a> Evaluator<'a> {
    /// Prepares a cluster.
    #[must_use]
    pub fn new(snapshot: &'a ClusterSnapshot, rules: &'a KubernetesRules) -> Self {
        Self { index: Index::new(snapshot), rules }
    }

    /// Its bindings and roles.
    #[must_use]
    pub fn index(&self) -> &Index<'a> {
        &self.index
    }

    /// Every rule that an identity holds.
    #[must_use]
    pub fn closure(&self, identity: &Identity) -> Closure<'a> {
        Closure::of(&self.index, identity)
    }

    /// What is left of a held rule where it holds, if only what `keep` lets pass
    /// stays; it is told each permission's effect, and whether the data knows it.
    #[must_use]
    pub fn narrow(&self, held: &Held<'_>, keep: &dyn Fn(Effect, bool) -> bool) -> Vec<PolicyRule> {
        narrow(self.rules, held.scope(), held.rule, keep)
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
        let (capabilities, undecided) =
            capabilities(&self.rules.effects, closure, identity.principal());
        let risks = risks(self.rules, closure, self.index.snapshot, identity);
        let mut gaps = closure.gaps.clone();
        gaps.extend(undecided);
        gaps.sort();
        gaps.dedup();
        Reach { capabilities, risks, paths: Vec::new(), gaps }
    }
}
