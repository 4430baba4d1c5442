//! Who stood behind what an agent did: which tool call made a change, who approved it
//! before, who was told after, and who put it back.
//!
//! [`LogIndex`] is what all agents share of the logs, and [`Records`] what one of them
//! sees of it; [`oversee`] joins every change of its principals with them. Nothing here is
//! judged against a criterion, and nothing is made up: what the logs do not decide stays
//! open, with why.
//!
//! Logs come from machines whose clocks differ, so joins allow [`SKEW`]. Whether an
//! approval came before its change allows nothing: one after the fact is none.

mod acted;
pub mod approvals;
pub mod attribution;
pub mod boundary;
pub mod calls;
mod chosen;
pub mod events;
pub mod joins;
pub mod moments;
pub mod notifications;
mod regions;
pub mod reversals;
pub mod sessions;
pub mod statistics;
mod taken;
mod targets;
#[cfg(test)]
pub(crate) mod tests;
mod unseen;
pub mod who;
mod writes;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use jiff::{SignedDuration, Timestamp};

pub use approvals::{Approval, Lack, Open};
pub use joins::{Join, Strength};
pub use notifications::{Message, Notified};
pub use reversals::{ByPeople, Reverted};
pub use who::Who;

use self::{
    acted::Acted,
    approvals::{Bench, Decisions},
    attribution::Sign,
    boundary::Within,
    calls::Calls,
    events::{EventKey, Events},
    notifications::{Notifications, Published},
    reversals::Reversals,
    sessions::Sessions,
    taken::Beginnings,
    unseen::KeptRequest,
};
use super::exercise::{self, Doubt, EffectOf};
use crate::{
    model::{
        activity::{ActionKey, Activity, LogSummary, LoggedAction, LoggedOutcome, Reversal},
        capability::Plane,
        declaration::Boundary,
        effect::Effect,
        principal::Principal,
    },
    rubric::oversight::{OversightRules, Revertible},
};

/// How much the clocks of two logs may differ.
pub const SKEW: SignedDuration = SignedDuration::from_secs(5);

/// Whether a moment lies between two others, allowing for clocks that differ; without an
/// end, around the first.
fn lies_in(time: Timestamp, start: Timestamp, end: Option<Timestamp>) -> bool {
    let end = end.unwrap_or(start).max(start);
    time.duration_since(start) >= -SKEW && time.duration_since(end) <= SKEW
}

/// What all agents share of the logs, indexed once.
#[derive(Debug)]
pub struct LogIndex<'a> {
    activity: &'a Activity,
    decisions: Decisions<'a>,
    events: Events<'a>,
    notifications: Notifications<'a>,
    reversals: Reversals<'a>,
    sessions: Sessions<'a>,
    beginnings: Beginnings<'a>,
    /// Requests under an assumed identity, by who assumed it.
    assumed: BTreeMap<Principal, Vec<KeptRequest<'a>>>,
    /// The logs of agents, clients, gateways and people; none where none was read.
    log: Option<&'a LogSummary>,
}

impl<'a> LogIndex<'a> {
    /// Of everything that was logged.
    #[must_use]
    pub fn of(activity: &'a Activity, rules: &OversightRules) -> Self {
        let records = &activity.records;
        let log = activity.logs.get(&Plane::Mcp);
        let whole = log.is_none_or(is_whole);
        let last = log.and_then(|log| log.window).map(|window| window.last);
        let mut assumed = BTreeMap::<_, Vec<_>>::new();
        for (principal, found) in &activity.principals {
            for row in &found.changes {
                if let Some(who) = row.trace.impersonator.as_deref() {
                    let made = KeptRequest { principal, found, row };
                    assumed.entry(Principal::kubernetes(who)).or_default().push(made);
                }
            }
        }
        Self {
            activity,
            decisions: Decisions::of(&records.decisions, whole, last),
            events: Events::of(activity),
            notifications: Notifications::of(&records.notifications),
            reversals: Reversals::of(&records.reversals, activity, rules),
            sessions: Sessions::of(&records.sessions),
            beginnings: Beginnings::of(&records.sessions),
            assumed,
            log,
        }
    }

    /// What a principal asked for under identities that it assumed, whatever came of it.
    fn assumed_by(&self, principal: &Principal) -> impl Iterator<Item = &KeptRequest<'a>> {
        self.assumed.get(principal).into_iter().flatten()
    }
}

/// The logs as one agent's changes are joined with them.
#[derive(Debug)]
pub struct Records<'a> {
    logs: Arc<LogIndex<'a>>,
    /// Tool calls.
    pub calls: Calls<'a>,
}

impl<'a> Records<'a> {
    /// Of everything that was logged, as it concerns `who`.
    #[must_use]
    pub fn of(logs: &Arc<LogIndex<'a>>, who: &Who<'_>) -> Self {
        let calls = Calls::of(&logs.activity.records.tool_calls, who);
        Self { logs: logs.clone(), calls }
    }

