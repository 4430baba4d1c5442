//! Records within one value: the files of a trail, bare lists, and the answer of
//! `lookup-events`. They are read whole within a bound of their own (CloudTrail
//! writes no larger ones), and each record counts as soon as it was read, so that a
//! file that is cut off still shows what stands before.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor},
};
use serde_json::value::RawValue;

use super::{reader::Reader, recognise};
use crate::{
    model::{activity::Defect, location::Location},
    scan::activity::trouble::{Found, LineCounter, defect_of, not_text, stopped},
    source::{
        error::{ErrorKind, SourceError},
        files::FileRef,
        limits::Limits,
        read,
    },
};

/// Larger extracts are better written one record a line.
const DOCUMENT_BYTES: u64 = 256 << 20;

/// Reads a file whole.
pub(super) fn read(file: &FileRef, mut reader: Reader<'_>, limits: &Limits) -> Found {
    let limits = Limits { file_bytes: limits.file_bytes.min(DOCUMENT_BYTES), ..limits.clone() };
    let content = match read::read(file, &limits) {
        Ok(content) => content,
        Err(error) => return stopped(reader.into_builder(), error),
    };
    let bytes = content.bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&content.bytes);
    let mut walk = Walk { whole: true, more: false };
    match std::str::from_utf8(bytes) {
        Ok(text) => walk.values(text, content.bytes.len() - bytes.len(), &mut reader),
        Err(error) => {
            reader.defect(Defect::NotUtf8, not_text(&content.bytes, bytes, &error));
            walk.whole = false;
        }
    }
    let mut builder = reader.into_builder();
    let summary = builder.summary_mut();
    summary.lines =
        bytes.split(|&byte| byte == b'\n').filter(|line| !line.is_empty()).count() as u64;
    summary.files = 1;
    summary.files_cut_short = u64::from(!walk.whole || walk.more);
    let trouble = walk.more.then(|| {
        let reason = "it says that more events follow (`NextToken`), and they are not in it";
        SourceError::new(ErrorKind::Limit, Location::file(file.display.clone()), reason)
    });
    (builder, trouble)
}

/// How far a document was read.
struct Walk {
    /// To its end.
    whole: bool,
    /// It says that there is more than it holds.
    more: bool,
}

impl Walk {
    /// Reads value after value.
    fn values(&mut self, text: &str, before: usize, reader: &mut Reader<'_>) {
        let mut lines = LineCounter::new(text, before);
        let mut rest = text.trim_start();
        while !rest.is_empty() {
            let wrapped = recognise::is_wrapper(rest);
            let mut parser = serde_json::Deserializer::from_str(rest);
            let read = if wrapped || rest.starts_with('[') {
                let seed = Items { reader, lines: &mut lines, more: &mut self.more };
                seed.deserialize(&mut parser)
            } else {
                <&RawValue>::deserialize(&mut parser).map(|record| {
                    let at = lines.of(record);
                    reader.item(record.get(), at);
                })
            };
            if let Err(error) = read {
                reader.defect(defect_of(rest, &error), lines.of_error(rest, &error));
                self.whole = false;
                return;
            }
            let end = parser.into_iter::<IgnoredAny>().byte_offset();
            rest = rest.get(end..).unwrap_or_default().trim_start();
        }
    }
}

/// The records of a list, or of the list that an object holds.
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
        f.write_str("a list of CloudTrail records")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while let Some(item) = items.next_element::<&RawValue>()? {
            let at = self.lines.of(item);
            self.reader.item(item.get(), at);
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
