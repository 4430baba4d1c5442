//! An AWS account as `get-account-authorization-details` prints it: who there
//! is, which policies they hold, and where each one stands.
//!
//! Everything is keyed by ARN, so that pages of one dump, or dumps of several
//! accounts, can be merged. What could not be read stays in the snapshot as a
//! [`Gap`] of its owner: rights that depend on it are unknown, not absent.

pub mod arn;
pub mod eks;
pub mod organization;
pub mod pattern;
pub mod policy;

use std::collections::{BTreeMap, BTreeSet};

use super::{coverage::Gap, location::Location};
pub use arn::account_of;
use organization::Organization;
use policy::Document;

/// The principals and policies of one account, or of several.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct AccountSnapshot {
    /// By ARN.
    pub users: BTreeMap<String, User>,
    /// By ARN.
    pub groups: BTreeMap<String, Group>,
    /// By ARN.
    pub roles: BTreeMap<String, Role>,
    /// Managed policies, customer's and AWS's, by ARN.
    pub policies: BTreeMap<String, ManagedPolicy>,
    /// Seconds that a session of a role may last, by ARN, as far as anything tells.
    pub session_limits: BTreeMap<String, u32>,
    /// The organisation that the accounts are in, as far as it was read.
    pub organization: Organization,
    /// Set where a dump says that more pages follow, and nothing shows that all of them
    /// were read.
    pub truncated: Option<Gap>,
    /// Files of the evidence that could not be read: each may hold principals,
    /// policies or what an organisation takes. No further page completes them.
    pub unread: Vec<Gap>,
}

/// How many of everything an account has of its own, as `get-account-summary` counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct AccountSummary {
    /// Users.
    pub users: usize,
    /// Groups.
    pub groups: usize,
    /// Roles.
    pub roles: usize,
    /// Managed policies, without those of AWS.
    pub policies: usize,
}

/// What users, groups and roles have in common.
#[derive(Debug, Clone, PartialEq)]
pub struct Identity {
    /// `arn:aws:iam::111122223333:role/agents/sre-bot`.
    pub arn: String,
    /// The last part of it.
    pub name: String,
    /// Policies written into the identity itself.
    pub inline: Vec<InlinePolicy>,
    /// Managed policies attached to it.
    pub attached: Vec<Attachment>,
    /// Parts that could not be read: what they grant or deny is unknown.
    pub gaps: Vec<Gap>,
    /// Where it stands.
    pub location: Location,
}

/// An IAM user.
#[derive(Debug, Clone, PartialEq)]
pub struct User {
    /// Name, policies, place.
    pub identity: Identity,
    /// Names of its groups.
    pub groups: Vec<String>,
    /// What caps it.
    pub boundary: Option<Boundary>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

/// An IAM group.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// Name, policies, place.
    pub identity: Identity,
}

/// An IAM role.
#[derive(Debug, Clone, PartialEq)]
pub struct Role {
    /// Name, policies, place.
    pub identity: Identity,
    /// Who may assume it.
    pub trust: Document,
    /// The instance profiles that hold it, by ARN.
    pub instance_profiles: BTreeSet<String>,
    /// What caps it.
    pub boundary: Option<Boundary>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

/// A policy written into a user, group or role.
#[derive(Debug, Clone, PartialEq)]
pub struct InlinePolicy {
    /// Its name.
    pub name: String,
    /// What it says.
    pub document: Document,
}

/// A managed policy, attached.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Attachment {
    /// The policy's ARN.
    pub arn: String,
    /// Where it is attached.
    pub location: Location,
}

/// A permissions boundary.
#[derive(Debug, Clone, PartialEq)]
pub enum Boundary {
    /// This managed policy.
    Policy(Attachment),
    /// There is one, and it could not be read which.
    Unreadable(Gap),
}

