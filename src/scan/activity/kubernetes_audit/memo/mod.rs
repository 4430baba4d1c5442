//! Requests that differ from an earlier one in nothing but time, object and id.
//!
//! Servers ask the same things over and over. What an event comes to (who it counts
//! for, under which action, with which outcome, by which grant) is worked out once by
//! [`super::reader`] for each combination of the members that decide it, and kept here
//! under the bytes of those members; for every further event of the kind there is one
//! look-up and a few sums. Memory is bounded: when there are too many combinations, all
//! sums are handed on and it starts anew.
//!
//! Contract: handing sums on gives the same counts as handing on each event.

mod halves;
mod kinds;
mod named;
mod parts;
mod rows;
mod texts;

use std::borrow::Cow;

use jiff::Timestamp;

use super::{Path, event::Annotations};
use crate::{
    model::activity::{Examples, Stages},
    scan::activity::{
        builder::{Alike, PlaneBuilder, RequestId},
        request::{Object, Request, RequestTrace, encode_resource_text},
        table::Table,
    },
    source::checked::{Cursor, Raw, Wide},
};
use halves::{Half, HalfKey, Halves, Start};
pub(super) use kinds::ComesTo;
use kinds::{Key, Kind, Kinds, Rest, Sums};
use named::Named;
pub(super) use parts::Parts;
use rows::Rows;
use texts::Texts;

/// Combinations that are held at a time, and actions.
const KINDS: usize = 1 << 16;
/// Of the long requests that a log may hold open, the part that is held here.
const HALVES: usize = 16;

/// What stands for a text that an event does not have.
pub(super) const NONE: u32 = u32::MAX;

/// What is known of the requests of one part of a log.
#[derive(Debug, Default)]
pub(super) struct Memo {
    texts: Texts,
    /// Keys of actions.
    actions: Table,
    kinds: Kinds,
    named: Named,
    rows: Rows,
    halves: Halves,
    /// The key of the action at hand; kept, so that it is not allocated anew.
    action: Vec<u8>,
    full: bool,
}

/// The texts that decide an event, by their numbers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Deciders {
    pub(super) identity: u32,
    pub(super) agent: u32,
    pub(super) answer: u32,
}

/// What decides the event at hand.
#[derive(Debug, Clone, Copy)]
pub(super) struct Decided(Key);

/// How far the server had come with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    Received,
    Started,
    Complete,
    Panic,
}

impl Stage {
    /// Counts so many.
    #[inline]
    pub(super) fn count(self, stages: &mut Stages, count: u64) {
        match self {
            Self::Received => stages.received += count,
            Self::Started => stages.started += count,
            Self::Complete => stages.complete += count,
            Self::Panic => stages.panicked += count,
        }
    }
}

/// What is of one event alone. All of it is ASCII.
#[derive(Debug, Clone, Copy)]
pub(super) struct Own<'a> {
    pub(super) id: &'a [u8],
    pub(super) received_at: &'a [u8],
    pub(super) time: Timestamp,
    /// Empty where there is none.
    pub(super) name: &'a [u8],
    pub(super) line: u64,
}

impl Memo {
    /// Whether room is to be made before another line is read.
    #[inline(always)]
    pub(super) fn is_full(&self) -> bool {
        self.full || self.texts.is_full()
    }

    /// Makes room for another line.
    #[inline]
    pub(super) fn begin(&mut self, builder: &mut PlaneBuilder, path: &Path) {
        if self.is_full() {
            self.hand_on(builder, path);
        }
    }

    /// The user whose object begins at `start` and whose name was read; the cursor goes
    /// behind the object.
    #[inline(always)]
    pub(super) fn user<W: Wide>(
        &mut self,
        cursor: &mut Cursor<'_, W>,
        start: usize,
        name: &[u8],
    ) -> Option<u32> {
        self.texts.user(cursor, start, name, &mut self.rows)
    }

    /// What a client calls itself.
    #[inline(always)]
    pub(super) fn agent(&mut self, raw: Raw<'_>) -> Option<u32> {
        self.texts.clients.number(raw)
    }

    /// What annotations tell.
    #[inline(always)]
    pub(super) fn answer(&mut self, raw: &[u8]) -> Option<u32> {
        self.texts.answer(raw)
    }

