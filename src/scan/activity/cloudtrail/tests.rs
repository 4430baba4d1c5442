//! What is claimed of reading CloudTrail.

mod quick;
mod whole;

use std::{fs, io::Write as _};

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{
    names,
    rights::{Asked, Call, Right, rights},
};
use crate::{
    model::{
        activity::{ActionRecord, Activity, Defect, LogSummary},
        capability::Plane,
        coverage::{SourceRecord, SourceStatus},
        principal::Principal,
    },
    scan::activity::{ActivityBuilder, Caps, read, recognise, request::Object},
    source::{files::FileRef, limits::Limits, read as source_read},
};

const ROLE: &str = "arn:aws:iam::111122223333:role/agents/bot";

/// A call of the agent's role that ended well; every member can be changed.
fn event(id: &str, source: &str, name: &str, parameters: Value) -> Value {
    json!({
        "eventVersion": "1.11", "eventTime": "2026-11-01T10:00:00Z", "eventSource": source,
        "eventName": name, "awsRegion": "eu-west-1", "sourceIPAddress": "10.0.0.1",
        "userAgent": "aws-sdk-rust/1", "requestParameters": parameters, "responseElements": null,
        "requestID": id, "eventID": id, "readOnly": false, "eventType": "AwsApiCall",
        "managementEvent": true, "eventCategory": "Management",
        "recipientAccountId": "111122223333",
        "userIdentity": {
            "type": "AssumedRole", "accountId": "111122223333",
            "arn": "arn:aws:sts::111122223333:assumed-role/bot/run-1",
            "sessionContext": {
                "sessionIssuer": {"type": "Role", "arn": ROLE, "userName": "bot"},
                "attributes": {"mfaAuthenticated": "false"},
            },
        },
    })
}

fn with(mut event: Value, fields: Value) -> Value {
    let map = event.as_object_mut().unwrap();
    for (name, value) in fields.as_object().unwrap() {
        map.insert(name.clone(), value.clone());
    }
    event
}

fn stop(id: &str) -> Value {
    let parameters = json!({"instancesSet": {"items": [{"instanceId": "i-1"}]}});
    event(id, "ec2.amazonaws.com", "StopInstances", parameters)
}

const STOP: &str = "ec2:StopInstances in eu-west-1";

fn read_all(contents: &[Vec<u8>], caps: Caps) -> (Activity, Vec<SourceRecord>) {
    let folder = tempfile::tempdir().unwrap();
    let mut builder = ActivityBuilder::new(caps);
    let records = (0..).zip(contents).map(|(number, content)| {
        let path = folder.path().join(format!("{number}.json"));
        fs::write(&path, content).unwrap();
        let file = FileRef { display: format!("{number}.json").as_str().into(), path };
        let head = source_read::head(&file).unwrap();
        let format = recognise(&head).expect("it is recognised");
        assert_eq!(format.kind, "cloudtrail");
        read(&file, format, &mut builder, &Limits::default())
    });
    let records = records.collect();
    (builder.finish(), records)
}

fn activity(text: &str) -> (Activity, SourceRecord) {
    let (activity, mut records) = read_all(&[text.as_bytes().to_vec()], Caps::default());
    (activity, records.remove(0))
}

fn of(activity: &Activity, principal: &str, action: &str) -> ActionRecord {
    let found = &activity.principals[&Principal::Aws(principal.to_owned())];
    let known = found.actions.iter().find(|(key, _)| key.to_string() == action);
    known.map(|(_, record)| record.clone()).unwrap_or_else(|| {
        panic!(
            "no {action}, but {:?}",
            found.actions.keys().map(ToString::to_string).collect::<Vec<_>>()
        )
    })
}

fn log(activity: &Activity) -> &LogSummary {
    &activity.logs[&Plane::Aws]
}

fn resources(record: &ActionRecord) -> Vec<String> {
    record.authorised.names.all().unwrap().map(str::to_owned).collect()
}

/// `s3:GetObject ARN…`, with `?` where the resource is not told.
fn told(right: &Right<'_>) -> String {
    let on = match &right.object {
        Object::Named(arn) => arn.to_string(),
        Object::Several(arns) => arns.join(" "),
        Object::Unnamed => "?".to_owned(),
        Object::Odd => "odd".to_owned(),
    };
    let to = right.passed_to.map(|service| format!(" to {service}")).unwrap_or_default();
    format!("{} {on}{to}", right.action)
}

