//! From records to requests.

use std::{borrow::Cow, sync::Arc};

use jiff::Timestamp;
use serde_json::{Value, value::RawValue};

use super::{
    begun::{self, Begun},
    identity::{Actor, actor},
    kept::Kept,
    names::{Names, bare},
    outcome::outcome,
    record::{Flag, Identity, Record, arns, members, object},
    rights::{Asked, Call, Right, rights},
};
use crate::{
    model::{
        activity::{AwsCall, Defect, RecordedEvents, RecordedIn},
        location::{Location, TextStart},
    },
    scan::activity::{
        builder::{PlaneBuilder, RequestId, Shared},
        request::{Authorisation, LABEL_BYTES, Outcome, Request, RequestTrace, cut, encode_aws},
        text::{Text, timestamp},
        trouble::defect_of,
    },
};

/// Longer names are none.
const NAME_BYTES: usize = 128;
/// Longer parameters are not looked into.
pub(super) const PARAMETER_BYTES: usize = 512 << 10;
/// The service by which calls come through the MCP server that AWS runs.
pub(super) const AWS_MCP: &str = "aws-mcp.amazonaws.com";
/// Names of calls that only look, for records that do not say so.
const LOOKS: [&str; 16] = [
    "Get", "List", "Describe", "Head", "BatchGet", "Lookup", "Search", "Query", "Scan", "Select",
    "Check", "Test", "Simulate", "Validate", "Estimate", "View",
];

/// Reads the records of one file.
#[derive(Debug)]
pub(super) struct Reader<'b> {
    builder: PlaneBuilder,
    shared: &'b mut Shared,
    names: &'static Names,
    path: Arc<str>,
    key: Vec<u8>,
}

impl<'b> Reader<'b> {
    pub(super) fn new(
        builder: PlaneBuilder,
        shared: &'b mut Shared,
        names: &'static Names,
        path: Arc<str>,
    ) -> Self {
        Self { builder, shared, names, path, key: Vec::new() }
    }

    pub(super) fn into_builder(self) -> PlaneBuilder {
        self.builder
    }

    /// Counts a line that is no evidence.
    pub(super) fn defect(&mut self, defect: Defect, at: TextStart) {
        self.builder.defect(defect, &self.path, at);
    }

    /// Reads one line, of one record or several in a row.
    pub(super) fn line(&mut self, line: &str, at: TextStart) {
        let line = if at.line == 1 { line.strip_prefix('\u{feff}').unwrap_or(line) } else { line };
        for value in serde_json::Deserializer::from_str(line).into_iter::<&RawValue>() {
            match value {
                Ok(value) => self.item(value.get(), at),
                Err(error) => return self.defect(defect_of(line, &error), at),
            }
        }
    }

