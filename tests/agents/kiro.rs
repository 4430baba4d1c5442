//! Amazon Q and Kiro: agents, and permissions by capability.

use gradus::model::{
    agent_config::{Client, ProblemKind},
    effect::Effect,
    gate::GateKind,
};

use crate::support::{capability, config_of, layer_of, mcp, problems, readings};

const CAREFUL: &str = include_str!("../fixtures/agents/kiro/careful-agent.json");
const CARELESS: &str = include_str!("../fixtures/agents/kiro/careless-agent.json");
const Q_AGENT: &str = ".amazonq/cli-agents/on-call.json";
const KIRO_AGENT: &str = "/home/ada/.kiro/agents/on-call.json";
const PERMISSIONS: &str = "/home/ada/.kiro/settings/permissions.yaml";

#[test]
fn the_folder_tells_which_of_the_two() {
    assert_eq!(config_of(Q_AGENT, CAREFUL).client, Client::AmazonQ);
    assert_eq!(config_of(KIRO_AGENT, CAREFUL).client, Client::Kiro);
    assert!(readings("x.json", r#"{"name": "a", "tools": ["x"]}"#).is_empty());
}

#[test]
fn an_agent_has_what_it_lists_and_is_asked_for_the_rest() {
    let layer = layer_of([(Q_AGENT, CAREFUL)]);
    assert_eq!(capability(&layer, "shop-cluster: pods_delete").gate.kind, GateKind::Approve);
    assert_eq!(capability(&layer, "shop-cluster: pods_list").gate.kind, GateKind::None);
    assert_eq!(capability(&layer, "shop-cluster: pods_exec").gate.kind, GateKind::Deny);
    assert_eq!(capability(&layer, "amazon-q: shell").gate.kind, GateKind::Approve);
    let get = layer.capabilities.iter().find(|held| held.action.contains("shell(kubectl get"));
    let get = get.map(|held| (held.effect, held.gate.kind));
    assert_eq!(get, Some((Effect::SensitiveRead, GateKind::None)));
    assert_eq!(layer.hooks.len(), 1);
}

#[test]
fn allowed_tools_are_not_asked_for() {
    let layer = layer_of([(Q_AGENT, CARELESS)]);
    assert_eq!(capability(&layer, "shop-cluster: pods_delete").gate.kind, GateKind::None);
    assert_eq!(capability(&layer, "amazon-q: shell").gate.kind, GateKind::None);
    assert!(layer.risks.iter().any(|hit| hit.rule == "AGT-ALLOW-SHELL"));
}

#[test]
fn a_pattern_covers_tools_by_their_older_names() {
    let text = CARELESS.replace("execute_bash", "execute_*");
    let layer = layer_of([(Q_AGENT, text.as_str())]);
    assert_eq!(capability(&layer, "amazon-q: shell").gate.kind, GateKind::None);
}

#[test]
fn what_one_agent_lists_binds_its_own_servers_only() {
    let text = mcp(r#""command": "kubernetes-mcp-server""#);
    let layer = layer_of([(Q_AGENT, CAREFUL), (".amazonq/mcp.json", text.as_str())]);
    assert_eq!(capability(&layer, "k8s: pods_exec").gate.kind, GateKind::Approve);
}

#[test]
fn permissions_count_from_the_users_folder_and_the_strictest_wins() {
    let servers = mcp(r#""command": "kubernetes-mcp-server""#);
    let text = "rules:\n  - {capability: mcp, effect: ask}\n  - {capability: mcp, effect: allow, match: [k8s/pods_run]}\n  \
        - {capability: mcp, effect: deny, match: [k8s/pods_delete]}\n  \
        - {capability: shell, effect: allow, match: [\"git status *\"]}\n";
    let gate = |place: &str, tool: &str| {
        let layer = layer_of([(".kiro/settings/mcp.json", servers.as_str()), (place, text)]);
        capability(&layer, &format!("k8s: {tool}")).gate.kind
    };
    assert_eq!(gate(PERMISSIONS, "pods_delete"), GateKind::Deny);
    assert_eq!(gate(PERMISSIONS, "pods_run"), GateKind::Approve);
    let repository = ".kiro/settings/permissions.yaml";
    assert_eq!(gate(repository, "pods_delete"), GateKind::Unknown);
    assert_eq!(gate(repository, "pods_run"), GateKind::None);
    assert_eq!(problems(repository, text), [ProblemKind::UnreadPlace]);
}

#[test]
fn a_restriction_with_exemptions_restricts_nothing_that_is_certain() {
    let servers = mcp(r#""command": "kubernetes-mcp-server""#);
    let text = "rules: [{capability: mcp, effect: deny, exclude: [k8s/pods_delete]}]\n";
    let layer = layer_of([(".kiro/settings/mcp.json", servers.as_str()), (PERMISSIONS, text)]);
    assert_eq!(capability(&layer, "k8s: pods_delete").gate.kind, GateKind::Unknown);
}

#[test]
fn everything_may_be_allowed_at_once() {
    let layer = layer_of([(PERMISSIONS, "rules: [{capability: all, effect: allow}]\n")]);
    assert_eq!(capability(&layer, "kiro: shell").gate.kind, GateKind::None);
    assert!(layer.risks.iter().any(|hit| hit.rule == "AGT-BYPASS"));
}

#[test]
fn an_agent_in_markdown_opens_and_closes_nothing_for_others() {
    let agent = "---\nname: devops\ntools: [read, shell]\npermissions:\n  rules:\n    - capability: shell\n      match: [\"aws *\"]\n      effect: allow\n    - {capability: fs_write, effect: deny}\n---\nDo it.\n";
    let layer = layer_of([(".kiro/agents/devops.md", agent)]);
    assert_eq!(capability(&layer, "kiro: shell(aws *)").gate.kind, GateKind::None);
    assert_eq!(capability(&layer, "kiro: write").gate.kind, GateKind::Unknown);
}

#[test]
fn a_restriction_of_some_resources_of_every_capability_restricts_no_whole_one() {
    let servers = mcp(r#""command": "kubernetes-mcp-server""#);
    let text = "rules: [{capability: all, effect: deny, match: [\"/etc/**\"]}]\n";
    let layer = layer_of([(".kiro/settings/mcp.json", servers.as_str()), (PERMISSIONS, text)]);
    assert_eq!(capability(&layer, "k8s: pods_delete").gate.kind, GateKind::Unknown);
    assert_ne!(capability(&layer, "kiro: shell").gate.kind, GateKind::Deny);
}

#[test]
fn a_tool_is_allowed_by_the_name_that_stands_for_it_too() {
    let agent = r#"{"name": "a", "tools": ["*"], "allowedTools": ["remove"], "toolAliases": {"@k8s/pods_delete": "remove"},
        "mcpServers": {"k8s": {"command": "kubernetes-mcp-server"}}}"#;
    let layer = layer_of([(".amazonq/cli-agents/a.json", agent)]);
    assert_eq!(capability(&layer, "k8s: pods_delete").gate.kind, GateKind::None);
    assert_eq!(capability(&layer, "k8s: pods_run").gate.kind, GateKind::Approve);
}
