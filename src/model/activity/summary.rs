//! What was read of the logs of one plane, and what of them could not be read.

use std::{collections::BTreeMap, fmt, sync::Arc};

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

use super::{BoundedSet, Counted, Ends, LogOrigin};
use crate::model::location::{Location, TextStart};

/// All logs of one plane together.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct LogSummary {
    /// Files that were opened.
    pub files: u64,
    /// Of these, files that could not be read to their end. Not 0: what else they hold is unknown.
    pub files_cut_short: u64,
    /// Lines, blank ones and those of other programs included.
    pub lines: u64,
    /// Lines of another program in the same stream (a container's own messages).
    pub foreign_lines: u64,
    /// Events that were read: a request has one for each stage.
    pub events: u64,
    /// The same by stage.
    pub stages: Stages,
    /// Requests with an outcome, each once.
    pub requests: u64,
    /// Requests that were received and have no outcome in the log: at least so many.
    pub unanswered: u64,
    /// Requests that the log ascribes to nobody, for want of authentication.
    pub unauthenticated: u64,
    /// Other requests that the log ascribes to nobody. Not 0: anyone may have acted.
    pub unattributed: u64,
    /// Events whose request and response were left out by the server as too large.
    pub truncated: u64,
    /// Events without a readable time.
    pub undated: u64,
    /// More requests were open at once than are held: some that the log shows at
    /// their start and at their end are counted twice.
    pub stages_overlap: bool,
    /// Lines that are not evidence although they should be.
    pub defects: Defects,
    /// First and last time of any event; none where no event carries one.
    pub window: Option<Window>,
    /// When the files end that end last.
    pub ends: Ends,
    /// Events by day (UTC): a gap is a day without evidence.
    pub days: Counted<Date, 4096>,
    /// Requests during which an admission webhook failed open, by webhook.
    pub failed_open: Counted<String, 64>,
    /// Events that a log holds more than once, each further time.
    pub repeated: u64,
    /// More events were seen than are told apart: some that stand in several files
    /// are counted as often.
    pub repeats_unseen: bool,
    /// Which kinds of events a CloudTrail log was seen to hold.
    pub recorded: Recorded,
    /// Of which clusters the log is, with events; those of no wrapping that says so are
    /// in none of them.
    pub origins: Counted<LogOrigin, 64>,
    /// A log leaves out requests that only look, or does not tell whether it does: that
    /// something was not read cannot be told.
    pub reads_left_out: bool,
}

/// Which kinds of events a CloudTrail log was seen to hold. What was never recorded
/// cannot be missed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Recorded {
    /// Management events that only look.
    pub reads: u64,
    /// Management events that change something.
    pub writes: u64,
    /// Services, as IAM's actions name them, with data events.
    pub data: BoundedSet<String, 256>,
    /// Regions that any event is of.
    pub regions: BoundedSet<String, 64>,
    /// The same by account: trails of several may lie in one log, and each records what it
    /// was told to.
    pub in_accounts: BoundedSet<RecordedIn, 4096>,
}

/// A kind of events that an account's trail was seen to hold.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RecordedIn {
    /// The account that the event is of; empty where the log does not say.
    pub account: Box<str>,
    /// Of which kind it is.
    pub events: RecordedEvents,
}

/// Kinds of events of CloudTrail.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RecordedEvents {
    /// Management events that only look.
    Reads,
    /// Management events that change something.
    Writes,
    /// Data events of a service, as IAM's actions name it.
    Data(Box<str>),
}

impl Recorded {
    /// What was recorded of one account: of all there is, where it is of one account alone.
    #[must_use]
    pub fn of_account(&self, account: &str) -> Self {
        let first = self.in_accounts.iter().next();
        let of_one = |first: &RecordedIn| {
            self.in_accounts.iter().all(|other| other.account == first.account)
        };
        if first.is_none_or(of_one) && !self.in_accounts.has_more() {
            return self.clone();
        }
        let mut own = Self { regions: self.regions.clone(), ..Self::default() };
        for known in self.in_accounts.iter().filter(|known| &*known.account == account) {
            match &known.events {
                RecordedEvents::Reads => own.reads += 1,
                RecordedEvents::Writes => own.writes += 1,
                RecordedEvents::Data(service) => own.data.insert(service.to_string()),
            }
            own.in_accounts.insert(known.clone());
        }
        own
    }

    fn merge(&mut self, other: Self) {
        self.reads += other.reads;
        self.writes += other.writes;
        self.data.merge(other.data);
        self.regions.merge(other.regions);
        self.in_accounts.merge(other.in_accounts);
    }
}

