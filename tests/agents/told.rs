//! Who is told of what an agent changes unasked: hooks and sinks that reach people, and
//! those that only look as if.

use gradus::{
    model::agent_config::ProblemKind,
    privilege::tools::{Noted, ToolLayer},
};

use crate::support::{catalogue, config_of, layer_of};

const SLACK: &str = "jq -c '{text: .tool_name}' | curl -sf -d @- \\\"$SLACK_WEBHOOK_URL\\\"";

/// A Claude Code that scales unasked, with this entry among its hooks.
fn with_hook(event: &str, matcher: &str, hook: &str) -> ToolLayer {
    with_settings(&format!(
        r#""hooks": {{"{event}": [{{"matcher": "{matcher}", "hooks": [{hook}]}}]}}"#
    ))
}

fn with_settings(more: &str) -> ToolLayer {
    let settings = format!(
        r#"{{"permissions": {{"defaultMode": "default", "deny": ["Bash", "Read(~/.kube/**)",
            "Read(~/.aws/**)"], "allow": ["mcp__k8s__resources_scale"]}}, {more}}}"#
    );
    let servers = r#"{"mcpServers": {"k8s": {"command": "npx",
        "args": ["-y", "kubernetes-mcp-server@0.0.67"]}}}"#;
    layer_of([(".claude/settings.json", settings.as_str()), (".mcp.json", servers)])
}

fn command(text: &str) -> String {
    format!(r#"{{"type": "command", "command": "{text}"}}"#)
}

fn names(list: &[Noted]) -> Vec<&str> {
    list.iter().map(|noted| noted.name.as_str()).collect()
}

#[test]
fn every_example_of_a_channel_is_what_it_says() {
    for rule in catalogue().messages.channels {
        let tells = |text: &str| {
            let layer = with_hook("PostToolUse", "*", &command(&text.replace('"', "\\\"")));
            names(&layer.told.channels).contains(&rule.channel.as_str())
        };
        assert!(!rule.examples.is.is_empty() && !rule.examples.is_not.is_empty());
        assert!(rule.examples.is.iter().all(|text| tells(text)), "{}", rule.channel);
        assert!(!rule.examples.is_not.iter().any(|text| tells(text)), "{}", rule.channel);
    }
}

#[test]
fn a_hook_that_posts_each_use_to_slack_tells_of_every_tool() {
    for matcher in ["*", "", "mcp__k8s__resources_scale", "Edit|mcp__k8s__.*"] {
        let layer = with_hook("PostToolUse", matcher, &command(SLACK));
        assert_eq!(names(&layer.told.channels), ["Slack"], "{matcher}");
        assert!(layer.told.untold.is_empty(), "{matcher}: {:?}", layer.told.untold);
        assert!(layer.told.undecided.is_empty(), "{matcher}: {:?}", layer.told.undecided);
    }
}

#[test]
fn a_tool_that_the_hook_is_not_for_is_told_to_nobody() {
    let layer = with_hook("PostToolUse", "Edit|Write", &command(SLACK));
    assert_eq!(names(&layer.told.untold), ["k8s: resources_scale"]);
}

#[test]
fn a_matcher_that_is_not_taken_apart_decides_nothing() {
    let layer = with_hook("PostToolUse", "mcp__(k8s|aws)__.*", &command(SLACK));
    assert_eq!(names(&layer.told.undecided), ["k8s: resources_scale"]);
    assert!(layer.told.untold.is_empty());
}

#[test]
fn a_message_at_the_end_of_a_turn_says_of_no_change() {
    for event in ["Stop", "Notification", "SessionEnd", "PostToolUseFailure"] {
        let layer = with_hook(event, "", &command(SLACK));
        assert!(layer.told.channels.is_empty(), "{event}");
        assert_eq!(names(&layer.told.undecided), ["k8s: resources_scale"], "{event}");
    }
}

#[test]
fn what_reaches_only_the_one_at_the_machine_tells_nobody() {
    for text in [
        "osascript -e 'display notification \\\"done\\\"'",
        "jq -c . >> /var/log/agent.jsonl",
        "echo curl https://hooks.slack.com/services/T/B/x",
    ] {
        let layer = with_hook("PostToolUse", "", &command(text));
        assert!(layer.told.channels.is_empty(), "{text}");
        assert_eq!(layer.told.undecided[0].detail, "nothing that was read tells anybody", "{text}");
    }
}

#[test]
fn a_script_or_a_condition_may_tell_somebody() {
    for text in [
        "./hooks/notify-slack.sh",
        "python3 hooks/slack.py",
        "grep -q prod && curl -d @- $SLACK_WEBHOOK_URL",
        "if grep -q prod; then curl -d @- $SLACK_WEBHOOK_URL; fi",
        "exit 0; curl -d @- $SLACK_WEBHOOK_URL",
        "curl -d @- https://events.acme.internal/agents",
    ] {
        let layer = with_hook("PostToolUse", "", &command(text));
        assert!(layer.told.channels.is_empty(), "{text}");
        assert!(layer.told.undecided[0].detail.contains("is not decided"), "{text}");
    }
}

#[test]
fn shells_and_wrappers_around_the_sender_are_followed() {
    for text in [
        "bash -c 'jq -c . | curl -d @- $SLACK_WEBHOOK_URL'",
        "timeout 5 /usr/bin/curl -d @- $SLACK_WEBHOOK_URL || true",
        "input=$(cat); curl -d x ${SLACK_WEBHOOK_URL} &",
    ] {
        let layer = with_hook("PostToolUse", "", &command(text));
        assert_eq!(names(&layer.told.channels), ["Slack"], "{text}");
    }
}

#[test]
fn the_client_itself_may_post() {
    let hook = r#"{"type": "http", "url": "https://hooks.slack.com/services/T1/B1/s3cr3tpart99"}"#;
    let layer = with_hook("PostToolUse", "", hook);
    assert_eq!(names(&layer.told.channels), ["Slack"]);
    assert!(layer.told.undecided.is_empty());
    assert!(!format!("{layer:?}").contains("s3cr3tpart99"));
}

#[test]
fn an_address_that_is_empty_is_ineffective() {
    let hooks = |url: &str| {
        format!(
            r#"{{"env": {{"SLACK_WEBHOOK_URL": "{url}"}}, "hooks": {{"PostToolUse": [{{"hooks":
                [{}]}}]}}}}"#,
            command("curl -d @- $SLACK_WEBHOOK_URL")
        )
    };
    for url in ["", "https://hooks.slack.com/services/YOUR/WEBHOOK/URL", "<your-webhook>"] {
        let text = hooks(url);
        let layer = layer_of([(".claude/settings.json", text.as_str())]);
        let said = layer.risks.iter().any(|risk| risk.scope == "hook of PostToolUse");
        assert!(said, "{url}: {:?}", layer.risks);
        assert!(layer.told.channels.is_empty(), "{url}");
    }
}

