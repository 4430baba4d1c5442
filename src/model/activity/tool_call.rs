//! One call of a tool, as an agent, its client or a tool server logged it.

use std::{collections::BTreeSet, sync::Arc};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::location::Location;

/// A call of a tool. Everything in it is what the log claims.
///
/// Ordered by time first, so that [`super::Rows`] keep the latest.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ToolCall {
    /// The earliest that the log knows of it: when the model asked for it, where that is
    /// told apart from when it began to run.
    pub time: Option<Timestamp>,
    /// When it began to run; none where the log does not tell that apart. What is decided
    /// between the two was decided before it ran.
    pub began: Option<Timestamp>,
    /// When it ended.
    pub end: Option<Timestamp>,
    /// Who called, and within what.
    pub caller: Caller,
    /// The call's own id: `toolu_…`, `call_…`.
    pub id: Option<Box<str>>,
    /// The span that tells of it.
    pub span: Option<Span>,
    /// The server that offers the tool; none for tools of the client itself, and
    /// where the log does not tell.
    pub server: Option<Box<str>>,
    /// The tool; empty in a record that tells of a call by its id alone (its result).
    pub tool: Box<str>,
    /// What it was given.
    pub arguments: Arguments,
    /// What came of it.
    pub outcome: CallOutcome,
    /// Whether the log holds why it was made.
    pub reasoning: Reasoning,
    /// Ids in its answer by which a platform knows the request: `requestID` of AWS,
    /// `Audit-ID` of Kubernetes.
    pub requests: BTreeSet<Box<str>>,
    /// What else the log tells of it, for what a complete record has.
    pub also: BTreeSet<CallField>,
    /// The class of the failure that it answers, in the words of whoever keeps the catalogue
    /// of them.
    #[serde(default)]
    pub failure_class: Option<Box<str>>,
    /// The format of the log.
    pub format: Arc<str>,
    /// Where it stands.
    pub place: Location,
}

/// A span of [`Caller::trace`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Span {
    /// Its id.
    pub id: Box<str>,
    /// The span that it is a part of: a server's of the client's, a client's of the
    /// agent's.
    pub parent: Option<Box<str>>,
}

/// Who called a tool, as far as a log says.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Caller {
    /// The agent's name or id: `gen_ai.agent.name`, `service.name`, the client.
    pub agent: Option<Box<str>>,
    /// The session or conversation.
    pub session: Option<Box<str>>,
    /// The trace that the call is a part of.
    pub trace: Option<Box<str>>,
    /// The person on whose behalf.
    pub user: Option<Box<str>>,
    /// The model.
    pub model: Option<Box<str>>,
}

/// What a tool was given. The values themselves are not kept: they may be secret.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Arguments {
    /// Whether the log holds them.
    pub recorded: bool,
    /// SHA-256 of their canonical JSON; none where the log does not hold them whole, or
    /// records of the call have different ones.
    pub digest: Option<[u8; 32]>,
    /// Whether records of the call have different digests.
    #[serde(default)]
    pub disputed: bool,
    /// Words in them that name an object of a platform (names, namespaces, ARNs), at most
    /// [`Arguments::WORDS`] of them.
    pub words: BTreeSet<Box<str>>,
}

impl Arguments {
    /// How many words are kept.
    pub const WORDS: usize = 32;
    /// A longer word names nothing.
    pub const WORD_BYTES: usize = 256;
}

/// What came of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CallOutcome {
    /// The tool answered without an error.
    Done,
    /// The tool answered with an error. What it did before that is not known.
    Failed,
    /// It was never run: refused by a person or a policy.
    Refused,
    /// The log does not say.
    NotSaid,
}

/// Whether the reasons for a call are on record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reasoning {
    /// They are: text or thinking before the call in the same turn, readable or not.
    Present,
    /// The log records them, and there are none.
    Absent,
    /// The log does not record such things.
    NotRecorded,
}

/// What else a record of a call may carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CallField {
    /// What set the agent to work: an alert, a prompt, a schedule.
    Trigger,
    /// What it looked at before.
    Evidence,
    /// Version of the model.
    ModelVersion,
    /// Digest of the prompt.
    PromptDigest,
    /// The rule that allowed it.
    PolicyRule,
    /// What was checked afterwards.
    Verification,
    /// The state before, or the revision to go back to.
    PriorState,
}
