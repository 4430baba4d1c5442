//! What Kubernetes permissions do, and what they make possible.
//!
//! `rubric/effects/kubernetes.yaml` gives every permission an effect;
//! `rubric/risks/kubernetes/*.yaml` names combinations that matter,
//! `rubric/deputies/kubernetes.yaml` controllers that act for others, and
//! `rubric/paths/kubernetes.yaml` says what a path comes to. They hold
//! examples that must and must not match; `privilege::rbac` runs them in its
//! tests, through the engine that judges real evidence.

pub mod deputies;
pub mod effects;
pub mod risks;
pub mod servers;

use std::collections::BTreeSet;

use super::{
    embedded::{self, RubricError},
    paths::{EndsAt, PathFile, PathRule},
};
use deputies::{Deputy, DeputyFile};
use effects::Effects;
use risks::{RiskFamily, RiskRule};

/// All rules about Kubernetes permissions.
#[derive(Debug, Clone)]
pub struct KubernetesRules {
    /// The effect of each permission.
    pub effects: Effects,
    /// Risks in the order of their files; a rule stands before those it subsumes.
    pub risks: Vec<RiskRule>,
    /// What is said of paths.
    pub paths: Vec<PathRule>,
    /// Controllers that act for whoever writes their objects.
    pub deputies: Vec<Deputy>,
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
        let mut rules = Self::new(effects, risks)?;
        rules.paths = embedded::read::<PathFile>("paths/kubernetes.yaml")?
            .into_iter()
            .flat_map(|(_, file)| file.paths)
            .collect();
        rules.deputies = embedded::read::<DeputyFile>("deputies/kubernetes.yaml")?
            .into_iter()
            .flat_map(|(_, file)| file.deputies)
            .collect();
        let mut known: BTreeSet<&str> = rules.risks.iter().map(|rule| rule.id.as_str()).collect();
        if let Some(twice) = rules.paths.iter().find(|rule| !known.insert(&rule.id)) {
            return Err(KubernetesRulesError::Repeated(twice.id.clone()));
        }
        Ok(rules)
    }

    /// Rules from their parts, with nothing to say of paths.
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
        Ok(Self { effects, risks, paths: Vec::new(), deputies: Vec::new() })
    }

    /// The rule of that name.
    #[must_use]
    pub fn risk(&self, id: &str) -> Option<&RiskRule> {
        self.risks.iter().find(|rule| rule.id == id)
    }

    /// What is said of a path that ends so.
    #[must_use]
    pub fn path(&self, ends_at: EndsAt, certain: bool) -> Option<&PathRule> {
        self.paths.iter().find(|rule| rule.ends_at == ends_at && rule.certain == certain)
    }
}
