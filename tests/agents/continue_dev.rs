//! Continue: a list of servers, and lists of tools for its CLI.

use gradus::model::{agent_config::Client, gate::GateKind};

use crate::support::{capability, config_of, layer_of, readings};

const CONFIG: &str = "/home/ada/.continue/config.yaml";
const SERVERS: &str = "name: Ours\nversion: 1.0.0\nschema: v1\nmcpServers:\n  - name: k8s\n    command: kubernetes-mcp-server\n";
const PERMISSIONS: &str = "/home/ada/.continue/permissions.yaml";

#[test]
fn servers_stand_in_a_list() {
    let config = config_of(CONFIG, SERVERS);
    assert_eq!((config.client, config.servers[0].name.as_str()), (Client::Continue, "k8s"));
    assert!(readings("x.yaml", "mcpServers: [k8s]\n").is_empty());
}

#[test]
fn of_the_lists_the_strictest_counts() {
    let careful = "allow: [Read]\nask: [\"*\"]\nexclude: [pods_delete, Bash]\n";
    let layer = layer_of([(CONFIG, SERVERS), (PERMISSIONS, careful)]);
    assert_eq!(capability(&layer, "k8s: pods_delete").gate.kind, GateKind::Deny);
    assert_eq!(capability(&layer, "k8s: pods_exec").gate.kind, GateKind::Approve);
    assert_eq!(capability(&layer, "continue: Bash").gate.kind, GateKind::Deny);
}

#[test]
fn a_star_that_allows_is_everything() {
    let layer = layer_of([(CONFIG, SERVERS), (PERMISSIONS, "allow: [\"*\"]\n")]);
    assert_eq!(capability(&layer, "k8s: pods_delete").gate.kind, GateKind::None);
    assert!(layer.risks.iter().any(|hit| hit.rule == "AGT-BYPASS"));
}

#[test]
fn what_no_list_names_the_editor_may_run() {
    let layer = layer_of([(CONFIG, SERVERS)]);
    assert_eq!(capability(&layer, "k8s: pods_delete").gate.kind, GateKind::Unknown);
    assert_eq!(layer.unseen_modes.len(), 1);
}

#[test]
fn lists_of_other_programs_are_none() {
    assert!(readings("hosts.yaml", "allow: [example.com]\n").is_empty());
    assert!(readings("x.yaml", "allow: [Bash]\nother: 1\n").is_empty());
}
