//! When it is known that no severe incident came from an agent. The logs are of
//! 2026-11-09; they are judged on the day after.

use jiff::civil::date;

use super::*;
use crate::{
    assess::facts::activity::tests::{fact, why},
    model::activity::Records,
    privilege::oversight::tests::{Logs, at, change},
};

const FACT: &str = "record.severeIncidents";

/// A severe incident of nine o'clock, from these agents.
fn incident(id: &str, agents: Option<&[&str]>) -> Incident {
    let boxed = |name: &&str| Box::from(*name);
    Incident {
        time: Some(at(0)),
        id: id.into(),
        severity: Some("SEV-1".into()),
        agents: agents.map(|agents| agents.iter().map(boxed).collect()),
        changes: Vec::new(),
        resolved: Some(at(60)),
        place: Location::file("incidents.jsonl"),
    }
}

/// Ana says on the day of the assessment that these are all of the whole window.
fn report(incidents: &[&str]) -> IncidentReport {
    IncidentReport {
        time: Some("2026-11-10T08:00:00Z".parse().unwrap()),
        agent: None,
        from: date(2026, 8, 12),
        to: date(2026, 11, 9),
        by: vec!["ana@example.com".into()],
        incidents: incidents.iter().map(|id| Box::from(*id)).collect(),
        place: Location::file("reports.jsonl"),
    }
}

fn logs(incidents: impl IntoIterator<Item = Incident>, reports: &[IncidentReport]) -> Logs {
    let mut logs = Logs::default();
    incidents.into_iter().for_each(|row| logs.records.incidents.add(row, Records::LIMIT));
    for row in reports {
        logs.records.incident_reports.add(row.clone(), Records::LIMIT);
    }
    logs
}

#[test]
fn there_was_none_where_people_vouch_for_every_day_of_the_window() {
    assert_eq!(fact(&logs([], &[report(&[])]), FACT), "0");
    let others = incident("INC-1", Some(&[]));
    assert_eq!(fact(&logs([others], &[report(&["INC-1"])]), FACT), "0");
}

#[test]
fn a_record_without_incidents_does_not_show_that_there_was_none() {
    assert_eq!(why(&logs([], &[]), FACT), "nobody says that the record of incidents is complete");
}

#[test]
fn one_day_that_nobody_vouches_for_is_enough_not_to_know() {
    let whole = report(&[]);
    let late = IncidentReport { from: date(2026, 8, 13), ..whole.clone() };
    assert!(why(&logs([], &[late]), FACT).ends_with("2026-08-12"));
    let ended = IncidentReport { to: date(2026, 11, 8), ..whole.clone() };
    assert!(why(&logs([], &[ended]), FACT).ends_with("2026-11-09"));
    let early = IncidentReport { to: date(2026, 9, 30), ..whole.clone() };
    let later = |from| IncidentReport { from, ..whole.clone() };
    let gap = logs([], &[early.clone(), later(date(2026, 10, 2))]);
    assert!(why(&gap, FACT).ends_with("2026-10-01"));
    assert_eq!(fact(&logs([], &[early, later(date(2026, 10, 1))]), FACT), "0");
}

#[test]
fn only_people_vouch_and_only_for_what_is_over() {
    let whole = report(&[]);
    for by in ["fixer", "system:serviceaccount:ops:other", "release-bot"] {
        let own = IncidentReport { by: vec![by.into()], ..whole.clone() };
        assert_eq!(fact(&logs([], &[own]), FACT), "unknown", "{by}");
    }
    let nobody = IncidentReport { by: Vec::new(), ..whole.clone() };
    assert_eq!(fact(&logs([], &[nobody]), FACT), "unknown");
    let before = IncidentReport { time: Some(at(-86_400)), ..whole.clone() };
    assert_eq!(fact(&logs([], &[before]), FACT), "unknown");
    let to_come = "2026-11-11T00:00:00Z".parse().ok();
    let to_come = IncidentReport { time: to_come, ..whole };
    assert_eq!(fact(&logs([], &[to_come]), FACT), "unknown");
}

#[test]
fn a_report_about_another_agent_vouches_for_nothing() {
    let own = IncidentReport { agent: Some("fixer".into()), ..report(&[]) };
    assert_eq!(fact(&logs([], std::slice::from_ref(&own)), FACT), "0");
    let other = IncidentReport { agent: Some("tuner".into()), ..own };
    assert_eq!(fact(&logs([], &[other]), FACT), "unknown");
}

#[test]
fn an_incident_of_the_agent_counts_whoever_vouches() {
    for name in ["fixer", "Fixer", "system:serviceaccount:ops:fixer"] {
        let own = incident("INC-1", Some(&[name]));
        assert_eq!(fact(&logs([own.clone()], &[]), FACT), "1", "{name}");
        assert_eq!(fact(&logs([own], &[report(&["INC-1"])]), FACT), "1", "{name}");
    }
}

#[test]
fn an_incident_counts_by_a_change_of_the_agent_whatever_else_it_names() {
    let own = Incident { changes: vec!["a-1".into()], ..incident("INC-1", Some(&[])) };
    let logs = logs([own], &[report(&["INC-1"])]);
    assert_eq!(fact(&logs.clone().changed(change("a-1", 10)), FACT), "1");
    assert_eq!(fact(&logs.changed(change("a-2", 10)), FACT), "0");
}

