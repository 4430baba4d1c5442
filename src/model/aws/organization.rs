//! An AWS organisation: which accounts stand under which units, and which
//! policies control them.
//!
//! Everything may be told in part. A list that was not read is not empty, and two
//! files that contradict each other tell nothing.

use std::collections::{BTreeMap, BTreeSet};

use super::policy::Document;
use crate::model::{coverage::Gap, location::Location};

/// What is known of an organisation.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Organization {
    /// `o-exampleorgid`.
    pub id: Option<String>,
    /// The management account, by its twelve digits; no policy controls it.
    pub management: Option<String>,
    /// Set where it has no policies at all: it is for billing alone.
    pub only_billing: bool,
    /// The kinds that are switched on, by root. A root that is not here was not read.
    pub roots: BTreeMap<String, BTreeSet<ControlKind>>,
    /// The root or unit above an account or a unit, by its id.
    pub parents: BTreeMap<String, Told<String>>,
    /// The policies attached to a root, unit or account, by its id, where all of a
    /// kind are listed.
    pub attached: BTreeMap<(String, ControlKind), Told<BTreeSet<String>>>,
    /// The roots, units and accounts that a policy is attached to, by its id, where
    /// all are listed.
    pub targets: BTreeMap<String, Told<BTreeSet<String>>>,
    /// The kinds of which all policies are listed.
    pub listed: BTreeSet<ControlKind>,
    /// By id (`p-examplepolicyid`).
    pub policies: BTreeMap<String, ControlPolicy>,
}

/// Something that files tell; nothing where they contradict each other.
pub type Told<T> = Option<T>;

/// A policy that controls accounts.
#[derive(Debug, Clone, PartialEq)]
pub struct ControlPolicy {
    /// Its name.
    pub name: String,
    /// What it controls.
    pub kind: ControlKind,
    /// What it says; none where only a list names it.
    pub document: Option<Document>,
    /// Where it stands.
    pub location: Location,
}

/// The kinds of policies that narrow rights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ControlKind {
    /// A service control policy: what principals of an account may do at most.
    Service,
    /// A resource control policy: what may be done at most to what an account holds.
    Resource,
}

impl ControlKind {
    /// The kind that AWS calls so; none for those that grant and deny nothing.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        match name {
            "SERVICE_CONTROL_POLICY" => Some(Self::Service),
            "RESOURCE_CONTROL_POLICY" => Some(Self::Resource),
            _ => None,
        }
    }

    /// The AWS-managed policy of this kind that narrows nothing, by its id. AWS
    /// never changes it.
    #[must_use]
    pub fn narrows_nothing(self) -> &'static str {
        match self {
            Self::Service => "p-FullAWSAccess",
            Self::Resource => "p-RCPFullAWSAccess",
        }
    }

    /// For a person.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Service => "service control policies",
            Self::Resource => "resource control policies",
        }
    }
}

/// Units nest five deep below a root.
const DEEPEST: usize = 8;

impl Organization {
    /// Whether nothing is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The id of the organisation, if that account is certainly in it.
    #[must_use]
    pub fn of_account(&self, account: &str) -> Option<&str> {
        let inside =
            self.management.as_deref() == Some(account) || self.parents.contains_key(account);
        self.id.as_deref().filter(|_| inside)
    }

    /// The account and everything above it, the root last.
    ///
    /// # Errors
    /// Where a step is not in the evidence; says which.
    pub fn above<'o>(&'o self, account: &'o str) -> Result<Vec<&'o str>, String> {
        let mut path = vec![account];
        while path.len() <= DEEPEST {
            let Some(&last) = path.last() else { break };
            if last.starts_with("r-") {
                return Ok(path);
            }
            match self.parents.get(last) {
                Some(Some(parent)) => path.push(parent),
                Some(None) => {
                    return Err(format!("files contradict each other on what is above {last}"));
                }
                None => {
                    return Err(format!(
                        "what is above {last} in the organisation is not in the evidence"
                    ));
                }
            }
        }
        Err(format!("what is above {account} in the organisation has no end"))
    }

    /// The policies of a kind that are attached to a root, unit or account.
    ///
    /// # Errors
    /// Where not all of them are in the evidence; says so.
    pub fn attached_to(&self, place: &str, kind: ControlKind) -> Result<BTreeSet<&str>, String> {
        match self.attached.get(&(place.to_owned(), kind)) {
            Some(Some(ids)) => return Ok(ids.iter().map(String::as_str).collect()),
            Some(None) => {
                let what = kind.label();
                return Err(format!("files contradict each other on the {what} of {place}"));
            }
            None => {}
        }
        let unknown = || format!("the {} of {place} are not in the evidence", kind.label());
        if !self.listed.contains(&kind) {
            return Err(unknown());
        }
        let mut ids = BTreeSet::new();
        for (id, _) in self.policies.iter().filter(|(_, policy)| policy.kind == kind) {
            match self.targets.get(id) {
                Some(Some(targets)) if targets.contains(place) => drop(ids.insert(id.as_str())),
                Some(Some(_)) => {}
                Some(None) | None => return Err(unknown()),
            }
        }
        Ok(ids)
    }

    /// Adds what another file tells.
    pub fn merge(&mut self, other: Self) {
        self.only_billing |= other.only_billing;
        // Two organisations in one snapshot: what is above whom is told by ids that
        // are unique in all of AWS, but only one of them has a name then.
        if self.id.is_some() && other.id.is_some() && self.id != other.id {
            self.id = None;
            self.management = None;
        } else {
            self.id = self.id.take().or(other.id);
            self.management = self.management.take().or(other.management);
        }
        for (root, kinds) in other.roots {
            self.roots.entry(root).or_default().extend(kinds);
        }
        unite(&mut self.parents, other.parents);
        unite(&mut self.attached, other.attached);
        unite(&mut self.targets, other.targets);
        self.listed.extend(other.listed);
        for (id, policy) in other.policies {
            match self.policies.get_mut(&id) {
                None => drop(self.policies.insert(id, policy)),
                Some(mine) => mine.unite(&id, policy),
            }
        }
    }
}

fn unite<K: Ord, V: PartialEq>(mine: &mut BTreeMap<K, Told<V>>, other: BTreeMap<K, Told<V>>) {
    for (key, told) in other {
        match mine.get_mut(&key) {
            None => drop(mine.insert(key, told)),
            Some(same) if *same == told => {}
            Some(different) => *different = None,
        }
    }
}

impl ControlPolicy {
    fn unite(&mut self, id: &str, other: Self) {
        match (&self.document, other.document) {
            (_, None) => {}
            (None, Some(document)) => {
                self.document = Some(document);
                self.location = other.location;
            }
            (Some(mine), Some(theirs)) if mine.same_words(&theirs) => {}
            (Some(_), Some(_)) => {
                let location = self.location.clone();
                let reason = format!(
                    "{id} stands here and in {} with different content",
                    other.location.path
                );
                self.document = Some(Document::Unreadable(Gap { location, reason }));
            }
        }
    }
}
