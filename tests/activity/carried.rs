//! Logs that streams and queues carry in base64.

use gradus::model::activity::Defect;

use super::support::{CALLS, THREE, content, fixture, fixtures, text};

#[test]
fn records_of_kinesis_hold_what_a_subscription_sends() {
    let reading = fixture("eks-kinesis.json");
    assert_eq!(reading.told(), "carried-log read 3/0");
    assert_eq!(reading.bot(), THREE);
    assert_eq!(reading.clusters(), ["EKS cluster prod of account 111122223333: 3"]);
    // The control message and what the authenticator printed.
    assert_eq!(reading.audit().foreign_lines, 2);
}

#[test]
fn what_functions_are_handed_of_firehose_and_cloudwatch_is_read() {
    for name in ["eks-firehose-event.json", "eks-lambda-events.jsonl"] {
        let reading = fixture(name);
        assert_eq!(reading.told(), "carried-log read 3/0", "{name}");
        assert_eq!(reading.bot(), THREE, "{name}");
        assert_eq!(reading.audit().foreign_lines, 2, "{name}");
    }
}

#[test]
fn what_a_function_is_handed_of_a_stream_is_no_record_of_cloudtrail_but_holds_some() {
    let reading = fixture("cloudtrail-kinesis-event.json");
    assert_eq!(reading.told(), "carried-log read 3/0");
    assert_eq!(reading.role(), CALLS);
}

#[test]
fn messages_of_pub_sub_hold_entries_of_cloud_logging() {
    for name in ["gke-pubsub-push.jsonl", "gke-pubsub-pull.json", "gke-pubsub-gcloud.json"] {
        let reading = fixture(name);
        assert_eq!(reading.told(), "carried-log read 7/0", "{name}");
        assert_eq!(reading.bot(), fixture("gke-sink.jsonl").bot(), "{name}");
        assert_eq!(reading.clusters(), fixture("gke-sink.jsonl").clusters(), "{name}");
        assert_eq!(reading.audit().foreign_lines, 1, "{name}");
    }
}

#[test]
fn bare_events_are_read_line_by_line_and_a_stream_that_goes_on_is_not_all() {
    let reading = fixture("kubernetes-kinesis-page.json");
    assert_eq!(reading.told(), "carried-log partial 3/0");
    assert_eq!(reading.bot(), THREE);
    assert_eq!(reading.audit().foreign_lines, 1);
    assert!(reading.reason().contains("MillisBehindLatest"), "{}", reading.reason());
    assert!(reading.clusters().is_empty());
}

#[test]
fn an_event_counts_once_however_it_was_carried() {
    let reading = fixtures(&["eks-kinesis.json", "eks-firehose.json", "eks-lambda-events.jsonl"]);
    assert_eq!(reading.bot(), THREE);
    assert_eq!(reading.audit().repeated, 6);
}

#[test]
fn what_cannot_be_undone_is_counted_and_located() {
    let reading = fixture("kinesis-damaged.json");
    // A carrier within a carrier is opened, and an empty record is none of a log.
    assert_eq!(reading.told(), "carried-log partial 2/7");
    assert_eq!(reading.bot(), [THREE[0], THREE[2]]);
    assert_eq!(reading.audit().foreign_lines, 1);
    let kinds: Vec<_> = reading
        .audit()
        .defects
        .iter()
        .map(|(defect, count)| format!("{defect}: {count}"))
        .collect();
    // One of the last calls itself aggregated, and has no sum.
    assert_eq!(kinds, ["cut off: 2", "too long: 1", "not decodable: 4"]);
    let text = content("kinesis-damaged.json");
    let second = text.match_indices("  {\n").nth(1).unwrap().0 as u64 + 2;
    let first = &reading.audit().defects.places()[0];
    assert_eq!(first.byte, Some(second));
}

#[test]
fn bytes_that_are_no_text_are_told_as_that() {
    let record = content("eks-kinesis.json");
    let (before, data) = record.split_once("\"Data\": \"").unwrap();
    let broken = format!("{before}\"Data\": \"/////w==\"{}", data.split_once('"').unwrap().1);
    let reading = text(broken.as_bytes());
    assert_eq!(reading.audit().defects.count(Defect::NotUtf8), 1);
}

#[test]
fn a_record_that_is_longer_than_what_is_looked_at_is_recognised() {
    let record = content("eks-kinesis.json");
    let padding = "A".repeat(100 << 10);
    let long = record.replacen("\"Data\": \"", &format!("\"Data\": \"{padding}"), 1);
    let reading = text(long.as_bytes());
    // The padding is base64 of zero bytes, and no compression begins so.
    assert_eq!(reading.told(), "carried-log partial 3/1");
    assert_eq!(reading.bot(), THREE);
}
