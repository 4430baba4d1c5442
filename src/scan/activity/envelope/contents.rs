//! What envelopes hold: each text is told by its own members and handed to the reader
//! of what it is, and all that a file has shown is brought together at its end.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use super::{
    carried::Budget,
    content::{self, Content},
};
use crate::{
    model::{
        activity::{Defect, Defects, LogOrigin, LogSummary, Records},
        capability::Plane,
        coverage::{SourceRecord, SourceStatus},
        location::{Location, TextStart},
    },
    scan::activity::{
        builder::{ActivityBuilder, Caps, PlaneBuilder, RequestId, Shared},
        calls,
        cloud_audit::{self, Entry},
        cloudtrail,
        framing::Framing,
        kubernetes_audit,
        trouble::{defect_of, record_of},
    },
    source::{
        error::{ErrorKind, SourceError},
        files::FileRef,
        limits::Limits,
        lines::Overlong,
    },
};

/// The contents of one file.
#[derive(Debug)]
pub(super) struct Contents<'b> {
    path: Arc<str>,
    seen: &'b mut Shared,
    audit: kubernetes_audit::Held,
    /// None where its names are broken.
    trail: Option<cloudtrail::Held>,
    cloud: cloud_audit::Reader,
    calls: calls::Held,
    /// Where the item begins that is being read.
    at: TextStart,
    /// Planes that events of were handed over.
    planes: BTreeSet<Plane>,
    /// Of the envelopes themselves, and of texts that are no event of any plane.
    shared: LogSummary,
    /// Texts that end before they tell whether they are an event.
    untold: Defects,
    origin: Option<LogOrigin>,
    missing: Option<SourceError>,
    /// What is left of the bounds on what the file's texts carry.
    pub(super) budget: Budget,
}

impl<'b> Contents<'b> {
    pub(super) fn new(caps: Caps, seen: &'b mut Shared, file: &FileRef, limits: &Limits) -> Self {
        let path = file.display.clone();
        Self {
            audit: kubernetes_audit::Held::new(caps, path.clone()),
            trail: cloudtrail::Held::new(caps, path.clone()),
            cloud: cloud_audit::Reader::new(caps, path.clone()),
            calls: calls::Held::new(caps, file),
            path,
            seen,
            at: TextStart { line: 1, byte: Some(0) },
            planes: BTreeSet::new(),
            shared: LogSummary::default(),
            untold: Defects::default(),
            origin: None,
            missing: None,
            budget: Budget::of(limits),
        }
    }

    /// Where the item begins that is being read.
    pub(super) fn place(&self) -> TextStart {
        self.at
    }

    /// What comes next begins here, and is of no known cluster.
    pub(super) fn at(&mut self, at: TextStart) {
        self.at = at;
        self.origin = None;
    }

    /// What comes next is of this cluster.
    pub(super) fn of(&mut self, origin: Option<LogOrigin>) {
        self.origin = origin;
    }

    /// Counts a text or value that is no evidence.
    pub(super) fn defect(&mut self, defect: Defect) {
        self.shared.defects.add(defect, &self.path, self.at);
    }

    /// Counts lines that were not read because they are too long.
    pub(super) fn overlong(&mut self, overlong: &Overlong) {
        for &at in &overlong.lines {
            self.shared.defects.add(Defect::Overlong, &self.path, at);
        }
        self.shared.defects.add_unplaced(Defect::Overlong, overlong.unplaced());
    }

    /// Counts something of another program.
    pub(super) fn foreign(&mut self) {
        self.shared.foreign_lines += 1;
    }

    /// Says that this log leaves out requests that only look.
    pub(super) fn reads_left_out(&mut self) {
        self.shared.reads_left_out = true;
    }

    /// Says that the file is not all there was.
    pub(super) fn missing(&mut self, reason: impl Into<String>) {
        let location = Location::file(self.path.clone());
        self.missing = Some(SourceError::new(ErrorKind::Truncated, location, reason));
    }

