//! Logs of agents within something else: a container runtime's wrapping, and what
//! collectors and query services hold.

use gradus::model::{
    activity::{Activity, CallOutcome, DeciderKind},
    capability::Plane,
    coverage::SourceStatus,
    location::Location,
};
use serde_json::{Value, json};

use super::{call, content, decision, read_one, read_texts, seconds};

/// Fixtures with an entry a line.
const LINES: [(&str, &str); 7] = [
    ("claude-code-telemetry.jsonl", "opentelemetry"),
    ("codex-telemetry.jsonl", "opentelemetry"),
    ("genai-spans.jsonl", "opentelemetry"),
    ("claude-code-transcript.jsonl", "claude-code-transcript"),
    ("codex-rollout.jsonl", "codex-rollout"),
    ("agent-audit-trail.jsonl", "agent-audit-trail"),
    ("openai-agents.jsonl", "openai-agents-trace"),
];

/// All calls and decisions, without where they stand.
fn placeless(activity: &Activity) -> Vec<String> {
    let nowhere = Location::file("");
    let calls = activity.records.tool_calls.iter().cloned().map(|mut row| {
        row.place = nowhere.clone();
        format!("{row:?}")
    });
    let decisions = activity.records.decisions.iter().cloned().map(|mut row| {
        row.place = nowhere.clone();
        format!("{row:?}")
    });
    calls.chain(decisions).collect()
}

/// When the runtime wrote each line; before any of them says that something was.
const STAMP: &str = "2026-01-01T10:11:12.123456789Z";

/// Each line in pieces of 700 bytes, as containerd writes them, with a message of the
/// program itself in between.
fn cri(lines: &str) -> String {
    let mut wrapped = String::new();
    for line in lines.lines() {
        let characters: Vec<char> = line.chars().collect();
        let mut pieces = characters.chunks(700).peekable();
        while let Some(piece) = pieces.next() {
            let tag = if pieces.peek().is_some() { "P" } else { "F" };
            let piece: String = piece.iter().collect();
            wrapped.push_str(&format!("{STAMP} stdout {tag} {piece}\n"));
        }
        wrapped.push_str(&format!("{STAMP} stderr F starting\n"));
    }
    wrapped
}

fn docker(lines: &str) -> String {
    let entry = |line: &str| {
        let log = format!("{line}\n");
        json!({"log": log, "stream": "stdout", "time": STAMP}).to_string() + "\n"
    };
    lines.lines().map(entry).collect()
}

#[test]
fn a_log_that_a_container_prints_is_read_as_it_was_printed() {
    for (name, format) in LINES {
        let bare = read_one(name, format);
        let lines = content(name);
        for (wrapping, wrapped) in [("cri", cri(&lines)), ("docker", docker(&lines))] {
            let (activity, records) = read_texts(&[(name, &wrapped)]);
            assert_eq!(records[0].kind, format, "{name} {wrapping}");
            assert_eq!(records[0].malformed, 0, "{name} {wrapping}: {records:?}");
            assert_eq!(placeless(&activity), placeless(&bare), "{name} {wrapping}");
        }
        let (activity, _) = read_texts(&[(name, &cri(&lines))]);
        let log = &activity.logs[&Plane::Mcp];
        let own = bare.logs[&Plane::Mcp].foreign_lines;
        assert_eq!(log.foreign_lines, own + lines.lines().count() as u64, "{name}");
    }
}

#[test]
fn a_decision_counts_from_when_the_runtime_wrote_it_down() {
    let lines = content("claude-code-telemetry.jsonl");
    let stamp = "2027-01-01T00:00:00Z";
    for wrapped in [cri(&lines), docker(&lines)] {
        let (activity, _) = read_texts(&[("log", &wrapped.replace(STAMP, stamp))]);
        let times: Vec<_> = activity.records.decisions.iter().filter_map(|row| row.time).collect();
        assert!(!times.is_empty());
        assert!(times.iter().all(|time| time.to_string() == stamp), "{times:?}");
    }
}

