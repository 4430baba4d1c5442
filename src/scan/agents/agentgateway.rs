//! agentgateway: the tool servers behind it, and the rules by which it hands their tools on.
//!
//! Where a route has rules, a tool that none of them allows is refused. A rule is an
//! expression over the call; only one that names its tool outright, whatever else it asks
//! for, is taken as a list's entry. Rules that say anything else leave every tool open.

mod limits;

use super::{Format, Reading, entries::Entries, path, reader::Reader, redact};
use crate::{
    model::{agent_config::Client, location::Location},
    source::{
        Document,
        node::{Key, Mapping, Node, Value},
    },
};

pub(super) struct AgentGateway;

impl Format for AgentGateway {
    fn id(&self) -> &'static str {
        "agentgateway"
    }

    fn title(&self) -> &'static str {
        "agentgateway configuration"
    }

    fn version(&self) -> &'static str {
        "2026-08"
    }

    fn recognise(&self, document: &Document) -> bool {
        routes(&document.root).any(|route| targets(route).next().is_some())
    }

    fn read(&self, document: &Document, path: &str) -> Reading {
        let scope = path::home_or_project(path);
        // Who calls it is in none of its settings.
        let mut reader = Reader::new(self, Client::Unknown, scope, document);
        for route in routes(&document.root) {
            let allowed = allowed(route, document);
            for target in targets(route) {
                let name = redact::name(target.str_at("name").unwrap_or("unnamed"));
                let location = target.location(&document.file);
                let entry = entry(target);
                let (config, gaps) = (&mut reader.config, &mut reader.gaps);
                let mut server = Entries { document, config, gaps }.entry(name, &entry, location);
                server.selected.clone_from(&allowed);
                reader.config.servers.push(server);
            }
        }
        reader.config.gateways = limits::of(document);
        reader.finish()
    }
}

fn routes(root: &Node) -> impl Iterator<Item = &Node> {
    let listeners = root.items_at("binds").iter().flat_map(|bind| bind.items_at("listeners"));
    listeners.flat_map(|listener| listener.items_at("routes"))
}

fn targets(route: &Node) -> impl Iterator<Item = &Node> {
    let backends = route.items_at("backends").iter().filter_map(|backend| backend.get("mcp"));
    backends.flat_map(|mcp| mcp.items_at("targets"))
}

/// A target as other clients write a server: `cmd`, or a `url`.
fn entry(target: &Node) -> Node {
    if let Some(program) = target.get("stdio") {
        return program.clone();
    }
    let Some(remote) = ["mcp", "sse"].iter().find_map(|key| target.get(key)) else {
        return target.clone();
    };
    let Some(host) = remote.get("host") else { return remote.clone() };
    let part = |key| remote.get(key).and_then(Node::text);
    let text = host.text().unwrap_or_default();
    let url = if text.contains("://") {
        text.into_owned()
    } else {
        let port = part("port").map(|port| format!(":{port}")).unwrap_or_default();
        format!("http://{text}{port}{}", part("path").unwrap_or_default())
    };
    let key = Key { name: "url".to_owned(), place: host.place };
    let entries = vec![(key, Node::new(host.place, Value::String(url)))];
    Node::new(remote.place, Value::Mapping(Mapping { entries }))
}

/// The tools that the rules of a route name; none where they may allow any.
fn allowed(route: &Node, document: &Document) -> Option<Vec<(String, Location)>> {
    let rules = route.at(&["policies", "mcpAuthorization", "rules"])?.as_sequence()?;
    let mut allowed = Vec::new();
    for rule in rules {
        // What is required or denied besides only narrows it further.
        if rule.get("deny").is_some() || rule.get("require").is_some() {
            continue;
        }
        let text = rule.as_str().or_else(|| rule.str_at("allow"))?;
        allowed.push((redact::opened(tool_of(text)?), rule.location(&document.file)));
    }
    // Without a rule that allows, what passes is decided otherwise.
    (!allowed.is_empty()).then_some(allowed)
}

/// The tool that an expression names: one term of a conjunction. What is written in any
/// way that would take a reader of CEL (a comment, an escape, text over lines) names none.
fn tool_of(expression: &str) -> Option<&str> {
    const BEYOND: [&str; 5] = ["||", "//", "\\", "\"\"\"", "'''"];
    if BEYOND.iter().any(|mark| expression.contains(mark))
        || expression.contains(['!', '?', '(', ')'])
    {
        return None;
    }
    terms(expression)?.into_iter().find_map(|term| {
        let (left, right) = term.split_once("==")?;
        let quoted = right.trim();
        let bare = quoted
            .strip_prefix('"')
            .and_then(|rest| rest.strip_suffix('"'))
            .or_else(|| quoted.strip_prefix('\'')?.strip_suffix('\''))?;
        let plain = !bare.is_empty() && !bare.contains(['"', '\'', '*']);
        (left.trim() == "mcp.tool.name" && plain).then_some(bare)
    })
}

/// What stands between the `&&` that are in no text, list or map; none where something of
/// these is not closed.
fn terms(expression: &str) -> Option<Vec<&str>> {
    let (mut quote, mut depth, mut start) = (None, 0_usize, 0);
    let mut found = Vec::new();
    for (at, letter) in expression.char_indices() {
        match (quote, letter) {
            (Some(open), _) if open == letter => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(letter),
            (None, '[' | '{') => depth += 1,
            (None, ']' | '}') => depth = depth.checked_sub(1)?,
            (None, '&') if depth == 0 && at >= start => {
                let after = expression.get(at..)?.strip_prefix("&&")?;
                found.push(expression.get(start..at)?);
                start = expression.len() - after.len();
            }
            (None, _) => {}
        }
    }
    found.push(expression.get(start..)?);
    (quote.is_none() && depth == 0).then_some(found)
}