    /// Decisions.
    #[must_use]
    pub fn decisions(&self) -> &Decisions<'a> {
        &self.logs.decisions
    }

    /// What keeps one from saying that something is not in these logs; none where
    /// nothing does.
    #[must_use]
    pub fn gap(&self) -> Option<String> {
        match self.logs.log {
            None => Some("no log of agents, gateways or people was read".to_owned()),
            Some(log) => Doubt::of(log).next().map(|doubt| doubt.to_string()),
        }
    }

    /// The logs that they are of.
    #[must_use]
    pub fn activity(&self) -> &'a Activity {
        self.logs.activity
    }
}

/// Whether nothing of a log is missing.
fn is_whole(log: &LogSummary) -> bool {
    log.files_cut_short == 0 && log.defects.total() == 0
}

/// What is asked of [`oversee`].
#[derive(Clone, Copy)]
pub struct Asked<'a, 'b> {
    /// The agent's identities.
    pub actors: &'b [Principal],
    /// Who is who to it.
    pub who: &'b Who<'b>,
    /// The first moment of the window that sums are over; all time, if none.
    pub since: Option<Timestamp>,
    /// What actions do.
    pub effect: EffectOf<'a>,
    /// The tables.
    pub rules: &'b OversightRules,
    /// What it is declared for, where that is said.
    pub boundary: Option<&'b Boundary>,
    /// Identities that are declared to stand outside of what binds others.
    pub break_glass: &'b [Principal],
}

/// One change that the agent made, or may have.
#[derive(Debug, Clone)]
pub struct Change<'a, 'c> {
    /// As whom: of a request under an identity that the agent assumed, that one.
    pub principal: &'a Principal,
    /// What the platform logged; of equal rows the first.
    pub row: &'a LoggedAction,
    /// Rows that tell of the same request, by what they count under.
    pub rows: BTreeMap<&'a ActionKey, u64>,
    /// What it does at worst.
    pub effect: Effect,
    /// Whether a catalogue knows that.
    pub effect_known: bool,
    /// Whether it lies within the window.
    pub in_window: bool,
    /// What ties it to the agent.
    pub signs: BTreeSet<Sign>,
    /// The call that made it.
    pub join: Option<Join<'a, 'c>>,
    /// A call that names its object and not where that is: it may have made it.
    pub perhaps_by: Option<&'c calls::Call<'a>>,
    /// Whether it was approved.
    pub approval: Approval<'a>,
    /// Who was told.
    pub notified: Option<Notified<'a>>,
    /// Every way in which it was put back, or may have been; what speaks most against the agent
    /// first.
    pub reverted: Vec<Reverted<'a>>,
    /// Whether it can be put back, by the table; none where that does not name it.
    pub revertible: Option<Revertible>,
    /// Whether it is within what the agent is declared for.
    pub within: Within,
    /// Who went around what binds everyone.
    pub break_glass: Option<String>,
}

impl<'a> Change<'a, '_> {
    /// Whether it certainly took effect.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.row.outcome == LoggedOutcome::Done
    }

    /// Whether a person approved it.
    #[must_use]
    pub fn is_approved(&self) -> bool {
        matches!(self.approval, Approval::Given { .. })
    }

    /// The call that is known to have made it, by id or object.
    #[must_use]
    pub fn call(&self) -> Option<&calls::Call<'a>> {
        self.join.filter(|join| join.strength > Strength::Window).map(|join| join.call)
    }

    /// The call that is known to have made it by id.
    #[must_use]
    pub fn exact_call(&self) -> Option<&calls::Call<'a>> {
        self.join.filter(|join| join.strength == Strength::Exact).map(|join| join.call)
    }

    /// Whether a person acknowledged it within a day, or put it back.
    #[must_use]
    pub fn is_acknowledged(&self, who: &Who<'_>) -> bool {
        let answered = self.notified.filter(Notified::names_it).and_then(|told| {
            let at = told.message.told()?;
            Some(told.answered?.duration_since(at) <= notifications::ANSWERED_WITHIN)
        });
        let reverted = self.reverted.iter().any(|one| one.is_acknowledgement(self.row, who));
        answered == Some(true) || reverted
    }

    /// Every record of a reversal of it.
    pub fn reversal_records(&self) -> impl Iterator<Item = &'a Reversal> + use<'_, 'a> {
        self.reverted.iter().filter_map(|one| match one {
            Reverted::Recorded(record) => Some(*record),
            Reverted::Logged { .. } | Reverted::Perhaps { .. } => None,
        })
    }

    /// Whether people put it back, as it counts against the agent.
    #[must_use]
    pub fn by_people(&self, who: &Who<'_>) -> ByPeople {
        self.reverted.iter().map(|one| one.by_people(who)).max().unwrap_or(ByPeople::No)
    }
}

/// What stood behind everything that an agent changed.
#[derive(Debug)]
pub struct Oversight<'a, 'c> {
    /// Its changes, the earliest first; those that no log dates come first of all.
    pub changes: Vec<Change<'a, 'c>>,
    /// What keeps one from saying that these are all; none where nothing does.
    pub gaps: Vec<String>,
}

