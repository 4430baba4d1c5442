//! Lists of Kubernetes audit events, as the webhook backend posts them: on lines of a file,
//! and within what carries events.

use std::io::Write as _;

use flate2::{Compression, write::GzEncoder};
use gradus::model::activity::Defect;

use super::support::{THREE, content, fixture, fixtures, text};

#[test]
fn batches_of_the_webhook_backend_are_read_line_by_line() {
    let reading = fixture("kubernetes-webhook.jsonl");
    // The items have no kind and no version of their own.
    assert!(content("kubernetes-webhook.jsonl").contains(r#""items":[{"level":"#));
    assert_eq!(reading.told(), "kubernetes-audit read 3/0");
    assert_eq!(reading.bot(), THREE);
    assert_eq!(reading.audit().lines, 2);
}

#[test]
fn a_batch_that_was_posted_twice_is_told_to_count_twice() {
    let batches = content("kubernetes-webhook.jsonl");
    assert!(!text(batches.as_bytes()).audit().repeats_unseen);
    assert!(text(batches.repeat(2).as_bytes()).audit().repeats_unseen);
}

#[test]
fn lists_of_any_kind_stand_among_single_events_and_each_item_is_accounted_for() {
    let name = "kubernetes-mixed-lists.jsonl";
    let reading = fixture(name);
    assert_eq!(
        reading.bot(),
        [
            "delete pods in shop: done 2, authorised 2",
            "get pods in shop: done 2, authorised 2",
            THREE[2]
        ]
    );
    // An item that is of another version, one of another API, a number, a list, a list of
    // events and an object of nothing; a list of another version, and one that is cut off.
    assert_eq!(reading.told(), "kubernetes-audit partial 5/8");
    let defects = &reading.audit().defects;
    assert_eq!(defects.count(Defect::UnknownVersion), 2);
    assert_eq!(defects.count(Defect::NotAnEvent), 5);
    assert_eq!(defects.count(Defect::CutOff), 1);
    let whole = content(name);
    let first = &defects.places()[0];
    let at = usize::try_from(first.byte.unwrap()).unwrap();
    assert_eq!(first.location.line, Some(3));
    assert!(whole[at..].starts_with(r#"{"kind": "Event""#) || whole[at..].starts_with('{'));
    assert!(whole[at..].split_once("auditID").unwrap().0.contains("audit.k8s.io/v7"), "{at}");
}

#[test]
fn a_list_that_a_container_printed_is_read_and_its_messages_are_not() {
    let reading = fixture("kubernetes-webhook-cri.log");
    assert_eq!(reading.told(), "kubernetes-audit read 3/0");
    assert_eq!(reading.bot(), THREE);
    assert_eq!(reading.audit().foreign_lines, 1);
}

#[test]
fn a_list_that_is_longer_than_a_line_may_be_is_read_whole() {
    let line = content("kubernetes-webhook.jsonl").lines().next().unwrap().to_owned();
    let (head, items) = line.split_once("[{").unwrap();
    let body =
        format!("{{{}", items.strip_suffix("]}").unwrap().split_once("},{\"level\"").unwrap().0);
    let many = vec![format!("{body}}}"); 7_000].join(",");
    for long in [format!("{head}[{many}]}}\n"), format!("[{many}]")] {
        assert!(long.len() > 4 << 20);
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(long.as_bytes()).unwrap();
        for bytes in [long.into_bytes(), encoder.finish().unwrap()] {
            assert_eq!(text(&bytes).told(), "kubernetes-audit read 7000/0");
        }
    }
}

#[test]
fn lists_lie_in_whatever_carries_events() {
    for (name, kind, repeated) in [
        ("webhook-cloudwatch.json", "cloudwatch-logs", 1),
        ("webhook-loki.json", "loki", 0),
        ("webhook-splunk.jsonl", "splunk", 0),
        ("webhook-kinesis.json", "carried-log", 0),
        ("webhook-fluent-bit.jsonl", "wrapped-log", 1),
        ("webhook-tail.txt", "prefixed-lines", 0),
    ] {
        let reading = fixture(name);
        assert_eq!(reading.told(), format!("{kind} read 3/0"), "{name}: {}", reading.reason());
        assert_eq!(reading.bot(), THREE, "{name}");
        // An event is the same in a list and by itself.
        assert_eq!(reading.audit().repeated, repeated, "{name}");
        assert_eq!(reading.audit().foreign_lines, 0, "{name}");
    }
}

#[test]
fn an_event_counts_once_in_whatever_list_and_carrier_it_stands() {
    let reading = fixtures(&[
        "webhook-cloudwatch.json",
        "webhook-loki.json",
        "webhook-kinesis.json",
        "aks-blob.json",
    ]);
    assert_eq!(reading.bot(), THREE);
    assert_eq!(reading.audit().repeated, 10);
}

#[test]
fn what_is_no_event_in_a_list_that_is_carried_is_counted_there() {
    let lists = content("kubernetes-mixed-lists.jsonl");
    let mixed = lists.lines().nth(2).unwrap();
    let carried = serde_json::json!({"line": mixed, "labels": {}, "timestamp": "t"}).to_string();
    let reading = text(carried.as_bytes());
    assert_eq!(reading.told(), "loki partial 1/6");
    assert_eq!(reading.audit().defects.count(Defect::UnknownVersion), 1);
    let cut = serde_json::json!({"line": &mixed[..400], "labels": {}, "timestamp": "t"});
    let reading = text(cut.to_string().as_bytes());
    assert_eq!(reading.audit().defects.count(Defect::CutOff), 1);
}

#[test]
fn a_list_of_any_version_tells_what_its_events_tell_line_by_line() {
    for (name, version) in [("kubernetes-2017.log", "v1alpha1"), ("kubernetes-webhook.jsonl", "v1")]
    {
        let mut items = Vec::new();
        for line in content(name).lines() {
            let mut value: serde_json::Value = serde_json::from_str(line).unwrap();
            let events = match value["items"].take() {
                serde_json::Value::Array(events) => events,
                _ => vec![value],
            };
            items.extend(events.into_iter().map(|mut event| {
                let members = event.as_object_mut().unwrap();
                members.remove("items");
                members.remove("kind");
                members.remove("apiVersion");
                event
            }));
        }
        let expected = fixture(name);
        let list = serde_json::json!({"kind": "EventList", "apiVersion": format!("audit.k8s.io/{version}"), "metadata": {}, "items": items});
        let mapped = serde_json::json!({"items": items, "metadata": {}});
        for text_of in [
            list.to_string(),
            format!("{list:#}"),
            mapped.to_string(),
            serde_json::Value::from(items.clone()).to_string(),
            format!("{:#}", serde_json::Value::from(items.clone())),
        ] {
            let reading = text(text_of.as_bytes());
            assert_eq!(reading.bot(), expected.bot(), "{text_of}");
            assert_eq!(reading.told(), expected.told(), "{text_of}");
            assert_eq!(reading.changes(), expected.changes());
        }
    }
}
