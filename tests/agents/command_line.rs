//! Agents that pipelines, Dockerfiles and scripts start with their gates off.

use gradus::model::{
    agent_config::{Client, Decision, PermissionMode, RuleTarget, Scope},
    effect::Effect,
    gate::GateKind,
};

use crate::support::{capability, layer_of, readings};

const WORKFLOW: &str = include_str!("../fixtures/agents/command-line/careless.workflow.yml");
const CAREFUL: &str = include_str!("../fixtures/agents/command-line/careful.workflow.yml");
const GITLAB: &str = include_str!("../fixtures/agents/command-line/careless.gitlab.yml");
const DOCKERFILE: &str = include_str!("../fixtures/agents/command-line/careless.Dockerfile");
const SCRIPT: &str = include_str!("../fixtures/agents/command-line/careless.sh");

/// Clients that a file opens, with how many settings each.
fn clients(path: &str, text: &str) -> Vec<(Client, usize)> {
    let mut clients: Vec<_> = readings(path, text)
        .into_iter()
        .flat_map(|reading| reading.configs)
        .map(|config| {
            assert_eq!(config.scope, Scope::CommandLine);
            (config.client, config.settings())
        })
        .collect();
    clients.sort_unstable();
    clients
}

#[test]
fn a_workflow_opens_each_agent_that_it_starts() {
    assert_eq!(
        clients(".github/workflows/nightly.yml", WORKFLOW),
        [(Client::ClaudeCode, 3), (Client::Goose, 1), (Client::Codex, 1), (Client::AmazonQ, 1)]
    );
}

#[test]
fn a_bypass_on_the_command_line_is_one() {
    let layer = layer_of([(".github/workflows/nightly.yml", WORKFLOW)]);
    let bash = capability(&layer, "claude-code: Bash");
    assert_eq!((bash.effect, bash.gate.kind), (Effect::Escalation, GateKind::None));
    assert!(layer.risks.iter().any(|hit| hit.rule == "AGT-BYPASS"));
}

#[test]
fn a_managed_setting_that_forbids_the_bypass_holds_on_the_command_line_too() {
    let managed =
        r#"{"permissions": {"disableBypassPermissionsMode": "disable", "defaultMode": "default"}}"#;
    let claude = "jobs: {a: {steps: [{run: claude --dangerously-skip-permissions}]}}\n";
    let layer = layer_of([(".github/workflows/a.yml", claude), ("managed-settings.json", managed)]);
    assert_eq!(capability(&layer, "claude-code: Bash").gate.kind, GateKind::Approve);
}

