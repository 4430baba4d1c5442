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
pub(super) use settings::{GeminiSettings, allowing};

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

/// Tools of its own that change something or reach out, each with the other names by
/// which lists may call it.
const OWN_TOOLS: [(&str, &[&str]); 4] = [
    (SHELL, &["ShellTool"]),
    ("write_file", &["WriteFileTool"]),
    ("replace", &["EditTool", "SmartEditTool", "smart_edit"]),
    ("web_fetch", &["WebFetchTool"]),
];

/// The name that policies have for a tool of its own.
fn present_name(name: &str) -> &str {
    let known = OWN_TOOLS.iter().find(|(_, others)| others.contains(&name));
    known.map_or(name, |(own, _)| own)
}

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

/// What a name in a list or a rule speaks of.
fn target(name: &str, decision: Decision) -> RuleTarget {
    match decision {
        Decision::Allow | Decision::Claimed => opened(name),
        Decision::Ask | Decision::Deny => restricted(name),
    }
}

/// What a name opens, in any spelling that some version takes.
fn opened(name: &str) -> RuleTarget {
    if name.starts_with(SERVER_PREFIX) && redact::is_name(name) {
        return RuleTarget::BuiltIn { tool: name.to_owned(), specifier: None };
    }
    match name.split_once("__") {
        Some((server, tool)) => reader::of_server(server, Some(tool)),
        None => reader::own_tool(present_name(name)),
    }
}

/// What a name restricts. A star stands for everything, for all servers, or for all tools
/// of one server, and is a letter like others elsewhere. Names of servers' tools are taken
/// apart at the first underscore, which is wrong for a server that has one itself.
fn restricted(name: &str) -> RuleTarget {
    let rest = name.strip_prefix(SERVER_PREFIX).filter(|rest| !rest.is_empty() && *rest != "*");
    match rest {
        Some(rest) => match (rest.strip_suffix("_*"), rest.split_once('_')) {
            (Some(server), _) if !server.contains('*') => reader::of_server(server, None),
            _ if rest.contains('*') => RuleTarget::Unreadable(PARTIAL),
            (_, Some((server, tool))) => reader::of_server(server, Some(tool)),
            (_, None) => RuleTarget::Unreadable("it names a server and no tool"),
        },
        None if name == "*" || name == "mcp_*" => reader::own_tool(name),
        None if name.contains('*') => RuleTarget::Unreadable(PARTIAL),
        None if name.contains("__") => {
            RuleTarget::Unreadable("this spelling of a server's tool matches none any more")
        }
        None => reader::own_tool(present_name(name)),
    }
}

/// Why a pattern for some tools restricts none.
const PARTIAL: &str = "a star stands for all tools of a server or for everything, not for some";

/// Adds a rule with a rank.
fn rule(
    reader: &mut Reader<'_>,
    decision: Decision,
    target: RuleTarget,
    priority: u16,
    node: &Node,
) {
    let location = reader.at(node);
    reader.ranked(PermissionRule { decision, target, location, priority, list: None });
}
