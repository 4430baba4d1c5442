//! LangChain and LangGraph.

use gradus::{
    model::{agent_config::ProblemKind, effect::Effect, gate::GateKind},
    privilege::tools::SolePath,
};

use super::{agents_of, judged, layer, problems};
use crate::support::capability;

const CAREFUL: &str = include_str!("../../fixtures/agents/python/langchain_careful.py");
const CARELESS: &str = include_str!("../../fixtures/agents/python/langchain_careless.py");
const GRAPH: &str = include_str!("../../fixtures/agents/python/langgraph_careful.py");
const CARELESS_GRAPH: &str = include_str!("../../fixtures/agents/python/langgraph_careless.py");

#[test]
fn a_tool_that_the_middleware_lists_waits_for_a_human_where_the_question_is_kept() {
    let layer = layer(CAREFUL);
    let restart = judged(&layer, "langchain: restart");
    assert_eq!(restart, (Effect::Reversible, true, GateKind::Approve));
    let pods = judged(&layer, "langchain: pods");
    assert_eq!(pods, (Effect::SensitiveRead, true, GateKind::None));
    let list = judged(&layer, "k8s: pods_list");
    assert_eq!(list.2, GateKind::None);
    assert_eq!(judged(&layer, "k8s: pods_delete").2, GateKind::Deny);
    // What the middleware lists is a function, and no tool of the server as well.
    assert!(layer.capabilities.iter().all(|held| held.action != "k8s: restart"));
    assert_eq!(agents_of(CAREFUL).len(), 1);
    assert!(problems(CAREFUL).is_empty());
}

#[test]
fn an_approval_that_a_restart_loses_is_none() {
    let layer = layer(CARELESS);
    let delete = capability(&layer, "langchain: delete_pod");
    assert_eq!((delete.effect, delete.gate.kind), (Effect::Destructive, GateKind::Unknown));
    assert!(delete.gate.reason.contains("in memory"));
    assert!(problems(CARELESS).contains(&(ProblemKind::LostApproval, "checkpointer".to_owned())));
    assert!(layer.risks.iter().any(|hit| hit.rule == "AGT-INEFFECTIVE-LOST"));
}

#[test]
fn a_tool_that_the_middleware_does_not_list_runs() {
    let layer = layer(CARELESS);
    assert_eq!(judged(&layer, "langchain: scale"), (Effect::Reversible, true, GateKind::None));
}

#[test]
fn a_function_that_runs_what_it_is_told_is_a_shell() {
    let layer = layer(CARELESS);
    let run = judged(&layer, "langchain: run");
    assert_eq!(run, (Effect::Escalation, true, GateKind::None));
    assert!(matches!(layer.sole_path, SolePath::No { .. }));
    assert_eq!(judged(&layer, "langchain: ShellTool").0, Effect::Escalation);
}

#[test]
fn an_approval_of_a_tool_that_the_agent_does_not_have_is_told() {
    let text = CARELESS.replace(", ShellTool()", "");
    let vacuous = (ProblemKind::VacuousApproval, "drain_node".to_owned());
    assert!(problems(&text).contains(&vacuous));
}

#[test]
fn without_a_checkpointer_nothing_can_be_approved() {
    let text = CAREFUL.replace("            checkpointer=checkpointer,\n", "");
    assert_ne!(text, CAREFUL);
    assert_eq!(judged(&layer(&text), "langchain: restart").2, GateKind::Unknown);
    assert!(problems(&text).contains(&(ProblemKind::LostApproval, "checkpointer".to_owned())));
}

#[test]
fn a_checkpointer_of_another_file_is_not_known_to_last() {
    let text = CAREFUL.replace("checkpointer=checkpointer,", "checkpointer=settings.saver(),");
    assert_eq!(judged(&layer(&text), "langchain: restart").2, GateKind::Unknown);
    assert!(problems(&text).is_empty());
}

#[test]
fn a_question_that_is_put_only_at_times_is_none() {
    let text = CAREFUL.replace(
        r#""allowed_decisions": ["approve", "reject"]"#,
        r#""allowed_decisions": ["approve"], "when": lambda call: call.args["namespace"] == "prod""#,
    );
    assert_ne!(text, CAREFUL);
    assert_eq!(judged(&layer(&text), "langchain: restart").2, GateKind::Unknown);
}

#[test]
fn code_that_resumes_with_a_fixed_answer_approves_everything() {
    let text = format!(
        "{CAREFUL}\n        from langgraph.types import Command\n        await agent.ainvoke(Command(resume={{\"decisions\": [{{\"type\": \"approve\"}}]}}))\n"
    );
    assert_eq!(judged(&layer(&text), "langchain: restart").2, GateKind::Unknown);
    let told = problems(&text);
    assert!(told.contains(&(ProblemKind::AnsweredByCode, "interrupt".to_owned())), "{told:?}");
}

#[test]
fn an_interrupt_before_all_that_a_tool_does_gates_it() {
    let layer = layer(GRAPH);
    assert_eq!(judged(&layer, "langchain: drain"), (Effect::Destructive, true, GateKind::Approve));
    // A node that only asks a model is no tool.
    assert_eq!(layer.capabilities.len(), 1);
}

