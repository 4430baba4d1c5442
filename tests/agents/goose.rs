//! Goose: one mode before every rule.

use gradus::model::{
    agent_config::{Client, ServerState, Transport},
    gate::GateKind,
};

use crate::support::{capability, config_of, layer_of, readings};

const CAREFUL: &str = include_str!("../fixtures/agents/goose/careful.yaml");
const CARELESS: &str = include_str!("../fixtures/agents/goose/careless.yaml");
const CONFIG: &str = "/home/ada/.config/goose/config.yaml";
const PERMISSIONS: &str = "/home/ada/.config/goose/permission.yaml";
const NEVER: &str = "user:\n  always_allow: [shop-cluster__pods_list]\n  ask_before: []\n  never_allow: [shop-cluster__pods_delete]\n";

#[test]
fn it_is_told_by_its_variables_or_extensions() {
    let config = config_of(CONFIG, CAREFUL);
    assert_eq!(config.client, Client::Goose);
    let servers: Vec<_> =
        config.servers.iter().map(|server| (server.name.as_str(), server.state)).collect();
    assert_eq!(servers, [("shop-cluster", ServerState::Enabled), ("old", ServerState::Disabled)]);
    assert!(matches!(config.servers[1].transport, Transport::Http { url: Some(_), .. }));
    assert!(readings("x.yaml", "extensions: {a: {version: 1}}\n").is_empty());
}

#[test]
fn approve_asks_and_rules_decide_of_single_tools() {
    let layer = layer_of([(CONFIG, CAREFUL), (PERMISSIONS, NEVER)]);
    assert_eq!(capability(&layer, "shop-cluster: pods_delete").gate.kind, GateKind::Deny);
    assert_eq!(capability(&layer, "shop-cluster: pods_list").gate.kind, GateKind::None);
    let layer = layer_of([(CONFIG, CAREFUL)]);
    assert_eq!(capability(&layer, "shop-cluster: pods_delete").gate.kind, GateKind::Approve);
    assert_eq!(capability(&layer, "shop-cluster: pods_exec").gate.kind, GateKind::Deny);
    assert_eq!(capability(&layer, "goose: developer__shell").gate.kind, GateKind::Deny);
    assert_eq!(layer.telemetry.len(), 1);
}

#[test]
fn in_auto_mode_no_rule_restricts() {
    for config in [CARELESS.to_owned(), CARELESS.replace("GOOSE_MODE: auto\n", "")] {
        let layer = layer_of([(CONFIG, config.as_str()), (PERMISSIONS, NEVER)]);
        assert_eq!(capability(&layer, "shop-cluster: pods_delete").gate.kind, GateKind::None);
        assert_eq!(capability(&layer, "goose: developer__shell").gate.kind, GateKind::None);
        assert_eq!(layer.literal_secrets.len(), 1);
    }
}

#[test]
fn of_two_lists_the_one_that_opens_counts() {
    let both = "user:\n  always_allow: [shop-cluster__pods_delete]\n  never_allow: [shop-cluster__pods_delete]\n";
    let layer = layer_of([(CONFIG, CAREFUL), (PERMISSIONS, both)]);
    assert_eq!(capability(&layer, "shop-cluster: pods_delete").gate.kind, GateKind::None);
}

#[test]
fn a_name_that_goose_writes_otherwise_opens_too() {
    let config = CAREFUL.replace("shop-cluster", "Shop Cluster");
    let allow = "user:\n  always_allow: [shopcluster__pods_delete]\n";
    let layer = layer_of([(CONFIG, config.as_str()), (PERMISSIONS, allow)]);
    assert_eq!(capability(&layer, "Shop Cluster: pods_delete").gate.kind, GateKind::None);
}

#[test]
fn a_recipe_with_the_developer_extension_has_a_shell() {
    let recipe = "title: Fix\nprompt: Fix it.\nextensions: [{type: builtin, name: developer}]\n";
    let layer = layer_of([(CONFIG, CAREFUL), ("fix.yaml", recipe)]);
    assert_eq!(capability(&layer, "goose: developer__shell").gate.kind, GateKind::Approve);
}

#[test]
fn a_selection_that_is_empty_is_none() {
    let layer = layer_of([(CONFIG, CARELESS)]);
    assert_eq!(capability(&layer, "shop-cluster: pods_exec").gate.kind, GateKind::None);
}

#[test]
fn a_model_that_approves_is_no_human_and_chat_runs_nothing() {
    let gate = |mode: &str| {
        let text = CARELESS.replace("auto", mode);
        capability(&layer_of([(CONFIG, text.as_str())]), "shop-cluster: pods_delete").gate.kind
    };
    assert_eq!(gate("smart_approve"), GateKind::None);
    assert_eq!(gate("chat"), GateKind::Deny);
    assert_eq!(gate("whatever"), GateKind::Unknown);
}

#[test]
fn a_recipe_opens_what_it_names_and_restricts_no_other_run() {
    let recipe = |mode: &str| {
        format!(
            "version: 1.0.0\ntitle: Clean\ndescription: Cleans\nprompt: Clean up.\nsettings: {{goose_mode: {mode}}}\n\
             extensions: [{{type: stdio, name: k8s, cmd: kubernetes-mcp-server}}]\n"
        )
    };
    let gate = |mode: &str, config: &str| {
        let recipe = recipe(mode);
        let layer = layer_of([("recipes/clean.yaml", recipe.as_str()), (CONFIG, config)]);
        capability(&layer, "k8s: pods_delete").gate.kind
    };
    assert_eq!(gate("auto", CAREFUL), GateKind::None);
    assert_eq!(gate("approve", CARELESS), GateKind::None);
    assert_eq!(gate("approve", CAREFUL), GateKind::Approve);
}
