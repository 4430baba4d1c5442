//! gradus' own records as they are written. A key that does not stand here is an error.

use std::{borrow::Cow, collections::BTreeSet};

use jiff::{Timestamp, civil::Date};
use schemars::{JsonSchema, Schema, SchemaGenerator, generate::SchemaSettings, json_schema};
use serde::{Deserialize, Deserializer, de::Error as _};
use serde_json::Value;

use super::super::digest;

/// The `schema` of every record.
pub(super) const NAME: &str = "gradus.activity/v1";

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ToolCall {
    #[serde(rename = "schema")]
    #[schemars(extend("const" = NAME))]
    _schema: String,
    #[serde(rename = "kind")]
    #[schemars(extend("const" = "toolCall"))]
    _kind: String,
    pub(super) time: Timestamp,
    pub(super) began: Option<Timestamp>,
    pub(super) end: Option<Timestamp>,
    pub(super) id: Option<Name>,
    pub(super) agent: Option<Name>,
    pub(super) session: Option<Name>,
    pub(super) trace: Option<Name>,
    pub(super) user: Option<Name>,
    pub(super) model: Option<Name>,
    pub(super) server: Option<Name>,
    pub(super) tool: Name,
    pub(super) arguments: Option<Value>,
    pub(super) arguments_digest: Option<Digest>,
    #[serde(default)]
    #[schemars(with = "Vec<Name>")]
    pub(super) objects: BTreeSet<Name>,
    #[serde(default)]
    pub(super) outcome: Outcome,
    pub(super) reasoning: Option<bool>,
    #[serde(default)]
    #[schemars(with = "Vec<Name>")]
    pub(super) requests: BTreeSet<Name>,
    pub(super) trigger: Option<Value>,
    pub(super) evidence: Option<Value>,
    pub(super) model_version: Option<Value>,
    pub(super) prompt_digest: Option<Digest>,
    pub(super) policy_rule: Option<Value>,
    pub(super) verification: Option<Value>,
    pub(super) prior_state: Option<Value>,
    pub(super) failure_class: Option<Name>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Approval {
    #[serde(rename = "schema")]
    #[schemars(extend("const" = NAME))]
    _schema: String,
    #[serde(rename = "kind")]
    #[schemars(extend("const" = "approval"))]
    _kind: String,
    pub(super) time: Timestamp,
    pub(super) asked: Option<Timestamp>,
    pub(super) about: About,
    pub(super) verdict: Verdict,
    pub(super) decider: Decider,
    pub(super) by: Option<Name>,
    pub(super) arguments_digest: Option<Digest>,
    pub(super) complete: Option<bool>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Notification {
    #[serde(rename = "schema")]
    #[schemars(extend("const" = NAME))]
    _schema: String,
    #[serde(rename = "kind")]
    #[schemars(extend("const" = "notification"))]
    _kind: String,
    pub(super) time: Timestamp,
    pub(super) about: About,
    pub(super) sink: Option<Name>,
    pub(super) delivered: Option<Timestamp>,
    pub(super) acknowledged: Option<Timestamp>,
    pub(super) acknowledged_by: Option<Name>,
    #[serde(default)]
    pub(super) test: bool,
    pub(super) complete: Option<bool>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Reversal {
    #[serde(rename = "schema")]
    #[schemars(extend("const" = NAME))]
    _schema: String,
    #[serde(rename = "kind")]
    #[schemars(extend("const" = "reversal"))]
    _kind: String,
    pub(super) time: Timestamp,
    pub(super) about: About,
    pub(super) by: Option<Name>,
    #[serde(default)]
    pub(super) automatic: bool,
    pub(super) restored: Option<bool>,
    #[serde(default)]
    pub(super) drill: bool,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Review {
    #[serde(rename = "schema")]
    #[schemars(extend("const" = NAME))]
    _schema: String,
    #[serde(rename = "kind")]
    #[schemars(extend("const" = "review"))]
    _kind: String,
    pub(super) time: Timestamp,
    pub(super) agent: Option<Name>,
    pub(super) from: Option<Date>,
    pub(super) to: Option<Date>,
    #[serde(default)]
    #[schemars(with = "Vec<Name>")]
    pub(super) by: BTreeSet<Name>,
    pub(super) sampled: Option<u64>,
    pub(super) harmful: Option<BTreeSet<Name>>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Drill {
    #[serde(rename = "schema")]
    #[schemars(extend("const" = NAME))]
    _schema: String,
    #[serde(rename = "kind")]
    #[schemars(extend("const" = "drill"))]
    _kind: String,
    pub(super) time: Timestamp,
    pub(super) agent: Option<Name>,
    pub(super) of: DrillOf,
    pub(super) worked: Option<bool>,
    pub(super) seconds: Option<u64>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Incident {
    #[serde(rename = "schema")]
    #[schemars(extend("const" = NAME))]
    _schema: String,
    #[serde(rename = "kind")]
    #[schemars(extend("const" = "incident"))]
    _kind: String,
    pub(super) time: Timestamp,
    pub(super) id: Name,
    pub(super) severity: Option<Name>,
    pub(super) agents: Option<BTreeSet<Name>>,
    #[serde(default)]
    #[schemars(with = "Vec<Name>")]
    pub(super) changes: BTreeSet<Name>,
    pub(super) resolved: Option<Timestamp>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct IncidentReport {
    #[serde(rename = "schema")]
    #[schemars(extend("const" = NAME))]
    _schema: String,
    #[serde(rename = "kind")]
    #[schemars(extend("const" = "incidentReport"))]
    _kind: String,
    pub(super) time: Timestamp,
    pub(super) agent: Option<Name>,
    pub(super) from: Date,
    pub(super) to: Date,
    #[schemars(with = "Vec<Name>")]
    pub(super) by: BTreeSet<Name>,
    #[schemars(with = "Vec<Name>")]
    pub(super) incidents: BTreeSet<Name>,
}

/// What a record is about: at least one id.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct About {
    pub(super) call: Option<Name>,
    pub(super) request: Option<Name>,
    pub(super) trace: Option<Name>,
    pub(super) session: Option<Name>,
    pub(super) agent: Option<Name>,
    pub(super) action: Option<Name>,
}

#[derive(Debug, Default, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) enum Outcome {
    Done,
    Failed,
    Refused,
    #[default]
    Unknown,
}

#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) enum Verdict {
    Approved,
    Changed,
    Rejected,
    TimedOut,
}

#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) enum Decider {
    Person,
    Standing,
    Policy,
    Machine,
    Unknown,
}

#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) enum DrillOf {
    Stop,
    Reversal,
    Breaker,
    Restore,
}

/// A name or an id: something, and not too much.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Name(pub(super) Box<str>);

/// Longer names and ids are none.
const NAME_BYTES: usize = 256;

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        match text.trim() {
            "" => Err(D::Error::custom("expected a name or an id, found nothing")),
            text if text.len() > NAME_BYTES => {
                Err(D::Error::custom(format!("a name or an id has at most {NAME_BYTES} bytes")))
            }
            text => Ok(Self(text.into())),
        }
    }
}

