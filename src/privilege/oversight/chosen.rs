//! What an id proves that a client chose.
//!
//! Whoever sends a request to Kubernetes may set its `Audit-ID`, so that any request can
//! claim to be a part of any call. It is one where what the call was given names its object
//! and no other place; where that names nothing, the claim is believed of the only change
//! that makes it. AWS numbers its events itself, and an answer that names one was answered
//! to whoever made it.

use super::{
    calls::{Call, Calls},
    events::Events,
    targets::{self, Fit},
};
use crate::{
    model::{
        activity::{Arguments, LoggedAction, Target},
        capability::Plane,
    },
    rubric::oversight::OversightRules,
};

/// What the arguments of a call say of a change.
enum Told {
    /// They name its object, and no place but its own.
    Named,
    /// They do not say.
    Nothing,
    /// They name something else.
    Another,
}

/// The call that a change claims, by its id, to be a part of.
pub(super) fn claimed<'c, 'a>(row: &LoggedAction, calls: &'c Calls<'a>) -> Option<&'c Call<'a>> {
    let id = row.trace.id.as_deref();
    // The id that AWS gave an event is none of a call's, but an answer may name it.
    let chosen = id.filter(|_| row.action.plane() == Plane::Kubernetes);
    chosen
        .and_then(|id| calls.by_id(id))
        .or_else(|| id.and_then(|id| calls.by_request(id)))
        .or_else(|| row.trace.request.as_deref().and_then(|id| calls.by_request(id)))
}

/// Whether a change is a part of the call that it claims.
pub(super) fn is_of(
    row: &LoggedAction,
    call: &Call<'_>,
    events: &Events<'_>,
    rules: &OversightRules,
) -> bool {
    if row.action.plane() != Plane::Kubernetes {
        return true;
    }
    // A tool that reads, or one that was for another kind of object or another thing.
    if targets::fit(call, row, rules) == Fit::No || !targets::is_named_for(call, row, rules) {
        return false;
    }
    match told(row, call, events) {
        Told::Named => true,
        Told::Nothing => row.trace.id.as_deref().is_some_and(|id| events.is_alone(id)),
        Told::Another => false,
    }
}

/// Whether a change may all the same be a part of the call that it claims: nothing speaks
/// against it but that others claim the same, or it may come with what the call was for.
pub(super) fn may_be_of(
    row: &LoggedAction,
    call: &Call<'_>,
    events: &Events<'_>,
    rules: &OversightRules,
) -> bool {
    match told(row, call, events) {
        Told::Named | Told::Nothing => targets::fit(call, row, rules) != Fit::No,
        Told::Another => targets::comes_with(call, row, rules),
    }
}

/// Whether what is on record of the id that a change bears is on record of the change:
/// without a record of a call, where no change of something else bears it too.
pub(super) fn is_proven(
    row: &LoggedAction,
    calls: &Calls<'_>,
    events: &Events<'_>,
    rules: &OversightRules,
) -> bool {
    let Some(id) = row.trace.id.as_deref() else { return true };
    match claimed(row, calls) {
        Some(call) => is_of(row, call, events, rules),
        None => row.action.plane() != Plane::Kubernetes || events.are_alike(id),
    }
}

fn told(row: &LoggedAction, call: &Call<'_>, events: &Events<'_>) -> Told {
    let words = call.words();
    // What else it names may not have been kept.
    let may_say_more = words.len() >= Arguments::WORDS;
    let object = row.object.as_deref();
    if words.is_empty() || may_say_more && !object.is_some_and(|object| words.contains(object)) {
        return Told::Nothing;
    }
    let Target::KubernetesResource { resource, namespace, .. } = &row.action.target else {
        return Told::Another;
    };
    let namespace = namespace.as_deref();
    match object {
        // All objects of a place, or one that the server names.
        None if words.iter().all(|word| Some(*word) == namespace) => return Told::Nothing,
        Some(object) if words.contains(object) => {}
        Some(_) | None => return Told::Another,
    }
    if resource == "namespaces" {
        // Whatever lies in it names it too.
        let says_so = |word: &&str| word.to_lowercase().starts_with("namespace") || *word == "ns";
        let alone = words.len() == 1;
        return if alone || words.iter().any(says_so) { Told::Named } else { Told::Another };
    }
    match namespace {
        None => Told::Named,
        Some(own) if words.contains(own) => Told::Named,
        Some(_) => {
            let elsewhere = |word: &&str| Some(*word) != object && events.has_namespace(word);
            if words.iter().any(elsewhere) { Told::Another } else { Told::Nothing }
        }
    }
}
