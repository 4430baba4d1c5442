//! Tool calls, each once, ready to be asked for by id, by object and by time.
//!
//! One call may stand in several logs: of the client, the gateway and the server. Records
//! of one id are one call where neither their sessions nor their times speak against it;
//! an id that two different calls bear proves nothing of either.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::{SKEW, lies_in, who::Who};
use crate::model::activity::{CallField, CallOutcome, Reasoning, Rows, ToolCall};

/// One call, with every record of it.
#[derive(Debug, Clone)]
pub struct Call<'a> {
    /// Its records; never none.
    pub records: Vec<&'a ToolCall>,
    /// When it began, by the earliest record.
    pub start: Option<Timestamp>,
    /// When it ended, by the latest.
    pub end: Option<Timestamp>,
    /// Whether the log says, by name, that the agent made it.
    pub named: bool,
    /// Whether it told people something.
    pub is_message: bool,
}

/// What a call was given, as far as its records tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Input {
    /// None of them has it whole.
    NotRecorded,
    /// Its digest.
    Digest([u8; 32]),
    /// They have different ones.
    Disputed,
}

impl<'a> Call<'a> {
    fn new(record: &'a ToolCall, who: &Who<'_>) -> Self {
        let mut call =
            Self { records: Vec::new(), start: None, end: None, named: false, is_message: false };
        call.add(record, who);
        call
    }

    fn add(&mut self, record: &'a ToolCall, who: &Who<'_>) {
        self.start = earliest(self.start, record.time);
        self.end = self.end.max(record.end);
        self.named |= record.caller.agent.as_deref().is_some_and(|name| who.is_called(name));
        self.is_message |= who.is_message(record.server.as_deref(), &record.tool);
        self.records.push(record);
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> Option<&'a str> {
        self.records.first().and_then(|record| record.id.as_deref())
    }

    /// What it was given.
    #[must_use]
    pub fn input(&self) -> Input {
        let mut digests = self.records.iter().filter_map(|record| record.arguments.digest);
        let first = digests.next();
        let differ = digests.any(|digest| Some(digest) != first);
        if differ || self.records.iter().any(|record| record.arguments.disputed) {
            return Input::Disputed;
        }
        first.map_or(Input::NotRecorded, Input::Digest)
    }

    /// Whether a moment lies within it, allowing for clocks that differ.
    #[must_use]
    pub fn spans(&self, time: Timestamp) -> bool {
        self.start.is_some_and(|start| lies_in(time, start, self.end))
    }

    /// Words in its arguments that name objects.
    #[must_use]
    pub fn words(&self) -> BTreeSet<&'a str> {
        let words = self.records.iter().flat_map(|record| &record.arguments.words);
        words.map(|word| &**word).collect()
    }

    /// Whether its arguments name it.
    #[must_use]
    pub fn names(&self, word: &str) -> bool {
        self.records.iter().any(|record| record.arguments.words.contains(word))
    }

    /// Whether any record has it.
    #[must_use]
    pub fn has(&self, field: CallField) -> bool {
        self.records.iter().any(|record| record.also.contains(&field))
    }

    /// Why it was made, by the record that tells most.
    #[must_use]
    pub fn reasoning(&self) -> Reasoning {
        let told = |reasoning| self.records.iter().any(|record| record.reasoning == reasoning);
        if told(Reasoning::Present) {
            Reasoning::Present
        } else if told(Reasoning::Absent) {
            Reasoning::Absent
        } else {
            Reasoning::NotRecorded
        }
    }

    /// Whether some record says that it was never run, and none says that it was.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        let said = |outcome| self.records.iter().any(|record| record.outcome == outcome);
        said(CallOutcome::Refused) && !said(CallOutcome::Done) && !said(CallOutcome::Failed)
    }

    /// Its sessions and traces.
    pub fn contexts(&self) -> impl Iterator<Item = &'a str> + '_ {
        self.records
            .iter()
            .flat_map(|record| [record.caller.session.as_deref(), record.caller.trace.as_deref()])
            .flatten()
    }

    /// Whether some record says that it was run with success, and none that it failed.
    #[must_use]
    pub fn is_done(&self) -> bool {
        let said = |outcome| self.records.iter().any(|record| record.outcome == outcome);
        said(CallOutcome::Done) && !said(CallOutcome::Failed) && !said(CallOutcome::Refused)
    }

    /// Whether another record of the same id may be of the same call.
    fn may_be(&self, record: &ToolCall) -> bool {
        let same = |mine: Option<&str>, theirs: Option<&str>| match (mine, theirs) {
            (Some(mine), Some(theirs)) => mine == theirs,
            _ => true,
        };
        self.records.iter().all(|own| {
            same(own.caller.session.as_deref(), record.caller.session.as_deref())
                && same(own.caller.agent.as_deref(), record.caller.agent.as_deref())
        }) && match (record.time, self.start) {
            (Some(time), Some(_)) => {
                self.spans(time) || self.start.is_some_and(|start| lies_in(start, time, record.end))
            }
            _ => true,
        }
    }
}

/// All calls that may be the agent's.
#[derive(Debug, Default)]
pub struct Calls<'a> {
    /// Ordered by their beginnings; those without one first.
    all: Vec<Call<'a>>,
    by_id: BTreeMap<&'a str, usize>,
    by_request: BTreeMap<&'a str, usize>,
    /// Ids of more than one call.
    shared: BTreeSet<&'a str>,
    by_word: BTreeMap<&'a str, Vec<usize>>,
    messages: Vec<usize>,
    /// The latest end of a call up to each position, so that a search back in time ends.
    reach: Vec<Option<Timestamp>>,
}

