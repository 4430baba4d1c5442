//! Gemini CLI: settings, policies with ranks, extensions.

use gradus::model::{
    agent_config::{Client, ProblemKind, Scope},
    effect::Effect,
    gate::GateKind,
};

use crate::support::{capability, config_of, layer_of, problems, readings};

const CAREFUL: &str = include_str!("../fixtures/agents/gemini/careful-settings.json");
const CARELESS: &str = include_str!("../fixtures/agents/gemini/careless-settings.json");
const POLICY: &str = include_str!("../fixtures/agents/gemini/careful-policy.toml");
const SETTINGS: &str = ".gemini/settings.json";
const POLICIES: &str = "/home/ada/.gemini/policies/ours.toml";

fn gate_with(policy: &str, place: &str, action: &str) -> GateKind {
    let settings = r#"{"general": {"defaultApprovalMode": "default"},
        "mcpServers": {"shop-cluster": {"command": "kubernetes-mcp-server"}}}"#;
    let layer = layer_of([(SETTINGS, settings), (place, policy)]);
    capability(&layer, action).gate.kind
}

#[test]
fn settings_are_told_by_their_sections_and_may_hold_comments() {
    let config = config_of(SETTINGS, CAREFUL);
    assert_eq!((config.client, config.scope), (Client::Gemini, Scope::Project));
    assert_eq!(config_of("/etc/gemini-cli/settings.json", CAREFUL).scope, Scope::Managed);
    assert_eq!(config_of("/etc/gemini-cli/system-defaults.json", CAREFUL).scope, Scope::Defaults);
    assert!(readings("app.json", r#"{"general": {"name": "shop"}}"#).is_empty());
}

#[test]
fn a_rule_of_a_higher_rank_decides() {
    let layer = layer_of([(SETTINGS, CAREFUL), (POLICIES, POLICY)]);
    assert_eq!(capability(&layer, "shop-cluster: pods_delete").gate.kind, GateKind::Deny);
    assert_eq!(capability(&layer, "shop-cluster: pods_run").gate.kind, GateKind::Approve);
    assert_eq!(capability(&layer, "shop-cluster: pods_exec").gate.kind, GateKind::Deny);
    assert!(layer.bypasses.is_empty(), "{:?}", layer.bypasses);
}

#[test]
fn the_order_within_the_file_counts_for_nothing() {
    let policy = r#"
        [[rule]]
        mcpName = "shop-cluster"
        decision = "deny"
        priority = 10
        [[rule]]
        mcpName = "shop-cluster"
        decision = "allow"
        priority = 900
    "#;
    assert_eq!(gate_with(policy, POLICIES, "shop-cluster: pods_delete"), GateKind::None);
    let reversed = policy.replace("900", "5");
    assert_eq!(gate_with(&reversed, POLICIES, "shop-cluster: pods_delete"), GateKind::Deny);
}

#[test]
fn a_policy_of_the_administrator_wins_over_any_rank_of_the_user() {
    let deny = "[[rule]]\nmcpName = \"shop-cluster\"\ndecision = \"deny\"\npriority = 0\n";
    let allow = "[[rule]]\nmcpName = \"*\"\ndecision = \"allow\"\npriority = 999\n";
    let settings =
        r#"{"mcpServers": {"shop-cluster": {"command": "kubernetes-mcp-server", "trust": true}}}"#;
    let layer = layer_of([
        (SETTINGS, settings),
        ("/etc/gemini-cli/policies/ours.toml", deny),
        (POLICIES, allow),
    ]);
    assert_eq!(capability(&layer, "shop-cluster: pods_delete").gate.kind, GateKind::Deny);
}

#[test]
fn trust_wins_over_a_deny_of_a_lower_rank() {
    let settings =
        r#"{"mcpServers": {"shop-cluster": {"command": "kubernetes-mcp-server", "trust": true}}}"#;
    let deny = |priority: u16| {
        format!(
            "[[rule]]\nmcpName = \"shop-cluster\"\ndecision = \"deny\"\npriority = {priority}\n"
        )
    };
    let gate = |policy: &str| {
        let layer = layer_of([(SETTINGS, settings), (POLICIES, policy)]);
        capability(&layer, "shop-cluster: pods_delete").gate.kind
    };
    assert_eq!(gate(&deny(100)), GateKind::None);
    assert_eq!(gate(&deny(300)), GateKind::Deny);
}

#[test]
fn a_policy_in_a_workspace_restricts_nothing_and_is_said() {
    let place = ".gemini/policies/ours.toml";
    assert_eq!(gate_with(POLICY, place, "shop-cluster: pods_delete"), GateKind::Approve);
    assert_eq!(problems(place, POLICY), [ProblemKind::UnreadPlace]);
    let layer = layer_of([(place, POLICY)]);
    assert!(layer.risks.iter().any(|hit| hit.rule == "AGT-INEFFECTIVE-PLACE"));
    assert!(problems(POLICIES, POLICY).is_empty());
}

#[test]
fn a_shell_prefix_opens_that_part_only() {
    let layer = layer_of([
        (SETTINGS, CAREFUL.replace("\"core\"", "\"other\"").as_str()),
        (POLICIES, POLICY),
    ]);
    let get = capability(&layer, "gemini: run_shell_command(kubectl get)");
    assert_eq!((get.effect, get.gate.kind), (Effect::SensitiveRead, GateKind::None));
    assert_eq!(capability(&layer, "gemini: run_shell_command").gate.kind, GateKind::Approve);
}

#[test]
fn a_list_of_core_tools_takes_the_others_away() {
    let layer = layer_of([(SETTINGS, CAREFUL), (POLICIES, POLICY)]);
    assert_eq!(capability(&layer, "gemini: run_shell_command").gate.kind, GateKind::Deny);
}

#[test]
fn a_tool_that_another_file_hands_out_is_there() {
    let layer = layer_of([
        ("/home/ada/.gemini/settings.json", r#"{"tools": {"core": ["read_file"]}}"#),
        (SETTINGS, r#"{"tools": {"core": ["run_shell_command"]}}"#),
    ]);
    assert_eq!(capability(&layer, "gemini: run_shell_command").gate.kind, GateKind::Approve);
    assert_eq!(capability(&layer, "gemini: write_file").gate.kind, GateKind::Deny);
}

#[test]
fn a_key_that_it_does_not_read_switches_no_server_off() {
    let text = r#"{"general": {"defaultApprovalMode": "default"},
        "mcpServers": {"k8s": {"command": "kubernetes-mcp-server", "disabled": true}}}"#;
    let layer = layer_of([(SETTINGS, text)]);
    assert_eq!(capability(&layer, "k8s: pods_delete").gate.kind, GateKind::Approve);
}

#[test]
fn what_servers_claim_of_their_tools_opens_unknown_ones_only() {
    let claim = "[[rule]]\nmcpName = \"*\"\ntoolAnnotations = { readOnlyHint = true }\ndecision = \"allow\"\npriority = 50\n";
    assert_eq!(gate_with(claim, POLICIES, "shop-cluster: pods_delete"), GateKind::Approve);
    let unknown = r#"{"general": {"defaultApprovalMode": "default"},
        "mcpServers": {"own": {"command": "our-server"}}}"#;
    let layer = layer_of([(SETTINGS, unknown), (POLICIES, claim)]);
    assert_eq!(capability(&layer, "own: any tool").gate.kind, GateKind::None);
}

#[test]
fn a_restriction_for_some_calls_only_is_none() {
    for limit in [
        "subagent = \"helper\"",
        "interactive = true",
        "modes = [\"plan\"]",
        "argsPattern = 'prod'",
        "toolAnnotations = { destructiveHint = true }",
    ] {
        let policy = format!(
            "[[rule]]\nmcpName = \"shop-cluster\"\ndecision = \"allow\"\npriority = 1\n\
             [[rule]]\nmcpName = \"shop-cluster\"\ndecision = \"deny\"\npriority = 900\n{limit}\n"
        );
        assert_eq!(
            gate_with(&policy, POLICIES, "shop-cluster: pods_delete"),
            GateKind::None,
            "{limit}"
        );
    }
}

#[test]
fn an_underscore_in_a_servers_name_kills_its_rules() {
    let settings = r#"{"general": {"defaultApprovalMode": "default"},
        "mcpServers": {"shop_cluster": {"command": "kubernetes-mcp-server"}}}"#;
    assert!(problems(SETTINGS, settings).contains(&ProblemKind::DeadRule));
    for rule in ["mcpName = \"shop_cluster\"", "toolName = \"mcp_shop_cluster_pods_delete\""] {
        let policy = format!("[[rule]]\n{rule}\ndecision = \"deny\"\npriority = 9\n");
        let layer = layer_of([(SETTINGS, settings), (POLICIES, policy.as_str())]);
        let gate = capability(&layer, "shop_cluster: pods_delete").gate.kind;
        assert_eq!(gate, GateKind::Approve, "{rule}");
    }
}

#[test]
fn trust_and_the_list_of_allowed_servers_let_every_tool_run() {
    let layer = layer_of([(SETTINGS, CARELESS)]);
    assert_eq!(capability(&layer, "shop_cluster: pods_delete").gate.kind, GateKind::None);
    assert_eq!(capability(&layer, "billing: any tool").gate.kind, GateKind::None);
    let delete = capability(&layer, "gemini: run_shell_command(kubectl delete)");
    assert_eq!(delete.gate.kind, GateKind::None);
    let rules: Vec<&str> = layer.risks.iter().map(|hit| hit.rule.as_str()).collect();
    for rule in
        ["AGT-ALLOW-SHELL", "AGT-ALLOW-TOOL", "AGT-INEFFECTIVE-VALUE", "AGT-INEFFECTIVE-RULE"]
    {
        assert!(rules.contains(&rule), "{rule} of {rules:?}");
    }
}

#[test]
fn yolo_in_a_file_is_no_mode_that_anybody_knows() {
    let settings = r#"{"general": {"defaultApprovalMode": "yolo"},
        "mcpServers": {"shop-cluster": {"command": "kubernetes-mcp-server"}}}"#;
    let layer = layer_of([(SETTINGS, settings)]);
    assert_eq!(capability(&layer, "shop-cluster: pods_delete").gate.kind, GateKind::Unknown);
    assert!(layer.bypasses.is_empty());
    assert_eq!(problems(SETTINGS, settings), [ProblemKind::IgnoredValue]);
}

