//! Logs as sources of a workspace: folders, globs, and what is piped in.

use std::{fs, path::Path, process::Output};

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
