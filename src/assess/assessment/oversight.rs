//! Who stood behind the changes of an agent, as every report shows it.
//!
//! Counts are of changes within the window that took effect or may have. A reason that is
//! a key is a clause for a person; what is not known is counted under its reason and never
//! as a "no".

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::location::Location;

/// Who stood behind the changes of an agent within the window.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OversightView {
    /// Changes that took effect or may have.
    pub changes: u64,
    /// Of these, those that a person approved before.
    pub approved: u64,
    /// Those that certainly nobody did.
    pub unapproved: u64,
    /// Who approved, and how many.
    #[serde(default)]
    pub approvers: BTreeMap<String, u64>,
    /// Those that nobody approved, by why no approval counts.
    #[serde(default)]
    pub lacking: BTreeMap<String, u64>,
    /// The others, by why it is not known whether they were approved.
    #[serde(default)]
    pub undecided: BTreeMap<String, u64>,
    /// What people were told.
    #[serde(default)]
    pub told: ToldView,
    /// What was put back, and what could be.
    #[serde(default)]
    pub put_back: PutBackView,
    /// Whether grants explain what was done.
    #[serde(default)]
    pub explained: ExplainedView,
    /// Changes by whether they are within what the agent is declared for: `inside`,
    /// `outside`, `not declared`.
    #[serde(default)]
    pub boundary: BTreeMap<String, u64>,
    /// Changes by an identity that is meant for emergencies.
    #[serde(default)]
    pub break_glass: u64,
    /// What its record shows.
    #[serde(default)]
    pub record: RecordView,
    /// By how surely a tool call is known to have made them: `by id`, `by object and
    /// time`, `by time alone`, `none`.
    pub joined: BTreeMap<String, u64>,
    /// By what ties them to the agent: `principal`, `session name`, …
    pub attributed: BTreeMap<String, u64>,
    /// What keeps these from being all; none where nothing does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gap: Option<String>,
    /// What the logs that were read could not have shown, each a sentence.
    #[serde(default)]
    pub unobserved: Vec<String>,
    /// The latest of them, the latest last.
    pub latest: Vec<ChangeView>,
}

/// What people were told of changes, afterwards.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ToldView {
    /// Changes with a message about them.
    pub changes: u64,
    /// Others with a message of their time in the same session, which names none of them.
    #[serde(default)]
    pub perhaps: u64,
    /// Of these, those told by id, in full and within five minutes.
    pub timely: u64,
    /// Those that a person answered.
    pub acknowledged: u64,
    /// Seconds that the slowest message took.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slowest_seconds: Option<i64>,
    /// Why a change without a message may have had one; none where it had none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gap: Option<String>,
}

/// What was put back, and what could be.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PutBackView {
    /// Changes that a record says were put back.
    pub recorded: u64,
    /// Changes that the platform's log shows to be put back.
    pub logged: u64,
    /// Changes of objects that somebody else wrote soon after.
    pub perhaps: u64,
    /// Of those put back, how many people did.
    pub by_people: u64,
    /// Changes by whether their kind can be put back at all: `yes`, `depends`, `no`,
    /// `unknown`.
    pub possible: BTreeMap<String, u64>,
}

/// Whether grants in the evidence allow what was done.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExplainedView {
    /// Requests that changed something and that no grant allows.
    pub unexplained: u64,
    /// Why there may be more of them; none where there are not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gap: Option<String>,
}

/// What decisions of people and what they put back show of an agent. Bounds are
/// one-sided, of 95 % confidence, in whole per cent, rounded to the worse.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RecordView {
    /// Proposals that people decided on.
    pub proposals: u64,
    /// Of these, those accepted as proposed and not put back.
    pub accepted: u64,
    /// The share of them that this shows at least; none where something is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepted_at_least: Option<u8>,
    /// What is missing; none where nothing is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gap: Option<String>,
    /// The share of changes put back by people that was shown at most; none where
    /// something is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub put_back_at_most: Option<u8>,
}

/// One change and who stood behind it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChangeView {
    /// `patch apps/deployments in shop`.
    pub action: String,
    /// The object, where the log names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    /// As whom.
    pub principal: String,
    /// Who acted under that identity, where it was assumed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub impersonator: Option<String>,
    /// When; RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<String>,
    /// The tool call that made it, and how surely.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<String>,
    /// How surely it did: `by id`, `by object and time`, `by time alone`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub joined: Option<String>,
    /// `approved`, `unapproved` or `unknown`.
    pub approval: String,
    /// Who approved it, or why none of it counts or is known.
    pub approval_reason: String,
    /// Seconds after which people were told; none where no record says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notified_after: Option<i64>,
    /// Who put it back, and how that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reverted: Option<String>,
    /// Whether its kind can be put back: `yes`, `depends`, `no`; none where no rule names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revertible: Option<String>,
    /// Where the log has it.
    pub location: Location,
}
