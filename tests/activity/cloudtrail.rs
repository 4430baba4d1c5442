//! CloudTrail, from wherever it was taken.

use gradus::{
    model::{capability::Plane, coverage::SourceStatus},
    scan::activity::{recognise, set_aside},
};

use super::support::{CALLS, content, fixture, fixtures, text};

#[test]
fn records_are_the_same_wherever_they_come_from() {
    for (name, kind) in [
        ("cloudtrail-cloudwatch.json", "cloudwatch-logs"),
        ("cloudtrail-eventbridge.jsonl", "cloudtrail"),
        ("cloudtrail-lake.json", "cloudtrail-rows"),
        ("cloudtrail-athena.json", "cloudtrail-rows"),
        ("cloudtrail-athena.csv", "cloudtrail-rows"),
        ("cloudtrail-flat.csv", "cloudtrail-rows"),
        ("cloudtrail-flat.jsonl", "cloudtrail-rows"),
    ] {
        let reading = fixture(name);
        assert_eq!(reading.told(), format!("{kind} read 3/0"), "{name}");
        assert_eq!(reading.role(), CALLS, "{name}");
        let log = reading.log(Plane::Aws);
        assert_eq!((log.recorded.reads, log.recorded.writes), (1, 2), "{name}");
        assert_eq!(log.window.unwrap().first.to_string(), "2026-11-01T10:00:00Z", "{name}");
    }
}

#[test]
fn a_query_of_lake_that_has_not_ended_is_not_all() {
    let reading = fixture("cloudtrail-lake-event-json.json");
    assert_eq!(reading.told(), "cloudtrail-rows partial 3/0");
    assert_eq!(reading.role(), CALLS);
    assert!(reading.reason().contains("`RUNNING`"), "{}", reading.reason());
}

#[test]
fn a_record_that_stands_in_several_sources_counts_once() {
    let reading = fixtures(&[
        "cloudtrail-cloudwatch.json",
        "cloudtrail-athena.csv",
        "cloudtrail-lake.json",
        "cloudtrail-eventbridge.jsonl",
    ]);
    assert_eq!(reading.role(), CALLS);
    assert_eq!(reading.log(Plane::Aws).repeated, 9);
}

#[test]
fn an_identity_that_can_be_read_in_two_ways_is_nobody_s() {
    let reading = fixture("cloudtrail-ambiguous.csv");
    assert_eq!(reading.record().status, SourceStatus::Failed);
    assert!(reading.role().is_empty());
    assert_eq!(reading.log(Plane::Aws).defects.total(), 1);
}

#[test]
fn a_table_that_does_not_tell_refused_calls_from_others_is_not_all() {
    for name in ["cloudtrail-athena.csv", "cloudtrail-athena.json", "cloudtrail-flat.csv"] {
        let reading = text(content(name).replace("errorcode", "errorclass").as_bytes());
        assert_eq!(reading.told(), "cloudtrail-rows partial 3/0", "{name}");
        assert!(reading.reason().contains("`errorcode`"), "{name}: {}", reading.reason());
    }
}

#[test]
fn digests_and_insights_are_set_aside_and_say_why() {
    for (name, why) in
        [("cloudtrail-digest.json", "a digest"), ("cloudtrail-insight.json", "CloudTrail Insights")]
    {
        let content = content(name);
        assert!(recognise(content.as_bytes()).is_none(), "{name}");
        let reason = set_aside(content.as_bytes()).unwrap();
        assert!(reason.starts_with(why), "{reason}");
    }
    assert_eq!(set_aside(content("cloudtrail-lake.json").as_bytes()), None);
}
