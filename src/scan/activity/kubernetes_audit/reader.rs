//! From events to requests.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::{
    Path,
    event::{Event, User},
    lines::Lines,
    memo::{ComesTo, Decided, Memo, Own, Parts, Stage},
    outcome::{authorised, outcome},
    project,
    trace::trace,
};
use crate::{
    model::{activity::Defect, location::TextStart},
    scan::activity::{
        builder::{PlaneBuilder, RequestId},
        request::{LABEL_BYTES, Object, REASON_BYTES, Request, cut, encode_path, encode_resource},
        text::Clock,
        trouble::defect_of,
    },
    source::checked::widest,
};

/// Longer names are no names: nothing in Kubernetes is called so.
pub(super) const NAME_BYTES: usize = 256;
/// Users may come from elsewhere, with longer names.
pub(super) const USER_BYTES: usize = 1024;
/// More webhooks than a server asks over one request.
pub(super) const WEBHOOKS: usize = 64;
/// A longer list of groups is no list of groups.
const GROUPS_BYTES: usize = 256 << 10;
/// Only the beginning of a path tells actions apart.
const SEGMENT_BYTES: usize = 64;
/// Longer paths are not kept.
const PATH_BYTES: usize = 256;

/// Reads the lines of one part of a file.
#[derive(Debug)]
pub(super) struct Reader {
    builder: PlaneBuilder,
    path: Path,
    /// The key of the event at hand; kept, so that it is not allocated anew.
    key: Vec<u8>,
    pub(super) memo: Memo,
    pub(super) clock: Clock,
}

impl Reader {
    pub(super) fn new(builder: PlaneBuilder, path: Path) -> Self {
        Self { builder, path, key: Vec::new(), memo: Memo::default(), clock: Clock::default() }
    }

    /// For counts that no method keeps.
    pub(super) fn builder(&mut self) -> &mut PlaneBuilder {
        &mut self.builder
    }

    /// What was counted, once all lines were read.
    pub(super) fn into_builder(mut self) -> PlaneBuilder {
        self.memo.hand_on(&mut self.builder, &self.path);
        self.builder
    }

    /// The same of all readers of one file; none where there is no reader.
    pub(super) fn together(readers: Vec<Self>) -> Option<PlaneBuilder> {
        let path = readers.first()?.path.clone();
        let (mut builders, memos): (Vec<_>, Vec<_>) =
            readers.into_iter().map(|reader| (reader.builder, reader.memo)).unzip();
        Parts::hand_on(memos, &mut builders, &path);
        builders.into_iter().reduce(PlaneBuilder::merge)
    }

    /// Counts a line that is no evidence.
    pub(super) fn defect(&mut self, defect: Defect, at: TextStart) {
        self.builder.defect(defect, &self.path, at);
    }

    /// Counts a line of another program.
    pub(super) fn foreign(&mut self) {
        self.builder.summary_mut().foreign_lines += 1;
    }

    /// Reads whole lines, of which the first begins at `first`.
    pub(super) fn lines(&mut self, bytes: &[u8], first: TextStart) {
        widest(Lines { reader: self, bytes, first });
    }

    /// Whether requests are to be read one by one.
    #[inline(always)]
    pub(super) fn is_observed(&self) -> bool {
        self.builder.is_observed()
    }

    /// Forgets the line before.
    #[inline(always)]
    pub(super) fn begin(&mut self) {
        self.memo.begin(&mut self.builder, &self.path);
    }

    /// Whether room is to be made before another line is read: what was asked for before
    /// has other numbers then.
    #[inline(always)]
    pub(super) fn is_full(&self) -> bool {
        self.memo.is_full()
    }

    /// Counts an event of a kind.
    #[inline(always)]
    pub(super) fn count_known(&mut self, kind: usize, own: Own<'_>) {
        self.memo.count(kind, own, &mut self.builder, &self.path);
    }

    /// Works out what an event comes to of which all that decides is told, so that it can
    /// be counted; none where it is not like others.
    #[cold]
    #[inline(never)]
    pub(super) fn meet(&mut self, decided: Decided, stage: Stage, event: &Event<'_>) -> Option<()> {
        let verb = event.verb.as_deref().filter(|verb| !verb.is_empty())?;
        let object_ref = event.object_ref.as_ref()?;
        let subresource = object_ref.subresource.as_deref().unwrap_or_default();
        let named = match object(event, verb) {
            Object::Named(_) => true,
            Object::Unnamed => false,
            Object::Several(_) | Object::Odd => return None,
        };
        let trace = trace(event, verb, Some(subresource));
        if trace.as_ref().is_some_and(|trace| trace.manner.is_some()) {
            return None;
        }
        let comes_to = ComesTo {
            long: is_long(verb, subresource),
            named,
            outcome: outcome(event, verb, Some(subresource), stage == Stage::Panic),
            authorised: authorised(event, verb),
            change: trace.map(|trace| trace.shallow),
        };
        self.memo.meet(decided, stage, &comes_to);
        Some(())
    }

