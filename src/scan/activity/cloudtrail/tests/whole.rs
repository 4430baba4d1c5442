//! Documents that serde_json reads whole, as a measure of those that pass by under a
//! window.

use std::fmt;

use serde::{
    Deserialize as _, Deserializer,
    de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor},
};
use serde_json::value::RawValue;

use super::*;
use crate::scan::activity::{
    builder::{PlaneBuilder, Shared},
    cloudtrail::{Memo, document, reader::Reader, recognise, records::Records},
    trouble::{LineCounter, defect_of, record},
};

/// Reads one document whole.
pub(super) fn read_file(bytes: &[u8]) -> (Activity, SourceRecord) {
    of(bytes, Caps::default(), |_, mut reader| {
        let text = std::str::from_utf8(bytes).unwrap();
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut walk = Walk { whole: true, more: false };
        walk.values(text, bytes.len() - text.len(), &mut reader);
        let mut builder = reader.into_builder();
        let summary = builder.summary_mut();
        summary.lines = text.split('\n').filter(|line| !line.is_empty()).count() as u64;
        summary.files = 1;
        summary.files_cut_short = u64::from(!walk.whole || walk.more);
        (builder, walk.more)
    })
}

/// Reads one document as it passes by.
pub(super) fn read_by_windows(bytes: &[u8], caps: Caps) -> (Activity, SourceRecord) {
    of(bytes, caps, |file, reader| {
        let mut memo = Memo::default();
        let records = Records::new(reader, &mut memo);
        let (mut plane, trouble) = document::read(file, records, &Limits::default());
        memo.hand_on(&mut plane);
        (plane, trouble.is_some())
    })
}

fn of(
    bytes: &[u8],
    caps: Caps,
    read: impl FnOnce(&FileRef, Reader<'_>) -> (PlaneBuilder, bool),
) -> (Activity, SourceRecord) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("0.json");
    fs::write(&path, bytes).unwrap();
    let file = FileRef { display: "0.json".into(), path };
    let mut seen = Shared::default();
    let names = names::embedded().unwrap();
    let reader = Reader::new(PlaneBuilder::new(caps), &mut seen, names, "0.json".into());
    let (plane, trouble) = read(&file, reader);
    let mut record = record("cloudtrail", &file, &plane, None);
    record.kind += if trouble { " with trouble" } else { "" };
    let mut builder = ActivityBuilder::new(caps);
    builder.absorb(Plane::Aws, plane);
    (builder.finish(), record)
}

struct Walk {
    whole: bool,
    more: bool,
}

impl Walk {
    fn values(&mut self, text: &str, before: usize, reader: &mut Reader<'_>) {
        let mut lines = LineCounter::new(text, before);
        let mut rest = text.trim_start();
        while !rest.is_empty() {
            let mut parser = serde_json::Deserializer::from_str(rest);
            let read = if recognise::is_wrapper(rest) || rest.starts_with('[') {
                let seed = Items { reader, lines: &mut lines, more: &mut self.more };
                seed.deserialize(&mut parser)
            } else {
                <&RawValue>::deserialize(&mut parser).map(|record| {
                    let line = lines.of(record);
                    reader.item(record.get(), line);
                })
            };
            if let Err(error) = read {
                let defect = match defect_of(rest, &error) {
                    // What is wrong comes first, whatever stands behind it.
                    _ if error.is_data() => Defect::NotAnEvent,
                    defect => defect,
                };
                reader.defect(defect, lines.of_error(rest, &error));
                self.whole = false;
                return;
            }
            let end = parser.into_iter::<IgnoredAny>().byte_offset();
            rest = rest[end..].trim_start();
        }
    }
}

struct Items<'i, 'r, 't> {
    reader: &'i mut Reader<'r>,
    lines: &'i mut LineCounter<'t>,
    more: &'i mut bool,
}

impl<'de> DeserializeSeed<'de> for Items<'_, '_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Items<'_, '_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of records")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while let Some(item) = items.next_element::<&RawValue>()? {
            let line = self.lines.of(item);
            self.reader.item(item.get(), line);
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(member) = map.next_key::<String>()? {
            match member.as_str() {
                "Records" | "Events" => map.next_value_seed(Items {
                    reader: &mut *self.reader,
                    lines: &mut *self.lines,
                    more: &mut *self.more,
                })?,
                "NextToken" => *self.more |= map.next_value::<Option<IgnoredAny>>()?.is_some(),
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}
