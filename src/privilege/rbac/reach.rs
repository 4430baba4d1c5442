//! What one principal may do, in the words of the whole product.

use super::{
    capabilities::capabilities,
    closure::Closure,
    identity::Identity,
    index::Index,
    request::{Decision, Request},
    risk::risks,
};
use crate::{
    model::{capability::Reach, principal::Principal},
    rubric::kubernetes::KubernetesRules,
};

/// Capabilities, risks and gaps of one principal by itself; see
/// [`Identity::of`]. Empty for a principal of another plane.
#[must_use]
pub fn reach(index: &Index<'_>, principal: &Principal, rules: &KubernetesRules) -> Reach {
    Identity::of(principal)
        .map_or_else(Reach::default, |identity| reach_as(index, &identity, rules))
}

/// The same for a principal whose groups are known.
#[must_use]
pub fn reach_as(index: &Index<'_>, identity: &Identity, rules: &KubernetesRules) -> Reach {
    let closure = Closure::of(index, identity);
    let (capabilities, undecided) = capabilities(&rules.effects, &closure, identity.principal());
    let risks = risks(rules, &closure, index.snapshot, identity);
    let mut gaps = closure.gaps;
    gaps.extend(undecided);
    gaps.sort();
    gaps.dedup();
    Reach { capabilities, risks, gaps }
}

/// What the evidence says about one request of a principal; to ask about many
/// requests, keep its [`Closure`]. A principal of another plane is allowed nothing.
#[must_use]
pub fn allows(index: &Index<'_>, principal: &Principal, request: &Request<'_>) -> Decision {
    Identity::of(principal)
        .map_or(Decision::NotAllowed, |identity| Closure::of(index, &identity).allows(request))
}
