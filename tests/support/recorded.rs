//! Questions about a cluster with a real server's answers, and gradus' own answer
//! to them. A recording is a file of `tests/fixtures/kubernetes/recorded/`.

#![allow(dead_code, reason = "each test uses its own part")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot be set up must stop"
)]

use std::{fs, path::PathBuf};

use gradus::{
    model::{kubernetes::ClusterSnapshot, principal::Principal},
    privilege::rbac::{Closure, Decision, Identity, Index, Request, Target},
    scan::kubernetes::{ClusterBuilder, Recognition},
    source::{self, SyntaxHint, limits::Limits},
};
use serde_json::{Value, json};

const RBAC: &str = "rbac.authorization.k8s.io";

/// Where recordings lie.
pub(crate) fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/kubernetes/recorded")
}

/// Someone who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Who {
    /// As `gradus.yaml` spells it.
    pub(crate) principal: String,
    /// A user's groups, without those that everyone is in.
    pub(crate) groups: Vec<String>,
}

impl Who {
    pub(crate) fn new(principal: &str, groups: &[&str]) -> Self {
        let groups = groups.iter().map(|&group| group.to_owned()).collect();
        Self { principal: principal.to_owned(), groups }
    }

    /// Its names on the server.
    pub(crate) fn identity(&self) -> Identity {
        let principal = Principal::kubernetes(&self.principal);
        Identity::of(&principal).unwrap().with_groups(self.groups.iter().cloned())
    }

    pub(crate) fn to_json(&self) -> Value {
        json!([self.principal, self.groups])
    }

    pub(crate) fn from_json(value: &Value) -> Self {
        let groups = value[1].as_array().unwrap().iter().map(text).collect();
        Self { principal: text(&value[0]), groups }
    }
}

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Asked {
    Resource {
        group: String,
        resource: String,
        subresource: String,
        namespace: Option<String>,
        name: Option<String>,
    },
    Url(String),
}

impl Asked {
    /// A resource as `apps/deployments/scale` or `pods`, in a namespace if any.
    pub(crate) fn resource(
        group: &str,
        resource: &str,
        namespace: Option<&str>,
        name: Option<&str>,
    ) -> Self {
        let (resource, subresource) = resource.split_once('/').unwrap_or((resource, ""));
        Self::Resource {
            group: group.to_owned(),
            resource: resource.to_owned(),
            subresource: subresource.to_owned(),
            namespace: namespace.map(str::to_owned),
            name: name.map(str::to_owned),
        }
    }
}

/// One question.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Question {
    /// Who asks, by its number among the identities.
    pub(crate) who: usize,
    pub(crate) verb: String,
    pub(crate) target: Asked,
}

impl Question {
    pub(crate) fn request(&self) -> Request<'_> {
        let target = match &self.target {
            Asked::Resource { group, resource, subresource, namespace, name } => Target::Resource {
                group,
                resource,
                subresource,
                namespace: namespace.as_deref(),
                name: name.as_deref(),
            },
            Asked::Url(path) => Target::Url(path),
        };
        Request { verb: &self.verb, target }
    }

    fn to_json(&self, allowed: bool) -> Value {
        match &self.target {
            Asked::Resource { group, resource, subresource, namespace, name } => {
                json!([
                    self.who,
                    self.verb,
                    group,
                    resource,
                    subresource,
                    namespace,
                    name,
                    u8::from(allowed)
                ])
            }
            Asked::Url(path) => json!([self.who, self.verb, path, u8::from(allowed)]),
        }
    }

    fn from_json(value: &Value) -> (Self, bool) {
        let parts = value.as_array().unwrap();
        let optional = |part: &Value| part.as_str().map(str::to_owned);
        let target = if parts.len() == 4 {
            Asked::Url(text(&parts[2]))
        } else {
            Asked::Resource {
                group: text(&parts[2]),
                resource: text(&parts[3]),
                subresource: text(&parts[4]),
                namespace: optional(&parts[5]),
                name: optional(&parts[6]),
            }
        };
        let who = usize::try_from(parts[0].as_u64().unwrap()).unwrap();
        let allowed = *parts.last().unwrap() == json!(1);
        (Self { who, verb: text(&parts[1]), target }, allowed)
    }
}

/// A cluster with what a server answered about it.
#[derive(Debug, Clone)]
pub(crate) struct Recording {
    /// Where it comes from: a version and a seed, or what it is about.
    pub(crate) about: String,
    /// Objects besides those that every server makes by itself.
    pub(crate) manifests: Vec<Value>,
    pub(crate) identities: Vec<Who>,
    /// Questions, each with whether the server allows it.
    pub(crate) decisions: Vec<(Question, bool)>,
}

