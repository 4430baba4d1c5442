//! From a builder to the text of a summary.

use serde::Serialize;
use serde_json::value::RawValue;

use super::{
    SCHEMA, Summary,
    line::{BeyondLine, EndLine, EventLine, Line, PlaneLine, PrincipalLine},
};
use crate::{
    model::{activity::Records, capability::Plane},
    scan::activity::builder::{CountsPart, PlanePart, PrincipalPart, sparse},
    source::read::digest,
};

/// The text, to its end.
pub(super) fn text(summary: Summary) -> serde_json::Result<Vec<u8>> {
    let mut out = Out(Vec::new());
    out.line(&Line::Schema(SCHEMA.to_owned()))?;
    for file in summary.files {
        out.line(&Line::File(file.into()))?;
    }
    for (plane, part) in summary.part.planes {
        out.plane(plane, part)?;
    }
    out.records(&summary.part.records)?;
    let digest = digest(&out.0);
    out.line(&Line::End(EndLine { digest }))?;
    Ok(out.0)
}

struct Out(Vec<u8>);

impl Out {
    fn line(&mut self, line: &impl Serialize) -> serde_json::Result<()> {
        serde_json::to_writer(&mut self.0, line)?;
        self.0.push(b'\n');
        Ok(())
    }

    fn plane(&mut self, plane: Plane, part: PlanePart) -> serde_json::Result<()> {
        let CountsPart { log, beyond, principals, open } = part.counts;
        self.line(&sparse(&Line::Plane(PlaneLine { plane, log, beyond, zeros: part.zeros }))?)?;
        for PrincipalPart { name, cluster, head, actions, changes } in principals {
            self.line(&sparse(&Line::Principal(PrincipalLine { name, cluster, head }))?)?;
            for action in actions {
                self.line(&sparse(&Line::Action(action))?)?;
            }
            for change in changes {
                self.line(&sparse(&Line::Change(change))?)?;
            }
        }
        for open in open {
            self.line(&sparse(&Line::Open(open))?)?;
        }
        for event in part.events {
            let counts = RawValue::from_string(event.counts.into_string())?;
            let (id, path, line, nth) = (event.id, event.path, event.line, event.nth);
            self.line(&Line::Event(EventLine { id, path, line, nth, counts }))?;
        }
        Ok(())
    }

    fn records(&mut self, records: &Records) -> serde_json::Result<()> {
        /// A record as the line that it stands on.
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        enum Of<'r, T> {
            ToolCall(&'r T),
            Decision(&'r T),
            Notification(&'r T),
            Reversal(&'r T),
            Review(&'r T),
            Drill(&'r T),
            Incident(&'r T),
            IncidentReport(&'r T),
            Session(&'r T),
        }
        let Records {
            tool_calls,
            decisions,
            notifications,
            reversals,
            reviews,
            drills,
            incidents,
            incident_reports,
            sessions,
        } = records;
        let beyond = BeyondLine {
            tool_calls: tool_calls.beyond(),
            decisions: decisions.beyond(),
            notifications: notifications.beyond(),
            reversals: reversals.beyond(),
            reviews: reviews.beyond(),
            drills: drills.beyond(),
            incidents: incidents.beyond(),
            incident_reports: incident_reports.beyond(),
            sessions: sessions.beyond(),
        };
        if beyond != BeyondLine::default() {
            self.line(&Line::Beyond(beyond))?;
        }
        tool_calls.iter().try_for_each(|row| self.line(&Of::ToolCall(row)))?;
        decisions.iter().try_for_each(|row| self.line(&Of::Decision(row)))?;
        notifications.iter().try_for_each(|row| self.line(&Of::Notification(row)))?;
        reversals.iter().try_for_each(|row| self.line(&Of::Reversal(row)))?;
        reviews.iter().try_for_each(|row| self.line(&Of::Review(row)))?;
        drills.iter().try_for_each(|row| self.line(&Of::Drill(row)))?;
        incidents.iter().try_for_each(|row| self.line(&Of::Incident(row)))?;
        incident_reports.iter().try_for_each(|row| self.line(&Of::IncidentReport(row)))?;
        sessions.iter().try_for_each(|row| self.line(&Of::Session(row)))
    }
}
