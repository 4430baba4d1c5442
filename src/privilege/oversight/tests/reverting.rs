//! What was put back, and what that says of people.

use super::*;
use crate::model::activity::{AwsCall, Manner};

/// Whether people put the first change back, as it counts against the agent.
fn reverted(logs: &Logs) -> Option<ByPeople> {
    logs.see(|seen, who| {
        let change = &seen.changes[0];
        (!change.reverted.is_empty()).then(|| change.by_people(who))
    })
}

fn acknowledged(logs: &Logs) -> bool {
    logs.see(|seen, who| seen.changes[0].is_acknowledged(who))
}

/// That verb on that resource of the name, at that second.
fn row(verb: &str, resource: &str, name: Option<&str>, seconds: i64) -> LoggedAction {
    LoggedAction {
        action: Arc::new(key(verb, resource)),
        object: name.map(Into::into),
        ..change(&format!("{verb}-{seconds}"), seconds)
    }
}

fn web(verb: &str, seconds: i64) -> LoggedAction {
    row(verb, "deployments", Some("web"), seconds)
}

/// A write of a part of the object.
fn part(subresource: &str, row: LoggedAction) -> LoggedAction {
    let mut action = (*row.action).clone();
    if let Target::KubernetesResource { subresource: part, .. } = &mut action.target {
        *part = Some(subresource.to_owned());
    }
    LoggedAction { action: Arc::new(action), ..row }
}

/// That action of AWS in that second.
fn aws(verb: &str, name: Option<&str>, seconds: i64) -> LoggedAction {
    let region = Some("eu-central-1".to_owned());
    let target = Target::Aws(AwsCall { region, ..AwsCall::default() });
    let action = Arc::new(ActionKey { verb: verb.to_owned(), target });
    LoggedAction { action, ..row("x", "x", name, seconds) }
}

fn record(by: &str, automatic: bool) -> Reversal {
    Reversal {
        time: Some(at(60)),
        about: about("toolu_1"),
        by: Some(by.into()),
        automatic,
        restored: Some(true),
        drill: false,
        place: Location::file("reverts.jsonl"),
    }
}

fn failed(record: Reversal) -> Reversal {
    Reversal { restored: Some(false), ..record }
}

#[test]
fn an_undo_on_the_same_object_puts_back_what_was_written_last() {
    let manner = |manner, seconds| {
        let mut row = change("kubectl-1", seconds);
        row.trace.manner = manner;
        row
    };
    let logs = Logs::default().changed(change("toolu_1", 0));
    let after = |row: LoggedAction| reverted(&logs.clone().changed_by("ana", row));
    assert_eq!(after(manner(Some(Manner::Undo), 60)), Some(ByPeople::Yes));
    assert_eq!(after(manner(Some(Manner::Restart), 60)), None, "a restart puts nothing back");
    assert_eq!(after(manner(None, 60)), Some(ByPeople::Perhaps));
    assert_eq!(after(manner(Some(Manner::Undo), 90_000)), None, "a day later it is another story");
    let mut elsewhere = manner(Some(Manner::Undo), 60);
    elsewhere.object = Some("till".into());
    assert_eq!(after(elsewhere), None);
    let between = logs.changed(manner(None, 30)).changed_by("ana", manner(Some(Manner::Undo), 60));
    assert_eq!(reverted(&between), Some(ByPeople::Perhaps));
}

#[test]
fn an_inverse_action_on_the_same_object_puts_it_back() {
    let logs = Logs::default().changed(web("create", 0));
    let people = logs.clone().changed_by("ana", web("delete", 60));
    assert_eq!(reverted(&people), Some(ByPeople::Yes));
    assert_eq!(reverted(&logs.changed(web("delete", 60))), Some(ByPeople::No));
}

#[test]
fn a_record_of_a_reversal_says_who_did_it() {
    let logs = Logs::default().changed(change("toolu_1", 0));
    let by = |record| reverted(&logs.clone().reverted(record));
    assert_eq!(by(record("ana@example.com", false)), Some(ByPeople::Yes));
    assert_eq!(by(record("argo-rollouts", true)), Some(ByPeople::No));
    assert_eq!(by(record("fixer", false)), Some(ByPeople::No));
    assert_eq!(by(Reversal { drill: true, ..record("ana", false) }), None);
}

#[test]
fn only_a_person_who_certainly_put_it_back_has_acknowledged_a_change() {
    let logs = Logs::default().changed(change("toolu_1", 0));
    let by = |record| acknowledged(&logs.clone().reverted(record));
    let ana = || record("ana@example.com", false);
    assert!(by(ana()));
    assert!(!by(failed(ana())));
    assert!(!by(Reversal { restored: None, ..ana() }), "whether it worked is not on record");
    assert!(!by(Reversal { by: None, ..ana() }));
    assert!(!by(record("rollback-bot", false)));
    assert!(!by(record("ana@example.com", true)), "nobody had to ask for it");
    assert!(!by(record("tuner", false)), "another agent");
    assert!(!by(Reversal { time: Some(at(-3)), ..ana() }), "before the change");
    assert!(!by(Reversal { time: Some(at(86_401)), ..ana() }));
}

