//! Records as CloudTrail writes them: one object without white space, members in any
//! order, none twice.
//!
//! Members are expected in the order in which CloudTrail has them, and looked up by their
//! names from the first one on that stands elsewhere. Every byte is looked at. What decides a record is cut out and looked up, and all else,
//! such as `responseElements`, is checked and passed over. A record that is odd in any way
//! is left to [`super::reader`].

use super::{
    begun,
    memo::{Members, Memo, NONE, Own},
    reader::{AWS_MCP, PARAMETER_BYTES, is_known_version},
    record::Flag,
    records::Records,
};
use crate::source::checked::{Cursor, Wide};

/// What follows a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Follows {
    /// The end of its line.
    LineEnd,
    /// Whatever may stand behind an item of a list.
    Anything,
}

/// The members of a record that are looked at; all others are passed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Member {
    Version,
    Identity,
    Time,
    Source,
    Name,
    Region,
    Address,
    Agent,
    Error,
    Parameters,
    Answer,
    Request,
    Id,
    ReadOnly,
    Resources,
    Kind,
    Management,
    Account,
    Category,
    Other,
}

impl Member {
    /// The member of a name; none where tables write it so, of which serde_json knows both.
    fn of(name: &[u8]) -> Option<Self> {
        Some(match name {
            b"eventVersion" => Self::Version,
            b"userIdentity" => Self::Identity,
            b"eventTime" => Self::Time,
            b"eventSource" => Self::Source,
            b"eventName" => Self::Name,
            b"awsRegion" => Self::Region,
            b"sourceIPAddress" => Self::Address,
            b"userAgent" => Self::Agent,
            b"errorCode" => Self::Error,
            b"requestParameters" => Self::Parameters,
            b"responseElements" => Self::Answer,
            b"requestID" => Self::Request,
            b"eventID" => Self::Id,
            b"readOnly" => Self::ReadOnly,
            b"resources" => Self::Resources,
            b"eventType" => Self::Kind,
            b"managementEvent" => Self::Management,
            b"recipientAccountId" => Self::Account,
            b"eventCategory" => Self::Category,
            b"CloudTrailEvent"
            | b"detail"
            | b"eventversion"
            | b"useridentity"
            | b"eventtime"
            | b"eventsource"
            | b"eventname"
            | b"awsregion"
            | b"sourceipaddress"
            | b"useragent"
            | b"errorcode"
            | b"requestparameters"
            | b"responseelements"
            | b"requestid"
            | b"eventid"
            | b"readonly"
            | b"eventtype"
            | b"managementevent"
            | b"recipientaccountid"
            | b"eventcategory" => return None,
            _ => Self::Other,
        })
    }
}

/// What was found of a record so far.
#[derive(Debug)]
struct Found<'b> {
    members: Members<'b>,
    time: &'b [u8],
    id: &'b [u8],
    request: &'b [u8],
    answered: &'b [u8],
    session: u32,
    agent: u32,
    via_mcp: bool,
    shallow: bool,
    /// A bit for each of [`Member`].
    seen: u32,
}

impl<'b> Found<'b> {
    fn new() -> Self {
        Self {
            members: Members::default(),
            time: &[],
            id: &[],
            request: &[],
            answered: b"null",
            session: NONE,
            agent: NONE,
            via_mcp: false,
            shallow: true,
            seen: 0,
        }
    }

    /// Takes the value of a member, unless there was one of the name.
    #[inline(always)]
    fn take<W: Wide>(
        &mut self,
        member: Member,
        cursor: &mut Cursor<'b, W>,
        memo: &mut Memo,
    ) -> Option<()> {
        let members = &mut self.members;
        match member {
            Member::Version => {
                if !is_known_version(text(cursor)?) {
                    return None;
                }
            }
            Member::Identity => self.session = memo.sessions.find(cursor)?,
            Member::Time => self.time = text(cursor)?,
            Member::Source => members.source = text(cursor)?,
            Member::Name => members.name = text(cursor)?,
            Member::Region => members.region = text(cursor)?,
            Member::Address => self.via_mcp = text(cursor)? == AWS_MCP.as_bytes(),
            Member::Agent => {
                if cursor.eat(b"\"") {
                    self.agent = memo.agent(cursor.string()?)?;
                } else if !cursor.eat(b"null") {
                    return None;
                }
            }
            Member::Error => members.error = text(cursor)?,
            Member::Parameters => {
                let value = cursor.value()?;
                self.shallow = value == b"null";
                if !self.shallow {
                    // Others may be objects within text.
                    if !value.starts_with(b"{") || value.len() > PARAMETER_BYTES {
                        return None;
                    }
                    members.parameters = value;
                }
            }
            Member::Answer => self.answered = cursor.value()?,
            Member::Request => self.request = text(cursor)?,
            Member::Id => self.id = text(cursor)?,
            Member::ReadOnly => members.read_only = Flag::of(cursor.value()?),
            Member::Resources => {
                let value = cursor.value()?;
                if value.starts_with(b"[") {
                    members.resources = value;
                } else if value != b"null" {
                    return None;
                }
            }
            Member::Kind => members.kind = text(cursor)?,
            Member::Management => members.management = Flag::of(cursor.value()?),
            Member::Account => {
                members.account = text(cursor)?;
                // Whether it is that of the caller is asked of one that is told.
                if members.account.is_empty() {
                    return None;
                }
            }
            Member::Category => members.category = text(cursor)?,
            Member::Other => {
                cursor.value()?;
                return Some(());
            }
        }
        let bit = 1 << member as u32;
        let again = self.seen & bit != 0;
        self.seen |= bit;
        (!again).then_some(())
    }

