//! From facts to a status.
//!
//! Three rules, in this order, make a false pass impossible: a criterion whose
//! `appliesWhen` names an unknown fact is unknown; it passes only when every fact
//! it needs is known; anything that goes wrong is unknown. An expression that is
//! false whatever the unknown facts turn out to be fails, so that an offender
//! already seen is not hidden behind a missing file.

use std::collections::BTreeSet;

use super::{
    criterion::{Criterion, Mode},
    expression::{Compiled, Expression, ExpressionError, MAX_LIST, Scope},
    vocabulary::FactEntry,
};
use crate::model::{
    fact::{Fact, FactValue, Facts},
    location::Location,
    status::Status,
    text::listed,
};

/// Reasons spelt out where several facts are unknown.
const REASONS_SHOWN: usize = 2;
/// Places kept as evidence of one status.
const EVIDENCE_KEPT: usize = 12;

/// What became of one criterion for one agent. Attestations and waivers come
/// after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evaluation {
    /// `pass`, `fail`, `unknown` or `not-applicable`; never `waived`.
    pub status: Status,
    /// One sentence for a person.
    pub reason: String,
    /// Where it was seen, without repetition, a dozen at most.
    pub evidence: Vec<Location>,
    /// The facts whose absence made it unknown, by name.
    pub missing: Vec<String>,
    /// Whether a person's statement may settle it: it is unknown, and either the
    /// criterion takes statements or no scanner collects what is missing.
    pub attestable: bool,
}

/// A fact as far as it can be used.
enum Usable<'f> {
    Known(&'f FactValue, &'f [Location]),
    /// With the reason that was given, if anyone looked.
    Unknown(Option<String>),
}

/// A needed fact that is unknown, with the reason that was given, if anyone looked.
type Missing<'c> = (&'c FactEntry, Option<String>);

impl Criterion {
    /// Its status for an agent with these facts.
    #[must_use]
    pub fn evaluate(&self, facts: &Facts) -> Evaluation {
        match self.judge(facts) {
            Ok(evaluation) => evaluation,
            Err(error) => Evaluation {
                status: Status::Unknown,
                reason: format!("{} {error}", self.id),
                evidence: Vec::new(),
                missing: Vec::new(),
                attestable: false,
            },
        }
    }

    /// Compiles one of its expressions against the facts it needs.
    ///
    /// # Errors
    /// When the expression cannot be used.
    pub(super) fn compile<'e>(
        &self,
        expression: &'e Expression,
    ) -> Result<&'e Compiled, ExpressionError> {
        expression
            .compile(&|name| self.needs.iter().find(|need| need.name == name).map(|need| need.kind))
    }

    /// The reason shown where its message cannot be evaluated.
    pub(super) fn fallback_reason(&self) -> String {
        format!("does not hold: {}", self.title)
    }

    fn judge(&self, facts: &Facts) -> Result<Evaluation, ExpressionError> {
        let mut scope = Scope::new()?;
        let mut evidence = Vec::new();
        let mut missing: Vec<Missing<'_>> = Vec::new();
        for need in &self.needs {
            match usable(need, facts) {
                Usable::Known(value, places) => {
                    scope.bind(&need.name, need.kind, value);
                    evidence.extend_from_slice(places);
                }
                Usable::Unknown(reason) => missing.push((need, reason)),
            }
        }
        let mut seen = BTreeSet::new();
        evidence.retain(|place| seen.insert(place.clone()));
        evidence.truncate(EVIDENCE_KEPT);

        if let Some(applies_when) = &self.applies_when {
            let compiled = self.compile(&applies_when.expression)?;
            let undecided: Vec<_> = missing
                .iter()
                .filter(|(need, _)| compiled.facts.contains(&need.name))
                .cloned()
                .collect();
            if !undecided.is_empty() {
                return Ok(self.unknown(&undecided, evidence));
            }
            if !scope.decide(compiled)? {
                return Ok(Evaluation {
                    status: Status::NotApplicable,
                    reason: applies_when.message.clone(),
                    evidence,
                    missing: Vec::new(),
                    attestable: false,
                });
            }
        }

        let compiled = self.compile(&self.expression)?;
        if !missing.is_empty() {
            return Ok(match scope.decide(compiled) {
                Ok(false) => self.fail(&scope, evidence)?,
                Ok(true) | Err(_) => self.unknown(&missing, evidence),
            });
        }
        if scope.decide(compiled)? {
            Ok(Evaluation {
                status: Status::Pass,
                reason: self.pass_message.clone(),
                evidence,
                missing: Vec::new(),
                attestable: false,
            })
        } else {
            self.fail(&scope, evidence)
        }
    }

    fn fail(
        &self,
        scope: &Scope<'_>,
        evidence: Vec<Location>,
    ) -> Result<Evaluation, ExpressionError> {
        let message = self.compile(&self.message)?;
        Ok(Evaluation {
            status: Status::Fail,
            // A message may name facts that are unknown although the verdict is not.
            reason: scope.phrase(message).unwrap_or_else(|_| self.fallback_reason()),
            evidence,
            missing: Vec::new(),
            attestable: false,
        })
    }

    fn unknown(&self, missing: &[Missing<'_>], evidence: Vec<Location>) -> Evaluation {
        let uncollected = missing.iter().all(|(need, _)| need.collected_by.is_empty());
        Evaluation {
            status: Status::Unknown,
            reason: reason_of(missing),
            evidence,
            missing: missing.iter().map(|(need, _)| need.name.clone()).collect(),
            attestable: uncollected || self.mode == Mode::Attested,
        }
    }
}

