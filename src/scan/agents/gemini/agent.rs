//! Agents of Gemini CLI in Markdown: they work under the settings and policies of the
//! whole, and may bring servers of their own.

use super::VERSION;
use crate::{
    model::agent_config::Client,
    scan::agents::{
        Format, Reading,
        entries::all,
        path,
        reader::{Reader, texts},
    },
    source::{Document, Syntax},
};

pub(in crate::scan::agents) struct GeminiAgent;

/// Keys that only its agents have.
const OWN_KEYS: &[&str] = &["max_turns", "timeout_mins", "kind"];

/// Tools that only it has.
const OWN_TOOLS: &[&str] =
    &["run_shell_command", "read_file", "write_file", "grep_search", "list_directory", "replace"];

impl Format for GeminiAgent {
    fn id(&self) -> &'static str {
        "gemini-agent"
    }

    fn title(&self) -> &'static str {
        "Gemini CLI agent in Markdown"
    }

    fn version(&self) -> &'static str {
        VERSION
    }

    fn recognise(&self, document: &Document) -> bool {
        let root = &document.root;
        document.syntax == Syntax::Frontmatter
            && root.str_at("name").is_some()
            && (path::is_gemini_agent(&document.file)
                || OWN_KEYS.iter().any(|key| root.get(key).is_some())
                || texts(root, "tools").iter().any(|(tool, _)| OWN_TOOLS.contains(tool)))
    }

    fn read(&self, document: &Document, path: &str) -> Reading {
        let scope = path::home_or_project(path);
        let mut reader = Reader::new(self, Client::Gemini, scope, document);
        for key in ["mcp_servers", "mcpServers"] {
            for servers in all(&document.root, key) {
                reader.servers(servers);
            }
        }
        reader.finish()
    }
}
