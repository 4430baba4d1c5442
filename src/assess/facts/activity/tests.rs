//! What figures are known, of which logs, and what keeps them from being known.

mod drills;
mod looked_at;

use std::sync::Arc;

use jiff::SignedDuration;

use super::*;
use crate::{
    assess::holdings::Holdings,
    model::{
        activity::{
            CallField, DeciderKind, Decision, DecisionVerdict, Drill, DrillOf, Notification,
            Reasoning, Records as Logged, Reversal, Review, Rows,
        },
        effect::Effect,
        fact::Fact,
        principal::Principal,
    },
    privilege::oversight::{
        Asked, LogIndex, Records, Who, oversee,
        tests::{Logs, at, bot, call, change, decision, key, message},
    },
    rubric::oversight::OversightRules,
};

/// The facts of the logs, judged on the day after them.
fn facts(logs: &Logs, approvers: &[&str]) -> Facts {
    collected(logs, approvers, |overseen, facts| {
        approvals::collect(overseen, facts);
        notifications::collect(overseen, facts);
        tool_log::collect(overseen, facts);
        reversals::collect(overseen, facts);
        reviews::collect_of(overseen, Some("team-shop"), facts);
        record::collect(overseen, facts);
    })
}

/// What `collect` makes of the logs on the day after them.
pub(super) fn collected(
    logs: &Logs,
    approvers: &[&str],
    collect: impl Fn(&Overseen<'_, '_>, &mut Facts),
) -> Facts {
    let rules = OversightRules::load().unwrap();
    let approvers: Vec<String> = approvers.iter().map(ToString::to_string).collect();
    let actors: [Principal; 1] = [bot()];
    let who = Who::new(&rules, &["fixer".to_owned()], &actors, &approvers);
    let activity = logs.activity();
    let records = Records::of(&Arc::new(LogIndex::of(&activity, &rules)), &who);
    let effect = |action: &crate::model::activity::ActionKey| match action.verb.as_str() {
        "get" => (Effect::Read, true),
        _ => (Effect::Reversible, true),
    };
    let today = jiff::tz::Offset::UTC.to_datetime(at(0)).date().tomorrow().unwrap();
    let asked = Asked {
        actors: &actors,
        who: &who,
        since: crate::assess::exercised::since(today),
        effect: &effect,
        rules: &rules,
        boundary: None,
        break_glass: &[],
    };
    let oversight = oversee(&records, asked);
    let holdings = Holdings::default();
    let overseen = Overseen::new(&actors, &who, &records, oversight, &holdings, &effect, today);
    let mut facts = Facts::default();
    collect(&overseen, &mut facts);
    facts
}

/// A fact in a word: its value, or that it is unknown.
pub(super) fn fact(logs: &Logs, name: &str) -> String {
    word(&facts(logs, &[]), name)
}

pub(super) fn word(facts: &Facts, name: &str) -> String {
    match facts.get(name) {
        Some(Fact::Known { value, .. }) => match value {
            FactValue::Bool(value) => value.to_string(),
            FactValue::Int(value) => value.to_string(),
            FactValue::Float(value) => format!("{value:.3}"),
            FactValue::Text(value) => value.clone(),
            FactValue::List(value) => format!("{value:?}"),
        },
        Some(Fact::Unknown { .. }) => "unknown".to_owned(),
        None => "not looked for".to_owned(),
    }
}

pub(super) fn why(logs: &Logs, name: &str) -> String {
    why_of(&facts(logs, &[]), name)
}

pub(super) fn why_of(facts: &Facts, name: &str) -> String {
    match facts.get(name) {
        Some(Fact::Unknown { reason }) => reason.clone(),
        other => panic!("{name}: {other:?}"),
    }
}

const UNAPPROVED: &str = "approvals.unapprovedWrites";

/// Two calls, each approved, and what they changed.
fn approved() -> Logs {
    Logs::default()
        .recording()
        .called(call("toolu_1", 0, 20))
        .called(call("toolu_2", 100, 120))
        .decided(decision("toolu_1", 5))
        .decided(decision("toolu_2", 105))
        .changed(change("toolu_1", 10))
        .changed(change("toolu_2", 229 - 110))
}

