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

use std::borrow::Cow;

use jiff::Timestamp;

use super::{Path, project, rows::Rows, trace::session};
use crate::{
    model::activity::{Examples, Names, Stages, Window},
    scan::activity::{
        builder::{Alike, PlaneBuilder, RequestId},
        request::{
            Authorisation, LABEL_BYTES, Object, Outcome, REASON_BYTES, Request, RequestTrace, cut,
        },
        table::Table,
        text::Text,
    },
    source::checked::{Cursor, Raw, Wide},
};

/// Combinations that are held at a time.
const KINDS: usize = 1 << 15;
/// Texts of a sort that are held at a time.
const TEXTS: usize = 1 << 13;
/// Bytes of texts of a sort that are held at a time.
const TEXT_BYTES: usize = 2 << 20;
/// Longer texts are not held.
const TEXT: usize = 8 << 10;
/// Ways in which one user appears that are held at a time: tokens are renewed.
const APPEARANCES: usize = 4;
/// Lines that are held of each kind, as many as are shown.
const LINES: usize = Examples::LIMIT;

/// Bytes of a key before those of the action.
const DECIDERS: usize = 4 + 3 * size_of::<u32>();

/// What stands for a text that an event does not have.
pub(super) const NONE: u32 = u32::MAX;

/// What is known of the requests of one part of a log.
#[derive(Debug, Default)]
pub(super) struct Memo {
    /// Names as they stand in the log, with the ways in which each appears.
    users: Table,
    appearances: Vec<Vec<Appearance>>,
    /// Users as far as they are told apart.
    identities: Table,
    who: Vec<Identity>,
    /// What clients call themselves, as it stands in the log, and as it is kept.
    agents: Table,
    called: Vec<Box<str>>,
    /// Annotations as they stand in the log, with what each tells.
    annotations: Table,
    telling: Vec<u32>,
    /// What annotations tell, as far as it is told apart.
    answers: Table,
    told: Vec<Answer>,
    /// Deciders, and what they come to.
    kinds: Table,
    alike: Vec<Kind>,
    rows: Rows,
    /// What decides the event at hand.
    key: Vec<u8>,
    full: bool,
}

/// How a user appears in a line: what follows its name.
#[derive(Debug)]
struct Appearance {
    rest: Box<[u8]>,
    identity: u32,
}

#[derive(Debug)]
struct Identity {
    /// The number of its name.
    principal: usize,
    name: Box<str>,
    groups: Option<Box<str>>,
    session: Option<Box<str>>,
}

#[derive(Debug)]
struct Answer {
    grant: Option<Box<str>>,
    failed_open: Vec<Box<str>>,
    truncated: bool,
}

/// The texts that decide an event, by their numbers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Deciders {
    pub(super) identity: u32,
    pub(super) agent: u32,
    pub(super) answer: u32,
}

/// How far the server had come with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    Received,
    Started,
    Complete,
    Panic,
}

impl Stage {
    /// Counts one.
    #[inline]
    pub(super) fn count(self, stages: &mut Stages) {
        match self {
            Self::Received => stages.received += 1,
            Self::Started => stages.started += 1,
            Self::Complete => stages.complete += 1,
            Self::Panic => stages.panicked += 1,
        }
    }
}

/// Requests that are alike.
#[derive(Debug)]
struct Kind {
    deciders: Deciders,
    stage: Stage,
    /// Whether the log may show a request at its start and at its end.
    long: bool,
    /// What the authorizer was told of the object.
    object: Told,
    outcome: Outcome,
    authorised: Authorisation,
    /// Of one that may change something: whether the log leaves out the request itself.
    change: Option<bool>,
    count: u64,
    times: Option<Window>,
    /// The first lines, in order.
    lines: [u64; LINES],
    names: Names,
}

