//! Who stood behind the changes of one agent.

use super::place::Place;
use crate::{
    assess::assessment::{ChangeView, OversightView},
    report::phrase::{self, Clause, Weight},
};

/// What logs show of its oversight.
pub(super) struct Behind<'a> {
    pub(super) changes: String,
    pub(super) clauses: Vec<Clause>,
    pub(super) unobserved: Vec<&'a str>,
    /// The latest changes, the latest first.
    pub(super) latest: Vec<Change<'a>>,
    pub(super) hidden: u64,
}

/// One change.
pub(super) struct Change<'a> {
    pub(super) it: &'a ChangeView,
    pub(super) behind: Vec<String>,
    pub(super) place: Place,
}

impl<'a> Behind<'a> {
    /// `brief` leaves single changes out, for size.
    pub(super) fn new(view: &'a OversightView, brief: bool) -> Self {
        let latest = if brief { &[] } else { view.latest.as_slice() };
        let clauses = phrase::clauses(view);
        Self {
            changes: phrase::count(view.changes, "change", "changes"),
            unobserved: phrase::unobserved(view, &clauses),
            clauses,
            latest: latest.iter().rev().map(change).collect(),
            hidden: view.changes.saturating_sub(latest.len() as u64),
        }
    }

    /// Whether a clause tells of something that should not have happened.
    pub(super) fn is_wrong(clause: &Clause) -> bool {
        clause.weight == Weight::Wrong
    }
}

fn change(it: &ChangeView) -> Change<'_> {
    Change { it, behind: phrase::behind(it), place: Place::new(&it.location) }
}
