//! AWS-managed policies that are known by name, for dumps without their documents.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::{
    model::{
        aws::pattern,
        aws::policy::{Document, Effect, Elements, Language, Policy, Statement},
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

/// What is known of AWS-managed policies by their names.
#[derive(Debug, Default)]
pub(super) struct Managed {
    policies: BTreeMap<String, KnownPolicy>,
    broad: Vec<Broad>,
}

impl Managed {
    /// What a policy holds, by its ARN.
    pub(super) fn policy(&self, arn: &str) -> Option<&KnownPolicy> {
        self.policies.get(name_in(arn)?)
    }

    /// Why a policy is broad by design, if it is, by its ARN.
    pub(super) fn broad(&self, arn: &str) -> Option<&str> {
        let name = name_in(arn)?;
        let meant = |broad: &&Broad| broad.names.iter().any(|known| pattern::matches(known, name));
        self.broad.iter().find(meant).map(|broad| broad.why.as_str())
    }
}

/// The name of an AWS-managed policy, without its path.
fn name_in(arn: &str) -> Option<&str> {
    let (_, path) = arn.split_once(":iam::aws:policy/")?;
    path.rsplit('/').next()
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

pub(super) fn embedded() -> Result<Managed, RubricError> {
    let mut known = Managed::default();
    for (file, entries) in embedded::read::<ManagedFile>("effects/aws-managed.yaml")? {
        known.broad.extend(entries.broad);
        for entry in entries.policies {
            let location = Location::file(format!("rubric/{file}")).with_object(entry.name.clone());
            let mut statements = Vec::new();
            let mut add = |effect, actions: Elements| {
                if !actions.patterns().is_empty() {
                    statements.push(Statement {
                        sid: None,
                        index: statements.len(),
                        effect,
                        actions,
                        resources: Some(Elements::Only(vec!["*".to_owned()])),
                        principals: None,
                        conditions: Vec::new(),
                        location: location.clone(),
                    });
                }
            };
            add(Effect::Allow, Elements::Only(entry.allow));
            add(Effect::Allow, Elements::Except(entry.allow_all_but));
            add(Effect::Deny, Elements::Only(entry.deny));
            let policy =
                Policy { language: Language::V2012, statements, unreadable: Vec::new(), location };
            known.policies.insert(
                entry.name,
                KnownPolicy { document: Document::Read(policy), complete: entry.complete },
            );
        }
    }
    Ok(known)
}
