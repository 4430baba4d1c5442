//! Events as Go writes them: members in the order of the struct, none that is empty.
//!
//! Every byte of a line is looked at: names of members and punctuation are compared,
//! values that matter are cut out and compared with those of earlier events, and all
//! others are checked and passed over. A line that differs in any way is left to
//! [`super::reader`].

use std::borrow::Cow;

use super::{
    event::{Annotations, Event, ObjectRef, ResponseStatus},
    memo::{Decided, Deciders, NONE, Own, Stage, text_of},
    outcome::asks_for_dry_run,
    project,
    reader::{NAME_BYTES, Reader},
    trace::ROLLED_OUT,
};
use crate::{
    model::activity::Trace,
    scan::activity::text::{Json, Text},
    source::checked::{Cursor, Raw, Wide},
};

/// A line that was read and is not counted yet.
#[derive(Debug)]
pub(super) struct Line<'b> {
    /// Where it begins in its block.
    pub(super) at: usize,
    /// All of it, without its end.
    pub(super) whole: &'b [u8],
    pub(super) decided: Decided,
    pub(super) own: Own<'b>,
    pub(super) stage: Stage,
    bodies: bool,
    /// The query asks for a dry run.
    dry: bool,
    /// Verb, group, resource, subresource and namespace.
    action: [&'b [u8]; 5],
    /// 0 where there is none.
    code: u16,
    has_body: bool,
}

