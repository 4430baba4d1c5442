//! How far an agent went: the ladder over what logs show of it.
//!
//! The rungs are those of the granted level, asked of actions instead of
//! capabilities:
//!
//! | what was done | rung |
//! | --- | --- |
//! | nothing was changed | 1 |
//! | every change was approved beforehand | 2 |
//! | changes without approval: all can be put back, each was acknowledged | 3 |
//! | changes without approval: all can be put back | 4 |
//! | a change without approval destroys, escalates, removes a guardrail, or nobody knows what it does | 5 |
//!
//! A log can say less than the ladder asks, so the answer says what it rests on:
//!
//! * The audit log of a platform does not record approvals. Its writes count as
//!   not approved unless other logs show otherwise ([`super::oversight`]), which makes
//!   the level an upper bound for an agent that a client stops at every write:
//!   [`Observed::lowest`] to [`Observed::at_most`] is all that such a log alone
//!   supports, and whoever knows the gates may decide.
//! * Requests whose outcome the log does not hold may have changed something:
//!   [`Observed::shown`] leaves them out, [`Observed::at_most`] counts them. A
//!   level may be held against an agent by the first, and in its favour only by the second.
//! * No write in a log shows nothing by itself: the audit policy may leave the
//!   principal out, and an idle agent looks like an unlogged one. Only a principal
//!   that the log does show, by whatever request, is known to be recorded.
//!   A policy may record reads and not writes of one principal; that is not ruled
//!   out, but it turns the usual policy upside down.

mod coverage;
#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use jiff::Timestamp;

pub use coverage::LEAST_DAYS;

use crate::model::{
    activity::{
        ActionKey, ActionRecord, Activity, Defect, LogOrigin, LogSummary, PrincipalActivity, Tally,
        Window,
    },
    capability::Plane,
    effect::Effect,
    level::Level,
    location::Location,
    principal::Principal,
};

/// What an action does, and whether a catalogue knows it.
pub type EffectOf<'a> = &'a dyn Fn(&ActionKey) -> (Effect, bool);

/// Of the requests of one principal for one action that took or may have taken
/// effect: how many a human approved before, and how many one acknowledged after.
pub type OversightOf<'a> = &'a dyn Fn(&Principal, &ActionKey) -> Oversight;

/// How many requests a human stood behind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Oversight {
    /// Approved one by one before they were made.
    pub approved: u64,
    /// Not approved, and acknowledged afterwards.
    pub acknowledged: u64,
}

/// How far an agent went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Exercised {
    /// No log shows any of its principals, for these reasons.
    Unknown(Vec<Unobserved>),
    /// At least one of its principals was seen.
    Observed(Box<Observed>),
}

/// What logs show of an agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observed {
    /// The rung that is certain: of what took effect.
    pub shown: Level,
    /// The rung if everything whose outcome is not known took effect.
    pub at_most: Level,
    /// Whether anything tells which changes were approved.
    pub approvals: Approvals,
    /// Every change, worst first: those of the highest rung decide.
    pub changes: Vec<Change>,
    /// Requests that took effect or may have, reads included.
    pub actions: u64,
    /// Of these, changes.
    pub writes: u64,
    /// Requests that were refused.
    pub denied: u64,
    /// First and last time of the logs that show it, within the time asked for.
    pub window: Option<Window>,
    /// Days of that window on which the logs hold anything, within the time asked for.
    pub days: u64,
    /// Planes whose logs hold something on fewer than [`LEAST_DAYS`] days, with how many.
    pub brief: BTreeMap<Plane, u64>,
    /// Principals that no log shows: nothing is known of them.
    pub unobserved: Vec<Unobserved>,
    /// What else may be missing.
    pub doubts: Vec<Doubt>,
    /// What others of the same names did, which is not counted.
    pub namesakes: Vec<Namesake>,
}

impl Observed {
    /// The rung if every change was approved beforehand.
    #[must_use]
    pub fn lowest(&self) -> Level {
        match self.approvals {
            Approvals::Recorded => self.shown,
            Approvals::NotRecorded => self.shown.min(Level::L2),
        }
    }

    /// The changes that make it the highest rung.
    pub fn deciding(&self) -> impl Iterator<Item = &Change> {
        self.changes.iter().filter(|change| change.rung == self.at_most)
    }

    /// Whether the logs could be read to the last line, and show every principal.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.unobserved.is_empty() && self.doubts.is_empty()
    }
}

/// Whether anything tells which changes were approved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Approvals {
    /// Yes: a change without a record of approval was not approved.
    Recorded,
    /// No: changes count as not approved.
    NotRecorded,
}

