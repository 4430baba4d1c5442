//! Damaged input: counted, located, and never the end.

use std::io::{Seek as _, SeekFrom, Write as _};

use super::*;
use crate::model::{activity::Defect, coverage::SourceStatus};

fn deletions(activity: &Activity) -> u64 {
    action(activity, "bot", "delete pods in shop").done.count
}

#[test]
fn one_bad_line_among_thousands_is_counted_and_located() {
    let mut all: Vec<_> = (0..5_000).map(|number| event(&number.to_string()).to_string()).collect();
    all[3_333] = "not JSON".to_owned();
    let (activity, record) = activity_and_record(all.join("\n"));
    assert_eq!(deletions(&activity), 4_999);
    assert_eq!((record.items, record.malformed), (4_999, 1));
    assert_eq!(record.status, SourceStatus::Partial);
    assert_eq!(
        record.reason.as_deref(),
        Some("1 of 5000 lines could not be read, the first at line 3334: not JSON")
    );
}

#[test]
fn every_kind_of_damage_has_its_name_and_place() {
    let good = event("a").to_string();
    let cut = good.get(..300).unwrap();
    let mut bytes = Vec::new();
    for line in [
        good.as_bytes(),
        b"\xff\xfe\x00bad",
        b"{\"kind\":\0}",
        format!("{good}{good}").as_bytes(),
        b"{\"kind\":\"Event\"}",
        b"[1,2,3]",
        b"{\"kind\":\"Event\",\"apiVersion\":\"v1\",\"stage\":\"ResponseComplete\",\"verb\":\"get\"}",
        good.replace("ResponseComplete", "SomethingNew").as_bytes(),
        good.replacen("\"verb\"", "\"auditID\":\"b\",\"verb\"", 1).as_bytes(),
        good.as_bytes(),
        cut.as_bytes(),
    ] {
        bytes.extend_from_slice(line);
        bytes.push(b'\n');
    }
    bytes.pop();
    let (activity, record) = activity_and_record(&bytes);
    assert_eq!(deletions(&activity), 2);
    assert_eq!(record.malformed, 9);
    let defects = &log(&activity).defects;
    assert_eq!(defects.count(Defect::NotUtf8), 1);
    assert_eq!(defects.count(Defect::NotJson), 2);
    assert_eq!(defects.count(Defect::NotAnEvent), 5);
    assert_eq!(defects.count(Defect::CutOff), 1);
    let places: Vec<_> =
        defects.places().iter().map(|(place, defect)| format!("{place} {defect}")).collect();
    assert_eq!(
        places,
        [
            "0.log:2 not UTF-8",
            "0.log:3 not JSON",
            "0.log:4 not JSON",
            "0.log:5 not an event",
            "0.log:6 not an event"
        ]
    );
    assert_eq!(log(&activity).lines, 11);
}

#[test]
fn damage_within_what_is_skipped_is_still_damage() {
    let good = with(event("a"), json!({"requestObject": {"spec": {"text": "value"}}})).to_string();
    for (from, to) in [
        ("\"value\"", "value"),
        ("\"value\"", "\"va\u{1}lue\""),
        ("\"value\"", "\"va\\ulue\""),
        ("\"value\"}", "\"value\"]"),
    ] {
        let (_, record) = activity_and_record(good.replace(from, to));
        assert_eq!((record.items, record.malformed), (0, 1), "{to}");
        assert_eq!(record.status, SourceStatus::Failed);
    }
}

#[test]
fn nesting_of_any_depth_is_no_danger() {
    let deep = format!("{}{}", "[".repeat(20_000), "]".repeat(20_000));
    let text = event("a").to_string();
    let text = text.replacen("{\"kind\"", &format!("{{\"responseObject\":{deep},\"kind\""), 1);
    let (activity, record) = activity_and_record(format!("{text}\n{deep}\n{}\n", event("b")));
    assert_eq!(deletions(&activity), 2);
    assert_eq!(record.malformed, 1);
}