impl LogSummary {
    /// Adds another part of the log, or another log.
    pub fn merge(&mut self, other: Self) {
        self.files += other.files;
        self.files_cut_short += other.files_cut_short;
        self.lines += other.lines;
        self.foreign_lines += other.foreign_lines;
        self.events += other.events;
        self.stages.merge(&other.stages);
        self.requests += other.requests;
        self.unanswered += other.unanswered;
        self.unauthenticated += other.unauthenticated;
        self.unattributed += other.unattributed;
        self.truncated += other.truncated;
        self.undated += other.undated;
        self.stages_overlap |= other.stages_overlap;
        self.defects.merge(other.defects);
        self.window = match (self.window, other.window) {
            (Some(a), Some(b)) => Some(a.merge(b)),
            (a, b) => a.or(b),
        };
        self.ends.merge(other.ends);
        self.days.merge(other.days);
        self.failed_open.merge(other.failed_open);
        self.repeated += other.repeated;
        self.repeats_unseen |= other.repeats_unseen;
        self.recorded.merge(other.recorded);
        self.origins.merge(other.origins);
        self.reads_left_out |= other.reads_left_out;
    }
}

/// First and last time, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Window {
    /// The earliest.
    pub first: Timestamp,
    /// The latest.
    pub last: Timestamp,
}

impl Window {
    /// The window that holds both.
    #[must_use]
    pub fn merge(self, other: Self) -> Self {
        Self { first: self.first.min(other.first), last: self.last.max(other.last) }
    }
}

/// Events by the stage of the request they report.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Stages {
    /// It arrived: nobody has been asked yet whether it is allowed.
    pub received: u64,
    /// A long answer began (watch, exec, log).
    pub started: u64,
    /// It was answered.
    pub complete: u64,
    /// The server failed over it.
    pub panicked: u64,
}

impl Stages {
    fn merge(&mut self, other: &Self) {
        self.received += other.received;
        self.started += other.started;
        self.complete += other.complete;
        self.panicked += other.panicked;
    }
}

/// Why a line is no evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Defect {
    /// Its bytes are no text.
    NotUtf8,
    /// It breaks JSON's rules.
    NotJson,
    /// It ends in the middle of a value.
    CutOff,
    /// It is JSON, but not an event of this log.
    NotAnEvent,
    /// It is longer than is read.
    Overlong,
    /// It is an event of a version that is not known: what it means may be something else.
    UnknownVersion,
    /// It is an event that is dated after the moment for which logs are judged.
    DatedAhead,
    /// It is in base64 or compressed, and that cannot be undone.
    Undecodable,
}

impl fmt::Display for Defect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotUtf8 => "not UTF-8",
            Self::NotJson => "not JSON",
            Self::CutOff => "cut off",
            Self::NotAnEvent => "not an event",
            Self::Overlong => "too long",
            Self::UnknownVersion => "of an unknown version",
            Self::DatedAhead => "dated after the assessment",
            Self::Undecodable => "not decodable",
        })
    }
}

/// Where something stands that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DefectPlace {
    /// The file and the line.
    pub location: Location,
    /// Bytes before it in the file, or in what a compressed file holds; none where nobody
    /// counted them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub byte: Option<u64>,
    /// What is wrong there.
    pub defect: Defect,
}

/// Lines that could not be read: how many of each kind, and the first places.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Defects {
    counts: BTreeMap<Defect, u64>,
    places: Vec<DefectPlace>,
}

impl Defects {
    /// How many places are kept.
    pub const PLACES: usize = 5;

    /// All of them.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.counts.values().sum()
    }

    /// How many of one kind.
    #[must_use]
    pub fn count(&self, defect: Defect) -> u64 {
        self.counts.get(&defect).copied().unwrap_or(0)
    }

    /// By kind.
    pub fn iter(&self) -> impl Iterator<Item = (Defect, u64)> {
        self.counts.iter().map(|(&defect, &count)| (defect, count))
    }

    /// The first places, in order.
    #[must_use]
    pub fn places(&self) -> &[DefectPlace] {
        &self.places
    }

    /// Counts one that begins at this place of `path`.
    pub fn add(&mut self, defect: Defect, path: &Arc<str>, at: impl Into<TextStart>) {
        *self.counts.entry(defect).or_default() += 1;
        let TextStart { line, byte } = at.into();
        let line = u32::try_from(line).ok();
        let location = Location { path: path.clone(), line, column: None, object: None };
        self.keep(DefectPlace { location, byte, defect });
    }

    /// Counts `count` more whose places nobody kept.
    pub fn add_unplaced(&mut self, defect: Defect, count: u64) {
        if count > 0 {
            *self.counts.entry(defect).or_default() += count;
        }
    }

    /// Adds those of another part.
    pub fn merge(&mut self, other: Self) {
        for (defect, count) in other.counts {
            *self.counts.entry(defect).or_default() += count;
        }
        for place in other.places {
            self.keep(place);
        }
    }

    fn keep(&mut self, place: DefectPlace) {
        let at = self.places.partition_point(|kept| *kept <= place);
        self.places.insert(at, place);
        self.places.truncate(Self::PLACES);
    }
}
