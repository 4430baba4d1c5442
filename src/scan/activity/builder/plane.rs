//! The counts of one plane.

mod part;

use std::{borrow::Cow, collections::HashMap, sync::Arc};

use jiff::{Timestamp, civil::Date, tz::Offset};
use rayon::iter::{IntoParallelIterator, ParallelIterator};

use super::{
    Caps, actor,
    held::HeldEvents,
    open::{RequestId, SharedOpen, Started},
    part::HeldEvent,
    state::{PrincipalState, upsert},
};
use crate::{
    model::{
        activity::{
            Activity, Defect, Examples, LogOrigin, LogSummary, LoggedAction, Names,
            PrincipalActivity, Rows, Window,
        },
        capability::Plane,
        location::TextStart,
        principal::Principal,
    },
    scan::activity::{
        request::{DeniedBy, Object, Outcome, Request, encode_resource},
        seeded::Seeded,
    },
    source::lines::Overlong,
};

/// A longer list of groups is not held with a request that is open.
const OPEN_GROUPS_BYTES: usize = 512;
/// Seconds of a day without leap seconds, as Unix time has them.
const DAY: i64 = 86_400;

/// Requests that differ in nothing but time, object, id and line.
#[derive(Debug)]
pub(crate) struct Alike<'r> {
    /// Any of them; nobody assumed another identity for it.
    pub(crate) request: Request<'r>,
    /// How many.
    pub(crate) count: u64,
    /// Of the first and the last; all of them carry a time.
    pub(crate) times: Window,
    /// The first places.
    pub(crate) examples: Examples,
    /// The names of their objects that the authorizer was told.
    pub(crate) names: Names,
}

/// Counts of one plane, of one part of a log or of many logs.
#[derive(Debug)]
pub(crate) struct PlaneBuilder {
    caps: Caps,
    /// By [`actor::key`].
    principals: HashMap<Box<[u8]>, PrincipalState, Seeded>,
    /// Of which cluster that is which is being counted, where its log tells.
    cluster: Option<LogOrigin>,
    /// Principals held, with their actions, groups and grants.
    entries: usize,
    /// Changes held one by one.
    changes: usize,
    /// Events of principals that are no longer held.
    beyond: u64,
    open: SharedOpen,
    summary: LogSummary,
    /// The day (since 1970) that events are being counted for, and how many so
    /// far: logs are nearly in order, so the calendar is asked once a day of log.
    day: Option<(i64, u64)>,
    /// Events that are not counted yet, because another part may hold them too.
    held: HeldEvents,
    /// The line in which the last of them begins, and which of that line it is.
    held_last: Option<(u64, u64)>,
    /// While such an event is being counted: which it is, and everything else.
    around: Option<Box<(HeldEvent, Self)>>,
}

impl PlaneBuilder {
    pub(crate) fn new(caps: Caps) -> Self {
        Self::with(caps, SharedOpen::default())
    }

    /// An empty one for another part of the same log.
    pub(crate) fn for_other_part(&self) -> Self {
        Self::with(self.caps, self.open.clone())
    }

    fn with(caps: Caps, open: SharedOpen) -> Self {
        Self {
            caps,
            principals: HashMap::default(),
            cluster: None,
            entries: 0,
            changes: 0,
            beyond: 0,
            open,
            summary: LogSummary::default(),
            day: None,
            held: HeldEvents::default(),
            held_last: None,
            around: None,
        }
    }

    /// What was read so far; days and unanswered requests are not settled yet.
    pub(crate) fn summary(&self) -> &LogSummary {
        &self.summary
    }

    /// For counts that no method keeps: lines and stages.
    pub(crate) fn summary_mut(&mut self) -> &mut LogSummary {
        &mut self.summary
    }

    /// What is counted from here on is of this cluster; none where the log does not tell.
    pub(crate) fn within(&mut self, cluster: Option<LogOrigin>) {
        self.cluster = cluster.and_then(actor::bounded);
    }

    /// Counts lines that were not read because they are too long.
    pub(crate) fn overlong(&mut self, overlong: &Overlong, path: &Arc<str>) {
        for &at in &overlong.lines {
            self.defect(Defect::Overlong, path, at);
        }
        self.summary.defects.add_unplaced(Defect::Overlong, overlong.unplaced());
    }

    /// Counts a line that is no evidence.
    pub(crate) fn defect(&mut self, defect: Defect, path: &Arc<str>, at: impl Into<TextStart>) {
        self.summary.defects.add(defect, path, at);
    }