    /// Reads one line of any bytes of the file.
    #[inline(never)]
    pub(super) fn any_line(&mut self, line: &[u8], at: TextStart) {
        let start_of = |item: &str| {
            let before = (item.as_ptr() as usize).saturating_sub(line.as_ptr() as usize);
            TextStart { byte: at.byte.map(|byte| byte + before as u64), ..at }
        };
        let tight = line.strip_suffix(b"\r").unwrap_or(line);
        if let Some(event) = widest(project::Line(tight)) {
            return self.event_or_list(event, at, start_of);
        }
        match std::str::from_utf8(line) {
            Ok(line) => self.text(line, at, start_of),
            Err(_) => self.defect(Defect::NotUtf8, at),
        }
    }

    /// Reads one line that stands in the file in other words: what is in it begins where
    /// the line does.
    pub(super) fn line(&mut self, line: &str, at: TextStart) {
        self.text(line, at, |_| at);
    }

    fn text(&mut self, line: &str, at: TextStart, start_of: impl FnMut(&str) -> TextStart) {
        let line = if at.line == 1 { line.strip_prefix('\u{feff}').unwrap_or(line) } else { line };
        if !line.bytes().all(|byte| byte.is_ascii_whitespace()) {
            self.value(line, at, start_of);
        }
    }

    /// Reads a value: an event, or a list of them. `start_of` tells where an item begins.
    pub(super) fn value(
        &mut self,
        text: &str,
        at: TextStart,
        mut start_of: impl FnMut(&str) -> TextStart,
    ) {
        let read = if text.trim_start().starts_with('[') {
            serde_json::from_str::<Vec<&RawValue>>(text)
                .map(|items| self.items(items.into_iter().map(RawValue::get), &mut start_of))
        } else {
            serde_json::from_str::<Event<'_>>(text)
                .map(|event| self.event_or_list(event, at, start_of))
        };
        if let Err(error) = read {
            self.defect(defect_of(text, &error), at);
        }
    }

    /// Counts an event, or those of a list. `start_of` tells where an item begins.
    fn event_or_list(
        &mut self,
        event: Event<'_>,
        at: TextStart,
        mut start_of: impl FnMut(&str) -> TextStart,
    ) {
        let known = event.api_version.as_deref().map_or(Some(true), is_known_version);
        let unnamed = event.stage.is_none() && event.audit_id.is_none();
        match (event.kind.as_deref(), event.items) {
            (None | Some("Event" | "EventList"), _) if known == Some(false) => {
                self.defect(Defect::UnknownVersion, at);
            }
            (kind @ (None | Some("EventList")), Some(items))
                if known.is_some() && (kind.is_some() || unnamed) =>
            {
                let items = project::items(items.get()).or_else(|| {
                    let items = serde_json::from_str::<Vec<&RawValue>>(items.get()).ok()?;
                    Some(items.into_iter().map(RawValue::get).collect())
                });
                match items {
                    Some(items) => self.items(items, &mut start_of),
                    None => self.defect(Defect::NotAnEvent, at),
                }
            }
            (None | Some("Event"), None) if known.is_some() => self.event_or_defect(event, at),
            _ => self.defect(Defect::NotAnEvent, at),
        }
    }

