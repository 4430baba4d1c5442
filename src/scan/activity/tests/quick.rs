//! The quick ways of reading against the one by serde_json: a blank before each line
//! changes nothing of what it says, and nothing that is quick takes it.

use proptest::prelude::*;

use super::{
    differential::{Damage, apply, damage},
    *,
};
use crate::model::{activity::Defects, location::TextStart};

/// Events as an API server writes them.
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
            let verb = pick(&["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"]);
            let resource = pick(&["pods", "deployments", "secrets"]);
            let sub = pick(&["", "", "", r#","subresource":"exec""#, r#","subresource":"status""#]);
            let stage = pick(&["ResponseComplete", "ResponseComplete", "ResponseComplete", "RequestReceived", "ResponseStarted", "Panic"]);
            let level = pick(&["Metadata", "Request", "RequestResponse"]);
            let uri = pick(&["/a", "/a?limit=500\\u0026watch=true", "/a?dryRun=All", "/a?x=1\\u0026dryRun=All", "/a?dry%52un=All", "/a?\\u0064ryRun=All", "/é?R", "/a\\ud800"]);
            let user = pick(&["bot", "system:serviceaccount:ops:fixer", "boss\\u0026co", ""]);
            let groups = pick(&[r#","groups":["a","b"]"#, r#","groups":["a"]"#, r#","groups":"a""#, ""]);
            let extra = pick(&["", r#","extra":{"authentication.kubernetes.io/pod-name":["p-1"]}"#, r#","uid":"u","extra":{"sessionName":["s"],"x":["\"é"]}"#]);
            let assumed = pick(&["", "", "", r#","impersonatedUser":{"username":"boss"}"#]);
            let ips = pick(&["", r#","sourceIPs":["10.0.0.1"]"#, r#","sourceIPs":["10.0.0.1","::1"]"#]);
            let agent = pick(&["", r#","userAgent":"kubectl/v1.34 (linux) \u003c""#, r#","userAgent":"agent""#, r#","userAgent":"é""#]);
            let namespace = pick(&["", r#","namespace":"shop""#, r#","namespace":"bank""#]);
            let name = pick(&["", r#","name":"web""#, r#","name":"db""#, r#","name":"*""#, r#","name":"a\u0026b""#]);
            let rest = pick(&[r#","apiVersion":"v1""#,r#","apiVersion":"apps/v1""#, r#","uid":"u","apiGroup":"apps","apiVersion":"v1","resourceVersion":"7""#]);
            let status = pick(&[
                r#","responseStatus":{"metadata":{},"code":200}"#, r#","responseStatus":{"metadata":{},"code":201}"#,
                r#","responseStatus":{"metadata":{},"status":"Failure","message":"no \"x\"","reason":"Forbidden","details":{"name":"x","causes":[{}]},"code":403}"#,
                r#","responseStatus":{"metadata":{},"code":404}"#, r#","responseStatus":{"metadata":{},"code":0}"#, "",
            ]);
            let body = pick(&["", "", r#","requestObject":{"kind":"DeleteOptions","dryRun":["All"]}"#, r#","requestObject":[{"op":"replace","path":"/spec/template","value":{}}]"#, r#","requestObject":{"a":[1,-2.5e3,true,null,{"b":"\\\""}]},"responseObject":{"c":[[],{}]}"#]);
            let time = pick(&["2026-11-01T10:00:00.000001Z", "2026-11-01T10:00:07Z", "2026-11-30T23:59:59.5Z", "soon", "2026-11-01T12:00:00+02:00"]);
            let annotations = pick(&[
                "", r#","annotations":{}"#,
                r#","annotations":{"authorization.k8s.io/decision":"allow","authorization.k8s.io/reason":"RBAC: allowed by ClusterRoleBinding \"b\" of ClusterRole \"r\" to User \"x\""}"#,
                r#","annotations":{"authorization.k8s.io/decision":"allow","authorization.k8s.io/reason":""}"#,
                r#","annotations":{"authorization.k8s.io/decision":"forbid","authorization.k8s.io/reason":""}"#,
                r#","annotations":{"audit.k8s.io/truncated":"true","authorization.k8s.io/decision":"allow","failed-open.validating.webhook.admission.k8s.io/round_0_index_0":"w","x":"é"}"#,
            ]);
            let end = pick(&["", "", "", "", "", "\r", " ", r#"{"kind":"Event"}"#]);
            format!(
                r#"{{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"{level}","auditID":"{id}","stage":"{stage}","requestURI":"{uri}","verb":"{verb}","user":{{"username":"{user}"{groups}{extra}}}{assumed}{ips}{agent},"objectRef":{{"resource":"{resource}"{namespace}{name}{rest}{sub}}}{status}{body},"requestReceivedTimestamp":"{time}","stageTimestamp":"{time}"{annotations}}}{end}"#,
                id = number % 50,
            )
        })
        .collect()
}

/// The same bytes with a blank before each line.
fn indented(bytes: &[u8]) -> Vec<u8> {
    bytes.split_inclusive(|byte| *byte == b'\n').flat_map(|line| [b" ", line].concat()).collect()
}

/// The same places in bytes that are not indented behind their first line.
fn unindented(defects: &Defects) -> Defects {
    let mut plain = Defects::default();
    for at in defects.places() {
        let line = u64::from(at.location.line.unwrap());
        let byte = at.byte.map(|byte| byte - line.saturating_sub(2));
        plain.add(at.defect, &at.location.path, TextStart { line, byte });
    }
    for (defect, count) in defects.iter() {
        plain.add_unplaced(defect, count - plain.count(defect));
    }
    plain
}

fn check(bytes: &[u8], caps: Caps, limits: &Limits) {
    // The first line says what the log is, and where it was cut.
    let first = format!("{}\n", event("first"));
    let quick = [first.as_bytes(), bytes].concat();
    let slow = [first.as_bytes(), &indented(bytes)].concat();
    let (quick, quick_records) = read_all(&[&quick], caps, limits);
    let (mut slow, slow_records) = read_all(&[&slow], caps, limits);
    for summary in slow.logs.values_mut() {
        summary.defects = unindented(&summary.defects);
    }
    let told = |record: &SourceRecord| (record.status, record.items, record.malformed);
    assert_eq!(told(&quick_records[0]), told(&slow_records[0]));
    assert_eq!(log(&quick), log(&slow));
    for (principal, found) in &slow.principals {
        // They are long to print.
        assert!(quick.principals.get(principal) == Some(found), "{principal} differs");
    }
    assert!(quick == slow);
}

#[test]
fn most_of_what_servers_write_is_read_quickly() {
    let log = events(7, 3_000).join("\n");
    check(log.as_bytes(), Caps::default(), &Limits::default());
    check(log.repeat(3).as_bytes(), Caps::default(), &Limits::default());
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 64,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn quick_and_slow_agree_on_damaged_logs(
        seed in any::<u64>(),
        damages in prop::collection::vec(damage(), 0..40),
        tight in any::<bool>(),
    ) {
        let mut bytes = events(seed, 150).join("\n").into_bytes();
        bytes.push(b'\n');
        bytes = bytes.repeat(2);
        for damage in &damages {
            apply(&mut bytes, damage);
        }
        // A cut that shows is one of the file, not of a line.
        if damages.iter().any(|damage| matches!(damage, Damage::End(_))) {
            bytes.push(b'\n');
        }
        let caps = if tight { super::splits::TIGHT } else { Caps::default() };
        check(&bytes, caps, &Limits::default());
    }
    #[test]
    fn any_number_of_readers_gives_the_same_activity(
        seed in any::<u64>(),
        readers in 2_usize..6,
        tight in any::<bool>(),
    ) {
        let log = events(seed, 400).join("\n").repeat(2);
        let caps = if tight { super::splits::TIGHT } else { Caps::default() };
        let read_by = |readers| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(readers).build().unwrap();
            pool.install(|| read_all(&[log.as_bytes()], caps, &small()))
        };
        let ((one, record), (several, same_record)) = (read_by(1), read_by(readers));
        prop_assert_eq!(format!("{record:?}"), format!("{same_record:?}"));
        prop_assert_eq!(super::log(&several), super::log(&one));
        prop_assert!(several == one);
    }
}
