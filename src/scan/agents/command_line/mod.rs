//! Command lines that start an agent with its gates switched off: in pipelines,
//! Dockerfiles, scripts, and containers of Kubernetes and Compose.
//!
//! A flag holds for the runs that it starts and for no other, so only what it opens is
//! taken: a stricter mode on one command line restrains nobody else.

mod flags;
mod inline;
mod rules;
pub(super) mod words;

use super::{
    Format, Reading, holmes,
    resource::{identity, object},
};
use crate::{
    model::{
        agent_config::{
            AgentConfig, Client, ModeSetting, PermissionMode, Scope, Switch, SwitchKind,
        },
        kubernetes::objects::Workload,
        location::Location,
    },
    source::{Document, Syntax, node::Node},
};
use flags::{Opens, Run};

pub(super) struct CommandLines;

impl Format for CommandLines {
    fn id(&self) -> &'static str {
        "agent-command-lines"
    }

    fn title(&self) -> &'static str {
        "Agents started by pipelines, Dockerfiles, scripts and containers"
    }

    fn version(&self) -> &'static str {
        "2026-09"
    }

    fn recognise(&self, document: &Document) -> bool {
        runs_commands(document) && !configs(self.id(), document).is_empty()
    }

    fn read(&self, document: &Document, _path: &str) -> Reading {
        let mut configs = configs(self.id(), document).into_iter();
        let first = configs.next().unwrap_or_else(|| {
            let file = Location::file(document.file.clone());
            AgentConfig::new(self.id(), Client::Unknown, Scope::CommandLine, file)
        });
        let mut reading = Reading::new(first, Vec::new());
        configs.for_each(|config| reading.add(config));
        reading
    }
}

/// The agents that a document starts with something open, each once.
fn configs(format: &'static str, document: &Document) -> Vec<AgentConfig> {
    let mut configs: Vec<AgentConfig> = Vec::new();
    for (client, opens, location) in opened(document) {
        let at = configs.iter().position(|config| config.client == client);
        let at = at.unwrap_or_else(|| {
            configs.push(started(format, client, document));
            configs.len() - 1
        });
        if let Some(config) = configs.get_mut(at) {
            open(document, config, opens, location);
        }
    }
    configs.retain(|config| config.settings() > 0 || !config.elsewhere.is_empty());
    configs
}

/// An agent that a document starts. What a workload of a cluster starts belongs to it.
fn started(format: &'static str, client: Client, document: &Document) -> AgentConfig {
    let file = Location::file(document.file.clone());
    let mut config = AgentConfig::new(format, client, Scope::CommandLine, file);
    let workload = is_workload(&document.root).then(|| identity(&document.root));
    if let Some(workload) = &workload {
        config.location = document.root.location(&document.file).with_object(object(workload));
    }
    if client == Client::Holmes {
        let mut own = holmes::identity();
        if let Some(workload) = workload {
            config.scope = Scope::Cluster;
            own.namespace = workload.namespace;
        }
        config.identity = Some(own);
    }
    config
}

/// Whether a document is a workload of a cluster.
fn is_workload(root: &Node) -> bool {
    let kinds = Workload::BUILT_IN;
    root.get("apiVersion").is_some()
        && root.get("spec").is_some()
        && root.str_at("kind").is_some_and(|kind| kinds.contains(&kind))
}

fn containers(root: &Node) -> impl Iterator<Item = &Node> {
    const SPECS: [&[&str]; 3] = [
        &["spec"],
        &["spec", "template", "spec"],
        &["spec", "jobTemplate", "spec", "template", "spec"],
    ];
    let specs = SPECS.iter().filter_map(|path| root.at(path));
    specs.flat_map(|spec| {
        ["initContainers", "containers"].into_iter().flat_map(|key| spec.items_at(key))
    })
}

/// Whether a document is one that runs commands: a script, a Dockerfile, a pipeline, or
/// containers.
fn runs_commands(document: &Document) -> bool {
    if document.syntax == Syntax::Shell || is_workload(&document.root) {
        return true;
    }
    let root = &document.root;
    let is_service = |node: &Node| node.get("image").is_some() || node.get("build").is_some();
    if root.get("services").is_some_and(|node| node.entries().iter().any(|(_, it)| is_service(it)))
    {
        return true;
    }
    let is_job = |node: &Node| {
        ["steps", "script", "before_script", "run"].iter().any(|key| node.get(key).is_some())
    };
    let below = |key: &str| {
        root.get(key).is_some_and(|node| {
            node.entries().iter().any(|(_, job)| is_job(job))
                || node.as_sequence().is_some_and(|jobs| jobs.iter().any(is_job))
        })
    };
    // GitHub, CircleCI, Azure; a composite action; GitLab, whose jobs stand at the root.
    below("jobs")
        || below("stages")
        || root.get("steps").is_some_and(|steps| steps.as_sequence().is_some())
        || root.get("runs").is_some_and(|runs| runs.get("steps").is_some())
        // Scripts of a package.
        || root.get("scripts").is_some_and(|scripts| scripts.as_mapping().is_some())
        || root.entries().iter().any(|(_, job)| job.get("script").is_some())
}

