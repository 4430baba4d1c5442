//! From entries to requests.

use std::{borrow::Cow, sync::Arc};

use super::{
    entry::{Authentication, LogEntry, Resource},
    names::{Asked, asked},
    outcome::outcome,
};
use crate::{
    model::{
        activity::{Defect, LogOrigin},
        location::TextStart,
    },
    scan::activity::{
        builder::{Caps, PlaneBuilder, RequestId},
        kubernetes_audit::only_reads,
        request::{
            LABEL_BYTES, Object, REASON_BYTES, Request, RequestTrace, cut, encode_path,
            encode_resource,
        },
        text::timestamp,
        trouble::defect_of,
    },
};

/// Longer names of users are none.
const USER_BYTES: usize = 1024;

/// Reads the entries of one file, in their order.
#[derive(Debug)]
pub(in crate::scan::activity) struct Reader {
    builder: PlaneBuilder,
    path: Arc<str>,
    key: Vec<u8>,
}

/// What an entry was.
#[derive(Debug)]
pub(in crate::scan::activity) enum Entry {
    /// One of another service than the API server of a cluster.
    OfAnotherService,
    /// One of an API server, counted as a request or as a defect; of the cluster, where it
    /// tells.
    Taken(Option<LogOrigin>),
}

/// An entry, or what is wrong with it.
#[derive(Debug)]
pub(in crate::scan::activity) struct Parsed<'a>(Result<LogEntry<'a>, Defect>);

impl<'a> Parsed<'a> {
    /// The entry that a text is.
    pub(in crate::scan::activity) fn of(text: &'a str) -> Self {
        Self(serde_json::from_str(text).map_err(|error| defect_of(text, &error)))
    }

    /// What tells it again; none where it lacks that.
    pub(in crate::scan::activity) fn id(&self) -> Option<RequestId> {
        self.0.as_ref().ok()?.id()
    }
}

impl Reader {
    pub(in crate::scan::activity) fn new(caps: Caps, path: Arc<str>) -> Self {
        Self { builder: PlaneBuilder::new(caps), path, key: Vec::new() }
    }

    /// For counts that no method keeps.
    pub(in crate::scan::activity) fn builder(&mut self) -> &mut PlaneBuilder {
        &mut self.builder
    }

    /// What was counted.
    pub(in crate::scan::activity) fn into_builder(self) -> PlaneBuilder {
        self.builder
    }

    /// Reads one entry that begins at a place.
    pub(in crate::scan::activity) fn entry(&mut self, entry: &Parsed<'_>, at: TextStart) -> Entry {
        let entry = match &entry.0 {
            Ok(entry) => entry,
            Err(defect) => {
                self.builder.defect(*defect, &self.path, at);
                return Entry::Taken(None);
            }
        };
        if entry.payload.service.as_deref().is_some_and(|service| service != "k8s.io") {
            return Entry::OfAnotherService;
        }
        let cluster = cluster(&entry.resource);
        if cluster.is_some() {
            self.builder.within(cluster.clone());
        }
        if self.request(entry, at.line).is_none() {
            self.builder.defect(Defect::NotAnEvent, &self.path, at);
        }
        Entry::Taken(cluster)
    }

