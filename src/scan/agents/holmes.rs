//! HolmesGPT: its `config.yaml`, files of toolsets, and Helm values.
//!
//! What needs approval is asked for in the CLI; the server refuses it where the caller
//! did not switch approval on. So an approval fails closed, and what no pattern names
//! runs unasked. A variable of the chart answers every command of the shell with yes.

use std::sync::Arc;

use super::{
    Format, Reading,
    entries::{Entries, all, note_duplicates},
    path, redact,
    resource::{named, names},
    secrets::{self, KeyNames},
};
use crate::{
    model::{
        agent_config::{
            AgentConfig, Approval, Client, Identity, Problem, ProblemKind, ServerState,
            ToolReference, ToolSource,
        },
        coverage::Gap,
        gate::FailMode,
        location::Location,
    },
    source::{
        Document,
        node::{Key, Node},
    },
};

pub(super) struct Holmes;

/// Its shell, as it calls that toolset.
pub(super) const SHELL: &str = "bash";

impl Format for Holmes {
    fn id(&self) -> &'static str {
        "holmesgpt"
    }

    fn title(&self) -> &'static str {
        "HolmesGPT configuration and Helm values"
    }

    fn version(&self) -> &'static str {
        "0.45"
    }

    fn recognise(&self, document: &Document) -> bool {
        let root = &document.root;
        root.get("apiVersion").is_none() && holders(root).next().is_some()
    }

    fn read(&self, document: &Document, path: &str) -> Reading {
        let location = Location::file(document.file.clone());
        let scope = path::home_or_project(path);
        let mut config = AgentConfig::new(self.id(), Client::Holmes, scope, location);
        note_duplicates(document, &mut config);
        let mut gaps = Vec::new();
        for holder in holders(&document.root) {
            settings(document, holder, &mut config, &mut gaps);
        }
        config.secrets = secrets::sweep(document, KeyNames::Everywhere);
        Reading::new(config, gaps)
    }
}

/// Names under which charts keep the values of the chart of Holmes that they bring.
const CHARTS: [&str; 3] = ["holmes", "holmesgpt", "holmes-gpt"];

/// Where settings of Holmes stand: the document itself, or values of a chart in it.
fn holders(root: &Node) -> impl Iterator<Item = &Node> {
    let within = CHARTS.iter().flat_map(|name| all(root, name));
    std::iter::once(root).chain(within).filter(|holder| are_settings(holder))
}

fn are_settings(root: &Node) -> bool {
    let some = |key: &str, signs: &[&str]| {
        all(root, key).any(|entries| {
            let shows = |entry: &Node| signs.iter().any(|sign| entry.get(sign).is_some());
            entries.entries().iter().any(|(_, entry)| shows(entry))
        })
    };
    let toolset = ["enabled", "approval_required_tools", "prerequisites", "tools", "config"];
    some("toolsets", &toolset)
        || some("custom_toolsets", &toolset)
        || some("mcp_servers", &["config", "approval_required_tools", "llm_instructions"])
}

/// Who Holmes is where no resource says it.
pub(super) fn identity() -> Identity {
    named("HolmesGPT", "holmes")
}

/// Reads Holmes' settings below `root`: a document of its own, or a part of the values
/// of a chart that brings it.
pub(super) fn settings(
    document: &Document,
    root: &Node,
    config: &mut AgentConfig,
    gaps: &mut Vec<Gap>,
) {
    config.identity = Some(identity());
    let file = &document.file;
    let mut bash = false;
    let toolsets = ["toolsets", "custom_toolsets"].into_iter().flat_map(|key| all(root, key));
    for (key, entry) in toolsets.flat_map(Node::entries) {
        if key.name == SHELL {
            bash = true;
            shell(key, entry, file, config);
        } else {
            toolset(key, entry, file, config);
        }
    }
    if !bash {
        // It is on where nothing is said of it.
        let place = config.location.clone();
        asked_shell(&place, config);
    }
    for variables in
        ["additionalEnvVars", "additional_env_vars"].into_iter().flat_map(|key| all(root, key))
    {
        answering(variables, file, config);
    }
    if let Some(custom) = root
        .get("custom_toolsets")
        .filter(|list| list.as_sequence().is_some_and(|list| !list.is_empty()))
    {
        gaps.push(Gap {
            location: custom.location(file),
            reason: "the toolsets of these files are not followed".to_owned(),
        });
    }
    for (key, entry) in all(root, "mcp_servers").flat_map(Node::entries) {
        server(document, key, entry, config, gaps);
    }
}

/// A toolset that Holmes brings, or that stands here with tools of its own.
fn toolset(key: &Key, entry: &Node, file: &Arc<str>, config: &mut AgentConfig) {
    note_removed(entry, file, config);
    let location = key.place.location(file);
    let approval = match enabled(entry, file) {
        Some(refused @ (Approval::Refused { .. } | Approval::Undecided { .. })) => refused,
        _ => approvals(entry, file)
            .into_iter()
            .find(|(pattern, _)| pattern == "*")
            .map_or_else(unasked, |(_, place)| asked(place)),
    };
    let source = ToolSource::BuiltIn(redact::name(&key.name));
    config.tools.push(ToolReference { source, tool: None, approval, location });
}

