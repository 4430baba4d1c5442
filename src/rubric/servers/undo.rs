//! What a server leaves behind of its changes: the tool that puts one back, and where it
//! writes them down. A preview puts nothing back, and a tool of the same kind that asks for
//! what nobody kept is no way back either.

use serde::Deserialize;

use super::switch::{State, SwitchRule};
use crate::model::agent_config::Server;

/// A way back from what some tools of a server change.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WayBack {
    /// The tools whose changes it puts back, each of them whole.
    pub tools: Vec<String>,
    /// The tool of the same server that does.
    pub by: String,
    /// What that goes by.
    pub from: Kept,
}

/// What a way back goes by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kept {
    /// Each call hands back a token, and the server keeps what it stands for.
    Token,
    /// The cluster keeps earlier revisions of the workload, unless that says otherwise.
    Revisions,
    /// The call and its answer say all that its opposite needs: what it made or locked.
    Call,
}

impl Kept {
    /// For a person, after the name of the tool.
    #[must_use]
    pub fn describe(self) -> &'static str {
        match self {
            Self::Token => "by the token that the call hands back",
            Self::Revisions => "to the revision that the cluster keeps",
            Self::Call => "with what the call and its answer say",
        }
    }
}

/// Something that a server writes down of its calls or changes.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Journal {
    /// What: `each call with its arguments and outcome`.
    pub keeps: String,
    /// Where: a file, a resource.
    pub place: String,
    /// Whether the state before a change is part of it.
    #[serde(default)]
    pub prior_state: bool,
    /// The switch that must be on for it; none where it writes by default.
    #[serde(default)]
    pub needs: Option<String>,
    /// The switch that turns it off.
    #[serde(default)]
    pub unless: Option<String>,
}

impl Journal {
    /// Whether a server certainly writes it.
    #[must_use]
    pub fn is_kept(&self, server: &Server, switches: &[SwitchRule]) -> bool {
        let state = |name: &String| {
            let switch = switches.iter().find(|switch| switch.name == *name);
            switch.map_or(State::Unresolved, |switch| switch.state(server))
        };
        let on = self.needs.as_ref().is_none_or(|name| matches!(state(name), State::On(_)));
        let off = self.unless.as_ref().is_some_and(|name| match state(name) {
            State::Unset | State::Off => false,
            State::On(_) | State::Ignored | State::Unresolved => true,
        });
        on && !off
    }
}
