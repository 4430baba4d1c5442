//! agentgateway: which tools its rules hand on, and what they leave open.

use gradus::model::{agent_config::Transport, gate::GateKind};

use crate::support::{capability, config_of, layer_of, readings};

const CAREFUL: &str = include_str!("../fixtures/agents/agentgateway/careful.yaml");
const CARELESS: &str = include_str!("../fixtures/agents/agentgateway/careless.yaml");

fn gate(text: &str, tool: &str) -> GateKind {
    capability(&layer_of([("config.yaml", text)]), &format!("k8s: {tool}")).gate.kind
}

#[test]
fn a_tool_that_no_rule_names_is_refused() {
    assert_eq!(gate(CAREFUL, "pods_delete"), GateKind::Deny);
    assert_eq!(gate(CAREFUL, "pods_list"), GateKind::Unknown, "who calls it is not known");
    assert_eq!(gate(CAREFUL, "resources_get"), GateKind::Unknown);
}

#[test]
fn rules_that_may_allow_anything_refuse_nothing() {
    assert_eq!(gate(CARELESS, "pods_delete"), GateKind::Unknown);
    for rule in [
        "'true'",
        "'mcp.tool.name != \"pods_delete\"'",
        "'mcp.tool.name.startsWith(\"pods\")'",
        "'mcp.tool.target == \"k8s\"'",
        "'mcp.tool.name == \"*\"'",
        "'true // && mcp.tool.name == \"pods_list\"'",
        "\"jwt.sub != '' && mcp.tool.name == 'pods_list'\"",
        "'jwt.sub == \"a && mcp.tool.name == 1 && b\"'",
        "\"jwt.sub == \\\"a && mcp.tool.name == 'pods_list' && b\\\"\"",
        "'true in [true && mcp.tool.name == \"pods_list\" && true, true]'",
        "{require: 'jwt.sub == \"triage\"'}",
    ] {
        let text = CAREFUL.replace("'mcp.tool.name == \"pods_list\"'", rule);
        let text = if rule.starts_with('{') {
            text.replace(
                "          - 'jwt.sub == \"triage\" && mcp.tool.name == \"resources_get\"'\n",
                "",
            )
        } else {
            text
        };
        assert_eq!(gate(&text, "pods_delete"), GateKind::Unknown, "{rule}");
    }
}

#[test]
fn targets_are_started_or_called_and_others_are_a_gap() {
    let config = config_of("config.yaml", CARELESS);
    let names: Vec<&str> = config.servers.iter().map(|server| server.name.as_str()).collect();
    assert_eq!(names, ["k8s", "argo", "shop"]);
    let Transport::Http { url: Some(url), .. } = &config.servers[1].transport else {
        panic!("it is called");
    };
    assert_eq!(url.to_string(), "http://argo.example.com:8080/mcp");
    assert_eq!(readings("config.yaml", CARELESS)[0].gaps.len(), 1);
}

#[test]
fn a_gateway_without_tool_servers_is_none() {
    let text =
        "binds:\n- port: 80\n  listeners:\n  - routes:\n    - backends: [{host: a.example.com}]\n";
    assert!(readings("config.yaml", text).is_empty());
}

#[test]
fn a_rule_may_name_other_things_in_text_beside_the_tool() {
    let rule = "'jwt.sub == \"a && b\" && mcp.tool.name == \"pods_list\"'";
    let text = CAREFUL.replace("'mcp.tool.name == \"pods_list\"'", rule);
    assert_eq!(gate(&text, "pods_delete"), GateKind::Deny);
}
