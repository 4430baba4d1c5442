//! What keeps the agent's targets up, and what puts them back.

use super::{Offenders, Seen, credential};
use crate::model::{fact::Facts, principal::Principal};

pub(super) fn collect(seen: Seen<'_>, facts: &mut Facts) {
    // What a cluster shows of such rollouts is never all there is, so their absence says
    // nothing.
    if !seen.exposed.rolled_back.texts.is_empty() {
        Offenders::of(&seen.exposed.rolled_back).note("reversals.automated", None, facts);
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
        _ => Offenders::of(without).note("targets.withoutBudget", None, facts),
    }
}
