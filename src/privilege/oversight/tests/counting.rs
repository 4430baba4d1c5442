//! What is counted and not shown one by one.

use super::*;

/// `impersonate users`, as it is counted for whoever does.
fn assuming() -> ActionKey {
    ActionKey {
        verb: "impersonate".to_owned(),
        target: Target::KubernetesResource {
            group: String::new(),
            resource: "users".to_owned(),
            subresource: None,
            namespace: None,
        },
    }
}

fn gaps(logs: &Logs) -> Vec<String> {
    logs.see(|seen, _| seen.gaps.clone())
}

/// What `delete deployments web` is as, and whoever made it.
fn as_admin(outcome: LoggedOutcome) -> LoggedAction {
    let mut row = change("a-9", 30);
    row.action = Arc::new(key("delete", "deployments"));
    row.outcome = outcome;
    row.trace.impersonator = Some(bot().to_string().into());
    row
}

#[test]
fn changes_that_are_all_kept_leave_no_gap() {
    let logs = Logs::default().changed(change("a-1", 10)).changed(change("a-2", 20));
    assert_eq!(gaps(&logs), [""; 0]);
    assert_eq!(gaps(&logs.counted(key("get", "deployments"), 7, 3)), [""; 0], "it only reads");
}

#[test]
fn a_request_of_which_only_the_arrival_is_logged_may_have_changed_something() {
    let logs = Logs::default().changed(change("a-1", 10)).counted(key("delete", "secrets"), 0, 1);
    let told = "of delete apps/secrets in shop × 1 as system:serviceaccount:ops:fixer only the arrival is logged";
    assert_eq!(gaps(&logs), [told]);
}

#[test]
fn a_change_that_is_counted_and_kept_as_no_row_is_a_gap() {
    let logs =
        Logs::default().changed(change("a-1", 10)).counted(key("patch", "deployments"), 2, 0);
    let told = "patch apps/deployments in shop × 2 as system:serviceaccount:ops:fixer is counted, and not logged as a change";
    assert_eq!(gaps(&logs), [told]);
}

#[test]
fn what_it_did_under_an_identity_that_it_assumed_is_a_change_of_its_own() {
    let logs = Logs::default()
        .recording()
        .changed_by("admin@example.com", as_admin(LoggedOutcome::Done))
        .counted(assuming(), 1, 0);
    assert_eq!(logs.approvals(), ["NoDecision"]);
    assert_eq!(gaps(&logs), [""; 0]);
    logs.see(|seen, _| {
        let signs: Vec<_> = seen.changes[0].signs.iter().collect();
        assert_eq!(signs, [&Sign::Impersonates]);
    });
    // It took the identity on once more, and no change tells what for.
    assert_eq!(gaps(&logs.counted(assuming(), 1, 0)).len(), 1);
}

#[test]
fn what_was_refused_under_an_assumed_identity_changed_nothing() {
    let logs = Logs::default()
        .changed_by("admin@example.com", as_admin(LoggedOutcome::Denied))
        .counted(assuming(), 1, 0);
    assert_eq!(logs.approvals(), [""; 0]);
    assert_eq!(gaps(&logs), [""; 0]);
}

#[test]
fn a_log_that_was_exported_twice_shows_each_change_once_and_hides_none() {
    let copy = |row: LoggedAction| LoggedAction { place: Location::file("copy.log"), ..row };
    let assumed = as_admin(LoggedOutcome::Done);
    let logs = Logs::default()
        .recording()
        .called(call("toolu_1", 0, 20))
        .decided(decision("toolu_1", 5))
        .changed(change("toolu_1", 10))
        .changed(copy(change("toolu_1", 10)))
        .changed_by("admin@example.com", assumed.clone())
        .changed_by("admin@example.com", copy(assumed))
        .counted(assuming(), 2, 0);
    assert_eq!(logs.approvals(), ["given", "NoDecision"]);
    assert_eq!(gaps(&logs), [""; 0]);
    // Without ids nothing tells one that stands twice from two.
    let nameless =
        Logs::default().recording().changed(change("", 10)).changed(copy(change("", 10)));
    assert_eq!(nameless.approvals(), ["NoDecision"; 2]);
}