#[test]
fn every_rule_of_names_does_what_its_example_says() {
    let names = names::embedded().unwrap();
    for rule in names.rules() {
        for event in &rule.matches {
            assert!(rule.names(event), "{}: {event}", rule.id);
        }
        for event in &rule.does_not_match {
            assert!(!rule.names(event), "{}: {event}", rule.id);
        }
        let (prefix, name) = rule.example.event.split_once(':').unwrap();
        let call = Call {
            region: "eu-west-1",
            account: Some("111122223333"),
            parameters: &rule.example.parameters,
            resources: &[],
        };
        let asked = Asked::of(names, prefix, name);
        let mut found: Vec<String> = rights(&asked, &call).iter().map(told).collect();
        found.sort();
        let mut wanted = rule.example.needs.clone();
        wanted.sort();
        assert_eq!(found, wanted, "{}", rule.id);
    }
}

#[test]
fn what_is_kept_though_it_is_marked_as_reading_is_what_examples_say() {
    let names = names::embedded().unwrap();
    for rule in names.kept() {
        assert!(!rule.why.is_empty() && !rule.matches.is_empty());
        rule.matches.iter().for_each(|event| assert!(rule.names(event), "{event}"));
        for event in &rule.does_not_match {
            let (prefix, name) = event.split_once(':').unwrap();
            assert!(!names.keeps(prefix, name), "{event}");
        }
    }
}

/// A call that takes on a role, as trails mark it: as reading.
fn assume(id: &str) -> Value {
    let parameters = json!({"roleArn": "arn:aws:iam::111122223333:role/boss"});
    with(event(id, "sts.amazonaws.com", "AssumeRole", parameters), json!({"readOnly": true}))
}

#[test]
fn what_hands_out_rights_is_kept_one_by_one_although_it_is_marked_as_reading() {
    let described = event("d-1", "ec2.amazonaws.com", "DescribeInstances", json!({}));
    let described = with(described, json!({"readOnly": true}));
    let text = json!({"Records": [assume("a-1"), assume("a-2"), described, stop("s-1")]});
    let (activity, _) = activity(&text.to_string());
    let rows = &activity.principals[&Principal::Aws(ROLE.to_owned())].changes;
    let told: Vec<_> =
        rows.iter().map(|row| (row.action.verb.as_str(), row.object.as_deref())).collect();
    let boss = ("sts:AssumeRole", Some("arn:aws:iam::111122223333:role/boss"));
    let instance = "arn:aws:ec2:eu-west-1:111122223333:instance/i-1";
    assert_eq!(told, [("ec2:StopInstances", Some(instance)), boss, boss]);
    assert!(rows.iter().all(|row| row.trace.id.is_some() && row.trace.session.is_some()));
    let recorded = &log(&activity).recorded;
    assert_eq!((recorded.reads, recorded.writes), (3, 1), "the trail marks them so");
}

#[test]
fn what_services_take_on_by_themselves_is_counted_and_not_kept() {
    let service = |id: &str, identity: Value| with(assume(id), json!({"userIdentity": identity}));
    let by_itself = json!({"type": "AWSService", "invokedBy": "ec2.amazonaws.com"});
    let named_like_one = "arn:aws:iam::111122223333:role/ec2.amazonaws.com";
    let role = json!({"type": "Role", "accountId": "111122223333", "arn": named_like_one});
    let text = json!({"Records": [service("a-1", by_itself), service("a-2", role)]});
    let (activity, _) = activity(&text.to_string());
    let rows = |name: &str| activity.principals[&Principal::Aws(name.to_owned())].changes.len();
    assert_eq!(rows("ec2.amazonaws.com"), 0);
    assert_eq!(of(&activity, "ec2.amazonaws.com", "sts:AssumeRole in eu-west-1").done.count, 1);
    assert_eq!(rows(named_like_one), 1);
}

