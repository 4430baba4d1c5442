//! Anyone's own log, read by a mapping.

use std::{fs, path::PathBuf, process::Command};

use gradus::{
    model::{
        activity::{Activity, CallOutcome, DeciderKind, DecisionVerdict},
        coverage::{SourceRecord, SourceStatus},
    },
    scan::activity::{ActivityBuilder, Caps, Mapping, read_by},
    source::{error::SourceError, files::FileRef, limits::Limits},
};

use super::{call, decision};

const MAPPING: &str = "schema: gradus.mapping/v1
records:
  - kind: approval
    when: {event: approval.decided}
    fields:
      time: {path: ts, format: unixMillis}
      about.call: request.toolCallId
      verdict: {path: decision, values: {allow: approved, deny: rejected}}
      decider: {constant: person}
      by: {path: /actor/email, optional: true}
  - kind: toolCall
    when: {event: tool.done}
    fields:
      time: {path: ts, format: unixMillis}
      id: call.id
      tool: call.name
      arguments: call.input
      outcome: {path: call.ok, values: {'true': done, 'false': failed}}
";

const LOG: &str = r#"{"event":"approval.decided","ts":1790841600250,"request":{"toolCallId":"c-1"},"decision":"allow","actor":{"email":"ana@example.com"}}
{"event":"tool.done","ts":"1790841605000","call":{"id":"c-1","name":"pods_delete","input":{"name":"web-0"},"ok":true}}
{"event":"approval.decided","ts":1790841610000,"request":{"toolCallId":"c-2"},"decision":"maybe"}
{"event":"approval.decided","ts":"soon","request":{"toolCallId":"c-3"},"decision":"deny"}
{"event":"approval.decided","ts":1790841620000,"request":{},"decision":"deny"}
{"event":"tick"}
"#;

fn load(mapping: &str) -> Result<Mapping, SourceError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mapping.yaml");
    fs::write(&path, mapping).unwrap();
    Mapping::load(&FileRef { display: "mapping.yaml".into(), path }, &Limits::default())
}

fn read(mapping: &str) -> (Activity, SourceRecord) {
    read_log(mapping, LOG)
}

fn read_log(mapping: &str, log: &str) -> (Activity, SourceRecord) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    fs::write(&path, log).unwrap();
    let file = FileRef { display: "log".into(), path };
    let mut builder = ActivityBuilder::new(Caps::default());
    let record = read_by(&load(mapping).unwrap(), &file, &mut builder, &Limits::default());
    (builder.finish(), record)
}

#[test]
fn lines_become_records_by_the_rules_that_they_meet() {
    let (activity, _) = read(MAPPING);
    let approved = decision(&activity, "c-1");
    assert_eq!((approved.kind, approved.verdict), (DeciderKind::Person, DecisionVerdict::Approved));
    assert_eq!(approved.by.as_deref(), Some("ana@example.com"));
    assert_eq!(approved.time.map(|time| time.as_millisecond()), Some(1_790_841_600_250));
    let one = call(&activity, "c-1");
    assert_eq!((&*one.tool, one.outcome), ("pods_delete", CallOutcome::Done));
    assert!(one.arguments.digest.is_some());
}

#[test]
fn what_a_mapping_cannot_fill_in_is_a_defect_with_its_line() {
    let (activity, record) = read(MAPPING);
    assert_eq!((record.status, record.items, record.malformed), (SourceStatus::Partial, 2, 4));
    assert_eq!(activity.records.decisions.len(), 1);
    let reason = record.reason.unwrap();
    assert!(reason.contains("line 3: `verdict`: the line has a value"), "{reason}");
}

