//! Clients that log calls and decisions, and their transcripts.

use gradus::model::activity::{CallField, CallOutcome, DeciderKind, DecisionVerdict, Reasoning};

use super::{
    START, call, calls_of, decision, decisions_on, read_all, read_one, read_texts, seconds, words,
};

#[test]
fn claude_codes_events_tell_who_let_a_call_pass() {
    let activity = read_one("claude-code-telemetry.jsonl", "opentelemetry");
    let approved = decision(&activity, "toolu_01");
    assert_eq!((approved.kind, approved.verdict), (DeciderKind::Person, DecisionVerdict::Approved));
    assert_eq!(approved.by.as_deref(), Some("ana@example.com"));
    assert_eq!(approved.time.map(|time| time.as_second() - START), Some(5));
    let one = call(&activity, "toolu_01");
    // Told at the decision, begun three seconds before the result.
    assert_eq!(seconds(one), [Some(5), Some(6), Some(9)]);
    assert_eq!((&*one.tool, one.outcome), ("Bash", CallOutcome::Done));
    assert_eq!(words(one), ["delete", "kubectl", "pod", "shop", "web-0"]);
    assert!(one.arguments.digest.is_none(), "what telemetry has of arguments is cut");
}

#[test]
fn a_permission_given_once_for_all_is_standing_and_a_setting_is_a_policy() {
    let activity = read_one("claude-code-telemetry.jsonl", "opentelemetry");
    assert_eq!(decision(&activity, "toolu_02").kind, DeciderKind::Standing);
    assert_eq!(decision(&activity, "toolu_04").kind, DeciderKind::Policy);
    let refused = decision(&activity, "toolu_03");
    assert_eq!((refused.kind, refused.verdict), (DeciderKind::Person, DecisionVerdict::Rejected));
    assert_eq!(call(&activity, "toolu_03").outcome, CallOutcome::Refused);
}

#[test]
fn a_tool_of_a_server_is_named_by_its_parameters() {
    let activity = read_one("claude-code-telemetry.jsonl", "opentelemetry");
    let one = call(&activity, "toolu_02");
    assert_eq!((one.server.as_deref(), &*one.tool), (Some("kubernetes"), "pods_delete"));
    assert_eq!(one.outcome, CallOutcome::Failed);
}

#[test]
fn a_mode_that_asks_nobody_is_a_policy_for_the_session() {
    for (name, session, mode) in [
        ("claude-code-telemetry.jsonl", "s-1", "mode bypassPermissions"),
        ("claude-code-transcript.jsonl", "s-1", "mode bypassPermissions"),
        ("codex-rollout.jsonl", "c-1", "mode never"),
        ("gemini-outfile.json", "g-1", "mode yolo"),
    ] {
        let (activity, _) = read_all(&[name]);
        let modes: Vec<_> = activity
            .records
            .decisions
            .iter()
            .filter(|decision| decision.about.call.is_none())
            .collect();
        let [one] = modes.as_slice() else { panic!("{name}: {modes:#?}") };
        assert_eq!(one.kind, DeciderKind::Policy, "{name}");
        assert_eq!(one.about.session.as_deref(), Some(session), "{name}");
        assert_eq!(one.about.action.as_deref(), Some(mode), "{name}");
    }
}

#[test]
fn a_transcript_tells_reasoning_and_never_an_approval() {
    let activity = read_one("claude-code-transcript.jsonl", "claude-code-transcript");
    let one = call(&activity, "toolu_01");
    assert_eq!(one.reasoning, Reasoning::Present);
    assert!(one.also.contains(&CallField::Trigger));
    assert!(one.arguments.digest.is_some());
    assert_eq!(
        one.requests.iter().map(|id| &**id).collect::<Vec<_>>(),
        ["0f1c9a4e-3a57-4a8e-9d2e-0b7d1f3f9a11"]
    );
    assert_eq!(seconds(one), [Some(4), None, Some(9)]);
    // Nothing was said between the answer and this call.
    let next = call(&activity, "toolu_05");
    assert_eq!((next.reasoning, next.outcome), (Reasoning::Absent, CallOutcome::Failed));
    assert_eq!((next.server.as_deref(), &*next.tool), (Some("kubernetes"), "pods_list"));
    assert!(activity.records.decisions.iter().all(|d| d.kind != DeciderKind::Person));
}

#[test]
fn a_message_of_a_transcript_without_content_is_a_defect() {
    let text = include_str!("../fixtures/calls/claude-code-transcript.jsonl");
    let broken = text.replacen(
        "\"content\":[{\"type\":\"tool_use\"",
        "\"contenst\":[{\"type\":\"tool_use\"",
        1,
    );
    let (activity, records) = read_texts(&[("a", &broken)]);
    assert_eq!(records[0].malformed, 1);
    assert!(records[0].reason.as_deref().unwrap_or_default().contains("without `content`"));
    // The answer is a call of which nothing else is known.
    assert_eq!(&*call(&activity, "toolu_01").tool, "");
}