#[test]
fn a_word_that_is_empty_or_a_page_is_no_address_of_a_message() {
    for text in ["sed -i '' -e s/a/b/ notes.md", "echo https://example.com/docs", "jq '' x.json"] {
        let layer = with_hook("PostToolUse", "", &command(text));
        assert!(layer.risks.iter().all(|risk| risk.scope != "hook of PostToolUse"), "{text}");
    }
}

#[test]
fn hooks_that_are_off_tell_nobody() {
    let more = format!(
        r#""disableAllHooks": true, "hooks": {{"PostToolUse": [{{"hooks": [{}]}}]}}"#,
        command(SLACK)
    );
    assert!(with_settings(&more).told.channels.is_empty());
}

#[test]
fn an_event_of_shells_says_nothing_of_servers() {
    let hooks = |event: &str| {
        format!(
            r#"{{"version": 1, "hooks": {{"{event}": [{{"command":
                "curl -d @- $SLACK_WEBHOOK_URL"}}]}}}}"#
        )
    };
    let servers = r#"{"mcpServers": {"k8s": {"command": "kubernetes-mcp-server"}}}"#;
    let open = r#"{"mcpAllowlist": ["k8s:*"], "terminalAllowlist": []}"#;
    let layer = |event: &str| {
        let hooks = hooks(event);
        layer_of([
            (".cursor/mcp.json", servers),
            (".cursor/permissions.json", open),
            (".cursor/hooks.json", hooks.as_str()),
        ])
    };
    let shells = layer("afterShellExecution");
    assert!(names(&shells.told.untold).contains(&"k8s: resources_scale"), "{:?}", shells.told);
    let servers = layer("afterMCPExecution");
    assert!(!names(&servers.told.untold).contains(&"k8s: resources_scale"), "{:?}", servers.told);
}

const DOT_AI: &str = include_str!("../fixtures/agents/dot-ai/careless.yaml");

#[test]
fn a_policy_that_acts_tells_the_channel_that_it_has_an_address_of() {
    let told = |notifications: &str| {
        let text = DOT_AI.replace("slack: {enabled: true, channel: \"#alerts\"}", notifications);
        let layer = layer_of([("policy.yaml", text.as_str())]);
        (names(&layer.told.channels).join(","), names(&layer.told.untold).join(","))
    };
    let slack = ("Slack".to_owned(), String::new());
    let nobody = (String::new(), "dot-ai: remediate".to_owned());
    assert_eq!(told("slack: {enabled: true, webhookUrlSecretRef: {name: a, key: b}}"), slack);
    for off in [
        "slack: {enabled: true, channel: \"#alerts\"}",
        "slack: {enabled: false, webhookUrlSecretRef: {name: a, key: b}}",
        "slack: {enabled: true, webhookUrlSecretRef: {name: a, key: \"\"}}",
        "slack: {enabled: true, webhookUrl: \"https://example.com/\"}",
        "slack: {enabled: true, notifyOnComplete: false, webhookUrlSecretRef: {name: a, key: b}}",
    ] {
        assert_eq!(told(off), nobody, "{off}");
    }
    let silent = DOT_AI.split("  notifications:").next().expect("the head of the policy");
    let layer = layer_of([("policy.yaml", silent)]);
    assert_eq!(names(&layer.told.untold), ["dot-ai: remediate"], "its channels are off unset");
}

