//! Agent and client configurations, normalised over their formats.
//!
//! Everything here is safe to print: text that could be a secret was withheld
//! where it was read, and only its kind, place and digest are left.

mod bound;
mod elsewhere;
mod errand;
mod launch;
mod listing;
mod named_model;
mod permissions;
mod safe;
mod setting;
mod subagent;

pub use bound::{Bound, Bounded, Gateway};
pub use elsewhere::{Elsewhere, PLUGIN, Source, is_path_of};
pub use errand::{Address, Call, Errand, Notice, Told};
pub use launch::{Argument, Launch, Pin, Program, Server, ServerState, Setting, Transport};
pub use listing::{Asked, Change, Drift, Given, Hints, ListedKind, ListedTool, ServerListing};
pub use named_model::NamedModel;
pub use permissions::{Decision, ModeSetting, PermissionMode, PermissionRule, RuleTarget};
pub use safe::{LiteralSecret, SafeText, SafeUrl};
pub use setting::{
    Approval, Conduct, Hook, IamRole, Identity, Problem, ProblemKind, ServerMatch, Switch,
    SwitchKind, Telemetry, ToolReference, ToolSource,
};
pub use subagent::Subagent;

use serde::Deserialize;

use super::location::Location;

/// The program whose settings a configuration holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Client {
    /// Claude Code.
    ClaudeCode,
    /// Claude Desktop.
    ClaudeDesktop,
    /// Cursor, the editor.
    Cursor,
    /// Cursor's CLI.
    CursorCli,
    /// Visual Studio Code with GitHub Copilot.
    VsCode,
    /// GitHub Copilot's cloud agent, with its custom agents.
    Copilot,
    /// GitHub Copilot's CLI.
    CopilotCli,
    /// Windsurf.
    Windsurf,
    /// Cline.
    Cline,
    /// Roo Code.
    Roo,
    /// Kilo Code.
    Kilo,
    /// Zed.
    Zed,
    /// Continue, and its CLI `cn`.
    Continue,
    /// Goose.
    Goose,
    /// Gemini CLI.
    Gemini,
    /// OpenAI Codex.
    Codex,
    /// OpenCode.
    OpenCode,
    /// Amazon Q Developer.
    AmazonQ,
    /// Kiro.
    Kiro,
    /// Aider.
    Aider,
    /// Amp.
    Amp,
    /// Antigravity.
    Antigravity,
    /// GitHub Agentic Workflows.
    AgenticWorkflows,
    /// OpenClaw.
    OpenClaw,
    /// kagent, agents as Kubernetes resources.
    Kagent,
    /// HolmesGPT.
    Holmes,
    /// k8sgpt and its operator.
    K8sGpt,
    /// The DevOps AI Toolkit.
    DotAi,
    /// kubectl-ai.
    KubectlAi,
    /// Robusta.
    Robusta,
    /// Docker's cagent.
    Cagent,
    /// ToolHive, tool servers as Kubernetes resources.
    ToolHive,
    /// Amazon Bedrock agents.
    Bedrock,
    /// LangChain and LangGraph.
    LangChain,
    /// The OpenAI Agents SDK.
    OpenAiAgents,
    /// The Claude Agent SDK.
    ClaudeAgentSdk,
    /// Google's Agent Development Kit.
    GoogleAdk,
    /// CrewAI.
    CrewAi,
    /// No client: the code of a tool server, which clients start.
    ToolServer,
    /// A server list in the portable form; nothing tells which client reads it.
    Unknown,
}

impl Client {
    /// The word used in every format.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ClaudeCode => "claude-code",
            Self::ClaudeDesktop => "claude-desktop",
            Self::Cursor => "cursor",
            Self::CursorCli => "cursor-cli",
            Self::VsCode => "vscode",
            Self::Copilot => "copilot",
            Self::CopilotCli => "copilot-cli",
            Self::Windsurf => "windsurf",
            Self::Cline => "cline",
            Self::Roo => "roo",
            Self::Kilo => "kilo",
            Self::Zed => "zed",
            Self::Continue => "continue",
            Self::Goose => "goose",
            Self::Gemini => "gemini",
            Self::Codex => "codex",
            Self::OpenCode => "opencode",
            Self::AmazonQ => "amazon-q",
            Self::Kiro => "kiro",
            Self::Aider => "aider",
            Self::Amp => "amp",
            Self::Antigravity => "antigravity",
            Self::AgenticWorkflows => "agentic-workflows",
            Self::OpenClaw => "openclaw",
            Self::Kagent => "kagent",
            Self::Holmes => "holmes",
            Self::K8sGpt => "k8sgpt",
            Self::DotAi => "dot-ai",
            Self::KubectlAi => "kubectl-ai",
            Self::Robusta => "robusta",
            Self::Cagent => "cagent",
            Self::ToolHive => "toolhive",
            Self::Bedrock => "bedrock",
            Self::LangChain => "langchain",
            Self::OpenAiAgents => "openai-agents",
            Self::ClaudeAgentSdk => "claude-agent-sdk",
            Self::GoogleAdk => "google-adk",
            Self::CrewAi => "crewai",
            Self::ToolServer => "tool-server",
            Self::Unknown => "unknown client",
        }
    }
}

