//! Catalogued risks that a closure makes real.
//!
//! A risk holds in a scope when every clause of it is met by rules that reach
//! that scope, and where the evidence shows what else it asks for. One that
//! holds in the whole cluster is told once; one that holds in several namespaces
//! is told once and names them. What goes without saying beside a worse one is
//! left out.
//!
//! What is the same for every identity (which rules concern the cluster, which
//! clause a resource can meet) is prepared once, in [`Prepared`].

mod clause;
mod hit;
mod holds;
mod prepared;

use clause::{Met, meets};
pub(super) use hit::{Sighting, sighted};
use holds::{Holds, Witness};
pub(super) use prepared::Prepared;

use std::collections::BTreeSet;

use super::{
    closure::{Closure, Held},
    identity::Identity,
    index::Index,
    seen,
};
use crate::{
    model::{capability::RiskHit, kubernetes::Scope},
    rubric::kubernetes::effects::Effects,
};

/// All risks of a closure, ordered by severity, rule and scope.
pub(super) fn risks<'a>(
    prepared: &Prepared<'a>,
    effects: &Effects,
    closure: &Closure<'a>,
    index: &Index<'_>,
    identity: &Identity,
) -> Vec<RiskHit> {
    let met = prepared.met(effects, closure);
    let mut found: Vec<(usize, Holds<'_, '_>)> = Vec::new();
    for (number, entry) in prepared.entries().iter().enumerate() {
        let mut holds = Holds::of(entry, &met, closure, identity);
        if let Some(spots) = &entry.spots {
            holds.retain(|scope| spots.iter().any(|spot| scope.may_reach(&spot.scope)));
        }
        if !holds.is_empty() {
            found.push((number, holds));
        }
    }
    let is_subsumed = |number: usize, scope: &Scope| {
        found.iter().any(|(other, holds)| prepared.hides(*other, number) && holds.reaches(scope))
    };
    let mut hits: Vec<RiskHit> = Vec::new();
    for (number, holds) in &found {
        let Some(entry) = prepared.entries().get(*number) else { continue };
        let places: BTreeSet<&Scope> = holds.places();
        let scopes: Vec<&Scope> =
            places.into_iter().filter(|scope| !is_subsumed(*number, scope)).collect();
        hits.extend(hit::of_permissions(entry, holds, &scopes, identity));
    }
    for (number, entry) in prepared.entries().iter().enumerate() {
        let Some(sight) = entry.rule.seen else { continue };
        let sightings = seen::of_identity(sight, effects, closure, index, identity);
        let told: Vec<Sighting> = sightings
            .into_iter()
            .filter(|sighting| !is_subsumed(number, &sighting.scope))
            .collect();
        hits.extend(sighted(entry.rule, &told, &identity.principal().to_string()));
    }
    order(&mut hits);
    hits
}

/// Worst first, then by rule and scope.
pub(super) fn order(hits: &mut [RiskHit]) {
    hits.sort_by(|a, b| (b.severity, &a.rule, &a.scope).cmp(&(a.severity, &b.rule, &b.scope)));
}

/// The held rules through which some prepared rule holds in the whole cluster;
/// empty where none does for certain.
pub(super) fn held_everywhere<'a>(
    prepared: &Prepared<'a>,
    effects: &Effects,
    closure: &Closure<'a>,
    identity: &Identity,
) -> Vec<Held<'a>> {
    let everywhere = Closure {
        held: closure.held.iter().filter(|held| *held.scope() == Scope::Cluster).copied().collect(),
        bypass: None,
        gaps: Vec::new(),
        dangling: Vec::new(),
    };
    if everywhere.held.is_empty() {
        return Vec::new();
    }
    let met = prepared.met(effects, &everywhere);
    for entry in prepared.entries().iter().filter(|entry| !entry.open) {
        let holds = Holds::of(entry, &met, &everywhere, identity);
        if let Some(meeting) = holds.scopes.get(&Scope::Cluster)
            && !meeting.open
        {
            return meeting.witnesses.iter().map(|witness| *witness.held).collect();
        }
    }
    Vec::new()
}
