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

/// A path to compare names in.
pub(super) fn folded(path: &str) -> String {
    // Names of these files are compared without case on two of three systems.
    format!("/{}", path.replace('\\', "/").to_ascii_lowercase())
}

/// Folders of Claude Code's administrators, on three systems. A folder that is only
/// called as the product is a project like any other.
const SYSTEM_FOLDERS: [&str; 4] = [
    "/etc/claude-code/",
    "/application support/claudecode/",
    "/program files/claudecode/",
    "/programdata/claudecode/",
];

/// Whose a file of Claude Code is.
pub(super) fn claude_scope(path: &str) -> Scope {
    let path = folded(path);
    let name = path.rsplit('/').next().unwrap_or_default();
    let named = ["managed-settings", "managed-mcp"].iter().any(|own| name.starts_with(own))
        || path.contains("/managed-settings.d/");
    let installed = SYSTEM_FOLDERS.iter().any(|folder| path.contains(folder));
    if installed || (named && !is_misplaced(&path)) {
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
    folded(path).ends_with("/managed-mcp.json") && !is_misplaced(path)
}

/// Whether a file is called as managed settings and lies in a folder of a repository or
/// a user, where no administrator's settings are read.
pub(super) fn is_misplaced(path: &str) -> bool {
    let path = folded(path);
    let name = path.rsplit('/').next().unwrap_or_default();
    let named = name.starts_with("managed-") || path.contains("/managed-settings.d/");
    named && path.contains("/.claude/")
}

/// Whether a Markdown file lies where Claude Code looks for subagents.
pub(super) fn is_claude_agent(path: &str) -> bool {
    let path = folded(path);
    path.contains("/.claude/agents/") && path.ends_with(".md")
}

/// Whether a Markdown file lies where GitHub Copilot looks for custom agents, or is
/// called as one.
pub(super) fn is_copilot_agent(path: &str) -> bool {
    let path = folded(path);
    let folder = ["/.github/agents/", "/.copilot/agents/", "/.github-private/agents/"];
    path.ends_with(".agent.md")
        || is_chat_mode(&path)
        || (path.ends_with(".md") && folder.iter().any(|folder| path.contains(folder)))
}

/// Whether a file is a chat mode or a prompt by its name, which only the editor reads.
pub(super) fn is_chat_mode(path: &str) -> bool {
    let path = folded(path);
    path.ends_with(".chatmode.md") || path.ends_with(".prompt.md")
}

/// Whether a Markdown file lies where Gemini CLI looks for agents.
pub(super) fn is_gemini_agent(path: &str) -> bool {
    let path = folded(path);
    path.contains("/.gemini/agents/") && path.ends_with(".md")
}

/// Whether a file lies where GitHub Copilot looks for hooks.
pub(super) fn is_copilot_hooks(path: &str) -> bool {
    let path = folded(path);
    path.contains("/.github/hooks/") || path.contains("/.copilot/hooks/")
}

/// Whether a file has this name, which is lower case.
pub(super) fn has_name(path: &str, name: &str) -> bool {
    folded(path).rsplit('/').next() == Some(name)
}

/// Whether a file is a list of servers of VS Code by its place.
pub(super) fn is_vscode_mcp(path: &str) -> bool {
    let path = folded(path);
    path.ends_with("/mcp.json") && (path.ends_with("/.vscode/mcp.json") || is_vscode_user(&path))
}

/// Whether a folded path lies in the user's folder of VS Code or of one built from it.
fn is_vscode_user(path: &str) -> bool {
    ["/code/user/", "/code - insiders/user/", "/vscodium/user/", "/.vscode-server/data/"]
        .iter()
        .any(|folder| path.contains(folder))
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
        _ if path.contains("/.claude-plugin/") => (Client::ClaudeCode, Scope::Project),
        _ if path.contains("/.copilot/") => (Client::CopilotCli, Scope::User),
        "mcp.json" if path.ends_with("/.cursor/mcp.json") => {
            (Client::Cursor, home_or_project(&path))
        }
        "mcp.json" if path.ends_with("/.vscode/mcp.json") => (Client::VsCode, Scope::Project),
        _ => (other_client(&path), home_or_project(&path)),
    }
}

/// Folders of clients that keep a list of servers under `mcpServers`.
const FOLDERS: &[(&str, Client)] = &[
    ("/.gemini/antigravity", Client::Antigravity),
    ("/.gemini/config/mcp_config.json", Client::Antigravity),
    ("/.gemini/", Client::Gemini),
    ("/gemini-cli/", Client::Gemini),
    ("/.codeium/", Client::Windsurf),
    ("/.windsurf/", Client::Windsurf),
    ("/saoudrizwan.claude-dev/", Client::Cline),
    ("/cline_mcp_settings.json", Client::Cline),
    ("/rooveterinaryinc.roo-cline/", Client::Roo),
    ("/.roo/", Client::Roo),
    ("/kilocode.kilo-code/", Client::Kilo),
    ("/.kilocode/", Client::Kilo),
    ("/.amazonq/", Client::AmazonQ),
    ("/.aws/amazonq/", Client::AmazonQ),
    ("/.kiro/", Client::Kiro),
    ("/.continue/", Client::Continue),
];

/// The client in whose folder a file lies.
pub(super) fn other_client(path: &str) -> Client {
    let path = folded(path);
    let found = FOLDERS.iter().find(|(folder, _)| path.contains(folder));
    found.map_or(Client::Unknown, |(_, client)| *client)
}

/// User for a file in a home, else project.
pub(super) fn home_or_project(path: &str) -> Scope {
    let path = folded(path);
    if is_home(&path) || is_vscode_user(&path) || path.contains("/globalstorage/") {
        Scope::User
    } else {
        Scope::Project
    }
}
