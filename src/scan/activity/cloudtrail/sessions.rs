//! Identities that stood in an earlier record byte for byte.
//!
//! `userIdentity` is a third of most records, and the same for as long as a session
//! lasts. It is read once; afterwards it is known by a comparison.

use super::{
    begun,
    identity::{Actor, actor},
    reader::{AWS_MCP, session_of},
    record::Identity,
};
use crate::{
    scan::activity::table::Table,
    source::checked::{Cursor, Wide},
};

/// The bytes of an identity by which it is looked for, at most: type, principal, and the
/// beginning of its ARN.
const HEAD: usize = 96;
/// Identities with the same head that are held at a time: keys are renewed.
const ALIKE: usize = 8;
/// Bytes of identities that are held at a time.
const BYTES: usize = 4 << 20;
/// What each of them takes besides.
const BESIDES: usize = 256;
/// A longer identity is not held.
const IDENTITY: usize = 8 << 10;
/// Callers that are held at a time.
const CALLERS: usize = 1 << 13;

/// Identities, and the callers that they are of.
#[derive(Debug, Default)]
pub(super) struct Sessions {
    heads: Table,
    /// Of each head, the numbers of the sessions that begin so.
    begun: Vec<Vec<u32>>,
    sessions: Vec<Session>,
    bytes: usize,
    callers: Table,
    who: Vec<Caller>,
}

/// One identity as it stands in records.
#[derive(Debug)]
pub(super) struct Session {
    text: Box<[u8]>,
    /// The number of its caller.
    pub(super) caller: u32,
    /// What it is called.
    pub(super) name: Option<Box<str>>,
    pub(super) source_identity: Option<Box<str>>,
    /// Who it is, as [`begun::caller`] tells.
    pub(super) by: Option<Box<str>>,
    /// A digest of its credential's id.
    pub(super) credential: Option<Box<str>>,
}

/// What decides of an identity.
#[derive(Debug)]
pub(super) struct Caller {
    /// None where the log does not tell.
    pub(super) actor: Option<Box<str>>,
    pub(super) account: Option<Box<str>>,
    /// Whether AWS says that it called through its MCP server.
    pub(super) via_mcp: bool,
}

impl Sessions {
    /// The number of the session whose identity begins at the cursor, which goes behind
    /// it; none where serde_json must look at it.
    #[inline(always)]
    pub(super) fn find<W: Wide>(&mut self, cursor: &mut Cursor<'_, W>) -> Option<u32> {
        let start = cursor.at();
        let rest = cursor.rest();
        let head = rest.get(..HEAD).unwrap_or(rest);
        // Short ones end within the head.
        let head = memchr::memchr(b'}', head).and_then(|end| head.get(..=end)).unwrap_or(head);
        let begun = self.heads.find(head).and_then(|number| self.begun.get(number));
        for &number in begun.into_iter().flatten() {
            if let Some(session) = self.sessions.get(number as usize)
                && cursor.eat_known(&session.text)
            {
                return Some(number);
            }
        }
        cursor.value()?;
        self.meet(head, cursor.since(start))
    }

    /// The session of a number.
    pub(super) fn session(&self, number: u32) -> Option<&Session> {
        self.sessions.get(number as usize)
    }

    /// The caller of a number.
    pub(super) fn caller(&self, number: u32) -> Option<&Caller> {
        self.who.get(number as usize)
    }

    /// Whether so much is held that it is time to forget it.
    pub(super) fn is_full(&self) -> bool {
        self.who.len() >= CALLERS
    }

    /// Forgets sessions where they are many; callers stay.
    pub(super) fn make_room(&mut self) {
        if self.bytes > BYTES {
            (self.heads, self.begun) = (Table::default(), Vec::new());
            (self.sessions, self.bytes) = (Vec::new(), 0);
        }
    }

    #[cold]
    #[inline(never)]
    fn meet(&mut self, head: &[u8], whole: &[u8]) -> Option<u32> {
        // What is not ASCII would have to be checked each time.
        if whole.len() > IDENTITY || !whole.starts_with(b"{") || !whole.is_ascii() {
            return None;
        }
        let identity: Identity = serde_json::from_slice(whole).ok()?;
        let caller = Caller {
            actor: match actor(&identity) {
                Actor::Known(name) => Some(name.into()),
                Actor::Nobody => None,
            },
            account: identity.account.as_deref().map(Into::into),
            via_mcp: identity.invoked_by.as_deref() == Some(AWS_MCP),
        };
        let mut key = vec![u8::from(caller.via_mcp)];
        for part in [&caller.actor, &caller.account] {
            key.push(u8::from(part.is_some()));
            key.extend_from_slice(part.as_deref().unwrap_or_default().as_bytes());
            key.push(0xff);
        }
        let by = begun::caller(identity.arn.as_deref(), caller.actor.as_deref()).map(Into::into);
        let caller_number = self.callers.add(&key);
        if caller_number == self.who.len() {
            self.who.push(caller);
        }
        let session = identity.session.as_ref();
        let text = |text: Option<&str>| text.filter(|text| !text.is_empty()).map(Into::into);
        let number = u32::try_from(self.sessions.len()).ok()?;
        self.bytes += whole.len() + BESIDES;
        self.sessions.push(Session {
            text: whole.into(),
            caller: u32::try_from(caller_number).ok()?,
            name: text(identity.arn.as_deref().and_then(session_of)),
            source_identity: text(session.and_then(|found| found.source_identity.as_deref())),
            by,
            credential: identity.access_key.as_deref().and_then(begun::credential),
        });
        let head = self.heads.add(head);
        if head == self.begun.len() {
            self.begun.push(Vec::new());
        }
        let begun = self.begun.get_mut(head)?;
        if begun.len() >= ALIKE {
            begun.remove(0);
        }
        begun.push(number);
        Some(number)
    }
}
