//! The TOML file of kubernetes-mcp-server, and the launches that name it.
//!
//! A key of the file does what the flag of the same name does, so the file is read as a
//! launch of the server with these flags, and a launch with `--config` that names a file
//! in evidence is given them.

use super::{
    Format, Reading,
    command::{self, Word},
    entries::note_duplicates,
    path,
    secrets::{self, KeyNames},
};
use crate::{
    model::{
        agent_config::{
            AgentConfig, Argument, Client, Pin, Problem, ProblemKind, Program, Server, ServerState,
            Transport, is_path_of,
        },
        location::Location,
    },
    source::{Document, Syntax, node::Node},
};

pub(super) struct KubernetesMcp;

const ID: &str = "kubernetes-mcp-server";

/// Keys that no other file of TOML has at its root.
const OWN_KEYS: [&str; 9] = [
    "read_only",
    "disable_destructive",
    "enabled_tools",
    "disabled_tools",
    "denied_resources",
    "confirmation_rules",
    "confirmation_fallback",
    "toolset_configs",
    "cluster_provider_strategy",
];

impl Format for KubernetesMcp {
    fn id(&self) -> &'static str {
        ID
    }

    fn title(&self) -> &'static str {
        "kubernetes-mcp-server settings"
    }

    fn version(&self) -> &'static str {
        "0.0.67"
    }

    fn recognise(&self, document: &Document) -> bool {
        let root = &document.root;
        let oauth = root.get("require_oauth").is_some() && root.get("sts_audience").is_some();
        document.syntax == Syntax::Toml
            && (oauth || OWN_KEYS.iter().any(|key| root.get(key).is_some()))
    }

    fn read(&self, document: &Document, path: &str) -> Reading {
        let file = Location::file(document.file.clone());
        let scope = path::home_or_project(path);
        let mut config = AgentConfig::new(self.id(), Client::Unknown, scope, file.clone());
        note_duplicates(document, &mut config);
        let mut words = Vec::new();
        for key in
            ["read_only", "disable_destructive", "toolsets", "enabled_tools", "disabled_tools"]
        {
            words.extend(document.root.get(key).and_then(|node| flag(key, node, document)));
        }
        confirmations(document, &mut words, &mut config);
        let program = Program::Binary(ID.to_owned());
        config.servers.push(Server {
            name: ID.to_owned(),
            location: file,
            state: ServerState::Enabled,
            transport: Transport::Stdio(command::direct(program, Pin::Installed, &words)),
            env: Vec::new(),
            env_elsewhere: false,
            auto_approved: Vec::new(),
            hidden: Vec::new(),
            selected: None,
            sandboxed: None,
        });
        config.secrets = secrets::sweep(document, KeyNames::Everywhere);
        Reading::new(config, Vec::new())
    }
}

/// A key as the flag of its name.
fn flag(key: &str, node: &Node, document: &Document) -> Option<Word> {
    let value = match node.as_sequence() {
        Some(items) => {
            let names: Vec<&str> = items.iter().filter_map(Node::as_str).collect();
            // An empty list selects nothing and hides nothing.
            (!names.is_empty()).then(|| names.join(","))?
        }
        None => node.text()?.into_owned(),
    };
    Some(Word {
        text: format!("--{}={value}", key.replace('_', "-")),
        location: node.location(&document.file),
    })
}

