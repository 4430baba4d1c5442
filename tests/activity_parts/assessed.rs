//! A summary in the place of the logs.

use std::fs;

use super::{
    samples, summarize,
    support::{gradus, run},
};

#[test]
fn a_summary_is_assessed_as_its_logs_are_to_the_byte() {
    let folder = samples();
    let folder = folder.path();
    let of_logs = run(folder, &["assess", "-f", "json"]);
    assert_eq!(of_logs.code, Some(0), "{}", of_logs.stderr);
    assert!(of_logs.stdout.contains("kubernetes-audit"));
    let workspace = fs::read_to_string(folder.join("gradus.yaml")).unwrap();
    let entry = workspace.lines().find(|line| line.contains("activity: [")).unwrap();
    let patterns: Vec<&str> = entry.split('"').filter(|word| word.starts_with("logs/")).collect();
    summarize(folder, &patterns, "all.summary");
    let summarized = workspace.replace(entry, "  activity: [{path: all.summary},");
    fs::write(folder.join("gradus.yaml"), summarized).unwrap();
    fs::remove_dir_all(folder.join("logs")).unwrap();
    let of_summary = run(folder, &["assess", "-f", "json"]);
    assert_eq!(of_summary.code, Some(0), "{}", of_summary.stderr);
    similar(&of_logs.stdout, &of_summary.stdout);
}

/// Equal, or the first line that is not.
fn similar(one: &str, other: &str) {
    let differing = one.lines().zip(other.lines()).enumerate().find(|(_, (a, b))| a != b);
    assert!(one == other, "{differing:?}");
}

#[test]
fn a_summary_that_cannot_be_used_leaves_the_logs_unknown() {
    let folder = samples();
    let folder = folder.path();
    summarize(folder, &["logs"], "all.json");
    let text = fs::read_to_string(folder.join("all.json")).unwrap();
    fs::write(folder.join("all.json"), &text[..text.len() / 2]).unwrap();
    fs::write(
        folder.join("gradus.yaml"),
        "apiVersion: gradus/v1\nkind: Workspace\nmetadata: {name: acme}\nagents:\n  - name: bot\n    \
         environment: prod\n    tier: critical\n    owner: o\n    purpose: p\n    principals: \
         {kubernetes: [\"system:serviceaccount:ops:bot\"]}\nsources:\n  activity: [{path: all.json}]\n",
    )
    .unwrap();
    let run = run(folder, &["assess", "-f", "json"]);
    assert!(run.stdout.contains("it is cut off or was changed"), "{} {}", run.stdout, run.stderr);
    let value: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert!(value["agents"][0]["exercised"]["level"].is_null());
    assert_eq!(value["coverage"]["sources"][0]["status"], "failed");
}

/// 2026-11-10: what the logs of the samples show of later is dated ahead.
const EARLIER: &str = "1794268800";

fn earlier(folder: &std::path::Path) -> String {
    let output =
        gradus(folder).env("SOURCE_DATE_EPOCH", EARLIER).args(["assess", "-f", "json"]).output();
    let output = output.unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn what_is_dated_after_the_assessment_is_told_of_a_summary_as_of_its_logs() {
    let folder = samples();
    let folder = folder.path();
    let of_logs = earlier(folder);
    assert!(of_logs.contains("dated after the assessment in kubernetes logs"), "{of_logs}");
    let workspace = fs::read_to_string(folder.join("gradus.yaml")).unwrap();
    let entry = workspace.lines().find(|line| line.contains("activity: [")).unwrap();
    let patterns: Vec<&str> = entry.split('"').filter(|word| word.starts_with("logs/")).collect();
    summarize(folder, &patterns, "all.summary");
    let summarized = workspace.replace(entry, "  activity: [{path: all.summary},");
    fs::write(folder.join("gradus.yaml"), summarized).unwrap();
    fs::remove_dir_all(folder.join("logs")).unwrap();
    similar(&of_logs, &earlier(folder));
}

#[test]
fn what_is_dated_after_the_assessment_speaks_for_no_agent() {
    let folder = samples();
    let assessment: serde_json::Value = serde_json::from_str(&earlier(folder.path())).unwrap();
    let now: serde_json::Value =
        serde_json::from_str(&run(folder.path(), &["assess", "-f", "json"]).stdout).unwrap();
    let agents = |of: &serde_json::Value| of["agents"].as_array().unwrap().clone();
    let mut within = 0;
    for agent in agents(&assessment) {
        let same = agents(&now).into_iter().find(|own| own["id"] == agent["id"]).unwrap();
        let earned = |own: &serde_json::Value| own["earned"]["level"].as_u64().unwrap();
        assert!(earned(&agent) <= earned(&same), "{}", agent["id"]);
        // Nothing shows what they did: each of them is in the logs of later, too.
        assert_ne!(agent["verdict"], "within", "{}", agent["id"]);
        within += usize::from(same["verdict"] == "within");
    }
    assert!(within > 0, "later they are");
}