#[test]
fn telemetry_that_is_not_switched_on_sends_nothing() {
    assert_eq!(layer_of([(SETTINGS, CAREFUL)]).telemetry.len(), 2);
    assert!(layer_of([(SETTINGS, CARELESS)]).telemetry.is_empty());
}

#[test]
fn a_server_that_is_excluded_is_not_used() {
    let settings = r#"{"mcp": {"excluded": ["shop"]}, "mcpServers": {"shop": {"command": "kubernetes-mcp-server", "trust": true}}}"#;
    let layer = layer_of([(SETTINGS, settings)]);
    assert_eq!(capability(&layer, "shop: pods_delete").gate.kind, GateKind::Deny);
}

#[test]
fn an_extension_takes_tools_away_and_trusts_nothing() {
    let text = r#"{"name": "ops", "version": "1.0.0", "excludeTools": ["run_shell_command", "write_file(secrets)"],
        "mcpServers": {"k8s": {"command": "node", "args": ["${extensionPath}/server.js"], "trust": true}}}"#;
    let config = config_of("gemini-extension.json", text);
    assert_eq!((config.client, config.scope), (Client::Gemini, Scope::Defaults));
    let layer = layer_of([("gemini-extension.json", text)]);
    assert_eq!(capability(&layer, "gemini: run_shell_command").gate.kind, GateKind::Deny);
    assert_eq!(capability(&layer, "gemini: write_file").gate.kind, GateKind::Approve);
    assert_eq!(capability(&layer, "k8s: any tool").gate.kind, GateKind::Approve);
    assert!(problems("gemini-extension.json", text).contains(&ProblemKind::IgnoredValue));
}

