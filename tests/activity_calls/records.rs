//! gradus' own records, as their documentation shows them.

use gradus::model::{
    activity::{DeciderKind, DrillOf},
    coverage::SourceStatus,
};

use super::{call, decision, read_texts};

#[test]
fn every_example_of_the_documentation_is_read() {
    let text = include_str!("../../docs/activity-records.md");
    let mut within = false;
    let mut examples = String::new();
    for line in text.lines() {
        match line {
            "```json" => within = true,
            "```" => within = false,
            line if within => {
                examples.push_str(line);
                examples.push('\n');
            }
            _ => {}
        }
    }
    let (activity, records) = read_texts(&[("a", &examples)]);
    assert_eq!(records[0].status, SourceStatus::Read, "{records:?}");
    let all = &activity.records;
    assert_eq!(
        [
            all.tool_calls.len(),
            all.decisions.len(),
            all.notifications.len(),
            all.reversals.len(),
            all.reviews.len(),
            all.drills.len(),
            all.incidents.len(),
            all.incident_reports.len()
        ],
        [1; 8]
    );
    assert!(call(&activity, "call_7").began.is_some());
    assert_eq!(decision(&activity, "call_7").kind, DeciderKind::Person);
    assert_eq!(all.drills.iter().next().map(|drill| drill.of), Some(DrillOf::Stop));
}

/// What is wrong with the only line of a file.
fn wrong(line: &str) -> String {
    let (activity, records) = read_texts(&[("a", &format!("{line}\n"))]);
    assert!(activity.records.is_empty(), "{line}");
    records[0].reason.clone().unwrap_or_default()
}

#[test]
fn an_incident_that_ends_before_it_begins_is_none() {
    let told = r#"{"schema": "gradus.activity/v1", "kind": "incident", "time": "2026-10-07T02:10:00Z", "id": "INC-1", "resolved": "2026-10-07T02:09:59Z"}"#;
    assert!(wrong(told).contains("`resolved` is before `time`"), "{}", wrong(told));
}

#[test]
fn a_report_of_incidents_says_which_there_were_and_of_which_days() {
    let told = r#"{"schema": "gradus.activity/v1", "kind": "incidentReport", "time": "2026-10-08T07:00:00Z", "from": "2026-10-07", "to": "2026-10-01", "by": ["ana@example.com"], "incidents": []}"#;
    assert!(wrong(told).contains("`to` is before `from`"), "{}", wrong(told));
    let silent = told.replace(r#", "incidents": []"#, "");
    assert!(wrong(&silent).contains("incidents"), "{}", wrong(&silent));
}
