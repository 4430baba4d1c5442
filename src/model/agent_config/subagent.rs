//! Agents that a client runs beside its session, each with a file of its own.

use crate::model::location::Location;

/// One of several agents that a client runs. The client's policy holds for it too; its
/// own file may take tools away, and may bring servers, rules and a mode.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subagent {
    /// Its name.
    pub name: String,
    /// The only tools that it is given, as patterns in the client's spelling, with their
    /// places; none where it has every tool of the session.
    pub tools: Option<Vec<(String, Location)>>,
}
