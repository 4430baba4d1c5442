//! Agent and client configurations.
//!
//! One file a format, behind [`Format`] and the list [`FORMATS`]; a new format
//! is a file and a line. What a file is, its content decides; its path only
//! tells whose it is, and which client reads a list that several understand.
//! Nothing that could be a secret leaves this room other than as a digest.

mod agent_file;
mod agentgateway;
mod agentic_workflow;
mod aider;
mod amp;
mod apart;
mod bedrock;
mod bounds;
mod cagent;
mod carried;
mod claims;
mod claude_agent;
mod claude_command;
mod claude_plugin;
mod claude_settings;
mod codex;
mod command;
mod command_line;
mod continue_dev;
mod copilot_agent;
mod copilot_hooks;
mod crewai;
mod cursor_cli;
mod cursor_hooks;
mod cursor_permissions;
mod dot_ai;
mod entries;
mod errand;
mod flat_hooks;
mod gemini;
mod goose;
mod holmes;
mod k8sgpt;
mod kagent;
mod kiro;
mod kubectl_ai;
mod kubernetes_mcp;
mod langgraph;
mod mcp_servers;
mod models;
mod names;
mod openclaw;
mod opencode;
mod path;
mod patterns;
mod permission_rule;
mod python;
mod reader;
mod redact;
mod regexes;
mod resource;
mod robusta;
mod secrets;
mod toolhive;
mod vscode_mcp;
mod vscode_policy;
mod vscode_settings;
#[cfg(feature = "mcp")]
pub(crate) mod way;
mod windsurf_hooks;
#[cfg(feature = "kubernetes")]
mod withhold;
mod zed;

use crate::{
    model::{agent_config::AgentConfig, aws::AccountSnapshot, coverage::Gap},
    source::{Document, python::Read},
};

pub(crate) use names::is_secret as names_a_secret;
pub use path::is_backup;
pub use python::{Beside, Project};
pub(crate) use redact::name as shown_name;
#[cfg(feature = "mcp")]
pub(crate) use redact::words as shown_words;
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

    /// Adds another agent that the document describes.
    fn add(&mut self, config: AgentConfig) {
        self.items += u64::try_from(config.settings()).unwrap_or(u64::MAX);
        self.configs.push(config);
    }
}

/// Every format, in the order in which they are tried: those that say what
/// they are before those that are told by their keys.
pub static FORMATS: &[&dyn Format] = &[
    &kagent::Kagent,
    // Agents of infrastructure.
    &k8sgpt::K8sGpt,
    &dot_ai::DotAi,
    &robusta::Robusta,
    &holmes::Holmes,
    &toolhive::ToolHive,
    &agentgateway::AgentGateway,
    &cagent::Cagent,
    &kubectl_ai::KubectlAi,
    &bedrock::Bedrock,
    &claims::A2aCard,
    &claims::AgentSpec,
    &claims::GitAgent,
    &kubernetes_mcp::KubernetesMcp,
    &agentic_workflow::AgenticWorkflow,
    &command_line::CommandLines,
    &gemini::GeminiPolicy,
    &gemini::GeminiExtension,
    &gemini::GeminiSettings,
    &gemini::GeminiAgent,
    &codex::CodexHooks,
    &codex::CodexRules,
    &codex::CodexRequirements,
    &codex::CodexConfig,
    &opencode::OpenCodeAgent,
    &opencode::OpenCode,
    &goose::GoosePermission,
    &goose::GooseRecipe,
    &goose::GooseConfig,
    &zed::ZedSettings,
    &amp::AmpSettings,
    &openclaw::OpenClaw,
    &aider::AiderConfig,
    &continue_dev::ContinuePermissions,
    &continue_dev::ContinueConfig,
    &windsurf_hooks::WindsurfHooks,
    &kiro::KiroPermissions,
    &kiro::KiroAgent,
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
    &langgraph::LangGraph,
    &crewai::CrewAiDefinitions,
];

/// A format or framework, as docs list it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct About {
    /// Its name, as `SourceRecord::kind` has it.
    pub id: &'static str,
    /// What it is, in a line.
    pub title: &'static str,
    /// The version of the product that was read.
    pub version: &'static str,
}

/// Everything that is read: formats of documents, then frameworks of code.
#[must_use]
pub fn all() -> Vec<About> {
    let documents = FORMATS.iter().map(|format| About {
        id: format.id(),
        title: format.title(),
        version: format.version(),
    });
    documents.chain(python::about()).collect()
}

/// The format of a document. Backup copies (`settings.json.orig`) are none:
/// no client reads them.
#[must_use]
pub fn recognise(document: &Document, path: &str) -> Option<&'static dyn Format> {
    if is_backup(path) {
        return None;
    }
    FORMATS.iter().copied().find(|format| format.recognise(document))
}

/// Reads a document of any format, or those that a ConfigMap or a Secret carries;
/// nothing where no format knows it. `path` is where the file lies, as fully as it is
/// known, with `/`: it tells the scope.
#[must_use]
pub fn read(document: &Document, path: &str) -> Vec<Reading> {
    let mut readings: Vec<Reading> = read_one(document, path).into_iter().collect();
    readings.extend(carried::read(document));
    readings
}

fn read_one(document: &Document, path: &str) -> Option<Reading> {
    recognise(document, path).map(|format| {
        let mut reading = format.read(document, path);
        models::note(document, &mut reading);
        bounds::note(document, &mut reading);
        reading
    })
}

/// Whether the text of a file of Python may make agents: it names a framework that
/// is known. Any other is not worth taking apart.
#[must_use]
pub fn may_hold_agents(text: &str) -> bool {
    python::may_hold_agents(text)
}

/// The agents that a file of Python makes, a reading for each framework.
#[must_use]
pub fn read_python(code: &Read) -> Vec<Reading> {
    read_python_beside(code, &Beside::default())
}

/// The same, with the modules that it imports from around it.
#[must_use]
pub fn read_python_beside(code: &Read, beside: &Beside) -> Vec<Reading> {
    python::read(code, beside)
}

/// Brings together what several files say of one thing: a launch, and the file of
/// settings that it names; an agent, and the role of an account that it acts as. All
/// configurations of the evidence are given at once.
pub fn join(configs: &mut Vec<AgentConfig>, account: Option<&AccountSnapshot>) {
    kubernetes_mcp::join(configs);
    claude_plugin::join(configs);
    bedrock::settle(configs, account);
    apart::settle(configs);
}
