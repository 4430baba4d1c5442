//! Tool servers, asked what they offer and nothing else.
//!
//! The only place that knows MCP's own SDK and that starts servers. A server is sent
//! `initialize`, the notification that follows it, and requests to list: no tool is
//! called, nothing is read, and whatever the server asks for is refused or empty. It is hostile
//! input: time, bytes, pages and items are bounded, and a process that was started is
//! ended with all that it started.

mod child;
#[cfg(unix)]
mod group;
mod http;
mod pages;
mod talk;

use std::{
    collections::BTreeMap,
    path::PathBuf,
    time::{Duration, Instant},
};

use super::{
    entry,
    snapshot::{Item, Snapshot, Unlisted},
};
use crate::{
    model::agent_config::{Hints, ListedKind, SafeText, Server, Setting},
    scan::{
        agents::{
            shown_name,
            way::{self, NoWay, Way},
        },
        live::{self, Bounds, Progress, Stopped},
        snapshot::LiveFailure,
    },
    source::{files::FileRef, limits::Limits, read::digest_of},
};
use talk::{Answers, SHUTDOWN};

/// What a server may take and is given.
#[derive(Debug, Clone)]
pub struct Options {
    /// What the whole server may take; its start half of it, one answer a quarter.
    pub timeout: Duration,
    /// Variables of this process that it is given beside its own.
    pub pass: Vec<String>,
    /// The folder that it is started in.
    pub folder: PathBuf,
}

/// Why a server could not be listed at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LiveError {
    /// Its entry leads nowhere.
    #[error("{0}")]
    NoWay(String),
    /// It cannot be started or called.
    #[error("{0}")]
    Unreachable(String),
    /// It does not answer as a server does.
    #[error("{0}")]
    Answer(String),
    /// Time was over.
    #[error("nothing came within {} s (--timeout)", .0.as_secs_f32())]
    TimedOut(Duration),
    /// The collector itself failed.
    #[error("the collector failed: {0}")]
    Internal(String),
}

impl LiveFailure for LiveError {
    fn is_usage(&self) -> bool {
        false
    }
}

impl From<Stopped> for LiveError {
    fn from(stopped: Stopped) -> Self {
        match stopped {
            Stopped::TimedOut(timeout) => Self::TimedOut(timeout),
            Stopped::Failed(reason) => Self::Internal(reason),
        }
    }
}

impl From<NoWay> for LiveError {
    fn from(reason: NoWay) -> Self {
        Self::NoWay(reason.to_string())
    }
}

/// Asks a server what it offers; `file` is where its entry stands. Lists that it does
/// not give to their end are gaps of the snapshot.
///
/// # Errors
/// It cannot be reached, or gives no list of tools.
pub fn list(
    server: &Server,
    file: &FileRef,
    options: &Options,
    watch: &mut dyn FnMut(&Progress),
) -> Result<Snapshot, LiveError> {
    let folder = options.folder.to_string_lossy().into_owned();
    let known = |name: &str| match name {
        "workspaceFolder" | "workspaceRoot" | "CLAUDE_PROJECT_DIR" => Some(folder.clone()),
        "userHome" => std::env::var("HOME").ok(),
        name => std::env::var(name).ok(),
    };
    let way = way::to(server, file, &Limits::default(), &known)?;
    let mut passed = named_alone(server);
    for name in &options.pass {
        let value = std::env::var(name).map_err(|_| NoWay::Unset(shown_name(name)))?;
        passed.insert(name.clone(), value);
    }
    let own = options.clone();
    // What was started has to be ended before anybody goes on.
    let with_its_end = options.timeout + 4 * SHUTDOWN;
    let answers = live::within(with_its_end, watch, move |teller| async move {
        let bounds = Bounds::new(Instant::now(), own.timeout);
        match way {
            Way::Process { .. } => child::ask(way, passed, &own.folder, &bounds, &teller).await,
            Way::Http { url, headers } => http::ask(url, headers, &bounds, &teller).await,
        }
    })?;
    Ok(snapshot(server, answers))
}

/// Variables that an entry passes on by their names, as `docker run -e NAME` does, as far
/// as this process has them.
fn named_alone(server: &Server) -> BTreeMap<String, String> {
    let own = |setting: &&Setting| match &setting.value {
        SafeText::Reference(name) => *name == format!("${{{}}}", setting.name),
        SafeText::Plain(_) | SafeText::Withheld { .. } => false,
    };
    let settings = server.env.iter().filter(own);
    settings
        .filter_map(|setting| Some((setting.name.clone(), std::env::var(&setting.name).ok()?)))
        .collect()
}

