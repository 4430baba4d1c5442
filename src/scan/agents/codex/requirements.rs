//! `requirements.toml`: what an administrator lets a user of Codex choose from.

use super::{VERSION, is_system};
use crate::{
    model::agent_config::{Client, ProblemKind, Scope, SwitchKind},
    scan::agents::{
        Format, Reading, path,
        reader::{Reader, texts},
        redact,
    },
    source::{Document, Syntax, node::Node},
};

pub(in crate::scan::agents) struct CodexRequirements;

/// Keys that say what the file is.
const OWN_KEYS: &[&str] = &[
    "allowed_approval_policies",
    "allowed_approvals_reviewers",
    "allowed_sandbox_modes",
    "allowed_permission_profiles",
    "allowed_web_search_modes",
    "allow_managed_hooks_only",
    "enforce_residency",
];

/// Its other keys.
const OTHER_KEYS: &[&str] = &[
    "mcp_servers",
    "rules",
    "features",
    "allow_remote_control",
    "hooks",
    "permissions",
    "apps",
    "plugins",
    "marketplaces",
    "network",
    "experimental_network",
    "feature_requirements",
    "guardian_policy_config",
    "remote_sandbox_config",
];

impl Format for CodexRequirements {
    fn id(&self) -> &'static str {
        "codex-requirements"
    }

    fn title(&self) -> &'static str {
        "Codex requirements of an administrator"
    }

    fn version(&self) -> &'static str {
        VERSION
    }

    fn recognise(&self, document: &Document) -> bool {
        document.syntax == Syntax::Toml
            && OWN_KEYS.iter().any(|key| document.root.get(key).is_some())
    }

    fn read(&self, document: &Document, path: &str) -> Reading {
        let scope = if is_system(path) { Scope::Managed } else { path::home_or_project(path) };
        let mut reader = Reader::new(self, Client::Codex, scope, document);
        let root = &document.root;
        if scope != Scope::Managed {
            reader.unread_place(
                "Codex takes requirements from /etc/codex, a device profile or its cloud; \
                 installed there they count",
            );
        }
        let excludes = |key: &str, word: &str| {
            root.get(key).is_some() && !texts(root, key).iter().any(|(text, _)| *text == word)
        };
        if let Some(node) = root.get("allowed_sandbox_modes")
            && excludes("allowed_sandbox_modes", "danger-full-access")
        {
            reader.switch(SwitchKind::BypassDisabled, node);
        }
        let all_of = |key: &str, word: &str| root.get(key).is_some() && !excludes(key, word);
        if let Some(node) = root.get("allowed_approval_policies")
            && all_of("allowed_approval_policies", "never")
            && all_of("allowed_sandbox_modes", "danger-full-access")
        {
            let reason = "it lets users choose never and danger-full-access, under which nothing \
                          is asked and nothing held; leave both out";
            reader.problem(ProblemKind::VacuousPolicy, "allowed_approval_policies", reason, node);
        }
        if let Some(servers) = root.get("mcp_servers") {
            let names = servers.entries().iter().map(|(key, _)| redact::name(&key.name)).collect();
            reader.switch(SwitchKind::OnlyServers(names), servers);
        }
        unknown_keys(&mut reader, root);
        reader.finish()
    }
}

fn unknown_keys(reader: &mut Reader<'_>, root: &Node) {
    for (key, node) in root.entries() {
        let name = key.name.as_str();
        if !OWN_KEYS.contains(&name) && !OTHER_KEYS.contains(&name) {
            let reason = "no key of this file; Codex 0.169 reads it nowhere here";
            reader.problem(ProblemKind::MisplacedKey, name, reason, node);
        }
    }
}
