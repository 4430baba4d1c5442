//! What a server's own switches leave of its tools.

use gradus::model::{
    agent_config::ProblemKind,
    effect::Effect,
    gate::{Enforcer, GateKind},
};

use crate::support::{capability, layer_of, mcp, problems};

const FLUX: &str = r#""command": "npx", "args": ["-y", "mcp-server-kubernetes@4.1.7"]"#;

#[test]
fn a_read_only_switch_removes_what_changes_something_and_the_server_enforces_it() {
    let text =
        mcp(r#""command": "npx", "args": ["-y", "kubernetes-mcp-server@0.0.67", "--read-only"]"#);
    let layer = layer_of([(".mcp.json", text.as_str())]);
    let delete = capability(&layer, "k8s: pods_delete");
    assert_eq!(delete.gate.kind, GateKind::Deny);
    assert_eq!(delete.gate.enforced_by, Some(Enforcer::Server));
    assert!(!capability(&layer, "k8s: pods_list").gate.holds());
}

#[test]
fn reading_any_resource_is_a_sensitive_read_because_secrets_are_resources() {
    let text = mcp(r#""command": "kubernetes-mcp-server""#);
    let layer = layer_of([(".mcp.json", text.as_str())]);
    assert_eq!(capability(&layer, "k8s: resources_get").effect, Effect::SensitiveRead);
}

#[test]
fn one_and_true_in_capitals_do_not_switch_a_server_that_compares_exactly() {
    for value in [r#""1""#, r#""True""#, r#""yes""#, "1"] {
        let text = mcp(&format!(r#"{FLUX}, "env": {{"ALLOW_ONLY_READONLY_TOOLS": {value}}}"#));
        let layer = layer_of([(".mcp.json", text.as_str())]);
        let delete = capability(&layer, "k8s: kubectl_delete");
        assert_ne!(delete.gate.kind, GateKind::Deny, "{value}");
        assert!(layer.risks.iter().any(|hit| hit.rule == "AGT-INEFFECTIVE-SWITCH"), "{value}");
    }
}

#[test]
fn non_destructive_is_not_read_only() {
    let text = mcp(&format!(r#"{FLUX}, "env": {{"ALLOW_ONLY_NON_DESTRUCTIVE_TOOLS": "true"}}"#));
    let layer = layer_of([(".mcp.json", text.as_str())]);
    assert_eq!(capability(&layer, "k8s: kubectl_delete").gate.kind, GateKind::Deny);
    let apply = capability(&layer, "k8s: kubectl_apply");
    assert!(!apply.gate.holds());
    assert_eq!(apply.effect, Effect::Escalation);
    assert!(layer.risks.iter().any(|hit| hit.rule == "AGT-NOT-READ-ONLY"));
}

#[test]
fn a_list_of_tools_wins_over_the_read_only_switch() {
    let env = r#""env": {"ALLOWED_TOOLS": "kubectl_get,kubectl_delete", "ALLOW_ONLY_READONLY_TOOLS": "true"}"#;
    let text = mcp(&format!("{FLUX}, {env}"));
    let layer = layer_of([(".mcp.json", text.as_str())]);
    assert_ne!(capability(&layer, "k8s: kubectl_delete").gate.kind, GateKind::Deny);
    assert_eq!(capability(&layer, "k8s: kubectl_apply").gate.kind, GateKind::Deny);
}

#[test]
fn a_switch_whose_value_is_elsewhere_does_not_restrict_and_is_a_gap() {
    let text =
        mcp(&format!(r#"{FLUX}, "env": {{"ALLOW_ONLY_READONLY_TOOLS": "${{READ_ONLY:-true}}"}}"#));
    let layer = layer_of([(".mcp.json", text.as_str())]);
    assert_ne!(capability(&layer, "k8s: kubectl_delete").gate.kind, GateKind::Deny);
    assert!(layer.gaps.iter().any(|gap| gap.reason.contains("ALLOW_ONLY_READONLY_TOOLS")));
}

#[test]
fn a_server_that_only_reads_by_default_may_write_when_its_environment_is_elsewhere() {
    let read = mcp(r#""command": "uvx", "args": ["awslabs.ecs-mcp-server@1.0.0"]"#);
    let layer = layer_of([(".mcp.json", read.as_str())]);
    assert_eq!(capability(&layer, "k8s: delete_app").gate.kind, GateKind::Deny);
    let elsewhere =
        mcp(r#""command": "uvx", "args": ["awslabs.ecs-mcp-server@1.0.0"], "envFile": ".env""#);
    let layer = layer_of([(".mcp.json", elsewhere.as_str())]);
    assert_ne!(capability(&layer, "k8s: delete_app").gate.kind, GateKind::Deny);
}

#[test]
fn of_repeated_variables_the_one_that_leaves_more_open_counts() {
    for env in [
        r#"{"ALLOW_ONLY_READONLY_TOOLS": "true", "ALLOW_ONLY_READONLY_TOOLS": "false"}"#,
        r#"{"ALLOW_ONLY_READONLY_TOOLS": "false", "ALLOW_ONLY_READONLY_TOOLS": "true"}"#,
    ] {
        let text = mcp(&format!(r#"{FLUX}, "env": {env}"#));
        let layer = layer_of([(".mcp.json", text.as_str())]);
        assert_ne!(capability(&layer, "k8s: kubectl_delete").gate.kind, GateKind::Deny, "{env}");
        assert!(layer.risks.iter().any(|hit| hit.rule == "AGT-DUPLICATE-KEY"), "{env}");
    }
}

#[test]
fn a_variable_that_docker_does_not_pass_on_does_not_restrict() {
    let outside = mcp(
        r#""command": "docker", "args": ["run", "-i", "--rm", "flux159/mcp-server-kubernetes:4.1.7"],
           "env": {"ALLOW_ONLY_READONLY_TOOLS": "true"}"#,
    );
    let layer = layer_of([(".mcp.json", outside.as_str())]);
    assert_ne!(capability(&layer, "k8s: kubectl_delete").gate.kind, GateKind::Deny);
    let inside = outside.replace(r#""--rm","#, r#""--rm", "-e", "ALLOW_ONLY_READONLY_TOOLS","#);
    let layer = layer_of([(".mcp.json", inside.as_str())]);
    assert_eq!(capability(&layer, "k8s: kubectl_delete").gate.kind, GateKind::Deny);
}

#[test]
fn an_unknown_server_is_one_destructive_capability_whose_effect_nobody_knows() {
    let text = mcp(r#""command": "npx", "args": ["-y", "@acme/kubernetes-readonly@1.0.0"]"#);
    let layer = layer_of([(".mcp.json", text.as_str())]);
    let any = capability(&layer, "k8s: any tool");
    assert_eq!((any.effect, any.effect_known), (Effect::Destructive, false));
    assert!(layer.risks.iter().any(|hit| hit.rule == "MCP-UNKNOWN-SERVER"));
}

#[test]
fn the_name_of_a_server_decides_nothing() {
    let text = r#"{"mcpServers": {"kubernetes-readonly": {"command": "npx", "args": ["kubernetes-mcp-server@latest"]}}}"#;
    let layer = layer_of([(".mcp.json", text)]);
    let delete = capability(&layer, "kubernetes-readonly: pods_delete");
    assert_eq!(delete.effect, Effect::Destructive);
    assert_ne!(delete.gate.kind, GateKind::Deny);
}

#[test]
fn toolsets_that_are_not_offered_by_default_count_once_they_are_named() {
    let text = mcp(r#""command": "kubernetes-mcp-server", "args": ["--toolsets", "core,kiali"]"#);
    let layer = layer_of([(".mcp.json", text.as_str())]);
    assert!(!capability(&layer, "k8s: kiali_manage_istio_config").gate.holds());
    assert_eq!(capability(&layer, "k8s: helm_install").gate.kind, GateKind::Deny);
    let text = mcp(r#""command": "kubernetes-mcp-server""#);
    let layer = layer_of([(".mcp.json", text.as_str())]);
    assert!(layer.capabilities.iter().all(|held| held.action != "k8s: kiali_manage_istio_config"));
}

#[test]
fn a_token_lets_terraform_write_without_the_operations_switch() {
    let text = mcp(
        r#""command": "terraform-mcp-server", "args": ["stdio"], "env": {"TFE_TOKEN": "${TFE_TOKEN}"}"#,
    );
    let layer = layer_of([(".mcp.json", text.as_str())]);
    assert!(!capability(&layer, "k8s: update_workspace_variable").gate.holds());
    assert_eq!(capability(&layer, "k8s: delete_project").gate.kind, GateKind::Deny);
}

#[test]
fn a_proxy_is_judged_by_the_server_that_it_passes_calls_on_to() {
    let text = mcp(
        r#""command": "uvx", "args": ["mcp-proxy-for-aws@1.6.2", "https://aws-mcp.us-east-1.api.aws/mcp"]"#,
    );
    let layer = layer_of([(".mcp.json", text.as_str())]);
    assert_eq!(layer.servers[0].catalogue.as_deref(), Some("aws-mcp"));
    assert_eq!(capability(&layer, "k8s: any tool").effect, Effect::Escalation);
}

#[test]
fn a_disabled_server_offers_nothing_and_still_holds_its_secret() {
    let text =
        mcp(&format!(r#"{FLUX}, "disabled": true, "env": {{"K8S_TOKEN": "not-a-real-one-41"}}"#));
    let layer = layer_of([(".roo/mcp.json", text.as_str())]);
    assert!(layer.capabilities.iter().all(|held| held.scope != "k8s"));
    assert!(!layer.servers[0].enabled);
    assert_eq!(layer.literal_secrets.len(), 1);
}

#[test]
fn a_key_that_a_client_does_not_read_switches_no_server_off() {
    let text = mcp(&format!(r#"{FLUX}, "disabled": true"#));
    for path in [".mcp.json", ".cursor/mcp.json", "claude_desktop_config.json"] {
        let layer = layer_of([(path, text.as_str())]);
        assert!(layer.servers[0].enabled, "{path}");
        assert!(layer.capabilities.iter().any(|held| held.action == "k8s: kubectl_delete"));
        assert_eq!(problems(path, &text), [ProblemKind::IgnoredValue], "{path}");
    }
    // Which client reads this one is not known, and so is what it passes over.
    let layer = layer_of([("servers.json", text.as_str())]);
    assert!(layer.servers[0].enabled);
    assert_eq!(problems("servers.json", &text), []);
}

#[test]
fn a_restriction_that_another_setting_takes_back_does_not_hold() {
    for (entry, tool) in [
        (
            r#""command": "docker", "args": ["run", "-i", "-e", "GITHUB_READ_ONLY=1", "ghcr.io/github/github-mcp-server", "stdio", "--read-only=false"]"#,
            "k8s: any tool",
        ),
        (
            r#""command": "npx", "args": ["-y", "mongodb-mcp-server@3.0.4", "--readOnly"], "env": {"MDB_MCP_READ_ONLY": "false"}"#,
            "k8s: any tool",
        ),
    ] {
        let layer = layer_of([(".mcp.json", mcp(entry).as_str())]);
        assert!(capability(&layer, tool).effect.is_mutating(), "{entry}");
        assert!(layer.risks.iter().any(|hit| hit.rule == "AGT-INEFFECTIVE-SWITCH"), "{entry}");
    }
}

#[test]
fn the_archived_server_has_no_read_only_mode() {
    let text = mcp(
        r#""command": "npx", "args": ["-y", "@modelcontextprotocol/server-github"], "env": {"GITHUB_READ_ONLY": "1"}"#,
    );
    let layer = layer_of([(".mcp.json", text.as_str())]);
    assert_eq!(capability(&layer, "k8s: any tool").effect, Effect::Escalation);
}

#[test]
fn a_flag_that_opens_counts_where_a_parser_completes_it() {
    let text = mcp(r#""command": "uvx", "args": ["awslabs.eks-mcp-server@1.0.0", "--allow-w"]"#);
    let layer = layer_of([(".mcp.json", text.as_str())]);
    assert_ne!(capability(&layer, "k8s: manage_eks_stacks").gate.kind, GateKind::Deny);
}

#[test]
fn a_selection_that_is_not_in_the_evidence_may_go_before_a_restriction() {
    let text = mcp(&format!(
        r#"{FLUX}, "env": {{"ALLOW_ONLY_READONLY_TOOLS": "true", "ALLOWED_TOOLS": "${{TOOLS}}"}}"#
    ));
    let layer = layer_of([(".mcp.json", text.as_str())]);
    assert_ne!(capability(&layer, "k8s: kubectl_delete").gate.kind, GateKind::Deny);
    assert!(!layer.gaps.is_empty());
    let text = mcp(
        r#""command": "npx", "args": ["kubernetes-mcp-server@0.0.67", "--toolsets", "${SETS}"]"#,
    );
    let layer = layer_of([(".mcp.json", text.as_str())]);
    assert!(capability(&layer, "k8s: helm_install").effect.is_mutating());
}

#[test]
fn a_pattern_hides_no_tool_from_a_client_that_takes_names() {
    let text =
        mcp(r#""command": "kubernetes-mcp-server", "disabledTools": ["*", "pods_*", "pods_run"]"#);
    for path in [".roo/mcp.json", ".windsurf/mcp_config.json", ".kiro/settings/mcp.json"] {
        let layer = layer_of([(path, text.as_str())]);
        assert_ne!(capability(&layer, "k8s: pods_delete").gate.kind, GateKind::Deny, "{path}");
        assert_eq!(capability(&layer, "k8s: pods_run").gate.kind, GateKind::Deny, "{path}");
        assert_eq!(problems(path, &text), [ProblemKind::DeadRule; 2], "{path}");
    }
}

#[test]
fn an_entry_that_names_a_command_and_a_url_is_the_one_that_its_client_takes() {
    let entry = |kind: &str| {
        mcp(&format!(
            r#"{kind} "url": "https://tools.example.com/mcp", "command": "npx", "args": ["kubernetes-mcp-server@0.0.67", "--read-only"]"#
        ))
    };
    let effect = |path: &str, text: &str| {
        let layer = layer_of([(path, text)]);
        layer.capabilities.iter().any(|held| held.action == "k8s: any tool")
    };
    assert!(effect(".gemini/settings.json", &entry("")));
    assert!(effect(".mcp.json", &entry(r#""type": "http","#)));
    assert!(!effect(".mcp.json", &entry(r#""type": "stdio","#)));
    // Neither is said to count.
    assert!(effect(".mcp.json", &entry("")));
}
