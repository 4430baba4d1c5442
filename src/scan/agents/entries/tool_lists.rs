//! Lists of an entry that pick among a server's tools, and the key that switches it off.
//!
//! A key counts only for the client that reads it: what hides a tool in one does
//! nothing in another.

use std::sync::Arc;

use super::{all, redact};
use crate::{
    model::{
        agent_config::{Client, Problem, ProblemKind, Server},
        location::Location,
    },
    source::node::Node,
};

/// The keys of a client.
#[derive(Default)]
struct ToolLists {
    /// Tools that the agent is not given.
    hidden: Option<&'static str>,
    /// The only tools that it is given.
    selected: Option<&'static str>,
    /// Whether an empty selection is none.
    empty_is_all: bool,
}

fn lists(client: Client) -> ToolLists {
    let hides = |key| ToolLists { hidden: Some(key), ..ToolLists::default() };
    match client {
        Client::Gemini => ToolLists { selected: Some("includeTools"), ..hides("excludeTools") },
        Client::Codex => ToolLists { selected: Some("enabled_tools"), ..hides("disabled_tools") },
        Client::Goose => ToolLists {
            selected: Some("available_tools"),
            empty_is_all: true,
            ..ToolLists::default()
        },
        Client::Windsurf
        | Client::Roo
        | Client::Kilo
        | Client::AmazonQ
        | Client::Kiro
        | Client::Antigravity => hides("disabledTools"),
        _ => ToolLists::default(),
    }
}

/// The keys that switch a server off, each with the value that does.
pub(super) fn off_keys(client: Client) -> &'static [(&'static str, bool)] {
    match client {
        Client::Codex
        | Client::OpenCode
        | Client::Goose
        | Client::Zed
        | Client::Holmes
        | Client::ToolHive => &[("enabled", false)],
        Client::Windsurf
        | Client::Cline
        | Client::Roo
        | Client::AmazonQ
        | Client::Kiro
        | Client::Antigravity => &[("disabled", true)],
        Client::Kilo => &[("disabled", true), ("enabled", false)],
        // Some have lists of servers to leave out instead, some a switch in their user
        // interface; what an entry says of itself they pass over.
        _ => &[],
    }
}

/// Reads the lists of an entry; what hides nothing as it is written is handed back.
pub(super) fn read(
    client: Client,
    entry: &Node,
    file: &Arc<str>,
    server: &mut Server,
) -> Vec<Problem> {
    let lists = lists(client);
    let mut problems = Vec::new();
    if let Some(key) = lists.hidden {
        // They take names alone: a pattern is the name of no tool, and `tool(arguments)`
        // hides no tool as a whole.
        let whole = |(name, _): &(String, Location)| !name.contains(['(', '*']);
        let (hidden, dead): (Vec<_>, Vec<_>) = names(entry, key, file).into_iter().partition(whole);
        server.hidden.extend(hidden);
        problems.extend(dead.into_iter().map(|(_, location)| Problem {
            kind: ProblemKind::DeadRule,
            subject: key.to_owned(),
            reason: "it hides tools by their whole names; a pattern hides none".to_owned(),
            location,
        }));
    }
    if let Some(key) = lists.selected
        && entry.get(key).is_some()
    {
        let bare = |(name, place): (String, Location)| {
            (name.split('(').next().unwrap_or_default().trim().to_owned(), place)
        };
        let selected: Vec<_> = names(entry, key, file).into_iter().map(bare).collect();
        if !(selected.is_empty() && lists.empty_is_all) {
            server.selected = Some(selected);
        }
    }
    // Of a list that any client may read, nobody can say what is passed over.
    if client == Client::Unknown {
        return problems;
    }
    let off = |(key, value): &(&'static str, bool)| {
        let node = entry.get(key).filter(|node| node.as_bool() == Some(*value))?;
        Some((*key, node.location(file)))
    };
    let reads = |key: &str| off_keys(client).iter().any(|(own, _)| *own == key);
    let idle = [("disabled", true), ("enabled", false)];
    let idle = idle.iter().filter(|(key, _)| !reads(key)).filter_map(off);
    problems.extend(idle.map(|(key, location)| Problem {
        kind: ProblemKind::IgnoredValue,
        subject: key.to_owned(),
        reason: "the client reads no such key of a server, and uses the server".to_owned(),
        location,
    }));
    problems
}

fn names(entry: &Node, key: &'static str, file: &Arc<str>) -> Vec<(String, Location)> {
    all(entry, key)
        .flat_map(|list| list.as_sequence().unwrap_or_default())
        .filter_map(|item| Some((redact::name(item.as_str()?), item.location(file))))
        .collect()
}
