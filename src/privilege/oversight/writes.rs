//! What everyone wrote, by object, and which later write may have put a change back.
//!
//! A log names one object, several at once or none, and tells times by the second or finer.
//! Where it leaves open whether two writes are of one object, or which came first, the later
//! one is a way back *perhaps*: never one for certain, and never none.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};

use super::{
    reversals::{ByPeople, Hand, Reverted},
    who::Who,
};
use crate::{
    model::{
        activity::{ActionKey, Activity, LoggedAction, LoggedOutcome, Manner, Target},
        principal::Principal,
    },
    rubric::oversight::OversightRules,
};

/// Somebody else's write to the same object within this time may put it back.
const SOON: SignedDuration = SignedDuration::from_hours(24);

/// All changes of everyone but the platforms' own controllers, and but what only hands out rights.
#[derive(Debug, Default)]
pub(super) struct Writes<'a> {
    by_object: HashMap<Object<'a>, Vec<Written<'a>>>,
    by_kind: HashMap<Kind<'a>, Vec<Written<'a>>>,
    /// Of several objects at once, or of one that the log does not name.
    unnamed: HashMap<Kind<'a>, Vec<Written<'a>>>,
}

/// When something was written, as whom, and by what.
type Written<'a> = (Option<Timestamp>, &'a Principal, &'a LoggedAction);

/// Objects of one kind and place as logs name them, whatever the subresource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Kind<'a> {
    Kubernetes { group: &'a str, resource: &'a str, namespace: Option<&'a str> },
    Aws { service: &'a str, region: Option<&'a str> },
}

impl<'a> Kind<'a> {
    fn of(row: &'a LoggedAction) -> Option<Self> {
        match &row.action.target {
            Target::KubernetesResource { group, resource, namespace, .. } => {
                Some(Self::Kubernetes { group, resource, namespace: namespace.as_deref() })
            }
            Target::KubernetesPath(_) => None,
            Target::Aws(call) => {
                let (service, _) = row.action.verb.split_once(':')?;
                Some(Self::Aws { service, region: call.region.as_deref() })
            }
        }
    }
}

/// One of them, by name.
type Object<'a> = (Kind<'a>, &'a str);

/// What came after a change, as far as times tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    After,
    /// One has no time, or both are of the same moment of a clock that tells no more.
    Open,
}

/// Whether a write came after a change, and soon; none where it did not.
fn order(changed: Option<Timestamp>, written: Option<Timestamp>) -> Option<Order> {
    let Some((changed, written)) = changed.zip(written) else { return Some(Order::Open) };
    let is_coarse = |time: Timestamp| time.subsec_nanosecond() == 0;
    let one_second = changed.as_second() == written.as_second();
    if changed == written || one_second && (is_coarse(changed) || is_coarse(written)) {
        return Some(Order::Open);
    }
    let after = written.duration_since(changed);
    (!after.is_negative() && after <= SOON).then_some(Order::After)
}

/// Those of `writes`, which are in order, that may have come soon after a change.
fn later<'w, 'a>(
    writes: &'w [Written<'a>],
    changed: Option<Timestamp>,
) -> impl Iterator<Item = (Order, &'w Written<'a>)> + use<'w, 'a> {
    // Those without a time come first of all.
    let undated = writes.partition_point(|(at, ..)| at.is_none());
    let dated = writes.partition_point(|(at, ..)| {
        at.map(Timestamp::as_second) < changed.map(Timestamp::as_second)
    });
    let (undated, dated) = (writes.get(..undated), writes.get(dated.max(undated)..));
    let ends = move |(at, ..): &&Written<'_>| {
        at.zip(changed).is_none_or(|(at, changed)| at.duration_since(changed) <= SOON)
    };
    undated
        .into_iter()
        .flatten()
        .chain(dated.into_iter().flatten().take_while(ends))
        .filter_map(move |write| Some((order(changed, write.0)?, write)))
}

impl<'a> Writes<'a> {
    pub(super) fn of(activity: &'a Activity, rules: &OversightRules) -> Self {
        let mut found = Self::default();
        for (principal, seen) in &activity.principals {
            if rules.is_controller(&principal.to_string()) {
                continue;
            }
            let done = seen.changes.iter().filter(|row| row.outcome.may_be_done());
            for row in done.filter(|row| !rules.only_hands_out(&row.action)) {
                let Some(kind) = Kind::of(row) else { continue };
                let write = (row.time, principal, row);
                found.by_kind.entry(kind).or_default().push(write);
                match row.object.as_deref() {
                    Some(name) => found.by_object.entry((kind, name)).or_default().push(write),
                    None => found.unnamed.entry(kind).or_default().push(write),
                }
            }
        }
        let named = found.by_object.values_mut();
        named
            .chain(found.by_kind.values_mut())
            .chain(found.unnamed.values_mut())
            .for_each(|all| all.sort());
        found
    }

