//! kubernetes-mcp-server's own settings: what they hide, and what they ask for.

use gradus::{
    model::{
        agent_config::ProblemKind,
        gate::{Enforcer, FailMode, GateKind},
    },
    privilege::tools::ToolLayer,
};

use crate::support::{capability, config_of, layer_of, mcp, readings};

const CAREFUL: &str = include_str!("../fixtures/agents/kubernetes-mcp/careful.toml");
const CARELESS: &str = include_str!("../fixtures/agents/kubernetes-mcp/careless.toml");

/// A client that asks nothing, and starts the server with these settings.
fn started_with(settings: &str, arguments: &str) -> ToolLayer {
    let servers =
        mcp(&format!(r#""command": "npx", "args": ["kubernetes-mcp-server@0.0.67", {arguments}]"#));
    layer_of([
        (".mcp.json", servers.as_str()),
        ("ops/config.toml", settings),
        (".claude/settings.json", r#"{"permissions": {"defaultMode": "bypassPermissions"}}"#),
    ])
}

#[test]
fn a_launch_is_judged_by_the_file_that_it_names() {
    let layer = started_with(CAREFUL, r#""--config", "ops/config.toml""#);
    assert_eq!(capability(&layer, "k8s: pods_exec").gate.kind, GateKind::Deny);
    let delete = capability(&layer, "k8s: pods_delete");
    assert_eq!((delete.gate.kind, delete.gate.fail_mode), (GateKind::Approve, FailMode::Closed));
    assert_eq!(delete.gate.enforced_by, Some(Enforcer::Server));
    assert_eq!(capability(&layer, "k8s: helm_install").gate.kind, GateKind::Approve);
    assert!(!layer.gaps.iter().any(|gap| gap.reason.contains("not evaluated")));
    assert_eq!(layer.servers.len(), 1);
}

#[test]
fn a_file_that_is_not_in_evidence_stays_a_gap_and_restricts_nothing() {
    for arguments in [
        r#""--config=/etc/k8s/other.toml""#,
        r#""--config", "../ops/config.toml""#,
        r#""--config", "ops/config.toml", "--config-dir", "ops/conf.d""#,
    ] {
        let layer = started_with(CAREFUL, arguments);
        assert_eq!(capability(&layer, "k8s: pods_exec").gate.kind, GateKind::None, "{arguments}");
        assert!(layer.gaps.iter().any(|gap| gap.reason.contains("not evaluated")), "{arguments}");
    }
}

#[test]
fn drop_ins_beside_the_file_may_say_otherwise() {
    let servers =
        mcp(r#""command": "kubernetes-mcp-server", "args": ["--config", "ops/config.toml"]"#);
    let layer = layer_of([
        (".mcp.json", servers.as_str()),
        ("ops/config.toml", "read_only = true\n"),
        ("ops/conf.d/99-local.toml", "read_only = false\n"),
    ]);
    assert!(!capability(&layer, "k8s: pods_delete").gate.holds());
}

#[test]
fn a_confirmation_lets_pass_where_the_client_cannot_ask_unless_it_says_deny() {
    let layer = started_with(CARELESS, r#""--config", "ops/config.toml""#);
    let delete = capability(&layer, "k8s: pods_delete");
    assert_eq!((delete.gate.kind, delete.gate.fail_mode), (GateKind::Approve, FailMode::Open));
    assert!(!delete.gate.holds());
}

#[test]
fn a_list_of_tools_leaves_no_other() {
    let layer = started_with(CARELESS, r#""--config", "ops/config.toml""#);
    assert_eq!(capability(&layer, "k8s: resources_delete").gate.kind, GateKind::Deny);
    let both = format!("read_only = true\n{CARELESS}");
    let layer = started_with(&both, r#""--config", "ops/config.toml""#);
    assert_eq!(capability(&layer, "k8s: pods_exec").gate.kind, GateKind::Deny);
    assert_eq!(capability(&layer, "k8s: pods_list").gate.kind, GateKind::None);
}

#[test]
fn a_rule_that_mixes_tools_and_requests_is_dead() {
    let problems = config_of("config.toml", CARELESS).problems;
    assert_eq!(problems.len(), 1);
    assert_eq!(problems[0].kind, ProblemKind::DeadRule);
    assert!(config_of("config.toml", CAREFUL).problems.is_empty());
}

#[test]
fn a_secret_of_the_file_is_the_users_of_it() {
    let layer = started_with(CARELESS, r#""--config", "ops/config.toml""#);
    assert_eq!(layer.literal_secrets.len(), 1);
}

#[test]
fn by_itself_it_is_a_server_that_somebody_runs() {
    let layer = layer_of([("config.toml", CAREFUL)]);
    assert_eq!(layer.servers[0].catalogue.as_deref(), Some("kubernetes-mcp-server"));
    assert_eq!(capability(&layer, "kubernetes-mcp-server: pods_exec").gate.kind, GateKind::Deny);
    assert_eq!(
        capability(&layer, "kubernetes-mcp-server: resources_get").gate.kind,
        GateKind::Unknown
    );
}

#[test]
fn toml_of_other_programs_is_not_its() {
    assert!(readings("Cargo.toml", "[package]\nname = \"x\"\n").is_empty());
    assert!(
        readings("config.toml", "model = \"o\"\n[mcp_servers.k]\nenabled_tools = [\"x\"]\n")
            .is_empty()
    );
    assert!(readings("c.yaml", "read_only: true\n").is_empty());
}