#[test]
fn records_are_read_however_they_are_wrapped() {
    let one = stop("1");
    let athena = json!({
        "eventversion": "1.11", "eventtime": "2026-11-01T10:00:00Z", "eventname": "StopInstances",
        "eventsource": "ec2.amazonaws.com", "awsregion": "eu-west-1", "eventid": "1", "readonly": "false",
        "recipientaccountid": "111122223333",
        "requestparameters": "{\"instancesSet\":{\"items\":[{\"instanceId\":\"i-1\"}]}}",
        "useridentity": {"type": "AssumedRole", "accountid": "111122223333",
            "sessioncontext": {"sessionissuer": {"arn": ROLE}}},
    });
    let looked_up = json!({"Events": [{"EventId": "1", "EventName": "StopInstances", "ReadOnly": "false",
        "Resources": [], "CloudTrailEvent": one.to_string()}]});
    for text in [
        json!({"Records": [one]}).to_string(),
        serde_json::to_string_pretty(&json!({"Records": [one]})).unwrap(),
        json!([one]).to_string(),
        format!("{one}\n"),
        serde_json::to_string_pretty(&one).unwrap(),
        json!({"version": "0", "detail-type": "AWS API Call via CloudTrail", "detail": one})
            .to_string(),
        looked_up.to_string(),
        serde_json::to_string_pretty(&looked_up).unwrap(),
        athena.to_string(),
    ] {
        let (activity, record) = activity(&text);
        assert_eq!(record.status, SourceStatus::Read, "{record:?} {text}");
        let found = of(&activity, ROLE, STOP);
        assert_eq!(found.done.count, 1, "{text}");
        assert_eq!(resources(&found), ["arn:aws:ec2:eu-west-1:111122223333:instance/i-1"]);
        assert_eq!(log(&activity).recorded.writes, 1);
    }
}

#[test]
fn a_gzipped_file_of_a_trail_is_read() {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(json!({"Records": [stop("1"), stop("2")]}).to_string().as_bytes()).unwrap();
    let (activity, records) = read_all(&[gzip.finish().unwrap()], Caps::default());
    assert_eq!(records[0].items, 2);
    assert_eq!(of(&activity, ROLE, STOP).done.count, 2);
}

#[test]
fn other_json_is_no_trail() {
    for text in [
        r#"{"Records":[{"eventSource":"aws:s3","s3":{}}]}"#,
        r#"{"Events":[{"eventName":"x"}]}"#,
        r#"{"kind":"Event","apiVersion":"audit.k8s.io/v1","userIdentity":{}}"#,
        r#"{"text":"eventSource eventName userIdentity"}"#,
        "[]",
        "",
    ] {
        assert!(
            recognise(text.as_bytes()).is_none_or(|format| format.kind != "cloudtrail"),
            "{text}"
        );
    }
}

#[test]
fn what_was_refused_or_rehearsed_is_no_use() {
    let failed = |id: &str, code: &str| with(stop(id), json!({"errorCode": code}));
    let events = [
        failed("1", "Client.UnauthorizedOperation"),
        failed("2", "AccessDenied"),
        failed("3", "Client.DryRunOperation"),
        failed("4", "Client.InvalidParameterValue"),
        failed("5", "ThrottlingException"),
        failed("6", "InvalidInstanceID.NotFound"),
        failed("7", "Server.InternalError"),
    ];
    let (activity, _) = activity(&json!(events).to_string());
    let record = of(&activity, ROLE, STOP);
    assert_eq!((record.done.count, record.denied.by_authorization), (0, 2));
    assert_eq!((record.dry_run, record.failed, record.unclear.count), (1, 3, 1));
    assert_eq!(
        record.authorised.tally.count, 2,
        "the rehearsal, and the instance that is not there"
    );
}

#[test]
fn a_call_counts_for_whoever_gave_the_rights() {
    let account = "111122223333";
    let by = |id: &str, identity: Value| with(stop(id), json!({"userIdentity": identity}));
    let issuer =
        json!({"sessionIssuer": {"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/a"}});
    let events = [
        by(
            "1",
            json!({"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/a", "accountId": account}),
        ),
        by(
            "2",
            json!({"type": "FederatedUser", "arn": "arn:aws:sts::111122223333:federated-user/x", "sessionContext": issuer}),
        ),
        by("3", json!({"type": "Root", "arn": "arn:aws:iam::111122223333:root"})),
        by("4", json!({"type": "AWSService", "invokedBy": "lambda.amazonaws.com"})),
        by(
            "5",
            json!({"type": "WebIdentityUser", "identityProvider": "oidc", "userName": "system:serviceaccount:ops:bot"}),
        ),
        by(
            "6",
            json!({"type": "AWSAccount", "accountId": "444455556666", "principalId": "AIDA:x"}),
        ),
        by("7", json!({"type": "IdentityCenterUser", "onBehalfOf": {"userId": "u-1"}})),
        by(
            "8",
            json!({"type": "AssumedRole", "arn": "arn:aws:sts::111122223333:assumed-role/bot/s"}),
        ),
        by("9", Value::Null),
    ];
    let (activity, _) = activity(&json!(events).to_string());
    let done = |principal: &str| of(&activity, principal, STOP).done.count;
    assert_eq!(done("arn:aws:iam::111122223333:user/a"), 2);
    for principal in [
        "arn:aws:iam::111122223333:root",
        "lambda.amazonaws.com",
        "oidc system:serviceaccount:ops:bot",
        "account 444455556666 AIDA:x",
        "identity-center u-1",
    ] {
        assert_eq!(done(principal), 1, "{principal}");
    }
    // A session without its issuer does not tell the role's path.
    assert_eq!(log(&activity).unattributed, 2);
}

