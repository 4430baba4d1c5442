//! What bounds changes in a namespace, whoever makes them: quotas and
//! disruption budgets.

use std::{collections::BTreeMap, sync::Arc};

use super::{Scope, selector::LabelSelector};
use crate::model::location::Location;

/// A ResourceQuota.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourceQuota {
    /// Where it lives, and where it holds.
    pub scope: Scope,
    /// Its name.
    pub name: Arc<str>,
    /// `spec.hard`: resource and quantity, as written (`pods: "0"`).
    pub hard: BTreeMap<Arc<str>, Arc<str>>,
    /// Whether it counts only some pods (`scopes`, `scopeSelector`).
    pub scoped: bool,
    /// Where it stands.
    pub location: Location,
}

impl ResourceQuota {
    /// How many of something a quota for every pod lets in: `pods`,
    /// `count/deployments.apps`. None where it does not limit that, limits it
    /// only for some pods, or says it in a way that is no plain number.
    #[must_use]
    pub fn limit(&self, resource: &str) -> Option<u64> {
        if self.scoped {
            return None;
        }
        self.hard.get(resource)?.parse().ok()
    }

    /// Whether no pod is let in, whoever creates it.
    #[must_use]
    pub fn forbids_pods(&self) -> bool {
        self.limit("pods") == Some(0) || self.limit("count/pods") == Some(0)
    }
}

/// A PodDisruptionBudget.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DisruptionBudget {
    /// Where it lives.
    pub scope: Scope,
    /// Its name.
    pub name: Arc<str>,
    /// The pods it is for; none where it selects none, or where what it selects
    /// could not be read.
    pub selector: Option<LabelSelector>,
    /// What it keeps up.
    pub keeps: Keeps,
    /// Where it stands.
    pub location: Location,
}

/// What a budget demands of the pods it selects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Keeps {
    /// `minAvailable`: at least so many stay.
    AtLeast(Quantity),
    /// `maxUnavailable`: at most so many go.
    LosesAtMost(Quantity),
    /// Neither, or something that is no quantity.
    Unreadable,
}

/// A count, or a share of the replicas.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quantity {
    /// So many pods.
    Count(u64),
    /// So many of a hundred.
    Percent(u64),
}

impl DisruptionBudget {
    /// Whether it is for pods with these labels in `namespace`.
    #[must_use]
    pub fn selects(&self, namespace: &str, labels: &BTreeMap<Arc<str>, Arc<str>>) -> bool {
        self.scope.namespace() == Some(namespace)
            && self.selector.as_ref().is_some_and(|selector| selector.meets(labels))
    }

    /// Whether it keeps any of `replicas` pods up. One that lets all of them go
    /// at once is there for show.
    #[must_use]
    pub fn keeps_any(&self, replicas: u64) -> bool {
        match self.keeps {
            Keeps::AtLeast(Quantity::Count(count) | Quantity::Percent(count)) => count > 0,
            Keeps::LosesAtMost(Quantity::Count(count)) => count < replicas.max(1),
            // A share is rounded up: of one pod, every share above none is all.
            Keeps::LosesAtMost(Quantity::Percent(percent)) => {
                percent < 100 && (percent.saturating_mul(replicas)).div_ceil(100) < replicas.max(1)
            }
            Keeps::Unreadable => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn budget(keeps: Keeps) -> DisruptionBudget {
        DisruptionBudget {
            scope: Scope::Namespace("shop".into()),
            name: "web".into(),
            selector: Some(LabelSelector::default()),
            keeps,
            location: Location::file("x"),
        }
    }

    fn quota(hard: &[(&str, &str)], scoped: bool) -> ResourceQuota {
        ResourceQuota {
            scope: Scope::Namespace("shop".into()),
            name: "none".into(),
            hard: hard.iter().map(|&(key, value)| (key.into(), value.into())).collect(),
            scoped,
            location: Location::file("x"),
        }
    }

    #[test]
    fn a_quota_of_no_pods_lets_none_in_unless_it_counts_only_some() {
        assert!(quota(&[("pods", "0")], false).forbids_pods());
        assert!(quota(&[("count/pods", "0")], false).forbids_pods());
        assert!(!quota(&[("pods", "0")], true).forbids_pods());
        assert!(!quota(&[("pods", "1")], false).forbids_pods());
        assert!(!quota(&[("requests.cpu", "0")], false).forbids_pods());
    }

    #[test]
    fn a_budget_that_lets_every_pod_go_keeps_nothing() {
        use Keeps::{AtLeast, LosesAtMost};
        use Quantity::{Count, Percent};
        assert!(budget(AtLeast(Count(1))).keeps_any(3));
        assert!(!budget(AtLeast(Count(0))).keeps_any(3));
        assert!(!budget(AtLeast(Percent(0))).keeps_any(3));
        assert!(budget(LosesAtMost(Count(1))).keeps_any(3));
        assert!(!budget(LosesAtMost(Count(3))).keeps_any(3));
        assert!(!budget(LosesAtMost(Percent(100))).keeps_any(3));
        assert!(!budget(LosesAtMost(Percent(67))).keeps_any(3));
        assert!(budget(LosesAtMost(Percent(50))).keeps_any(3));
        assert!(!budget(LosesAtMost(Count(1))).keeps_any(1));
        assert!(budget(LosesAtMost(Count(0))).keeps_any(1));
        assert!(!budget(Keeps::Unreadable).keeps_any(3));
    }
}