#[test]
fn a_pause_that_nothing_starts_is_ineffective() {
    let limited = |limits: &str| {
        let text = format!("{DOT_AI}  rateLimiting: {limits}\n");
        let config = config_of("policy.yaml", &text);
        config.problems.iter().any(|it| it.subject == "rateLimiting.eventsPerMinute")
    };
    assert!(limited("{eventsPerMinute: 0, cooldownMinutes: 15}"));
    assert!(limited("{eventsPerMinute: 0}"), "the pause is five minutes where nothing is said");
    assert!(!limited("{eventsPerMinute: 0, cooldownMinutes: 0}"));
    assert!(!limited("{eventsPerMinute: 5, cooldownMinutes: 15}"));
}

#[test]
fn the_sink_of_k8sgpt_is_not_told_of_patches() {
    let text = format!(
        "{}  sink: {{type: slack, webhook: https://hooks.slack.com/services/a/b/c}}\n",
        include_str!("../fixtures/agents/k8sgpt/careless.yaml")
    );
    let layer = layer_of([("k8sgpt.yaml", text.as_str())]);
    assert!(layer.told.channels.is_empty());
    assert_eq!(names(&layer.told.untold), ["k8sgpt: patch Deployment", "k8sgpt: patch Service"]);
}

#[test]
fn a_playbook_tells_the_sinks_that_take_its_findings() {
    let told = |sinks: &str, actions: &str| {
        let text = format!(
            "sinksConfig: {sinks}\ncustomPlaybooks:\n- triggers: [{{on_pod_crash_loop: {{}}}}]\n  \
             actions: {actions}\n"
        );
        let layer = layer_of([("values.yaml", text.as_str())]);
        let told = layer.told;
        (names(&told.channels).join(","), names(&told.untold).len(), names(&told.undecided).len())
    };
    let slack = "[{slack_sink: {name: main, slack_channel: alerts, api_key: x}}]";
    let heal = "[{logs_enricher: {}}, {delete_pod: {}}]";
    assert_eq!(told(slack, heal), ("Slack".to_owned(), 0, 0));
    assert_eq!(told(slack, "[{delete_pod: {}}]"), (String::new(), 0, 1), "it reports nothing");
    assert_eq!(told("[]", heal), (String::new(), 0, 1), "other values may bring some");
    let nowhere = "[{slack_sink: {name: main, slack_channel: \"\", api_key: x}}]";
    assert_eq!(told(nowhere, heal), (String::new(), 1, 0));
    let narrowed =
        "[{slack_sink: {name: main, slack_channel: a, api_key: x, match: {severity: HIGH}}}]";
    assert_eq!(told(narrowed, heal), (String::new(), 0, 1));
    let elsewhere = "[{robusta_sink: {name: ui, token: x}}]";
    assert_eq!(told(elsewhere, heal), (String::new(), 0, 1));
}

#[test]
fn what_records_calls_is_noted_where_it_is_on() {
    let recorders = |path: &str, text: &str| names(&layer_of([(path, text)]).telemetry).join(",");
    let toolhive = include_str!("../fixtures/agents/toolhive/careful.yaml");
    assert_eq!(recorders("kube.yaml", toolhive), "audit.enabled");
    assert_eq!(recorders("kube.yaml", &toolhive.replace("enabled: true", "enabled: false")), "");
    let vscode = r#"{"github.copilot.chat.otel.enabled": true, "chat.mcp.autostart": "never"}"#;
    assert_eq!(recorders(".vscode/settings.json", vscode), "github.copilot.chat.otel.enabled");
    assert_eq!(recorders(".vscode/settings.json", &vscode.replace("true", "false")), "");
    let kubectl_ai = "llmProvider: gemini\nskipPermissions: false\ntracePath: /var/log/trace.txt\n";
    assert_eq!(recorders("config.yaml", kubectl_ai), "tracePath");
}

#[test]
fn a_limit_that_lets_pass_when_its_counter_is_gone_is_ineffective() {
    let text = include_str!("../fixtures/agents/toolhive/careful.yaml").replace(
        "  audit:",
        "  rateLimiting: {shared: {maxTokens: 30, refillPeriod: 1m}}\n  audit:",
    );
    let config = config_of("kube.yaml", &text);
    assert!(config.problems.iter().any(|problem| {
        problem.kind == ProblemKind::FailsOpen && problem.subject == "rateLimiting"
    }));
}
