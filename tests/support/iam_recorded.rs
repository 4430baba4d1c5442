//! What the simulator answered, kept in `tests/fixtures/aws/oracle/`: a run of
//! random requests, and what it is known to decide otherwise than AWS documents.

#![allow(dead_code, reason = "each test uses its own part")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot be set up must stop"
)]

use std::{
    fs::{self, File},
    io::{BufRead, BufReader, Write},
    path::PathBuf,
};

use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::iam_case::{Answer, Case};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/aws/oracle")
}

/// Keeps a run: one line on where it comes from, then one a case.
pub(crate) fn write(seed: u64, cases: &[Case], answers: &[Vec<Answer>]) {
    let file = File::create(folder().join("decisions.jsonl.gz")).unwrap();
    let mut gzip = GzEncoder::new(file, Compression::best());
    writeln!(gzip, "{}", json!({"seed": seed})).unwrap();
    for (case, answers) in cases.iter().zip(answers) {
        writeln!(gzip, "{}", json!([case, answers])).unwrap();
    }
    gzip.finish().unwrap();
}

/// The run that is kept.
pub(crate) fn read() -> Vec<(Case, Vec<Answer>)> {
    let file = File::open(folder().join("decisions.jsonl.gz")).unwrap();
    BufReader::new(GzDecoder::new(file))
        .lines()
        .skip(1)
        .map(|line| serde_json::from_str(&line.unwrap()).unwrap())
        .collect()
}

/// A request on which the simulator says otherwise than AWS documents.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Disagreement {
    pub(crate) id: String,
    /// With its one request.
    pub(crate) case: Case,
    pub(crate) theirs: Answer,
    pub(crate) ours: Answer,
    /// The page that decides, and what of it does.
    pub(crate) source: String,
    pub(crate) why: String,
}

/// All of them.
pub(crate) fn disagreements() -> Vec<Disagreement> {
    let text = fs::read(folder().join("disagreements.yaml")).unwrap();
    let limits = gradus::source::limits::Limits::default();
    let file = "disagreements.yaml".into();
    let parsed = gradus::source::parse(&file, &text, gradus::source::SyntaxHint::Yaml, &limits);
    assert!(parsed.outcome.errors.is_empty(), "{:?}", parsed.outcome.errors);
    let list = as_json(&parsed.documents[0].root);
    serde_json::from_value(list).unwrap()
}

fn as_json(node: &gradus::source::node::Node) -> Value {
    use gradus::source::node::Value as Read;
    match &node.value {
        Read::Null => Value::Null,
        Read::Bool(value) => json!(value),
        Read::Sequence(nodes) => nodes.iter().map(as_json).collect(),
        Read::Mapping(mapping) => mapping
            .entries
            .iter()
            .map(|(key, value)| (key.name.clone(), as_json(value)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
        Read::String(_) | Read::Int(_) | Read::Float(_) => json!(node.text().unwrap()),
    }
}
