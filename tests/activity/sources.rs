//! Logs as sources of a workspace: folders, globs, and what is piped in.

use std::{fs, path::Path, process::Output};

use gradus::{
    model::{capability::Plane, coverage::SourceStatus},
    scan::{Expected, Source, scan},
    source::{files::walk, limits::Limits},
};
use serde_json::Value;

use super::{command::gradus, support::content};

/// A workspace whose logs are these.
fn workspace(sources: &str, files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let text = format!(
        "apiVersion: gradus/v1\nkind: Workspace\nmetadata: {{name: t}}\nagents:\n- {{name: bot, environment: prod, tier: standard, owner: t, purpose: t, principals: {{kubernetes: ['system:serviceaccount:ops:bot']}}}}\nsources: {{activity: {sources}}}\n"
    );
    fs::write(folder.path().join("gradus.yaml"), text).unwrap();
    for (name, fixture) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content(fixture)).unwrap();
    }
    folder
}

/// `PATH KIND STATUS ITEMS` of each source that was read, and the exercised level.
fn told(folder: &Path, input: &str) -> (Vec<String>, Value) {
    let Output { stdout, stderr, .. } =
        gradus(folder).args(["assess", "-f", "json"]).write_stdin(input).output().unwrap();
    let assessment: Value = serde_json::from_slice(&stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&stderr)));
    let sources = assessment["coverage"]["sources"].as_array().unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let records = sources
        .iter()
        .map(|one| {
            let (path, kind, status) =
                (text(&one["path"]), text(&one["kind"]), text(&one["status"]));
            format!("{path} {kind} {status} {}", one["items"])
        })
        .collect();
    (records, assessment["agents"][0]["exercised"]["level"].clone())
}

#[test]
fn folders_and_globs_hold_logs_of_every_kind() {
    let files = [
        ("logs/eks/000000.txt", "eks-export.txt"),
        ("logs/trail/digest.json", "cloudtrail-digest.json"),
        ("logs/app.json", "app-only.json"),
        ("more/gke.jsonl", "gke-sink.jsonl"),
    ];
    let folder = workspace("[{path: logs/}, {path: 'more/*.jsonl'}]", &files);
    let (records, level) = told(folder.path(), "");
    assert_eq!(
        records,
        [
            "logs/app.json cloudwatch-logs skipped 0",
            "logs/eks/000000.txt prefixed-lines read 3",
            "logs/trail/digest.json cloudtrail skipped 0",
            "more/gke.jsonl cloud-audit read 7",
        ]
    );
    assert_eq!(level, 5);
}

#[test]
fn a_dash_is_the_log_that_is_piped_in() {
    let folder = workspace("[{path: '-'}]", &[]);
    for (name, told_as) in [
        ("eks-firehose.json", "- cloudwatch-logs read 3"),
        ("aks-event-hub.json", "- azure-monitor read 3"),
    ] {
        let (records, level) = told(folder.path(), &content(name));
        assert_eq!(records, [told_as]);
        assert_eq!(level, 5, "{name}");
    }
}

#[test]
fn a_log_in_a_file_that_is_not_read_is_a_failure_with_the_way_out_whatever_it_is_called() {
    let parquet = b"PAR1\x15\x04\x15\x10{\"kind\":\"Event\"}\nPAR1".as_slice();
    let archive = [vec![0; 257], b"ustar\x0000".to_vec(), vec![0; 255]].concat();
    for (bytes, source, way_out) in [
        (
            parquet,
            "[{path: logs/}]",
            "it is Parquet, which gradus does not read: export it as JSON lines",
        ),
        (parquet, "[{path: logs/b.json, format: cloudtrail}]", "it is Parquet"),
        (&archive, "[{path: logs/}]", "it is a tar archive, which gradus does not read: unpack it"),
    ] {
        let folder = workspace(source, &[("logs/a.jsonl", "gke-sink.jsonl")]);
        fs::write(folder.path().join("logs/b.json"), bytes).unwrap();
        let output = gradus(folder.path()).args(["assess", "-f", "json"]).output().unwrap();
        let assessment: Value = serde_json::from_slice(&output.stdout).unwrap();
        let sources = assessment["coverage"]["sources"].as_array().unwrap();
        let failed = sources.iter().find(|one| one["path"] == "logs/b.json").unwrap();
        assert_eq!(failed["status"], "failed");
        let reason = failed["reason"].as_str().unwrap();
        assert!(reason.starts_with(way_out), "{reason}");
    }
}

#[test]
fn a_file_of_rows_is_missed_among_evidence_of_any_kind_and_an_archive_is_none_there() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.jsonl"), content("gke-sink.jsonl")).unwrap();
    fs::write(folder.path().join("b.avro"), b"Obj\x01\x04\x16avro.schema").unwrap();
    fs::write(folder.path().join("c.zip"), b"PK\x03\x04\x14\0\x08\0\0\0\xFF").unwrap();
    let files = walk(folder.path(), folder.path(), &Limits::default()).files;
    let source = Source {
        name: "all".to_owned(),
        expected: Expected::Anything,
        format: None,
        mapping: None,
        files,
    };
    let evidence = scan(&[source], &[], &Limits::default());
    let told: Vec<_> =
        evidence.sources.iter().map(|record| (record.path.as_str(), record.status)).collect();
    assert_eq!(
        told,
        [
            ("a.jsonl", SourceStatus::Read),
            ("b.avro", SourceStatus::Failed),
            ("c.zip", SourceStatus::Skipped)
        ]
    );
    // What the file would have shown is unknown.
    assert_eq!(evidence.activity.logs[&Plane::Kubernetes].files_cut_short, 1);
}

#[test]
fn nothing_piped_in_is_an_empty_log() {
    let folder = workspace("[{path: '-'}]", &[]);
    let (records, level) = told(folder.path(), "");
    assert_eq!(records, ["- unrecognised skipped 0"]);
    assert_eq!(level, Value::Null);
}

#[test]
fn a_dash_is_no_cluster() {
    let folder = workspace("[]", &[]);
    let path = folder.path().join("gradus.yaml");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("activity: []", "kubernetes: [{path: '-'}]")).unwrap();
    let output = gradus(folder.path()).args(["assess"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
}
