//! Agent and client configurations, normalised over their formats.
//!
//! Everything here is safe to print: text that could be a secret was withheld
//! where it was read, and only its kind, place and digest are left.

mod launch;
mod permissions;
mod safe;
mod setting;

pub use launch::{Argument, Launch, Pin, Program, Server, ServerState, Setting, Transport};
pub use permissions::{Decision, ModeSetting, PermissionMode, PermissionRule, RuleTarget};
pub use safe::{LiteralSecret, SafeText, SafeUrl};
pub use setting::{
    Hook, Identity, Problem, ProblemKind, Switch, SwitchKind, Telemetry, ToolReference, ToolSource,
};

use super::location::Location;

/// The program whose settings a configuration holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Client {
    /// Claude Code.
    ClaudeCode,
    /// Claude Desktop.
    ClaudeDesktop,
    /// Cursor.
    Cursor,
    /// Visual Studio Code with GitHub Copilot.
    VsCode,
    /// kagent, agents as Kubernetes resources.
    Kagent,
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
            Self::VsCode => "vscode",
            Self::Kagent => "kagent",
            Self::Unknown => "unknown client",
        }
    }
}

/// Whose configuration it is; a higher one overrides a lower one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// One user, all their work.
    User,
    /// A repository, shared.
    Project,
    /// One user's private settings for one repository.
    Local,
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
            Self::User => "user",
            Self::Project => "project",
            Self::Local => "local",
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
    /// Permission rules in their order.
    pub rules: Vec<PermissionRule>,
    /// Starting modes; more than one only where the key is repeated.
    pub modes: Vec<ModeSetting>,
    /// Settings that switch a control on or off.
    pub switches: Vec<Switch>,
    /// Hooks in their order.
    pub hooks: Vec<Hook>,
    /// Telemetry settings.
    pub telemetry: Vec<Telemetry>,
    /// Tools that an agent resource names.
    pub tools: Vec<ToolReference>,
    /// Who the agent is in its cluster.
    pub identity: Option<Identity>,
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
            rules: Vec::new(),
            modes: Vec::new(),
            switches: Vec::new(),
            hooks: Vec::new(),
            telemetry: Vec::new(),
            tools: Vec::new(),
            identity: None,
            secrets: Vec::new(),
            problems: Vec::new(),
        }
    }
}
