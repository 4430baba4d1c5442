//! Roles that an agent took on, from one to the next.
//!
//! Whoever takes on a role may act under it as long as it may take it on again, so that no
//! session of it is a person apart from the agent. Others may use the same role: what they
//! do under it is theirs, and is not judged here.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    sessions::subjects,
    who::{fold, role_of},
};
use crate::model::{
    activity::{Activity, RoleSession, Rows},
    aws::arn,
    principal::Principal,
};

/// A role: account and name, in lower case.
pub(super) type Role = (String, String);

/// By what whoever began a session may be known, in lower case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Beginner<'a> {
    /// By a name of its own, or by that of its role.
    Name(String),
    Role(Role),
    /// By a digest of the credential that it asked with.
    Credential(&'a str),
}

/// All sessions that logs show the beginning of, by who began them.
#[derive(Debug, Default)]
pub(super) struct Beginnings<'a>(BTreeMap<Beginner<'a>, Vec<&'a RoleSession>>);

impl<'a> Beginnings<'a> {
    /// Of all that logs show.
    pub(super) fn of(rows: &'a Rows<RoleSession>) -> Self {
        let mut found = Self::default();
        for session in rows {
            for beginner in beginners(session) {
                found.0.entry(beginner).or_default().push(session);
            }
        }
        found
    }

    /// The roles that whoever has these names and these accounts took on: by name, for its
    /// token, with a credential of its changes or of a session that it began, or as a role
    /// that it took on before.
    pub(super) fn roles<'n>(
        &self,
        names: impl Iterator<Item = &'n String>,
        accounts: &[Principal],
        activity: &'a Activity,
    ) -> BTreeSet<Role> {
        let changes = accounts.iter().filter_map(|account| activity.principals.get(account));
        let changes = changes.flat_map(|found| found.changes.iter());
        let credentials = changes.filter_map(|row| row.trace.credential.as_deref());
        let mut seen: BTreeSet<Beginner<'_>> = credentials.map(Beginner::Credential).collect();
        seen.extend(names.map(|name| Beginner::Name(name.clone())));
        let mut left: Vec<Beginner<'_>> = seen.iter().cloned().collect();
        let mut roles = BTreeSet::new();
        while let Some(beginner) = left.pop() {
            for session in self.0.get(&beginner).into_iter().flatten() {
                let role = role_of(&session.session);
                roles.extend(role.clone());
                let credential = session.credential.as_deref().map(Beginner::Credential);
                for next in role.map(Beginner::Role).into_iter().chain(credential) {
                    if seen.insert(next.clone()) {
                        left.push(next);
                    }
                }
            }
        }
        roles
    }
}

fn beginners(session: &RoleSession) -> impl Iterator<Item = Beginner<'_>> {
    let by = session.by.as_deref();
    let name = by.map(|by| Beginner::Name(fold(by)));
    let of_role = by.and_then(arn::session_of).map(|(role, _)| Beginner::Name(fold(role)));
    let role = by.and_then(role_of).map(Beginner::Role);
    let parent = session.parent.as_deref().map(Beginner::Credential);
    let token = subjects(session).map(|subject| Beginner::Name(fold(&subject)));
    [name, of_role, role, parent].into_iter().flatten().chain(token)
}
