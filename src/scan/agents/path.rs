//! What a path tells: whose a configuration is, and who reads a list of
//! servers that several clients understand.

use crate::model::agent_config::{Client, Scope};

/// Whether a file is a copy that no client reads.
#[must_use]
pub fn is_backup(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    name.ends_with('~')
        || [".orig", ".bak", ".backup", ".old", ".rej", ".swp", ".tmp", ".save", ".disabled"]
            .iter()
            .any(|suffix| name.ends_with(suffix))
}

fn folded(path: &str) -> String {
    // Names of these files are compared without case on two of three systems.
    format!("/{}", path.replace('\\', "/").to_ascii_lowercase())
}

/// Whose a file of Claude Code is.
pub(super) fn claude_scope(path: &str) -> Scope {
    let path = folded(path);
    let name = path.rsplit('/').next().unwrap_or_default();
    let managed = name.starts_with("managed-")
        || path.contains("/claudecode/")
        || path.contains("/claude-code/")
        || path.contains("managed-settings.d/");
    if managed {
        Scope::Managed
    } else if name.contains("settings.local.") {
        Scope::Local
    } else if is_home(&path) || name == ".claude.json" {
        Scope::User
    } else {
        Scope::Project
    }
}

/// Whether a list of servers is the one beside which Claude Code takes no other.
pub(super) fn is_exclusive(path: &str) -> bool {
    folded(path).ends_with("/managed-mcp.json")
}

/// Whether a Markdown file lies where Claude Code looks for subagents.
pub(super) fn is_claude_agent(path: &str) -> bool {
    let path = folded(path);
    path.contains("/.claude/agents/") && path.ends_with(".md")
}

/// Whether a folder such as `.claude` lies directly in a user's home.
fn is_home(path: &str) -> bool {
    let Some((before, _)) = path.rsplit_once("/.") else { return false };
    let parent = before.rsplit('/').next().unwrap_or_default();
    let grandparent = before.rsplit('/').nth(1).unwrap_or_default();
    parent == "root" || parent == "~" || matches!(grandparent, "home" | "users")
}

/// Who reads a list of servers under `mcpServers`.
pub(super) fn mcp_client(path: &str) -> (Client, Scope) {
    let path = folded(path);
    let name = path.rsplit('/').next().unwrap_or_default();
    match name {
        ".mcp.json" | ".claude.json" | "managed-mcp.json" => {
            (Client::ClaudeCode, claude_scope(&path))
        }
        name if name.starts_with("claude_desktop_config") => (Client::ClaudeDesktop, Scope::User),
        _ if path.contains("/.claude/") => (Client::ClaudeCode, claude_scope(&path)),
        "mcp.json" if path.ends_with("/.cursor/mcp.json") => {
            (Client::Cursor, home_or_project(&path))
        }
        "mcp.json" if path.ends_with("/.vscode/mcp.json") => (Client::VsCode, Scope::Project),
        _ => (Client::Unknown, Scope::Project),
    }
}

/// User for a file in a home, else project.
pub(super) fn home_or_project(path: &str) -> Scope {
    let path = folded(path);
    if is_home(&path) || path.contains("/code/user/") { Scope::User } else { Scope::Project }
}