/// Whose configuration it is; a higher one overrides a lower one, where the client
/// has no other order of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// What an administrator set for those who set nothing.
    Defaults,
    /// One user, all their work.
    User,
    /// A repository, shared.
    Project,
    /// One user's private settings for one repository.
    Local,
    /// The command line that starts the client.
    CommandLine,
    /// Set by an administrator; users cannot change it.
    Managed,
    /// A resource of a cluster.
    Cluster,
}

impl Scope {
    /// The word used in every format.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Defaults => "default",
            Self::User => "user",
            Self::Project => "project",
            Self::Local => "local",
            Self::CommandLine => "command line",
            Self::Managed => "managed",
            Self::Cluster => "cluster",
        }
    }
}

/// One configuration of one agent or client: a file, or a resource in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentConfig {
    /// Id of the format in the registry: `claude-code-settings`.
    pub format: &'static str,
    /// Who reads it.
    pub client: Client,
    /// Whose it is.
    pub scope: Scope,
    /// The file, or the resource in it.
    pub location: Location,
    /// Why the client refuses the whole file, where it does. Nothing that the
    /// file restricts is in force then.
    pub rejected: Option<String>,
    /// Servers it declares, repeated names included.
    pub servers: Vec<Server>,
    /// Environment that it gives to whatever its client starts, servers included.
    pub env: Vec<Setting>,
    /// What some of these answered when they were asked.
    pub asked: Vec<Asked>,
    /// Permission rules in their order.
    pub rules: Vec<PermissionRule>,
    /// Lists of rules that it sets, be they empty: each takes the place of those of weaker
    /// scopes.
    pub lists: Vec<&'static str>,
    /// Starting modes; more than one only where the key is repeated.
    pub modes: Vec<ModeSetting>,
    /// Settings that switch a control on or off.
    pub switches: Vec<Switch>,
    /// Restrictions that it sets to off: one of a weaker scope does not hold then.
    pub lifted: Vec<Switch>,
    /// Hooks in their order.
    pub hooks: Vec<Hook>,
    /// Telemetry settings.
    pub telemetry: Vec<Telemetry>,
    /// Models that it names.
    pub models: Vec<NamedModel>,
    /// What it bounds of the agent's runs.
    pub bounds: Vec<Bound>,
    /// Ports at which it passes calls on.
    pub gateways: Vec<Gateway>,
    /// What it says about telling people, apart from hooks.
    pub notices: Vec<Notice>,
    /// Tools that an agent resource names.
    pub tools: Vec<ToolReference>,
    /// What it takes from places that it only names.
    pub elsewhere: Vec<Elsewhere>,
    /// Who the agent is in its cluster.
    pub identity: Option<Identity>,
    /// Set where it is one agent of several that its client runs, and not the session.
    pub subagent: Option<Subagent>,
    /// Secrets that stand in the file in plain text.
    pub secrets: Vec<LiteralSecret>,
    /// What is written in a way that cannot work as it reads.
    pub problems: Vec<Problem>,
}

impl AgentConfig {
    /// A configuration that says nothing yet.
    #[must_use]
    pub fn new(format: &'static str, client: Client, scope: Scope, location: Location) -> Self {
        Self {
            format,
            client,
            scope,
            location,
            rejected: None,
            servers: Vec::new(),
            env: Vec::new(),
            asked: Vec::new(),
            rules: Vec::new(),
            lists: Vec::new(),
            modes: Vec::new(),
            switches: Vec::new(),
            lifted: Vec::new(),
            hooks: Vec::new(),
            telemetry: Vec::new(),
            models: Vec::new(),
            bounds: Vec::new(),
            gateways: Vec::new(),
            notices: Vec::new(),
            tools: Vec::new(),
            elsewhere: Vec::new(),
            identity: None,
            subagent: None,
            secrets: Vec::new(),
            problems: Vec::new(),
        }
    }

    /// How many servers, rules, modes, switches, hooks, tools and agents it sets.
    #[must_use]
    pub fn settings(&self) -> usize {
        self.servers.len()
            + self.rules.len()
            + self.modes.len()
            + self.switches.len()
            + self.hooks.len()
            + self.tools.len()
            + self.gateways.len()
            + usize::from(self.subagent.is_some())
    }
}