/// Rules about tools, each under what happens where nobody can be asked. Rules about
/// requests to the cluster say nothing of a whole tool.
fn confirmations(document: &Document, words: &mut Vec<Word>, config: &mut AgentConfig) {
    let root = &document.root;
    let general = root.str_at("confirmation_fallback").unwrap_or("allow");
    for rule in root.items_at("confirmation_rules") {
        let location = rule.location(&document.file);
        let fallback = rule.str_at("fallback").unwrap_or(general);
        let closed = fallback == "deny";
        let suffix = if closed { "closed" } else { "open" };
        let of_requests = ["verb", "kind", "group", "version"];
        let of_tools = rule.str_at("tool").is_some() || rule.get("destructive").is_some();
        if of_tools && of_requests.iter().any(|key| rule.get(key).is_some()) {
            let problem = |reason: &str| Problem {
                kind: ProblemKind::DeadRule,
                subject: "confirmation_rules".to_owned(),
                reason: reason.to_owned(),
                location: location.clone(),
            };
            config.problems.push(problem(
                "it mixes keys of tools with keys of requests, which the server refuses; write \
                 two rules",
            ));
            continue;
        }
        // One that looks at the input asks for some calls of the tool only.
        if rule.get("input").is_some() {
            continue;
        }
        let text = match (rule.str_at("tool"), rule.get("destructive").and_then(Node::as_bool)) {
            (Some(tool), _) => format!("--confirm-tools-{suffix}={tool}"),
            (None, Some(true)) => format!("--confirm-destructive-{suffix}"),
            (None, _) => continue,
        };
        words.push(Word { text, location });
    }
}

/// Gives each launch that names a settings file in evidence what stands in it; the file
/// is then no server of its own. Drop-in files beside it may say otherwise, and leave
/// both as they are.
pub(super) fn join(configs: &mut Vec<AgentConfig>) {
    let files: Vec<(String, Vec<Argument>)> = configs
        .iter()
        .filter(|config| config.format == ID)
        .filter_map(|config| {
            let Transport::Stdio(launch) = &config.servers.first()?.transport else { return None };
            Some((config.location.path.to_string(), launch.arguments.clone()))
        })
        .collect();
    let has_drop_ins = |path: &str| {
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let beside =
            if folder.is_empty() { "conf.d/".to_owned() } else { format!("{folder}/conf.d/") };
        files.iter().any(|(other, _)| other.starts_with(&beside))
    };
    let mut joined = Vec::new();
    for config in configs.iter_mut().filter(|config| config.format != ID) {
        let from = &config.location.path;
        for server in &mut config.servers {
            let Transport::Stdio(launch) = &mut server.transport else { continue };
            let Some((at, length, named)) = named_file(&launch.arguments) else { continue };
            let mut matching = files.iter().filter(|(path, _)| is_path_of(&named, from, path));
            let (Some((path, settings)), None) = (matching.next(), matching.next()) else {
                continue;
            };
            if has_drop_ins(path) {
                continue;
            }
            launch.arguments.drain(at..at + length);
            launch.arguments.extend(settings.iter().cloned());
            joined.push((path.clone(), config.location.clone()));
        }
    }
    // What stands in the file besides, its secrets first of all, goes where it is used.
    for (path, user) in joined {
        let Some(at) =
            configs.iter().position(|config| config.format == ID && *config.location.path == *path)
        else {
            continue;
        };
        let file = configs.remove(at);
        if let Some(config) = configs.iter_mut().find(|config| config.location == user) {
            config.secrets.extend(file.secrets);
            config.problems.extend(file.problems);
        }
    }
}

/// Where `--config` stands among arguments, how many words it takes, and its file; none
/// where a folder of drop-ins is named too.
fn named_file(arguments: &[Argument]) -> Option<(usize, usize, String)> {
    let flag = |argument: &Argument, wanted: &str| match argument {
        Argument::Flag { name, .. } => name == wanted,
        Argument::Word(_) | Argument::Url(_) => false,
    };
    if arguments.iter().any(|argument| flag(argument, "--config-dir")) {
        return None;
    }
    let mut found = arguments.iter().enumerate().filter(|(_, argument)| flag(argument, "--config"));
    let ((at, argument), None) = (found.next()?, found.next()) else { return None };
    let Argument::Flag { value, .. } = argument else { return None };
    match (value, arguments.get(at + 1)) {
        (Some(value), _) => Some((at, 1, value.plain()?.to_owned())),
        (None, Some(Argument::Word(value))) => Some((at, 2, value.plain()?.to_owned())),
        (None, _) => None,
    }
}
