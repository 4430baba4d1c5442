//! Every action as a JSON object.

use std::{fs, path::Path};

use serde_json::{Value, json};

use super::{logs, samples, support::run};

/// What is exported of `inputs`, by line.
fn export(folder: &Path, inputs: &[&str]) -> Vec<Value> {
    let run = run(folder, &[&["activity", "export", "-o", "out.jsonl"][..], inputs].concat());
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let text = fs::read_to_string(folder.join("out.jsonl")).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// A deletion as the API server logs it, of a client that sent its call's id along.
fn deletion(id: &str, verb: &str, minute: u8) -> String {
    let event = json!({
        "kind": "Event", "apiVersion": "audit.k8s.io/v1", "level": "Metadata", "auditID": id,
        "stage": "ResponseComplete", "requestURI": "/api/v1/namespaces/shop/pods/web-0",
        "verb": verb, "user": {"username": "system:serviceaccount:agents:sre-bot"},
        "sourceIPs": ["10.0.0.1"], "userAgent": "kubernetes-mcp-server",
        "objectRef": {"resource": "pods", "namespace": "shop", "name": "web-0", "apiVersion": "v1"},
        "responseStatus": {"metadata": {}, "code": 200},
        "requestReceivedTimestamp": format!("2026-10-01T08:{minute:02}:09.500000Z"),
        "stageTimestamp": format!("2026-10-01T08:{minute:02}:09.600000Z"),
        "annotations": {"authorization.k8s.io/decision": "allow", "authorization.k8s.io/reason": ""},
    });
    format!("{event}\n")
}

#[test]
fn a_change_is_exported_with_the_approval_that_its_call_was_given() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let requests =
        [deletion("call_7", "delete", 0), deletion("x", "get", 1), deletion("y", "delete", 2)];
    fs::write(folder.join("audit.log"), requests.concat()).unwrap();
    let records = [
        json!({"schema": "gradus.activity/v1", "kind": "toolCall", "time": "2026-10-01T08:00:00Z",
            "began": "2026-10-01T08:00:09Z", "end": "2026-10-01T08:00:10Z", "id": "call_7",
            "agent": "sre-bot", "session": "s-12", "server": "kubernetes", "tool": "pods_delete",
            "arguments": {"namespace": "shop", "name": "web-0", "token": "hunter2"},
            "outcome": "done", "reasoning": true}),
        json!({"schema": "gradus.activity/v1", "kind": "approval", "time": "2026-10-01T08:00:08Z",
            "asked": "2026-10-01T08:00:01Z", "about": {"call": "call_7"}, "verdict": "approved",
            "decider": "person", "by": "ana@example.com", "complete": true}),
        json!({"schema": "gradus.activity/v1", "kind": "notification",
            "time": "2026-10-01T08:00:12Z", "about": {"call": "call_7"}, "sink": "slack #ops",
            "delivered": "2026-10-01T08:00:13Z", "acknowledged": "2026-10-01T08:04:00Z",
            "acknowledgedBy": "ana@example.com", "complete": true}),
    ];
    let lines: String = records.iter().map(|record| format!("{record}\n")).collect();
    fs::write(folder.join("records.jsonl"), lines).unwrap();

    let exported = export(folder, &["audit.log", "records.jsonl"]);
    let [approved, read, other, call] = exported.as_slice() else { panic!("{exported:?}") };
    assert_eq!(approved["class_uid"], 6003);
    assert_eq!(approved["activity_name"], "Delete");
    assert_eq!(approved["type_uid"], 600_304);
    assert_eq!(approved["api"]["operation"], "delete");
    assert_eq!(approved["resources"][0]["name"], "web-0");
    assert_eq!(approved["metadata"]["uid"], "call_7");
    assert_eq!(approved["time"], 1_790_841_609_500_i64);
    let oversight = &approved["oversight"];
    assert_eq!(oversight["approval"]["state"], "human_per_action", "{oversight}");
    assert_eq!(oversight["approval"]["approver"], "ana@example.com");
    assert_eq!(oversight["approval"]["decided_at"], "2026-10-01T08:00:08Z");
    assert_eq!(oversight["notification"]["sent"], "yes");
    assert_eq!(oversight["notification"]["sink"], "slack #ops");
    assert_eq!(oversight["reasoning"], "yes");
    assert_eq!(oversight["tool_call"], json!({"uid": "call_7", "strength": "by id"}));

    assert_eq!(read["activity_name"], "Read");
    assert!(read.get("oversight").is_none());
    // A decision is on record, and none is about this one.
    assert_ne!(other["oversight"]["approval"]["state"], "human_per_action");
    assert_eq!(other["oversight"]["notification"]["sent"], "unknown");

    assert_eq!(call["metadata"]["log_name"], "tool-calls");
    assert_eq!(call["ai_agent"]["name"], "sre-bot");
    assert_eq!(call["api"]["operation"], "pods_delete");
    let text = fs::read_to_string(folder.join("out.jsonl")).unwrap();
    assert!(!text.contains("hunter2"), "what a tool is given is never passed on");
}

