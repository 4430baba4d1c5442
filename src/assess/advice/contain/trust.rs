//! Trust policies that let a principal in by name, and what they are without it.
//!
//! Within one account such a policy gives by itself: no cut in the principal's own
//! policies takes that away. Where one names the whole account it only lets those in
//! whose own policies do, and those are cut.

use std::collections::BTreeSet;

use super::cluster::{Against, Offences};
use crate::{
    assess::manifest::{
        iam::{self, TrustStatement},
        shell,
    },
    model::{
        aws::{
            AccountSnapshot, Role,
            policy::{Document, Effect, Policy, Principals, Statement},
        },
        capability::Grant,
        location::Location,
    },
};

/// How a grant tells of a statement of a trust policy, before and after its role.
const TRUST_POLICY: &str = "trust policy of role ";
const STATEMENT: &str = ", statement ";

/// A role whose trust policy lets the principal in.
pub(super) struct Entrance<'a> {
    pub(super) role: &'a Role,
    policy: &'a Policy,
    /// The positions of the statements that no longer do.
    shut: BTreeSet<usize>,
    pub(super) against: Against,
}

/// What of a statement stays when somebody is taken out.
enum Left {
    All,
    Without(Principals),
    /// It spoke of nobody else by name.
    Nothing,
}

impl<'a> Entrance<'a> {
    /// The role of whose trust policy a grant tells, where that lets the principal of
    /// `arn` in by name.
    pub(super) fn told_by(account: &'a AccountSnapshot, arn: &str, grant: &Grant) -> Option<Self> {
        let (_, told) = grant.description.split_once(TRUST_POLICY)?;
        let (name, _) = told.split_once(STATEMENT)?;
        let is_it = |role: &&Role| role.identity.name == name && role.identity.arn != arn;
        let role = account.roles.values().find(is_it)?;
        let Document::Read(policy) = &role.trust else { return None };
        let lets_in = |own: &Statement| !matches!(without(own, arn), Left::All);
        let shut = BTreeSet::new();
        let own = Self { role, policy, shut, against: Against::default() };
        policy.statements.iter().any(lets_in).then_some(own)
    }

    /// Shuts what a grant stands for, and whether that is more than was shut before.
    pub(super) fn shut(&mut self, arn: &str, grant: &Grant, found: &Offences<'_>) -> bool {
        let mut changed = false;
        let way = format!("{TRUST_POLICY}{}{STATEMENT}", self.role.identity.name);
        if !grant.description.contains(&way) {
            return false;
        }
        for (position, statement) in self.policy.statements.iter().enumerate() {
            let is_it = statement.location == grant.location;
            if is_it && !matches!(without(statement, arn), Left::All) && self.shut.insert(position)
            {
                self.against.add(found);
                changed = true;
            }
        }
        changed
    }

    pub(super) fn arn(&self) -> &'a str {
        &self.role.identity.arn
    }

    pub(super) fn is_of(&self, role: &Role) -> bool {
        self.role.identity.arn == role.identity.arn
    }

    pub(super) fn is_shut(&self) -> bool {
        !self.shut.is_empty()
    }

    /// Where the first of what is shut stands.
    pub(super) fn location(&self) -> Location {
        let first = self.shut.first().and_then(|at| self.policy.statements.get(*at));
        first.map_or_else(|| self.policy.location.clone(), |own| own.location.clone())
    }

    /// The role once the principal is not let in by these statements.
    pub(super) fn after(&self, arn: &str) -> Role {
        let policy = Policy { statements: self.left(arn), ..self.policy.clone() };
        Role { trust: Document::Read(policy), ..self.role.clone() }
    }

    fn left(&self, arn: &str) -> Vec<Statement> {
        let statements = self.policy.statements.iter().enumerate();
        let left = |(position, statement): (usize, &Statement)| {
            if !self.shut.contains(&position) {
                return Some(statement.clone());
            }
            match without(statement, arn) {
                Left::All => Some(statement.clone()),
                Left::Without(principals) => {
                    Some(Statement { principals: Some(principals), ..statement.clone() })
                }
                Left::Nothing => None,
            }
        };
        statements.filter_map(left).collect()
    }

    /// The change, as a command to paste with what is to be known of it.
    pub(super) fn change(&self, arn: &str) -> String {
        let mut text = String::new();
        let name = &self.role.identity.name;
        for statement in self.shut.iter().filter_map(|at| self.policy.statements.get(*at)) {
            let number = statement.index + 1;
            let sid = statement.sid.as_deref().filter(|sid| !sid.is_empty());
            let sid = sid.map_or_else(String::new, |sid| format!(" {sid}"));
            let what = match without(statement, arn) {
                Left::Nothing if speaks_of_everyone(statement) => {
                    "and everyone, and goes. Name there who needs the role"
                }
                Left::Nothing => "and nobody else, and goes",
                Left::All | Left::Without(_) => "among others, and loses that one",
            };
            text.push_str(&shell::comment(&format!(
                "Statement {number}{sid} of the trust policy of role {name} lets in {arn} {what}."
            )));
        }
        let left: Option<Vec<TrustStatement>> = self
            .left(arn)
            .iter()
            .map(|own| TrustStatement::of(own, self.policy.language))
            .collect();
        let left = left.filter(|_| self.policy.unreadable.is_empty());
        let command = left.and_then(|left| Some((left, shell::word(name)?)));
        let Some((left, role)) = command else {
            text.push_str(&shell::comment(
                "By hand, since the trust policy, or its role's name, cannot be written anew.",
            ));
            return text;
        };
        if left.is_empty() {
            text.push_str(&shell::comment(
                "Nobody is let in then: delete the role, if nobody needs it.",
            ));
        }
        let document = iam::quoted(&iam::trust_document(&left));
        text.push_str(&format!(
            "aws iam update-assume-role-policy --role-name {role} --policy-document {document}"
        ));
        text
    }
}

/// Whether a statement speaks of whoever it is.
fn speaks_of_everyone(statement: &Statement) -> bool {
    statement
        .principals
        .as_ref()
        .is_some_and(|own| own.negated || own.entries.iter().any(|(_, value)| value == "*"))
}

/// A statement without the principal of `arn`, where it lets that in by name.
fn without(statement: &Statement, arn: &str) -> Left {
    let Some(principals) = statement.principals.as_ref() else { return Left::All };
    if statement.effect != Effect::Allow {
        return Left::All;
    }
    if principals.negated {
        return if principals.of("AWS").any(|own| own == arn) { Left::All } else { Left::Nothing };
    }
    let session = session_of(arn);
    let is_it = |(kind, value): &(String, String)| {
        value == "*"
            || kind == "AWS"
                && (value == arn
                    || session.as_ref().is_some_and(|own| value.starts_with(own.as_str())))
    };
    let entries: Vec<_> = principals.entries.iter().filter(|own| !is_it(own)).cloned().collect();
    if entries.len() == principals.entries.len() {
        Left::All
    } else if entries.is_empty() {
        Left::Nothing
    } else {
        Left::Without(Principals { entries, ..principals.clone() })
    }
}

/// What the ARNs of a role's sessions begin with.
fn session_of(arn: &str) -> Option<String> {
    let (head, path) = arn.split_once(":role/")?;
    let name = path.rsplit('/').next().unwrap_or(path);
    Some(format!("{}:assumed-role/{name}/", head.replacen(":iam:", ":sts:", 1)))
}
