//! What stands beside the code: `langgraph.json`, `agents.yaml`, `tasks.yaml`.

use gradus::model::{agent_config::ProblemKind, effect::Effect};

use crate::support::{capability, config_of, layer_of, readings};

const GRAPH: &str = include_str!("../../fixtures/agents/python/langgraph_careful.py");
const SERVER: &str = r#"{"dependencies": ["."], "graphs": {"ops": "./src/agent.py:graph"}, "env": {"OPENAI_API_KEY": "sk-proj-Zq3v8Yb1Wd6Nf0Tj5Lm2"}}"#;
const AGENTS: &str =
    "operator:\n  role: Operator\n  goal: Keep it running\n  backstory: Old hand\n";
const TASKS: &str = "repair:\n  description: Repair it\n  expected_output: A report\n  agent: operator\n  human_input: true\n";
const CREW: &str = "from crewai import Agent\nclass Ops:\n    def operator(self):\n        return Agent(config=self.agents_config[\"operator\"], tools=[])\n";

#[test]
fn a_graph_is_what_its_code_is_where_that_is_in_the_evidence() {
    let alone = layer_of([("ops/langgraph.json", SERVER)]);
    let unknown = capability(&alone, "agents: ops/src/agent.py:graph");
    assert_eq!((unknown.effect, unknown.effect_known), (Effect::Destructive, false));
    let both = layer_of([("ops/langgraph.json", SERVER), ("ops/src/agent.py", GRAPH)]);
    let actions: Vec<&str> = both.capabilities.iter().map(|held| &*held.action).collect();
    assert_eq!(actions, ["langchain: drain"]);
    let other = layer_of([("ops/langgraph.json", SERVER), ("ops/src/other.py", GRAPH)]);
    assert_eq!(other.capabilities.len(), 2);
}

#[test]
fn a_module_path_names_a_file_as_well() {
    let text = SERVER.replace("./src/agent.py:graph", "src.agent:graph");
    let both = layer_of([("langgraph.json", text.as_str()), ("src/agent.py", GRAPH)]);
    assert_eq!(both.capabilities.len(), 1);
}

#[test]
fn a_graph_in_another_language_is_not_known() {
    let text = SERVER.replace("./src/agent.py:graph", "./src/agent.ts:graph");
    let layer = layer_of([("langgraph.json", text.as_str())]);
    assert!(!capability(&layer, "ops: code of its own").effect_known);
}

#[test]
fn the_environment_of_a_server_holds_secrets_like_any_other() {
    let config = config_of("langgraph.json", SERVER);
    assert_eq!(config.secrets.len(), 1);
}

#[test]
fn a_defined_agent_has_the_tools_that_code_gives_it() {
    let alone = layer_of([("config/agents.yaml", AGENTS)]);
    assert!(!capability(&alone, "agents: operator").effect_known);
    let both = layer_of([("config/agents.yaml", AGENTS), ("crew.py", CREW)]);
    assert_eq!(both.capabilities, []);
}

#[test]
fn human_input_of_a_task_is_no_gate() {
    let layer = layer_of([("config/tasks.yaml", TASKS), ("crew.py", CREW)]);
    assert_eq!(layer.capabilities, []);
    assert!(layer.risks.iter().any(|hit| hit.rule == "AGT-INEFFECTIVE-REVIEW"));
    let config = config_of("config/tasks.yaml", TASKS);
    assert_eq!(config.problems.first().map(|problem| problem.kind), Some(ProblemKind::NoToolGate));
    let off = TASKS.replace("true", "false");
    assert_eq!(readings("config/tasks.yaml", &off).first().map(|read| read.configs.len()), Some(0));
}

#[test]
fn a_mapping_with_a_description_is_no_crew() {
    assert!(readings("values.yaml", "web:\n  description: The web\n  replicas: 2\n").is_empty());
    assert!(readings("plots.json", r#"{"graphs": {"cpu": "sum by (pod)"}}"#).is_empty());
}
