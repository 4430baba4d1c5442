//! The texts that decide what an event comes to, each under a number.
//!
//! Users, clients and annotations are known again by a comparison with how they stood in
//! an earlier line; only what was not seen before is read.

use std::borrow::Cow;

use super::{NONE, kinds::Key, rows::Rows};
use crate::{
    scan::activity::{
        clients::Clients,
        kubernetes_audit::{
            project,
            reader::{USER_BYTES, WEBHOOKS},
            trace::session,
        },
        request::{LABEL_BYTES, REASON_BYTES, cut},
        table::Table,
    },
    source::checked::{Cursor, Wide},
};

/// Ways in which one user appears that are held at a time: tokens are renewed.
const APPEARANCES: usize = 4;

/// Texts of one part of a log.
#[derive(Debug, Default)]
pub(super) struct Texts {
    /// Names as they stand in the log, with the ways in which each appears.
    users: Table,
    appearances: Vec<Vec<Appearance>>,
    /// Bytes of all of these.
    appearing: usize,
    /// Users as far as they are told apart.
    identities: Table,
    who: Vec<Identity>,
    pub(super) clients: Clients,
    /// Annotations as they stand in the log, with what each tells.
    annotations: Table,
    telling: Vec<u32>,
    /// What annotations tell, as far as it is told apart.
    answers: Table,
    told: Vec<Answer>,
    /// There are as many as may be held, clients aside.
    full: bool,
}

/// How a user appears in a line: what follows its name.
#[derive(Debug)]
struct Appearance {
    rest: Box<[u8]>,
    identity: u32,
}

#[derive(Debug, Clone)]
pub(super) struct Identity {
    /// The number of its name.
    pub(super) principal: usize,
    pub(super) name: Box<str>,
    pub(super) groups: Option<Box<str>>,
    pub(super) session: Option<Box<str>>,
}

#[derive(Debug, Clone)]
pub(super) struct Answer {
    /// Of the authorizer.
    pub(super) decision: Option<Cow<'static, str>>,
    pub(super) grant: Option<Box<str>>,
    pub(super) failed_open: Vec<Box<str>>,
    pub(super) truncated: bool,
}

impl Texts {
    /// Whether there are as many as may be held.
    #[inline(always)]
    pub(super) fn is_full(&self) -> bool {
        self.full || self.clients.is_full()
    }

    pub(super) fn who(&self, identity: u32) -> Option<&Identity> {
        self.who.get(identity as usize)
    }

    pub(super) fn told(&self, answer: u32) -> Option<&Answer> {
        self.told.get(answer as usize)
    }

    /// The user whose object begins at `start` and whose name was read; the cursor goes
    /// behind the object.
    #[inline(always)]
    pub(super) fn user<W: Wide>(
        &mut self,
        cursor: &mut Cursor<'_, W>,
        start: usize,
        name: &[u8],
        rows: &mut Rows,
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
        self.meet_user(cursor.since(start), name, behind_name - start, rows)
    }

    #[cold]
    #[inline(never)]
    fn meet_user(
        &mut self,
        whole: &[u8],
        name: &[u8],
        behind_name: usize,
        rows: &mut Rows,
    ) -> Option<u32> {
        if whole.len() > Table::LONGEST || std::str::from_utf8(whole).is_err() {
            return None;
        }
        let user = project::whole_user(whole)?;
        let username =
            user.username.as_deref().filter(|name| !name.is_empty() && name.len() <= USER_BYTES)?;
        let session = session(&user);
        let groups = user.groups.map(|groups| groups.get());
        let mut key = Vec::new();
        [Some(username), groups, session.as_deref()].into_iter().for_each(|part| {
            write_part(&mut key, part);
        });
        let identity = self.identities.add(&key);
        if identity == self.who.len() {
            self.who.push(Identity {
                principal: rows.principal(username),
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
            self.appearing -= known.remove(0).rest.len();
        }
        let rest = whole.get(behind_name..)?;
        self.appearing += rest.len();
        known.push(Appearance { rest: rest.into(), identity });
        self.full |= self.users.is_full() || self.identities.is_full();
        self.full |= self.appearing >= Table::MOST_BYTES;
        Some(identity)
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
        if raw.len() > Table::LONGEST || std::str::from_utf8(raw).is_err() {
            return None;
        }
        let found = project::whole_annotations(raw)?;
        if found.failed_open.len() > WEBHOOKS {
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
                decision: found.decision.map(decided),
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
        self.full |= self.annotations.is_full() || self.answers.is_full();
        Some(answer)
    }

    /// The numbers that they have in another part of the log, with those of its actions.
    pub(super) fn numbers_in(&self, other: &Self, actions: Vec<Option<usize>>) -> Numbers {
        Numbers {
            identities: self.identities.numbers_in(&other.identities),
            agents: self.clients.numbers_in(&other.clients),
            answers: self.answers.numbers_in(&other.answers),
            actions,
        }
    }
}

/// The numbers that texts have in another part of the log; none of one that it does not know.
#[derive(Debug)]
pub(super) struct Numbers {
    identities: Vec<Option<usize>>,
    agents: Vec<Option<usize>>,
    answers: Vec<Option<usize>>,
    actions: Vec<Option<usize>>,
}

impl Numbers {
    /// What decides a kind, as it is spelled there.
    pub(super) fn key(&self, key: Key) -> Option<Key> {
        Some(Key {
            identity: there(&self.identities, key.identity)?,
            agent: there(&self.agents, key.agent)?,
            answer: there(&self.answers, key.answer)?,
            action: there(&self.actions, key.action)?,
            marks: key.marks,
        })
    }
}

/// What stands for no text stands for none everywhere.
fn there(numbers: &[Option<usize>], number: u32) -> Option<u32> {
    if number == NONE {
        return Some(NONE);
    }
    numbers.get(number as usize).copied().flatten().map(|number| number as u32)
}

/// Without an allocation for what authorizers say.
fn decided(decision: Cow<'_, str>) -> Cow<'static, str> {
    match &*decision {
        "allow" => Cow::Borrowed("allow"),
        "forbid" => Cow::Borrowed("forbid"),
        _ => Cow::Owned(decision.into_owned()),
    }
}

fn write_part(key: &mut Vec<u8>, part: Option<&str>) {
    key.push(u8::from(part.is_some()));
    key.extend_from_slice(part.unwrap_or_default().as_bytes());
    key.push(0xff);
}
