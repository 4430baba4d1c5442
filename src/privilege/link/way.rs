//! A way into another plane, and grants told from its start.

use crate::model::{
    capability::{Condition, Grant, Reach},
    kubernetes::cloud::Given,
    location::Location,
    path::Hop,
};

/// The steps by which an identity of one plane is an identity of another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Way {
    /// What each step is and where it stands, the first one first.
    steps: Vec<(String, Location)>,
    /// What must hold for it.
    condition: Condition,
}

impl Way {
    /// A way of one step: `ConfigMap/kube-system/aws-auth, mapRoles 2`.
    #[must_use]
    pub fn by(step: impl Into<String>, location: Location) -> Self {
        Self { steps: vec![(step.into(), location)], condition: Condition::Always }
    }

    /// No step at all: an identity is itself.
    #[must_use]
    pub fn none() -> Self {
        Self { steps: Vec::new(), condition: Condition::Always }
    }

    /// The way by which a role is given, each step as `told` says it.
    #[must_use]
    pub fn of(given: &Given, told: impl Fn(&str) -> String) -> Self {
        let step = |grant: &Grant| (told(&grant.description), grant.location.clone());
        Self { steps: given.grants.iter().map(step).collect(), condition: given.condition.clone() }
    }

    /// The same where something must hold besides.
    #[must_use]
    pub fn when(mut self, condition: Condition) -> Self {
        self.condition = both(&self.condition, &condition);
        self
    }

    /// This way, and then that one.
    #[must_use]
    pub fn then(&self, next: &Self) -> Self {
        let steps = self.steps.iter().chain(&next.steps).cloned().collect();
        Self { steps, condition: both(&self.condition, &next.condition) }
    }

    /// Whether nothing must hold for it.
    #[must_use]
    pub fn is_certain(&self) -> bool {
        self.condition == Condition::Always
    }

    /// As one step of a path: who becomes whom, and how a report says that.
    #[must_use]
    pub fn hop(&self, from: &str, to: &str, how: &str, rule: &str) -> Hop {
        Hop {
            from: from.to_owned(),
            to: to.to_owned(),
            how: how.to_owned(),
            rule: rule.to_owned(),
            grants: self.grants(),
            condition: self.condition.clone(),
        }
    }

    /// What must hold for it.
    #[must_use]
    pub fn condition(&self) -> &Condition {
        &self.condition
    }

    /// Its steps, each with its place.
    #[must_use]
    pub fn grants(&self) -> Vec<Grant> {
        let grant = |(step, location): &(String, Location)| Grant {
            description: step.clone(),
            location: location.clone(),
            cut_at: None,
        };
        self.steps.iter().map(grant).collect()
    }

    /// What is reached, told from the start of the way: each grant says by which
    /// steps it is come to, and where they stand. What is cut is cut where it was.
    #[must_use]
    pub fn told(&self, mut reach: Reach) -> Reach {
        for capability in &mut reach.capabilities {
            self.lead(&mut capability.grants, &mut capability.condition);
        }
        for risk in &mut reach.risks {
            self.lead(&mut risk.grants, &mut risk.condition);
        }
        for path in &mut reach.paths {
            if let Some(first) = path.hops.first_mut() {
                self.lead(&mut first.grants, &mut first.condition);
            }
        }
        reach
    }

    fn lead(&self, grants: &mut [Grant], condition: &mut Condition) {
        let steps: Vec<String> =
            self.steps.iter().map(|(step, location)| format!("{step} ({location})")).collect();
        let steps = steps.join(" → ");
        for grant in grants.iter_mut().filter(|_| !steps.is_empty()) {
            grant.description = format!("{steps} → {}", grant.description);
        }
        *condition = both(&self.condition, condition);
    }
}

/// That both hold: what is not known of either stays unknown.
#[must_use]
pub fn both(one: &Condition, other: &Condition) -> Condition {
    match (one, other) {
        (Condition::Always, own) | (own, Condition::Always) => own.clone(),
        (Condition::Unknown(one), Condition::Unknown(other)) if one != other => {
            Condition::Unknown(format!("{one}; {other}"))
        }
        (Condition::Unknown(why), _) | (_, Condition::Unknown(why)) => {
            Condition::Unknown(why.clone())
        }
        (Condition::If(one), Condition::If(other)) => {
            let mut all = one.clone();
            all.extend(other.iter().filter(|own| !one.contains(own)).cloned());
            Condition::If(all)
        }
    }
}
