//! Clients' own tools, shell commands, and programs that pass calls on.

use serde::Deserialize;

use crate::model::{agent_config::Program, effect::Effect};

/// A client with tools of its own.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientRule {
    /// As `Client::as_str` spells it.
    pub client: String,
    /// The version that was read, and whose defaults are assumed.
    pub version: String,
    /// Its tools.
    pub tools: Vec<ClientTool>,
}

/// One tool of a client.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
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
            Program::Image(_) | Program::Opaque(_) => false,
        }
    }
}
