//! What an agent did although nothing that was read lets it: the grants are older or newer
//! than the log, another file gives them, or somebody else has its identity.

use jiff::Timestamp;

use super::{
    holdings::{Estate, Holdings},
    rightsize::{Unexplained, held::explains, used_by},
};
use crate::{
    model::{
        activity::{ActionKey, ActionRecord},
        principal::Principal,
    },
    privilege::iam::covers_action,
};

/// Changes that took effect and that no grant allows; none where what grants it holds
/// could not be read whole. What only reads may be open to everyone.
pub(super) fn unexplained(
    actors: &[Principal],
    estate: &Estate<'_>,
    holdings: &Holdings,
    changes: &dyn Fn(&ActionKey) -> bool,
    since: Option<Timestamp>,
) -> Vec<Unexplained> {
    let mut found = Vec::new();
    if !holdings.unseen.is_empty() || holdings.credential_gaps().next().is_some() {
        return found;
    }
    for principal in actors {
        let Some(allows) = judge(principal, actors, estate, holdings) else { continue };
        for (action, record) in used_by(principal, &estate.evidence().activity, since) {
            if record.done.count > 0 && changes(&action) && !allows(&action, &record) {
                found.push(Unexplained {
                    principal: principal.clone(),
                    action: action.to_string(),
                    requests: record.done.count,
                    location: record.done.examples.places().first().cloned(),
                });
            }
        }
    }
    found
}

type Allows<'a> = Box<dyn Fn(&ActionKey, &ActionRecord) -> bool + 'a>;

/// What tells whether grants of a principal allow an action; none where they are not in
/// the evidence.
fn judge<'a>(
    principal: &'a Principal,
    actors: &'a [Principal],
    estate: &'a Estate<'_>,
    holdings: &'a Holdings,
) -> Option<Allows<'a>> {
    match principal {
        Principal::Aws(arn) => {
            estate.account_with(arn)?;
            Some(Box::new(move |action, _| {
                holdings.credential_capabilities().any(|own| covers_action(own, &action.verb))
            }))
        }
        // What others of a group did, their own grants may allow.
        Principal::KubernetesGroup(_) => None,
        Principal::KubernetesUser(_) | Principal::ServiceAccount { .. } => {
            let (identity, clusters) = estate.in_clusters(principal, actors)?;
            let closures: Vec<_> =
                clusters.iter().map(|(_, cluster)| cluster.closure(&identity)).collect();
            if closures.is_empty() {
                return None;
            }
            Some(Box::new(move |action, record| {
                closures.iter().any(|closure| explains(closure, action, record))
            }))
        }
    }
}
