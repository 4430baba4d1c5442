//! The rubric files as they are written. Unknown keys are errors.

use std::{collections::BTreeMap, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{self, Visitor},
};

use super::{
    criterion::{Effort, Informs, Mode, Remediation},
    vocabulary::{Collector, FactType},
};
use crate::model::{fact::FactValue, finding::Severity};

/// `rubric.yaml`: what the rubric as a whole is called.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Identity {
    pub(super) version: String,
}

/// A criterion under `criteria:`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct CriterionShape {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) level: u8,
    pub(super) dimension: String,
    pub(super) severity: Severity,
    pub(super) mode: Mode,
    pub(super) effort: Effort,
    #[serde(default)]
    pub(super) applies_when: Option<String>,
    pub(super) needs: Vec<String>,
    pub(super) expression: String,
    pub(super) message_expression: String,
    pub(super) pass_message: String,
    #[serde(default)]
    pub(super) not_applicable_message: Option<String>,
    pub(super) why: String,
    pub(super) how_measured: String,
    pub(super) remediation: Remediation,
    #[serde(default)]
    pub(super) depends_on: Vec<String>,
    #[serde(default)]
    pub(super) cap: Option<u8>,
    pub(super) informs: Vec<Informs>,
    pub(super) source: String,
    pub(super) examples: ExamplesShape,
}

/// Facts by name, for each status.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ExamplesShape {
    pub(super) pass: BTreeMap<String, ExampleValue>,
    pub(super) fail: BTreeMap<String, ExampleValue>,
    #[serde(default)]
    pub(super) not_applicable: Option<BTreeMap<String, ExampleValue>>,
}

/// A fact under `facts:`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct FactShape {
    pub(super) name: String,
    #[serde(rename = "type")]
    pub(super) kind: FactType,
    pub(super) meaning: String,
    pub(super) collected_by: Vec<Collector>,
    #[serde(default)]
    pub(super) shown_by: Vec<Collector>,
    pub(super) settled_by: String,
}

/// A fact's value as YAML writes it.
#[derive(Debug)]
pub(super) struct ExampleValue(pub(super) FactValue);

impl<'de> Deserialize<'de> for ExampleValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ExampleVisitor).map(Self)
    }
}

struct ExampleVisitor;

impl<'de> Visitor<'de> for ExampleVisitor {
    type Value = FactValue;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a boolean, a number, text or a list of texts")
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<FactValue, E> {
        Ok(FactValue::Bool(value))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<FactValue, E> {
        Ok(FactValue::Int(value))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<FactValue, E> {
        i64::try_from(value)
            .map(FactValue::Int)
            .map_err(|_| E::custom("a whole number beyond what a fact holds"))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<FactValue, E> {
        Ok(FactValue::Float(value))
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<FactValue, E> {
        Ok(FactValue::Text(value.to_owned()))
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, mut sequence: A) -> Result<FactValue, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = sequence.next_element::<String>()? {
            items.push(item);
        }
        Ok(FactValue::List(items))
    }
}