#[test]
fn a_line_that_says_something_twice_is_a_defect() {
    let log = LOG.replacen(r#""decision":"allow""#, r#""decision":"deny","decision":"allow""#, 1);
    let (activity, record) = read_log(MAPPING, &log);
    assert!(activity.records.decisions.is_empty());
    let reason = record.reason.unwrap();
    assert!(reason.contains("line 1: `decision` stands twice"), "{reason}");
}

#[test]
fn lines_that_no_rule_is_for_are_set_aside_only_where_the_mapping_says_so() {
    let (_, record) = read(&format!("{MAPPING}others: ignore\n"));
    assert_eq!(record.malformed, 3);
}

#[test]
fn a_mapping_that_says_what_no_record_has_is_an_error_with_its_place() {
    for (from, to, line, told) in [
        ("      by:", "      buy:", 10, "unknown key `buy`"),
        ("about.call", "about.cal", 7, "did you mean `call`?"),
        ("{constant: person}", "{values: {a: b}}", 9, "give one of `path` and `constant`"),
        ("kind: approval", "kind: aproval", 3, "aproval"),
        ("gradus.mapping/v1", "gradus.mapping/v2", 1, "the schema is not"),
        ("format: unixMillis", "formt: unixMillis", 6, "did you mean `format`?"),
    ] {
        let error = load(&MAPPING.replacen(from, to, 1)).unwrap_err();
        assert!(error.to_string().contains(told) || error.reason().contains(told), "{error:?}");
        assert_eq!(error.location.line, Some(line), "{error:?}");
    }
}

#[test]
fn a_workspace_names_the_mapping_of_its_logs() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path: PathBuf = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    let workspace = |source: &str| {
        format!(
            "apiVersion: gradus/v1\nkind: Workspace\nmetadata: {{name: test}}\nsources:\n  activity: [{source}]\n"
        )
    };
    let assess = || {
        Command::new(env!("CARGO_BIN_EXE_gradus"))
            .args(["assess", "-f", "json"])
            .arg(folder.path())
            .output()
            .unwrap()
    };
    write("logs/a.jsonl", LOG);
    write("logs/mapping.yaml", MAPPING);
    write("gradus.yaml", &workspace("{path: logs/, mapping: logs/mapping.yaml}"));
    let output = assess();
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let sources = json["coverage"]["sources"].as_array().unwrap();
    let mapped: Vec<_> = sources.iter().filter(|one| one["kind"] == "mapped-records").collect();
    let [one] = mapped.as_slice() else { panic!("{sources:#?}") };
    assert_eq!((&one["path"], &one["items"]), (&"logs/a.jsonl".into(), &2.into()));

    for (source, told) in [
        ("{path: logs/, mapping: logs/mapping.yaml, format: cloudtrail}", "`format` and `mapping`"),
        ("{path: logs/, mapping: logs/missing.yaml}", "missing.yaml"),
        ("{path: logs/, mapping: logs/}", "more than one file"),
    ] {
        write("gradus.yaml", &workspace(source));
        let output = assess();
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{error}");
        assert!(error.contains(told) && error.contains("gradus.yaml:5"), "{error}");
    }
    write("gradus.yaml", &workspace("{path: logs/a.jsonl, mapping: logs/mapping.yaml}"));
    write("logs/mapping.yaml", &MAPPING.replace("      by:", "      buy:"));
    let output = assess();
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{error}");
    assert!(error.contains("mapping.yaml:10") && error.contains("unknown key `buy`"), "{error}");
}

#[test]
fn incidents_of_a_ticket_system_become_records() {
    let mapping = "schema: gradus.mapping/v1
records:
  - kind: incident
    when: {type: incident}
    fields:
      time: {path: opened, format: unixSeconds}
      id: number
      severity: {path: priority, optional: true}
      agents: {path: causedBy, optional: true}
      resolved: {path: closed, format: unixSeconds, optional: true}
";
    let log = r#"{"type":"incident","opened":1790841600,"number":"INC-7","priority":"1 - Critical","causedBy":["fixer"],"closed":1790845200}
"#;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    fs::write(&path, log).unwrap();
    let file = FileRef { display: "log".into(), path };
    let mut builder = ActivityBuilder::new(Caps::default());
    let record = read_by(&load(mapping).unwrap(), &file, &mut builder, &Limits::default());
    assert_eq!(record.status, SourceStatus::Read, "{record:?}");
    let records = builder.finish().records;
    let incident = records.incidents.iter().next().unwrap();
    assert_eq!((&*incident.id, incident.severity.as_deref()), ("INC-7", Some("1 - Critical")));
    assert_eq!(incident.agents.as_deref(), Some(&["fixer".into()][..]));
}

#[test]
fn a_file_that_is_not_read_is_named_where_its_lines_were_to_be_mapped() {
    let (activity, record) = read_log(MAPPING, "PAR1\u{15}\u{4}\n");
    assert_eq!(record.status, SourceStatus::Failed);
    assert!(record.reason.unwrap().starts_with("it is Parquet, which gradus does not read"));
    assert!(activity.is_empty());
}
