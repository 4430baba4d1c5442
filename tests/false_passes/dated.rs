//! Times that cannot be: what is dated after the assessment is evidence for nothing.

use std::fs;

use serde_json::Value;

use super::{Estate, status};

const LOG: &str = "logs/kube-apiserver-audit.log";

/// Adds a request of `user` that is dated next year.
fn date_ahead(estate: &Estate, user: &str) {
    let text = fs::read_to_string(estate.path(LOG)).unwrap();
    let own = text.lines().find(|line| line.contains(&format!("\"{user}\""))).unwrap();
    let ahead = own.replace("\"2026-11-", "\"2027-02-");
    assert_ne!(ahead, own);
    estate.add(LOG, format!("{text}{ahead}\n"));
}

#[test]
fn a_request_of_next_year_leaves_unknown_what_the_agent_did() {
    let estate = Estate::new();
    assert_eq!(estate.agent("reader@prod")["verdict"], "within");
    date_ahead(&estate, "system:serviceaccount:agents:reader");
    let reader = estate.agent("reader@prod");
    assert_eq!(reader["verdict"], "unproven");
    assert_eq!(reader["exercised"]["level"], Value::Null);
    let because = reader["exercised"]["because"].to_string();
    assert!(because.contains("requests of it are dated after the assessment"), "{because}");
}

#[test]
fn a_request_of_next_year_is_told_of_its_log() {
    let estate = Estate::new();
    date_ahead(&estate, "system:serviceaccount:agents:restarter");
    let folder = estate.0.path();
    let run = super::run(folder, &["assess", "samples", "-f", "json"]);
    run.ended(0);
    let assessment: Value = serde_json::from_str(&run.stdout).unwrap();
    let gaps = assessment["coverage"]["gaps"].as_array().unwrap();
    let told = gaps.iter().find(|gap| gap["reason"].to_string().contains("dated after"));
    let told = told.unwrap_or_else(|| panic!("{gaps:#?}"));
    assert!(told["reason"].as_str().unwrap().starts_with("1 event is"), "{told}");
    assert_eq!(told["location"]["path"], LOG);
    let sources = assessment["coverage"]["sources"].as_array().unwrap();
    let log = sources.iter().find(|source| source["path"] == LOG).unwrap();
    assert_eq!(log["status"], "partial");
    assert!(log["reason"].to_string().contains("1 event is dated after the assessment"), "{log}");
}

#[test]
fn people_who_vouch_from_the_future_vouch_for_nothing() {
    let estate = Estate::new();
    let severe = |estate: &Estate| {
        let fixer = estate.agent("fixer@prod");
        assert_ne!(status(&fixer, "TRK-02"), "pass");
        let criteria = fixer["criteria"].as_array().unwrap();
        let record = criteria.iter().find(|own| own["id"] == "TRK-03").unwrap();
        record["missing"].to_string().contains("record.severeIncidents")
    };
    assert!(!severe(&estate), "people vouch for every day");
    estate.change(
        "records/incidents.jsonl",
        r#""kind": "incidentReport", "time": "2026-11-21T22:05:00.000000Z""#,
        r#""kind": "incidentReport", "time": "2026-11-22T00:06:00.000000Z""#,
    );
    assert!(severe(&estate), "nobody does, at midnight");
    estate.change(
        "records/incidents.jsonl",
        "2026-11-22T00:06:00.000000Z",
        "2026-11-22T00:04:00.000000Z",
    );
    assert!(!severe(&estate), "clocks may differ by so much");
}