#[test]
fn a_line_of_200_megabytes_is_passed_over_and_said_to_be() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("audit.log");
    let mut file = fs::File::create(&path).unwrap();
    writeln!(file, "{}", event("a")).unwrap();
    // A hole in the file: it takes no room and reads as zeros.
    file.seek(SeekFrom::Current(200 << 20)).unwrap();
    write!(file, "\n{}\n", event("b")).unwrap();
    let mut builder = ActivityBuilder::default();
    let record = read_file(&path, &mut builder, &Limits::default());
    let activity = builder.finish();
    assert_eq!(deletions(&activity), 2);
    assert_eq!(record.malformed, 1);
    assert_eq!(
        record.reason.as_deref(),
        Some("1 of 3 lines could not be read, the first at line 2: too long")
    );
    let places = action(&activity, "bot", "delete pods in shop").done.examples;
    assert_eq!(places.places()[1].to_string(), "audit.log:3");
}

#[test]
fn a_file_that_is_only_one_overlong_line_was_not_read() {
    let (activity, records) = read_all(
        &[format!("{{\"kind\":\"Event\",\"apiVersion\":\"audit.k8s.io/v1\",{:9000}", "")
            .as_bytes()],
        Caps::default(),
        &small(),
    );
    assert_eq!(records[0].status, SourceStatus::Failed);
    assert_eq!(log(&activity).defects.count(Defect::Overlong), 1);
}

#[test]
fn what_a_damaged_gzip_file_still_gives_counts() {
    let events: Vec<_> = (0..20_000).map(|number| event(&number.to_string())).collect();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(lines(&events).as_bytes()).unwrap();
    let mut bytes = gzip.finish().unwrap();
    bytes.truncate(bytes.len() / 2);
    let (activity, record) = activity_and_record(&bytes);
    assert!(deletions(&activity) > 1_000);
    assert_eq!(record.status, SourceStatus::Partial);
    assert!(record.reason.is_some());
    assert_eq!(log(&activity).files_cut_short, 1);
}

#[test]
fn an_empty_log_shows_nothing_and_is_no_trouble() {
    let (activity, record) = activity_and_record("");
    assert!(activity.is_empty());
    assert_eq!((record.status, record.items), (SourceStatus::Read, 0));
}

#[test]
fn a_file_that_is_not_there_is_a_failed_source() {
    let file = FileRef::from("does/not/exist.log");
    let mut builder = ActivityBuilder::default();
    let record = read(&file, &super::super::FORMATS[0], &mut builder, &Limits::default());
    assert_eq!(record.status, SourceStatus::Failed);
    assert!(record.reason.is_some());
}

#[test]
fn names_no_cluster_has_are_no_events() {
    let long = "x".repeat(2_000);
    let (_, record) = activity_and_record(lines(&[
        with(event("a"), json!({"user": {"username": long}})),
        with(event("a"), json!({"verb": long})),
        with(event("a"), json!({"objectRef": {"resource": "pods", "namespace": long}})),
    ]));
    assert_eq!((record.items, record.malformed), (0, 3));
}

#[test]
fn a_start_repeated_without_end_does_not_fill_memory() {
    let start =
        with(event("a"), json!({"verb": "watch", "stage": "ResponseStarted"})).to_string() + "\n";
    let caps = Caps { open_requests: 10, ..Caps::default() };
    let (activity, _) = read_all(&[start.repeat(500).as_bytes()], caps, &small());
    assert_eq!(log(&activity).requests, 500);
    assert!(log(&activity).stages_overlap);
}

#[test]
fn groups_that_cannot_be_read_leave_it_open_who_belongs_to_them() {
    let activity = activity_of(lines(&[with(
        event("a"),
        json!({"user": {"username": "bot", "groups": "admins"}}),
    )]));
    assert!(of(&activity, "bot").groups.has_more());
}
