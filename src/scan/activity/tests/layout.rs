//! How a log is laid out: lines, lists, documents, wrappings, compression.

use std::io::Write as _;

use super::*;

/// Ten deletions, by ten requests.
fn ten() -> Vec<Value> {
    (0..10).map(|number| event(&number.to_string())).collect()
}

fn deletions(activity: &Activity) -> u64 {
    action(activity, "bot", "delete pods in shop").done.count
}

/// The items as the webhook backend sends them: without kind and version.
fn list(events: &[Value]) -> Value {
    let mut items = events.to_vec();
    for map in items.iter_mut().filter_map(Value::as_object_mut) {
        map.remove("kind");
        map.remove("apiVersion");
    }
    json!({"kind": "EventList", "apiVersion": "audit.k8s.io/v1", "metadata": {}, "items": items})
}

#[test]
fn items_of_a_list_need_no_kind() {
    let (activity, record) = activity_and_record(lines(&[list(&ten()), list(&ten())]));
    assert_eq!(deletions(&activity), 20);
    assert_eq!((record.items, record.malformed), (20, 0));
    assert_eq!(record.status, crate::model::coverage::SourceStatus::Read);
}

#[test]
fn a_bad_item_does_not_cost_the_others() {
    let mut items = ten();
    items[3] = json!({"verb": 7});
    items[5] = json!("no event");
    let (activity, record) = activity_and_record(lines(&[list(&items)]));
    assert_eq!(deletions(&activity), 8);
    assert_eq!(record.malformed, 2);
}

#[test]
fn a_document_over_many_lines_is_read_and_its_events_are_located() {
    let pretty = serde_json::to_string_pretty(&list(&ten())).unwrap();
    let line_of_second = 1 + pretty
        .lines()
        .enumerate()
        .filter(|(_, line)| *line == "    {")
        .nth(1)
        .map(|(number, _)| number)
        .unwrap();
    let (activity, record) = activity_and_record(&pretty);
    assert_eq!(deletions(&activity), 10);
    assert_eq!(record.malformed, 0);
    let places = action(&activity, "bot", "delete pods in shop").done.examples;
    assert_eq!(places.places().nth(1).unwrap().to_string(), format!("0.log:{line_of_second}"));
}

#[test]
fn arrays_and_concatenated_documents_are_read() {
    let pretty = serde_json::to_string_pretty(&ten()).unwrap();
    assert_eq!(deletions(&activity_of(&pretty)), 10);
    let concatenated: String =
        ten().iter().map(|event| serde_json::to_string_pretty(event).unwrap()).collect();
    assert_eq!(deletions(&activity_of(&concatenated)), 10);
}

#[test]
fn a_broken_document_says_that_its_rest_was_not_read() {
    let first = serde_json::to_string_pretty(&event("a")).unwrap();
    let (activity, record) = activity_and_record(format!("{first}\n{{ \"broken\": }}\n{first}"));
    assert_eq!(deletions(&activity), 1);
    assert_eq!(record.status, crate::model::coverage::SourceStatus::Partial);
    assert_eq!(log(&activity).files_cut_short, 1);
}

#[test]
fn a_rotated_log_reads_the_same_compressed() {
    let plain = lines(&ten());
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(plain.as_bytes()).unwrap();
    let gzip = gzip.finish().unwrap();
    let zstd = zstd::encode_all(plain.as_bytes(), 1).unwrap();
    let expected = activity_of(&plain);
    assert_eq!(activity_of(&gzip), expected);
    assert_eq!(activity_of(&zstd), expected);
    // Appended members are one file.
    assert_eq!(deletions(&activity_of([gzip.clone(), gzip].concat())), 20);
}

#[test]
fn a_log_in_a_container_runtimes_wrapping_is_read() {
    let cri: String = ten()
        .iter()
        .map(|event| {
            let text = event.to_string();
            let (head, tail) = text.split_at(text.len() / 2);
            format!(
                "2026-11-01T10:00:00.1Z stdout P {head}\n\
                 2026-11-01T10:00:00.2Z stderr F I1101 10:00:00 server.go:1] a message\n\
                 2026-11-01T10:00:00.3Z stdout F {tail}\n"
            )
        })
        .collect();
    let (activity, record) = activity_and_record(&cri);
    assert_eq!(deletions(&activity), 10);
    assert_eq!((log(&activity).foreign_lines, record.malformed), (10, 0));
    let places = action(&activity, "bot", "delete pods in shop").done.examples;
    assert_eq!(places.places().nth(1).unwrap().to_string(), "0.log:4");

    let docker: String = ten()
        .iter()
        .map(|event| {
            let entry = json!({"log": format!("{event}\n"), "stream": "stdout", "time": "2026-11-01T10:00:00.1Z"});
            format!("{entry}\n")
        })
        .collect();
    assert_eq!(deletions(&activity_of(&docker)), 10);
}

#[test]
fn a_wrapped_event_that_never_ends_is_counted_as_cut_off() {
    let text = event("a").to_string();
    let (head, _) = text.split_at(200);
    let wrapped = format!(
        "2026-11-01T10:00:00.1Z stdout F {text}\n2026-11-01T10:00:00.1Z stdout P {head}\nno wrapping\n"
    );
    let (activity, record) = activity_and_record(wrapped);
    assert_eq!(deletions(&activity), 1);
    assert_eq!(record.malformed, 2);
}

#[test]
fn crlf_a_byte_order_mark_and_blank_lines_are_no_defects() {
    let text = format!("\u{feff}\r\n{}\r\n   \r\n\n{}", event("a"), event("b"));
    let (activity, record) = activity_and_record(text);
    assert_eq!(deletions(&activity), 2);
    assert_eq!(record.malformed, 0);
    let marked = format!("\u{feff}{}\r\n", event("a"));
    assert_eq!(deletions(&activity_of(marked)), 1);
}

#[test]
fn logs_of_other_kinds_are_not_recognised_and_said_to_be_logs() {
    let lines = b"{\"a\":1}\n{\"a\":2}\n";
    assert!(recognise(lines).is_none());
    assert_eq!(super::super::unread_log(lines), Some("a log of JSON lines"));
    for text in ["", "kind: Pod\n", "# audit.k8s.io/v1 kube-audit\n", "{\"kind\":\"Pod\"}"] {
        assert_eq!(super::super::unread_log(text.as_bytes()), None, "{text}");
    }
}
