//! What merges to what.

use std::fs;

use super::{logs, samples, summarize, support::gradus};

#[test]
fn any_split_of_the_samples_merges_to_the_summary_of_all() {
    let folder = samples();
    let folder = folder.path();
    let logs = logs(folder);
    assert!(logs.len() >= 3, "{logs:?}");
    let whole = fs::read(summarize(folder, &["logs"], "whole.summary")).unwrap();
    for parts in [2, logs.len()] {
        let mut summaries = Vec::new();
        for (at, files) in logs.chunks(logs.len().div_ceil(parts)).enumerate() {
            let files: Vec<&str> = files.iter().map(String::as_str).collect();
            let name = format!("{parts}-{at}.summary");
            summarize(folder, &files, &name);
            summaries.push(name);
        }
        // What is in the folder and no log is in the summary of all, as such.
        let mut summaries: Vec<&str> = summaries.iter().rev().map(String::as_str).collect();
        let others = ["logs/README.md", "logs/generate.py"];
        summaries.extend(others.into_iter().filter(|other| folder.join(other).exists()));
        let merged = fs::read(summarize(folder, &summaries, "merged.summary")).unwrap();
        assert_eq!(merged, whole, "{parts} parts");
    }
}

#[test]
fn logs_are_named_by_the_root_wherever_they_lie() {
    let (here, there) = (samples(), samples());
    let whole = fs::read(summarize(here.path(), &["logs"], "whole.json")).unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let root = there.path().to_str().unwrap();
    let logs = there.path().join("logs");
    let by_root =
        summarize(elsewhere.path(), &["--root", root, logs.to_str().unwrap()], "by-root.json");
    assert_eq!(fs::read(by_root).unwrap(), whole);
    let glob = format!("{root}/logs/*");
    let by_glob = summarize(elsewhere.path(), &["--root", root, &glob], "by-glob.json");
    assert_eq!(fs::read(by_glob).unwrap(), whole);
}

#[test]
fn standard_input_is_a_log_like_any_other() {
    let folder = samples();
    let log = logs(folder.path()).remove(0);
    let content = fs::read(folder.path().join(&log)).unwrap();
    fs::write(folder.path().join("stdin"), &content).unwrap();
    let from_file = fs::read(summarize(folder.path(), &["stdin"], "file.json")).unwrap();
    let output = gradus(folder.path())
        .args(["activity", "summarize", "-"])
        .write_stdin(content)
        .output()
        .unwrap();
    assert!(output.status.success());
    assert_eq!(output.stdout, from_file);
}

#[test]
fn the_same_summary_is_written_plain_and_compressed() {
    let folder = samples();
    let plain = fs::read(summarize(folder.path(), &["logs"], "a.json")).unwrap();
    let small = fs::read(summarize(folder.path(), &["logs"], "a.summary")).unwrap();
    assert!(small.len() * 3 < plain.len());
    let again = fs::read(summarize(folder.path(), &["a.summary"], "b.json")).unwrap();
    assert_eq!(again, plain);
}
