//! What was tried out, and whether it worked last.

use super::*;

#[test]
fn every_kind_of_change_must_have_been_seen_to_undo_itself() {
    let undone = |action: Option<&str>, call: &str, drill| Reversal {
        time: Some(at(0) - SignedDuration::from_hours(if drill { 96 } else { -1 })),
        about: crate::model::activity::About {
            agent: Some("fixer".into()),
            action: action.map(Into::into),
            ..crate::privilege::oversight::tests::about(call)
        },
        by: Some("argo-rollouts".into()),
        automatic: true,
        restored: Some(true),
        drill,
        place: Location::file("reverts.jsonl"),
    };
    let (tested, automated) = ("reversals.oldestTestDays", "reversals.automated");
    let mut other = change("toolu_9", 300);
    other.action = Arc::new(crate::privilege::oversight::tests::key("delete", "deployments"));
    let logs = Logs::default().recording().changed(change("toolu_1", 10));
    assert_eq!(
        (fact(&logs, tested), fact(&logs, automated)),
        word_pair("unknown", "not looked for")
    );
    let for_real = logs.clone().reverted(undone(None, "toolu_1", false));
    assert_eq!(fact(&for_real, tested), "1");
    assert_eq!(fact(&for_real, automated), r#"["patch deployments.apps"]"#);
    let more = for_real.changed(other);
    assert!(why(&more, tested).contains("`delete deployments.apps`"));
    let drilled = more.reverted(undone(Some("delete deployments.apps"), "drill-7", true));
    assert_eq!(fact(&drilled, tested), "5");
    let failed = Reversal { restored: Some(false), ..undone(None, "toolu_1", false) };
    assert_eq!(fact(&logs.clone().reverted(failed), tested), "unknown");
    // What worked once and then did not is no longer proven.
    let later = |restored| Reversal {
        time: Some(at(7_200)),
        restored,
        ..undone(Some("patch deployments.apps"), "drill-8", true)
    };
    let once = logs.reverted(undone(Some("patch deployments.apps"), "drill-7", true));
    assert_eq!(fact(&once, tested), "5");
    for restored in [Some(false), None] {
        let then = once.clone().reverted(later(restored));
        assert!(why(&then, tested).contains("is not on record"), "{restored:?}");
        assert_eq!(fact(&then, automated), "not looked for");
    }
    assert_eq!(fact(&once.reverted(later(Some(true))), tested), "1");
}

fn word_pair(one: &str, other: &str) -> (String, String) {
    (one.to_owned(), other.to_owned())
}

#[test]
fn a_drill_that_failed_later_takes_back_what_an_earlier_one_proved() {
    let drill = |of, hours: i64, worked| Drill {
        time: Some(at(0) - SignedDuration::from_hours(hours)),
        agent: Some("fixer".into()),
        of,
        worked,
        seconds: Some(4),
        place: Location::file("drills.jsonl"),
    };
    for (of, name) in [
        (DrillOf::Stop, "stop.drillAgeDays"),
        (DrillOf::Stop, "stop.drillRecorded"),
        (DrillOf::Breaker, "breaker.provenDaysAgo"),
        (DrillOf::Reversal, "reversals.automationProvenDaysAgo"),
    ] {
        let known = |drills: Vec<Drill>| {
            let mut logs = Logs::default();
            drills.into_iter().for_each(|drill| logs.records.drills.add(drill, 10));
            fact(&logs, name) != "unknown"
        };
        let worked = drill(of, 480, Some(true));
        assert!(known(vec![worked.clone()]), "{name}");
        for failed in [Some(false), None] {
            assert!(!known(vec![worked.clone(), drill(of, 48, failed)]), "{name}");
        }
        assert!(known(vec![drill(of, 960, Some(false)), worked]), "{name}");
    }
}

#[test]
fn only_a_drill_that_worked_proves_a_stop() {
    let drill = |worked, seconds| Drill {
        time: Some(at(0) - SignedDuration::from_hours(48)),
        agent: Some("fixer".into()),
        of: DrillOf::Stop,
        worked,
        seconds,
        place: Location::file("drills.jsonl"),
    };
    let age = |drill| {
        let mut rows = Rows::default();
        rows.add(drill, 10);
        let logs =
            Logs { records: Logged { drills: rows, ..Logged::default() }, ..Logs::default() };
        let facts = facts(&logs, &[]);
        (word(&facts, "stop.drillAgeDays"), word(&facts, "stop.drillRecorded"))
    };
    assert_eq!(age(drill(Some(true), Some(40))), ("3".to_owned(), "true".to_owned()));
    assert_eq!(age(drill(Some(true), None)), ("3".to_owned(), "false".to_owned()));
    assert_eq!(age(drill(None, Some(40))), ("unknown".to_owned(), "unknown".to_owned()));
}