    /// Counts an event of any stage, with the time it speaks of.
    pub(crate) fn event(&mut self, time: Option<Timestamp>) {
        self.summary.events += 1;
        let Some(time) = time else {
            self.summary.undated += 1;
            return;
        };
        let window = Window { first: time, last: time };
        self.summary.window = Some(self.summary.window.map_or(window, |known| known.merge(window)));
        let day = time.as_second().div_euclid(DAY);
        if let Some((current, count)) = &mut self.day
            && *current == day
        {
            *count += 1;
        } else {
            self.settle_day();
            self.day = Some((day, 1));
        }
    }

    /// Counts that a request arrived; what it came to is not known from this.
    pub(crate) fn received(&mut self, authenticated: &str, key: &[u8], time: Option<Timestamp>) {
        self.principal(authenticated, |state, caps| {
            state.seen(time);
            state.action(key, caps, |action| action.received += 1);
        });
    }

    /// Counts a request whose outcome stands in this event.
    pub(crate) fn request(&mut self, request: &Request<'_>, path: &Arc<str>) {
        if let Some(observer) = self.caps.observer {
            observer.see(request, path);
        }
        self.summary.requests += 1;
        for webhook in &request.failed_open {
            self.summary.failed_open.add(webhook.as_ref(), 1);
        }
        if let Some(impersonator) = &request.impersonator {
            let mut impersonate = Vec::new();
            let assumed = encode_impersonation(&mut impersonate, &request.actor);
            self.principal(impersonator, |state, caps| {
                state.seen(request.time);
                // It arrived under this identity, so it is answered under it.
                state.action(&request.key, caps, |action| action.answered += 1);
                // To assume an identity is an action of its own, whatever is done with it.
                state.action(&impersonate, caps, |action| {
                    action.record.done.add(request.time, path, request.line);
                    action.authorise(request.time, &assumed, false, path, request.line);
                });
            });
        }
        self.principal(&request.actor, |state, caps| {
            state.note_one(request);
            state.count(request, path, caps);
        });
    }

    /// Whether somebody is to be shown every request.
    #[inline(always)]
    pub(crate) fn is_observed(&self) -> bool {
        self.caps.observer.is_some()
    }

    /// Counts a request that the log ascribes to nobody.
    pub(crate) fn nobody(&mut self, outcome: Outcome) {
        self.summary.requests += 1;
        match outcome {
            Outcome::Denied(DeniedBy::Authorization | DeniedBy::Unsaid) => {
                self.summary.unauthenticated += 1;
            }
            Outcome::Done
            | Outcome::Unclear
            | Outcome::Failed
            | Outcome::DryRun
            | Outcome::Denied(DeniedBy::Later) => self.summary.unattributed += 1,
        }
    }

    /// Counts requests that are alike, but for rows of them.
    pub(crate) fn alike(&mut self, alike: Alike<'_>) {
        let count = alike.count;
        self.summary.requests += count;
        for webhook in &alike.request.failed_open {
            self.summary.failed_open.add(webhook.as_ref(), count);
        }
        let actor = alike.request.actor.clone();
        self.principal(&actor, |state, caps| {
            state.note(&alike.request, alike.times, count);
            let key = alike.request.key.clone();
            state.action(&key, caps, |action| action.count_alike(alike));
        });
    }

    /// Counts a further right that requests needed that are alike, beside the one that they
    /// are counted under, but for rows of them.
    pub(crate) fn alike_further(&mut self, alike: Alike<'_>) {
        let (actor, key) = (alike.request.actor.clone(), alike.request.key.clone());
        self.principal(&actor, |state, caps| {
            state.action(&key, caps, |action| action.count_alike(alike));
        });
    }

    /// Counts that requests arrived.
    pub(crate) fn received_often(
        &mut self,
        authenticated: &str,
        key: &[u8],
        count: u64,
        times: Window,
    ) {
        self.principal(authenticated, |state, caps| {
            state.widen(times);
            state.action(key, caps, |action| action.received += count);
        });
    }

    /// Makes room for so many rows of a principal, and says how many of them are left out.
    pub(crate) fn expect_rows(&mut self, principal: &str, count: usize, left_out: u64) {
        self.principal(principal, |state, caps| state.expect_rows(count, left_out, caps));
    }

    /// Keeps a request that was counted as a row.
    pub(crate) fn row(&mut self, request: &Request<'_>, path: &Arc<str>) {
        self.principal(&request.actor, |state, caps| state.keep_row(request, path, caps));
    }

    /// How much it keeps.
    pub(crate) fn caps(&self) -> Caps {
        self.caps
    }

    /// Notes that requests ended, each so often, that the log may also show at their start.
    pub(crate) fn note_ends(&mut self, ends: &[(RequestId, u64)]) {
        if !self.open.ends(ends, self.caps.open_requests) {
            self.summary.stages_overlap = true;
        }
    }

