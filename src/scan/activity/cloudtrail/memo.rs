//! Calls that differ from an earlier one in nothing but time, object and id.
//!
//! What a record comes to (the call, its outcome, the right that it needed, the caller) is
//! worked out once by the code that [`super::reader`] uses, for each combination of the
//! members that decide it, and kept under the bytes of those members; for every further
//! record of the kind there are a few look-ups and sums. Objects that stand in parameters
//! are kept for calls that name the same ones again. Memory is bounded: when there are too
//! many combinations, all sums are handed on and it starts anew.
//!
//! Contract: handing sums on gives the same counts as handing on each event.

use std::{borrow::Cow, collections::HashMap, sync::Arc};

use jiff::Timestamp;
use serde_json::Value;

use super::{
    kept::Kept,
    names::{Names, bare},
    outcome::outcome,
    reader::{is_call, is_of_data, name, only_looks, parameters, recorded_in},
    record::{Flag, arns},
    rights::{Asked, Call, Right, rights},
    sessions::{Caller, Session, Sessions},
};
use crate::{
    model::activity::{AwsCall, Examples, Names as Objects, Window},
    scan::activity::{
        builder::{Alike, PlaneBuilder},
        clients::Clients,
        request::{Authorisation, Object, Outcome, Request, RequestTrace, encode_aws},
        seeded::Seeded,
        table::Table,
    },
    source::checked::{Cursor, Raw, Wide},
};

/// Combinations that are held at a time.
const KINDS: usize = 1 << 14;
/// Objects of one call that are kept before it is asked whether they come again.
const OBJECTS: u32 = 64;

/// What stands for a text that a record does not have.
pub(super) const NONE: u32 = u32::MAX;

/// What is known of the records of a trail, from one file to the next.
#[derive(Debug, Default)]
pub(in crate::scan::activity) struct Memo {
    pub(super) sessions: Sessions,
    clients: Clients,
    /// Calls by all that decides them but who calls, and on what.
    calls: Table,
    about: Vec<About>,
    /// What was asked for by calls whose rights depend on what they were given.
    given: Table,
    needed: Vec<Needed>,
    /// That of a call whose objects are not kept.
    passing: Needed,
    /// Keys of actions.
    actions: Table,
    kinds: HashMap<KindKey, u32, Seeded>,
    alike: Vec<Kind>,
    beside: Vec<Beside>,
    /// The file that comes last by name, and whether the one at hand comes after all others.
    last_path: Option<Arc<str>>,
    in_order: bool,
    /// What is looked for.
    key: Vec<u8>,
    full: bool,
}

/// The members of a record that decide what it comes to; empty where there is none.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Members<'a> {
    pub(super) source: &'a [u8],
    pub(super) name: &'a [u8],
    pub(super) region: &'a [u8],
    pub(super) error: &'a [u8],
    pub(super) kind: &'a [u8],
    pub(super) category: &'a [u8],
    pub(super) account: &'a [u8],
    pub(super) read_only: Flag,
    pub(super) management: Flag,
    pub(super) parameters: &'a [u8],
    pub(super) resources: &'a [u8],
}

/// What is known of calls that are decided alike but for who calls, and on what.
#[derive(Debug)]
pub(super) struct About {
    pub(super) source: Box<str>,
    /// Its name without a date.
    pub(super) name: Box<str>,
    prefix: Box<str>,
    region: Box<str>,
    account: Option<Box<str>>,
    asked: Asked<'static>,
    pub(super) outcome: Outcome,
    authorised: Authorisation,
    /// Whether it is a call at all.
    pub(super) is_call: bool,
    pub(super) looks: bool,
    one_by_one: Kept,
    pub(super) data: bool,
    /// Whether any was counted.
    counted: bool,
    /// Objects that were kept, and how often one of them came again.
    kept: u32,
    again: u32,
}

/// The rights that a call needed.
#[derive(Debug, Default)]
struct Needed {
    /// What it counts under: that of the call itself where it needed none.
    rights: Vec<NeededRight>,
    /// Whether it needed any.
    any: bool,
    /// What the record names alone.
    alone: Option<Box<str>>,
}

