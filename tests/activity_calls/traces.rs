//! Exports of tracing products.

use gradus::model::activity::{CallOutcome, DeciderKind, DecisionVerdict};

use super::{call, calls_of, read_one, read_texts};

#[test]
fn openai_traces_name_the_workflow_and_the_group() {
    let activity = read_one("openai-agents.jsonl", "openai-agents-trace");
    let [one] = calls_of(&activity, "scale_deployment")[..] else { panic!("{activity:#?}") };
    assert_eq!(
        (one.caller.agent.as_deref(), one.caller.session.as_deref()),
        (Some("sre"), Some("thread-1"))
    );
    assert_eq!(one.outcome, CallOutcome::Done);
    assert_eq!(calls_of(&activity, "delete_pod")[0].outcome, CallOutcome::Failed);
    let guardrail = activity.records.decisions.iter().next().unwrap();
    assert_eq!(
        (guardrail.kind, guardrail.verdict),
        (DeciderKind::Machine, DecisionVerdict::Rejected)
    );
}

#[test]
fn langsmiths_runs_are_calls_by_the_models_own_ids() {
    let activity = read_one("langsmith.json", "langsmith-runs");
    let one = call(&activity, "call_21");
    assert_eq!((&*one.tool, one.outcome), ("delete_pod", CallOutcome::Done));
    assert_eq!(one.caller.session.as_deref(), Some("th-1"));
    // It stopped to ask; what came of it stands elsewhere.
    assert_eq!(calls_of(&activity, "drop_table")[0].outcome, CallOutcome::NotSaid);
    assert!(activity.records.decisions.is_empty());
}

#[test]
fn langfuses_observations_stand_in_traces_and_alone() {
    let activity = read_one("langfuse.json", "langfuse-observations");
    let [one] = calls_of(&activity, "delete_pod")[..] else { panic!("{activity:#?}") };
    assert_eq!(
        (one.caller.session.as_deref(), one.caller.user.as_deref()),
        (Some("lf-1"), Some("ana"))
    );
    assert_eq!(calls_of(&activity, "drop_table")[0].outcome, CallOutcome::Failed);
}

#[test]
fn an_export_one_run_a_line_is_read_as_a_list_of_them() {
    let list: serde_json::Value =
        serde_json::from_str(include_str!("../fixtures/calls/langsmith.json")).unwrap();
    let lines: String = list.as_array().unwrap().iter().map(|run| format!("{run}\n")).collect();
    let (activity, records) = read_texts(&[("a", &lines)]);
    assert_eq!((records[0].items, records[0].malformed), (3, 0));
    assert_eq!(activity.records.tool_calls.len(), 2);
}
