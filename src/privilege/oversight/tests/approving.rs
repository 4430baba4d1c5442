//! What is an approval, and what only looks like one.

use proptest::prelude::*;

use super::*;

/// One call with one change of it, decisions being recorded.
fn one() -> Logs {
    Logs::default().recording().called(call("toolu_1", 0, 20)).changed(change("toolu_1", 10))
}

fn with(decision: Decision) -> String {
    one().decided(decision).approvals().remove(0)
}

#[test]
fn a_person_who_approved_this_call_before_has_approved() {
    assert_eq!(with(decision("toolu_1", 5)), "given");
    assert_eq!(with(decision("toolu_1", 9)), "given");
}

#[test]
fn an_approval_after_the_fact_is_none_however_small_the_delay() {
    assert_eq!(with(decision("toolu_1", 11)), "AfterTheFact");
    let approved = |micros: i64| {
        let mut row = change("toolu_1", 10);
        row.time = row.time.map(|time| time + SignedDuration::from_micros(300_001));
        let mut own = decision("toolu_1", 10);
        own.time = own.time.map(|time| time + SignedDuration::from_micros(micros));
        let logs = Logs::default().recording().called(call("toolu_1", 0, 20)).changed(row);
        logs.decided(own).approvals().remove(0)
    };
    assert_eq!(approved(299_999), "given");
    assert_eq!(approved(300_002), "AfterTheFact");
    assert_eq!(approved(300_001), "open: NoOrder");
}

#[test]
fn a_decision_of_a_whole_second_may_be_later_than_a_change_of_the_same_second() {
    let mut row = change("toolu_1", 10);
    row.time = row.time.map(|time| time + SignedDuration::from_micros(300_001));
    let logs = Logs::default().recording().called(call("toolu_1", 0, 20)).changed(row);
    let approved = |seconds| logs.clone().decided(decision("toolu_1", seconds)).approvals();
    assert_eq!(approved(10), ["open: NoOrder"]);
    assert_eq!(approved(9), ["given"]);
    // So may a refusal.
    let refused = Decision { verdict: DecisionVerdict::Rejected, ..decision("toolu_1", 10) };
    assert_eq!(
        logs.clone().decided(refused).decided(decision("toolu_1", 9)).approvals(),
        ["open: NoOrder"]
    );
}

#[test]
fn no_permission_that_stands_no_setting_and_no_program_approves() {
    for (kind, word) in [
        (DeciderKind::Standing, "Standing"),
        (DeciderKind::Policy, "NotByPerson"),
        (DeciderKind::Machine, "NotByPerson"),
        (DeciderKind::NotSaid, "open: Nameless"),
    ] {
        assert_eq!(with(Decision { kind, ..decision("toolu_1", 5) }), word);
    }
}

#[test]
fn a_mode_that_asks_nobody_is_no_record_of_decisions() {
    let mut mode = Decision { kind: DeciderKind::Policy, ..decision("", 5) };
    mode.about = About { session: Some("s9".into()), ..About::default() };
    let logs = Logs::default().decided(mode).changed(change("toolu_1", 10));
    assert_eq!(logs.approvals(), ["open: NotRecorded"]);
}

#[test]
fn nobody_approves_for_themselves() {
    for by in ["fixer", "Fixer@prod", "system:serviceaccount:ops:fixer", "ops/fixer", " fixer "] {
        assert_eq!(with(Decision { by: Some(by.into()), ..decision("toolu_1", 5) }), "BySelf");
    }
    let mut row = change("toolu_1", 10);
    row.trace.impersonator = Some("ana@example.com".into());
    let logs = Logs::default().recording().changed(row).decided(decision("toolu_1", 5));
    assert_eq!(logs.approvals(), ["BySelf"]);
}

#[test]
fn an_account_that_a_program_uses_is_no_approver() {
    for by in ["renovate[bot]", "release-bot", "tuner", "system:serviceaccount:ci:merge"] {
        assert_eq!(with(Decision { by: Some(by.into()), ..decision("toolu_1", 5) }), "ByStranger");
    }
}

#[test]
fn only_those_who_may_approve_do_where_that_is_said() {
    let logs = one().decided(decision("toolu_1", 5));
    let approved = |approvers: &[&str]| {
        let approvers: Vec<String> = approvers.iter().map(ToString::to_string).collect();
        logs.see_with(&approvers, |seen, _| word(&seen.changes[0].approval))
    };
    assert_eq!(approved(&["*@example.com"]), "given");
    assert_eq!(approved(&["Ana@Example.com"]), "given");
    assert_eq!(approved(&["jo@example.com"]), "ByStranger");
}

#[test]
fn who_decided_must_be_on_record() {
    assert_eq!(with(Decision { by: None, ..decision("toolu_1", 5) }), "open: Nameless");
    assert_eq!(with(Decision { time: None, ..decision("toolu_1", 5) }), "open: NoOrder");
}

