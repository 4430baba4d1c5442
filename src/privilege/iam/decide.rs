//! One principal, one request: the answer and the statement that gives it.
//! Straight along AWS's order of evaluation, without sets, so that it checks what
//! the sets of [`super::rights`] say.

use std::collections::BTreeMap;

use crate::model::{
    aws::{
        pattern,
        policy::{Document, Effect, Elements, Language},
    },
    capability::{Condition, Grant},
};

use super::{
    condition::{self, Certainty, Facts, Known, Meaning, fill, like, meaning},
    holdings::{Cap, Holding, Holdings, Origin, holdings_of},
    organization::{Guarding, guarding},
    trust::{ASSUME, Door, lets},
    when::When,
};

/// A request to decide on.
#[derive(Debug, Clone, Default)]
pub struct Request<'r> {
    /// `service:Name`, in any case.
    pub action: &'r str,
    /// An ARN, or `*` for actions that know no resource.
    pub resource: &'r str,
    /// What is known of its context keys, by key in lower case. What is not here is
    /// unknown, beyond what the principal tells.
    pub context: BTreeMap<String, Known>,
    /// The policies of the session it is made in, if any.
    pub session: &'r [Document],
}

impl<'r> Request<'r> {
    /// A request of which no more is known.
    #[must_use]
    pub fn new(action: &'r str, resource: &'r str) -> Self {
        Self { action, resource, ..Self::default() }
    }
}

/// Whether a principal may do something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Whenever it calls.
    Allowed {
        /// The statement that allows.
        by: Grant,
    },
    /// When these hold (`key operator value`).
    AllowedIf {
        /// All of these.
        conditions: Vec<String>,
        /// The statement that allows.
        by: Grant,
    },
    /// Never.
    Denied {
        /// The statement that denies; none where nothing allows.
        by: Option<Grant>,
    },
    /// It cannot be told; why.
    Unknown(String),
}

/// How a statement bears on a request.
enum Bearing {
    Not,
    Certain,
    If(Vec<String>),
}

/// One question, with what is certain about its context.
pub(super) struct Question<'q, F> {
    /// Of the principal.
    pub arn: &'q str,
    /// In lower case.
    pub action: String,
    pub resource: &'q str,
    pub facts: F,
}

/// Decides. `doors` are the roles whose trust policies let the principal in.
pub(super) fn decide<F: Facts>(
    holdings: &Holdings<'_>,
    doors: &[Door<'_>],
    session: &[Document],
    question: &Question<'_, F>,
) -> Decision {
    let sessions: Vec<Cap<'_>> = session.iter().map(session_cap).collect();
    let mut limits = Vec::new();
    let denies = [&holdings.boundary, &holdings.levels, &sessions]
        .into_iter()
        .flatten()
        .flat_map(Cap::statements)
        .chain(&holdings.identity)
        .chain(&holdings.denies)
        .filter(|holding| holding.statement.effect == Effect::Deny);
    for holding in denies {
        match question.bearing(holding) {
            Bearing::Not => {}
            Bearing::Certain => return Decision::Denied { by: Some(holding.grant()) },
            Bearing::If(conditions) => limits.push(format!("not ({})", conditions.join(" and "))),
        }
    }
    let guarding = guarding(question.arn, &question.action, question.resource);
    for holding in holdings.guards.iter().filter(|_| guarding != Guarding::Not) {
        let mut conditions = match question.bearing(holding) {
            Bearing::Not => continue,
            Bearing::Certain => Vec::new(),
            Bearing::If(conditions) => conditions,
        };
        if guarding == Guarding::IfHeld {
            conditions.push("the resource is of the same account".to_owned());
        }
        if conditions.is_empty() {
            return Decision::Denied { by: Some(holding.grant()) };
        }
        limits.push(format!("not ({})", conditions.join(" and ")));
    }
    // The organisation and the session cap whatever gives; the boundary caps what
    // the principal's own policies give.
    let Some(outer) = question.within(holdings.levels.iter().chain(&sessions)) else {
        return Decision::Denied { by: None };
    };
    let outer = outer.and_all(limits);
    if let Some(door) = open_door(doors, &question.action, question.resource) {
        return outer.with(&door.when).decision(door.grant());
    }
    let Some((by, conditions)) = question.easiest(&holdings.identity) else {
        return match holdings.gaps.first() {
            Some(gap) => Decision::Unknown(gap.reason.clone()),
            None => Decision::Denied { by: None },
        };
    };
    match question.within(&holdings.boundary) {
        None => Decision::Denied { by: None },
        Some(inner) => outer.and_all(conditions).with(&inner).decision(by.grant()),
    }
}

impl When {
    fn decision(&self, by: Grant) -> Decision {
        match self.to_condition() {
            Condition::Unknown(reason) => Decision::Unknown(reason),
            Condition::Always => Decision::Allowed { by },
            Condition::If(conditions) => Decision::AllowedIf { conditions, by },
        }
    }
}

/// A session policy caps like a boundary; one that cannot be read is not known to
/// allow anything.
fn session_cap(document: &Document) -> Cap<'_> {
    match document.gaps().first() {
        Some(gap) => Cap::Unknown(format!("session policy: {}", gap.reason)),
        None => {
            let origin = Origin { way: "session policy".to_owned(), cut_at: None };
            Cap::Statements(holdings_of(document, origin).collect())
        }
    }
}

