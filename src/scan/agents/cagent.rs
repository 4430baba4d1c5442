//! Docker's cagent: teams of agents in one YAML file, with permissions for all of them.
//!
//! What `deny` names never runs, what `allow` names runs, and everything else is asked
//! for; so `ask` only says the default again, and loses against `allow`.

use std::{collections::BTreeMap, sync::Arc};

use super::{
    Format, Reading, command,
    entries::{Entries, all, note_duplicates},
    errand, path, redact,
    resource::{named, names},
    secrets::{self, KeyNames},
};
use crate::{
    model::{
        agent_config::{
            AgentConfig, Approval, Client, Decision, Hook, PermissionRule, Pin, Program,
            RuleTarget, ToolReference, ToolSource, Transport,
        },
        coverage::Gap,
        location::Location,
    },
    source::{Document, node::Node},
};

pub(super) struct Cagent;

/// The tools of each kind of toolset, as permissions name them. A kind that is not
/// here is a tool that nobody judged.
const TOOLSETS: [(&str, &[&str]); 8] = [
    ("shell", &["shell", "run_background_job"]),
    (
        "filesystem",
        &[
            "write_file",
            "edit_file",
            "create_directory",
            "remove_directory",
            "read_file",
            "read_multiple_files",
            "list_directory",
            "directory_tree",
            "search_files_content",
        ],
    ),
    ("fetch", &["fetch"]),
    ("think", &[]),
    ("todo", &[]),
    ("memory", &[]),
    ("user_prompt", &[]),
    ("rag", &[]),
];

impl Format for Cagent {
    fn id(&self) -> &'static str {
        "cagent"
    }

    fn title(&self) -> &'static str {
        "Docker cagent teams"
    }

    fn version(&self) -> &'static str {
        "configuration 0 to 6"
    }

    fn recognise(&self, document: &Document) -> bool {
        let root = &document.root;
        let is_agent = |entry: &Node| {
            entry.get("model").is_some()
                && (entry.get("instruction").is_some() || entry.get("toolsets").is_some())
        };
        root.get("apiVersion").is_none()
            && root
                .get("agents")
                .is_some_and(|agents| agents.entries().iter().any(|(_, entry)| is_agent(entry)))
    }

    fn read(&self, document: &Document, path: &str) -> Reading {
        let root = &document.root;
        let file = &document.file;
        let location = Location::file(file.clone());
        let scope = path::home_or_project(path);
        let mut config = AgentConfig::new(self.id(), Client::Cagent, scope, location);
        let mut gaps = Vec::new();
        note_duplicates(document, &mut config);
        let mut identity = named("cagent", "team");
        for (_, agent) in all(root, "agents").flat_map(Node::entries) {
            for toolset in agent.items_at("toolsets") {
                read_toolset(document, toolset, &mut config, &mut gaps);
            }
            if agent.get("skills").is_some_and(|node| node.as_bool() != Some(false)) {
                identity.opaque = Some("its skills bring tools of their own");
            }
            for hooks in all(agent, "hooks") {
                read_hooks(hooks, file, &mut config);
            }
        }
        config.identity = Some(identity);
        for permissions in all(root, "permissions") {
            read_permissions(permissions, file, &mut config);
        }
        let agents: Vec<&Node> =
            all(root, "agents").flat_map(Node::entries).map(|(_, agent)| agent).collect();
        for permissions in agents.iter().flat_map(|agent| all(agent, "permissions")) {
            let before = config.rules.len();
            read_permissions(permissions, file, &mut config);
            // What one of several is refused, the others still have.
            if agents.len() > 1 {
                let own = config.rules.split_off(before);
                let opens = |rule: &PermissionRule| rule.decision < Decision::Ask;
                config.rules.extend(own.into_iter().filter(opens));
            }
        }
        config.secrets = secrets::sweep(document, KeyNames::Environments);
        Reading::new(config, gaps)
    }
}

fn read_toolset(
    document: &Document,
    toolset: &Node,
    config: &mut AgentConfig,
    gaps: &mut Vec<Gap>,
) {
    let kind = toolset.str_at("type").unwrap_or_default();
    let location = toolset.location(&document.file);
    if kind == "mcp" {
        return server(document, toolset, location, config, gaps);
    }
    let chosen: Vec<&str> = toolset.items_at("tools").iter().filter_map(Node::as_str).collect();
    let known = TOOLSETS.iter().find(|(name, _)| *name == kind);
    let tools = match known {
        Some((_, tools)) => tools.iter().map(|tool| (*tool).to_owned()).collect(),
        None => vec![redact::name(kind)],
    };
    for tool in tools {
        if known.is_some() && !chosen.is_empty() && !chosen.contains(&tool.as_str()) {
            continue;
        }
        config.tools.push(ToolReference {
            source: ToolSource::BuiltIn(tool),
            tool: None,
            approval: Approval::Undecided { reason: "its permissions decide".to_owned() },
            location: location.clone(),
        });
    }
}

