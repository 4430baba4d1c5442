//! How a mode that asks nothing is switched off: the remedy names the key of the client.

use gradus::model::agent_config::Client;

use crate::support::{catalogue, layer_of};

/// The remedies of `AGT-BYPASS` for an agent with these files.
fn remedies(files: &[(&str, &str)]) -> Vec<String> {
    let layer = layer_of(files.iter().copied());
    let own = layer.risks.into_iter().filter(|hit| hit.rule == "AGT-BYPASS");
    own.map(|hit| hit.remedy).collect()
}

#[test]
fn each_client_is_told_its_own_key_and_file() {
    for (path, text, key, file) in [
        (
            ".claude/settings.local.json",
            r#"{"permissions": {"defaultMode": "bypassPermissions"}}"#,
            "permissions.defaultMode",
            "managed-settings.json",
        ),
        (
            ".vscode/settings.json",
            r#"{"chat.tools.global.autoApprove": true}"#,
            "chat.tools.global.autoApprove",
            "ChatToolsAutoApprove",
        ),
        (
            ".cursor/permissions.json",
            r#"{"mcpAllowlist": ["*:*"]}"#,
            "mcpAllowlist",
            "permissions.json",
        ),
        (
            ".codex/config.toml",
            "approval_policy = \"never\"\nsandbox_mode = \"danger-full-access\"\n",
            "sandbox_mode",
            "requirements.toml",
        ),
        (
            "opencode.json",
            r#"{"permission": "allow", "$schema": "https://opencode.ai/config.json"}"#,
            "`permission`",
            "opencode.json",
        ),
        (
            "config/goose/config.yaml",
            "GOOSE_MODE: auto\nextensions: {}\n",
            "GOOSE_MODE",
            "config.yaml",
        ),
        (
            ".zed/settings.json",
            r#"{"agent": {"always_allow_tool_actions": true}}"#,
            "always_allow_tool_actions",
            "settings.json",
        ),
        (
            ".continue/permissions.yaml",
            "allow: [\"*\"]\nask: []\nexclude: []\n",
            "`allow`",
            "permissions.yaml",
        ),
        (
            ".config/kubectl-ai/config.yaml",
            "skipPermissions: true\nmodel: m\nllmProvider: gemini\n",
            "skipPermissions",
            "config.yaml",
        ),
    ] {
        let told = remedies(&[(path, text)]);
        assert!(!told.is_empty(), "{path}: nothing is found");
        assert!(told.iter().all(|one| one.contains(key) && one.contains(file)), "{path}: {told:?}");
    }
}

#[test]
fn a_flag_is_to_be_left_out_where_the_command_line_has_it() {
    let workflow = "on: push\njobs:\n  fix:\n    runs-on: x\n    steps:\n      \
                    - run: claude -p --dangerously-skip-permissions 'fix it'\n";
    let told = remedies(&[(".github/workflows/fix.yml", workflow)]);
    assert_eq!(told.len(), 1);
    assert!(told[0].contains("start it without `--dangerously-skip-permissions`"), "{told:?}");
    assert!(told[0].ends_with("in managed-settings.json keeps it off"), "{told:?}");
}

#[test]
fn no_remedy_is_left_with_a_gap_in_it() {
    for rule in catalogue().clients {
        let Some(bypass) = rule.bypass else { continue };
        for on_command_line in [false, true] {
            let text = bypass.remedy(on_command_line);
            assert!(!text.contains('{') && !text.ends_with('.') && text.contains('`'), "{text}");
        }
    }
}

#[test]
fn what_flags_open_is_told_for_every_client_that_has_such_flags() {
    let rules = catalogue();
    for client in [
        Client::ClaudeCode,
        Client::Codex,
        Client::Gemini,
        Client::Continue,
        Client::AmazonQ,
        Client::Kiro,
        Client::KubectlAi,
        Client::CopilotCli,
        Client::Cursor,
        Client::OpenCode,
        Client::Kilo,
        Client::Cline,
        Client::Cagent,
    ] {
        let bypass = rules.client(client.as_str()).and_then(|rule| rule.bypass.as_ref());
        assert!(bypass.is_some_and(|bypass| bypass.flags.is_some()), "{}", client.as_str());
    }
}