/// What an event comes to.
#[derive(Debug)]
pub(super) struct ComesTo {
    /// Whether the log may show a request at its start and at its end.
    pub(super) long: bool,
    /// Whether the authorizer was told the name of the object.
    pub(super) named: bool,
    pub(super) outcome: Outcome,
    pub(super) authorised: Authorisation,
    /// Of one that may change something: whether the log leaves out the request itself.
    pub(super) change: Option<bool>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    Name,
    Nothing,
}

/// What is of one event alone.
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
    /// Makes room for another line.
    #[inline]
    pub(super) fn begin(&mut self, builder: &mut PlaneBuilder, path: &Path) {
        if self.full {
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
        if let Some(known) = self.users.find(name).and_then(|user| self.appearances.get(user)) {
            for appearance in known {
                if cursor.eat_known(&appearance.rest) {
                    return Some(appearance.identity);
                }
            }
        }
        let behind_name = cursor.at();
        cursor.go(start);
        cursor.value()?;
        self.meet_user(cursor.since(start), name, behind_name - start)
    }

    #[cold]
    #[inline(never)]
    fn meet_user(&mut self, whole: &[u8], name: &[u8], behind_name: usize) -> Option<u32> {
        if whole.len() > TEXT || std::str::from_utf8(whole).is_err() {
            return None;
        }
        let user = project::whole_user(whole)?;
        let username = user
            .username
            .as_deref()
            .filter(|name| !name.is_empty() && name.len() <= super::reader::USER_BYTES)?;
        let session = session(&user);
        let groups = user.groups.map(|groups| groups.get());
        let mut key = Vec::new();
        [Some(username), groups, session.as_deref()].into_iter().for_each(|part| {
            write_part(&mut key, part);
        });
        let identity = self.identities.add(&key);
        if identity == self.who.len() {
            self.who.push(Identity {
                principal: self.rows.principal(username),
                name: username.into(),
                groups: groups.map(Into::into),
                session: session.map(Into::into),
            });
        }
        let identity = u32::try_from(identity).ok()?;
        let user = self.users.add(name);
        if user == self.appearances.len() {
            self.appearances.push(Vec::new());
        }
        let known = self.appearances.get_mut(user)?;
        if known.len() >= APPEARANCES {
            known.remove(0);
        }
        known.push(Appearance { rest: whole.get(behind_name..)?.into(), identity });
        self.full |= is_full(&self.users) || is_full(&self.identities);
        Some(identity)
    }

    /// What a client calls itself.
    #[inline(always)]
    pub(super) fn agent(&mut self, raw: Raw<'_>) -> Option<u32> {
        match self.agents.find(raw.bytes) {
            Some(known) => u32::try_from(known).ok(),
            None => self.meet_agent(raw),
        }
    }

    #[cold]
    #[inline(never)]
    fn meet_agent(&mut self, raw: Raw<'_>) -> Option<u32> {
        if raw.bytes.len() > TEXT {
            return None;
        }
        let text = Text::of(raw)?;
        self.called.push(cut(&text, LABEL_BYTES).into());
        self.full |= is_full(&self.agents);
        u32::try_from(self.agents.add(raw.bytes)).ok()
    }

    /// What annotations tell.
    #[inline(always)]
    pub(super) fn answer(&mut self, raw: &[u8]) -> Option<u32> {
        match self.annotations.find(raw).and_then(|known| self.telling.get(known)) {
            Some(&known) => Some(known),
            None => self.meet_answer(raw),
        }
    }

    #[cold]
    #[inline(never)]
    fn meet_answer(&mut self, raw: &[u8]) -> Option<u32> {
        if raw.len() > TEXT || std::str::from_utf8(raw).is_err() {
            return None;
        }
        let found = project::whole_annotations(raw)?;
        if found.failed_open.len() > super::reader::WEBHOOKS {
            return None;
        }
        let mut key = vec![u8::from(found.truncated)];
        let parts = [&found.decision, &found.reason].into_iter().map(Option::as_deref);
        parts
            .chain(found.failed_open.iter().map(|webhook| Some(&**webhook)))
            .for_each(|part| write_part(&mut key, part));
        let answer = self.answers.add(&key);
        if answer == self.told.len() {
            let grant = found.reason.filter(|reason| !reason.is_empty());
            self.told.push(Answer {
                grant: grant.map(|reason| cut(&reason, REASON_BYTES).into()),
                failed_open: found
                    .failed_open
                    .iter()
                    .map(|webhook| cut(webhook, LABEL_BYTES).into())
                    .collect(),
                truncated: found.truncated,
            });
        }
        let answer = u32::try_from(answer).ok()?;
        // Where no two are the same, they are not worth keeping.
        if self.annotations.len() < 2 * self.answers.len() + 64 {
            self.annotations.add(raw);
            self.telling.push(answer);
        }
        self.full |= is_full(&self.annotations) || is_full(&self.answers);
        Some(answer)
    }

    /// Counts the event at hand, if one that is decided by the same was counted before.
    #[inline(always)]
    pub(super) fn count(
        &mut self,
        deciders: Deciders,
        marks: [u8; 4],
        action: &[u8],
        own: Own<'_>,
        builder: &mut PlaneBuilder,
        path: &Path,
    ) -> Option<()> {
        let Deciders { identity, agent, answer } = deciders;
        self.key.clear();
        self.key.extend_from_slice(&marks);
        for number in [identity, agent, answer] {
            self.key.extend_from_slice(&number.to_le_bytes());
        }
        self.key.extend_from_slice(action);
        let number = self.kinds.find(&self.key)?;
        let kind = self.alike.get_mut(number)?;
        let told = self.told.get(answer as usize);
        builder.event(Some(own.time));
        let summary = builder.summary_mut();
        summary.truncated += u64::from(told.is_some_and(|told| told.truncated));
        kind.stage.count(&mut summary.stages);
        match kind.stage {
            Stage::Received => kind.add(&own),
            Stage::Started => {
                let kind = self.alike.get(number)?;
                let id = self.id(number, kind, &own);
                let name = text_of(own.name);
                let request = self.request(number, kind, own.time, own.line, name, text_of(own.id));
                builder.started(id, request, path);
            }
            Stage::Complete | Stage::Panic => {
                kind.add(&own);
                if kind.authorised != Authorisation::NotShown
                    && kind.object == Told::Name
                    && !kind.names.is_many()
                {
                    kind.names.add(text_of(own.name));
                }
                let long = kind.long;
                if kind.change.is_some() {
                    let principal = self.who.get(identity as usize)?.principal;
                    self.rows.add(principal, number, own, builder.caps());
                }
                if long {
                    let kind = self.alike.get(number)?;
                    builder.note_end(self.id(number, kind, &own));
                }
            }
        }
        Some(())
    }

    /// Keeps what the event at hand comes to, which was asked for and not found.
    pub(super) fn meet(&mut self, deciders: Deciders, stage: Stage, comes_to: ComesTo) {
        let ComesTo { long, named, outcome, authorised, change } = comes_to;
        self.keep(Kind {
            deciders,
            stage,
            long,
            object: if named { Told::Name } else { Told::Nothing },
            outcome,
            authorised,
            change,
            count: 0,
            times: None,
            lines: [0; LINES],
            names: Names::default(),
        });
    }

    fn keep(&mut self, kind: Kind) {
        if self.kinds.add(&self.key) == self.alike.len() {
            self.alike.push(kind);
        }
        self.full |= self.kinds.len() >= KINDS;
    }

    /// The key of the action of a kind, which its own ends in.
    fn action(&self, number: usize) -> &[u8] {
        self.kinds.get(number).get(DECIDERS..).unwrap_or_default()
    }

    /// What tells a request from all others, the same at its start and its end.
    fn id(&self, number: usize, kind: &Kind, own: &Own<'_>) -> RequestId {
        let name = self.who.get(kind.deciders.identity as usize);
        let name = name.map_or(&[][..], |who| who.name.as_bytes());
        RequestId::of(&[own.id, own.received_at, name, name, self.action(number)])
    }

    /// A request of a kind.
    fn request<'m>(
        &'m self,
        number: usize,
        kind: &Kind,
        time: Timestamp,
        line: u64,
        name: &'m str,
        id: &'m str,
    ) -> Request<'m> {
        let Deciders { identity, agent, answer } = kind.deciders;
        let who = self.who.get(identity as usize);
        let told = self.told.get(answer as usize);
        let borrowed = |text: &'m Option<Box<str>>| text.as_deref().map(Cow::Borrowed);
        Request {
            actor: Cow::Borrowed(who.map_or("", |who| &who.name)),
            impersonator: None,
            groups: who.and_then(|who| borrowed(&who.groups)),
            key: Cow::Borrowed(self.action(number)),
            object: match kind.object {
                Told::Name => Object::Named(Cow::Borrowed(name)),
                Told::Nothing => Object::Unnamed,
            },
            authorised: kind.authorised,
            outcome: kind.outcome,
            time: Some(time),
            user_agent: self.called.get(agent as usize).map(|text| Cow::Borrowed(&**text)),
            grant: told.and_then(|told| borrowed(&told.grant)),
            failed_open: told.map_or_else(Vec::new, |told| {
                told.failed_open.iter().map(|webhook| Cow::Borrowed(&**webhook)).collect()
            }),
            trace: kind.change.map(|shallow| {
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
            line,
        }
    }

    /// Hands all sums on, and forgets everything.
    pub(super) fn hand_on(&mut self, builder: &mut PlaneBuilder, path: &Path) {
        self.hand_on_rows(builder, path);
        for (number, mut kind) in std::mem::take(&mut self.alike).into_iter().enumerate() {
            let Some(times) = kind.times else { continue };
            let names = std::mem::take(&mut kind.names);
            let request = self.request(number, &kind, times.first, 0, "", "");
            if kind.stage == Stage::Received {
                builder.received_often(&request.actor, &request.key, kind.count, times);
                continue;
            }
            let lines = kind.lines.get(..kind.kept_lines()).unwrap_or_default();
            builder.alike(Alike { request, count: kind.count, times, lines, names }, path);
        }
        *self = Self::default();
    }

    fn hand_on_rows(&mut self, builder: &mut PlaneBuilder, path: &Path) {
        let mut rows = std::mem::take(&mut self.rows);
        rows.prune(builder.caps());
        for (row, id, name) in rows.iter() {
            if let Some(kind) = self.alike.get(row.kind as usize) {
                let number = row.kind as usize;
                builder.row(&self.request(number, kind, row.time, row.line, name, id), path);
            }
        }
        for (principal, count) in rows.omitted() {
            builder.omit_rows(principal, count);
        }
    }
}

impl Kind {
    #[inline(always)]
    fn add(&mut self, own: &Own<'_>) {
        let kept = self.kept_lines();
        if let Some(free) = self.lines.get_mut(kept) {
            *free = own.line;
        }
        self.count += 1;
        let time = Window { first: own.time, last: own.time };
        self.times = Some(self.times.map_or(time, |known| known.merge(time)));
    }

    /// Lines of one part of a log come in their order, so the first are the smallest.
    #[inline(always)]
    fn kept_lines(&self) -> usize {
        usize::try_from(self.count).map_or(LINES, |count| count.min(LINES))
    }
}

fn is_full(table: &Table) -> bool {
    table.len() >= TEXTS || table.bytes() >= TEXT_BYTES
}

fn write_part(key: &mut Vec<u8>, part: Option<&str>) {
    key.push(u8::from(part.is_some()));
    key.extend_from_slice(part.unwrap_or_default().as_bytes());
    key.push(0xff);
}

/// Text that is known to be text.
#[inline(always)]
pub(super) fn text_of(ascii: &[u8]) -> &str {
    std::str::from_utf8(ascii).unwrap_or_default()
}
