//! What a tool server told of itself when somebody asked it.
//!
//! Names, digests and the server's own claims; no text of it, which could hold
//! anything.

use std::{collections::BTreeMap, sync::Arc};

use super::launch::Transport;
use crate::model::location::Location;

/// One answer of one server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerListing {
    /// What the configuration calls it.
    pub name: String,
    /// The file of that configuration, as shown.
    pub config: String,
    /// `sha256:…` of the entry that it was started by or called at, so that what
    /// another entry gives is never taken for it.
    pub entry: String,
    /// RFC 3339.
    pub listed_at: String,
    /// `kubernetes-mcp-server 0.0.67`, as it calls itself.
    pub server: Option<String>,
    /// Digest of what it tells every model that uses it.
    pub instructions: Option<String>,
    /// Its tools by name.
    pub tools: BTreeMap<String, ListedTool>,
    /// Whether these are all of them.
    pub all_tools: bool,
    /// Its prompts, resources and resource templates by name, each with the digest of
    /// its text.
    pub others: BTreeMap<(ListedKind, String), String>,
    /// In which run it was given.
    pub given: Given,
    /// The file that holds the answer.
    pub location: Location,
}

/// In which run an answer was given. What a server does not list it does not offer on that
/// day; what runs tomorrow may be another version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Given {
    /// In an earlier one, and kept: whoever wanted to could look at it.
    #[default]
    Before,
    /// In this one, for the first time.
    Now,
    /// In this one, the same as in an earlier one.
    Again,
}

impl ServerListing {
    /// Whether what it does not list is not offered by a server that runs as `transport`
    /// says.
    #[must_use]
    pub fn is_whole(&self, transport: &Transport) -> bool {
        let of_today = match self.given {
            Given::Now | Given::Again => true,
            Given::Before => transport.is_fixed(),
        };
        self.all_tools && of_today
    }
}

/// One tool, as its server tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedTool {
    /// Digest of title and description: what a model goes by.
    pub text: String,
    /// Digest of what it takes and gives.
    pub schema: String,
    /// What the server claims that it does.
    pub hints: Hints,
}

/// Claims of a server about a tool; none where it says nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Hints {
    /// It changes nothing.
    pub read_only: Option<bool>,
    /// What it changes may be lost.
    pub destructive: Option<bool>,
    /// Twice is as once.
    pub idempotent: Option<bool>,
    /// It reaches beyond its own data.
    pub open_world: Option<bool>,
}

/// What a server lists besides tools, and itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ListedKind {
    /// A tool.
    Tool,
    /// A prompt.
    Prompt,
    /// A resource.
    Resource,
    /// A pattern of resources.
    Template,
    /// What it tells every model that uses it.
    Instructions,
}

impl ListedKind {
    /// The word used in files and messages.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Tool => "tool",
            Self::Prompt => "prompt",
            Self::Resource => "resource",
            Self::Template => "template",
            Self::Instructions => "instructions",
        }
    }
}

/// One difference between two answers of one server.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Drift {
    /// What kind of thing differs.
    pub kind: ListedKind,
    /// Its name.
    pub name: String,
    /// How.
    pub change: Change,
}

/// How something differs from what was listed before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// Its description is another.
    Text,
    /// It takes or gives something else.
    Schema,
    /// The server claims something else of it.
    Hints,
}

impl Change {
    /// The word that rules use.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Text => "text",
            Self::Schema => "schema",
            Self::Hints => "hints",
        }
    }
}

/// What is known of one server of a configuration by asking it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The server's entry.
    pub server: Location,
    /// What it answered last, by that very entry.
    pub listing: Arc<ServerListing>,
    /// How that differs from the answer that was kept before.
    pub drift: Vec<Drift>,
    /// Whether an answer of an earlier run is kept of this place, which it was held against.
    pub approved: bool,
}
