//! Bad input: a clear message each, the right exit code, never a panic, never a
//! pass.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up must stop")]

mod support;

use std::{fs, path::Path};

use support::run;
use tempfile::TempDir;

fn folder(files: &[(&str, &[u8])]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    folder
}

/// A declared agent, and evidence that its ServiceAccount may only look.
const WORKSPACE: &str = "apiVersion: gradus/v1\n\
                         kind: Workspace\n\
                         metadata: {name: test}\n\
                         agents:\n\
                         - name: bot\n  environment: prod\n  owner: ada\n  purpose: looks\n  \
                         principals: {kubernetes: [\"system:serviceaccount:ops:bot\"]}\n\
                         sources:\n  kubernetes: [{path: cluster/}]\n";

const READER: &str = "apiVersion: rbac.authorization.k8s.io/v1\n\
                      kind: ClusterRole\n\
                      metadata: {name: look}\n\
                      rules: [{apiGroups: [\"\"], resources: [pods], verbs: [get, list]}]\n\
                      ---\n\
                      apiVersion: rbac.authorization.k8s.io/v1\n\
                      kind: ClusterRoleBinding\n\
                      metadata: {name: look}\n\
                      roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: look}\n\
                      subjects: [{kind: ServiceAccount, name: bot, namespace: ops}]\n\
                      ---\n\
                      apiVersion: rbac.authorization.k8s.io/v1\n\
                      kind: RoleBinding\n\
                      metadata: {name: look, namespace: ops}\n\
                      roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: look}\n\
                      subjects: [{kind: ServiceAccount, name: bot, namespace: ops}]\n";

/// Beside good evidence, a file that cannot be read takes away the level that
/// the good evidence would show, or is at least told and fails a coverage gate.
#[track_caller]
fn is_told_and_fails_the_coverage_gate(name: &str, bytes: &[u8], what: &str) {
    let folder = folder(&[
        ("gradus.yaml", WORKSPACE.as_bytes()),
        ("cluster/rbac.yaml", READER.as_bytes()),
        (&format!("cluster/{name}"), bytes),
    ]);
    run(folder.path(), &["assess", "-v"]).ended(0).says(name).says(what);
    let gate =
        ["gate", "--min-coverage", "100", "--max-over-extension", "9", "--fail-on", "critical"];
    let gated = run(folder.path(), &gate);
    assert_ne!(gated.code, Some(0), "{gated:#?}");
}

#[test]
fn an_empty_folder_is_nothing_to_judge() {
    let folder = folder(&[]);
    run(folder.path(), &["assess"]).ended(3).never_says("PASSED").never_says("passed");
    run(folder.path(), &["gate"]).ended(3).says("no agent");
}

#[test]
fn a_path_that_does_not_exist_is_a_usage_error_that_names_it() {
    let folder = folder(&[]);
    run(folder.path(), &["assess", "nowhere"]).ended(2).says("nowhere");
    run(folder.path(), &["gate", "--assessment", "nowhere.json"]).ended(2).says("nowhere.json");
}

#[test]
fn an_unknown_key_is_named_with_its_place_and_the_nearest_known_one() {
    let folder = folder(&[(
        "gradus.yaml",
        b"apiVersion: gradus/v1\nkind: Workspace\nmetadata: {name: x}\nagentz: []\n",
    )]);
    run(folder.path(), &["assess"]).ended(2).says("gradus.yaml:4:1").says("agents");
}

#[test]
fn a_workspace_that_names_what_does_not_exist_says_where() {
    let workspace = WORKSPACE.replace("cluster/", "no-such-folder/");
    let folder = folder(&[("gradus.yaml", workspace.as_bytes())]);
    run(folder.path(), &["assess"]).ended(2).says("no-such-folder").says("gradus.yaml:");
}

#[test]
fn an_empty_workspace_file_is_an_error() {
    let folder = folder(&[("gradus.yaml", b"")]);
    run(folder.path(), &["assess"]).ended(2).says("gradus.yaml");
}

#[test]
fn a_zero_byte_file_is_told_and_is_no_evidence() {
    let folder = folder(&[("gradus.yaml", WORKSPACE.as_bytes()), ("cluster/rbac.yaml", b"")]);
    let assessed = run(folder.path(), &["assess"]);
    assessed.ended(0).says("unknown");
    run(folder.path(), &["gate"]).ended(3);
}