#[test]
fn every_request_of_the_samples_is_exported_once_and_always_in_the_same_order() {
    let folder = samples();
    let folder = folder.path();
    let names = logs(folder);
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let exported = export(folder, &names);
    let first = fs::read(folder.join("out.jsonl")).unwrap();
    export(folder, &names);
    assert!(fs::read(folder.join("out.jsonl")).unwrap() == first, "another order");

    let mut planes = 0;
    for plane in ["kubernetes-audit", "cloudtrail"] {
        let lines = exported.iter().filter(|line| line["metadata"]["log_name"] == plane);
        planes += usize::from(lines.clone().count() > 100);
        for line in lines {
            assert_eq!(line["class_uid"], 6003);
            assert!(line["actor"]["user"]["name"].as_str().is_some_and(|name| !name.is_empty()));
            assert!(
                line["unmapped"]["path"].as_str().is_some_and(|path| path.starts_with("logs/"))
            );
            let changes = line["activity_id"] != 2;
            assert_eq!(line.get("oversight").is_some(), changes, "{line}");
        }
    }
    assert_eq!(planes, 2);
}

/// What the samples' workspace makes of a change to an object, and what nobody does.
fn boundary_of(lines: &[serde_json::Value], object: &str, verb: &str) -> serde_json::Value {
    let mut lines = lines
        .iter()
        .filter(|line| line["resources"][0]["name"] == object && line["api"]["operation"] == verb);
    lines.next().unwrap()["oversight"]["boundary"].clone()
}

#[test]
fn a_workspace_says_what_is_within_the_boundary_and_who_may_approve() {
    let folder = samples();
    let folder = folder.path();
    let alone = export(folder, &["logs", "records"]);
    let declared = export(folder, &["--workspace", "gradus.yaml"]);
    assert_eq!(boundary_of(&alone, "data-orders-db-1", "delete"), "unknown");
    assert_eq!(boundary_of(&declared, "data-orders-db-1", "delete"), "no");
    assert_eq!(boundary_of(&declared, "cart", "update"), "yes");
    // Its mapping makes records of the log of the proxy.
    let calls = |lines: &[serde_json::Value]| {
        lines.iter().filter(|line| line["metadata"]["log_name"] == "tool-calls").count()
    };
    assert_eq!((calls(&alone), calls(&declared)), (0, 7));
    let approved = |lines: &[serde_json::Value]| {
        let state = |line: &&serde_json::Value| {
            line["oversight"]["approval"]["state"] == "human_per_action"
        };
        lines.iter().filter(state).count()
    };
    assert_eq!(approved(&declared), 8, "seven of fixer, one of restarter");
}

#[test]
fn a_mapping_is_for_logs_of_no_known_kind() {
    let folder = samples();
    let folder = folder.path();
    let mapping = ["--mapping", "records/tool-calls-mapping.yaml"];
    let named = ["evidence/fixer/tool-calls.jsonl", "records", mapping[0], mapping[1]];
    let lines = export(folder, &named);
    assert_eq!(lines.len(), 7, "{lines:#?}");
    assert_eq!(lines[0]["ai_agent"]["name"], "kagent/fixer");
    // In a summary the records stand as they would in the workspace.
    super::summarize(folder, &["--workspace", "."], "whole.summary");
    let merged = ["whole.summary"];
    super::summarize(folder, &merged, "again.summary");
    let read = |name: &str| fs::read(folder.join(name)).unwrap();
    assert!(read("whole.summary") == read("again.summary"));
    let run = run(folder, &["activity", "summarize", "logs", "--mapping", "nowhere.yaml"]);
    assert_eq!(run.code, Some(2), "{}", run.stderr);
    assert!(run.stderr.contains("nowhere.yaml"), "{}", run.stderr);
}