#[test]
fn what_was_approved_is_what_must_have_run() {
    let arguments = |digest: u8| Some([digest; 32]);
    let approved =
        |verdict, arguments| with(Decision { verdict, arguments, ..decision("toolu_1", 5) });
    use DecisionVerdict::{Approved, Changed};
    assert_eq!(approved(Approved, arguments(7)), "given");
    assert_eq!(approved(Approved, arguments(8)), "Altered");
    assert_eq!(approved(Changed, arguments(7)), "given");
    assert_eq!(approved(Changed, arguments(8)), "Altered");
    // What a person changed is only known by its digest.
    assert_eq!(approved(Changed, None), "Altered");
}

#[test]
fn what_ran_is_open_where_records_of_the_call_differ() {
    let mut server = call("toolu_1", 1, 19);
    server.arguments.digest = Some([8; 32]);
    let logs = one().called(server);
    for digest in [Some([7; 32]), Some([8; 32]), None] {
        let own = Decision { arguments: digest, ..decision("toolu_1", 5) };
        assert_eq!(logs.clone().decided(own).approvals(), ["open: Disputed"]);
    }
    // The same where they were united before.
    let mut united = call("toolu_1", 0, 20);
    (united.arguments.digest, united.arguments.disputed) = (None, true);
    let logs = Logs::default().recording().called(united).changed(change("toolu_1", 10));
    assert_eq!(logs.decided(decision("toolu_1", 5)).approvals(), ["open: Disputed"]);
}

#[test]
fn the_last_decision_before_a_change_counts() {
    let refused =
        |seconds| Decision { verdict: DecisionVerdict::Rejected, ..decision("toolu_1", seconds) };
    assert_eq!(with(refused(5)), "Refused");
    let both = |yes, no| one().decided(decision("toolu_1", yes)).decided(refused(no)).approvals();
    assert_eq!(both(3, 5), ["Refused"]);
    assert_eq!(both(5, 3), ["given"]);
    assert_eq!(both(3, 15), ["given"], "a refusal of what was done already");
}

#[test]
fn an_approval_of_something_else_is_none() {
    assert_eq!(with(decision("toolu_2", 5)), "NoDecision");
}

#[test]
fn an_approval_of_a_call_of_another_session_is_none() {
    let of = |session: &str| {
        let mut own = decision("toolu_1", 5);
        own.about.session = Some(session.into());
        with(own)
    };
    assert_eq!(of("s1"), "given");
    assert_eq!(of("s2"), "NoDecision");
}

#[test]
fn an_approval_that_names_another_agent_is_open_and_of_a_declared_one_none() {
    let of = |agent: &str| {
        let mut own = decision("toolu_1", 5);
        own.about.agent = Some(agent.into());
        with(own)
    };
    assert_eq!(of("Fixer"), "given");
    assert_eq!(of("somebody"), "open: OtherAgent");
    assert_eq!(of("tuner"), "NoDecision");
    // What the agent calls itself in its own log is its name there.
    let mut named = call("toolu_1", 0, 20);
    named.caller.agent = Some("claude-code".into());
    let mut own = decision("toolu_1", 5);
    own.about.agent = Some("claude-code".into());
    let logs = Logs::default().recording().called(named).changed(change("toolu_1", 10));
    assert_eq!(logs.decided(own).approvals(), ["given"]);
}

#[test]
fn an_approved_id_on_a_change_of_something_else_leaves_it_open() {
    let mut secret = change("toolu_1", 11);
    secret.object = Some("prod-db".into());
    secret.action = Arc::new(key("delete", "secrets"));
    let logs = one().changed(secret.clone()).decided(decision("toolu_1", 5));
    assert_eq!(logs.approvals(), ["given", "open: ChosenId"]);
    // Nobody is told of it by a message that names the call either.
    logs.told(message("toolu_1", 30)).see(|seen, _| {
        let about: Vec<_> = seen
            .changes
            .iter()
            .map(|own| own.notified.is_some_and(|told| told.is_about()))
            .collect();
        assert_eq!(about, [true, false]);
    });
    // Without a record of the call, which of both was approved nobody knows.
    let logs = Logs::default().recording().changed(change("toolu_1", 10)).changed(secret);
    let logs = logs.decided(decision("toolu_1", 5));
    assert_eq!(logs.approvals(), ["open: ChosenId", "open: ChosenId"]);
}

#[test]
fn one_approval_of_a_call_covers_what_the_call_did_while_it_ran() {
    let logs = one()
        .changed(change("toolu_1", 12))
        .changed(change("toolu_1", 600))
        .decided(decision("toolu_1", 5));
    assert_eq!(logs.approvals(), ["given", "given", "UsedUp"]);
}

#[test]
fn without_a_record_of_the_call_it_covers_the_first_request_alone() {
    let logs = Logs::default()
        .recording()
        .changed(change("toolu_1", 10))
        .changed(change("toolu_1", 12))
        .decided(decision("toolu_1", 5));
    assert_eq!(logs.approvals(), ["given", "UsedUp"]);
}

#[test]
fn an_approved_id_that_somebody_else_used_first_approves_nothing_more() {
    let logs = Logs::default()
        .recording()
        .changed_by("mallory", change("toolu_1", 7))
        .changed(change("toolu_1", 10))
        .decided(decision("toolu_1", 5));
    assert_eq!(logs.approvals(), ["UsedUp"]);
}

