//! What an event is that stands within something else, told by its own members.

use std::{borrow::Cow, fmt};

use serde::{
    Deserializer,
    de::{DeserializeSeed, Error as _, IgnoredAny, MapAccess, Visitor},
};
use serde_json::{Map, Value};

use crate::scan::activity::{calls, cloudtrail};

/// What an event is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Content {
    /// The audit log of a Kubernetes API server.
    KubernetesAudit,
    /// A list of such events, as an API server's webhook backend posts it.
    KubernetesAuditList,
    /// AWS CloudTrail.
    CloudTrail,
    /// Google's Cloud Audit Logs.
    CloudAudit,
    /// What an agent or its client logs, or somebody records of it.
    Calls(calls::Kind),
}

/// What the event is that a text holds, as far as the text goes; none for what is no
/// event.
pub(super) fn of(text: &str) -> Option<Content> {
    let text = text.trim_start();
    if !text.starts_with('{') {
        return None;
    }
    let mut marks = Marks::default();
    let mut parser = serde_json::Deserializer::from_str(text);
    // However it ends, what was found before stays.
    let _ = MarksOf(&mut marks).deserialize(&mut parser);
    marks.content()
}

/// Whether a text is a list whose first item is an event, as far as the text goes.
pub(super) fn is_list(text: &str) -> bool {
    text.trim_start().strip_prefix('[').is_some_and(|items| of(items).is_some())
}

/// What the event is that an object holds.
pub(super) fn of_object(object: &Map<String, Value>) -> Option<Content> {
    let mut marks = Marks::default();
    for (name, value) in object {
        marks.note(name, Some(value));
    }
    marks.content()
}

/// The members that tell.
#[derive(Debug, Default)]
struct Marks {
    kind: Option<String>,
    is_audit: bool,
    audit_id: bool,
    stage: bool,
    source: bool,
    name: bool,
    own: bool,
    bus: bool,
    proto: bool,
    calls: calls::Marks,
}

impl Marks {
    fn note(&mut self, name: &str, value: Option<&Value>) {
        self.calls.note(name, value);
        let text = value.and_then(Value::as_str);
        match name {
            // One that stands twice is no reason to overlook what an event may be.
            "kind" if self.audit_list().is_none() => self.kind = text.map(str::to_owned),
            "apiVersion" => {
                self.is_audit |= text.is_some_and(|text| text.starts_with("audit.k8s.io/"));
            }
            "auditID" => self.audit_id = true,
            "stage" => self.stage = true,
            "eventSource" | "eventsource" => self.source = text.is_none_or(cloudtrail::is_service),
            "eventName" | "eventname" => self.name = true,
            "eventVersion" | "eventversion" | "userIdentity" | "useridentity" | "awsRegion"
            | "awsregion" => self.own = true,
            "detail-type" => self.bus |= text.is_some_and(|text| text.ends_with("via CloudTrail")),
            "protoPayload" => self.proto = true,
            _ => {}
        }
    }

    /// Whether it calls itself a list of events; none where it is neither that nor an event.
    fn audit_list(&self) -> Option<bool> {
        match self.kind.as_deref()? {
            "Event" => Some(false),
            "EventList" => Some(true),
            _ => None,
        }
    }

    fn content(&self) -> Option<Content> {
        let audit = match (self.kind.as_deref(), self.audit_list()) {
            (_, Some(false)) if self.is_audit => Some(Content::KubernetesAudit),
            (_, Some(true)) if self.is_audit => Some(Content::KubernetesAuditList),
            (None, _) if self.audit_id && self.stage => Some(Content::KubernetesAudit),
            _ => None,
        };
        if audit.is_some() {
            audit
        } else if (self.source && self.name && self.own) || self.bus {
            Some(Content::CloudTrail)
        } else {
            let calls = || self.calls.kind().map(Content::Calls);
            self.proto.then_some(Content::CloudAudit).or_else(calls)
        }
    }
}

