//! The result does not depend on where a log is cut, nor on the order of its parts.

use proptest::prelude::*;

use super::*;
use crate::model::{
    activity::{LoggedAction, Rows},
    location::Location,
};

/// A log with every stage, several users, and requests that lie open at both ends.
pub(in crate::scan::activity) fn events(seed: u64, count: usize) -> Vec<String> {
    let mut state = seed | 1;
    let mut next = move |below: u64| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let mut events = Vec::new();
    for number in 0..count {
        let id = format!("{seed}-{number}");
        let verb = ["get", "list", "delete", "patch", "watch", "create"][next(6) as usize];
        let exec = next(4) == 0;
        let code = [200, 200, 200, 201, 403, 404, 409, 500, 504][next(9) as usize];
        let common = json!({
            "verb": verb,
            "user": {"username": format!("bot-{}", next(9)), "groups": [format!("g{}", next(4)), "all"]},
            "impersonatedUser": (next(6) == 0).then(|| json!({"username": format!("boss-{}", next(3))})),
            "userAgent": format!("agent/{}", next(30)),
            "objectRef": {
                "resource": if exec { "pods" } else { "configmaps" },
                "subresource": exec.then_some("exec"),
                "namespace": format!("ns-{}", next(12)),
                "name": (next(5) > 0).then(|| format!("object-{}", next(3))),
            },
            "requestURI": if next(5) == 0 { "/x?dryRun=All" } else { "/x" },
            "requestReceivedTimestamp": format!("2026-11-{:02}T10:00:{:02}Z", 1 + next(28), next(60)),
            "responseStatus": {"code": code},
            "annotations": {
                "authorization.k8s.io/decision": if code == 403 && next(2) == 0 { "forbid" } else { "allow" },
                "authorization.k8s.io/reason": format!("RBAC: allowed by ClusterRoleBinding \"b{}\" of ClusterRole \"r\" to User \"x\"", next(5)),
            },
        });
        let event = with(event(&id), common);
        let long = exec || verb == "watch";
        if next(3) > 0 {
            events.push(with(event.clone(), json!({"stage": "RequestReceived", "responseStatus": null, "impersonatedUser": null})));
        }
        let start = long && next(4) > 0;
        if start {
            events.push(with(event.clone(), json!({"stage": "ResponseStarted"})));
        }
        if !start || next(4) > 0 {
            let stage = if next(20) == 0 { "Panic" } else { "ResponseComplete" };
            events.push(with(event, json!({"stage": stage})));
        }
    }
    let mut lines: Vec<_> = events.iter().map(Value::to_string).collect();
    for _ in 0..count / 20 {
        lines.push("broken".to_owned());
    }
    lines
}

/// Reads parts of one file as separate builders, and merges them in the given order.
fn merged(parts: &[&[String]], order: &[usize], caps: Caps) -> Activity {
    let folder = tempfile::tempdir().unwrap();
    let mut whole = ActivityBuilder::new(caps);
    for &at in order {
        let path = folder.path().join(format!("{at}.log"));
        fs::write(&path, parts[at].join("\n")).unwrap();
        let mut part = ActivityBuilder::new(caps);
        read_file(&path, &mut part, &small());
        whole.merge(part);
    }
    whole.finish()
}

/// Without what says where: parts have files and line numbers of their own.
fn placeless(mut activity: Activity) -> Activity {
    for record in activity.principals.values_mut().flat_map(|found| found.actions.values_mut()) {
        record.done.examples = Default::default();
        record.unclear.examples = Default::default();
        record.denied.examples = Default::default();
        record.authorised.tally.examples = Default::default();
    }
    for found in activity.principals.values_mut() {
        let mut plain = Rows::default();
        plain.omit(found.changes.beyond());
        let nowhere = Location::file("");
        for row in &found.changes {
            plain.add(LoggedAction { place: nowhere.clone(), ..row.clone() }, usize::MAX / 2);
        }
        plain.settle(usize::MAX / 2);
        found.changes = plain;
    }
    for log in activity.logs.values_mut() {
        let mut plain = crate::model::activity::Defects::default();
        for (defect, count) in log.defects.iter() {
            plain.add_unplaced(defect, count);
        }
        log.defects = plain;
        log.files = 1;
        log.ends = crate::model::activity::Ends::default();
    }
    activity
}

