//! Policy documents as their authors wrote them.

use std::collections::BTreeSet;

use crate::model::{coverage::Gap, location::Location};

/// A policy document, or why there is none to judge.
#[derive(Debug, Clone, PartialEq)]
pub enum Document {
    /// It was read.
    Read(Policy),
    /// It is there and could not be read: what it says is unknown.
    Unreadable(Gap),
}

/// A policy document.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    /// `Version`; it decides about policy variables.
    pub language: Language,
    /// The statements that could be read, in their order.
    pub statements: Vec<Statement>,
    /// The statements that could not: what they say is unknown.
    pub unreadable: Vec<Gap>,
    /// Where it stands.
    pub location: Location,
}

/// The version of the policy language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Language {
    /// `2008-10-17`, also when no version is written: `${…}` is plain text.
    V2008,
    /// `2012-10-17`: `${…}` is a variable.
    V2012,
}

/// Allow or Deny.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// Gives, unless something denies.
    Allow,
    /// Takes, whatever gives.
    Deny,
}

/// One statement.
#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    /// `Sid`, if it has one.
    pub sid: Option<String>,
    /// Its position in the document, from 0.
    pub index: usize,
    /// Allow or Deny.
    pub effect: Effect,
    /// `Action` or `NotAction`.
    pub actions: Elements,
    /// `Resource` or `NotResource`; none in trust policies.
    pub resources: Option<Elements>,
    /// `Principal` or `NotPrincipal`; none in identity policies.
    pub principals: Option<Principals>,
    /// `Condition`, all of which must hold.
    pub conditions: Vec<Clause>,
    /// Where it stands.
    pub location: Location,
}

/// A list that includes, or one that excludes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Elements {
    /// `Action`, `Resource`: these.
    Only(Vec<String>),
    /// `NotAction`, `NotResource`: all but these.
    Except(Vec<String>),
}

/// Whom a trust policy speaks of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Principals {
    /// Whether it is `NotPrincipal`: everyone but these.
    pub negated: bool,
    /// Type (`AWS`, `Service`, `Federated`, `CanonicalUser`, or `*`) and value.
    pub entries: Vec<(String, String)>,
}

/// One operator and key of a `Condition`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Clause {
    /// `ForAllValues:StringEqualsIfExists`, as written.
    pub operator: String,
    /// `aws:ResourceTag/env`, as written.
    pub key: String,
    /// Any of these.
    pub values: Vec<String>,
}

/// What a document says, without where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Words<'a>(Option<(Language, Vec<StatementWords<'a>>, usize)>);

type StatementWords<'a> =
    (Effect, &'a Elements, Option<&'a Elements>, Option<&'a Principals>, &'a [Clause]);

impl Document {
    /// The statements that could be read.
    #[must_use]
    pub fn statements(&self) -> &[Statement] {
        match self {
            Self::Read(policy) => &policy.statements,
            Self::Unreadable(_) => &[],
        }
    }

    /// What of it could not be read.
    #[must_use]
    pub fn gaps(&self) -> &[Gap] {
        match self {
            Self::Read(policy) => &policy.unreadable,
            Self::Unreadable(gap) => std::slice::from_ref(gap),
        }
    }

    /// Where it stands.
    #[must_use]
    pub fn location(&self) -> &Location {
        match self {
            Self::Read(policy) => &policy.location,
            Self::Unreadable(gap) => &gap.location,
        }
    }

    /// What it says, for comparing documents of different files.
    #[must_use]
    pub fn words(&self) -> Words<'_> {
        match self {
            Self::Unreadable(_) => Words(None),
            Self::Read(policy) => Words(Some((
                policy.language,
                policy
                    .statements
                    .iter()
                    .map(|s| {
                        (
                            s.effect,
                            &s.actions,
                            s.resources.as_ref(),
                            s.principals.as_ref(),
                            s.conditions.as_slice(),
                        )
                    })
                    .collect(),
                policy.unreadable.len(),
            ))),
        }
    }

    /// Whether both say the same.
    #[must_use]
    pub fn same_words(&self, other: &Self) -> bool {
        self.words() == other.words()
    }
}

impl Elements {
    /// The patterns, included or excluded.
    #[must_use]
    pub fn patterns(&self) -> &[String] {
        match self {
            Self::Only(patterns) | Self::Except(patterns) => patterns,
        }
    }

    /// Whether it includes what `matches` tells of the patterns that match it.
    #[must_use]
    pub fn includes(&self, matches: impl Fn(&str) -> bool) -> bool {
        match self {
            Self::Only(patterns) => patterns.iter().any(|pattern| matches(pattern)),
            Self::Except(patterns) => !patterns.iter().any(|pattern| matches(pattern)),
        }
    }
}

impl Principals {
    /// The values of one type; `"*"` alone stands for every type.
    pub fn of<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a str> {
        self.entries
            .iter()
            .filter(move |(type_, _)| type_ == kind || type_ == "*")
            .map(|(_, value)| value.as_str())
    }

    /// The types it names.
    #[must_use]
    pub fn kinds(&self) -> BTreeSet<&str> {
        self.entries.iter().map(|(kind, _)| kind.as_str()).collect()
    }
}
