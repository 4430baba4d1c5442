//! `cli.json` and `cli-config.json` of Cursor's CLI: rules for its shell, files and servers.
//! A rule that denies wins.

use super::{
    Format, Reading,
    entries::{all, note_duplicates},
    path, redact,
    secrets::{self, KeyNames},
};
use crate::{
    model::{
        agent_config::{
            AgentConfig, Client, Decision, ModeSetting, PermissionMode, PermissionRule, Problem,
            ProblemKind, RuleTarget,
        },
        location::Location,
    },
    source::{Document, node::Node},
};

pub(super) struct CursorCli;

/// Keys beside `permissions` that only this file has.
const OWN_KEYS: &[&str] = &["approvalMode", "editor", "hasChangedDefaultModel"];

fn rules(root: &Node) -> impl Iterator<Item = (&'static str, Decision, &Node)> {
    [("allow", Decision::Allow), ("deny", Decision::Deny)].into_iter().flat_map(
        move |(key, decision)| {
            all(root, "permissions")
                .flat_map(move |permissions| all(permissions, key))
                .flat_map(|list| list.as_sequence().unwrap_or_default())
                .map(move |item| (key, decision, item))
        },
    )
}

impl Format for CursorCli {
    fn id(&self) -> &'static str {
        "cursor-cli"
    }

    fn title(&self) -> &'static str {
        "Cursor CLI permissions"
    }

    fn version(&self) -> &'static str {
        "2026-09"
    }

    fn recognise(&self, document: &Document) -> bool {
        let root = &document.root;
        let own = |rule: &Node| {
            rule.as_str().is_some_and(|text| text.starts_with("Shell(") || text.starts_with("Mcp("))
        };
        let lists = root.get("mcpAllowlist").is_some() || root.get("terminalAllowlist").is_some();
        !lists
            && root.get("permissions").is_some_and(|node| node.as_mapping().is_some())
            && (rules(root).any(|(_, _, rule)| own(rule))
                || OWN_KEYS.iter().any(|key| root.get(key).is_some()))
    }

    fn read(&self, document: &Document, path: &str) -> Reading {
        let location = Location::file(document.file.clone());
        let scope = path::home_or_project(path);
        let mut config = AgentConfig::new(self.id(), Client::CursorCli, scope, location);
        note_duplicates(document, &mut config);
        for (key, decision, item) in rules(&document.root) {
            let location = item.location(&document.file);
            let target = item.as_str().map_or(RuleTarget::Unreadable("it is no text"), target);
            if let RuleTarget::Unreadable(why) = &target {
                config.problems.push(Problem {
                    kind: ProblemKind::DeadRule,
                    subject: format!("{key} rule"),
                    reason: (*why).to_owned(),
                    location: location.clone(),
                });
            }
            config.rules.push(PermissionRule::new(decision, target, location));
        }
        for mode in all(&document.root, "approvalMode") {
            // `allowlist` asks for what no rule allows, unless a flag says otherwise.
            if mode.as_str() != Some("allowlist") {
                let location = mode.location(&document.file);
                config.modes.push(ModeSetting { mode: PermissionMode::Bypass, location });
            }
        }
        if path::has_name(path, "permissions.json") {
            let reason = "permissions.json of Cursor does not know `permissions`; its CLI reads \
                          them from cli.json and cli-config.json";
            config.problems.push(Problem {
                kind: ProblemKind::MisplacedKey,
                subject: "permissions".to_owned(),
                reason: reason.to_owned(),
                location: config.location.clone(),
            });
            config.rejected = Some(reason.to_owned());
        }
        config.secrets = secrets::sweep(document, KeyNames::Everywhere);
        Reading::new(config, Vec::new())
    }
}

/// `Shell(git)`, `Read(src/**)`, `Write(…)`, `WebFetch(…)`, `Mcp(server:tool)`.
fn target(text: &str) -> RuleTarget {
    let Some((tool, inside)) = text.trim().strip_suffix(')').and_then(|rest| rest.split_once('('))
    else {
        return RuleTarget::Unreadable("it is no tool with something in brackets");
    };
    match tool {
        "Mcp" => {
            let Some((server, tool)) = inside.split_once(':') else {
                return RuleTarget::Unreadable("it names no server and tool, as server:tool");
            };
            let tool = (tool != "*").then(|| redact::name(tool));
            RuleTarget::Mcp { server: redact::name(server), tool }
        }
        "Shell" | "Read" | "Write" | "WebFetch" => {
            let whole = matches!(inside.trim(), "*" | "**" | "**/*" | "*:*");
            let specifier = (!whole).then(|| redact::words(inside));
            RuleTarget::BuiltIn { tool: tool.to_owned(), specifier }
        }
        _ => RuleTarget::Unreadable("the client knows no such tool"),
    }
}
