//! What tools and commands ask a cluster for, told by the verbs that they are named for.

use serde::Deserialize;

use super::oversight::{OversightRules, matches, spelt};
use crate::model::activity::ActionKey;

/// Tools and commands that ask for the same.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SendsRule {
    /// Words of a tool's name, any of them; several in one text must all be in it.
    #[serde(default)]
    pub words: Vec<String>,
    /// Patterns over words of a command of `kubectl`.
    #[serde(default)]
    pub commands: Vec<String>,
    /// What they are named for: patterns over actions as [`spelt`] spells them, in which `*`
    /// does not reach into a part of an object.
    #[serde(default)]
    pub requests: Vec<String>,
    /// What may be their way of doing that, on the same object.
    #[serde(default)]
    pub perhaps: Vec<String>,
    /// What may come with it, on objects that they do not name.
    #[serde(default)]
    pub besides: Vec<String>,
    /// Why it is in the table.
    pub why: String,
    /// What it must and must not name, and allow.
    pub examples: SendsExamples,
}

/// Examples of a [`SendsRule`].
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SendsExamples {
    /// Tools and commands that it names.
    pub matches: Vec<String>,
    /// Some that it does not.
    pub does_not_match: Vec<String>,
    /// Requests that they are named for.
    #[serde(default)]
    pub sends: Vec<String>,
    /// Requests that they never send.
    pub never: Vec<String>,
}

/// How a request stands to what a call is named for, on an object that it names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sends {
    /// It is such a request, or the names tell of none.
    Named,
    /// It may be a way of doing that.
    Perhaps,
    /// It is another thing.
    Never,
}

impl SendsRule {
    fn names_tool(&self, words: &[String]) -> bool {
        let has = |wanted: &str| words.iter().any(|word| word == wanted);
        self.words.iter().any(|phrase| phrase.split_whitespace().all(has))
    }

    fn names_command(&self, word: &str) -> bool {
        self.commands.iter().any(|pattern| matches(pattern, word))
    }

    fn sends(&self, spelt: &str) -> Sends {
        if any_of(&self.requests, spelt) {
            Sends::Named
        } else if any_of(&self.perhaps, spelt) {
            Sends::Perhaps
        } else {
            Sends::Never
        }
    }
}

/// What names of tools, or words of commands, tell of what is asked for; nothing, where no rule
/// names them.
#[derive(Debug, Clone, Default)]
pub struct NamedFor<'r>(Vec<&'r SendsRule>);

impl<'r> NamedFor<'r> {
    /// Whether they tell nothing.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds what a tool is named for, whatever server offers it.
    pub fn add_tool(&mut self, tool: &str, rules: &'r OversightRules) {
        let words = words_of(tool);
        self.0.extend(rules.sends.iter().filter(|rule| rule.names_tool(&words)));
    }

    /// Adds what a word of a command asks for.
    pub fn add_command(&mut self, word: &str, rules: &'r OversightRules) {
        self.0.extend(rules.sends.iter().filter(|rule| rule.names_command(word)));
    }

    /// How a request stands to it, on an object that the call names.
    #[must_use]
    pub fn sends(&self, action: &ActionKey) -> Sends {
        let spelt = spelt(action);
        self.0.iter().map(|rule| rule.sends(&spelt)).min().unwrap_or(Sends::Named)
    }

    /// Whether a request may come with it, on an object that the call does not name.
    #[must_use]
    pub fn brings(&self, action: &ActionKey) -> bool {
        let spelt = spelt(action);
        self.0.iter().any(|rule| any_of(&rule.besides, &spelt))
    }
}

/// Whether one of them is met: a part of an object only by what names one.
fn any_of(patterns: &[String], spelt: &str) -> bool {
    patterns.iter().any(|pattern| {
        let alike = pattern.contains('/') == spelt.contains('/');
        pattern == "*" || (alike && matches(pattern, spelt))
    })
}