pub(in crate::scan::activity) const TIGHT: Caps = Caps {
    entries: 40,
    actions_per_principal: 7,
    open_requests: 1_000,
    event_ids: 1_000,
    held_events: 0,
    changes_per_principal: 5,
    changes: 30,
    observer: None,
};

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 24,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn any_split_and_any_order_give_the_same_activity(
        seed in any::<u64>(),
        cuts in prop::collection::vec(0.0..1.0f64, 0..5),
        tight in any::<bool>(),
        rotate in 0usize..6,
    ) {
        let caps = if tight { TIGHT } else { Caps::default() };
        let all = events(seed, 200);
        let mut bounds: Vec<_> = cuts.iter().map(|cut| (cut * all.len() as f64) as usize).collect();
        bounds.extend([0, all.len()]);
        bounds.sort_unstable();
        bounds.dedup();
        let parts: Vec<&[String]> = bounds.windows(2).map(|pair| &all[pair[0]..pair[1]]).collect();
        let whole = merged(&[&all], &[0], caps);
        prop_assert!(!tight || whole.beyond > 0, "the tight bounds must bite");

        let forward: Vec<_> = (0..parts.len()).collect();
        let mut turned = forward.clone();
        turned.rotate_left(rotate % parts.len());
        let backward: Vec<_> = forward.iter().rev().copied().collect();
        let expected = merged(&parts, &forward, caps);
        prop_assert_eq!(&merged(&parts, &turned, caps), &expected);
        prop_assert_eq!(&merged(&parts, &backward, caps), &expected);
        prop_assert_eq!(placeless(expected), placeless(whole));
    }

    #[test]
    fn the_order_of_lines_changes_no_count(seed in any::<u64>()) {
        let all = events(seed, 120);
        let backward: Vec<_> = all.iter().rev().cloned().collect();
        prop_assert_eq!(
            placeless(merged(&[&all], &[0], Caps::default())),
            placeless(merged(&[&backward], &[0], Caps::default()))
        );
    }
}

#[test]
fn what_is_beyond_the_bounds_is_counted() {
    let all: Vec<_> = (0..100)
        .map(|number| {
            with(
                event("a"),
                json!({
                    "user": {"username": format!("bot-{:02}", number % 10)},
                    "objectRef": {"resource": "pods", "namespace": format!("ns-{number:02}")},
                }),
            )
            .to_string()
        })
        .collect();
    // Each of ten has ten actions. Seven of each would stay, but there is room
    // for five principals with their seven actions only.
    let activity = merged(&[&all], &[0], TIGHT);
    assert_eq!(activity.principals.len(), 5);
    for found in activity.principals.values() {
        assert_eq!((found.actions.len(), found.beyond), (7, 3));
    }
    assert_eq!(activity.beyond, 50);
}

#[test]
fn the_clusters_own_parts_do_not_crowd_out_agents() {
    let mut all: Vec<_> = (0..200)
        .map(|number| {
            with(event("a"), json!({"user": {"username": format!("system:node:{number:03}")}}))
        })
        .collect();
    all.push(with(event("a"), json!({"user": {"username": "system:serviceaccount:zoo:zebra"}})));
    all.push(with(event("a"), json!({"user": {"username": "zebra"}})));
    let text: Vec<_> = all.iter().map(Value::to_string).collect();
    let activity = merged(&[&text], &[0], TIGHT);
    assert_eq!(
        action(&activity, "system:serviceaccount:zoo:zebra", "delete pods in shop").done.count,
        1
    );
    assert_eq!(action(&activity, "zebra", "delete pods in shop").done.count, 1);
    assert!(activity.beyond > 0);
}

#[test]
fn more_open_requests_than_are_held_are_counted_twice_rather_than_lost() {
    let watch = |number: usize, stage: &str| {
        with(event(&number.to_string()), json!({"verb": "watch", "stage": stage})).to_string()
    };
    let starts = (0..20).map(|number| watch(number, "ResponseStarted"));
    let ends = (0..20).map(|number| watch(number, "ResponseComplete"));
    let all: Vec<_> = starts.chain(ends).collect();
    let caps = Caps { open_requests: 8, ..Caps::default() };
    let activity = merged(&[&all], &[0], caps);
    assert!(log(&activity).stages_overlap);
    assert!(log(&activity).requests >= 20);
    let exact = merged(&[&all], &[0], Caps::default());
    assert!(!log(&exact).stages_overlap);
    assert_eq!(log(&exact).requests, 20);
}

#[test]
fn only_requests_that_are_open_at_a_time_are_held() {
    let watch = |number: usize| {
        ["ResponseStarted", "ResponseComplete"].map(|stage| {
            with(event(&number.to_string()), json!({"verb": "watch", "stage": stage})).to_string()
        })
    };
    // Start and end may be read side by side, in different blocks.
    let all: Vec<_> = (0..3_000).flat_map(watch).collect();
    let activity = merged(&[&all], &[0], Caps { open_requests: 100, ..Caps::default() });
    assert!(!log(&activity).stages_overlap);
    assert_eq!(log(&activity).requests, 3_000);
}
