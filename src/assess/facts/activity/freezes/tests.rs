//! When it is known that nothing was changed within a freeze. The logs are of 2026-11-09;
//! they are judged on the day after.

use super::*;
use crate::{
    assess::facts::activity::tests::{collected, why_of, word},
    model::activity::{AwsCall, LoggedAction, LoggedOutcome},
    privilege::oversight::tests::{Logs, at, change, key},
};

const FACT: &str = "targets.freezeViolations";

/// From one second of the logs to another, of everything.
fn freeze(from: i64, until: i64) -> Freeze {
    Freeze {
        from: at(from),
        until: at(until),
        of: Boundary::default(),
        location: Location::file("gradus.yaml"),
    }
}

fn facts(logs: &Logs, declared: Option<&[Freeze]>) -> Facts {
    collected(logs, &[], |overseen, facts| collect_of(overseen, declared, facts))
}

fn told(logs: &Logs, declared: Option<&[Freeze]>) -> String {
    word(&facts(logs, declared), FACT)
}

/// Of what logs show on the days on which something was logged.
fn logged() -> Logs {
    Logs::default().changed(change("a-1", 100))
}

#[test]
fn without_a_word_of_freezes_nobody_knows_whether_one_was_kept() {
    assert!(why_of(&facts(&logged(), None), FACT).starts_with("no freeze is declared"));
    assert_eq!(told(&logged(), Some(&[])), "0");
}

#[test]
fn a_change_within_a_freeze_counts_and_one_before_or_after_it_does_not() {
    assert_eq!(told(&logged(), Some(&[freeze(50, 100)])), "1");
    assert_eq!(told(&logged(), Some(&[freeze(101, 200)])), "0");
    assert_eq!(told(&logged(), Some(&[freeze(0, 99)])), "0");
    assert_eq!(told(&logged(), Some(&[freeze(0, 99), freeze(90, 110)])), "1");
}

#[test]
fn a_freeze_is_of_what_it_names() {
    let of = |of: Boundary| told(&logged(), Some(&[Freeze { of, ..freeze(50, 150) }]));
    let names = |name: &str| vec![name.to_owned()];
    let namespaces = |name: &str| Boundary { namespaces: names(name), ..Boundary::default() };
    assert_eq!(of(namespaces("shop")), "1");
    assert_eq!(of(namespaces("warehouse")), "0");
    let actions = |name: &str| Boundary { actions: names(name), ..Boundary::default() };
    assert_eq!(of(actions("patch deployments*")), "1");
    assert_eq!(of(actions("delete *")), "0");
    // A region says nothing of a cluster.
    assert_eq!(of(Boundary { regions: names("eu-central-1"), ..Boundary::default() }), "0");
}

#[test]
fn what_may_have_touched_a_frozen_namespace_leaves_it_open() {
    let mut action = key("patch", "nodes");
    let Target::KubernetesResource { namespace, .. } = &mut action.target else { unreachable!() };
    *namespace = None;
    let logs = Logs::default()
        .changed(LoggedAction { action: std::sync::Arc::new(action), ..change("a-1", 100) });
    let of = Boundary { namespaces: vec!["shop".to_owned()], ..Boundary::default() };
    let frozen = [Freeze { of, ..freeze(50, 150) }];
    assert!(why_of(&facts(&logs, Some(&frozen)), FACT).ends_with("is not known"));
}

#[test]
fn a_change_without_a_time_or_an_outcome_leaves_it_open() {
    let undated = Logs::default().changed(LoggedAction { time: None, ..change("a-1", 100) });
    assert_eq!(told(&undated, Some(&[freeze(0, 10)])), "unknown");
    let unclear = LoggedAction { outcome: LoggedOutcome::Unclear, ..change("a-1", 100) };
    let unclear = Logs::default().changed(unclear);
    assert_eq!(told(&unclear, Some(&[freeze(50, 150)])), "unknown");
    assert_eq!(told(&unclear, Some(&[freeze(0, 10)])), "0");
}

#[test]
fn a_day_of_a_freeze_that_no_log_shows_leaves_it_open() {
    let earlier = [freeze(-40 * 86_400, -39 * 86_400)];
    assert!(
        why_of(&facts(&logged(), Some(&earlier)), FACT)
            .starts_with("the kubernetes log shows nothing of 2026-09-30")
    );
    // What is to come no log can show, and what was before the window nobody asks.
    assert_eq!(told(&logged(), Some(&[freeze(20 * 86_400, 30 * 86_400)])), "0");
    assert_eq!(told(&logged(), Some(&[freeze(-200 * 86_400, -190 * 86_400)])), "0");
    // One that was broken was broken whatever else is missing.
    assert_eq!(told(&logged(), Some(&[earlier[0].clone(), freeze(50, 150)])), "1");
}

#[test]
fn a_call_of_a_region_that_the_log_leaves_out_may_be_of_a_frozen_one() {
    let of = Boundary { regions: vec!["eu-central-1".to_owned()], ..Boundary::default() };
    let call = |region: Option<&str>| ActionKey {
        verb: "ec2:RebootInstances".to_owned(),
        target: Target::Aws(AwsCall { region: region.map(str::to_owned), ..AwsCall::default() }),
    };
    let rules = OversightRules::load().unwrap();
    let covers = |action: &ActionKey| covers(&of, action, &rules);
    assert_eq!(covers(&call(Some("eu-central-1"))), Holds::Yes);
    assert_eq!(covers(&call(Some("us-east-1"))), Holds::No);
    assert_eq!(covers(&call(None)), Holds::Perhaps);
    assert_eq!(covers(&key("patch", "deployments")), Holds::No);
}

#[test]
fn a_role_that_is_taken_on_breaks_no_freeze_and_what_has_one_home_may() {
    let of = |verb: &str, of: Boundary| {
        let rules = OversightRules::load().unwrap();
        let call = AwsCall { region: Some("us-east-1".to_owned()), ..AwsCall::default() };
        covers(&of, &ActionKey { verb: verb.to_owned(), target: Target::Aws(call) }, &rules)
    };
    let everything = Boundary::default;
    assert_eq!(of("sts:AssumeRole", everything()), Holds::No);
    assert_eq!(of("iam:DeleteUser", everything()), Holds::Yes);
    let named = Boundary { actions: vec!["sts:*".to_owned()], ..everything() };
    assert_eq!(of("sts:AssumeRole", named), Holds::Yes, "where it is named");
    let regions = || Boundary { regions: vec!["eu-*".to_owned()], ..everything() };
    assert_eq!(of("iam:DeleteUser", regions()), Holds::Perhaps);
    assert_eq!(of("ec2:StopInstances", regions()), Holds::No);
}
