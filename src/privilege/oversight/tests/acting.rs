//! Who acted as the agent, and so cannot approve what it did.

use super::*;

/// `ec2:StopInstances` of a session of the role, which a call of the agent made.
fn stopped(trace: Trace) -> Logs {
    let mut made = call("toolu_1", 0, 20);
    made.requests.insert("REQ-1".into());
    let mut row = change("event-1", 10);
    row.trace = Trace { id: Some("event-1".into()), request: Some("REQ-1".into()), ..trace };
    row.action = Arc::new(ActionKey {
        verb: "ec2:StopInstances".to_owned(),
        target: Target::Aws(Default::default()),
    });
    Logs::default().recording().called(made).changed_as(role(), row)
}

fn session(name: &str) -> Trace {
    Trace { session: Some(name.into()), credential: Some("sha256:1".into()), ..Trace::default() }
}

fn began(name: &str, by: &str) -> RoleSession {
    RoleSession {
        time: Some(at(-60)),
        session: format!("arn:aws:sts::111122223333:assumed-role/fixer/{name}").into(),
        credential: Some("sha256:1".into()),
        parent: None,
        by: Some(by.into()),
        subject: None,
        tags: BTreeMap::new(),
        place: Location::file("trail.json"),
    }
}

/// What an approval by someone is worth.
fn approved(logs: &Logs, by: &str) -> String {
    let decision = Decision { by: Some(by.into()), ..decision("toolu_1", 5) };
    logs.clone().decided(decision).approvals().remove(0)
}

const ANA: &str = "arn:aws:iam::111122223333:user/ana@example.com";

#[test]
fn whoever_a_session_names_does_not_approve_what_it_changed() {
    let named = stopped(session("ana@example.com"));
    assert_eq!(approved(&named, "Ana@example.com"), "BySelf");
    assert_eq!(approved(&named, ANA), "BySelf");
    assert_eq!(approved(&named, "jo@example.com"), "given");
    assert_eq!(approved(&stopped(session("run-7")), "run-7"), "BySelf");
    let source = Trace { source_identity: Some("ana@example.com".into()), ..session("run-7") };
    assert_eq!(approved(&stopped(source), "ana@example.com"), "BySelf");
}

#[test]
fn whoever_took_on_the_role_does_not_approve_what_was_done_with_it() {
    let taken = |by: &str| stopped(session("run-7")).began(began("run-7", by));
    assert_eq!(approved(&taken(ANA), "ana@example.com"), "BySelf");
    assert_eq!(approved(&taken(ANA), "jo@example.com"), "given");
    let signed_in = "arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Admin_1/ana@example.com";
    assert_eq!(approved(&taken(signed_in), "ana@example.com"), "BySelf");
    assert_eq!(approved(&taken(signed_in), ANA), "BySelf");
    // The first of a row of sessions is behind all of them.
    let parent = RoleSession { credential: Some("sha256:0".into()), ..began("first", ANA) };
    let own = RoleSession { parent: Some("sha256:0".into()), ..began("run-7", "first") };
    let logs = stopped(session("run-7")).began(parent).began(own);
    assert_eq!(approved(&logs, "ana@example.com"), "BySelf");
}

#[test]
fn whoever_may_have_acted_as_the_agent_leaves_it_open() {
    let open = "open: PerhapsBySelf";
    // The user of that name, or somebody else's.
    assert_eq!(approved(&stopped(session("ana")), "ana@example.com"), open);
    // Another session of the agent.
    let other = stopped(session("run-7"))
        .began(RoleSession { credential: Some("sha256:2".into()), ..began("run-6", "scheduler") });
    assert_eq!(approved(&other, "run-6"), open);
    // Either may have begun it, where the log leaves the credential out.
    let nameless = Trace { credential: None, ..session("run-7") };
    let either = stopped(nameless)
        .began(RoleSession { time: Some(at(-90)), ..began("run-7", ANA) })
        .began(RoleSession { subject: Some("job".into()), ..began("run-7", "scheduler") });
    assert_eq!(approved(&either, "ana@example.com"), open);
}

#[test]
fn a_session_of_another_agent_or_of_a_role_that_programs_take_on_is_no_approver() {
    let logs = stopped(session("run-7"));
    let by = |role: &str| format!("arn:aws:sts::111122223333:assumed-role/{role}/jo@example.com");
    assert_eq!(approved(&logs, &by("tuner-prod")), "ByStranger");
    assert_eq!(approved(&logs, &by("fixer")), "BySelf");
    assert_eq!(approved(&logs, &by("ci-deployer")), "ByStranger");
    assert_eq!(approved(&logs, &by("AWSReservedSSO_Admin_0123456789abcdef")), "given");
}

