//! Clients' own tools, shell commands, and programs that pass calls on.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::recognise::glob;
use crate::model::{
    agent_config::{Program, Scope, Setting},
    effect::Effect,
    gate::GateKind,
};

/// A client: how it decides about its tools, and which it has of its own.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ClientRule {
    /// As `Client::as_str` spells it.
    pub client: String,
    /// The version that was read, and whose defaults are assumed.
    pub version: String,
    /// Which of several rules for one tool counts.
    #[serde(default)]
    pub decides: Decides,
    /// Whether its files are put together key by key: a rule that a stronger one repeats
    /// keeps its place among those of the weaker one.
    #[serde(default)]
    pub merged: bool,
    /// Whether a mode that asks nothing, or refuses everything, goes before the rules.
    #[serde(default)]
    pub mode_first: bool,
    /// Its scopes, the weakest first, where their order is not that of [`Scope`].
    #[serde(default)]
    pub scopes: Vec<Scope>,
    /// What stands before a tool that changes something where no file says.
    #[serde(default)]
    pub unset: Unset,
    /// What rules call a tool of a server: `{server}_{tool}`.
    #[serde(default)]
    pub spelt: Option<String>,
    /// The events that its hooks are told of.
    #[serde(default)]
    pub hooks: HookEvents,
    /// How a mode that asks nothing is switched off in it.
    #[serde(default)]
    pub bypass: Option<BypassOff>,
    /// What may be installed in it and stands in no file: a clause.
    #[serde(default)]
    pub unseen: Option<String>,
    /// What decides about it and stands in no file that gradus reads: a clause each.
    #[serde(default)]
    pub not_visible: Vec<String>,
    /// Its tools.
    pub tools: Vec<ClientTool>,
}

impl ClientRule {
    /// Its tool of that name; an entry may speak of several with `*`, and counts where
    /// none names the tool in full.
    #[must_use]
    pub fn tool(&self, name: &str) -> Option<&ClientTool> {
        let exact = self.tools.iter().find(|tool| tool.tool == name);
        exact.or_else(|| self.tools.iter().find(|tool| glob(&tool.tool, name)))
    }
}

/// Which keys of a client switch a mode off in which nothing is asked.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BypassOff {
    /// What to set in the file that opens it: a clause that begins with a verb.
    pub off: String,
    /// The flags or variables that open it, where a command line does.
    #[serde(default)]
    pub flags: Option<String>,
    /// What an administrator sets so that no file and no flag opens it again.
    #[serde(default)]
    pub kept: Option<String>,
}

impl BypassOff {
    /// One sentence without its full stop, for a setting of a file or of a command line.
    #[must_use]
    pub fn remedy(&self, on_command_line: bool) -> String {
        let off = match &self.flags {
            Some(flags) if on_command_line => format!("start it without {flags}"),
            Some(_) | None => self.off.clone(),
        };
        match &self.kept {
            Some(kept) => format!("{off}; {kept} keeps it off"),
            None => off,
        }
    }
}

/// The events of a client that tell what the agent does.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HookEvents {
    /// Before an action, which the hook may stop.
    pub before: Vec<String>,
    /// All others that see it.
    pub seen: Vec<String>,
    /// Those of them that come with each use of a tool, and the tools that they come with.
    pub tells: BTreeMap<String, UsesOf>,
}

/// The tools whose every use an event tells of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UsesOf {
    /// All of them.
    EveryTool,
    /// Shells of the client.
    Shells,
    /// Tools of the client that change files.
    Edits,
    /// Tools of servers.
    Servers,
}

/// Which of several rules for one tool counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Decides {
    /// The strictest, whatever their order and scope.
    #[default]
    Strictest,
    /// The last one, after those of every weaker scope.
    LastMatch,
}

/// What a client does with a tool that changes something and that nothing speaks of.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unset {
    /// `approve` where it asks, `none` where it runs, `deny`, or `unknown`.
    pub gate: GateKind,
    /// One clause: why.
    pub because: String,
}