#[test]
fn what_is_not_known_to_be_a_programs_speaks_against_the_agent() {
    let logs = Logs::default().changed(change("toolu_1", 0));
    let by = |record| reverted(&logs.clone().reverted(record));
    let ana = || record("ana@example.com", false);
    assert_eq!(by(failed(ana())), Some(ByPeople::Yes), "she wanted it back");
    assert_eq!(by(Reversal { by: None, ..ana() }), Some(ByPeople::Yes));
    assert_eq!(by(record("rollback-bot", false)), Some(ByPeople::Yes), "somebody asked for it");
    assert_eq!(by(record("rollback-bot", true)), Some(ByPeople::No));
}

#[test]
fn a_person_who_puts_it_back_in_the_platforms_log_has_acknowledged_it_and_a_program_has_not() {
    let logs = Logs::default().changed(web("create", 0));
    let deleted = |by: &str| {
        let logs = logs.clone().changed_by(by, web("delete", 60));
        (reverted(&logs), acknowledged(&logs))
    };
    assert_eq!(deleted("ana@example.com"), (Some(ByPeople::Yes), true));
    // People may have had it do so.
    let pipeline = "system:serviceaccount:argocd:argocd-application-controller";
    assert_eq!(deleted(pipeline), (Some(ByPeople::Perhaps), false));
    assert_eq!(deleted("tuner"), (Some(ByPeople::Perhaps), false));
    let unclear = LoggedAction { outcome: LoggedOutcome::Unclear, ..web("delete", 60) };
    let logs = logs.changed_by("ana@example.com", unclear);
    assert_eq!((reverted(&logs), acknowledged(&logs)), (Some(ByPeople::Perhaps), false));
}

#[test]
fn controllers_of_the_platform_put_nothing_back_and_acknowledge_nothing() {
    let pod = |verb: &str, seconds| row(verb, "pods", Some("web-0"), seconds);
    for (done, after) in [("create", "delete"), ("delete", "create"), ("patch", "update")] {
        for controller in [
            "system:serviceaccount:kube-system:statefulset-controller",
            "system:serviceaccount:kube-system:generic-garbage-collector",
            "system:kube-controller-manager",
        ] {
            let logs = Logs::default().changed(pod(done, 0)).changed_by(controller, pod(after, 2));
            assert_eq!((reverted(&logs), acknowledged(&logs)), (None, false), "{controller}");
        }
    }
}

#[test]
fn who_assumed_the_agents_identity_is_not_the_agent() {
    let mut assumed = web("delete", 60);
    assumed.trace.impersonator = Some("ana@example.com".into());
    let logs = Logs::default().changed(web("create", 0)).changed(assumed);
    assert_eq!((reverted(&logs), acknowledged(&logs)), (Some(ByPeople::Yes), true));
    let mut lent = web("delete", 60);
    lent.trace.impersonator = Some(bot().to_string().into());
    let logs = Logs::default().changed(web("create", 0)).changed_by("admin@example.com", lent);
    assert_eq!((reverted(&logs), acknowledged(&logs)), (Some(ByPeople::No), false));
}

#[test]
fn a_person_who_put_it_back_counts_however_many_tried_before() {
    let later = |seconds| Reversal { time: Some(at(seconds)), ..record("ana@example.com", false) };
    for first in [failed(record("rollback", true)), failed(record("fixer", false))] {
        let logs = Logs::default().changed(change("toolu_1", 0)).reverted(first.clone());
        assert_eq!((reverted(&logs), acknowledged(&logs)), (Some(ByPeople::No), false));
        let logs = logs.reverted(later(3_600));
        assert_eq!((reverted(&logs), acknowledged(&logs)), (Some(ByPeople::Yes), true));
        let all = logs.see(|seen, _| seen.changes[0].reversal_records().count());
        assert_eq!(all, 2);
    }
}

#[test]
fn the_log_is_looked_at_beside_the_records_of_automations() {
    let mut undo = change("kubectl-1", 60);
    undo.trace.manner = Some(Manner::Undo);
    let automatic = Logs::default()
        .changed(change("toolu_1", 0))
        .reverted(record("argo-rollouts", true))
        .changed_by("system:serviceaccount:argo:argo-rollouts", undo.clone());
    assert_eq!(reverted(&automatic), Some(ByPeople::No), "the request that the record is of");
    let person = automatic.changed_by("ana@example.com", undo);
    assert_eq!(reverted(&person), Some(ByPeople::Yes));
}

#[test]
fn a_write_of_another_part_of_the_object_may_be_a_way_back() {
    let scaled = Logs::default().changed(part("scale", web("patch", 0)));
    let after = |row| reverted(&scaled.clone().changed_by("ana", row));
    assert_eq!(after(web("patch", 60)), Some(ByPeople::Perhaps));
    assert_eq!(after(part("status", web("patch", 60))), None, "what a controller has seen");
    let whole = Logs::default().changed(web("patch", 0));
    let scaled = whole.changed_by("ana", part("scale", web("update", 60)));
    assert_eq!(reverted(&scaled), Some(ByPeople::Perhaps));
}

