//! `settings.json` of Gemini CLI, of a user, a workspace or the system.

use super::{OWN_TOOLS, SHELL, Tier, VERSION, is_system, present_name, rule, target};
use crate::{
    model::{
        agent_config::{
            Client, Decision, PermissionMode, PermissionRule, ProblemKind, RuleTarget, Scope,
            SwitchKind,
        },
        location::Location,
    },
    scan::agents::{
        Format, Reading, claude_settings,
        entries::all,
        mcp_servers::McpServers,
        path,
        reader::{Reader, of_server, texts},
        redact,
    },
    source::{
        Document,
        node::{Key, Node},
    },
};

pub(in crate::scan::agents) struct GeminiSettings;

/// Keys by section that only these settings have.
const SECTIONS: &[(&str, &[&str])] = &[
    (
        "general",
        &[
            "defaultApprovalMode",
            "previewFeatures",
            "devtools",
            "vimMode",
            "checkpointing",
            "enableAutoUpdate",
            "sessionRetention",
        ],
    ),
    (
        "tools",
        &["core", "allowed", "exclude", "confirmationRequired", "sandbox", "discoveryCommand"],
    ),
    ("mcp", &["allowed", "excluded", "serverCommand"]),
    ("security", &["disableYoloMode", "disableAlwaysAllow", "folderTrust", "toolSandboxing"]),
    ("telemetry", &["otlpEndpoint", "otlpProtocol", "outfile", "logPrompts"]),
];

/// Events of its hooks that no other client has.
const EVENTS: &[&str] =
    &["BeforeTool", "AfterTool", "BeforeAgent", "AfterAgent", "BeforeModel", "AfterModel"];

/// Keys of an entry of a server that only it has.
const SERVER_KEYS: &[&str] = &["trust", "httpUrl", "includeTools", "excludeTools"];

/// Keys that older versions had at the top level, and where they are now.
const MOVED: &[(&str, &str)] = &[
    ("coreTools", "tools.core"),
    ("allowedTools", "tools.allowed"),
    ("excludeTools", "tools.exclude"),
    ("autoAccept", "tools.autoAccept"),
    ("allowMCPServers", "mcp.allowed"),
    ("excludeMCPServers", "mcp.excluded"),
];

/// Lists of which one in a stronger scope takes the place.
const EXCLUDED_SERVERS: &str = "mcp.excluded";
const CONFIRMED_TOOLS: &str = "tools.confirmationRequired";

/// Ranks within the tier of the user, as its policy engine has them.
mod ranks {
    pub(super) const EXCLUDED_SERVER: u16 = 900;
    pub(super) const EXCLUDED_TOOL: u16 = 400;
    pub(super) const CONFIRMED_TOOL: u16 = 350;
    pub(super) const ALLOWED_TOOL: u16 = 300;
    pub(super) const TRUSTED_SERVER: u16 = 200;
    pub(super) const ALLOWED_SERVER: u16 = 100;
}

impl Format for GeminiSettings {
    fn id(&self) -> &'static str {
        "gemini-settings"
    }

    fn title(&self) -> &'static str {
        "Gemini CLI settings"
    }

    fn version(&self) -> &'static str {
        VERSION
    }

    fn recognise(&self, document: &Document) -> bool {
        let root = &document.root;
        // An extension's manifest has servers of the same form.
        root.get("version").is_none()
            && (has_own_key(root)
                || servers(root)
                    .any(|(_, entry)| SERVER_KEYS.iter().any(|key| entry.get(key).is_some())))
    }

    fn read(&self, document: &Document, path: &str) -> Reading {
        let root = &document.root;
        // A list of another client that holds a key which that one does not read.
        let other = !matches!(path::mcp_client(path).0, Client::Gemini | Client::Unknown);
        if other && !has_own_key(root) {
            return McpServers.read(document, path);
        }
        let mut reader = Reader::new(self, Client::Gemini, scope(path), document);
        for servers in all(root, "mcpServers") {
            reader.servers(servers);
        }
        of_servers(&mut reader, root);
        for general in all(root, "general") {
            for mode in all(general, "defaultApprovalMode") {
                read_mode(&mut reader, mode);
            }
        }
        for tools in all(root, "tools") {
            of_tools(&mut reader, tools);
        }
        for mcp in all(root, "mcp") {
            used_servers(&mut reader, mcp);
        }
        for security in all(root, "security") {
            reader.restrict_where(security, "disableYoloMode", true, &SwitchKind::BypassDisabled);
        }
        for (old, new) in MOVED {
            if let Some(node) = root.get(old) {
                let reason = format!("it is read as {new}");
                reader.problem(ProblemKind::MisplacedKey, old, &reason, node);
            }
        }
        for (text, node) in texts(root, "allowedTools") {
            allowed(&mut reader, text, node);
        }
        read_telemetry(&mut reader, root);
        claude_settings::hooks::read(root, &document.file, &mut reader.config);
        for hooks in all(root, "hooksConfig") {
            if let Some(node) = all(hooks, "enabled").find(|node| node.as_bool() == Some(false)) {
                reader.switch(SwitchKind::HooksDisabled, node);
            }
        }
        reader.finish()
    }
}

