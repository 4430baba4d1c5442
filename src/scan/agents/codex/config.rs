//! `config.toml` of Codex.
//!
//! What may run unasked, two settings decide together: the sandbox that holds
//! commands, and the policy that says when to ask. Servers run beside the sandbox, and
//! have approvals of their own.

use super::{VERSION, is_system};
use crate::{
    model::{
        agent_config::{
            Client, Decision, PermissionMode, ProblemKind, RuleTarget, Scope, Server, ServerState,
            SwitchKind, Transport,
        },
        coverage::Gap,
    },
    scan::agents::{
        Format, Reading, claude_settings,
        entries::all,
        path,
        reader::{Reader, of_server},
        redact,
    },
    source::{
        Document, Syntax,
        node::{Key, Node, Value},
    },
};

pub(in crate::scan::agents) struct CodexConfig;

/// Keys of the top level that only this file has.
const OWN_KEYS: &[&str] = &[
    "approval_policy",
    "sandbox_mode",
    "sandbox_workspace_write",
    "approvals_reviewer",
    "shell_environment_policy",
    "model_reasoning_effort",
    "model_providers",
    "default_permissions",
];

/// Keys that a table before them swallows when they stand too far down.
const TOP_LEVEL: &[&str] = &["approval_policy", "sandbox_mode", "approvals_reviewer", "web_search"];

/// Tables that may hold those keys of their own.
const HOLDERS: &[&str] = &["profiles", "agents", "permissions"];

/// The tool that changes files.
const PATCH: &str = "apply_patch";

impl Format for CodexConfig {
    fn id(&self) -> &'static str {
        "codex-config"
    }

    fn title(&self) -> &'static str {
        "Codex configuration"
    }

    fn version(&self) -> &'static str {
        VERSION
    }

    fn recognise(&self, document: &Document) -> bool {
        let root = &document.root;
        let trusts = |projects: &Node| {
            projects.entries().iter().any(|(_, project)| project.get("trust_level").is_some())
        };
        let servers = |node: &Node| {
            node.entries()
                .iter()
                .any(|(_, entry)| entry.get("command").is_some() || entry.get("url").is_some())
        };
        document.syntax == Syntax::Toml
            && (OWN_KEYS.iter().any(|key| root.get(key).is_some())
                || root.get("projects").is_some_and(trusts)
                || root.get("mcp_servers").is_some_and(servers))
    }

    fn read(&self, document: &Document, path: &str) -> Reading {
        let scope = scope(path);
        let mut reader = Reader::new(self, Client::Codex, scope, document);
        let root = &document.root;
        for servers in all(root, "mcp_servers") {
            reader.servers(servers);
            for (key, entry) in servers.entries() {
                approvals(&mut reader, &key.name, entry);
            }
        }
        for (key, entry) in all(root, "apps").flat_map(Node::entries) {
            app(&mut reader, key, entry);
        }
        claude_settings::hooks::read(root, &document.file, &mut reader.config);
        read_modes(&mut reader, root);
        read_otel(&mut reader, root);
        swallowed(&mut reader, root);
        reader.finish()
    }
}

/// An administrator's `config.toml` is what holds where nobody sets anything; only
/// `managed_config.toml` goes before what users set.
fn scope(path: &str) -> Scope {
    let managed = path::folded(path).ends_with("/managed_config.toml");
    match (is_system(path), managed) {
        (true, true) => Scope::Managed,
        (true, false) => Scope::Defaults,
        (false, _) => path::home_or_project(path),
    }
}

/// A connector, whose tools nobody listed. Its `destructive_enabled` goes by what the
/// connector says of itself, and is no gate.
fn app(reader: &mut Reader<'_>, key: &Key, entry: &Node) {
    if key.name == "_default" {
        return;
    }
    let off = all(entry, "enabled").any(|node| node.as_bool() == Some(false));
    reader.config.servers.push(Server {
        name: redact::name(&key.name),
        location: key.place.location(&reader.document.file),
        state: if off { ServerState::Disabled } else { ServerState::Enabled },
        transport: Transport::Http { url: None, headers: Vec::new() },
        env: Vec::new(),
        env_elsewhere: false,
        auto_approved: Vec::new(),
        hidden: Vec::new(),
        selected: None,
        sandboxed: None,
    });
    approvals(reader, &key.name, entry);
}

/// When a server's tools are asked for.
fn approvals(reader: &mut Reader<'_>, server: &str, entry: &Node) {
    for mode in all(entry, "default_tools_approval_mode") {
        approval(reader, of_server(server, None), mode);
    }
    // What is said of one tool counts more than what is said of all.
    for (tool, setting) in all(entry, "tools").flat_map(Node::entries) {
        for mode in all(setting, "approval_mode") {
            approval(reader, of_server(server, Some(&tool.name)), mode);
        }
    }
}

fn approval(reader: &mut Reader<'_>, target: RuleTarget, node: &Node) {
    let decision = match node.as_str() {
        Some("prompt") => Decision::Ask,
        Some("approve") => Decision::Allow,
        Some("auto" | "writes") => Decision::Claimed,
        _ => {
            let reason = "the client knows no such approval mode";
            reader.problem(ProblemKind::IgnoredValue, "approval_mode", reason, node);
            Decision::Claimed
        }
    };
    reader.rule(decision, target, node);
}

