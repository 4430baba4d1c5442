//! Records within one value: the files of a trail, bare lists, and the answer of
//! `lookup-events`. The value passes by under a window, and each record counts as soon as
//! it was read: memory does not grow with the file, and one that is cut off still shows
//! what stands before.
//!
//! Contract: what holds the records is read by JSON's rules as serde_json has them; a
//! record that is not read quickly, and any other value, is read by serde_json itself.

use serde::Deserialize as _;
use serde_json::value::RawValue;

use super::{recognise, records::Records};
use crate::{
    model::{
        activity::Defect,
        location::{Location, TextStart},
    },
    scan::activity::trouble::{Found, stopped},
    source::{
        error::{ErrorKind, SourceError},
        files::FileRef,
        limits::Limits,
        window::{End, Window},
    },
};

/// Lists and objects within the outermost one, as serde_json bounds them.
const DEPTH: u8 = 126;
/// What is looked at to see whether an object holds a list of records.
const HEAD: usize = 64 << 10;
/// Where less than this was loaded, more is before a record is looked at closely.
const AHEAD: usize = 128 << 10;

/// Reads a file to its end.
pub(super) fn read(file: &FileRef, records: Records<'_>, limits: &Limits) -> Found {
    let window = match Window::open(file, limits) {
        Ok(window) => window,
        Err(error) => return stopped(records.into_builder(), error),
    };
    let line = TextStart { line: 1, byte: Some(window.at()) };
    let mut walk = Walk { window, records, line, more: false };
    let whole = match walk.values() {
        Ok(()) => true,
        Err(Stop(defect)) => {
            if let Some((defect, at)) = defect {
                walk.records.defect(defect, at);
            }
            false
        }
    };
    let Walk { window, records, more, .. } = walk;
    let (lines, end) = window.finish();
    let mut builder = records.into_builder();
    let summary = builder.summary_mut();
    summary.lines = lines;
    summary.files = 1;
    summary.files_cut_short = u64::from(!whole || more);
    match end {
        End::Trouble(error) => stopped(builder, error),
        End::Whole | End::NotText => {
            let trouble = more.then(|| {
                let reason =
                    "it says that more events follow (`NextToken`), and they are not in it";
                SourceError::new(ErrorKind::Limit, Location::file(file.display.clone()), reason)
            });
            (builder, trouble)
        }
    }
}

/// Why a document was not read to its end: what is wrong with it, and where. No
/// defect where it could not be loaded.
struct Stop(Option<(Defect, TextStart)>);

/// What stands before a place in a list or an object.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Behind {
    Opening,
    Item,
    Comma,
}

/// A document, from its first value to its last.
struct Walk<'b> {
    window: Window,
    records: Records<'b>,
    /// Where the line begins in which the first byte in the window stands.
    line: TextStart,
    /// It says that there is more than it holds.
    more: bool,
}

