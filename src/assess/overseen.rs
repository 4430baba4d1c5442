//! What logs show of one agent, and who stood behind it: the one look at activity that
//! facts, the exercised level and findings share.

mod proposals;
mod unobserved;
mod view;

pub(super) use proposals::perhaps;

use std::collections::BTreeSet;

use jiff::{Timestamp, civil::Date};

use super::{exercised, holdings::Holdings, roster::Subject};
use crate::{
    model::{
        activity::{DeciderKind, Decision, Rows},
        agent::AgentId,
        principal::Principal,
    },
    privilege::{
        exercise::{self, EffectOf, exercise},
        oversight::{LogIndex, Oversight, Records, Who, events::ids},
    },
    rubric::oversight::OversightRules,
};

/// What logs show of one agent.
#[derive(Debug)]
pub struct Overseen<'a, 's> {
    /// Its identities as logs name them.
    pub actors: &'s [Principal],
    /// Who is who to it.
    pub who: &'s Who<'s>,
    /// The logs, indexed.
    pub records: &'s Records<'a>,
    /// Every change of it, and who stood behind it.
    pub oversight: Oversight<'a, 's>,
    /// How far it went.
    pub shown: exercise::Exercised,
    /// What keeps the platforms' logs from showing every change of it; none where
    /// nothing does.
    pub gap: Option<String>,
    /// The same, all of it.
    gaps: Vec<String>,
    /// The first moment of the window.
    pub since: Option<Timestamp>,
    /// The day of the assessment.
    pub today: Date,
}

impl<'a, 's> Overseen<'a, 's> {
    pub(super) fn new(
        actors: &'s [Principal],
        who: &'s Who<'s>,
        records: &'s Records<'a>,
        oversight: Oversight<'a, 's>,
        holdings: &Holdings,
        effect: EffectOf<'_>,
        today: Date,
    ) -> Self {
        let activity = records.activity();
        let since = exercised::since(today);
        let behind = oversight.behind(who);
        let of_action = |principal: &Principal, action: &_| {
            behind.get(&(principal, action)).copied().unwrap_or_default()
        };
        let recorded =
            records.decisions().are_recorded() || !activity.records.notifications.is_empty();
        let of_action: exercise::OversightOf<'_> = &of_action;
        let shown = exercise(actors, activity, since, effect, recorded.then_some(of_action));
        let mut gaps = exercised::gaps(&shown, holdings);
        gaps.extend(oversight.gaps.iter().cloned());
        let gap = gaps.first().cloned();
        Self { actors, who, records, oversight, shown, gap, gaps, since, today }
    }

    /// Every id of its changes and of its calls.
    pub(super) fn own_ids(&self) -> BTreeSet<&str> {
        self.oversight
            .changes
            .iter()
            .flat_map(|change| ids(change.row).chain(change.join.and_then(|join| join.call.id())))
            .chain(self.records.calls.iter().filter(|call| call.named).filter_map(|call| call.id()))
            .collect()
    }

    /// Decisions about the agent that people made, within the window or without a time,
    /// each once.
    pub fn decisions(&self) -> Vec<&'a Decision> {
        let named = |decision: &Decision| {
            decision.about.agent.as_deref().is_some_and(|name| self.who.is_called(name))
        };
        let own = self.own_ids();
        let about_own = |decision: &Decision| {
            let about = &decision.about;
            let of_other = about.agent.as_deref().is_some_and(|name| self.who.is_other(name));
            let ids = [about.call.as_deref(), about.request.as_deref()];
            !of_other && ids.into_iter().flatten().any(|id| own.contains(id))
        };
        let rows: &'a Rows<Decision> = &self.records.activity().records.decisions;
        let mut all: Vec<&'a Decision> = rows
            .iter()
            .filter(|decision| decision.kind == DeciderKind::Person)
            .filter(|decision| self.is_in_window(decision.time))
            .filter(|decision| named(decision) || about_own(decision))
            .collect();
        // The same decision may stand in several files.
        all.dedup_by(|one, other| is_same(one, other));
        all
    }

    /// Whether a moment lies within the window; one that nobody knows may.
    #[must_use]
    pub fn is_in_window(&self, time: Option<Timestamp>) -> bool {
        self.since.is_none_or(|since| time.is_none_or(|time| time >= since))
    }

    /// What keeps one from saying that records of agents and people show everything of
    /// the window; none where nothing does.
    #[must_use]
    pub fn records_gap<T: Ord>(
        &self,
        rows: &Rows<T>,
        time: impl Fn(&T) -> Option<Timestamp>,
    ) -> Option<String> {
        let gap = self.records.gap();
        gap.or_else(|| {
            let earliest = rows.iter().next().and_then(time);
            // The latest are kept: what is missing is older than the first of them.
            let older = self.since.zip(earliest).is_some_and(|(since, at)| at < since);
            let more = rows.beyond() > 0 && !older;
            more.then(|| format!("{} more records were found than are kept", rows.beyond()))
        })
    }

    /// Days from a moment to the day of the assessment; none for one to come.
    #[must_use]
    pub fn days_since(&self, time: Timestamp) -> Option<i64> {
        let day = jiff::tz::Offset::UTC.to_datetime(time).date();
        let days = self.today.duration_since(day).as_hours() / 24;
        (days >= 0).then_some(days)
    }
}

/// Whether two decisions differ by their places alone.
fn is_same(one: &Decision, other: &Decision) -> bool {
    let mut moved = one.clone();
    moved.place.clone_from(&other.place);
    moved == *other
}

/// Who is who to an agent. A name without its environment speaks of it only where no
/// other agent has the same.
#[must_use]
pub fn who<'a>(
    subject: &Subject<'_>,
    actors: &[Principal],
    others: &[(AgentId, Option<String>, Vec<Principal>)],
    rules: &'a OversightRules,
    logs: &LogIndex<'_>,
) -> Who<'a> {
    let short =
        |id: &AgentId| id.as_str().split_once('@').map_or(id.as_str(), |(name, _)| name).to_owned();
    let others = || others.iter().filter(|(id, ..)| *id != subject.id);
    let mut names = vec![subject.id.as_str().to_owned()];
    if !others().any(|(id, ..)| short(id) == subject.name) {
        names.push(subject.name.clone());
    }
    let mut approvers: &[String] = &[];
    if let Some(declared) = subject.declaration {
        names.extend(declared.log_names.iter().cloned());
        approvers = &declared.approvers;
    }
    let mut who = Who::new(rules, &names, actors, approvers);
    for (id, _, principals) in others() {
        let mut names = vec![id.as_str().to_owned()];
        names.extend(Some(short(id)).filter(|name| *name != subject.name));
        who.add_other(&names, principals);
    }
    who.take_on(logs, actors);
    who
}