#[test]
fn an_entry_that_the_runtime_cut_off_is_counted_and_located() {
    let whole = cri(&content("claude-code-telemetry.jsonl"));
    let (head, _) = whole.split_once(" stdout F ").unwrap();
    let begin = head.lines().next_back().unwrap();
    let cut = &head[..head.len() - begin.len()];
    let (activity, records) = read_texts(&[("cut", cut)]);
    assert_eq!((records[0].status, records[0].malformed), (SourceStatus::Failed, 1));
    let place = &activity.logs[&Plane::Mcp].defects.places()[0];
    assert_eq!((place.location.line, place.byte), (Some(1), Some(0)));
}

/// Entries that say by themselves what they are, in every envelope.
fn envelopes(lines: &str) -> Vec<(&'static str, String)> {
    let all = |wrap: &dyn Fn(usize, &str) -> Value| -> Vec<Value> {
        lines.lines().enumerate().map(|(at, line)| wrap(at, line)).collect()
    };
    let each = |wrap: &dyn Fn(usize, &str) -> Value| -> String {
        all(wrap).iter().map(|value| format!("{value}\n")).collect()
    };
    let parsed = |line: &str| serde_json::from_str::<Value>(line).unwrap();
    vec![
        (
            "cloudwatch-logs",
            json!({"events": all(&|at, line| json!({
                "logStreamName": "sre-bot", "timestamp": 1_793_527_200_000_u64, "message": line,
                "ingestionTime": 1_793_527_201_000_u64, "eventId": at.to_string(),
            }))})
            .to_string(),
        ),
        (
            "loki",
            json!({"streams": [{"stream": {"app": "sre-bot"}, "values":
                all(&|_, line| json!(["1793527200000000000", line]))}]})
            .to_string(),
        ),
        (
            "elasticsearch",
            json!({"hits": {"total": {"value": lines.lines().count()}, "hits":
                all(&|at, line| json!({"_id": at.to_string(), "_source": parsed(line)}))}})
            .to_string(),
        ),
        ("splunk", each(&|_, line| json!({"result": {"_raw": line, "host": "a"}}))),
        (
            "wrapped-log",
            each(&|_, line| json!({"date": 1.5, "log": line, "kubernetes": {"pod_name": "a"}})),
        ),
        (
            "prefixed-lines",
            lines.lines().map(|line| format!("2026-10-01T10:11:12.123Z {line}\n")).collect(),
        ),
        // The line of a container runtime, as CloudWatch's agent ships it.
        (
            "splunk",
            each(&|_, line| json!({"_raw": format!("2026-10-01T10:11:12.12345Z stdout F {line}")})),
        ),
    ]
}

#[test]
fn entries_that_say_what_they_are_are_read_in_every_envelope() {
    for (name, format) in &LINES[..3] {
        let bare = read_one(name, format);
        assert!(!placeless(&bare).is_empty());
        for (kind, wrapped) in envelopes(&content(name)) {
            let (activity, records) = read_texts(&[(name, &wrapped)]);
            assert_eq!(records[0].kind, kind, "{name}");
            assert_eq!(records[0].status, SourceStatus::Read, "{name} {kind}: {records:?}");
            assert_eq!(placeless(&activity), placeless(&bare), "{name} in {kind}");
            let log = &activity.logs[&Plane::Mcp];
            let own = &bare.logs[&Plane::Mcp];
            assert_eq!((log.files, log.events), (1, own.events), "{name} in {kind}");
        }
    }
}

const CALL: &str = r#"{"schema":"gradus.activity/v1","kind":"toolCall","time":"2026-10-01T08:00:07Z","id":"call_7","tool":"pods_delete","outcome":"done"}"#;
const APPROVAL: &str = r#"{"schema":"gradus.activity/v1","kind":"approval","time":"2026-10-01T08:00:08Z","about":{"call":"call_7"},"verdict":"approved","decider":"person","by":"ana@example.com"}"#;

#[test]
fn records_of_ones_own_are_read_in_every_envelope_and_once() {
    for (kind, wrapped) in envelopes(CALL) {
        let (activity, records) = read_texts(&[("one", &wrapped), ("two", &wrapped)]);
        assert_eq!((&*records[0].kind, records[0].items), (kind, 1), "{records:?}");
        assert_eq!(activity.records.tool_calls.len(), 1, "{kind}");
        assert_eq!(&*call(&activity, "call_7").tool, "pods_delete", "{kind}");
    }
}

