//! Which call made a change.

use proptest::prelude::*;

use super::*;
use crate::model::activity::Rows;

#[test]
fn an_audit_id_that_is_a_calls_id_joins_exactly() {
    let logs = Logs::default().called(call("toolu_1", 0, 4)).changed(change("toolu_1", 2));
    assert_eq!(logs.strengths(), [Some(Strength::Exact)]);
}

/// `verb resources name` in a namespace, under the id of a call that was given `web` and
/// `shop`.
fn claims(verb: &str, resource: &str, name: &str, namespace: &str) -> LoggedAction {
    let mut row = change("toolu_1", 3);
    row.object = (!name.is_empty()).then(|| name.into());
    row.action = Arc::new(ActionKey {
        verb: verb.to_owned(),
        target: Target::KubernetesResource {
            group: String::new(),
            resource: resource.to_owned(),
            subresource: None,
            namespace: (!namespace.is_empty()).then(|| namespace.to_owned()),
        },
    });
    row
}

#[test]
fn an_audit_id_joins_no_change_of_what_the_call_does_not_name() {
    let logs = Logs::default().called(call("toolu_1", 0, 4));
    let joined = |row: LoggedAction| logs.clone().changed(row).strengths()[0];
    assert_eq!(joined(claims("patch", "configmaps", "web", "shop")), Some(Strength::Exact));
    for row in [
        claims("delete", "secrets", "prod-db", "prod"),
        claims("delete", "secrets", "prod-db", "shop"),
        claims("deletecollection", "pods", "", "shop"),
        claims("delete", "namespaces", "shop", "shop"),
    ] {
        assert!(joined(row.clone()) < Some(Strength::Exact), "{row:?}");
    }
    // An object of that name elsewhere, where the call names a namespace that the log knows.
    let known = logs.clone().changed_by("ana", claims("get", "pods", "x", "shop"));
    let elsewhere = known.changed(claims("patch", "configmaps", "web", "prod"));
    assert!(elsewhere.strengths()[0] < Some(Strength::Exact));
}

#[test]
fn an_audit_id_joins_no_change_of_another_kind_and_none_by_a_tool_that_reads() {
    let called = |tool: &str, words: &[&str]| {
        let mut made = call("toolu_1", 0, 4);
        made.tool = tool.into();
        made.arguments.words = words.iter().map(|word| (*word).into()).collect();
        Logs::default().called(made)
    };
    let joined = |logs: &Logs, row| logs.clone().changed(row).strengths()[0];
    let scales = called("resources_scale", &["Deployment", "web", "shop"]);
    let mut scaled = claims("patch", "deployments", "web", "shop");
    Arc::make_mut(&mut scaled.action).target = Target::KubernetesResource {
        group: "apps".into(),
        resource: "deployments".into(),
        subresource: Some("scale".into()),
        namespace: Some("shop".into()),
    };
    assert_eq!(joined(&scales, scaled), Some(Strength::Exact));
    let leaked = claims("delete", "secrets", "web", "shop");
    assert!(joined(&scales, leaked) < Some(Strength::Exact));
    let reads = called("resources_get", &["web", "shop"]);
    assert!(joined(&reads, claims("delete", "configmaps", "web", "shop")) < Some(Strength::Exact));
}

/// `VERB deployments web` of the shop, with a part of it, as a change that bears the call's id.
fn claim(verb: &str, resource: &str, part: Option<&str>) -> LoggedAction {
    let mut row = change("toolu_1", 3);
    row.action = Arc::new(ActionKey {
        verb: verb.to_owned(),
        target: Target::KubernetesResource {
            group: if resource == "deployments" { "apps".into() } else { String::new() },
            resource: resource.to_owned(),
            subresource: part.map(str::to_owned),
            namespace: Some("shop".to_owned()),
        },
    });
    row
}

