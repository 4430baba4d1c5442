//! Who was told.

use super::*;
use crate::model::activity::AwsCall;

fn delay(logs: &Logs) -> Option<(i64, Option<bool>)> {
    logs.see(|seen, _| {
        let told = seen.changes[0].notified?;
        Some((told.delay.as_secs(), told.is_timely()))
    })
}

#[test]
fn a_message_that_names_the_change_within_five_minutes_is_timely() {
    let logs = Logs::default().changed(change("toolu_1", 0));
    assert_eq!(delay(&logs.clone().told(message("toolu_1", 300))), Some((300, Some(true))));
    assert_eq!(delay(&logs.clone().told(message("toolu_1", 301))), Some((301, Some(false))));
    assert_eq!(delay(&logs.told(message("toolu_2", 10))), None);
}

#[test]
fn a_message_before_the_change_does_not_tell_that_it_was_made() {
    let logs = Logs::default().changed(change("toolu_1", 0));
    assert_eq!(delay(&logs.clone().told(message("toolu_1", -60))), None);
    assert_eq!(delay(&logs.clone().told(message("toolu_1", -3))), None);
    // Of the same second, it may be either.
    let same = logs.told(message("toolu_1", 0));
    assert_eq!(delay(&same), Some((0, None)));
    same.see(|seen, _| assert!(!seen.changes[0].notified.unwrap().is_about()));
    let surely = same.told(message("toolu_1", 30));
    assert_eq!(delay(&surely), Some((30, Some(true))));
}

#[test]
fn an_answer_from_before_the_change_acknowledges_nothing() {
    let acknowledged = |changed: i64, sent: i64, answered: i64| {
        let message = Notification {
            acknowledged: Some(at(answered)),
            acknowledged_by: Some("ana@example.com".into()),
            ..message("toolu_1", sent)
        };
        let logs = Logs::default().changed(change("toolu_1", changed)).told(message);
        logs.see(|seen, who| seen.changes[0].is_acknowledged(who))
    };
    assert!(acknowledged(10, 14, 20));
    assert!(!acknowledged(10, 14, -2_000_000), "a month before");
    assert!(!acknowledged(10, 6, 7), "of an announcement");
    assert!(!acknowledged(10, 14, 10), "in the second of the change");
}

#[test]
fn arrival_counts_where_it_is_on_record() {
    let late = Notification { delivered: Some(at(900)), ..message("toolu_1", 10) };
    let logs = Logs::default().changed(change("toolu_1", 0)).told(late);
    assert_eq!(delay(&logs), Some((900, Some(false))));
}

#[test]
fn whether_a_message_was_complete_may_not_be_on_record() {
    let silent = Notification { complete: None, ..message("toolu_1", 10) };
    let logs = Logs::default().changed(change("toolu_1", 0)).told(silent);
    assert_eq!(delay(&logs), Some((10, None)));
}

#[test]
fn a_test_message_tells_of_no_change() {
    let test = Notification { test: true, ..message("toolu_1", 10) };
    assert_eq!(delay(&Logs::default().changed(change("toolu_1", 0)).told(test)), None);
}

#[test]
fn only_a_person_acknowledges_and_only_within_a_day() {
    let acknowledged = |by: &str, seconds: i64| {
        let message = Notification {
            acknowledged: Some(at(seconds)),
            acknowledged_by: Some(by.into()),
            ..message("toolu_1", 10)
        };
        let logs = Logs::default().changed(change("toolu_1", 0)).told(message);
        logs.see(|seen, who| seen.changes[0].is_acknowledged(who))
    };
    assert!(acknowledged("ana@example.com", 3_600));
    assert!(!acknowledged("fixer", 3_600));
    assert!(!acknowledged("oncall[bot]", 3_600));
    assert!(!acknowledged("ana@example.com", 86_411));
}

/// The agent posts a message that names these words, from then until then.
fn posted(words: &[&str], from: i64, until: i64) -> ToolCall {
    let words = words.iter().map(|word| (*word).into()).collect();
    ToolCall {
        server: Some("slack".into()),
        tool: "post_message".into(),
        arguments: Arguments { recorded: true, words, ..Arguments::default() },
        ..call("toolu_9", from, until)
    }
}

fn told(logs: &Logs) -> Option<(i64, Strength, Option<bool>)> {
    logs.see(|seen, _| {
        let told = seen.changes[0].notified?;
        assert!(matches!(told.message, Message::Called(_)));
        Some((told.delay.as_secs(), told.strength, told.is_timely()))
    })
}

#[test]
fn a_message_that_the_agent_sends_itself_tells_people_and_what_it_said_is_not_on_record() {
    let logs = Logs::default().changed(change("toolu_1", 5)).called(call("toolu_1", 0, 6));
    let sent = |row| told(&logs.clone().called(row));
    let by_id = posted(&["toolu_1"], 60, 61);
    assert_eq!(sent(by_id), Some((56, Strength::Exact, None)));
    assert_eq!(sent(posted(&["web"], 60, 61)), Some((56, Strength::Object, None)));
    assert_eq!(sent(posted(&[], 60, 61)), Some((56, Strength::Window, None)));
    assert_eq!(sent(posted(&["web"], 1_000, 1_001)), Some((996, Strength::Object, Some(false))));
    assert_eq!(sent(posted(&["web"], 9_000, 9_001)), None, "another story");
    assert_eq!(sent(posted(&[], 1_000, 1_001)), None, "of something else in the session");
    assert_eq!(sent(posted(&["toolu_1"], -60, -59)), None, "before the change");
}

