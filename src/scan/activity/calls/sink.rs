//! What is gathered from the entries of one file.

use std::{collections::BTreeSet, sync::Arc};

use jiff::Timestamp;

use super::{NoEntry, fields::kept};
use crate::{
    model::{
        activity::{
            About, Arguments, CallOutcome, Caller, DeciderKind, Decision, DecisionVerdict, Defect,
            Drill, Incident, IncidentReport, Notification, Reasoning, Records, Reversal, Review,
            ToolCall,
        },
        location::{Location, TextStart},
    },
    scan::activity::builder::{Caps, PlaneBuilder},
    source::{files::FileRef, lines::Overlong},
};

/// What most logs tell of a decision.
pub(super) struct Decided {
    pub(super) time: Option<Timestamp>,
    pub(super) asked: Option<Timestamp>,
    pub(super) about: About,
    pub(super) verdict: DecisionVerdict,
    pub(super) kind: DeciderKind,
    pub(super) by: Option<Box<str>>,
}

impl Decided {
    /// That a client went over to a way of working in which it asks nobody: a policy's
    /// word on all that follows in the session.
    pub(super) fn by_mode(time: Option<Timestamp>, caller: &Caller, mode: &str) -> Self {
        Self {
            time,
            asked: None,
            about: About {
                session: caller.session.clone(),
                agent: caller.agent.clone(),
                action: kept(&format!("mode {mode}")),
                ..About::default()
            },
            verdict: DecisionVerdict::Approved,
            kind: DeciderKind::Policy,
            by: None,
        }
    }
}

/// Rows and counts of one file.
#[derive(Debug)]
pub(super) struct Sink {
    plane: PlaneBuilder,
    records: Records,
    path: Arc<str>,
    format: Arc<str>,
    /// Where the entry stands that is being read.
    at: TextStart,
    /// What is wrong with the first entry of which that is known.
    problem: Option<String>,
    /// Of what a program printed: when whoever wrapped it wrote it down.
    printed: Option<Option<Timestamp>>,
}

impl Sink {
    pub(super) fn new(kind: &str, file: &FileRef, caps: Caps) -> Self {
        Self {
            plane: PlaneBuilder::new(caps),
            records: Records::default(),
            path: file.display.clone(),
            format: kind.into(),
            at: TextStart::from(0),
            problem: None,
            printed: None,
        }
    }

    /// Says of which format what follows is.
    pub(super) fn of(&mut self, kind: &str) {
        if *self.format != *kind {
            self.format = kind.into();
        }
    }

    /// Says that a whole file was read.
    pub(super) fn file(&mut self) {
        self.plane.summary_mut().files = 1;
    }

    /// Says that a program printed what follows, the agent perhaps, and when that was written
    /// down, where it is known.
    pub(super) fn printed(&mut self, stamp: Option<Timestamp>) {
        self.printed = Some(stamp);
    }

    /// Whether a program printed what is being read, so that it proves nothing that people did.
    pub(super) fn is_printed(&self) -> bool {
        self.printed.is_some()
    }

    /// Says where what follows begins.
    pub(super) fn at(&mut self, at: TextStart) {
        self.at = at;
    }

    /// Where the entry stands that is being read.
    pub(super) fn place(&self) -> Location {
        let line = u32::try_from(self.at.line).ok();
        Location { path: self.path.clone(), line, column: None, object: None }
    }

    /// Counts an event of the log, with the time it speaks of.
    pub(super) fn event(&mut self, time: Option<Timestamp>) {
        self.plane.event(time);
    }

    /// Counts a value that is no entry.
    pub(super) fn refuse(&mut self, why: NoEntry) {
        match why {
            NoEntry::Defect(defect) => self.defect(defect, self.at),
            NoEntry::Wrong(problem) => {
                self.defect(Defect::NotAnEvent, self.at);
                let line = self.at.line;
                self.problem.get_or_insert_with(|| format!("line {line}: {problem}"));
            }
            NoEntry::Foreign => self.plane.summary_mut().foreign_lines += 1,
        }
    }

    /// Counts what is no evidence at a place.
    pub(super) fn defect(&mut self, defect: Defect, at: TextStart) {
        self.plane.defect(defect, &self.path, at);
    }

    /// Counts lines that were not read because they are too long.
    pub(super) fn overlong(&mut self, overlong: &Overlong) {
        self.plane.overlong(overlong, &self.path);
    }

    /// Says how many lines the file has.
    pub(super) fn lines(&mut self, lines: u64) {
        self.plane.summary_mut().lines = lines;
    }

    /// Says that what follows in the file was not read.
    pub(super) fn cut_short(&mut self) {
        self.plane.summary_mut().files_cut_short = 1;
    }

    /// A call of `tool` of which nothing else is known.
    pub(super) fn blank(&self, tool: Box<str>) -> ToolCall {
        ToolCall {
            time: None,
            began: None,
            end: None,
            caller: Caller::default(),
            id: None,
            span: None,
            server: None,
            tool,
            arguments: Arguments::default(),
            outcome: CallOutcome::NotSaid,
            reasoning: Reasoning::NotRecorded,
            requests: BTreeSet::new(),
            also: BTreeSet::new(),
            failure_class: None,
            format: self.format.clone(),
            place: self.place(),
        }
    }

    /// Keeps a decision that says nothing of what was shown to whoever decided.
    pub(super) fn decided(&mut self, decided: Decided) {
        let Decided { time, asked, about, verdict, kind, by } = decided;
        let place = self.place();
        let (arguments, complete) = (None, None);
        self.decision(Decision {
            time,
            asked,
            about,
            verdict,
            kind,
            by,
            arguments,
            complete,
            place,
        });
    }

    pub(super) fn call(&mut self, row: ToolCall) {
        self.records.tool_calls.add(row, Records::LIMIT);
    }

    /// Keeps a decision, as of no earlier than it was written down.
    pub(super) fn decision(&mut self, mut row: Decision) {
        row.time =
            row.time.map(|time| self.printed.flatten().map_or(time, |stamp| time.max(stamp)));
        self.records.decisions.add(row, Records::LIMIT);
    }

    pub(super) fn notification(&mut self, row: Notification) {
        self.records.notifications.add(row, Records::LIMIT);
    }

    pub(super) fn reversal(&mut self, row: Reversal) {
        self.records.reversals.add(row, Records::LIMIT);
    }

    pub(super) fn review(&mut self, row: Review) {
        self.records.reviews.add(row, Records::LIMIT);
    }

    pub(super) fn drill(&mut self, row: Drill) {
        self.records.drills.add(row, Records::LIMIT);
    }

    pub(super) fn incident(&mut self, row: Incident) {
        self.records.incidents.add(row, Records::LIMIT);
    }

    pub(super) fn incident_report(&mut self, row: IncidentReport) {
        self.records.incident_reports.add(row, Records::LIMIT);
    }

    /// Counts, rows, and what is wrong with the first entry of which that is known.
    pub(super) fn finish(self) -> (PlaneBuilder, Records, Option<String>) {
        (self.plane, self.records, self.problem)
    }
}
