//! What is claimed of the exercised level.

use std::sync::Arc;

use super::*;
use crate::model::activity::{BoundedSet, Defect, Target};

fn key(verb: &str, resource: &str) -> ActionKey {
    ActionKey {
        verb: verb.to_owned(),
        target: Target::KubernetesResource {
            group: String::new(),
            resource: resource.to_owned(),
            subresource: None,
            namespace: Some("shop".to_owned()),
        },
    }
}

fn effect(key: &ActionKey) -> (Effect, bool) {
    match key.verb.as_str() {
        "get" | "list" => (Effect::Read, true),
        "patch" => (Effect::Reversible, true),
        "delete" => (Effect::Destructive, true),
        _ => (Effect::Destructive, false),
    }
}

/// Noon of a day of November 2026.
fn at(day: i64) -> Timestamp {
    Timestamp::from_second(1_793_534_400 + (day - 1) * 86_400).unwrap()
}

fn done(count: u64, day: i64) -> ActionRecord {
    let mut record = ActionRecord::default();
    for line in 1..=count {
        record.done.add(Some(at(day)), &Arc::from("audit.log"), line);
    }
    record
}

fn bot() -> Principal {
    Principal::KubernetesUser("bot".to_owned())
}

/// A log of November in which `bot` did this, and others were busy.
fn activity(actions: Vec<(ActionKey, ActionRecord)>) -> Activity {
    let window = Window { first: at(1), last: at(20) };
    let found = PrincipalActivity {
        window: Some(window),
        actions: actions.into_iter().collect(),
        ..PrincipalActivity::default()
    };
    let log = LogSummary {
        files: 1,
        events: 100,
        requests: 100,
        window: Some(window),
        ..LogSummary::default()
    };
    Activity {
        principals: BTreeMap::from([(bot(), found)]),
        logs: BTreeMap::from([(Plane::Kubernetes, log)]),
        beyond: 0,
        ..Activity::default()
    }
}

fn observe(
    principals: &[Principal],
    activity: &Activity,
    since: Option<Timestamp>,
    oversight: Option<OversightOf<'_>>,
) -> Observed {
    match exercise(principals, activity, since, &effect, oversight) {
        Exercised::Observed(observed) => *observed,
        Exercised::Unknown(why) => panic!("{why:?}"),
    }
}

fn observed_of(activity: &Activity) -> Observed {
    observe(&[bot()], activity, None, None)
}

/// Why nothing is known of the first principal.
fn unknown(principal: Principal, activity: &Activity, since: Option<Timestamp>) -> Why {
    match exercise(&[principal], activity, since, &effect, None) {
        Exercised::Unknown(mut why) => why.remove(0).why,
        Exercised::Observed(observed) => panic!("{observed:?}"),
    }
}

fn rungs(actions: Vec<(ActionKey, ActionRecord)>) -> (Level, Level) {
    let observed = observed_of(&activity(actions));
    (observed.shown, observed.at_most)
}

#[test]
fn reads_alone_are_the_first_rung() {
    let observed = observed_of(&activity(vec![(key("get", "pods"), done(5, 2))]));
    assert_eq!((observed.shown, observed.at_most), (Level::L1, Level::L1));
    assert_eq!((observed.lowest(), observed.actions, observed.writes), (Level::L1, 5, 0));
    assert!(observed.is_complete());
}

#[test]
fn changes_without_record_of_approval_count_as_not_approved() {
    let actions = vec![(key("patch", "pods"), done(3, 2)), (key("get", "pods"), done(1, 2))];
    let observed = observed_of(&activity(actions));
    assert_eq!((observed.shown, observed.at_most), (Level::L4, Level::L4));
    assert_eq!(observed.approvals, Approvals::NotRecorded);
    // A client may have asked a human each time: the log cannot tell.
    assert_eq!(observed.lowest(), Level::L2);
    assert_eq!(observed.writes, 3);
}

#[test]
fn one_irreversible_change_decides_and_is_located() {
    let actions = vec![(key("patch", "pods"), done(300, 2)), (key("delete", "pods"), done(1, 2))];
    let observed = observed_of(&activity(actions));
    assert_eq!(observed.at_most, Level::L5);
    let deciding: Vec<_> = observed.deciding().collect();
    assert_eq!(deciding.len(), 1);
    assert_eq!(deciding[0].action, key("delete", "pods"));
    assert_eq!(deciding[0].examples[0].to_string(), "audit.log:1");
}

#[test]
fn an_action_that_no_catalogue_knows_is_the_highest_rung() {
    let observed = observed_of(&activity(vec![(key("frobnicate", "pods"), done(1, 2))]));
    assert_eq!(observed.at_most, Level::L5);
    assert!(!observed.changes[0].effect_known);
}

#[test]
fn a_change_of_unknown_outcome_is_not_certain_but_not_ruled_out() {
    let mut unclear = ActionRecord::default();
    unclear.unclear.add(None, &Arc::from("audit.log"), 7);
    assert_eq!(rungs(vec![(key("delete", "pods"), unclear)]), (Level::L1, Level::L5));
    let unanswered = ActionRecord { unanswered: 1, ..ActionRecord::default() };
    assert_eq!(rungs(vec![(key("patch", "pods"), unanswered)]), (Level::L1, Level::L4));
}

#[test]
fn what_was_refused_rejected_or_rehearsed_changed_nothing() {
    let mut record = ActionRecord { failed: 1, dry_run: 2, ..ActionRecord::default() };
    record.denied.by_authorization = 3;
    let observed = observed_of(&activity(vec![(key("delete", "pods"), record)]));
    assert_eq!((observed.at_most, observed.denied, observed.writes), (Level::L1, 3, 0));
}

