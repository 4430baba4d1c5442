//! How the lines of a log are wrapped: bare, or as a container runtime writes
//! what a program prints.
//!
//! A runtime cuts what it wraps at 16 KiB, so that one line of the program
//! becomes several of the file; they are joined here, within a bound.

use std::{borrow::Cow, collections::BTreeMap};

use jiff::Timestamp;
use serde::Deserialize;

use crate::model::{activity::Defect, location::TextStart};

/// How the lines of one file are wrapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Framing {
    /// Not at all.
    Bare,
    /// `2026-10-01T10:11:12.1Z stdout F text`: containerd, CRI-O.
    Cri,
    /// `{"log":"text\n","stream":"stdout","time":"…"}`: Docker.
    Docker,
    /// The same without the end of the line that the program printed: collectors such as
    /// Fluent Bit take it off, and join what the runtime had cut.
    Collected,
}

/// Docker cuts what it wraps at 16 KiB, and a character that stands there goes to the
/// next piece (`moby/daemon/logger/copier.go`).
const CUT: usize = (16 << 10) - 4;

impl Framing {
    /// How a file is wrapped that has this line.
    pub(super) fn of(line: &str) -> Self {
        if cri(line).is_some() {
            return Self::Cri;
        }
        match docker(line) {
            Some((piece, Ends::Here)) if piece.text.len() >= CUT => Self::Docker,
            Some((_, Ends::Here | Ends::Told)) => Self::Collected,
            Some((_, Ends::Line)) => Self::Docker,
            None => Self::Bare,
        }
    }

    /// How a file is wrapped that begins so: as its first line that is not blank.
    pub(super) fn of_head(head: &[u8]) -> Self {
        let mut lines = text_of(head).lines().map(str::trim).filter(|line| !line.is_empty());
        match lines.next().map_or(Self::Bare, Self::of) {
            // What Docker cut is followed by the end of that line.
            Self::Collected if lines.any(|line| Self::of(line) == Self::Docker) => Self::Docker,
            framing => framing,
        }
    }

    /// What the program printed, as far as this line has it. None for a line
    /// that is not wrapped so.
    pub(super) fn unwrap(self, line: &str) -> Option<Piece<'_>> {
        match self {
            Self::Bare => Some(Piece { stream: "", text: Cow::Borrowed(line), last: true }),
            Self::Cri => cri(line),
            Self::Docker => docker(line).map(|(piece, _)| piece),
            Self::Collected => docker(line).map(|(piece, ends)| match ends {
                Ends::Here | Ends::Line => Piece { last: true, ..piece },
                Ends::Told => piece,
            }),
        }
    }

    /// When the runtime wrote this line; none where it does not say.
    pub(super) fn stamp(self, line: &[u8]) -> Option<Timestamp> {
        #[derive(Deserialize)]
        struct Entry<'a> {
            #[serde(borrow)]
            time: Cow<'a, str>,
        }
        let line = std::str::from_utf8(line).ok()?;
        match self {
            Self::Bare => None,
            Self::Cri => line.split_once(' ')?.0.parse().ok(),
            Self::Docker | Self::Collected => {
                serde_json::from_str::<Entry<'_>>(line).ok()?.time.parse().ok()
            }
        }
    }
}

/// A line of a program, or a part of one.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Piece<'a> {
    /// `stdout` or `stderr`.
    stream: &'a str,
    /// What was printed.
    pub(super) text: Cow<'a, str>,
    /// Whether the line ends here.
    pub(super) last: bool,
}

/// `TIME STREAM TAGS TEXT`, with tags separated by colons, the first `P` or `F`
/// (`k8s.io/kubernetes/pkg/kubelet/kuberuntime/logs`).
fn cri(line: &str) -> Option<Piece<'_>> {
    let (time, rest) = line.split_once(' ')?;
    let (stream, rest) = rest.split_once(' ')?;
    let (tags, text) = rest.split_once(' ').unwrap_or((rest, ""));
    let is_time = time.len() >= 20 && time.get(4..5) == Some("-") && time.contains('T');
    let last = match tags.split(':').next() {
        Some("F") => true,
        Some("P") => false,
        _ => return None,
    };
    (is_time && is_stream(stream)).then_some(Piece { stream, text: Cow::Borrowed(text), last })
}

/// What tells whether a line of a program ends with an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ends {
    /// The end of the line is in its text.
    Line,
    /// It says so: the tag of a container runtime that a collector read, `F` or `P`.
    Told,
    /// Nothing: the text ends.
    Here,
}

