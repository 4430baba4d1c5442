//! What AWS actions do, and what sets of them make possible.
//!
//! Layers of data under `rubric/`: the generated table of all actions
//! with their access level and resources, `effects/aws.yaml` and `effects/aws/` with what gradus itself thinks of
//! them, `risks/aws/` with what becomes possible, `paths/aws.yaml` with what a
//! chain of it comes to, and `conditions/aws.yaml` with what the keys of
//! conditions are worth.

mod actions;
mod conditions;
mod managed;
mod resource;
mod risk;
mod rule;
mod trust;
mod unlogged;

pub use actions::{AccessLevel, KnownAction, Service};
pub use conditions::{Carried, ConditionKey, ConditionKeys, KeyType, KeyUse, SetBy, Strength};
pub use managed::KnownPolicy;
pub use resource::Named;
pub use risk::{ActionSet, AwsRisk, Example, Examples, Sight, Target};
pub use rule::OverrideRule;
pub use trust::{TrustDefect, TrustExample, TrustExamples, TrustRisk};
pub use unlogged::{Unlogged, UnloggedRule};

use crate::{
    model::effect::Effect,
    rubric::{
        embedded::{self, RubricError},
        paths::{EndsAt, PathFile, PathRule},
    },
};
use actions::ActionTable;

/// The rules of the AWS plane.
#[derive(Debug)]
pub struct AwsRules {
    table: ActionTable,
    managed: managed::Managed,
    risks: Vec<AwsRisk>,
    trust: Vec<TrustRisk>,
    paths: Vec<PathRule>,
    conditions: ConditionKeys,
    unlogged: Unlogged,
}

impl AwsRules {
    /// Reads the rules that gradus was built with. It costs a few milliseconds,
    /// so it is done only where there is AWS evidence.
    ///
    /// # Errors
    /// When a rule file does not hold what its type says.
    pub fn embedded() -> Result<Self, RubricError> {
        let table = ActionTable::embedded()?;
        let named = |id: &str| {
            table
                .overrides()
                .iter()
                .find(|rule| rule.id == id)
                .map_or(&[][..], |rule| &rule.actions)
        };
        let (risks, trust) = risk::embedded(named)?;
        let paths = embedded::read::<PathFile>("paths/aws.yaml")?
            .into_iter()
            .flat_map(|(_, file)| file.paths)
            .collect();
        Ok(Self {
            managed: managed::embedded()?,
            risks,
            trust,
            paths,
            table,
            conditions: ConditionKeys::embedded()?,
            unlogged: Unlogged::embedded()?,
        })
    }

    /// What an action (`service:Name`, in any case) does, and whether a rule
    /// or a read, tagging or permissions label says so; without either it is
    /// destructive and not known.
    #[must_use]
    pub fn effect_of(&self, action: &str) -> (Effect, bool) {
        self.table.effect_of(&action.to_ascii_lowercase())
    }

    /// The actions of one service, by its lower-case prefix.
    #[must_use]
    pub fn service(&self, prefix: &str) -> Option<&Service> {
        self.table.service(prefix)
    }

    /// The action of that lower-case name, if the table has it.
    #[must_use]
    pub fn action(&self, lower: &str) -> Option<&KnownAction> {
        let (prefix, _) = lower.split_once(':')?;
        self.service(prefix)?.find(lower)
    }

    /// All services, by prefix.
    pub fn services(&self) -> impl Iterator<Item = (&str, &Service)> {
        self.table.services()
    }

    /// The ids of the rules that name an action, for `gradus explain` and tests.
    #[must_use]
    pub fn rules_for(&self, action: &str) -> Vec<&str> {
        let action = action.to_ascii_lowercase();
        let level = self.table.level(&action);
        self.table.rules_for(&action, level).map(|rule| rule.id.as_str()).collect()
    }

    /// The rules that set effects, in the order of the file.
    #[must_use]
    pub fn overrides(&self) -> &[OverrideRule] {
        self.table.overrides()
    }

    /// The verbs (`Delete`, `Stop`) by which a Write is known to destroy where no rule names it.
    #[must_use]
    pub fn destructive_verbs(&self) -> &[String] {
        self.table.destructive_verbs()
    }

    /// What is known of an AWS-managed policy by its name alone.
    #[must_use]
    pub fn managed(&self, arn: &str) -> Option<&KnownPolicy> {
        self.managed.policy(arn)
    }

    /// Why an AWS-managed policy is broad by design, if it is one of those.
    #[must_use]
    pub fn broad_policy(&self, arn: &str) -> Option<&str> {
        self.managed.broad(arn)
    }

    /// What trust policies may have wrong, ordered by id.
    #[must_use]
    pub fn trust(&self) -> &[TrustRisk] {
        &self.trust
    }

    /// What is said of paths.
    #[must_use]
    pub fn paths(&self) -> &[PathRule] {
        &self.paths
    }

    /// What is said of a path that ends so.
    #[must_use]
    pub fn path(&self, ends_at: EndsAt, certain: bool) -> Option<&PathRule> {
        self.paths.iter().find(|rule| rule.ends_at == ends_at && rule.certain == certain)
    }

    /// What is known of condition keys.
    #[must_use]
    pub fn conditions(&self) -> &ConditionKeys {
        &self.conditions
    }

    /// What CloudTrail does not record.
    #[must_use]
    pub fn unlogged(&self) -> &Unlogged {
        &self.unlogged
    }

    /// The catalogue of risks, ordered by id.
    #[must_use]
    pub fn risks(&self) -> &[AwsRisk] {
        &self.risks
    }
}
