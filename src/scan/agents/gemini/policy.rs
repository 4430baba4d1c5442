//! Policies of Gemini CLI: rules in TOML, the highest rank wins.

use super::{PARTIAL, SHELL, Tier, VERSION, is_system, rule, target};
use crate::{
    model::agent_config::{Client, Decision, ProblemKind, RuleTarget, Scope},
    scan::agents::{
        Format, Reading,
        path::{self, folded},
        reader::{Reader, of_server, texts},
        redact, regexes,
    },
    source::{Document, node::Node},
};

pub(in crate::scan::agents) struct GeminiPolicy;

/// Conditions of which a rule has at least one.
const CONDITIONS: &[&str] =
    &["toolName", "mcpName", "commandPrefix", "commandRegex", "argsPattern", "toolAnnotations"];

/// Stands for the tools that claim something of themselves; no tool is called so, and
/// of servers whose tools nobody listed it opens some.
const CLAIMING: &str = "(what claims to only read)";

impl Format for GeminiPolicy {
    fn id(&self) -> &'static str {
        "gemini-policy"
    }

    fn title(&self) -> &'static str {
        "Gemini CLI policy"
    }

    fn version(&self) -> &'static str {
        VERSION
    }

    fn recognise(&self, document: &Document) -> bool {
        rules(&document.root).any(|node| {
            matches!(node.str_at("decision"), Some("allow" | "deny" | "ask_user"))
                && CONDITIONS.iter().any(|key| node.get(key).is_some())
        })
    }

    fn read(&self, document: &Document, path: &str) -> Reading {
        let place = Place::of(path);
        let mut reader = Reader::new(self, Client::Gemini, place.scope, document);
        if let Some(reason) = place.unread {
            reader.unread_place(reason);
        }
        if let Some(reason) = rules(&document.root).find_map(defect) {
            let reason = format!("Gemini CLI does not load the file: {reason}");
            reader.problem(ProblemKind::FileRejected, "the file", &reason, &document.root);
            reader.config.rejected = Some(reason);
        }
        for node in rules(&document.root) {
            read_rule(&mut reader, place.tier, node);
        }
        reader.finish()
    }
}

fn rules(root: &Node) -> impl Iterator<Item = &Node> {
    root.get("rule").and_then(Node::as_sequence).unwrap_or_default().iter()
}

/// Why a rule breaks the file that it stands in: one that does, and none of them is loaded.
fn defect(rule: &Node) -> Option<&'static str> {
    let decides = matches!(rule.str_at("decision"), Some("allow" | "deny" | "ask_user"));
    let ranked = rule.get("priority").and_then(Node::as_i64);
    let of_texts = |key: &str| {
        rule.get(key).is_none_or(|node| {
            let items = node.as_sequence();
            items.map_or(node.as_str().is_some(), |items| {
                items.iter().all(|item| item.as_str().is_some())
            })
        })
    };
    let modes = ["default", "autoEdit", "yolo", "plan"];
    let knows = |(mode, _): &(&str, &Node)| modes.contains(mode);
    match ranked {
        _ if !decides => Some("a rule decides allow, ask_user or deny"),
        None => Some("a rule lacks its priority, a whole number"),
        Some(ranked) if !(0..=999).contains(&ranked) => Some("a priority is 0 to 999"),
        Some(_) if !of_texts("toolName") || !of_texts("commandPrefix") => {
            Some("a name is a text or a list of texts")
        }
        Some(_) if !texts(rule, "modes").iter().all(knows) => Some("it knows no such mode"),
        Some(_) => None,
    }
}

/// What the place of a policy makes of it.
struct Place {
    tier: Tier,
    scope: Scope,
    unread: Option<&'static str>,
}

impl Place {
    fn of(path: &str) -> Self {
        let text = folded(path);
        if is_system(path) {
            return Self { tier: Tier::Admin, scope: Scope::Managed, unread: None };
        }
        if text.contains("/.gemini/extensions/") {
            return Self { tier: Tier::Extension, scope: Scope::Defaults, unread: None };
        }
        let scope = path::home_or_project(path);
        let unread = match (text.contains("/.gemini/policies/"), scope) {
            (true, Scope::User) => None,
            (true, _) => Some(
                "Gemini CLI 0.61 reads no policies from a workspace; ~/.gemini/policies or the \
                 system's folder makes them count",
            ),
            (false, _) => Some(
                "Gemini CLI reads policies from ~/.gemini/policies and the system's folder; this \
                 one counts only where --policy or --admin-policy names it",
            ),
        };
        Self { tier: Tier::User, scope, unread }
    }
}

