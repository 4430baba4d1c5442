//! From the text of a summary to its parts.
//!
//! Whoever wrote it may mean harm: nothing is taken before the digest was checked, every
//! collection is filled through its own bounds, and numbers are bounded together, so that
//! no sum over a few thousand summaries can overflow.

use serde_json::Value;

use super::{
    SCHEMA, Summary,
    line::{BeyondLine, EndLine, EventLine, Line, PlaneLine, PrincipalLine},
};
use crate::{
    model::{activity::Records, capability::Plane},
    scan::activity::builder::{CountsPart, HeldEvent, PlanePart, PrincipalPart},
    source::read::digest,
};

/// All numbers of a summary together are less: a log of 2^40 events stays well below.
const NUMBERS: u64 = 1 << 51;

/// Why a summary cannot be used.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PartError {
    /// It is of another version.
    #[error("it is `{0}`, which this gradus does not read: summarize the logs again")]
    Version(String),
    /// It has no end, or its end does not fit.
    #[error("it is cut off or was changed: what it holds is not what was written")]
    Changed,
    /// A line is not what it must be.
    #[error("line {line}: {reason}")]
    Line {
        /// From 1.
        line: u64,
        /// Why.
        reason: String,
    },
}

/// Reads a whole summary.
pub(super) fn summary(bytes: &[u8]) -> Result<Summary, PartError> {
    let text = std::str::from_utf8(bytes).map_err(|_| PartError::Changed)?;
    let first = text.lines().next().unwrap_or_default();
    match serde_json::from_str(first) {
        Ok(Line::Schema(schema)) if schema == SCHEMA => {}
        Ok(Line::Schema(schema)) => return Err(PartError::Version(schema)),
        _ => return Err(PartError::Changed),
    }
    let body = text.strip_suffix('\n').and_then(|text| text.rsplit_once('\n'));
    let Some((body, end)) = body else { return Err(PartError::Changed) };
    // The digest is over all lines with their ends.
    let body = text.get(..body.len() + 1).unwrap_or_default();
    match serde_json::from_str(end) {
        Ok(Line::End(EndLine { digest: said })) if said == digest(body.as_bytes()) => {}
        _ => return Err(PartError::Changed),
    }
    let mut reading = Reading::default();
    for (line, number) in body.lines().zip(1_u64..).skip(1) {
        reading
            .line(line)
            .map_err(|reason| PartError::Line { line: number, reason: reason.to_string() })?;
    }
    Ok(reading.summary)
}

/// What is wrong with a line.
#[derive(Debug, thiserror::Error)]
enum LineError {
    #[error("{0}")]
    Json(#[from] serde_json::Error),
    #[error("its numbers are none that a log can have")]
    Numbers,
    #[error("it stands where it cannot belong to anything")]
    Stray,
}

#[derive(Default)]
struct Reading {
    summary: Summary,
    plane: Option<Plane>,
    numbers: u64,
}

impl Reading {
    fn line(&mut self, text: &str) -> Result<(), LineError> {
        let sum = sum_of(&serde_json::from_str(text)?);
        let sum = sum.and_then(|sum| self.numbers.checked_add(sum)).filter(|sum| *sum < NUMBERS);
        self.numbers = sum.ok_or(LineError::Numbers)?;
        let limit = Records::LIMIT;
        match serde_json::from_str(text)? {
            Line::Schema(_) | Line::End(_) => return Err(LineError::Stray),
            Line::File(file) => self.summary.files.push(file.into()),
            Line::Plane(PlaneLine { plane, log, beyond, zeros }) => {
                let counts = CountsPart { log, beyond, ..CountsPart::default() };
                let part = PlanePart { counts, zeros, ..PlanePart::default() };
                if self.summary.part.planes.insert(plane, part).is_some() {
                    return Err(LineError::Stray);
                }
                self.plane = Some(plane);
            }
            Line::Principal(PrincipalLine { name, cluster, head }) => {
                let (actions, changes) = (Vec::new(), Vec::new());
                let principal = PrincipalPart { name, cluster, head, actions, changes };
                self.plane()?.counts.principals.push(principal);
            }
            Line::Action(action) => self.principal()?.actions.push(action),
            Line::Change(change) => self.principal()?.changes.push(change),
            Line::Open(open) => self.plane()?.counts.open.push(open),
            Line::Event(EventLine { id, path, line, nth, counts }) => {
                let events = serde_json::from_str::<CountsPart>(counts.get())?.log.events;
                let counts = counts.get().into();
                self.plane()?.events.push(HeldEvent { id, path, line, nth, events, counts });
            }
            Line::Beyond(BeyondLine {
                tool_calls,
                decisions,
                notifications,
                reversals,
                reviews,
                drills,
                incidents,
                incident_reports,
                sessions,
            }) => {
                let records = self.records();
                records.tool_calls.omit(tool_calls);
                records.decisions.omit(decisions);
                records.notifications.omit(notifications);
                records.reversals.omit(reversals);
                records.reviews.omit(reviews);
                records.drills.omit(drills);
                records.incidents.omit(incidents);
                records.incident_reports.omit(incident_reports);
                records.sessions.omit(sessions);
            }
            Line::ToolCall(row) => self.records().tool_calls.add(row, limit),
            Line::Decision(row) => self.records().decisions.add(row, limit),
            Line::Notification(row) => self.records().notifications.add(row, limit),
            Line::Reversal(row) => self.records().reversals.add(row, limit),
            Line::Review(row) => self.records().reviews.add(row, limit),
            Line::Drill(row) => self.records().drills.add(row, limit),
            Line::Incident(row) => self.records().incidents.add(row, limit),
            Line::IncidentReport(row) => self.records().incident_reports.add(row, limit),
            Line::Session(row) => self.records().sessions.add(row, limit),
        }
        Ok(())
    }

    fn plane(&mut self) -> Result<&mut PlanePart, LineError> {
        let planes = &mut self.summary.part.planes;
        self.plane.and_then(|plane| planes.get_mut(&plane)).ok_or(LineError::Stray)
    }

    fn principal(&mut self) -> Result<&mut PrincipalPart, LineError> {
        self.plane()?.counts.principals.last_mut().ok_or(LineError::Stray)
    }

    fn records(&mut self) -> &mut Records {
        &mut self.summary.part.records
    }
}

/// All numbers in a value together; none where one is negative or a fraction.
fn sum_of(value: &Value) -> Option<u64> {
    match value {
        Value::Null | Value::Bool(_) | Value::String(_) => Some(0),
        Value::Number(number) => number.as_u64(),
        Value::Array(items) => {
            items.iter().try_fold(0_u64, |sum, item| sum.checked_add(sum_of(item)?))
        }
        Value::Object(members) => {
            members.values().try_fold(0_u64, |sum, member| sum.checked_add(sum_of(member)?))
        }
    }
}
