//! What bounds an agent's runs: where each format has it, and what frameworks call it.
//!
//! None of these settings limits how fast tools are called, though some read as if they
//! did: `max_rpm` of CrewAI (1.15) counts requests to the model, and one answer may call
//! several tools at the same time; dot-ai counts the events of each object and reason.

use super::{Reading, models};
use crate::{
    model::agent_config::{Bound, Bounded},
    source::{
        Document,
        node::Node,
        python::{Call, Expr, ExprKind},
    },
};

/// Most bounds of one file that are kept.
pub(super) const MOST: usize = 64;

/// Formats, and the paths of their settings; `*` is every key.
const PATHS: &[(&str, &[&str], Bounded)] = &[
    ("claude-code-agent", &["maxTurns"], Bounded::Turns),
    ("vscode-settings", &["chat.agent.maxRequests"], Bounded::Turns),
    ("gemini-settings", &["model", "maxSessionTurns"], Bounded::Turns),
    ("gemini-agent", &["max_turns"], Bounded::Turns),
    ("gemini-agent", &["timeout_mins"], Bounded::Time),
    ("goose-config", &["GOOSE_MAX_TURNS"], Bounded::Turns),
    ("goose-recipe", &["settings", "max_turns"], Bounded::Turns),
    ("opencode", &["agent", "*", "maxSteps"], Bounded::Turns),
    ("opencode-agent", &["maxSteps"], Bounded::Turns),
    ("cagent", &["agents", "*", "max_iterations"], Bounded::Turns),
    ("kubectl-ai", &["maxIterations"], Bounded::Turns),
    ("holmesgpt", &["max_steps"], Bounded::Turns),
    ("agentic-workflow", &["max-turns"], Bounded::Turns),
    ("agentic-workflow", &["engine", "max-turns"], Bounded::Turns),
    ("agentic-workflow", &["timeout-minutes"], Bounded::Time),
    ("crewai-definitions", &["*", "max_rpm"], Bounded::ModelRequests),
    ("crewai-definitions", &["*", "max_iter"], Bounded::Turns),
    ("crewai-definitions", &["*", "max_execution_time"], Bounded::Time),
    ("dot-ai-remediation", &["spec", "rateLimiting", "eventsPerMinute"], Bounded::Events),
    ("dot-ai-remediation", &["spec", "rateLimiting", "cooldownMinutes"], Bounded::Events),
    ("toolhive", &["spec", "rateLimiting"], Bounded::CallsWhileCounted),
];

/// Names of arguments and of keys that are handed to frameworks of Python.
const NAMES: &[(&str, Bounded)] = &[
    ("max_turns", Bounded::Turns),
    ("max_iter", Bounded::Turns),
    ("max_iterations", Bounded::Turns),
    ("max_steps", Bounded::Turns),
    ("max_llm_calls", Bounded::Turns),
    ("recursion_limit", Bounded::Turns),
    ("max_rpm", Bounded::ModelRequests),
    ("max_execution_time", Bounded::Time),
    ("max_budget_usd", Bounded::Cost),
    ("max_concurrency", Bounded::Tasks),
];

/// Arguments that count what their middleware is about.
const COUNTED: [&str; 2] = ["run_limit", "thread_limit"];

/// Middleware, and what it counts.
const MIDDLEWARE: [(&str, Bounded); 2] =
    [("ToolCallLimitMiddleware", Bounded::Calls), ("ModelCallLimitMiddleware", Bounded::Turns)];

/// Notes the bounds that a document sets in every configuration that it is.
pub(super) fn note(document: &Document, reading: &mut Reading) {
    let mut bounds: Vec<Bound> = Vec::new();
    for (_, path, of) in PATHS.iter().filter(|(format, _, _)| *format == reading.format) {
        let mut found = Vec::new();
        models::at(&document.root, path, &mut found);
        bounds.extend(found.into_iter().filter(|own| is_bound(own)).map(|own| Bound {
            of: *of,
            setting: path.last().copied().unwrap_or_default().to_owned(),
            location: own.location(&document.file),
        }));
    }
    bounds.truncate(MOST);
    for config in &mut reading.configs {
        config.bounds.extend(bounds.iter().cloned());
    }
}

/// Whether a value bounds anything: 0 and below stand for "any number" where they stand
/// for something.
fn is_bound(node: &Node) -> bool {
    match node.text().and_then(|text| text.trim().parse::<f64>().ok()) {
        Some(number) => number > 0.0,
        None => !node.entries().is_empty(),
    }
}

/// The bounds that a call of Python sets, each with its value.
pub(super) fn of_call(call: &Call) -> impl Iterator<Item = (&'static str, Bounded, &Expr)> {
    let counts = match &call.function.kind {
        ExprKind::Name(name) | ExprKind::Attribute(_, name) => {
            MIDDLEWARE.iter().find(|(known, _)| known == name).map(|(_, of)| *of)
        }
        _ => None,
    };
    let named = call.arguments.iter().filter_map(|it| Some((it.name.as_deref()?, &it.value)));
    let keys = call.arguments.iter().flat_map(|argument| match &argument.value.kind {
        ExprKind::Dict(entries) => entries.as_slice(),
        _ => &[],
    });
    let keyed = keys.filter_map(|(key, value)| Some((key.as_ref()?.as_text()?, value)));
    named.chain(keyed).filter(|(_, value)| value.kind != ExprKind::None).filter_map(
        move |(name, value)| {
            let known = NAMES.iter().find(|(known, _)| *known == name).copied();
            let counted = || {
                let name = COUNTED.iter().find(|known| **known == name)?;
                Some((*name, counts?))
            };
            let (name, of) = known.or_else(counted)?;
            Some((name, of, value))
        },
    )
}
