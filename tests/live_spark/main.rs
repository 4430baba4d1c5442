//! gradus on a real cluster of Spark: a master, a worker, and the job of `deploy/spark/`.
//! `docs/live-tests.md`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot be set up must stop"
)]

mod cluster;
#[path = "../support/mod.rs"]
mod support;

use std::{fs, path::Path};

use cluster::Cluster;
use flate2::{Compression, write::GzEncoder};
use support::run;

/// Logs of every kind that a share may hold: those of the samples, some copies and
/// pieces of them, one cut off in its middle, one that is no log, and an empty one.
fn logs(folder: &Path) {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/logs");
    support::copy(&samples, &folder.join("logs/first"));
    let audit = fs::read_to_string(samples.join("kube-apiserver-audit.log")).unwrap();
    let lines: Vec<&str> = audit.lines().collect();
    fs::create_dir_all(folder.join("logs/a folder/b=1")).unwrap();
    for (at, piece) in lines.chunks(lines.len().div_ceil(9)).enumerate() {
        let name = format!("logs/a folder/b=1/piece-{at}.log");
        fs::write(folder.join(name), piece.join("\n") + "\nno json\n").unwrap();
    }
    let mut cut = GzEncoder::new(Vec::new(), Compression::default());
    std::io::Write::write_all(&mut cut, audit.as_bytes()).unwrap();
    let mut cut = cut.finish().unwrap();
    cut.truncate(cut.len() / 2);
    fs::write(folder.join("logs/cut.log.gz"), cut).unwrap();
    fs::write(folder.join("logs/copy.log"), &audit).unwrap();
    fs::write(folder.join("logs/other.log"), "{\"what\": \"is this\"}\n{\"who\": \"knows\"}\n")
        .unwrap();
    fs::write(folder.join("logs/empty.log"), "").unwrap();
}

#[test]
fn a_cluster_gives_the_bytes_of_one_machine_and_loses_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    logs(folder);
    let Some(cluster) = Cluster::start(folder) else { return };
    let local =
        run(folder, &["activity", "summarize", "--root", ".", "logs", "-o", "local.summary"]);
    assert_eq!(local.code, Some(0), "{}", local.stderr);
    let expected = fs::read(folder.join("local.summary")).unwrap();
    let input = folder.join("logs");
    let (input, workspace) = (input.to_str().unwrap(), folder.join("workspace"));
    support::copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("samples"), &workspace);
    let yaml = fs::read_to_string(workspace.join("gradus.yaml")).unwrap();
    let entry = yaml.lines().find(|line| line.contains("activity: [")).unwrap();
    let yaml = yaml.replace(entry, "  activity: [{path: all.summary},");
    fs::write(workspace.join("gradus.yaml"), yaml).unwrap();

    // Where machines share the folder; and the assessment of the summary.
    let shared = folder.join("shared.summary");
    let said = cluster.submit(&[
        input,
        shared.to_str().unwrap(),
        "--prefix=logs",
        "--part-mib=0",
        &format!("--assess={}", workspace.display()),
        &format!("--assessment={}", folder.join("assessment.json").display()),
    ]);
    assert!(said.contains("parts: "), "{said}");
    assert!(!said.contains(" in 1 parts"), "the work must be shared: {said}");
    assert!(fs::read(&shared).unwrap() == expected, "the cluster gave other bytes");
    let assessed = fs::read_to_string(folder.join("assessment.json")).unwrap();
    let assessed: serde_json::Value = serde_json::from_str(&assessed).unwrap();
    let sources = assessed["coverage"]["sources"].as_array().unwrap();
    let status = |name: &str| {
        let record = sources.iter().find(|source| source["path"] == name);
        record.unwrap_or_else(|| panic!("{name} was lost"))["status"].as_str().unwrap()
    };
    assert_eq!(status("logs/cut.log.gz"), "partial");
    assert_eq!(status("logs/other.log"), "failed");
    assert_eq!(status("logs/empty.log"), "skipped");
    assert_eq!(status("logs/a folder/b=1/piece-3.log"), "partial");

    // Where Spark hands over the bytes, as it does with object storage; and every first
    // attempt of a share dies in the middle of its work.
    let handed = folder.join("handed.summary");
    let dying = cluster.dying_gradus();
    let said = cluster.submit(&[
        input,
        handed.to_str().unwrap(),
        "--prefix=logs/",
        "--part-mib=0",
        "--hand-over",
        &format!("--gradus={}", dying.display()),
    ]);
    assert!(said.contains("parts: "), "{said}");
    assert!(cluster.deaths() > 1, "no attempt died");
    assert!(fs::read(&handed).unwrap() == expected, "what was tried again gave other bytes");
}