#[test]
fn an_agent_works_under_the_settings_and_brings_servers() {
    let agent = "---\nname: ops\nkind: local\ntools: [read_file, run_shell_command]\nmax_turns: 5\n\
        mcp_servers:\n  k8s: {command: kubernetes-mcp-server}\n---\nAsk before deleting.\n";
    let deny = "[[rule]]\nmcpName = \"k8s\"\ntoolName = \"pods_delete\"\ndecision = \"deny\"\npriority = 9\n";
    let layer = layer_of([(".gemini/agents/ops.md", agent), (POLICIES, deny)]);
    assert_eq!(capability(&layer, "k8s: pods_delete").gate.kind, GateKind::Deny);
    assert_eq!(capability(&layer, "k8s: pods_exec").gate.kind, GateKind::Approve);
}

#[test]
fn a_rule_for_a_tool_that_its_server_lacks_is_dead() {
    let settings = r#"{"general": {"defaultApprovalMode": "default"},
        "mcpServers": {"k8s": {"command": "kubernetes-mcp-server"}}}"#;
    for (tool, dead) in [("delete_pod", true), ("pods_delete", false), ("pods_*", true)] {
        let policy = format!(
            "[[rule]]\nmcpName = \"k8s\"\ntoolName = \"{tool}\"\ndecision = \"deny\"\npriority = 9\n"
        );
        let layer = layer_of([(SETTINGS, settings), (POLICIES, policy.as_str())]);
        let found = layer.risks.iter().any(|hit| hit.rule == "AGT-INEFFECTIVE-RULE");
        assert_eq!(found, dead, "{tool}");
    }
}

#[test]
fn a_policy_that_breaks_its_syntax_is_no_policy() {
    let text = "[[rule]]\ntoolName = \"read_file\"\nargsPattern = \"(\\.env)\"\ndecision = \"deny\"\npriority = 1\n";
    assert!(readings(POLICIES, text).is_empty());
}