#[test]
fn what_a_command_line_restricts_restrains_no_other_run() {
    assert!(readings(".github/workflows/review.yml", CAREFUL).is_empty());
    let strict =
        "jobs: {a: {steps: [{run: \"claude --permission-mode plan --allowedTools Read\"}]}}\n";
    let layer = layer_of([
        (".github/workflows/a.yml", strict),
        (".claude/settings.local.json", r#"{"permissions": {"defaultMode": "bypassPermissions"}}"#),
    ]);
    assert_eq!(capability(&layer, "claude-code: Bash").gate.kind, GateKind::None);
}

#[test]
fn allowed_tools_become_rules_one_by_one() {
    let read = readings(".github/workflows/nightly.yml", WORKFLOW);
    let claude = read[0].configs.iter().find(|config| config.client == Client::ClaudeCode);
    let claude = claude.expect("Claude Code");
    assert_eq!(claude.rules.len(), 2);
    assert!(claude.rules.iter().all(|rule| rule.decision == Decision::Allow));
    assert_eq!(claude.modes[0].mode, PermissionMode::Bypass);
    assert_eq!(claude.modes[0].location.line, Some(11));
}

#[test]
fn gitlab_dockerfiles_and_scripts_are_read_too() {
    assert_eq!(clients(".gitlab-ci.yml", GITLAB), [(Client::Continue, 1), (Client::KubectlAi, 1)]);
    assert_eq!(clients("Dockerfile", DOCKERFILE), [(Client::Goose, 1), (Client::Gemini, 1)]);
    assert_eq!(
        clients("ops/run.sh", SCRIPT),
        [(Client::ClaudeCode, 1), (Client::Cursor, 1), (Client::CopilotCli, 1)]
    );
}

#[test]
fn a_comment_and_a_message_start_nothing() {
    assert!(
        readings("a.sh", "# claude --dangerously-skip-permissions\necho 'codex --yolo'\n")
            .is_empty()
    );
    assert!(readings("a.sh", "say claude --dangerously-skip-permissions\n").is_empty());
    assert!(readings("notes.yaml", "text: claude --dangerously-skip-permissions\n").is_empty());
}

#[test]
fn a_tool_that_is_opened_by_name_is_one_tool() {
    let read = readings("run.sh", SCRIPT);
    let copilot = read[0].configs.iter().find(|config| config.client == Client::CopilotCli);
    let targets: Vec<&RuleTarget> =
        copilot.iter().flat_map(|config| &config.rules).map(|rule| &rule.target).collect();
    let (tool, specifier) = ("shell".to_owned(), Some("git push".to_owned()));
    assert_eq!(targets, [&RuleTarget::BuiltIn { tool, specifier }]);
}

#[test]
fn a_list_of_allowed_tools_opens_them_as_the_client_calls_them() {
    let gemini =
        r#"{"mcpServers": {"shop": {"command": "kubernetes-mcp-server", "trust": false}}}"#;
    for (line, action) in [
        ("gemini --allowed-tools mcp_shop_pods_delete", "shop: pods_delete"),
        ("gemini --allowed-tools=run_shell_command", "gemini: run_shell_command"),
        ("gemini --approval-mode auto_edit", "gemini: write_file"),
        ("gemini --approval-mode=auto_edit", "gemini: replace"),
    ] {
        let layer = layer_of([(".gemini/settings.json", gemini), ("run.sh", line)]);
        assert_eq!(capability(&layer, action).gate.kind, GateKind::None, "{line}");
    }
    let q = r#"{"mcpServers": {"shop": {"command": "kubernetes-mcp-server"}}}"#;
    for (line, action) in [
        ("q chat --trust-tools=execute_bash", "amazon-q: shell"),
        ("q chat --trust-tools fs_read,@shop/pods_delete", "shop: pods_delete"),
    ] {
        let layer = layer_of([(".amazonq/mcp.json", q), ("run.sh", line)]);
        assert_eq!(capability(&layer, action).gate.kind, GateKind::None, "{line}");
    }
    let layer = layer_of([
        ("/home/ada/.copilot/mcp-config.json", q),
        ("run.sh", "copilot -p go --allow-tool 'shop(pods_delete)'"),
    ]);
    assert_eq!(capability(&layer, "shop: pods_delete").gate.kind, GateKind::None);
    assert_ne!(capability(&layer, "shop: pods_run").gate.kind, GateKind::None);
}

#[test]
fn what_holds_no_sandbox_and_asks_nobody_opens_everything() {
    for (path, text, client) in [
        ("run.sh", "codex exec --sandbox danger-full-access go", Client::Codex),
        ("run.sh", "codex exec -c 'approval_policy=\"never\"' go", Client::Codex),
        ("run.sh", "opencode run --auto go", Client::OpenCode),
        ("run.sh", "kilocode --auto go", Client::Kilo),
        ("run.sh", "npx -y cline --yolo go", Client::Cline),
        (
            "package.json",
            r#"{"scripts": {"fix": "claude --dangerously-skip-permissions"}}"#,
            Client::ClaudeCode,
        ),
        (
            ".github/workflows/a.yml",
            "jobs: {a: {steps: [{uses: openai/codex-action@v1, with: {sandbox: danger-full-access}}]}}",
            Client::Codex,
        ),
        (
            ".github/workflows/a.yml",
            "jobs: {a: {steps: [{uses: anthropics/claude-code-action@beta, with: {allowed_tools: \"Bash,mcp__shop\"}}]}}",
            Client::ClaudeCode,
        ),
    ] {
        assert!(clients(path, text).iter().any(|(opened, _)| *opened == client), "{text}");
    }
}

#[test]
fn containers_start_agents_as_well() {
    const POD: &str = include_str!("../fixtures/agents/command-line/careless.pod.yaml");
    let configs: Vec<_> = readings("deploy/triage.yaml", POD)
        .into_iter()
        .flat_map(|reading| reading.configs)
        .collect();
    let mut found: Vec<_> = configs.iter().map(|it| (it.client, it.settings())).collect();
    found.sort_unstable();
    assert_eq!(found, [(Client::Goose, 1), (Client::Gemini, 1), (Client::Holmes, 2)]);
    for config in &configs {
        assert_eq!(config.location.object.as_deref(), Some("CronJob/sre/triage"));
    }
    const COMPOSE: &str = include_str!("../fixtures/agents/command-line/careless.compose.yaml");
    assert_eq!(clients("compose.yaml", COMPOSE), [(Client::ClaudeCode, 1), (Client::Holmes, 1)]);
}

const INLINE: &str = include_str!("../fixtures/agents/command-line/inline.workflow.yml");

#[test]
fn settings_and_servers_that_a_command_line_carries_are_read_for_what_they_open() {
    let read = readings(".github/workflows/fix.yml", INLINE);
    let config = &read[0].configs[0];
    assert_eq!(config.servers.len(), 1);
    assert_eq!(config.servers[0].location.line, Some(7));
    assert_eq!(config.rules.len(), 1, "what it denies, it denies to one run");
    assert_eq!(config.switches.len(), 1);
    assert_eq!(config.modes[0].mode, PermissionMode::Bypass);
    assert!(config.hooks.is_empty(), "whom a run tells says nothing of others");
    let layer = layer_of([(".github/workflows/fix.yml", INLINE)]);
    assert_eq!(capability(&layer, "k8s: pods_exec").gate.kind, GateKind::None);
    assert_eq!(layer.unpinned.len(), 1);
}

#[test]
fn a_file_that_a_command_line_names_must_be_among_the_configurations() {
    let servers = r#"{"mcpServers": {}}"#;
    let gaps = |files: &[(&str, &str)]| layer_of(files.iter().copied()).gaps.len();
    let workflow = (".github/workflows/fix.yml", INLINE);
    assert_eq!(gaps(&[workflow]), 1);
    assert_eq!(gaps(&[workflow, ("ci/servers.json", servers)]), 0);
    for line in [
        "claude --settings \"$SETTINGS\"",
        "claude --mcp-config \"$(cat a.json)\"",
        "claude --settings '{broken'",
    ] {
        assert_eq!(gaps(&[("run.sh", line)]), 1, "{line}");
    }
}

#[test]
fn quotes_within_quotes_are_read_as_a_shell_does() {
    let line = r#"claude --settings "{\"permissions\": {\"allow\": [\"Bash\"]}}""#;
    let config = &readings("run.sh", line)[0].configs[0];
    assert_eq!(config.rules.len(), 1);
    let apostrophe = "echo it's\nclaude --dangerously-skip-permissions\n";
    assert_eq!(clients("run.sh", apostrophe), [(Client::ClaudeCode, 1)]);
}

#[test]
fn a_tool_that_answers_for_a_human_leaves_the_gate_unknown() {
    let settings = r#"{"permissions": {"defaultMode": "default"}}"#;
    let run = "claude -p x --permission-prompt-tool mcp__own__approve\n";
    let layer = layer_of([(".claude/settings.json", settings), ("run.sh", run)]);
    assert_eq!(capability(&layer, "claude-code: Bash").gate.kind, GateKind::Unknown);
}
