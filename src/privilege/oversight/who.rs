//! Who is who to one agent: its own names, those of other agents, and who may approve.
//!
//! Logs name people and programs in words of their own, so names are compared without
//! case, and whoever cannot be told from a program is no person. A session of a role is its
//! role's: a person's only where the role is one that people sign in to.

use std::collections::BTreeSet;

use super::{LogIndex, taken::Role};
use crate::{
    model::{aws::arn, principal::Principal},
    rubric::oversight::{OversightRules, matches},
};

/// The names that matter to one agent.
#[derive(Debug, Clone)]
pub struct Who<'a> {
    rules: &'a OversightRules,
    /// Names by which logs speak of it, in lower case.
    called: BTreeSet<String>,
    /// Everything that is it: these, and what its principals are called.
    own: BTreeSet<String>,
    /// The same of all other agents.
    others: BTreeSet<String>,
    approvers: Vec<String>,
    /// Roles that it took on.
    taken: BTreeSet<Role>,
}

impl<'a> Who<'a> {
    /// An agent that logs call by `names`, that acts as `principals`, and whose changes
    /// `approvers` (names or patterns; none where nobody said) may approve.
    #[must_use]
    pub fn new(
        rules: &'a OversightRules,
        names: &[String],
        principals: &[Principal],
        approvers: &[String],
    ) -> Self {
        let called: BTreeSet<String> = names
            .iter()
            .map(|name| fold(name))
            .chain(principals.iter().map(|principal| fold(&principal.to_string())))
            .collect();
        let own = called.iter().cloned().chain(principals.iter().flat_map(spellings)).collect();
        let approvers = approvers.iter().map(|approver| fold(approver)).collect();
        let (others, taken) = (BTreeSet::new(), BTreeSet::new());
        Self { rules, called, own, others, approvers, taken }
    }

    /// Notes the roles that logs show it to have taken on as one of its `accounts`.
    pub fn take_on(&mut self, logs: &LogIndex<'_>, accounts: &[Principal]) {
        self.taken = logs.beginnings.roles(self.own.iter(), accounts, logs.activity);
    }

    /// Whether this is a role that it took on, or a session of one: no person apart from it.
    #[must_use]
    pub fn took_on(&self, name: &str) -> bool {
        role_of(name).is_some_and(|role| self.taken.contains(&role))
    }

    /// The names of the roles that it took on.
    pub(super) fn roles_taken(&self) -> impl Iterator<Item = &str> {
        self.taken.iter().map(|(_, role)| role.as_str())
    }

    /// The tables that it goes by.
    #[must_use]
    pub fn rules(&self) -> &'a OversightRules {
        self.rules
    }

    /// Notes another agent.
    pub fn add_other(&mut self, names: &[String], principals: &[Principal]) {
        let names = names.iter().map(|name| fold(name));
        let all = names.chain(principals.iter().flat_map(spellings));
        let others: Vec<String> = all.filter(|name| !self.own.contains(name)).collect();
        self.others.extend(others);
    }

    /// Whether a log that says this name speaks of the agent.
    #[must_use]
    pub fn is_called(&self, name: &str) -> bool {
        self.called.contains(&fold(name))
    }

    /// Whether this is another agent.
    #[must_use]
    pub fn is_other(&self, name: &str) -> bool {
        holds(&self.others, name)
    }

    /// Whether this is the agent itself, or an account that it acts as.
    #[must_use]
    pub fn is_itself(&self, name: &str) -> bool {
        holds(&self.own, name)
    }

    /// Whether a name may be a person's.
    #[must_use]
    pub fn may_be_person(&self, name: &str) -> bool {
        !name.trim().is_empty()
            && !self.is_itself(name)
            && !self.is_other(name)
            && !self.took_on(name)
            && (!self.rules.is_machine(name.trim()) || self.names_session(name))
    }

    /// Whether it is said that sessions of this role may approve.
    fn names_session(&self, name: &str) -> bool {
        let names = |pattern: &&String| pattern.contains(ASSUMED) && matches(pattern, name.trim());
        name.contains(ASSUMED) && self.approvers.iter().any(|pattern| names(&pattern))
    }

    /// Whether a tool tells people something; the name of its server counts with its own.
    #[must_use]
    pub fn is_message(&self, server: Option<&str>, tool: &str) -> bool {
        let whole = server.map(|server| format!("{server}_{tool}"));
        self.rules.is_message(tool) || whole.is_some_and(|whole| self.rules.is_message(&whole))
    }

    /// Whether it is said who may approve.
    #[must_use]
    pub fn has_approvers(&self) -> bool {
        !self.approvers.is_empty()
    }

    /// Whether someone of this name may approve: a person, and one of those who may,
    /// where that is said.
    #[must_use]
    pub fn may_approve(&self, name: &str) -> bool {
        self.may_be_person(name)
            && (self.approvers.is_empty()
                || self.approvers.iter().any(|approver| matches(approver, name.trim())))
    }
}

/// What stands before the role in the ARN of a session.
const ASSUMED: &str = ":assumed-role/";

/// Whether a name is one of these, or of a session of one.
fn holds(names: &BTreeSet<String>, name: &str) -> bool {
    let name = fold(name);
    names.contains(&name) || arn::session_of(&name).is_some_and(|(role, _)| names.contains(role))
}

/// Every name, in lower case, by which whoever is called so may be known elsewhere: of an
/// ARN also the user or session at its end, of a federated user also without the provider.
pub(super) fn known_as(name: &str) -> impl Iterator<Item = String> {
    let whole = fold(name);
    // As CloudTrail's reader calls who signed in elsewhere: the provider, then the user.
    let federated = whole.starts_with("arn:") || whole.starts_with("identity-center ");
    let end = match whole.rsplit_once(char::is_whitespace) {
        Some((_, user)) if federated => Some(user.to_owned()),
        None if federated => whole.rsplit_once('/').map(|(_, end)| end.to_owned()),
        Some(_) | None => None,
    };
    std::iter::once(whole).chain(end).filter(|name| !name.is_empty())
}

/// How a name is compared.
pub(super) fn fold(name: &str) -> String {
    name.trim().to_lowercase()
}

/// How logs and records spell a principal, in lower case.
fn spellings(principal: &Principal) -> Vec<String> {
    let mut all = vec![fold(&principal.to_string())];
    match principal {
        Principal::ServiceAccount { namespace, name } => {
            all.push(fold(&format!("{namespace}/{name}")));
            all.push(fold(&format!("{namespace}:{name}")));
            all.push(fold(name));
        }
        Principal::Aws(arn) => {
            if let Some((_, name)) = arn.rsplit_once('/') {
                all.push(fold(name));
            }
        }
        Principal::KubernetesUser(_) | Principal::KubernetesGroup(_) => {}
    }
    all
}

/// Account and name of a role, by its ARN or by that of a session of it, in lower case.
pub(super) fn role_of(name: &str) -> Option<Role> {
    let name = fold(name);
    let role = match arn::session_of(&name) {
        Some((role, _)) => role,
        None => arn::name_of(arn::resource_of(&name)?.strip_prefix("role/")?),
    };
    Some((arn::account_of(&name)?.to_owned(), role.to_owned()))
}