/// A managed policy with its versions.
#[derive(Debug, Clone, PartialEq)]
pub struct ManagedPolicy {
    /// Its ARN.
    pub arn: String,
    /// Its name.
    pub name: String,
    /// Every version in the evidence, in its order; only the default one counts.
    pub versions: Vec<PolicyVersion>,
    /// Where it stands.
    pub location: Location,
}

/// One version of a managed policy.
#[derive(Debug, Clone, PartialEq)]
pub struct PolicyVersion {
    /// `v1`.
    pub id: String,
    /// Whether it is the one in force.
    pub is_default: bool,
    /// What it says.
    pub document: Document,
}

impl ManagedPolicy {
    /// The version in force.
    ///
    /// # Errors
    /// When no version, or more than one, claims to be it; says which.
    pub fn in_force(&self) -> Result<&PolicyVersion, String> {
        let mut defaults = self.versions.iter().filter(|version| version.is_default);
        match (defaults.next(), defaults.next()) {
            (Some(version), None) => Ok(version),
            (None, _) => {
                Err(format!("the version in force of {} is not in the evidence", self.arn))
            }
            (Some(_), Some(_)) => {
                Err(format!("more than one version of {} claims to be in force", self.arn))
            }
        }
    }
}

impl AccountSnapshot {
    /// Whether it names no principal, no policy, no organisation and no session.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.users.is_empty()
            && self.groups.is_empty()
            && self.roles.is_empty()
            && self.policies.is_empty()
            && self.session_limits.is_empty()
            && self.organization.is_empty()
    }

    /// The accounts whose principals and policies it holds, by their twelve digits.
    #[must_use]
    pub fn accounts(&self) -> BTreeSet<&str> {
        self.users
            .keys()
            .chain(self.roles.keys())
            .chain(self.groups.keys())
            .chain(self.policies.keys())
            .filter_map(|arn| account_of(arn))
            .collect()
    }

    /// Adds what `other` holds: a further page, or a further account.
    ///
    /// The same object twice with the same content is one object. With
    /// different content (dumps of different days), the rights of both count
    /// and the owner gets a gap, because nobody can tell which one is in force.
    pub fn merge(&mut self, other: Self) {
        let mine_is_whole = other.truncated.is_some() && self.holds_all_of(&other);
        let theirs_is_whole = self.truncated.is_some() && other.holds_all_of(self);
        for (arn, user) in other.users {
            match self.users.get_mut(&arn) {
                None => drop(self.users.insert(arn, user)),
                Some(mine) => mine.unite(user),
            }
        }
        for (arn, group) in other.groups {
            match self.groups.get_mut(&arn) {
                None => drop(self.groups.insert(arn, group)),
                Some(mine) => mine.identity.unite(group.identity),
            }
        }
        for (arn, role) in other.roles {
            match self.roles.get_mut(&arn) {
                None => drop(self.roles.insert(arn, role)),
                Some(mine) => mine.unite(role),
            }
        }
        for (arn, policy) in other.policies {
            match self.policies.get_mut(&arn) {
                None => drop(self.policies.insert(arn, policy)),
                Some(mine) => mine.unite(policy),
            }
        }
        for (arn, seconds) in other.session_limits {
            let mine = self.session_limits.entry(arn).or_default();
            *mine = seconds.max(*mine);
        }
        self.organization.merge(other.organization);
        self.unread.extend(other.unread);
        // No page says which it follows: one that is the last does not show that those
        // between are there. A dump that ends as it should and holds all of another that
        // was cut short leaves nothing of that one open.
        self.truncated = match (self.truncated.take(), other.truncated) {
            (Some(_), None) if theirs_is_whole => None,
            (None, Some(_)) if mine_is_whole => None,
            (mine, theirs) => mine.or(theirs),
        };
    }

    /// Whether both are of one account, and this one names whatever `other` names.
    fn holds_all_of(&self, other: &Self) -> bool {
        let accounts = self.accounts();
        accounts.len() == 1
            && accounts == other.accounts()
            && other.users.keys().all(|arn| self.users.contains_key(arn))
            && other.groups.keys().all(|arn| self.groups.contains_key(arn))
            && other.roles.keys().all(|arn| self.roles.contains_key(arn))
            && other.policies.keys().all(|arn| self.policies.contains_key(arn))
    }

    /// Notes that pages of one account hold as many of everything as the account says
    /// that it has: then they are all there.
    pub fn count(&mut self, summary: AccountSummary) {
        let own = AccountSummary {
            users: self.users.len(),
            groups: self.groups.len(),
            roles: self.roles.len(),
            policies: self.policies.keys().filter(|arn| account_of(arn).is_some()).count(),
        };
        if own == summary && self.accounts().len() == 1 {
            self.truncated = None;
        }
    }
}

