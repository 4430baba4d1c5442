//! How the values of a file lie in it, and one pass over them.

use std::io::{self, BufReader};

use serde::{
    Deserialize,
    de::{DeserializeSeed, IgnoredAny},
};
use serde_json::{Deserializer, Map, Value, error::Category, value::RawValue};

use super::{
    Envelope, Item,
    contents::Contents,
    csv,
    outline::{End, Outline},
    walk::{Around, Each, Items, Walk},
};
use crate::{
    model::{
        activity::Defect,
        location::{Location, TextStart},
    },
    scan::activity::{framing::text_of, trouble::defect_of},
    source::{
        error::{ErrorKind, SourceError},
        files::FileRef,
        limits::Limits,
        lines::LineBlocks,
        stream::{self, Stream},
    },
};

/// Lines that are looked at.
const LINES: usize = 50;

/// How the values of a file lie in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    /// At least one on each line, none over several: a bad line costs no other.
    Lines,
    /// Over many lines, or in a row without line ends.
    Stream,
    /// Rows of a table, with the names of its columns in the first.
    Csv,
}

/// How a file lies, and where the items of an envelope stand in it; none for a file that
/// has another envelope or none.
pub(super) fn find(envelope: &Envelope, head: &[u8]) -> Option<(Layout, Items)> {
    let has = |word: &&str| memchr::memmem::find(head, word.as_bytes()).is_some();
    if !envelope.words.iter().any(has) {
        return None;
    }
    let text = text_of(head).trim_start();
    let items = |outline: &Outline| envelope.items(outline);
    if !text.starts_with(['{', '[']) {
        let columns = csv::header(text);
        if columns.len() > 1
            && let Some(items) = items(&Outline::of_columns(&columns))
        {
            return Some((Layout::Csv, items));
        }
    }
    let (first, end) = Outline::of(text);
    let line_end = memchr::memchr(b'\n', text.as_bytes());
    let spans_lines = match (end, line_end) {
        (End::Beyond, _) | (End::At(_), None) => true,
        (End::At(end), Some(line_end)) => end > line_end,
        (End::Broken, _) => false,
    };
    if spans_lines {
        return items(&first).map(|items| (Layout::Stream, items));
    }
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty()).take(LINES);
    for line in lines {
        let (outline, end) = Outline::of(line);
        if matches!(end, End::At(_))
            && let Some(items) = items(&outline)
        {
            return Some((Layout::Lines, items));
        }
    }
    None
}

/// What a pass over a file came to: its lines, and what ended it before its end.
pub(super) type Passed = (u64, Option<SourceError>);

/// Opens each item of a file.
///
/// # Errors
/// The file cannot be opened.
pub(super) fn pass(
    envelope: &Envelope,
    (layout, items): (Layout, Items),
    file: &FileRef,
    limits: &Limits,
    contents: &mut Contents<'_>,
) -> Result<Passed, SourceError> {
    match layout {
        Layout::Lines => lines(envelope, items, file, limits, contents),
        Layout::Stream => stream(envelope, items, file, limits, contents),
        Layout::Csv => table(envelope, file, limits, contents),
    }
}

fn lines(
    envelope: &Envelope,
    items: Items,
    file: &FileRef,
    limits: &Limits,
    contents: &mut Contents<'_>,
) -> Result<Passed, SourceError> {
    each_line(file, limits, contents, &mut |line, at, contents| {
        let mut rest = line;
        while !rest.is_empty() {
            let items = if rest.starts_with('[') { Items::Under(&[]) } else { items };
            match one_value(envelope, items, rest, at, contents) {
                Ok(end) => rest = rest.get(end..).unwrap_or_default().trim_start(),
                Err(error) => return contents.defect(defect_of(rest, &error)),
            }
        }
    })
}

/// Opens the items of the value that a text begins with, all of which are said to begin
/// `at` a place of the file; how many bytes the value has.
///
/// # Errors
/// It breaks JSON's rules, or is not what the items stand in.
pub(super) fn one_value(
    envelope: &Envelope,
    items: Items,
    text: &str,
    at: TextStart,
    contents: &mut Contents<'_>,
) -> Result<usize, serde_json::Error> {
    let mut around = Around::default();
    let mut parser = Deserializer::from_str(text);
    let read = value(items, &mut parser, &mut around, &mut |item, around| {
        contents.at(at);
        (envelope.open)(Item { text: item.get(), around }, contents);
    });
    contents.at(at);
    read?;
    (envelope.close)(&around, contents);
    Ok(parser.into_iter::<IgnoredAny>().byte_offset())
}

