//! Logs that a collector or a search engine wrapped.

use serde_json::{Value, json};

use super::support::{THREE, content, fixture, text};

#[test]
fn loki_s_answers_pushes_and_lines_are_read() {
    for (name, foreign) in [("loki-query.json", 1), ("loki-push.json", 0), ("loki-logcli.jsonl", 0)]
    {
        let reading = fixture(name);
        assert_eq!(reading.told(), "loki read 3/0", "{name}");
        assert_eq!(reading.bot(), THREE, "{name}");
        assert_eq!(reading.audit().foreign_lines, foreign, "{name}");
    }
}

#[test]
fn documents_of_elasticsearch_hold_the_event_wherever_it_was_put() {
    for name in ["elastic-search.json", "elastic-dump.jsonl"] {
        let reading = fixture(name);
        assert_eq!(reading.told(), "elasticsearch read 3/0", "{name}");
        assert_eq!(reading.bot(), THREE, "{name}");
        assert_eq!(reading.audit().foreign_lines, 1, "{name}");
    }
}

#[test]
fn a_search_that_matched_more_than_it_answered_is_not_all() {
    let reading = fixture("elastic-search-page.json");
    assert_eq!(reading.told(), "elasticsearch partial 3/0");
    assert!(reading.reason().contains("matched 10000 documents, and 4"), "{}", reading.reason());
}

#[test]
fn splunk_s_exports_are_read() {
    for (name, foreign) in
        [("splunk-export.jsonl", 1), ("splunk-results.json", 0), ("splunk-results.csv", 0)]
    {
        let reading = fixture(name);
        assert_eq!(reading.told(), "splunk read 3/0", "{name}");
        assert_eq!(reading.bot(), THREE, "{name}");
        assert_eq!(reading.audit().foreign_lines, foreign, "{name}");
    }
}

#[test]
fn json_of_any_shape_is_read_where_it_holds_events() {
    let reading = fixture("fluent-bit.jsonl");
    assert_eq!(reading.told(), "wrapped-log read 3/0");
    assert_eq!(reading.bot(), THREE);
    assert_eq!(reading.audit().foreign_lines, 1);
}

#[test]
fn what_a_request_carries_is_never_taken_for_an_event() {
    let documents: Vec<Value> = content("fluent-bit.jsonl")
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let (deletion, mut get) = (&documents[0]["log"], documents[2]["audit"].clone());
    // Someone who may write a ConfigMap writes events into it, as text and as objects.
    let inner: Value = serde_json::from_str(deletion.as_str().unwrap()).unwrap();
    get["requestObject"] = json!({"data": {"text": deletion}, "objects": [inner]});
    for carrier in [json!({"audit": get}), json!({"log": get.to_string()})] {
        let reading = text(format!("{carrier}\n").as_bytes());
        assert_eq!(reading.bot(), [THREE[1]]);
    }
}

#[test]
fn openshift_s_node_logs_have_the_node_before_the_event() {
    let reading = fixture("openshift-node-logs.txt");
    assert_eq!(reading.told(), "prefixed-lines read 4/0");
    let mut expected = vec!["create project.openshift.io/projectrequests: done 1, authorised 1"];
    expected.extend(THREE);
    assert_eq!(reading.bot(), expected);
}