/// One action that changes something, or may.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The rung that it puts the agent on.
    pub rung: Level,
    /// Who did it.
    pub principal: Principal,
    /// What was done.
    pub action: ActionKey,
    /// What that does to the world.
    pub effect: Effect,
    /// Whether a catalogue knows it.
    pub effect_known: bool,
    /// Requests that took effect.
    pub done: u64,
    /// Requests that may have: their outcome is not known.
    pub unclear: u64,
    /// The first places.
    pub examples: Vec<Location>,
}

/// Why nothing is known of a principal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unobserved {
    /// Whom.
    pub principal: Principal,
    /// Why.
    pub why: Why,
}

/// Why a log does not show a principal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// No log of its plane was read, or none with an event in it.
    NoLog(Plane),
    /// Logs were read, and it is not in them.
    NotInLog {
        /// Requests of others.
        requests: u64,
        /// Between when.
        window: Option<Window>,
    },
    /// It is in them, but not within the time asked for.
    NotInTime {
        /// When it was last seen.
        last: Option<Timestamp>,
    },
    /// Only ServiceAccounts of the same name in other clusters are in them.
    Elsewhere(Vec<LogOrigin>),
    /// More principals were seen than are kept.
    CrowdedOut,
}

impl fmt::Display for Unobserved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let principal = &self.principal;
        match &self.why {
            Why::NoLog(plane) => {
                write!(f, "no {} log was read that could show {principal}", plane.as_str())
            }
            Why::NotInLog { requests, .. } => write!(
                f,
                "{principal} is not among {requests} logged requests: idle, or not logged"
            ),
            Why::NotInTime { last: Some(last) } => {
                write!(f, "{principal} was last seen at {last}, before the time asked for")
            }
            Why::NotInTime { last: None } => {
                write!(f, "no logged request of {principal} carries a time")
            }
            Why::Elsewhere(clusters) => {
                write!(
                    f,
                    "the logs show {principal} of {} alone, which is another",
                    named(clusters)
                )
            }
            Why::CrowdedOut => {
                write!(f, "the log holds more principals than are kept; {principal} may be one")
            }
        }
    }
}

/// Clusters in words.
fn named(clusters: &[LogOrigin]) -> String {
    let all: Vec<String> = clusters.iter().map(ToString::to_string).collect();
    all.join(", ")
}

/// What was left out of what logs show of a principal, as another's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Namesake {
    /// Whose name it has.
    pub principal: Principal,
    /// In which clusters it acted.
    pub clusters: Vec<LogOrigin>,
}

impl fmt::Display for Namesake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { principal, clusters } = self;
        write!(f, "what {principal} of {} did is another's and not counted", named(clusters))
    }
}

/// What may be missing from what was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Doubt {
    /// ServiceAccounts of several clusters have the name of a principal, and nothing tells
    /// which of them did what.
    SeveralClusters,
    /// More distinct actions of a principal were seen than are kept.
    MoreActions,
    /// A principal was seen with more groups than are kept.
    MoreGroups,
    /// So many lines could not be read.
    UnreadLines(u64),
    /// So many files could not be read to their end.
    UnreadFiles(u64),
    /// So many requests are ascribed to nobody.
    Unattributed(u64),
    /// So many events are dated after the moment for which logs are judged.
    DatedAhead(u64),
    /// Requests of a principal are.
    OwnDatedAhead,
}

impl Doubt {
    /// What of a log could not be read, or means nothing.
    pub fn of(log: &LogSummary) -> impl Iterator<Item = Self> {
        let ahead = log.defects.count(Defect::DatedAhead);
        let unread = log.defects.total() - ahead;
        let cut_short = log.files_cut_short;
        let all = [
            (cut_short > 0).then_some(Self::UnreadFiles(cut_short)),
            (unread > 0).then_some(Self::UnreadLines(unread)),
            (ahead > 0).then_some(Self::DatedAhead(ahead)),
        ];
        all.into_iter().flatten()
    }
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SeveralClusters => f.write_str(
                "logs of several clusters show a ServiceAccount of its name, and nothing tells \
                 which of them it is: give the logs of its own cluster alone",
            ),
            Self::MoreActions => f.write_str("it did more different things than are kept"),
            Self::MoreGroups => f.write_str("a principal has more groups than are kept"),
            Self::UnreadLines(1) => f.write_str("1 log line could not be read"),
            Self::UnreadLines(count) => write!(f, "{count} log lines could not be read"),
            Self::UnreadFiles(1) => f.write_str("1 log could not be read to its end"),
            Self::UnreadFiles(count) => write!(f, "{count} logs could not be read to their end"),
            Self::DatedAhead(1) => f.write_str("1 logged event is dated after the assessment"),
            Self::DatedAhead(count) => {
                write!(f, "{count} logged events are dated after the assessment")
            }
            Self::OwnDatedAhead => f.write_str("requests of it are dated after the assessment"),
            Self::Unattributed(1) => f.write_str("1 request is ascribed to nobody"),
            Self::Unattributed(count) => write!(f, "{count} requests are ascribed to nobody"),
        }
    }
}

