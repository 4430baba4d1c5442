//! What people, or machines in their place, did about actions: approvals,
//! notifications, reversals, reviews and drills.
//!
//! Each is one record of a log. What it is about is named by ids ([`About`]); whether
//! it holds for an action is decided where actions and records are joined, never here.

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

use crate::model::location::Location;

/// What a record is about, by every id that it gives.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct About {
    /// The tool call, or the `Audit-ID` of a request.
    pub call: Option<Box<str>>,
    /// The request of a platform: `eventID`, `requestID`.
    pub request: Option<Box<str>>,
    /// The trace.
    pub trace: Option<Box<str>>,
    /// The session or conversation.
    pub session: Option<Box<str>>,
    /// The agent, by name.
    pub agent: Option<Box<str>>,
    /// The tool or action, in the record's own words.
    pub action: Option<Box<str>>,
}

/// A decision whether something may be done.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Decision {
    /// When it was made.
    pub time: Option<Timestamp>,
    /// When it was asked for.
    pub asked: Option<Timestamp>,
    /// About what.
    pub about: About,
    /// What was decided.
    pub verdict: DecisionVerdict,
    /// By what kind of decider.
    pub kind: DeciderKind,
    /// Who, in the log's words.
    pub by: Option<Box<str>>,
    /// SHA-256 of the arguments as they were shown, where the record has it.
    pub arguments: Option<[u8; 32]>,
    /// Whether what was shown was complete: every parameter, or the whole difference.
    pub complete: Option<bool>,
    /// Where it stands.
    pub place: Location,
}

/// What was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DecisionVerdict {
    /// It may be done.
    Approved,
    /// It may be done, otherwise than proposed.
    Changed,
    /// It may not be done.
    Rejected,
    /// Nobody decided in time.
    TimedOut,
}

/// What decided. Only [`DeciderKind::Person`] is an approval of an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeciderKind {
    /// A person, for this one action.
    Person,
    /// A permission that a person gave once for more than one action.
    Standing,
    /// A setting, a hook or a policy.
    Policy,
    /// Another program or a model.
    Machine,
    /// The log does not tell.
    NotSaid,
}

/// A message to people about an action.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Notification {
    /// When it was sent.
    pub time: Option<Timestamp>,
    /// About what.
    pub about: About,
    /// Where it went: a channel, a service.
    pub sink: Option<Box<str>>,
    /// When it arrived, where that is on record.
    pub delivered: Option<Timestamp>,
    /// When a person acknowledged it.
    pub acknowledged: Option<Timestamp>,
    /// Who did.
    pub acknowledged_by: Option<Box<str>>,
    /// Whether it is a test.
    pub test: bool,
    /// Whether it tells what, why, the target and the way back.
    pub complete: Option<bool>,
    /// Where it stands.
    pub place: Location,
}

/// An action put back.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Reversal {
    /// When.
    pub time: Option<Timestamp>,
    /// Of what.
    pub about: About,
    /// Who did it; an automation by its name.
    pub by: Option<Box<str>>,
    /// Whether no person had to ask for it.
    pub automatic: bool,
    /// Whether the earlier state was restored; none where the record does not say.
    pub restored: Option<bool>,
    /// Whether it was a drill.
    pub drill: bool,
    /// Where it stands.
    pub place: Location,
}

/// A review of an agent's decisions and outcomes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Review {
    /// When it was held.
    pub time: Option<Timestamp>,
    /// Of which agent; none for all.
    pub agent: Option<Box<str>>,
    /// First day that it covers.
    pub from: Option<Date>,
    /// Last day that it covers.
    pub to: Option<Date>,
    /// Who reviewed.
    pub by: Vec<Box<str>>,
    /// Actions that were looked at, where the record says.
    pub sampled: Option<u64>,
    /// Ids of those actions of its days that were found to have done harm; none where the
    /// review does not say whether any did.
    #[serde(default)]
    pub harmful: Option<Vec<Box<str>>>,
    /// Where it stands.
    pub place: Location,
}

/// A drill of something that must work when it is needed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Drill {
    /// When.
    pub time: Option<Timestamp>,
    /// Of which agent; none for all.
    pub agent: Option<Box<str>>,
    /// Of what.
    pub of: DrillOf,
    /// Whether it worked; none where the record does not say.
    pub worked: Option<bool>,
    /// Seconds from activation to halt or recovery, where they are on record.
    pub seconds: Option<u64>,
    /// Where it stands.
    pub place: Location,
}

/// What a drill tries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DrillOf {
    /// Stopping the agent.
    Stop,
    /// An automatic reversal.
    Reversal,
    /// The breaker that halts repeated actions.
    Breaker,
    /// A backup that is restored.
    Restore,
}
