//! Files that a ConfigMap or a Secret carries to the pods that mount it: each value is
//! read as a file of that name is.
//!
//! What is in it belongs to that object, and has its place in the file that holds the
//! object. Nobody knows the folder that it is mounted at: its name alone tells the scope.

use std::borrow::Cow;

use super::{
    FORMATS, Format, Reading, is_backup, may_hold_agents, models, redact,
    resource::{identity, object},
};
use crate::{
    model::{
        agent_config::{AgentConfig, Client, Identity, Program, Scope, Transport},
        coverage::Gap,
        location::Location,
    },
    source::{
        Document, Parsed, SyntaxHint, from_base64,
        limits::Limits,
        node::{Key, Node},
        parse_bytes_within, python,
    },
};

/// Where the values stand, by kind, and whether they are in base64.
const VALUES: [(&str, &str, bool); 4] = [
    ("ConfigMap", "data", false),
    ("ConfigMap", "binaryData", true),
    ("Secret", "stringData", false),
    ("Secret", "data", true),
];

/// Words of which one stands in a file that tells of an agent: what has none and cannot
/// be read is some other program's.
const MARKS: [&str; 5] =
    ["mcpServers", "mcp_servers", "toolsets", "kagent.dev/", "context_servers"];

/// What a record says of a value that cannot be read.
const UNREAD: &str = "carried-file";

/// What the values of a ConfigMap or a Secret are; nothing for any other document.
pub(super) fn read(document: &Document) -> Vec<Reading> {
    let Some(holder) = Holder::of(document) else { return Vec::new() };
    let mut readings = Vec::new();
    for (_, field, encoded) in VALUES.iter().filter(|(kind, ..)| *kind == holder.0.kind) {
        for (key, value) in document.root.get(field).map(Node::entries).unwrap_or_default() {
            if !is_backup(&key.name) {
                readings.extend(holder.value(document, key, value, *encoded));
            }
        }
    }
    readings
}

/// Whether a document is a ConfigMap or a Secret.
#[cfg(feature = "mcp")]
pub(super) fn is_carrier(document: &Document) -> bool {
    Holder::of(document).is_some()
}

/// The object that carries files.
struct Holder(Identity);

impl Holder {
    fn of(document: &Document) -> Option<Self> {
        let root = &document.root;
        let known = VALUES.iter().any(|(kind, ..)| root.str_at("kind") == Some(*kind));
        (known && root.str_at("apiVersion") == Some("v1")).then(|| Self(identity(root)))
    }

    fn value(&self, outer: &Document, key: &Key, value: &Node, encoded: bool) -> Vec<Reading> {
        if let Some(gap) = self.program(outer, key, value, encoded) {
            return vec![unread(gap)];
        }
        let Some((parsed, marked)) = parsed(outer, key, value, encoded) else {
            return Vec::new();
        };
        let place = key.place.location(&outer.file).with_object(object(&self.0));
        let mut readings: Vec<Reading> = parsed
            .documents
            .iter()
            .filter_map(|document| {
                let mut reading = told(document)?.read(document, &key.name);
                models::note(document, &mut reading);
                reading.configs.iter_mut().for_each(|config| self.holds(config, &place));
                reading.gaps.iter_mut().for_each(|gap| at_least(&mut gap.location, &place));
                Some(reading)
            })
            .collect();
        if marked && let Some(error) = parsed.outcome.errors.first() {
            let reason = format!("{} of {}: {}", key_shown(key), object(&self.0), error.reason());
            let gap = Gap { location: error.location.clone(), reason };
            match readings.first_mut() {
                Some(reading) => reading.gaps.push(gap),
                None => readings.push(unread(gap)),
            }
        }
        readings
    }

    /// A program of Python that may make agents: none is taken apart here, as what it
    /// imports lies elsewhere.
    fn program(&self, outer: &Document, key: &Key, value: &Node, encoded: bool) -> Option<Gap> {
        let text = value.as_str().filter(|_| python::is_python(&key.name))?;
        let bytes = bytes_of(text, encoded)?;
        may_hold_agents(&String::from_utf8_lossy(&bytes)).then(|| Gap {
            location: value.location(&outer.file),
            reason: format!(
                "{} of {}: a program of Python that may make agents is not read there",
                key_shown(key),
                object(&self.0)
            ),
        })
    }

    /// Gives a configuration to this object.
    fn holds(&self, config: &mut AgentConfig, place: &Location) {
        if config.location.object.is_none() {
            config.location.object.clone_from(&place.object);
        }
        at_least(&mut config.location, place);
        for tool in &mut config.tools {
            at_least(&mut tool.location, place);
        }
        if let Some(identity) = &mut config.identity
            && config.client != Client::CrewAi
        {
            if identity.namespace.is_none() {
                identity.namespace.clone_from(&self.0.namespace);
            }
            config.scope = Scope::Cluster;
        }
        // The files of its folder are not those beside the manifest.
        for server in &mut config.servers {
            if let Transport::Stdio(launch) = &mut server.transport
                && matches!(launch.program, Program::PythonFile(_))
            {
                launch.program = Program::Opaque("a Python program");
            }
        }
    }
}

/// What is told of a value that is not read.
fn unread(gap: Gap) -> Reading {
    Reading { format: UNREAD, configs: Vec::new(), gaps: vec![gap], items: 0 }
}

/// What a value stands for; nothing where it is in base64 that cannot be told.
fn bytes_of(text: &str, encoded: bool) -> Option<Cow<'_, [u8]>> {
    if encoded { from_base64(text).map(Cow::Owned) } else { Some(Cow::Borrowed(text.as_bytes())) }
}

/// A place that has no line becomes that of the value.
fn at_least(location: &mut Location, place: &Location) {
    if location.line.is_none() && location.path == place.path {
        (location.line, location.column) = (place.line, place.column);
    }
}

fn key_shown(key: &Key) -> String {
    redact::name(&key.name)
}

/// The format of what is carried. A cluster's objects within one are nobody's until
/// somebody applies them, and are read all the same: they would be agents.
fn told(document: &Document) -> Option<&'static dyn Format> {
    FORMATS.iter().copied().find(|format| format.recognise(document))
}

/// The documents of a value, and whether its text tells of an agent.
fn parsed(outer: &Document, key: &Key, value: &Node, encoded: bool) -> Option<(Parsed, bool)> {
    // An object has a megabyte at most, and aliases in it stand for little.
    let limits = Limits {
        nodes: 200_000,
        alias_nodes: 10_000,
        alias_bytes: 1 << 20,
        documents: 1_000,
        errors: 10,
        ..Limits::default()
    };
    let bytes = bytes_of(value.as_str()?, encoded)?;
    let bytes = &*bytes;
    let named = SyntaxHint::of_path(&key.name);
    let shell = bytes.starts_with(b"#!") && named == SyntaxHint::Unknown;
    let hint = if shell { SyntaxHint::Shell } else { named };
    let parsed = parse_bytes_within(outer, value, bytes, hint, &limits);
    let marked = MARKS.iter().any(|mark| memchr::memmem::find(bytes, mark.as_bytes()).is_some());
    Some((parsed, marked))
}
