//! What is claimed of reading logs, on whole files.

mod damage;
pub(super) mod differential;
mod layout;
mod meaning;
mod quick;
pub(super) mod splits;

use std::{fs, path::Path};

use serde_json::{Value, json};

use super::{ActivityBuilder, Caps, read, recognise};
use crate::{
    model::{
        activity::{ActionRecord, Activity, LogSummary, PrincipalActivity},
        capability::Plane,
        coverage::SourceRecord,
        principal::Principal,
    },
    source::{files::FileRef, limits::Limits, lines::LineBlocks},
};

/// Limits under which a file of a few lines has many blocks.
fn small() -> Limits {
    Limits { line_bytes: 4 << 10, ..Limits::default() }
}

/// Reads files named `0.log`, `1.log` and so on.
fn read_all(contents: &[&[u8]], caps: Caps, limits: &Limits) -> (Activity, Vec<SourceRecord>) {
    let folder = tempfile::tempdir().unwrap();
    let mut builder = ActivityBuilder::new(caps);
    let mut records = Vec::new();
    for (number, content) in contents.iter().enumerate() {
        let path = folder.path().join(format!("{number}.log"));
        fs::write(&path, content).unwrap();
        records.push(read_file(&path, &mut builder, limits));
    }
    (builder.finish(), records)
}

fn read_file(path: &Path, builder: &mut ActivityBuilder, limits: &Limits) -> SourceRecord {
    let name = path.file_name().unwrap().to_str().unwrap();
    let file = FileRef { display: name.into(), path: path.to_owned() };
    let head = LineBlocks::open(&file, limits).unwrap().next().map(|block| block.unwrap().bytes);
    let format = recognise(&head.unwrap_or_default()).unwrap_or(&super::FORMATS[0]);
    read(&file, format, builder, limits)
}

fn activity_of(content: impl AsRef<[u8]>) -> Activity {
    read_all(&[content.as_ref()], Caps::default(), &Limits::default()).0
}

fn activity_and_record(content: impl AsRef<[u8]>) -> (Activity, SourceRecord) {
    let (activity, mut records) =
        read_all(&[content.as_ref()], Caps::default(), &Limits::default());
    (activity, records.remove(0))
}

/// An event that ended well; every field can be changed.
fn event(id: &str) -> Value {
    json!({
        "kind": "Event", "apiVersion": "audit.k8s.io/v1", "level": "Metadata", "auditID": id,
        "stage": "ResponseComplete", "requestURI": "/api/v1/namespaces/shop/pods/web",
        "verb": "delete", "user": {"username": "bot", "groups": ["system:authenticated"]},
        "sourceIPs": ["10.0.0.1"], "userAgent": "kubectl/v1.34",
        "objectRef": {"resource": "pods", "namespace": "shop", "name": "web", "apiVersion": "v1"},
        "responseStatus": {"metadata": {}, "code": 200},
        "requestReceivedTimestamp": "2026-11-01T10:00:00.000001Z",
        "stageTimestamp": "2026-11-01T10:00:00.000002Z",
        "annotations": {"authorization.k8s.io/decision": "allow", "authorization.k8s.io/reason": ""},
    })
}

/// The event with fields replaced; `null` takes one away.
fn with(mut event: Value, fields: Value) -> Value {
    let map = event.as_object_mut().unwrap();
    for (name, value) in fields.as_object().unwrap() {
        if value.is_null() {
            map.remove(name);
        } else {
            map.insert(name.clone(), value.clone());
        }
    }
    event
}

fn lines(events: &[Value]) -> String {
    events.iter().map(|event| format!("{event}\n")).collect()
}

fn of<'a>(activity: &'a Activity, user: &str) -> &'a PrincipalActivity {
    &activity.principals[&Principal::kubernetes(user)]
}

/// The record of an action, as the action prints.
fn action(activity: &Activity, user: &str, action: &str) -> ActionRecord {
    let found = of(activity, user);
    found
        .actions
        .iter()
        .find(|(key, _)| key.to_string() == action)
        .map(|(_, record)| record.clone())
        .unwrap_or_else(|| panic!("{user} did not {action}, but {:?}", found.actions.keys()))
}

fn log(activity: &Activity) -> &LogSummary {
    &activity.logs[&Plane::Kubernetes]
}