#[test]
fn requests_that_are_no_lines_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let nobodys = deletion("n", "delete", 1).replace("system:serviceaccount:agents:sre-bot", "");
    let arrived = deletion("r", "patch", 2).replace("ResponseComplete", "RequestReceived");
    let text = format!("{}{nobodys}{arrived}", deletion("d", "delete", 3));
    fs::write(folder.path().join("audit.log"), text).unwrap();
    let run = run(folder.path(), &["activity", "export", "audit.log"]);
    assert_eq!((run.code, run.stdout.lines().count()), (Some(0), 1), "{}", run.stderr);
    assert!(run.stderr.contains("1 requests are left out: the logs ascribe them to nobody"));
    assert!(
        run.stderr.contains("1 or more requests are left out: what came of them"),
        "{}",
        run.stderr
    );
}

#[test]
fn a_summary_holds_no_requests_to_export() {
    let folder = samples();
    super::summarize(folder.path(), &["logs"], "all.json");
    let run = run(folder.path(), &["activity", "export", "all.json", "-o", "none.jsonl"]);
    assert_eq!(run.code, Some(2));
    assert!(run.stderr.contains("all.json is a summary"), "{}", run.stderr);
    assert!(!folder.path().join("none.jsonl").exists());
}

#[test]
fn nothing_half_is_left_where_the_export_cannot_be_written() {
    let folder = samples();
    let log = logs(folder.path()).remove(0);
    let run = run(folder.path(), &["activity", "export", &log, "-o", "nowhere/out.jsonl"]);
    assert_eq!(run.code, Some(2));
    assert!(run.stderr.contains("nowhere/out.jsonl"), "{}", run.stderr);
}

/// The sources of what was exported of fixtures, in their order.
fn sources(folder: &Path, inputs: &[&str]) -> Vec<Value> {
    export(folder, inputs).iter().map(|action| action["src_endpoint"].clone()).collect()
}

#[test]
fn an_action_comes_from_the_address_that_the_platform_saw() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    // All but the last the client may have made up; a watch is shown when it ends.
    let forwarded =
        deletion("a", "delete", 0).replace("[\"10.0.0.1\"]", "[\"203.0.113.9\",\"2001:db8::7\"]");
    let watch = |stage| deletion("w", "watch", 1).replace("ResponseComplete", stage);
    let none = deletion("b", "delete", 2).replace("[\"10.0.0.1\"]", "[\"<b>\"]");
    let text = [forwarded, watch("ResponseStarted"), watch("ResponseComplete"), none].concat();
    fs::write(folder.join("audit.log"), text).unwrap();
    assert_eq!(
        sources(folder, &["audit.log"]),
        [json!({"ip": "2001:db8::7"}), json!({"ip": "10.0.0.1"}), Value::Null]
    );
    fs::write(folder.join("open.log"), watch("ResponseStarted")).unwrap();
    assert_eq!(sources(folder, &["open.log"]), [json!({"ip": "10.0.0.1"})]);
}

#[test]
fn every_platform_tells_where_an_action_came_from() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/activity");
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for (name, count) in [
        ("eks-kinesis.json", 3),
        ("aks-log-analytics.json", 3),
        ("gke-sink.jsonl", 7),
        ("gke-bigquery.json", 7),
        ("cloudtrail-cloudwatch.json", 3),
    ] {
        let path = here.join(name).display().to_string();
        let expected = vec![json!({"ip": "10.0.0.1"}); count];
        assert_eq!(sources(folder, &[&path]), expected, "{name}");
    }
    let record = fs::read_to_string(here.join("cloudtrail-cloudwatch.json")).unwrap();
    let by_service = record.replace("10.0.0.1", "autoscaling.amazonaws.com");
    fs::write(folder.join("trail.json"), by_service).unwrap();
    let service = json!({"svc_name": "autoscaling.amazonaws.com"});
    assert_eq!(sources(folder, &["trail.json"])[0], service);
}

#[test]
fn no_summary_holds_an_address() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let open = deletion("w", "watch", 1).replace("ResponseComplete", "ResponseStarted");
    fs::write(folder.join("audit.log"), deletion("a", "delete", 0) + &open).unwrap();
    let run = run(folder, &["activity", "summarize", "audit.log", "-o", "out.summary"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let mut packed = fs::read(folder.join("out.summary")).unwrap();
    if let Ok(plain) = zstd::stream::decode_all(packed.as_slice()) {
        packed = plain;
    }
    let text = String::from_utf8_lossy(&packed);
    assert!(text.contains("web-0") && !text.contains("10.0.0.1"), "{text}");
}