    /// Counts a record, whatever it is wrapped in.
    pub(super) fn item(&mut self, text: &str, at: TextStart) {
        let Ok(record) = serde_json::from_str::<Record<'_>>(text) else {
            return self.defect(Defect::NotAnEvent, at);
        };
        let within = match (&record.as_text, record.detail) {
            (Some(Text(text)), _) => text.as_ref(),
            (None, Some(detail)) if record.name.is_none() => detail.get(),
            (None, _) => return self.record_or_defect(&record, at),
        };
        match serde_json::from_str::<Record<'_>>(within) {
            Ok(record) => self.record_or_defect(&record, at),
            Err(_) => self.defect(Defect::NotAnEvent, at),
        }
    }

    fn record_or_defect(&mut self, record: &Record<'_>, at: TextStart) {
        if record.version.as_deref().is_some_and(|version| !is_known_version(version.as_bytes())) {
            return self.defect(Defect::UnknownVersion, at);
        }
        let counted = self.record(record, at.line);
        self.builder.end();
        if counted.is_none() {
            self.defect(Defect::NotAnEvent, at);
        }
    }

    /// Counts a record; none if it lacks what every record has.
    fn record(&mut self, record: &Record<'_>, number: u64) -> Option<()> {
        let source = name(record.source.as_deref()?)?;
        let name = bare(name(record.name.as_deref()?)?);
        let identity = match record.identity {
            Some(raw) => serde_json::from_str::<Identity>(&object(raw)?).ok()?,
            None => Identity::default(),
        };
        if self.is_repeated(record.id.as_deref(), source, name, number) {
            return Some(());
        }
        let time = record.time.as_deref().and_then(timestamp);
        self.builder.event(time);
        if !is_call(record.kind.as_deref(), record.category.as_deref()) {
            return Some(());
        }
        let prefix = self.names.prefix(source);
        let region = record.region.as_deref().unwrap_or_default();
        self.recorded(record, prefix, name, region);
        let error = record.error.as_deref().unwrap_or_default();
        let (outcome, authorised) = outcome(error, &self.names.errors);
        let actor = actor(&identity);
        if begun::is_beginning(source.as_bytes(), name.as_bytes()) {
            let [asked, answered] =
                [record.parameters, record.response].map(|raw| raw.and_then(object));
            let parent = identity.access_key.as_deref().and_then(begun::credential);
            let (asked, answered) = (asked.as_deref(), answered.as_deref());
            let by = begun::caller(identity.arn.as_deref(), actor.name());
            self.began(Begun { asked, answered, parent, by }, time, number);
        }
        match actor {
            Actor::Nobody => self.builder.nobody(outcome),
            Actor::Known(actor) => {
                let how = Answered { outcome, authorised, time, line: number };
                self.call(record, &identity, (prefix, name, region), &actor, &how);
            }
        }
        Some(())
    }

    /// Notes the session that a request of a line began, if it did.
    pub(super) fn began(&mut self, begun: Begun<'_>, time: Option<Timestamp>, line: u64) {
        let line = u32::try_from(line).ok();
        let place = Location { path: self.path.clone(), line, column: None, object: None };
        self.shared.began(begun::session(begun, time, place));
    }

    /// Whether an event was counted already, in this file or another.
    pub(super) fn is_repeated(
        &mut self,
        id: Option<&str>,
        source: &str,
        name: &str,
        number: u64,
    ) -> bool {
        let Some(id) = id.filter(|id| !id.is_empty()) else { return false };
        let id = RequestId::of(&[id.as_bytes(), source.as_bytes(), name.as_bytes()]);
        self.builder.is_repeated(id, self.shared, (&self.path, number))
    }

    /// Whether records are to be read one by one: somebody is shown each, or they are kept
    /// apart until all parts of the log are together.
    pub(super) fn is_one_by_one(&self) -> bool {
        self.builder.is_observed() || self.builder.caps().held_events > 0
    }

    /// The names of services and events.
    pub(super) fn names(&self) -> &'static Names {
        self.names
    }

    /// For counts that are worked out elsewhere.
    pub(super) fn builder(&mut self) -> (&mut PlaneBuilder, &Arc<str>) {
        (&mut self.builder, &self.path)
    }

    /// Counts a call under every right that it needed.
    fn call(
        &mut self,
        record: &Record<'_>,
        identity: &Identity,
        (prefix, name, region): (&str, &str, &str),
        actor: &str,
        how: &Answered,
    ) {
        let asked = Asked::of(self.names, prefix, name);
        let parameters = parameters(record.parameters.and_then(object).as_deref(), &asked.members);
        let resources = record.resources.and_then(object).map_or_else(Vec::new, |text| arns(&text));
        let kept = Kept::of(self.names, prefix, name, only_looks(record.read_only, name));
        let trace = kept.is_of(actor).then(|| trace(record, identity, &resources));
        let account = record.account.as_deref();
        let needed = rights(
            &asked,
            &Call {
                region,
                account: account.filter(|account| identity.account.as_deref() == Some(*account)),
                parameters: parameters.as_ref().unwrap_or(&Value::Null),
                resources: &resources,
            },
        );
        let via_mcp = [identity.invoked_by.as_deref(), record.source_address.as_deref()]
            .contains(&Some(AWS_MCP));
        let of_all = AwsCall {
            region: Some(region.to_owned()).filter(|region| !region.is_empty()),
            via_mcp,
            passed_to: None,
        };
        let authorised = if needed.is_empty() { Authorisation::NotShown } else { how.authorised };
        let done = needed.is_empty().then(|| Right::of_none(prefix, name));
        let user_agent =
            record.user_agent.as_deref().map(|text| Cow::Borrowed(cut(text, LABEL_BYTES)));
        let source = record.source_address.as_deref().filter(|_| self.builder.is_observed());
        let source = source.map(Cow::Borrowed);
        for (position, right) in needed.into_iter().chain(done).enumerate() {
            let passed_to = right.passed_to.map(str::to_owned);
            encode_aws(&mut self.key, &right.action, &AwsCall { passed_to, ..of_all.clone() });
            let request = Request {
                actor: Cow::Borrowed(actor),
                impersonator: None,
                groups: None,
                key: Cow::Borrowed(&self.key),
                object: right.object,
                authorised,
                outcome: how.outcome,
                time: how.time,
                user_agent: user_agent.clone(),
                grant: None,
                failed_open: Vec::new(),
                trace: trace.clone(),
                source: source.clone(),
                cluster: None,
                line: how.line,
            };
            match position {
                0 => self.builder.request(&request, &self.path),
                _ => self.builder.further(&request, &self.path),
            }
        }
    }

    /// Notes which kinds of events the log holds.
    fn recorded(&mut self, record: &Record<'_>, prefix: &str, name: &str, region: &str) {
        let looks = only_looks(record.read_only, name);
        let data = is_of_data(record.category.as_deref(), record.management);
        let recorded = &mut self.builder.summary_mut().recorded;
        let account = record.account.as_deref().unwrap_or_default();
        recorded.in_accounts.insert(recorded_in(account, prefix, data, looks));
        match (data, looks) {
            (true, _) => recorded.data.insert(prefix.to_owned()),
            (false, true) => recorded.reads += 1,
            (false, false) => recorded.writes += 1,
        }
        if !region.is_empty() {
            recorded.regions.insert(region.to_owned());
        }
    }
}

