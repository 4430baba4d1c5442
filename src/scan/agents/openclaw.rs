//! `openclaw.json`. Whether a command is asked for, two settings of `tools.exec` decide
//! together; where they do not say, versions differ.

use super::{
    Format, Reading,
    entries::all,
    path,
    reader::{Reader, texts},
    redact,
};
use crate::{
    model::{
        agent_config::{Client, Decision, ProblemKind, RuleTarget, SwitchKind},
        coverage::Gap,
    },
    source::{Document, node::Node},
};

pub(super) struct OpenClaw;

/// The tool that runs commands.
const EXEC: &str = "exec";

/// Groups of its tools, as its lists name them.
const GROUPS: [(&str, &[&str]); 2] =
    [("group:runtime", &[EXEC]), ("group:fs", &["write", "edit", "read"])];

impl Format for OpenClaw {
    fn id(&self) -> &'static str {
        "openclaw"
    }

    fn title(&self) -> &'static str {
        "OpenClaw configuration"
    }

    fn version(&self) -> &'static str {
        "2026-09"
    }

    fn recognise(&self, document: &Document) -> bool {
        let root = &document.root;
        let own = ["bind", "auth", "port", "mode"];
        let gateway =
            root.get("gateway").is_some_and(|node| own.iter().any(|key| node.get(key).is_some()));
        let exec = root.at(&["tools", "exec"]).is_some_and(|exec| exec.as_mapping().is_some());
        (gateway && ["agents", "channels", "tools"].iter().any(|key| root.get(key).is_some()))
            || (exec && root.get("agents").is_some())
    }

    fn read(&self, document: &Document, path: &str) -> Reading {
        let root = &document.root;
        let mut reader = Reader::new(self, Client::OpenClaw, path::home_or_project(path), document);
        for servers in all(root, "mcp").flat_map(|mcp| all(mcp, "servers")) {
            reader.servers(servers);
        }
        for tools in all(root, "tools") {
            for (tool, node) in texts(tools, "deny") {
                let group = GROUPS.iter().find(|(group, _)| *group == tool);
                for name in group.map_or(&[tool][..], |(_, tools)| tools) {
                    reader.switch(SwitchKind::WithholdTool(redact::name(name)), node);
                }
            }
            for exec in all(tools, "exec") {
                commands(&mut reader, exec);
            }
            let elevated = tools.get("elevated");
            let off = |node: &Node| node.get("enabled").and_then(Node::as_bool) == Some(false);
            if let Some(node) =
                elevated.filter(|node| node.get("allowFrom").is_some() && !off(node))
            {
                undecided(&mut reader, node, "whom it lets run commands past their approval");
            }
        }
        for agent in root.at(&["agents", "list"]).and_then(Node::as_sequence).unwrap_or_default() {
            if let Some(tools) = agent.get("tools") {
                undecided(&mut reader, tools, "the tools of one agent of several");
            }
        }
        reader.finish()
    }
}

fn undecided(reader: &mut Reader<'_>, node: &Node, what: &str) {
    let location = reader.at(node);
    reader.gaps.push(Gap { location, reason: format!("{what} is not evaluated") });
}

fn commands(reader: &mut Reader<'_>, exec: &Node) {
    let (security, ask) = (exec.str_at("security"), exec.str_at("ask"));
    for (key, value, known) in [
        ("security", security, &["deny", "allowlist", "full"]),
        ("ask", ask, &["off", "on-miss", "always"]),
    ] {
        if value.is_some_and(|value| !known.contains(&value)) {
            let reason = "the client knows no such value";
            reader.problem(ProblemKind::IgnoredValue, key, reason, exec);
            return;
        }
    }
    let decision = match (security, ask) {
        (Some("deny"), _) => Decision::Deny,
        (_, Some("always")) => Decision::Ask,
        (Some("full"), Some("off" | "on-miss")) => Decision::Allow,
        // Commands of a list that stands elsewhere run, and others are refused or asked for.
        _ => return undecided(reader, exec, "which commands its list of approvals lets run"),
    };
    let target = RuleTarget::BuiltIn { tool: EXEC.to_owned(), specifier: None };
    reader.rule(decision, target, exec);
}
