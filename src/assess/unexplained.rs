//! What an agent did although nothing that was read lets it: the grants are older or newer
//! than the log, another file gives them, or somebody else has its identity.

use jiff::Timestamp;

use super::{
    holdings::{Estate, Holdings},
    rightsize::{Unexplained, held::explains, used_by},
};
use crate::{
    model::{
        activity::{ActionKey, ActionRecord, PrincipalActivity},
        principal::Principal,
    },
    privilege::{exercise::Doubt, iam::covers_action},
};

/// What grants say of what was done.
pub(super) struct Explained {
    /// Changes that took effect and that no grant allows.
    pub(super) unexplained: Vec<Unexplained>,
    /// Why there may be others; none where there are not.
    pub(super) gap: Option<String>,
}

/// Changes that took effect and that no grant allows, as far as what grants the agent
/// holds was read whole. What only reads may be open to everyone.
pub(super) fn unexplained(
    actors: &[Principal],
    estate: &Estate<'_>,
    holdings: &Holdings,
    changes: &dyn Fn(&ActionKey) -> bool,
    since: Option<Timestamp>,
) -> Explained {
    let mut found = Explained { unexplained: Vec::new(), gap: None };
    let unread = holdings.credential_gaps().next().map(|gap| gap.reason.clone());
    if let Some(reason) = holdings.unseen.first().cloned().or(unread) {
        found.gap = Some(reason);
        return found;
    }
    for principal in actors {
        let activity = &estate.evidence().activity;
        if activity.principals.get(principal).is_some_and(PrincipalActivity::is_of_several) {
            found.gap.get_or_insert_with(|| Doubt::SeveralClusters.to_string());
            continue;
        }
        let Some(allows) = judge(principal, actors, estate, holdings) else {
            found.gap.get_or_insert_with(|| format!("what grants {principal} is not evidence"));
            continue;
        };
        for (action, record) in used_by(principal, &estate.evidence().activity, since) {
            if record.done.count > 0 && changes(&action) && !allows(&action, &record) {
                found.unexplained.push(Unexplained {
                    principal: principal.clone(),
                    action: action.to_string(),
                    requests: record.done.count,
                    location: record.done.examples.places().next(),
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
