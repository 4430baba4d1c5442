//! Which members a value has, by their paths, as far as its first bytes go: what a
//! file is wrapped in shows in the names of its outer members long before its end.

use std::{borrow::Cow, collections::BTreeMap, fmt};

use serde::{
    Deserializer,
    de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor},
};
use serde_json::{Value, error::Category};

use super::content;
use crate::scan::activity::{calls, request::cut};

/// Values within each other that are looked at.
const DEPTH: usize = 6;
/// Paths that are noted.
const PATHS: usize = 512;
/// Only the beginning of a text is noted.
const TEXT_BYTES: usize = 256;

/// The members of a value: `events[]/message` is the member `message` of the first item
/// of the list in the member `events`. A list around the whole value is left out.
#[derive(Debug, Default)]
pub(super) struct Outline {
    /// With the beginning of those that are texts.
    paths: BTreeMap<String, Option<String>>,
    /// It is a row of a table.
    pub(super) is_row: bool,
    /// The value is a list.
    pub(super) in_list: bool,
    /// An event of a log stands within it, as text or as an object.
    pub(super) holds_event: bool,
}

/// Where a value ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// Behind so many bytes.
    At(usize),
    /// Behind what was looked at.
    Beyond,
    /// Nowhere: it breaks JSON's rules.
    Broken,
}

impl Outline {
    /// That of the value a text begins with, and where that ends. What was found before
    /// the text ends or breaks stays.
    pub(super) fn of(text: &str) -> (Self, End) {
        let mut outline = Self::default();
        if !text.starts_with(['{', '[']) {
            return (outline, End::Broken);
        }
        let mut parser = serde_json::Deserializer::from_str(text);
        let mut path = String::new();
        let walk = Paths { outline: &mut outline, path: &mut path, depth: 0 };
        let end = match walk.deserialize(&mut parser) {
            Ok(()) => End::At(parser.into_iter::<IgnoredAny>().byte_offset()),
            Err(error) if error.classify() == Category::Eof => End::Beyond,
            Err(_) => End::Broken,
        };
        outline.holds_event |= outline.has_event_within();
        (outline, end)
    }

    /// That of a row by the names of its columns.
    pub(super) fn of_columns(columns: &[String]) -> Self {
        let paths = columns.iter().map(|column| (column.clone(), None)).collect();
        Self { paths, is_row: true, ..Self::default() }
    }

    /// Whether there is a member of this path.
    pub(super) fn has(&self, path: &str) -> bool {
        self.paths.contains_key(path)
    }

    /// The names of all members, with the paths of those below.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.paths.keys().map(String::as_str)
    }

    /// The beginning of the text of a member.
    pub(super) fn text(&self, path: &str) -> Option<&str> {
        self.paths.get(path)?.as_deref()
    }

    /// Whether an object below the value has the members of an event.
    fn has_event_within(&self) -> bool {
        self.paths.iter().any(|(path, text)| {
            let Some((outer, member)) = path.rsplit_once('/') else { return false };
            let beside = |name: &str| self.has(&format!("{outer}/{name}"));
            match member {
                "apiVersion" => {
                    text.as_deref().is_some_and(|text| text.starts_with("audit.k8s.io/"))
                }
                "auditID" => beside("stage"),
                "eventSource" => beside("eventName") && beside("userIdentity"),
                _ => calls_within(outer, member, text.as_deref(), &|path| self.text(path)),
            }
        })
    }
}

/// Whether a member below a value is one of an agent's log.
fn calls_within<'o>(
    outer: &str,
    member: &str,
    text: Option<&str>,
    text_of: &dyn Fn(&str) -> Option<&'o str>,
) -> bool {
    let mut marks = calls::Marks::default();
    let named = |name: &str, text: Option<&str>| Value::from_iter([(name, text)]);
    match (member, outer.strip_suffix("attributes")) {
        // A log record, with what stands beside its attributes.
        ("event.name", Some(record)) => {
            marks.note("attributes", Some(&named(member, text)));
            for name in ["body", "body/text", "body/stringValue", "event_name", "eventName"] {
                let member = name.split('/').next().unwrap_or_default();
                marks.note(member, text_of(&format!("{record}{name}")).map(Value::from).as_ref());
            }
            for service in ["resource/service.name", "resource/attributes/service.name"] {
                let service = text_of(&format!("{record}{service}"));
                marks.note("resource", Some(&named("service.name", service)));
            }
        }
        // A span by itself.
        ("startTimeUnixNano", _) => {
            for name in [member, "traceId", "spanId"] {
                if name == member || text_of(&format!("{outer}/{name}")).is_some() {
                    marks.note(name, None);
                }
            }
        }
        _ => marks.note(member, text.map(Value::from).as_ref()),
    }
    marks.kind().is_some()
}

/// Notes the paths of a value.
struct Paths<'o> {
    outline: &'o mut Outline,
    path: &'o mut String,
    depth: usize,
}

impl Paths<'_> {
    fn note(&mut self, text: Option<&str>) {
        if !self.path.is_empty() && self.outline.paths.len() < PATHS {
            let text = text.map(|text| cut(text, TEXT_BYTES).to_owned());
            self.outline.paths.insert(self.path.clone(), text);
        }
    }
}

impl<'de> DeserializeSeed<'de> for Paths<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Paths<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        self.note(None);
        while let Some(key) = map.next_key::<Cow<'_, str>>()? {
            if self.depth >= DEPTH {
                map.next_value::<IgnoredAny>()?;
                continue;
            }
            let length = self.path.len();
            if length > 0 {
                self.path.push('/');
            }
            self.path.push_str(&key);
            // The name counts before its value, which may be cut off.
            self.note(None);
            let inner = Paths { outline: self.outline, path: self.path, depth: self.depth + 1 };
            map.next_value_seed(inner)?;
            self.path.truncate(length);
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<(), A::Error> {
        self.note(None);
        if self.depth >= DEPTH {
            while items.next_element::<IgnoredAny>()?.is_some() {}
            return Ok(());
        }
        let length = self.path.len();
        if self.depth == 0 {
            self.outline.in_list = true;
        } else {
            self.path.push_str("[]");
        }
        let depth = self.depth + usize::from(self.depth > 0);
        items.next_element_seed(Paths { outline: self.outline, path: self.path, depth })?;
        self.path.truncate(length);
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }

    fn visit_str<E: serde::de::Error>(mut self, text: &str) -> Result<(), E> {
        self.note(Some(text));
        if content::of(text).is_some() || content::is_list(text) {
            self.outline.holds_event = true;
        }
        Ok(())
    }

    fn visit_bool<E>(mut self, _: bool) -> Result<(), E> {
        self.note(None);
        Ok(())
    }

    fn visit_i64<E>(mut self, _: i64) -> Result<(), E> {
        self.note(None);
        Ok(())
    }

    fn visit_u64<E>(mut self, _: u64) -> Result<(), E> {
        self.note(None);
        Ok(())
    }

    fn visit_f64<E>(mut self, _: f64) -> Result<(), E> {
        self.note(None);
        Ok(())
    }

    fn visit_unit<E>(mut self) -> Result<(), E> {
        self.note(None);
        Ok(())
    }
}
