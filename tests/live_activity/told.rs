//! What gradus tells of it.

use std::{collections::BTreeMap, fs};

use serde_json::Value;

use crate::{scenario::scenario, support::gradus};

/// The premise: the API server keeps the ids that the gateway sends.
#[test]
fn the_log_holds_the_ids_of_the_tool_calls() {
    let Some(scenario) = scenario() else { return };
    let log = fs::read_to_string(scenario.folder().join("audit.log")).unwrap();
    for id in ["toolu_scale", "toolu_delete", "toolu_itself", "toolu_image", "toolu_late"] {
        assert!(log.contains(&format!("\"auditID\":\"{id}\"")), "{id}");
    }
}

/// What gradus says of each change by the id of its call, and of the one without a call.
fn told() -> Option<(BTreeMap<String, Value>, Value)> {
    let scenario = scenario()?;
    // Today: what is dated after an assessment counts for nothing.
    let output = gradus(scenario.folder())
        .env_remove("SOURCE_DATE_EPOCH")
        .args(["assess", ".", "-f", "json"])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let assessment: Value = serde_json::from_slice(&output.stdout).unwrap();
    let agents = assessment["agents"].as_array().unwrap();
    let bot = agents.iter().find(|agent| agent["id"] == "bot@test").unwrap();
    let changes = bot["oversight"]["latest"].as_array().unwrap();
    let by_call = changes
        .iter()
        .map(|own| (own["call"].as_str().unwrap_or("none").to_owned(), own.clone()))
        .collect();
    Some((by_call, assessment))
}

#[test]
fn each_change_is_told_with_its_call_and_with_who_approved_it() {
    let Some((changes, _)) = told() else { return };
    for (call, approval, reason) in [
        ("toolu_scale", "approved", "by ann"),
        ("toolu_delete", "unapproved", "no decision is about it"),
        ("toolu_itself", "unapproved", "whoever made it approved it"),
        ("toolu_image", "approved", "by ann"),
        ("toolu_standing", "unapproved", "a permission that stands let it pass"),
        ("toolu_late", "unapproved", "it was approved after it was made"),
        ("none", "unapproved", "no decision is about it"),
    ] {
        let own = changes.get(call).unwrap_or_else(|| panic!("{call}: {changes:#?}"));
        assert_eq!(own["approval"], approval, "{call}: {own:#}");
        assert!(own["approvalReason"].as_str().unwrap().starts_with(reason), "{call}: {own:#}");
        let joined = if call == "none" { Value::Null } else { "by id".into() };
        assert_eq!(own["joined"], joined, "{call}");
    }
}

#[test]
fn the_message_and_the_way_back_belong_to_the_change_that_they_are_about() {
    let Some((changes, _)) = told() else { return };
    for (call, own) in &changes {
        let is_image = call == "toolu_image";
        assert_eq!(own["notifiedAfter"].is_number(), is_image, "{call}: {own:#}");
        let by_ann = own["reverted"].as_str().is_some_and(|how| how.starts_with("by ann"));
        assert_eq!(by_ann, is_image, "{call}: {own:#}");
    }
}

#[test]
fn what_only_looks_like_an_approval_is_a_finding() {
    let Some((_, assessment)) = told() else { return };
    let findings = assessment["findings"].as_array().unwrap();
    for rule in ["AGENT-SELF-APPROVED", "AGENT-STANDING", "AGENT-UNNOTIFIED"] {
        assert!(findings.iter().any(|found| found["rule"] == rule), "{rule}: {findings:#?}");
    }
}