#[test]
fn changes_that_were_each_approved_leave_none_without() {
    let logs = approved();
    assert_eq!(fact(&logs, UNAPPROVED), "0");
    assert_eq!(fact(&logs, "approvals.maxAgeMinutes"), "1");
    assert_eq!(fact(&logs, "record.approvedExecutions"), "2");
}

#[test]
fn whether_all_changes_were_approved_is_unknown_where_one_is_not_shown() {
    let mut secrets = key("delete", "secrets");
    assert_eq!(fact(&approved().counted(secrets.clone(), 0, 1), UNAPPROVED), "unknown");
    assert_eq!(fact(&approved().counted(secrets.clone(), 1, 0), UNAPPROVED), "unknown");
    secrets.verb = "get".to_owned();
    assert_eq!(fact(&approved().counted(secrets, 1, 1), UNAPPROVED), "0");
}

#[test]
fn a_log_of_one_day_says_nothing_of_all_changes() {
    let logs = Logs { brief: true, ..approved() };
    assert_eq!(fact(&logs, UNAPPROVED), "unknown");
    assert!(why(&logs, UNAPPROVED).contains("logs of kubernetes are of 1 day"));
    assert_eq!(fact(&logs.changed(change("a-3", 300)), UNAPPROVED), "1", "it was seen");
}

#[test]
fn one_change_without_approval_is_counted() {
    assert_eq!(fact(&approved().changed(change("a-3", 300)), UNAPPROVED), "1");
}

#[test]
fn whether_changes_were_approved_is_unknown_where_a_line_is() {
    let mut logs = approved().changed(change("a-3", 300));
    logs.defects = 1;
    assert_eq!(fact(&logs, UNAPPROVED), "unknown");
    // It may be a refusal of what was approved before.
    let mut all = approved();
    all.defects = 1;
    assert_eq!(fact(&all, UNAPPROVED), "unknown");
}

#[test]
fn without_records_of_approvals_nothing_is_approved_or_not() {
    let logs = Logs::default().called(call("toolu_1", 0, 20)).changed(change("toolu_1", 10));
    assert_eq!(why(&logs, UNAPPROVED), "approvals are not recorded in any log that was read");
    assert_eq!(fact(&logs, "record.approvedExecutions"), "unknown");
}

#[test]
fn an_agent_that_changed_nothing_has_no_record_of_approvals() {
    let logs = Logs::default().recording();
    assert_eq!(fact(&logs, "approvals.maxAgeMinutes"), "unknown");
}