    /// Counts a message that tells where events are and holds none: they may be of any plane.
    pub(super) fn elsewhere(&mut self, reason: &str) {
        self.foreign();
        self.planes.extend([Plane::Kubernetes, Plane::Aws]);
        self.missing(reason);
    }

    /// Reads a text that may be an event of any log, or of another program; it may lie in
    /// the wrapping of a container runtime.
    pub(super) fn text(&mut self, text: &str) {
        let printed = || Framing::of(text).unwrap(text).filter(|piece| piece.last);
        match content::of(text) {
            Some(content) => self.event(content, text),
            None => match printed() {
                Some(piece) => self.line(&piece.text),
                None => self.line(text),
            },
        }
    }

    /// Reads a line that a program printed.
    fn line(&mut self, text: &str) {
        match content::of(text) {
            Some(content) => self.event(content, text),
            None if content::is_list(text) => self.list(text),
            None if is_cut_off(text) => {
                self.untold.add(Defect::CutOff, &self.path, self.at);
            }
            None => self.foreign(),
        }
    }

    /// Reads a text that is an event, as the envelope says: if it is none, it was one.
    pub(super) fn surely(&mut self, text: &str) {
        match content::of(text) {
            Some(content) => self.event(content, text),
            None if content::is_list(text) => self.list(text),
            None => match serde_json::from_str::<IgnoredAny>(text) {
                Ok(_) => self.defect(Defect::NotAnEvent),
                Err(error) => self.defect(defect_of(text, &error)),
            },
        }
    }

    /// Reads a list of events.
    pub(super) fn list(&mut self, text: &str) {
        match serde_json::from_str::<Vec<&RawValue>>(text) {
            Ok(items) => items.into_iter().for_each(|item| self.surely(item.get())),
            Err(error) => self.defect(defect_of(text, &error)),
        }
    }

    /// Reads a list of events of an API server.
    fn audit_list(&mut self, text: &str) {
        self.planes.insert(Plane::Kubernetes);
        match kubernetes_audit::events_of(text) {
            Ok(events) => {
                for event in events {
                    match event {
                        Ok(event) => self.event(Content::KubernetesAudit, &event),
                        Err(defect) => self.defect(defect),
                    }
                }
            }
            Err(defect) => self.defect(defect),
        }
    }

    /// Reads a text that has the members of an event.
    pub(super) fn event(&mut self, content: Content, text: &str) {
        // CloudTrail's records have ids of their own, and so have entries of Cloud Logging;
        // those of Kubernetes' events a client may choose, so that only the whole text tells
        // one again.
        let (builder, entry) = match content {
            Content::KubernetesAuditList => return self.audit_list(text),
            Content::KubernetesAudit => (self.audit.builder(), None),
            Content::CloudAudit => (self.cloud.builder(), Some(cloud_audit::Parsed::of(text))),
            Content::CloudTrail => return self.trail_record(text),
            // Records that say the same are one whatever file they stand in.
            Content::Calls(kind) => {
                self.planes.insert(Plane::Mcp);
                return self.calls.entry(kind, text, self.at);
            }
        };
        self.planes.insert(Plane::Kubernetes);
        let own = entry.as_ref().and_then(cloud_audit::Parsed::id);
        let id = own.unwrap_or_else(|| RequestId::of(&[b"text", text.trim().as_bytes()]));
        if builder.is_repeated(id, self.seen, (&self.path, self.at.line)) {
            return;
        }
        builder.within(self.origin.clone());
        let mut foreign = false;
        let builder = match &entry {
            Some(entry) => {
                match self.cloud.entry(entry, self.at) {
                    Entry::OfAnotherService => foreign = true,
                    Entry::Taken(cluster) => self.origin = cluster.or(self.origin.take()),
                }
                self.cloud.builder()
            }
            None => {
                self.audit.event(text, self.at);
                self.audit.builder()
            }
        };
        if let Some(origin) = self.origin.as_ref().filter(|_| !foreign) {
            builder.summary_mut().origins.add(origin, 1);
        }
        builder.within(None);
        builder.end();
        if foreign {
            self.foreign();
        }
    }

