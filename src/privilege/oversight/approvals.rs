//! Whether a person approved a change before it was made.
//!
//! An approval counts for a change only if all of this holds; what cannot be shown
//! either way is left open, and never counts:
//!
//! * it is a decision of a person for this one action: no permission that stands, no
//!   setting, no other program, and none whose decider the log does not tell;
//! * it names the change: its id is that of the request, or of the one call whose record
//!   or answer names the request, and more than the client says so (`chosen.rs`); and it
//!   names no other agent than that call does;
//! * it was made before the change began, as surely as their times tell ([`came_first`]);
//! * the person is neither the agent, nor an account of it or of another, nor who acted
//!   under its identity (`acted.rs`), and is one of those who may approve, where that
//!   is said;
//! * what was approved is what was run, where both logs have its digest; what a person
//!   changed must have one, and where records of the call differ nobody knows what was run;
//! * it was not used up: it covers what one recorded call did while it ran, and without
//!   such a record the first event that bears the id.
//!
//! Of several decisions of people on one change the last one before it counts. What could
//! not be read may be a later refusal, so that an approval counts only where the records
//! were read whole.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::{
    acted::{Acted, Made},
    calls::{Call, Calls, Input},
    chosen::is_proven,
    events::{EventKey, Events, ids},
    joins::{Join, Strength},
    moments::came_first,
    who::Who,
};
use crate::model::{
    activity::{DeciderKind, Decision, DecisionVerdict, LoggedAction, Rows},
    principal::Principal,
};

/// Whether a change was approved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Approval<'a> {
    /// A person approved exactly this, before.
    Given {
        /// The decision.
        decision: &'a Decision,
        /// How long before.
        before: SignedDuration,
    },
    /// Nobody did.
    Missing(Lack, Option<&'a Decision>),
    /// The logs do not decide it.
    Open(Open),
}

/// Why a change counts as not approved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lack {
    /// Decisions are on record, and none is about it.
    NoDecision,
    /// A permission that stands let it pass.
    Standing,
    /// A setting, a hook, a policy or another program let it pass.
    NotByPerson,
    /// It was approved after it was made.
    AfterTheFact,
    /// The agent approved for itself, or whoever acted under its identity.
    BySelf,
    /// Someone approved who may not.
    ByStranger,
    /// Something else was approved than what was run.
    Altered,
    /// The last decision before it was a refusal.
    Refused,
    /// The approval was for another event of the same id.
    UsedUp,
}

impl Lack {
    /// For a person, as a clause about a change.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoDecision => "no decision is about it",
            Self::Standing => "a permission that stands let it pass",
            Self::NotByPerson => "a setting or a program let it pass, no person",
            Self::AfterTheFact => "it was approved after it was made",
            Self::BySelf => "whoever made it approved it",
            Self::ByStranger => "someone approved it who may not",
            Self::Altered => "something else was approved than was run",
            Self::Refused => "it had been refused",
            Self::UsedUp => "its approval was for another request of the same id",
        }
    }
}

/// Why it is open whether a change was approved, the plainest last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Open {
    /// No log that was read records approvals.
    NotRecorded,
    /// Logs of approvals could not be read whole, or hold more than is kept.
    NotWhole,
    /// It was made before or after the time that records of approvals are of.
    OutOfTime,
    /// An approval may be about it, and no id says so.
    NotByExactId,
    /// Records of the call that made it differ in what that was given.
    Disputed,
    /// It bears the id of what was approved, which its client chose, and acts on something
    /// that the call does not name, or that others act on under that id.
    ChosenId,
    /// The decision speaks of an agent that nothing says is this one.
    OtherAgent,
    /// The change or the decision has no time, or both have times that can mean either.
    NoOrder,
    /// Who approved it acted as the agent in another session, or may be who acted in this
    /// one.
    PerhapsBySelf,
    /// The record does not say who decided.
    Nameless,
}

