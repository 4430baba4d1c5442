//! The action table, and the effect of every action in it.

use std::{collections::BTreeMap, sync::OnceLock};

use serde::Deserialize;

use crate::{
    model::{aws::pattern, effect::Effect},
    rubric::embedded::{self, RubricError},
};

/// `effects/aws-actions.yaml`: service, access level, action names.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct TableFile {
    #[expect(dead_code, reason = "names the source and its licence in the data itself")]
    source: String,
    services: BTreeMap<String, BTreeMap<AccessLevel, String>>,
}

/// AWS's own classification.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum AccessLevel {
    List,
    Read,
    Write,
    Tagging,
    Permissions,
}

/// `effects/aws.yaml`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct EffectFile {
    levels: BTreeMap<AccessLevel, Effect>,
    destructive_verbs: Vec<String>,
    rules: Vec<OverrideRule>,
}

/// What gradus thinks of some actions, whatever their access level.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OverrideRule {
    /// Its name, for messages of tests.
    pub id: String,
    /// What these actions do.
    pub effect: Effect,
    /// Why.
    pub reason: String,
    /// Patterns.
    pub actions: Vec<String>,
    /// The same in lower case.
    #[serde(skip)]
    patterns: Vec<String>,
    /// Only actions of these access levels; empty for all.
    #[serde(default)]
    levels: Vec<AccessLevel>,
    /// Actions that it must set.
    pub matches: Vec<String>,
    /// Actions that it must not set.
    pub does_not_match: Vec<String>,
}

/// An action of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownAction {
    /// `s3:GetObject`.
    pub name: String,
    /// `s3:getobject`.
    pub lower: String,
    /// What it does.
    pub effect: Effect,
    /// Whether a rule, or a label other than Write, says so.
    pub effect_known: bool,
}

/// The actions of one service.
#[derive(Debug)]
pub struct Service {
    prefix: String,
    levels: BTreeMap<AccessLevel, String>,
    actions: OnceLock<Vec<KnownAction>>,
}

/// All services.
#[derive(Debug)]
pub(super) struct ActionTable {
    services: BTreeMap<String, Service>,
    effects: EffectFile,
}

impl ActionTable {
    pub(super) fn embedded() -> Result<Self, RubricError> {
        let mut services = BTreeMap::new();
        for (_, file) in embedded::read::<TableFile>("effects/aws-actions.yaml")? {
            for (prefix, levels) in file.services {
                let service = Service { prefix: prefix.clone(), levels, actions: OnceLock::new() };
                services.insert(prefix, service);
            }
        }
        let mut effects = EffectFile {
            levels: BTreeMap::new(),
            destructive_verbs: Vec::new(),
            rules: Vec::new(),
        };
        for (_, mut file) in embedded::read::<EffectFile>("effects/aws.yaml")? {
            for rule in &mut file.rules {
                rule.patterns = rule.actions.iter().map(|p| p.to_ascii_lowercase()).collect();
            }
            effects = file;
        }
        Ok(Self { services, effects })
    }

    pub(super) fn service(&self, prefix: &str) -> Option<&Service> {
        let service = self.services.get(prefix)?;
        service.actions.get_or_init(|| self.resolve(service));
        Some(service)
    }

    pub(super) fn services(&self) -> impl Iterator<Item = (&str, &Service)> {
        self.services.iter().map(|(prefix, service)| {
            service.actions.get_or_init(|| self.resolve(service));
            (prefix.as_str(), service)
        })
    }

    pub(super) fn overrides(&self) -> &[OverrideRule] {
        &self.effects.rules
    }

    /// The effect of a lower-cased action.
    pub(super) fn effect_of(&self, action: &str) -> (Effect, bool) {
        let known = action
            .split_once(':')
            .and_then(|(prefix, _)| self.service(prefix))
            .and_then(|service| service.find(action));
        match known {
            Some(known) => (known.effect, known.effect_known),
            // A rule may know an action that the table does not have yet.
            None => self
                .ruled(action, None)
                .map_or((Effect::Destructive, false), |effect| (effect, true)),
        }
    }

    /// What the rules say; where several do, the worst.
    fn ruled(&self, action: &str, level: Option<AccessLevel>) -> Option<Effect> {
        self.rules_for(action, level).map(|rule| rule.effect).max()
    }

    /// The rules that name a lower-cased action of that access level.
    pub(super) fn rules_for(
        &self,
        action: &str,
        level: Option<AccessLevel>,
    ) -> impl Iterator<Item = &OverrideRule> {
        self.effects
            .rules
            .iter()
            .filter(move |rule| {
                rule.levels.is_empty() || level.is_some_and(|level| rule.levels.contains(&level))
            })
            .filter(|rule| rule.patterns.iter().any(|pattern| pattern::matches(pattern, action)))
    }

    fn resolve(&self, service: &Service) -> Vec<KnownAction> {
        let relevant: Vec<&OverrideRule> = self
            .effects
            .rules
            .iter()
            .filter(|rule| {
                let any = format!("{}:*", service.prefix);
                rule.patterns.iter().any(|pattern| pattern::overlaps(pattern, &any))
            })
            .collect();
        let mut actions = Vec::new();
        for (&level, names) in &service.levels {
            for name in names.split_ascii_whitespace() {
                let full = format!("{}:{name}", service.prefix);
                let lower = full.to_ascii_lowercase();
                let ruled =
                    if relevant.is_empty() { None } else { self.ruled(&lower, Some(level)) };
                let (effect, effect_known) = match ruled {
                    Some(effect) => (effect, true),
                    None => self.by_level(level, name),
                };
                actions.push(KnownAction { name: full, lower, effect, effect_known });
            }
        }
        actions.sort_by(|a, b| a.lower.cmp(&b.lower));
        actions
    }

    /// The access level of a lower-cased action.
    pub(super) fn level(&self, action: &str) -> Option<AccessLevel> {
        let (prefix, name) = action.split_once(':')?;
        let levels = &self.services.get(prefix)?.levels;
        let here = |names: &String| {
            names.split_ascii_whitespace().any(|known| known.eq_ignore_ascii_case(name))
        };
        levels.iter().find(|(_, names)| here(names)).map(|(&level, _)| level)
    }

    /// A Write that no rule knows may be anything: destructive, and not known,
    /// unless its verb says what it does.
    fn by_level(&self, level: AccessLevel, name: &str) -> (Effect, bool) {
        let effect = self.effects.levels.get(&level).copied().unwrap_or(Effect::Destructive);
        let known = level != AccessLevel::Write
            || self.effects.destructive_verbs.iter().any(|verb| name.starts_with(verb.as_str()));
        (effect, known)
    }
}

impl Service {
    /// Its actions, ordered by lower-case name.
    #[must_use]
    pub fn actions(&self) -> &[KnownAction] {
        self.actions.get().map_or(&[], Vec::as_slice)
    }

    /// The action of that lower-case name.
    #[must_use]
    pub fn find(&self, lower: &str) -> Option<&KnownAction> {
        let actions = self.actions();
        let at = actions.binary_search_by(|action| action.lower.as_str().cmp(lower)).ok()?;
        actions.get(at)
    }

    /// The actions whose lower-case name starts with `prefix`.
    #[must_use]
    pub fn starting_with(&self, prefix: &str) -> &[KnownAction] {
        let actions = self.actions();
        let start = actions.partition_point(|action| action.lower.as_str() < prefix);
        let rest = actions.get(start..).unwrap_or(&[]);
        let end = rest.partition_point(|action| action.lower.starts_with(prefix));
        rest.get(..end).unwrap_or(&[])
    }
}
