//! Permission rules and modes of a client.

use crate::model::location::Location;

/// What a rule decides. The order is the one in which a stricter one wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Decision {
    /// Runs without asking.
    Allow,
    /// What the server itself says of its tool decides whether anybody is asked.
    Claimed,
    /// A human is asked.
    Ask,
    /// Never runs.
    Deny,
}

impl Decision {
    /// The word used in every format.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Claimed => "by claim",
            Self::Ask => "ask",
            Self::Deny => "deny",
        }
    }
}

/// One permission rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PermissionRule {
    /// What it decides.
    pub decision: Decision,
    /// What it speaks of.
    pub target: RuleTarget,
    /// Where it stands.
    pub location: Location,
    /// Its rank among all rules of its client, where the format gives one: the higher
    /// counts as the later, whatever the scope. 0 elsewhere.
    pub priority: u16,
    /// The list that it stands in, where one of a stronger scope takes the place of it.
    pub list: Option<&'static str>,
}

impl PermissionRule {
    /// A rule that its place alone ranks.
    #[must_use]
    pub fn new(decision: Decision, target: RuleTarget, location: Location) -> Self {
        Self { decision, target, location, priority: 0, list: None }
    }
}

/// What a rule speaks of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RuleTarget {
    /// A tool of the client itself: `Bash`, or `Bash(git push:*)` with what
    /// stands in the brackets, unsafe words withheld.
    BuiltIn {
        /// The tool; may hold `*`.
        tool: String,
        /// What stands in the brackets.
        specifier: Option<String>,
    },
    /// Tools of an MCP server: both parts may hold `*`.
    Mcp {
        /// Server as the rule spells it.
        server: String,
        /// Tool; none for every tool of the server.
        tool: Option<String>,
    },
    /// No rule that the client can read; says why.
    Unreadable(&'static str),
}

/// How a client treats what no rule speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PermissionMode {
    /// Asks (`default`, `manual`).
    Ask,
    /// Asks, but edits files alone.
    AcceptEdits,
    /// Plans first.
    Plan,
    /// A classifier decides.
    Classifier,
    /// Refuses what is not allowed.
    Refuse,
    /// Runs what its sandbox holds, and asks before anything leaves it.
    AskOutside,
    /// Runs what its sandbox holds, and lets nothing leave it.
    RefuseOutside,
    /// Asks nothing.
    Bypass,
    /// A word that the client does not know.
    Unrecognised,
}

/// A starting mode with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModeSetting {
    /// The mode.
    pub mode: PermissionMode,
    /// Where it stands.
    pub location: Location,
}