    /// Leaves out of these starts those whose end was noted, which is then matched.
    pub(crate) fn without_ended<T>(&self, starts: &mut Vec<(RequestId, T)>) {
        self.open.without_ended(starts);
    }

    /// Counts a further right that a request needed, beside the one that it is
    /// counted under.
    pub(crate) fn further(&mut self, request: &Request<'_>, path: &Arc<str>) {
        self.principal(&request.actor, |state, caps| state.count(request, path, caps));
    }

    /// Counts the start of a request that the log may show again at its end.
    pub(crate) fn started(&mut self, id: RequestId, mut request: Request<'_>, path: &Arc<str>) {
        // Groups may be many; to see them twice does no harm.
        if let Some(groups) = request.groups.take_if(|groups| groups.len() > OPEN_GROUPS_BYTES) {
            self.principal(&request.actor, |state, _| state.note_groups(&groups));
        }
        request.cluster.clone_from(&self.cluster);
        let started = Started { request: request.into_owned(), path: path.clone() };
        self.hold(id, Box::new(started));
    }

    /// Counts the end of a request that the log may also show at its start.
    pub(crate) fn ended(&mut self, id: RequestId, request: &Request<'_>, path: &Arc<str>) {
        self.request(request, path);
        self.hold_end(id);
    }

    /// Says that all of it is of one file.
    pub(super) fn is_of(&mut self, path: &Arc<str>) {
        if let Some(window) = self.summary.window {
            self.summary.ends.note(path, window.last);
        }
    }

    /// Both together; the order does not matter.
    pub(crate) fn merge(mut self, mut other: Self) -> Self {
        self.end();
        other.end();
        self.settle_day();
        other.settle_day();
        self.summary.merge(other.summary);
        self.beyond += other.beyond;
        self.hold_events(std::mem::take(&mut other.held));
        for (key, theirs) in sorted(other.principals) {
            let known = self.principals.contains_key(&key);
            self.keyed(&key, |state, caps| match known {
                true => state.merge(theirs, caps),
                false => *state = theirs,
            });
        }
        if !self.open.is(&other.open) {
            for (id, starts, ends) in other.open.take().drain() {
                for started in starts {
                    self.hold(id, Box::new(started));
                }
                for _ in 0..ends {
                    self.hold_end(id);
                }
            }
        }
        self
    }

    /// Moves everything into `activity`.
    pub(crate) fn finish(mut self, plane: Plane, activity: &mut Activity) {
        self.end();
        self.count_held();
        self.settle_day();
        let mut open: Vec<_> = self.open.take().drain().collect();
        open.sort_by_key(|(id, ..)| *id);
        for (_, starts, _) in open {
            for started in starts {
                self.unmatched(&started);
            }
        }
        self.compact();
        let found: Vec<_> = sorted(self.principals)
            .into_par_iter()
            .map(|(key, state)| (key, state.finish()))
            .collect();
        for (key, found) in found {
            // Nobody numbers events of Kubernetes: those that stand twice count twice.
            self.summary.repeats_unseen |=
                plane == Plane::Kubernetes && stands_twice(&found.changes);
            self.summary.unanswered +=
                found.actions.values().map(|record| record.unanswered).sum::<u64>();
            if found != PrincipalActivity::default() {
                let principal = principal_of(plane, actor::name_of(&key));
                activity.show(principal, actor::cluster_of(&key), found);
            }
        }
        activity.beyond += self.beyond;
        activity.logs.insert(plane, self.summary);
    }

    fn hold(&mut self, id: RequestId, started: Box<Started>) {
        if let Err(started) = self.open.start(id, started, self.caps.open_requests) {
            self.summary.stages_overlap = true;
            self.unmatched(&started);
        }
    }

    /// Counts a request that began to answer, whose end is not in the log.
    fn unmatched(&mut self, started: &Started) {
        let cluster = std::mem::replace(&mut self.cluster, started.request.cluster.clone());
        self.request(&started.request, &started.path);
        self.cluster = cluster;
    }

    fn hold_end(&mut self, id: RequestId) {
        self.note_ends(&[(id, 1)]);
    }

    /// Changes a principal, new or known.
    fn principal(&mut self, name: &str, change: impl FnOnce(&mut PrincipalState, Caps)) {
        let key = actor::key(name, self.cluster.as_ref());
        self.keyed(&key, change);
    }

