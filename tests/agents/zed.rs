//! Zed: defaults, then patterns, of which the strictest wins.

use gradus::model::{
    agent_config::{Client, ProblemKind, Scope},
    effect::Effect,
    gate::GateKind,
};

use crate::support::{capability, config_of, layer_of, problems};

const CAREFUL: &str = include_str!("../fixtures/agents/zed/careful.json");
const CARELESS: &str = include_str!("../fixtures/agents/zed/careless.json");
const USER: &str = "/home/ada/.config/zed/settings.json";
const PROJECT: &str = ".zed/settings.json";

#[test]
fn comments_before_the_first_brace_do_no_harm() {
    let config = config_of(USER, CAREFUL);
    assert_eq!((config.client, config.scope), (Client::Zed, Scope::User));
    assert_eq!(config.rejected, None);
}

#[test]
fn what_is_set_of_a_tool_wins_over_what_is_set_of_all() {
    let layer = layer_of([(USER, CAREFUL)]);
    assert_eq!(capability(&layer, "shop-cluster: pods_delete").gate.kind, GateKind::Deny);
    assert_eq!(capability(&layer, "shop-cluster: pods_list").gate.kind, GateKind::None);
    assert_eq!(capability(&layer, "shop-cluster: pods_exec").gate.kind, GateKind::Approve);
    assert_eq!(capability(&layer, "zed: terminal").gate.kind, GateKind::Approve);
    let get = capability(&layer, "zed: terminal(kubectl get *)");
    assert_eq!((get.effect, get.gate.kind), (Effect::SensitiveRead, GateKind::None));
    assert!(layer.bypasses.is_empty());
}

#[test]
fn a_pattern_that_is_not_anchored_allows_what_only_contains_it() {
    let layer = layer_of([(USER, CARELESS)]);
    let part = capability(&layer, "zed: terminal(*kubectl get*)");
    assert_eq!((part.effect, part.effect_known), (Effect::Escalation, false));
    assert_eq!(capability(&layer, "shop-cluster: pods_delete").gate.kind, GateKind::None);
    assert!(layer.risks.iter().any(|hit| hit.rule == "AGT-BYPASS"));
}

#[test]
fn a_tool_that_is_confirmed_is_so_where_all_others_run() {
    let text = r#"{"agent": {"tool_permissions": {"default": "allow", "tools": {
        "terminal": {"default": "confirm"}, "edit_file": {"default": "deny", "always_allow": [{"pattern": ".*"}]}}}}}"#;
    let layer = layer_of([(USER, text)]);
    assert_eq!(capability(&layer, "zed: terminal").gate.kind, GateKind::Approve);
    assert_eq!(capability(&layer, "zed: edit_file").gate.kind, GateKind::None);
}

#[test]
fn permissions_in_a_project_restrict_nothing() {
    let deny = r#"{"agent": {"tool_permissions": {"default": "deny"}}}"#;
    assert_eq!(problems(PROJECT, deny), [ProblemKind::MisplacedKey]);
    let layer = layer_of([(PROJECT, deny), (USER, CARELESS)]);
    assert_eq!(capability(&layer, "zed: terminal").gate.kind, GateKind::None);
    let layer = layer_of([(PROJECT, CARELESS), (USER, CAREFUL)]);
    assert_eq!(capability(&layer, "shop-cluster: pods_exec").gate.kind, GateKind::None);
}

#[test]
fn the_older_switch_lets_everything_run() {
    let text = r#"{"agent": {"always_allow_tool_actions": true}}"#;
    let layer = layer_of([(USER, text)]);
    assert_eq!(capability(&layer, "zed: terminal").gate.kind, GateKind::None);
}

#[test]
fn a_word_that_it_does_not_know_is_said() {
    let text = r#"{"agent": {"tool_permissions": {"default": "ask"}}}"#;
    assert_eq!(problems(USER, text), [ProblemKind::IgnoredValue]);
}

#[test]
fn a_star_in_a_tools_name_and_a_pattern_for_a_servers_tool_restrict_nothing() {
    for tools in [
        r#""mcp:shop:*": {"default": "deny"}"#,
        r#""*": {"default": "deny"}"#,
        r#""mcp:shop:pods_delete": {"always_deny": [{"pattern": ".+"}]}"#,
    ] {
        let text = format!(
            r#"{{"context_servers": {{"shop": {{"command": "kubernetes-mcp-server"}}}},
                "agent": {{"tool_permissions": {{"default": "allow", "tools": {{{tools}}}}}}}}}"#
        );
        let layer = layer_of([(USER, text.as_str())]);
        assert_eq!(capability(&layer, "shop: pods_delete").gate.kind, GateKind::None, "{tools}");
        assert_eq!(capability(&layer, "zed: terminal").gate.kind, GateKind::None, "{tools}");
    }
}
