//! A statement that lets somebody in, and what its conditions hold them to.

use super::super::{
    super::{Evaluator, condition},
    ANYONE,
};
use crate::{
    model::aws::{
        Role,
        policy::{Clause, Principals, Statement},
    },
    rubric::aws::KeyUse,
};

/// A statement of a role's trust policy that lets somebody in.
pub(super) struct Opening<'s, 'a> {
    pub(super) evaluator: &'s Evaluator<'a>,
    pub(super) role: &'s Role,
    pub(super) statement: &'s Statement,
    pub(super) principals: &'s Principals,
}

impl<'s, 'a> Opening<'s, 'a> {
    /// None where the statement names nobody.
    pub(super) fn of(
        evaluator: &'s Evaluator<'a>,
        role: &'s Role,
        statement: &'s Statement,
    ) -> Option<Self> {
        let principals = statement.principals.as_ref()?;
        Some(Self { evaluator, role, statement, principals })
    }

    /// The principals of one kind, as written.
    pub(super) fn named(&self, kind: &'static str) -> Vec<&'s str> {
        self.principals.of(kind).collect()
    }

    /// All principals, as written.
    pub(super) fn everybody_named(&self) -> Vec<&'s str> {
        self.principals.entries.iter().map(|(_, value)| value.as_str()).collect()
    }

    /// Whether everyone is let in whom no condition keeps out.
    pub(super) fn is_for_everyone(&self) -> bool {
        self.principals.entries.iter().any(|(_, value)| value == ANYONE)
    }

    /// The federated principals of one kind (`:oidc-provider/`), as written.
    pub(super) fn federated(&self, kind: &'static str) -> impl Iterator<Item = &'s str> + use<'s> {
        self.principals.of("Federated").filter(move |who| who.contains(kind))
    }

    /// Whether a condition holds whoever is let in to some values of a key.
    pub(super) fn binds(&self, key: &str) -> bool {
        self.clauses_on(key).next().is_some()
    }

    /// Whether one does to those of a key that serves for something.
    pub(super) fn binds_for(&self, usage: KeyUse) -> bool {
        let keys = self.evaluator.rules.conditions().used_for(usage);
        keys.iter().any(|key| self.binds(key))
    }

    /// The conditions that hold to some values of a key.
    pub(super) fn clauses_on(&self, key: &str) -> impl Iterator<Item = &'s Clause> {
        let is_of = move |clause: &&Clause| clause.key.eq_ignore_ascii_case(key);
        self.bound().filter(is_of)
    }

    /// The conditions that hold to some values of any key.
    pub(super) fn bound(&self) -> impl Iterator<Item = &'s Clause> + use<'s> {
        self.statement.conditions.iter().filter(|clause| is_bound(clause))
    }

    /// All conditions, told.
    pub(super) fn conditions(&self) -> String {
        let told: Vec<String> = self.statement.conditions.iter().map(condition::describe).collect();
        told.join(" and ")
    }
}

/// Whether a clause holds its key to some values: `ForAllValues` and `IfExists`
/// hold where it is missing, and a pattern of stars holds for everything.
fn is_bound(clause: &Clause) -> bool {
    let operator = clause.operator.to_ascii_lowercase();
    !operator.contains("not")
        && !operator.starts_with("forallvalues:")
        && !operator.ends_with("ifexists")
        && operator != "null"
        && !clause.values.iter().any(|value| value.bytes().all(|byte| byte == b'*'))
}
