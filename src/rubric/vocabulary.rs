//! The vocabulary of facts: every name a criterion may speak of, its type, what
//! it means, and who collects it.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};

use crate::model::{fact::FactValue, location::Location};

/// The type of a fact, and of every part of a criterion's expressions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FactType {
    /// Yes or no.
    Bool,
    /// A count.
    Int,
    /// A ratio or a quantity; a whole number is one too.
    Float,
    /// A word.
    Text,
    /// Names.
    List,
}

impl FactType {
    /// The type that `value` has.
    #[must_use]
    pub fn of(value: &FactValue) -> Self {
        match value {
            FactValue::Bool(_) => Self::Bool,
            FactValue::Int(_) => Self::Int,
            FactValue::Float(_) => Self::Float,
            FactValue::Text(_) => Self::Text,
            FactValue::List(_) => Self::List,
        }
    }

    /// Whether `value` may stand for a fact of this type.
    #[must_use]
    pub fn admits(self, value: &FactValue) -> bool {
        let given = Self::of(value);
        given == self || (self == Self::Float && given == Self::Int)
    }

    /// The word used in the rubric.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Bool => "bool",
            Self::Int => "int",
            Self::Float => "float",
            Self::Text => "text",
            Self::List => "list",
        }
    }
}

impl fmt::Display for FactType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Who collects a fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Collector {
    /// The scanner of cluster manifests and dumps.
    Kubernetes,
    /// The scanner of IAM authorization details.
    Aws,
    /// The scanner of agent and client configurations.
    Agents,
    /// The scanner of audit logs.
    Activity,
    /// What people declare in `gradus.yaml`.
    Workspace,
}

impl Collector {
    /// The word used in the rubric.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Kubernetes => "kubernetes",
            Self::Aws => "aws",
            Self::Agents => "agents",
            Self::Activity => "activity",
            Self::Workspace => "workspace",
        }
    }
}

/// One documented fact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FactEntry {
    /// Dotted camelCase: `credential.adminEquivalents`.
    pub name: String,
    /// What kind of value it has.
    pub kind: FactType,
    /// What it means, in a sentence.
    pub meaning: String,
    /// Who collects it; empty where nobody does yet.
    pub collected_by: Vec<Collector>,
    /// Who may see such a thing without being able to tell that there is none;
    /// a statement settles it where nobody saw one.
    pub shown_by: Vec<Collector>,
    /// The evidence that settles it, as a noun phrase: `an export of approval records`.
    pub settled_by: String,
    /// Where it is documented.
    pub location: Location,
}

impl FactEntry {
    /// Whether any scanner may tell of it.
    #[must_use]
    pub fn is_looked_for(&self) -> bool {
        !self.collected_by.is_empty() || !self.shown_by.is_empty()
    }
}

/// All documented facts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Vocabulary {
    entries: BTreeMap<String, FactEntry>,
}

impl Vocabulary {
    /// Adds an entry; of two with one name the first stays and the second is
    /// handed back.
    pub(super) fn add(&mut self, entry: FactEntry) -> Option<FactEntry> {
        if self.entries.contains_key(&entry.name) {
            return Some(entry);
        }
        self.entries.insert(entry.name.clone(), entry);
        None
    }

    /// The entry of that name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&FactEntry> {
        self.entries.get(name)
    }

    /// All entries in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = &FactEntry> {
        self.entries.values()
    }
}