/// One of them.
#[derive(Debug)]
struct NeededRight {
    action: u32,
    /// What the authorizer was told of.
    object: Object<'static>,
}

/// What is counted of a record.
#[derive(Debug, Clone, Copy)]
pub(super) struct Deciders {
    pub(super) session: u32,
    pub(super) agent: u32,
    pub(super) call: u32,
    /// The number of what was needed; [`NONE`] of what is not kept.
    needed: u32,
}

/// What is of one record alone; empty where there is none.
#[derive(Debug, Clone, Copy)]
pub(super) struct Own<'a> {
    pub(super) id: &'a [u8],
    pub(super) request: &'a [u8],
    pub(super) time: Timestamp,
    pub(super) line: u64,
    /// Whether the log leaves out what the call was given.
    pub(super) shallow: bool,
}

/// What tells kinds of calls apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct KindKey {
    caller: u32,
    agent: u32,
    call: u32,
    action: u32,
    /// Whether a right was needed.
    any: bool,
    /// Whether it is a right beside the one that the call counts under.
    further: bool,
    told: Told,
}

/// What the authorizer was told of objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Told {
    Names,
    Nothing,
    Odd,
}

/// Calls that are alike, as far as each of them asks for it: there are many kinds, and
/// each is to fit into one line of cache.
#[derive(Debug)]
struct Kind {
    key: KindKey,
    count: u64,
    times: Window,
    /// Whether as many places are kept as are shown.
    shown: bool,
    /// Whether there are more objects than are told apart.
    many: bool,
}

/// What most calls of a kind do not ask for.
#[derive(Debug, Default)]
struct Beside {
    /// The first places.
    examples: Examples,
    objects: Objects,
}

impl Memo {
    /// Goes on with another file.
    pub(super) fn begin_file(&mut self, path: &Arc<str>) {
        self.in_order = self.last_path.as_ref().is_none_or(|last| last < path);
        if self.in_order {
            self.last_path = Some(path.clone());
        }
    }

    /// Makes room for another record.
    #[inline]
    pub(super) fn begin(&mut self, builder: &mut PlaneBuilder) {
        if self.full || self.clients.is_full() || self.sessions.is_full() {
            self.hand_on(builder);
        }
        self.sessions.make_room();
    }

    /// What a client calls itself.
    #[inline(always)]
    pub(super) fn agent(&mut self, raw: Raw<'_>) -> Option<u32> {
        self.clients.number(raw)
    }

    /// The number of the call that the members tell.
    #[inline(always)]
    pub(super) fn call(&mut self, found: &Members<'_>, names: &'static Names) -> Option<u32> {
        self.key.clear();
        self.key.extend_from_slice(&[told(found.read_only), told(found.management)]);
        for part in [
            found.error,
            found.kind,
            found.category,
            found.account,
            found.region,
            found.source,
            found.name,
        ] {
            self.key.extend_from_slice(part);
            self.key.push(0xff);
        }
        match self.calls.find(&self.key) {
            Some(known) => u32::try_from(known).ok(),
            None => self.meet_call(found, names),
        }
    }

    #[cold]
    #[inline(never)]
    fn meet_call(&mut self, found: &Members<'_>, names: &'static Names) -> Option<u32> {
        let text = |bytes| std::str::from_utf8(bytes).ok();
        if self.key.len() > Table::LONGEST {
            return None;
        }
        let source = name(text(found.source)?)?;
        let name = bare(name(text(found.name)?)?);
        let prefix = names.prefix(source);
        let (outcome, authorised) = outcome(text(found.error)?, &names.errors);
        let (kind, category) = (text(found.kind), text(found.category));
        let looks = only_looks(found.read_only, name);
        self.about.push(About {
            source: source.into(),
            name: name.into(),
            prefix: prefix.into(),
            region: text(found.region)?.into(),
            account: text(found.account).filter(|account| !account.is_empty()).map(Into::into),
            asked: Asked::of(names, prefix, name),
            outcome,
            authorised,
            is_call: is_call(kind, category),
            looks,
            one_by_one: Kept::of(names, prefix, name, looks),
            data: is_of_data(category, found.management),
            counted: false,
            kept: 0,
            again: 0,
        });
        self.full |= self.calls.is_full();
        u32::try_from(self.calls.add(&self.key)).ok()
    }