impl<'a> Calls<'a> {
    /// Every call of the log but those that another agent made by its name.
    #[must_use]
    pub fn of(rows: &'a Rows<ToolCall>, who: &Who<'_>) -> Self {
        let mut known = BTreeMap::<&str, Vec<Call<'a>>>::new();
        let mut nameless = Vec::new();
        let mut last: Option<&ToolCall> = None;
        for row in rows {
            if row.caller.agent.as_deref().is_some_and(|name| who.is_other(name)) {
                continue;
            }
            match row.id.as_deref() {
                Some(id) => {
                    let same = known.entry(id).or_default();
                    match same.iter_mut().find(|call| call.may_be(row)) {
                        Some(call) => call.add(row, who),
                        None => same.push(Call::new(row, who)),
                    }
                }
                // The same file twice: rows are in order, and differ by their place alone.
                None if last.is_some_and(|last| is_same(last, row)) => {}
                None => nameless.push(Call::new(row, who)),
            }
            last = Some(row);
        }
        let mut calls = Self::default();
        for (id, same) in known {
            if same.len() > 1 {
                calls.shared.insert(id);
            }
            calls.all.extend(same);
        }
        calls.all.extend(nameless);
        calls.all.sort_by_key(|call| call.start);
        calls.index();
        calls
    }

    fn index(&mut self) {
        let mut reach: Option<Timestamp> = None;
        for (at, call) in self.all.iter().enumerate() {
            reach = reach.max(call.end).max(call.start);
            self.reach.push(reach);
            if call.is_message && call.is_done() {
                self.messages.push(at);
            }
            if let Some(id) = call.id().filter(|id| !self.shared.contains(id)) {
                self.by_id.insert(id, at);
            }
            let mut words = BTreeSet::new();
            for &record in &call.records {
                for request in &record.requests {
                    let before = self.by_request.insert(request, at);
                    if before.is_some_and(|before| before != at) {
                        self.shared.insert(request);
                    }
                }
                words.extend(record.arguments.words.iter().map(|word| &**word));
            }
            for word in words {
                self.by_word.entry(word).or_default().push(at);
            }
        }
    }

    /// All of them, by their beginnings.
    pub fn iter(&self) -> impl Iterator<Item = &Call<'a>> {
        self.all.iter()
    }

    /// Calls that told people something, with success.
    pub fn messages(&self) -> impl Iterator<Item = &Call<'a>> {
        self.at_all(&self.messages)
    }

    /// Those of them that began within a time.
    pub fn messages_within(
        &self,
        from: Timestamp,
        until: Timestamp,
    ) -> impl Iterator<Item = &Call<'a>> {
        let before = |time: Timestamp| {
            let start = |at: &usize| self.all.get(*at).and_then(|call| call.start);
            self.messages.partition_point(|at| start(at) < Some(time))
        };
        self.at_all(self.messages.get(before(from)..).unwrap_or_default())
            .take_while(move |call| call.start.is_some_and(|start| start <= until))
    }

    /// Those of them that name `word` in their arguments.
    pub fn messages_naming(&self, word: &str) -> impl Iterator<Item = &Call<'a>> + use<'_, 'a> {
        let named = self.by_word.get(word).map(Vec::as_slice).unwrap_or_default();
        self.at_all(named).filter(|call| call.is_message && call.is_done())
    }

    fn at_all<'s>(
        &'s self,
        positions: &'s [usize],
    ) -> impl Iterator<Item = &'s Call<'a>> + use<'s, 'a> {
        positions.iter().filter_map(|&at| self.all.get(at))
    }

    /// The one call of this id.
    #[must_use]
    pub fn by_id(&self, id: &str) -> Option<&Call<'a>> {
        self.by_id.get(id).and_then(|&at| self.all.get(at))
    }

    /// The one call whose answer named this request.
    #[must_use]
    pub fn by_request(&self, request: &str) -> Option<&Call<'a>> {
        let at = self.by_request.get(request).filter(|_| !self.shared.contains(request))?;
        self.all.get(*at)
    }

    /// Whether more than one call bears this id.
    #[must_use]
    pub fn is_shared(&self, id: &str) -> bool {
        self.shared.contains(id)
    }

    /// Calls that name `word` in their arguments, the latest beginnings first, and span
    /// `time`.
    pub fn naming(
        &self,
        word: &str,
        time: Timestamp,
    ) -> impl Iterator<Item = &Call<'a>> + use<'_, 'a> {
        let named = self.by_word.get(word).map(Vec::as_slice).unwrap_or_default();
        self.spanning(named.iter().rev().copied(), time)
    }

    /// Calls that span `time`, the latest beginnings first.
    pub fn at(&self, time: Timestamp) -> impl Iterator<Item = &Call<'a>> {
        self.spanning((0..self.all.len()).rev(), time)
    }

    fn spanning(
        &self,
        positions: impl Iterator<Item = usize>,
        time: Timestamp,
    ) -> impl Iterator<Item = &Call<'a>> {
        positions
            .take_while(move |at| {
                let reach = self.reach.get(*at).copied().flatten();
                reach.is_some_and(|reach| time.duration_since(reach) <= SKEW)
            })
            .filter_map(|at| self.all.get(at))
            .filter(move |call| call.spans(time))
    }
}

/// Whether two records differ by their places alone.
fn is_same(one: &ToolCall, other: &ToolCall) -> bool {
    let mut moved = one.clone();
    moved.place.clone_from(&other.place);
    moved == *other
}

fn earliest(one: Option<Timestamp>, other: Option<Timestamp>) -> Option<Timestamp> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}