    /// Goes into an object, and takes the members that stand where CloudTrail has them;
    /// whether there are any.
    #[inline(always)]
    fn expected<W: Wide>(&mut self, cursor: &mut Cursor<'b, W>, memo: &mut Memo) -> Option<bool> {
        if !cursor.eat(b"{\"eventVersion\":") {
            return cursor.eat(b"{").then_some(false);
        }
        self.take(Member::Version, cursor, memo)?;
        macro_rules! take {
            ($($name:literal => $member:ident,)*) => {
                $(if cursor.eat($name) {
                    self.take(Member::$member, cursor, memo)?;
                })*
            };
        }
        take! {
            b",\"userIdentity\":" => Identity,
            b",\"eventTime\":" => Time,
            b",\"eventSource\":" => Source,
            b",\"eventName\":" => Name,
            b",\"awsRegion\":" => Region,
            b",\"sourceIPAddress\":" => Address,
            b",\"userAgent\":" => Agent,
            b",\"errorCode\":" => Error,
            b",\"errorMessage\":" => Other,
            b",\"requestParameters\":" => Parameters,
            b",\"responseElements\":" => Answer,
            b",\"additionalEventData\":" => Other,
            b",\"requestID\":" => Request,
            b",\"eventID\":" => Id,
            b",\"readOnly\":" => ReadOnly,
            b",\"resources\":" => Resources,
            b",\"eventType\":" => Kind,
            b",\"managementEvent\":" => Management,
            b",\"recipientAccountId\":" => Account,
            b",\"sharedEventID\":" => Other,
            b",\"vpcEndpointId\":" => Other,
            b",\"vpcEndpointAccountId\":" => Other,
            b",\"eventCategory\":" => Category,
            b",\"tlsDetails\":" => Other,
        }
        Some(true)
    }
}

/// Counts the record that begins at `at`; where it ends, with the end of its line where
/// that is to follow. None where it is to be read otherwise, and nothing was counted.
#[inline(always)]
pub(super) fn record<W: Wide>(
    records: &mut Records<'_>,
    wide: W,
    (bytes, at): (&[u8], usize),
    line: u64,
    follows: Follows,
) -> Option<usize> {
    // Whoever watches sees each by itself.
    if records.is_one_by_one() {
        return None;
    }
    records.begin();
    let mut cursor = Cursor::new(wide, bytes, at);
    let cursor = &mut cursor;
    let mut found = Found::new();
    let passed = found.expected(cursor, records.memo)?;
    cursor.further_members(passed, |cursor, name| {
        found.take(Member::of(name)?, cursor, records.memo)
    })?;
    let end = cursor.at();
    let next = match follows {
        Follows::Anything => end,
        Follows::LineEnd => match cursor.rest() {
            [] => end,
            [b'\n', ..] => end + 1,
            [b'\r', b'\n', ..] => end + 2,
            _ => return None,
        },
    };
    let Found { members, time, id, request, answered, session, agent, via_mcp, shallow, .. } =
        found;
    let begins = begun::is_beginning(members.source, members.name);
    // What answered it may be an object within text.
    if begins && !matches!(answered.first(), Some(b'{' | b'n')) {
        return None;
    }
    if session == NONE || !(cursor.is_ascii() || std::str::from_utf8(cursor.since(at)).is_ok()) {
        return None;
    }
    let time = records.clock.time(time)?;
    let own = Own { id, request, time, line, shallow };
    let answered = begins.then_some(answered);
    records.count(wide, (session, agent, via_mcp), &members, answered, own)?;
    Some(next)
}

/// Text in which nothing is escaped; empty where there is none.
#[inline(always)]
fn text<'a, W: Wide>(cursor: &mut Cursor<'a, W>) -> Option<&'a [u8]> {
    if cursor.eat(b"\"") {
        cursor.string().filter(|raw| raw.plain).map(|raw| raw.bytes)
    } else {
        cursor.eat(b"null").then_some(&[][..])
    }
}
