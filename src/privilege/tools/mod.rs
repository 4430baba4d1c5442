//! What an agent may do through its tools, and behind which gate.
//!
//! The configurations of one agent are joined: servers become tools by the
//! catalogue and their own switches, permission rules become gates by the
//! precedence of the client. Where two readings are possible, the one that
//! leaves more open counts; prompt text never is a gate.

mod builtin;
mod bypass;
mod claude;
mod coded;
mod dead_rules;
mod exposure;
mod hooks;
mod layer;
mod listed;
mod loaders;
mod merge;
mod mode;
mod observe;
mod overview;
mod pace;
mod party;
mod restriction;
mod ruled;
mod sole;
mod told;
mod undone;

use crate::{
    model::agent_config::{AgentConfig, Client},
    rubric::{agents::AgentRisks, servers::ServerRules},
};

pub use layer::{
    JournalView, ModelView, Noted, Pace, ServerView, SolePath, Told, ToolLayer, Undone,
};

use merge::Findings;

/// The tool layer of one agent, whose configurations these are: its own files
/// and resources, and the tool servers that they refer to.
#[must_use]
pub fn effective(configs: &[&AgentConfig], rules: &ServerRules, risks: &AgentRisks) -> ToolLayer {
    let mut findings = Findings::default();
    let configs = &listed::without_strangers(configs);
    findings.coded = coded::read(configs, rules);
    let asked = configs.iter().flat_map(|config| &config.asked);
    findings.asked = asked.map(|asked| (asked.server.clone(), asked.listing.clone())).collect();
    for client in clients(configs) {
        let own: Vec<&AgentConfig> =
            configs.iter().copied().filter(|config| is_read_by(config, client)).collect();
        findings.client = Some(client);
        match client {
            // Its options are Claude Code's rules, modes and hooks.
            Client::ClaudeCode | Client::ClaudeAgentSdk => {
                claude::read(&own, rules, &mut findings);
            }
            Client::AgenticWorkflows
            | Client::Kagent
            | Client::Holmes
            | Client::K8sGpt
            | Client::DotAi
            | Client::Robusta
            | Client::ToolHive
            | Client::Bedrock
            | Client::LangChain
            | Client::OpenAiAgents
            | Client::GoogleAdk
            | Client::CrewAi => listed::read(client, &own, rules, &mut findings),
            // What it offers counts where a client starts it.
            Client::ToolServer => coded::note_claims(&own, rules, &mut findings),
            Client::ClaudeDesktop
            | Client::Cursor
            | Client::CursorCli
            | Client::VsCode
            | Client::Copilot
            | Client::CopilotCli
            | Client::Windsurf
            | Client::Cline
            | Client::Roo
            | Client::Kilo
            | Client::Zed
            | Client::Continue
            | Client::Goose
            | Client::Gemini
            | Client::Codex
            | Client::OpenCode
            | Client::AmazonQ
            | Client::Kiro
            | Client::Aider
            | Client::Amp
            | Client::Antigravity
            | Client::OpenClaw
            | Client::KubectlAi
            | Client::Cagent
            | Client::Unknown => ruled::read(client, &own, rules, &mut findings),
        }
    }
    bypass::note_remedies(configs, rules, &mut findings);
    overview::read(configs, rules, &mut findings);
    findings.told = told::read(configs, rules, &findings);
    findings.undone = undone::read(configs, rules, &findings);
    findings.pace = pace::read(configs, &findings);
    findings.into_layer(configs, risks)
}

/// Whether a client reads a configuration: its own, and lists of servers that it shares
/// with another.
fn is_read_by(config: &AgentConfig, client: Client) -> bool {
    let shared = match client {
        Client::CursorCli => config.client == Client::Cursor,
        _ => false,
    };
    config.client == client || (shared && !config.servers.is_empty())
}

/// The clients that these configurations belong to, each once.
fn clients(configs: &[&AgentConfig]) -> Vec<Client> {
    let mut clients: Vec<Client> = configs.iter().map(|config| config.client).collect();
    clients.sort_unstable();
    clients.dedup();
    clients
}