/// Why facts are missing, each reason once; what a scanner saw before what none did.
fn reason_of(missing: &[Missing<'_>]) -> String {
    let mut reasons: Vec<String> = Vec::new();
    let (seen, unseen): (Vec<_>, Vec<_>) = missing.iter().partition(|(_, reason)| reason.is_some());
    for (need, reason) in seen.into_iter().chain(unseen) {
        let reason = match reason {
            Some(reason) => reason.clone(),
            None => {
                let together: Vec<&FactEntry> = missing
                    .iter()
                    .filter(|(other, reason)| {
                        reason.is_none()
                            && other.settled_by == need.settled_by
                            && other.is_looked_for() == need.is_looked_for()
                    })
                    .map(|(other, _)| *other)
                    .collect();
                nobody_looked(&together)
            }
        };
        if !reasons.contains(&reason) {
            reasons.push(reason);
        }
    }
    let rest = reasons.len().saturating_sub(REASONS_SHOWN);
    reasons.truncate(REASONS_SHOWN);
    let mut text = reasons.join("; ");
    if rest > 0 {
        text.push_str(&format!("; and {rest} more"));
    }
    text
}

/// Why facts are missing that no scanner has said anything about; they are
/// settled by the same evidence.
fn nobody_looked(facts: &[&FactEntry]) -> String {
    let Some(first) = facts.first() else { return String::new() };
    let names: Vec<String> = facts.iter().map(|fact| format!("`{}`", fact.name)).collect();
    let names = listed(&names, names.len());
    let them = if facts.len() == 1 { "it" } else { "them" };
    if !first.is_looked_for() {
        format!("no scanner collects {names} yet; {} would settle {them}", first.settled_by)
    } else {
        format!("no evidence shows {names}; {} would settle {them}", first.settled_by)
    }
}

/// The value of a needed fact, if it is known, of its documented type, and
/// within bounds.
fn usable<'f>(need: &FactEntry, facts: &'f Facts) -> Usable<'f> {
    let unusable = |reason: String| Usable::Unknown(Some(reason));
    match facts.get(&need.name) {
        None => Usable::Unknown(None),
        Some(Fact::Unknown { reason }) => unusable(reason.clone()),
        Some(Fact::Known { value, evidence }) => match value {
            _ if !need.kind.admits(value) => {
                unusable(format!("`{}` was not collected as {}", need.name, need.kind))
            }
            FactValue::Float(number) if !number.is_finite() => {
                unusable(format!("`{}` is not a number", need.name))
            }
            FactValue::List(items) if items.len() > MAX_LIST => unusable(format!(
                "`{}` has {} entries; at most {MAX_LIST} are judged",
                need.name,
                items.len()
            )),
            _ => Usable::Known(value, evidence),
        },
    }
}
