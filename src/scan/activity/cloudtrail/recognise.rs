//! Whether bytes are CloudTrail records, from what they hold at their first levels.

use std::fmt;

use serde::{
    Deserializer,
    de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor},
};
use serde_json::Value;

use crate::scan::activity::framing::text_of;

/// How records are laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// One record a line.
    Lines,
    /// In a list, or over many lines.
    Document,
}

/// Lines that are looked at.
const LINES: usize = 50;

/// The shape of records, by the first bytes of a file; none if they are none.
pub(super) fn shape(head: &[u8]) -> Option<Shape> {
    let text = text_of(head).trim_start();
    let marks = Marks::of(text);
    if marks.in_list {
        return Some(Shape::Document);
    }
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty()).take(LINES);
    if lines.any(|line| Marks::of(line).is_record()) {
        return Some(Shape::Lines);
    }
    marks.is_record().then_some(Shape::Document)
}

/// Whether the value that text begins with is an object that holds a list of records.
pub(super) fn is_wrapper(text: &str) -> bool {
    text.starts_with('{') && Marks::of(text).in_list
}

/// Whether an `eventSource` is a service, as in a record. What Lambda is handed of streams,
/// buckets and queues has one too: `aws:kinesis`.
pub(in crate::scan::activity) fn is_service(source: &str) -> bool {
    !source.starts_with("aws:")
}

/// The members that tell what a value is, as far as the bytes go.
#[derive(Debug, Default)]
struct Marks {
    source: bool,
    name: bool,
    /// One that only CloudTrail's records have.
    own: bool,
    /// The value is a list of records, or holds one.
    in_list: bool,
}

impl Marks {
    /// Reads as much as there is: a value that is cut off has shown its first members.
    fn of(text: &str) -> Self {
        let mut marks = Self::default();
        if text.starts_with(['{', '[']) {
            let mut parser = serde_json::Deserializer::from_str(text);
            // However it ends, what was found before stays.
            let _ = MarksOf { marks: &mut marks, depth: 0 }.deserialize(&mut parser);
        }
        marks
    }

    fn is_record(&self) -> bool {
        self.source && self.name && self.own
    }
}

/// Stops a parser that has seen enough.
const ENOUGH: &str = "seen enough";
/// Wrappers within each other.
const DEPTH: u8 = 3;

struct MarksOf<'m> {
    marks: &'m mut Marks,
    depth: u8,
}

impl MarksOf<'_> {
    fn inner(&mut self) -> MarksOf<'_> {
        MarksOf { marks: self.marks, depth: self.depth + 1 }
    }
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
        f.write_str("records")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<std::borrow::Cow<'_, str>>()? {
            match &*key {
                "eventSource" | "eventsource" => {
                    // The name counts before its value, which may be cut off.
                    self.marks.source = true;
                    let source = map.next_value::<Value>()?;
                    self.marks.source = source.as_str().is_none_or(is_service);
                    continue;
                }
                "eventName" | "eventname" => self.marks.name = true,
                "eventVersion" | "eventversion" | "userIdentity" | "useridentity" | "awsRegion"
                | "awsregion" => {
                    self.marks.own = true;
                }
                "Records" | "Events" | "detail" if self.depth < DEPTH => {
                    map.next_value_seed(self.inner())?;
                    // The first record tells.
                    self.marks.in_list |= key != "detail" && self.marks.is_record();
                    continue;
                }
                "CloudTrailEvent" => {
                    let text = map.next_value::<String>()?;
                    let found = Marks::of(&text);
                    self.marks.source |= found.source;
                    self.marks.name |= found.name;
                    self.marks.own |= found.own;
                    continue;
                }
                _ => {}
            }
            map.next_value::<IgnoredAny>()?;
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<(), A::Error> {
        let first = items.next_element_seed(self.inner());
        self.marks.in_list |= self.marks.is_record();
        first?;
        Err(serde::de::Error::custom(ENOUGH))
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
}
