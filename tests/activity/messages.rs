//! Messages of queues and topics, and what they carry.

use gradus::model::{activity::Defect, capability::Plane, coverage::SourceStatus};

use super::support::{CALLS, THREE, content, fixture, fixtures, text};

#[test]
fn what_eventbridge_sends_by_sns_and_sqs_is_read_in_every_form() {
    for (name, repeated) in [
        ("cloudtrail-sqs.json", 1),
        ("cloudtrail-sqs-event.json", 0),
        ("cloudtrail-sns-event.json", 0),
    ] {
        let reading = fixture(name);
        assert_eq!(reading.told(), "queue-messages read 3/0", "{name}: {}", reading.reason());
        assert_eq!(reading.role(), CALLS, "{name}");
        assert_eq!(reading.log(Plane::Aws).repeated, repeated, "{name}");
    }
    // The confirmation of a subscription.
    assert_eq!(fixture("cloudtrail-sqs.json").log(Plane::Aws).foreign_lines, 1);
}

#[test]
fn a_topic_carries_lines_batches_and_what_cloudwatch_compressed() {
    let reading = fixture("kubernetes-sns.jsonl");
    assert_eq!(reading.told(), "queue-messages read 3/0");
    assert_eq!(reading.bot(), THREE);
    // The batch holds what the lines held; the subscription stands there in two forms.
    assert_eq!((reading.audit().repeated, reading.audit().foreign_lines), (3, 1));
    assert_eq!(reading.clusters(), ["EKS cluster prod of account 111122223333: 1"]);
}

#[test]
fn an_event_counts_once_by_queue_topic_and_bus() {
    let names =
        ["cloudtrail-sqs.json", "cloudtrail-sns-event.json", "cloudtrail-eventbridge.jsonl"];
    let reading = fixtures(&names);
    assert_eq!(reading.role(), CALLS);
    assert_eq!(reading.log(Plane::Aws).repeated, 7);
}

#[test]
fn a_notification_that_objects_were_written_is_no_event_and_says_what_is_missing() {
    let reading = fixture("s3-notification.json");
    assert_eq!(reading.told(), "queue-messages failed 0/0");
    assert!(reading.reason().contains("objects were written to a bucket"), "{}", reading.reason());
    for plane in [Plane::Kubernetes, Plane::Aws] {
        assert_eq!(reading.log(plane).files_cut_short, 1, "{plane:?}");
    }
    // In a queue, among events: of a bucket, a trail, a bus, and of what is too large.
    let reading = fixture("sqs-pointers.json");
    assert_eq!(reading.record().status, SourceStatus::Partial);
    assert_eq!(reading.bot(), [THREE[0]]);
    assert_eq!(reading.audit().foreign_lines, 5);
    let whole = content("sqs-pointers.json").replace("[\\\"software", " [ \\\"software");
    assert_ne!(whole, content("sqs-pointers.json"));
    for kept in ["aws:s3\\", "s3ObjectKey", "Object Created", "PayloadS3Pointer"] {
        let messages: serde_json::Value = serde_json::from_str(&whole).unwrap();
        let mut one = messages.clone();
        one["Messages"]
            .as_array_mut()
            .unwrap()
            .retain(|message| message.to_string().contains(kept));
        assert_eq!(one["Messages"].as_array().unwrap().len(), 1, "{kept}");
        let reading = text(one.to_string().as_bytes());
        assert_eq!(reading.record().status, SourceStatus::Failed, "{kept}");
        assert!(reading.reason().contains("is not in it: give gradus the"), "{kept}");
        assert_eq!(reading.log(Plane::Aws).files_cut_short, 1, "{kept}");
    }
}

#[test]
fn messages_that_are_cut_or_odd_are_counted_and_as_many_as_a_queue_gives_may_not_be_all() {
    let reading = fixture("sqs-damaged.json");
    assert_eq!(reading.told(), "queue-messages partial 1/3");
    let defects = &reading.audit().defects;
    assert_eq!((defects.count(Defect::CutOff), defects.count(Defect::NotAnEvent)), (1, 2));
    let place = &defects.places()[0];
    let at = usize::try_from(place.byte.unwrap()).unwrap();
    assert!(content("sqs-damaged.json")[at..].split_once("\"q1\"").unwrap().0.len() < 60);
    let messages: serde_json::Value =
        serde_json::from_str(&content("cloudtrail-sqs.json")).unwrap();
    let message = messages["Messages"][0].clone();
    for (count, status) in [(9, SourceStatus::Read), (10, SourceStatus::Partial)] {
        let all = serde_json::json!({"Messages": vec![message.clone(); count]});
        let reading = text(all.to_string().as_bytes());
        assert_eq!(reading.record().status, status, "{}", reading.reason());
        assert_eq!(reading.log(Plane::Aws).repeated, count as u64 - 1);
    }
}

#[test]
fn messages_within_each_other_are_opened_to_a_depth_and_counted_beyond() {
    let inner = content("cloudtrail-eventbridge.jsonl").lines().next().unwrap().to_owned();
    let wrap = |message: String| {
        serde_json::json!({"Type": "Notification", "TopicArn": "t", "Message": message}).to_string()
    };
    let deep = |times: usize| (0..times).fold(inner.clone(), |message, _| wrap(message));
    assert_eq!(text(deep(4).as_bytes()).told(), "queue-messages read 1/0");
    let reading = text(deep(5).as_bytes());
    assert_eq!(reading.told(), "queue-messages failed 0/1");
    assert_eq!(reading.audit().defects.count(Defect::Undecodable), 1);
}

#[test]
fn records_that_the_producer_library_put_together_are_taken_apart() {
    let reading = fixture("kinesis-aggregated.json");
    // The third is not what its sum says.
    assert_eq!(reading.told(), "carried-log partial 3/1");
    assert_eq!(reading.bot(), THREE);
    assert_eq!((reading.audit().repeated, reading.audit().foreign_lines), (2, 1));
    assert_eq!(reading.audit().defects.count(Defect::Undecodable), 1);
}

#[test]
fn pipes_send_bare_lists_of_messages_and_of_records() {
    let event: serde_json::Value =
        serde_json::from_str(&content("cloudtrail-sqs-event.json")).unwrap();
    let reading = text(event["Records"].to_string().as_bytes());
    assert_eq!(reading.told(), "queue-messages read 3/0");
    assert_eq!(reading.role(), CALLS);
    let stream: serde_json::Value = serde_json::from_str(&content("eks-kinesis.json")).unwrap();
    let records = stream["Records"].as_array().unwrap().iter().map(|record| {
        let (data, number) = (&record["Data"], &record["SequenceNumber"]);
        serde_json::json!({"partitionKey": "p", "sequenceNumber": number, "data": data, "eventSource": "aws:kinesis", "awsRegion": "eu-west-1"})
    });
    let records = serde_json::Value::from_iter(records).to_string();
    let reading = text(records.as_bytes());
    assert_eq!(reading.told(), "carried-log read 3/0");
    assert_eq!(reading.bot(), THREE);
}
