//! Clients with small files of their own: Aider, Amp, Antigravity, prompts of Copilot,
//! agents of Gemini CLI, OpenClaw, and the hooks, connectors and approvals of Codex.

use gradus::model::{agent_config::Client, gate::GateKind};

use crate::support::{capability, config_of, layer_of};

const AIDER: &str = include_str!("../fixtures/agents/aider/careless.yml");

fn gate(path: &str, text: &str, action: &str) -> GateKind {
    capability(&layer_of([(path, text)]), action).gate.kind
}

#[test]
fn aider_edits_unasked_and_asks_before_each_command() {
    for text in [AIDER, include_str!("../fixtures/agents/aider/careful.yml")] {
        assert_eq!(gate(".aider.conf.yml", text, "aider: edit"), GateKind::None);
        assert_eq!(gate(".aider.conf.yml", text, "aider: shell"), GateKind::Approve);
    }
}

#[test]
fn what_aider_runs_after_each_edit_runs_unasked_where_it_is_on() {
    let tested = "aider: shell(kubectl apply -k overlays/prod)";
    assert_eq!(gate(".aider.conf.yml", AIDER, tested), GateKind::None);
    assert_eq!(gate(".aider.conf.yml", AIDER, "aider: shell(ruff check --fix)"), GateKind::None);
    let off = AIDER.replace("auto-test: true", "auto-test: false");
    let layer = layer_of([(".aider.conf.yml", off.as_str())]);
    assert!(layer.capabilities.iter().all(|held| held.action != tested));
}

const AMP: &str = include_str!("../fixtures/agents/amp/careless.json");

#[test]
fn of_the_permissions_of_amp_the_first_that_fits_decides() {
    assert_eq!(gate("settings.json", AMP, "amp: Bash(kubectl *)"), GateKind::None);
    assert_eq!(gate("settings.json", AMP, "amp: Bash"), GateKind::Deny);
    assert_eq!(gate("settings.json", AMP, "k8s: resources_delete"), GateKind::None);
    assert_eq!(gate("settings.json", AMP, "amp: edit_file"), GateKind::None, "a program decides");
    let turned = r#"{"amp.permissions": [{"tool": "Bash", "action": "reject"},
        {"tool": "Bash", "action": "allow"}]}"#;
    assert_eq!(gate("settings.json", turned, "amp: Bash"), GateKind::Deny);
}

#[test]
fn what_no_permission_of_amp_speaks_of_is_unknown() {
    let careful = include_str!("../fixtures/agents/amp/careful.json");
    assert_eq!(gate("settings.json", careful, "amp: edit_file"), GateKind::Approve);
    let silent = r#"{"amp.permissions": [{"tool": "Bash", "action": "ask"}]}"#;
    assert_eq!(gate("settings.json", silent, "amp: Bash"), GateKind::Approve);
    assert_eq!(gate("settings.json", silent, "amp: edit_file"), GateKind::Unknown);
}

