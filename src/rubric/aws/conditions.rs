//! What the condition keys of AWS hold, who sets them, and what a condition on
//! them is worth against an agent: `conditions/aws.yaml`.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::{
    model::aws::pattern,
    rubric::embedded::{self, RubricError},
};

/// `conditions/aws.yaml`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ConditionFile {
    keys: Vec<ConditionKey>,
}

/// What kind of values a key has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum KeyType {
    /// Text.
    String,
    /// `true` or `false`.
    Bool,
    /// A number.
    Number,
    /// A date, or seconds since 1970.
    Date,
    /// An ARN.
    Arn,
    /// An address.
    Ip,
}

/// Whose doing a key's value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum SetBy {
    /// A part of what is asked for: the caller chooses it and is held to it.
    Request,
    /// The caller chooses it and is held to nothing.
    Claim,
    /// What the caller is, whatever it asks.
    Principal,
    /// How the caller got its credentials.
    Session,
    /// What is acted upon.
    Resource,
    /// Where the request comes from.
    Network,
    /// An AWS service on the way.
    Service,
    /// The clock.
    Time,
    /// The sign-in of a person.
    Human,
}

/// Whether requests of an agent that signs in by itself carry a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Carried {
    /// Every one does.
    Always,
    /// Some do.
    Sometimes,
    /// None does, or none with a value that says yes.
    Never,
}

/// What a condition on a key is worth against an agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Strength {
    /// It binds.
    Strong,
    /// The agent gets around it, or it says nothing about agents.
    Weak,
}

/// What the engine asks a key for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum KeyUse {
    /// To close a trust policy that lets everyone in.
    Callers,
    /// To keep another account that is let in from being used for a third.
    Outsiders,
    /// To hold a service that acts for many accounts to one.
    Sources,
    /// To tell afterwards who acted as a role.
    Attribution,
    /// It is the same for all principals of one account.
    WholeAccount,
    /// To tell requests that came through a managed MCP server.
    ManagedMcp,
    /// To tell for whom a SAML assertion was made.
    Audience,
    /// To bind a caller by its own tags.
    CallerTag,
    /// To bind a caller by tags of what it acts upon or makes.
    ResourceTag,
}

/// A condition key.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ConditionKey {
    /// As AWS spells it; `*` stands for any text: `aws:PrincipalTag/*`.
    pub key: String,
    /// The same in lower case.
    #[serde(skip)]
    lower: String,
    /// The kind of its values.
    #[serde(rename = "type")]
    pub kind: KeyType,
    /// Whether one request may carry several values.
    #[serde(default)]
    pub many: bool,
    /// Whose doing its value is.
    pub set_by: SetBy,
    /// Whether requests of an agent that signs in by itself carry it.
    pub machine: Carried,
    /// What it is worth against an agent.
    pub strength: Strength,
    /// Why: a phrase that stands alone.
    pub why: String,
    /// What would bind, where it is weak.
    #[serde(default)]
    pub instead: Option<String>,
    /// Patterns of the only values that it ever has; empty for any.
    #[serde(default)]
    pub values: Vec<String>,
    /// What the engine asks it for, each with why it is good for that.
    #[serde(default)]
    pub uses: BTreeMap<KeyUse, String>,
    /// Keys, as policies write them, that it must be found by.
    pub matches: Vec<String>,
    /// Keys that it must not be found by.
    pub does_not_match: Vec<String>,
}

/// All keys that are known.
#[derive(Debug)]
pub struct ConditionKeys {
    /// In the order of the file.
    keys: Vec<ConditionKey>,
    /// Keys in lower case by what they are used for.
    by_use: BTreeMap<KeyUse, Vec<String>>,
}

impl ConditionKeys {
    /// Reads what gradus was built with.
    pub(super) fn embedded() -> Result<Self, RubricError> {
        let mut keys = Vec::new();
        for (_, file) in embedded::read::<ConditionFile>("conditions/aws")? {
            keys.extend(file.keys.into_iter().map(|mut key| {
                key.lower = key.key.to_ascii_lowercase();
                key
            }));
        }
        let mut by_use: BTreeMap<KeyUse, Vec<String>> = BTreeMap::new();
        for key in &keys {
            for usage in key.uses.keys() {
                by_use.entry(*usage).or_default().push(key.lower.clone());
            }
        }
        Ok(Self { keys, by_use })
    }

