use proptest::prelude::*;

use super::*;
use crate::model::activity::{DeciderKind, DecisionVerdict, Records};

fn call(id: &str, session: Option<&str>, line: u32) -> ToolCall {
    ToolCall {
        time: Timestamp::from_second(i64::from(line)).ok(),
        began: None,
        end: None,
        caller: Caller { session: session.map(Into::into), ..Caller::default() },
        id: Some(id.into()),
        span: None,
        server: None,
        tool: "".into(),
        arguments: Arguments::default(),
        outcome: CallOutcome::NotSaid,
        reasoning: Reasoning::NotRecorded,
        requests: BTreeSet::new(),
        also: BTreeSet::new(),
        failure_class: None,
        format: "test".into(),
        place: Location::at("log", line, 1),
    }
}

fn span(tool: &str, id: &str, parent: Option<&str>, line: u32) -> ToolCall {
    let mut row = call("", None, line);
    row.id = None;
    row.tool = tool.into();
    row.caller.trace = Some("t".into());
    row.span = Some(Span { id: id.into(), parent: parent.map(Into::into) });
    row
}

#[test]
fn a_request_and_its_result_are_one_call() {
    let mut asked = call("toolu_1", Some("s"), 1);
    asked.tool = "Bash".into();
    let mut result = call("toolu_1", Some("s"), 2);
    result.end = result.time;
    result.outcome = CallOutcome::Done;
    let united = calls(vec![result, asked.clone()]);
    let [one] = united.as_slice() else { panic!("{united:?}") };
    assert_eq!((&*one.tool, one.outcome), ("Bash", CallOutcome::Done));
    assert_eq!((one.time, one.end), (asked.time, Timestamp::from_second(2).ok()));
}

#[test]
fn the_same_id_in_two_sessions_is_two_calls() {
    let rows = vec![call("1", Some("a"), 1), call("1", Some("b"), 2), call("1", None, 3)];
    assert_eq!(calls(rows).len(), 3);
}

#[test]
fn a_record_without_a_session_belongs_to_the_one_session_of_its_id() {
    assert_eq!(calls(vec![call("1", Some("a"), 1), call("1", None, 2)]).len(), 1);
}

#[test]
fn a_servers_span_is_the_call_of_the_client_whose_part_it_is() {
    let rows = vec![
        span("pods_delete", "1", None, 1),
        span("pods_delete", "2", Some("1"), 2),
        span("pods_list", "3", Some("1"), 3),
    ];
    let united = calls(rows);
    assert_eq!(united.len(), 2);
    assert_eq!(united[0].span.as_ref().map(|span| &*span.id), Some("1"));
}

#[test]
fn arguments_that_differ_have_no_digest() {
    let with = |digest: u8, line| {
        let mut row = call("1", None, line);
        row.arguments.digest = Some([digest; 32]);
        row
    };
    let of = |rows| calls(rows)[0].arguments.clone();
    let same = of(vec![with(1, 1), with(1, 2)]);
    assert_eq!((same.digest, same.disputed), (Some([1; 32]), false));
    for rows in [vec![with(1, 1), with(2, 2)], vec![with(1, 1), with(2, 2), with(1, 3)]] {
        let other = of(rows);
        assert_eq!((other.digest, other.disputed), (None, true));
    }
}

#[test]
fn what_was_refused_and_answered_with_an_error_did_not_run() {
    let with = |outcome, line| ToolCall { outcome, ..call("1", None, line) };
    let refused = with(CallOutcome::Refused, 1);
    let united = calls(vec![refused.clone(), with(CallOutcome::Failed, 2)]);
    assert_eq!(united[0].outcome, CallOutcome::Refused);
    let united = calls(vec![refused, with(CallOutcome::Done, 2)]);
    assert_eq!(united[0].outcome, CallOutcome::Done);
}

fn decision(time: Option<i64>, kind: DeciderKind, line: u32) -> Decision {
    Decision {
        time: time.and_then(|second| Timestamp::from_second(second).ok()),
        asked: None,
        about: About { call: Some("1".into()), ..About::default() },
        verdict: DecisionVerdict::Approved,
        kind,
        by: None,
        arguments: None,
        complete: None,
        place: Location::at("log", line, 1),
    }
}

#[test]
fn a_decision_told_again_with_the_result_is_one_decision() {
    let person = DeciderKind::Person;
    let rows = vec![decision(Some(5), person, 1), decision(None, person, 2)];
    assert_eq!(decisions(rows), [decision(Some(5), person, 1)]);
}

#[test]
fn the_same_decision_under_two_names_of_the_tool_is_one_with_the_longer_name() {
    let named = |name: &str, time, line| {
        let mut row = decision(time, DeciderKind::Standing, line);
        row.about.action = Some(name.into());
        row
    };
    let united = decisions(vec![named("mcp_tool", Some(5), 1), named("pods_delete", None, 2)]);
    let [one] = united.as_slice() else { panic!("{united:?}") };
    assert_eq!(one.about.action.as_deref(), Some("pods_delete"));
    assert_eq!(one.time, Timestamp::from_second(5).ok());
}

#[test]
fn decisions_of_other_kinds_or_times_stay() {
    let rows = vec![
        decision(Some(5), DeciderKind::Person, 1),
        decision(Some(6), DeciderKind::Person, 2),
        decision(None, DeciderKind::Standing, 3),
    ];
    assert_eq!(decisions(rows).len(), 3);
}

proptest! {
    #[test]
    fn any_order_and_split_unites_to_the_same_rows(
        drawn in prop::collection::vec((0u8..5, 0u8..3, 0u8..4, 0u8..4, 0u8..4), 0..40),
        at in 0.0..1.0f64,
    ) {
        let rows: Vec<ToolCall> = drawn.iter().zip(1..).map(|(&(id, session, outcome, own, parent), line)| {
            let name = ["", "a", "b"].get(usize::from(session)).copied().unwrap_or_default();
            let mut row = call(&id.to_string(), Some(name).filter(|name| !name.is_empty()), line);
            if id == 0 {
                row.id = None;
            }
            row.caller.trace = Some("t".into());
            if own > 0 {
                let parent = (parent > 0).then(|| parent.to_string().into());
                row.span = Some(Span { id: own.to_string().into(), parent });
            }
            row.outcome = [CallOutcome::Done, CallOutcome::Failed, CallOutcome::Refused, CallOutcome::NotSaid]
                [usize::from(outcome)];
            row
        }).collect();
        let whole = |parts: &[&[ToolCall]]| {
            let mut all = Records::default();
            for part in parts {
                let mut records = Records::default();
                part.iter().for_each(|row| records.tool_calls.add(row.clone(), Records::LIMIT));
                all.merge(records);
            }
            all.settle();
            all.unite();
            all
        };
        let (left, right) = rows.split_at((at * rows.len() as f64) as usize);
        prop_assert_eq!(whole(&[&rows]), whole(&[right, left]));
    }
}
