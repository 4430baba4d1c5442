//! Logs of agents, their clients and gateways, each format on a fixture of its own.

#![expect(clippy::panic, clippy::unwrap_used, reason = "a test that cannot be set up must stop")]

mod clients;
mod gateways;
mod mappings;
mod records;
mod spans;
mod traces;
mod wrapped;

use std::{fs, path::Path};

use gradus::{
    model::{
        activity::{Activity, CallOutcome, Decision, ToolCall},
        capability::Plane,
        coverage::{SourceRecord, SourceStatus},
    },
    scan::activity::{ActivityBuilder, Caps, read, recognise},
    source::{files::FileRef, limits::Limits, read::head},
};

/// The text of a fixture.
fn content(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/calls");
    fs::read_to_string(folder.join(name)).unwrap()
}

/// Reads fixtures in the order given, under names that tell nothing.
fn read_all(names: &[&str]) -> (Activity, Vec<SourceRecord>) {
    let contents: Vec<_> = names.iter().map(|name| content(name)).collect();
    read_texts(
        &contents.iter().zip(names).map(|(text, name)| (*name, text.as_str())).collect::<Vec<_>>(),
    )
}

/// Reads texts as files of these names, each into a builder that is merged.
fn read_texts(files: &[(&str, &str)]) -> (Activity, Vec<SourceRecord>) {
    let folder = tempfile::tempdir().unwrap();
    let mut all = ActivityBuilder::new(Caps::default());
    let mut records = Vec::new();
    for (name, content) in files {
        let path = folder.path().join("file");
        fs::write(&path, content).unwrap();
        let file = FileRef { display: (*name).into(), path };
        let format =
            recognise(&head(&file).unwrap()).unwrap_or_else(|| panic!("no format: {name}"));
        let mut builder = ActivityBuilder::new(Caps::default());
        records.push(read(&file, format, &mut builder, &Limits::default()));
        all.merge(builder);
    }
    (all.finish(), records)
}

/// Reads one fixture, which has no defect and is of this format.
fn read_one(name: &str, format: &str) -> Activity {
    let (activity, records) = read_all(&[name]);
    assert_eq!(records[0].kind, format);
    assert_eq!((records[0].status, records[0].malformed), (SourceStatus::Read, 0), "{records:?}");
    activity
}

fn call<'a>(activity: &'a Activity, id: &str) -> &'a ToolCall {
    let calls = &activity.records.tool_calls;
    let found: Vec<_> = calls.iter().filter(|call| call.id.as_deref() == Some(id)).collect();
    let [one] = found.as_slice() else { panic!("{id}: {found:#?} of {calls:#?}") };
    one
}

fn calls_of<'a>(activity: &'a Activity, tool: &str) -> Vec<&'a ToolCall> {
    activity.records.tool_calls.iter().filter(|call| &*call.tool == tool).collect()
}

fn decisions_on<'a>(activity: &'a Activity, id: &str) -> Vec<&'a Decision> {
    let about = |decision: &&Decision| decision.about.call.as_deref() == Some(id);
    activity.records.decisions.iter().filter(about).collect()
}

fn decision<'a>(activity: &'a Activity, id: &str) -> &'a Decision {
    let found = decisions_on(activity, id);
    let [one] = found.as_slice() else { panic!("{id}: {found:#?}") };
    one
}

fn words(call: &ToolCall) -> Vec<&str> {
    call.arguments.words.iter().map(|word| &**word).collect()
}

fn seconds(call: &ToolCall) -> [Option<i64>; 3] {
    [call.time, call.began, call.end].map(|time| time.map(|time| time.as_second() - START))
}

/// 2026-10-01T08:00:00Z, when every fixture begins.
const START: i64 = 1_790_841_600;

#[test]
fn every_fixture_is_counted_under_the_plane_of_tools() {
    let (activity, records) = read_all(&["claude-code-telemetry.jsonl", "codex-rollout.jsonl"]);
    let log = &activity.logs[&Plane::Mcp];
    assert_eq!((log.files, log.lines, log.foreign_lines), (2, 13, 1));
    assert_eq!(log.events, records.iter().map(|record| record.items).sum::<u64>());
    assert!(log.window.is_some());
}

#[test]
fn a_format_by_name_reads_what_its_content_does_not_show() {
    let format = gradus::scan::activity::format("claude-code-transcript").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    fs::write(&path, "not json\n").unwrap();
    let file = FileRef { display: "file".into(), path };
    let mut builder = ActivityBuilder::new(Caps::default());
    let record = read(&file, format, &mut builder, &Limits::default());
    assert_eq!((record.status, record.malformed), (SourceStatus::Failed, 1));
}

#[test]
fn no_argument_and_no_answer_is_kept() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/calls");
    let mut names: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let (activity, records) = read_all(&names);
    assert!(records.iter().all(|record| record.malformed == 0), "{records:#?}");
    let all = format!("{activity:?}");
    for secret in ["hunter2secret", "--token", "stopping", "The pod crashes"] {
        assert!(!all.contains(secret), "{secret}");
    }
    assert!(activity.records.tool_calls.iter().any(|call| call.outcome == CallOutcome::Done));
}
