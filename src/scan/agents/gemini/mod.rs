//! Gemini CLI: settings, policies and extensions.
//!
//! Every rule has a rank over all files: the tier of its source, then its own
//! priority. Settings make rules too, all of them in the tier of the user.

mod agent;
mod extension;
mod policy;
mod settings;

pub(super) use agent::GeminiAgent;
pub(super) use extension::GeminiExtension;
pub(super) use policy::GeminiPolicy;
pub(super) use settings::GeminiSettings;

use super::{
    path::folded,
    reader::{self, Reader},
    redact,
};
use crate::{
    model::agent_config::{Decision, PermissionRule, RuleTarget},
    source::node::Node,
};

/// The version that was read.
const VERSION: &str = "0.61";

/// What its rules call a tool of a server: this, the server, `_`, the tool.
const SERVER_PREFIX: &str = "mcp_";

/// The tool that runs commands.
const SHELL: &str = "run_shell_command";

/// Where a policy comes from: ranks of a higher one are above all of a lower one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tier {
    Extension = 2,
    User = 4,
    Admin = 5,
}

impl Tier {
    /// The rank of a rule of this tier with a priority of its own, 0 to 999.
    fn rank(self, priority: u16) -> u16 {
        self as u16 * 1_000 + priority.min(999)
    }
}

/// Folders of administrators, on three systems.
const SYSTEM_FOLDERS: [&str; 3] =
    ["/etc/gemini-cli/", "/application support/geminicli/", "/programdata/gemini-cli/"];

/// Whether a file lies in a folder of an administrator.
fn is_system(path: &str) -> bool {
    let path = folded(path);
    SYSTEM_FOLDERS.iter().any(|folder| path.contains(folder))
}

/// What a name in a list or a rule speaks of. Names of servers' tools are taken apart
/// at the first underscore, which is wrong for a server that has one itself: such a
/// rule restricts nothing of it, but what it would open still counts.
fn target(name: &str, decision: Decision) -> RuleTarget {
    let rest = name.strip_prefix(SERVER_PREFIX).filter(|rest| !rest.is_empty() && *rest != "*");
    match rest {
        Some(rest) if decision >= Decision::Ask => match rest.split_once('_') {
            Some((server, tool)) => reader::of_server(server, Some(tool)),
            None => RuleTarget::Unreadable("it names a server and no tool"),
        },
        Some(_) if redact::is_name(name) => {
            RuleTarget::BuiltIn { tool: name.to_owned(), specifier: None }
        }
        // An older spelling: `server__tool`.
        None if name.contains("__") => {
            let (server, tool) = name.split_once("__").unwrap_or((name, ""));
            reader::of_server(server, Some(tool))
        }
        Some(_) | None => reader::own_tool(name),
    }
}

/// Adds a rule with a rank.
fn rule(
    reader: &mut Reader<'_>,
    decision: Decision,
    target: RuleTarget,
    priority: u16,
    node: &Node,
) {
    let location = reader.at(node);
    reader.ranked(PermissionRule { decision, target, location, priority });
}
