//! OpenAI Codex: its configuration, its rules for commands, and what an administrator
//! requires of it.

mod config;
mod hooks;
mod requirements;
mod rules;

pub(super) use config::CodexConfig;
pub(super) use hooks::CodexHooks;
pub(super) use requirements::CodexRequirements;
pub(super) use rules::CodexRules;

use super::path::folded;

/// The version that was read.
const VERSION: &str = "0.169";

/// Folders of an administrator.
const SYSTEM_FOLDERS: [&str; 2] = ["/etc/codex/", "/programdata/openai/codex/"];

/// Whether a file lies in a folder of an administrator.
fn is_system(path: &str) -> bool {
    let path = folded(path);
    SYSTEM_FOLDERS.iter().any(|folder| path.contains(folder))
}