/// Whether there is a key that only these settings have, apart from those of servers.
fn has_own_key(root: &Node) -> bool {
    let is_event = |key: &Key| EVENTS.contains(&key.name.as_str());
    let hooks = root.get("hooks").map(Node::entries).unwrap_or_default();
    has_own_section(root)
        || hooks.iter().any(|(key, _)| is_event(key))
        || MOVED.iter().filter(|(old, _)| root.get(old).is_some()).count() > 1
}

fn has_own_section(root: &Node) -> bool {
    SECTIONS.iter().any(|(section, keys)| {
        all(root, section)
            .any(|node| node.entries().iter().any(|(key, _)| keys.contains(&key.name.as_str())))
    })
}

fn servers(root: &Node) -> impl Iterator<Item = (&str, &Node)> {
    all(root, "mcpServers").flat_map(Node::entries).map(|(key, entry)| (key.name.as_str(), entry))
}

fn scope(path: &str) -> Scope {
    let defaults = path::folded(path).ends_with("/system-defaults.json");
    match (is_system(path), defaults) {
        (true, true) => Scope::Defaults,
        (true, false) => Scope::Managed,
        (false, _) => path::home_or_project(path),
    }
}

/// What entries of servers decide: trust, and names that no policy can speak of.
fn of_servers(reader: &mut Reader<'_>, root: &Node) {
    for (name, entry) in servers(root) {
        // Whatever is not empty is taken for yes.
        let trusts = |node: &&Node| !matches!(node.text().as_deref(), Some("false" | "0" | ""));
        if let Some(node) = all(entry, "trust").find(trusts) {
            let rank = Tier::User.rank(ranks::TRUSTED_SERVER);
            rule(reader, Decision::Allow, of_server(name, None), rank, node);
        }
        if name.contains('_') {
            let reason = "policies take a server's name up to its first underscore, so no rule of \
                          one speaks of this server; write it with a hyphen";
            reader.problem(ProblemKind::DeadRule, name, reason, entry);
        }
    }
}

fn read_mode(reader: &mut Reader<'_>, node: &Node) {
    match node.as_str() {
        Some("default") => reader.mode(PermissionMode::Ask, node),
        Some("auto_edit" | "autoEdit") => reader.mode(PermissionMode::AcceptEdits, node),
        Some("plan") => reader.mode(PermissionMode::Plan, node),
        Some("yolo") => {
            let reason = "only the command line enters this mode: --approval-mode=yolo";
            reader.unknown_mode("general.defaultApprovalMode", reason, node);
        }
        _ => {
            let reason = "the client knows no such mode";
            reader.unknown_mode("general.defaultApprovalMode", reason, node);
        }
    }
}