    /// The call of a number.
    #[inline(always)]
    pub(super) fn about(&self, call: u32) -> Option<&About> {
        self.about.get(call as usize)
    }

    /// Who has a session.
    #[inline(always)]
    pub(super) fn caller(&self, session: u32) -> Option<&Caller> {
        self.sessions.caller(self.sessions.session(session)?.caller)
    }

    /// What decides a call; none of one that is like no other.
    #[inline(always)]
    pub(super) fn decide<W: Wide>(
        &mut self,
        wide: W,
        (session, agent, call): (u32, u32, u32),
        via_mcp: bool,
        found: &Members<'_>,
    ) -> Option<Deciders> {
        let about = self.about.get(call as usize)?;
        let caller = self.sessions.caller(self.sessions.session(session)?.caller)?;
        let via_mcp = via_mcp || caller.via_mcp;
        let at_home = about.account.is_some() && about.account == caller.account;
        self.key.clear();
        self.key.extend_from_slice(&call.to_le_bytes());
        self.key.push(u8::from(via_mcp) * 2 + u8::from(at_home));
        let given = self.key.len();
        if !about.asked.members.is_empty() && !found.parameters.is_empty() {
            choose(wide, found.parameters, &about.asked.members, &mut self.key)?;
        }
        let behind = self.key.len();
        if about.asked.on_resources || about.one_by_one != Kept::Never {
            self.key.extend_from_slice(found.resources);
        }
        let number = match self.given.find(&self.key) {
            Some(known) => {
                let about = self.about.get_mut(call as usize)?;
                about.again = about.again.saturating_add(1);
                u32::try_from(known).ok()?
            }
            None => self.meet_needed(call, via_mcp, at_home, given..behind)?,
        };
        Some(Deciders { session, agent, call, needed: number })
    }

    /// Works out which rights the call needed whose key was made.
    #[cold]
    #[inline(never)]
    fn meet_needed(
        &mut self,
        call: u32,
        via_mcp: bool,
        at_home: bool,
        given: std::ops::Range<usize>,
    ) -> Option<u32> {
        let text = |bytes| std::str::from_utf8(bytes).ok();
        let about = self.about.get(call as usize)?;
        if self.key.len() > Table::LONGEST {
            return None;
        }
        let behind = self.key.get(given.end..)?;
        let given = Some(text(self.key.get(given)?)?).filter(|given| !given.is_empty());
        let parameters = parameters(given, &about.asked.members);
        let resources = arns(text(behind)?);
        let needed = rights(
            &about.asked,
            &Call {
                region: &about.region,
                account: about.account.as_deref().filter(|_| at_home),
                parameters: parameters.as_ref().unwrap_or(&Value::Null),
                resources: &resources,
            },
        );
        let needed = self.needed_of(needed, call, via_mcp, &resources)?;
        let about = self.about.get_mut(call as usize)?;
        // Where no two are on the same, they are not worth keeping.
        if about.kept > OBJECTS.saturating_add(about.again.saturating_mul(2)) {
            self.passing = needed;
            return Some(NONE);
        }
        about.kept += 1;
        let number = u32::try_from(self.given.add(&self.key)).ok()?;
        self.needed.push(needed);
        self.full |= self.given.is_full() || self.actions.is_full();
        Some(number)
    }

    fn needed_of(
        &mut self,
        rights: Vec<Right<'_>>,
        call: u32,
        via_mcp: bool,
        resources: &[String],
    ) -> Option<Needed> {
        let about = self.about.get(call as usize)?;
        let of_all = AwsCall {
            region: Some(about.region.to_string()).filter(|region| !region.is_empty()),
            via_mcp,
            passed_to: None,
        };
        let any = !rights.is_empty();
        let done = (!any).then(|| Right::of_none(&about.prefix, &about.name));
        let mut key = Vec::new();
        let mut needed = Vec::new();
        for right in rights.into_iter().chain(done) {
            let passed_to = right.passed_to.map(str::to_owned);
            encode_aws(&mut key, &right.action, &AwsCall { passed_to, ..of_all.clone() });
            let action = u32::try_from(self.actions.add(&key)).ok()?;
            needed.push(NeededRight { action, object: right.object });
        }
        let alone = match resources {
            [one] if !one.is_empty() => Some(one.as_str().into()),
            _ => None,
        };
        Some(Needed { rights: needed, any, alone })
    }