#[test]
fn a_permission_of_amp_for_some_calls_restrains_no_others() {
    for part in [
        r#"{"tool": "edit_file", "matches": {"path": "/etc/**"}, "action": "reject"}"#,
        r#"{"tool": "edit_file", "context": "subagent", "action": "reject"}"#,
    ] {
        let text = format!(r#"{{"amp.permissions": [{part}]}}"#);
        assert_eq!(gate("settings.json", &text, "amp: edit_file"), GateKind::Unknown, "{part}");
    }
    let all = r#"{"amp.dangerouslyAllowAll": true}"#;
    assert_eq!(gate("settings.json", all, "amp: Bash"), GateKind::None);
}

#[test]
fn settings_of_an_editor_that_speak_of_amp_too_are_read_for_both() {
    let text = r#"{"chat.tools.global.autoApprove": true, "amp.dangerouslyAllowAll": true}"#;
    let layer = layer_of([(".vscode/settings.json", text)]);
    assert_eq!(capability(&layer, "vscode: Terminal").gate.kind, GateKind::None);
    assert_eq!(capability(&layer, "amp: Bash").gate.kind, GateKind::None);
}

#[test]
fn the_servers_of_antigravity_are_its_own_and_its_gates_are_in_no_file() {
    let path = ".gemini/antigravity/mcp_config.json";
    let text = include_str!("../fixtures/agents/antigravity/.gemini/antigravity/mcp_config.json");
    assert_eq!(config_of(path, text).client, Client::Antigravity);
    assert_eq!(gate(path, text, "k8s: resources_delete"), GateKind::Unknown);
    assert_eq!(gate(path, text, "k8s: pods_delete"), GateKind::Deny);
}

#[test]
fn a_prompt_is_read_as_an_agent_of_the_editor() {
    let text = include_str!("../fixtures/agents/copilot-prompt/roll-out.prompt.md");
    let config = config_of(".github/prompts/roll-out.prompt.md", text);
    assert_eq!(config.client, Client::VsCode);
    let given = config.subagent.and_then(|subagent| subagent.tools).expect("a list of tools");
    assert_eq!(given.len(), 3);
}

#[test]
fn an_agent_in_the_folder_of_gemini_needs_no_keys_of_its_own() {
    let text = include_str!("../fixtures/agents/gemini/.gemini/agents/fixer.md");
    assert_eq!(config_of(".gemini/agents/fixer.md", text).client, Client::Gemini);
}

#[test]
fn hooks_in_the_folder_of_codex_are_no_hooks_of_claude_code() {
    let text = include_str!("../fixtures/agents/codex/.codex/hooks.json");
    let config = config_of(".codex/hooks.json", text);
    assert_eq!((config.client, config.hooks.len()), (Client::Codex, 1));
}

#[test]
fn granular_approvals_of_codex_ask_or_refuse_what_leaves_the_sandbox() {
    let text = "approval_policy = { granular = { sandbox_approval = true, rules = false } }\n";
    assert_eq!(gate(".codex/config.toml", text, "codex: shell"), GateKind::Approve);
    let open = format!("{text}sandbox_mode = \"danger-full-access\"\n");
    assert_eq!(gate(".codex/config.toml", &open, "codex: shell"), GateKind::None);
}

#[test]
fn a_connector_of_codex_is_a_server_that_nobody_listed() {
    let text = "[apps._default]\ndestructive_enabled = false\n\n[apps.tickets]\nenabled = true\n\
                default_tools_approval_mode = \"approve\"\n\n[projects.\"/w\"]\ntrust_level = \"trusted\"\n";
    let layer = layer_of([(".codex/config.toml", text)]);
    let open = layer.capabilities.iter().find(|held| held.scope == "tickets").expect("its tools");
    assert_eq!((open.effect_known, open.gate.kind), (false, GateKind::None));
}

const OPENCLAW: &str = include_str!("../fixtures/agents/openclaw/careless.json");

#[test]
fn two_settings_of_openclaw_decide_together_whether_a_command_is_asked_for() {
    let exec = |security: &str, ask: &str| {
        let text = OPENCLAW.replace("\"full\"", security).replace("\"off\"}}", ask);
        gate("openclaw.json", &text, "openclaw: exec")
    };
    assert_eq!(exec("\"full\"", "\"off\"}}"), GateKind::None);
    assert_eq!(exec("\"full\"", "\"always\"}}"), GateKind::Approve);
    assert_eq!(exec("\"deny\"", "\"off\"}}"), GateKind::Deny);
    assert_eq!(exec("\"allowlist\"", "\"on-miss\"}}"), GateKind::Unknown);
    assert_eq!(exec("\"none\"", "\"off\"}}"), GateKind::Unknown);
}

#[test]
fn tools_and_groups_that_openclaw_denies_are_kept_from_it() {
    let careful = include_str!("../fixtures/agents/openclaw/careful.json");
    let layer = layer_of([("openclaw.json", careful)]);
    for tool in ["write", "edit", "gateway", "cron"] {
        let held = capability(&layer, &format!("openclaw: {tool}"));
        assert_eq!(held.gate.kind, GateKind::Deny, "{tool}");
    }
    assert_eq!(capability(&layer, "openclaw: exec").gate.kind, GateKind::Approve);
}
