//! Amazon Q Developer's CLI, and Kiro, which came from it: agents in JSON and in
//! Markdown, and permissions by capability.

mod agent;
mod capability;
mod permissions;

pub(super) use agent::{KiroAgent, targets};
pub(super) use permissions::KiroPermissions;

use super::path;
use crate::model::agent_config::Client;

/// The version that was read.
const VERSION: &str = "2026-09";

/// Older names of its own tools.
const RENAMED: [(&str, &str); 5] = [
    ("execute_bash", "shell"),
    ("execute_cmd", "shell"),
    ("fs_write", "write"),
    ("fs_read", "read"),
    ("use_aws", "aws"),
];

/// A tool of its own by its present name.
fn present_name(tool: &str) -> &str {
    RENAMED.iter().find(|(old, _)| *old == tool).map_or(tool, |(_, new)| new)
}

/// Which of the two reads a file.
fn client(file: &str) -> Client {
    match path::other_client(file) {
        Client::AmazonQ => Client::AmazonQ,
        _ => Client::Kiro,
    }
}
