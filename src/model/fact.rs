//! Facts: what criteria are written over.
//!
//! A fact is known with evidence, or unknown with a reason. There is no third
//! state and no default: a criterion that needs an unknown fact is unknown.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::location::Location;

/// The value of a known fact.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum FactValue {
    /// Yes or no.
    Bool(bool),
    /// A count.
    Int(i64),
    /// A ratio or a number of days.
    Float(f64),
    /// A word.
    Text(String),
    /// Names, for messages and membership tests.
    List(Vec<String>),
}

/// One fact.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Fact {
    /// Seen in evidence.
    Known {
        /// What was seen.
        value: FactValue,
        /// Where; for a person, so a handful at most.
        evidence: Vec<Location>,
    },
    /// Not decided.
    Unknown {
        /// Why, and what would settle it.
        reason: String,
    },
}

/// All facts about one agent, by name (`credential.adminEquivalents`).
/// A name that is absent is unknown: nobody collects it yet.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Facts(BTreeMap<String, Fact>);

impl Facts {
    /// Notes a known fact.
    pub fn know(&mut self, name: &str, value: FactValue, evidence: Vec<Location>) {
        self.0.insert(name.to_owned(), Fact::Known { value, evidence });
    }

    /// Notes that a fact could not be decided.
    pub fn unknown(&mut self, name: &str, reason: impl Into<String>) {
        self.0.insert(name.to_owned(), Fact::Unknown { reason: reason.into() });
    }

    /// The fact of that name, if anyone looked.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Fact> {
        self.0.get(name)
    }

    /// All facts in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Fact)> {
        self.0.iter().map(|(name, fact)| (name.as_str(), fact))
    }
}
