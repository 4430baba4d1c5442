//! The catalogue of MCP servers, client tools and shell commands: what each
//! may do by default, and what its own switches make of that.
//!
//! The data is `rubric/servers/*.yaml`. It is read only when there is an agent
//! configuration to judge.

mod channel;
mod client;
mod model;
mod recognise;
mod rule;
mod switch;
mod undo;

pub use channel::{Channels, Posts};
pub use client::{
    BypassOff, ClientRule, ClientTool, ClientToolKind, CommandEffects, Decides, HookEvents,
    LoaderRule, Unset, UsesOf, Wrappers,
};
pub use model::{ModelNames, ModelPin};
pub use recognise::{Recogniser, glob};
pub use rule::{Confirmation, Earlier, Posture, ServerExamples, ServerRule};
pub use switch::{Meaning, Source, State, SwitchExamples, SwitchRule, Truth};
pub use undo::{Journal, Kept, WayBack};

use serde::Deserialize;

use super::embedded::{self, RubricError};
use crate::model::agent_config::{Program, Server, Setting, Transport};

/// One file of `rubric/servers/`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct ServerFile {
    servers: Vec<ServerRule>,
    wrappers: Wrappers,
    clients: Vec<ClientRule>,
    commands: CommandEffects,
    loaders: Vec<LoaderRule>,
    messages: Channels,
    models: ModelNames,
}

/// Everything known about tools.
#[derive(Debug, Clone, Default)]
pub struct ServerRules {
    /// All servers, in the order of files and entries.
    pub servers: Vec<ServerRule>,
    /// Programs that only pass calls on to a URL.
    pub wrappers: Wrappers,
    /// Clients with tools of their own.
    pub clients: Vec<ClientRule>,
    /// Shell commands by what they do.
    pub commands: CommandEffects,
    /// Variables that decide what code a server loads.
    pub loaders: Vec<LoaderRule>,
    /// How people are told, and by which programs.
    pub messages: Channels,
    /// Names of models.
    pub models: ModelNames,
}

impl ServerRules {
    /// Reads the catalogue that is built in.
    ///
    /// # Errors
    /// When a file does not hold what its type says.
    pub fn load() -> Result<Self, RubricError> {
        let mut rules = Self::default();
        for (_, file) in embedded::read::<ServerFile>("servers/")? {
            rules.servers.extend(file.servers);
            rules.wrappers.extend(file.wrappers);
            rules.clients.extend(file.clients);
            rules.commands.extend(file.commands);
            rules.loaders.extend(file.loaders);
            rules.messages.extend(file.messages);
            rules.models.extend(file.models);
        }
        Ok(rules)
    }

    /// The entry that knows this server; none where nothing does.
    #[must_use]
    pub fn recognise(&self, server: &Server) -> Option<&ServerRule> {
        if self.is_from_elsewhere(server) {
            return None;
        }
        self.servers.iter().find(|rule| rule.recognise.matches(server, &self.wrappers))
    }

    /// Whether a package comes from a registry of which nobody knows what it holds under
    /// that name.
    fn is_from_elsewhere(&self, server: &Server) -> bool {
        let Transport::Stdio(launch) = &server.transport else { return false };
        matches!(launch.program, Program::Npm(_) | Program::PyPi(_))
            && server.env.iter().any(|setting| self.chooses_registry(setting))
    }

    /// Whether a setting lets packages come from anywhere but a public registry.
    #[must_use]
    pub fn chooses_registry(&self, setting: &Setting) -> bool {
        self.loaders.iter().any(|rule| rule.takes_elsewhere(setting))
    }

    /// What a variable of a server's environment decides about the code that it loads; none
    /// where it decides nothing.
    #[must_use]
    pub fn loader(&self, variable: &str) -> Option<&str> {
        let found = self.loaders.iter().find(|rule| rule.names(variable));
        found.map(|rule| rule.decides.as_str())
    }

    /// The entry of that id.
    #[must_use]
    pub fn server(&self, id: &str) -> Option<&ServerRule> {
        self.servers.iter().find(|rule| rule.id == id)
    }

    /// The client of that name, as `Client::as_str` spells it.
    #[must_use]
    pub fn client(&self, name: &str) -> Option<&ClientRule> {
        self.clients.iter().find(|rule| rule.client == name)
    }
}

#[cfg(test)]
mod tests;
