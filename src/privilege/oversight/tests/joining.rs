//! Which call made a change.

use proptest::prelude::*;

use super::*;

#[test]
fn an_audit_id_that_is_a_calls_id_joins_exactly() {
    let logs = Logs::default().called(call("toolu_1", 0, 4)).changed(change("toolu_1", 2));
    assert_eq!(logs.strengths(), [Some(Strength::Exact)]);
}

#[test]
fn a_request_that_the_answer_names_joins_exactly() {
    let mut made = call("toolu_1", 0, 4);
    made.requests.insert("REQ-1".into());
    let mut row = change("event-1", 900);
    row.trace.request = Some("REQ-1".into());
    row.action = Arc::new(ActionKey {
        verb: "ec2:StopInstances".to_owned(),
        target: Target::Aws(Default::default()),
    });
    assert_eq!(Logs::default().called(made).changed(row).strengths(), [Some(Strength::Exact)]);
}

#[test]
fn a_call_of_that_time_that_names_the_object_joins_by_it() {
    let logs = Logs::default().called(call("toolu_1", 0, 4));
    let seen = |seconds| logs.clone().changed(change("a-1", seconds)).strengths();
    for within in [-5, 0, 4, 9] {
        assert_eq!(seen(within), [Some(Strength::Object)], "{within}");
    }
    for outside in [-6, 10, 900] {
        assert_eq!(seen(outside), [None], "{outside}");
    }
}

#[test]
fn time_alone_is_the_last_resort() {
    let mut other = call("toolu_1", 0, 4);
    other.arguments.words = BTreeSet::from(["till".into()]);
    let logs = Logs::default().called(other).changed(change("a-1", 2));
    assert_eq!(logs.strengths(), [Some(Strength::Window)]);
}

#[test]
fn a_call_of_another_agent_or_of_nobody_explains_nothing() {
    for agent in [Some("tuner".into()), None] {
        let mut other = call("toolu_1", 0, 4);
        other.caller.agent = agent;
        let logs = Logs::default().called(other).changed(change("a-1", 2));
        assert_eq!(logs.strengths(), [None]);
    }
}

#[test]
fn an_id_that_two_calls_bear_joins_nothing_exactly() {
    let mut again = call("call_0", 600, 604);
    again.caller.session = Some("s2".into());
    let logs =
        Logs::default().called(call("call_0", 0, 4)).called(again).changed(change("call_0", 2));
    assert_eq!(logs.strengths(), [Some(Strength::Object)]);
}

#[test]
fn one_call_in_two_logs_is_one_call() {
    let mut gateway = call("toolu_1", 1, 3);
    gateway.format = Arc::from("gateway");
    gateway.caller.session = None;
    let logs =
        Logs::default().called(call("toolu_1", 0, 4)).called(gateway).changed(change("toolu_1", 2));
    assert_eq!(logs.strengths(), [Some(Strength::Exact)]);
}

#[test]
fn a_call_whose_id_its_own_request_bears_made_no_other() {
    let logs = Logs::default()
        .called(call("toolu_1", 0, 4))
        .changed(change("toolu_1", 1))
        .changed(change("a-1", 2));
    assert_eq!(logs.strengths(), [Some(Strength::Exact), None]);
}

#[test]
fn a_refused_call_made_nothing() {
    let mut refused = call("", 0, 4);
    refused.outcome = CallOutcome::Refused;
    let logs = Logs::default().called(refused).changed(change("a-1", 2));
    assert_eq!(logs.strengths(), [None]);
}

#[test]
fn a_request_that_stands_in_two_files_is_one_change() {
    let mut copy = change("toolu_1", 2);
    copy.place = Location::file("copy.log");
    let logs = Logs::default().changed(change("toolu_1", 2)).changed(copy);
    logs.see(|seen, _| {
        assert_eq!(seen.changes.len(), 1);
        assert_eq!(seen.changes[0].rows.values().sum::<u64>(), 2);
    });
}

fn any_call() -> impl Strategy<Value = ToolCall> {
    (0usize..4, 0i64..60, 0i64..20, any::<bool>(), 0usize..3).prop_map(
        |(id, from, took, named, session)| {
            let mut own = call(["", "c1", "c2", "c3"][id], from, from + took);
            if !named {
                own.caller.agent = None;
            }
            own.caller.session = [None, Some("s1".into()), Some("s2".into())][session].clone();
            own
        },
    )
}

proptest! {
    #[test]
    fn joins_do_not_depend_on_the_order_of_the_logs(
        calls in prop::collection::vec(any_call(), 0..8),
        changes in prop::collection::vec((0usize..4, 0i64..80), 0..6),
    ) {
        let logs = |reverse: bool| {
            let mut calls = calls.clone();
            let mut rows: Vec<_> = changes
                .iter()
                .map(|(id, seconds)| change(["", "c1", "c2", "c3"][*id], *seconds))
                .collect();
            if reverse {
                calls.reverse();
                rows.reverse();
            }
            let logs = calls.into_iter().fold(Logs::default(), Logs::called);
            rows.into_iter().fold(logs, Logs::changed).strengths()
        };
        prop_assert_eq!(logs(false), logs(true));
    }
}
