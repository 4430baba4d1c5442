//! Spans of OpenTelemetry.

use gradus::model::{
    activity::{Activity, CallOutcome, DeciderKind, DecisionVerdict, Reasoning},
    location::Location,
};

use super::{START, call, calls_of, decision, read_one, read_texts, words};

#[test]
fn the_spans_of_agent_client_and_server_are_one_call() {
    let activity = read_one("genai-spans.jsonl", "opentelemetry");
    let [one] = calls_of(&activity, "pods_delete")[..] else { panic!("{activity:#?}") };
    assert_eq!(one.id.as_deref(), Some("call_9"));
    assert_eq!(one.caller.session.as_deref(), Some("conv-1"));
    assert_eq!(one.caller.agent.as_deref(), Some("sre-bot"));
    // The server says that it failed.
    assert_eq!((one.outcome, one.reasoning), (CallOutcome::Failed, Reasoning::NotRecorded));
    assert_eq!(words(one), ["shop", "web-0"]);
    assert_eq!(one.time.map(|time| time.as_second()), Some(START));
}

#[test]
fn openinference_names_tools_in_its_own_way() {
    let activity = read_one("genai-spans.jsonl", "opentelemetry");
    let [one] = calls_of(&activity, "search_docs")[..] else { panic!("{activity:#?}") };
    assert_eq!(one.caller.session.as_deref(), Some("phoenix-1"));
    assert_eq!((one.caller.user.as_deref(), one.outcome), (Some("ana"), CallOutcome::Done));
}

#[test]
fn a_policy_that_only_watches_refuses_nothing() {
    let activity = read_one("genai-spans.jsonl", "opentelemetry");
    let calls = calls_of(&activity, "orders___refund");
    let outcomes: Vec<_> = calls.iter().map(|call| call.outcome).collect();
    assert_eq!(outcomes, [CallOutcome::Refused, CallOutcome::Done]);
    let of_policies: Vec<_> = activity
        .records
        .decisions
        .iter()
        .filter(|decision| decision.kind == DeciderKind::Policy)
        .map(|decision| (decision.about.action.as_deref(), decision.verdict))
        .collect();
    assert_eq!(
        of_policies,
        [
            (Some("orders___refund"), DecisionVerdict::Rejected),
            (Some("orders___delete"), DecisionVerdict::Rejected),
        ]
    );
}

#[test]
fn the_span_of_a_wait_tells_when_a_person_was_asked() {
    let activity = read_one("genai-spans.jsonl", "opentelemetry");
    let one = decision(&activity, "toolu_77");
    assert_eq!(one.kind, DeciderKind::Person);
    let asked = one.asked.zip(one.time).map(|(asked, time)| time.duration_since(asked).as_secs());
    assert_eq!(asked, Some(30));
}

#[test]
fn a_batch_over_many_lines_is_read_as_one_on_a_line() {
    let line = include_str!("../fixtures/calls/genai-spans.jsonl").lines().next().unwrap();
    let value: serde_json::Value = serde_json::from_str(line).unwrap();
    let (whole, records) = read_texts(&[("a", &serde_json::to_string_pretty(&value).unwrap())]);
    assert_eq!(records[0].malformed, 0);
    assert_eq!(call(&whole, "call_9").requests.len(), 0);
    assert_eq!(whole.records.tool_calls.len(), 1);
}

#[test]
fn a_span_by_itself_is_one_with_plain_attributes() {
    let line = r#"{"name":"AgentCore.Gateway.InvokeTool","traceId":"1af7651916cd43dd8448eb211c80319c","spanId":"d000000000000009","startTimeUnixNano":1790841600000000000,"endTimeUnixNano":1790841601000000000,"status":{"code":"OK"},"resource":{"attributes":{"service.name":"orders-gateway"}},"attributes":{"tool.name":"orders___refund","aws.agentcore.policy.authorization_decision":"ALLOW","aws.agentcore.gateway.policy.mode":"ENFORCE"}}"#;
    let (activity, records) = read_texts(&[("a", line)]);
    assert_eq!((records[0].kind.as_str(), records[0].malformed), ("opentelemetry", 0));
    let [one] = calls_of(&activity, "orders___refund")[..] else { panic!("{activity:#?}") };
    assert_eq!(
        (one.outcome, one.caller.agent.as_deref()),
        (CallOutcome::Done, Some("orders-gateway"))
    );
    assert!(activity.records.decisions.iter().all(|decision| decision.kind == DeciderKind::Policy));
}

#[test]
fn an_event_that_lacks_what_it_must_have_is_a_defect() {
    let line =
        include_str!("../fixtures/calls/codex-telemetry.jsonl").replace("\"call_4\"", "\"\"");
    let broken = line.replace("{\"stringValue\":\"denied\"}", "{\"stringValue\":\"perhaps\"}");
    let (activity, records) = read_texts(&[("a", &broken)]);
    assert_eq!(records[0].malformed, 1);
    let reason = records[0].reason.as_deref().unwrap_or_default();
    assert!(reason.contains("words that are not known"), "{reason}");
    assert_eq!(activity.records.decisions.len(), 3);
}

#[test]
fn batches_in_any_files_and_any_order_give_the_same_calls_and_decisions() {
    /// Everything but where it stands.
    fn content(activity: &Activity) -> (Vec<String>, Vec<String>) {
        let nowhere = || Location::file("");
        let mut calls: Vec<String> = activity
            .records
            .tool_calls
            .iter()
            .map(|call| {
                let mut call = call.clone();
                call.place = nowhere();
                format!("{call:?}")
            })
            .collect();
        let mut decisions: Vec<String> = activity
            .records
            .decisions
            .iter()
            .map(|decision| {
                let mut decision = decision.clone();
                decision.place = nowhere();
                format!("{decision:?}")
            })
            .collect();
        calls.sort();
        decisions.sort();
        (calls, decisions)
    }
    let all = [
        include_str!("../fixtures/calls/genai-spans.jsonl"),
        include_str!("../fixtures/calls/claude-code-telemetry.jsonl"),
        include_str!("../fixtures/calls/codex-telemetry.jsonl"),
    ]
    .concat();
    let whole = content(&read_texts(&[("all", &all)]).0);
    assert!(!whole.0.is_empty() && !whole.1.is_empty());
    let names: Vec<String> =
        (0..).map(|number| number.to_string()).take(all.lines().count()).collect();
    let mut files: Vec<(&str, &str)> = names.iter().map(String::as_str).zip(all.lines()).collect();
    for _ in 0..files.len() {
        files.rotate_left(1);
        assert_eq!(content(&read_texts(&files).0), whole);
        files.reverse();
        assert_eq!(content(&read_texts(&files).0), whole);
        files.reverse();
    }
}
