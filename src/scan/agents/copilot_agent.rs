//! Custom agents of GitHub Copilot: `.agent.md`, `.github/agents/*.md`, and the older
//! `.chatmode.md`. The cloud agent asks for nothing, so the list of tools is the only limit.

use super::{
    Format, Reading, agent_file,
    entries::{Entries, all, note_duplicates},
    path, redact,
    secrets::{self, KeyNames},
};
use crate::{
    model::{
        agent_config::{AgentConfig, Client, Server, Subagent},
        location::Location,
    },
    source::{
        Document, Syntax,
        node::{Mapping, Node},
    },
};

pub(super) struct CopilotAgent;

/// Keys that only such a file has.
const OWN_KEYS: &[&str] =
    &["mcp-servers", "disable-model-invocation", "user-invocable", "infer", "handoffs"];

impl Format for CopilotAgent {
    fn id(&self) -> &'static str {
        "copilot-agent"
    }

    fn title(&self) -> &'static str {
        "GitHub Copilot custom agent"
    }

    fn version(&self) -> &'static str {
        "2026-09"
    }

    fn recognise(&self, document: &Document) -> bool {
        let root = &document.root;
        let target = matches!(root.str_at("target"), Some("vscode" | "github-copilot"));
        document.syntax == Syntax::Frontmatter
            && (path::is_copilot_agent(&document.file)
                || (agent_file::is_described(document)
                    && (target || agent_file::has_any(root, OWN_KEYS))))
    }

    fn read(&self, document: &Document, path: &str) -> Reading {
        let root = &document.root;
        // Without a target both GitHub and the editor take it; GitHub asks for less.
        let editor = root.str_at("target") == Some("vscode") || path::is_chat_mode(path);
        let client = if editor { Client::VsCode } else { Client::Copilot };
        let location = Location::file(document.file.clone());
        let scope = path::home_or_project(path);
        let mut config = AgentConfig::new(self.id(), client, scope, location);
        let mut gaps = Vec::new();
        note_duplicates(document, &mut config);
        agent_file::note_lenient(document, &mut gaps);
        let tools = agent_file::tools(document, "tools");
        config.subagent = Some(Subagent { name: agent_file::name(document), tools });
        for servers in all(root, "mcp-servers").filter_map(Node::as_mapping) {
            read_servers(servers, Entries { document, config: &mut config, gaps: &mut gaps });
        }
        config.secrets = secrets::sweep(document, KeyNames::Everywhere);
        Reading::new(config, gaps)
    }
}

/// Servers whose entries select their tools.
pub(super) fn read_servers(servers: &Mapping, mut entries: Entries<'_>) {
    let before = entries.config.servers.len();
    entries.read(servers);
    let read = entries.config.servers.get_mut(before..).unwrap_or_default();
    for (server, (_, entry)) in read.iter_mut().zip(&servers.entries) {
        select(server, entry, entries.document);
    }
}

/// `tools` of an entry: the only ones that are handed on.
fn select(server: &mut Server, entry: &Node, document: &Document) {
    for tools in all(entry, "tools").filter_map(Node::as_sequence) {
        let selected = server.selected.get_or_insert_with(Vec::new);
        for item in tools {
            let tool = redact::opened(item.as_str().unwrap_or("*"));
            selected.push((tool, item.location(&document.file)));
        }
    }
}
