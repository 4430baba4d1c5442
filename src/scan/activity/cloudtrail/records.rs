//! Records one after the other: quickly where they are as CloudTrail writes them, and by
//! [`Reader`] where they are not.

use super::{
    begun::Begun,
    memo::{Members, Memo, Own},
    quick::{self, Follows},
    reader::Reader,
};
use crate::{
    model::{activity::Defect, location::TextStart},
    scan::activity::{builder::PlaneBuilder, text::Clock},
    source::checked::{Task, Wide, widest},
};

/// Reads the records of one file.
#[derive(Debug)]
pub(super) struct Records<'b> {
    reader: Reader<'b>,
    /// Counts of quick records stay in it.
    pub(super) memo: &'b mut Memo,
    pub(super) clock: Clock,
}

/// How far items of a list were read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Passed {
    pub(super) bytes: usize,
    /// The last of them is an item, and no comma.
    pub(super) behind_item: bool,
}

impl<'b> Records<'b> {
    /// With what earlier files taught.
    pub(super) fn new(mut reader: Reader<'b>, memo: &'b mut Memo) -> Self {
        memo.begin_file(reader.builder().1);
        Self { reader, memo, clock: Clock::default() }
    }

    /// What was counted but for what is in the memo, once all records were read.
    pub(super) fn into_builder(self) -> PlaneBuilder {
        self.reader.into_builder()
    }

    /// Counts a line that is no evidence.
    pub(super) fn defect(&mut self, defect: Defect, at: TextStart) {
        self.reader.defect(defect, at);
    }

    /// Counts a record of any form, whatever it is wrapped in.
    pub(super) fn item(&mut self, text: &str, at: TextStart) {
        self.reader.item(text, at);
    }

    /// Reads whole lines, of which the first begins at `first`.
    pub(super) fn lines(&mut self, bytes: &[u8], first: TextStart) {
        let (mut at, mut number) = (0, first.line);
        while at < bytes.len() {
            let run = Run { records: self, bytes, at, line: number, follows: Follows::LineEnd };
            (at, number) = widest(run);
            let rest = bytes.get(at..).unwrap_or_default();
            if rest.is_empty() {
                break;
            }
            let length = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
            let line = rest.get(..length).unwrap_or_default();
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            let start = TextStart { line: number, byte: first.byte.map(|byte| byte + at as u64) };
            match std::str::from_utf8(line) {
                Ok("") => {}
                Ok(line) => self.reader.line(line, start),
                Err(_) => self.defect(Defect::NotUtf8, start),
            }
            (at, number) = (at + length + 1, number + 1);
        }
    }

    /// Reads items of a list that stand in one line without white space between them, as
    /// many as are as CloudTrail writes them.
    pub(super) fn items(&mut self, bytes: &[u8], line: u64) -> Passed {
        let run = Run { records: self, bytes, at: 0, line, follows: Follows::Anything };
        let (at, _) = widest(run);
        let last = at.checked_sub(1).and_then(|last| bytes.get(last));
        Passed { bytes: at, behind_item: last == Some(&b'}') }
    }

    /// Whether records are to be read one by one.
    #[inline(always)]
    pub(super) fn is_one_by_one(&self) -> bool {
        self.reader.is_one_by_one()
    }

    /// Forgets the record before.
    #[inline(always)]
    pub(super) fn begin(&mut self) {
        let (builder, _) = self.reader.builder();
        self.memo.begin(builder);
    }

    /// Counts a record that is decided as an earlier one was; none, with nothing counted,
    /// of one that is like no other. `answered` is what the request was answered with, where
    /// that may tell of a session that it began.
    #[inline(always)]
    pub(super) fn count<W: Wide>(
        &mut self,
        wide: W,
        (session, agent, via_mcp): (u32, u32, bool),
        found: &Members<'_>,
        answered: Option<&[u8]>,
        own: Own<'_>,
    ) -> Option<()> {
        let call = self.memo.call(found, self.reader.names())?;
        let about = self.memo.about(call)?;
        let (is_call, outcome) = (about.is_call, about.outcome);
        let known = self.memo.caller(session)?.actor.is_some();
        let decided = if is_call && known {
            Some(self.memo.decide(wide, (session, agent, call), via_mcp, found)?)
        } else {
            None
        };
        let about = self.memo.about(call)?;
        let id = std::str::from_utf8(own.id).ok();
        if self.reader.is_repeated(id, &about.source, &about.name, own.line) {
            return Some(());
        }
        let (builder, _) = self.reader.builder();
        builder.event(Some(own.time));
        if is_call {
            self.memo.recorded(call, builder);
            if let Some(answered) = answered {
                let text = |bytes| std::str::from_utf8(bytes).ok().filter(|text| !text.is_empty());
                let caller = self.memo.sessions.session(session);
                let parent = caller.and_then(|session| session.credential.clone());
                let by = caller.and_then(|session| session.by.clone());
                let (asked, answered) = (text(found.parameters), text(answered));
                let begun = Begun { asked, answered, parent, by: by.as_deref() };
                self.reader.began(begun, Some(own.time), own.line);
            }
            let (builder, path) = self.reader.builder();
            match decided {
                Some(decided) => self.memo.count(decided, own, builder, path),
                None => builder.nobody(outcome),
            }
        }
        Some(())
    }
}

/// Records as CloudTrail writes them, as many as follow each other.
struct Run<'r, 'b, 't> {
    records: &'r mut Records<'b>,
    bytes: &'t [u8],
    at: usize,
    line: u64,
    follows: Follows,
}

impl Task for Run<'_, '_, '_> {
    /// Where it stopped, and the number of that line.
    type Output = (usize, u64);

    #[inline(always)]
    fn run<W: Wide>(self, wide: W) -> Self::Output {
        let Self { records, bytes, mut at, mut line, follows } = self;
        while at < bytes.len()
            && let Some(next) = quick::record(records, wide, (bytes, at), line, follows)
        {
            at = next;
            match follows {
                Follows::LineEnd => line += 1,
                Follows::Anything => {
                    if bytes.get(at) != Some(&b',') {
                        break;
                    }
                    at += 1;
                }
            }
        }
        (at, line)
    }
}
