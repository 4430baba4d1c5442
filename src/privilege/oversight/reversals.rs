//! Whether a change was put back, by whom, and whether it could be at all.
//!
//! A record says so, or the log shows it: `kubectl rollout undo` on the same object, or
//! the inverse action. A restart puts nothing back. That somebody else wrote what may be
//! the same object soon after may be a way back or the next change: it is told apart. What
//! the platform's own controllers do follows from changes, and puts none back.
//!
//! Two questions are asked of a way back, and whoever doubts answers them differently: it
//! speaks against the agent unless it is known that no person wanted it
//! ([`Reverted::by_people`]), and it shows that a person looked only where one certainly
//! did ([`Reverted::is_acknowledgement`]).

use std::{cmp, collections::BTreeMap};

use super::{
    SKEW,
    events::ids,
    joins::{Join, Strength},
    notifications::ANSWERED_WITHIN,
    who::Who,
    writes::{Asked, Writes},
};
use crate::{
    model::{
        activity::{Activity, LoggedAction, LoggedOutcome, Reversal, Rows},
        principal::Principal,
    },
    rubric::oversight::OversightRules,
};

/// How a change was put back, or was to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reverted<'a> {
    /// A record says so.
    Recorded(&'a Reversal),
    /// The platform's log shows it.
    Logged {
        /// Who did.
        by: &'a Principal,
        /// By what.
        row: &'a LoggedAction,
    },
    /// Somebody else wrote what may be the same object soon after; whether that put it back,
    /// the log does not tell.
    Perhaps {
        /// Who did.
        by: &'a Principal,
        /// By what.
        row: &'a LoggedAction,
    },
}

/// Whether people put a change back, the worst last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ByPeople {
    /// Nobody did, or the agent itself or an automation.
    No,
    /// The records do not tell.
    Perhaps,
    /// They did.
    Yes,
}

/// Who put a change back, or tried to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Hand {
    /// The agent itself, or an account of it.
    Itself,
    /// A program: an automation, another agent, an account that no person has.
    Machine,
    /// Nobody is known to have: no name, a role that anyone may have taken on, or a program
    /// that somebody had do it.
    Unknown,
    /// A person.
    Person,
}

impl Reverted<'_> {
    /// Who did it, or tried to.
    #[must_use]
    pub fn hand(&self, who: &Who<'_>) -> Hand {
        match self {
            Self::Recorded(record) if record.automatic => Hand::Machine,
            Self::Recorded(record) => match record.by.as_deref() {
                Some(by) if who.is_itself(by) => Hand::Itself,
                Some(by) if who.may_be_person(by) => Hand::Person,
                Some(_) | None => Hand::Unknown,
            },
            Self::Logged { by, row } | Self::Perhaps { by, row } => hand(by, row, who),
        }
    }

    /// Whether people wanted it back, as it counts against the agent: only what is known to
    /// be no person's does not. A try that failed says as much as one that worked.
    #[must_use]
    pub fn by_people(&self, who: &Who<'_>) -> ByPeople {
        match (self, self.hand(who)) {
            (_, Hand::Itself) | (Self::Recorded(_), Hand::Machine) => ByPeople::No,
            // People may have had a program do it.
            (Self::Perhaps { .. }, _) | (Self::Logged { .. }, Hand::Machine) => ByPeople::Perhaps,
            (Self::Recorded(_) | Self::Logged { .. }, Hand::Unknown | Hand::Person) => {
                ByPeople::Yes
            }
        }
    }

    /// Whether a person certainly put the change back within a day: then one looked at it.
    #[must_use]
    pub fn is_acknowledgement(&self, change: &LoggedAction, who: &Who<'_>) -> bool {
        let (at, worked) = match self {
            Self::Recorded(record) => (record.time, record.restored == Some(true)),
            Self::Logged { row, .. } => (row.time, row.outcome == LoggedOutcome::Done),
            Self::Perhaps { .. } => return false,
        };
        let within_a_day = at.zip(change.time).is_some_and(|(at, changed)| {
            let after = at.duration_since(changed);
            !after.is_negative() && after <= ANSWERED_WITHIN
        });
        worked && within_a_day && self.hand(who) == Hand::Person
    }
}

/// Who made a request: whoever assumed the identity that it counts for comes first.
fn hand(by: &Principal, row: &LoggedAction, who: &Who<'_>) -> Hand {
    let by_name = by.to_string();
    let name = row.trace.impersonator.as_deref().unwrap_or(&by_name);
    let role = matches!(by, Principal::Aws(_));
    if who.is_itself(name) {
        Hand::Itself
    } else if who.may_be_person(name) {
        Hand::Person
    } else if role && !who.is_other(name) {
        Hand::Unknown
    } else {
        Hand::Machine
    }
}

/// What may put changes back, by what it is about.
#[derive(Debug)]
pub struct Reversals<'a> {
    by_id: BTreeMap<&'a str, Vec<&'a Reversal>>,
    writes: Writes<'a>,
}

impl<'a> Reversals<'a> {
    /// Of all records, and of all changes of everyone but the platforms' own controllers.
    #[must_use]
    pub fn of(rows: &'a Rows<Reversal>, activity: &'a Activity, rules: &OversightRules) -> Self {
        let mut by_id = BTreeMap::<&str, Vec<_>>::new();
        for row in rows.iter().filter(|row| !row.drill) {
            let call = row.about.call.as_deref();
            let request = row.about.request.as_deref().filter(|request| Some(*request) != call);
            for id in call.into_iter().chain(request).filter(|id| !id.is_empty()) {
                by_id.entry(id).or_default().push(row);
            }
        }
        Self { by_id, writes: Writes::of(activity, rules) }
    }

    /// Every way in which a change was put back or may have been, by records and by the log,
    /// what speaks most against the agent first.
    #[must_use]
    pub(super) fn of_change(
        &self,
        row: &'a LoggedAction,
        join: Option<Join<'a, '_>>,
        who: &Who<'_>,
        rules: &OversightRules,
    ) -> Vec<Reverted<'a>> {
        let exact = join.filter(|join| join.strength == Strength::Exact);
        let call = exact.and_then(|join| join.call.id());
        let after = |record: &&&Reversal| match (record.time, row.time) {
            (Some(reverted), Some(changed)) => reverted.duration_since(changed) >= -SKEW,
            _ => true,
        };
        let records = ids(row).chain(call).filter_map(|id| self.by_id.get(id)).flatten();
        let mut all: Vec<_> =
            records.filter(after).map(|record| Reverted::Recorded(record)).collect();
        // The request by which an automation did what its record says is no second way back.
        let automated = all.iter().any(|one| one.hand(who) == Hand::Machine);
        all.extend(self.writes.after(Asked { row, who, rules, automated }));
        all.sort_by_key(|one| (cmp::Reverse(one.by_people(who)), *one));
        all.dedup();
        all
    }
}