#[test]
fn an_audit_id_joins_no_other_thing_that_was_done_to_the_object() {
    let by = |tool: &str, words: &[&str], row: LoggedAction| {
        let mut made = call("toolu_1", 0, 4);
        made.tool = tool.into();
        made.arguments.words = words.iter().map(|word| (*word).into()).collect();
        Logs::default().called(made).changed(row)
    };
    let words = ["Deployment", "web", "shop"];
    let exact = Some(Strength::Exact);
    let scaled = || claim("update", "deployments", Some("scale"));
    let deleted = || claim("delete", "deployments", None);
    assert_eq!(by("resources_scale", &words, scaled()).strengths(), [exact]);
    assert_eq!(by("resources_delete", &words, deleted()).strengths(), [exact]);
    assert_eq!(by("apply", &words, claim("create", "deployments", None)).strengths(), [exact]);
    assert_eq!(by("run_command", &words, deleted()).strengths(), [exact], "it tells no verb");
    for (tool, row) in [
        ("resources_scale", deleted()),
        ("resources_scale", claim("patch", "deployments", None)),
        ("mcp__k8s__deleteDeployment", claim("create", "deployments", None)),
        ("kubectl_patch", deleted()),
        ("apply", deleted()),
    ] {
        let logs = by(tool, &words, row.clone());
        assert_eq!(logs.strengths(), [Some(Strength::Window)], "{tool} {}", row.action);
        let approved = logs.recording().decided(decision("toolu_1", -5)).approvals();
        assert_eq!(approved, ["open: ChosenId"], "{tool} {}", row.action);
    }
    let command = ["kubectl", "scale", "deployment", "web", "shop"];
    assert_eq!(by("bash", &command, scaled()).strengths(), [exact]);
    assert_eq!(by("bash", &command, deleted()).strengths(), [Some(Strength::Window)]);
    let operation = ["scale", "deployment", "web", "shop"];
    assert_eq!(by("call_kubectl", &operation, deleted()).strengths(), [Some(Strength::Window)]);
    let both = ["kubectl", "scale", "deployment", "web", "shop", "fix.sh"];
    assert_eq!(by("bash", &both, deleted()).strengths(), [exact], "a script does anything");
}

#[test]
fn a_change_that_bears_the_id_of_a_call_is_no_other_calls() {
    let mut scales = call("toolu_1", 0, 4);
    scales.tool = "resources_scale".into();
    let mut deletes = call("toolu_2", 0, 4);
    deletes.tool = "resources_delete".into();
    let logs = Logs::default().called(scales).called(deletes);
    let own = change("", 3);
    let nameless = LoggedAction { action: claim("delete", "deployments", None).action, ..own };
    assert_eq!(logs.clone().changed(nameless).strengths(), [Some(Strength::Object)]);
    let claims = logs.changed(claim("delete", "deployments", None));
    claims.see(|seen, _| {
        let join = seen.changes[0].join.unwrap();
        assert_eq!((join.call.id(), join.strength), (Some("toolu_1"), Strength::Window));
        assert!(seen.changes[0].perhaps_by.is_none());
    });
}

#[test]
fn what_comes_with_a_call_may_be_its() {
    let mut drains = call("toolu_1", 0, 4);
    drains.tool = "drain_node".into();
    drains.arguments.words = BTreeSet::from(["node-1".into()]);
    let logs = Logs::default().called(drains);
    let evicted = |id: &str| {
        let row = claim("create", "pods", Some("eviction"));
        LoggedAction { object: Some("web-1".into()), trace: change(id, 3).trace, ..row }
    };
    for row in [evicted("toolu_1"), evicted("")] {
        logs.clone().changed(row.clone()).see(|seen, _| {
            let change = &seen.changes[0];
            assert_eq!(change.join.map(|join| join.strength), Some(Strength::Window));
            assert_eq!(change.perhaps_by.and_then(|call| call.id()), Some("toolu_1"), "{row:?}");
        });
    }
    let deleted =
        LoggedAction { object: Some("web".into()), ..claim("delete", "deployments", None) };
    logs.changed(deleted).see(|seen, _| assert!(seen.changes[0].perhaps_by.is_none()));
}

