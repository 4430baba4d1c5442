//! kagent: tools by resource, approval by `requireApproval`.

use gradus::{
    model::{effect::Effect, gate::GateKind},
    privilege::tools::SolePath,
};

use crate::support::{capability, config_of, layer_of, readings};

const AGENT: &str = include_str!("../fixtures/agents/kagent/agent.yaml");
const SERVER: &str = include_str!("../fixtures/agents/kagent/tool-server.yaml");

#[test]
fn a_tool_runs_unattended_unless_approval_is_required_for_it() {
    let layer = layer_of([("agent.yaml", AGENT), ("server.yaml", SERVER)]);
    let delete = capability(&layer, "kagent-tool-server: k8s_delete_resource");
    assert_eq!((delete.effect, delete.gate.kind), (Effect::Destructive, GateKind::Approve));
    let scale = capability(&layer, "kagent-tool-server: k8s_scale");
    assert_eq!((scale.effect, scale.gate.kind), (Effect::Reversible, GateKind::None));
    assert_eq!(layer.capabilities.len(), 3);
    assert_eq!(layer.sole_path, SolePath::Yes);
}

#[test]
fn a_tool_server_that_is_not_there_leaves_effects_unknown() {
    let layer = layer_of([("agent.yaml", AGENT)]);
    let get = capability(&layer, "kagent-tool-server: k8s_get_resources");
    assert_eq!((get.effect, get.effect_known), (Effect::Destructive, false));
    assert!(layer.gaps.iter().any(|gap| gap.reason.contains("kagent-tool-server")));
}

#[test]
fn without_a_list_of_tools_the_agent_has_them_all() {
    let start = AGENT.find("          toolNames").expect("toolNames");
    let layer = layer_of([("agent.yaml", &AGENT[..start]), ("server.yaml", SERVER)]);
    assert!(!capability(&layer, "kagent-tool-server: k8s_execute_command").gate.holds());
}

#[test]
fn tools_outside_of_declarative_ask_for_nothing() {
    let moved =
        AGENT.replace("  declarative:\n    tools:", "  tools:").replace("\n      ", "\n    ");
    let layer = layer_of([("agent.yaml", moved.as_str()), ("server.yaml", SERVER)]);
    assert!(!capability(&layer, "kagent-tool-server: k8s_delete_resource").gate.holds());
    assert!(layer.risks.iter().any(|hit| hit.rule == "AGT-INEFFECTIVE-KEY"));
}

#[test]
fn an_agent_that_is_code_of_its_own_is_unknown() {
    let text = "apiVersion: kagent.dev/v1alpha3\nkind: SandboxAgent\nmetadata: {name: hitl}\nspec:\n  type: BYO\n  byo: {image: example.com/hitl:latest}\n";
    let layer = layer_of([("agent.yaml", text)]);
    assert!(matches!(layer.sole_path, SolePath::Unknown { .. }));
    assert!(!capability(&layer, "hitl: code of its own").effect_known);
}

#[test]
fn a_template_that_happens_to_be_yaml_is_a_gap() {
    let text = AGENT.replace("name: fixer", "name: \"{{ .Values.name }}\"");
    let read = readings("agent.yaml", &text);
    assert!(read[0].gaps.iter().any(|gap| gap.reason.starts_with("template")));
}

#[test]
fn the_identity_of_an_agent_is_kept_for_linking() {
    let identity = config_of("agent.yaml", AGENT).identity.expect("an identity");
    assert_eq!(identity.name, "fixer");
    assert_eq!(identity.namespace.as_deref(), Some("ops"));
    assert_eq!(identity.service_account.as_deref(), Some("fixer-agent"));
}

#[test]
fn an_agent_yaml_of_another_product_is_not_kagent() {
    assert!(
        readings("agent.yaml", "kind: Agent\nmetadata: {name: x}\nbuiltin: {type: llm}\n")
            .is_empty()
    );
}

#[test]
fn a_deployed_server_is_known_by_its_command() {
    let text = "apiVersion: kagent.dev/v1alpha1\nkind: MCPServer\nmetadata: {name: k}\nspec:\n  transportType: stdio\n  deployment: {image: node:24, cmd: npx, args: [-y, kubernetes-mcp-server@latest, --read-only]}\n";
    let layer = layer_of([("server.yaml", text)]);
    assert_eq!(layer.servers[0].catalogue.as_deref(), Some("kubernetes-mcp-server"));
    assert_eq!(layer.unpinned.len(), 1);
}

#[test]
fn a_tool_server_alone_says_nothing_of_an_agent() {
    assert!(matches!(layer_of([("server.yaml", SERVER)]).sole_path, SolePath::Unknown { .. }));
}

#[test]
fn a_tool_server_of_the_cluster_that_the_agent_does_not_use_is_not_its_own() {
    let other = SERVER.replace("kagent-tool-server", "others");
    let layer =
        layer_of([("agent.yaml", AGENT), ("server.yaml", SERVER), ("other.yaml", other.as_str())]);
    let names: Vec<&str> = layer.servers.iter().map(|server| server.name.as_str()).collect();
    assert_eq!(names, ["kagent-tool-server"]);
    let claude = r#"{"permissions": {"defaultMode": "default"}}"#;
    let layer = layer_of([(".claude/settings.json", claude), ("other.yaml", other.as_str())]);
    assert!(layer.servers.is_empty());
}
