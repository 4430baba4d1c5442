//! Entries of agents' logs that stand within something else: one text each, taken out by
//! whoever knows the wrapping.
//!
//! Only what says by itself what it is can be told there: gradus' own records, batches
//! and spans of OpenTelemetry, and log records of the clients that are known.

use serde_json::Value;

use super::{client_events, object, otlp, own, sink::Sink};
use crate::{
    model::{activity::Records, location::TextStart},
    scan::activity::builder::{Caps, PlaneBuilder},
    source::files::FileRef,
};

/// What such an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::scan::activity) enum Kind {
    /// One of gradus' own records.
    Record,
    /// A batch of OpenTelemetry, or a span.
    Telemetry,
    /// A log record of a client, with its attributes as members.
    ClientEvent,
}

impl Kind {
    /// The word for it where calls are told.
    fn format(self) -> &'static str {
        match self {
            Self::Record => own::KIND,
            Self::Telemetry => otlp::KIND,
            Self::ClientEvent => "client-events",
        }
    }
}

/// The members that tell.
#[derive(Debug, Default)]
pub(in crate::scan::activity) struct Marks {
    record: bool,
    batch: bool,
    trace: bool,
    span: bool,
    start: bool,
    event: bool,
    client: bool,
}

impl Marks {
    /// Whether the value of a member tells more than that it is there.
    pub(in crate::scan::activity) fn looks_into(name: &str) -> bool {
        matches!(name, "schema" | "attributes" | "body" | "event_name" | "eventName" | "resource")
    }

    /// Notes a member, with its value where that is looked into.
    pub(in crate::scan::activity) fn note(&mut self, name: &str, value: Option<&Value>) {
        let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
        let is_name =
            |value: Option<&Value>| text(value).is_some_and(|name| client_events::is_name(&name));
        match name {
            "schema" => {
                self.record |= text(value).is_some_and(|name| own::is_of_family(&name));
            }
            "traceId" => self.trace = true,
            "spanId" => self.span = true,
            "startTimeUnixNano" => self.start = true,
            "attributes" => {
                let name = value.and_then(|value| value.get("event.name"));
                self.event |= name.is_some();
                self.client |= is_name(name);
            }
            "body" => {
                let inner = value.and_then(|value| value.get("stringValue").or(value.get("text")));
                self.client |= is_name(value) || is_name(inner);
            }
            "event_name" | "eventName" => self.client |= is_name(value),
            "resource" => {
                let of = value.and_then(|value| value.get("attributes")).or(value);
                let service = text(of.and_then(|of| of.get("service.name")));
                self.client |= service.is_some_and(|name| client_events::is_service(&name));
            }
            name => self.batch |= otlp::MARKS.contains(&name),
        }
    }

    /// What the members say, as far as they are known.
    pub(in crate::scan::activity) fn kind(&self) -> Option<Kind> {
        if self.record {
            Some(Kind::Record)
        } else if self.batch || (self.trace && self.span && self.start) {
            Some(Kind::Telemetry)
        } else {
            (self.event && self.client).then_some(Kind::ClientEvent)
        }
    }
}

/// Reads the entries of one file, in their order.
#[derive(Debug)]
pub(in crate::scan::activity) struct Held(Sink);

impl Held {
    /// For the entries of a file.
    pub(in crate::scan::activity) fn new(caps: Caps, file: &FileRef) -> Self {
        let mut sink = Sink::new(Kind::Record.format(), file, caps);
        sink.printed(None);
        Self(sink)
    }

    /// Reads one entry that begins at a place.
    pub(in crate::scan::activity) fn entry(&mut self, kind: Kind, text: &str, at: TextStart) {
        let Self(sink) = self;
        sink.of(kind.format());
        sink.at(at);
        let read = match kind {
            Kind::Record => own::record(text, sink),
            Kind::Telemetry => otlp::batch(text, sink),
            Kind::ClientEvent => {
                object(text).and_then(|record| client_events::plain(&record, sink))
            }
        };
        if let Err(why) = read {
            sink.refuse(why);
        }
    }

    /// What was counted and kept, and what is wrong with the first entry of which that is
    /// known.
    pub(in crate::scan::activity) fn finish(self) -> (PlaneBuilder, Records, Option<String>) {
        self.0.finish()
    }
}
