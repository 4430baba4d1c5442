//! Who acted under the identity of an agent: nobody of them can approve what was done
//! under it.
//!
//! A platform tells of a change who assumed the identity, what the session is called and
//! its source identity, and of a session who asked for it and with whose token. Names of
//! sessions are chosen by whoever begins one, so that what another session of the agent is
//! called, a tag, or the same name at another provider leaves it open who it was.
//!
//! Nor can whom the agent acted as (of roles see `taken.rs`). A user that it assumed in a cluster
//! may be a person on whose behalf it acts, which leaves it open.

use std::collections::BTreeSet;

use super::{
    sessions::Sessions,
    who::{Who, known_as},
};
use crate::model::{activity::LoggedAction, principal::Principal};

/// Whoever acted as one agent.
#[derive(Debug)]
pub(super) struct Acted<'a, 'b> {
    sessions: &'b Sessions<'a>,
    /// What sessions of the agent are called, and who they are said to be of, in lower
    /// case: of all changes, and of all that logs show the beginning of.
    names: BTreeSet<String>,
    /// Accounts of clusters that it assumed.
    accounts: BTreeSet<String>,
}

/// Whether someone made a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Made {
    /// The log of the platform names them.
    Yes,
    /// They acted as the agent, or may be who the log names.
    Perhaps,
    /// Nothing says so.
    No,
}

impl<'a, 'b> Acted<'a, 'b> {
    /// Of an agent that made these changes, some of them as `assumed`.
    pub(super) fn of<'r>(
        changes: impl Iterator<Item = &'r LoggedAction>,
        assumed: impl Iterator<Item = &'r Principal>,
        sessions: &'b Sessions<'a>,
        who: &Who<'_>,
    ) -> Self {
        let of_changes = changes.flat_map(|row| {
            let trace = &row.trace;
            [trace.session.as_deref(), trace.source_identity.as_deref()].into_iter().flatten()
        });
        let mut names: BTreeSet<String> = of_changes.flat_map(known_as).collect();
        let begun = sessions.iter().filter(|session| who.is_itself(&session.session));
        names.extend(begun.flat_map(|session| known_as(&session.session)));
        let mut accounts = BTreeSet::new();
        for principal in assumed {
            match principal {
                Principal::ServiceAccount { .. } => {
                    accounts.extend(known_as(&principal.to_string()));
                }
                Principal::KubernetesUser(name)
                | Principal::KubernetesGroup(name)
                | Principal::Aws(name) => names.extend(known_as(name)),
            }
        }
        names.extend(who.roles_taken().map(str::to_owned));
        Self { sessions, names, accounts }
    }

    /// Whether someone of this name made a change.
    pub(super) fn made(&self, by: &str, principal: &Principal, row: &LoggedAction) -> Made {
        let own: BTreeSet<String> = known_as(by).collect();
        let is = |name: &str| known_as(name).any(|name| own.contains(&name));
        let locals: BTreeSet<&str> = own.iter().map(|name| local(name)).collect();
        let may_be = |name: &str| known_as(name).any(|name| locals.contains(local(&name)));

        let trace = &row.trace;
        let told = [&trace.impersonator, &trace.source_identity, &trace.session];
        let told = || told.into_iter().filter_map(|name| name.as_deref());
        let behind = self.sessions.behind(principal, row);
        let began = || {
            behind.iter().flat_map(|(session, _)| {
                let subject = session.subject.as_deref();
                [Some(&*session.session), session.by.as_deref(), subject].into_iter().flatten()
            })
        };
        let is_account = || own.iter().any(|name| self.accounts.contains(name));
        if is_account() || told().chain(began()).any(is) {
            return Made::Yes;
        }
        let candidates = self.sessions.named(principal, row);
        let began_one = candidates.iter().filter_map(|session| session.by.as_deref()).any(may_be);
        let tags = || behind.iter().flat_map(|(session, _)| session.tags.values());
        let perhaps = began_one
            || told().chain(began()).any(may_be)
            || tags().any(|value| may_be(value))
            || own.iter().any(|name| self.names.contains(name));
        if perhaps { Made::Perhaps } else { Made::No }
    }
}

/// What stands before the domain of a name.
fn local(name: &str) -> &str {
    name.split_once('@').map_or(name, |(local, _)| local)
}
