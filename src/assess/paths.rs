//! What an agent can become, over all its credentials.

use super::{
    assessment::{HopView, PathView},
    holdings::Holdings,
};
use crate::model::{
    capability::Condition,
    path::{Hop, Path},
};

/// Paths of all credentials: worst end first, the certain before the possible,
/// the shorter before the longer. Two credentials that become the same in the
/// same way are told once.
pub(super) fn views(holdings: &Holdings) -> Vec<PathView> {
    let mut paths: Vec<&Path> =
        holdings.credentials.iter().flat_map(|reach| &reach.paths).collect();
    paths.sort_by(|a, b| {
        let key = |path: &Path| (!path.is_certain(), path.hops.len());
        a.target.cmp(&b.target).then_with(|| key(a).cmp(&key(b))).then_with(|| a.cmp(b))
    });
    paths.dedup();
    paths.into_iter().map(view).collect()
}

fn view(path: &Path) -> PathView {
    PathView {
        target: path.target.to_string(),
        certain: path.is_certain(),
        unknown: path.unknowns().into_iter().map(str::to_owned).collect(),
        hops: path.hops.iter().map(hop).collect(),
    }
}

fn hop(hop: &Hop) -> HopView {
    HopView {
        from: hop.from.clone(),
        to: hop.to.clone(),
        how: hop.how.clone(),
        rule: hop.rule.clone(),
        grants: hop.grants.clone(),
        unknown: match &hop.condition {
            Condition::Always => None,
            Condition::If(conditions) => Some(conditions.join(" and ")),
            Condition::Unknown(why) => Some(why.clone()),
        },
    }
}
