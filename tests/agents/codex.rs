//! OpenAI Codex: sandbox and approval policy together, servers beside them.

use gradus::model::{
    agent_config::{Client, ProblemKind, Scope, ServerState},
    effect::Effect,
    gate::GateKind,
};

use crate::support::{capability, config_of, layer_of, problems, readings};

const CAREFUL: &str = include_str!("../fixtures/agents/codex/careful.toml");
const CARELESS: &str = include_str!("../fixtures/agents/codex/careless.toml");
const CONFIG: &str = ".codex/config.toml";
const SERVER: &str = "[mcp_servers.k8s]\ncommand = \"kubernetes-mcp-server\"\n";

fn gate_of(text: &str, action: &str) -> GateKind {
    capability(&layer_of([(CONFIG, text)]), action).gate.kind
}

fn shell(text: &str) -> GateKind {
    gate_of(text, "codex: shell")
}

#[test]
fn the_path_tells_whose_configuration_it_is() {
    for (path, scope) in [
        (CONFIG, Scope::Project),
        ("/home/ada/.codex/config.toml", Scope::User),
        ("/etc/codex/managed_config.toml", Scope::Managed),
        ("/etc/codex/config.toml", Scope::Defaults),
    ] {
        let config = config_of(path, CAREFUL);
        assert_eq!((config.client, config.scope), (Client::Codex, scope), "{path}");
    }
    assert!(readings("Cargo.toml", "[package]\nname = \"shop\"\n").is_empty());
}

#[test]
fn prompted_tools_are_asked_for_and_others_as_they_say() {
    let layer = layer_of([(CONFIG, CAREFUL)]);
    assert_eq!(capability(&layer, "shop-cluster: pods_delete").gate.kind, GateKind::Approve);
    assert_eq!(capability(&layer, "shop-cluster: pods_list").gate.kind, GateKind::None);
    assert_eq!(capability(&layer, "shop-cluster: pods_exec").gate.kind, GateKind::Deny);
    assert_eq!(capability(&layer, "codex: shell").gate.kind, GateKind::Approve);
    assert!(layer.bypasses.is_empty() && layer.unseen_modes.is_empty());
    assert_eq!(layer.telemetry.len(), 1);
    let config = config_of(CONFIG, CAREFUL);
    assert_eq!(config.servers[1].state, ServerState::Disabled);
}

#[test]
fn a_server_without_an_approval_mode_asks_by_its_own_word() {
    let text = format!("approval_policy = \"on-request\"\n{SERVER}");
    assert_eq!(gate_of(&text, "k8s: pods_delete"), GateKind::Unknown);
    for mode in ["auto", "writes", "sometimes"] {
        let text = format!("{SERVER}default_tools_approval_mode = \"{mode}\"\n");
        assert_eq!(gate_of(&text, "k8s: pods_delete"), GateKind::Unknown, "{mode}");
    }
}

#[test]
fn what_is_said_of_one_tool_overrides_what_is_said_of_all() {
    let text = format!(
        "{SERVER}default_tools_approval_mode = \"prompt\"\n\
         [mcp_servers.k8s.tools.pods_delete]\napproval_mode = \"approve\"\n\
         [mcp_servers.k8s.tools.pods_run]\napproval_mode = \"auto\"\n"
    );
    assert_eq!(gate_of(&text, "k8s: pods_delete"), GateKind::None);
    assert_eq!(gate_of(&text, "k8s: pods_run"), GateKind::Unknown);
    assert_eq!(gate_of(&text, "k8s: pods_exec"), GateKind::Approve);
}

#[test]
fn sandbox_and_policy_decide_together() {
    for (policy, sandbox, gate) in [
        ("never", "danger-full-access", GateKind::None),
        ("on-request", "danger-full-access", GateKind::None),
        ("untrusted", "danger-full-access", GateKind::Approve),
        ("on-request", "read-only", GateKind::Approve),
        ("on-request", "workspace-write", GateKind::Approve),
        ("never", "read-only", GateKind::Deny),
        ("never", "moon-base", GateKind::Unknown),
        ("perhaps", "read-only", GateKind::Unknown),
    ] {
        let text = format!("approval_policy = \"{policy}\"\nsandbox_mode = \"{sandbox}\"\n");
        assert_eq!(shell(&text), gate, "{policy} in {sandbox}");
    }
}

#[test]
fn granular_approvals_put_questions_or_refuse_them() {
    assert_eq!(
        shell(
            "sandbox_mode = \"read-only\"\napproval_policy = { granular = { sandbox_approval = false } }\n"
        ),
        GateKind::Approve
    );
}

#[test]
fn a_sandbox_with_network_holds_no_command_that_matters() {
    let text =
        "sandbox_mode = \"workspace-write\"\n[sandbox_workspace_write]\nnetwork_access = true\n";
    assert_eq!(shell(text), GateKind::None);
}

