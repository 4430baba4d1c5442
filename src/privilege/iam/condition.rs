//! Conditions, three-valued: what is certain about them, whether or not the
//! request is seen, and how the rest is told to a person.
//!
//! Only what [`Facts`] hold for certain decides; all else stays open and is
//! printed. A Deny whose condition can never hold takes nothing away, which is why
//! such conditions must be recognised. Where AWS documents nothing (a multivalued
//! key under an operator without a quantifier, a date that is none), the answer
//! is open as well.

mod facts;
mod keys;
mod operator;
mod values;
mod variables;

pub use facts::Known;
pub(super) use facts::{Asked, Caller, Fact, Facts, Profile};
pub(super) use variables::{Meaning, fill, like, meaning, widest};

use std::sync::Arc;

use crate::model::aws::{
    pattern,
    policy::{Clause, Language},
};
use operator::{Operator, Quantifier, Test};

/// Whether a condition holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Certainty {
    /// For every request.
    Always,
    /// For no request.
    Never,
    /// It depends on the request.
    Depends,
}

impl Certainty {
    fn of(holds: bool) -> Self {
        if holds { Self::Always } else { Self::Never }
    }

    fn not(self) -> Self {
        match self {
            Self::Always => Self::Never,
            Self::Never => Self::Always,
            Self::Depends => Self::Depends,
        }
    }

    fn all(each: impl Iterator<Item = Self>) -> Self {
        let mut all = Self::Always;
        for one in each {
            match one {
                Self::Never => return Self::Never,
                Self::Depends => all = Self::Depends,
                Self::Always => {}
            }
        }
        all
    }

    fn any(each: impl Iterator<Item = Self>) -> Self {
        Self::all(each.map(Self::not)).not()
    }
}

/// Whether all clauses of a statement hold, where it is not told which language
/// they are written in: variables in their values stay open.
pub(super) fn certainty(clauses: &[Clause], facts: &impl Facts) -> Certainty {
    certainty_in(None, clauses, facts)
}

/// Whether one clause holds; see [`certainty`].
pub(super) fn certainty_of(clause: &Clause, facts: &impl Facts) -> Certainty {
    certainty_of_in(None, clause, facts)
}

/// Whether all clauses of a statement hold.
pub(super) fn certainty_in(
    language: Option<Language>,
    clauses: &[Clause],
    facts: &impl Facts,
) -> Certainty {
    if contradicts_itself(clauses) {
        return Certainty::Never;
    }
    Certainty::all(clauses.iter().map(|clause| certainty_of_in(language, clause, facts)))
}

/// Whether one clause holds.
pub(super) fn certainty_of_in(
    language: Option<Language>,
    clause: &Clause,
    facts: &impl Facts,
) -> Certainty {
    let Some(operator) = Operator::read(&clause.operator) else { return Certainty::Depends };
    let key = clause.key.to_ascii_lowercase();
    let fact = facts.fact(&key);
    if operator.test == Test::Null {
        return presence(&clause.values, &fact);
    }
    let holds = |value: &str| {
        let any = Certainty::any(
            clause.values.iter().map(|wanted| operator.test.holds(wanted, value, language, facts)),
        );
        if operator.negated { any.not() } else { any }
    };
    let since = |start| match (operator.quantifier, operator.test) {
        (None, Test::Date(order) | Test::Number(order)) => {
            let any = Certainty::any(
                clause.values.iter().map(|wanted| values::since(order, wanted, start)),
            );
            if operator.negated { any.not() } else { any }
        }
        _ => Certainty::Depends,
    };
    match fact {
        Fact::Absent => operator.on_absence(),
        Fact::One(value) => match operator.quantifier {
            None => holds(value),
            Some(quantifier) => quantified(quantifier, [value].into_iter(), holds),
        },
        Fact::Many(values) => match operator.quantifier {
            None => Certainty::Depends,
            Some(quantifier) => quantified(quantifier, values.iter().map(String::as_str), holds),
        },
        Fact::Since(start) => since(start),
        Fact::SinceIfAny(start) => {
            let there = since(start);
            if there == operator.on_absence() { there } else { Certainty::Depends }
        }
        Fact::Present | Fact::Unknown => {
            let impossible = operator.on_absence() == Certainty::Never
                && !operator.negated
                && operator.test.is_text_or_bool()
                && clause.values.iter().all(|wanted| {
                    !wanted.contains("${")
                        && keys::never_holds(facts.keys(), &key, operator.test, wanted)
                });
            if impossible { Certainty::Never } else { Certainty::Depends }
        }
    }
}

