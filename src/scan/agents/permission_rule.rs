//! Permission rules of Claude Code, as text: `Tool`, `Tool(specifier)`,
//! `mcp__server`, `mcp__server__tool`.

use super::redact;
use crate::model::agent_config::{Decision, RuleTarget};

/// Reads a rule. What the client would skip becomes
/// [`RuleTarget::Unreadable`] with the reason.
pub(super) fn parse(text: &str, decision: Decision) -> RuleTarget {
    let text = text.trim();
    let (tool, specifier) = match text.split_once('(') {
        Some((tool, rest)) => match rest.strip_suffix(')') {
            Some(specifier) => (tool.trim(), Some(specifier)),
            None => return RuleTarget::Unreadable("its bracket is not closed"),
        },
        None => (text, None),
    };
    if tool.is_empty() {
        return RuleTarget::Unreadable("it names no tool");
    }
    if let Some(rest) = tool.strip_prefix("mcp__") {
        return mcp(rest, specifier, decision);
    }
    if tool.contains('*') {
        return any_tool(tool, specifier, decision);
    }
    let shaped = tool.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    if !shaped || !redact::is_name(tool) {
        return RuleTarget::Unreadable("its tool is no name");
    }
    RuleTarget::BuiltIn { tool: tool.to_owned(), specifier: specifier.map(redact::words) }
}

fn mcp(rest: &str, specifier: Option<&str>, decision: Decision) -> RuleTarget {
    if specifier.is_some() {
        return RuleTarget::Unreadable("rules of MCP tools take nothing in brackets");
    }
    if !redact::is_name(rest) {
        // A name that may not be shown could be that of any server.
        return match decision {
            Decision::Allow => RuleTarget::Mcp { server: "*".to_owned(), tool: None },
            Decision::Claimed | Decision::Ask | Decision::Deny => {
                RuleTarget::Unreadable("its tool is no name")
            }
        };
    }
    let (server, tool) = match rest.split_once("__") {
        Some((server, tool)) => (server, Some(tool)),
        None => (rest, None),
    };
    if server.is_empty() {
        return RuleTarget::Unreadable("it names no server");
    }
    if server.contains('*') && decision == Decision::Allow {
        return RuleTarget::Unreadable("an allow rule must name its server in full");
    }
    let tool = tool.filter(|tool| !tool.is_empty() && *tool != "*").map(str::to_owned);
    RuleTarget::Mcp { server: server.to_owned(), tool }
}

/// `*` and the like, in the place of a tool's name.
fn any_tool(tool: &str, specifier: Option<&str>, decision: Decision) -> RuleTarget {
    if decision == Decision::Allow {
        return RuleTarget::Unreadable("an allow rule must name its tool in full");
    }
    if specifier.is_some() || !redact::is_name(tool) {
        return RuleTarget::Unreadable("its tool is no name");
    }
    RuleTarget::BuiltIn { tool: tool.to_owned(), specifier: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn built_in(tool: &str, specifier: Option<&str>) -> RuleTarget {
        RuleTarget::BuiltIn { tool: tool.to_owned(), specifier: specifier.map(str::to_owned) }
    }

    fn of_server(server: &str, tool: Option<&str>) -> RuleTarget {
        RuleTarget::Mcp { server: server.to_owned(), tool: tool.map(str::to_owned) }
    }

    #[test]
    fn a_rule_names_a_tool_and_what_it_is_for() {
        assert_eq!(parse("Bash", Decision::Allow), built_in("Bash", None));
        assert_eq!(parse("Bash(git push:*)", Decision::Ask), built_in("Bash", Some("git push:*")));
        assert_eq!(parse("Read(~/.kube/**)", Decision::Deny), built_in("Read", Some("~/.kube/**")));
    }

    #[test]
    fn a_server_with_and_without_a_star_is_every_tool_of_it() {
        assert_eq!(parse("mcp__kubernetes", Decision::Ask), of_server("kubernetes", None));
        assert_eq!(parse("mcp__kubernetes__*", Decision::Ask), of_server("kubernetes", None));
        assert_eq!(
            parse("mcp__kubernetes__pods_delete", Decision::Deny),
            of_server("kubernetes", Some("pods_delete"))
        );
    }

    #[test]
    fn an_allow_rule_without_a_whole_server_name_is_skipped() {
        assert!(matches!(parse("mcp__*", Decision::Allow), RuleTarget::Unreadable(_)));
        assert_eq!(parse("mcp__*", Decision::Deny), of_server("*", None));
        assert!(matches!(parse("*", Decision::Allow), RuleTarget::Unreadable(_)));
    }

    #[test]
    fn brackets_behind_an_mcp_tool_make_the_rule_useless() {
        let target = parse("mcp__kubernetes__pods_delete(shop)", Decision::Deny);
        assert!(matches!(target, RuleTarget::Unreadable(_)));
    }

    #[test]
    fn a_key_inside_a_rule_is_withheld() {
        let target = parse("Bash(npx server --key 9f86d081884c7d659a2f:*)", Decision::Allow);
        assert_eq!(target, built_in("Bash", Some("npx server --key (withheld)")));
    }
}