#[test]
fn telemetry_and_transcript_of_a_call_are_one_call_in_any_order() {
    let names = ["claude-code-telemetry.jsonl", "claude-code-transcript.jsonl"];
    let (activity, _) = read_all(&names);
    let one = call(&activity, "toolu_01");
    assert_eq!((one.reasoning, one.outcome), (Reasoning::Present, CallOutcome::Done));
    assert_eq!(seconds(one), [Some(4), Some(6), Some(9)]);
    assert_eq!(decision(&activity, "toolu_01").kind, DeciderKind::Person);
    let (backward, _) = read_all(&[names[1], names[0]]);
    assert_eq!(activity, backward);
}

#[test]
fn codex_tells_a_persons_word_from_a_sessions_and_a_reviewers() {
    let activity = read_one("codex-telemetry.jsonl", "opentelemetry");
    let kinds = ["call_1", "call_2", "call_3", "call_4"]
        .map(|id| (decision(&activity, id).kind, decision(&activity, id).verdict));
    assert_eq!(
        kinds,
        [
            (DeciderKind::Person, DecisionVerdict::Approved),
            (DeciderKind::Standing, DecisionVerdict::Approved),
            (DeciderKind::Machine, DecisionVerdict::Approved),
            (DeciderKind::Person, DecisionVerdict::Rejected),
        ]
    );
    let one = call(&activity, "call_1");
    assert!(words(one).contains(&"i-0abc123def4567890"));
    assert_eq!(one.requests.len(), 1);
    assert_eq!(call(&activity, "call_4").outcome, CallOutcome::Refused);
}

#[test]
fn a_rollout_has_the_same_arguments_as_the_telemetry_of_the_call() {
    let (telemetry, _) = read_all(&["codex-telemetry.jsonl"]);
    let rollout = read_one("codex-rollout.jsonl", "codex-rollout");
    let digest = call(&rollout, "call_1").arguments.digest;
    assert!(digest.is_some());
    assert_eq!(digest, call(&telemetry, "call_1").arguments.digest);
    let (both, _) = read_all(&["codex-telemetry.jsonl", "codex-rollout.jsonl"]);
    assert_eq!(call(&both, "call_1").arguments.digest, digest);
    assert_eq!(call(&both, "call_1").reasoning, Reasoning::Present);
}

#[test]
fn a_rollout_tells_how_calls_ended() {
    let activity = read_one("codex-rollout.jsonl", "codex-rollout");
    let outcomes = ["call_1", "call_5", "call_6"].map(|id| call(&activity, id).outcome);
    assert_eq!(outcomes, [CallOutcome::Done, CallOutcome::Failed, CallOutcome::Failed]);
    assert_eq!(call(&activity, "call_5").server.as_deref(), Some("kubernetes"));
    assert!(decisions_on(&activity, "call_1").is_empty());
}

#[test]
fn gemini_cli_writes_values_over_many_lines() {
    let (activity, records) = read_all(&["gemini-outfile.json"]);
    assert_eq!((records[0].kind.as_str(), records[0].malformed), ("gemini-cli-telemetry", 0));
    let [one] = calls_of(&activity, "run_shell_command")[..] else { panic!("{activity:#?}") };
    assert_eq!((one.outcome, seconds(one)), (CallOutcome::Done, [Some(6), None, Some(10)]));
    assert!(words(one).contains(&"web"));
    let approved = decision(&activity, one.id.as_deref().unwrap());
    assert_eq!(approved.kind, DeciderKind::Person);
    assert_eq!(approved.by.as_deref(), Some("cleo@example.com"));
    let [other] = calls_of(&activity, "pods_delete")[..] else { panic!("{activity:#?}") };
    assert_eq!(other.server.as_deref(), Some("kubernetes"));
    assert_eq!(decision(&activity, other.id.as_deref().unwrap()).kind, DeciderKind::Policy);
}

#[test]
fn two_calls_of_gemini_cli_that_end_in_the_same_moment_are_two() {
    let one = |name: &str| {
        format!(
            r#"{{"attributes": {{"session.id": "g-1", "event.name": "gemini_cli.tool_call", "event.timestamp": "2026-10-01T08:00:10.000Z", "function_name": "pods_delete", "function_args": "{{\"name\": \"{name}\"}}", "success": true, "decision": "accept", "prompt_id": "p-1"}}}}"#
        )
    };
    let (activity, _) = read_texts(&[("a", &format!("{}\n{}\n", one("web-0"), one("web-1")))]);
    assert_eq!(calls_of(&activity, "pods_delete").len(), 2);
    assert_eq!(activity.records.decisions.len(), 2);
    let (again, _) = read_texts(&[("a", &one("web-0")), ("b", &one("web-0"))]);
    assert_eq!(again.records.decisions.len(), 1);
}

#[test]
fn cagent_tells_reasoning_and_outcome_but_not_what_a_person_answered() {
    let activity = read_one("cagent.jsonl", "cagent-events");
    let one = call(&activity, "call_51");
    assert_eq!((one.reasoning, one.outcome), (Reasoning::Present, CallOutcome::Done));
    assert_eq!(one.caller.session.as_deref(), Some("cg-1"));
    assert!(activity.records.decisions.is_empty());
}