#[test]
fn without_a_log_nothing_is_known() {
    assert_eq!(unknown(bot(), &Activity::default(), None), Why::NoLog(Plane::Kubernetes));
}

#[test]
fn a_log_without_events_is_no_log() {
    let mut empty = activity(Vec::new());
    empty.principals.clear();
    empty.logs.insert(Plane::Kubernetes, LogSummary { files: 1, ..LogSummary::default() });
    assert_eq!(unknown(bot(), &empty, None), Why::NoLog(Plane::Kubernetes));
}

#[test]
fn a_principal_that_is_not_in_the_log_is_unknown_and_not_idle() {
    let ghost = || Principal::KubernetesUser("ghost".to_owned());
    let full = activity(vec![(key("get", "pods"), done(5, 2))]);
    assert!(matches!(unknown(ghost(), &full, None), Why::NotInLog { requests: 100, .. }));
    assert_eq!(unknown(ghost(), &Activity { beyond: 1, ..full }, None), Why::CrowdedOut);
}

#[test]
fn a_log_of_one_plane_says_nothing_of_another() {
    let role = Principal::Aws("arn:aws:iam::111122223333:role/bot".to_owned());
    let full = activity(vec![(key("get", "pods"), done(5, 2))]);
    let observed = observe(&[bot(), role], &full, None, None);
    assert_eq!(observed.unobserved[0].why, Why::NoLog(Plane::Aws));
    assert!(!observed.is_complete());
}

#[test]
fn only_what_reaches_into_the_time_asked_for_counts() {
    let full =
        activity(vec![(key("delete", "pods"), done(1, 2)), (key("get", "pods"), done(1, 20))]);
    let level = |day| observe(&[bot()], &full, Some(at(day)), None).at_most;
    assert_eq!(level(1), Level::L5);
    assert_eq!(level(3), Level::L1);
    assert_eq!(unknown(bot(), &full, Some(at(25))), Why::NotInTime { last: Some(at(20)) });
}

#[test]
fn the_window_is_that_of_the_time_asked_for() {
    let full = activity(vec![(key("get", "pods"), done(1, 20))]);
    let window = |since| observe(&[bot()], &full, since, None).window;
    assert_eq!(window(None), Some(Window { first: at(1), last: at(20) }));
    assert_eq!(window(Some(at(3))), Some(Window { first: at(3), last: at(20) }));
}

#[test]
fn a_change_without_a_time_may_be_of_any_day() {
    let mut record = ActionRecord::default();
    record.done.add(None, &Arc::from("audit.log"), 1);
    let full = activity(vec![(key("delete", "pods"), record)]);
    assert_eq!(observe(&[bot()], &full, Some(at(25)), None).at_most, Level::L5);
}

#[test]
fn what_was_left_out_may_be_anything() {
    let mut full = activity(vec![(key("get", "pods"), done(5, 2))]);
    full.principals.get_mut(&bot()).unwrap().beyond = 1;
    let observed = observed_of(&full);
    assert_eq!((observed.shown, observed.at_most), (Level::L1, Level::L5));
    assert_eq!(observed.doubts, [Doubt::MoreActions]);
}

#[test]
fn lines_that_could_not_be_read_cast_doubt() {
    let mut full = activity(vec![(key("get", "pods"), done(5, 2))]);
    let log = full.logs.get_mut(&Plane::Kubernetes).unwrap();
    log.defects.add(Defect::NotJson, &Arc::from("audit.log"), 9);
    log.files_cut_short = 1;
    log.unattributed = 4;
    let expected = [Doubt::UnreadLines(1), Doubt::UnreadFiles(1), Doubt::Unattributed(4)];
    assert_eq!(observed_of(&full).doubts, expected);
}

#[test]
fn a_group_is_everyone_seen_with_it() {
    let mut full = activity(vec![(key("delete", "pods"), done(1, 2))]);
    let mut groups = BoundedSet::default();
    groups.insert("robots".to_owned());
    full.principals.get_mut(&bot()).unwrap().groups = groups;
    let robots = Principal::KubernetesGroup("robots".to_owned());
    let observed = observe(&[robots], &full, None, None);
    assert_eq!((observed.at_most, &observed.changes[0].principal), (Level::L5, &bot()));
}

#[test]
fn records_of_approval_and_acknowledgement_lower_the_rung() {
    let full = activity(vec![(key("patch", "pods"), done(3, 2))]);
    let level = |approved, acknowledged| {
        let oversight = move |_: &Principal, _: &ActionKey| Oversight { approved, acknowledged };
        let observed = observe(&[bot()], &full, None, Some(&oversight));
        (observed.at_most, observed.lowest())
    };
    assert_eq!(level(3, 0), (Level::L2, Level::L2));
    assert_eq!(level(2, 1), (Level::L3, Level::L3));
    assert_eq!(level(2, 0), (Level::L4, Level::L4));
}

#[test]
fn an_approval_of_another_day_is_none_of_what_was_done_within_the_time_asked_for() {
    let mut record = done(1, 15);
    record.unclear = done(1, 2).done;
    let approved = |_: &Principal, _: &ActionKey| Oversight { approved: 1, acknowledged: 0 };
    let activity = activity(vec![(key("patch", "pods"), record)]);
    let observed = observe(&[bot()], &activity, Some(at(10)), Some(&approved));
    assert_eq!(observed.at_most, Level::L4);
}

#[test]
fn acknowledging_what_cannot_be_put_back_does_not_help() {
    let full = activity(vec![(key("delete", "pods"), done(1, 2))]);
    let oversight = |_: &Principal, _: &ActionKey| Oversight { approved: 0, acknowledged: 1 };
    assert_eq!(observe(&[bot()], &full, None, Some(&oversight)).at_most, Level::L5);
}