/// A trust policy that names the principal lets it in without a grant of its own.
fn open_door<'d, 'a>(doors: &'d [Door<'a>], action: &str, resource: &str) -> Option<&'d Door<'a>> {
    let named = |door: &&Door<'_>| door.by_name && door.role.identity.arn == resource;
    doors.iter().find(named).filter(|_| action == ASSUME)
}

impl<F: Facts> Question<'_, F> {
    /// When all of some caps allow it; none where one never does.
    fn within<'h>(&self, caps: impl IntoIterator<Item = &'h Cap<'h>>) -> Option<When> {
        let mut when = When::default();
        for cap in caps {
            match cap {
                Cap::Unknown(reason) => when = when.unless_known(|| reason.clone()),
                Cap::Statements(statements) => {
                    let (_, conditions) = self.easiest(statements)?;
                    when = when.and_all(conditions);
                }
            }
        }
        Some(when)
    }

    /// The Allow with the fewest conditions.
    fn easiest<'h, 'a>(
        &self,
        holdings: &'h [Holding<'a>],
    ) -> Option<(&'h Holding<'a>, Vec<String>)> {
        holdings
            .iter()
            .filter(|holding| holding.statement.effect == Effect::Allow)
            .filter_map(|holding| match self.bearing(holding) {
                Bearing::Not => None,
                Bearing::Certain => Some((holding, Vec::new())),
                Bearing::If(conditions) => Some((holding, conditions)),
            })
            .min_by_key(|(_, conditions)| conditions.len())
    }

    fn bearing(&self, holding: &Holding<'_>) -> Bearing {
        let statement = holding.statement;
        let language = Some(holding.language);
        if !lets(&statement.actions, &self.action) {
            return Bearing::Not;
        }
        let mut conditions = Vec::new();
        if let Some(resources) = &statement.resources {
            match self.reaches(resources, holding.language) {
                Reached::No => return Bearing::Not,
                Reached::Yes => {}
                Reached::If(text) => conditions.push(text),
            }
        }
        match condition::certainty_in(language, &statement.conditions, &self.facts) {
            Certainty::Never => return Bearing::Not,
            Certainty::Always => {}
            Certainty::Depends => {
                let open = |clause: &&_| {
                    condition::certainty_of_in(language, clause, &self.facts) == Certainty::Depends
                };
                conditions
                    .extend(statement.conditions.iter().filter(open).map(condition::describe));
            }
        }
        if conditions.is_empty() { Bearing::Certain } else { Bearing::If(conditions) }
    }

    /// Whether a resource element speaks of the resource; a variable nobody knows
    /// makes it depend on the request.
    fn reaches(&self, elements: &Elements, language: Language) -> Reached {
        let mut open = None;
        for text in elements.patterns() {
            match self.speaks_of(text, language) {
                Certainty::Never => {}
                Certainty::Depends => open = Some(format!("the resource matches {text}")),
                Certainty::Always => {
                    return match elements {
                        Elements::Only(_) => Reached::Yes,
                        Elements::Except(_) => Reached::No,
                    };
                }
            }
        }
        match (open, elements) {
            (Some(text), Elements::Only(_)) => Reached::If(text),
            (Some(text), Elements::Except(_)) => Reached::If(format!("not ({text})")),
            (None, Elements::Only(_)) => Reached::No,
            (None, Elements::Except(_)) => Reached::Yes,
        }
    }

    /// Whether one pattern speaks of the resource.
    fn speaks_of(&self, text: &str, language: Language) -> Certainty {
        let filled = fill(text, language, &self.facts);
        let Some(rough) = filled.pattern else { return Certainty::Never };
        if !pattern::matches(&rough, self.resource) {
            return Certainty::Never;
        }
        let exact = match meaning(text, Some(language), &self.facts) {
            // Where IAM knows no variables, what it makes of one is not documented.
            _ if language == Language::V2012 && has_early_variable(text) => {
                return Certainty::Depends;
            }
            Meaning::Text(exact) => exact,
            Meaning::Open => return Certainty::Depends,
            Meaning::Nothing => return Certainty::Never,
        };
        if !like(&exact, self.resource) {
            return Certainty::Never;
        }
        if part_by_part(&exact, self.resource) { Certainty::Always } else { Certainty::Depends }
    }
}

/// Whether a variable stands before the last part of an ARN.
fn has_early_variable(text: &str) -> bool {
    text.split_once("${").is_some_and(|(before, _)| before.matches(':').count() < 5)
}

/// Whether a pattern matches with every wildcard within its part of the ARN, but
/// for one at the end, which reaches over all that follows.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html>
fn part_by_part(pattern: &str, resource: &str) -> bool {
    let parts = pattern.splitn(6, ':').count();
    (parts == 6 || !pattern::is_wild(pattern) || pattern.ends_with('*'))
        && resource.splitn(parts, ':').count() == parts
        && pattern.splitn(parts, ':').zip(resource.splitn(parts, ':')).all(|(p, r)| like(p, r))
}

enum Reached {
    No,
    Yes,
    If(String),
}
