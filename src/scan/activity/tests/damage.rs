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
    let bytes = all[..3_333].iter().map(|line| line.len() + 1).sum::<usize>();
    let (activity, record) = activity_and_record(all.join("\n"));
    assert_eq!(deletions(&activity), 4_999);
    assert_eq!((record.items, record.malformed), (4_999, 1));
    assert_eq!(record.status, SourceStatus::Partial);
    assert_eq!(
        record.reason.as_deref(),
        Some(&*format!("1 of 5000 lines could not be read: line 3334, byte {} (not JSON)", bytes))
    );
}

#[test]
fn places_in_a_compressed_log_are_those_of_the_text_that_it_holds() {
    let text = format!("{}\nnot JSON\n{}\n", event("a"), event("b"));
    let place = text.find("not JSON").unwrap();
    for packed in [packed(text.as_bytes()), zstd::bulk::compress(text.as_bytes(), 1).unwrap()] {
        let (activity, record) = activity_and_record(&packed);
        assert_eq!(deletions(&activity), 2);
        let reason = format!(
            "1 of 3 lines could not be read: line 2, byte {place} of the inflated text (not JSON)"
        );
        assert_eq!(record.reason, Some(reason));
    }
}

#[test]
fn every_reader_of_a_large_log_places_what_it_cannot_read() {
    let line = event("a").to_string();
    let mut text = String::new();
    let mut places = Vec::new();
    for number in 1..=9_000 {
        if number % 2_000 == 0 {
            places.push((number, text.len() as u64));
            text.push_str("not JSON\n");
        } else {
            text.push_str(&line);
            text.push('\n');
        }
    }
    // Stretches of the file are handed to several readers, whatever they begin with.
    let limits = Limits { line_bytes: 4_000, ..Limits::default() };
    let (activity, _) = read_all(&[text.as_bytes()], Caps::default(), &limits);
    let found = log(&activity).defects.places().iter();
    let found: Vec<_> = found.map(|at| (at.location.line.unwrap(), at.byte.unwrap())).collect();
    assert_eq!(found, places);
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
        b"7",
        b"{\"kind\":\"Event\",\"apiVersion\":\"v1\",\"stage\":\"ResponseComplete\",\"verb\":\"get\"}",
        good.replace("ResponseComplete", "SomethingNew").as_bytes(),
        good.replacen("\"verb\"", "\"auditID\":\"b\",\"verb\"", 1).as_bytes(),
        good.replace("audit.k8s.io/v1", "audit.k8s.io/v7").as_bytes(),
        good.as_bytes(),
        cut.as_bytes(),
    ] {
        bytes.extend_from_slice(line);
        bytes.push(b'\n');
    }
    bytes.pop();
    let (activity, record) = activity_and_record(&bytes);
    assert_eq!(deletions(&activity), 2);
    assert_eq!(record.malformed, 10);
    let defects = &log(&activity).defects;
    assert_eq!(defects.count(Defect::NotUtf8), 1);
    assert_eq!(defects.count(Defect::NotJson), 2);
    assert_eq!(defects.count(Defect::NotAnEvent), 5);
    assert_eq!(defects.count(Defect::CutOff), 1);
    assert_eq!(defects.count(Defect::UnknownVersion), 1);
    let places: Vec<_> =
        defects.places().iter().map(|at| format!("{} {}", at.location, at.defect)).collect();
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
    for at in defects.places() {
        let before = &bytes[..usize::try_from(at.byte.unwrap()).unwrap()];
        let lines = before.iter().filter(|byte| **byte == b'\n').count() as u32;
        assert_eq!((at.location.line, before.last()), (Some(lines + 1), Some(&b'\n')));
    }
    assert_eq!(log(&activity).lines, 12);
    let reason = record.reason.unwrap();
    assert!(reason.starts_with("10 of 12 lines could not be read: line 2, byte "), "{reason}");
    assert!(reason.ends_with("(not an event); and 5 more"), "{reason}");
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
    let begin = file.stream_position().unwrap();
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
        Some(&*format!("1 of 3 lines could not be read: line 2, byte {begin} (too long)"))
    );
    let places = action(&activity, "bot", "delete pods in shop").done.examples;
    assert_eq!(places.places().nth(1).unwrap().to_string(), "audit.log:3");
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
    let mut bytes = packed(lines(&events).as_bytes());
    bytes.truncate(bytes.len() / 2);
    let (activity, record) = activity_and_record(&bytes);
    assert!(deletions(&activity) > 1_000);
    assert_eq!(record.status, SourceStatus::Partial);
    assert!(record.reason.is_some());
    assert_eq!(log(&activity).files_cut_short, 1);
}

/// A gzip file that holds this.
fn packed(content: &[u8]) -> Vec<u8> {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(content).unwrap();
    gzip.finish().unwrap()
}

#[test]
fn a_gzip_file_with_a_wrong_sum_or_length_counts_but_is_not_trusted_to_be_whole() {
    let events: Vec<_> = (0..100).map(|number| event(&number.to_string())).collect();
    let whole = packed(lines(&events).as_bytes());
    assert_eq!(activity_and_record(&whole).1.status, SourceStatus::Read);
    // The trailer is the sum of the bytes and their number, four bytes each.
    for from_end in [8, 1] {
        let mut bytes = whole.clone();
        let at = bytes.len() - from_end;
        bytes[at] ^= 0x40;
        let (activity, record) = activity_and_record(&bytes);
        assert_eq!(deletions(&activity), 100, "{from_end}");
        assert_eq!(record.status, SourceStatus::Partial, "{from_end}");
        assert!(record.reason.unwrap().contains("cannot be read: corrupt gzip"), "{from_end}");
        assert_eq!(log(&activity).files_cut_short, 1, "{from_end}");
    }
}

#[test]
fn a_log_of_a_version_that_nobody_knows_is_counted_line_by_line_and_is_no_evidence() {
    let unknown = with(event("a"), json!({"apiVersion": "audit.k8s.io/v2"}));
    let list = json!({"kind": "EventList", "apiVersion": "audit.k8s.io/v2", "items": [event("b")]});
    let (activity, record) = activity_and_record(lines(&[unknown, list]));
    assert_eq!(record.status, SourceStatus::Failed);
    assert_eq!(log(&activity).defects.count(Defect::UnknownVersion), 2);
    let reason = record.reason.unwrap();
    assert!(reason.contains("line 1, byte 0 (of an unknown version)"), "{reason}");
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