    /// Counts the items of a list.
    fn items<'i>(
        &mut self,
        items: impl IntoIterator<Item = &'i str>,
        start_of: &mut impl FnMut(&str) -> TextStart,
    ) {
        for item in items {
            let at = start_of(item);
            self.item(item, at);
        }
    }

    /// Counts an item of a list. Servers give those of an `EventList` no kind and no version
    /// of their own, since both are the list's; what has one is what it says.
    fn item(&mut self, item: &str, at: TextStart) {
        let event = match widest(project::Line(item.as_bytes())) {
            Some(event) => event,
            // To serde a list is as good as an object.
            None if !item.starts_with('{') => return self.defect(Defect::NotAnEvent, at),
            None => match serde_json::from_str::<Event<'_>>(item) {
                Ok(event) => event,
                Err(error) => return self.defect(defect_of(item, &error), at),
            },
        };
        let known = event.api_version.as_deref().map_or(Some(true), is_known_version);
        match (event.kind.as_deref(), known) {
            (None | Some("Event"), Some(false)) => self.defect(Defect::UnknownVersion, at),
            (None | Some("Event"), Some(true)) if event.items.is_none() => {
                self.event_or_defect(event, at);
            }
            _ => self.defect(Defect::NotAnEvent, at),
        }
    }

    fn event_or_defect(&mut self, event: Event<'_>, at: TextStart) {
        if self.event(event, at.line).is_none() {
            self.defect(Defect::NotAnEvent, at);
        }
    }

    /// Counts an event; none if it lacks what every event has.
    fn event(&mut self, event: Event<'_>, number: u64) -> Option<()> {
        let stage = match event.stage.as_deref()? {
            "RequestReceived" => Stage::Received,
            "ResponseStarted" => Stage::Started,
            "ResponseComplete" => Stage::Complete,
            "Panic" => Stage::Panic,
            _ => return None,
        };
        let verb = name(event.verb.as_deref()?)?;
        if verb.is_empty() {
            return None;
        }
        let (subresource, long_running) = self.encode_key(&event, verb)?;
        let user = event.user.as_ref();
        let authenticated = user_name(user)?;
        let assumed = user_name(event.impersonated_user.as_ref())?;
        let groups = match event.impersonated_user.as_ref() {
            Some(assumed_user) if !assumed.is_empty() => assumed_user.groups,
            _ => user.and_then(|user| user.groups),
        };
        if groups.is_some_and(|groups| groups.get().len() > GROUPS_BYTES) {
            return None;
        }

        let annotations = event.annotations.as_ref();
        if annotations.is_some_and(|found| found.failed_open.len() > WEBHOOKS) {
            return None;
        }

        let time = event.time();
        self.builder.event(time);
        let summary = self.builder.summary_mut();
        summary.truncated += u64::from(annotations.is_some_and(|found| found.truncated));
        stage.count(&mut summary.stages, 1);

        if stage == Stage::Received {
            if !authenticated.is_empty() {
                self.builder.received(authenticated, &self.key, time);
            }
            return Some(());
        }
        let panicked = stage == Stage::Panic;
        let outcome = outcome(&event, verb, subresource, panicked);
        let authorised = authorised(&event, verb);
        let (actor, impersonator) = match (authenticated, assumed) {
            ("", "") => {
                self.builder.nobody(outcome);
                return Some(());
            }
            (user, "") => (user, None),
            ("", assumed) => (assumed, None),
            (user, assumed) => (assumed, Some(user)),
        };
        let request = Request {
            actor: Cow::Borrowed(actor),
            impersonator: impersonator.map(Cow::Borrowed),
            groups: groups.map(|groups| Cow::Borrowed(groups.get())),
            key: Cow::Borrowed(&self.key),
            object: object(&event, verb),
            authorised,
            outcome,
            time,
            user_agent: event
                .user_agent
                .as_deref()
                .map(|text| Cow::Borrowed(cut(text, LABEL_BYTES))),
            grant: annotations
                .and_then(|found| found.reason.as_deref())
                .filter(|reason| !reason.is_empty())
                .map(|reason| Cow::Borrowed(cut(reason, REASON_BYTES))),
            failed_open: annotations.map_or_else(Vec::new, |found| {
                found
                    .failed_open
                    .iter()
                    .map(|webhook| Cow::Borrowed(cut(webhook, LABEL_BYTES)))
                    .collect()
            }),
            trace: trace(&event, verb, subresource),
            source: if self.builder.is_observed() { event.source().map(Cow::Owned) } else { None },
            cluster: None,
            line: number,
        };
        match stage {
            Stage::Started => self.builder.started(id(&event, &request), request, &self.path),
            _ if long_running => {
                self.builder.ended(id(&event, &request), &request, &self.path);
            }
            _ => self.builder.request(&request, &self.path),
        }
        Some(())
    }

    /// Writes the key; tells the subresource (none of what is no resource), and
    /// whether the answer may be a long one.
    fn encode_key<'e>(
        &mut self,
        event: &'e Event<'_>,
        verb: &str,
    ) -> Option<(Option<&'e str>, bool)> {
        let object = event.object_ref.as_ref();
        let part = |text: Option<&'e str>| name(text.unwrap_or_default());
        let resource = part(object.and_then(|object| object.resource.as_deref()))?;
        let Some(object) = object.filter(|_| !resource.is_empty()) else {
            let uri = event.request_uri.as_deref().unwrap_or_default();
            encode_path(&mut self.key, verb, first_segment(uri));
            return Some((None, false));
        };
        let group = part(object.group())?;
        let subresource = part(object.subresource.as_deref())?;
        let namespace = part(object.namespace.as_deref())?;
        encode_resource(&mut self.key, verb, [group, resource, subresource, namespace]);
        Some((Some(subresource), is_long(verb, subresource)))
    }
}