impl Open {
    /// For a person.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotRecorded => "approvals are not recorded in any log that was read",
            Self::NotWhole => "logs of approvals could not be read whole",
            Self::OutOfTime => "it is outside of the time that records of approvals are of",
            Self::NotByExactId => "an approval may be about it, and no id says so",
            Self::Disputed => "records of its call differ in what it was given",
            Self::ChosenId => {
                "its client chose the id of what was approved, and nothing else joins the two"
            }
            Self::OtherAgent => "the approval names an agent that is not known to be this one",
            Self::NoOrder => "times do not tell which came first, the approval or the change",
            Self::PerhapsBySelf => "whoever approved it may have acted as the agent",
            Self::Nameless => "the record does not say who decided",
        }
    }
}

/// All decisions, by what they are about.
#[derive(Debug)]
pub struct Decisions<'a> {
    by_id: BTreeMap<&'a str, Vec<&'a Decision>>,
    /// First and last time of any; none where nothing records approvals.
    window: Option<(Timestamp, Timestamp)>,
    /// Whether any says of one action that it may be done.
    recorded: bool,
    whole: bool,
}

impl<'a> Decisions<'a> {
    /// The decisions of a log; `whole` says that nothing of it is missing, `last` what
    /// the log's latest time is.
    #[must_use]
    pub fn of(rows: &'a Rows<Decision>, whole: bool, last: Option<Timestamp>) -> Self {
        let mut by_id = BTreeMap::<&str, Vec<&Decision>>::new();
        let mut window: Option<(Timestamp, Timestamp)> = None;
        let mut recorded = false;
        for row in rows {
            // A way of working that asks nobody, for a whole session, is no record of
            // decisions: transcripts tell it, and hold nothing else but refusals.
            let of_one = row.about.call.is_some() || row.about.request.is_some();
            recorded |= of_one
                && matches!(row.verdict, DecisionVerdict::Approved | DecisionVerdict::Changed);
            if let Some(time) = row.time {
                let (first, until) = window.unwrap_or((time, time));
                window = Some((first.min(time), until.max(time)));
            }
            let call = row.about.call.as_deref();
            let request = row.about.request.as_deref().filter(|request| Some(*request) != call);
            for id in call.into_iter().chain(request).filter(|id| !id.is_empty()) {
                by_id.entry(id).or_default().push(row);
            }
        }
        let window =
            window.map(|(first, until)| (first, last.map_or(until, |last| last.max(until))));
        Self { by_id, window, recorded, whole: whole && rows.beyond() == 0 }
    }

    /// Whether any log records approvals.
    #[must_use]
    pub fn are_recorded(&self) -> bool {
        self.recorded
    }

    fn about(&self, id: &str) -> &[&'a Decision] {
        self.by_id.get(id).map(Vec::as_slice).unwrap_or_default()
    }
}

/// What approvals are judged by.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bench<'a, 'b> {
    pub(super) decisions: &'b Decisions<'a>,
    pub(super) calls: &'b Calls<'a>,
    pub(super) events: &'b Events<'a>,
    pub(super) who: &'b Who<'b>,
    pub(super) acted: &'b Acted<'a, 'b>,
}

/// Whether the change was approved.
pub(super) fn approval<'a>(
    principal: &Principal,
    row: &LoggedAction,
    join: Option<Join<'a, '_>>,
    bench: Bench<'a, '_>,
) -> Approval<'a> {
    if !bench.decisions.recorded {
        return Approval::Open(Open::NotRecorded);
    }
    let exact = join.filter(|join| join.strength == Strength::Exact).map(|join| join.call);
    let mut about: Vec<&'a Decision> = ids(row)
        .filter(|id| !bench.calls.is_shared(id))
        .chain(exact.and_then(Call::id))
        .flat_map(|id| bench.decisions.about(id))
        .copied()
        .filter(|decision| {
            decision.about.agent.as_deref().is_none_or(|agent| !bench.who.is_other(agent))
        })
        .filter(|decision| is_of_session(decision, exact))
        .collect();
    about.sort_unstable();
    about.dedup();
    let judged: Vec<(&'a Decision, Approval<'a>)> = about
        .into_iter()
        .map(|decision| (decision, judge(decision, principal, row, exact, bench)))
        .collect();
    let best = judged
        .iter()
        .map(|(decision, own)| {
            let stands = match own {
                Approval::Given { .. } => against(decision, &judged, row, bench).unwrap_or(*own),
                Approval::Missing(..) | Approval::Open(_) => *own,
            };
            (rank(&stands), decision.time, stands)
        })
        .max_by_key(|(rank, time, _)| (*rank, *time));
    best.map_or_else(|| absent(row, join, bench), |(_, _, best)| best)
}