/// How far the agent that acts as `principals` went, at and after `since` (always, if none).
///
/// `oversight` is none where nothing records approvals.
#[must_use]
pub fn exercise(
    principals: &[Principal],
    activity: &Activity,
    since: Option<Timestamp>,
    effect: EffectOf<'_>,
    oversight: Option<OversightOf<'_>>,
) -> Exercised {
    let mut seen = BTreeMap::new();
    let mut unobserved = Vec::new();
    let mut doubts = Vec::new();
    for principal in principals {
        let found = observed(principal, activity, since, &mut doubts);
        if found.is_empty() {
            let why = why(principal, activity, since);
            unobserved.push(Unobserved { principal: principal.clone(), why });
        }
        seen.extend(found);
    }
    if seen.is_empty() {
        return Exercised::Unknown(unobserved);
    }

    let mut tally = Sum::new();
    for (principal, found) in &seen {
        if found.ahead {
            doubts.push(Doubt::OwnDatedAhead);
        }
        if found.is_of_several() {
            doubts.push(Doubt::SeveralClusters);
        }
        if found.beyond > 0 {
            doubts.push(Doubt::MoreActions);
            tally.at_most = Level::L5;
        }
        for (action, record) in &found.actions {
            tally.add(principal, action, record, since, effect, oversight);
        }
    }
    tally.changes.sort_by(|a, b| {
        b.rung
            .cmp(&a.rung)
            .then(b.effect.cmp(&a.effect))
            .then(b.done.cmp(&a.done))
            .then_with(|| (&a.principal, &a.action).cmp(&(&b.principal, &b.action)))
    });

    let logs = logs_of(seen.keys().copied(), activity);
    // A log that does not show a principal may do so in what could not be read of it.
    let all = logs_of(principals.iter().chain(seen.keys().copied()), activity);
    doubts.extend(Doubt::of(&all));
    doubts.extend((all.unattributed > 0).then_some(Doubt::Unattributed(all.unattributed)));
    doubts.sort_unstable();
    doubts.dedup();
    Exercised::Observed(Box::new(Observed {
        shown: tally.shown,
        at_most: tally.at_most,
        approvals: match oversight {
            Some(_) => Approvals::Recorded,
            None => Approvals::NotRecorded,
        },
        changes: tally.changes,
        actions: tally.actions,
        writes: tally.writes,
        denied: tally.denied,
        window: logs.window.and_then(|window| within(window, since)),
        days: days(&logs, since),
        brief: coverage::brief(seen.keys().copied(), activity, since),
        unobserved,
        doubts,
        namesakes: seen.keys().filter_map(|principal| namesake(principal, activity)).collect(),
    }))
}

/// Who else has the name of a principal.
fn namesake(principal: &Principal, activity: &Activity) -> Option<Namesake> {
    let clusters = activity.elsewhere.get(principal)?.iter().cloned().collect();
    Some(Namesake { principal: principal.clone(), clusters })
}

/// The logs of the planes of some principals, together.
fn logs_of<'p>(principals: impl Iterator<Item = &'p Principal>, activity: &Activity) -> LogSummary {
    let planes: BTreeSet<Plane> = principals.map(plane_of).collect();
    let mut logs = LogSummary::default();
    for log in planes.iter().filter_map(|plane| activity.logs.get(plane)) {
        logs.merge(log.clone());
    }
    logs
}

/// The activity of a principal; for a group, that of everyone seen with it.
pub(super) fn observed<'a>(
    principal: &Principal,
    activity: &'a Activity,
    since: Option<Timestamp>,
    doubts: &mut Vec<Doubt>,
) -> BTreeMap<&'a Principal, &'a PrincipalActivity> {
    let in_time = |found: &PrincipalActivity| {
        since.is_none_or(|since| {
            found.window.is_some_and(|window| window.last >= since)
                || found
                    .actions
                    .values()
                    .any(|record| record.done.reaches(since) || record.unclear.reaches(since))
        })
    };
    let found: BTreeMap<_, _> = match principal {
        Principal::KubernetesGroup(group) => {
            if activity.principals.values().any(|found| found.groups.has_more()) {
                doubts.push(Doubt::MoreGroups);
            }
            activity.principals.iter().filter(|(_, found)| found.groups.contains(group)).collect()
        }
        Principal::KubernetesUser(_) | Principal::ServiceAccount { .. } | Principal::Aws(_) => {
            activity.principals.get_key_value(principal).into_iter().collect()
        }
    };
    found.into_iter().filter(|(_, found)| in_time(found)).collect()
}

