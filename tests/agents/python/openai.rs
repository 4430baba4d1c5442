//! The OpenAI Agents SDK.

use gradus::model::{agent_config::ProblemKind, effect::Effect, gate::GateKind};

use super::{agents_of, judged, layer, problems};

const CAREFUL: &str = include_str!("../../fixtures/agents/python/openai_careful.py");
const CARELESS: &str = include_str!("../../fixtures/agents/python/openai_careless.py");

#[test]
fn a_function_that_needs_approval_waits_for_it_and_one_that_does_not_runs() {
    let layer = layer(CAREFUL);
    let restart = judged(&layer, "openai-agents: restart");
    assert_eq!(restart, (Effect::Reversible, true, GateKind::Approve));
    let status = judged(&layer, "openai-agents: status");
    assert_eq!(status, (Effect::SensitiveRead, true, GateKind::None));
}

#[test]
fn a_server_asks_for_the_tools_under_always_and_hands_on_those_of_its_filter() {
    let layer = layer(CAREFUL);
    assert_eq!(judged(&layer, "k8s: pods_delete").2, GateKind::Approve);
    assert_eq!(judged(&layer, "k8s: pods_list").2, GateKind::None);
    assert_eq!(judged(&layer, "k8s: pods_exec").2, GateKind::Deny);
}

#[test]
fn a_hosted_server_asks_unless_it_is_told_not_to_or_a_callback_answers() {
    let any = "tickets: any tool";
    assert_eq!(judged(&layer(CAREFUL), any).2, GateKind::Approve);
    let unset = CAREFUL.replace("                        \"require_approval\": \"always\",\n", "");
    assert_ne!(unset, CAREFUL);
    assert_eq!(judged(&layer(&unset), any).2, GateKind::Approve);
    let never =
        CAREFUL.replace("\"require_approval\": \"always\"", "\"require_approval\": \"never\"");
    assert_eq!(judged(&layer(&never), any).2, GateKind::None);
    assert_eq!(judged(&layer(CARELESS), "wiki: any tool").2, GateKind::Unknown);
}

#[test]
fn a_server_that_says_nothing_of_approval_never_asks() {
    assert_eq!(judged(&layer(CARELESS), "k8s: kubectl_delete").2, GateKind::None);
}

#[test]
fn an_agent_that_is_handed_to_in_the_same_file_is_read_with_it() {
    let names: Vec<_> =
        agents_of(CAREFUL).into_iter().filter_map(|config| Some(config.identity?.name)).collect();
    assert_eq!(names, ["triage", "front"]);
    assert!(layer(CAREFUL).capabilities.iter().all(|held| !held.action.starts_with("agents:")));
}

#[test]
fn code_that_approves_everything_is_no_human() {
    let layer = layer(CARELESS);
    let delete = judged(&layer, "openai-agents: delete_bucket");
    assert_eq!(delete, (Effect::Destructive, false, GateKind::Unknown));
    assert_eq!(judged(&layer, "remote: any tool").2, GateKind::Unknown);
    assert!(problems(CARELESS).contains(&(ProblemKind::AnsweredByCode, "approve".to_owned())));
}

#[test]
fn an_approval_that_code_decides_is_not_known() {
    let text =
        CARELESS.replace("state.approve(interruption)", "decide_by_hand(state, interruption)");
    let layer = layer(&text);
    assert_eq!(judged(&layer, "openai-agents: reboot").2, GateKind::Unknown);
    assert_eq!(judged(&layer, "openai-agents: delete_bucket").2, GateKind::Approve);
    assert_eq!(judged(&layer, "openai-agents: drop_table").2, GateKind::Unknown);
    let shell = judged(&layer, "openai-agents: ShellTool");
    assert_eq!(shell, (Effect::Escalation, true, GateKind::None));
}

#[test]
fn secrets_and_plain_http_in_code_are_told_without_their_value() {
    let layer = layer(CARELESS);
    assert_eq!(layer.literal_secrets.len(), 1);
    assert!(!format!("{layer:?}").contains("4f9d1c7e2b8a40d39c6e"));
    assert!(layer.risks.iter().any(|hit| hit.message.contains("mcp.internal")));
}

#[test]
fn a_package_of_ones_own_called_agents_is_not_the_sdk() {
    assert!(agents_of("from agents import Agent\nbond = Agent(number=7)\n").is_empty());
}

#[test]
fn an_approval_that_code_gives_where_a_condition_holds_is_not_known() {
    let with = |condition: &str| {
        CARELESS.replace(
            "            state.approve(interruption)\n",
            &format!("            if {condition}:\n                state.approve(interruption)\n"),
        )
    };
    let by_code = with("interruption.name in SAFE");
    assert_eq!(judged(&layer(&by_code), "openai-agents: delete_bucket").2, GateKind::Unknown);
    for by_hand in
        ["input(\"approve? \") == \"y\"", "await loop.run_in_executor(None, input, \"?\")"]
    {
        let layer = layer(&with(by_hand));
        let delete = judged(&layer, "openai-agents: delete_bucket");
        assert_eq!(delete.2, GateKind::Approve, "{by_hand}");
    }
}

#[test]
fn a_tool_whose_approval_is_taken_off_later_is_not_the_tool_that_was_written() {
    for later in ["restart.needs_approval = False", "triage.tools.append(drop)"] {
        let text = CAREFUL.replace(
            "        await Runner.run(front",
            &format!("        {later}\n        await Runner.run(front"),
        );
        assert_ne!(text, CAREFUL);
        let layer = layer(&text);
        assert!(
            layer.capabilities.iter().any(|held| held.action == "triage: code of its own"),
            "{later}"
        );
    }
}

#[test]
fn an_approval_within_another_expression_answers_all_the_same() {
    for approves in [
        "_ = [state.approve(it) for it in [interruption]]",
        "done = state.approve(interruption)",
        "list(map(lambda it: state.approve(it), [interruption]))",
    ] {
        let layer = layer(&CARELESS.replace("state.approve(interruption)", approves));
        let delete = judged(&layer, "openai-agents: delete_bucket");
        assert_eq!(delete.2, GateKind::Unknown, "{approves}");
    }
}
