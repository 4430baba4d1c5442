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
        capability::NEXT,
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

/// Whether a statement names what it is about, thing by thing.
fn names_things(statement: &Statement) -> bool {
    match &statement.resources {
        Some(Elements::Only(patterns)) => patterns.iter().all(|pattern| names_a_thing(pattern)),
        Some(Elements::Except(_)) | None => false,
    }
}

/// Things with others below them, by service and what stands before their name, and what
/// ends the name: a pattern may leave open what is below, as it names the thing.
const PARENTS: [(&str, &str, char); 4] = [
    ("s3", "", '/'),
    ("dynamodb", "table/", '/'),
    ("lambda", "function:", ':'),
    ("logs", "log-group:", ':'),
];

/// Whether a pattern is of one thing, or of what lies below one: `table/notes/index/*` and
/// `arn:aws:s3:::notes/*` are. Of any other with a wildcard or a variable nobody can tell
/// how many it meets: `instance/i-*` is every instance.
fn names_a_thing(pattern: &str) -> bool {
    let Some(resource) = resource_of(pattern) else { return false };
    let mut parts = pattern.split(':').skip(2);
    let service = parts.next().unwrap_or_default();
    // Buckets alone have neither a region nor an account before their name.
    let is_bucket = service == "s3" && parts.take(2).all(str::is_empty);
    let below = PARENTS.iter().find_map(|(of, kind, end)| {
        let fits = *of == service && (*of != "s3" || is_bucket);
        let name = fits.then(|| resource.strip_prefix(kind)).flatten()?;
        let (name, _) = name.split_once(*end)?;
        (!name.is_empty()).then_some(name)
    });
    !is_open(service) && !resource.is_empty() && !is_open(below.unwrap_or(resource))
}

/// Whether text stands for several.
fn is_open(text: &str) -> bool {
    text.contains(['*', '?']) || text.contains("${")
}

fn is_everything(statement: &Statement) -> bool {
    let all = |elements: &Elements| matches!(elements, Elements::Only(own) if own.iter().any(|p| p == "*" || p == "*:*"));
    statement.conditions.is_empty()
        && all(&statement.actions)
        && statement.resources.as_ref().is_none_or(all)
}
