//! Requests that may have changed something and are counted, but are not among the rows
//! that are kept one by one.
//!
//! What stood behind such a request nobody can tell: of some only the arrival was logged,
//! others are marked as reading by the platform although they change something
//! (`sts:AssumeRole`), and some were made under an identity that was assumed. So the
//! counts of every action that is not known to read only are compared with its rows; where
//! counts exceed rows, what is said of all changes cannot be known.

use std::collections::BTreeMap;

use super::{Asked, LogIndex};
use crate::model::{
    activity::{ActionKey, ActionRecord, LoggedAction, PrincipalActivity, Tally, Target},
    principal::Principal,
};

/// A request that is kept as a row.
#[derive(Debug, Clone, Copy)]
pub(super) struct KeptRequest<'a> {
    /// As whom.
    pub(super) principal: &'a Principal,
    /// All that this identity did.
    pub(super) found: &'a PrincipalActivity,
    /// What was asked for.
    pub(super) row: &'a LoggedAction,
}

/// What `principal` is counted with and no row shows, each a clause.
pub(super) fn unseen(
    principal: &Principal,
    found: &PrincipalActivity,
    logs: &LogIndex<'_>,
    asked: Asked<'_, '_>,
) -> Vec<String> {
    let mut rows = BTreeMap::<&ActionKey, u64>::new();
    for row in found.changes.iter().filter(|row| row.outcome.may_be_done()) {
        *rows.entry(&row.action).or_default() += 1;
    }
    let mut taken_on = BTreeMap::<ActionKey, u64>::new();
    for made in logs.assumed_by(principal) {
        *taken_on.entry(assuming(made.principal)).or_default() += 1;
    }
    let earliest = found.changes.iter().next().and_then(|row| row.time);
    let only_older_are_left_out =
        asked.since.zip(earliest).is_some_and(|(since, earliest)| earliest < since);
    let mut all = Vec::new();
    for (action, record) in &found.actions {
        let (effect, known) = (asked.effect)(action);
        if (known && !effect.is_mutating()) || asked.rules.is_noise(action) {
            continue;
        }
        let shown = rows.get(action).or_else(|| taken_on.get(action)).copied().unwrap_or(0);
        let counted = within(record, asked);
        let left_out = only_older_are_left_out && found.changes.beyond() > 0 && shown > 0;
        if counted > shown && !left_out {
            all.push(format!(
                "{action} × {} as {principal} is counted, and not logged as a change",
                counted - shown
            ));
        }
        if record.unanswered > 0 {
            all.push(format!(
                "of {action} × {} as {principal} only the arrival is logged",
                record.unanswered
            ));
        }
    }
    all
}

/// Requests that took effect or may have; an action that reaches into the time asked for
/// counts whole, as its rows do.
fn within(record: &ActionRecord, asked: Asked<'_, '_>) -> u64 {
    let reaches = |tally: &Tally| asked.since.is_none_or(|since| tally.reaches(since));
    let all = [&record.done, &record.unclear];
    all.into_iter().filter(|tally| reaches(tally)).map(|tally| tally.count).sum()
}

/// The action of assuming an identity, as it is counted for whoever does.
fn assuming(principal: &Principal) -> ActionKey {
    let (resource, namespace) = match principal {
        Principal::ServiceAccount { namespace, .. } => ("serviceaccounts", Some(namespace.clone())),
        Principal::KubernetesUser(_) | Principal::KubernetesGroup(_) | Principal::Aws(_) => {
            ("users", None)
        }
    };
    ActionKey {
        verb: "impersonate".to_owned(),
        target: Target::KubernetesResource {
            group: String::new(),
            resource: resource.to_owned(),
            subresource: None,
            namespace,
        },
    }
}