fn docker(line: &str) -> Option<(Piece<'_>, Ends)> {
    #[derive(Deserialize)]
    struct Entry<'a> {
        #[serde(borrow)]
        log: Cow<'a, str>,
        stream: &'a str,
        #[serde(borrow, default, alias = "logtag")]
        _p: Option<Cow<'a, str>>,
    }
    // The parser is asked only where it can succeed.
    if !line.starts_with('{') || !line.contains("\"log\"") {
        return None;
    }
    let Entry { log, stream, _p: tag } =
        serde_json::from_str(line).ok().filter(|entry: &Entry<'_>| is_stream(entry.stream))?;
    let whole = log.strip_suffix('\n').map(|text| text.trim_end_matches('\r').len());
    let (text, last) = match (log, whole) {
        (Cow::Borrowed(text), length) => {
            (Cow::Borrowed(text.get(..length.unwrap_or(text.len()))?), length.is_some())
        }
        (Cow::Owned(mut text), length) => {
            text.truncate(length.unwrap_or(text.len()));
            (Cow::Owned(text), length.is_some())
        }
    };
    let (last, ends) = match tag.as_deref() {
        _ if last => (true, Ends::Line),
        Some("F") => (true, Ends::Told),
        Some("P") => (false, Ends::Told),
        _ => (false, Ends::Here),
    };
    Some((Piece { stream, text, last }, ends))
}

fn is_stream(name: &str) -> bool {
    matches!(name, "stdout" | "stderr")
}

/// Puts the pieces of a line together again.
#[derive(Debug)]
struct Joiner {
    /// By stream: where it began, and what there is so far.
    pending: BTreeMap<String, (TextStart, String)>,
    limit: usize,
}

/// What came of adding a piece.
#[derive(Debug, PartialEq, Eq)]
enum Joined<'a> {
    /// More is to come.
    Pending,
    /// A whole line, with the place where it began.
    Whole(TextStart, Cow<'a, str>),
    /// More than is read at once; dropped, from this place on.
    Overlong(TextStart),
}

impl Joiner {
    /// Joins at most `limit` bytes.
    fn new(limit: usize) -> Self {
        Self { pending: BTreeMap::new(), limit }
    }

    /// Adds the piece of the line that begins at `line`.
    fn add<'a>(&mut self, piece: Piece<'a>, line: TextStart) -> Joined<'a> {
        let Piece { stream, text, last } = piece;
        let Some((begin, mut joined)) = self.pending.remove(stream) else {
            if last {
                return Joined::Whole(line, text);
            }
            self.pending.insert(stream.to_owned(), (line, text.into_owned()));
            return Joined::Pending;
        };
        if joined.len() + text.len() > self.limit {
            // What is left of it ends in the middle of a value, and is counted once more.
            return Joined::Overlong(begin);
        }
        joined.push_str(&text);
        if last {
            return Joined::Whole(begin, Cow::Owned(joined));
        }
        self.pending.insert(stream.to_owned(), (begin, joined));
        Joined::Pending
    }

    /// Where something began that never ended.
    fn unfinished(self) -> impl Iterator<Item = TextStart> {
        self.pending.into_values().map(|(line, _)| line)
    }
}

/// The lines of a program, from those of a file in their order: one of the program may
/// span several of the file.
#[derive(Debug)]
pub(super) struct Unwrapper {
    framing: Framing,
    joiner: Joiner,
}

/// What a line of a file came to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Unwrapped<'a> {
    /// A line of the program ends with it, and began here.
    Line(TextStart, Cow<'a, str>),
    /// It, or what began here, cannot be read.
    Defect(TextStart, Defect),
    /// Nothing so far.
    Nothing,
}

impl Unwrapper {
    /// Joins lines of at most `limit` bytes.
    pub(super) fn new(framing: Framing, limit: usize) -> Self {
        Self { framing, joiner: Joiner::new(limit) }
    }

    /// Takes the line that begins at a place.
    pub(super) fn line<'a>(&mut self, at: TextStart, line: &'a [u8]) -> Unwrapped<'a> {
        let line =
            if at.line == 1 { line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(line) } else { line };
        let Ok(text) = std::str::from_utf8(line) else {
            return Unwrapped::Defect(at, Defect::NotUtf8);
        };
        let Some(piece) = self.framing.unwrap(text) else {
            return match text.trim() {
                "" => Unwrapped::Nothing,
                _ => Unwrapped::Defect(at, Defect::NotAnEvent),
            };
        };
        match self.joiner.add(piece, at) {
            Joined::Pending => Unwrapped::Nothing,
            Joined::Overlong(begin) => Unwrapped::Defect(begin, Defect::Overlong),
            Joined::Whole(begin, text) => Unwrapped::Line(begin, text),
        }
    }

    /// Where something began that never ended.
    pub(super) fn unfinished(self) -> impl Iterator<Item = TextStart> {
        self.joiner.unfinished()
    }
}

