//! Severe incidents that came from the agent, and those that are not over.
//!
//! One that is attributed to it counts, whoever vouches for the record. That there was none is
//! known only where people said of every day of the window that its incidents are all named,
//! and every one of them is on record, readable, and not the agent's.
//!
//! No record tells on what an incident is. One that came from the agent is on what it works on;
//! of any other that is not over that is open. Where none is, none is on that.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use jiff::{Timestamp, civil::Date, tz::Offset};

use super::Figure;
use crate::{
    assess::overseen::Overseen,
    model::{
        activity::{Incident, IncidentReport},
        location::Location,
    },
};

/// What the records of one incident say together. Of two that contradict each other the one
/// that is worse for the agent holds; what one leaves out another may say.
#[derive(Debug, Default)]
struct Told<'a> {
    severity: Option<Answer>,
    from_agent: Option<Answer>,
    first_day: Option<Date>,
    /// Whether it began within the window.
    began_in_window: bool,
    /// When it was over, by what was said last.
    resolved: Option<Timestamp>,
    place: Option<&'a Location>,
}

/// An answer of a record, from the best to the worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Answer {
    No,
    NotReadable,
    Yes,
}

impl From<Option<bool>> for Answer {
    fn from(answer: Option<bool>) -> Self {
        match answer {
            Some(true) => Self::Yes,
            Some(false) => Self::No,
            None => Self::NotReadable,
        }
    }
}

impl Told<'_> {
    /// Whether it reaches into the window: one that nobody says to be over does.
    fn is_in_window(&self, overseen: &Overseen<'_, '_>) -> bool {
        self.began_in_window || overseen.is_in_window(self.resolved)
    }

    /// Whether nobody says that it is over by the day of the assessment.
    fn is_open(&self, overseen: &Overseen<'_, '_>) -> bool {
        let over = self.resolved.map(|resolved| Offset::UTC.to_datetime(resolved).date());
        over.is_none_or(|over| over > overseen.today)
    }

    /// Whether it is a severe one.
    fn is_severe(&self) -> Answer {
        self.severity.unwrap_or(Answer::NotReadable)
    }

    /// Whether it is a severe one of the agent.
    fn counts(&self) -> Answer {
        self.is_severe().min(self.from_agent.unwrap_or(Answer::NotReadable))
    }
}

/// How many came from it.
pub(super) fn severe(overseen: &Overseen<'_, '_>) -> Figure<u64> {
    let incidents = by_id(overseen);
    let of = |answer: Answer| {
        incidents
            .iter()
            .filter(move |(_, told)| told.is_in_window(overseen) && told.counts() == answer)
    };
    let places: Vec<Location> =
        of(Answer::Yes).filter_map(|(_, told)| told.place).cloned().collect();
    if !places.is_empty() {
        return Ok((places.len() as u64, places));
    }
    if let Some((id, told)) = of(Answer::NotReadable).next() {
        return Err(unclear(id, told));
    }
    none(overseen, covered(overseen, &incidents, |report| is_of(report, overseen))?)
}

/// How many are not over on what the agent works on.
pub(super) fn open(overseen: &Overseen<'_, '_>) -> Figure<u64> {
    let incidents = by_id(overseen);
    let mut open = incidents.iter().filter(|(_, told)| told.is_open(overseen));
    let own = open.clone().filter(|(_, told)| told.counts() == Answer::Yes);
    let places: Vec<Location> = own.filter_map(|(_, told)| told.place).cloned().collect();
    if !places.is_empty() {
        return Ok((places.len() as u64, places));
    }
    if let Some((id, told)) = open.find(|(_, told)| told.is_severe() > Answer::No) {
        return Err(match told.is_severe() {
            Answer::Yes => format!(
                "no record tells that incident {id}{} is over, nor on what it is",
                at(told.place)
            ),
            Answer::No | Answer::NotReadable => unclear(id, told),
        });
    }
    // What people say of one agent's incidents leaves out those of all others.
    let is_of_all = |report: &IncidentReport| report.agent.is_none() && is_of(report, overseen);
    none(overseen, covered(overseen, &incidents, is_of_all)?)
}

/// That there was none, as those vouch who made the reports, unless one may be missing.
fn none(overseen: &Overseen<'_, '_>, covering: Vec<&IncidentReport>) -> Figure<u64> {
    let records = &overseen.records.activity().records;
    let gap = overseen
        .records_gap(&records.incidents, |row| row.time)
        .or_else(|| overseen.records_gap(&records.incident_reports, |row| row.time));
    match gap {
        Some(gap) => Err(gap),
        None => Ok((0, covering.iter().map(|report| report.place.clone()).collect())),
    }
}

fn at(place: Option<&Location>) -> String {
    place.map(|place| format!(" ({place})")).unwrap_or_default()
}

fn unclear(id: &str, told: &Told<'_>) -> String {
    let place = at(told.place);
    let what = match (told.severity, told.from_agent) {
        (None, _) => "does not say how severe it was",
        (Some(Answer::NotReadable), _) => "is of a severity that no scale has that is known",
        (_, None) => "does not say whether it came from an agent",
        (_, Some(_)) => "names whom nobody knows as what it came from",
    };
    format!("the record of incident {id}{place} {what}")
}