fn of_tools(reader: &mut Reader<'_>, tools: &Node) {
    for (text, node) in texts(tools, "allowed") {
        allowed(reader, text, node);
    }
    for (key, decision, rank, list) in [
        ("confirmationRequired", Decision::Ask, ranks::CONFIRMED_TOOL, Some(CONFIRMED_TOOLS)),
        ("exclude", Decision::Deny, ranks::EXCLUDED_TOOL, None),
    ] {
        sets(reader, tools, key, list);
        for (text, node) in texts(tools, key) {
            let target = target(text, decision);
            if let RuleTarget::Unreadable(why) = &target {
                reader.problem(ProblemKind::DeadRule, key, why, node);
            }
            listed(reader, decision, target, Tier::User.rank(rank), node, list);
        }
    }
    if let Some(core) = tools.get("core") {
        let kept = texts(tools, "core");
        for (own, _) in OWN_TOOLS {
            let named =
                |text: &str| present_name(text.split('(').next().unwrap_or(text).trim()) == own;
            let kind = if kept.iter().any(|(text, _)| named(text)) {
                SwitchKind::HandOutTool
            } else {
                SwitchKind::WithholdTool
            };
            reader.switch(kind(own.to_owned()), core);
        }
    }
}

fn allowed(reader: &mut Reader<'_>, text: &str, node: &Node) {
    let location = reader.at(node);
    reader.ranked(allowing(text, location));
}

/// The rule that an entry of a list of allowed tools is. Brackets part the shell alone; of
/// any other tool they are passed over.
pub(in crate::scan::agents) fn allowing(text: &str, location: Location) -> PermissionRule {
    let (tool, part) = text.split_once('(').unwrap_or((text, ""));
    let target = match (target(tool.trim(), Decision::Allow), part.strip_suffix(')')) {
        (RuleTarget::BuiltIn { tool, .. }, Some(part)) if tool == SHELL => {
            RuleTarget::BuiltIn { tool, specifier: Some(redact::words(part)) }
        }
        (target, _) => target,
    };
    let priority = Tier::User.rank(ranks::ALLOWED_TOOL);
    PermissionRule { priority, ..PermissionRule::new(Decision::Allow, target, location) }
}

/// Notes that a list is set, which takes the place of those of weaker scopes.
fn sets(reader: &mut Reader<'_>, holder: &Node, key: &str, list: Option<&'static str>) {
    if holder.get(key).is_some() {
        reader.config.lists.extend(list);
    }
}

/// Adds a rule of a list.
fn listed(
    reader: &mut Reader<'_>,
    decision: Decision,
    target: RuleTarget,
    priority: u16,
    node: &Node,
    list: Option<&'static str>,
) {
    let location = reader.at(node);
    reader.ranked(PermissionRule { decision, target, location, priority, list });
}

/// `mcp.allowed` is a list of servers to use, and lets each of their tools run unasked.
fn used_servers(reader: &mut Reader<'_>, mcp: &Node) {
    if let Some(list) = mcp.get("allowed") {
        let mut names: Vec<String> =
            texts(mcp, "allowed").iter().map(|(name, _)| redact::name(name)).collect();
        // One that names nothing leaves out nothing.
        if names.is_empty() {
            names.push("*".to_owned());
        }
        reader.switch(SwitchKind::OnlyServers(names), list);
    }
    for (name, node) in texts(mcp, "allowed") {
        let rank = Tier::User.rank(ranks::ALLOWED_SERVER);
        rule(reader, Decision::Allow, of_server(name, None), rank, node);
    }
    sets(reader, mcp, "excluded", Some(EXCLUDED_SERVERS));
    for (name, node) in texts(mcp, "excluded") {
        let target = of_server(name, None);
        let rank = Tier::User.rank(ranks::EXCLUDED_SERVER);
        listed(reader, Decision::Deny, target, rank, node, Some(EXCLUDED_SERVERS));
    }
}

fn read_telemetry(reader: &mut Reader<'_>, root: &Node) {
    for telemetry in all(root, "telemetry") {
        let enabled = telemetry.get("enabled").and_then(Node::as_bool) == Some(true);
        for key in ["enabled", "otlpEndpoint", "outfile", "target"] {
            let Some(node) = telemetry.get(key) else { continue };
            reader.telemetry(&format!("telemetry.{key}"), enabled, node);
            if !enabled && key != "enabled" {
                let reason = "nothing is sent unless telemetry.enabled is true";
                reader.problem(ProblemKind::IgnoredValue, key, reason, node);
            }
        }
    }
}
