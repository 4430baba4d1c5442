//! The quick way of reading against the one by serde_json, which whoever watches each
//! request makes it take; and documents that pass by under a window against documents
//! that serde_json reads whole.

use super::{whole, *};
use crate::scan::activity::{
    Observer,
    tests::{
        differential::{Damage, apply, damage},
        splits::TIGHT,
    },
};

/// Records as CloudTrail writes them, and some as it does not.
fn events(seed: u64, count: usize) -> Vec<String> {
    let mut state = seed | 1;
    let mut next = move |below: u64| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let mut pick = move |from: &[&'static str]| from[next(from.len() as u64) as usize];
    (0..count)
        .map(|number| {
            let identity = pick(&[
                r#"{"type":"AssumedRole","principalId":"AROA1:s1","arn":"arn:aws:sts::111122223333:assumed-role/bot/s1","accountId":"111122223333","accessKeyId":"ASIA1","sessionContext":{"sessionIssuer":{"type":"Role","arn":"arn:aws:iam::111122223333:role/agents/bot","userName":"bot"},"attributes":{"creationDate":"2026-11-01T09:00:00Z","mfaAuthenticated":"false"}}}"#,
                r#"{"type":"AssumedRole","principalId":"AROA1:s1","arn":"arn:aws:sts::111122223333:assumed-role/bot/s1","accountId":"111122223333","accessKeyId":"ASIA2","sessionContext":{"sourceIdentity":"ann","sessionIssuer":{"arn":"arn:aws:iam::111122223333:role/agents/bot"}}}"#,
                r#"{"type":"IAMUser","principalId":"AIDA1","arn":"arn:aws:iam::111122223333:user/a","accountId":"111122223333","userName":"a"}"#,
                r#"{"type":"AWSService","invokedBy":"ec2.amazonaws.com"}"#,
                r#"{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/a","invokedBy":"aws-mcp.amazonaws.com","accountId":"111122223333"}"#,
                r#"{"type":"AWSAccount","accountId":"444455556666","principalId":"AIDA:é"}"#,
                r#"{"type":"AssumedRole"}"#, r#"{"type":7}"#, "null", r#""{\"type\":\"Root\",\"arn\":\"r\"}""#,
            ]);
            let [source, name, parameters, resources] = *[
                &["s3", "GetObject", r#"{"bucketName":"b","key":"k1","Host":"h"}"#, ""],
                &["s3", "GetObject", r#"{"bucketName":"b","key":"k2","versionId":"1"}"#, r#","resources":[{"type":"AWS::S3::Object","ARN":"arn:aws:s3:::b/k2"},{"accountId":"1","ARN":"arn:aws:s3:::b"}]"#],
                &["s3", "PutObject", r#"{"key":"a*b","bucketName":"b","x":1e999}"#, ""],
                &["s3", "PutObject", r#"{"key":"\ud800","bucketName":"b"}"#, ""],
                &["s3", "PutObject", r#"{"key":"a","bucketName":"b","key":"c","y":"\ud800"}"#, ""],
                &["s3", "CopyObject", r#"{"bucketName":"b","key":"new","x-amz-copy-source":"/a/old"}"#, ""],
                &["s3", "DeleteObject", r#"{"buc\u006betName":"b","key":"k"}"#, ""],
                &["s3", "ListBuckets", "null", ""],
                &["ec2", "StopInstances", r#"{"instancesSet":{"items":[{"instanceId":"i-1"},{"instanceId":"i-2"}]}}"#, ""],
                &["ec2", "StopInstances", r#"{"instancesSet":{"items":[{"instanceId":"i-1"}]},"force":false}"#, r#","resources":null"#],
                &["ec2", "DescribeInstances", r#"{"maxResults":100,"filterSet":{},"note":"é"}"#, ""],
                &["kms", "Decrypt", r#"{"encryptionContext":{"a":"b"}}"#, r#","resources":[{"accountId":"111122223333","type":"AWS::KMS::Key","ARN":"arn:aws:kms:eu-west-1:111122223333:key/1"}]"#],
                &["kms", "Decrypt", "{}", r#","resources":[{"arn":7}]"#],
                &["kms", "Decrypt", "[]", r#","resources":"[{\"ARN\":\"arn:aws:kms:eu-west-1:1:key/2\"}]""#],
                &["sts", "GetCallerIdentity", "null", ""],
                &["sts", "AssumeRole", r#"{"roleArn":"arn:aws:iam::111122223333:role/x","roleSessionName":"s"}"#, r#","resources":[{"ARN":"arn:aws:iam::111122223333:role/x"}]"#],
                &["sts", "AssumeRole", r#"{"roleArn":"arn:aws:iam::111122223333:role/x","tags":[{"key":"agent","value":"a"},{"key":"b"}]}"#, ""],
                &["sts", "AssumeRole", r#""{\"tags\":[{\"key\":\"agent\",\"value\":\"t\"}]}""#, ""],
                &["sts", "AssumeRoleWithWebIdentity", r#"{"principalTags":{"n":"v\u0061"},"tags":7}"#, ""],
                &["lambda", "CreateFunction20150331", r#"{"functionName":"f","role":"arn:aws:iam::111122223333:role/f"}"#, ""],
                &["lambda", "UpdateFunctionCode20150331v2", r#"{"functionName":"f"}"#, ""],
                &["iam", "CreateUser", r#"{"userName":"u"}"#, ""],
                &["iam", "CreateUser", r#""{\"userName\":\"u\"}""#, ""],
                &["new-service", "TurnOn", r#"{"a":[1,{"b":null}]}"#, r#","resources":[]"#],
                &["new service", "TurnOn", "{}", ""],
                &["", "", "{}", ""],
            ][pick(&["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15", "16", "17", "18", "19", "20", "21", "22", "23", "24", "25"]).parse::<usize>().unwrap()];
            let error = pick(&["", "", "", "", r#","errorCode":"AccessDenied","errorMessage":"no \"x\"""#, r#","errorCode":"Client.DryRunOperation""#, r#","errorCode":"NoSuchKey""#, r#","errorCode":"ThrottlingException""#, r#","errorCode":"Server.InternalError""#, r#","errorCode":null"#]);
            let agent = pick(&[r#","userAgent":"aws-cli/2""#, r#","userAgent":"[md/awslabs#mcp#s\u0026x]""#, "", r#","userAgent":null"#, r#","userAgent":"é""#, r#","userAgent":"""#]);
            let time = pick(&["2026-11-01T10:00:00Z", "2026-11-01T10:00:07Z", "2026-11-30T23:59:59Z", "soon", "2026-11-01T12:00:00+02:00"]);
            let region = pick(&[r#""eu-west-1""#, r#""eu-west-1""#, r#""us-east-1""#, r#""""#, "null", r#""\u0065u""#]);
            let address = pick(&["10.0.0.1", "10.0.0.1", "aws-mcp.amazonaws.com", "ec2.amazonaws.com"]);
            let read_only = pick(&[r#","readOnly":true"#, r#","readOnly":false"#, "", r#","readOnly":"true""#, r#","readOnly":null"#, r#","readOnly":1"#]);
            let kind = pick(&["AwsApiCall", "AwsApiCall", "AwsApiCall", "AwsServiceEvent", "AwsConsoleSignIn"]);
            let management = pick(&[r#","managementEvent":true"#, r#","managementEvent":true,"eventCategory":"Management""#, r#","managementEvent":false,"eventCategory":"Data""#, "", r#","eventCategory":"NetworkActivity""#]);
            let account = pick(&[r#","recipientAccountId":"111122223333""#, r#","recipientAccountId":"111122223333""#, r#","recipientAccountId":"999""#, "", r#","recipientAccountId":"""#]);
            let rest = pick(&["", "", r#","sharedEventID":"x","tlsDetails":{"tlsVersion":"TLSv1.3"}"#, r#","detail":null"#, r#","eventtime":"2026-11-01T10:00:00Z""#, r#","eventName":"Twice""#, r#","additionalEventData":{"bytes":[1,-2.5e3,true,{"b":"\\\""}]}"#]);
            let answer = if name.starts_with("AssumeRole") {
                pick(&[
                    r#"{"credentials":{"accessKeyId":"ASIA7","sessionToken":"t","expiration":"soon"},"assumedRoleUser":{"arn":"arn:aws:sts::111122223333:assumed-role/x/s"}}"#,
                    r#"{"assumedRoleUser":{"arn":"arn:aws:sts::111122223333:assumed-role/x/\u0073"},"subjectFromWebIdentityToken":"system:serviceaccount:a:é"}"#,
                    r#""{\"assumedRoleUser\":{\"arn\":\"arn:aws:sts::1:assumed-role/x/text\"}}""#,
                    "null", "7", "[]", r#"{"assumedRoleUser":{}}"#, r#"{"assumedRoleUser":{"arn":"a","arn":"b"}}"#, r#"{"credentials":"\ud800"}"#,
                ])
            } else {
                r#"{"a":[[],{}]}"#
            };
            let id = match number % 60 {
                0 => String::new(),
                1 => r#","eventID":"""#.to_owned(),
                other => format!(r#","eventID":"e-{other}""#),
            };
            format!(
                r#"{{"eventVersion":"1.11","userIdentity":{identity},"eventTime":"{time}","eventSource":"{source}.amazonaws.com","eventName":"{name}","awsRegion":{region},"sourceIPAddress":"{address}"{agent}{error},"requestParameters":{parameters},"responseElements":{answer},"requestID":"r-{number}"{id}{read_only}{resources},"eventType":"{kind}"{management}{account}{rest}}}"#,
            )
        })
        .collect()
}

/// Reads one file in a way, whatever it holds.
fn read_file(content: &[u8], caps: Caps) -> (Activity, SourceRecord) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("0.json");
    fs::write(&path, content).unwrap();
    let file = FileRef { display: "0.json".into(), path };
    let mut builder = ActivityBuilder::new(caps);
    let record = read(&file, &super::super::FORMAT, &mut builder, &Limits::default());
    (builder.finish(), record)
}

/// Whoever watches sees each record by itself.
fn watched(caps: Caps) -> Caps {
    Caps { observer: Some(Observer(&|_| ())), ..caps }
}

fn assert_same(quick: &(Activity, SourceRecord), slow: &(Activity, SourceRecord)) {
    assert_eq!(quick.1, slow.1);
    assert_eq!(quick.0.logs, slow.0.logs);
    for (principal, found) in &slow.0.principals {
        // They are long to print.
        let same = quick.0.principals.get(principal);
        for (action, record) in &found.actions {
            assert_eq!(same.and_then(|same| same.actions.get(action)), Some(record), "{action}");
        }
        assert!(same == Some(found), "{principal} differs");
    }
    assert!(quick.0 == slow.0);
}

fn check(bytes: &[u8], caps: Caps) {
    assert_same(&read_file(bytes, caps), &read_file(bytes, watched(caps)));
}

fn trail(events: &[String]) -> String {
    format!("{{\"Records\":[{}]}}", events.join(","))
}

#[test]
fn what_is_read_quickly_counts_as_what_is_not() {
    let all = events(7, 3_000);
    check(all.join("\n").as_bytes(), Caps::default());
    check(all.join("\r\n").as_bytes(), TIGHT);
    check(trail(&all).as_bytes(), Caps::default());
    check(trail(&all).repeat(2).as_bytes(), TIGHT);
    check(format!("[{}]", all.join(",\n ")).as_bytes(), Caps::default());
}

#[test]
fn commas_stand_between_members_and_nowhere_else() {
    let whole = events(3, 1).remove(0);
    let (first, rest) = whole.split_once(',').unwrap();
    let rest = rest.strip_suffix('}').unwrap();
    let lines = [
        format!("{{,{rest}}}"),
        format!("{first},,{rest}}}"),
        format!("{first},{rest},}}"),
        format!("{first}{rest}}}"),
        format!("{{{rest},{}}}", first.strip_prefix('{').unwrap()),
        format!("{{{rest}}}"),
        "{}".to_owned(),
        whole.clone(),
    ];
    let (read, record) = read_file(lines.join("\n").as_bytes(), Caps::default());
    assert_eq!((record.items, record.malformed), (3, 5));
    assert_same(&(read, record), &read_file(lines.join("\n").as_bytes(), watched(Caps::default())));
}

#[test]
fn files_in_any_order_count_as_they_do_one_by_one() {
    let all = events(11, 1_200);
    let parts: Vec<String> = all.chunks(200).map(trail).collect();
    for names in [["a", "b", "c", "d", "e", "f"], ["c", "f", "a", "a", "e", "b"]] {
        let read = |caps| {
            let folder = tempfile::tempdir().unwrap();
            let mut builder = ActivityBuilder::new(caps);
            let mut records = Vec::new();
            for (name, part) in names.iter().zip(&parts) {
                let path = folder.path().join(name);
                fs::write(&path, part).unwrap();
                let file = FileRef { display: (*name).into(), path };
                let limits = Limits::default();
                records.push(read(&file, &super::super::FORMAT, &mut builder, &limits));
            }
            (builder, records)
        };
        let (quick, told) = read(Caps::default());
        let (slow, told_slow) = read(watched(Caps::default()));
        assert_eq!(told, told_slow);
        assert!(quick.finish() == slow.finish());
        // Builders may be merged, too.
        let (quick, _) = read(Caps::default());
        let (slow, _) = read(watched(Caps::default()));
        let mut merged = ActivityBuilder::new(Caps::default());
        merged.merge(quick);
        let mut watched = ActivityBuilder::new(Caps::default());
        watched.merge(slow);
        assert!(merged.finish() == watched.finish());
    }
}

#[test]
fn more_combinations_than_are_held_count_the_same() {
    let all: Vec<String> = (0..40_000)
        .map(|number| {
            let name = format!("Describe{}", number % 19_001);
            event(&number.to_string(), "ec2.amazonaws.com", &name, Value::Null).to_string()
        })
        .collect();
    let (quick, record) = read_file(trail(&all).as_bytes(), Caps::default());
    assert_eq!(record.items, 40_000);
    assert_same(&(quick, record), &read_file(trail(&all).as_bytes(), watched(Caps::default())));
}

#[test]
fn most_of_what_cloudtrail_writes_is_read_quickly() {
    let all: Vec<String> = (0..100).map(|number| stop(&number.to_string()).to_string()).collect();
    let names = names::embedded().unwrap();
    let mut seen = crate::scan::activity::builder::Shared::default();
    let plane = crate::scan::activity::builder::PlaneBuilder::new(Caps::default());
    let reader = super::super::reader::Reader::new(plane, &mut seen, names, "a".into());
    let mut memo = super::super::Memo::default();
    let mut records = super::super::records::Records::new(reader, &mut memo);
    let text = format!("{},", all.join(","));
    let passed = records.items(text.as_bytes(), 1);
    assert_eq!((passed.bytes, passed.behind_item), (text.len(), false));
    let mut plane = records.into_builder();
    memo.hand_on(&mut plane);
    assert_eq!((plane.summary().events, plane.summary().requests), (100, 100));
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 64,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn quick_and_slow_agree_on_damaged_lines(
        seed in any::<u64>(),
        damages in prop::collection::vec(damage(), 0..40),
        tight in any::<bool>(),
    ) {
        let mut bytes = (events(seed, 120).join("\n") + "\n").into_bytes().repeat(2);
        for damage in &damages {
            apply(&mut bytes, damage);
        }
        // The first line says what the log is.
        let bytes = [format!("{}\n", stop("first")).as_bytes(), &bytes].concat();
        check(&bytes, if tight { TIGHT } else { Caps::default() });
    }

    #[test]
    fn documents_are_read_as_serde_json_reads_them_whole(
        seed in any::<u64>(),
        damages in prop::collection::vec(damage(), 0..3),
        layout in 0..5,
    ) {
        let all = events(seed, 40);
        let text = match layout {
            0 => trail(&all),
            1 => format!("[{}]", all.join(" ,\n")),
            2 => format!("{{\"x\":[1,{{}}],\"Records\":[{}],\"NextToken\":null, \"y\":\"\\u00e9\"}}\n{}", all.join(","), all[0]),
            3 => all.join("\u{2003}\n"),
            _ => format!("{{\"Events\":{{\"Events\":[{}]}}}} {}", all[..9].join(","), trail(&all)),
        };
        let mut bytes = text.into_bytes();
        for damage in &damages {
            // Within what holds the records, too.
            let range = if matches!(damage, Damage::End(_)) { bytes.len() } else { bytes.len().min(60) };
            let mut head = bytes[..range].to_vec();
            apply(&mut head, damage);
            bytes.splice(..range, head);
            apply(&mut bytes, damage);
        }
        // What is no text ends what can be read before, and here all of it.
        if std::str::from_utf8(&bytes).is_ok() {
            let whole = whole::read_file(&bytes);
            assert_same(&whole::read_by_windows(&bytes, Caps::default()), &whole);
            assert_same(&whole::read_by_windows(&bytes, watched(Caps::default())), &whole);
        }
    }
}