#[test]
fn a_call_whose_arguments_are_not_recorded_may_have_made_what_bears_its_id() {
    let mut silent = call("toolu_1", 0, 4);
    silent.arguments = Arguments::default();
    let logs = Logs::default().called(silent);
    let two = logs.clone().changed(claim("patch", "deployments", None));
    two.changed(claim("patch", "configmaps", None)).see(|seen, _| {
        for change in &seen.changes {
            assert!(change.call().is_none());
            assert_eq!(change.perhaps_by.and_then(|call| call.id()), Some("toolu_1"));
        }
    });
    let mut refused = call("toolu_1", 0, 4);
    refused.outcome = CallOutcome::Refused;
    refused.arguments = Arguments::default();
    let logs = Logs::default().called(refused).changed(claim("patch", "deployments", None));
    logs.changed(claim("patch", "configmaps", None)).see(|seen, _| {
        assert!(seen.changes.iter().all(|change| change.perhaps_by.is_none()));
    });
}

#[test]
fn a_call_for_one_region_made_no_change_in_another() {
    let by = |words: &[&str], verb: &str, object: &str, region: Option<&str>| {
        let mut made = call("toolu_1", 0, 4);
        made.tool = "call_aws".into();
        made.arguments.words = words.iter().map(|word| (*word).into()).collect();
        let mut row = change("event-1", 2);
        row.object = Some(object.into());
        let aws = AwsCall { region: region.map(str::to_owned), ..AwsCall::default() };
        row.action = Arc::new(ActionKey { verb: verb.to_owned(), target: Target::Aws(aws) });
        let logs = Logs::default().called(made).changed_as(role(), row);
        logs.see(|seen, _| {
            let change = &seen.changes[0];
            (change.join.map(|join| join.strength), change.perhaps_by.is_some())
        })
    };
    let instance = "arn:aws:ec2:us-east-1:111122223333:instance/i-0abc1234";
    let stopped = |words: &[&str]| by(words, "ec2:StopInstances", instance, Some("us-east-1"));
    let (object, window) = ((Some(Strength::Object), false), (Some(Strength::Window), false));
    assert_eq!(stopped(&[instance]), object, "it tells no region");
    assert_eq!(stopped(&[instance, "us-east-1"]), object);
    assert_eq!(stopped(&[instance, "us-east-1a"]), object);
    assert_eq!(stopped(&[instance, "eu-west-1"]), window);
    assert_eq!(by(&[instance, "eu-west-1"], "ec2:StopInstances", instance, None), object);
    // A service that has one home, and a bucket that is found wherever it is.
    let user = "arn:aws:iam::111122223333:user/ana";
    assert_eq!(by(&[user, "eu-west-1"], "iam:DeleteUser", user, Some("us-east-1")), object);
    let bucket = "arn:aws:s3:::logs";
    let deleted = by(&[bucket, "eu-west-1"], "s3:DeleteBucket", bucket, Some("us-east-1"));
    assert_eq!(deleted, (Some(Strength::Window), true));
}

#[test]
fn where_a_call_names_nothing_its_id_joins_the_one_change_that_bears_it() {
    let mut silent = call("toolu_1", 0, 4);
    silent.arguments.words.clear();
    let logs = Logs::default().called(silent).changed(change("toolu_1", 2));
    assert_eq!(logs.strengths(), [Some(Strength::Exact)]);
    let two = logs.changed(claims("delete", "secrets", "prod-db", "prod"));
    assert!(two.strengths().into_iter().all(|strength| strength < Some(Strength::Exact)));
}

#[test]
fn a_request_that_the_answer_names_joins_exactly() {
    let mut made = call("toolu_1", 0, 4);
    made.requests.insert("REQ-1".into());
    let mut row = change("event-1", 900);
    row.trace.request = Some("REQ-1".into());
    row.action = Arc::new(ActionKey {
        verb: "ec2:StopInstances".to_owned(),
        target: Target::Aws(Default::default()),
    });
    assert_eq!(Logs::default().called(made).changed(row).strengths(), [Some(Strength::Exact)]);
}