#[test]
fn where_requirements_leave_a_sandbox_its_network_counts() {
    let config = "approval_policy = \"never\"\nsandbox_mode = \"danger-full-access\"\n\
        [sandbox_workspace_write]\nnetwork_access = true\n";
    let required = "allowed_sandbox_modes = [\"workspace-write\"]\n";
    let layer = layer_of([(CONFIG, config), ("/etc/codex/requirements.toml", required)]);
    assert_eq!(capability(&layer, "codex: shell").gate.kind, GateKind::None);
}

#[test]
fn a_profile_of_permissions_is_not_judged() {
    let text = "approval_policy = \"on-request\"\nsandbox_mode = \"read-only\"\ndefault_permissions = \"ops\"\n";
    assert_eq!(shell(text), GateKind::Unknown);
    assert_eq!(readings(CONFIG, text)[0].gaps.len(), 1);
}

#[test]
fn the_profile_that_asks_least_counts() {
    let layer = layer_of([(CONFIG, CARELESS)]);
    assert_eq!(capability(&layer, "codex: shell").gate.kind, GateKind::None);
    assert_eq!(capability(&layer, "shop-cluster: pods_delete").gate.kind, GateKind::None);
    assert!(layer.risks.iter().any(|hit| hit.rule == "AGT-BYPASS"));
}

#[test]
fn a_reviewer_that_is_a_model_is_no_human() {
    let text = format!(
        "approval_policy = \"on-request\"\nsandbox_mode = \"read-only\"\napprovals_reviewer = \"auto_review\"\n\
         {SERVER}default_tools_approval_mode = \"prompt\"\n"
    );
    assert_eq!(shell(&text), GateKind::None);
    assert_eq!(gate_of(&text, "k8s: pods_delete"), GateKind::None);
    let layer = layer_of([(CONFIG, text.as_str())]);
    assert!(layer.risks.iter().any(|hit| hit.rule == "AGT-CLASSIFIER"));
}

#[test]
fn a_key_that_a_table_swallowed_is_said() {
    assert!(problems(CONFIG, CARELESS).contains(&ProblemKind::MisplacedKey));
    assert!(problems(CONFIG, CAREFUL).is_empty());
}

#[test]
fn rules_open_commands_by_how_they_start() {
    let rules = "# ours\nprefix_rule(\n    pattern = [\"kubectl\", [\"get\", \"delete\"]],\n    decision = \"allow\",\n)\n\
        prefix_rule(pattern = ['git', 'push'], decision = \"forbidden\", match = [\"git push\"])\n";
    let place = ".codex/rules/default.rules";
    let layer = layer_of([(CONFIG, CAREFUL), (place, rules)]);
    let get = capability(&layer, "codex: shell(kubectl get)");
    assert_eq!((get.effect, get.gate.kind), (Effect::SensitiveRead, GateKind::None));
    let delete = capability(&layer, "codex: shell(kubectl delete)");
    assert_eq!((delete.effect, delete.gate.kind), (Effect::Destructive, GateKind::None));
    assert_eq!(capability(&layer, "codex: shell").gate.kind, GateKind::Approve);
    assert!(
        problems(place, &rules.replace("forbidden", "never")).contains(&ProblemKind::IgnoredValue)
    );
}

#[test]
fn rules_that_compute_are_not_read() {
    let rules = "words = [\"git\"]\nprefix_rule(pattern = words)\n";
    assert!(readings(".codex/rules/default.rules", rules).is_empty());
}

const REQUIREMENTS: &str = "allowed_approval_policies = [\"untrusted\", \"on-request\"]\n\
    allowed_sandbox_modes = [\"read-only\"]\n\
    [mcp_servers.k8s.identity]\ncommand = \"kubernetes-mcp-server\"\n";

#[test]
fn requirements_count_where_codex_reads_them() {
    let open = "approval_policy = \"never\"\nsandbox_mode = \"danger-full-access\"\n\
        [mcp_servers.other]\ncommand = \"other-server\"\n";
    let shell_with = |place: &str| {
        let layer = layer_of([(CONFIG, open), (place, REQUIREMENTS)]);
        (
            capability(&layer, "codex: shell").gate.kind,
            capability(&layer, "other: any tool").gate.kind,
        )
    };
    assert_eq!(shell_with("/etc/codex/requirements.toml"), (GateKind::Approve, GateKind::Deny));
    assert_eq!(shell_with(".codex/requirements.toml"), (GateKind::None, GateKind::None));
    assert_eq!(problems(".codex/requirements.toml", REQUIREMENTS), [ProblemKind::UnreadPlace]);
}

#[test]
fn requirements_that_allow_everything_are_vacuous() {
    let text = "allowed_approval_policies = [\"never\", \"on-request\"]\n\
        allowed_sandbox_modes = [\"danger-full-access\"]\nno_bad_things = true\n";
    let found = problems("/etc/codex/requirements.toml", text);
    assert_eq!(found, [ProblemKind::VacuousPolicy, ProblemKind::MisplacedKey]);
    let layer = layer_of([("/etc/codex/requirements.toml", text)]);
    assert!(layer.risks.iter().any(|hit| hit.rule == "AGT-VACUOUS-POLICY"));
}
