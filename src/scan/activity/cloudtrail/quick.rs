//! Records as CloudTrail writes them: one object without white space, members in any
//! order, none twice.
//!
//! Every byte is looked at. What decides a record is cut out and looked up, and all else,
//! such as `responseElements`, is checked and passed over. A record that is odd in any way
//! is left to [`super::reader`].

use super::{
    begun,
    memo::{Members, NONE, Own},
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
    let mut found = Members::default();
    let (mut time, mut id, mut request): (&[u8], &[u8], &[u8]) = (&[], &[], &[]);
    let (mut session, mut agent) = (NONE, NONE);
    let (mut via_mcp, mut shallow) = (false, true);
    let mut seen = 0_u32;
    cursor.members(|cursor, name| {
        let member = match name {
            b"eventTime" => {
                time = text(cursor)?;
                0
            }
            b"eventSource" => {
                found.source = text(cursor)?;
                1
            }
            b"eventName" => {
                found.name = text(cursor)?;
                2
            }
            b"awsRegion" => {
                found.region = text(cursor)?;
                3
            }
            b"sourceIPAddress" => {
                via_mcp = text(cursor)? == AWS_MCP.as_bytes();
                4
            }
            b"userAgent" => {
                if cursor.eat(b"\"") {
                    agent = records.memo.agent(cursor.string()?)?;
                } else if !cursor.eat(b"null") {
                    return None;
                }
                5
            }
            b"errorCode" => {
                found.error = text(cursor)?;
                6
            }
            b"requestID" => {
                request = text(cursor)?;
                7
            }
            b"eventID" => {
                id = text(cursor)?;
                8
            }
            b"eventType" => {
                found.kind = text(cursor)?;
                9
            }
            b"eventCategory" => {
                found.category = text(cursor)?;
                10
            }
            b"recipientAccountId" => {
                found.account = text(cursor)?;
                // Whether it is that of the caller is asked of one that is told.
                if found.account.is_empty() {
                    return None;
                }
                11
            }
            b"readOnly" => {
                found.read_only = Flag::of(cursor.value()?);
                12
            }
            b"managementEvent" => {
                found.management = Flag::of(cursor.value()?);
                13
            }
            b"userIdentity" => {
                session = records.memo.sessions.find(cursor)?;
                14
            }
            b"requestParameters" => {
                let value = cursor.value()?;
                shallow = value == b"null";
                if !shallow {
                    // Others may be objects within text.
                    if !value.starts_with(b"{") || value.len() > PARAMETER_BYTES {
                        return None;
                    }
                    found.parameters = value;
                }
                15
            }
            b"resources" => {
                let value = cursor.value()?;
                if value.starts_with(b"[") {
                    found.resources = value;
                } else if value != b"null" {
                    return None;
                }
                16
            }
            b"eventVersion" => {
                if !is_known_version(text(cursor)?) {
                    return None;
                }
                17
            }
            b"CloudTrailEvent"
            | b"eventversion"
            | b"detail"
            | b"eventtime"
            | b"eventsource"
            | b"eventname"
            | b"awsregion"
            | b"sourceipaddress"
            | b"useragent"
            | b"errorcode"
            | b"requestid"
            | b"eventid"
            | b"eventtype"
            | b"eventcategory"
            | b"recipientaccountid"
            | b"readonly"
            | b"managementevent"
            | b"useridentity"
            | b"requestparameters" => return None,
            _ => {
                cursor.value()?;
                return Some(());
            }
        };
        let bit = 1 << member;
        let again = seen & bit != 0;
        seen |= bit;
        (!again).then_some(())
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
    // What it began is told by members that are passed over here.
    if begun::is_beginning(found.source, found.name) {
        return None;
    }
    if session == NONE || !(cursor.is_ascii() || std::str::from_utf8(cursor.since(at)).is_ok()) {
        return None;
    }
    let time = records.clock.time(time)?;
    let own = Own { id, request, time, line, shallow };
    records.count(wide, (session, agent, via_mcp), &found, own)?;
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