impl Walk<'_> {
    /// Reads value after value.
    fn values(&mut self) -> Result<(), Stop> {
        loop {
            match self.at_value() {
                None if self.window.is_broken() || self.window.is_stopped() => {
                    return Err(self.ended());
                }
                None => return Ok(()),
                Some(b'[') => self.list()?,
                Some(_) if recognise::is_wrapper(self.head(HEAD)) => self.object(DEPTH)?,
                Some(_) => {
                    let length = self.value()?;
                    if length > HEAD && recognise::is_wrapper(self.head(length)) {
                        self.object(DEPTH)?;
                    } else {
                        self.item(length);
                    }
                }
            }
        }
    }

    /// Reads the records of a list, or of the list that an object holds.
    fn items(&mut self, depth: u8) -> Result<(), Stop> {
        match self.at_token() {
            Some(b'[' | b'{') if depth == 0 => Err(self.wrong(Defect::NotJson)),
            Some(b'[') => self.list(),
            Some(b'{') => self.object(depth - 1),
            Some(_) => {
                self.value()?;
                Err(self.wrong(Defect::NotAnEvent))
            }
            None => Err(self.ended()),
        }
    }

    /// Reads the records of the list that begins here.
    fn list(&mut self) -> Result<(), Stop> {
        self.pass(1);
        let mut behind = Behind::Opening;
        loop {
            match (self.at_token(), behind) {
                (None, _) => return Err(self.ended()),
                (Some(b']'), Behind::Opening | Behind::Item) => {
                    self.pass(1);
                    return Ok(());
                }
                (Some(b','), Behind::Item) => {
                    self.pass(1);
                    behind = Behind::Comma;
                }
                (Some(b']'), Behind::Comma) | (Some(_), Behind::Item) => {
                    return Err(self.wrong(Defect::NotJson));
                }
                (Some(_), Behind::Opening | Behind::Comma) => behind = self.next_items()?,
            }
        }
    }

    /// Reads items from the beginning of one on.
    fn next_items(&mut self) -> Result<Behind, Stop> {
        let passed = self.records.items(self.window.bytes(), self.line.line);
        if passed.bytes > 0 {
            // None of them holds the end of a line.
            self.window.pass(passed.bytes);
            return Ok(if passed.behind_item { Behind::Item } else { Behind::Comma });
        }
        if self.window.bytes().len() < AHEAD && self.window.grow() {
            return Ok(Behind::Comma);
        }
        let length = self.value()?;
        self.item(length);
        Ok(Behind::Item)
    }

    /// Reads the members of the object that begins here.
    fn object(&mut self, depth: u8) -> Result<(), Stop> {
        self.pass(1);
        let mut behind = Behind::Opening;
        loop {
            match (self.at_token(), behind) {
                (None, _) => return Err(self.ended()),
                (Some(b'}'), Behind::Opening | Behind::Item) => {
                    self.pass(1);
                    return Ok(());
                }
                (Some(b','), Behind::Item) => {
                    self.pass(1);
                    behind = Behind::Comma;
                }
                (Some(b'"'), Behind::Opening | Behind::Comma) => {
                    self.member(depth)?;
                    behind = Behind::Item;
                }
                (Some(_), _) => return Err(self.wrong(Defect::NotJson)),
            }
        }
    }

    /// Reads the member whose name begins here.
    fn member(&mut self, depth: u8) -> Result<(), Stop> {
        let length = self.value()?;
        let Ok(name) = serde_json::from_str::<String>(self.head(length)) else {
            return Err(self.wrong(Defect::NotJson));
        };
        self.pass(length);
        match self.at_token() {
            Some(b':') => self.pass(1),
            Some(_) => return Err(self.wrong(Defect::NotJson)),
            None => return Err(self.ended()),
        }
        match name.as_str() {
            "Records" | "Events" => self.items(depth),
            _ => {
                if self.at_token().is_none() {
                    return Err(self.ended());
                }
                let length = self.value()?;
                self.more |= name == "NextToken" && self.head(length) != "null";
                self.pass(length);
                Ok(())
            }
        }
    }

    /// Reads one record that begins here and has so many bytes.
    fn item(&mut self, length: usize) {
        let bytes = self.window.bytes().get(..length).unwrap_or_default();
        if let Ok(text) = std::str::from_utf8(bytes) {
            self.records.item(text, self.place());
        }
        self.pass(length);
    }

    /// How long the value is that begins here; all of it is then in the window.
    fn value(&mut self) -> Result<usize, Stop> {
        loop {
            let bytes = self.window.bytes();
            let mut parser = serde_json::Deserializer::from_slice(bytes);
            let read = <&RawValue>::deserialize(&mut parser).map(|value| value.get().len());
            match read {
                // A number may go on.
                Ok(length) if length < bytes.len() || !self.window.grow() => return Ok(length),
                Ok(_) => {}
                Err(error) if error.is_eof() => {
                    if !self.window.grow() {
                        return Err(self.ended());
                    }
                }
                Err(error) => {
                    let lines = error.line().saturating_sub(1);
                    return Err(Stop(Some((Defect::NotJson, self.behind(lines)))));
                }
            }
        }
    }

    /// The first byte of the next token, before which only white space stands.
    fn at_token(&mut self) -> Option<u8> {
        loop {
            let blank = |byte: &u8| matches!(byte, b' ' | b'\n' | b'\t' | b'\r');
            let bytes = self.window.bytes();
            match bytes.iter().position(|byte| !blank(byte)) {
                Some(at) => {
                    let first = bytes.get(at).copied();
                    self.pass(at);
                    return first;
                }
                None => self.pass(bytes.len()),
            }
            if !self.window.grow() {
                return None;
            }
        }
    }

    /// The same between values, where any white space may stand.
    fn at_value(&mut self) -> Option<u8> {
        loop {
            let first = self.at_token()?;
            // No character has more bytes.
            match self.head(4).chars().next() {
                Some(blank) if blank.is_whitespace() => self.pass(blank.len_utf8()),
                _ => return Some(first),
            }
        }
    }

    /// As much as there is of so many bytes, as text.
    fn head(&self, length: usize) -> &str {
        let bytes = self.window.bytes();
        let head = bytes.get(..length).unwrap_or(bytes);
        head.utf8_chunks().next().map_or("", |chunk| chunk.valid())
    }

    fn pass(&mut self, count: usize) {
        let passed = self.window.bytes().get(..count).unwrap_or_default();
        if let Some(end) = memchr::memrchr(b'\n', passed) {
            self.line.line += memchr::memchr_iter(b'\n', passed).count() as u64;
            self.line.byte = Some(self.window.at() + end as u64 + 1);
        }
        self.window.pass(count);
    }

    fn wrong(&self, defect: Defect) -> Stop {
        Stop(Some((defect, self.line)))
    }

    /// Where it is.
    fn place(&self) -> TextStart {
        TextStart { line: self.line.line, byte: Some(self.window.at()) }
    }

    /// Where the line begins that is so many lines further.
    fn behind(&self, lines: usize) -> TextStart {
        let mut ends = memchr::memchr_iter(b'\n', self.window.bytes());
        match lines.checked_sub(1).and_then(|last| ends.nth(last)) {
            Some(end) => TextStart {
                line: self.line.line + lines as u64,
                byte: Some(self.window.at() + end as u64 + 1),
            },
            None => self.line,
        }
    }

    /// What it means that the text ends here.
    fn ended(&self) -> Stop {
        let lines = memchr::memchr_iter(b'\n', self.window.bytes()).count();
        let defect = if self.window.is_broken() { Defect::NotUtf8 } else { Defect::CutOff };
        Stop((!self.window.is_stopped()).then_some((defect, self.behind(lines))))
    }
}