#[test]
fn a_call_counts_under_every_right_that_it_needed() {
    let parameters = json!({"functionName": "f", "role": "arn:aws:iam::111122223333:role/f"});
    let text = json!([event("1", "lambda.amazonaws.com", "CreateFunction20150331", parameters)]);
    let (activity, _) = activity(&text.to_string());
    assert_eq!(log(&activity).requests, 1);
    assert_eq!(of(&activity, ROLE, "lambda:CreateFunction in eu-west-1").done.count, 1);
    let pass = of(&activity, ROLE, "iam:PassRole to lambda.amazonaws.com in eu-west-1");
    assert_eq!(resources(&pass), ["arn:aws:iam::111122223333:role/f"]);
}

#[test]
fn what_needs_no_right_shows_none() {
    let text = json!([event("1", "sts.amazonaws.com", "GetCallerIdentity", Value::Null)]);
    let (activity, _) = activity(&text.to_string());
    let record = of(&activity, ROLE, "sts:GetCallerIdentity in eu-west-1");
    assert_eq!((record.done.count, record.authorised.tally.count), (1, 0));
}

#[test]
fn the_log_says_which_kinds_of_events_it_holds() {
    let data = with(
        event("1", "s3.amazonaws.com", "GetObject", json!({"bucketName": "b", "key": "k"})),
        json!({"eventCategory": "Data", "managementEvent": false, "readOnly": true}),
    );
    let look = with(stop("2"), json!({"eventName": "DescribeInstances", "readOnly": true}));
    let other = with(stop("4"), json!({"recipientAccountId": "444455556666"}));
    let (activity, _) = activity(&json!([data, look, stop("3"), other]).to_string());
    let recorded = &log(&activity).recorded;
    assert_eq!((recorded.reads, recorded.writes), (1, 2));
    assert!(recorded.data.contains("s3"));
    let of = |account| {
        let recorded = recorded.of_account(account);
        (recorded.reads, recorded.writes, recorded.data.contains("s3"))
    };
    assert_eq!(of("111122223333"), (1, 1, true));
    assert_eq!(of("444455556666"), (0, 1, false));
    assert_eq!(of("777788889999"), (0, 0, false));
}

#[test]
fn calls_through_the_mcp_server_of_aws_are_marked_by_aws_and_not_by_the_client() {
    let marked = with(stop("1"), json!({"sourceIPAddress": "aws-mcp.amazonaws.com"}));
    let claimed = with(stop("2"), json!({"userAgent": "aws-mcp.amazonaws.com"}));
    let (activity, _) = activity(&json!([marked, claimed]).to_string());
    let through = format!("{STOP} through the AWS MCP server");
    assert_eq!(of(&activity, ROLE, &through).done.count, 1);
    assert_eq!(of(&activity, ROLE, STOP).done.count, 1);
}

#[test]
fn events_of_services_and_endpoints_are_no_calls() {
    let events = [
        with(stop("1"), json!({"eventType": "AwsServiceEvent"})),
        with(stop("2"), json!({"eventType": "AwsVpceEvent", "eventCategory": "NetworkActivity"})),
    ];
    let (activity, _) = activity(&json!(events).to_string());
    assert_eq!((log(&activity).events, log(&activity).requests), (2, 0));
}

#[test]
fn an_event_in_several_files_counts_once() {
    let files = [
        json!({"Records": [stop("1"), stop("2")]}).to_string().into_bytes(),
        json!({"Events": [{"CloudTrailEvent": stop("2").to_string()}]}).to_string().into_bytes(),
    ];
    let (activity, _) = read_all(&files, Caps::default());
    assert_eq!(of(&activity, ROLE, STOP).done.count, 2);
    assert_eq!(log(&activity).repeated, 1);
    let (activity, _) = read_all(&files, Caps { event_ids: 1, ..Caps::default() });
    assert_eq!(of(&activity, ROLE, STOP).done.count, 3);
    assert!(log(&activity).repeats_unseen);
}

