//! Tools that a command line lets run unasked, as each client calls them.

use crate::{
    model::{
        agent_config::{Client, Decision, PermissionRule, RuleTarget},
        location::Location,
    },
    scan::agents::{
        gemini, kiro, permission_rule,
        reader::{of_server, own_tool},
    },
};

/// The rules that a word of a list of allowed tools is.
pub(super) fn of_tool(client: Client, text: &str, location: &Location) -> Vec<PermissionRule> {
    let targets = match client {
        Client::Gemini => return vec![gemini::allowing(text, location.clone())],
        Client::ClaudeCode => vec![permission_rule::parse(text, Decision::Allow)],
        Client::AmazonQ | Client::Kiro => kiro::targets(text).collect(),
        Client::CopilotCli => vec![of_copilot(text)],
        _ => vec![own_tool(text)],
    };
    let rule = |target| PermissionRule::new(Decision::Allow, target, location.clone());
    targets.into_iter().map(rule).collect()
}

/// `shell(git push)`, or `server(tool)` and `server` for all of its tools.
fn of_copilot(text: &str) -> RuleTarget {
    let (name, inside) = text.split_once('(').unwrap_or((text, ""));
    if matches!(name, "shell" | "write" | "read" | "url" | "memory") {
        return own_tool(text);
    }
    of_server(name, Some(inside.trim_end_matches(')')))
}

/// The rules under which files are changed unasked.
pub(super) fn of_edits(client: Client, location: &Location) -> Vec<PermissionRule> {
    let tools: &[&str] = match client {
        Client::Gemini => &["replace", "write_file"],
        _ => &["Edit", "Write", "NotebookEdit"],
    };
    tools.iter().flat_map(|tool| of_tool(client, tool, location)).collect()
}
