//! One cluster, ready to be asked about one identity after the other.

use std::borrow::Cow;

use super::{
    capabilities::capabilities,
    closure::{Closure, Held},
    identity::Identity,
    index::Index,
    narrow::narrow,
    paths::{Found, Paths},
    risk::{Prepared, order, risks},
    subjects::{Public, of_cluster},
};
use crate::{
    model::{
        capability::{Reach, RiskClass, RiskHit},
        coverage::Gap,
        effect::Effect,
        guardrail::Guardrail,
        kubernetes::{ClusterSnapshot, rbac::PolicyRule},
        location::Location,
        path::Path,
    },
    privilege::admission::Door,
    rubric::kubernetes::{KubernetesRules, effects::Effects},
};

/// A cluster's evidence with the rules it is judged by. Whatever is the same for
/// every identity is worked out once.
#[derive(Debug)]
pub struct Evaluator<'a> {
    index: Index<'a>,
    rules: &'a KubernetesRules,
    /// What stands at the door.
    door: Door<'a>,
    /// The effects on a server of its version.
    effects: Cow<'a, Effects>,
    /// The risks that exist on it.
    prepared: Prepared<'a>,
    /// What anyone holds.
    public: Public<'a>,
    /// What identities can become.
    paths: Paths<'a>,
}

impl<'a> Evaluator<'a> {
    /// Prepares a cluster.
    #[must_use]
    pub fn new(snapshot: &'a ClusterSnapshot, rules: &'a KubernetesRules) -> Self {
        let index = Index::new(snapshot);
        let public = Public::of(&index);
        let door = Door::new(snapshot, &rules.effects, &index);
        let paths = Paths::new(&index, rules);
        Self {
            index,
            rules,
            door,
            effects: rules.effects.on(snapshot.version),
            prepared: Prepared::new(rules, snapshot),
            public,
            paths,
        }
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

    /// Every rule that an identity holds, and those that anyone holds beyond
    /// what Kubernetes gives to anyone: a credential can be dropped.
    #[must_use]
    pub fn closure(&self, identity: &Identity) -> Closure<'a> {
        let mut closure = Closure::of(&self.index, identity);
        self.public.join(&mut closure, identity);
        closure
    }

    /// What is left of a held rule where it holds, if only what `keep` lets pass
    /// stays; it is told each permission's effect, and whether the data knows it.
    #[must_use]
    pub fn narrow(&self, held: &Held<'_>, keep: &dyn Fn(Effect, bool) -> bool) -> Vec<PolicyRule> {
        narrow(&self.effects, held.scope(), held.rule, keep)
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
            capabilities(&self.effects, closure, identity.principal(), Some(&mut before));
        let mut risks = risks(&self.prepared, &self.effects, closure, &self.index, identity);
        let (guardrails, own) = before.finish();
        let mut found = Found::default();
        // Of an administrator it goes without saying.
        if risks.iter().all(|risk| risk.class != RiskClass::AdminEquivalent) {
            found = self.paths.of(&self.index, closure, identity);
            risks.extend(own);
            risks.append(&mut found.risks);
            order(&mut risks);
        }
        let mut gaps = closure.gaps.clone();
        gaps.extend(undecided);
        if found.untold > 0 {
            gaps.push(Gap {
                location: Location::file(self.index.source().clone()),
                reason: format!(
                    "{} becomes more IAM roles than paths are told to: what {} of them may do was not looked at",
                    identity.principal(),
                    found.untold
                ),
            });
        }
        gaps.sort();
        gaps.dedup();
        Reach { capabilities, risks, paths: found.paths, guardrails, gaps }
    }

    /// The paths that begin as some node of it, whoever is that; what they come to
    /// within the cluster is told, and no single ServiceAccount.
    #[must_use]
    pub fn paths_of_node(&self, who: &str) -> Vec<Path> {
        self.paths.of_node(who)
    }

    /// What is wrong with the cluster as a whole, whoever asks: rights that
    /// everyone holds, and bindings that name nobody.
    #[must_use]
    pub fn cluster_risks(&self) -> Vec<RiskHit> {
        of_cluster(self.rules, &self.effects, &self.index, &self.public)
    }
}
