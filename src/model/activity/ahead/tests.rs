//! What is left of logs that are judged for a moment, and what is told of the rest.

use std::sync::Arc;

use jiff::civil::{Date, date};

use super::*;
use crate::model::{
    activity::{
        About, ActionKey, Arguments, CallOutcome, Caller, DeciderKind, Decision, DecisionVerdict,
        Incident, LoggedAction, Notification, Reasoning, Target, ToolCall, Trace,
    },
    principal::Principal,
};

/// Seconds after nine in the morning of 2026-11-09.
fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_794_214_800 + seconds).unwrap()
}

fn change(seconds: i64, line: u32) -> LoggedAction {
    let target = Target::Aws(crate::model::activity::AwsCall::default());
    LoggedAction {
        time: Some(at(seconds)),
        action: Arc::new(ActionKey { verb: "ec2:RebootInstances".to_owned(), target }),
        object: None,
        outcome: LoggedOutcome::Done,
        trace: Trace::default(),
        place: place(line),
    }
}

fn decision(seconds: i64) -> Decision {
    Decision {
        time: Some(at(seconds)),
        asked: None,
        about: About::default(),
        verdict: DecisionVerdict::Approved,
        kind: DeciderKind::Person,
        by: None,
        arguments: None,
        complete: None,
        place: Location::file("approvals.jsonl"),
    }
}

fn message(seconds: i64) -> Notification {
    Notification {
        time: Some(at(seconds)),
        about: About::default(),
        sink: None,
        delivered: None,
        acknowledged: None,
        acknowledged_by: None,
        test: false,
        complete: None,
        place: Location::file("told.jsonl"),
    }
}

fn call(end: i64) -> ToolCall {
    ToolCall {
        time: Some(at(0)),
        began: None,
        end: Some(at(end)),
        caller: Caller::default(),
        id: None,
        span: None,
        server: None,
        tool: "reboot".into(),
        arguments: Arguments::default(),
        outcome: CallOutcome::Done,
        reasoning: Reasoning::Present,
        requests: BTreeSet::new(),
        also: BTreeSet::new(),
        failure_class: None,
        format: Arc::from("test"),
        place: Location::file("calls.jsonl"),
    }
}

fn place(line: u32) -> Location {
    Location { line: Some(line), ..Location::file("a.log") }
}

fn log(window: (i64, i64), days: &[(Date, u64)]) -> LogSummary {
    let mut log = LogSummary {
        window: Some(Window { first: at(window.0), last: at(window.1) }),
        ..LogSummary::default()
    };
    days.iter().for_each(|(day, count)| log.days.add(day, *count));
    log
}

fn principal() -> Principal {
    Principal::Aws("arn:aws:iam::111122223333:role/fixer".to_owned())
}

/// A principal that changed something at each of these seconds, one line for each.
fn changed(seconds: &[i64]) -> Activity {
    let mut activity = Activity::default();
    let found = activity.principals.entry(principal()).or_default();
    for (line, second) in (1_u32..).zip(seconds) {
        let row = change(*second, line);
        let record = found.actions.entry((*row.action).clone()).or_default();
        record.done.add(row.time, &Arc::from("a.log"), u64::from(line));
        found.changes.add(row, 100);
    }
    let (first, last) = (*seconds.first().unwrap(), *seconds.last().unwrap());
    found.window = Some(Window { first: at(first), last: at(last) });
    found.changes.settle(100);
    activity
}

/// 2026-11-09, an hour after nine.
fn end() -> Timestamp {
    at(3_600)
}

#[test]
fn logs_of_the_past_stay_as_they_are() {
    let mut activity = changed(&[0, 3_600]);
    activity.logs.insert(Plane::Aws, log((0, 3_600), &[(date(2026, 11, 9), 2)]));
    activity.records.decisions.add(decision(10), 10);
    let before = activity.clone();
    assert_eq!(activity.leave_out_after(end()), []);
    assert_eq!(activity, before);
}

#[test]
fn changes_that_are_dated_ahead_are_counted_and_placed_and_go() {
    let mut activity = changed(&[0, 3_601, 90_000]);
    let days = [(date(2026, 11, 9), 2), (date(2026, 11, 10), 1)];
    activity.logs.insert(Plane::Aws, log((0, 90_000), &days));
    let told = activity.leave_out_after(end());
    assert_eq!((told[0].plane, told[0].events), (Plane::Aws, 2));
    assert_eq!(told[0].places, BTreeSet::from([place(2), place(3)]));
    let found = &activity.principals[&principal()];
    assert!(found.ahead);
    assert_eq!(found.changes.len(), 1);
    assert_eq!(found.window.unwrap().last, end());
    let tally = &found.actions.values().next().unwrap().done;
    assert_eq!((tally.count, tally.last), (1, Some(end())));
    let log = &activity.logs[&Plane::Aws];
    assert_eq!(log.defects.count(Defect::DatedAhead), 2);
    assert_eq!(log.defects.places().len(), 2);
    assert_eq!(log.window.unwrap().last, end());
    assert_eq!(log.days.get(&date(2026, 11, 10)), None);
}