    /// Counts a call. Nobody is not to be counted so.
    #[inline(always)]
    pub(super) fn count(
        &mut self,
        decided: Deciders,
        own: Own<'_>,
        builder: &mut PlaneBuilder,
        path: &Arc<str>,
    ) {
        let Deciders { session, agent, call, needed } = decided;
        let (Some(about), Some(known)) =
            (self.about.get(call as usize), self.sessions.session(session))
        else {
            return;
        };
        let caller = known.caller;
        let is_kept = match about.one_by_one {
            Kept::Never => false,
            Kept::Always => true,
            kept @ Kept::OfPrincipals => {
                let actor = self.sessions.caller(caller).and_then(|caller| caller.actor.as_deref());
                kept.is_of(actor.unwrap_or_default())
            }
        };
        let shows = about.authorised != Authorisation::NotShown;
        let needed = self.needed.get(needed as usize).unwrap_or(&self.passing);
        let any = needed.any;
        for (position, right) in needed.rights.iter().enumerate() {
            let told = match right.object {
                Object::Named(_) | Object::Several(_) => Told::Names,
                Object::Unnamed => Told::Nothing,
                Object::Odd => Told::Odd,
            };
            let (action, further) = (right.action, position > 0);
            let key = KindKey { caller, agent, call, action, any, further, told };
            let number = match self.kinds.get(&key) {
                Some(&known) => known as usize,
                None => {
                    let number = self.alike.len();
                    self.kinds.insert(key, number as u32);
                    let times = Window { first: own.time, last: own.time };
                    self.alike.push(Kind { key, count: 0, times, shown: false, many: false });
                    self.beside.push(Beside::default());
                    self.full |= self.alike.len() >= KINDS;
                    number
                }
            };
            let Some(kind) = self.alike.get_mut(number) else { return };
            kind.count += 1;
            kind.times = kind.times.merge(Window { first: own.time, last: own.time });
            // Within a file records come in the order of their lines.
            let shown = kind.shown && self.in_order;
            let names = any && shows && told == Told::Names;
            if (!shown || (names && !kind.many))
                && let Some(beside) = self.beside.get_mut(number)
            {
                if !shown {
                    beside.examples.add(path, own.line);
                    kind.shown = beside.examples.places().len() == Examples::LIMIT;
                }
                match &right.object {
                    Object::Named(name) if names => beside.objects.add(name),
                    Object::Several(all) if names => all.iter().for_each(|n| beside.objects.add(n)),
                    Object::Named(_) | Object::Several(_) | Object::Odd | Object::Unnamed => {}
                }
                kind.many = beside.objects.is_many();
            }
            if is_kept {
                let alone = needed.alone.as_deref();
                builder.row(&self.change(&key, known, (&right.object, alone), &own), path);
            }
        }
    }

    /// Counts what the log holds.
    #[inline(always)]
    pub(super) fn recorded(&mut self, call: u32, builder: &mut PlaneBuilder) {
        let Some(about) = self.about.get_mut(call as usize) else { return };
        about.counted = true;
        if !about.data {
            let recorded = &mut builder.summary_mut().recorded;
            recorded.reads += u64::from(about.looks);
            recorded.writes += u64::from(!about.looks);
        }
    }