/// All incidents, by their id.
fn by_id<'a>(overseen: &Overseen<'a, '_>) -> BTreeMap<&'a str, Told<'a>> {
    let own_ids = overseen.own_ids();
    let mut all = BTreeMap::<&str, Told<'_>>::new();
    for row in &overseen.records.activity().records.incidents {
        let severity = row.severity.as_deref();
        let severity = severity.map(|word| overseen.who.rules().is_severe(word).into());
        let day = row.time.map(|time| Offset::UTC.to_datetime(time).date());
        let told = all.entry(&*row.id).or_default();
        told.severity = told.severity.max(severity);
        told.from_agent = told.from_agent.max(from_agent(row, overseen, &own_ids));
        told.first_day = told.first_day.into_iter().chain(day).min();
        told.began_in_window |= overseen.is_in_window(row.time);
        told.resolved = told.resolved.max(row.resolved);
        told.place.get_or_insert(&row.place);
    }
    all
}

/// Whether an incident came from the agent; none where the record does not say.
fn from_agent(
    row: &Incident,
    overseen: &Overseen<'_, '_>,
    own_ids: &BTreeSet<&str>,
) -> Option<Answer> {
    let who = overseen.who;
    let named = |name: &str| match (who.is_called(name) || who.is_itself(name), who.is_other(name))
    {
        (true, _) => Answer::Yes,
        (false, true) => Answer::No,
        (false, false) => Answer::NotReadable,
    };
    let agents = row
        .agents
        .as_ref()
        .map(|agents| agents.iter().map(|name| named(name)).max().unwrap_or(Answer::No));
    if row.changes.iter().any(|id| own_ids.contains(&**id)) {
        return Some(Answer::Yes);
    }
    // Whose a change is that no log shows to be the agent's, its id alone does not tell.
    agents.or_else(|| (!row.changes.is_empty()).then_some(Answer::NotReadable))
}

/// The reports, of those that `counts`, that cover every day of the window together.
fn covered<'a>(
    overseen: &Overseen<'a, '_>,
    incidents: &BTreeMap<&str, Told<'_>>,
    counts: impl Fn(&IncidentReport) -> bool,
) -> Result<Vec<&'a IncidentReport>, String> {
    let reports = &overseen.records.activity().records.incident_reports;
    let mut doubt = None;
    let mut covering: Vec<&IncidentReport> = Vec::new();
    for report in reports.iter().filter(|report| counts(report)) {
        match contradicted(report, incidents) {
            Some(why) => drop(doubt.get_or_insert(why)),
            None => covering.push(report),
        }
    }
    if covering.is_empty() {
        let nobody = || "nobody says that the record of incidents is complete".to_owned();
        return Err(doubt.unwrap_or_else(nobody));
    }
    let Some(since) = overseen.since else {
        return Err("the window has no first day".to_owned());
    };
    let mut day = Offset::UTC.to_datetime(since).date();
    let first = day;
    while day < overseen.today {
        let until = covering
            .iter()
            .filter(|report| report.from <= day && day <= report.to)
            .filter_map(|report| report.to.tomorrow().ok())
            .max();
        let Some(next) = until else {
            return Err(doubt.unwrap_or_else(|| {
                format!("nobody says that the record of incidents is complete on {day}")
            }));
        };
        day = next;
    }
    covering.retain(|report| report.to >= first);
    Ok(covering)
}

/// Whether a report speaks of incidents of the agent, and was made by people once what it
/// covers was over.
fn is_of(report: &IncidentReport, overseen: &Overseen<'_, '_>) -> bool {
    let who = overseen.who;
    let made = report.time.map(|time| Offset::UTC.to_datetime(time).date());
    report.agent.as_deref().is_none_or(|name| who.is_called(name))
        && report.by.iter().any(|by| who.may_be_person(by))
        && made.is_some_and(|made| report.to <= made && made <= overseen.today)
}

/// What the record of incidents holds against a report: one that it names and the record
/// lacks, or one of its days that it does not name.
fn contradicted(report: &IncidentReport, incidents: &BTreeMap<&str, Told<'_>>) -> Option<String> {
    let lacking = report.incidents.iter().find(|id| !incidents.contains_key(&***id));
    if let Some(id) = lacking {
        return Some(format!(
            "the report of incidents at {} names {id}, of which there is no record",
            report.place
        ));
    }
    let forgotten = incidents.iter().find(|(id, told)| {
        let of_its_days = told.first_day.is_some_and(|day| report.from <= day && day <= report.to);
        let of_others = report.agent.is_some() && told.from_agent == Some(Answer::No);
        of_its_days && !of_others && !report.incidents.iter().any(|own| **own == ***id)
    });
    forgotten.map(|(id, _)| {
        format!(
            "the report of incidents at {} does not name {id}, which is of its days",
            report.place
        )
    })
}