fn why(principal: &Principal, activity: &Activity, since: Option<Timestamp>) -> Why {
    let plane = plane_of(principal);
    match activity.logs.get(&plane) {
        _ if since.is_some() && activity.principals.contains_key(principal) => {
            let found = activity.principals.get(principal);
            Why::NotInTime { last: found.and_then(|found| found.window).map(|window| window.last) }
        }
        None => Why::NoLog(plane),
        Some(log) if log.events == 0 => Why::NoLog(plane),
        Some(_) if let Some(namesake) = namesake(principal, activity) => {
            Why::Elsewhere(namesake.clusters)
        }
        Some(_) if activity.beyond > 0 => Why::CrowdedOut,
        Some(log) => Why::NotInLog { requests: log.requests, window: log.window },
    }
}

/// Where a principal acts.
#[must_use]
pub fn plane_of(principal: &Principal) -> Plane {
    match principal {
        Principal::KubernetesUser(_)
        | Principal::KubernetesGroup(_)
        | Principal::ServiceAccount { .. } => Plane::Kubernetes,
        Principal::Aws(_) => Plane::Aws,
    }
}

/// What of a window lies at or after `since`.
fn within(window: Window, since: Option<Timestamp>) -> Option<Window> {
    match since {
        Some(since) if window.last < since => None,
        Some(since) => Some(Window { first: window.first.max(since), ..window }),
        None => Some(window),
    }
}

fn days(logs: &LogSummary, since: Option<Timestamp>) -> u64 {
    let first = since.map(|since| jiff::tz::Offset::UTC.to_datetime(since).date());
    logs.days.iter().filter(|(day, _)| first.is_none_or(|first| **day >= first)).count() as u64
}

/// The figures while they are added up.
struct Sum {
    shown: Level,
    at_most: Level,
    changes: Vec<Change>,
    actions: u64,
    writes: u64,
    denied: u64,
}

impl Sum {
    fn new() -> Self {
        Self {
            shown: Level::L1,
            at_most: Level::L1,
            changes: Vec::new(),
            actions: 0,
            writes: 0,
            denied: 0,
        }
    }

    fn add(
        &mut self,
        principal: &Principal,
        action: &ActionKey,
        record: &ActionRecord,
        since: Option<Timestamp>,
        effect: EffectOf<'_>,
        oversight: Option<OversightOf<'_>>,
    ) {
        // Actions are counted without their days, so one that reaches into the
        // time asked for counts whole.
        let within = |tally: &Tally| {
            if since.is_none_or(|since| tally.reaches(since)) { tally.count } else { 0 }
        };
        let (done, unclear) = (within(&record.done), within(&record.unclear));
        self.actions += done + unclear;
        self.denied += record.denied.total();
        let unclear = unclear + record.unanswered;
        let (effect, effect_known) = effect(action);
        if done + unclear == 0 || (effect_known && !effect.is_mutating()) {
            return;
        }
        self.writes += done + within(&record.unclear);
        let stood_behind = oversight.map(|oversight| oversight(principal, action));
        let stood_behind = stood_behind.unwrap_or_default();
        let at = |count| rung(count, effect, effect_known, stood_behind);
        // People stood behind requests of any day, so those of any day are what is compared.
        let rung = at(record.done.count + record.unclear.count + record.unanswered);
        self.at_most = self.at_most.max(rung);
        if done > 0 {
            self.shown = self.shown.max(at(done));
        }
        let places = record.done.examples.places();
        self.changes.push(Change {
            rung,
            principal: principal.clone(),
            action: action.clone(),
            effect,
            effect_known,
            done,
            unclear,
            examples: places.chain(record.unclear.examples.places()).collect(),
        });
    }
}

/// The rung of one action that was taken `count` times.
fn rung(count: u64, effect: Effect, effect_known: bool, oversight: Oversight) -> Level {
    let alone = count.saturating_sub(oversight.approved);
    if alone == 0 {
        Level::L2
    } else if !effect_known || effect.is_irreversible() {
        Level::L5
    } else if alone <= oversight.acknowledged {
        Level::L3
    } else {
        Level::L4
    }
}
