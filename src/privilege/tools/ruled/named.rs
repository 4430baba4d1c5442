//! What the rules of a client call a tool of a server.

use super::policy::Policy;
use crate::{
    model::agent_config::{Decision, PermissionRule, RuleTarget, Server},
    privilege::tools::{builtin, dead_rules},
    rubric::servers::glob,
};

/// A tool of a server by its names; built once, and held against every rule.
pub(super) struct Named<'s> {
    server: &'s str,
    tool: Option<&'s str>,
    /// Its whole names where the client joins server and tool into one: as the server is
    /// written, then as some versions write it. With `*` for tools that nobody listed.
    joined: Vec<String>,
    /// What those names start with, up to the tool.
    starts: Vec<String>,
}

impl<'s> Named<'s> {
    /// None as tool stands for tools that nobody listed; `spelt` as in the client's rule.
    pub(super) fn new(spelt: Option<&str>, server: &'s str, tool: Option<&'s str>) -> Self {
        let spellings = match spelt {
            Some(_) => spellings(server).into_iter().collect(),
            None => Vec::new(),
        };
        let with = |tool: &str| {
            let name = |server: &String| {
                let spelt = spelt.unwrap_or_default();
                spelt.replace("{server}", server).replace("{tool}", tool)
            };
            spellings.iter().map(name).collect::<Vec<_>>()
        };
        Self { server, tool, joined: with(tool.unwrap_or("*")), starts: with("") }
    }

    /// Whether a rule speaks of it. Of tools that nobody listed an allow rule opens at
    /// least something; and where a rule opens, each spelling of a name counts.
    pub(super) fn is_meant_by(&self, rule: &PermissionRule) -> bool {
        let opens = rule.decision == Decision::Allow;
        match &rule.target {
            RuleTarget::Mcp { server: named, tool: pattern } => {
                let covers = match (pattern.as_deref(), self.tool) {
                    (None | Some("*"), _) => true,
                    (Some(pattern), Some(tool)) => glob(pattern, tool),
                    (Some(_), None) => opens,
                };
                glob(named, self.server) && covers
            }
            RuleTarget::BuiltIn { tool: pattern, .. } if builtin::is_whole(rule) => {
                let count = if opens { self.joined.len() } else { 1 };
                let some_of_it = || {
                    let starts = self.starts.iter().any(|start| pattern.starts_with(start));
                    opens && self.tool.is_none() && starts
                };
                pattern == "*"
                    || self.joined.iter().take(count).any(|name| glob(pattern, name))
                    || some_of_it()
            }
            RuleTarget::BuiltIn { .. } | RuleTarget::Unreadable(_) => false,
        }
    }
}

/// How a server's name is written in the name of a tool: as it stands, and as versions
/// write one that has other characters in it.
fn spellings(server: &str) -> [String; 3] {
    let plain = |c: char| if c.is_alphanumeric() || c == '-' || c == '_' { c } else { '_' };
    let lower = server.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase);
    [server.to_owned(), server.chars().map(plain).collect(), lower.map(plain).collect()]
}

impl dead_rules::Matches for Policy<'_> {
    fn names(&self, rule: &PermissionRule, server: &Server) -> bool {
        match &rule.target {
            RuleTarget::Mcp { server: named, tool: Some(_) } => glob(named, &server.name),
            RuleTarget::BuiltIn { tool: pattern, specifier: None } => {
                let prefix = self.spelt().and_then(|spelt| spelt.split_once("{tool}"));
                let prefix = prefix.map(|(before, _)| before.replace("{server}", &server.name));
                // A name that tells no server may be that of another tool.
                prefix.is_some_and(|prefix| {
                    let tool = pattern.strip_prefix(&prefix).unwrap_or_default();
                    !prefix.is_empty() && !tool.is_empty()
                })
            }
            _ => false,
        }
    }

    fn speaks_of(&self, rule: &PermissionRule, server: &Server, tool: &str) -> bool {
        Named::new(self.spelt(), &server.name, Some(tool)).is_meant_by(rule)
    }
}
