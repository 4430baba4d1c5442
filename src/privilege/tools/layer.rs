//! What is known of an agent's tools.

use serde::Serialize;

use crate::model::{
    capability::{Capability, RiskHit},
    coverage::Gap,
    location::Location,
};

/// An agent's tools with their gates, and the facts about its configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ToolLayer {
    /// Tools that the agent has, ordered by id; denied ones are there with
    /// their gate.
    pub capabilities: Vec<Capability>,
    /// Risks of the configuration, ordered by severity (worst first), rule, scope.
    pub risks: Vec<RiskHit>,
    /// Whether these tools are the only way to the credential.
    pub sole_path: SolePath,
    /// What could not be decided.
    pub gaps: Vec<Gap>,
    /// Every server of the configurations, disabled ones included.
    pub servers: Vec<ServerView>,
    /// Servers whose version is not fixed.
    pub unpinned: Vec<Noted>,
    /// Secrets in plain text.
    pub literal_secrets: Vec<Noted>,
    /// Modes and settings under which nothing is asked.
    pub bypasses: Vec<Noted>,
    /// Clients whose mode is in no file: without a bypass above, whether one is
    /// in force is unknown.
    pub unseen_modes: Vec<Noted>,
    /// Rules that let something run unasked that changes anything.
    pub auto_allowed: Vec<Noted>,
    /// Hooks that see the agent's actions: `name` is the event.
    pub hooks: Vec<Noted>,
    /// Telemetry settings that are in force.
    pub telemetry: Vec<Noted>,
    /// Models that the configurations name.
    pub models: Vec<ModelView>,
    /// Bounds of its runs: `name` is the setting, the detail what it limits.
    pub bounds: Vec<Noted>,
    /// Gateways that limit the rate of its calls.
    pub pace: Pace,
    /// Whether people are told of what it changes unasked.
    pub told: Told,
    /// Ways back from what it changes unasked.
    pub undone: Undone,
    /// What servers write down of what they do, for certain.
    pub journals: Vec<JournalView>,
    /// Tools whose definition is not the one that is kept of an earlier run.
    pub drifted: Vec<Noted>,
    /// Servers in use of which it is not known whether their tools are those that are kept,
    /// each with why not.
    pub unapproved: Vec<Noted>,
}

/// The rate at which gateways let an agent's tool calls through.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Pace {
    /// Most calls in any minute; none where some tool passes no such limit, or may.
    pub per_minute: Option<u64>,
    /// The limits that calls pass, each with what it lets through.
    pub limits: Vec<Noted>,
    /// Tools that pass none of these, each with why.
    pub past: Vec<Noted>,
}

/// How what the agent changes unasked is put back.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Undone {
    /// Tools with a way back of one step that the agent's servers offer, each with that way.
    pub handles: Vec<Noted>,
    /// Those of the handles that go by revisions which the cluster may not keep.
    pub by_revisions: Vec<Noted>,
    /// Tools from which nothing leads back, each with why.
    pub lost: Vec<Noted>,
    /// Tools of which it could not be decided, each with why not.
    pub undecided: Vec<Noted>,
}

/// What one server writes down.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct JournalView {
    /// What the configuration calls the server.
    pub server: String,
    /// What: `each call with its arguments and outcome`.
    pub keeps: String,
    /// Where: a file, a resource.
    pub place: String,
    /// Whether the state before a change is part of it.
    pub prior_state: bool,
    /// The server's entry.
    pub location: Location,
}

/// One model, as it is named.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ModelView {
    /// Its name.
    pub name: String,
    /// Whether another model may answer to the name tomorrow; none where that cannot be
    /// told.
    pub floats: Option<bool>,
    /// Where it is named.
    pub location: Location,
}

/// Whom configurations tell of what the agent changes unasked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Told {
    /// The channels that messages go to, in force.
    pub channels: Vec<Noted>,
    /// Tools of whose use nobody is told, each with why.
    pub untold: Vec<Noted>,
    /// Tools of which it could not be decided, each with why not.
    pub undecided: Vec<Noted>,
}

/// A named thing with its place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Noted {
    /// What.
    pub name: String,
    /// One clause more.
    pub detail: String,
    /// Where.
    pub location: Location,
}

/// Whether an agent's tools are the only way to its credential.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum SolePath {
    /// They are: the tool layer narrows what the credential gives.
    Yes,
    /// They are not.
    No {
        /// The way around them.
        reason: String,
        /// Where it is opened.
        location: Option<Location>,
    },
    /// It could not be decided; counts as no.
    Unknown {
        /// Why not.
        reason: String,
    },
}

/// One server, as it is configured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ServerView {
    /// The name that the configuration gives it.
    pub name: String,
    /// Its entry in the catalogue; none where nothing knows it.
    pub catalogue: Option<String>,
    /// Whose credential it acts with, where that is known.
    pub credential: Option<String>,
    /// What it starts or calls: `npm package kubernetes-mcp-server`, a URL.
    pub runs: String,
    /// `exact`, `digest`, `floating`, `absent`, `installed`, `remote`.
    pub pin: String,
    /// Whether the client uses it.
    pub enabled: bool,
    /// The client: `claude-code`.
    pub client: String,
    /// Where it stands.
    pub location: Location,
}