impl Identity {
    fn unite(&mut self, other: Self) {
        if self.inline.iter().map(said).eq(other.inline.iter().map(said))
            && self.attached.iter().map(|a| &a.arn).eq(other.attached.iter().map(|a| &a.arn))
        {
            self.gaps.extend(other.gaps);
            return;
        }
        self.conflict(&other.location);
        for policy in other.inline {
            if !self.inline.iter().any(|mine| said(mine) == said(&policy)) {
                self.inline.push(policy);
            }
        }
        for attachment in other.attached {
            if !self.attached.iter().any(|mine| mine.arn == attachment.arn) {
                self.attached.push(attachment);
            }
        }
        self.gaps.extend(other.gaps);
    }

    /// Notes that another dump tells something else about this identity.
    fn conflict(&mut self, other: &Location) {
        let reason = format!(
            "{arn} stands here and in {other} with different content",
            arn = self.arn,
            other = other.path
        );
        self.gaps.push(Gap { location: self.location.clone(), reason });
    }
}

impl User {
    fn unite(&mut self, other: Self) {
        if self.groups != other.groups
            || boundary_arn(self.boundary.as_ref()) != boundary_arn(other.boundary.as_ref())
        {
            self.identity.conflict(&other.identity.location);
        }
        for group in other.groups {
            if !self.groups.contains(&group) {
                self.groups.push(group);
            }
        }
        self.boundary = loosest(self.boundary.take(), other.boundary);
        if self.tags != other.tags {
            self.tags.clear();
        }
        self.identity.unite(other.identity);
    }
}

impl Role {
    fn unite(&mut self, other: Self) {
        if !self.trust.same_words(&other.trust)
            || boundary_arn(self.boundary.as_ref()) != boundary_arn(other.boundary.as_ref())
        {
            self.identity.conflict(&other.identity.location);
        }
        self.instance_profiles.extend(other.instance_profiles);
        self.boundary = loosest(self.boundary.take(), other.boundary);
        if self.tags != other.tags {
            self.tags.clear();
        }
        self.identity.unite(other.identity);
    }
}

impl ManagedPolicy {
    fn unite(&mut self, other: Self) {
        let same = |a: &PolicyVersion, b: &PolicyVersion| {
            a.id == b.id && a.is_default == b.is_default && a.document.same_words(&b.document)
        };
        for version in other.versions {
            if !self.versions.iter().any(|mine| same(mine, &version)) {
                self.versions.push(version);
            }
        }
    }
}

/// What an inline policy says, wherever it stands.
fn said(policy: &InlinePolicy) -> (&str, policy::Words<'_>) {
    (&policy.name, policy.document.words())
}

fn boundary_arn(boundary: Option<&Boundary>) -> Option<&str> {
    match boundary {
        Some(Boundary::Policy(attachment)) => Some(&attachment.arn),
        Some(Boundary::Unreadable(_)) => Some(""),
        None => None,
    }
}

/// Of two claims about one boundary, the one that caps less.
fn loosest(mine: Option<Boundary>, other: Option<Boundary>) -> Option<Boundary> {
    let same = boundary_arn(mine.as_ref()) == boundary_arn(other.as_ref());
    if same { mine } else { None }
}