/// `ForAllValues` and `ForAnyValue` over the values of a request. Empty texts alone
/// are no values: all of none hold, and not one does.
fn quantified<'v>(
    quantifier: Quantifier,
    values: impl Iterator<Item = &'v str> + Clone,
    holds: impl Fn(&str) -> Certainty,
) -> Certainty {
    let nothing = values.clone().all(str::is_empty);
    match quantifier {
        Quantifier::All if nothing => Certainty::Always,
        Quantifier::Any if nothing => Certainty::Never,
        Quantifier::All => Certainty::all(values.map(holds)),
        Quantifier::Any => Certainty::any(values.map(holds)),
    }
}

/// `Null`: `true` asks for absence, `false` for presence.
fn presence(wanted: &[String], fact: &Fact<'_>) -> Certainty {
    let wants = |text: &str| wanted.iter().any(|value| value.eq_ignore_ascii_case(text));
    match (wants("true"), wants("false")) {
        (true, true) => return Certainty::Always,
        (false, false) => return Certainty::Never,
        (true, false) | (false, true) => {}
    }
    let absent = match fact {
        Fact::Absent => Certainty::Always,
        // Whether an empty value is a value is not documented.
        Fact::One("") => Certainty::Depends,
        Fact::Many(values) if values.iter().all(String::is_empty) => Certainty::Depends,
        Fact::One(_) | Fact::Many(_) | Fact::Since(_) | Fact::Present => Certainty::Never,
        Fact::SinceIfAny(_) | Fact::Unknown => Certainty::Depends,
    };
    if wants("true") { absent } else { absent.not() }
}

/// `Null: true` on a key that another clause needs: it cannot be absent and
/// have a value.
fn contradicts_itself(clauses: &[Clause]) -> bool {
    clauses.iter().any(|null| {
        null.operator.eq_ignore_ascii_case("null")
            && !null.values.is_empty()
            && null.values.iter().all(|value| value.eq_ignore_ascii_case("true"))
            && clauses.iter().any(|other| {
                other.key.eq_ignore_ascii_case(&null.key)
                    && Operator::read(&other.operator).is_some_and(|operator| {
                        operator.test != Test::Null && operator.on_absence() == Certainty::Never
                    })
            })
    })
}

/// `aws:RequestedRegion StringEquals eu-west-1, eu-central-1`.
pub(super) fn describe(clause: &Clause) -> String {
    format!("{} {} {}", clause.key, clause.operator, clause.values.join(", "))
}

/// What must hold so that a Deny with these clauses does not apply.
pub(super) fn describe_unless(clauses: &[Clause]) -> String {
    let all: Vec<String> = clauses.iter().map(describe).collect();
    format!("not ({})", all.join(" and "))
}

/// Runs of `*` are one.
pub(super) fn tidy(pattern: &str) -> Arc<str> {
    if !pattern.contains("**") {
        return pattern.into();
    }
    let mut text = String::with_capacity(pattern.len());
    for char in pattern.chars() {
        if !(char == '*' && text.ends_with('*')) {
            text.push(char);
        }
    }
    text.into()
}

/// An action pattern in the form that decisions use: lower case, `*:*` as `*`.
pub(super) fn action_pattern(pattern: &str) -> Arc<str> {
    let mut pattern = tidy(pattern);
    if &*pattern == "*:*" {
        return "*".into();
    }
    if let Some(text) = Arc::get_mut(&mut pattern) {
        text.make_ascii_lowercase();
    }
    pattern
}

/// Whether a pattern is plain text.
pub(super) fn is_plain(pattern: &str) -> bool {
    !pattern::is_wild(pattern)
}

#[cfg(test)]
mod tests;
