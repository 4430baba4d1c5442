//! Goose: its configuration, the permissions of single tools, and recipes.

mod config;
mod permission;
mod recipe;

pub(super) use config::GooseConfig;
pub(super) use permission::GoosePermission;
pub(super) use recipe::GooseRecipe;

use super::reader::Reader;
use crate::{model::agent_config::PermissionMode, source::node::Node};

/// The version that was read.
const VERSION: &str = "1.14";

/// The extension whose tools are the shell and the editor.
const DEVELOPER: &str = "developer";

/// Its tools.
const DEVELOPER_TOOLS: &str = "developer__*";

/// The mode that a word names.
fn mode(node: &Node) -> Option<PermissionMode> {
    match node.as_str()?.to_ascii_lowercase().as_str() {
        "auto" => Some(PermissionMode::Bypass),
        "approve" => Some(PermissionMode::Ask),
        "smart_approve" => Some(PermissionMode::Classifier),
        "chat" => Some(PermissionMode::Refuse),
        _ => None,
    }
}

/// Whether an extension is a part of Goose, and no server.
fn is_built_in(entry: &Node) -> bool {
    matches!(entry.str_at("type"), Some("builtin" | "platform"))
}

/// Adds the mode that a setting names.
fn read_mode(reader: &mut Reader<'_>, key: &str, node: &Node) {
    match mode(node) {
        Some(mode) => reader.mode(mode, node),
        None => reader.unknown_mode(key, "the client knows no such mode", node),
    }
}