/// The first bytes of a file without what a container runtime wraps lines in.
pub(super) fn unwrapped(head: &[u8]) -> Cow<'_, [u8]> {
    let framing = Framing::of_head(head);
    if framing == Framing::Bare {
        return Cow::Borrowed(head);
    }
    let mut unwrapper = Unwrapper::new(framing, head.len());
    let mut text = Vec::with_capacity(head.len());
    for line in text_of(head).lines() {
        if let Unwrapped::Line(_, line) = unwrapper.line(TextStart::from(0), line.as_bytes()) {
            text.extend_from_slice(line.as_bytes());
            text.push(b'\n');
        }
    }
    // A line that is longer than what was looked at shows how it begins.
    for (_, pending) in unwrapper.joiner.pending.into_values() {
        text.extend_from_slice(pending.as_bytes());
    }
    Cow::Owned(text)
}

/// The text of the first bytes of a file: without a byte order mark, and up to
/// the first byte that is not text (the last character may be cut).
pub(super) fn text_of(bytes: &[u8]) -> &str {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => bytes
            .get(..error.valid_up_to())
            .and_then(|text| std::str::from_utf8(text).ok())
            .unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(framing: Framing, lines: &[&str]) -> Vec<(u64, String)> {
        let mut joiner = Joiner::new(1 << 10);
        let mut found = Vec::new();
        for (line, number) in lines.iter().zip(1..) {
            if let Joined::Whole(at, text) =
                joiner.add(framing.unwrap(line).unwrap(), TextStart::from(number))
            {
                found.push((at.line, text.into_owned()));
            }
        }
        found
    }

    #[test]
    fn pieces_are_joined_by_stream() {
        let lines = [
            "2026-10-01T10:11:12.123456789Z stdout P {\"a\":",
            "2026-10-01T10:11:12.123456789Z stderr F I1001 a message",
            "2026-10-01T10:11:12.123456789Z stdout F 1}",
        ];
        assert_eq!(Framing::of(lines[0]), Framing::Cri);
        assert_eq!(
            whole(Framing::Cri, &lines),
            [(2, "I1001 a message".to_owned()), (1, "{\"a\":1}".to_owned())]
        );
    }

    #[test]
    fn docker_lines_end_where_the_program_ended_them() {
        let lines = [
            r#"{"log":"{\"a\":","stream":"stdout","time":"2026-10-01T10:11:12Z"}"#,
            r#"{"log":"1}\r\n","stream":"stdout","time":"2026-10-01T10:11:12Z"}"#,
        ];
        assert_eq!(Framing::of_head(lines.join("\n").as_bytes()), Framing::Docker);
        assert_eq!(whole(Framing::Docker, &lines), [(1, "{\"a\":1}".to_owned())]);
        let cut = format!(r#"{{"log":"{}","stream":"stdout"}}"#, "x".repeat(16 << 10));
        assert_eq!(Framing::of_head(cut.as_bytes()), Framing::Docker);
    }

    #[test]
    fn lines_of_which_a_collector_took_the_end_off_are_whole() {
        let lines = [
            r#"{"date":1.5,"log":"{\"a\":1}","stream":"stdout"}"#,
            r#"{"date":1.5,"log":"I1001 a message","stream":"stderr"}"#,
            r#"{"date":1.5,"log":"{\"a\":2}","stream":"stdout"}"#,
        ];
        assert_eq!(Framing::of_head(lines.join("\n").as_bytes()), Framing::Collected);
        let texts = |lines: &[&str]| -> Vec<String> {
            whole(Framing::Collected, lines).into_iter().map(|(_, text)| text).collect()
        };
        assert_eq!(texts(&lines), ["{\"a\":1}", "I1001 a message", "{\"a\":2}"]);
        let tagged = [
            r#"{"stream":"stdout","_p":"P","log":"{\"a\":"}"#,
            r#"{"stream":"stdout","logtag":"F","log":"1}"}"#,
        ];
        assert_eq!(Framing::of_head(tagged.join("\n").as_bytes()), Framing::Collected);
        assert_eq!(texts(&tagged), ["{\"a\":1}"]);
    }

    #[test]
    fn a_line_of_pieces_without_end_is_dropped_at_the_limit() {
        let mut joiner = Joiner::new(4);
        let piece = |text| Piece { stream: "stdout", text: Cow::Borrowed(text), last: false };
        assert_eq!(joiner.add(piece("abc"), 1.into()), Joined::Pending);
        assert_eq!(joiner.add(piece("def"), 2.into()), Joined::Overlong(1.into()));
    }

    #[test]
    fn events_are_not_taken_for_wrapped_lines() {
        assert_eq!(Framing::of(r#"{"kind":"Event","log":"x"}"#), Framing::Bare);
        assert_eq!(Framing::of("I1122 13:21:26 stdout F x"), Framing::Bare);
    }
}
