//! Whether bytes are an audit log, from what they hold at their first level.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor},
};

use crate::scan::activity::framing::{Framing, text_of};

/// How an audit log is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// One event, or list of events, a line.
    Lines,
    /// One or several values over many lines.
    Document,
}

/// Lines that are looked at.
const LINES: usize = 50;

/// The shape of an audit log, by its first bytes; none if they are none.
pub(super) fn shape(head: &[u8]) -> Option<Shape> {
    let text = text_of(head);
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty()).take(LINES);
    let framing = Framing::of(lines.clone().next()?);
    let is_event_line = |line: &str| {
        framing.unwrap(line).is_some_and(|piece| Marks::of(piece.text.trim_start()).are_audit())
    };
    if lines.any(is_event_line) {
        return Some(Shape::Lines);
    }
    Marks::of(text.trim_start()).are_audit().then_some(Shape::Document)
}

/// Whether a file begins with a list of events.
pub(super) fn begins_list(head: &[u8]) -> bool {
    let text = text_of(head).trim_start();
    let marks = Marks::of(text);
    marks.are_audit() && (marks.item.is_some() || marks.kind.as_deref() == Some("EventList"))
}

/// Whether what a program printed may be an event or a list of them, and no message: some
/// of those begin with a word in brackets.
pub(super) fn may_be_event(text: &str) -> bool {
    let text = text.trim_start();
    text.strip_prefix('[').map_or(text, str::trim_start).starts_with('{')
}

/// The members that tell what a value is, as far as the bytes go.
#[derive(Debug, Default)]
struct Marks {
    kind: Option<String>,
    api_version: Option<String>,
    audit_id: bool,
    stage: bool,
    /// Of the first item of a list.
    item: Option<Box<Marks>>,
}

impl Marks {
    /// Reads as much as there is: a value that is cut off has shown its first members.
    fn of(text: &str) -> Self {
        let mut marks = Self::default();
        if text.starts_with(['{', '[']) {
            let mut parser = serde_json::Deserializer::from_str(text);
            // However it ends, what was found before stays.
            let _ = MarksOf { marks: &mut marks, items: true }.deserialize(&mut parser);
        }
        marks
    }

    fn are_audit(&self) -> bool {
        let audit = self.api_version.as_deref().is_some_and(|v| v.starts_with("audit.k8s.io/"));
        match self.kind.as_deref() {
            Some("Event" | "EventList") => audit,
            Some(_) => false,
            None => {
                (self.audit_id && self.stage)
                    || self.item.as_ref().is_some_and(|item| item.are_audit())
            }
        }
    }
}

/// Notes the members of a value; of a list, those of its first item.
struct MarksOf<'m> {
    marks: &'m mut Marks,
    items: bool,
}

impl<'de> DeserializeSeed<'de> for MarksOf<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for MarksOf<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an event or a list of events")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<Member>()? {
            match key {
                Member::Kind => self.marks.kind = Some(map.next_value()?),
                Member::ApiVersion => self.marks.api_version = Some(map.next_value()?),
                Member::AuditId => {
                    map.next_value::<IgnoredAny>()?;
                    self.marks.audit_id = true;
                }
                Member::Stage => {
                    map.next_value::<IgnoredAny>()?;
                    self.marks.stage = true;
                }
                Member::Items if self.items => {
                    let item = self.marks.item.insert(Box::default());
                    map.next_value_seed(MarksOf { marks: item, items: false })?;
                }
                Member::Items | Member::Other => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        // A bare array is a list without a name.
        let marks =
            if self.items { &mut **self.marks.item.insert(Box::default()) } else { self.marks };
        seq.next_element_seed(MarksOf { marks, items: false })?;
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }
}

#[derive(Deserialize)]
enum Member {
    #[serde(rename = "kind")]
    Kind,
    #[serde(rename = "apiVersion")]
    ApiVersion,
    #[serde(rename = "auditID")]
    AuditId,
    #[serde(rename = "stage")]
    Stage,
    #[serde(rename = "items")]
    Items,
    #[serde(other)]
    Other,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_audit_log_is_known_by_what_it_holds() {
        for (text, expected) in [
            (r#"{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Me"#, Shape::Lines),
            (r#"{"kind":"EventList","apiVersion":"audit.k8s.io/v1","items":["#, Shape::Lines),
            (
                r#"{"level":"Metadata","auditID":"a","stage":"ResponseComplete","requestURI":""#,
                Shape::Lines,
            ),
            (
                r#"[{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Metadata"},{"kind":"#,
                Shape::Lines,
            ),
            (
                "{\"kind\":\"EventList\",\"apiVersion\":\"audit.k8s.io/v1\",\"metadata\":{},\"items\":[]}\n",
                Shape::Lines,
            ),
            ("broken\n{\"kind\":\"Event\",\"apiVersion\":\"audit.k8s.io/v1\"}\n", Shape::Lines),
            ("\u{feff}\r\n{\"kind\":\"Event\",\"apiVersion\":\"audit.k8s.io/v1\"}", Shape::Lines),
            (
                "2026-10-01T10:11:12.123456789Z stderr F I1001 hello\n2026-10-01T10:11:12.123456789Z stdout F {\"kind\":\"Event\",\"apiVersion\":\"audit.k8s.io/v1\"}",
                Shape::Lines,
            ),
            (
                r#"{"log":"{\"kind\":\"Event\",\"apiVersion\":\"audit.k8s.io/v1\"}\n","stream":"stdout","time":"x"}"#,
                Shape::Lines,
            ),
            (
                "{\n  \"apiVersion\": \"audit.k8s.io/v1\",\n  \"kind\": \"EventList\"",
                Shape::Document,
            ),
            (
                "{\n  \"items\": [\n    {\n      \"auditID\": \"a\",\n      \"stage\": \"Panic\",\n",
                Shape::Document,
            ),
            (
                "[\n  {\n    \"auditID\": \"a\",\n    \"stage\": \"Panic\"\n  }\n]\n",
                Shape::Document,
            ),
        ] {
            assert_eq!(shape(text.as_bytes()), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_only_mentions_audit_is_no_audit_log() {
        for text in [
            r#"{"kind":"Policy","apiVersion":"audit.k8s.io/v1","rules":[{"level":"Metadata"}]}"#,
            r#"{"kind":"Event","apiVersion":"v1","involvedObject":{}}"#,
            r#"{"properties":{"log":"{\"kind\":\"Event\",\"apiVersion\":\"audit.k8s.io/v1\"}"}}"#,
            r#"{"requestObject":{"kind":"Event","apiVersion":"audit.k8s.io/v1"}}"#,
            "apiVersion: audit.k8s.io/v1\nkind: Event\n",
            "",
            "\0\0\0",
        ] {
            assert_eq!(shape(text.as_bytes()), None, "{text}");
        }
    }
}
