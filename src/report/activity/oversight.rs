//! What stood behind an action, which OCSF has no place for.

use schemars::JsonSchema;
use serde::Serialize;

/// Approval, notification, reversal, reasoning and boundary of one action. What the logs
/// do not decide is `unknown`, never a "no".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct OversightRecord {
    /// Whether a person approved it.
    pub approval: ApprovalRecord,
    /// Whether people were told.
    pub notification: NotificationRecord,
    /// Whether it was put back, and can be.
    pub reversal: ReversalRecord,
    /// Whether it is on record why it was made.
    pub reasoning: Answer,
    /// Whether it is within what its agent is declared for, which no log tells.
    pub boundary: Answer,
    /// The call of a tool that made it, and how surely.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tool_call: Option<Joined>,
}

/// An answer that may be open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// It is.
    Yes,
    /// It is not.
    No,
    /// Only where something was prepared that no log shows.
    Depends,
    /// Nobody can tell from the logs.
    Unknown,
}

/// Whether an action was approved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ApprovalRecord {
    /// How.
    pub state: ApprovalState,
    /// Why it is not an approval, or unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<&'static str>,
    /// Who decided, in the log's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approver: Option<String>,
    /// What kind of decider.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approver_kind: Option<&'static str>,
    /// When, in RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decided_at: Option<String>,
}

/// How an action was approved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ApprovalState {
    /// By a person, for this action, before it.
    HumanPerAction,
    /// By a permission that a person gave once.
    HumanStanding,
    /// By a setting, a hook, a policy or another program.
    Policy,
    /// By nobody who could.
    None,
    /// The logs do not decide it.
    Unknown,
}

/// Whether people were told of an action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct NotificationRecord {
    /// Whether they were.
    pub sent: Answer,
    /// Where to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sink: Option<String>,
    /// Seconds after the action.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delay_seconds: Option<i64>,
    /// When a person answered, in RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acknowledged_at: Option<String>,
}

/// Whether an action was put back, and can be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ReversalRecord {
    /// Whether actions of its kind can be put back.
    pub revertible: Answer,
    /// Whether it was.
    pub reverted: Answer,
    /// By whom.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// When, in RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
}

/// Another record of the same action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Joined {
    /// Its id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uid: Option<String>,
    /// How surely it is of the same action.
    pub strength: &'static str,
}

impl OversightRecord {
    /// Of an action of which nothing else is on record.
    #[must_use]
    pub fn unknown() -> Self {
        Self::unknown_for("nothing else of it is kept")
    }

    /// Of a request that was refused, failed or rehearsed: what stands behind changes is not
    /// looked for.
    #[must_use]
    pub fn of_no_effect() -> Self {
        Self::unknown_for("it took no effect: what stands behind it is not looked for")
    }

    fn unknown_for(reason: &'static str) -> Self {
        Self {
            approval: ApprovalRecord {
                state: ApprovalState::Unknown,
                reason: Some(reason),
                approver: None,
                approver_kind: None,
                decided_at: None,
            },
            notification: NotificationRecord {
                sent: Answer::Unknown,
                sink: None,
                delay_seconds: None,
                acknowledged_at: None,
            },
            reversal: ReversalRecord {
                revertible: Answer::Unknown,
                reverted: Answer::Unknown,
                by: None,
                at: None,
            },
            reasoning: Answer::Unknown,
            boundary: Answer::Unknown,
            tool_call: None,
        }
    }
}
