//! AWS-managed policies that are known by name, for dumps without their documents.

use std::{collections::BTreeMap, sync::OnceLock};

use serde::Deserialize;

use crate::{
    model::{
        aws::{
            arn::name_of,
            pattern,
            policy::{Document, Effect, Elements, Language, Policy, Statement},
        },
        location::Location,
    },
    rubric::embedded::{self, RubricError},
};

/// `effects/aws-managed.yaml`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ManagedFile {
    policies: Vec<Entry>,
    broad: Vec<Broad>,
}

/// AWS-managed policies that are broad by design.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Broad {
    /// Patterns of their names.
    names: Vec<String>,
    /// What they give, as a phrase.
    why: String,
}

/// `effects/aws-managed-floor.yaml`: generated.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct FloorFile {
    #[expect(dead_code, reason = "names the source and its licence in the data itself")]
    source: String,
    policies: BTreeMap<String, FloorEntry>,
}

/// What one version of a policy allows on every resource, separated by spaces.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct FloorEntry {
    version: String,
    #[serde(default)]
    allow: String,
    #[serde(default)]
    allow_all_but: String,
}

/// A floor, read when it is first asked for.
#[derive(Debug)]
struct Floor {
    entry: FloorEntry,
    policy: OnceLock<KnownPolicy>,
}

/// What is known of AWS-managed policies by their names.
#[derive(Debug, Default)]
pub(super) struct Managed {
    policies: BTreeMap<String, KnownPolicy>,
    floors: BTreeMap<String, Floor>,
    broad: Vec<Broad>,
}

impl Managed {
    /// What a policy holds, by its ARN.
    pub(super) fn policy(&self, arn: &str) -> Option<&KnownPolicy> {
        let name = name_in(arn)?;
        let by_hand = self.policies.get(name);
        by_hand.or_else(|| {
            let Floor { entry, policy } = self.floors.get(name)?;
            Some(policy.get_or_init(|| entry.read(name)))
        })
    }

    /// Why a policy is broad by design, if it is, by its ARN.
    pub(super) fn broad(&self, arn: &str) -> Option<&str> {
        let name = name_in(arn)?;
        let meant = |broad: &&Broad| broad.names.iter().any(|known| pattern::matches(known, name));
        self.broad.iter().find(meant).map(|broad| broad.why.as_str())
    }
}

impl FloorEntry {
    fn read(&self, name: &str) -> KnownPolicy {
        let words = |text: &str| text.split_ascii_whitespace().map(str::to_owned).collect();
        let location = Location::file("rubric/effects/aws-managed-floor.yaml")
            .with_object(format!("{name}, {}", self.version));
        let parts = [
            (Effect::Allow, Elements::Only(words(&self.allow))),
            (Effect::Allow, Elements::Except(words(&self.allow_all_but))),
        ];
        KnownPolicy { document: everywhere(parts, location), complete: false }
    }
}

/// The name of an AWS-managed policy, without its path.
fn name_in(arn: &str) -> Option<&str> {
    arn.contains(":iam::aws:policy/").then(|| name_of(arn))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Entry {
    name: String,
    complete: bool,
    #[serde(default)]
    allow: Vec<String>,
    #[serde(default)]
    allow_all_but: Vec<String>,
    #[serde(default)]
    deny: Vec<String>,
}

/// What every policy of that name holds.
#[derive(Debug)]
pub struct KnownPolicy {
    /// Its statements, on every resource.
    pub document: Document,
    /// Whether these are all; if not, the rest is unknown.
    pub complete: bool,
}

/// A document of statements on every resource; what names nothing is left out.
fn everywhere(parts: impl IntoIterator<Item = (Effect, Elements)>, location: Location) -> Document {
    let named = parts.into_iter().filter(|(_, actions)| !actions.patterns().is_empty());
    let statements = named.enumerate().map(|(index, (effect, actions))| Statement {
        sid: None,
        index,
        effect,
        actions,
        resources: Some(Elements::Only(vec!["*".to_owned()])),
        principals: None,
        conditions: Vec::new(),
        location: location.clone(),
    });
    let statements = statements.collect();
    let unreadable = Vec::new();
    Document::Read(Policy { language: Language::V2012, statements, unreadable, location })
}

pub(super) fn embedded() -> Result<Managed, RubricError> {
    let mut known = Managed::default();
    for (file, entries) in embedded::read::<ManagedFile>("effects/aws-managed.yaml")? {
        known.broad.extend(entries.broad);
        for entry in entries.policies {
            let location = Location::file(format!("rubric/{file}")).with_object(entry.name.clone());
            let parts = [
                (Effect::Allow, Elements::Only(entry.allow)),
                (Effect::Allow, Elements::Except(entry.allow_all_but)),
                (Effect::Deny, Elements::Only(entry.deny)),
            ];
            let document = everywhere(parts, location);
            known.policies.insert(entry.name, KnownPolicy { document, complete: entry.complete });
        }
    }
    for (_, file) in embedded::read::<FloorFile>("effects/aws-managed-floor.yaml")? {
        let floors = file.policies.into_iter();
        known
            .floors
            .extend(floors.map(|(name, entry)| (name, Floor { entry, policy: OnceLock::new() })));
    }
    Ok(known)
}