    /// The keys that serve for something, in lower case.
    #[must_use]
    pub fn used_for(&self, usage: KeyUse) -> &[String] {
        self.by_use.get(&usage).map_or(&[], Vec::as_slice)
    }

    /// What is known of a key, as a policy writes it, in any case.
    #[must_use]
    pub fn find(&self, key: &str) -> Option<&ConditionKey> {
        let key = key.to_ascii_lowercase();
        self.keys.iter().find(|known| pattern::matches(&known.lower, &key))
    }

    /// The key that a misspelt one was meant to be, where one is near.
    #[must_use]
    pub fn meant(&self, key: &str) -> Option<&ConditionKey> {
        let key = key.to_ascii_lowercase();
        let (name, _) = key.split_once('/').unwrap_or((&key, ""));
        let near = |known: &&ConditionKey| {
            let (own, _) = known.lower.split_once('/').unwrap_or((&known.lower, ""));
            !pattern::is_wild(own) && strsim::damerau_levenshtein(own, name) <= NEAR
        };
        if name.len() > LONGEST { None } else { self.keys.iter().find(near) }
    }

    /// All of them, in the order of the file.
    pub fn iter(&self) -> impl Iterator<Item = &ConditionKey> {
        self.keys.iter()
    }
}

/// Letters in which a misspelt key may differ.
const NEAR: usize = 2;
/// Longest key that is compared with all others.
const LONGEST: usize = 80;

impl ConditionKey {
    /// Whether it may ever have a value that this one, which may hold wildcards,
    /// stands for.
    #[must_use]
    pub fn may_be(&self, wanted: &str) -> bool {
        let wanted = wanted.to_ascii_lowercase();
        self.values.is_empty()
            || self
                .values
                .iter()
                .any(|value| pattern::overlaps(&value.to_ascii_lowercase(), &wanted))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_found_by_its_examples_and_not_by_its_counter_examples() {
        let keys = ConditionKeys::embedded().unwrap();
        assert!(keys.iter().count() > 60);
        for key in keys.iter() {
            for example in &key.matches {
                let found = pattern::matches(&key.lower, &example.to_ascii_lowercase());
                assert!(found, "{}: {example}", key.key);
            }
            for example in &key.does_not_match {
                let found = pattern::matches(&key.lower, &example.to_ascii_lowercase());
                assert!(!found, "{}: {example}", key.key);
            }
        }
    }

    #[test]
    fn a_weak_key_says_what_would_bind() {
        for key in ConditionKeys::embedded().unwrap().iter() {
            assert_eq!(key.instead.is_some(), key.strength == Strength::Weak, "{}", key.key);
        }
    }

    #[test]
    fn a_misspelt_key_is_known_for_the_one_it_was_meant_to_be() {
        let keys = ConditionKeys::embedded().unwrap();
        assert!(keys.find("aws:PrincipleTag/team").is_none());
        assert_eq!(keys.meant("aws:PrincipleTag/team").unwrap().key, "aws:PrincipalTag/*");
        assert!(keys.meant("aws:SomethingQuiteNew").is_none());
    }

    #[test]
    fn every_use_has_a_key_and_every_key_a_reason_for_its_use() {
        let keys = ConditionKeys::embedded().unwrap();
        for usage in [
            KeyUse::Callers,
            KeyUse::Outsiders,
            KeyUse::Sources,
            KeyUse::Attribution,
            KeyUse::WholeAccount,
            KeyUse::ManagedMcp,
            KeyUse::Audience,
            KeyUse::CallerTag,
            KeyUse::ResourceTag,
        ] {
            assert!(!keys.used_for(usage).is_empty(), "{usage:?}");
        }
        for (key, why) in keys.iter().flat_map(|key| key.uses.values().map(move |w| (key, w))) {
            assert!(!why.is_empty(), "{}", key.key);
        }
        assert!(!keys.used_for(KeyUse::Callers).contains(&"aws:useragent".to_owned()));
    }

    #[test]
    fn a_service_is_never_true() {
        let keys = ConditionKeys::embedded().unwrap();
        let key = keys.find("aws:calledviaawsmcp").unwrap();
        assert!(!key.may_be("true"));
        assert!(key.may_be("aws-mcp.amazonaws.com"));
        assert!(key.may_be("*"));
    }
}
