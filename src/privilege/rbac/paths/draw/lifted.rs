//! What whoever asks may first change of a namespace, so that pods are let in.

use super::super::power::{Power, Powers};
use super::Drawing;
use crate::privilege::rbac::closure::Held;

impl<'a> Drawing<'_, 'a> {
    /// Whether whoever asks may lift what keeps pods out of a namespace: quotas of
    /// any name, or each of them by its own.
    pub(in super::super) fn lifts(&self, namespace: &str, powers: Powers) -> bool {
        let by_name = |quota: &str| {
            self.profile.naming(Power::LiftQuotas).any(|held| {
                held.holds_in(Some(namespace))
                    && held.rule.resource_names.iter().any(|name| **name == *quota)
            })
        };
        powers.has(Power::LiftQuotas)
            || self
                .facts
                .spaces
                .get(namespace)
                .is_some_and(|space| space.closed_by.iter().all(|quota| by_name(quota)))
    }

    /// The rule that names a namespace whose labels it may change: one, or any of
    /// those that let pods in.
    pub(in super::super) fn labels(
        &self,
        namespace: Option<&str>,
        powers: Powers,
    ) -> Option<Held<'a>> {
        let is_open = |name: &str| {
            let space = self.facts.spaces.get(name);
            space.is_some_and(|space| !space.is_full() || self.lifts(name, powers))
        };
        self.profile.naming(Power::ChangeNamespaces).find(|held| {
            held.rule.resource_names.iter().any(|name| {
                held.holds_in(Some(name))
                    && match namespace {
                        Some(namespace) => **name == *namespace,
                        None => is_open(name),
                    }
            })
        })
    }
}
