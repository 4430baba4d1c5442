//! How much an agent does at most, as far as a configuration bounds it.

use super::launch::Transport;
use crate::model::location::Location;

/// A setting that bounds something.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bound {
    /// What it bounds.
    pub of: Bounded,
    /// The setting, as its format spells it: `maxTurns`.
    pub setting: String,
    /// Where it stands.
    pub location: Location,
}

/// What a setting bounds. None of these is the rate at which tools are called: a run may
/// call them as fast as they answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Bounded {
    /// Turns, steps or requests to the model of one run.
    Turns,
    /// Tool calls of one run.
    Calls,
    /// Requests to the model in a minute.
    ModelRequests,
    /// What one run may take.
    Time,
    /// What one run may cost.
    Cost,
    /// What runs at one time within one run.
    Tasks,
    /// Events about one object that are acted on.
    Events,
    /// Calls, while a store that counts them answers.
    CallsWhileCounted,
}

impl Bounded {
    /// For a person, after "limits".
    #[must_use]
    pub fn describe(self) -> &'static str {
        match self {
            Self::Turns => "the turns of one run",
            Self::Calls => "the tool calls of one run",
            Self::ModelRequests => {
                "requests to the model, each of which may bring several calls at once"
            }
            Self::Time => "the time of one run",
            Self::Cost => "what one run may cost",
            Self::Tasks => "what one run does at one time, and not how many runs there are",
            Self::Events => "events of one object and reason, each of which may bring many calls",
            Self::CallsWhileCounted => "calls only while the store that counts them answers",
        }
    }
}

/// A port at which a gateway passes calls on to tool servers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Gateway {
    /// The port that it listens at.
    pub port: u16,
    /// The most requests that it lets through in any minute, whoever sends them; none where
    /// it lets through any number, or that cannot be told.
    pub per_minute: Option<u64>,
    /// Where that is set.
    pub location: Location,
}

impl Gateway {
    /// Whether a server is called at this port of the same machine.
    #[must_use]
    pub fn is_called(&self, transport: &Transport) -> bool {
        match transport {
            Transport::Http { url: Some(url), .. } => {
                url.is_loopback() && url.port() == Some(self.port)
            }
            Transport::Http { url: None, .. } | Transport::Stdio(_) | Transport::Unreadable => {
                false
            }
        }
    }
}