fn snapshot(server: &Server, answers: Answers) -> Snapshot {
    let Answers { server: told, protocol, instructions, tools, prompts, resources, templates } =
        answers;
    let mut snapshot = Snapshot {
        name: server.name.clone(),
        config: server.location.path.to_string(),
        entry: entry::digest(server),
        server: told,
        protocol,
        instructions: instructions.map(|text| digest_of(&[text.as_bytes()])),
        ..Snapshot::default()
    };
    let mut take = |kind: ListedKind, broken: Option<String>, items: Vec<Item>| {
        snapshot.items.extend(items);
        match broken {
            None => snapshot.whole.push(kind),
            Some(reason) => snapshot.gaps.push(Unlisted { list: kind.as_str(), reason }),
        }
    };
    let items = tools.items.iter().map(tool).collect();
    let unread = "it was started without the variables of a file that its entry names";
    let broken = tools.broken.or_else(|| server.env_elsewhere.then(|| unread.to_owned()));
    take(ListedKind::Tool, broken, items);
    let other = |kind, name: &str, text: &[Option<&str>]| Item {
        kind,
        name: name_of(name),
        text: text_digest(text),
        schema: None,
        hints: Hints::default(),
    };
    let items = prompts.items.iter();
    let items = items.map(|prompt| {
        let text = [prompt.title.as_deref(), prompt.description.as_deref()];
        other(ListedKind::Prompt, &prompt.name, &text)
    });
    take(ListedKind::Prompt, prompts.broken, items.collect());
    let items = resources.items.iter().map(|resource| {
        let text = [
            Some(resource.name.as_str()),
            resource.title.as_deref(),
            resource.description.as_deref(),
        ];
        other(ListedKind::Resource, &resource.uri, &text)
    });
    take(ListedKind::Resource, resources.broken, items.collect());
    let items = templates.items.iter().map(|template| {
        let text = [
            Some(template.name.as_str()),
            template.title.as_deref(),
            template.description.as_deref(),
        ];
        other(ListedKind::Template, &template.uri_template, &text)
    });
    take(ListedKind::Template, templates.broken, items.collect());
    snapshot
}

fn tool(tool: &rmcp::model::Tool) -> Item {
    let hints = tool.annotations.as_ref();
    let hint = |of: fn(&rmcp::model::ToolAnnotations) -> Option<bool>| hints.and_then(of);
    let title = hints.and_then(|hints| hints.title.as_deref());
    let mut schema = String::new();
    canonical(&serde_json::Value::Object((*tool.input_schema).clone()), &mut schema);
    if let Some(output) = &tool.output_schema {
        schema.push('\n');
        canonical(&serde_json::Value::Object((**output).clone()), &mut schema);
    }
    Item {
        kind: ListedKind::Tool,
        name: name_of(&tool.name),
        text: text_digest(&[tool.title.as_deref(), title, tool.description.as_deref()]),
        schema: Some(digest_of(&[schema.as_bytes()])),
        hints: Hints {
            read_only: hint(|hints| hints.read_only_hint),
            destructive: hint(|hints| hints.destructive_hint),
            idempotent: hint(|hints| hints.idempotent_hint),
            open_world: hint(|hints| hints.open_world_hint),
        },
    }
}

/// A name that may be shown; others stay apart by their digests.
fn name_of(name: &str) -> String {
    let shown = shown_name(name);
    if shown == name { shown } else { format!("(withheld) {}", digest_of(&[name.as_bytes()])) }
}

/// The digest of several texts, each of which may be missing.
fn text_digest(texts: &[Option<&str>]) -> String {
    let mut whole = String::new();
    for text in texts {
        canonical(&serde_json::Value::from(*text), &mut whole);
        whole.push('\n');
    }
    digest_of(&[whole.as_bytes()])
}

/// JSON with its keys in order: the same schema gives the same text.
fn canonical(value: &serde_json::Value, into: &mut String) {
    use serde_json::Value;
    match value {
        Value::Object(object) => {
            let sorted: BTreeMap<&String, &Value> = object.iter().collect();
            into.push('{');
            for (key, value) in sorted {
                canonical(&Value::from(key.as_str()), into);
                into.push(':');
                canonical(value, into);
                into.push(',');
            }
            into.push('}');
        }
        Value::Array(items) => {
            into.push('[');
            for item in items {
                canonical(item, into);
                into.push(',');
            }
            into.push(']');
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            into.push_str(&value.to_string());
        }
    }
}
