//! A way into another plane, and grants told from its start.

use crate::model::{
    capability::{Capability, Condition, Grant, Reach},
    location::Location,
};

/// The steps by which an identity of one plane is an identity of another.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Way {
    /// What each step is and where it stands, the first one first.
    steps: Vec<(String, Location)>,
    /// What must hold for it besides.
    condition: Option<Condition>,
}

impl Way {
    /// A way of one step: `ConfigMap/kube-system/aws-auth, mapRoles 2`.
    #[must_use]
    pub fn by(step: impl Into<String>, location: Location) -> Self {
        Self { steps: vec![(step.into(), location)], condition: None }
    }

    /// What is reached, told from the start of the way: each grant says by which
    /// steps it is come to, and where they stand. What is cut is cut where it was.
    #[must_use]
    pub fn told(&self, mut reach: Reach) -> Reach {
        let capabilities = reach.capabilities.iter_mut();
        for Capability { grants, condition, .. } in capabilities {
            self.lead(grants, condition);
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
        if let Some(own) = &self.condition {
            *condition = both(own, condition);
        }
    }
}

/// That both hold: what is not known of either stays unknown.
pub(super) fn both(one: &Condition, other: &Condition) -> Condition {
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
