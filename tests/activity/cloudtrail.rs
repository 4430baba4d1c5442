//! CloudTrail, from wherever it was taken.

use gradus::{
    model::{
        activity::{ActionKey, AwsCall, Target},
        capability::Plane,
        coverage::SourceStatus,
        principal::Principal,
    },
    rubric::{
        aws::{AccessLevel, AwsRules},
        oversight::OversightRules,
    },
    scan::activity::{recognise, set_aside},
};

use super::support::{CALLS, ROLE, content, fixture, fixtures, text};

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

/// Whatever the catalogue says to gain rights or to change something is judged as a change,
/// which takes a row of each; `readOnly` of a trail says otherwise.
#[test]
fn what_is_no_reading_is_kept_one_by_one_however_the_trail_marks_it() {
    let rules = AwsRules::embedded().unwrap();
    let oversight = OversightRules::load().unwrap();
    let is_noise = |action: &str| {
        let target = Target::Aws(AwsCall::default());
        oversight.is_noise(&ActionKey { verb: action.to_owned(), target })
    };
    let actions = rules.services().flat_map(|(_, service)| service.actions());
    let marked: Vec<&str> = actions
        .filter(|action| action.effect.is_mutating() && action.effect_known)
        .filter(|action| matches!(action.level, AccessLevel::List | AccessLevel::Read))
        .map(|action| action.name.as_str())
        .filter(|action| !is_noise(action))
        .chain(["sts:AssumeRole", "sts:AssumeRoot"])
        .collect();
    assert!(marked.len() > 15, "{marked:?}");
    let identity = format!(
        r#"{{"type":"AssumedRole","sessionContext":{{"sessionIssuer":{{"arn":"{ROLE}"}}}}}}"#
    );
    let records: Vec<String> = marked
        .iter()
        .map(|action| {
            let (service, name) = action.split_once(':').unwrap();
            format!(
                r#"{{"eventVersion":"1.11","userIdentity":{identity},"eventTime":"2026-11-01T10:00:00Z","eventSource":"{service}.amazonaws.com","eventName":"{name}","readOnly":true,"eventID":"{action}"}}"#
            )
        })
        .collect();
    let reading = text(format!(r#"{{"Records":[{}]}}"#, records.join(",")).as_bytes());
    let found = &reading.activity.principals[&Principal::Aws(ROLE.to_owned())];
    let kept: Vec<&str> = found.changes.iter().map(|row| row.action.verb.as_str()).collect();
    let lost: Vec<_> = marked.iter().filter(|action| !kept.contains(action)).collect();
    assert!(lost.is_empty(), "{lost:?}");
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

#[test]
fn the_request_that_began_a_session_tells_its_tags_and_whose_token_it_was() {
    let lines = content("cloudtrail-sessions.jsonl");
    let records: Vec<&str> = lines.lines().collect();
    let trail = format!("{{\"Records\":[{}]}}", records.join(","));
    for file in [lines.as_bytes(), trail.as_bytes()] {
        let reading = text(file);
        assert_eq!(reading.told(), "cloudtrail read 5/0");
        let sessions: Vec<_> = reading.activity.records.sessions.iter().collect();
        let [token, tagged] = sessions.as_slice() else { panic!("{sessions:#?}") };
        assert_eq!(token.subject.as_deref(), Some("system:serviceaccount:ops:bot"));
        assert_eq!(tagged.tags["agent"].as_ref(), "bot@prod");
        assert_eq!(tagged.parent, token.credential);
        let credential = |role: &str| {
            let arn = format!("arn:aws:iam::111122223333:role/{role}");
            let found = &reading.activity.principals[&Principal::Aws(arn)];
            let terminated =
                found.changes.iter().find(|row| row.action.verb.ends_with("Instances"));
            terminated.unwrap().trace.credential.clone()
        };
        assert_eq!(credential("bot").as_deref(), token.credential.as_deref());
        assert_eq!(credential("deploy").as_deref(), tagged.credential.as_deref());
        // No credential is kept, and nothing of a token.
        let all = format!("{:?}", reading.activity);
        assert!(!all.contains("ASIAEXAMPLE") && !all.contains("EXAMPLETOKEN"));
    }
}

#[test]
fn a_session_that_stands_in_two_files_is_one() {
    let lines = content("cloudtrail-sessions.jsonl");
    let first = lines.lines().next().unwrap();
    let twice = format!("{first}\n{}\n", first.replace("\"e-1\"", "\"e-9\""));
    assert_eq!(text(twice.as_bytes()).activity.records.sessions.len(), 1);
}

#[test]
fn a_record_of_a_version_that_nobody_knows_is_no_evidence() {
    let newer = content("cloudtrail-sessions.jsonl").replace("\"1.11\"", "\"2.0\"");
    let reading = text(newer.as_bytes());
    assert_eq!(reading.told(), "cloudtrail failed 0/5");
    assert!(reading.reason().contains("line 1, byte 0 (of an unknown version)"));
}
