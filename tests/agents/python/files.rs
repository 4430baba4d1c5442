//! Files of Python among the files of a workspace.

use std::{fs, path::Path};

use gradus::{
    assess::roster::roster,
    model::{coverage::SourceStatus, evidence::Evidence},
    rubric::known::KnownAgents,
    scan::{Expected, Source, scan},
    source::{files::walk, limits::Limits},
};

const CAREFUL: &str = include_str!("../../fixtures/agents/python/langgraph_careful.py");
const SERVER: &str = include_str!("../../fixtures/agents/python/server_careful.py");

/// What a folder with these files shows.
fn evidence_of(files: &[(&str, &[u8])], expected: Expected) -> Evidence {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, bytes) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap_or(Path::new(""))).expect("a folder");
        fs::write(path, bytes).expect("a file");
    }
    let limits = Limits::default();
    let files = walk(folder.path(), folder.path(), &limits).files;
    let source = Source { name: "all".to_owned(), expected, format: None, mapping: None, files };
    scan(&[source], &[], &limits)
}

/// Kind, status and reason of the one file.
fn record_of(name: &str, bytes: &[u8], expected: Expected) -> (String, SourceStatus, String) {
    let mut evidence = evidence_of(&[(name, bytes)], expected);
    assert_eq!(evidence.sources.len(), 1, "{name}");
    let record = evidence.sources.remove(0);
    (record.kind, record.status, record.reason.unwrap_or_default())
}

#[test]
fn code_that_makes_an_agent_is_read_and_counted() {
    for expected in [Expected::Agents, Expected::Anything] {
        let (kind, status, reason) = record_of("agent.py", CAREFUL.as_bytes(), expected);
        assert_eq!((&*kind, status, &*reason), ("langchain", SourceStatus::Read, ""));
    }
}

#[test]
fn code_that_makes_none_is_passed_over_and_said_to_be() {
    for text in ["import os\nprint(os.name)\n", "", "from agents import Runner\n"] {
        let (kind, status, _) = record_of("tool.py", text.as_bytes(), Expected::Anything);
        assert_eq!((&*kind, status), ("unrecognised", SourceStatus::Skipped), "{text}");
    }
}

#[test]
fn code_that_cannot_be_read_whole_is_never_clean() {
    let broken = format!("{CAREFUL}\ndef (:\n");
    let (_, status, reason) = record_of("agent.py", broken.as_bytes(), Expected::Anything);
    assert_eq!(status, SourceStatus::Partial);
    assert!(reason.contains("Python"), "{reason}");
    let large = format!("{CAREFUL}{}", "#".repeat(2 << 20));
    let (_, status, reason) = record_of("agent.py", large.as_bytes(), Expected::Anything);
    assert_eq!(status, SourceStatus::Failed);
    assert!(reason.contains("bytes"), "{reason}");
    let latin = b"# \xe9\nfrom langchain.agents import create_agent\n";
    let (_, status, reason) = record_of("agent.py", latin, Expected::Agents);
    assert_eq!(status, SourceStatus::Failed);
    assert!(reason.contains("UTF-8"), "{reason}");
}

#[test]
fn an_agent_whose_code_is_broken_is_not_known() {
    let broken = format!("{CAREFUL}\ndef (:\n");
    let evidence = evidence_of(&[("agent.py", broken.as_bytes())], Expected::Anything);
    let opaque = evidence.configs.iter().filter_map(|config| config.identity.as_ref()?.opaque);
    assert_eq!(opaque.count(), 1);
}

#[test]
fn every_file_of_code_is_an_agent_that_nobody_declared_and_a_server_is_none() {
    let list = br#"{"mcpServers": {"own": {"command": "python", "args": ["server.py"]}}}"#;
    let server = r#"{"dependencies": ["."], "graphs": {"ops": "./src/agent.py:graph"}}"#;
    let evidence = evidence_of(
        &[
            ("src/agent.py", CAREFUL.as_bytes()),
            ("langgraph.json", server.as_bytes()),
            ("bot/.mcp.json", list),
            ("bot/server.py", SERVER.as_bytes()),
            ("lost/server.py", SERVER.as_bytes()),
        ],
        Expected::Anything,
    );
    let known = KnownAgents::load().expect("the catalogue is well formed");
    let subjects = roster(&[], &evidence, &known);
    let names: Vec<(&str, usize)> =
        subjects.iter().map(|subject| (&*subject.name, subject.configs.len())).collect();
    assert_eq!(names, [("bot", 2), ("src/agent", 2)]);
}
