//! What a server leaves behind of its changes: the tool that puts one back, and where it
//! writes them down. A preview puts nothing back, and a tool of the same kind that asks for
//! what nobody kept is no way back either.

use serde::Deserialize;

use super::{
    rule::is_since,
    switch::{State, SwitchRule},
};
use crate::model::agent_config::{Pin, Server};

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
    /// The first version that has it; of a server that is not pinned to that one or a later
    /// one nobody knows whether it does.
    #[serde(default)]
    pub since: Option<String>,
    /// Why it is not known to put back the right thing, of whatever version: then it decides
    /// nothing.
    #[serde(default)]
    pub doubt: Option<String>,
}

impl WayBack {
    /// Why it may put nothing back of a server with this pin; none where it does.
    #[must_use]
    pub fn doubt(&self, pin: Option<&Pin>) -> Option<String> {
        match &self.since {
            Some(since) if !pin.is_some_and(|pin| is_since(pin, since)) => Some(format!(
                "{} puts it back since version {since}, and the server is not pinned to that one \
                 or a later one",
                self.by
            )),
            Some(_) | None => self.doubt.as_ref().map(|doubt| format!("{}: {doubt}", self.by)),
        }
    }
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