/// What an approval comes to that may have been taken back before the change; none where
/// it stands.
fn against<'a>(
    given: &Decision,
    judged: &[(&'a Decision, Approval<'a>)],
    row: &LoggedAction,
    bench: Bench<'a, '_>,
) -> Option<Approval<'a>> {
    let mut open = (!bench.decisions.whole).then_some(Approval::Open(Open::NotWhole));
    for (other, own) in judged {
        let refuses =
            matches!(other.verdict, DecisionVerdict::Rejected | DecisionVerdict::TimedOut);
        // Programs and settings take back nothing that a person said.
        let may_count = matches!(own, Approval::Missing(Lack::Refused, _) | Approval::Open(_));
        if !refuses || !may_count {
            continue;
        }
        let first = |one: Option<Timestamp>, other: Option<Timestamp>| {
            one.zip(other).and_then(|(one, other)| came_first(one, other)) == Some(true)
        };
        if first(other.time, given.time) || first(row.time, other.time) {
            continue;
        }
        match own {
            Approval::Missing(..) if first(given.time, other.time) => {
                return Some(*own);
            }
            Approval::Missing(..) | Approval::Given { .. } => {
                open = Some(Approval::Open(Open::NoOrder));
            }
            Approval::Open(_) => open = Some(*own),
        }
    }
    open
}

/// Whether nothing speaks against a decision being of the session of a call: ids of calls
/// may begin anew in each.
fn is_of_session(decision: &Decision, call: Option<&Call<'_>>) -> bool {
    let Some(session) = decision.about.session.as_deref() else { return true };
    let mut known = call
        .into_iter()
        .flat_map(|call| &call.records)
        .filter_map(|record| record.caller.session.as_deref())
        .peekable();
    known.peek().is_none() || known.any(|own| own == session)
}

/// Whether a decision speaks of an agent that is neither this one by any of its names nor
/// the one that the record of the call names.
fn names_another(decision: &Decision, call: Option<&Call<'_>>, who: &Who<'_>) -> bool {
    let Some(agent) = decision.about.agent.as_deref() else { return false };
    let mut callers = call
        .into_iter()
        .flat_map(|call| &call.records)
        .filter_map(|record| record.caller.agent.as_deref());
    !who.is_itself(agent) && !callers.any(|caller| caller.eq_ignore_ascii_case(agent.trim()))
}

/// No decision is about the change: whether that says anything.
fn absent<'a>(
    row: &LoggedAction,
    join: Option<Join<'a, '_>>,
    bench: Bench<'a, '_>,
) -> Approval<'a> {
    if !bench.decisions.whole {
        return Approval::Open(Open::NotWhole);
    }
    let within = row.time.zip(bench.decisions.window);
    if !within.is_some_and(|(time, (first, last))| first <= time && time <= last) {
        return Approval::Open(Open::OutOfTime);
    }
    let of_call =
        join.filter(|join| join.strength < Strength::Exact).and_then(|join| join.call.id());
    let shared = ids(row).any(|id| bench.calls.is_shared(id));
    let may_be_about = of_call.is_some_and(|id| {
        bench.decisions.about(id).iter().any(|decision| decision.kind == DeciderKind::Person)
    });
    if shared || may_be_about {
        return Approval::Open(Open::NotByExactId);
    }
    Approval::Missing(Lack::NoDecision, None)
}

