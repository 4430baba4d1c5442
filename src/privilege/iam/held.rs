//! The statements that count for a principal as they stand, for whoever compares
//! them with a log or writes smaller ones.

use crate::model::{
    aws::{
        pattern,
        policy::{Elements, Language, Statement},
    },
    capability::Grant,
    coverage::Gap,
};

use super::{
    Evaluator,
    condition::widest,
    holdings::{Holding, Holdings, Who},
    trust::lets,
};

/// What a principal holds, boundary apart.
#[derive(Debug, Default)]
pub struct Held<'a> {
    /// The statements of its policies and groups, Denies included, in their order.
    pub statements: Vec<HeldStatement<'a>>,
    /// What could not be read: there may be more statements.
    pub gaps: Vec<Gap>,
}

/// A statement that counts for a principal.
#[derive(Debug)]
pub struct HeldStatement<'a> {
    /// As it stands.
    pub statement: &'a Statement,
    /// The language of its document: whether `${…}` is a variable in it.
    pub language: Language,
    /// For a report.
    pub grant: Grant,
}

impl HeldStatement<'_> {
    /// Whether it speaks of an action (in any case).
    #[must_use]
    pub fn speaks_of(&self, action: &str) -> bool {
        lets(&self.statement.actions, &action.to_ascii_lowercase())
    }

    /// Whether it may speak of a resource: a variable may stand for anything.
    #[must_use]
    pub fn may_reach(&self, resource: &str) -> bool {
        let Some(resources) = &self.statement.resources else { return false };
        let open = |pattern: &str| self.language == Language::V2012 && pattern.contains("${");
        match resources {
            Elements::Only(patterns) => {
                patterns.iter().any(|p| pattern::matches(&self.widest(p), resource))
            }
            Elements::Except(patterns) => {
                !patterns.iter().any(|p| !open(p) && pattern::matches(p, resource))
            }
        }
    }

    /// A pattern in which every variable stands for anything.
    #[must_use]
    pub fn widest(&self, pattern: &str) -> String {
        if self.language == Language::V2008 {
            return pattern.to_owned();
        }
        widest(pattern).into_owned()
    }
}

impl<'a> Evaluator<'a> {
    /// What the user or role of that ARN holds; none where the evidence has no such
    /// principal.
    #[must_use]
    pub fn held(&self, principal_arn: &str) -> Option<Held<'a>> {
        let who = Who::find(self.account, principal_arn)?;
        let holdings = Holdings::of(self.account, who, self.rules);
        let statement = |holding: &Holding<'a>| HeldStatement {
            statement: holding.statement,
            language: holding.language,
            grant: holding.grant(),
        };
        Some(Held {
            statements: holdings.identity.iter().map(statement).collect(),
            gaps: holdings.gaps,
        })
    }
}