fn read_rule(reader: &mut Reader<'_>, tier: Tier, node: &Node) {
    let decision = match node.str_at("decision") {
        Some("allow") => Decision::Allow,
        Some("ask_user") => Decision::Ask,
        Some("deny") => Decision::Deny,
        _ => {
            let reason = "a rule decides allow, ask_user or deny";
            reader.problem(ProblemKind::IgnoredValue, "decision", reason, node);
            return;
        }
    };
    // An extension cannot let anything run unasked.
    if decision == Decision::Allow && tier == Tier::Extension {
        let reason = "a policy of an extension allows nothing";
        reader.problem(ProblemKind::DeadRule, "allow rule", reason, node);
        return;
    }
    if !applies(node, decision) {
        return;
    }
    let priority = node.get("priority").and_then(Node::as_i64).unwrap_or_default();
    let priority = tier.rank(u16::try_from(priority.clamp(0, 999)).unwrap_or_default());
    for target in targets(reader, node, decision) {
        if let RuleTarget::Unreadable(why) = &target {
            reader.problem(ProblemKind::DeadRule, "a rule", why, node);
        }
        rule(reader, decision, target, priority, node);
    }
}

/// Whether a rule counts. One that allows does unless it speaks of a mode only that
/// asks nothing anyway; one that restricts does where nothing limits it to some calls.
fn applies(node: &Node, decision: Decision) -> bool {
    let modes: Vec<&str> = texts(node, "modes").into_iter().map(|(mode, _)| mode).collect();
    if decision == Decision::Allow {
        return modes.is_empty() || modes.iter().any(|mode| *mode != "yolo");
    }
    let everywhere =
        modes.is_empty() || ["default", "autoEdit", "yolo"].iter().all(|mode| modes.contains(mode));
    let limited =
        ["subagent", "toolAnnotations", "interactive"].iter().any(|key| node.get(key).is_some());
    everywhere && !limited
}

/// What a rule speaks of, one target for each name in its lists.
fn targets(reader: &mut Reader<'_>, node: &Node, decision: Decision) -> Vec<RuleTarget> {
    let part = |tool: &str, specifier: String| RuleTarget::BuiltIn {
        tool: tool.to_owned(),
        specifier: Some(redact::words(&specifier)),
    };
    let prefixes = texts(node, "commandPrefix");
    if !prefixes.is_empty() {
        return prefixes.iter().map(|(text, _)| part(SHELL, (*text).to_owned())).collect();
    }
    if let Some(expression) = node.str_at("commandRegex") {
        return vec![part(SHELL, regexes::as_command(expression, true))];
    }
    let claims = node.get("toolAnnotations").is_some();
    let arguments = node.get("argsPattern").is_some();
    let restricts = decision >= Decision::Ask;
    let names = texts(node, "toolName");
    if let Some(server) = node.str_at("mcpName") {
        if restricts && server.contains('*') && server != "*" {
            return vec![RuleTarget::Unreadable(PARTIAL)];
        }
        if server.contains('_') {
            let reason = "a server's name with an underscore never matches; write it with a hyphen";
            reader.problem(ProblemKind::DeadRule, "mcpName", reason, node);
            if restricts {
                return Vec::new();
            }
        }
        // A rule for some arguments restricts no tool as a whole.
        if restricts && arguments {
            return Vec::new();
        }
        if claims {
            return vec![of_server(server, Some(CLAIMING))];
        }
        if names.is_empty() {
            return vec![of_server(server, None)];
        }
        let of_name = |name: &str| match name {
            _ if restricts && name.contains('*') && name != "*" => RuleTarget::Unreadable(PARTIAL),
            _ => of_server(server, Some(name)),
        };
        return names.iter().map(|(name, _)| of_name(name)).collect();
    }
    if claims {
        return vec![of_server("*", Some(CLAIMING))];
    }
    if names.is_empty() {
        return vec![RuleTarget::BuiltIn {
            tool: "*".to_owned(),
            specifier: arguments.then(|| "(some arguments)".to_owned()),
        }];
    }
    let of_name = |name: &str| match target(name, decision) {
        RuleTarget::BuiltIn { tool, specifier: None } if arguments => {
            part(&tool, "(some arguments)".to_owned())
        }
        RuleTarget::Mcp { .. } if arguments && restricts => {
            RuleTarget::Unreadable("a rule for some arguments restricts no tool as a whole")
        }
        target => target,
    };
    names.iter().map(|(name, _)| of_name(name)).collect()
}
