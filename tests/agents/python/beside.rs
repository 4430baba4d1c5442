//! Agents whose code stands in several files of one folder.

use std::fs;

use gradus::{
    model::{evidence::Evidence, gate::GateKind},
    privilege::tools::{ToolLayer, effective},
    scan::{Expected, Source, scan},
    source::{files::walk, limits::Limits},
};

use crate::support::{capability, catalogue, risks};

const AGENT: &str = "from langchain.agents import create_agent\nfrom tools import restart, READS\n\
    from gates import ASKED\nfrom langchain.agents.middleware import HumanInTheLoopMiddleware\n\
    from langgraph.checkpoint.postgres import PostgresSaver\n\
    agent = create_agent('openai:gpt-4.1', tools=[restart, *READS],\n    \
    middleware=[HumanInTheLoopMiddleware(interrupt_on=ASKED)],\n    \
    checkpointer=PostgresSaver.from_conn_string('x'))\n";
const TOOLS: &str = "import subprocess\nfrom langchain.tools import tool\n@tool\n\
    def restart(name: str):\n    '''Restarts.'''\n    \
    return subprocess.run(['kubectl', 'rollout', 'restart', name])\n@tool\ndef look(name: str):\n    \
    '''Looks.'''\n    return subprocess.run(['kubectl', 'get', name])\nREADS = [look]\n";
const GATES: &str = "ASKED = {'restart': True}\n";

/// What the scanner makes of these files.
fn evidence(files: &[(&str, &str)]) -> Evidence {
    let folder = tempfile::tempdir().expect("a folder");
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, text).expect("written");
    }
    let files = walk(folder.path(), folder.path(), &Limits::default()).files;
    let source = Source {
        name: "all".to_owned(),
        expected: Expected::Anything,
        format: None,
        mapping: None,
        files,
    };
    scan(&[source], &[], &Limits::default())
}

/// The tools of the agent that this file makes.
fn layer(path: &str, files: &[(&str, &str)]) -> ToolLayer {
    let evidence = evidence(files);
    let own = evidence.configs.iter().filter(|config| &*config.location.path == path);
    effective(&own.collect::<Vec<_>>(), &catalogue(), &risks())
}

fn gate(layer: &ToolLayer, tool: &str) -> GateKind {
    capability(layer, &format!("langchain: {tool}")).gate.kind
}

#[test]
fn tools_and_gates_of_a_module_beside_are_what_they_are_there() {
    let layer = layer("agent.py", &[("agent.py", AGENT), ("tools.py", TOOLS), ("gates.py", GATES)]);
    assert_eq!(gate(&layer, "restart"), GateKind::Approve);
    let look = capability(&layer, "langchain: look");
    assert!(look.effect_known && !look.is_mutating());
    assert_eq!(layer.gaps, []);
}

#[test]
fn what_is_not_beside_stays_unknown() {
    let layer = layer("agent.py", &[("agent.py", AGENT), ("gates.py", GATES)]);
    assert!(!capability(&layer, "langchain: restart").effect_known);
    assert!(layer.capabilities.iter().any(|held| held.action.contains("code of its own")));
}

#[test]
fn relative_imports_packages_and_modules_as_such_are_followed() {
    let agent = AGENT
        .replace("from tools import restart, READS", "from . import tools")
        .replace("from gates import ASKED", "from ..common.gates import ASKED")
        .replace("[restart, *READS]", "[tools.restart, *tools.READS]");
    let files = [
        ("app/bot/agent.py", agent.as_str()),
        ("app/bot/tools/__init__.py", "from .own import restart, READS\n"),
        ("app/bot/tools/own.py", TOOLS),
        ("app/common/gates.py", GATES),
    ];
    let layer = layer("app/bot/agent.py", &files);
    assert_eq!(gate(&layer, "restart"), GateKind::Approve);
    assert!(capability(&layer, "langchain: look").effect_known);
}

#[test]
fn modules_that_import_one_another_come_to_an_end() {
    let tools = "from gates import ASKED, own\nrestart = own\nREADS = ASKED\n";
    let gates =
        "from tools import restart, READS\nfrom agent import agent\nASKED = READS\nown = restart\n";
    let layer = layer("agent.py", &[("agent.py", AGENT), ("tools.py", tools), ("gates.py", gates)]);
    let names: Vec<&str> = layer.capabilities.iter().map(|held| held.action.as_str()).collect();
    assert_eq!(names, ["agent: code of its own"]);
}

#[test]
fn what_any_module_changes_is_not_known() {
    for (file, text) in [
        ("tools.py", format!("{TOOLS}READS.append(restart)\n")),
        ("gates.py", format!("{GATES}from tools import READS\nREADS.append(print)\n")),
        ("gates.py", format!("{GATES}import tools\ntools.READS = []\n")),
        ("gates.py", format!("{GATES}from tools import READS\nregister(READS)\n")),
    ] {
        let mut files = vec![("agent.py", AGENT), ("tools.py", TOOLS), ("gates.py", GATES)];
        files.retain(|(path, _)| *path != file);
        files.push((file, &text));
        let layer = layer("agent.py", &files);
        let opaque = layer.capabilities.iter().any(|held| held.action.contains("code of its own"));
        assert!(opaque, "{file}: {text}");
    }
    let changed = format!("{GATES}ASKED['restart'] = False\n");
    let files = [("agent.py", AGENT), ("tools.py", TOOLS), ("gates.py", changed.as_str())];
    assert_ne!(gate(&layer("agent.py", &files), "restart"), GateKind::Approve);
}

#[test]
fn an_answer_that_code_of_another_module_gives_is_no_humans() {
    let gates = format!(
        "{GATES}from langgraph.types import Command\ndef go(agent):\n    \
         agent.invoke(Command(resume={{'decisions': [{{'type': 'approve'}}]}}))\n"
    );
    let files = [("agent.py", AGENT), ("tools.py", TOOLS), ("gates.py", gates.as_str())];
    assert_ne!(gate(&layer("agent.py", &files), "restart"), GateKind::Approve);
}

#[test]
fn of_two_files_that_an_import_may_mean_none_is_taken() {
    let files = [
        ("app/agent.py", AGENT),
        ("app/tools.py", TOOLS),
        ("tools.py", TOOLS),
        ("app/gates.py", GATES),
    ];
    assert!(!capability(&layer("app/agent.py", &files), "langchain: restart").effect_known);
}

#[test]
fn a_file_that_is_called_as_a_framework_is_not_taken_for_it() {
    let agent = "from agents import Agent, function_tool\n@function_tool\ndef look():\n    \
                 return 1\nagent = Agent(name='x', tools=[look])\n";
    let own = "def Agent(**rest):\n    pass\nfunction_tool = Agent\n";
    let evidence = evidence(&[("run.py", agent), ("agents.py", own)]);
    assert_eq!(evidence.configs.len(), 1);
}

#[test]
fn a_module_that_is_not_all_python_or_takes_everything_of_another_is_not_followed() {
    for text in [format!("{TOOLS}def (\n"), format!("from os import *\n{TOOLS}")] {
        let files = [("agent.py", AGENT), ("tools.py", text.as_str()), ("gates.py", GATES)];
        let layer = layer("agent.py", &files);
        assert!(!capability(&layer, "langchain: restart").effect_known, "{text}");
    }
}
