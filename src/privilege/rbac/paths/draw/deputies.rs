//! Controllers that act upon what the identity may write.

use super::{
    super::{
        graph::Proof,
        power::{Power, Powers},
        step::{Doubt, Technique},
    },
    Drawing,
};
use crate::{
    model::kubernetes::Scope,
    privilege::rbac::matcher::{covers, covers_resource},
    rubric::kubernetes::deputies::{ActsAs, Lies},
};

impl<'a> Drawing<'_, 'a> {
    /// Controllers that act upon what the identity may write.
    pub(super) fn deputies(&mut self) {
        let graph = self.graph;
        for (number, present, write) in graph.writes() {
            for held in &self.closure.held {
                let covered = |verb: &str| covers(&held.rule.verbs, verb);
                let creates = covered("create") && held.rule.resource_names.is_empty();
                let changes = covered("update") || covered("patch");
                let lies = match (write.lies, held.scope()) {
                    (Lies::Cluster, _) => !held.is_in_namespaces(),
                    (_, Scope::Cluster) => true,
                    (Lies::Anywhere, _) => true,
                    (Lies::WithController, scope) => scope.may_be_in(present.namespace),
                };
                if !lies
                    || !(creates || changes)
                    || !covers(&held.rule.api_groups, &write.group)
                    || !covers_resource(held.rule, &write.resource, "")
                {
                    continue;
                }
                let mut doubts: Vec<Doubt<'a>> =
                    write.unless.iter().map(|what| Doubt::Told(what)).collect();
                let kind = format!("{}/{}", write.group, write.kind);
                let snapshot = self.facts.snapshot;
                if !creates && !snapshot.shows(&kind) {
                    if snapshot.lists(&kind) {
                        continue;
                    }
                    doubts.push(Doubt::ObjectUnlisted);
                }
                if *held.scope() == Scope::UnknownNamespace {
                    doubts.push(Doubt::GrantUnplaced);
                }
                let to = graph.acted(number, write.acts_as, held.scope());
                if write.acts_as == ActsAs::AccountOfNamespace
                    && held.scope().namespace().is_some_and(|name| {
                        self.facts.is_full(name)
                            && !self.lifts(name, Powers::default())
                            && self.profile.witness(Power::LiftQuotas, held.scope()).is_none()
                    })
                {
                    continue;
                }
                let technique = Technique::Deputy(present.deputy, write);
                self.draw(to, technique, vec![Proof::Held(*held)], doubts);
            }
        }
    }
}