/// What every command line of a document opens, and where.
fn opened(document: &Document) -> Vec<(Client, Opens, Location)> {
    let mut found = Vec::new();
    // Of a workload, annotations and states hold all kinds of text.
    let mut queue: Vec<(&Node, Option<&str>)> = if is_workload(&document.root) {
        containers(&document.root).map(|container| (container, None)).collect()
    } else {
        vec![(&document.root, None)]
    };
    while let Some((node, key)) = queue.pop() {
        if let Some(text) = node.text() {
            let text = text.as_ref();
            let location = node.location(&document.file);
            let of_text = match key {
                // Arguments that GitHub's action passes on.
                Some("claude_args") => flags::of_client(Client::ClaudeCode, &words::split(text)),
                Some("codex-args") => flags::of_client(Client::Codex, &words::split(text)),
                Some(name) if !flags::of_variable(name, Some(text)).is_empty() => {
                    flags::of_variable(name, Some(text))
                }
                _ => words::commands(text).iter().flat_map(|words| flags::of(words)).collect(),
            };
            found.extend(
                of_text.into_iter().map(|Run { client, opens }| (client, opens, location.clone())),
            );
        }
        let by_step = of_action(node).into_iter().chain(of_container(node));
        found.extend(by_step.map(|(run, at)| {
            let Run { client, opens } = run;
            (client, opens, at.location(&document.file))
        }));
        queue.extend(node.entries().iter().map(|(key, value)| (value, Some(key.name.as_str()))));
        queue.extend(node.as_sequence().unwrap_or_default().iter().map(|item| (item, None)));
    }
    found.sort_by(|one, other| one.2.cmp(&other.2));
    found
}

/// What the inputs of an action open that starts an agent, each as the flag that it becomes.
fn of_action(step: &Node) -> Vec<(Run, &Node)> {
    const INPUTS: [(&str, &str, Client, &str); 5] = [
        ("anthropics/claude-code", "allowed_tools", Client::ClaudeCode, "--allowedTools"),
        ("anthropics/claude-code", "settings", Client::ClaudeCode, "--settings"),
        ("anthropics/claude-code", "mcp_config", Client::ClaudeCode, "--mcp-config"),
        ("openai/codex-action", "sandbox", Client::Codex, "--sandbox"),
        ("openai/codex-action", "safety-strategy", Client::Codex, "--safety-strategy"),
    ];
    let uses = step.str_at("uses").unwrap_or_default();
    let inputs = INPUTS.iter().filter(|(action, ..)| uses.starts_with(action));
    let given = inputs.filter_map(|(_, input, client, flag)| {
        let node = step.get("with")?.get(input)?;
        let words = [(*flag).to_owned(), node.as_str()?.to_owned()];
        Some(flags::of_client(*client, &words).into_iter().map(move |run| (run, node)))
    });
    given.flatten().collect()
}

/// What the words that a container is given open, and the variables that it is given one
/// by one.
fn of_container(node: &Node) -> Vec<(Run, &Node)> {
    let mut found: Vec<(Run, &Node)> = Vec::new();
    let variable = node.str_at("name").filter(|_| node.entries().len() == 2);
    if let Some(name) = variable
        && (node.get("value").is_some() || node.get("valueFrom").is_some())
    {
        let value = node.get("value").and_then(Node::text);
        let runs = flags::of_variable(name, value.as_deref());
        found.extend(runs.into_iter().map(|run| (run, node)));
    }
    let Some(image) = node.str_at("image") else { return found };
    // Kubernetes' `command` and `args`, and the words of Compose.
    let given: Vec<&Node> =
        ["entrypoint", "command", "args"].iter().filter_map(|key| node.get(key)).collect();
    let own = ["entrypoint", "command"].iter().any(|key| node.get(key).is_some());
    let compose = node.get("args").is_none() && node.get("entrypoint").is_none();
    let mut words: Vec<String> = Vec::new();
    let program = flags::of_image(image).filter(|_| {
        // Compose calls arguments of the image's own program a command as well.
        let names_it = given.first().and_then(|node| node.as_sequence()?.first()?.as_str());
        !own || (compose && names_it.is_some_and(|word| word.starts_with('-')))
    });
    words.extend(program.map(str::to_owned));
    for item in given.iter().flat_map(|node| node.as_sequence().unwrap_or_default()) {
        words.extend(item.text().map(|text| text.into_owned()));
    }
    // The text that a shell is handed is found as any other text.
    if let Some(place) = given.first().filter(|_| !flags::is_shell(&words)) {
        found.extend(flags::of(&words).into_iter().map(|run| (run, *place)));
    }
    found
}

fn open(document: &Document, config: &mut AgentConfig, opens: Opens, location: Location) {
    match opens {
        Opens::Settings(text) => inline::settings(document, &text, &location, config),
        Opens::Servers(text) => inline::servers(document, &text, &location, config),
        Opens::Answered => inline::answered(&location, config),
        Opens::Tool(_) if config.client == Client::Holmes => {
            config.tools.push(holmes::unasked_shell(location));
        }
        Opens::Everything if config.client == Client::Holmes => {
            config.tools.push(holmes::unasked_shell(location.clone()));
            config.switches.push(Switch { kind: SwitchKind::AutoApproveAll, location });
        }
        Opens::Everything => match config.client {
            Client::ClaudeCode | Client::Gemini | Client::Goose => {
                let mode = PermissionMode::Bypass;
                config.modes.push(ModeSetting { mode, location });
            }
            _ => config.switches.push(Switch { kind: SwitchKind::AutoApproveAll, location }),
        },
        Opens::ByClassifier => {
            config.modes.push(ModeSetting { mode: PermissionMode::Classifier, location });
        }
        Opens::Edits => config.rules.extend(rules::of_edits(config.client, &location)),
        Opens::Tool(text) => config.rules.extend(rules::of_tool(config.client, &text, &location)),
    }
}