fn stream(
    envelope: &Envelope,
    items: Items,
    file: &FileRef,
    limits: &Limits,
    contents: &mut Contents<'_>,
) -> Result<Passed, SourceError> {
    let stream = Stream::open(file, limits)?;
    let place = stream.place();
    let mut parser = Deserializer::from_reader(stream);
    let mut stopped = None;
    while parser.end().is_err() {
        let mut around = Around::default();
        let read = value(items, &mut parser, &mut around, &mut |item, around| {
            contents.at(place.start_of(item.get()));
            (envelope.open)(Item { text: item.get(), around }, contents);
            place.release();
        });
        place.release();
        // An empty text begins where reading stands.
        contents.at(place.start_of(""));
        let Err(error) = read else {
            (envelope.close)(&around, contents);
            continue;
        };
        // Where the next value begins is not known.
        stopped = Some(match error.classify() {
            Category::Io => stream::trouble(file, &io::Error::from(error)),
            category => {
                let cut_off = category == Category::Eof;
                contents.defect(match category {
                    Category::Eof => Defect::CutOff,
                    Category::Data => Defect::NotAnEvent,
                    Category::Syntax | Category::Io => Defect::NotJson,
                });
                let reason = if cut_off { "it ends in the middle of a value" } else { UNREAD };
                SourceError::new(ErrorKind::Syntax, Location::file(file.display.clone()), reason)
            }
        });
        break;
    }
    Ok((place.line(), stopped))
}

/// Why the rest of a file was not read.
const UNREAD: &str = "what follows a broken value was not read";

fn table(
    envelope: &Envelope,
    file: &FileRef,
    limits: &Limits,
    contents: &mut Contents<'_>,
) -> Result<Passed, SourceError> {
    let stream = Stream::open(file, limits)?;
    let place = stream.place();
    let mut rows = csv::Rows::new(BufReader::new(stream), place.start_of(""));
    let mut around = Around::default();
    loop {
        let row = match rows.next_row() {
            Ok(Some(row)) => row,
            Ok(None) => return Ok((place.line(), None)),
            Err(error) => return Ok((place.line(), Some(stream::trouble(file, &error)))),
        };
        place.release();
        contents.at(row.start);
        let cells = match row.cells {
            Ok(cells) => cells,
            Err(defect) => {
                contents.defect(defect);
                continue;
            }
        };
        if around.columns.is_empty() {
            around.columns = cells;
            continue;
        }
        let columns = &around.columns;
        if cells.len() != columns.len() {
            contents.defect(Defect::NotAnEvent);
            continue;
        }
        let cells = cells.into_iter().map(Value::String);
        let object: Map<_, _> = columns.iter().cloned().zip(cells).collect();
        // Of two columns of one name nobody knows which is meant.
        if object.len() != columns.len() {
            contents.defect(Defect::NotAnEvent);
            continue;
        }
        let text = Value::Object(object).to_string();
        (envelope.open)(Item { text: &text, around: &mut around }, contents);
    }
}

/// Reads one value and takes its items.
fn value<'de, D: serde::Deserializer<'de>>(
    items: Items,
    deserializer: D,
    around: &mut Around,
    each: &mut Each<'_>,
) -> Result<(), D::Error> {
    match items {
        Items::Values => {
            let item = Box::<RawValue>::deserialize(deserializer)?;
            each(&item, around);
            Ok(())
        }
        Items::Under(path) => Walk { path, around, each }.deserialize(deserializer),
    }
}

/// Takes each line of a file that is not blank; those that cannot be taken are counted.
///
/// # Errors
/// The file cannot be opened.
pub(super) fn each_line(
    file: &FileRef,
    limits: &Limits,
    contents: &mut Contents<'_>,
    each: &mut dyn FnMut(&str, TextStart, &mut Contents<'_>),
) -> Result<Passed, SourceError> {
    let mut blocks = LineBlocks::open(file, limits)?;
    let mut stopped = None;
    for block in blocks.by_ref() {
        let block = match block {
            Ok(block) => block,
            Err(error) => {
                stopped = Some(error);
                break;
            }
        };
        for (at, line) in block.lines() {
            contents.at(at);
            let line = if at.line == 1 {
                line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(line)
            } else {
                line
            };
            match std::str::from_utf8(line).map(str::trim) {
                Ok("") => {}
                Ok(line) => each(line, at, contents),
                Err(_) => contents.defect(Defect::NotUtf8),
            }
        }
    }
    contents.overlong(blocks.overlong());
    Ok((blocks.lines_passed(), stopped))
}
