//! What caps a principal, as a whole: its boundary, or a level of its organisation.

use crate::{
    model::{
        aws::{
            arn::resource_of,
            policy::{Effect, Elements, Statement},
        },
        capability::Capability,
        location::Location,
    },
    privilege::iam::{
        capability::{NEXT, is_broad},
        extent::{AND, EXCEPT},
    },
};

use super::{
    statement::Found,
    taken::{Overlaps, Spoken},
};

/// What a cap of these statements does to what these Allows give, which comes to these
/// capabilities; none where it takes nothing of it now and may of what is given later.
pub(super) fn whole(
    statements: &[&Statement],
    allows: &[Spoken<'_>],
    capabilities: &[Capability],
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
    let bounds: Vec<String> = capabilities
        .iter()
        .filter(|capability| bounds(&limits, capability, overlaps))
        .map(|capability| capability.id.clone())
        .collect();
    (narrows || !bounds.is_empty())
        .then(|| Found { bounds, ..Found::works("bounds what its policies give".to_owned()) })
}

/// Whether a cap says which things a capability reaches: every Allow of it that speaks of
/// such actions names them. A condition may say so too, and is not taken apart.
fn bounds(limits: &[Spoken<'_>], capability: &Capability, overlaps: &mut Overlaps) -> bool {
    let actions = capability.action.split(NEXT).map(|piece| {
        let (all, _) = piece.split_once(EXCEPT).unwrap_or((piece, ""));
        // What several patterns share, each of them holds.
        all.split(AND).next().unwrap_or(all).to_owned()
    });
    let asked = Statement {
        sid: None,
        index: 0,
        effect: Effect::Allow,
        actions: Elements::Only(actions.collect()),
        resources: Some(Elements::Only(vec!["*".to_owned()])),
        principals: None,
        conditions: Vec::new(),
        location: Location::file(""),
    };
    let asked = Spoken::of(&asked);
    let mut speaking = limits.iter().filter(|own| overlaps.meet(own, &asked)).peekable();
    speaking.peek().is_some() && speaking.all(|own| names_things(own.statement))
}

/// Whether a statement names what it is about, and not all of a kind.
fn names_things(statement: &Statement) -> bool {
    match &statement.resources {
        Some(Elements::Only(patterns)) => !patterns.iter().any(|pattern| is_all_of_a_kind(pattern)),
        Some(Elements::Except(_)) | None => false,
    }
}

/// `*`, `arn:aws:ec2:*:*:*`, `arn:aws:ec2:*:*:instance/*`: of `arn:aws:s3:::notes/*`, the
/// bucket is named.
fn is_all_of_a_kind(pattern: &str) -> bool {
    if is_broad(pattern) {
        return true;
    }
    let Some(resource) = resource_of(pattern) else { return true };
    if pattern.split(':').nth(2) == Some("s3") {
        return resource.starts_with('*');
    }
    match resource.split_once(['/', ':']) {
        Some((kind, name)) => kind.contains('*') || name.starts_with('*'),
        None => resource.starts_with('*'),
    }
}

fn is_everything(statement: &Statement) -> bool {
    let all = |elements: &Elements| matches!(elements, Elements::Only(own) if own.iter().any(|p| p == "*" || p == "*:*"));
    statement.conditions.is_empty()
        && all(&statement.actions)
        && statement.resources.as_ref().is_none_or(all)
}
