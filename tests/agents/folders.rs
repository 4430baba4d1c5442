//! Whole folders as people keep them, careful and careless, one pair a client.

use std::{
    fs,
    path::{Path, PathBuf},
};

use gradus::{
    model::{coverage::SourceStatus, gate::GateKind},
    privilege::tools::ToolLayer,
    scan::{Expected, Source, scan},
    source::{files::walk, limits::Limits},
};

use crate::support::layer_of;

/// Every file below a folder of fixtures, by its path there, with its text.
pub(crate) fn files_below(folder: &str) -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/agents").join(folder);
    let mut found = Vec::new();
    let mut open: Vec<PathBuf> = vec![root.clone()];
    while let Some(path) = open.pop() {
        if path.is_dir() {
            let entries = fs::read_dir(&path).expect("the folder is there");
            open.extend(entries.map(|entry| entry.expect("an entry").path()));
        } else if let Ok(text) = fs::read_to_string(&path) {
            let name = path.strip_prefix(&root).expect("it is below");
            found.push((name.to_string_lossy().replace('\\', "/"), text));
        }
    }
    found.sort();
    found
}

fn layer(folder: &str) -> ToolLayer {
    let files = files_below(folder);
    assert!(!files.is_empty(), "{folder} has files");
    layer_of(files.iter().map(|(path, text)| (path.as_str(), text.as_str())))
}

fn rules(layer: &ToolLayer) -> Vec<&str> {
    let mut rules: Vec<&str> = layer.risks.iter().map(|hit| hit.rule.as_str()).collect();
    rules.dedup();
    rules
}

/// Tools that change something, that a server offers, and that run unasked.
fn unasked(layer: &ToolLayer) -> Vec<&str> {
    let open = layer.capabilities.iter().filter(|held| {
        held.scope == "k8s" && held.is_mutating() && held.gate.kind == GateKind::None
    });
    open.map(|held| held.action.as_str()).collect()
}

#[test]
fn a_careful_folder_lets_nothing_run_unasked() {
    for client in ["claude", "cursor", "vscode", "copilot"] {
        let layer = layer(&format!("{client}/careful"));
        assert!(layer.capabilities.iter().any(|held| held.scope == "k8s"), "{client}");
        assert_eq!(unasked(&layer), Vec::<&str>::new(), "{client}");
        assert!(layer.bypasses.is_empty(), "{client}: {:?}", layer.bypasses);
        assert!(layer.unpinned.is_empty() && layer.literal_secrets.is_empty(), "{client}");
    }
}

#[test]
fn a_careless_folder_shows_what_is_open_and_what_does_not_work() {
    for (client, wanted) in [
        (
            "claude",
            &[
                "AGT-BYPASS",
                "AGT-ALLOW-SHELL",
                "AGT-INEFFECTIVE-KEY",
                "AGT-INEFFECTIVE-OPEN",
                "AGT-INEFFECTIVE-PROMPT",
                "AGT-INEFFECTIVE-RULE",
                "AGT-TRUST-PROJECT",
                "MCP-UNPINNED",
            ][..],
        ),
        (
            "cursor",
            &[
                "AGT-BYPASS",
                "AGT-HOOK-FAILS-OPEN",
                "AGT-INEFFECTIVE-KEY",
                "AGT-INEFFECTIVE-PROMPT",
                "MCP-UNPINNED",
            ],
        ),
        ("vscode", &["AGT-BYPASS", "AGT-INEFFECTIVE-OPEN", "MCP-UNPINNED"]),
        ("copilot", &["MCP-UNGATED-DESTRUCTIVE", "MCP-UNPINNED"]),
    ] {
        let layer = layer(&format!("{client}/careless"));
        assert!(!unasked(&layer).is_empty(), "{client}");
        for rule in wanted {
            assert!(rules(&layer).contains(rule), "{client}: {rule} among {:?}", rules(&layer));
        }
    }
}

#[test]
fn settings_in_a_form_that_is_not_read_are_a_failure_with_its_reason() {
    let folder = tempfile::tempdir().expect("a folder");
    let plist = "<?xml version=\"1.0\"?>\n<plist version=\"1.0\"><dict/></plist>\n";
    let export: Vec<u8> = "Windows Registry Editor Version 5.00\r\n[HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\ClaudeCode]\r\n"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    fs::write(folder.path().join("com.anthropic.claudecode.plist"), plist).expect("written");
    fs::write(folder.path().join("com.example.other.plist"), plist).expect("written");
    fs::write(folder.path().join("policy.reg"), export).expect("written");
    let files = walk(folder.path(), folder.path(), &Limits::default()).files;
    let source = Source {
        name: "all".to_owned(),
        expected: Expected::Anything,
        format: None,
        mapping: None,
        files,
    };
    let evidence = scan(&[source], &[], &Limits::default());
    let states: Vec<(&str, SourceStatus)> =
        evidence.sources.iter().map(|record| (record.path.as_str(), record.status)).collect();
    assert_eq!(
        states,
        [
            ("com.anthropic.claudecode.plist", SourceStatus::Failed),
            ("com.example.other.plist", SourceStatus::Skipped),
            ("policy.reg", SourceStatus::Failed),
        ]
    );
    let reason = evidence.sources[0].reason.as_deref().unwrap_or_default();
    assert!(reason.contains("plutil -convert json"), "{reason}");
}
