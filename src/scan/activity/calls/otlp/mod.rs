//! OpenTelemetry as JSON: what the collector's file exporter writes, a batch of traces or
//! logs a line, whole documents of them, and spans by themselves.
//!
//! Tool calls are spans by the conventions for generative AI and for MCP, or by those of
//! OpenInference, ADK and AgentCore ([`spans`]); clients log theirs as events, with who
//! decided ([`client_events`](super::client_events)). Everything else in a batch is counted
//! as an event and says nothing.

mod attributes;
mod spans;

use serde_json::Value;

use super::{
    Entries, NoEntry,
    client_events::{self, Event},
    fields::{text, time_of},
    object, read, recognise,
    sink::Sink,
};
use crate::{model::activity::Defect, scan::activity::Format};
pub(super) use attributes::Attributes;
use spans::Spanned;

/// The entry in the registry.
pub(in crate::scan::activity) const FORMAT: Format = Format {
    kind: KIND,
    recognise: |head| {
        MARKS.iter().any(|mark| {
            recognise::any(head, mark, |value| value.get(mark).is_some_and(Value::is_array))
        }) || recognise::any(head, "\"startTimeUnixNano\"", is_bare_span)
    },
    read: |file, builder, limits| read(KIND, Otlp, file, builder, limits),
};

pub(super) const KIND: &str = "opentelemetry";

/// The members of a batch; metrics are recognised, and are no evidence.
pub(super) const MARKS: [&str; 3] = ["resourceSpans", "resourceLogs", "resourceMetrics"];

/// Whether a value is a span by itself, as CloudWatch keeps them in `aws/spans`.
fn is_bare_span(value: &Value) -> bool {
    text(value, &["traceId"]).is_some()
        && text(value, &["spanId"]).is_some()
        && value.get("startTimeUnixNano").is_some()
}

struct Otlp;

impl Entries for Otlp {
    fn entry(&mut self, given: &str, to: &mut Sink) -> Result<(), NoEntry> {
        batch(given, to)
    }
}

/// Reads a batch, or a span by itself.
///
/// # Errors
/// It is neither.
pub(super) fn batch(given: &str, to: &mut Sink) -> Result<(), NoEntry> {
    let batch = object(given)?;
    let [spans, logs, metrics] = MARKS.map(|mark| batch.get(mark).and_then(Value::as_array));
    if is_bare_span(&batch) {
        let resource = Attributes::of(batch.get("resource"))?;
        return one_span(&resource, &batch, to);
    }
    if spans.is_none() && logs.is_none() {
        let other =
            if metrics.is_some() { NoEntry::Foreign } else { NoEntry::Defect(Defect::NotAnEvent) };
        return Err(other);
    }
    for resource in spans.into_iter().flatten() {
        each(resource, ["scopeSpans", "instrumentationLibrarySpans"], "spans", to, one_span);
    }
    for resource in logs.into_iter().flatten() {
        each(resource, ["scopeLogs", "instrumentationLibraryLogs"], "logRecords", to, one_log);
    }
    Ok(())
}

/// Reads every item of a resource, with the resource's attributes; where these say two
/// things, no item of it is one.
fn each(
    resource: &Value,
    scopes: [&str; 2],
    items: &str,
    to: &mut Sink,
    read: fn(&Attributes, &Value, &mut Sink) -> Result<(), NoEntry>,
) {
    let of = Attributes::of(resource.get("resource"));
    let scopes = scopes.iter().filter_map(|name| resource.get(name)?.as_array()).flatten();
    for scope in scopes {
        for item in scope.get(items).and_then(Value::as_array).into_iter().flatten() {
            let read = of.as_ref().map_err(Clone::clone).and_then(|of| read(of, item, to));
            if let Err(why) = read {
                to.refuse(why);
            }
        }
    }
}

/// Reads a span.
///
/// # Errors
/// It is none, or says two things.
fn one_span(resource: &Attributes, span: &Value, to: &mut Sink) -> Result<(), NoEntry> {
    let Some(name) = span.get("name").and_then(Value::as_str) else {
        return Err(NoEntry::Defect(Defect::NotAnEvent));
    };
    let attributes = Attributes::of(Some(span))?;
    let time = |name| span.get(name).and_then(time_of);
    let start = time("startTimeUnixNano");
    to.event(start);
    let failed = span.get("status").is_some_and(|status| match status.get("code") {
        Some(Value::Number(code)) => code.as_i64() == Some(2),
        Some(Value::String(code)) => code == "STATUS_CODE_ERROR" || code == "2",
        _ => false,
    });
    spans::read(
        &Spanned {
            name,
            attributes,
            resource,
            trace: id(span, "traceId"),
            span: id(span, "spanId"),
            parent: id(span, "parentSpanId"),
            start,
            end: time("endTimeUnixNano"),
            failed,
        },
        to,
    );
    Ok(())
}

/// Reads a log record.
///
/// # Errors
/// It is none, says two things, or is an event of a client and lacks what it must have.
fn one_log(resource: &Attributes, log: &Value, to: &mut Sink) -> Result<(), NoEntry> {
    if !log.is_object() {
        return Err(NoEntry::Defect(Defect::NotAnEvent));
    }
    let attributes = Attributes::of(Some(log))?;
    let own = attributes.get("event.timestamp").and_then(time_of);
    let time = |name| log.get(name).and_then(time_of).filter(|time| time.as_second() > 0);
    let time = own.or_else(|| time("timeUnixNano")).or_else(|| time("observedTimeUnixNano"));
    to.event(time);
    let body = text(log, &["body", "stringValue"]);
    let name = text(log, &["eventName"]).or_else(|| attributes.text("event.name"));
    let event =
        Event { name, body, time, attributes: &attributes, resource, trace: id(log, "traceId") };
    client_events::read(&event, to)
}

/// An id of a trace or span; all zeros is none.
fn id<'v>(value: &'v Value, name: &str) -> Option<&'v str> {
    text(value, &[name]).filter(|id| id.bytes().any(|byte| byte != b'0' && byte != b'='))
}
