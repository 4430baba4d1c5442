//! Incidents, and who vouches that all of them are on record.

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

use crate::model::location::Location;

/// What one record says of an incident; several may tell of the same.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Incident {
    /// When it began.
    pub time: Option<Timestamp>,
    /// What it is called.
    pub id: Box<str>,
    /// How grave it was, in the words of the record's own scale; none where it does not say.
    pub severity: Option<Box<str>>,
    /// Agents and principals that it came from; empty where it came from none, none where the
    /// record does not say.
    pub agents: Option<Vec<Box<str>>>,
    /// Ids (of calls or requests) of the changes that it came from.
    pub changes: Vec<Box<str>>,
    /// When it was over; none where it is not known to be.
    pub resolved: Option<Timestamp>,
    /// Where it stands.
    pub place: Location,
}

/// A person's word that the incidents of some days are all named: that no record tells of an
/// incident does not show that there was none.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IncidentReport {
    /// When it was said.
    pub time: Option<Timestamp>,
    /// Of incidents of which agent; none for all incidents.
    pub agent: Option<Box<str>>,
    /// First day that it covers.
    pub from: Date,
    /// Last day that it covers.
    pub to: Date,
    /// Who says so.
    pub by: Vec<Box<str>>,
    /// Ids of all incidents that began within these days.
    pub incidents: Vec<Box<str>>,
    /// Where it stands.
    pub place: Location,
}