#[test]
fn names_that_a_policy_would_read_as_patterns_are_not_kept() {
    for key in ["a*b", "a?b", "${aws:username}", "a%20b"] {
        let get =
            event("1", "s3.amazonaws.com", "GetObject", json!({"bucketName": "b", "key": key}));
        let (activity, _) = activity(&json!([get]).to_string());
        let record = of(&activity, ROLE, "s3:GetObject in eu-west-1");
        assert!(record.authorised.names.all().is_none(), "{key}");
    }
}

#[test]
fn a_cut_file_shows_what_stands_before_the_cut() {
    let whole = json!({"Records": [stop("1"), stop("2"), stop("3")]}).to_string();
    let cut = &whole[..whole.len() - 40];
    let (activity, record) = activity(cut);
    assert_eq!(record.status, SourceStatus::Partial);
    assert_eq!(of(&activity, ROLE, STOP).done.count, 2);
    assert_eq!(log(&activity).files_cut_short, 1);
    assert_eq!(log(&activity).defects.count(Defect::CutOff), 1);
}

#[test]
fn bad_records_are_counted_with_their_line_and_the_others_are_read() {
    let text = format!(
        "{}\nnonsense\n{}\n{{\"eventName\":\"x\"}}\n{}\n",
        stop("1"),
        with(stop("2"), json!({"eventName": 7})),
        stop("3")
    );
    let (activity, record) = activity(&text);
    assert_eq!((record.malformed, of(&activity, ROLE, STOP).done.count), (3, 2));
    let lines: Vec<_> = log(&activity).defects.places().iter().map(|at| at.location.line).collect();
    assert_eq!(lines, [Some(2), Some(3), Some(4)]);
}

#[test]
fn an_answer_that_promises_more_is_not_whole() {
    let text = json!({"Events": [{"CloudTrailEvent": stop("1").to_string()}], "NextToken": "t"});
    let (activity, record) = activity(&text.to_string());
    assert_eq!((record.status, log(&activity).files_cut_short), (SourceStatus::Partial, 1));
}

#[test]
fn the_date_of_an_api_is_no_part_of_a_name() {
    for (name, bare) in [
        ("CreateFunction20150331", "CreateFunction"),
        ("UpdateFunctionCode20150331v2", "UpdateFunctionCode"),
        ("CreateDistribution2020_05_31", "CreateDistribution"),
        ("ListObjectsV2", "ListObjectsV2"),
        ("DescribeInstances", "DescribeInstances"),
        ("20150331", "20150331"),
    ] {
        assert_eq!(names::bare(name), bare);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_split_into_files_counts_the_same(ids in prop::collection::vec(0u8..20, 1..30), at in 0.0..1.0f64) {
        let events: Vec<Value> = ids.iter().map(|id| stop(&id.to_string())).collect();
        let (left, right) = events.split_at((at * events.len() as f64) as usize);
        let file = |events: &[Value]| json!({"Records": events}).to_string().into_bytes();
        let (whole, _) = read_all(&[file(&events)], Caps::default());
        let parts: Vec<Vec<u8>> = [left, right].iter().filter(|part| !part.is_empty()).map(|part| file(part)).collect();
        let (split, _) = read_all(&parts, Caps::default());
        prop_assert_eq!(of(&whole, ROLE, STOP).done.count, of(&split, ROLE, STOP).done.count);
        prop_assert_eq!(log(&whole).repeated, log(&split).repeated);
    }

    #[test]
    fn hostile_text_never_panics(cut in 0usize..900, flip in 0usize..900, byte in any::<u8>()) {
        let mut bytes = json!({"Records": [stop("1")]}).to_string().into_bytes();
        let length = bytes.len();
        bytes[flip % length] = byte;
        bytes.truncate(cut.max(1));
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.json");
        fs::write(&path, &bytes).unwrap();
        let file = FileRef { display: "x.json".into(), path };
        let mut builder = ActivityBuilder::default();
        let record = read(&file, &super::FORMAT, &mut builder, &Limits::default());
        prop_assert!(record.items <= 1);
    }
}
