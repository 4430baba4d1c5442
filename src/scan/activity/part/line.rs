//! The lines of a summary.
//!
//! A summary is: its schema; its files; for each plane what was read of it, then its
//! principals, each followed by its actions and its changes, then open requests and held
//! events; records of oversight; the end. What is absent, `false`, 0 or empty is left out of
//! all lines that hold counts.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::{
    model::{
        activity::{
            Decision, Drill, Incident, IncidentReport, LogOrigin, LogSummary, LoggedAction,
            Notification, Reversal, Review, RoleSession, ToolCall,
        },
        capability::Plane,
        coverage::SourceRecord,
    },
    scan::activity::{
        builder::{ActionPart, OpenPart, PrincipalHead, RequestId},
        files::LogFile,
    },
};

/// One line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Line {
    /// What this is, and of which version.
    Schema(String),
    /// A log.
    File(FileLine),
    /// A plane begins.
    Plane(PlaneLine),
    /// A principal of the plane begins.
    Principal(PrincipalLine),
    /// An action of the principal.
    Action(ActionPart),
    /// A change of the principal.
    Change(LoggedAction),
    /// A request of the plane without its other half.
    Open(OpenPart),
    /// An event of the plane that other parts may hold too.
    Event(EventLine),
    /// Records of oversight that are not kept.
    Beyond(BeyondLine),
    /// A call of a tool.
    ToolCall(ToolCall),
    /// A decision.
    Decision(Decision),
    /// A notification.
    Notification(Notification),
    /// A reversal.
    Reversal(Reversal),
    /// A review.
    Review(Review),
    /// A drill.
    Drill(Drill),
    /// An incident.
    Incident(Incident),
    /// Who vouches for the record of incidents.
    IncidentReport(IncidentReport),
    /// A session of a role.
    Session(RoleSession),
    /// The end.
    End(EndLine),
}

/// A log and what it is told by.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct FileLine {
    record: SourceRecord,
    size: u64,
    digest: Option<String>,
}

impl From<LogFile> for FileLine {
    fn from(file: LogFile) -> Self {
        let LogFile { record, size, digest } = file;
        Self { record, size, digest }
    }
}

impl From<FileLine> for LogFile {
    fn from(line: FileLine) -> Self {
        let FileLine { record, size, digest } = line;
        Self { record, size, digest }
    }
}

/// What was read of a plane.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PlaneLine {
    pub(super) plane: Plane,
    #[serde(default)]
    pub(super) log: LogSummary,
    #[serde(default)]
    pub(super) beyond: u64,
    #[serde(default)]
    pub(super) zeros: u32,
}

/// What there is but once of a principal.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PrincipalLine {
    pub(super) name: Box<str>,
    /// In which cluster, where the log tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) cluster: Option<LogOrigin>,
    #[serde(default)]
    pub(super) head: PrincipalHead,
}

/// A copy of an event, and what it counts.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct EventLine {
    pub(super) id: RequestId,
    pub(super) path: Arc<str>,
    pub(super) line: u64,
    #[serde(default, skip_serializing_if = "is_first")]
    pub(super) nth: u64,
    pub(super) counts: Box<RawValue>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_first(nth: &u64) -> bool {
    *nth == 0
}

/// How many records of each kind are not kept.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct BeyondLine {
    pub(super) tool_calls: u64,
    pub(super) decisions: u64,
    pub(super) notifications: u64,
    pub(super) reversals: u64,
    pub(super) reviews: u64,
    pub(super) drills: u64,
    pub(super) incidents: u64,
    pub(super) incident_reports: u64,
    pub(super) sessions: u64,
}

/// What all before it must be.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct EndLine {
    /// `sha256:…` of all bytes before this line.
    pub(super) digest: String,
}
