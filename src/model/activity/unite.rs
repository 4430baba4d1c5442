//! One row for one call, whatever tells of it.
//!
//! What asks for a call, what lets it pass and what answers it stand on lines of their
//! own, often in different files: a client's telemetry, its transcript, the spans of a
//! tool server. Rows are united by ids alone: by the call's id within one session, and
//! by spans where one is a part of the other. The result depends on the rows together,
//! never on their order.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::{About, Arguments, CallOutcome, Caller, Decision, Reasoning, Span, ToolCall};
use crate::model::location::Location;

/// Of rows in their order, those that differ in more than where they stand, which comes
/// last in it.
pub(super) fn once<T: PartialEq>(
    mut rows: Vec<T>,
    place: impl Fn(&mut T) -> &mut Location,
) -> Vec<T> {
    rows.dedup_by(|again, first| {
        let own = std::mem::replace(place(again), place(first).clone());
        let same = again == first;
        *place(again) = own;
        same
    });
    rows
}

/// Unites the rows that tell of the same call.
pub(super) fn calls(rows: Vec<ToolCall>) -> Vec<ToolCall> {
    let mut groups = Groups::new(rows.len());
    by_id(&rows, &mut groups);
    by_span(&rows, &mut groups);
    let mut united: BTreeMap<usize, Vec<ToolCall>> = BTreeMap::new();
    for (at, row) in rows.into_iter().enumerate() {
        united.entry(groups.root(at)).or_default().push(row);
    }
    united.into_values().filter_map(one_of).collect()
}

/// Rows of one id, unless they are of several sessions: then by session, and those
/// that name none stay by themselves.
fn by_id(rows: &[ToolCall], groups: &mut Groups) {
    let mut ids: BTreeMap<&str, BTreeMap<Option<&str>, Vec<usize>>> = BTreeMap::new();
    for (at, row) in rows.iter().enumerate() {
        if let Some(id) = row.id.as_deref() {
            ids.entry(id).or_default().entry(row.caller.session.as_deref()).or_default().push(at);
        }
    }
    for sessions in ids.into_values() {
        let one = sessions.keys().flatten().count() <= 1;
        let mut first = None;
        for same in sessions.into_values() {
            let mut start = if one { first } else { None };
            for at in same {
                groups.unite(*start.get_or_insert(at), at);
            }
            first = first.or(start);
        }
    }
}

/// Spans of the same tool, one within the other, and the same span twice.
fn by_span(rows: &[ToolCall], groups: &mut Groups) {
    fn key<'r>(row: &'r ToolCall, span: &'r str) -> Option<(&'r str, &'r str)> {
        Some((row.caller.trace.as_deref()?, span))
    }
    let mut spans: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for (at, row) in rows.iter().enumerate() {
        if let Some(key) = row.span.as_ref().and_then(|span| key(row, &span.id)) {
            let first = *spans.entry(key).or_insert(at);
            groups.unite(first, at);
        }
    }
    for (at, row) in rows.iter().enumerate() {
        let parent = row.span.as_ref().and_then(|span| key(row, span.parent.as_deref()?));
        if let Some(&parent) = parent.and_then(|parent| spans.get(&parent))
            && rows.get(parent).is_some_and(|other| other.tool == row.tool)
        {
            groups.unite(parent, at);
        }
    }
}

/// Sets of rows, each known by its first.
struct Groups(Vec<usize>);

impl Groups {
    fn new(count: usize) -> Self {
        Self((0..count).collect())
    }

    fn root(&self, mut at: usize) -> usize {
        while let Some(&next) = self.0.get(at)
            && next != at
        {
            at = next;
        }
        at
    }

    fn unite(&mut self, one: usize, other: usize) {
        let (one, other) = (self.root(one), self.root(other));
        if let Some(slot) = self.0.get_mut(one.max(other)) {
            *slot = one.min(other);
        }
    }
}

/// What several rows tell of one call together. Rows are in order.
fn one_of(mut rows: Vec<ToolCall>) -> Option<ToolCall> {
    rows.sort_unstable_by(|one, other| one.place.cmp(&other.place));
    let mut rows = rows.into_iter();
    let mut call = rows.next()?;
    let mut outcomes = BTreeSet::from([call.outcome]);
    for row in rows {
        call.time = earlier(call.time, row.time);
        call.began = earlier(call.began, row.began);
        call.end = call.end.max(row.end);
        call.caller = caller(call.caller, row.caller);
        call.id = call.id.or(row.id);
        call.span = outer(call.span, row.span);
        call.server = call.server.or(row.server);
        // A client's own name for all tools of all servers is the shorter one.
        if (row.tool.len(), &row.tool) > (call.tool.len(), &call.tool) {
            call.tool = row.tool;
        }
        call.arguments = arguments(call.arguments, row.arguments);
        outcomes.insert(row.outcome);
        call.reasoning = reasoning(call.reasoning, row.reasoning);
        call.requests.extend(row.requests);
        call.also.extend(row.also);
        call.failure_class = call.failure_class.or(row.failure_class);
    }
    call.outcome = outcome(&outcomes);
    Some(call)
}

