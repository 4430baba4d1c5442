//! Agent and client configurations.
//!
//! One file a format, behind [`Format`] and the list [`FORMATS`]; a new format
//! is a file and a line. What a file is, its content decides; its path only
//! tells whose it is, and which client reads a list that several understand.
//! Nothing that could be a secret leaves this room other than as a digest.

mod agent_file;
mod claude_agent;
mod claude_command;
mod claude_plugin;
mod claude_settings;
mod command;
mod copilot_agent;
mod copilot_hooks;
mod cursor_cli;
mod cursor_hooks;
mod cursor_permissions;
mod entries;
mod flat_hooks;
mod kagent;
mod mcp_servers;
mod names;
mod path;
mod patterns;
mod permission_rule;
mod redact;
mod secrets;
mod vscode_mcp;
mod vscode_policy;
mod vscode_settings;
#[cfg(feature = "kubernetes")]
mod withhold;

use crate::{
    model::{agent_config::AgentConfig, coverage::Gap},
    source::Document,
};

pub use path::is_backup;
#[cfg(feature = "kubernetes")]
pub(crate) use withhold::withhold;

/// One format of configuration.
pub trait Format: Sync {
    /// Its name, as `SourceRecord::kind` has it.
    fn id(&self) -> &'static str;

    /// What it is, in a line.
    fn title(&self) -> &'static str;

    /// The version of the product that was read.
    fn version(&self) -> &'static str;

    /// Whether a document is of this format, by its content.
    fn recognise(&self, document: &Document) -> bool;

    /// Reads a document that [`Format::recognise`] took; `path` as in [`read`].
    fn read(&self, document: &Document, path: &str) -> Reading;
}

/// What was read from one document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// Id of its format.
    pub format: &'static str,
    /// Its configurations: more than one where a document describes several agents.
    pub configs: Vec<AgentConfig>,
    /// What could not be decided.
    pub gaps: Vec<Gap>,
    /// Servers, rules and tools taken from it, for the source record.
    pub items: u64,
}

impl Reading {
    fn new(config: AgentConfig, gaps: Vec<Gap>) -> Self {
        let items = u64::try_from(config.settings()).unwrap_or(u64::MAX);
        Self { format: config.format, configs: vec![config], gaps, items }
    }
}

/// Every format, in the order in which they are tried: those that say what
/// they are before those that are told by their keys.
pub static FORMATS: &[&dyn Format] = &[
    &kagent::Kagent,
    &copilot_agent::CopilotAgent,
    &claude_command::ClaudeCommand,
    &claude_agent::ClaudeAgent,
    &claude_plugin::ClaudePlugin,
    &copilot_hooks::CopilotHooks,
    &cursor_hooks::CursorHooks,
    &cursor_cli::CursorCli,
    &claude_settings::ClaudeSettings,
    &cursor_permissions::CursorPermissions,
    &vscode_policy::VsCodePolicy,
    &vscode_settings::VsCodeSettings,
    &vscode_mcp::VsCodeMcp,
    &mcp_servers::McpServers,
];

/// The format of a document. Backup copies (`settings.json.orig`) are none:
/// no client reads them.
#[must_use]
pub fn recognise(document: &Document, path: &str) -> Option<&'static dyn Format> {
    if is_backup(path) {
        return None;
    }
    FORMATS.iter().copied().find(|format| format.recognise(document))
}

/// Reads a document of any format; none where no format knows it. `path` is
/// where the file lies, as fully as it is known, with `/`: it tells the scope.
#[must_use]
pub fn read(document: &Document, path: &str) -> Option<Reading> {
    recognise(document, path).map(|format| format.read(document, path))
}
