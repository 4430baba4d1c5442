//! Sessions of roles: who began the one that made a change.
//!
//! The requests of a session show its role and its name. Its tags, and the pod whose token
//! it was begun with, stand in the request that began it: both are joined by the credential
//! that it was given, or, where the log leaves that out, by its name within the time that a
//! session lasts at most, if all sessions of that name were begun alike. A role that was
//! taken on from a session goes back to that session.

use std::collections::BTreeMap;

use jiff::SignedDuration;

use super::SKEW;
use crate::model::{
    activity::{LoggedAction, RoleSession, Rows},
    principal::Principal,
};

/// No session of a role lasts longer.
const LASTS: SignedDuration = SignedDuration::from_hours(12);
/// Roles that were taken on from one another.
const ROLES: usize = 8;

/// How surely a session was begun by a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Begun {
    /// It has the name that the request gave, at that time.
    ByName,
    /// It has the credential that the request was answered with.
    ByCredential,
}

/// Sessions by what they are known by.
#[derive(Debug, Default)]
pub struct Sessions<'a> {
    all: Vec<&'a RoleSession>,
    by_credential: BTreeMap<&'a str, &'a RoleSession>,
    by_name: BTreeMap<(&'a str, &'a str), Vec<&'a RoleSession>>,
}

impl<'a> Sessions<'a> {
    /// Of all that the logs show the beginning of.
    #[must_use]
    pub fn of(rows: &'a Rows<RoleSession>) -> Self {
        let mut found = Self::default();
        for row in rows {
            found.all.push(row);
            if let Some(credential) = row.credential.as_deref() {
                found.by_credential.insert(credential, row);
            }
            if let Some(name) = named(&row.session) {
                found.by_name.entry(name).or_default().push(row);
            }
        }
        found
    }

    /// All of them.
    pub(super) fn iter(&self) -> impl Iterator<Item = &'a RoleSession> + '_ {
        self.all.iter().copied()
    }

    /// The sessions behind a change, the one that made it first: each later one was begun
    /// from the one behind it.
    #[must_use]
    pub fn behind(
        &self,
        principal: &Principal,
        row: &LoggedAction,
    ) -> Vec<(&'a RoleSession, Begun)> {
        let by_credential =
            row.trace.credential.as_deref().and_then(|id| self.by_credential.get(id).copied());
        let first = match by_credential {
            Some(session) => Some((session, Begun::ByCredential)),
            None => self.by_name(principal, row).map(|session| (session, Begun::ByName)),
        };
        let mut behind = Vec::new();
        let mut next = first;
        while let Some((session, begun)) = next.filter(|_| behind.len() < ROLES) {
            behind.push((session, begun));
            let parent = session.parent.as_deref();
            next = parent
                .and_then(|parent| self.by_credential.get(parent).copied())
                .map(|session| (session, begun));
        }
        behind
    }

    /// The latest session of the name that a change was made under, if all that it may be
    /// were begun alike.
    fn by_name(&self, principal: &Principal, row: &LoggedAction) -> Option<&'a RoleSession> {
        let mut may_be = self.named(principal, row).into_iter();
        let latest = may_be.next_back()?;
        may_be.all(|other| is_alike(other, latest)).then_some(latest)
    }

    /// The sessions of the name that a change was made under that it may be of, the latest
    /// last.
    pub(super) fn named(&self, principal: &Principal, row: &LoggedAction) -> Vec<&'a RoleSession> {
        // A credential that nobody was seen to be given is another session's.
        let (None, Principal::Aws(arn)) = (&row.trace.credential, principal) else {
            return Vec::new();
        };
        let name = row.trace.session.as_deref();
        let role = arn.rsplit_once('/').map(|(_, role)| role);
        let (Some(role), Some(name), Some(time)) = (role, name, row.time) else {
            return Vec::new();
        };
        let of_name = self.by_name.get(&(role, name)).into_iter().flatten().copied();
        of_name
            .filter(|session| {
                session.time.is_some_and(|begun| {
                    let passed = time.duration_since(begun);
                    passed >= -SKEW && passed <= LASTS
                })
            })
            .collect()
    }
}

/// Whether two sessions were begun by the same, and say the same of it.
fn is_alike(one: &RoleSession, other: &RoleSession) -> bool {
    (&one.subject, &one.tags, &one.session) == (&other.subject, &other.tags, &other.session)
}

/// Role and name of `arn:aws:sts::ACCOUNT:assumed-role/ROLE/NAME`.
fn named(session: &str) -> Option<(&str, &str)> {
    session.split_once(":assumed-role/")?.1.split_once('/')
}

/// Whom a session speaks of as the one that it was begun for: the subject of its token, and
/// the ServiceAccount that EKS Pod Identity tags it with.
pub fn subjects(session: &RoleSession) -> impl Iterator<Item = String> + '_ {
    let tag = |name: &str| session.tags.get(name).map(|value| &**value);
    let pod = tag("kubernetes-namespace")
        .zip(tag("kubernetes-service-account"))
        .map(|(namespace, name)| format!("system:serviceaccount:{namespace}:{name}"));
    session.subject.as_deref().map(str::to_owned).into_iter().chain(pod)
}