#[test]
fn a_message_of_the_same_session_that_names_no_object_is_about_the_change_perhaps() {
    let logs = Logs::default().changed(change("toolu_1", 5)).called(call("toolu_1", 0, 6));
    let about = |logs: Logs| {
        logs.see(|seen, _| seen.changes[0].notified.map(|told| (told.strength, told.is_about())))
    };
    assert_eq!(about(logs.clone().called(posted(&[], 60, 61))), Some((Strength::Window, false)));
    assert_eq!(about(logs.called(posted(&["web"], 60, 61))), Some((Strength::Object, true)));
}

#[test]
fn a_message_that_failed_and_a_tool_that_sends_none_tell_nobody() {
    let logs = Logs::default().changed(change("toolu_1", 5)).called(call("toolu_1", 0, 6));
    let failed = ToolCall { outcome: CallOutcome::Failed, ..posted(&["web"], 60, 61) };
    let silent = ToolCall { outcome: CallOutcome::NotSaid, ..posted(&["web"], 60, 61) };
    let reads = ToolCall { tool: "list_channels".into(), ..posted(&["web"], 60, 61) };
    let other = ToolCall {
        caller: Caller { agent: Some("tuner".into()), ..Caller::default() },
        ..posted(&["web"], 60, 61)
    };
    for row in [failed, silent, reads, other] {
        assert_eq!(told(&logs.clone().called(row)), None);
    }
}

#[test]
fn a_record_of_a_message_says_more_than_the_call_that_sent_one() {
    let logs = Logs::default()
        .changed(change("toolu_1", 5))
        .called(call("toolu_1", 0, 6))
        .called(posted(&["web"], 10, 11))
        .told(message("toolu_1", 60));
    assert_eq!(delay(&logs), Some((55, Some(true))));
}

#[test]
fn a_message_to_people_is_no_approval_and_makes_no_change() {
    let asked = posted(&["toolu_1", "web"], -60, -59);
    let logs = Logs::default().recording().changed(change("kubectl-1", 5)).called(asked.clone());
    assert_eq!(logs.approvals(), ["NoDecision"]);
    let around = Logs::default().changed(change("kubectl-1", 5)).called(posted(&["web"], 0, 10));
    assert_eq!(around.strengths(), [None]);
    assert_eq!(told(&around), Some((5, Strength::Object, None)));
}

/// The agent's session calls an API of AWS at that second.
fn api(verb: &str, credential: &str, seconds: i64) -> LoggedAction {
    LoggedAction {
        action: Arc::new(ActionKey {
            verb: verb.to_owned(),
            target: Target::Aws(AwsCall::default()),
        }),
        object: None,
        trace: Trace { credential: Some(credential.into()), ..Trace::default() },
        ..change(verb, seconds)
    }
}

#[test]
fn a_message_that_an_api_of_aws_sent_after_a_change_is_about_it_perhaps_and_never_surely() {
    let about = |message: LoggedAction| {
        let logs = Logs::default().changed(api("ec2:StopInstances", "c1", 5)).changed(message);
        logs.see(|seen, who| {
            let stop = seen.changes.iter().find(|one| one.row.action.verb.starts_with("ec2"))?;
            assert!(!stop.is_approved() && !stop.is_acknowledged(who));
            let told = stop.notified?;
            Some((told.delay.as_secs(), told.is_about(), told.is_timely()))
        })
    };
    let perhaps = Some((55, false, None));
    assert_eq!(about(api("sns:Publish", "c1", 60)), perhaps);
    assert_eq!(about(api("ses:SendEmail", "c1", 60)), perhaps);
    assert_eq!(about(api("sns:Publish", "c2", 60)), None, "of another session");
    assert_eq!(about(api("sns:Publish", "c1", 900)), None, "of something else");
    assert_eq!(about(api("sns:Publish", "c1", -60)), None, "before the change");
    assert_eq!(about(api("sns:Subscribe", "c1", 60)), None);
    let refused = LoggedAction { outcome: LoggedOutcome::Denied, ..api("sns:Publish", "c1", 60) };
    assert_eq!(about(refused), None);
    let unclear = LoggedAction { outcome: LoggedOutcome::Unclear, ..api("sns:Publish", "c1", 60) };
    assert_eq!(about(unclear), None);
}

#[test]
fn one_message_does_not_tell_of_another() {
    let logs =
        Logs::default().changed(api("sns:Publish", "c1", 5)).changed(api("sns:Publish", "c1", 60));
    logs.see(|seen, _| assert!(seen.changes.iter().all(|one| one.notified.is_none())));
}
