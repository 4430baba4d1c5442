//! Whether two statements speak of the same calls.

use std::borrow::Cow;

use crate::{
    model::aws::{
        pattern,
        policy::{Elements, Statement},
    },
    privilege::iam::condition,
};

/// Letters of patterns compared with each other for one principal. Past them a
/// Deny is taken to speak of what an Allow gives.
const WORK: usize = 100_000_000;

/// Compares statements, within bounds.
#[derive(Default)]
pub(super) struct Overlaps {
    spent: usize,
}

impl Overlaps {
    /// Whether some call may be spoken of by both.
    pub(super) fn meet(&mut self, one: &Spoken<'_>, other: &Spoken<'_>) -> bool {
        self.elements(&one.actions, &other.actions, meet)
            && self.elements(&one.resources, &other.resources, meet)
    }

    /// Whether all calls that `inner` speaks of are spoken of by `outer`.
    pub(super) fn covers(&mut self, outer: &Spoken<'_>, inner: &Spoken<'_>) -> bool {
        self.elements(&outer.actions, &inner.actions, within)
            && self.elements(&outer.resources, &inner.resources, within)
    }

    fn elements(
        &mut self,
        one: &Named<'_>,
        other: &Named<'_>,
        answer: fn(&Named<'_>, &Named<'_>) -> bool,
    ) -> bool {
        let length = |named: &Named<'_>| named.patterns.iter().map(|p| p.len()).sum::<usize>();
        self.spent = self.spent.saturating_add(length(one).saturating_mul(length(other)));
        self.spent > WORK || answer(one, other)
    }
}

/// What a statement speaks of, ready to be compared.
pub(super) struct Spoken<'a> {
    pub(super) statement: &'a Statement,
    actions: Named<'a>,
    resources: Named<'a>,
}

impl<'a> Spoken<'a> {
    pub(super) fn of(statement: &'a Statement) -> Self {
        Self { statement, actions: actions(statement), resources: resources(statement) }
    }
}

/// An element, ready to be compared.
struct Named<'a> {
    /// Whether it is all but these.
    except: bool,
    patterns: Vec<Cow<'a, str>>,
}

fn actions(statement: &Statement) -> Named<'_> {
    named(&statement.actions, |pattern| condition::action_pattern(pattern).to_string().into())
}

fn resources(statement: &Statement) -> Named<'_> {
    match &statement.resources {
        Some(elements) => named(elements, condition::widest),
        None => Named { except: true, patterns: Vec::new() },
    }
}

fn named<'a>(elements: &'a Elements, read: fn(&'a str) -> Cow<'a, str>) -> Named<'a> {
    Named {
        except: matches!(elements, Elements::Except(_)),
        patterns: elements.patterns().iter().map(|pattern| read(pattern)).collect(),
    }
}

fn meet(one: &Named<'_>, other: &Named<'_>) -> bool {
    match (one.except, other.except) {
        (false, false) => {
            one.patterns.iter().any(|a| other.patterns.iter().any(|b| pattern::overlaps(a, b)))
        }
        (false, true) => leaves_some(&one.patterns, &other.patterns),
        (true, false) => leaves_some(&other.patterns, &one.patterns),
        (true, true) => true,
    }
}

/// Whether something of `patterns` is in none of `except`.
fn leaves_some(patterns: &[Cow<'_, str>], except: &[Cow<'_, str>]) -> bool {
    patterns.iter().any(|a| !except.iter().any(|b| pattern::covers(b, a)))
}

fn within(outer: &Named<'_>, inner: &Named<'_>) -> bool {
    match (outer.except, inner.except) {
        (false, false) => {
            inner.patterns.iter().all(|a| outer.patterns.iter().any(|b| pattern::covers(b, a)))
        }
        (true, false) => {
            !inner.patterns.iter().any(|a| outer.patterns.iter().any(|b| pattern::overlaps(a, b)))
        }
        (false, true) => outer.patterns.iter().any(|a| a == "*"),
        (true, true) => {
            outer.patterns.iter().all(|a| inner.patterns.iter().any(|b| pattern::covers(b, a)))
        }
    }
}