#[test]
fn a_cluster_that_cannot_be_read_is_not_forgotten_beside_one_that_can() {
    let workspace = WORKSPACE.replace("[{path: cluster/}]", "[{path: cluster/}, {path: other/}]");
    for (name, bytes) in [
        ("other/rbac.yaml", b"kind: [\n".as_slice()),
        ("other/dump.json", br#"{"apiVersion":"gradus/v1","kind":"KubernetesSnapshot","metad"#),
        ("other/dump.json.zst", b"\x28\xb5\x2f\xfd"),
    ] {
        let folder = folder(&[
            ("gradus.yaml", workspace.as_bytes()),
            ("cluster/rbac.yaml", READER.as_bytes()),
            (name, bytes),
        ]);
        let run = run(folder.path(), &["assess", "-f", "json"]);
        let json: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
        assert_ne!(json["agents"][0]["granted"]["level"], 1, "{name}: {json:#}");
    }
}

#[test]
fn binary_bytes_are_told() {
    let folder = folder(&[
        ("gradus.yaml", WORKSPACE.as_bytes()),
        ("cluster/rbac.yaml", b"\x7fELF\x00\x00\x01\xff\xfe"),
    ]);
    run(folder.path(), &["assess", "-v"]).ended(0).says("rbac.yaml");
    run(folder.path(), &["gate"]).ended(3);
}

#[test]
fn broken_yaml_is_told_with_its_line() {
    is_told_and_fails_the_coverage_gate("broken.yaml", b"kind: Role\nrules: [\n", "broken.yaml");
}

#[test]
fn text_that_is_no_utf8_is_told() {
    is_told_and_fails_the_coverage_gate("latin.yaml", b"kind: Role\nname: caf\xe9\n", "UTF-8");
}

#[test]
fn an_unrendered_template_is_not_assessed_and_says_so() {
    is_told_and_fails_the_coverage_gate(
        "chart.yaml",
        b"kind: Role\nmetadata:\n  name: {{ .Values.name }}\n{{- if .Values.x }}\nrules: []\n{{- end }}\n",
        "template",
    );
}

#[test]
fn twenty_thousand_levels_of_nesting_are_refused() {
    let deep = "[".repeat(20_000);
    is_told_and_fails_the_coverage_gate("deep.json", deep.as_bytes(), "deep.json");
    let deep = format!("a: {}{}", "[".repeat(20_000), "]".repeat(20_000));
    is_told_and_fails_the_coverage_gate("deep.yaml", deep.as_bytes(), "deep.yaml");
}

#[test]
fn a_billion_laughs_are_refused() {
    let mut text = String::from("a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n");
    for level in 1..12 {
        let before = level - 1;
        let list = vec![format!("*a{before}"); 9].join(", ");
        text.push_str(&format!("a{level}: &a{level} [{list}]\n"));
    }
    is_told_and_fails_the_coverage_gate("laughs.yaml", text.as_bytes(), "laughs.yaml");
}

#[test]
fn a_byte_order_mark_and_windows_line_ends_change_nothing() {
    let plain =
        folder(&[("gradus.yaml", WORKSPACE.as_bytes()), ("cluster/rbac.yaml", READER.as_bytes())]);
    let windows = READER.replace('\n', "\r\n");
    let marked = [b"\xef\xbb\xbf".as_slice(), windows.as_bytes()].concat();
    let other = folder(&[("gradus.yaml", WORKSPACE.as_bytes()), ("cluster/rbac.yaml", &marked)]);
    let granted = |folder: &Path| {
        let run = run(folder, &["assess", "-f", "json"]);
        let json: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
        json["agents"][0]["granted"].clone()
    };
    assert_eq!(granted(plain.path()), granted(other.path()));
    assert_eq!(granted(plain.path())["level"], 1);
}

#[test]
fn two_hundred_megabytes_of_one_line_are_skipped_and_counted() {
    let line = vec![b'x'; 200 << 20];
    let workspace = format!("{WORKSPACE}  activity: [{{path: logs/}}]\n");
    let event = br#"{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Metadata","auditID":"1","stage":"ResponseComplete","requestURI":"/api/v1/pods","verb":"list","user":{"username":"system:serviceaccount:ops:bot"},"objectRef":{"resource":"pods","apiVersion":"v1"},"responseStatus":{"code":200},"requestReceivedTimestamp":"2026-11-20T10:00:00.000000Z","stageTimestamp":"2026-11-20T10:00:00.100000Z"}"#;
    let log = [event.as_slice(), b"\n", &line, b"\n"].concat();
    let folder = folder(&[
        ("gradus.yaml", workspace.as_bytes()),
        ("cluster/rbac.yaml", READER.as_bytes()),
        ("logs/audit.log", &log),
    ]);
    let assessed = run(folder.path(), &["assess", "-f", "json"]);
    assessed.ended(0);
    let json: serde_json::Value = serde_json::from_str(&assessed.stdout).unwrap();
    let log = json["coverage"]["sources"]
        .as_array()
        .unwrap()
        .iter()
        .find(|source| source["path"] == "logs/audit.log")
        .unwrap();
    assert_eq!(log["malformed"], 1, "{log}");
    assert_eq!(log["status"], "partial", "{log}");
}

#[test]
fn a_repeated_key_in_a_role_is_told() {
    is_told_and_fails_the_coverage_gate(
        "twice.yaml",
        b"apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: x, namespace: a}\nrules: []\nrules: [{apiGroups: [\"\"], resources: [pods], verbs: [delete]}]\n",
        "rules",
    );
}

#[cfg(unix)]
#[test]
fn a_loop_of_links_ends() {
    let folder =
        folder(&[("gradus.yaml", WORKSPACE.as_bytes()), ("cluster/rbac.yaml", READER.as_bytes())]);
    std::os::unix::fs::symlink("..", folder.path().join("cluster/loop")).unwrap();
    run(folder.path(), &["assess"]).ended(0);
}

#[test]
fn an_option_that_does_not_exist_is_a_usage_error() {
    let folder = folder(&[]);
    run(folder.path(), &["assess", "--colour"]).ended(2).says("--color");
    run(folder.path(), &["gate", "--min-level", "6"]).ended(2).says("1 to 5");
    run(folder.path(), &["assess", "-f", "pdf"]).ended(2).says("table");
}

#[test]
fn a_report_that_cannot_be_written_is_a_usage_error_that_names_its_place() {
    let folder =
        folder(&[("gradus.yaml", WORKSPACE.as_bytes()), ("cluster/rbac.yaml", READER.as_bytes())]);
    for command in [
        &["assess", "-o", "gone/a"][..],
        &["assess", "-f", "json=gone/a"],
        &["gate", "-o", "gone/a"],
    ] {
        run(folder.path(), command).ended(2).says("cannot write gone/a").never_says("bug");
    }
}

#[test]
fn json_that_is_no_assessment_is_refused() {
    let folder = folder(&[("x.json", b"{\"schema\": \"other/v1\"}")]);
    run(folder.path(), &["gate", "--assessment", "x.json"]).ended(2).says("x.json");
}

#[test]
fn a_day_that_is_no_number_is_refused() {
    let folder = folder(&[]);
    let output = support::gradus(folder.path())
        .env("SOURCE_DATE_EPOCH", "yesterday")
        .arg("assess")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("SOURCE_DATE_EPOCH"));
}