/// The shell: commands that its list allows run, all others are asked for.
fn shell(key: &Key, entry: &Node, file: &Arc<str>, config: &mut AgentConfig) {
    note_removed(entry, file, config);
    let location = key.place.location(file);
    if let Some(off @ (Approval::Refused { .. } | Approval::Undecided { .. })) =
        enabled(entry, file)
    {
        let source = ToolSource::BuiltIn(SHELL.to_owned());
        config.tools.push(ToolReference { source, tool: None, approval: off, location });
        return;
    }
    asked_shell(&location, config);
    let lists = entry.get("config").unwrap_or(entry);
    let denied: Vec<&str> =
        lists.items_at("deny").iter().filter_map(Node::as_str).map(str::trim).collect();
    for item in lists.items_at("allow") {
        let Some(prefix) = item.as_str().filter(|prefix| !denied.contains(&prefix.trim())) else {
            continue;
        };
        config.tools.push(ToolReference {
            source: ToolSource::BuiltIn(SHELL.to_owned()),
            tool: Some(redact::words(prefix)),
            approval: Approval::NotAsked { reason: "its allow list names it".to_owned() },
            location: item.location(file),
        });
    }
}

/// The variable under which each command of the shell runs, and nobody is asked.
pub(super) const UNSAFE: &str = "BASH_TOOL_UNSAFE_ALLOW_ALL";

/// Whether a value of [`UNSAFE`] may switch it on: one that stands elsewhere may.
pub(super) fn opens(value: Option<&str>) -> bool {
    let off = |value: &str| {
        ["", "0", "false", "no", "off"].iter().any(|off| value.eq_ignore_ascii_case(off))
    };
    value.is_none_or(|value| !off(value.trim()))
}

/// Variables of its container, as Kubernetes lists them.
fn answering(variables: &Node, file: &Arc<str>, config: &mut AgentConfig) {
    for item in variables.as_sequence().unwrap_or_default() {
        let value = item.get("value").and_then(Node::text);
        if item.str_at("name") != Some(UNSAFE) || !opens(value.as_deref()) {
            continue;
        }
        for tool in &mut config.tools {
            let asked = matches!(tool.approval, Approval::Asked { .. });
            if asked && tool.source == ToolSource::BuiltIn(SHELL.to_owned()) {
                let reason = format!("{UNSAFE} lets every command run");
                tool.approval = Approval::NotAsked { reason };
                tool.location = item.location(file);
            }
        }
    }
}

/// The shell where a switch lets every command run.
pub(super) fn unasked_shell(location: Location) -> ToolReference {
    ToolReference {
        source: ToolSource::BuiltIn(SHELL.to_owned()),
        tool: None,
        approval: Approval::NotAsked { reason: "a switch lets every command run".to_owned() },
        location,
    }
}

fn asked_shell(location: &Location, config: &mut AgentConfig) {
    config.tools.push(ToolReference {
        source: ToolSource::BuiltIn(SHELL.to_owned()),
        tool: None,
        approval: Approval::Asked {
            location: location.clone(),
            reason: "a command that no list allows is asked for".to_owned(),
            fails: FailMode::Closed,
        },
        location: location.clone(),
    });
}

fn server(
    document: &Document,
    key: &Key,
    entry: &Node,
    config: &mut AgentConfig,
    gaps: &mut Vec<Gap>,
) {
    let file = &document.file;
    note_removed(entry, file, config);
    let location = key.place.location(file);
    let name = redact::name(&key.name);
    let inner = entry.get("config").unwrap_or(entry);
    let mut server =
        Entries { document, config, gaps }.entry(name.clone(), inner, location.clone());
    let off = matches!(enabled(entry, file), Some(Approval::Refused { .. }));
    if off {
        server.state = ServerState::Disabled;
    }
    config.servers.push(server);
    if off {
        return;
    }
    let source = ToolSource::Server { namespace: None, name };
    for (pattern, place) in approvals(entry, file) {
        config.tools.push(ToolReference {
            source: source.clone(),
            tool: Some(pattern),
            approval: asked(place.clone()),
            location: place,
        });
    }
    config.tools.push(ToolReference { source, tool: None, approval: unasked(), location });
}

/// What `enabled` says, if it stands there.
fn enabled(entry: &Node, file: &Arc<str>) -> Option<Approval> {
    let node = entry.get("enabled")?;
    Some(match node.as_bool() {
        Some(true) => unasked(),
        Some(false) => {
            Approval::Refused { location: node.location(file), reason: "it is off".to_owned() }
        }
        None => Approval::Undecided { reason: "enabled is no boolean".to_owned() },
    })
}

/// The patterns of tools that need approval.
fn approvals(entry: &Node, file: &Arc<str>) -> Vec<(String, Location)> {
    names(entry.items_at("approval_required_tools"), file)
}

fn asked(location: Location) -> Approval {
    Approval::Asked {
        location,
        reason: "approval_required_tools names it".to_owned(),
        fails: FailMode::Closed,
    }
}

fn unasked() -> Approval {
    Approval::NotAsked { reason: "approval_required_tools does not name it".to_owned() }
}

fn note_removed(entry: &Node, file: &Arc<str>, config: &mut AgentConfig) {
    if let Some(node) = entry.get("restricted_tools") {
        config.problems.push(Problem {
            kind: ProblemKind::MisplacedKey,
            subject: "restricted_tools".to_owned(),
            reason: "it was removed and is ignored; approval_required_tools asks for tools"
                .to_owned(),
            location: node.location(file),
        });
    }
}