    /// The annotations of an event, as far as they decide what it comes to; none where it
    /// has none.
    pub(super) fn annotations(&self, Decided(key): Decided) -> Option<Annotations<'static>> {
        let told = self.texts.told(key.answer)?;
        Some(Annotations {
            decision: told.decision.clone(),
            truncated: told.truncated,
            ..Annotations::default()
        })
    }

    /// What decides an event, by its texts, by what is no text, and by its action.
    #[inline(always)]
    pub(super) fn decided(
        &mut self,
        deciders: Deciders,
        marks: [u8; 4],
        [verb, rest @ ..]: [&[u8]; 5],
    ) -> Decided {
        encode_resource_text(&mut self.action, verb, rest);
        let action = match self.actions.find(&self.action) {
            Some(known) => known,
            None => self.meet_action(),
        };
        let Deciders { identity, agent, answer } = deciders;
        Decided(Key { identity, agent, answer, action: action as u32, marks })
    }

    #[cold]
    #[inline(never)]
    fn meet_action(&mut self) -> usize {
        let number = self.actions.add(&self.action);
        self.full |= self.actions.len() >= KINDS;
        number
    }

    /// The kind of event that this decides, where one was met.
    #[inline]
    pub(super) fn find(&self, Decided(key): Decided) -> Option<usize> {
        self.kinds.find(&key)
    }

    /// The same for several, by their places.
    #[inline(always)]
    pub(super) fn find_all<const N: usize>(
        &self,
        decided: impl Iterator<Item = Decided>,
        found: &mut [Option<usize>; N],
    ) {
        self.kinds.find_all(decided.map(|Decided(key)| key), found);
    }

    /// Counts an event of a kind.
    #[inline(always)]
    pub(super) fn count(
        &mut self,
        number: usize,
        own: Own<'_>,
        builder: &mut PlaneBuilder,
        path: &Path,
    ) {
        let Some(kind) = self.kinds.count(number, own.time, own.line) else { return };
        builder.event(Some(own.time));
        match kind.stage {
            Stage::Received => {}
            Stage::Started => self.start(number, kind, own, builder, path),
            Stage::Complete | Stage::Panic => {
                if kind.named && self.named.add(number, own.name) {
                    self.named.settle(&mut self.kinds);
                }
                if kind.change
                    && let Some(who) = self.texts.who(kind.key.identity)
                {
                    self.rows.add(who.principal, number, own, builder.caps());
                }
                if kind.long {
                    self.end(kind, own, builder, path);
                }
            }
        }
    }

    /// Keeps what the event at hand comes to, which was asked for and not found.
    pub(super) fn meet(&mut self, Decided(key): Decided, stage: Stage, comes_to: &ComesTo) {
        self.kinds.add(key, stage, comes_to);
        self.full |= self.kinds.len() >= KINDS;
    }

    fn start(
        &mut self,
        number: usize,
        kind: Kind,
        own: Own<'_>,
        builder: &mut PlaneBuilder,
        path: &Path,
    ) {
        let start =
            Start { kind: number as u32, time: own.time, line: own.line, name: own.name.into() };
        let again = match self.half(kind, own, builder, path) {
            Some(key) => self.halves.start(key, start),
            None => Some(start),
        };
        if let Some(start) = again {
            self.hand_on_start(self.request_id(kind, own), &start, own.id, builder, path);
        }
    }

    fn end(&mut self, kind: Kind, own: Own<'_>, builder: &mut PlaneBuilder, path: &Path) {
        match self.half(kind, own, builder, path) {
            Some(key) => self.halves.end(key),
            None => builder.note_ends(&[(self.request_id(kind, own), 1)]),
        }
    }

    /// What tells a long request from all others; none where it is not held here.
    fn half(
        &mut self,
        kind: Kind,
        own: Own<'_>,
        builder: &mut PlaneBuilder,
        path: &Path,
    ) -> Option<HalfKey> {
        let principal = self.texts.who(kind.key.identity)?.principal;
        let limit = builder.caps().open_requests / HALVES;
        let key = HalfKey::of(&own, principal, kind.key.action).filter(|_| limit > 0)?;
        if self.halves.len() >= limit {
            self.hand_on_halves(builder, path);
        }
        Some(key)
    }

    /// What tells the request at hand from all others.
    fn request_id(&self, kind: Kind, own: Own<'_>) -> RequestId {
        let name = self.texts.who(kind.key.identity).map_or("", |who| &who.name);
        self.id(name, kind.key.action, own.id, own.received_at)
    }

    /// What tells a request from all others, the same at its start and its end.
    fn id(&self, name: &str, action: u32, id: &[u8], received_at: &[u8]) -> RequestId {
        let (name, action) = (name.as_bytes(), self.actions.get(action as usize));
        RequestId::of(&[id, received_at, name, name, action])
    }

    /// A request of a kind.
    fn request<'m>(
        &'m self,
        key: Key,
        rest: &Rest,
        time: Timestamp,
        line: u64,
        name: &'m str,
        id: &'m str,
    ) -> Request<'m> {
        let who = self.texts.who(key.identity);
        let told = self.texts.told(key.answer);
        let borrowed = |text: &'m Option<Box<str>>| text.as_deref().map(Cow::Borrowed);
        Request {
            actor: Cow::Borrowed(who.map_or("", |who| &who.name)),
            impersonator: None,
            groups: who.and_then(|who| borrowed(&who.groups)),
            key: Cow::Borrowed(self.actions.get(key.action as usize)),
            object: if rest.named { Object::Named(Cow::Borrowed(name)) } else { Object::Unnamed },
            authorised: rest.authorised,
            outcome: rest.outcome,
            time: Some(time),
            user_agent: self.texts.clients.get(key.agent).map(Cow::Borrowed),
            grant: told.and_then(|told| borrowed(&told.grant)),
            failed_open: told.map_or_else(Vec::new, |told| {
                told.failed_open.iter().map(|webhook| Cow::Borrowed(&**webhook)).collect()
            }),
            trace: rest.change.map(|shallow| {
                let text =
                    |text: &'m str| Some(Cow::Borrowed(text)).filter(|text| !text.is_empty());
                Box::new(RequestTrace {
                    object: text(name),
                    id: text(id),
                    session: who.and_then(|who| borrowed(&who.session)),
                    shallow,
                    ..RequestTrace::default()
                })
            }),
            source: None,
            cluster: None,
            line,
        }
    }

    /// Hands all sums on, and forgets everything.
    #[cold]
    #[inline(never)]
    pub(super) fn hand_on(&mut self, builder: &mut PlaneBuilder, path: &Path) {
        Parts::hand_on(vec![std::mem::take(self)], std::slice::from_mut(builder), path);
    }

    /// Hands on what was summed of a kind.
    fn hand_on_kind(
        &self,
        kind: &Kind,
        rest: &Rest,
        sums: Sums,
        builder: &mut PlaneBuilder,
        path: &Path,
    ) {
        let (count, times) = (sums.count, sums.times);
        let truncated = self.texts.told(kind.key.answer).is_some_and(|told| told.truncated);
        let summary = builder.summary_mut();
        summary.truncated += if truncated { count } else { 0 };
        kind.stage.count(&mut summary.stages, count);
        // Rows of it are handed on by themselves.
        let request = self.request(kind.key, &rest.without_rows(), times.first, 0, "", "");
        match kind.stage {
            Stage::Received => builder.received_often(&request.actor, &request.key, count, times),
            // So is each of these, unless its end was seen.
            Stage::Started => {}
            Stage::Complete | Stage::Panic => {
                let examples = Examples::of(path, sums.lines());
                builder.alike(Alike { request, count, times, examples, names: sums.names });
            }
        }
    }

    /// Hands on the long requests that miss a half.
    #[cold]
    #[inline(never)]
    fn hand_on_halves(&mut self, builder: &mut PlaneBuilder, path: &Path) {
        self.hand_on_halves_of(|number| self.rows.principal_name(number), builder, path);
        self.halves.clear();
    }

    /// The same, of principals of these names.
    fn hand_on_halves_of<'n>(
        &self,
        name_of: impl Fn(usize) -> &'n str,
        builder: &mut PlaneBuilder,
        path: &Path,
    ) {
        let (mut starts, mut ends) = (Vec::new(), Vec::new());
        for (key, half) in self.halves.in_order() {
            let name = name_of(key.principal as usize);
            let request = self.id(name, key.action, key.id(), key.received_at());
            match half {
                Half::Start(start) => starts.push((request, (key.id(), start))),
                Half::Ends(count) => ends.push((request, *count)),
            }
        }
        builder.note_ends(&ends);
        builder.without_ended(&mut starts);
        for (request, (id, start)) in starts {
            self.hand_on_start(request, start, id, builder, path);
        }
    }

    fn hand_on_start(
        &self,
        request_id: RequestId,
        start: &Start,
        id: &[u8],
        builder: &mut PlaneBuilder,
        path: &Path,
    ) {
        let Some((kind, rest)) = self.kinds.get(start.kind as usize) else { return };
        let (name, id) = (text_of(&start.name), text_of(id));
        let request = self.request(kind.key, rest, start.time, start.line, name, id);
        builder.started(request_id, request, path);
    }
}

/// Text that is known to be text.
#[inline(always)]
pub(super) fn text_of(ascii: &[u8]) -> &str {
    std::str::from_utf8(ascii).unwrap_or_default()
}