/// Stops a parser that has seen enough.
const ENOUGH: &str = "seen enough";

struct MarksOf<'m>(&'m mut Marks);

impl<'de> DeserializeSeed<'de> for MarksOf<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for MarksOf<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an event")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key::<Cow<'_, str>>()? {
            // The name counts before its value, which may be cut off.
            self.0.note(&name, None);
            let own = matches!(
                &*name,
                "kind" | "apiVersion" | "detail-type" | "eventSource" | "eventsource"
            );
            if own || calls::Marks::looks_into(&name) {
                let value = map.next_value()?;
                self.0.note(&name, Some(&value));
            } else if self.0.content().is_none() {
                map.next_value::<IgnoredAny>()?;
            }
            if self.0.content().is_some() {
                return Err(A::Error::custom(ENOUGH));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_told_apart_by_their_own_members_also_when_cut_off() {
        for (text, expected) in [
            (
                r#"{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Met"#,
                Content::KubernetesAudit,
            ),
            (r#" {"level":"Metadata","auditID":"a","stage":"Resp"#, Content::KubernetesAudit),
            (
                r#"{"kind":"EventList","apiVersion":"audit.k8s.io/v1","metadata":{},"items":["#,
                Content::KubernetesAuditList,
            ),
            (
                r#"{"kind":"Event","kind":"Policy","apiVersion":"audit.k8s.io/v1","apiVersion":"v1""#,
                Content::KubernetesAudit,
            ),
            (
                r#"{"eventVersion":"1.11","eventSource":"s3.amazonaws.com","eventName":"#,
                Content::CloudTrail,
            ),
            (
                r#"{"source":"aws.s3","detail-type":"AWS API Call via CloudTrail","detail":{"#,
                Content::CloudTrail,
            ),
            (r#"{"insertId":"x","protoPayload":{"@type":"#, Content::CloudAudit),
            (
                r#"{"schema":"gradus.activity/v1","kind":"approval","ti"#,
                Content::Calls(calls::Kind::Record),
            ),
            (r#"{"resourceLogs":[{"resource":"#, Content::Calls(calls::Kind::Telemetry)),
            (
                r#"{"traceId":"a","spanId":"b","startTimeUnixNano":"1","na"#,
                Content::Calls(calls::Kind::Telemetry),
            ),
            (
                r#"{"body":"claude_code.tool_result","attributes":{"event.name":"tool_result"},"#,
                Content::Calls(calls::Kind::ClientEvent),
            ),
            (
                r#"{"attributes":{"event.name":"x"},"resource":{"service.name":"claude-code"}}"#,
                Content::Calls(calls::Kind::ClientEvent),
            ),
        ] {
            assert_eq!(of(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_only_speaks_of_events_is_none() {
        for text in [
            "",
            "I1122 13:21:26 audit.k8s.io/v1 Event",
            r#"{"kind":"Policy","apiVersion":"audit.k8s.io/v1"}"#,
            r#"{"kind":"Event","apiVersion":"v1","stage":"x","auditID":"y"}"#,
            r#"{"message":"{\"kind\":\"Event\",\"apiVersion\":\"audit.k8s.io/v1\"}"}"#,
            r#"{"requestObject":{"kind":"Event","apiVersion":"audit.k8s.io/v1"}}"#,
            r#"{"eventSource":"x","eventName":"y"}"#,
            r#"{"eventVersion":"1.0","eventSource":"aws:kinesis","eventName":"aws:kinesis:record"}"#,
            r#"{"schema":"gradus.mapping/v1","body":"claude_code.tool_result"}"#,
            r#"{"attributes":{"event.name":"user.login"},"body":"login","resource":{}}"#,
            r#"{"body":{"resourceLogs":[]},"traceId":"a","spanId":"b"}"#,
        ] {
            assert_eq!(of(text), None, "{text}");
        }
    }
}