/// What one decision about a change is worth.
fn judge<'a>(
    decision: &'a Decision,
    principal: &Principal,
    row: &LoggedAction,
    call: Option<&Call<'a>>,
    bench: Bench<'a, '_>,
) -> Approval<'a> {
    let missing = |lack| Approval::Missing(lack, Some(decision));
    match decision.kind {
        DeciderKind::Person => {}
        DeciderKind::Standing => return missing(Lack::Standing),
        DeciderKind::Policy | DeciderKind::Machine => return missing(Lack::NotByPerson),
        DeciderKind::NotSaid => return Approval::Open(Open::Nameless),
    }
    let (Some(decided), Some(began)) = (decision.time, row.time) else {
        return Approval::Open(Open::NoOrder);
    };
    let Some(was_before) = came_first(decided, began) else {
        return Approval::Open(Open::NoOrder);
    };
    match (decision.verdict, was_before) {
        (DecisionVerdict::Approved | DecisionVerdict::Changed, true) => {}
        (DecisionVerdict::Approved | DecisionVerdict::Changed, false) => {
            return missing(Lack::AfterTheFact);
        }
        (DecisionVerdict::Rejected | DecisionVerdict::TimedOut, true) => {
            return missing(Lack::Refused);
        }
        (DecisionVerdict::Rejected | DecisionVerdict::TimedOut, false) => {
            return missing(Lack::NoDecision);
        }
    }
    let Some(by) = decision.by.as_deref() else { return Approval::Open(Open::Nameless) };
    let made = bench.acted.made(by, principal, row);
    if bench.who.is_itself(by) || bench.who.took_on(by) || made == Made::Yes {
        return missing(Lack::BySelf);
    }
    if !bench.who.may_approve(by) {
        return missing(Lack::ByStranger);
    }
    if !is_proven(row, bench.calls, bench.events, bench.who.rules()) {
        return Approval::Open(Open::ChosenId);
    }
    if names_another(decision, call, bench.who) {
        return Approval::Open(Open::OtherAgent);
    }
    if made == Made::Perhaps {
        return Approval::Open(Open::PerhapsBySelf);
    }
    let agrees = match (call.map_or(Input::NotRecorded, Call::input), decision.arguments) {
        (Input::Disputed, _) => return Approval::Open(Open::Disputed),
        (Input::Digest(run), Some(approved)) => approved == run,
        (Input::Digest(_), None) | (Input::NotRecorded, _) => {
            decision.verdict == DecisionVerdict::Approved
        }
    };
    if !agrees {
        return missing(Lack::Altered);
    }
    if !covers(decision, decided, principal, row, call, bench.events) {
        return missing(Lack::UsedUp);
    }
    Approval::Given { decision, before: began.duration_since(decided) }
}

/// Whether the one action that was approved is this event, or made it.
fn covers(
    decision: &Decision,
    decided: Timestamp,
    principal: &Principal,
    row: &LoggedAction,
    call: Option<&Call<'_>>,
    events: &Events<'_>,
) -> bool {
    let own = EventKey::of(principal, row);
    if let (Some(call), Some(time)) = (call, row.time)
        && let Some(id) = call.id().filter(|id| decision.about.call.as_deref() == Some(id))
        && call.end.is_some()
        && (call.named || events.are_all_of(id, principal))
    {
        return call.spans(time);
    }
    let about = decision.about.call.as_deref().into_iter().chain(decision.about.request.as_deref());
    about
        .chain(ids(row))
        .all(|id| events.first_since(id, decided).is_none_or(|first| *first == own))
}

/// Which of several decisions on one change tells most: an approval that holds, then one
/// that may, then the plainest lack.
fn rank(approval: &Approval<'_>) -> (u8, u8) {
    match approval {
        Approval::Given { .. } => (2, 0),
        Approval::Open(open) => (1, *open as u8),
        Approval::Missing(lack, _) => (0, *lack as u8),
    }
}