/// A server: started, called, from Docker's catalogue, or defined once under `mcps`.
fn server(
    document: &Document,
    toolset: &Node,
    location: Location,
    config: &mut AgentConfig,
    gaps: &mut Vec<Gap>,
) {
    let file = &document.file;
    let reference = toolset.str_at("ref").unwrap_or_default();
    let shared = document.root.at(&["mcps", reference]).filter(|_| !reference.is_empty());
    let definition = shared.unwrap_or(toolset);
    let name = toolset.str_at("name").or(definition.str_at("name")).or(toolset.str_at("ref"));
    let name = name.or(definition.str_at("command")).unwrap_or("mcp");
    let name = redact::name(name.strip_prefix("docker:").unwrap_or(name));
    let image = definition.str_at("ref").and_then(|image| image.strip_prefix("docker:"));
    let entry = definition.get("remote").unwrap_or(definition);
    let mut server = match image {
        Some(image) => {
            let mut unread = Vec::new();
            let mut entries = Entries { document, config, gaps: &mut unread };
            let mut server = entries.entry(name, definition, location);
            let program = Program::Image(format!("mcp/{}", redact::name(image)));
            // Which version that is, Docker's catalogue says at each start.
            server.transport = Transport::Stdio(command::direct(program, Pin::Absent, &[]));
            server
        }
        None => Entries { document, config, gaps }.entry(name, entry, location),
    };
    let chosen = toolset.get("tools").or_else(|| definition.get("tools"));
    if let Some(list) = chosen.and_then(Node::as_sequence).filter(|list| !list.is_empty()) {
        server.selected = Some(names(list, file));
    }
    config.servers.push(server);
}

fn read_permissions(permissions: &Node, file: &Arc<str>, config: &mut AgentConfig) {
    let mut lists = BTreeMap::new();
    for (key, decision) in
        [("allow", Decision::Allow), ("ask", Decision::Ask), ("deny", Decision::Deny)]
    {
        lists.insert(decision, permissions.items_at(key));
    }
    let allows = lists.get(&Decision::Allow).is_some_and(|list| !list.is_empty());
    for (decision, list) in lists {
        if decision == Decision::Ask && allows {
            continue;
        }
        for item in list {
            let Some(text) = item.as_str() else { continue };
            let location = item.location(file);
            let servers = config.servers.iter().map(|server| server.name.clone());
            let targets: Vec<RuleTarget> = targets(text.trim(), servers);
            config.rules.extend(
                targets
                    .into_iter()
                    .map(|target| PermissionRule::new(decision, target, location.clone())),
            );
        }
    }
}

/// What a pattern speaks of: `shell:cmd=ls *`, `write_*`, `mcp:github:get_*`, and
/// `github_get_*`, as tools of a server with a name are called.
fn targets(text: &str, servers: impl Iterator<Item = String>) -> Vec<RuleTarget> {
    if let Some(rest) = text.strip_prefix("mcp:") {
        let (server, tool) = match rest.split_once(':') {
            Some((server, tool)) => (server, Some(redact::name(tool))),
            None => (rest, None),
        };
        return vec![RuleTarget::Mcp { server: redact::name(server), tool }];
    }
    let (tool, specifier) = match text.split_once(':') {
        Some((tool, argument)) => {
            let (_, value) = argument.split_once('=').unwrap_or(("", argument));
            (tool, Some(redact::words(value)))
        }
        None => (text, None),
    };
    let mut targets = vec![RuleTarget::BuiltIn { tool: redact::name(tool), specifier }];
    for server in servers {
        let rest = tool.strip_prefix("*_").or_else(|| tool.strip_prefix(&format!("{server}_")));
        if let Some(rest) = rest {
            targets.push(RuleTarget::Mcp { server, tool: Some(redact::name(rest)) });
        }
    }
    targets
}

fn read_hooks(hooks: &Node, file: &Arc<str>, config: &mut AgentConfig) {
    for (event, list) in hooks.entries() {
        for matcher in list.as_sequence().unwrap_or_default() {
            let of = matcher.str_at("matcher").and_then(errand::matcher);
            let direct = matcher.get("command").map(|_| std::slice::from_ref(matcher));
            for hook in direct.unwrap_or_else(|| matcher.items_at("hooks")) {
                config.hooks.push(Hook {
                    event: redact::name(&event.name),
                    matcher: of.clone(),
                    kind: redact::name(hook.str_at("type").unwrap_or("command")),
                    // Nothing says that a call stops where its hook fails.
                    fails_closed: false,
                    waits: true,
                    errand: errand::of(hook, hooks),
                    location: hook.location(file),
                });
            }
        }
    }
}
