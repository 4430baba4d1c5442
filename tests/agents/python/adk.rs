//! Google's Agent Development Kit.

use gradus::model::{effect::Effect, gate::GateKind};

use super::{agents_of, judged, layer};

const CAREFUL: &str = include_str!("../../fixtures/agents/python/adk_careful.py");
const CARELESS: &str = include_str!("../../fixtures/agents/python/adk_careless.py");

#[test]
fn a_function_that_requires_confirmation_waits_for_it() {
    let layer = layer(CAREFUL);
    let cordon = judged(&layer, "google-adk: cordon");
    assert_eq!(cordon, (Effect::Reversible, true, GateKind::Approve));
    let pools = judged(&layer, "google-adk: pools");
    assert_eq!(pools, (Effect::SensitiveRead, true, GateKind::None));
}

#[test]
fn a_toolset_confirms_what_its_filter_hands_on() {
    let layer = layer(CAREFUL);
    assert_eq!(judged(&layer, "toolset 1: pods_delete").2, GateKind::Approve);
    assert_eq!(judged(&layer, "toolset 1: pods_exec").2, GateKind::Deny);
    let text = CAREFUL.replace("            require_confirmation=True,\n", "");
    assert_ne!(text, CAREFUL);
    let open = super::layer(&text);
    assert_eq!(judged(&open, "toolset 1: pods_delete").2, GateKind::None);
}

#[test]
fn a_filter_that_is_computed_hands_on_everything() {
    let text =
        CAREFUL.replace("tool_filter=[\"pods_list\", \"pods_delete\"]", "tool_filter=choose");
    assert_eq!(judged(&layer(&text), "toolset 1: pods_exec").2, GateKind::Approve);
}

#[test]
fn a_confirmation_that_code_decides_is_not_known() {
    let layer = layer(CARELESS);
    assert_eq!(judged(&layer, "google-adk: drop"), (Effect::Destructive, false, GateKind::Unknown));
}

#[test]
fn a_long_running_function_and_an_executor_ask_nobody() {
    let layer = layer(CARELESS);
    assert_eq!(judged(&layer, "google-adk: ticket").2, GateKind::None);
    assert_eq!(judged(&layer, "google-adk: google_search").0, Effect::Read);
    let executor = judged(&layer, "google-adk: UnsafeLocalCodeExecutor");
    assert_eq!(executor, (Effect::Escalation, true, GateKind::None));
}

#[test]
fn an_agent_under_another_one_of_the_file_is_read_with_it() {
    assert_eq!(agents_of(CAREFUL).len(), 2);
    assert!(layer(CAREFUL).capabilities.iter().all(|held| !held.action.starts_with("agents:")));
    let text = CAREFUL.replace("sub_agents=[resizer]", "sub_agents=[resizer, *others()]");
    let unknown = layer(&text);
    assert!(unknown.capabilities.iter().any(|held| held.action == "root: code of its own"));
}
