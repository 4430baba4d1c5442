//! Command lines that start an agent with its gates switched off: in pipelines,
//! Dockerfiles and scripts.
//!
//! A flag holds for the runs that it starts and for no other, so only what it opens is
//! taken: a stricter mode on one command line restrains nobody else.

mod flags;
mod rules;
pub(super) mod words;

use super::{Format, Reading};
use crate::{
    model::{
        agent_config::{
            AgentConfig, Client, ModeSetting, PermissionMode, Scope, Switch, SwitchKind,
        },
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
        "Agents started by pipelines, Dockerfiles and scripts"
    }

    fn version(&self) -> &'static str {
        "2026-09"
    }

    fn recognise(&self, document: &Document) -> bool {
        runs_commands(document) && !opened(document).is_empty()
    }

    fn read(&self, document: &Document, _path: &str) -> Reading {
        let mut configs: Vec<AgentConfig> = Vec::new();
        for (client, opens, location) in opened(document) {
            let at = configs.iter().position(|config| config.client == client);
            let at = at.unwrap_or_else(|| {
                let file = Location::file(document.file.clone());
                configs.push(AgentConfig::new(self.id(), client, Scope::CommandLine, file));
                configs.len() - 1
            });
            if let Some(config) = configs.get_mut(at) {
                open(config, opens, location);
            }
        }
        let mut configs = configs.into_iter();
        let first = configs.next().unwrap_or_else(|| {
            let file = Location::file(document.file.clone());
            AgentConfig::new(self.id(), Client::Unknown, Scope::CommandLine, file)
        });
        let mut reading = Reading::new(first, Vec::new());
        configs.for_each(|config| reading.add(config));
        reading
    }
}

/// Whether a document is one that runs commands: a script, a Dockerfile, or a pipeline.
fn runs_commands(document: &Document) -> bool {
    if document.syntax == Syntax::Shell {
        return true;
    }
    let root = &document.root;
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
    let mut queue = vec![(&document.root, None)];
    while let Some((node, key)) = queue.pop() {
        if let Some(text) = node.as_str() {
            let location = node.location(&document.file);
            let of_text = match key {
                // Arguments that GitHub's action passes on.
                Some("claude_args") => flags::of_client(Client::ClaudeCode, &words::split(text)),
                Some("codex-args") => flags::of_client(Client::Codex, &words::split(text)),
                Some("GOOSE_MODE") => flags::of_variable("GOOSE_MODE", text),
                _ => words::commands(text).iter().flat_map(|words| flags::of(words)).collect(),
            };
            found.extend(
                of_text.into_iter().map(|Run { client, opens }| (client, opens, location.clone())),
            );
        }
        found.extend(of_action(node).into_iter().map(|(run, at)| {
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
    const INPUTS: [(&str, &str, Client, &str); 3] = [
        ("anthropics/claude-code", "allowed_tools", Client::ClaudeCode, "--allowedTools"),
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

fn open(config: &mut AgentConfig, opens: Opens, location: Location) {
    match opens {
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
