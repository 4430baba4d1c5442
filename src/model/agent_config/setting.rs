//! The other settings of a configuration that decide something.

use super::{errand::Errand, launch::Launch};
use crate::model::{gate::FailMode, location::Location};

/// A setting that switches a control, as its format means it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Switch {
    /// Which.
    pub kind: SwitchKind,
    /// Where it stands.
    pub location: Location,
}

/// What a switch does.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum SwitchKind {
    /// The mode that asks nothing cannot be entered.
    BypassDisabled,
    /// The mode in which a classifier decides cannot be entered.
    ClassifierDisabled,
    /// Only rules of managed settings count.
    ManagedRulesOnly,
    /// Servers of the repository are used without asking the user once.
    TrustProjectServers,
    /// This server of the repository is used without asking the user once.
    TrustServer(String),
    /// This server is refused.
    RefuseServer(String),
    /// Every server that no such list names is refused.
    OnlyServers(Vec<String>),
    /// Tools of the client itself of this pattern are kept from the agent.
    WithholdTool(String),
    /// Tools of the client itself of this pattern are handed to the agent, whatever
    /// another file withholds.
    HandOutTool(String),
    /// A model answers what a human would be asked.
    ModelAnswers,
    /// Every hook is off.
    HooksDisabled,
    /// Shell commands run in a sandbox.
    ShellSandboxed,
    /// Sandboxed shell commands run without asking.
    SandboxedShellAllowed,
    /// Files outside the working folder cannot be read.
    OutsideReadsBlocked,
    /// Only hooks of managed settings run.
    ManagedHooksOnly,
    /// What would be asked for is refused.
    RefusedInsteadOfAsked,
    /// No servers but those of this list and of managed settings are used.
    OnlyTheseServers,
    /// Servers are used only where an entry of a list of allowed ones fits.
    OnlyAllowedServers,
    /// Only the managed list of allowed servers counts.
    ManagedAllowedServersOnly,
    /// An entry of the list of allowed servers.
    AllowMatching(ServerMatch),
    /// Servers that this fits are refused, wherever they are declared.
    RefuseMatching(ServerMatch),
    /// No server is used.
    ServersOff,
    /// Each use of this tool is asked for, whatever was allowed before.
    AlwaysAsked(String),
    /// No list of shell commands lets one run unasked.
    CommandsAsked,
    /// Every tool runs without asking.
    AutoApproveAll,
    /// These shell commands run without asking; `*` for all.
    AutoApproveCommand(String),
    /// Tools of this pattern (`server:tool`) run without asking.
    AutoApproveTool(String),
}

/// Which servers an entry of an allow or deny list is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum ServerMatch {
    /// Those of this name.
    Name(String),
    /// Those that are started by this command line.
    Command(Launch),
    /// Those at a URL that fits; `*` stands for any text.
    Url(String),
    /// None that can be told.
    Unreadable,
}

/// A program that a client runs at some event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hook {
    /// `PreToolUse`.
    pub event: String,
    /// The tools it is for; none for all.
    pub matcher: Option<String>,
    /// `command`, `http`, `prompt`, `agent`, `mcp_tool`.
    pub kind: String,
    /// Whether the action is stopped when the hook itself fails.
    pub fails_closed: bool,
    /// Whether the client waits for it; one that it does not wait for blocks nothing.
    pub waits: bool,
    /// What it does when it runs.
    pub errand: Errand,
    /// Where it stands.
    pub location: Location,
}

/// A setting that sends telemetry somewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Telemetry {
    /// The variable.
    pub name: String,
    /// Whether its value switches something on.
    pub enabled: bool,
    /// Where it stands.
    pub location: Location,
}

/// A tool that an agent resource gives its agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolReference {
    /// Whose tool.
    pub source: ToolSource,
    /// The tool; none where the resource gives every tool of the source.
    pub tool: Option<String>,
    /// Whether somebody is asked before it is used.
    pub approval: Approval,
    /// Where it stands.
    pub location: Location,
}