#[test]
fn a_log_format_that_nobody_reads_is_refused_with_its_place() {
    let workspace = format!("{WORKSPACE}  activity: [{{path: logs/, format: syslog}}]\n");
    let folder = folder(&[
        ("gradus.yaml", workspace.as_bytes()),
        ("cluster/rbac.yaml", READER.as_bytes()),
        ("logs/audit.log", b"{}\n"),
    ]);
    run(folder.path(), &["assess"]).ended(2).says("gradus.yaml:").says("kubernetes-audit");
}

#[test]
fn a_log_in_another_programs_format_is_told_and_no_evidence() {
    let workspace = format!("{WORKSPACE}  activity: [{{path: logs/}}]\n");
    let folder = folder(&[
        ("gradus.yaml", workspace.as_bytes()),
        ("cluster/rbac.yaml", READER.as_bytes()),
        ("logs/app.jsonl", b"{\"level\":\"info\"}\n{\"level\":\"warn\"}\n"),
    ]);
    run(folder.path(), &["assess", "-v"]).ended(0).says("a log of JSON lines").says("unknown");
}

/// Where memory is bounded from outside, a line of a gibibyte does not fit in it.
#[cfg(target_os = "linux")]
#[test]
fn a_gibibyte_without_a_line_end_takes_no_more_memory_than_a_line_may() {
    let folder = folder(&[
        ("gradus.yaml", format!("{WORKSPACE}  activity: [{{path: logs/}}]\n").as_bytes()),
        ("cluster/rbac.yaml", READER.as_bytes()),
        ("logs/audit.log", br#"{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":""#),
    ]);
    // A hole in the file: it takes no room and reads as zeros.
    let log = std::fs::OpenOptions::new().write(true).open(folder.path().join("logs/audit.log"));
    log.unwrap().set_len(1 << 30).unwrap();
    let gradus = assert_cmd::cargo::cargo_bin("gradus");
    let assessed = std::process::Command::new("sh")
        .args(["-c", "ulimit -v 900000 && exec \"$0\" assess -f json"])
        .arg(&gradus)
        .env("SOURCE_DATE_EPOCH", support::DAY)
        .current_dir(folder.path())
        .output()
        .unwrap();
    let json: serde_json::Value = serde_json::from_slice(&assessed.stdout).unwrap();
    let sources = json["coverage"]["sources"].as_array().unwrap();
    let log = sources.iter().find(|source| source["path"] == "logs/audit.log").unwrap();
    assert_eq!((&log["malformed"], &log["status"]), (&1.into(), &"failed".into()), "{log}");
    assert_eq!(log["reason"], "1 of 1 lines could not be read: line 1, byte 0 (too long)");
}
