//! `gradus.yaml` as it is written. Every key that is not listed here is an error.

use std::borrow::Cow;

use jiff::{
    Timestamp,
    civil::{Date, Time},
    tz::Offset,
};
use schemars::{JsonSchema, Schema, SchemaGenerator, generate::SchemaSettings, json_schema};
use serde::{Deserialize, Deserializer, de::Error as _};

use crate::{
    model::{agent::Tier, declaration::WaiverReason, finding::Severity, level::Level},
    source::typed::Located,
};

/// The `apiVersion` of this format.
pub(super) const API_VERSION: &str = "gradus/v1";
/// The `kind` of this format.
pub(super) const KIND: &str = "Workspace";

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct WorkspaceFile {
    #[serde(rename = "apiVersion")]
    #[schemars(extend("const" = API_VERSION))]
    _api_version: String,
    #[serde(rename = "kind")]
    #[schemars(extend("const" = KIND))]
    _kind: String,
    pub(super) metadata: Metadata,
    #[serde(default)]
    pub(super) agents: Vec<Located<Agent>>,
    pub(super) sources: Option<Sources>,
    #[serde(default)]
    pub(super) attestations: Vec<Located<Attestation>>,
    #[serde(default)]
    pub(super) waivers: Vec<Located<Waiver>>,
    pub(super) gate: Option<Gate>,
    #[serde(default)]
    pub(super) break_glass: Principals,
    pub(super) freezes: Option<Vec<Located<Freeze>>>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Metadata {
    pub(super) name: Words,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Agent {
    pub(super) name: Located<Words>,
    pub(super) environment: Located<Words>,
    #[serde(default)]
    pub(super) tier: Tier,
    pub(super) owner: Option<Words>,
    pub(super) purpose: Option<Words>,
    pub(super) ceiling: Option<Level>,
    #[serde(default)]
    pub(super) principals: Principals,
    #[serde(default)]
    pub(super) configs: Vec<Located<Words>>,
    #[serde(default)]
    pub(super) log_names: Vec<Located<Words>>,
    #[serde(default)]
    pub(super) approvers: Vec<Located<Words>>,
    pub(super) boundary: Option<Located<Boundary>>,
    pub(super) freezes: Option<Vec<Located<Freeze>>>,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Boundary {
    #[serde(default)]
    pub(super) namespaces: Vec<Located<Words>>,
    #[serde(default)]
    pub(super) regions: Vec<Located<Words>>,
    #[serde(default)]
    pub(super) actions: Vec<Located<Words>>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Freeze {
    pub(super) from: Located<Moment>,
    pub(super) until: Located<Moment>,
    #[serde(default)]
    pub(super) namespaces: Vec<Located<Words>>,
    #[serde(default)]
    pub(super) regions: Vec<Located<Words>>,
    #[serde(default)]
    pub(super) actions: Vec<Located<Words>>,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Principals {
    #[serde(default)]
    pub(super) kubernetes: Vec<Located<Words>>,
    #[serde(default)]
    pub(super) aws: Vec<Located<Words>>,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Sources {
    #[serde(default)]
    pub(super) kubernetes: Vec<Located<Source>>,
    #[serde(default)]
    pub(super) aws: Vec<Located<Source>>,
    #[serde(default)]
    pub(super) agents: Vec<Located<Source>>,
    #[serde(default)]
    pub(super) activity: Vec<Located<Source>>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Source {
    pub(super) path: Option<Located<Words>>,
    pub(super) format: Option<Words>,
    pub(super) mapping: Option<Located<Words>>,
    pub(super) context: Option<Located<Words>>,
    pub(super) eks: Option<Located<Words>>,
    pub(super) profile: Option<Located<Words>>,
    pub(super) account: Option<Located<Words>>,
    pub(super) region: Option<Words>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Attestation {
    pub(super) criterion: Words,
    pub(super) agent: Option<Located<Words>>,
    pub(super) statement: Words,
    pub(super) by: Words,
    pub(super) on: Day,
    pub(super) expires: Located<Day>,
    pub(super) evidence: Option<Evidence>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Evidence {
    pub(super) uri: Words,
    pub(super) sha256: Option<Located<Words>>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Waiver {
    pub(super) criterion: Words,
    pub(super) agent: Located<Words>,
    pub(super) reason: WaiverReason,
    pub(super) justification: Words,
    pub(super) owner: Words,
    pub(super) approver: Words,
    pub(super) expires: Day,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Gate {
    pub(super) min_level: Option<Level>,
    pub(super) max_over_extension: Option<u8>,
    pub(super) fail_on: Option<Severity>,
    pub(super) fail_on_unknown: Option<Severity>,
    pub(super) min_coverage: Option<Located<f64>>,
}

/// Text that says something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Words(pub(super) String);

impl<'de> Deserialize<'de> for Words {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text.trim().is_empty() {
            return Err(D::Error::custom("expected text, found nothing"));
        }
        Ok(Self(text.trim().to_owned()))
    }
}

/// A day, written `YYYY-MM-DD` and no other way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Day(pub(super) Date);

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let well_formed = text.len() == 10;
        text.parse().ok().filter(|_| well_formed).map(Self).ok_or_else(|| {
            D::Error::custom(format!("`{text}` is not a day of the calendar as YYYY-MM-DD"))
        })
    }
}

/// A day, or a moment of RFC 3339.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Moment {
    /// All of it, in UTC.
    Day(Date),
    At(Timestamp),
}

impl Moment {
    /// The first moment of it.
    pub(super) fn first(self) -> Timestamp {
        match self {
            Self::Day(day) => {
                Offset::UTC.to_timestamp(day.to_datetime(Time::MIN)).unwrap_or(Timestamp::MIN)
            }
            Self::At(time) => time,
        }
    }

    /// The last moment of it.
    pub(super) fn last(self) -> Timestamp {
        match self {
            Self::Day(day) => {
                Offset::UTC.to_timestamp(day.to_datetime(Time::MAX)).unwrap_or(Timestamp::MAX)
            }
            Self::At(time) => time,
        }
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let day = || text.parse().ok().filter(|_| text.len() == 10).map(Self::Day);
        day().or_else(|| text.parse().ok().map(Self::At)).ok_or_else(|| {
            D::Error::custom(format!(
                "`{text}` is neither a day as YYYY-MM-DD nor a moment as YYYY-MM-DDThh:mm:ssZ"
            ))
        })
    }
}

impl JsonSchema for Moment {
    fn schema_name() -> Cow<'static, str> {
        "Moment".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}([Tt ].+)?$"})
    }
}

impl JsonSchema for Words {
    fn schema_name() -> Cow<'static, str> {
        "Words".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "pattern": r"\S"})
    }
}

impl JsonSchema for Day {
    fn schema_name() -> Cow<'static, str> {
        "Day".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "format": "date", "pattern": r"^\d{4}-\d{2}-\d{2}$"})
    }
}

/// The JSON Schema of a workspace file.
pub(super) fn json_schema() -> Schema {
    SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<WorkspaceFile>()
}
