//! One principal, one action, one resource: the answer and the statement that
//! gives it. Straight along AWS's order of evaluation, without sets, so that it
//! checks what the sets of [`super::rights`] say.

use crate::model::{
    aws::{
        pattern,
        policy::{Effect, Elements, Language},
    },
    capability::Grant,
};

use super::{
    condition::{self, Caller, Certainty},
    holdings::{Cap, Holding, Holdings},
    trust::Door,
};

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

/// Decides. `action` in any case; `resource` an ARN, or `*` for actions without one.
pub(super) fn decide(
    holdings: &Holdings<'_>,
    doors: &[Door<'_>],
    caller: &Caller<'_>,
    action: &str,
    resource: &str,
) -> Decision {
    let action = action.to_ascii_lowercase();
    let capped: &[Holding<'_>] = match &holdings.cap {
        Cap::Statements(statements) => statements,
        Cap::None | Cap::Unknown(_) => &[],
    };
    let mut limits = Vec::new();
    for holding in holdings.identity.iter().chain(capped) {
        if holding.statement.effect == Effect::Deny {
            match bearing(holding, caller, &action, resource) {
                Bearing::Not => {}
                Bearing::Certain => return Decision::Denied { by: Some(holding.grant()) },
                Bearing::If(conditions) => {
                    limits.push(format!("not ({})", conditions.join(" and ")))
                }
            }
        }
    }
    if let Some(decision) = by_trust(doors, &action, resource, &limits) {
        return decision;
    }
    let Some((by, mut conditions)) = easiest(&holdings.identity, caller, &action, resource) else {
        return match holdings.gaps.first() {
            Some(gap) => Decision::Unknown(gap.reason.clone()),
            None => Decision::Denied { by: None },
        };
    };
    match &holdings.cap {
        Cap::None => {}
        Cap::Unknown(reason) => return Decision::Unknown(reason.clone()),
        Cap::Statements(statements) => match easiest(statements, caller, &action, resource) {
            None => return Decision::Denied { by: None },
            Some((_, more)) => conditions.extend(more),
        },
    }
    conditions.extend(limits);
    conditions.sort();
    conditions.dedup();
    if conditions.is_empty() {
        Decision::Allowed { by: by.grant() }
    } else {
        Decision::AllowedIf { conditions, by: by.grant() }
    }
}

/// A trust policy that names the principal lets it in without a grant of its own.
fn by_trust(
    doors: &[Door<'_>],
    action: &str,
    resource: &str,
    limits: &[String],
) -> Option<Decision> {
    if action != "sts:assumerole" {
        return None;
    }
    let door = doors.iter().find(|door| door.by_name && door.role.identity.arn == resource)?;
    let by = door.grant();
    let mut conditions = door.when.conditions.clone();
    conditions.extend_from_slice(limits);
    Some(if conditions.is_empty() {
        Decision::Allowed { by }
    } else {
        Decision::AllowedIf { conditions, by }
    })
}

/// The Allow with the fewest conditions.
fn easiest<'h, 'a>(
    holdings: &'h [Holding<'a>],
    caller: &Caller<'_>,
    action: &str,
    resource: &str,
) -> Option<(&'h Holding<'a>, Vec<String>)> {
    holdings
        .iter()
        .filter(|holding| holding.statement.effect == Effect::Allow)
        .filter_map(|holding| match bearing(holding, caller, action, resource) {
            Bearing::Not => None,
            Bearing::Certain => Some((holding, Vec::new())),
            Bearing::If(conditions) => Some((holding, conditions)),
        })
        .min_by_key(|(_, conditions)| conditions.len())
}

fn bearing(holding: &Holding<'_>, caller: &Caller<'_>, action: &str, resource: &str) -> Bearing {
    let statement = holding.statement;
    let acts =
        names(&statement.actions, |p| pattern::matches(&condition::action_pattern(p), action));
    if !acts {
        return Bearing::Not;
    }
    let mut conditions = Vec::new();
    if let Some(resources) = &statement.resources {
        match reaches(resources, holding.language, caller, resource) {
            Reached::No => return Bearing::Not,
            Reached::Yes => {}
            Reached::If(text) => conditions.push(text),
        }
    }
    match condition::certainty(&statement.conditions, caller) {
        Certainty::Never => return Bearing::Not,
        Certainty::Always => {}
        Certainty::Depends => {
            let open = |clause: &&_| condition::certainty_of(clause, caller) == Certainty::Depends;
            conditions.extend(statement.conditions.iter().filter(open).map(condition::describe));
        }
    }
    if conditions.is_empty() { Bearing::Certain } else { Bearing::If(conditions) }
}

enum Reached {
    No,
    Yes,
    If(String),
}

/// Whether a resource element speaks of `resource`; a variable nobody knows
/// makes it depend on the request.
fn reaches(
    elements: &Elements,
    language: Language,
    caller: &Caller<'_>,
    resource: &str,
) -> Reached {
    let mut open = None;
    for text in elements.patterns() {
        let filled = condition::fill(text, language, caller);
        if pattern::matches(&filled.pattern, resource) {
            if filled.open.is_empty() {
                return match elements {
                    Elements::Only(_) => Reached::Yes,
                    Elements::Except(_) => Reached::No,
                };
            }
            open = Some(format!("the resource matches {text}"));
        }
    }
    match (open, elements) {
        (Some(text), Elements::Only(_)) => Reached::If(text),
        (Some(text), Elements::Except(_)) => Reached::If(format!("not ({text})")),
        (None, Elements::Only(_)) => Reached::No,
        (None, Elements::Except(_)) => Reached::Yes,
    }
}

fn names(elements: &Elements, matches: impl Fn(&str) -> bool) -> bool {
    match elements {
        Elements::Only(patterns) => patterns.iter().any(|pattern| matches(pattern)),
        Elements::Except(patterns) => !patterns.iter().any(|pattern| matches(pattern)),
    }
}