#[test]
fn a_change_that_no_log_shows_leaves_open_whose_it_was() {
    let own = Incident { changes: vec!["a-1".into()], ..incident("INC-1", None) };
    let logs = logs([own], &[report(&["INC-1"])]);
    assert!(why(&logs, FACT).ends_with("names whom nobody knows as what it came from"));
}

#[test]
fn what_is_not_readable_of_an_incident_leaves_it_open() {
    let reports = [report(&["INC-1"])];
    let of = |incident: Incident| why(&logs([incident], &reports), FACT);
    let own = incident("INC-1", Some(&["fixer"]));
    let odd = Incident { severity: Some("major".into()), ..own.clone() };
    assert!(of(odd).ends_with("is of a severity that no scale has that is known"));
    let silent = Incident { severity: None, ..own };
    assert!(of(silent).ends_with("does not say how severe it was"));
    let nobody = incident("INC-1", None);
    assert!(of(nobody).ends_with("does not say whether it came from an agent"));
    let stranger = incident("INC-1", Some(&["nightly-job"]));
    assert!(of(stranger).ends_with("names whom nobody knows as what it came from"));
}

#[test]
fn lesser_incidents_and_those_of_before_the_window_do_not_count() {
    let own = incident("INC-1", Some(&["fixer"]));
    let lesser = Incident { severity: Some("sev-2".into()), ..own.clone() };
    assert_eq!(fact(&logs([lesser], &[report(&["INC-1"])]), FACT), "0");
    let long_ago = Some(at(-120 * 86_400));
    let over = Incident { time: long_ago, resolved: long_ago, ..own.clone() };
    assert_eq!(fact(&logs([over], &[report(&[])]), FACT), "0");
    let open = Incident { time: long_ago, resolved: None, ..own };
    assert_eq!(fact(&logs([open], &[report(&[])]), FACT), "1", "it is not over");
}

#[test]
fn of_records_that_contradict_each_other_the_worse_holds() {
    let reports = [report(&["INC-1"])];
    let own = incident("INC-1", Some(&["fixer"]));
    let not_own = incident("INC-1", Some(&[]));
    assert_eq!(fact(&logs([own.clone(), not_own.clone()], &reports), FACT), "1");
    let lesser = Incident { severity: Some("low".into()), ..own.clone() };
    assert_eq!(fact(&logs([own, lesser], &reports), FACT), "1");
    // What the first left out the second says.
    let opened = Incident { severity: None, resolved: None, ..incident("INC-1", None) };
    assert_eq!(fact(&logs([opened, not_own], &reports), FACT), "0");
}

#[test]
fn a_report_that_the_record_contradicts_vouches_for_nothing() {
    let other = incident("INC-1", Some(&[]));
    let forgotten = logs([other], &[report(&[])]);
    assert!(why(&forgotten, FACT).ends_with("does not name INC-1, which is of its days"));
    let lacking = logs([], &[report(&["INC-7"])]);
    assert!(why(&lacking, FACT).ends_with("names INC-7, of which there is no record"));
}

#[test]
fn a_line_that_could_not_be_read_may_be_an_incident() {
    let mut logs = logs([], &[report(&[])]);
    logs.defects = 1;
    assert_eq!(fact(&logs, FACT), "unknown");
    logs.records.incidents.add(incident("INC-1", Some(&["fixer"])), Records::LIMIT);
    assert_eq!(fact(&logs, FACT), "1");
}

const OPEN: &str = "target.openSevereIncidents";

#[test]
fn an_incident_of_the_agent_that_is_not_over_is_open_on_what_it_works_on() {
    let own = Incident { resolved: None, ..incident("INC-1", Some(&["fixer"])) };
    assert_eq!(fact(&logs([own.clone()], &[]), OPEN), "1", "whoever vouches");
    let closed = incident("INC-1", Some(&["fixer"]));
    assert_eq!(fact(&logs([own.clone(), closed], &[report(&["INC-1"])]), OPEN), "0");
    let to_come = Incident { resolved: Some(at(3 * 86_400)), ..own };
    assert_eq!(fact(&logs([to_come], &[report(&["INC-1"])]), OPEN), "1", "not over yet");
}

#[test]
fn on_what_another_open_incident_is_no_record_tells() {
    let other = Incident { resolved: None, ..incident("INC-1", Some(&[])) };
    let told = why(&logs([other.clone()], &[report(&["INC-1"])]), OPEN);
    assert!(told.ends_with("is over, nor on what it is"), "{told}");
    let lesser = Incident { severity: Some("SEV-3".into()), ..other.clone() };
    assert_eq!(fact(&logs([lesser], &[report(&["INC-1"])]), OPEN), "0");
    let odd = Incident { severity: Some("major".into()), ..other.clone() };
    assert_eq!(fact(&logs([odd], &[report(&["INC-1"])]), OPEN), "unknown");
    let long_ago = Incident { time: Some(at(-120 * 86_400)), ..other };
    assert_eq!(fact(&logs([long_ago], &[report(&[])]), OPEN), "unknown", "nor when it began");
}

#[test]
fn that_no_incident_is_open_takes_people_who_vouch_for_those_of_everyone() {
    assert_eq!(fact(&logs([], &[report(&[])]), OPEN), "0");
    assert_eq!(fact(&logs([], &[]), OPEN), "unknown");
    let of_agent = IncidentReport { agent: Some("fixer".into()), ..report(&[]) };
    let logs = logs([], &[of_agent]);
    assert_eq!((fact(&logs, FACT).as_str(), fact(&logs, OPEN).as_str()), ("0", "unknown"));
}
