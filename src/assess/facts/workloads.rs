//! What keeps the agent's targets up, and what puts them back.

use super::{Seen, credential};
use crate::{
    assess::exposed::Named,
    model::{
        fact::{FactValue, Facts},
        principal::Principal,
    },
};

pub(super) fn collect(seen: Seen<'_>, facts: &mut Facts) {
    // What a cluster shows of ways back is never all there is, so their absence
    // says nothing.
    for (name, named) in [
        ("reversals.withoutHandle", &seen.exposed.without_history),
        ("reversals.automated", &seen.exposed.rolled_back),
    ] {
        if !named.texts.is_empty() {
            know(name, named, facts);
        }
    }
    let without = &seen.exposed.without_budget;
    let on_aws_only = !seen.subject.principals.is_empty()
        && seen.subject.principals.iter().all(|own| matches!(own, Principal::Aws(_)));
    let missing = seen.exposed.undecided.clone().or_else(|| {
        // An identity of no cluster reaches no workload.
        (!on_aws_only).then(|| credential::missing(seen)).flatten()
    });
    match missing {
        Some(why) if without.texts.is_empty() => facts.unknown("targets.withoutBudget", why),
        _ => know("targets.withoutBudget", without, facts),
    }
}

fn know(name: &str, named: &Named, facts: &mut Facts) {
    let mut texts = named.texts.clone();
    if named.more > 0 {
        texts.push(format!("{} more", named.more));
    }
    facts.know(name, FactValue::List(texts), named.places.clone());
}