#[test]
fn a_database_in_memory_keeps_no_approval() {
    let text = GRAPH.replace("state/approvals.db", ":memory:");
    assert_eq!(judged(&layer(&text), "langchain: drain").2, GateKind::Unknown);
}

#[test]
fn an_interrupt_whose_answer_decides_nothing_is_no_gate() {
    let text = GRAPH.replace(
        "if answer.get(\"type\") != \"accept\":\n        return \"refused\"",
        "print(answer)",
    );
    assert_ne!(text, GRAPH);
    assert_eq!(judged(&layer(&text), "langchain: drain").2, GateKind::Unknown);
}

#[test]
fn an_interrupt_after_the_deed_or_inside_a_try_is_no_gate() {
    let layer = layer(CARELESS_GRAPH);
    for tool in ["terminate", "approve"] {
        let held = capability(&layer, &format!("langchain: {tool}"));
        assert_eq!(held.gate.kind, GateKind::Unknown, "{tool}: {}", held.gate.reason);
    }
    let told = problems(CARELESS_GRAPH);
    assert!(told.contains(&(ProblemKind::NoToolGate, "interrupt_after".to_owned())), "{told:?}");
}

#[test]
fn a_pause_before_the_node_that_runs_tools_gates_them_unless_code_goes_on() {
    let with = |compile: &str, more: &str| {
        let graph = GRAPH.replace("compile(", compile).replace(
            "    answer = interrupt({\"action\": \"drain\", \"node\": node})\n    if answer.get(\"type\") != \"accept\":\n        return \"refused\"\n",
            "",
        );
        format!("{graph}\n{more}\n")
    };
    let paused = with("compile(interrupt_before=[\"tools\"], ", "");
    assert_eq!(judged(&layer(&paused), "langchain: drain").2, GateKind::Approve);
    let elsewhere = with("compile(interrupt_before=[\"model\"], ", "");
    assert_eq!(judged(&layer(&elsewhere), "langchain: drain").2, GateKind::None);
    let goes_on = with("compile(interrupt_before=[\"tools\"], ", "graph.invoke(None, config)");
    assert_eq!(judged(&layer(&goes_on), "langchain: drain").2, GateKind::Unknown);
}

#[test]
fn tools_that_are_computed_leave_the_agent_unknown() {
    for tools in
        ["load()", "[t for t in found]", "base + extra()", "[*everything()]", "registry.tools"]
    {
        let text = format!(
            "from langchain.agents import create_agent\nagent = create_agent(\"m\", tools={tools})\n"
        );
        let layer = layer(&text);
        assert!(matches!(layer.sole_path, SolePath::Unknown { .. }), "{tools}");
        let unknown = layer.capabilities.iter().any(|held| !held.effect_known);
        assert!(unknown, "{tools}: {:?}", layer.capabilities);
    }
}

#[test]
fn a_list_that_may_grow_is_not_the_list_that_was_written() {
    for grows in [
        "tools.append(drop)",
        "tools += [drop]",
        "extend(tools)",
        "more = tools",
        "tools[0] = drop",
    ] {
        let text = format!(
            "from langchain.agents import create_agent\ndef add(a: int, b: int):\n    return a + b\ntools = [add]\n{grows}\nagent = create_agent(\"m\", tools=tools)\n"
        );
        let layer = layer(&text);
        let unknown = layer.capabilities.iter().any(|held| !held.effect_known);
        assert!(unknown, "{grows}: {:?}", layer.capabilities);
    }
}

#[test]
fn a_function_that_only_computes_is_a_read() {
    let text = "from langchain.agents import create_agent\ndef add(a: int, b: int):\n    return a + b\nagent = create_agent(\"m\", tools=[add])\n";
    assert_eq!(judged(&layer(text), "langchain: add"), (Effect::Read, true, GateKind::None));
}

#[test]
fn a_star_import_makes_names_uncertain_and_hides_no_agent() {
    let text = CAREFUL
        .replace("from langchain.agents import create_agent", "from langchain.agents import *");
    let text = text.replace(
        "from langchain.agents.middleware import HumanInTheLoopMiddleware",
        "from langchain.agents.middleware import *",
    );
    assert_eq!(judged(&layer(&text), "langchain: restart").2, GateKind::Unknown);
}

#[test]
fn a_local_function_of_the_same_name_is_not_the_frameworks_gate() {
    let text = GRAPH.replace(
        "from langgraph.types import interrupt",
        "def interrupt(question):\n    return {\"type\": \"accept\"}",
    );
    assert_eq!(judged(&layer(&text), "langchain: drain").2, GateKind::None);
}