/// The settings of one start: those of the file, or of a profile over them.
struct Start<'n> {
    policy: Option<&'n Node>,
    sandbox: Option<&'n Node>,
    network: bool,
    reviewer: Option<&'n Node>,
    /// A profile of permissions, which stands in place of the sandbox.
    permissions: Option<&'n Node>,
}

impl<'n> Start<'n> {
    fn of(root: &'n Node, profile: Option<&'n Node>) -> Self {
        let get = |key: &str| profile.and_then(|own| own.get(key)).or_else(|| root.get(key));
        let network = [profile, Some(root)].into_iter().flatten().any(|holder| {
            let network = holder.at(&["sandbox_workspace_write", "network_access"]);
            network.and_then(Node::as_bool) == Some(true)
        });
        Self {
            policy: get("approval_policy"),
            sandbox: get("sandbox_mode"),
            network,
            reviewer: get("approvals_reviewer"),
            permissions: get("default_permissions"),
        }
    }
}

/// One mode for the file, and one for each profile: which one is started, no file says,
/// and the one that asks least counts.
fn read_modes(reader: &mut Reader<'_>, root: &Node) {
    let chosen = root.str_at("profile");
    let profiles = all(root, "profiles").flat_map(Node::entries);
    let profiles: Vec<_> = profiles.map(|(key, node)| (key.name.as_str(), node)).collect();
    let is_chosen = |name: &str| chosen == Some(name);
    if !profiles.iter().any(|(name, _)| is_chosen(name)) {
        read_start(reader, &Start::of(root, None));
    }
    for (_, profile) in profiles {
        let sets = ["approval_policy", "sandbox_mode", "approvals_reviewer", "default_permissions"];
        if sets.iter().any(|key| profile.get(key).is_some()) {
            read_start(reader, &Start::of(root, Some(profile)));
        }
    }
}

fn read_start(reader: &mut Reader<'_>, start: &Start<'_>) {
    if let Some(node) = start.reviewer
        && node.as_str() != Some("user")
    {
        reader.switch(SwitchKind::ModelAnswers, node);
    }
    if let Some(node) = start.permissions {
        let reason = "what a permission profile of Codex lets run is not evaluated".to_owned();
        reader.gaps.push(Gap { location: reader.at(node), reason });
        reader.mode(PermissionMode::Unrecognised, node);
        return;
    }
    let Some(node) = start.policy.or(start.sandbox) else { return };
    let sandbox = start.sandbox.map(Node::as_str);
    let policy = start.policy.map(|policy| match &policy.value {
        Value::Mapping(_) => "granular",
        _ => policy.as_str().unwrap_or_default(),
    });
    let contained = match sandbox {
        Some(Some("danger-full-access")) => false,
        Some(Some("read-only" | "workspace-write")) | None => true,
        Some(_) => {
            reader.unknown_mode("sandbox_mode", "the client knows no such sandbox", node);
            return;
        }
    };
    let writes = sandbox != Some(Some("read-only"));
    let mode = match (policy, contained) {
        (Some("untrusted"), _) => PermissionMode::Ask,
        (Some("never" | "on-request" | "on-failure") | None, false) => PermissionMode::Bypass,
        (Some("on-request" | "on-failure") | None, true) => PermissionMode::AskOutside,
        (Some("never"), true) => PermissionMode::RefuseOutside,
        // Each of its kinds of questions is put to the user or refused, none is let pass.
        (Some("granular"), true) => PermissionMode::AskOutside,
        (Some("granular"), false) => PermissionMode::Bypass,
        (Some(_), _) => {
            reader.unknown_mode("approval_policy", "the client knows no such policy", node);
            return;
        }
    };
    let held = matches!(mode, PermissionMode::AskOutside | PermissionMode::RefuseOutside);
    // The sandbox holds the network too, unless it is told not to; it is the one that is
    // left where requirements refuse to go without any.
    if start.network && writes && mode != PermissionMode::Ask {
        reader.switch(SwitchKind::AutoApproveCommand("*".to_owned()), node);
    }
    if held && writes {
        let tool = PATCH.to_owned();
        reader.rule(Decision::Allow, RuleTarget::BuiltIn { tool, specifier: None }, node);
    }
    reader.mode(mode, node);
}

fn read_otel(reader: &mut Reader<'_>, root: &Node) {
    for otel in all(root, "otel") {
        for key in ["exporter", "trace_exporter", "metrics_exporter"] {
            let Some(node) = otel.get(key) else { continue };
            let on = node.as_str().is_none_or(|word| word != "none");
            reader.telemetry(&format!("otel.{key}"), on, node);
        }
    }
}

/// A key of the top level below the head of a table belongs to that table, and
/// nobody reads it there.
fn swallowed(reader: &mut Reader<'_>, root: &Node) {
    let tables = root.entries().iter().filter(|(key, _)| !HOLDERS.contains(&key.name.as_str()));
    for (table, node) in tables {
        let nested = node.entries().iter().map(|(_, inner)| inner);
        for holder in std::iter::once(node).chain(nested) {
            for (key, value) in holder.entries() {
                if !TOP_LEVEL.contains(&key.name.as_str()) {
                    continue;
                }
                let table = redact::name(&table.name);
                let reason =
                    format!("it stands in the table {table}; it is read before the first table");
                reader.problem(ProblemKind::MisplacedKey, &key.name, &reason, value);
            }
        }
    }
}
