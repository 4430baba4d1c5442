//! All records that are not of a platform's own log.

use super::{
    Decision, Drill, Incident, IncidentReport, Notification, Reversal, Review, RoleSession, Rows,
    ToolCall, unite,
};

/// Tool calls, and what people did about actions; of each kind the latest
/// [`Records::LIMIT`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Records {
    /// Calls of tools.
    pub tool_calls: Rows<ToolCall>,
    /// Decisions on actions.
    pub decisions: Rows<Decision>,
    /// Messages about actions.
    pub notifications: Rows<Notification>,
    /// Actions put back.
    pub reversals: Rows<Reversal>,
    /// Reviews.
    pub reviews: Rows<Review>,
    /// Drills.
    pub drills: Rows<Drill>,
    /// Incidents.
    pub incidents: Rows<Incident>,
    /// Who vouches that incidents are all on record.
    pub incident_reports: Rows<IncidentReport>,
    /// Sessions of roles that were begun.
    pub sessions: Rows<RoleSession>,
}

impl Records {
    /// How many of each kind are kept.
    pub const LIMIT: usize = 50_000;

    /// Adds the records of another part.
    pub fn merge(&mut self, other: Self) {
        let limit = Self::LIMIT;
        self.tool_calls.merge(other.tool_calls, limit);
        self.decisions.merge(other.decisions, limit);
        self.notifications.merge(other.notifications, limit);
        self.reversals.merge(other.reversals, limit);
        self.reviews.merge(other.reviews, limit);
        self.drills.merge(other.drills, limit);
        self.incidents.merge(other.incidents, limit);
        self.incident_reports.merge(other.incident_reports, limit);
        self.sessions.merge(other.sessions, limit);
    }

    /// Brings bounds and order into force.
    pub fn settle(&mut self) {
        let limit = Self::LIMIT;
        self.tool_calls.settle(limit);
        self.decisions.settle(limit);
        self.notifications.settle(limit);
        self.reversals.settle(limit);
        self.reviews.settle(limit);
        self.drills.settle(limit);
        self.incidents.settle(limit);
        self.incident_reports.settle(limit);
        self.sessions.settle(limit);
    }

    /// Makes one row of all that tell of the same call, of the same decision, and of those
    /// that say the same of anything else in several places. To be
    /// done once, with the settled rows of all parts: a row of several no longer names
    /// every span that it was made of.
    pub fn unite(&mut self) {
        self.tool_calls.replace(unite::calls);
        self.decisions.replace(unite::decisions);
        self.notifications.replace(|rows| unite::once(rows, |row| &mut row.place));
        self.reversals.replace(|rows| unite::once(rows, |row| &mut row.place));
        self.reviews.replace(|rows| unite::once(rows, |row| &mut row.place));
        self.drills.replace(|rows| unite::once(rows, |row| &mut row.place));
        self.incidents.replace(|rows| unite::once(rows, |row| &mut row.place));
        self.incident_reports.replace(|rows| unite::once(rows, |row| &mut row.place));
        self.sessions.replace(|rows| unite::once(rows, |row| &mut row.place));
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tool_calls.is_empty()
            && self.decisions.is_empty()
            && self.notifications.is_empty()
            && self.reversals.is_empty()
            && self.reviews.is_empty()
            && self.drills.is_empty()
            && self.incidents.is_empty()
            && self.incident_reports.is_empty()
            && self.sessions.is_empty()
    }
}
