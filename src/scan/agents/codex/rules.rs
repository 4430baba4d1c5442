//! `rules/*.rules` of Codex: commands by how they start.

use super::{VERSION, is_system};
use crate::{
    model::agent_config::{Client, Decision, ProblemKind, RuleTarget, Scope},
    scan::agents::{Format, Reading, entries::all, path, reader::Reader, redact},
    source::{Document, Syntax, node::Node},
};

pub(in crate::scan::agents) struct CodexRules;

/// The function that a rule is a call of.
const PREFIX_RULE: &str = "prefix_rule";

/// Most commands that the alternatives of one rule are spelt out to.
const MOST_COMMANDS: usize = 64;

impl Format for CodexRules {
    fn id(&self) -> &'static str {
        "codex-rules"
    }

    fn title(&self) -> &'static str {
        "Codex rules for commands"
    }

    fn version(&self) -> &'static str {
        VERSION
    }

    fn recognise(&self, document: &Document) -> bool {
        document.syntax == Syntax::Starlark && rules(&document.root).next().is_some()
    }

    fn read(&self, document: &Document, path: &str) -> Reading {
        let scope = if is_system(path) { Scope::Managed } else { path::home_or_project(path) };
        let mut reader = Reader::new(self, Client::Codex, scope, document);
        let mut read: Vec<(Decision, &Node)> =
            rules(&document.root).filter_map(|rule| decided(&mut reader, rule)).collect();
        // The strictest of those that match counts, whatever their order.
        read.sort_by_key(|(decision, _)| *decision);
        for (decision, rule) in read {
            let pattern = rule.get("pattern").and_then(Node::as_sequence).unwrap_or_default();
            for command in commands(pattern) {
                let specifier = Some(redact::words(&command));
                let target = RuleTarget::BuiltIn { tool: "shell".to_owned(), specifier };
                reader.rule(decision, target, rule);
            }
        }
        reader.finish()
    }
}

/// The arguments of every rule.
fn rules(root: &Node) -> impl Iterator<Item = &Node> {
    let calls = root.as_sequence().unwrap_or_default().iter();
    calls
        .filter(|call| call.str_at("call") == Some(PREFIX_RULE))
        .filter_map(|call| call.get("arguments"))
}

fn decided<'n>(reader: &mut Reader<'_>, rule: &'n Node) -> Option<(Decision, &'n Node)> {
    let decision = match all(rule, "decision").last().map(|node| node.as_str()) {
        None | Some(Some("allow")) => Decision::Allow,
        Some(Some("prompt")) => Decision::Ask,
        Some(Some("forbidden")) => Decision::Deny,
        Some(_) => {
            let reason = "a rule decides allow, prompt or forbidden";
            reader.problem(ProblemKind::IgnoredValue, "decision", reason, rule);
            return None;
        }
    };
    Some((decision, rule))
}

/// The commands that a pattern stands for: each part is a word, or several of which
/// any may stand there. Where there would be too many, they end before that part.
fn commands(pattern: &[Node]) -> Vec<String> {
    let mut commands = vec![String::new()];
    for part in pattern {
        let words: Vec<&str> = match part.as_sequence() {
            Some(any) => any.iter().filter_map(Node::as_str).collect(),
            None => part.as_str().into_iter().collect(),
        };
        if words.is_empty() || commands.len() * words.len() > MOST_COMMANDS {
            break;
        }
        let next = |command: &String| {
            words
                .iter()
                .map(|word| format!("{command} {word}").trim().to_owned())
                .collect::<Vec<_>>()
        };
        commands = commands.iter().flat_map(next).collect();
    }
    commands
}