#[test]
fn an_approval_out_of_an_envelope_is_none_and_that_is_told() {
    for (kind, wrapped) in envelopes(&format!("{CALL}\n{APPROVAL}")) {
        let (activity, records) = read_texts(&[("log", &wrapped)]);
        assert!(activity.records.decisions.is_empty(), "{kind}");
        assert_eq!((records[0].items, records[0].malformed), (1, 1), "{kind}: {records:?}");
        let reason = records[0].reason.as_deref().unwrap_or_default();
        assert!(reason.contains("proves nothing that people did"), "{kind}: {reason}");
    }
    let (activity, _) = read_texts(&[("log", APPROVAL)]);
    assert_eq!(decision(&activity, "call_7").kind, DeciderKind::Person, "in a file of its own");
}

#[test]
fn a_message_that_is_said_twice_and_a_drill_that_stands_in_two_files_are_one_each() {
    let records = r#"{"schema":"gradus.activity/v1","kind":"drill","time":"2026-10-06T09:00:00Z","of":"stop","worked":true}
{"schema":"gradus.activity/v1","kind":"notification","time":"2026-10-06T09:00:00Z","about":{"call":"a"},"sink":"slack #ops"}
"#;
    let again = format!("{records}{records}");
    let (activity, _) = read_texts(&[("one", records), ("two", &again)]);
    assert_eq!((activity.records.drills.len(), activity.records.notifications.len()), (1, 1));
}

#[test]
fn a_record_that_cannot_be_read_is_a_defect_of_its_envelope_with_its_problem() {
    for broken in [
        CALL.replace("outcome", "outcame"),
        CALL.replace("gradus.activity/v1", "gradus.activity/v9"),
    ] {
        for (kind, wrapped) in envelopes(&format!("{CALL}\n{broken}")) {
            let (activity, records) = read_texts(&[("log", &wrapped)]);
            assert_eq!((records[0].items, records[0].malformed), (1, 1), "{kind}: {records:?}");
            let reason = records[0].reason.as_deref().unwrap();
            assert!(reason.contains("outcame") || reason.contains("schema"), "{kind}: {reason}");
            assert_eq!(activity.logs[&Plane::Mcp].defects.total(), 1, "{kind}");
        }
    }
}

/// What the collector's exporters for CloudWatch and Elasticsearch make of a log record:
/// attributes are members.
const PLAIN: [&str; 2] = [
    r#"{"body":"claude_code.tool_result","attributes":{"event.name":"tool_result","event.timestamp":"2026-10-01T08:00:03Z","session.id":"s-1","tool_name":"Bash","tool_use_id":"toolu_1","success":"true","duration_ms":"1000"},"resource":{"service.name":"claude-code"},"trace_id":""}"#,
    r#"{"@timestamp":"2026-10-01T08:00:03Z","body":{"text":"claude_code.tool_result"},"attributes":{"event.name":"tool_result","session.id":"s-1","tool_name":"Bash","tool_use_id":"toolu_1","success":true,"duration_ms":1000},"resource":{"attributes":{"service.name":"claude-code"}}}"#,
];

#[test]
fn a_log_record_with_plain_attributes_is_an_event_of_its_client() {
    for line in PLAIN {
        for (kind, wrapped) in envelopes(line) {
            let (activity, records) = read_texts(&[("log", &wrapped)]);
            assert_eq!((&*records[0].kind, records[0].malformed), (kind, 0), "{records:?}");
            let row = call(&activity, "toolu_1");
            assert_eq!((&*row.tool, row.outcome), ("Bash", CallOutcome::Done), "{kind}");
            assert_eq!(seconds(row), [Some(2), Some(2), Some(3)], "{kind}");
            assert_eq!(row.caller.session.as_deref(), Some("s-1"), "{kind}");
        }
    }
}

#[test]
fn what_other_programs_log_is_no_entry_of_an_agent() {
    let other = r#"{"body":"login","attributes":{"event.name":"user.login"},"resource":{"service.name":"shop"}}"#;
    let (kind, wrapped) = envelopes(&format!("{}\n{other}", PLAIN[0])).swap_remove(1);
    let (activity, records) = read_texts(&[("log", &wrapped)]);
    assert_eq!((&*records[0].kind, records[0].items, records[0].malformed), (kind, 1, 0));
    assert_eq!(activity.logs[&Plane::Mcp].foreign_lines, 1);
}
