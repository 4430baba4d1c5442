//! What is told instead of being counted wrongly.

use std::fs;

use super::{logs, samples, summarize, support::run};

#[test]
fn summaries_that_share_a_log_and_more_are_refused_with_its_name() {
    let folder = samples();
    let folder = folder.path();
    let logs = logs(folder);
    summarize(folder, &[&logs[0]], "one.summary");
    summarize(folder, &[&logs[0], &logs[1]], "two.summary");
    let refused =
        run(folder, &["activity", "summarize", "one.summary", "two.summary", "-o", "x.summary"]);
    assert_eq!(refused.code, Some(2));
    assert!(refused.stderr.contains(&logs[0]), "{}", refused.stderr);
    assert!(!folder.join("x.summary").exists());
    // The same logs twice are no more than once.
    fs::copy(folder.join("two.summary"), folder.join("three.summary")).unwrap();
    let merged = summarize(folder, &["two.summary", "three.summary"], "y.summary");
    assert_eq!(fs::read(merged).unwrap(), fs::read(folder.join("two.summary")).unwrap());
}

#[test]
fn what_cannot_be_read_is_in_the_summary_and_told() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::write(folder.join("a.log"), "{\"what\": \"no log\"}\n{\"that\": \"is known\"}\n").unwrap();
    fs::write(folder.join("b.log.gz"), [0x1F, 0x8B, 8, 0, 1, 2, 3]).unwrap();
    let run = run(folder, &["activity", "summarize", "*.log*", "-o", "all.json"]);
    assert_eq!(run.code, Some(0));
    assert!(run.stderr.contains("a.log: not read"), "{}", run.stderr);
    assert!(run.stderr.contains("b.log.gz: not read"), "{}", run.stderr);
    let text = fs::read_to_string(folder.join("all.json")).unwrap();
    assert_eq!(text.matches("\"status\":\"failed\"").count(), 2, "{text}");
}

#[test]
fn a_path_that_leads_nowhere_is_an_error_of_usage() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in [&["nowhere.log"][..], &["--root", "nowhere", "."][..]] {
        let all = [&["activity", "summarize"][..], arguments].concat();
        let run = run(folder.path(), &all);
        assert_eq!(run.code, Some(2), "{arguments:?}: {}", run.stderr);
        assert!(run.stderr.contains("nowhere"), "{}", run.stderr);
    }
}
