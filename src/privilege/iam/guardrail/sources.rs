//! The documents that count for a principal, each with the place that holds it.

use std::fmt;

use crate::{
    model::{
        aws::{
            AccountSnapshot, Boundary, Identity, account_of,
            arn::name_of,
            policy::{Document, Statement},
        },
        location::Location,
    },
    privilege::iam::holdings::Who,
};

/// What a policy is attached to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    User,
    Group,
    Role,
}

impl Kind {
    /// `Role`, as in the names of IAM's actions.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::User => "User",
            Self::Group => "Group",
            Self::Role => "Role",
        }
    }
}

/// How a document gets to the principal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// It is written into its holder.
    Inline,
    /// It is attached to its holder.
    Attached,
    /// It is the boundary of its holder.
    Boundary,
}

/// Where a document stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) way: Way,
    /// The user, group or role that holds it.
    pub(super) holder: &'a Identity,
    pub(super) kind: Kind,
    /// The name of an inline policy, or the ARN of a managed one.
    pub(super) policy: &'a str,
    at: &'a Location,
}

impl<'a> Place<'a> {
    pub(super) fn is_boundary(&self) -> bool {
        self.way == Way::Boundary
    }

    /// Where to change it.
    pub(super) fn location(&self) -> &'a Location {
        self.at
    }
}

/// `policy/tickets`.
impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.way {
            Way::Inline => {
                write!(f, "{} {}/inline-policy/{}", self.kind.word(), self.holder.name, self.policy)
            }
            Way::Attached => write!(f, "policy/{}", name_of(self.policy)),
            Way::Boundary => write!(f, "permissions-boundary/{}", name_of(self.policy)),
        }
    }
}

/// A document and its place.
pub(super) struct Source<'a> {
    pub(super) place: Place<'a>,
    pub(super) document: &'a Document,
}

impl Source<'_> {
    /// `policy/tickets/DenyProd`, `policy/tickets/statement-2`.
    pub(super) fn statement_name(&self, statement: &Statement) -> String {
        match &statement.sid {
            Some(sid) if !sid.is_empty() => format!("{}/{sid}", self.place),
            _ => format!("{}/statement-{}", self.place, statement.index + 1),
        }
    }
}

/// The documents in the evidence that count for `who`. What is missing leaves
/// rights unknown, and is told there.
pub(super) fn sources<'a>(account: &'a AccountSnapshot, who: Who<'a>) -> Vec<Source<'a>> {
    let mut found = Vec::new();
    let kind = match who {
        Who::User(_) => Kind::User,
        Who::Role(_) => Kind::Role,
    };
    add(&mut found, account, who.identity(), kind);
    if let Who::User(user) = who {
        let home = account_of(&user.identity.arn);
        let groups = account.groups.values().filter(|group| {
            user.groups.contains(&group.identity.name) && account_of(&group.identity.arn) == home
        });
        for group in groups {
            add(&mut found, account, &group.identity, Kind::Group);
        }
    }
    if let Some(Boundary::Policy(boundary)) = who.boundary()
        && let Some(document) = in_force(account, &boundary.arn)
    {
        let place = Place {
            way: Way::Boundary,
            holder: who.identity(),
            kind,
            policy: &boundary.arn,
            at: &boundary.location,
        };
        found.push(Source { place, document });
    }
    found
}

fn add<'a>(
    found: &mut Vec<Source<'a>>,
    account: &'a AccountSnapshot,
    holder: &'a Identity,
    kind: Kind,
) {
    found.extend(holder.inline.iter().map(|inline| Source {
        place: Place {
            way: Way::Inline,
            holder,
            kind,
            policy: &inline.name,
            at: inline.document.location(),
        },
        document: &inline.document,
    }));
    found.extend(holder.attached.iter().filter_map(|attached| {
        let place = Place {
            way: Way::Attached,
            holder,
            kind,
            policy: &attached.arn,
            at: &attached.location,
        };
        Some(Source { place, document: in_force(account, &attached.arn)? })
    }));
}

fn in_force<'a>(account: &'a AccountSnapshot, arn: &str) -> Option<&'a Document> {
    let version = account.policies.get(arn)?.in_force().ok()?;
    Some(&version.document)
}