impl<'b> Line<'b> {
    /// The event with these annotations, as far as it decides what it comes to.
    pub(super) fn event(&self, annotations: Option<Annotations<'b>>) -> Event<'b> {
        let [verb, group, resource, subresource, namespace] = self.action.map(text_of);
        let text = |text| Some(Text(Cow::Borrowed(text)));
        Event {
            level: text(if self.bodies { "Request" } else { "Metadata" }),
            verb: text(verb),
            // Nothing else in it decides: what rolls a workload out is not read here.
            request_uri: text(if self.dry { "?dryRun=All" } else { "" }),
            object_ref: Some(ObjectRef {
                resource: text(resource),
                namespace: text(namespace),
                name: text(text_of(self.own.name)),
                api_group: text(group),
                api_version: None,
                subresource: text(subresource),
            }),
            response_status: Some(ResponseStatus {
                code: (self.code > 0).then_some(self.code.into()),
            }),
            annotations,
            // Of what is in a body that is read here, nothing decides.
            request_object: if self.has_body { Json::of(b"{}") } else { None },
            ..Event::default()
        }
    }
}

/// Adds the line that begins at `at`, if its event is like most; where the next begins.
#[inline(always)]
pub(super) fn line<'b, W: Wide>(
    reader: &mut Reader,
    wide: W,
    bytes: &'b [u8],
    at: usize,
    number: u64,
    lines: &mut Vec<Line<'b>>,
) -> Option<usize> {
    reader.begin();
    // Whoever watches sees each by itself.
    if reader.is_observed() {
        return None;
    }
    let mut cursor = Cursor::new(wide, bytes, at);
    let cursor = &mut cursor;
    if !cursor.eat(br#"{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":""#) {
        return None;
    }
    let level = if cursor.eat(br#"Metadata","auditID":""#) {
        0
    } else if cursor.eat(br#"RequestResponse","auditID":""#) {
        1
    } else if cursor.eat(br#"Request","auditID":""#) {
        2
    } else {
        return None;
    };
    let id = plain(cursor)?;
    let stage = if cursor.eat(br#","stage":"ResponseComplete","requestURI":""#) {
        Stage::Complete
    } else if cursor.eat(br#","stage":"RequestReceived","requestURI":""#) {
        Stage::Received
    } else if cursor.eat(br#","stage":"ResponseStarted","requestURI":""#) {
        Stage::Started
    } else if cursor.eat(br#","stage":"Panic","requestURI":""#) {
        Stage::Panic
    } else {
        return None;
    };
    let uri = cursor.string().filter(is_ordinary)?;
    let verb = member(cursor, br#","verb":""#)?;
    if !cursor.eat(br#","user":"#) {
        return None;
    }
    let start = cursor.at();
    let username = member(cursor, br#"{"username":""#)?;
    let identity = reader.memo.user(cursor, start, username)?;
    if cursor.eat(br#","sourceIPs":"#) {
        cursor.items(|cursor| cursor.eat(b"\"").then(|| cursor.string())?.map(|_| ()))?;
    }
    let mut kubectl = false;
    let agent = if cursor.eat(br#","userAgent":""#) {
        let raw = cursor.string()?;
        kubectl = raw.bytes.starts_with(b"kubectl") || !is_ordinary(&raw);
        reader.memo.agent(raw)?
    } else {
        NONE
    };
    let resource =
        member(cursor, br#","objectRef":{"resource":""#).filter(|name| !name.is_empty())?;
    let namespace = optional(cursor, br#","namespace":""#)?;
    let name = optional(cursor, br#","name":""#)?;
    skip(cursor, br#","uid":""#)?;
    let group = optional(cursor, br#","apiGroup":""#)?;
    let version = optional(cursor, br#","apiVersion":""#)?;
    // Before `audit.k8s.io/v1beta1` the group stands in it.
    if group.is_empty() && memchr::memchr(b'/', version).is_some() {
        return None;
    }
    skip(cursor, br#","resourceVersion":""#)?;
    let subresource = optional(cursor, br#","subresource":""#)?;
    if !cursor.eat(b"}") {
        return None;
    }
    let code = if cursor.eat(br#","responseStatus":{"metadata":{},"code":200}"#) {
        200
    } else if cursor.eat(br#","responseStatus":"#) {
        let code = project::status(cursor)?.code.filter(|code| (100..1_000).contains(code))?;
        u16::try_from(code).ok()?
    } else {
        0
    };
    let deletes = matches!(verb, b"delete" | b"deletecollection");
    let mut has_body = false;
    if cursor.eat(br#","requestObject":"#) {
        let body = cursor.value()?;
        // The options of a deletion decide alone whether it is a rehearsal.
        if deletes && may_rehearse(body) {
            return None;
        }
        has_body = body != b"null";
    }
    if cursor.eat(br#","responseObject":"#) {
        cursor.value()?;
    }
    let received_at = member(cursor, br#","requestReceivedTimestamp":""#)?;
    let time = reader.clock.time(received_at)?;
    member(cursor, br#","stageTimestamp":""#)?;
    let answer = if cursor.eat(br#","annotations":"#) {
        let start = cursor.at();
        let rest = bytes.get(start..)?;
        let length = memchr::memchr(b'\n', rest).unwrap_or(rest.len()).checked_sub(1)?;
        let raw = rest.get(..length)?;
        cursor.go(start + length);
        reader.memo.answer(raw)?
    } else {
        NONE
    };
    if !cursor.eat(b"}") {
        return None;
    }
    let end = cursor.at();
    if !(cursor.eat(b"\n") || end == bytes.len()) || !cursor.is_ascii() {
        return None;
    }
    let changes = deletes || matches!(verb, b"create" | b"update" | b"patch");
    // How a workload was rolled out may show.
    if verb == b"patch" && rolled_out(resource) {
        let restarts = memchr::memmem::find(uri.bytes, b"kubectl-rollout").is_some();
        if has_body && (restarts || kubectl) {
            return None;
        }
    }
    let longest =
        [verb, group, resource, subresource, namespace, name].into_iter().map(<[u8]>::len);
    if longest.max()? > NAME_BYTES {
        return None;
    }
    // Longer ids are cut where they are kept, and nothing is cut here.
    if id.len() > Trace::BYTES {
        return None;
    }
    let dry = changes && !(deletes && has_body) && rehearses(uri)?;
    let [low, high] = code.to_le_bytes();
    let marks =
        [stage as u8 * 4 + level, u8::from(dry) * 2 + u8::from(!name.is_empty()), low, high];
    let deciders = Deciders { identity, agent, answer };
    let action = [verb, group, resource, subresource, namespace];
    let own = Own { id, received_at, time, name, line: number };
    let decided = reader.memo.decided(deciders, marks, action);
    let whole = bytes.get(at..end)?;
    let bodies = level > 0;
    lines.push(Line { at, whole, decided, own, stage, bodies, dry, action, code, has_body });
    Some(end + 1)
}

/// A string in which nothing is escaped.
#[inline(always)]
fn plain<'a, W: Wide>(cursor: &mut Cursor<'a, W>) -> Option<&'a [u8]> {
    cursor.string().filter(|raw| raw.plain).map(|raw| raw.bytes)
}

/// The member that is to stand here.
#[inline(always)]
fn member<'a, W: Wide, const N: usize>(
    cursor: &mut Cursor<'a, W>,
    name: &[u8; N],
) -> Option<&'a [u8]> {
    if cursor.eat(name) { plain(cursor) } else { None }
}

/// The member that may stand here, empty where it does not; servers write none that is
/// empty.
#[inline(always)]
fn optional<'a, W: Wide, const N: usize>(
    cursor: &mut Cursor<'a, W>,
    name: &[u8; N],
) -> Option<&'a [u8]> {
    if cursor.eat(name) { plain(cursor).filter(|text| !text.is_empty()) } else { Some(&[]) }
}

/// Passes over a string that may stand here.
#[inline(always)]
fn skip<W: Wide, const N: usize>(cursor: &mut Cursor<'_, W>, name: &[u8; N]) -> Option<()> {
    if cursor.eat(name) { cursor.string().map(|_| ()) } else { Some(()) }
}

/// Whether the escapes of a string are those that Go writes for `&`, `<` and `>`.
#[inline(always)]
fn is_ordinary(raw: &Raw<'_>) -> bool {
    raw.plain
        || memchr::memchr_iter(b'\\', raw.bytes).all(|at| {
            let escape = raw.bytes.get(at + 1..).and_then(<[u8]>::first_chunk::<5>);
            matches!(escape, Some(b"u0026" | b"u003c" | b"u003e"))
        })
}

/// Whether the query asks for a dry run; none where it is not worth asking quickly.
#[inline(always)]
fn rehearses(uri: Raw<'_>) -> Option<bool> {
    let Some(query) = memchr::memchr(b'?', uri.bytes) else { return Some(false) };
    let query = uri.bytes.get(query..)?;
    // `dryRun` has an `R`, unless a percent sign hides it.
    if memchr::memchr2(b'R', b'%', query).is_none() {
        return Some(false);
    }
    Text::of(uri).map(|uri| asks_for_dry_run(&uri))
}

/// Whether the body of a deletion may ask for a dry run: an escape may hide that it does.
#[inline(never)]
fn may_rehearse(body: &[u8]) -> bool {
    let holds = |text: &[u8]| memchr::memmem::find(body, text).is_some();
    holds(b"dryRun") || holds(br"\u")
}

fn rolled_out(resource: &[u8]) -> bool {
    ROLLED_OUT.iter().any(|name| name.as_bytes() == resource)
}
