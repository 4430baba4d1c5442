//! Whom a configuration has told of what its agent does: what hooks send, and what
//! resources say about messages.

use super::safe::SafeUrl;
use crate::model::location::Location;

/// What a hook does when it runs, as far as its text shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Errand {
    /// It runs these commands.
    Commands(Vec<Call>),
    /// The client sends the event there itself.
    Posts(Address),
    /// What it does stands elsewhere: in a script, a function, a tool, a model's answer.
    Elsewhere,
}

/// One command of a hook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The program, without the folder of the system that it lies in; none for a file of
    /// one's own, whose text does not stand here.
    pub program: Option<String>,
    /// What it is given that may be an address.
    pub addresses: Vec<Address>,
    /// Whether it runs whenever the hook does: no other command decides it.
    pub always: bool,
}

/// Where something is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// A URL, its secret parts withheld.
    Url(SafeUrl),
    /// A variable that holds it: secrets are best kept that way.
    Variable(String),
    /// Nothing, or text that only stands where a person is to write an address.
    Empty,
}

/// What a resource or a file of values says about telling people of what it does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// The tool of the runtime whose use it is about, by its place; none for all of the
    /// configuration.
    pub tool: Option<Location>,
    /// Who is told.
    pub told: Told,
    /// The setting that says so.
    pub location: Location,
}

/// Who is told of a change.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Told {
    /// Whoever reads that channel: `Slack`.
    Channel(String),
    /// Nobody; one clause says why.
    Nobody(&'static str),
    /// It cannot be told from what was read; one clause says why not.
    Undecided(&'static str),
}