impl Default for Unset {
    fn default() -> Self {
        Self {
            gate: GateKind::Unknown,
            because: "what {client} asks is state of its user interface".to_owned(),
        }
    }
}

/// One tool of a client.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ClientTool {
    /// Its name in permission rules.
    pub tool: String,
    /// What it does at worst.
    pub effect: Effect,
    /// What it is to the agent.
    pub kind: ClientToolKind,
    /// Whether only some installations have it: it counts where a rule allows it.
    #[serde(default)]
    pub optional: bool,
    /// Other tools whose rules speak of this one too.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// Commands of a shell that change files of the working folder, and run unasked where
    /// edits do.
    #[serde(default)]
    pub with_edits: Vec<String>,
    /// What stands before it where no file says, if that is not what stands before
    /// the client's other tools.
    #[serde(default)]
    pub unset: Option<Unset>,
}

/// What a client's tool is to the agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClientToolKind {
    /// Runs commands: whoever has it has the machine and its credentials.
    Shell,
    /// Changes files.
    Edit,
    /// Reads files; not asked for inside the working folder.
    Read,
    /// Anything else that is asked for.
    Other,
}

/// Shell commands by effect: each is the first words of a command line.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(transparent)]
pub struct CommandEffects(Vec<CommandRule>);

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct CommandRule {
    effect: Effect,
    commands: Vec<String>,
}

impl CommandEffects {
    pub(super) fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// What a command that starts with these words does, by the longest entry
    /// that these words start with; none where no entry says.
    #[must_use]
    pub fn effect_of(&self, words: &[&str]) -> Option<Effect> {
        self.0
            .iter()
            .flat_map(|rule| rule.commands.iter().map(|command| (command, rule.effect)))
            .filter(|(command, _)| {
                let mut given = words.iter();
                command.split_whitespace().all(|word| given.next() == Some(&word))
            })
            .max_by_key(|(command, _)| command.split_whitespace().count())
            .map(|(_, effect)| effect)
    }
}

/// Environment variables that decide what code a server loads.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoaderRule {
    /// What they decide, as a clause: `which registry packages come from`.
    pub decides: String,
    variables: Vec<String>,
    /// Hosts of the registries whose packages the catalogue knows; set where the variables
    /// name registries.
    #[serde(default)]
    public: Option<Vec<String>>,
}

impl LoaderRule {
    /// Whether a setting lets packages come from anywhere but a public registry. A value
    /// that is not known may.
    #[must_use]
    pub fn takes_elsewhere(&self, setting: &Setting) -> bool {
        let Some(public) = self.public.as_ref().filter(|_| self.names(&setting.name)) else {
            return false;
        };
        let Some(text) = setting.value.plain() else { return true };
        let is_public = |place: &str| {
            // uv writes `name=https://…` as well.
            let url = place.split_once("=https://").map(|(_, rest)| rest);
            let rest = url.or_else(|| place.strip_prefix("https://")).unwrap_or_default();
            public.iter().any(|host| rest.split('/').next() == Some(host))
        };
        text.split([' ', ',']).filter(|place| !place.is_empty()).any(|place| !is_public(place))
    }

    /// Whether a variable is one of them, however it is spelt.
    #[must_use]
    pub fn names(&self, variable: &str) -> bool {
        self.variables.iter().any(|name| name.eq_ignore_ascii_case(variable))
    }
}

/// Programs that only pass calls on to a URL in their arguments.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Wrappers {
    npm: Vec<String>,
    pypi: Vec<String>,
    binary: Vec<String>,
}

impl Wrappers {
    pub(super) fn extend(&mut self, other: Self) {
        self.npm.extend(other.npm);
        self.pypi.extend(other.pypi);
        self.binary.extend(other.binary);
    }

    /// Whether this program is one.
    #[must_use]
    pub fn passes_on(&self, program: &Program) -> bool {
        match program {
            Program::Npm(name) => self.npm.contains(name),
            Program::PyPi(name) => self.pypi.contains(name),
            Program::Binary(name) => self.binary.contains(name),
            Program::Image(_) | Program::PythonFile(_) | Program::Opaque(_) => false,
        }
    }
}
