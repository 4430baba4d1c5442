//! Lists of servers that several clients share the form of; the path tells whose.

use gradus::model::{
    agent_config::{Client, Scope},
    gate::GateKind,
};

use crate::support::{capability, config_of, layer_of, mcp};

const SERVER: &str = r#""command": "kubernetes-mcp-server", "disabledTools": ["pods_delete"], "alwaysAllow": ["pods_run"]"#;

#[test]
fn the_folder_tells_the_client() {
    let text = mcp(SERVER);
    for (path, client, scope) in [
        ("/home/ada/.codeium/windsurf/mcp_config.json", Client::Windsurf, Scope::User),
        (".windsurf/mcp_config.json", Client::Windsurf, Scope::Project),
        (
            "/home/ada/.config/Code/User/globalStorage/saoudrizwan.claude-dev/settings/cline_mcp_settings.json",
            Client::Cline,
            Scope::User,
        ),
        (
            "Code/User/globalStorage/rooveterinaryinc.roo-cline/settings/mcp_settings.json",
            Client::Roo,
            Scope::User,
        ),
        (".roo/mcp.json", Client::Roo, Scope::Project),
        (".kilocode/mcp.json", Client::Kilo, Scope::Project),
        ("/home/ada/.aws/amazonq/mcp.json", Client::AmazonQ, Scope::User),
        (".amazonq/mcp.json", Client::AmazonQ, Scope::Project),
        (".kiro/settings/mcp.json", Client::Kiro, Scope::Project),
        ("/home/ada/.gemini/settings.json", Client::Gemini, Scope::User),
        ("/home/ada/.gemini/antigravity/mcp_config.json", Client::Antigravity, Scope::User),
    ] {
        let config = config_of(path, &text);
        assert_eq!((config.client, config.scope), (client, scope), "{path}");
    }
}

#[test]
fn a_tool_is_hidden_only_by_a_client_that_reads_the_key() {
    let text = mcp(SERVER);
    let gate = |path: &str, tool: &str| {
        let layer = layer_of([(path, text.as_str())]);
        capability(&layer, &format!("k8s: {tool}")).gate.kind
    };
    for path in [
        ".roo/mcp.json",
        ".kilocode/mcp.json",
        ".windsurf/mcp_config.json",
        ".kiro/settings/mcp.json",
    ] {
        assert_eq!(gate(path, "pods_delete"), GateKind::Deny, "{path}");
    }
    for path in ["cline_mcp_settings.json", ".mcp.json", "servers.json"] {
        assert_eq!(gate(path, "pods_delete"), GateKind::Unknown, "{path}");
    }
}

#[test]
fn a_list_that_approves_opens_whether_or_not_a_switch_must_be_on_too() {
    let text = mcp(SERVER);
    for path in [".roo/mcp.json", ".kilocode/mcp.json", "cline_mcp_settings.json"] {
        let layer = layer_of([(path, text.as_str())]);
        assert_eq!(capability(&layer, "k8s: pods_run").gate.kind, GateKind::None, "{path}");
        assert_eq!(capability(&layer, "k8s: pods_exec").gate.kind, GateKind::Unknown, "{path}");
        assert_eq!(layer.unseen_modes.len(), 1, "{path}");
    }
}

#[test]
fn trust_in_a_list_of_another_client_makes_it_no_list_of_gemini() {
    let text = mcp(r#""command": "kubernetes-mcp-server", "trust": true"#);
    assert_eq!(config_of(".cursor/mcp.json", &text).client, Client::Cursor);
    assert_eq!(config_of(".gemini/settings.json", &text).client, Client::Gemini);
}

#[test]
fn a_hook_of_windsurf_sees_and_lets_pass_when_it_fails() {
    let hooks = r#"{"hooks": {"pre_mcp_tool_use": [{"command": "guard", "show_output": true}],
        "post_run_command": [{"command": "log"}]}}"#;
    let layer = layer_of([(".windsurf/hooks.json", hooks)]);
    assert_eq!(layer.hooks.len(), 2);
    let open: Vec<_> = layer.risks.iter().filter(|hit| hit.rule == "AGT-HOOK-FAILS-OPEN").collect();
    assert_eq!(open.len(), 1);
    assert!(open[0].message.contains("pre_mcp_tool_use"));
}
