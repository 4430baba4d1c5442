//! The Claude Agent SDK: Claude Code's own policy, without anybody who sits before it.

use gradus::{
    model::{effect::Effect, gate::GateKind},
    privilege::tools::SolePath,
};

use super::{judged, layer};

const CAREFUL: &str = include_str!("../../fixtures/agents/python/claude_careful.py");
const CARELESS: &str = include_str!("../../fixtures/agents/python/claude_careless.py");

#[test]
fn what_no_rule_allows_is_refused_where_the_mode_says_so() {
    let layer = layer(CAREFUL);
    assert_eq!(judged(&layer, "claude-code: Bash"), (Effect::Escalation, true, GateKind::Deny));
    assert_eq!(judged(&layer, "k8s: pods_log").2, GateKind::None);
    assert_eq!(judged(&layer, "k8s: pods_delete").2, GateKind::Deny);
    assert_eq!(layer.sole_path, SolePath::Yes);
}

#[test]
fn tools_that_the_options_leave_out_are_not_there() {
    let text = CAREFUL.replace(
        "disallowed_tools=[\"Bash\", \"PowerShell\", \"Edit\", \"Write\", \"NotebookEdit\", \"Read\"]",
        "tools=[\"WebFetch\"]",
    );
    assert_ne!(text, CAREFUL);
    assert_eq!(judged(&layer(&text), "claude-code: Bash").2, GateKind::Deny);
    let computed = CAREFUL.replace("dontAsk", "default").replace(
        "disallowed_tools=[\"Bash\", \"PowerShell\", \"Edit\", \"Write\", \"NotebookEdit\", \"Read\"]",
        "tools=tools_of(team)",
    );
    assert_eq!(judged(&layer(&computed), "claude-code: Bash").2, GateKind::Unknown);
}

#[test]
fn a_callback_is_code_and_no_human() {
    let text =
        CARELESS.replace("        await client.set_permission_mode(\"bypassPermissions\")\n", "");
    assert_ne!(text, CARELESS);
    let layer = layer(&text);
    assert_eq!(judged(&layer, "claude-code: Bash").2, GateKind::Unknown);
    assert_eq!(judged(&layer, "claude-code: Edit").2, GateKind::Unknown);
    assert_eq!(judged(&layer, "k8s: kubectl_delete").2, GateKind::Unknown);
    let part = judged(&layer, "claude-code: Bash(kubectl delete:*)");
    assert_eq!(part, (Effect::Destructive, true, GateKind::None));
}

#[test]
fn a_mode_that_asks_where_nobody_is_asked_is_no_approval() {
    let text = CAREFUL.replace("dontAsk", "default");
    assert_eq!(judged(&layer(&text), "claude-code: WebFetch").2, GateKind::Unknown);
}

#[test]
fn a_session_that_comes_to_bypass_is_one_that_bypasses() {
    let layer = layer(CARELESS);
    assert_eq!(judged(&layer, "k8s: kubectl_delete").2, GateKind::None);
    assert_eq!(layer.bypasses.len(), 1);
}

#[test]
fn options_that_are_computed_open_what_nothing_denies() {
    for (from, to) in [
        ("permission_mode=\"dontAsk\"", "permission_mode=mode()"),
        ("    permission_mode=\"dontAsk\",\n", "    permission_mode=\"dontAsk\",\n    **more(),\n"),
        ("allowed_tools=[", "allowed_tools=extra() + ["),
        ("\n\nasync def main", "\noptions.permission_mode = choose()\n\nasync def main"),
    ] {
        let text = CAREFUL.replace(from, to);
        assert_ne!(text, CAREFUL);
        let layer = layer(&text);
        assert_ne!(judged(&layer, "claude-code: WebFetch").2, GateKind::Deny, "{to}");
        assert_eq!(judged(&layer, "claude-code: Bash").2, GateKind::Deny, "{to}");
    }
}

#[test]
fn a_query_without_options_runs_with_those_of_the_machine() {
    let text = "from claude_agent_sdk import query\nasync def main():\n    async for m in query(prompt=\"hi\"):\n        print(m)\n";
    assert_eq!(judged(&layer(text), "claude-code: Bash").2, GateKind::Unknown);
}

#[test]
fn a_hook_of_code_may_allow_what_the_mode_refuses() {
    let text = CAREFUL.replace(
        "    permission_mode=\"dontAsk\",\n",
        "    permission_mode=\"dontAsk\",\n    hooks={\"PreToolUse\": [HookMatcher(hooks=[decide])]},\n",
    );
    assert_ne!(text, CAREFUL);
    assert_eq!(judged(&layer(&text), "claude-code: WebFetch").2, GateKind::Unknown);
    assert_eq!(judged(&layer(&text), "claude-code: Bash").2, GateKind::Deny);
}

#[test]
fn an_agent_under_it_that_bypasses_is_one_that_bypasses() {
    let text = CAREFUL.replace(
        "    permission_mode=\"dontAsk\",\n",
        "    permission_mode=\"dontAsk\",\n    agents={\"fix\": AgentDefinition(description=\"x\", prompt=\"y\", permissionMode=\"bypassPermissions\")},\n",
    );
    let text =
        text.replace("import ClaudeAgentOptions", "import AgentDefinition, ClaudeAgentOptions");
    assert_eq!(layer(&text).bypasses.len(), 1);
}
