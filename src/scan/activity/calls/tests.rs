//! What holds for every format: lines and documents, damage, and files in any split.

use std::fs;

use proptest::prelude::*;

use crate::{
    model::{
        activity::{Activity, DeciderKind, Defect, LogSummary},
        capability::Plane,
        coverage::{SourceRecord, SourceStatus},
    },
    scan::activity::{ActivityBuilder, Caps, read, recognise},
    source::{files::FileRef, limits::Limits, read::head},
};

/// Reads files named `0.jsonl`, `1.jsonl` and so on, each into a builder of its own, and
/// merges these in the order given.
fn read_parts(contents: &[&str], order: &[usize]) -> (Activity, Vec<SourceRecord>) {
    let folder = tempfile::tempdir().unwrap();
    let mut all = ActivityBuilder::new(Caps::default());
    let mut records = Vec::new();
    for &number in order {
        let path = folder.path().join(format!("{number}.jsonl"));
        fs::write(&path, contents[number]).unwrap();
        let file = FileRef { display: format!("{number}.jsonl").into(), path };
        let format = recognise(&head(&file).unwrap()).expect("a format");
        let mut builder = ActivityBuilder::new(Caps::default());
        records.push(read(&file, format, &mut builder, &Limits::default()));
        all.merge(builder);
    }
    (all.finish(), records)
}

/// Reads one file.
pub(super) fn read_one(content: &str) -> (Activity, SourceRecord) {
    let (activity, mut records) = read_parts(&[content], &[0]);
    (activity, records.remove(0))
}

pub(super) fn log(activity: &Activity) -> &LogSummary {
    &activity.logs[&Plane::Mcp]
}

fn approval(call: &str, second: u8) -> String {
    format!(
        r#"{{"schema": "gradus.activity/v1", "kind": "approval", "time": "2026-10-01T08:00:{second:02}Z", "about": {{"call": "{call}"}}, "verdict": "approved", "decider": "person", "by": "ana@example.com"}}"#
    )
}

fn tool_call(id: &str, second: u8) -> String {
    format!(
        r#"{{"schema": "gradus.activity/v1", "kind": "toolCall", "time": "2026-10-01T08:00:{second:02}Z", "id": "{id}", "tool": "pods_delete", "arguments": {{"name": "web"}}, "outcome": "done"}}"#
    )
}

#[test]
fn every_bad_line_is_counted_and_placed_and_the_others_are_read() {
    let cut = tool_call("3", 3);
    let text = format!(
        "{}\nnot json\n\n{}{}\n{}\n[1]\n",
        tool_call("1", 1),
        tool_call("2", 2),
        approval("2", 2),
        &cut[..60],
    );
    let (activity, record) = read_one(&text);
    assert_eq!((activity.records.tool_calls.len(), activity.records.decisions.len()), (2, 1));
    let defects = &log(&activity).defects;
    let places: Vec<_> = defects.places().iter().map(|at| (at.location.line, at.defect)).collect();
    let expected =
        [(Some(2), Defect::NotJson), (Some(5), Defect::CutOff), (Some(6), Defect::NotAnEvent)];
    assert_eq!(places, expected);
    assert_eq!((record.status, record.items, record.malformed), (SourceStatus::Partial, 3, 3));
}

#[test]
fn a_list_over_many_lines_is_read_value_by_value() {
    let text = format!("[\n  {},\n  {}\n]\n", tool_call("1", 1), tool_call("2", 2));
    let (activity, record) = read_one(&text);
    let lines: Vec<_> = activity.records.tool_calls.iter().map(|call| call.place.line).collect();
    assert_eq!(lines, [Some(2), Some(3)]);
    assert_eq!(record.status, SourceStatus::Read);
}

#[test]
fn behind_a_broken_value_of_many_lines_reading_goes_on() {
    let whole = tool_call("1", 1).replace("{\"schema\"", "{\n\"schema\"");
    let text = format!("{whole}\n{}\n{whole}\n", &whole[..80]);
    let (activity, record) = read_one(&text);
    // The same call twice is one.
    assert_eq!(activity.records.tool_calls.len(), 1);
    assert_eq!((record.status, record.items, record.malformed), (SourceStatus::Partial, 2, 1));
}

#[test]
fn nothing_of_arguments_is_kept_but_digest_and_words() {
    let text = r#"{"schema": "gradus.activity/v1", "kind": "toolCall", "time": "2026-10-01T08:00:00Z", "tool": "login", "arguments": {"password": "hunter", "command": "login --token hunter prod"}}"#;
    let (activity, _) = read_one(text);
    assert!(!format!("{activity:?}").contains("hunter"));
    assert!(format!("{activity:?}").contains("prod"));
}

#[test]
fn what_is_wrong_with_a_record_is_told_with_the_nearest_key() {
    let text = approval("1", 1).replace("\"decider\"", "\"decidr\"");
    let (activity, record) = read_one(&text);
    assert!(activity.records.decisions.is_empty());
    let reason = record.reason.unwrap();
    assert!(reason.contains("unknown key `decidr`; did you mean `decider`?"), "{reason}");
}

