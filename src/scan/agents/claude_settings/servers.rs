//! What settings say of servers: which are trusted, allowed, refused, and those that an
//! administrator hands out.

use super::items;
use crate::{
    model::{
        agent_config::{AgentConfig, Problem, ProblemKind, Scope, ServerMatch, Switch, SwitchKind},
        coverage::Gap,
        location::Location,
    },
    scan::agents::{
        entries::{Entries, all},
        redact,
    },
    source::{
        Document,
        node::{Node, Value},
    },
};

pub(super) fn read(document: &Document, config: &mut AgentConfig, gaps: &mut Vec<Gap>) {
    project_lists(&document.root, document, config);
    entries_of_lists(document, config, gaps);
    // The file is no place for `mcpServers`; they are read all the same, because what
    // they hold is there, and older versions took them.
    for key in ["mcpServers", "managedMcpServers"] {
        for node in all(&document.root, key) {
            if let Value::Mapping(servers) = &node.value {
                Entries { document, config, gaps }.read(servers);
            }
        }
    }
}

/// Servers of the repository, by name.
fn project_lists(root: &Node, document: &Document, config: &mut AgentConfig) {
    type Named = fn(String) -> SwitchKind;
    let lists: [(&str, Named); 2] = [
        ("enabledMcpjsonServers", SwitchKind::TrustServer),
        ("disabledMcpjsonServers", SwitchKind::RefuseServer),
    ];
    for (key, kind) in lists {
        for item in items(root, key) {
            if let Some(name) = item.as_str() {
                let kind = kind(redact::name(name));
                config.switches.push(Switch { kind, location: item.location(&document.file) });
            }
        }
    }
}

/// `allowedMcpServers` and `deniedMcpServers`.
fn entries_of_lists(document: &Document, config: &mut AgentConfig, gaps: &mut Vec<Gap>) {
    let root = &document.root;
    let file = &document.file;
    for list in all(root, "allowedMcpServers").filter(|list| list.as_sequence().is_some()) {
        let kind = SwitchKind::OnlyAllowedServers;
        config.switches.push(Switch { kind, location: list.location(file) });
    }
    if config.scope == Scope::Managed {
        let key = "allowManagedMcpServersOnly";
        super::switch_where_true(root, key, SwitchKind::ManagedAllowedServersOnly, file, config);
    }
    for (key, kind) in [
        ("allowedMcpServers", SwitchKind::AllowMatching as fn(ServerMatch) -> SwitchKind),
        ("deniedMcpServers", SwitchKind::RefuseMatching),
    ] {
        for item in items(root, key) {
            let location = item.location(file);
            let fits = one_match(item, document, config, gaps);
            if fits == ServerMatch::Unreadable {
                note_unreadable(key, location.clone(), config);
            }
            config.switches.push(Switch { kind: kind(fits), location });
        }
    }
}

fn one_match(
    item: &Node,
    document: &Document,
    config: &mut AgentConfig,
    gaps: &mut Vec<Gap>,
) -> ServerMatch {
    if let Some(name) = item.str_at("serverName") {
        return ServerMatch::Name(redact::name(name));
    }
    if let Some(command) = item.get("serverCommand") {
        let launch = Entries { document, config, gaps }.launch(command);
        return ServerMatch::Command(launch);
    }
    match item.str_at("serverUrl").and_then(redact::url) {
        Some(url) => ServerMatch::Url(url.to_string()),
        None => ServerMatch::Unreadable,
    }
}

fn note_unreadable(key: &str, location: Location, config: &mut AgentConfig) {
    config.problems.push(Problem {
        kind: ProblemKind::IgnoredValue,
        subject: key.to_owned(),
        reason: "an entry names serverName, serverCommand or serverUrl; this one fits no server"
            .to_owned(),
        location,
    });
}