/// What an event shows that the trail of an account records.
pub(super) fn recorded_in(account: &str, prefix: &str, data: bool, looks: bool) -> RecordedIn {
    let events = match (data, looks) {
        (true, _) => RecordedEvents::Data(prefix.into()),
        (false, true) => RecordedEvents::Reads,
        (false, false) => RecordedEvents::Writes,
    };
    RecordedIn { account: cut(account, NAME_BYTES).into(), events }
}

/// How a call was answered, when, and where that stands.
struct Answered {
    outcome: Outcome,
    authorised: Authorisation,
    time: Option<Timestamp>,
    line: u64,
}

/// Whether `eventVersion` is one of which it is known what records mean: members are added
/// within the first, and none is changed. Tables may leave out the number behind the point.
pub(super) fn is_known_version(version: &[u8]) -> bool {
    version == b"1" || version.starts_with(b"1.")
}

/// Whether a record tells of a call, by `eventType` and `eventCategory`: not what services
/// did by themselves, what endpoints saw of calls that have events of their own, and what
/// CloudTrail makes of many events.
pub(super) fn is_call(kind: Option<&str>, category: Option<&str>) -> bool {
    let by_itself =
        matches!(kind, Some("AwsServiceEvent" | "AwsVpceEvent" | "AwsCloudTrailInsight"));
    !by_itself && !matches!(category, Some("Insight" | "NetworkActivity"))
}

/// Whether a call looks only, by `readOnly` or else by its name.
pub(super) fn only_looks(read_only: Flag, name: &str) -> bool {
    read_only.0.unwrap_or_else(|| LOOKS.iter().any(|word| name.starts_with(word)))
}

/// Whether an event is one of data, by `eventCategory` or `managementEvent`.
pub(super) fn is_of_data(category: Option<&str>, management: Flag) -> bool {
    category == Some("Data") || management.0 == Some(false)
}

/// The name of a session, from `arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION`.
pub(super) fn session_of(arn: &str) -> Option<&str> {
    arn.split_once(":assumed-role/").and_then(|(_, role)| Some(role.split_once('/')?.1))
}

/// What joins a call to other records.
fn trace<'r>(
    record: &'r Record<'_>,
    identity: &'r Identity,
    resources: &'r [String],
) -> Box<RequestTrace<'r>> {
    let text = |text: Option<&'r str>| text.filter(|text| !text.is_empty()).map(Cow::Borrowed);
    let credential = identity.access_key.as_deref().and_then(begun::credential);
    let session = identity.session.as_ref();
    let object = match resources {
        [one] => Some(one.as_str()),
        _ => None,
    };
    Box::new(RequestTrace {
        object: text(object),
        id: text(record.id.as_deref()),
        request: text(record.request.as_deref()),
        session: text(identity.arn.as_deref().and_then(session_of)),
        source_identity: text(session.and_then(|session| session.source_identity.as_deref())),
        credential: credential.map(|digest| Cow::Owned(digest.into_string())),
        shallow: record.parameters.is_none_or(|raw| raw.get() == "null"),
        manner: None,
    })
}

/// What a call was given, as far as it is looked into; nothing of what is too long.
pub(super) fn parameters(text: Option<&str>, wanted: &[&str]) -> Option<Value> {
    let text = text.filter(|text| text.len() <= PARAMETER_BYTES && !wanted.is_empty())?;
    members(text, wanted)
}

/// A name that can be one.
pub(super) fn name(text: &str) -> Option<&str> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-:".contains(&byte);
    (!text.is_empty() && text.len() <= NAME_BYTES && text.bytes().all(plain)).then_some(text)
}