#[test]
fn a_call_of_that_time_that_names_the_object_joins_by_it() {
    let logs = Logs::default().called(call("toolu_1", 0, 4));
    let seen = |seconds| logs.clone().changed(change("a-1", seconds)).strengths();
    for within in [-5, 0, 4, 9] {
        assert_eq!(seen(within), [Some(Strength::Object)], "{within}");
    }
    for outside in [-6, 10, 900] {
        assert_eq!(seen(outside), [None], "{outside}");
    }
}

/// How a call of that tool with these words is joined with a change of its time.
fn joined(tool: &str, words: &[&str], row: LoggedAction) -> Option<Strength> {
    let mut made = call("toolu_1", 0, 4);
    made.tool = tool.into();
    made.arguments.words = words.iter().map(|word| (*word).into()).collect();
    Logs::default().called(made).changed(row).strengths()[0]
}

/// `delete RESOURCE NAME in PLACE`, of the core group.
fn deletion(resource: &str, name: &str, place: &str) -> LoggedAction {
    let target = Target::KubernetesResource {
        group: String::new(),
        resource: resource.to_owned(),
        subresource: None,
        namespace: Some(place.to_owned()),
    };
    let action = Arc::new(ActionKey { verb: "delete".to_owned(), target });
    LoggedAction { action, object: Some(name.into()), ..change("a-1", 2) }
}

#[test]
fn an_object_of_the_same_name_elsewhere_is_another_one() {
    let patched = |words: &[&str]| joined("patch", words, change("a-1", 2));
    assert_eq!(patched(&["web", "shop"]), Some(Strength::Object));
    assert_eq!(patched(&["web", "prod"]), Some(Strength::Window));
    assert_eq!(patched(&["web"]), Some(Strength::Window), "nor where no place is told");
}

#[test]
fn an_object_of_another_kind_is_another_one() {
    let secret = || deletion("secrets", "web", "shop");
    let by = |tool: &str, words: &[&str]| joined(tool, words, secret());
    assert_eq!(by("resources_delete", &["Secret", "web", "shop"]), Some(Strength::Object));
    assert_eq!(by("delete_secret", &["web", "shop"]), Some(Strength::Object));
    assert_eq!(by("delete", &["web", "shop"]), Some(Strength::Object), "it tells no kind");
    assert_eq!(by("resources_delete", &["Deployment", "web", "shop"]), Some(Strength::Window));
    assert_eq!(by("delete_pod", &["web", "shop"]), Some(Strength::Window));
    let command = ["kubectl", "delete", "svc", "web", "shop"];
    assert_eq!(by("bash", &command), Some(Strength::Window));
    let command = ["kubectl", "delete", "secret", "web", "shop"];
    assert_eq!(by("bash", &command), Some(Strength::Object));
    // A sentence about pods is no kind.
    assert_eq!(by("delete", &["web", "shop", "pods", "crash"]), Some(Strength::Object));
}

#[test]
fn a_namespace_is_named_by_whoever_changes_something_in_it() {
    let gone = || deletion("namespaces", "shop", "shop");
    assert_eq!(joined("patch", &["web", "shop"], gone()), Some(Strength::Window));
    assert_eq!(joined("namespaces_delete", &["shop"], gone()), Some(Strength::Object));
    assert_eq!(joined("delete", &["Namespace", "shop"], gone()), Some(Strength::Object));
    let command = ["kubectl", "delete", "ns", "shop"];
    assert_eq!(joined("bash", &command, gone()), Some(Strength::Object));
}

#[test]
fn a_tool_that_reads_changed_nothing() {
    let words = ["web", "shop"];
    for tool in ["get_secret", "mcp__k8s__resources_get", "describe_secret"] {
        let by = joined(tool, &words, deletion("secrets", "web", "shop"));
        assert_eq!(by, Some(Strength::Window), "{tool}");
    }
}

