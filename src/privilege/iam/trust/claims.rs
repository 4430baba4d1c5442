//! What is known of a request that no principal of an account makes: the claims
//! of its token, or the tags of its session.

use std::collections::BTreeMap;

use super::super::condition::{self, Caller, Certainty};
use crate::model::aws::{pattern, policy::Clause};

/// Condition keys, in lower case, of which the one value is known.
#[derive(Debug, Clone, Default)]
pub(crate) struct Claims(BTreeMap<String, String>);

impl Claims {
    /// These keys, however they are written.
    pub(super) fn of(known: impl IntoIterator<Item = (String, String)>) -> Self {
        Self(known.into_iter().map(|(key, value)| (key.to_ascii_lowercase(), value)).collect())
    }

    /// Whether all clauses of a statement hold.
    pub(super) fn certainty(&self, clauses: &[Clause], caller: &Caller<'_>) -> Certainty {
        if self.0.is_empty() {
            return condition::certainty(clauses, caller);
        }
        let (known, rest): (Vec<_>, Vec<_>) =
            clauses.iter().cloned().partition(|clause| self.value_of(clause).is_some());
        let rest = condition::certainty(&rest, caller);
        known.iter().fold(rest, |so_far, clause| {
            match (so_far, self.certainty_of(clause, caller)) {
                (Certainty::Never, _) | (_, Certainty::Never) => Certainty::Never,
                (Certainty::Always, other) => other,
                (Certainty::Depends, _) => Certainty::Depends,
            }
        })
    }

    /// Whether one clause holds.
    pub(super) fn certainty_of(&self, clause: &Clause, caller: &Caller<'_>) -> Certainty {
        match self.value_of(clause) {
            Some(value) => decide(clause, value),
            None => condition::certainty_of(clause, caller),
        }
    }

    fn value_of(&self, clause: &Clause) -> Option<&str> {
        self.0.get(&clause.key.to_ascii_lowercase()).map(String::as_str)
    }
}

/// A clause on a key that has one value. Set operators ask the same of it as
/// others do, and `IfExists` adds nothing.
fn decide(clause: &Clause, value: &str) -> Certainty {
    if clause.values.iter().any(|wanted| wanted.contains("${")) {
        return Certainty::Depends;
    }
    let operator = clause.operator.to_ascii_lowercase();
    let base = operator.rsplit(':').next().unwrap_or(&operator);
    let base = base.strip_suffix("ifexists").unwrap_or(base);
    let (base, negated) = match base.split_once("not") {
        Some((kind, comparison)) => (format!("{kind}{comparison}"), true),
        None => (base.to_owned(), false),
    };
    let any =
        |holds: fn(&str, &str) -> bool| clause.values.iter().any(|wanted| holds(wanted, value));
    let holds = match base.as_str() {
        "stringequals" => any(|wanted, value| wanted == value),
        "stringequalsignorecase" => any(|wanted, value| wanted.eq_ignore_ascii_case(value)),
        "stringlike" | "arnlike" | "arnequals" => any(pattern::matches),
        // It is there.
        "null" => clause.values.iter().any(|wanted| wanted.eq_ignore_ascii_case("false")),
        _ => return Certainty::Depends,
    };
    if holds == negated { Certainty::Never } else { Certainty::Always }
}
