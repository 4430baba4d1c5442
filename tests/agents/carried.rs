//! What ConfigMaps and Secrets carry: files of agents, read as files are.

use gradus::{
    model::{
        agent_config::{AgentConfig, Client, Scope},
        gate::GateKind,
    },
    privilege::tools::ToolLayer,
    scan::agents::Reading,
};

use crate::support::{capability, layer_of, readings};

const HOLMES: &str = include_str!("../fixtures/agents/holmes/configmap.yaml");
const CARELESS: &str = include_str!("../fixtures/agents/carried/careless.yaml");
const PLAIN: &str = include_str!("../fixtures/agents/carried/plain.yaml");

fn configs(text: &str) -> Vec<AgentConfig> {
    readings("deploy/all.yaml", text).into_iter().flat_map(|reading| reading.configs).collect()
}

fn config(text: &str, client: Client, format: &str) -> AgentConfig {
    let found = configs(text).into_iter().find(|it| it.client == client && it.format == format);
    found.unwrap_or_else(|| panic!("no {format} of {client:?}"))
}

fn layer(text: &str) -> ToolLayer {
    layer_of([("deploy/all.yaml", text)])
}

#[test]
fn toolsets_of_holmes_in_a_config_map_are_read_at_their_lines() {
    let layer = layer(HOLMES);
    let delete = capability(&layer, "holmes: bash(kubectl delete)");
    assert_eq!(delete.gate.kind, GateKind::None);
    let place = &delete.grants[0].location;
    assert_eq!((&*place.path, place.line), ("deploy/all.yaml", Some(12)));
    assert_eq!(capability(&layer, "k8s: pods_delete").gate.kind, GateKind::None);
}

#[test]
fn what_is_carried_belongs_to_the_object_and_its_namespace() {
    let config = config(HOLMES, Client::Holmes, "holmesgpt");
    assert_eq!(config.location.object.as_deref(), Some("ConfigMap/sre/custom-toolsets-configmap"));
    assert_eq!(config.location.line, Some(7));
    let identity = config.identity.expect("who it is");
    assert_eq!((config.scope, identity.namespace.as_deref()), (Scope::Cluster, Some("sre")));
}

#[test]
fn every_format_is_read_where_it_is_carried() {
    let formats: Vec<&str> = readings("deploy/all.yaml", CARELESS)
        .iter()
        .map(|reading: &Reading| reading.format)
        .collect();
    assert_eq!(
        formats,
        ["mcp-servers", "claude-code-settings", "agent-command-lines", "kagent", "mcp-servers"]
    );
    let servers = config(CARELESS, Client::ClaudeCode, "mcp-servers");
    assert_eq!(servers.servers[0].location.line, Some(8));
    let script = config(CARELESS, Client::ClaudeCode, "agent-command-lines");
    assert_eq!(script.modes[0].location.line, Some(15));
    let encoded = config(CARELESS, Client::Unknown, "mcp-servers");
    assert_eq!(encoded.location.object.as_deref(), Some("Secret/bots/fixer"));
    let agent = config(CARELESS, Client::Kagent, "kagent");
    assert_eq!(agent.location.object.as_deref(), Some("Agent/bots/fixer"));
}

#[test]
fn a_copy_of_a_carried_file_and_files_of_other_programs_are_none() {
    let of_copy = |config: &AgentConfig| {
        config.rules.iter().any(|rule| {
        matches!(&rule.target, gradus::model::agent_config::RuleTarget::BuiltIn { tool, .. } if tool == "Bash")
    })
    };
    assert!(!configs(CARELESS).iter().any(of_copy));
    assert_eq!(readings("deploy/all.yaml", PLAIN), []);
}

#[test]
fn a_program_of_a_carried_list_is_no_file_of_the_project() {
    let text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  .mcp.json: |\n    \
                {\"mcpServers\": {\"own\": {\"command\": \"python\", \"args\": [\"server.py\"]}}}\n";
    let config = config(text, Client::ClaudeCode, "mcp-servers");
    let gradus::model::agent_config::Transport::Stdio(launch) = &config.servers[0].transport else {
        panic!("it is started");
    };
    assert_eq!(launch.program.describe(), "a Python program");
}

#[test]
fn a_carried_file_that_cannot_be_read_is_a_gap_where_it_tells_of_an_agent() {
    let text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  custom_toolset.yaml: |\n    \
                toolsets: {{ toYaml .Values.toolsets | nindent 6 }}\n";
    let read = readings("all.yaml", text);
    let gap = &read[0].gaps[0];
    assert!(gap.reason.contains("a template, not YAML"), "{}", gap.reason);
    assert_eq!(gap.location.line, Some(6));
}

#[test]
fn a_program_of_python_that_may_make_agents_is_a_gap_and_any_other_is_nobodys() {
    let carried = |line: &str| {
        format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: code, namespace: sre}}\n\
             data:\n  agent.py: |\n    {line}\n"
        )
    };
    let found = readings("deploy/all.yaml", &carried("from agents import Agent"));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].gaps[0].reason.starts_with("agent.py of ConfigMap/sre/code"), "{found:?}");
    assert_eq!(readings("deploy/all.yaml", &carried("import json")), []);
}