    /// The same by its key.
    fn keyed(&mut self, key: &[u8], change: impl FnOnce(&mut PrincipalState, Caps)) {
        let caps = self.caps;
        let (mut before, mut after) = ((0, 0), (0, 0));
        let added = upsert(&mut self.principals, key, |state| {
            before = (state.entries(), state.changes());
            change(state, caps);
            after = (state.entries(), state.changes());
        });
        self.entries = (self.entries + after.0 + usize::from(added)).saturating_sub(before.0);
        self.changes = (self.changes + after.1).saturating_sub(before.1);
        // A quarter of slack, so that sorting is paid for by many additions.
        if self.entries > caps.entries + caps.entries / 4
            || self.changes > caps.changes + caps.changes / 4
        {
            self.compact();
        }
    }

    /// Brings the bounds into force: entries stay in a fixed order, each
    /// principal with its groups and grants before its actions, until there is
    /// no more room. What comes before an entry only ever grows, so one that
    /// stays to the end was never away, and its counts are whole.
    fn compact(&mut self) {
        let mut room = self.caps.entries;
        let mut rows = self.caps.changes;
        let mut principals: Vec<_> = std::mem::take(&mut self.principals).into_iter().collect();
        let order = |key: &[u8]| precedence(actor::name_of(key)).0;
        principals.sort_by(|(a, _), (b, _)| (order(a), a).cmp(&(order(b), b)));
        self.entries = 0;
        self.changes = 0;
        for (key, mut state) in principals {
            state.keep(self.caps.actions_per_principal);
            state.keep_changes(self.caps.changes_per_principal.min(rows));
            rows -= state.changes();
            self.changes += state.changes();
            if room == 0 {
                self.beyond += state.weight();
                continue;
            }
            // The last principal may bring more groups than there is room: were
            // it dropped for them, it could come back with fewer.
            room = (room - 1).saturating_sub(state.side_entries());
            state.keep(room);
            room -= state.entries() - state.side_entries();
            self.entries += 1 + state.entries();
            self.principals.insert(key, state);
        }
    }

    fn settle_day(&mut self) {
        if let Some((day, count)) = self.day.take()
            && let Some(date) = date_of(day)
        {
            self.summary.days.add(&date, count);
        }
    }
}

/// The order in which principals find room.
pub(crate) fn precedence(user: &str) -> (bool, &str) {
    (is_machinery(user), user)
}

/// Whether a user is a part of the cluster or of AWS itself. Their many actions must
/// not push agents out of what is kept.
fn is_machinery(user: &str) -> bool {
    if user.ends_with(".amazonaws.com") || user.contains(":role/aws-service-role/") {
        return true;
    }
    match user.strip_prefix("system:") {
        Some(rest) => match rest.strip_prefix("serviceaccount:") {
            Some(account) => account.starts_with("kube-system:"),
            None => true,
        },
        None => false,
    }
}

/// The identity that a log spells `name`. A user may be called `group:x`.
fn principal_of(plane: Plane, name: &str) -> Principal {
    match plane {
        Plane::Aws => Principal::Aws(name.to_owned()),
        Plane::Kubernetes | Plane::Mcp if name.starts_with("group:") => {
            Principal::KubernetesUser(name.to_owned())
        }
        Plane::Kubernetes | Plane::Mcp => Principal::kubernetes(name),
    }
}

/// Whether rows, in their order, tell of one event at several places.
fn stands_twice(rows: &Rows<LoggedAction>) -> bool {
    let mut pairs = rows.iter().zip(rows.iter().skip(1));
    pairs.any(|(one, next)| {
        one.trace.id.is_some()
            && one.time.is_some()
            && (one.time, &one.action, &one.object) == (next.time, &next.action, &next.object)
            && (one.outcome, &one.trace) == (next.outcome, &next.trace)
    })
}

/// Writes the action of assuming `actor`, as RBAC names it; whom it is for.
fn encode_impersonation(buffer: &mut Vec<u8>, actor: &str) -> Object<'static> {
    match Principal::kubernetes(actor) {
        Principal::ServiceAccount { namespace, name } => {
            encode_resource(buffer, "impersonate", ["", "serviceaccounts", "", &namespace]);
            Object::Named(Cow::Owned(name))
        }
        _ => {
            encode_resource(buffer, "impersonate", ["", "users", "", ""]);
            Object::Named(Cow::Owned(actor.to_owned()))
        }
    }
}

/// The calendar day that is `day` days after 1970-01-01.
fn date_of(day: i64) -> Option<Date> {
    let midnight = Timestamp::from_second(day.checked_mul(DAY)?).ok()?;
    Some(Offset::UTC.to_datetime(midnight).date())
}

fn sorted<K: Ord, V, S>(map: HashMap<K, V, S>) -> Vec<(K, V)> {
    let mut entries: Vec<_> = map.into_iter().collect();
    entries.sort_by(|(a, _), (b, _)| a.cmp(b));
    entries
}
