//! Lists of an entry that pick among a server's tools, and the key that switches it off.
//!
//! A key counts only for the client that reads it: what hides a tool in one does
//! nothing in another.

use std::sync::Arc;

use super::{all, redact};
use crate::{
    model::{
        agent_config::{Client, Server},
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
        Client::Windsurf | Client::Roo | Client::Kilo | Client::AmazonQ | Client::Kiro => {
            hides("disabledTools")
        }
        _ => ToolLists::default(),
    }
}

/// The keys that switch a server off, each with the value that does.
pub(super) fn off_keys(client: Client) -> &'static [(&'static str, bool)] {
    match client {
        // It has lists of servers to use and to leave out instead.
        Client::Gemini => &[],
        Client::Codex | Client::OpenCode | Client::Goose | Client::Zed => &[("enabled", false)],
        Client::Windsurf | Client::Cline | Client::Roo | Client::AmazonQ | Client::Kiro => {
            &[("disabled", true)]
        }
        _ => &[("disabled", true), ("enabled", false)],
    }
}

/// Reads the lists of an entry.
pub(super) fn read(client: Client, entry: &Node, file: &Arc<str>, server: &mut Server) {
    let lists = lists(client);
    if let Some(key) = lists.hidden {
        // `tool(arguments)` hides no tool as a whole.
        let whole = |(name, _): &(String, Location)| !name.contains('(');
        server.hidden.extend(names(entry, key, file).into_iter().filter(whole));
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
}

fn names(entry: &Node, key: &'static str, file: &Arc<str>) -> Vec<(String, Location)> {
    all(entry, key)
        .flat_map(|list| list.as_sequence().unwrap_or_default())
        .filter_map(|item| Some((redact::name(item.as_str()?), item.location(file))))
        .collect()
}