impl<'a, 'c> Oversight<'a, 'c> {
    /// Changes of the window that took effect or may have.
    pub fn in_window(&self) -> impl Iterator<Item = &Change<'a, 'c>> {
        self.changes.iter().filter(|change| change.in_window)
    }

    /// How many requests of each action people stood behind, of all time: that is what
    /// the exercised level counts.
    #[must_use]
    pub fn behind(
        &self,
        who: &Who<'_>,
    ) -> BTreeMap<(&'a Principal, &'a ActionKey), exercise::Oversight> {
        let mut behind = BTreeMap::<_, exercise::Oversight>::new();
        for change in &self.changes {
            let (approved, acknowledged) = (change.is_approved(), change.is_acknowledged(who));
            for (action, rows) in &change.rows {
                let sum = behind.entry((change.principal, *action)).or_default();
                if approved {
                    sum.approved += rows;
                } else if acknowledged {
                    sum.acknowledged += rows;
                }
            }
        }
        behind
    }
}

/// Joins every change of an agent with what else was logged of it.
#[must_use]
pub fn oversee<'a, 'c>(records: &'c Records<'a>, asked: Asked<'_, '_>) -> Oversight<'a, 'c> {
    let mut doubts = Vec::new();
    let mut changes = BTreeMap::<EventKey<'a>, Change<'a, 'c>>::new();
    let mut gaps = Vec::new();
    let mut seen = BTreeMap::new();
    for actor in asked.actors {
        seen.extend(exercise::observed(actor, records.activity(), asked.since, &mut doubts));
    }
    let under_others = || {
        seen.keys()
            .flat_map(|principal| records.logs.assumed_by(principal))
            .filter(|made| !seen.contains_key(made.principal))
            .copied()
    };
    let rows = seen.values().flat_map(|found| found.changes.iter());
    let rows = rows.chain(under_others().map(|made| made.row));
    let assumed = under_others().map(|made| made.principal);
    let acted = Acted::of(rows, assumed, &records.logs.sessions, asked.who);
    let bench = Bench {
        decisions: records.decisions(),
        calls: &records.calls,
        events: &records.logs.events,
        who: asked.who,
        acted: &acted,
    };
    let all = seen.values().flat_map(|found| found.changes.iter());
    let published = Published::of(all, asked.rules);
    for (principal, found) in &seen {
        let earliest = found.changes.iter().next().and_then(|row| row.time);
        // The latest are kept: what is missing is older than the first of them.
        let out_of_window =
            asked.since.zip(earliest).is_some_and(|(since, earliest)| earliest < since);
        if (found.changes.beyond() > 0 && !out_of_window) || found.beyond > 0 {
            gaps.push(format!("{principal} made more changes than are kept one by one"));
        }
        gaps.extend(unseen::unseen(principal, found, &records.logs, asked));
    }
    let own = seen.iter().flat_map(|(&principal, &found)| {
        found.changes.iter().map(move |row| KeptRequest { principal, found, row })
    });
    for KeptRequest { principal, found, row } in
        own.chain(under_others()).filter(|made| made.row.outcome.may_be_done())
    {
        let (effect, effect_known) = (asked.effect)(&row.action);
        let reads = effect_known && !effect.is_mutating();
        if reads || asked.rules.is_noise(&row.action) {
            continue;
        }
        let same = changes.get_mut(&EventKey::of(principal, row));
        if let Some(known) = same {
            *known.rows.entry(&row.action).or_default() += 1;
            known.effect = known.effect.max(effect);
            known.effect_known &= effect_known;
            continue;
        }
        let (calls, events) = (&records.calls, &records.logs.events);
        let join = joins::join(row, calls, events, asked.who, asked.rules);
        let perhaps_by = match join {
            Some(join) if join.strength > Strength::Window => None,
            Some(_) | None => joins::perhaps(row, calls, events, asked.who, asked.rules),
        };
        let change = Change {
            principal,
            row,
            rows: BTreeMap::from([(&*row.action, 1)]),
            effect,
            effect_known,
            in_window: asked.since.is_none_or(|since| row.time.is_none_or(|at| at >= since)),
            signs: attribution::signs(principal, row, &records.logs.sessions, asked),
            join,
            perhaps_by,
            approval: approvals::approval(principal, row, join, bench),
            notified: records.logs.notifications.about(row, join, &published, bench),
            reverted: records.logs.reversals.of_change(row, join, asked.who, asked.rules),
            revertible: asked.rules.revertible(&row.action).map(|(answer, _)| answer),
            within: asked.boundary.map_or(Within::NotDeclared, |boundary| {
                boundary::within(&row.action, boundary, asked.rules)
            }),
            break_glass: attribution::break_glass(
                principal,
                found,
                Some(row),
                asked.break_glass,
                asked.rules,
            ),
        };
        changes.insert(EventKey::of(principal, row), change);
    }
    let mut changes: Vec<_> = changes.into_values().collect();
    changes.sort_by(|one, other| (one.row, one.principal).cmp(&(other.row, other.principal)));
    if doubts.contains(&Doubt::MoreGroups) {
        gaps.push(Doubt::MoreGroups.to_string());
    }
    Oversight { changes, gaps }
}