#[test]
fn sessions_of_a_role_approve_where_it_is_said_that_they_may() {
    let by = "arn:aws:sts::111122223333:assumed-role/oncall/jo@example.com";
    let decision = Decision { by: Some(by.into()), ..decision("toolu_1", 5) };
    let logs = stopped(session("run-7")).decided(decision);
    let approved = |approver: &str| {
        logs.see_with(&[approver.to_owned()], |seen, _| word(&seen.changes[0].approval))
    };
    assert_eq!(approved("arn:aws:sts::111122223333:assumed-role/oncall/*"), "given");
    assert_eq!(approved("*@example.com"), "ByStranger", "whoever takes it on chooses the name");
}

#[test]
fn a_role_that_the_agent_took_on_does_not_approve_what_it_did() {
    let fixer = "arn:aws:sts::111122223333:assumed-role/fixer/run-7";
    let deploy = RoleSession {
        session: "arn:aws:sts::111122223333:assumed-role/deploy/run-7".into(),
        credential: Some("sha256:2".into()),
        parent: Some("sha256:1".into()),
        ..began("run-7", fixer)
    };
    let admin = RoleSession {
        session: "arn:aws:sts::111122223333:assumed-role/admin/x".into(),
        credential: None,
        parent: Some("sha256:2".into()),
        ..began("x", "arn:aws:sts::111122223333:assumed-role/deploy/run-7")
    };
    let approved = |logs: &Logs, by: &str| {
        let decision = Decision { by: Some(by.into()), ..decision("toolu_1", 5) };
        let may = ["arn:aws*:assumed-role/*".to_owned(), "arn:aws:iam::*:role/*".to_owned()];
        logs.clone().decided(decision).see_with(&may, |seen, _| word(&seen.changes[0].approval))
    };
    let logs = stopped(session("run-7")).began(deploy.clone()).began(admin);
    for by in [
        "arn:aws:sts::111122223333:assumed-role/deploy/run-7",
        "arn:aws:sts::111122223333:assumed-role/deploy/jo@example.com",
        "arn:aws:iam::111122223333:role/ops/Deploy",
        "arn:aws:sts::111122223333:assumed-role/admin/jo@example.com",
    ] {
        assert_eq!(approved(&logs, by), "BySelf", "{by}");
    }
    let oncall = "arn:aws:sts::111122223333:assumed-role/oncall/jo@example.com";
    assert_eq!(approved(&logs, oncall), "given");
    let elsewhere = "arn:aws:sts::444455556666:assumed-role/deploy/jo@example.com";
    assert_eq!(approved(&logs, elsewhere), "given", "a role of that name in another account");
    // Somebody else took it on.
    let others = RoleSession { parent: Some("sha256:9".into()), by: Some(ANA.into()), ..deploy };
    let logs = stopped(session("run-7")).began(others);
    assert_eq!(approved(&logs, "arn:aws:sts::111122223333:assumed-role/deploy/jo"), "given");
}

#[test]
fn whom_the_agent_assumed_in_a_cluster_leaves_it_open() {
    let mut as_ana = change("toolu_1", 10);
    as_ana.trace.impersonator = Some("system:serviceaccount:ops:fixer".into());
    let logs = Logs::default().recording().called(call("toolu_1", 0, 20));
    let logs = logs.counted(key("impersonate", "users"), 1, 0);
    let logs = logs.changed_by("ana@example.com", as_ana);
    assert_eq!(approved(&logs, "ana@example.com"), "open: PerhapsBySelf");
    assert_eq!(approved(&logs, "jo@example.com"), "given");
}

#[test]
fn a_role_that_the_agent_took_on_acknowledges_nothing_that_it_did() {
    let fixer = "arn:aws:sts::111122223333:assumed-role/fixer/run-7";
    let deploy = RoleSession {
        session: "arn:aws:sts::111122223333:assumed-role/deploy/run-7".into(),
        credential: Some("sha256:2".into()),
        ..began("run-7", fixer)
    };
    let oncall = "arn:aws:sts::111122223333:assumed-role/oncall/jo@example.com";
    for (by, answered) in [(&*deploy.session, false), (oncall, true)] {
        let mut told = message("toolu_1", 20);
        told.acknowledged = Some(at(60));
        told.acknowledged_by = Some(by.into());
        let logs = stopped(session("run-7")).began(deploy.clone()).told(told);
        let may = ["arn:aws*:assumed-role/*".to_owned()];
        let is = logs.see_with(&may, |seen, who| seen.changes[0].is_acknowledged(who));
        assert_eq!(is, answered, "{by}");
    }
}

#[test]
fn a_role_that_a_pod_of_the_agent_took_on_is_its_own() {
    let deploy = RoleSession {
        session: "arn:aws:sts::111122223333:assumed-role/deploy/pod".into(),
        subject: Some("system:serviceaccount:ops:fixer".into()),
        ..began("pod", "federated")
    };
    let by = "arn:aws:sts::111122223333:assumed-role/deploy/jo@example.com";
    let decision = Decision { by: Some(by.into()), ..decision("toolu_1", 5) };
    let logs = stopped(session("run-7")).began(deploy).decided(decision);
    let may = ["arn:aws*:assumed-role/*".to_owned()];
    let approved = logs.see_with(&may, |seen, _| word(&seen.changes[0].approval));
    assert_eq!(approved, "BySelf");
}
