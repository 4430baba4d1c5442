//! Agents that ask a person, gateways, and audit trails.

use gradus::model::{
    activity::{CallOutcome, DeciderKind, DecisionVerdict},
    coverage::SourceStatus,
};

use super::{call, calls_of, decision, read_one, read_texts, words};

#[test]
fn holmes_tells_that_a_call_was_approved_and_not_by_whom() {
    let activity = read_one("holmes.jsonl", "holmesgpt");
    let approved = decision(&activity, "call_32");
    assert_eq!(
        (approved.kind, approved.verdict),
        (DeciderKind::NotSaid, DecisionVerdict::Approved)
    );
    let one = call(&activity, "call_32");
    assert_eq!((one.outcome, &*one.tool), (CallOutcome::Done, "bash"));
    assert!(words(one).contains(&"web-0"));
}

#[test]
fn kagents_answer_is_about_the_call_that_was_asked_for() {
    let activity = read_one("kagent.json", "kagent-a2a");
    let approved = decision(&activity, "call_41");
    assert_eq!(
        (approved.kind, approved.verdict),
        (DeciderKind::NotSaid, DecisionVerdict::Approved)
    );
    assert_eq!(approved.by, None);
    let delay = approved.time.zip(approved.asked).map(|(time, asked)| time.duration_since(asked));
    assert_eq!(delay.map(|delay| delay.as_secs()), Some(60));
    assert_eq!(decision(&activity, "call_42").verdict, DecisionVerdict::Rejected);
    assert_eq!(call(&activity, "call_42").outcome, CallOutcome::Refused);
    assert_eq!(call(&activity, "call_42").caller.session.as_deref(), Some("ctx-1"));
}

#[test]
fn contextforge_tells_who_called_and_that_a_review_is_required_is_none() {
    let activity = read_one("contextforge.json", "contextforge-audit");
    let [one] = calls_of(&activity, "pods_delete")[..] else { panic!("{activity:#?}") };
    assert_eq!(one.caller.user.as_deref(), Some("ana@example.com"));
    assert_eq!(one.outcome, CallOutcome::Done);
    assert!(activity.records.decisions.is_empty() && activity.records.reviews.is_empty());
}

#[test]
fn an_audit_trail_is_followed_by_its_hashes() {
    let activity = read_one("agent-audit-trail.jsonl", "agent-audit-trail");
    assert_eq!(call(&activity, "r-1").outcome, CallOutcome::Done);
    assert_eq!(call(&activity, "r-3").outcome, CallOutcome::Refused);
    let text = include_str!("../fixtures/calls/agent-audit-trail.jsonl");
    let changed = text.replacen("web-0", "web-1", 1);
    let (_, records) = read_texts(&[("a", &changed)]);
    assert_eq!((records[0].status, records[0].malformed), (SourceStatus::Partial, 1));
    assert!(records[0].reason.as_deref().unwrap_or_default().contains("chain of hashes"));
    let without: String =
        text.lines().filter(|line| !line.contains("\"r-2\"")).collect::<Vec<_>>().join("\n");
    assert_eq!(read_texts(&[("a", &without)]).1[0].malformed, 1);
}

#[test]
fn an_audit_record_that_lacks_a_member_is_a_defect() {
    let text = include_str!("../fixtures/calls/agent-audit-trail.jsonl");
    let line = text.lines().next().unwrap().replace("\"trust_level\": \"L2\", ", "");
    let (activity, records) = read_texts(&[("a", &line)]);
    assert!(activity.records.tool_calls.is_empty());
    assert!(records[0].reason.as_deref().unwrap_or_default().contains("`trust_level` is missing"));
}