#[test]
fn a_record_of_no_known_kind_is_a_defect() {
    for (text, told) in [
        (approval("1", 1).replace("\"approval\"", "\"aproval\""), "known here"),
        (approval("1", 1).replace("\"kind\": \"approval\", ", ""), "`kind` is missing"),
        (approval("1", 1).replace("\"person\"", "\"human\""), "human"),
        (approval("1", 1).replace("2026-10-01T08", "tomorrow T08"), ""),
    ] {
        let (activity, record) = read_one(&text);
        assert!(activity.records.is_empty(), "{text}");
        assert_eq!(record.malformed, 1, "{text}");
        assert!(record.reason.as_deref().unwrap_or_default().contains(told), "{record:?}");
    }
}

#[test]
fn approvals_keep_who_decided() {
    let (activity, _) = read_one(&approval("call_1", 1));
    let decision = activity.records.decisions.iter().next().unwrap();
    assert_eq!(decision.kind, DeciderKind::Person);
    assert_eq!(decision.by.as_deref(), Some("ana@example.com"));
    assert_eq!(decision.about.call.as_deref(), Some("call_1"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn files_merge_to_the_same_in_any_order(
        calls in prop::collection::vec((0u8..6, 0u8..60, any::<bool>()), 1..12),
        at in 0.0..1.0f64,
    ) {
        let lines: Vec<String> = calls
            .iter()
            .map(|(id, second, call)| {
                if *call { tool_call(&id.to_string(), *second) } else { approval(&id.to_string(), *second) }
            })
            .collect();
        let cut = 1 + (at * (lines.len() - 1) as f64) as usize;
        let (left, right) = (lines[..cut].join("\n"), lines[cut..].join("\n"));
        let parts: Vec<&str> = [left.as_str(), right.as_str()].into_iter().filter(|part| !part.is_empty()).collect();
        let forward: Vec<usize> = (0..parts.len()).collect();
        let backward: Vec<usize> = forward.iter().copied().rev().collect();
        prop_assert_eq!(read_parts(&parts, &forward).0, read_parts(&parts, &backward).0);
    }
}

/// What a container runtime makes of lines that it writes at ten o'clock.
fn printed(lines: &[String]) -> String {
    lines.iter().map(|line| format!("2026-10-01T10:00:00Z stdout F {line}\n")).collect()
}

#[test]
fn what_people_did_is_not_proven_by_what_a_program_printed() {
    let own = |kind: &str, more: &str| {
        format!(
            r#"{{"schema": "gradus.activity/v1", "kind": "{kind}", "time": "2026-10-01T08:00:00Z", {more}}}"#
        )
    };
    let about = r#""about": {"call": "1"}"#;
    let claims = [
        approval("1", 1),
        own("reversal", about),
        own("review", r#""by": ["ana@example.com"]"#),
        own("drill", r#""of": "stop", "worked": true"#),
        own("incident", r#""id": "INC-1", "severity": "sev-3", "agents": []"#),
        own(
            "incidentReport",
            r#""from": "2026-09-01", "to": "2026-09-30", "by": ["ana@example.com"], "incidents": []"#,
        ),
    ];
    for claim in claims {
        let (activity, record) = read_one(&printed(&[tool_call("1", 2), claim.clone()]));
        let rows = &activity.records;
        assert_eq!(rows.tool_calls.len(), 1, "{claim}");
        assert!(rows.decisions.is_empty() && rows.reversals.is_empty(), "{claim}");
        assert!(rows.reviews.is_empty() && rows.drills.is_empty(), "{claim}");
        assert!(rows.incidents.is_empty() && rows.incident_reports.is_empty(), "{claim}");
        assert_eq!(log(&activity).defects.total(), 1, "{claim}");
        assert!(format!("{record:?}").contains("proves nothing that people did"), "{record:?}");
    }
}

#[test]
fn a_message_that_a_program_printed_is_not_answered() {
    let message = r#"{"schema": "gradus.activity/v1", "kind": "notification", "time": "2026-10-01T08:00:00Z", "about": {"call": "1"}, "acknowledged": "2026-10-01T08:01:00Z", "acknowledgedBy": "ana@example.com"}"#;
    let (activity, _) = read_one(&printed(&[message.to_owned()]));
    let row = activity.records.notifications.iter().next().expect("the message");
    assert_eq!((row.acknowledged, &row.acknowledged_by), (None, &None));
    assert_eq!(log(&activity).defects.total(), 1);
    let (bare, _) = read_one(message);
    assert!(bare.records.notifications.iter().any(|row| row.acknowledged.is_some()));
}

#[test]
fn a_refusal_that_a_program_printed_still_speaks_against_the_call() {
    let refusal = approval("1", 1).replace("approved", "rejected");
    let (activity, _) = read_one(&printed(&[refusal]));
    assert_eq!((activity.records.decisions.len(), log(&activity).defects.total()), (1, 1));
}