/// The words of a tool's name behind that of its server (`mcp__SERVER__TOOL`, `SERVER/TOOL`), in
/// lower case, also where only capitals tell them apart.
#[must_use]
pub fn words_of(tool: &str) -> Vec<String> {
    let own = tool.rsplit("__").find(|part| !part.is_empty()).unwrap_or(tool);
    let own = own.rsplit(['/', '.', ':']).find(|part| !part.is_empty()).unwrap_or(own);
    let mut words = vec![String::new()];
    let mut was_small = false;
    for c in own.chars() {
        let begins = !c.is_alphanumeric() || (c.is_uppercase() && was_small);
        was_small = c.is_lowercase() || c.is_ascii_digit();
        if begins {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| c.is_alphanumeric()) {
            word.extend(c.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::{model::activity::Target, rubric::servers::ServerRules};

    #[test]
    fn every_rule_names_and_sends_what_its_examples_say() {
        let rules = OversightRules::load().unwrap();
        for rule in &rules.sends {
            let names = |text: &str| rule.names_tool(&words_of(text)) || rule.names_command(text);
            let examples = &rule.examples;
            assert!(!rule.why.is_empty() && !examples.does_not_match.is_empty());
            assert!(!examples.matches.is_empty());
            examples.matches.iter().for_each(|text| assert!(names(text), "{text}"));
            examples.does_not_match.iter().for_each(|text| assert!(!names(text), "{text}"));
            for spelt in &examples.sends {
                assert_eq!(rule.sends(spelt), Sends::Named, "{:?} {spelt}", rule.words);
            }
            for spelt in &examples.never {
                assert_eq!(rule.sends(spelt), Sends::Never, "{:?} {spelt}", rule.words);
            }
            let all = [&rule.requests, &rule.perhaps, &rule.besides];
            let of_anything = all.into_iter().flatten().any(|pattern| pattern == "*");
            assert_eq!(examples.never.is_empty(), of_anything, "{:?}", rule.words);
            assert_eq!(examples.sends.is_empty(), rule.requests.is_empty(), "{:?}", rule.words);
        }
    }

    #[test]
    fn words_of_a_tool_are_told_apart_however_it_is_spelt() {
        for tool in [
            "pods_delete",
            "podsDelete",
            "Pods-Delete",
            "mcp__k8s__pods_delete",
            "scale/pods.delete",
        ] {
            let words = words_of(tool);
            assert_eq!(words.last().map(String::as_str), Some("delete"), "{tool}");
            assert!(!words.contains(&"scale".to_owned()), "{tool}");
        }
        assert!(words_of("").is_empty());
    }

    /// `verb resource.group/part`, as an action.
    fn action(spelt: &str) -> ActionKey {
        let (verb, rest) = spelt.split_once(' ').unwrap();
        let (rest, part) =
            rest.split_once('/').map_or((rest, None), |(rest, part)| (rest, Some(part)));
        let (resource, group) = rest.split_once('.').unwrap_or((rest, ""));
        let target = Target::KubernetesResource {
            group: group.to_owned(),
            resource: resource.to_owned(),
            subresource: part.map(str::to_owned),
            namespace: None,
        };
        ActionKey { verb: verb.to_owned(), target }
    }

    /// What tools that act on Kubernetes ask it for, from the sources of their servers.
    const TOOLS: &str = include_str!("../../tests/fixtures/rubric/kubernetes-tools.json");

    #[test]
    fn no_tool_of_a_known_server_is_said_never_to_send_what_it_sends() {
        let rules = OversightRules::load().unwrap();
        let known: BTreeMap<String, Vec<String>> = serde_json::from_str(TOOLS).unwrap();
        for (tool, requests) in &known {
            let mut told = NamedFor::default();
            told.add_tool(tool, &rules);
            for request in requests {
                let action = action(request);
                let may = told.sends(&action) != Sends::Never || told.brings(&action);
                assert!(may, "{tool}: {request}");
            }
        }
        let servers = ServerRules::load().unwrap().servers;
        let of_clusters = servers.iter().filter(|server| server.credential == "kubernetes");
        let changing = of_clusters.flat_map(|server| &server.tools);
        let changing = changing.filter(|(effect, _)| effect.is_mutating());
        let missing: Vec<&String> = changing
            .flat_map(|(_, tools)| tools)
            .filter(|tool| !known.contains_key(*tool))
            .collect();
        assert!(missing.is_empty(), "what they send is to be written down: {missing:?}");
    }

    #[test]
    fn an_action_that_nothing_is_named_for_may_be_of_any_call() {
        let rules = OversightRules::load().unwrap();
        let named = |tool: &str| {
            let mut told = NamedFor::default();
            told.add_tool(tool, &rules);
            told
        };
        let deletes = action("delete deployments.apps");
        for tool in ["run_command", "Bash", "node_management", "helm_delete", ""] {
            assert_eq!(named(tool).sends(&deletes), Sends::Named, "{tool}");
        }
        for tool in ["resources_scale", "kubectl_patch", "cordon_node", "create_namespace"] {
            assert_eq!(named(tool).sends(&deletes), Sends::Never, "{tool}");
            assert!(!named(tool).brings(&deletes), "{tool}");
        }
        assert!(named("drain_node").brings(&action("create pods/eviction")));
        assert_eq!(named("resources_delete").sends(&action("patch pods")), Sends::Perhaps);
    }
}
