//! Whether a change was put back, by whom, and whether it could be at all.
//!
//! A record says so, or the log shows it: `kubectl rollout undo` on the same object, or
//! the inverse action. A restart puts nothing back. That somebody else wrote the same
//! object soon after may be a way back or the next change: it is told apart.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::{
    SKEW,
    events::ids,
    joins::{Join, Strength},
    who::Who,
};
use crate::{
    model::{
        activity::{ActionKey, Activity, LoggedAction, Manner, Reversal, Rows, Target},
        principal::Principal,
    },
    rubric::oversight::OversightRules,
};

/// Somebody else's write to the same object within this time may put it back.
pub const SOON: SignedDuration = SignedDuration::from_hours(24);

/// How a change was put back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reverted<'a> {
    /// A record says so.
    Recorded(&'a Reversal),
    /// The platform's log shows it.
    Logged {
        /// Who did.
        by: &'a Principal,
        /// By what.
        row: &'a LoggedAction,
    },
    /// Somebody else wrote the same object soon after; whether that put it back, the log
    /// does not tell.
    Perhaps {
        /// Who did.
        by: &'a Principal,
        /// By what.
        row: &'a LoggedAction,
    },
}

/// Whether people put a change back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ByPeople {
    /// They did.
    Yes,
    /// Nobody did, or the agent itself or an automation.
    No,
    /// The records do not tell.
    Perhaps,
}

impl Reverted<'_> {
    /// Whether people did it.
    #[must_use]
    pub fn by_people(&self, who: &Who<'_>) -> ByPeople {
        match self {
            Self::Recorded(record) if record.automatic => ByPeople::No,
            Self::Recorded(record) => match record.by.as_deref() {
                Some(by) if who.is_itself(by) => ByPeople::No,
                // Whoever is not known for a program is counted as a person: a revert
                // speaks against the agent.
                Some(_) | None => ByPeople::Yes,
            },
            Self::Logged { by, .. } => {
                if who.is_itself(&by.to_string()) {
                    ByPeople::No
                } else {
                    ByPeople::Yes
                }
            }
            Self::Perhaps { .. } => ByPeople::Perhaps,
        }
    }
}

/// What may put changes back, by what it is about.
#[derive(Debug, Default)]
pub struct Reversals<'a> {
    by_id: BTreeMap<&'a str, Vec<&'a Reversal>>,
    by_object: BTreeMap<Object<'a>, Vec<Written<'a>>>,
}

/// When an object was written, as whom, and by what.
type Written<'a> = (Option<Timestamp>, &'a Principal, &'a LoggedAction);

/// An object as logs name it, whatever the subresource.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Object<'a> {
    Kubernetes { group: &'a str, resource: &'a str, namespace: Option<&'a str>, name: &'a str },
    Aws { service: &'a str, region: Option<&'a str>, name: &'a str },
}

impl<'a> Object<'a> {
    fn of(row: &'a LoggedAction) -> Option<Self> {
        let name = row.object.as_deref()?;
        match &row.action.target {
            Target::KubernetesResource { group, resource, namespace, .. } => {
                Some(Self::Kubernetes { group, resource, namespace: namespace.as_deref(), name })
            }
            Target::KubernetesPath(_) => None,
            Target::Aws(call) => {
                let (service, _) = row.action.verb.split_once(':')?;
                Some(Self::Aws { service, region: call.region.as_deref(), name })
            }
        }
    }
}

impl<'a> Reversals<'a> {
    /// Of all records, and of all changes of everyone.
    #[must_use]
    pub fn of(rows: &'a Rows<Reversal>, activity: &'a Activity) -> Self {
        let mut found = Self::default();
        for row in rows.iter().filter(|row| !row.drill) {
            let call = row.about.call.as_deref();
            let request = row.about.request.as_deref().filter(|request| Some(*request) != call);
            for id in call.into_iter().chain(request).filter(|id| !id.is_empty()) {
                found.by_id.entry(id).or_default().push(row);
            }
        }
        for (principal, seen) in &activity.principals {
            for row in seen.changes.iter().filter(|row| row.outcome.may_be_done()) {
                if let Some(object) = Object::of(row) {
                    let changes = found.by_object.entry(object).or_default();
                    changes.push((row.time, principal, row));
                }
            }
        }
        for changes in found.by_object.values_mut() {
            changes.sort();
        }
        found
    }

    /// Who put a change back, by a record or by the log.
    #[must_use]
    pub(super) fn of_change(
        &self,
        principal: &Principal,
        row: &'a LoggedAction,
        join: Option<Join<'a, '_>>,
        rules: &OversightRules,
    ) -> Option<Reverted<'a>> {
        let exact = join.filter(|join| join.strength == Strength::Exact);
        let call = exact.and_then(|join| join.call.id());
        let after = |record: &&&Reversal| match (record.time, row.time) {
            (Some(reverted), Some(changed)) => reverted.duration_since(changed) >= -SKEW,
            _ => true,
        };
        let mut records = ids(row).chain(call).filter_map(|id| self.by_id.get(id)).flatten();
        if let Some(record) = records.find(after) {
            return Some(Reverted::Recorded(record));
        }
        self.in_log(principal, row, rules)
    }

    fn in_log(
        &self,
        principal: &Principal,
        row: &'a LoggedAction,
        rules: &OversightRules,
    ) -> Option<Reverted<'a>> {
        let time = row.time?;
        let changes = self.by_object.get(&Object::of(row)?)?;
        let from = changes.partition_point(|(at, ..)| *at <= Some(time));
        let later = changes.get(from..).unwrap_or_default();
        let mut perhaps = None;
        let mut written_since = false;
        for (at, by, after) in later {
            if at.is_none_or(|at| at.duration_since(time) > SOON) {
                break;
            }
            // An undo puts the last write back, and no earlier one.
            let again = writes_again(&row.action, &after.action);
            let undone = again && !written_since && after.trace.manner == Some(Manner::Undo);
            if undone || rules.undoes(&row.action, &after.action) {
                return Some(Reverted::Logged { by, row: after });
            }
            written_since |= again;
            let other = *by != principal && after.trace.manner != Some(Manner::Restart);
            if other && again {
                perhaps.get_or_insert(Reverted::Perhaps { by, row: after });
            }
        }
        perhaps
    }
}

/// Whether both write the same kind of thing, so that the later may restore what the
/// earlier changed.
fn writes_again(done: &ActionKey, after: &ActionKey) -> bool {
    match (&done.target, &after.target) {
        (Target::KubernetesResource { .. }, Target::KubernetesResource { .. }) => {
            let writes = |verb: &str| matches!(verb, "patch" | "update");
            done.target == after.target && writes(&done.verb) && writes(&after.verb)
        }
        (Target::Aws(_), Target::Aws(_)) => done.verb == after.verb,
        _ => false,
    }
}
