//! Whose statements count for a principal: its own policies, those of its
//! groups, and its boundary, each with the way it got there.

use std::rc::Rc;

use crate::{
    model::{
        aws::{
            AccountSnapshot, Attachment, Boundary, Group, Identity, Role, User, account_of,
            arn::{name_of, session_of},
            policy::{Document, Language, Statement},
        },
        capability::Grant,
        coverage::Gap,
        location::Location,
    },
    rubric::aws::AwsRules,
};

use super::{
    condition::{Caller, Profile},
    organization::controls,
};

/// A principal of the snapshot.
#[derive(Debug, Clone, Copy)]
pub(super) enum Who<'a> {
    User(&'a User),
    Role(&'a Role),
}

impl<'a> Who<'a> {
    /// The principal that an ARN names; a session of a role is that role.
    pub(super) fn find(account: &'a AccountSnapshot, arn: &str) -> Option<Self> {
        if let Some(user) = account.users.get(arn) {
            return Some(Self::User(user));
        }
        if let Some(role) = account.roles.get(arn) {
            return Some(Self::Role(role));
        }
        let (name, _) = session_of(arn)?;
        let home = account_of(arn)?;
        account
            .roles
            .values()
            .find(|role| role.identity.name == name && account_of(&role.identity.arn) == Some(home))
            .map(Self::Role)
    }

    pub(super) fn identity(self) -> &'a Identity {
        match self {
            Self::User(user) => &user.identity,
            Self::Role(role) => &role.identity,
        }
    }

    pub(super) fn arn(self) -> &'a str {
        &self.identity().arn
    }

    pub(super) fn boundary(self) -> Option<&'a Boundary> {
        match self {
            Self::User(user) => user.boundary.as_ref(),
            Self::Role(role) => role.boundary.as_ref(),
        }
    }

    pub(super) fn caller(self) -> Caller<'a> {
        Caller {
            arn: self.arn(),
            user_name: match self {
                Self::User(user) => Some(&user.identity.name),
                Self::Role(_) => None,
            },
            passed_to: None,
        }
    }

    /// What the evidence tells of all its requests.
    pub(super) fn profile(self, account: &'a AccountSnapshot, rules: &'a AwsRules) -> Profile<'a> {
        let tags = match self {
            Self::User(user) => &user.tags,
            Self::Role(role) => &role.tags,
        };
        let home = account_of(self.arn());
        let organization = home.and_then(|home| account.organization.of_account(home));
        Profile { caller: self.caller(), tags, organization, keys: rules.conditions() }
    }

    /// `role sre-bot`.
    pub(super) fn label(self) -> String {
        match self {
            Self::User(user) => format!("user {}", user.identity.name),
            Self::Role(role) => format!("role {}", role.identity.name),
        }
    }
}

/// The way a policy got to a principal.
#[derive(Debug)]
pub(super) struct Origin {
    /// `role sre-bot → policy tickets`.
    pub way: String,
    /// Where it is attached; none for inline policies.
    pub cut_at: Option<Location>,
}

/// A statement that counts for a principal.
#[derive(Debug, Clone)]
pub(super) struct Holding<'a> {
    pub statement: &'a Statement,
    pub language: Language,
    pub origin: Rc<Origin>,
}

impl Holding<'_> {
    /// For a report.
    pub(super) fn grant(&self) -> Grant {
        let number = self.statement.index + 1;
        let description = match &self.statement.sid {
            Some(sid) if !sid.is_empty() => {
                format!("{}, statement {number} ({sid})", self.origin.way)
            }
            _ => format!("{}, statement {number}", self.origin.way),
        };
        Grant {
            description,
            location: self.statement.location.clone(),
            cut_at: self.origin.cut_at.clone(),
        }
    }
}

/// All statements that count for a principal.
#[derive(Debug, Default)]
pub(super) struct Holdings<'a> {
    /// Those of its policies and groups.
    pub identity: Vec<Holding<'a>>,
    /// Its boundary, if it has one: caps what its own policies give.
    pub boundary: Vec<Cap<'a>>,
    /// The levels of its organisation: each of them caps whatever gives.
    pub levels: Vec<Cap<'a>>,
    /// Denies of its organisation that no level's Allow stands beside.
    pub denies: Vec<Holding<'a>>,
    /// Denies on what its account holds.
    pub guards: Vec<Holding<'a>>,
    /// What could not be read: there may be more statements.
    pub gaps: Vec<Gap>,
}

/// What caps a principal: its boundary, or one level of its organisation.
#[derive(Debug)]
pub(super) enum Cap<'a> {
    /// The statements of it.
    Statements(Vec<Holding<'a>>),
    /// It is there and could not be read; why.
    Unknown(String),
}

impl<'a> Cap<'a> {
    /// What of it could be read.
    pub(super) fn statements(&self) -> &[Holding<'a>] {
        match self {
            Self::Statements(statements) => statements,
            Self::Unknown(_) => &[],
        }
    }
}

