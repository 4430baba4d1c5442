//! What people made of an agent's proposals.
//!
//! A proposal is one call, whoever decided on it and however often that is on record. It was
//! right only if a person who may approve accepted it unchanged, before it was run, nobody
//! decided otherwise, and nobody put back what it did.

use std::collections::BTreeMap;

use super::Overseen;
use crate::{
    model::activity::{Decision, DecisionVerdict},
    privilege::oversight::{Approval, ByPeople, Change, Open, calls::Call, events::ids},
};

/// Proposals that people decided on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Proposals {
    /// All of them, but for those that were accepted and that no log shows to have been done.
    pub all: u64,
    /// Those that a person who may approve accepted unchanged, and that nobody put back.
    pub accepted: u64,
}

/// What decisions are about.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Proposed<'a> {
    /// A call, or the request that it is known by.
    Call(&'a str),
    /// The record names no id: nothing tells it from any other.
    Nameless(&'a Decision),
}

/// What came of a proposal.
enum Fate {
    Accepted,
    /// Refused, altered, run unapproved, or put back.
    Wrong,
    /// Nobody who may decide did, or no log shows that it was run.
    NotCounted,
}

impl Overseen<'_, '_> {
    /// What keeps one from saying that these are all decisions of the window; none where
    /// nothing does.
    #[must_use]
    pub fn decisions_gap(&self) -> Option<String> {
        let rows = &self.records.activity().records.decisions;
        self.records_gap(rows, |decision| decision.time)
    }

    /// The proposals of the window.
    ///
    /// # Errors
    /// Why they cannot be counted: a decision, or what put one back, may be missing.
    pub fn proposals(&self) -> Result<Proposals, String> {
        if let Some(gap) = self.decisions_gap().or_else(|| self.gap.clone()) {
            return Err(gap);
        }
        let known = Known::of(self);
        let mut decided = BTreeMap::<Proposed<'_>, Vec<&Decision>>::new();
        for decision in self.decisions() {
            decided.entry(known.proposed(decision)).or_default().push(decision);
        }
        let mut proposals = Proposals::default();
        for (proposed, decisions) in decided {
            let done = match proposed {
                Proposed::Call(id) => known.done.get(id).map(Vec::as_slice),
                Proposed::Nameless(_) => None,
            };
            let accepted = match self.fate(&decisions, done)? {
                Fate::Accepted => true,
                Fate::Wrong => false,
                Fate::NotCounted => continue,
            };
            proposals.all += 1;
            proposals.accepted += u64::from(accepted);
        }
        Ok(proposals)
    }

    /// What came of a proposal: `done` is what it changed; none where no log shows that it
    /// was run.
    ///
    /// # Errors
    /// That it may be right and may be not.
    fn fate(
        &self,
        decisions: &[&Decision],
        done: Option<&[&Change<'_, '_>]>,
    ) -> Result<Fate, String> {
        let mut proper = false;
        for decision in decisions {
            match decision.verdict {
                // What nobody answered says nothing of the proposal.
                DecisionVerdict::TimedOut => {}
                DecisionVerdict::Changed | DecisionVerdict::Rejected => return Ok(Fate::Wrong),
                // Whoever may not approve has not accepted anything.
                DecisionVerdict::Approved => {
                    let by = decision.by.as_deref();
                    proper |= by.is_some_and(|by| self.who.may_approve(by));
                }
            }
        }
        // Whether what nobody saw run was left in place no log tells.
        let Some(done) = done.filter(|_| proper) else { return Ok(Fate::NotCounted) };
        let wrong = |change: &&&Change<'_, '_>| {
            matches!(change.approval, Approval::Missing(..))
                || change.by_people(self.who) == ByPeople::Yes
        };
        if done.iter().any(|change| wrong(&change)) {
            return Ok(Fate::Wrong);
        }
        for change in done {
            if change.by_people(self.who) == ByPeople::Perhaps {
                return Err(perhaps(change));
            }
            match change.approval {
                // The decision is about the call, and the call about the object.
                Approval::Given { .. } | Approval::Open(Open::NotByExactId) => {}
                Approval::Open(open) => {
                    let (action, place) = (&change.row.action, &change.row.place);
                    return Err(format!("{action} ({place}): {}", open.as_str()));
                }
                Approval::Missing(..) => return Ok(Fate::Wrong),
            }
        }
        Ok(Fate::Accepted)
    }
}

/// That a change may have been put back.
pub(in crate::assess) fn perhaps(change: &Change<'_, '_>) -> String {
    format!(
        "somebody else wrote what may be the object of {} ({}) soon after: whether that put it \
         back is not known",
        change.row.action, change.row.place
    )
}

/// What logs show to have been run.
struct Known<'o, 'a, 's> {
    /// The call by each id that it, its answer or what it changed bears.
    calls: BTreeMap<&'a str, &'a str>,
    /// What each of them changed.
    done: BTreeMap<&'a str, Vec<&'o Change<'a, 's>>>,
}

impl<'o, 'a, 's> Known<'o, 'a, 's> {
    fn of(overseen: &'o Overseen<'a, 's>) -> Self {
        let mut known = Self { calls: BTreeMap::new(), done: BTreeMap::new() };
        let named = overseen.records.calls.iter().filter(|call| call.named);
        for (call, id) in named.filter_map(|call| Some((call, call.id()?))) {
            known.add_call(call, id);
        }
        for change in &overseen.oversight.changes {
            let exact = change.exact_call().and_then(Call::id);
            let own = exact.or_else(|| ids(change.row).next());
            if let Some(own) = own {
                known.calls.extend(ids(change.row).map(|id| (id, own)));
                known.done.entry(own).or_default().push(change);
            }
            let call = change.join.and_then(|join| join.call.id());
            if let Some(call) = call.filter(|call| own != Some(*call)) {
                known.calls.entry(call).or_insert(call);
                let done = known.done.entry(call).or_default();
                // What it changed is known by the object, and by the time alone is not.
                done.extend(change.call().map(|_| change));
            }
        }
        known
    }

    fn add_call(&mut self, call: &Call<'a>, id: &'a str) {
        self.calls.insert(id, id);
        self.done.entry(id).or_default();
        for request in call.records.iter().flat_map(|record| &record.requests) {
            self.calls.entry(request).or_insert(id);
        }
    }

    fn proposed<'d>(&self, decision: &'d Decision) -> Proposed<'d>
    where
        'a: 'd,
    {
        let about = &decision.about;
        let ids = || [about.call.as_deref(), about.request.as_deref()].into_iter().flatten();
        let known = ids().find_map(|id| self.calls.get(id).copied());
        match known.or_else(|| ids().find(|id| !id.is_empty())) {
            Some(id) => Proposed::Call(id),
            None => Proposed::Nameless(decision),
        }
    }
}