impl Recording {
    /// Lines of their own for whatever a person may want to compare.
    pub(crate) fn to_text(&self) -> String {
        let lines = |values: Vec<Value>| {
            values.iter().map(Value::to_string).collect::<Vec<_>>().join(",\n")
        };
        let identities = self.identities.iter().map(Who::to_json).collect();
        let decisions = self.decisions.iter().map(|(question, allowed)| question.to_json(*allowed));
        format!(
            "{{\"about\":{},\n\"identities\":[\n{}],\n\"manifests\":[\n{}],\n\"decisions\":[\n{}]}}\n",
            json!(self.about),
            lines(identities),
            lines(self.manifests.iter().map(short).collect()),
            lines(decisions.collect()),
        )
    }

    pub(crate) fn from_text(text_of: &str) -> Self {
        let value: Value = serde_json::from_str(text_of).unwrap();
        let list = |key: &str| value[key].as_array().unwrap().clone();
        Self {
            about: text(&value["about"]),
            manifests: list("manifests").iter().map(whole).collect(),
            identities: list("identities").iter().map(Who::from_json).collect(),
            decisions: list("decisions").iter().map(Question::from_json).collect(),
        }
    }

    /// All recordings whose file begins with `prefix`, by the name of the file.
    pub(crate) fn all(prefix: &str) -> Vec<(String, Self)> {
        files(prefix).into_iter().map(|(name, text)| (name, Self::from_text(&text))).collect()
    }
}

/// A manifest without what all of them say.
fn short(manifest: &Value) -> Value {
    let mut manifest = manifest.clone();
    let drop = |value: &mut Value, key: &str| {
        if let Some(fields) = value.as_object_mut() {
            fields.shift_remove(key);
        }
    };
    drop(&mut manifest, "apiVersion");
    drop(&mut manifest["roleRef"], "apiGroup");
    for subject in manifest["subjects"].as_array_mut().into_iter().flatten() {
        drop(subject, "apiGroup");
    }
    for key in ["roleRef", "subjects"] {
        if manifest[key].is_null() {
            drop(&mut manifest, key);
        }
    }
    manifest
}

/// The manifest again.
fn whole(short: &Value) -> Value {
    let mut manifest = short.clone();
    manifest["apiVersion"] = json!(format!("{RBAC}/v1"));
    if manifest["roleRef"].is_object() {
        manifest["roleRef"]["apiGroup"] = json!(RBAC);
    }
    for subject in manifest["subjects"].as_array_mut().into_iter().flatten() {
        if subject["kind"] != "ServiceAccount" {
            subject["apiGroup"] = json!(RBAC);
        }
    }
    if manifest["subjects"].is_null() {
        manifest.as_object_mut().unwrap().shift_remove("subjects");
    }
    if manifest["roleRef"].is_null() {
        manifest.as_object_mut().unwrap().shift_remove("roleRef");
    }
    manifest
}

/// Files of the folder by name.
pub(crate) fn files(prefix: &str) -> Vec<(String, String)> {
    let mut files: Vec<(String, String)> = fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter_map(|path| {
            let name = path.file_name()?.to_str()?.to_owned();
            name.starts_with(prefix).then(|| (name, fs::read_to_string(&path).unwrap()))
        })
        .collect();
    files.sort();
    files
}

/// The objects that a server makes by itself, as recorded.
pub(crate) fn bootstrap() -> Vec<Value> {
    let text = fs::read_to_string(folder().join("bootstrap.json")).unwrap();
    serde_json::from_str::<Value>(&text).unwrap()["items"].as_array().unwrap().clone()
}

/// A cluster of JSON texts, read as files are.
pub(crate) fn snapshot<'a>(texts: impl IntoIterator<Item = &'a str>) -> ClusterSnapshot {
    let mut builder = ClusterBuilder::new("recorded");
    for text in texts {
        let file = "recorded.json".into();
        let limits = Limits::default();
        let parsed = source::parse(&file, text.as_bytes(), SyntaxHint::Json, &limits);
        assert!(parsed.outcome.errors.is_empty(), "{:?}", parsed.outcome.errors);
        for document in &parsed.documents {
            let recognition = builder.accept(document);
            assert!(matches!(recognition, Recognition::Taken { .. }), "{recognition:?}");
        }
    }
    builder.finish()
}

/// A list of manifests as one file.
pub(crate) fn list(manifests: &[Value]) -> String {
    json!({"apiVersion": "v1", "kind": "List", "items": manifests}).to_string()
}

/// Questions on which gradus says otherwise than the server.
pub(crate) fn disagreements<'q>(
    snapshot: &ClusterSnapshot,
    identities: &[Who],
    decisions: &'q [(Question, bool)],
) -> Vec<(&'q Question, bool, Decision)> {
    let index = Index::new(snapshot);
    let closures: Vec<Closure<'_>> =
        identities.iter().map(|who| Closure::of(&index, &who.identity())).collect();
    decisions
        .iter()
        .map(|(question, allowed)| {
            (question, *allowed, closures[question.who].allows(&question.request()))
        })
        .filter(|(_, allowed, decision)| *allowed != decision.is_allowed())
        .collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}