/// Whether events of an API version are known; none where it is none of audit events.
pub(super) fn is_known_version(api_version: &str) -> Option<bool> {
    let version = api_version.strip_prefix("audit.k8s.io/")?;
    Some(matches!(version, "v1" | "v1beta1" | "v1alpha1"))
}

/// What tells this request from all others, the same at its start and its end.
fn id(event: &Event<'_>, request: &Request<'_>) -> RequestId {
    let text = |text: Option<&str>| text.unwrap_or_default().as_bytes().to_vec();
    RequestId::of(&[
        &text(event.audit_id.as_deref()),
        &text(event.received_at.as_deref()),
        request.authenticated().as_bytes(),
        request.actor.as_bytes(),
        &request.key,
    ])
}

/// The object as the authorizer was told of it. The log completes the name of
/// an object that is being created from the request's body, which the authorizer
/// has not seen (`k8s.io/apiserver/pkg/audit/request.go`, `LogRequestObject`).
fn object<'e>(event: &'e Event<'_>, verb: &str) -> Object<'e> {
    let resource = event
        .object_ref
        .as_ref()
        .filter(|object| object.resource.as_deref().is_some_and(|resource| !resource.is_empty()));
    let Some(resource) = resource else {
        let uri = event.request_uri.as_deref().unwrap_or_default();
        let path = path_of(uri);
        let whole = path.starts_with('/') && path.len() <= PATH_BYTES && is_plain(path);
        return if whole { Object::Named(Cow::Borrowed(path)) } else { Object::Odd };
    };
    let on_object = resource.subresource.as_deref().is_some_and(|part| !part.is_empty());
    match resource.name.as_deref().unwrap_or_default() {
        "" => Object::Unnamed,
        _ if verb == "deletecollection" || (verb == "create" && !on_object) => Object::Unnamed,
        found => name(found).map_or(Object::Odd, |name| Object::Named(Cow::Borrowed(name))),
    }
}

/// Whether an answer may be a long one, by the API server's own list
/// (`k8s.io/apiserver/pkg/server/filters/longrunning.go`, as kube-apiserver uses it).
fn is_long(verb: &str, subresource: &str) -> bool {
    matches!(verb, "watch" | "proxy")
        || matches!(subresource, "attach" | "exec" | "log" | "portforward" | "proxy")
}

/// The name of a user, empty where there is none; nothing for one that is too long.
fn user_name<'e>(user: Option<&'e User<'_>>) -> Option<&'e str> {
    let name = user.and_then(|user| user.username.as_deref()).unwrap_or_default();
    (name.len() <= USER_BYTES).then_some(name)
}

fn name(text: &str) -> Option<&str> {
    (text.len() <= NAME_BYTES).then_some(text)
}

/// `/apis` of `/apis/apps/v1?timeout=32s`; paths that clients may invent are all one.
fn first_segment(uri: &str) -> &str {
    let path = path_of(uri);
    let end = path.bytes().skip(1).position(|byte| byte == b'/').map_or(path.len(), |at| at + 1);
    let segment = path.get(..end).unwrap_or_default();
    if segment.starts_with('/') && segment.len() <= SEGMENT_BYTES && is_plain(segment) {
        segment
    } else {
        "/…"
    }
}

fn path_of(uri: &str) -> &str {
    uri.split_once('?').map_or(uri, |(path, _)| path)
}

/// Whether a path is the same for client, log and authorizer: nothing in it is
/// escaped, and nothing stands for anything else.
fn is_plain(path: &str) -> bool {
    path.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/-_.".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_known_by_their_first_segment() {
        assert_eq!(first_segment("/apis/apps/v1?timeout=32s"), "/apis");
        assert_eq!(first_segment("/healthz"), "/healthz");
        assert_eq!(first_segment("/"), "/");
        assert_eq!(first_segment(""), "/…");
        assert_eq!(first_segment("/<script>/x"), "/…");
    }
}
