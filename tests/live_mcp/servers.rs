//! Servers that `.ci/mcp-servers` installed, each in a workspace of its own.

use std::{
    collections::BTreeSet,
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{Run, run};

/// A kubeconfig with two contexts, both of servers that nobody reaches: the servers
/// only connect once a tool is called.
const KUBECONFIG: &str = "apiVersion: v1\nkind: Config\ncurrent-context: one\n\
    clusters:\n- {name: none, cluster: {server: \"https://127.0.0.1:1\"}}\n\
    contexts:\n- {name: one, context: {cluster: none, user: none}}\n\
    - {name: two, context: {cluster: none, user: none}}\n\
    users:\n- {name: none, user: {token: planted-secret}}\n";

/// The folder of the installed servers; none where there is none, which is said.
pub(crate) fn installed() -> Option<PathBuf> {
    let Some(folder) = std::env::var_os("GRADUS_MCP_SERVERS").map(PathBuf::from) else {
        let required = std::env::var_os("GRADUS_REQUIRE_LIVE").is_some_and(|it| it == "1");
        assert!(!required, "GRADUS_REQUIRE_LIVE=1, and GRADUS_MCP_SERVERS names no folder");
        // Past the harness, which keeps what passing tests print to itself.
        let told = "SKIPPED: GRADUS_MCP_SERVERS names no folder with tool servers in it: \
                    docs/live-tests.md";
        let _ = writeln!(io::stderr(), "{told}");
        return None;
    };
    Some(fs::canonicalize(folder).unwrap())
}

/// A workspace with one server, `it`, started by npx in its installed version.
pub(crate) struct Workspace {
    folder: TempDir,
    beside: TempDir,
}

impl Workspace {
    pub(crate) fn new(
        installed: &Path,
        package: &str,
        args: &[&str],
        env: &[(&str, &str)],
    ) -> Self {
        let own =
            Self { folder: tempfile::tempdir().unwrap(), beside: tempfile::tempdir().unwrap() };
        let kubeconfig = own.beside.path().join("kubeconfig");
        fs::write(&kubeconfig, KUBECONFIG).unwrap();
        let version = fs::read_to_string(installed.join("packages")).unwrap();
        let pinned = version
            .split(' ')
            .find(|pinned| pinned.rsplit_once('@').is_some_and(|(name, _)| name == package))
            .unwrap();
        let mut variables = json!({"KUBECONFIG": kubeconfig, "npm_config_offline": "true"});
        for (name, value) in env {
            variables[*name] = (*value).into();
        }
        let words: Vec<&str> = ["-y", pinned].into_iter().chain(args.iter().copied()).collect();
        let entry = json!({"command": "npx", "args": words, "env": variables, "cwd": installed});
        let config = json!({"mcpServers": {"it": entry}}).to_string();
        fs::write(own.folder.path().join(".mcp.json"), config).unwrap();
        own
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        let run = run(self.path(), &[&["assess", "-f", "json"], arguments].concat());
        run.ended(0).never_says("planted-secret");
        run
    }

    /// The assessment with the server asked.
    pub(crate) fn ask(&self) -> Value {
        let run = self.run(&["--live", "mcp=it", "--timeout", "240"]);
        let assessment: Value = serde_json::from_str(&run.stdout).unwrap();
        let sources = assessment["coverage"]["sources"].as_array().unwrap();
        let failed = sources.iter().find(|record| record["path"] == "mcp/it");
        assert_eq!(failed, None);
        assessment
    }

    /// What gradus knows without asking.
    pub(crate) fn assess(&self) -> Value {
        serde_json::from_str(&self.run(&[]).stdout).unwrap()
    }

    /// What was kept of the server's answer.
    pub(crate) fn kept(&self) -> Value {
        let mut files = fs::read_dir(self.path().join(".gradus/mcp")).unwrap();
        let file = files.next().unwrap().unwrap().path();
        assert!(files.next().is_none());
        serde_json::from_slice(&fs::read(file).unwrap()).unwrap()
    }

    /// The tools that the server listed.
    pub(crate) fn listed(&self) -> BTreeSet<String> {
        let kept = self.kept();
        let items = kept["items"].as_array().unwrap();
        let tools = items.iter().filter(|item| item["kind"] == "tool");
        tools.map(|tool| tool["name"].as_str().unwrap().to_owned()).collect()
    }
}

/// The tools of the server that an assessment says are exposed.
pub(crate) fn exposed(assessment: &Value) -> BTreeSet<String> {
    let agents = assessment["agents"].as_array().unwrap();
    agents
        .iter()
        .flat_map(|agent| agent["capabilities"].as_array().unwrap())
        .filter(|held| held["plane"] == "mcp" && held["gate"] != "deny")
        .filter_map(|held| Some(held["action"].as_str()?.strip_prefix("it: ")?.to_owned()))
        .collect()
}