#[test]
fn time_alone_is_the_last_resort() {
    let mut other = call("toolu_1", 0, 4);
    other.arguments.words = BTreeSet::from(["till".into()]);
    let logs = Logs::default().called(other).changed(change("a-1", 2));
    assert_eq!(logs.strengths(), [Some(Strength::Window)]);
}

#[test]
fn a_call_of_another_agent_or_of_nobody_explains_nothing() {
    for agent in [Some("tuner".into()), None] {
        let mut other = call("toolu_1", 0, 4);
        other.caller.agent = agent;
        let logs = Logs::default().called(other).changed(change("a-1", 2));
        assert_eq!(logs.strengths(), [None]);
    }
}

#[test]
fn an_id_that_two_calls_bear_joins_nothing_exactly() {
    let mut again = call("call_0", 600, 604);
    again.caller.session = Some("s2".into());
    let logs =
        Logs::default().called(call("call_0", 0, 4)).called(again).changed(change("call_0", 2));
    assert_eq!(logs.strengths(), [Some(Strength::Object)]);
}

#[test]
fn one_call_in_two_logs_is_one_call() {
    let mut gateway = call("toolu_1", 1, 3);
    gateway.format = Arc::from("gateway");
    gateway.caller.session = None;
    let logs =
        Logs::default().called(call("toolu_1", 0, 4)).called(gateway).changed(change("toolu_1", 2));
    assert_eq!(logs.strengths(), [Some(Strength::Exact)]);
}

#[test]
fn a_call_whose_id_its_own_request_bears_made_no_other() {
    let logs = Logs::default()
        .called(call("toolu_1", 0, 4))
        .changed(change("toolu_1", 1))
        .changed(change("a-1", 2));
    assert_eq!(logs.strengths(), [Some(Strength::Exact), None]);
}

#[test]
fn a_refused_call_made_nothing() {
    let mut refused = call("", 0, 4);
    refused.outcome = CallOutcome::Refused;
    let logs = Logs::default().called(refused).changed(change("a-1", 2));
    assert_eq!(logs.strengths(), [None]);
}

#[test]
fn a_request_that_stands_in_two_files_is_one_change() {
    let mut copy = change("toolu_1", 2);
    copy.place = Location::file("copy.log");
    let logs = Logs::default().changed(change("toolu_1", 2)).changed(copy);
    logs.see(|seen, _| {
        assert_eq!(seen.changes.len(), 1);
        assert_eq!(seen.changes[0].rows.values().sum::<u64>(), 2);
    });
}

fn any_call() -> impl Strategy<Value = ToolCall> {
    (0usize..4, 0i64..60, 0i64..20, any::<bool>(), 0usize..3).prop_map(
        |(id, from, took, named, session)| {
            let mut own = call(["", "c1", "c2", "c3"][id], from, from + took);
            if !named {
                own.caller.agent = None;
            }
            own.caller.session = [None, Some("s1".into()), Some("s2".into())][session].clone();
            own
        },
    )
}

proptest! {
    #[test]
    fn joins_do_not_depend_on_the_order_of_the_logs(
        calls in prop::collection::vec(any_call(), 0..8),
        changes in prop::collection::vec((0usize..4, 0i64..80), 0..6),
    ) {
        let logs = |reverse: bool| {
            let mut calls = calls.clone();
            let mut rows: Vec<_> = changes
                .iter()
                .map(|(id, seconds)| change(["", "c1", "c2", "c3"][*id], *seconds))
                .collect();
            if reverse {
                calls.reverse();
                rows.reverse();
            }
            let logs = calls.into_iter().fold(Logs::default(), Logs::called);
            rows.into_iter().fold(logs, Logs::changed).strengths()
        };
        prop_assert_eq!(logs(false), logs(true));
    }
}

/// A change of the role that was made with a credential, under a session's name.
fn by_role(credential: Option<&str>, seconds: i64) -> LoggedAction {
    let mut row = change("e-1", seconds);
    row.trace.session = Some("botocore-1".into());
    row.trace.credential = credential.map(Into::into);
    row
}