impl JsonSchema for Name {
    fn schema_name() -> Cow<'static, str> {
        "Name".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "pattern": r"\S", "maxLength": NAME_BYTES})
    }
}

/// SHA-256 of canonical JSON.
#[derive(Debug)]
pub(super) struct Digest(pub(super) [u8; 32]);

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let wrong = || D::Error::custom("expected `sha256:` and 64 hexadecimal digits");
        digest::parse(&text).map(Self).ok_or_else(wrong)
    }
}

impl JsonSchema for Digest {
    fn schema_name() -> Cow<'static, str> {
        "Digest".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "pattern": "^(sha256:)?[0-9a-fA-F]{64}$"})
    }
}

/// The JSON Schema of one record, of whatever kind.
pub(super) fn json_schema() -> Schema {
    let mut generator = SchemaSettings::draft2020_12().into_generator();
    let kinds = [
        generator.subschema_for::<ToolCall>(),
        generator.subschema_for::<Approval>(),
        generator.subschema_for::<Notification>(),
        generator.subschema_for::<Reversal>(),
        generator.subschema_for::<Review>(),
        generator.subschema_for::<Drill>(),
        generator.subschema_for::<Incident>(),
        generator.subschema_for::<IncidentReport>(),
    ];
    json_schema!({
        "$schema": generator.settings().meta_schema.as_deref(),
        "description": "One line of gradus' own records (docs/activity-records.md).",
        "oneOf": kinds,
        "$defs": generator.take_definitions(true),
    })
}
