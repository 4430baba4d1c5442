//! A summary in the place of the logs.

use std::fs;

use super::{samples, summarize, support::run};

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
