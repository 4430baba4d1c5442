//! How the values of a file are laid out: one a line, as logs have them, or over many
//! lines, one after the other or in a list, as exports have them.
//!
//! Lines are streamed, out of the wrapping of a container runtime where they have one.
//! Anything else is read whole, within a bound of its own, and value
//! by value; behind one that is broken, reading goes on where a line begins another.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor},
};
use serde_json::{Map, Value, value::RawValue};

use super::{NoEntry, recognise, sink::Sink};
use crate::{
    model::{activity::Defect, location::TextStart},
    scan::activity::{
        framing::{Framing, Unwrapped, Unwrapper, text_of},
        request::cut,
        trouble::{LineCounter, defect_of, not_text},
    },
    source::{error::SourceError, files::FileRef, limits::Limits, lines::LineBlocks, read},
};

/// Larger exports are better written one value a line.
const DOCUMENT_BYTES: u64 = 256 << 20;
/// A larger value is not taken apart.
const VALUE_BYTES: usize = 64 << 20;

/// Hands over every value of a file; what stopped that, if anything did.
pub(super) fn each(
    file: &FileRef,
    limits: &Limits,
    lists: &[&str],
    sink: &mut Sink,
    mut take: impl FnMut(&str, &mut Sink),
) -> Option<SourceError> {
    let mut blocks = match LineBlocks::open(file, limits) {
        Ok(blocks) => blocks,
        Err(error) => return Some(error),
    };
    let first = match blocks.next()? {
        Ok(block) => block,
        Err(error) => return Some(error),
    };
    let framing = Framing::of_head(&first.bytes);
    if framing == Framing::Bare && is_document(text_of(&first.bytes), lists) {
        return document(file, limits, lists, sink, &mut take).err();
    }
    let mut unwrapper = Unwrapper::new(framing, limits.line_bytes);
    let mut trouble = None;
    for block in std::iter::once(Ok(first)).chain(blocks.by_ref()) {
        match block {
            Ok(block) => {
                for (at, line) in block.lines() {
                    if framing != Framing::Bare {
                        sink.printed(framing.stamp(line));
                    }
                    match unwrapper.line(at, line) {
                        Unwrapped::Nothing => {}
                        Unwrapped::Defect(at, defect) => sink.defect(defect, at),
                        // What else the program printed.
                        Unwrapped::Line(_, line)
                            if framing != Framing::Bare && !line.starts_with(['{', '[']) =>
                        {
                            sink.refuse(NoEntry::Foreign);
                        }
                        Unwrapped::Line(at, line) => lines_value(&line, at, sink, &mut take),
                    }
                }
            }
            Err(error) => trouble = Some(error),
        }
    }
    for at in unwrapper.unfinished() {
        sink.defect(Defect::CutOff, at);
    }
    sink.overlong(blocks.overlong());
    sink.lines(blocks.lines_passed());
    trouble
}

/// Whether values go over several lines: the first line holds no whole one, and the next
/// goes on with it, or it holds one around them all.
fn is_document(text: &str, lists: &[&str]) -> bool {
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    let Some(first) = lines.next().map(str::trim) else { return false };
    let goes_on = lines.next().is_some_and(|next| !next.starts_with('{'));
    first.starts_with('[')
        || (first.starts_with('{')
            && goes_on
            && serde_json::from_str::<IgnoredAny>(first).is_err_and(|error| error.is_eof()))
        || is_around(first, lists)
}

/// Hands over the values of one line: usually one.
fn lines_value(line: &str, at: TextStart, sink: &mut Sink, take: &mut impl FnMut(&str, &mut Sink)) {
    sink.at(at);
    for value in serde_json::Deserializer::from_str(line).into_iter::<&RawValue>() {
        match value {
            Ok(value) => take(value.get(), sink),
            Err(error) => return sink.defect(defect_of(line, &error), at),
        }
    }
}

/// Hands over the values of a file that is read whole.
fn document(
    file: &FileRef,
    limits: &Limits,
    lists: &[&str],
    sink: &mut Sink,
    take: &mut impl FnMut(&str, &mut Sink),
) -> Result<(), SourceError> {
    let limits = Limits { file_bytes: limits.file_bytes.min(DOCUMENT_BYTES), ..limits.clone() };
    let content = read::read_log(file, &limits)?;
    let bytes = content.bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&content.bytes);
    sink.lines(bytes.split(|&byte| byte == b'\n').filter(|line| !line.is_empty()).count() as u64);
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            sink.defect(Defect::NotUtf8, not_text(&content.bytes, bytes, &error));
            sink.cut_short();
            return Ok(());
        }
    };
    let mut lines = LineCounter::new(text, content.bytes.len() - bytes.len());
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let mut parser = serde_json::Deserializer::from_str(rest);
        let mut items = Items { lists, lines: &mut lines, sink: &mut *sink, take: &mut *take };
        let outcome = if rest.starts_with('[') || is_around(rest, lists) {
            items.deserialize(&mut parser)
        } else {
            <&RawValue>::deserialize(&mut parser).map(|value| items.hand_over(value))
        };
        rest = match outcome {
            Ok(()) => {
                let end = parser.into_iter::<IgnoredAny>().byte_offset();
                rest.get(end..).unwrap_or_default().trim_start()
            }
            Err(error) => {
                sink.defect(defect_of(rest, &error), lines.of_error(rest, &error));
                match rest.find("\n{") {
                    Some(next) => rest.get(next..).unwrap_or_default().trim_start(),
                    None => {
                        sink.cut_short();
                        ""
                    }
                }
            }
        };
    }
    Ok(())
}

/// Whether text begins with a value that holds a list of entries.
fn is_around(text: &str, lists: &[&str]) -> bool {
    let start = cut(text, VALUE_BYTES);
    let around = |object: &Map<String, Value>| {
        lists.iter().any(|list| object.get(*list).is_some_and(Value::is_array))
    };
    !lists.is_empty() && recognise::so_far(start).as_object().is_some_and(around)
}

/// The values of a list, or of the lists that an object holds.
struct Items<'i, 't, F> {
    lists: &'i [&'i str],
    lines: &'i mut LineCounter<'t>,
    sink: &'i mut Sink,
    take: &'i mut F,
}

impl<F: FnMut(&str, &mut Sink)> Items<'_, '_, F> {
    fn hand_over(&mut self, value: &RawValue) {
        let at = self.lines.of(value);
        self.sink.at(at);
        if value.get().len() > VALUE_BYTES {
            self.sink.defect(Defect::Overlong, at);
        } else {
            (self.take)(value.get(), self.sink);
        }
    }
}

impl<'de, F: FnMut(&str, &mut Sink)> DeserializeSeed<'de> for Items<'_, '_, F> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, F: FnMut(&str, &mut Sink)> Visitor<'de> for Items<'_, '_, F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of entries")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<(), A::Error> {
        while let Some(item) = items.next_element::<&RawValue>()? {
            self.hand_over(item);
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(member) = map.next_key::<String>()? {
            if self.lists.contains(&member.as_str()) {
                map.next_value_seed(Items {
                    lists: &[],
                    lines: &mut *self.lines,
                    sink: &mut *self.sink,
                    take: &mut *self.take,
                })?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}
