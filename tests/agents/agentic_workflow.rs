//! GitHub Agentic Workflows: a run asks nobody, and what it puts out is done by another
//! job.

use gradus::{
    model::{agent_config::Client, effect::Effect, gate::GateKind},
    privilege::tools::SolePath,
};

use crate::support::{capability, config_of, layer_of, readings};

const CARELESS: &str =
    include_str!("../fixtures/agents/agentic-workflow/.github/workflows/careless.md");
const CAREFUL: &str =
    include_str!("../fixtures/agents/agentic-workflow/.github/workflows/careful.md");

fn gate(text: &str, action: &str) -> GateKind {
    capability(&layer_of([("heal.md", text)]), action).gate.kind
}

#[test]
fn a_workflow_is_known_by_its_frontmatter_and_prose_is_none() {
    let config = config_of("heal.md", CARELESS);
    assert_eq!(config.client, Client::AgenticWorkflows);
    assert_eq!(config.identity.map(|identity| identity.name).as_deref(), Some("heal"));
    let prose = "---\non: monday\ntitle: notes\n---\nWhat we did.\n";
    assert!(readings("docs/notes.md", prose).is_empty());
}

#[test]
fn its_shell_its_servers_and_its_outputs_run_unasked() {
    for action in [
        "agentic-workflows: bash",
        "agentic-workflows: edit",
        "agentic-workflows: create-issue",
        "agentic-workflows: push-to-pull-request-branch",
        "agentic-workflows: dispatch-workflow",
        "agentic-workflows: safe-outputs: roll-out",
        "k8s: resources_delete",
        "github: any tool",
    ] {
        assert_eq!(gate(CARELESS, action), GateKind::None, "{action}");
    }
}

#[test]
fn an_output_that_starts_something_else_is_no_comment() {
    let layer = layer_of([("heal.md", CARELESS)]);
    let effect = |action: &str| capability(&layer, action).effect;
    assert_eq!(effect("agentic-workflows: dispatch-workflow"), Effect::Escalation);
    assert_eq!(effect("agentic-workflows: create-issue"), Effect::Reversible);
    let job = capability(&layer, "agentic-workflows: safe-outputs: roll-out");
    assert_eq!((job.effect, job.effect_known), (Effect::Destructive, false));
    assert!(layer.capabilities.iter().all(|held| !held.action.contains("github-token")));
}

#[test]
fn one_that_reads_and_stages_what_it_writes_changes_nothing() {
    let layer = layer_of([("report.md", CAREFUL)]);
    let open: Vec<&str> = layer
        .capabilities
        .iter()
        .filter(|held| held.is_mutating() && !held.gate.holds())
        .map(|held| held.action.as_str())
        .collect();
    assert_eq!(open, Vec::<&str>::new());
    assert_eq!(gate(CAREFUL, "agentic-workflows: create-discussion"), GateKind::Deny);
    assert!(!matches!(layer.sole_path, SolePath::Yes), "its engine brings tools of its own");
}

#[test]
fn what_versions_differ_in_is_unknown_where_nothing_is_said() {
    let text = "---\non: push\nengine: copilot\ntools: {github: {toolsets: [repos]}}\n---\nDo.\n";
    assert_eq!(gate(text, "agentic-workflows: bash"), GateKind::Unknown);
    assert_eq!(gate(text, "agentic-workflows: edit"), GateKind::Unknown);
    assert_eq!(gate(text, "github: any tool"), GateKind::Unknown);
    let built_in = text.replace("tools: {", "tools: {bash: null, ");
    assert_eq!(gate(&built_in, "agentic-workflows: bash"), GateKind::Unknown);
}
