//! Rules by capability: what an agent does, on which resources, with which effect.

use super::present_name;
use crate::{
    model::agent_config::{Decision, ProblemKind, RuleTarget},
    scan::agents::{
        entries::all,
        reader::{Reader, of_server, texts},
        redact,
    },
    source::node::Node,
};

/// Whether items of a list are such rules.
pub(super) fn are_rules(items: &[Node]) -> bool {
    items.iter().any(|item| item.get("capability").is_some() && item.get("effect").is_some())
}

/// Reads a list of rules. Those of one agent restrict no other: only what they open
/// counts then.
pub(super) fn read(reader: &mut Reader<'_>, items: &[Node], of_one_agent: bool) {
    for item in items {
        let decision = match item.str_at("effect") {
            Some("allow") => Decision::Allow,
            Some("ask") => Decision::Ask,
            Some("deny") => Decision::Deny,
            _ => {
                let reason = "an effect is allow, ask or deny";
                reader.problem(ProblemKind::IgnoredValue, "effect", reason, item);
                continue;
            }
        };
        // What is exempt from a restriction cannot be told apart: it restricts nothing.
        let exempt = all(item, "exclude").next().is_some();
        if decision >= Decision::Ask && (exempt || of_one_agent) {
            continue;
        }
        for target in targets(item, decision) {
            reader.rule(decision, target, item);
        }
    }
}

fn targets(item: &Node, decision: Decision) -> Vec<RuleTarget> {
    let capability = item.str_at("capability").unwrap_or_default();
    let patterns = texts(item, "match");
    let opens = decision == Decision::Allow;
    // What an empty list matches is not known: everything, where that opens.
    let whole = item.get("match").is_none() || (opens && patterns.is_empty());
    let own = |tool: &str, specifier: Option<&str>| RuleTarget::BuiltIn {
        tool: redact::name(tool),
        specifier: specifier.map(redact::words),
    };
    match (capability, whole) {
        ("all", true) => vec![own("*", None)],
        // Of which capability a pattern is a resource cannot be told.
        ("all", false) if opens => vec![own("*", None)],
        ("all", false) => Vec::new(),
        ("mcp", true) => vec![of_server("*", None)],
        ("mcp", false) => patterns.iter().map(|(pattern, _)| of_pattern(pattern)).collect(),
        (tool, true) => vec![own(present_name(tool), None)],
        (tool, false) => {
            patterns.iter().map(|(pattern, _)| own(present_name(tool), Some(pattern))).collect()
        }
    }
}

/// `server/tool`, `server/*`, `server`.
fn of_pattern(pattern: &str) -> RuleTarget {
    let pattern = pattern.strip_prefix('@').unwrap_or(pattern);
    match pattern.split_once('/') {
        Some((server, tool)) => of_server(server, Some(tool)),
        None => of_server(pattern, None),
    }
}