fn began(credential: &str, seconds: i64) -> RoleSession {
    RoleSession {
        time: Some(at(seconds)),
        session: "arn:aws:sts::111122223333:assumed-role/fixer/botocore-1".into(),
        credential: Some(credential.into()),
        parent: None,
        by: None,
        subject: Some("system:serviceaccount:ops:fixer".into()),
        tags: BTreeMap::new(),
        place: Location::file("trail.json"),
    }
}

/// The signs of a change of the role, of those that sessions tell.
fn signs(sessions: Vec<RoleSession>, row: &LoggedAction) -> Vec<&'static str> {
    let mut rows = Rows::default();
    sessions.into_iter().for_each(|session| rows.add(session, 100));
    rows.settle(100);
    let rules = OversightRules::load().unwrap();
    let role = Principal::Aws("arn:aws:iam::111122223333:role/agents/fixer".to_owned());
    let actors = [bot(), role.clone()];
    let who = Who::new(&rules, &["fixer@prod".to_owned()], &actors, &[]);
    let effect = |_: &ActionKey| (Effect::Reversible, true);
    let asked = Asked {
        actors: &actors,
        who: &who,
        since: None,
        effect: &effect,
        rules: &rules,
        boundary: None,
        break_glass: &[],
    };
    attribution::signs(&role, row, &sessions::Sessions::of(&rows), asked)
        .into_iter()
        .filter(|sign| *sign != Sign::Principal)
        .map(Sign::as_str)
        .collect()
}

#[test]
fn a_session_goes_back_to_the_pod_whose_token_began_it() {
    let row = by_role(Some("sha256:1"), 60);
    let surely = ["workload identity (by credential)"];
    assert_eq!(signs(vec![began("sha256:1", 0)], &row), surely);
    assert!(signs(vec![began("sha256:2", 0)], &row).is_empty(), "of another session");
    let other = RoleSession {
        subject: Some("system:serviceaccount:shop:web".into()),
        ..began("sha256:1", 0)
    };
    assert!(signs(vec![other], &row).is_empty(), "of another pod");
    // A role that was taken on from that session.
    let further =
        RoleSession { subject: None, parent: Some("sha256:1".into()), ..began("sha256:3", 30) };
    let row = by_role(Some("sha256:3"), 60);
    assert_eq!(signs(vec![began("sha256:1", 0), further.clone()], &row), surely);
    let around = RoleSession { parent: Some("sha256:3".into()), ..further };
    assert!(signs(vec![around], &row).is_empty(), "a circle ends");
}

#[test]
fn without_a_credential_the_name_of_a_session_joins_where_it_is_not_in_doubt() {
    let row = by_role(None, 60);
    let by_name = ["workload identity (by session name)"];
    assert_eq!(signs(vec![began("sha256:1", 0), began("sha256:2", 30)], &row), by_name);
    let other = RoleSession { subject: None, ..began("sha256:2", 30) };
    assert!(signs(vec![began("sha256:1", 0), other], &row).is_empty(), "either may be it");
    assert!(signs(vec![began("sha256:1", 600)], &row).is_empty(), "begun later");
    assert!(signs(vec![began("sha256:1", -50_000)], &row).is_empty(), "over by then");
}

#[test]
fn tags_of_a_session_name_the_agent_or_its_pod() {
    let tagged = |tags: &[(&str, &str)]| RoleSession {
        subject: None,
        tags: tags.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect(),
        ..began("sha256:1", 0)
    };
    let row = by_role(Some("sha256:1"), 60);
    assert_eq!(
        signs(vec![tagged(&[("agent", "Fixer@prod")])], &row),
        ["session tag (by credential)"]
    );
    let pod = [("kubernetes-namespace", "ops"), ("kubernetes-service-account", "fixer")];
    assert_eq!(signs(vec![tagged(&pod)], &row), ["workload identity (by credential)"]);
    assert!(signs(vec![tagged(&[("agent", "tuner@prod")])], &row).is_empty());
}