/// Whether somebody is asked before a tool is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Approval {
    /// A human, before each call.
    Asked {
        /// The setting that makes it so.
        location: Location,
        /// One clause: `requireApproval lists it`.
        reason: String,
        /// What happens when nobody can be asked.
        fails: FailMode,
    },
    /// Nobody: it runs by itself.
    NotAsked {
        /// One clause.
        reason: String,
    },
    /// It never runs.
    Refused {
        /// The setting that makes it so.
        location: Location,
        /// One clause.
        reason: String,
    },
    /// It cannot be told from what was read.
    Undecided {
        /// Why not.
        reason: String,
    },
}

/// Where a referenced tool comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ToolSource {
    /// A tool server, by the kind and name of its resource.
    Server {
        /// Its namespace, where the reference names one.
        namespace: Option<String>,
        /// Its name.
        name: String,
    },
    /// Another agent.
    Agent(String),
    /// A tool of the runtime.
    BuiltIn(String),
    /// A function of the code that makes the agent.
    Function {
        /// Its name as a tool.
        name: String,
        /// What it does.
        conduct: Conduct,
        /// Whether its author says that it only reads: a claim, and no proof.
        claims_read: bool,
    },
}

/// What a function does, as far as its text tells.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Conduct {
    /// It calls something that nobody judged.
    Unknown,
    /// It runs whatever command or code it is handed.
    Shell,
    /// It runs these commands, each by its first words, and nothing else that could
    /// change anything; none where it only computes.
    Commands(Vec<Vec<String>>),
}

/// Who an agent is in its cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// `Agent`, `SandboxAgent`, `ToolServer`, …
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Its namespace, where the resource names one.
    pub namespace: Option<String>,
    /// The ServiceAccount it runs as, where the resource names one.
    pub service_account: Option<String>,
    /// The IAM roles that it acts as, where its description names them.
    pub roles: Vec<IamRole>,
    /// Set where the agent's behaviour is code that no configuration shows.
    pub opaque: Option<&'static str>,
}

/// An IAM role that an agent acts as.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum IamRole {
    /// By ARN.
    Arn(String),
    /// By path and name, `agents/bot`, in an account that nothing tells.
    OfSomeAccount(String),
    /// One more that its description does not tell, with a clause that says why.
    Unknown(&'static str),
}

/// Something that cannot work as it reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What kind.
    pub kind: ProblemKind,
    /// What it is about, in the words of the file: a key or a rule.
    pub subject: String,
    /// One clause: why it does not work.
    pub reason: String,
    /// Where.
    pub location: Location,
}

/// Kinds of problems.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProblemKind {
    /// The client does not load the file.
    FileRejected,
    /// The key stands where nobody reads it.
    MisplacedKey,
    /// The value is not one that the key knows.
    IgnoredValue,
    /// The rule can never match, or is skipped.
    DeadRule,
    /// The key is there more than once, and readers differ in which one they take.
    DuplicateKey,
    /// The approval names something that the agent is not given.
    VacuousApproval,
    /// The approval is lost before anybody can give it.
    LostApproval,
    /// Code answers where a human should.
    AnsweredByCode,
    /// A human looks at what comes out, and not at what is done.
    NoToolGate,
    /// A tool is said to only read, and does more.
    FalseClaim,
    /// The file lies where its client reads none.
    UnreadPlace,
    /// The policy allows everything that it could refuse.
    VacuousPolicy,
    /// The control lets pass where it cannot work.
    FailsOpen,
    /// The control is a sentence that a model reads.
    PromptOnly,
}

impl ProblemKind {
    /// The word that rules use.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::FileRejected => "file-rejected",
            Self::MisplacedKey => "misplaced-key",
            Self::IgnoredValue => "ignored-value",
            Self::DeadRule => "dead-rule",
            Self::DuplicateKey => "duplicate-key",
            Self::VacuousApproval => "vacuous-approval",
            Self::LostApproval => "lost-approval",
            Self::AnsweredByCode => "answered-by-code",
            Self::NoToolGate => "no-tool-gate",
            Self::FalseClaim => "false-claim",
            Self::UnreadPlace => "unread-place",
            Self::VacuousPolicy => "vacuous-policy",
            Self::FailsOpen => "fails-open",
            Self::PromptOnly => "prompt-only",
        }
    }
}