    /// The write after a change that says most of whether it was put back.
    pub(super) fn after(&self, asked: Asked<'a, '_>) -> Option<Reverted<'a>> {
        let row = asked.row;
        let kind = Kind::of(row)?;
        let same = row.object.as_deref().and_then(|name| self.by_object.get(&(kind, name)));
        let mut found = None;
        let mut written_since = false;
        for (order, &(_, by, after)) in same.into_iter().flat_map(|all| later(all, row.time)) {
            if std::ptr::eq(after, row) {
                continue;
            }
            let one = asked.of_same(order, by, after, written_since);
            written_since |= order == Order::After && writes_again(&row.action, &after.action);
            let weight = |one: &Reverted<'_>| one.by_people(asked.who);
            if let Some(one) = one
                && found.as_ref().is_none_or(|known| weight(known) < weight(&one))
            {
                found = Some(one);
            }
        }
        let told = found.is_some_and(|known| known.by_people(asked.who) != ByPeople::No);
        if told { found } else { self.maybe_same(kind, asked).or(found) }
    }

    /// A write of what may be the same object: where one of both is of several at once, or of
    /// one that is not named, or the namespace was deleted with all that it held.
    fn maybe_same(&self, kind: Kind<'a>, asked: Asked<'a, '_>) -> Option<Reverted<'a>> {
        let row = asked.row;
        let of_kind = if row.object.is_some() { &self.unnamed } else { &self.by_kind };
        let others = of_kind.get(&kind).map(Vec::as_slice).unwrap_or_default();
        let others =
            later(others, row.time).filter(|(_, (_, _, after))| asked.may_restore_unnamed(after));
        let above = match kind {
            Kind::Kubernetes { namespace: Some(name), .. } => {
                let of = |namespace| {
                    let kind = Kind::Kubernetes { group: "", resource: "namespaces", namespace };
                    self.by_object.get(&(kind, name)).map(Vec::as_slice).unwrap_or_default()
                };
                [of(None), of(Some(name))]
            }
            Kind::Kubernetes { namespace: None, .. } | Kind::Aws { .. } => [[].as_slice(); 2],
        };
        let above = above
            .into_iter()
            .flat_map(|deletions| later(deletions, row.time))
            .filter(|(_, (_, _, after))| after.action.verb == "delete");
        others
            .chain(above)
            .map(|(_, (_, by, after))| Reverted::Perhaps { by, row: after })
            .find(|one| asked.counts(one))
    }
}

/// A change, and what decides whether something put it back.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a, 'b> {
    pub(super) row: &'a LoggedAction,
    pub(super) who: &'b Who<'b>,
    pub(super) rules: &'b OversightRules,
    /// A record tells of an automation that put it back.
    pub(super) automated: bool,
}

impl<'a> Asked<'a, '_> {
    /// What a later write of the same object is.
    fn of_same(
        self,
        order: Order,
        by: &'a Principal,
        after: &'a LoggedAction,
        written_since: bool,
    ) -> Option<Reverted<'a>> {
        let again = writes_again(&self.row.action, &after.action);
        // An undo puts the last write back, and no earlier one.
        let undone = again && !written_since && after.trace.manner == Some(Manner::Undo);
        let inverse = self.rules.undoes(&self.row.action, &after.action);
        let certain = order == Order::After && after.outcome == LoggedOutcome::Done;
        let one = if certain && (undone || inverse) {
            Reverted::Logged { by, row: after }
        } else if after.trace.manner != Some(Manner::Restart)
            && (inverse || may_restore(&self.row.action, &after.action))
        {
            Reverted::Perhaps { by, row: after }
        } else {
            return None;
        };
        let own = matches!(one, Reverted::Logged { .. }) && one.hand(self.who) == Hand::Itself;
        (own || self.counts(&one)).then_some(one)
    }

    /// Whether it is somebody else's, and nothing that a record tells already.
    fn counts(self, one: &Reverted<'_>) -> bool {
        match one.hand(self.who) {
            Hand::Itself => false,
            Hand::Machine => !self.automated,
            Hand::Unknown | Hand::Person => true,
        }
    }

    /// Whether a write of several objects, or of one that is not named, may restore what the
    /// change did.
    fn may_restore_unnamed(self, after: &LoggedAction) -> bool {
        let (done, after) = (&self.row.action, &after.action);
        match (&done.target, &after.target) {
            (Target::KubernetesResource { .. }, Target::KubernetesResource { .. }) => {
                may_restore(done, after)
            }
            // A service has many kinds of things.
            (Target::Aws(_), Target::Aws(_)) => {
                self.rules.undoes(done, after) || writes_again(done, after)
            }
            _ => false,
        }
    }
}

/// Subresources by which one writes nothing of the object but themselves.
const BESIDE: [&str; 8] =
    ["attach", "binding", "exec", "log", "portforward", "proxy", "status", "token"];

/// Whether a later write of the same object may restore what a change did to it. What makes
/// an object does not put back that one was made, nor what deletes it that one was deleted.
fn may_restore(done: &ActionKey, after: &ActionKey) -> bool {
    match (&done.target, &after.target) {
        (
            Target::KubernetesResource { subresource: part, .. },
            Target::KubernetesResource { subresource: later, .. },
        ) => {
            let beside = later.as_deref().is_some_and(|later| BESIDE.contains(&later));
            let deletes = |verb: &str| matches!(verb, "delete" | "deletecollection");
            let repeats = done.verb == "create" && after.verb == "create" && part == later
                || deletes(&done.verb) && deletes(&after.verb);
            !repeats && (!beside || part == later)
        }
        (Target::Aws(_), Target::Aws(_)) => {
            let subject = |verb: &'_ str| {
                let (_, name) = verb.split_once(':')?;
                let rest = name.get(1..)?.find(|c: char| c.is_ascii_uppercase())? + 1;
                name.get(rest..).map(str::to_owned)
            };
            let named = subject(&done.verb).zip(subject(&after.verb));
            done.verb == after.verb
                || named
                    .is_some_and(|(one, other)| one.starts_with(&other) || other.starts_with(&one))
        }
        _ => false,
    }
}

/// Whether both write the same part of the same kind of thing.
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