#[test]
fn a_repository_may_lift_what_its_user_restricts() {
    let user = ("/home/ada/.gemini/settings.json", r#"{"security": {"disableYoloMode": true}}"#);
    let run = ("ci/run.sh", "gemini --yolo -p fix\n");
    let with = |project: &str| {
        let servers = r#""mcpServers": {"shop": {"command": "kubernetes-mcp-server"}}"#;
        let settings = format!(r#"{{"security": {{{project}}}, {servers}, "mcp": {{}}}}"#);
        let layer = layer_of([user, run, (SETTINGS, settings.as_str())]);
        capability(&layer, "shop: pods_delete").gate.kind
    };
    assert_eq!(with(""), GateKind::Approve);
    assert_eq!(with(r#""disableYoloMode": false"#), GateKind::None);
}

#[test]
fn a_rule_that_breaks_the_schema_takes_its_whole_file_along() {
    let deny = "[[rule]]\nmcpName = \"shop-cluster\"\ndecision = \"deny\"\n";
    assert_eq!(
        gate_with(&format!("{deny}priority = 9\n"), POLICIES, "shop-cluster: pods_delete"),
        GateKind::Deny
    );
    for broken in [
        deny.to_owned(),
        format!("{deny}priority = 1000\n"),
        format!("{deny}priority = 1.5\n"),
        format!("{deny}priority = 9\nmodes = [\"auto_edit\", \"default\", \"yolo\"]\n"),
        format!(
            "{deny}priority = 9\n[[rule]]\ntoolName = \"*\"\ndecision = \"block\"\npriority = 1\n"
        ),
    ] {
        let gate = gate_with(&broken, POLICIES, "shop-cluster: pods_delete");
        assert_eq!(gate, GateKind::Approve, "{broken}");
        assert!(problems(POLICIES, &broken).contains(&ProblemKind::FileRejected), "{broken}");
    }
}

#[test]
fn a_star_stands_for_a_whole_server_and_for_no_part_of_one() {
    for (rule, gate) in [
        ("toolName = \"mcp_shop-cluster_*\"", GateKind::Deny),
        ("toolName = \"mcp_*\"", GateKind::Deny),
        ("toolName = \"mcp_shop-cluster_pods_*\"", GateKind::Approve),
        ("mcpName = \"shop-cluster\"\ntoolName = \"pods_*\"", GateKind::Approve),
        ("mcpName = \"shop*\"", GateKind::Approve),
        ("toolName = \"shop-cluster__pods_delete\"", GateKind::Approve),
    ] {
        let policy = format!("[[rule]]\n{rule}\ndecision = \"deny\"\npriority = 9\n");
        assert_eq!(gate_with(&policy, POLICIES, "shop-cluster: pods_delete"), gate, "{rule}");
    }
}

#[test]
fn a_denial_that_a_mode_leaves_out_does_not_hold_in_it() {
    let policy = "[[rule]]\nmcpName = \"shop-cluster\"\ndecision = \"deny\"\npriority = 9\nmodes = [\"default\", \"autoEdit\"]\n";
    assert_ne!(gate_with(policy, POLICIES, "shop-cluster: pods_delete"), GateKind::Deny);
}

#[test]
fn lists_call_tools_by_other_names_too() {
    let gate = |tools: &str, tool: &str| {
        let settings = format!(
            r#"{{"tools": {{{tools}}}, "mcpServers": {{"shop": {{"command": "kubernetes-mcp-server"}}}}}}"#
        );
        capability(&layer_of([(SETTINGS, settings.as_str())]), tool).gate.kind
    };
    assert_eq!(
        gate(r#""core": ["ShellTool(ls)"]"#, "gemini: run_shell_command"),
        GateKind::Approve
    );
    assert_eq!(gate(r#""allowed": ["ShellTool"]"#, "gemini: run_shell_command"), GateKind::None);
    assert_eq!(
        gate(
            r#""allowed": ["ShellTool(kubectl delete)"]"#,
            "gemini: run_shell_command(kubectl delete)"
        ),
        GateKind::None
    );
    assert_eq!(
        gate(r#""allowed": ["mcp_shop_pods_delete(x)"]"#, "shop: pods_delete"),
        GateKind::None
    );
}

#[test]
fn a_list_of_a_stronger_scope_takes_the_place_of_a_weaker_one() {
    let user = (
        "/home/ada/.gemini/settings.json",
        r#"{"mcp": {"excluded": ["shop"], "allowed": ["logs"]}}"#,
    );
    let gate = |mcp: &str| {
        let settings = format!(
            r#"{{"mcp": {{{mcp}}}, "mcpServers": {{"shop": {{"command": "kubernetes-mcp-server", "trust": "true"}}}}}}"#
        );
        capability(&layer_of([user, (SETTINGS, settings.as_str())]), "shop: pods_delete").gate.kind
    };
    assert_eq!(gate(r#""allowed": ["shop"]"#), GateKind::Deny);
    assert_eq!(gate(r#""allowed": [], "excluded": []"#), GateKind::None);
}