    /// Counts an entry; none if it lacks what every entry has.
    fn request(&mut self, entry: &LogEntry<'_>, line: u64) -> Option<()> {
        let log = &entry.payload;
        let asked = asked(log.method.as_deref()?, log.resource.as_deref().unwrap_or_default())?;
        let (actor, impersonator) = who(&log.authentication)?;
        let object = self.encode(&asked);
        let time = [&entry.timestamp, &entry.received]
            .into_iter()
            .flatten()
            .find_map(|text| timestamp(text));
        let (outcome, authorised) = outcome(log, &entry.labels);
        self.builder.event(time);
        let summary = self.builder.summary_mut();
        summary.stages.complete += 1;
        // Which of Google's Data Access logs are on stands in no entry.
        summary.reads_left_out = true;
        let Some(actor) = actor else {
            self.builder.nobody(outcome);
            return Some(());
        };
        let label = |text: &'_ str, limit| Cow::Owned(cut(text, limit).to_owned());
        let request = Request {
            actor: Cow::Borrowed(actor),
            impersonator: impersonator.map(Cow::Borrowed),
            groups: None,
            key: Cow::Borrowed(&self.key),
            object,
            authorised,
            outcome,
            time,
            user_agent: log.metadata.user_agent.as_deref().map(|text| label(text, LABEL_BYTES)),
            grant: entry
                .labels
                .reason
                .as_deref()
                .filter(|reason| !reason.is_empty())
                .map(|reason| label(reason, REASON_BYTES)),
            failed_open: Vec::new(),
            trace: trace(entry, &asked),
            source: log
                .metadata
                .source
                .as_deref()
                .filter(|_| self.builder.is_observed())
                .map(|text| Cow::Owned(text.to_owned())),
            cluster: None,
            line,
        };
        self.builder.request(&request, &self.path);
        Some(())
    }

    /// Writes the key of what was asked for; the object.
    fn encode<'a>(&mut self, asked: &Asked<'a>) -> Object<'a> {
        match asked {
            Asked::Resource { verb, group, resource, subresource, namespace, name } => {
                encode_resource(&mut self.key, verb, [group, resource, subresource, namespace]);
                // The name of what is being made is not what the authorizer was told.
                let unnamed = name.is_empty()
                    || *verb == "deletecollection"
                    || (*verb == "create" && subresource.is_empty());
                if unnamed { Object::Unnamed } else { Object::Named(Cow::Borrowed(*name)) }
            }
            Asked::Path { verb, path } => {
                encode_path(&mut self.key, verb.unwrap_or("?"), path);
                Object::Odd
            }
        }
    }
}

/// What joins a request that may change something to other records.
fn trace<'a>(entry: &'a LogEntry<'_>, asked: &Asked<'a>) -> Option<Box<RequestTrace<'a>>> {
    let (verb, subresource, name) = match asked {
        Asked::Resource { verb, subresource, name, .. } => (*verb, *subresource, *name),
        Asked::Path { verb, .. } => (verb.unwrap_or("?"), "", ""),
    };
    if only_reads(verb, Some(subresource)) {
        return None;
    }
    let text = |text: Option<&'a str>| text.filter(|text| !text.is_empty()).map(Cow::Borrowed);
    Some(Box::new(RequestTrace {
        object: text(Some(name)),
        id: text(entry.operation.id.as_deref().or(entry.id.as_deref())),
        shallow: entry.payload.request.is_none(),
        ..RequestTrace::default()
    }))
}

/// Who acted, and who assumed that identity; nothing for names that are none.
fn who<'a>(found: &'a Authentication<'_>) -> Option<(Option<&'a str>, Option<&'a str>)> {
    let text = |text: Option<&'a str>| match text {
        Some(text) if text.len() > USER_BYTES => None,
        text => Some(text.filter(|text| !text.is_empty())),
    };
    let email = text(found.email.as_deref())?;
    let subject = text(found.subject.as_deref())?;
    let authority = text(found.authority.as_deref())?;
    let authenticated = email.or(subject);
    Some(match (authenticated, authority) {
        (Some(user), Some(assumed)) if user != assumed => (Some(assumed), Some(user)),
        (user, assumed) => (user.or(assumed), None),
    })
}

/// The cluster that an entry is of.
fn cluster(resource: &Resource<'_>) -> Option<LogOrigin> {
    let place = &resource.labels;
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    Some(LogOrigin::Gke {
        cluster: place.cluster.as_deref()?.to_owned(),
        project: text(place.project.as_deref()),
        location: text(place.location.as_deref()),
    })
}