#[test]
fn a_log_ends_with_its_last_day_that_is_not_ahead() {
    let mut activity = Activity::default();
    let days = [(date(2026, 11, 1), 5), (date(2026, 12, 1), 3)];
    activity.logs.insert(Plane::Kubernetes, log((-700_000, 2_000_000), &days));
    assert_eq!(activity.leave_out_after(end())[0].events, 3);
    let window = activity.logs[&Plane::Kubernetes].window.unwrap();
    assert_eq!(window.last.to_string(), "2026-11-01T23:59:59.999999999Z");
}

#[test]
fn a_log_of_events_ahead_alone_has_no_time() {
    let mut activity = Activity::default();
    let days = [(date(2026, 12, 1), 3)];
    activity.logs.insert(Plane::Kubernetes, log((1_900_000, 2_000_000), &days));
    assert_eq!(activity.leave_out_after(end())[0].events, 3);
    assert_eq!(activity.logs[&Plane::Kubernetes].window, None);
}

#[test]
fn events_that_only_look_are_counted_and_placed_where_none_of_their_kind_is_earlier() {
    let mut activity = Activity::default();
    let found = activity.principals.entry(principal()).or_default();
    found.window = Some(Window { first: at(90_000), last: at(90_000) });
    let key = ActionKey { verb: "get".to_owned(), target: Target::KubernetesPath("/api".into()) };
    let mut record = ActionRecord::default();
    record.done.add(Some(at(90_000)), &Arc::from("a.log"), 7);
    found.actions.insert(key, record);
    let days = [(date(2026, 11, 10), 1)];
    activity.logs.insert(Plane::Kubernetes, log((90_000, 90_000), &days));
    let told = activity.leave_out_after(end());
    assert_eq!((told[0].events, &told[0].places), (1, &BTreeSet::from([place(7)])));
    assert!(activity.principals[&principal()].ahead);
}

#[test]
fn records_that_are_dated_ahead_go_and_incidents_stay() {
    let mut activity = Activity::default();
    let records = &mut activity.records;
    records.decisions.add(decision(10), 10);
    records.decisions.add(decision(3_601), 10);
    records.notifications.add(message(3_602), 10);
    records.incidents.add(
        Incident {
            time: Some(at(3_603)),
            id: "INC-1".into(),
            severity: None,
            agents: None,
            changes: Vec::new(),
            resolved: None,
            place: place(9),
        },
        10,
    );
    activity.logs.insert(Plane::Mcp, log((10, 3_603), &[(date(2026, 11, 9), 4)]));
    let told = activity.leave_out_after(end());
    let records = &activity.records;
    assert_eq!((records.decisions.len(), records.notifications.len()), (1, 0));
    assert_eq!(records.incidents.len(), 1);
    assert_eq!((told[0].plane, told[0].events), (Plane::Mcp, 3));
    assert!(told[0].places.contains(&place(9)));
}

#[test]
fn an_answer_that_is_dated_ahead_is_none() {
    let mut activity = Activity::default();
    let mut told = message(10);
    (told.acknowledged, told.acknowledged_by) = (Some(at(9_000)), Some("ana".into()));
    activity.records.notifications.add(told, 10);
    activity.records.tool_calls.add(call(9_000), 10);
    activity.logs.insert(Plane::Mcp, log((0, 10), &[(date(2026, 11, 9), 2)]));
    assert_eq!(activity.leave_out_after(end())[0].events, 2);
    let row = activity.records.notifications.iter().next().unwrap();
    assert_eq!((row.acknowledged, &row.acknowledged_by), (None, &None));
    assert_eq!(activity.records.tool_calls.iter().next().unwrap().end, None);
}

#[test]
fn of_the_last_day_one_is_counted_where_nothing_tells_how_many() {
    let mut activity = Activity::default();
    activity.logs.insert(Plane::Kubernetes, log((0, 4_000), &[(date(2026, 11, 9), 12)]));
    assert_eq!(activity.leave_out_after(end())[0].events, 1);
}

#[test]
fn what_stands_nowhere_is_told_of_the_files_that_end_later() {
    let mut activity = Activity::default();
    let mut late = log((0, 4_000), &[(date(2026, 11, 9), 12)]);
    late.ends.note(&Arc::from("b.log"), at(4_000));
    late.ends.note(&Arc::from("a.log"), at(3_000));
    activity.logs.insert(Plane::Kubernetes, late);
    let told = activity.leave_out_after(end());
    assert_eq!(told[0].places, BTreeSet::from([Location::file("b.log")]));
}