#[test]
fn an_answer_gates_only_what_it_decides() {
    let body = "    answer = interrupt({\"action\": \"drain\", \"node\": node})\n    if answer.get(\"type\") != \"accept\":\n        return \"refused\"\n    subprocess.run([\"kubectl\", \"drain\", node, \"--ignore-daemonsets\"], check=True)\n";
    assert!(GRAPH.contains(body));
    let run = "subprocess.run([\"kubectl\", \"drain\", node], check=True)";
    for (gate, instead) in [
        (
            GateKind::Approve,
            format!("    answer = interrupt(node)\n    if answer == \"yes\":\n        {run}\n"),
        ),
        (
            GateKind::Approve,
            format!(
                "    if interrupt(node) != \"yes\":\n        raise ValueError(node)\n    {run}\n"
            ),
        ),
        (
            GateKind::Unknown,
            format!(
                "    answer = interrupt(node)\n    if answer == \"log\":\n        print(node)\n    {run}\n"
            ),
        ),
        (
            GateKind::Unknown,
            format!(
                "    answer = interrupt(node)\n    {run}\n    if answer == \"no\":\n        return \"late\"\n"
            ),
        ),
        (GateKind::Unknown, format!("    interrupt(node)\n    {run}\n")),
        (
            GateKind::Unknown,
            format!("    if node == \"prod\":\n        answer = interrupt(node)\n    {run}\n"),
        ),
    ] {
        let text = GRAPH.replace(body, &instead);
        assert_eq!(judged(&layer(&text), "langchain: drain").2, gate, "{instead}");
    }
}

#[test]
fn answers_that_are_built_the_same_each_time_are_codes_own() {
    for resume in
        ["[{\"type\": \"approve\"} for call in calls]", "[{\"type\": \"approve\"}] * 2", "True"]
    {
        let text = format!(
            "{GRAPH}\nfrom langgraph.types import Command\ngraph.invoke(Command(resume={resume}))\n"
        );
        assert_eq!(judged(&layer(&text), "langchain: drain").2, GateKind::Unknown, "{resume}");
    }
    let text = format!(
        "{GRAPH}\nfrom langgraph.types import Command\ngraph.invoke(Command(resume=request.decision))\n"
    );
    assert_eq!(judged(&layer(&text), "langchain: drain").2, GateKind::Approve);
}

#[test]
fn middleware_may_bring_tools() {
    let with = |more: &str| {
        CAREFUL.replace(
            "            middleware=[\n",
            &format!("            middleware=[\n                {more},\n"),
        )
    };
    let shell = with("ShellToolMiddleware()").replace(
        "import HumanInTheLoopMiddleware",
        "import HumanInTheLoopMiddleware, ShellToolMiddleware",
    );
    assert_eq!(judged(&layer(&shell), "langchain: ShellTool").0, Effect::Escalation);
    let unknown = layer(&with("Own()"));
    assert!(unknown.capabilities.iter().any(|held| held.action == "restarter: code of its own"));
}

#[test]
fn a_graph_that_is_compiled_elsewhere_is_an_agent_all_the_same() {
    let at = GRAPH.find("graph = builder.compile").expect("compile");
    let text = format!("{}\nself.graph = finish(builder)\n", &GRAPH[..at]);
    let layer = layer(&text);
    assert!(layer.capabilities.iter().any(|held| held.action == "builder: code of its own"));
}

#[test]
fn a_function_that_runs_what_it_is_handed_in_another_way_is_no_read() {
    for body in [
        "return sorted(a, key=os.remove)",
        "return re.sub(\"x\", os.system, a)",
        "return subprocess.run([\"kubectl\", \"get\", \"pods\"], executable=a)",
        "return subprocess.run(\"kubectl get pods \" + a, shell=True)",
        "return subprocess.run([a, \"get\", \"pods\"])",
        "return subprocess.run([\"bash\", \"-c\", a])",
        "return subprocess.run([\"kubectl\", \"get\", \"pods\"], **a)",
        "return a.context.cluster.replace(\"x\")",
        "return os.remove(a)",
        "return eval(a)",
        "a.size = 0",
        "global count\n    count = 1",
        "return helper(a)",
        "del a.disk",
        "with open(a, \"w\") as out:\n        return out",
        "return [delete(x) for x in a]",
        "return (lambda: delete(a))()",
    ] {
        let text = format!(
            "import os, re, subprocess\nfrom langchain.agents import create_agent\ndef helper(x):\n    return os.unlink(x)\ndef look(a):\n    {body}\nagent = create_agent(\"m\", tools=[look])\n"
        );
        let held = judged(&layer(&text), "langchain: look");
        assert!(held.0.is_mutating(), "{body}: {held:?}");
    }
}

#[test]
fn of_a_class_every_method_that_may_run_counts() {
    let class = |more: &str| {
        format!(
            "import os\nfrom langchain.agents import create_agent\nfrom langchain.tools import BaseTool\nclass Look(BaseTool):\n    name: str = \"look\"\n    def _run(self, a: int) -> int:\n        return a + 1\n{more}agent = create_agent(\"m\", tools=[Look()])\n"
        )
    };
    assert_eq!(judged(&layer(&class("")), "langchain: look").0, Effect::Read);
    for more in [
        "    async def _arun(self, a: int) -> int:\n        return os.remove(a)\n",
        "    def invoke(self, a):\n        return a\n",
    ] {
        assert!(!judged(&layer(&class(more)), "langchain: look").1, "{more}");
    }
}