impl<'a> Holdings<'a> {
    /// Collects what counts for `who`.
    pub(super) fn of(account: &'a AccountSnapshot, who: Who<'a>, rules: &'a AwsRules) -> Self {
        let mut holdings = Self::default();
        let label = who.label();
        holdings.add_identity(account, rules, who.identity(), &label, None);
        if let Who::User(user) = who {
            for name in &user.groups {
                holdings.add_group(account, rules, user, name, &label);
            }
        }
        holdings.boundary.extend(who.boundary().map(|boundary| match boundary {
            Boundary::Unreadable(gap) => Cap::Unknown(gap.reason.clone()),
            Boundary::Policy(boundary) => boundary_of(account, rules, boundary, &label),
        }));
        let controls = controls(&account.organization, who.arn());
        holdings.levels = controls.levels;
        holdings.denies = controls.denies;
        holdings.guards = controls.guards;
        holdings
    }

    /// Collects what counts for the members of a group, by the group alone.
    pub(super) fn of_group(
        account: &'a AccountSnapshot,
        group: &'a Group,
        rules: &'a AwsRules,
    ) -> Self {
        let mut holdings = Self::default();
        let label = format!("group {}", group.identity.name);
        holdings.add_identity(account, rules, &group.identity, &label, None);
        holdings
    }

    fn add_group(
        &mut self,
        account: &'a AccountSnapshot,
        rules: &'a AwsRules,
        user: &'a User,
        name: &str,
        label: &str,
    ) {
        let home = account_of(&user.identity.arn);
        let group = account
            .groups
            .values()
            .find(|group| group.identity.name == name && account_of(&group.identity.arn) == home);
        match group {
            Some(group) => {
                let way = format!("{label} → group {name}");
                self.add_identity(
                    account,
                    rules,
                    &group.identity,
                    &way,
                    Some(&user.identity.location),
                );
            }
            None => self.gaps.push(Gap {
                location: user.identity.location.clone(),
                reason: format!("{label} is in group {name}, which is not in the evidence"),
            }),
        }
    }

    fn add_identity(
        &mut self,
        account: &'a AccountSnapshot,
        rules: &'a AwsRules,
        identity: &'a Identity,
        label: &str,
        member_at: Option<&Location>,
    ) {
        self.gaps.extend(identity.gaps.iter().cloned());
        for inline in &identity.inline {
            let origin = Origin {
                way: format!("{label} → inline policy {}", inline.name),
                cut_at: member_at.cloned(),
            };
            self.add_document(&inline.document, origin);
        }
        for attachment in &identity.attached {
            let name = name_of(&attachment.arn);
            let origin = Origin {
                way: format!("{label} → policy {name}"),
                cut_at: Some(attachment.location.clone()),
            };
            match managed(account, rules, attachment) {
                Managed::Document(document) => self.add_document(document, origin),
                Managed::ByName { document, reason } => {
                    self.add_document(document, origin);
                    self.gaps.extend(reason.map(|reason| Gap {
                        location: attachment.location.clone(),
                        reason: format!("{label}: {reason}"),
                    }));
                }
                Managed::Missing(reason) => self.gaps.push(Gap {
                    location: attachment.location.clone(),
                    reason: format!("{label}: {reason}"),
                }),
            }
        }
    }

    fn add_document(&mut self, document: &'a Document, origin: Origin) {
        self.gaps.extend(document.gaps().iter().cloned());
        self.identity.extend(holdings_of(document, origin));
    }
}

pub(super) fn holdings_of(
    document: &Document,
    origin: Origin,
) -> impl Iterator<Item = Holding<'_>> {
    let origin = Rc::new(origin);
    let language = match document {
        Document::Read(policy) => policy.language,
        Document::Unreadable(_) => Language::V2012,
    };
    document.statements().iter().map(move |statement| Holding {
        statement,
        language,
        origin: origin.clone(),
    })
}

/// What is known of an attached policy.
enum Managed<'a> {
    /// Its document stands in the evidence.
    Document(&'a Document),
    /// Only its name is known, and what every policy of that name holds.
    ByName { document: &'a Document, reason: Option<String> },
    /// Nothing.
    Missing(String),
}

fn managed<'a>(
    account: &'a AccountSnapshot,
    rules: &'a AwsRules,
    attachment: &Attachment,
) -> Managed<'a> {
    let arn = &attachment.arn;
    if let Some(policy) = account.policies.get(arn) {
        return match policy.in_force() {
            Ok(version) => Managed::Document(&version.document),
            Err(reason) => Managed::Missing(reason),
        };
    }
    match rules.managed(arn) {
        Some(known) => Managed::ByName {
            document: &known.document,
            reason: (!known.complete).then(|| {
                format!(
                    "the document of {arn} is not in the evidence; only part of it is known by name"
                )
            }),
        },
        None => Managed::Missing(format!("the document of {arn} is not in the evidence")),
    }
}

fn boundary_of<'a>(
    account: &'a AccountSnapshot,
    rules: &'a AwsRules,
    boundary: &'a Attachment,
    label: &str,
) -> Cap<'a> {
    let missing = |reason: &str| Cap::Unknown(format!("permissions boundary: {reason}"));
    let document = match managed(account, rules, boundary) {
        Managed::Document(document) | Managed::ByName { document, reason: None } => document,
        Managed::ByName { reason: Some(reason), .. } | Managed::Missing(reason) => {
            return missing(&reason);
        }
    };
    if let Some(gap) = document.gaps().first() {
        return missing(&gap.reason);
    }
    let origin = Origin {
        way: format!("{label} → permissions boundary {}", name_of(&boundary.arn)),
        cut_at: Some(boundary.location.clone()),
    };
    Cap::Statements(holdings_of(document, origin).collect())
}