#[test]
fn who_deletes_the_object_and_makes_it_anew_may_put_it_back() {
    let logs = Logs::default().changed(web("patch", 0)).changed_by("ana", web("delete", 60));
    assert_eq!(reverted(&logs), Some(ByPeople::Perhaps));
    let anew = Logs::default().changed(web("patch", 0)).changed_by("ana", web("create", 61));
    assert_eq!(reverted(&anew), Some(ByPeople::Perhaps));
    let applied = Logs::default().changed(web("delete", 0)).changed_by("ana", web("patch", 60));
    assert_eq!(reverted(&applied), Some(ByPeople::Perhaps), "an apply creates");
    let again = Logs::default().changed(web("delete", 0)).changed_by("ana", web("delete", 60));
    assert_eq!(reverted(&again), None, "deleting puts back nothing that was deleted");
    let gone = row("delete", "namespaces", Some("shop"), 60);
    let mut action = (*gone.action).clone();
    if let Target::KubernetesResource { group, .. } = &mut action.target {
        group.clear();
    }
    let gone = LoggedAction { action: Arc::new(action), ..gone };
    let logs = Logs::default().changed(web("create", 0)).changed_by("ana", gone);
    assert_eq!(reverted(&logs), Some(ByPeople::Perhaps), "with all that it held");
}

#[test]
fn a_request_for_several_objects_may_put_one_of_them_back() {
    let all = row("deletecollection", "deployments", None, 60);
    let logs = Logs::default().changed(web("create", 0)).changed_by("ana", all);
    assert_eq!(reverted(&logs), Some(ByPeople::Perhaps));
    let generated = Logs::default().changed(row("create", "pods", None, 0));
    let deleted = |resource| {
        let row = row("delete", resource, Some("debug-x7"), 60);
        reverted(&generated.clone().changed_by("ana", row))
    };
    assert_eq!(deleted("pods"), Some(ByPeople::Perhaps));
    assert_eq!(deleted("services"), None);
}

/// What an action of AWS by another role says of one of the agent's.
fn by_role(done: LoggedAction, after: LoggedAction) -> (Option<ByPeople>, bool) {
    let role = Principal::Aws("arn:aws:iam::111122223333:role/human".into());
    let mut logs = Logs::default().changed(done);
    logs.changes.push((role, after));
    (reverted(&logs), acknowledged(&logs))
}

#[test]
fn actions_of_aws_on_what_may_be_the_same_may_put_it_back() {
    let stop = |name| aws("ec2:StopInstances", name, 0);
    let start = |name, seconds| aws("ec2:StartInstances", name, seconds);
    let one = Some("i-0abc");
    // Whoever took the role on may be a person, and none is known to be.
    assert_eq!(by_role(stop(one), start(one, 60)), (Some(ByPeople::Yes), false));
    let perhaps = (Some(ByPeople::Perhaps), false);
    assert_eq!(by_role(stop(None), start(None, 60)), perhaps, "several at once");
    assert_eq!(by_role(stop(one), start(None, 60)), perhaps);
    assert_eq!(by_role(stop(None), start(one, 60)), perhaps);
    assert_eq!(by_role(stop(one), start(one, 0)), perhaps, "in the same second");
    let rebuilt = aws("ec2:TerminateInstances", one, 60);
    assert_eq!(by_role(stop(one), rebuilt), perhaps);
    assert_eq!(by_role(stop(one), start(Some("i-0def"), 60)), (None, false));
    assert_eq!(by_role(stop(None), aws("ec2:CreateTags", None, 60)), (None, false));
    assert_eq!(by_role(start(one, 10), stop(one)), (None, false), "before it");
}

#[test]
fn who_takes_on_the_same_role_later_puts_nothing_back() {
    let boss = Some("arn:aws:iam::111122223333:role/boss");
    let later = |verb: &str| {
        let logs = Logs::default().changed_as(role(), aws(verb, boss, 10));
        let other = Principal::Aws("arn:aws:iam::111122223333:user/ana".to_owned());
        reverted(&logs.changed_as(other, aws(verb, boss, 60)))
    };
    assert_eq!(later("sts:AssumeRole"), None);
    assert_eq!(later("iam:UpdateAssumeRolePolicy"), Some(ByPeople::Perhaps));
}

#[test]
fn a_change_that_no_log_dates_may_have_been_put_back_by_any_write() {
    let undated = LoggedAction { time: None, ..web("patch", 0) };
    let logs = Logs::default().changed(undated.clone()).changed_by("ana", web("patch", 60));
    assert_eq!(reverted(&logs), Some(ByPeople::Perhaps));
    let logs = Logs::default().changed(web("patch", 0)).changed_by("ana", undated);
    assert_eq!(reverted(&logs), Some(ByPeople::Perhaps));
    let alone = Logs::default().changed(LoggedAction { time: None, ..web("patch", 0) });
    assert_eq!(reverted(&alone), None);
}
