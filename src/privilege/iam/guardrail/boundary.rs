//! What caps a principal, as a whole: its boundary, or a level of its organisation.

use crate::model::aws::policy::{Effect, Elements, Statement};

use super::{
    statement::Found,
    taken::{Overlaps, Spoken},
};

/// What a cap of these statements does to what these Allows give; none where it
/// takes nothing of it now and may of what is given later.
pub(super) fn whole(
    statements: &[&Statement],
    allows: &[Spoken<'_>],
    overlaps: &mut Overlaps,
) -> Option<Found> {
    let limits = statements.iter().filter(|own| own.effect == Effect::Allow);
    let limits: Vec<Spoken<'_>> = limits.map(|own| Spoken::of(own)).collect();
    if limits.len() == statements.len() && limits.iter().any(|own| is_everything(own.statement)) {
        return Some(Found::fails(
            "allows everything: it bounds nothing".to_owned(),
            "Let it allow only what such principals are for.".to_owned(),
        ));
    }
    let mut is_whole = |allow: &Spoken<'_>| {
        limits.iter().any(|own| own.statement.conditions.is_empty() && overlaps.covers(own, allow))
    };
    let narrows = allows.iter().any(|allow| !is_whole(allow));
    narrows.then(|| Found::works("bounds what its policies give".to_owned()))
}

fn is_everything(statement: &Statement) -> bool {
    let all = |elements: &Elements| matches!(elements, Elements::Only(own) if own.iter().any(|p| p == "*" || p == "*:*"));
    statement.conditions.is_empty()
        && all(&statement.actions)
        && statement.resources.as_ref().is_none_or(all)
}