    /// Any request of a kind.
    #[inline(always)]
    fn request<'m>(&'m self, kind: &KindKey, time: Timestamp) -> Request<'m> {
        let caller = self.sessions.caller(kind.caller);
        let about = self.about.get(kind.call as usize);
        Request {
            actor: Cow::Borrowed(caller.and_then(|who| who.actor.as_deref()).unwrap_or_default()),
            impersonator: None,
            groups: None,
            key: Cow::Borrowed(self.actions.get(kind.action as usize)),
            // Those of all are counted by their names.
            object: Object::Named(Cow::Borrowed("")),
            authorised: match about {
                Some(about) if kind.any => about.authorised,
                _ => Authorisation::NotShown,
            },
            outcome: about.map_or(Outcome::Unclear, |about| about.outcome),
            time: Some(time),
            user_agent: self.clients.get(kind.agent).map(Cow::Borrowed),
            grant: None,
            failed_open: Vec::new(),
            trace: None,
            source: None,
            cluster: None,
            line: 0,
        }
    }

    /// One that may have changed something.
    #[inline(always)]
    fn change<'m>(
        &'m self,
        kind: &KindKey,
        session: &'m Session,
        (object, alone): (&'m Object<'static>, Option<&'m str>),
        own: &Own<'m>,
    ) -> Request<'m> {
        let text = |text: &'m [u8]| {
            std::str::from_utf8(text).ok().filter(|text| !text.is_empty()).map(Cow::Borrowed)
        };
        let boxed = |text: &'m Option<Box<str>>| text.as_deref().map(Cow::Borrowed);
        Request {
            object: match object {
                Object::Named(name) => Object::Named(Cow::Borrowed(name)),
                Object::Several(_) | Object::Unnamed | Object::Odd => Object::Unnamed,
            },
            trace: Some(Box::new(RequestTrace {
                object: alone.map(Cow::Borrowed),
                id: text(own.id),
                request: text(own.request),
                session: boxed(&session.name),
                source_identity: boxed(&session.source_identity),
                credential: boxed(&session.credential),
                shallow: own.shallow,
                manner: None,
            })),
            line: own.line,
            ..self.request(kind, own.time)
        }
    }

    /// Whether no call was counted.
    pub(in crate::scan::activity) fn is_empty(&self) -> bool {
        !self.about.iter().any(|about| about.counted)
    }

    /// Hands all sums on, and forgets everything.
    pub(in crate::scan::activity) fn hand_on(&mut self, builder: &mut PlaneBuilder) {
        for about in self.about.iter().filter(|about| about.counted) {
            let recorded = &mut builder.summary_mut().recorded;
            let account = about.account.as_deref().unwrap_or_default();
            let events = recorded_in(account, &about.prefix, about.data, about.looks);
            recorded.in_accounts.insert(events);
            if about.data {
                recorded.data.insert(about.prefix.to_string());
            }
            if !about.region.is_empty() {
                recorded.regions.insert(about.region.to_string());
            }
        }
        let beside = std::mem::take(&mut self.beside);
        for (kind, beside) in std::mem::take(&mut self.alike).into_iter().zip(beside) {
            let Kind { count, times, .. } = kind;
            let Beside { examples, objects: mut names } = beside;
            match kind.key.told {
                Told::Names => {}
                Told::Nothing => names.unnamed = count,
                Told::Odd => names.odd = count,
            }
            let request = self.request(&kind.key, times.first);
            let alike = Alike { request, count, times, examples, names };
            if kind.key.further { builder.alike_further(alike) } else { builder.alike(alike) }
        }
        let (last_path, in_order) = (self.last_path.take(), self.in_order);
        *self = Self { last_path, in_order, ..Self::default() };
    }
}

/// Writes the members of these names as an object.
#[inline(always)]
fn choose<W: Wide>(wide: W, object: &[u8], names: &[&str], out: &mut Vec<u8>) -> Option<()> {
    let mut cursor = Cursor::new(wide, object, 0);
    let mut first = true;
    cursor.members(|cursor, name| {
        let value = cursor.value()?;
        if names.iter().any(|wanted| wanted.as_bytes() == name) {
            out.extend_from_slice(if first { b"{\"" } else { b",\"" });
            out.extend_from_slice(name);
            out.extend_from_slice(b"\":");
            out.extend_from_slice(value);
            first = false;
        }
        Some(())
    })?;
    out.extend_from_slice(if first { b"{}" } else { b"}" });
    Some(())
}

fn told(flag: Flag) -> u8 {
    match flag.0 {
        None => 0,
        Some(false) => 1,
        Some(true) => 2,
    }
}