#[test]
fn a_join_by_object_or_time_leaves_an_approval_open() {
    let logs = Logs::default()
        .recording()
        .called(call("toolu_1", 0, 20))
        .changed(change("a-1", 10))
        .decided(decision("toolu_1", 5));
    assert_eq!(logs.approvals(), ["open: NotByExactId"]);
}

#[test]
fn without_records_of_approvals_nothing_is_said() {
    let logs = Logs::default().called(call("toolu_1", 0, 20)).changed(change("toolu_1", 10));
    assert_eq!(logs.approvals(), ["open: NotRecorded"]);
    // Refusals alone, as transcripts hold them, record no approvals.
    let refusal = Decision { verdict: DecisionVerdict::Rejected, ..decision("toolu_9", 1) };
    assert_eq!(logs.decided(refusal).approvals(), ["open: NotRecorded"]);
}

#[test]
fn a_change_before_the_first_record_of_a_decision_is_open() {
    let logs = Logs::default().decided(decision("toolu_9", 60)).changed(change("toolu_1", 10));
    assert_eq!(logs.approvals(), ["open: OutOfTime"]);
}

#[test]
fn a_line_that_could_not_be_read_may_be_an_approval() {
    let mut logs = one();
    logs.defects = 1;
    assert_eq!(logs.approvals(), ["open: NotWhole"]);
    assert_eq!(logs.decided(decision("toolu_1", 15)).approvals(), ["AfterTheFact"]);
}

#[test]
fn a_line_that_could_not_be_read_may_have_taken_an_approval_back() {
    let mut logs = one().decided(decision("toolu_1", 5));
    assert_eq!(logs.approvals(), ["given"]);
    logs.defects = 1;
    assert_eq!(logs.approvals(), ["open: NotWhole"]);
}

#[test]
fn a_refusal_that_nobody_can_date_or_ascribe_leaves_an_approval_open() {
    let refused = |change: fn(&mut Decision)| {
        let mut own = Decision { verdict: DecisionVerdict::Rejected, ..decision("toolu_1", 7) };
        change(&mut own);
        one().decided(decision("toolu_1", 5)).decided(own).approvals().remove(0)
    };
    assert_eq!(refused(|_| ()), "Refused");
    assert_eq!(refused(|own| own.time = None), "open: NoOrder");
    assert_eq!(refused(|own| own.kind = DeciderKind::NotSaid), "open: Nameless");
    assert_eq!(refused(|own| own.kind = DeciderKind::Policy), "given");
    assert_eq!(refused(|own| (own.kind, own.time) = (DeciderKind::NotSaid, Some(at(3)))), "given");
}

#[test]
fn whole_seconds_of_cloudtrail_do_not_tell_what_came_first_within_one() {
    let mut made = call("toolu_1", 0, 20);
    made.requests.insert("REQ-1".into());
    let mut row = change("event-1", 10);
    row.trace.request = Some("REQ-1".into());
    row.action = Arc::new(ActionKey {
        verb: "ec2:StopInstances".to_owned(),
        target: Target::Aws(Default::default()),
    });
    let logs = Logs::default().recording().called(made).changed(row);
    let approved = |millis: i64| {
        let mut own = decision("toolu_1", 10);
        own.time = own.time.map(|time| time + SignedDuration::from_millis(millis));
        logs.clone().decided(own).approvals().remove(0)
    };
    assert_eq!(approved(-1), "given");
    assert_eq!(approved(0), "open: NoOrder");
    assert_eq!(approved(400), "open: NoOrder");
    assert_eq!(approved(1_000), "AfterTheFact");
}

proptest! {
    #[test]
    fn no_approval_after_the_fact_ever_counts(
        changed in 0i64..100,
        decided in prop::collection::vec((0i64..200, 0usize..3), 1..6),
        called in prop::option::of((0i64..100, 0i64..50)),
    ) {
        let mut logs = Logs::default().recording().changed(change("toolu_1", changed));
        if let Some((from, took)) = called {
            logs = logs.called(call("toolu_1", from, from + took));
        }
        for (seconds, verdict) in &decided {
            use DecisionVerdict::{Approved, Changed, Rejected};
            logs = logs.decided(Decision {
                verdict: [Approved, Changed, Rejected][*verdict],
                ..decision("toolu_1", *seconds)
            });
        }
        let before = decided.iter().any(|(seconds, verdict)| *seconds < changed && *verdict < 2);
        let approvals = logs.approvals();
        prop_assert!(before || approvals != ["given"], "{:?}", approvals);
    }

    #[test]
    fn one_approval_without_a_record_of_its_call_never_covers_two_requests(
        seconds in prop::collection::vec(0i64..100, 1..6),
        decided in 0i64..100,
    ) {
        let logs = Logs::default().recording().decided(decision("toolu_1", decided));
        let logs = seconds.iter().fold(logs, |logs, at| logs.changed(change("toolu_1", *at)));
        let given = logs.approvals().iter().filter(|word| *word == "given").count();
        prop_assert!(given <= 1);
    }
}
