//! What Kubernetes permissions do, and what they make possible.
//!
//! `rubric/effects/kubernetes.yaml` gives every permission an effect;
//! `rubric/risks/kubernetes/*.yaml` names combinations that matter. Both hold
//! examples that must and must not match; `privilege::rbac` runs them in its
//! tests, through the engine that judges real evidence.

pub mod effects;
pub mod risks;
pub mod servers;

use std::collections::BTreeSet;

use super::embedded::{self, RubricError};
use effects::Effects;
use risks::{RiskFamily, RiskRule};

/// All rules about Kubernetes permissions.
#[derive(Debug, Clone)]
pub struct KubernetesRules {
    /// The effect of each permission.
    pub effects: Effects,
    /// Risks in the order of their files; a rule stands before those it subsumes.
    pub risks: Vec<RiskRule>,
}

/// Rules that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KubernetesRulesError {
    /// A file does not hold what its type says.
    #[error(transparent)]
    File(#[from] RubricError),
    /// The effects are not there.
    #[error("rubric/effects/kubernetes.yaml is missing")]
    NoEffects,
    /// Two rules have one name.
    #[error("rubric/risks/kubernetes: `{0}` stands twice")]
    Repeated(String),
    /// A rule refers to one that is not there.
    #[error("rubric/risks/kubernetes: `{rule}` subsumes `{unknown}`, which is no rule")]
    Dangling {
        /// The rule.
        rule: String,
        /// What it names.
        unknown: String,
    },
}

impl KubernetesRules {
    /// The rules that gradus was built with.
    ///
    /// # Errors
    /// When the embedded data is broken; a test keeps it from being.
    pub fn embedded() -> Result<Self, KubernetesRulesError> {
        let effects = embedded::read::<Effects>("effects/kubernetes.yaml")?
            .into_iter()
            .next()
            .ok_or(KubernetesRulesError::NoEffects)?
            .1;
        let risks = embedded::read::<RiskFamily>("risks/kubernetes/")?
            .into_iter()
            .flat_map(|(_, family)| family.risks)
            .collect();
        Self::new(effects, risks)
    }

    /// Rules from their parts.
    ///
    /// # Errors
    /// When names repeat or dangle.
    pub fn new(effects: Effects, risks: Vec<RiskRule>) -> Result<Self, KubernetesRulesError> {
        let mut known = BTreeSet::new();
        for rule in &risks {
            if !known.insert(rule.id.as_str()) {
                return Err(KubernetesRulesError::Repeated(rule.id.clone()));
            }
        }
        for rule in &risks {
            for other in &rule.subsumes {
                if !known.contains(other.as_str()) {
                    return Err(KubernetesRulesError::Dangling {
                        rule: rule.id.clone(),
                        unknown: other.clone(),
                    });
                }
            }
        }
        Ok(Self { effects, risks })
    }

    /// The rule of that name.
    #[must_use]
    pub fn risk(&self, id: &str) -> Option<&RiskRule> {
        self.risks.iter().find(|rule| rule.id == id)
    }
}
