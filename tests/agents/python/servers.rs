//! MCP servers whose code is in the evidence.

use gradus::{
    model::{agent_config::Client, effect::Effect, gate::GateKind},
    privilege::tools::{SolePath, ToolLayer},
};

use super::{agents_of, judged};
use crate::support::{capability, layer_of};

const CAREFUL: &str = include_str!("../../fixtures/agents/python/server_careful.py");
const CARELESS: &str = include_str!("../../fixtures/agents/python/server_careless.py");

/// An agent of Claude Code that starts a server, and a file of code.
fn started(command: &str, at: &str, code: &str) -> ToolLayer {
    let list = format!(r#"{{"mcpServers": {{"own": {{{command}}}}}}}"#);
    layer_of([("ops/.mcp.json", list.as_str()), (at, code)])
}

const PYTHON: &str = r#""command": "python", "args": ["-u", "./server.py"]"#;

#[test]
fn a_server_whose_code_is_there_offers_what_its_code_does() {
    let layer = started(PYTHON, "ops/server.py", CAREFUL);
    let pods = capability(&layer, "own: pods");
    assert_eq!((pods.effect, pods.effect_known), (Effect::SensitiveRead, true));
    let add = capability(&layer, "own: add");
    assert_eq!((add.effect, add.effect_known), (Effect::Read, true));
    assert!(layer.capabilities.iter().all(|held| held.action != "own: any tool"));
}

#[test]
fn a_server_is_only_its_code_where_certainly_that_file_is_run() {
    for (command, at) in [
        (PYTHON, "ops/other.py"),
        (PYTHON, "server.py"),
        (r#""command": "python", "args": ["/srv/server.py"]"#, "ops/server.py"),
        (r#""command": "python", "args": ["server.py"], "cwd": "elsewhere""#, "ops/server.py"),
        (r#""command": "python", "args": ["-m", "server"]"#, "ops/server.py"),
        (r#""command": "uv", "args": ["--directory", "x", "run", "server.py"]"#, "ops/server.py"),
        (r#""command": "python", "args": ["-c", "server.py"]"#, "ops/server.py"),
        (r#""command": "sh", "args": ["-c", "python server.py"]"#, "ops/server.py"),
    ] {
        let layer = started(command, at, CAREFUL);
        let any = capability(&layer, "own: any tool");
        assert_eq!((any.effect, any.effect_known), (Effect::Destructive, false), "{command} {at}");
    }
    for command in [
        r#""command": "uv", "args": ["run", "server.py"]"#,
        r#""command": "python3.13", "args": ["server.py", "--verbose"]"#,
    ] {
        let layer = started(command, "ops/server.py", CAREFUL);
        assert!(capability(&layer, "own: pods").effect_known, "{command}");
    }
}

#[test]
fn a_hint_lowers_nothing_and_a_false_one_is_told() {
    let layer = started(PYTHON, "ops/server.py", CARELESS);
    let view = capability(&layer, "own: view");
    assert_eq!((view.effect, view.effect_known), (Effect::Escalation, true));
    assert!(matches!(layer.sole_path, SolePath::No { .. }));
    assert!(layer.risks.iter().any(|hit| hit.rule == "AGT-FALSE-HINT"));
    let honest = started(PYTHON, "ops/server.py", CAREFUL);
    assert!(honest.risks.iter().all(|hit| hit.rule != "AGT-FALSE-HINT"));
}

#[test]
fn tools_that_come_from_elsewhere_leave_the_server_unknown() {
    for more in [
        "mcp.mount(other)",
        "mcp.add_tool(pick())",
        "register(mcp)",
        "mcp.tool()(find)",
        "mcp.tools = everything()",
        "mcp.import_server('x', other)",
        "mcp._mcp_server.call_tool()(run)",
    ] {
        let code = CAREFUL.replace("\n\nif __name__", &format!("\n\n{more}\n\nif __name__"));
        assert_ne!(code, CAREFUL);
        let layer = started(PYTHON, "ops/server.py", &code);
        assert!(!capability(&layer, "own: any tool").effect_known, "{more}");
    }
    let computed = CARELESS.replace("return [\n", "return TOOLS + [\n");
    let layer = started(PYTHON, "ops/server.py", &computed);
    assert!(!capability(&layer, "own: any tool").effect_known);
}

#[test]
fn a_function_that_is_added_later_is_a_tool_as_well() {
    let code = CAREFUL.replace(
        "\n\nif __name__",
        "\n\ndef drop(name: str) -> None:\n    database().drop(name)\n\n\nmcp.add_tool(drop, name=\"drop\")\n\n\nif __name__",
    );
    let layer = started(PYTHON, "ops/server.py", &code);
    assert_eq!(judged(&layer, "own: drop"), (Effect::Destructive, false, GateKind::Unknown));
    assert!(layer.capabilities.iter().all(|held| held.action != "own: any tool"));
}

#[test]
fn a_server_of_the_second_version_is_one_as_well() {
    let code = CAREFUL
        .replace("mcp.server.fastmcp import FastMCP", "mcp.server.mcpserver import MCPServer")
        .replace("FastMCP(", "MCPServer(");
    let layer = started(PYTHON, "ops/server.py", &code);
    assert!(capability(&layer, "own: pods").effect_known);
}

#[test]
fn the_code_of_a_server_is_no_agent() {
    let clients: Vec<Client> = agents_of(CAREFUL).into_iter().map(|config| config.client).collect();
    assert_eq!(clients, [Client::ToolServer]);
}
