//! One entry of the catalogue.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{
    recognise::Recogniser,
    switch::{Source, SwitchRule},
    undo::{Journal, WayBack},
};
use crate::model::{agent_config::Pin, effect::Effect, gate::FailMode};

/// What is known of one server.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ServerRule {
    /// Its name in findings and in `gradus explain mcp/ID`.
    pub id: String,
    /// What it is, in a line.
    pub title: String,
    /// The version that was read.
    pub version: String,
    /// Whose credential it acts with: `kubernetes`, `aws`, `azure`, `google`, `database`, `other`.
    pub credential: String,
    /// How it is recognised.
    pub recognise: Recogniser,
    /// What it offers without any switch.
    pub posture: Posture,
    /// Its tools by effect; empty where nobody listed them.
    #[serde(default)]
    pub tools: BTreeMap<Effect, Vec<String>>,
    /// The effect of its tools as a whole, where nobody listed them.
    #[serde(default)]
    pub unlisted: Option<Effect>,
    /// Tools that read and write by argument: when writing is off, they stay as reads.
    #[serde(default)]
    pub mixed: Vec<String>,
    /// Tools that its own read-only mode keeps although they change something.
    #[serde(default)]
    pub kept_by_read_only: Vec<String>,
    /// Named groups of tools that can be offered or not.
    #[serde(default)]
    pub toolsets: BTreeMap<String, Vec<String>>,
    /// The toolsets it offers without being asked; tools in no toolset are always offered.
    #[serde(default)]
    pub default_toolsets: Vec<String>,
    /// What earlier versions offered otherwise.
    #[serde(default)]
    pub earlier: Vec<Earlier>,
    /// Tools that give the agent the machine the server runs on.
    #[serde(default)]
    pub host_tools: Vec<String>,
    /// Its switches.
    #[serde(default)]
    pub switches: Vec<SwitchRule>,
    /// Questions it asks a human before it acts.
    #[serde(default)]
    pub confirmations: Vec<Confirmation>,
    /// Ways back from what its tools change.
    #[serde(default)]
    pub ways_back: Vec<WayBack>,
    /// What it writes down.
    #[serde(default)]
    pub journals: Vec<Journal>,
    /// Flags that name a file with more settings, which is not read.
    #[serde(default)]
    pub settings_elsewhere: Vec<String>,
    /// What else to know, for a person.
    #[serde(default)]
    pub notes: Vec<String>,
    /// Launches that must and must not be recognised.
    pub examples: ServerExamples,
}

/// What was otherwise before a version.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Earlier {
    /// The first version that was read in which it is as the entry says.
    pub before: String,
    /// Toolsets that were offered without being asked, besides those of today.
    pub default_toolsets: Vec<String>,
}

/// What a server offers without any switch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Posture {
    /// All its tools.
    Full,
    /// Reads; whatever changes something waits for a switch.
    ReadOnly,
}

/// A question that a server asks a human before it acts.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Confirmation {
    /// The tools it asks for; none for every tool that changes something.
    #[serde(default)]
    pub tools: Vec<String>,
    /// The switch whose values name the tools that it asks for, in place of `tools`.
    #[serde(default)]
    pub tools_of: Option<String>,
    /// The switch that must be on for it; none where it asks by default.
    #[serde(default)]
    pub needs: Option<String>,
    /// The switch that turns it off.
    #[serde(default)]
    pub unless: Option<String>,
    /// What happens where the client cannot ask.
    pub fail_mode: FailMode,
}

/// Launches that must and must not be recognised: a command line with
/// `NAME=value` words in front, or a URL with `Header:value` words behind.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerExamples {
    /// These are this server.
    pub is: Vec<String>,
    /// These are not.
    pub is_not: Vec<String>,
}

impl ServerRule {
    /// All its tools with their effects.
    pub fn all_tools(&self) -> impl Iterator<Item = (&str, Effect)> {
        self.tools
            .iter()
            .flat_map(|(effect, tools)| tools.iter().map(|tool| (tool.as_str(), *effect)))
    }

    /// Whether a variable of its environment may open something.
    #[must_use]
    pub fn is_opened_by(&self, variable: &str) -> bool {
        self.switches.iter().any(|switch| {
            !switch.does.restricts() && matches!(&switch.by, Source::Env(name) if name == variable)
        })
    }

    /// The effect of one of its tools.
    #[must_use]
    pub fn effect_of(&self, tool: &str) -> Option<Effect> {
        self.all_tools().find(|(name, _)| *name == tool).map(|(_, effect)| effect)
    }

    /// The toolsets that a server in this version offers without being asked. Where it
    /// may be an earlier one, theirs count as well.
    pub fn toolsets_by_default<'r>(
        &'r self,
        pin: Option<&'r Pin>,
    ) -> impl Iterator<Item = &'r str> {
        let since = move |bound: &str| pin.is_some_and(|pin| is_since(pin, bound));
        let earlier = self.earlier.iter().filter(move |earlier| !since(&earlier.before));
        self.default_toolsets
            .iter()
            .chain(earlier.flat_map(|earlier| &earlier.default_toolsets))
            .map(String::as_str)
    }

    /// The way back from what a tool changes; none where none is known.
    #[must_use]
    pub fn way_back(&self, tool: &str) -> Option<&WayBack> {
        self.ways_back.iter().find(|way| way.tools.iter().any(|name| name == tool))
    }

    /// The toolset that a tool belongs to.
    #[must_use]
    pub fn toolset_of(&self, tool: &str) -> Option<&str> {
        self.toolsets
            .iter()
            .find(|(_, tools)| tools.iter().any(|name| name == tool))
            .map(|(name, _)| name.as_str())
    }
}

/// Whether a version is known to be this one or a later one.
pub(super) fn is_since(pin: &Pin, bound: &str) -> bool {
    match pin {
        Pin::Exact(version) => {
            numbers(version).zip(numbers(bound)).is_some_and(|(own, bound)| own >= bound)
        }
        Pin::Digest | Pin::Floating(_) | Pin::Absent | Pin::Installed => false,
    }
}

/// `v0.0.67` as numbers; none where a part of it is none, as in versions that come
/// before others.
fn numbers(version: &str) -> Option<Vec<u64>> {
    let version = version.strip_prefix('v').unwrap_or(version);
    version.split('.').map(|part| part.parse().ok()).collect()
}