#[test]
fn approvers_are_proper_only_where_it_is_said_who_may_approve() {
    let logs = approved();
    let improper =
        |approvers: &[&str]| word(&facts(&logs, approvers), "approvals.improperApprovers");
    assert_eq!(improper(&[]), "unknown");
    assert_eq!(improper(&["*@example.com"]), "[]");
    assert_eq!(improper(&["jo@example.com"]), r#"["ana@example.com is not among its approvers"]"#);
    let own = approved().decided(Decision { by: Some("fixer".into()), ..decision("toolu_1", 4) });
    assert_eq!(fact(&own, "approvals.improperApprovers"), r#"["fixer is the agent"]"#);
}

#[test]
fn signs_of_thought_are_those_of_people() {
    let mut logs = approved();
    for second in 0..25 {
        logs = logs.decided(Decision {
            verdict: DecisionVerdict::Rejected,
            asked: Some(at(199 + second)),
            ..decision("toolu_1", 200 + second)
        });
    }
    let logs = logs.decided(Decision { kind: DeciderKind::Policy, ..decision("toolu_1", 250) });
    assert_eq!(fact(&logs, "approvals.decisions"), "27");
    assert_eq!(fact(&logs, "approvals.rejections"), "25");
    assert_eq!(fact(&logs, "approvals.medianSeconds"), "1");
    assert_eq!(fact(&logs, "approvals.peakPerApproverHour"), "2");
    assert_eq!(fact(&logs, "approvals.sampled"), "27");
    let silent = approved().decided(Decision { asked: None, ..decision("toolu_2", 101) });
    assert_eq!(fact(&silent, "approvals.medianSeconds"), "unknown");
}

#[test]
fn acceptance_is_a_bound_and_no_share() {
    let mut logs = Logs::default();
    for number in 0..59_i64 {
        let id = format!("toolu_{number}");
        logs = logs
            .called(call(&id, number * 60, number * 60 + 20))
            .decided(decision(&id, number * 60 + 5))
            .changed(change(&id, number * 60 + 10));
    }
    assert_eq!(fact(&logs, "record.approvedExecutions"), "59");
    assert_eq!(fact(&logs, "record.acceptanceLowerBound"), "0.950");
    let one = Decision { verdict: DecisionVerdict::Rejected, ..decision("toolu_99", 7) };
    let mut refused = one;
    refused.about.agent = Some("fixer".into());
    assert_eq!(fact(&logs.clone().decided(refused), "record.acceptanceLowerBound"), "0.923");
    // What nobody saw run was not left in place.
    let mut unseen = decision("toolu_98", 7);
    unseen.about.agent = Some("fixer".into());
    assert_eq!(fact(&logs.decided(unseen.clone()), "record.acceptanceLowerBound"), "0.950");
    let alone = approved().decided(unseen);
    let bound = |logs: &Logs| fact(logs, "record.acceptanceLowerBound");
    assert_eq!(bound(&alone), bound(&approved()));
}

/// Forty calls that Ana approved before and sixty seconds apart, the first `wrong` of which
/// went otherwise.
fn forty(wrong: i64, otherwise: impl Fn(Logs, &str, i64) -> Logs) -> String {
    let mut logs = Logs::default();
    for number in 0..40_i64 {
        let (id, second) = (format!("toolu_{number}"), number * 60);
        logs = logs.called(call(&id, second, second + 20)).changed(change(&id, second + 10));
        logs = match number < wrong {
            true => otherwise(logs, &id, second),
            false => logs.decided(decision(&id, second + 5)),
        };
    }
    fact(&logs, "record.acceptanceLowerBound")
}

#[test]
fn a_proposal_counts_once_whoever_decided_on_it_and_wherever_that_is_on_record() {
    let once = forty(0, |logs, _, _| logs);
    let by_two = forty(40, |logs, id, second| {
        let ben = Decision { by: Some("ben@example.com".into()), ..decision(id, second + 6) };
        logs.decided(decision(id, second + 5)).decided(ben)
    });
    assert_eq!(by_two, once);
    let copied = forty(40, |logs, id, second| {
        let mut copy = decision(id, second + 5);
        copy.about.session = Some("s1".into());
        copy.place = crate::model::location::Location::file("copy.jsonl");
        logs.decided(decision(id, second + 5)).decided(copy)
    });
    assert_eq!(copied, once);
}

#[test]
fn a_proposal_that_was_run_unapproved_altered_refused_or_put_back_was_not_right() {
    let right = forty(0, |logs, _, _| logs);
    let wrong = forty(10, |logs, id, second| {
        let refused = Decision { verdict: DecisionVerdict::Rejected, ..decision(id, second + 5) };
        logs.decided(refused)
    });
    assert!(wrong < right, "{wrong} {right}");
    let afterwards = forty(10, |logs, id, second| logs.decided(decision(id, second + 15)));
    assert_eq!(afterwards, wrong);
    let altered = forty(10, |logs, id, second| {
        logs.decided(Decision { arguments: Some([9; 32]), ..decision(id, second + 5) })
    });
    assert_eq!(altered, wrong);
    let by = |who: &'static str| {
        move |logs: Logs, id: &str, second: i64| {
            let reversal = Reversal {
                time: Some(at(second + 30)),
                about: crate::privilege::oversight::tests::about(id),
                by: Some(who.into()),
                automatic: false,
                restored: Some(true),
                drill: false,
                place: crate::model::location::Location::file("reverts.jsonl"),
            };
            logs.decided(decision(id, second + 5)).reverted(reversal)
        }
    };
    assert_eq!(forty(10, by("ben@example.com")), wrong);
    let one_of_two = forty(10, |logs, id, second| {
        let refused = Decision { verdict: DecisionVerdict::Rejected, ..decision(id, second + 4) };
        logs.decided(decision(id, second + 5)).decided(refused)
    });
    assert_eq!(one_of_two, wrong);
}

#[test]
fn whether_a_proposal_was_right_is_open_where_what_it_did_may_have_been_put_back() {
    let perhaps = forty(1, |logs, id, second| {
        let row = change("k-1", second + 15);
        logs.decided(decision(id, second + 5)).changed_by("ben@example.com", row)
    });
    assert_eq!(perhaps, "unknown");
}

#[test]
fn a_plan_that_was_approved_once_is_one_execution() {
    let logs = approved().changed(change("toolu_1", 12)).changed(change("toolu_1", 14));
    assert_eq!(fact(&logs, UNAPPROVED), "0");
    assert_eq!(fact(&logs, "record.approvedExecutions"), "2");
}

#[test]
fn what_people_put_back_counts_for_the_kind_where_it_is_most() {
    let undo = |id: &str, seconds| {
        let mut row = change(id, seconds);
        row.trace.manner = Some(crate::model::activity::Manner::Undo);
        row
    };
    let logs = approved().changed_by("ana", undo("k-1", 60));
    assert_eq!(fact(&logs, "record.worstRevertRatio"), "0.500");
    assert_eq!(fact(&approved(), "record.worstRevertRatio"), "0.000");
    // Somebody else's write may be a way back, or the next change.
    let other = approved().changed_by("ana", change("k-1", 60));
    assert_eq!(fact(&other, "record.worstRevertRatio"), "unknown");
}

#[test]
fn changes_are_explained_by_calls_and_the_others_are_named() {
    let logs = approved();
    assert_eq!(fact(&logs, "toolLog.calls"), "2");
    assert_eq!(fact(&logs, "toolLog.joinedWriteRatio"), "1.000");
    let mut alone = change("a-3", 400);
    alone.object = Some("till".into());
    let logs = logs.changed(alone);
    assert_eq!(fact(&logs, "toolLog.joinedWriteRatio"), "0.667");
    assert_eq!(fact(&logs, "toolLog.unexplainedWrites"), "1");
}

#[test]
fn whether_a_call_that_names_no_place_explains_a_change_is_open() {
    let made = |tool: &str, words: &[&str]| {
        let mut made = call("toolu_9", 200, 210);
        made.tool = tool.into();
        made.arguments.words = words.iter().map(|word| (*word).into()).collect();
        approved().called(made).changed(change("k-1", 205)).called(call("toolu_10", 900, 901))
    };
    let facts = |logs: &Logs| {
        ["toolLog.joinedWriteRatio", "toolLog.unexplainedWrites"].map(|name| fact(logs, name))
    };
    assert_eq!(facts(&made("patch", &["web", "shop"])), ["1.000", "0"]);
    assert_eq!(facts(&made("patch", &["web"])), ["unknown", "unknown"]);
    assert_eq!(facts(&made("get", &["web"])), ["unknown", "unknown"]);
    assert_eq!(facts(&made("get_deployment", &["web", "shop"])), ["0.667", "1"]);
    assert_eq!(facts(&made("patch", &["Secret", "web"])), ["0.667", "1"]);
    let alone = made("patch", &["web"]).changed(change("k-2", 600));
    assert_eq!(facts(&alone), ["unknown", "1"], "what is certainly unexplained is known");
}

#[test]
fn whether_a_call_without_arguments_made_the_changes_that_bear_its_id_is_open() {
    let whole = |words: &[&str]| {
        let mut made = call("toolu_9", 200, 210);
        made.arguments.words = words.iter().map(|word| (*word).into()).collect();
        made.also = [
            CallField::Trigger,
            CallField::Evidence,
            CallField::ModelVersion,
            CallField::PromptDigest,
            CallField::PolicyRule,
            CallField::Verification,
            CallField::PriorState,
        ]
        .into();
        let mut other = change("toolu_9", 206);
        other.object = Some("till".into());
        Logs::default().recording().called(made).changed(change("toolu_9", 205)).changed(other)
    };
    let names = [
        "toolLog.joinedWriteRatio",
        "toolLog.unexplainedWrites",
        "toolLog.reasonedWriteRatio",
        "trail.orphans",
        "reversals.unverifiedActions",
        "policy.actionsWithoutRule",
        "reversals.priorStateRatio",
    ];
    let facts = |logs: &Logs| names.map(|name| fact(logs, name));
    assert_eq!(facts(&whole(&[])), ["unknown"; 7]);
    let one = ["0.500", "1", "1.000", "1", "1", "1", "0.500"];
    assert_eq!(facts(&whole(&["web", "shop"])), one, "the other object is nobody's");
}

#[test]
fn calls_of_nobody_by_name_are_not_the_agents() {
    let mut stranger = call("toolu_9", 0, 20);
    stranger.caller.agent = Some("somebody".into());
    let logs = Logs::default().called(stranger).changed(change("a-1", 10));
    assert!(why(&logs, "toolLog.calls").contains("`logNames`"));
    assert_eq!(fact(&logs, "toolLog.unexplainedWrites"), "unknown");
}

#[test]
fn a_field_that_some_call_lacks_is_named() {
    let mut bare = call("toolu_3", 200, 210);
    bare.caller.session = None;
    bare.arguments = Default::default();
    let logs = approved().called(bare);
    assert_eq!(fact(&logs, "toolLog.missingFields"), r#"["arguments", "session"]"#);
    assert_eq!(fact(&approved(), "toolLog.missingFields"), "[]");
}

#[test]
fn reasons_are_judged_only_where_the_log_records_them() {
    assert_eq!(fact(&approved(), "toolLog.reasonedWriteRatio"), "unknown");
    let full = |id: &str, from| {
        let mut own = call(id, from, from + 20);
        own.also = [
            CallField::Trigger,
            CallField::Evidence,
            CallField::ModelVersion,
            CallField::PromptDigest,
        ]
        .into();
        own
    };
    let logs = |second: Reasoning| {
        let mut other = full("toolu_2", 100);
        other.reasoning = second;
        Logs::default()
            .called(full("toolu_1", 0))
            .called(other)
            .changed(change("toolu_1", 10))
            .changed(change("toolu_2", 110))
    };
    let share = |second| fact(&logs(second), "toolLog.reasonedWriteRatio");
    assert_eq!(share(Reasoning::Present), "1.000");
    assert_eq!(share(Reasoning::Absent), "0.500");
    assert_eq!(share(Reasoning::NotRecorded), "unknown");
}

#[test]
fn messages_are_timely_for_changes_that_nobody_approved() {
    let logs = Logs::default()
        .recording()
        .changed(change("a-1", 10))
        .changed(change("a-2", 500))
        .told(message("a-1", 40))
        .told(message("a-2", 900));
    assert_eq!(fact(&logs, "notifications.timelyRatio"), "0.500");
    assert_eq!(fact(&logs, "notifications.p95Seconds"), "400");
    // Whoever is told within the last day of the log may still answer.
    assert_eq!(fact(&logs, "notifications.acknowledgedRatio"), "unknown");
    let answered = Notification {
        acknowledged: Some(at(100)),
        acknowledged_by: Some("ana@example.com".into()),
        ..message("a-1", 40)
    };
    let logs = Logs::default().recording().changed(change("a-1", 10)).told(answered);
    assert_eq!(fact(&logs, "notifications.acknowledgedRatio"), "1.000");
    assert_eq!(fact(&approved(), "notifications.timelyRatio"), "unknown");
}

#[test]
fn how_many_replicas_a_change_touched_is_known_only_where_it_was_all() {
    const SHARE: &str = "targets.replicaShare";
    assert!(why(&approved(), SHARE).ends_with("not how many of its replicas"));
    let mut deleted = change("a-3", 300);
    deleted.action = Arc::new(crate::privilege::oversight::tests::key("delete", "deployments"));
    assert_eq!(fact(&approved().changed(deleted.clone()), SHARE), "1.000");
    // What may not have taken effect may have touched nothing.
    deleted.outcome = crate::model::activity::LoggedOutcome::Unclear;
    assert_eq!(fact(&approved().changed(deleted), SHARE), "unknown");
}
