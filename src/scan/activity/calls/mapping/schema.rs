//! A mapping as it is written. Every key that is not listed here is an error.

use std::{borrow::Cow, collections::BTreeMap, fmt};

use schemars::{JsonSchema, Schema, SchemaGenerator, generate::SchemaSettings, json_schema};
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor, value::MapAccessDeserializer},
};
use serde_json::Value;

use crate::source::typed::Located;

/// The `schema` of every mapping.
pub(super) const NAME: &str = "gradus.mapping/v1";

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct MappingFile {
    #[schemars(extend("const" = NAME))]
    pub(super) schema: Located<String>,
    pub(super) records: Vec<Rule>,
    #[serde(default)]
    pub(super) others: Others,
}

/// What a line is that no rule is for.
#[derive(Debug, Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) enum Others {
    /// One that should be a record.
    #[default]
    Defect,
    /// One of something else.
    Ignore,
}

/// How a line becomes a record of one kind.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Rule {
    pub(super) kind: Kind,
    /// Only lines in which every one of these paths has this value, as text.
    #[serde(default)]
    pub(super) when: BTreeMap<String, String>,
    /// By the record's key; `about.call` is one within another.
    pub(super) fields: BTreeMap<String, Located<Field>>,
}

/// What a record is of, as gradus' own records spell it.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) enum Kind {
    ToolCall,
    Approval,
    Notification,
    Reversal,
    Review,
    Drill,
    Incident,
    IncidentReport,
}

impl Kind {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::ToolCall => "toolCall",
            Self::Approval => "approval",
            Self::Notification => "notification",
            Self::Reversal => "reversal",
            Self::Review => "review",
            Self::Drill => "drill",
            Self::Incident => "incident",
            Self::IncidentReport => "incidentReport",
        }
    }
}

/// Where the value of a key comes from: a path alone, or one with what to do with it.
#[derive(Debug, Clone)]
pub(super) struct Field {
    pub(super) from: From,
    /// The record's words for those of the log, as text.
    pub(super) values: Option<BTreeMap<String, Value>>,
    pub(super) format: Option<TimeFormat>,
    /// A line may be without it.
    pub(super) optional: bool,
}

#[derive(Debug, Clone)]
pub(super) enum From {
    /// A JSON pointer (`/a/b`), or members with dots between them.
    Path(String),
    /// The same in every record.
    Constant(Value),
    /// Neither, or both: an error.
    Nothing,
}

/// How a time is written that is not of RFC 3339.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) enum TimeFormat {
    Rfc3339,
    UnixSeconds,
    UnixMillis,
    UnixMicros,
    UnixNanos,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("oneOf" = [{"required": ["path"]}, {"required": ["constant"]}]))]
struct Written {
    path: Option<String>,
    constant: Option<Value>,
    values: Option<BTreeMap<String, Value>>,
    format: Option<TimeFormat>,
    #[serde(default)]
    optional: bool,
}

impl<'de> Deserialize<'de> for Field {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct FieldVisitor;
        impl<'de> Visitor<'de> for FieldVisitor {
            type Value = Field;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a path, or a mapping with `path` or `constant`")
            }

            fn visit_str<E>(self, path: &str) -> Result<Field, E> {
                let from = From::Path(path.to_owned());
                Ok(Field { from, values: None, format: None, optional: false })
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Field, A::Error> {
                let Written { path, constant, values, format, optional } =
                    Deserialize::deserialize(MapAccessDeserializer::new(map))?;
                let from = match (path, constant) {
                    (Some(path), None) => From::Path(path),
                    (None, Some(constant)) => From::Constant(constant),
                    _ => From::Nothing,
                };
                Ok(Field { from, values, format, optional })
            }
        }
        deserializer.deserialize_any(FieldVisitor)
    }
}

impl JsonSchema for Field {
    fn schema_name() -> Cow<'static, str> {
        "Field".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({"anyOf": [{"type": "string"}, generator.subschema_for::<Written>()]})
    }
}

/// The JSON Schema of a mapping.
pub(super) fn json_schema() -> Schema {
    SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<MappingFile>()
}
