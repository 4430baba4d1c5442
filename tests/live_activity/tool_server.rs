//! kubernetes-mcp-server from npm, spoken to over its standard streams.

use std::{
    io::{self, BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use serde_json::{Value, json};

/// Where `.ci/mcp-servers` installed it; none where it did not, which is said.
pub(crate) fn installed() -> Option<PathBuf> {
    let folder = std::env::var_os("GRADUS_MCP_SERVERS").map(PathBuf::from);
    if folder.is_none() {
        let required = std::env::var_os("GRADUS_REQUIRE_LIVE").is_some_and(|it| it == "1");
        assert!(!required, "GRADUS_REQUIRE_LIVE=1, and GRADUS_MCP_SERVERS names no folder");
        // Past the harness, which keeps what passing tests print to itself.
        let _ = writeln!(io::stderr(), "SKIPPED: GRADUS_MCP_SERVERS names no folder");
    }
    folder.map(|folder| std::fs::canonicalize(folder).unwrap())
}

/// A running server.
pub(crate) struct ToolServer {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    requests: u64,
}

impl ToolServer {
    /// Starts it and says hello.
    pub(crate) fn start(installed: &Path, kubeconfig: &Path) -> Self {
        let program = installed.join("node_modules/kubernetes-mcp-server/bin/index.js");
        let mut child = Command::new("node")
            .arg(program)
            .arg("--kubeconfig")
            .arg(kubeconfig)
            .args(["--toolsets", "core"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let input = child.stdin.take().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let mut server = Self { child, input, output, requests: 0 };
        server.request(
            "initialize",
            json!({
                "protocolVersion": "2025-06-18", "capabilities": {},
                "clientInfo": {"name": "gradus-live-test", "version": "1"},
            }),
        );
        server.send(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"}));
        server
    }

    /// Calls a tool; whether it answered without an error, and what.
    pub(crate) fn call(&mut self, tool: &str, arguments: Value) -> (bool, String) {
        let result = self.request("tools/call", json!({"name": tool, "arguments": arguments}));
        let text = result["content"][0]["text"].as_str().unwrap_or_default().to_owned();
        (result["isError"] != true, text)
    }

    fn send(&mut self, message: &Value) {
        writeln!(self.input, "{message}").unwrap();
        self.input.flush().unwrap();
    }

    fn request(&mut self, method: &str, params: Value) -> Value {
        self.requests += 1;
        let id = self.requests;
        self.send(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}));
        loop {
            let mut line = String::new();
            assert_ne!(self.output.read_line(&mut line).unwrap(), 0, "the tool server ended");
            let message: Value = serde_json::from_str(&line).unwrap();
            if message["id"] == id {
                assert!(message.get("error").is_none(), "{method}: {message}");
                return message["result"].clone();
            }
        }
    }
}

impl Drop for ToolServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
