//! What gradus thinks of actions, whatever their access level: `effects/aws/*.yaml`.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::actions::AccessLevel;
use crate::{
    model::{aws::pattern, effect::Effect},
    rubric::embedded::{self, RubricError},
};

/// One file below `effects/aws/`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RuleFile {
    #[expect(dead_code, reason = "tells a reader of the file what its rules have in common")]
    about: String,
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
    /// Patterns; once it is loaded, those of `services` too.
    #[serde(default)]
    pub actions: Vec<String>,
    /// The same by service: what follows its prefix, separated by spaces.
    #[serde(default)]
    services: BTreeMap<String, String>,
    /// All actions with one of these verbs.
    #[serde(default)]
    verbs: Verbs,
    /// `actions` in lower case.
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

/// The actions of some services whose names begin with one of some verbs.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Verbs {
    services: Vec<String>,
    verbs: Vec<String>,
}

/// Reads all rules, in the order of the files.
pub(super) fn embedded() -> Result<Vec<OverrideRule>, RubricError> {
    let files = embedded::read::<RuleFile>("effects/aws/")?;
    Ok(files.into_iter().flat_map(|(_, file)| file.rules).map(OverrideRule::ready).collect())
}

impl OverrideRule {
    /// Brings its ways of naming actions into the forms that are matched.
    fn ready(mut self) -> Self {
        for (service, names) in std::mem::take(&mut self.services) {
            let names = names.split_ascii_whitespace();
            self.actions.extend(names.map(|name| format!("{service}:{name}")));
        }
        self.patterns = self.actions.iter().map(|action| action.to_ascii_lowercase()).collect();
        self.verbs.verbs.iter_mut().for_each(|verb| verb.make_ascii_lowercase());
        self
    }

    /// What of it may name actions of one service, if anything.
    pub(super) fn within(&self, service: &str) -> Option<Within<'_>> {
        let start = |pattern: &str| match pattern.split_once(':') {
            Some((prefix, _)) => pattern::matches(prefix, service),
            None => true,
        };
        let patterns: Vec<&str> =
            self.patterns.iter().map(String::as_str).filter(|pattern| start(pattern)).collect();
        let verbs = if self.verbs.services.iter().any(|named| named == service) {
            self.verbs.verbs.as_slice()
        } else {
            &[]
        };
        let any = !patterns.is_empty() || !verbs.is_empty();
        any.then_some(Within { rule: self, patterns, verbs })
    }
}

/// The part of a rule that may name actions of one service.
#[derive(Debug)]
pub(super) struct Within<'r> {
    pub rule: &'r OverrideRule,
    patterns: Vec<&'r str>,
    verbs: &'r [String],
}

impl Within<'_> {
    /// Whether it names that lower-cased action (`s3:getobject`) of that access level.
    pub(super) fn names(&self, action: &str, level: Option<AccessLevel>) -> bool {
        let levels = &self.rule.levels;
        let meant = levels.is_empty() || level.is_some_and(|level| levels.contains(&level));
        let name = action.split_once(':').map_or(action, |(_, name)| name);
        meant
            && (self.patterns.iter().any(|pattern| pattern::matches(pattern, action))
                || self.verbs.iter().any(|verb| name.starts_with(verb.as_str())))
    }
}