    fn trail_record(&mut self, text: &str) {
        self.planes.insert(Plane::Aws);
        let Some(trail) = self.trail.take() else {
            return self.missing("rubric/logs/cloudtrail.yaml is broken");
        };
        let mut trail = trail.record(text, self.at, &mut *self.seen);
        if let Some(origin) = &self.origin {
            trail.builder().summary_mut().origins.add(origin, 1);
        }
        self.trail = Some(trail);
    }

    /// Brings together what was read.
    pub(super) fn finish(self, lines: u64, stopped: Option<SourceError>) -> Read {
        let Self { audit, trail, cloud, calls, planes, mut shared, untold, missing, .. } = self;
        // Among events it may have been one.
        if planes.is_empty() {
            shared.foreign_lines += untold.total();
        } else {
            shared.defects.merge(untold);
        }
        shared.lines = lines;
        shared.files = 1;
        let trouble = stopped.or(missing);
        shared.files_cut_short = u64::from(trouble.is_some());
        let mut all = shared.clone();
        let mut found = BTreeMap::new();
        let kubernetes = audit.into_builder().merge(cloud.into_builder());
        let aws = trail.map(cloudtrail::Held::into_builder);
        let (calls, records, problem) = calls.finish();
        let of_planes =
            [(Plane::Kubernetes, Some(kubernetes)), (Plane::Aws, aws), (Plane::Mcp, Some(calls))];
        for (plane, builder) in of_planes {
            let Some(mut builder) = builder.filter(|_| planes.contains(&plane)) else { continue };
            all.merge(builder.summary().clone());
            all.events += builder.held_events();
            builder.summary_mut().merge(shared.clone());
            found.insert(plane, builder);
        }
        Read { found, records, shared, all, trouble, problem }
    }
}

/// Whether a text is an object, or a list of objects, that ends in its middle.
fn is_cut_off(text: &str) -> bool {
    let text = text.trim_start();
    text.strip_prefix('[').map_or(text, str::trim_start).starts_with('{')
        && serde_json::from_str::<IgnoredAny>(text).is_err_and(|error| error.is_eof())
}

/// What a file has shown.
#[derive(Debug)]
pub(super) struct Read {
    found: BTreeMap<Plane, PlaneBuilder>,
    records: Records,
    /// What no plane has for itself.
    shared: LogSummary,
    /// Everything together.
    all: LogSummary,
    trouble: Option<SourceError>,
    /// What is wrong with the first record of which that is known.
    problem: Option<String>,
}

impl Read {
    /// Adds it to what other files have shown. What could not be read may have been of
    /// any plane that the file is of, or else of `plane`.
    pub(super) fn absorb(
        self,
        kind: &str,
        file: &FileRef,
        plane: Plane,
        builder: &mut ActivityBuilder,
    ) -> SourceRecord {
        let Self { found, records, shared, all, trouble, problem } = self;
        let lost = all.defects != Defects::default() || trouble.is_some();
        let mut record = record_of(kind, file, &all, trouble.as_ref());
        if found.is_empty() && lost {
            let mut unread = PlaneBuilder::new(builder.caps());
            unread.summary_mut().merge(shared);
            builder.absorb_file(file, plane, unread);
        } else if found.is_empty() {
            record.status = SourceStatus::Skipped;
            record.reason = Some(match all.foreign_lines {
                0 => "it holds no event".to_owned(),
                1 => "it holds one message of another program, and no event".to_owned(),
                count => format!("it holds {count} messages of other programs, and no event"),
            });
        }
        record.add_reason(problem);
        for (plane, found) in found {
            builder.absorb_file(file, plane, found);
        }
        builder.absorb_records(records);
        record
    }
}
