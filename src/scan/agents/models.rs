//! Which model a configuration names: where each format has it.

use super::{Reading, redact};
use crate::{
    model::agent_config::NamedModel,
    source::{Document, node::Node},
};

/// Most models of one file that are kept.
const MOST: usize = 64;

/// Formats, and the paths at which they name models; `*` is every key.
const PATHS: &[(&str, &[&[&str]])] = &[
    ("claude-code-settings", &[&["model"], &["env", "ANTHROPIC_MODEL"]]),
    ("claude-code-agent", &[&["model"]]),
    ("copilot-agent", &[&["model"]]),
    ("gemini-settings", &[&["model", "name"]]),
    ("gemini-agent", &[&["model"]]),
    ("codex-config", &[&["model"], &["profiles", "*", "model"]]),
    ("opencode", &[&["model"], &["agent", "*", "model"]]),
    ("opencode-agent", &[&["model"]]),
    ("goose-config", &[&["GOOSE_MODEL"]]),
    ("goose-recipe", &[&["settings", "goose_model"]]),
    ("kiro-agent", &[&["model"]]),
    ("kubectl-ai", &[&["model"]]),
    ("holmesgpt", &[&["model"]]),
    ("k8sgpt", &[&["spec", "ai", "model"]]),
    ("cagent", &[&["models", "*", "model"]]),
    ("agentic-workflow", &[&["engine", "model"]]),
    ("aider-config", &[&["model"]]),
    ("openclaw", &[&["agents", "defaults", "model", "primary"]]),
    ("gitagent", &[&["model", "preferred"]]),
];

/// Words that name no model of their own.
const NONE: [&str; 2] = ["inherit", ""];

/// Notes the models that a document names in every configuration that it is.
pub(super) fn note(document: &Document, reading: &mut Reading) {
    let Some((_, paths)) = PATHS.iter().find(|(format, _)| *format == reading.format) else {
        return;
    };
    let mut found = Vec::new();
    for path in *paths {
        at(&document.root, path, &mut found);
    }
    let models: Vec<NamedModel> = found
        .into_iter()
        .filter_map(|node| {
            let name = node.as_str().map(str::trim).filter(|name| !NONE.contains(name))?;
            Some(NamedModel { name: redact::model(name), location: node.location(&document.file) })
        })
        .take(MOST)
        .collect();
    for config in &mut reading.configs {
        config.models.extend(models.iter().cloned());
    }
}

/// Everything at a path; `*` is every key.
pub(super) fn at<'n>(node: &'n Node, path: &[&str], found: &mut Vec<&'n Node>) {
    let Some((first, rest)) = path.split_first() else {
        found.push(node);
        return;
    };
    for (key, value) in node.entries() {
        if *first == "*" || key.name == *first {
            at(value, rest, found);
        }
    }
}