fn earlier(one: Option<Timestamp>, other: Option<Timestamp>) -> Option<Timestamp> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

fn caller(one: Caller, other: Caller) -> Caller {
    Caller {
        agent: one.agent.or(other.agent),
        session: one.session.or(other.session),
        trace: one.trace.or(other.trace),
        user: one.user.or(other.user),
        model: one.model.or(other.model),
    }
}

/// The span that the other is a part of.
fn outer(one: Option<Span>, other: Option<Span>) -> Option<Span> {
    match (one, other) {
        (Some(one), Some(other)) if one.parent.as_ref() == Some(&other.id) => Some(other),
        (one, other) => one.or(other),
    }
}

fn arguments(one: Arguments, other: Arguments) -> Arguments {
    let mut words = one.words;
    words.extend(other.words);
    while words.len() > Arguments::WORDS {
        words.pop_last();
    }
    let differ = one.digest.zip(other.digest).is_some_and(|(one, other)| one != other);
    let disputed = one.disputed || other.disputed || differ;
    Arguments {
        recorded: one.recorded || other.recorded,
        digest: one.digest.or(other.digest).filter(|_| !disputed),
        disputed,
        words,
    }
}

/// What ran was not refused, whatever else a record says; what was refused and ended in
/// an error did not run, since clients answer the model so.
fn outcome(told: &BTreeSet<CallOutcome>) -> CallOutcome {
    use CallOutcome::{Done, Failed, NotSaid, Refused};
    let ran = told.contains(&Done);
    if ran && told.contains(&Failed) {
        return Failed;
    }
    let known = [Done, Refused, Failed].into_iter().find(|outcome| told.contains(outcome));
    known.unwrap_or(NotSaid)
}

fn reasoning(one: Reasoning, other: Reasoning) -> Reasoning {
    use Reasoning::{Absent, NotRecorded, Present};
    match (one, other) {
        (Present, _) | (_, Present) => Present,
        (Absent, _) | (_, Absent) => Absent,
        (NotRecorded, NotRecorded) => NotRecorded,
    }
}

/// Leaves out decisions on a call that stand in another record as well: the same but for
/// the words for the tool, or without the time that the other has.
pub(super) fn decisions(rows: Vec<Decision>) -> Vec<Decision> {
    /// What tells two decisions on one call apart, but for their times.
    fn content(row: &Decision) -> Decision {
        let about = &row.about;
        let about = About {
            call: about.call.clone(),
            request: about.request.clone(),
            session: about.session.clone(),
            ..About::default()
        };
        Decision { time: None, asked: None, about, place: Location::file(""), ..row.clone() }
    }
    let (of_calls, mut others): (Vec<_>, Vec<_>) =
        rows.into_iter().partition(|row| row.about.call.is_some());
    let mut same: BTreeMap<Decision, Vec<Decision>> = BTreeMap::new();
    for row in of_calls {
        same.entry(content(&row)).or_default().push(row);
    }
    others.extend(same.into_values().flat_map(distinct));
    others
}

/// Of decisions that say the same, one for each time; one without a time only where
/// there is no other.
fn distinct(mut rows: Vec<Decision>) -> impl Iterator<Item = Decision> {
    rows.sort_unstable_by(|one, other| one.place.cmp(&other.place));
    // A client's own name for all tools of all servers is the shorter one.
    let names = rows.iter().filter_map(|row| row.about.action.clone());
    let action = names.max_by(|one, other| (one.len(), one).cmp(&(other.len(), other)));
    let mut times: BTreeMap<Option<Timestamp>, Decision> = BTreeMap::new();
    for mut row in rows {
        row.about.action.clone_from(&action);
        match times.get_mut(&row.time) {
            Some(known) => known.asked = earlier(known.asked, row.asked),
            None => {
                times.insert(row.time, row);
            }
        }
    }
    if times.len() > 1 {
        times.remove(&None);
    }
    times.into_values()
}

#[cfg(test)]
mod tests;
