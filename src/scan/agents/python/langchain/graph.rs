//! Graphs: every node is something that may run, `ToolNode`s run tools.

use super::{approval, approval::Gates, decorates, give, keeps};
use crate::{
    model::agent_config::{Client, Conduct},
    scan::agents::python::{
        conduct,
        draft::Draft,
        names::Meaning,
        uses::{Code, Defined, Site},
    },
    source::python::{Expr, ExprKind},
};

/// Whether a path compiles a graph: `StateGraph(…)….compile`.
pub(super) fn compiles(path: &str) -> bool {
    is_graph(path) && path.ends_with(".compile")
}

/// Whether a path makes a graph: `StateGraph`.
pub(super) fn begins(path: &str) -> bool {
    path.starts_with("langgraph.")
        && (path.ends_with(".StateGraph") || path.ends_with(".MessageGraph"))
}

/// A graph that is compiled where nothing shows that it is this one.
pub(super) fn unfinished(code: &Code<'_>, site: &Site<'_>, format: &'static str) -> Draft {
    let name = site.bound_to.unwrap_or("graph");
    let mut draft = Draft::new(code, format, Client::LangChain, "graph", name, site);
    draft.opaque(code.location(site.place), "how the graph is compiled is decided elsewhere");
    draft
}

fn is_graph(path: &str) -> bool {
    path.starts_with("langgraph.")
        && (path.contains(".StateGraph()") || path.contains(".MessageGraph()"))
}

/// The agent that a compiled graph is. Nodes of every graph in the file count: which
/// belong to this one may depend on how the code runs.
pub(super) fn read<'m>(code: &Code<'m>, site: &Site<'m>, format: &'static str) -> Draft {
    let name = site.call.named("name").and_then(|name| code.text(name, site.scope));
    let name = name.or(site.bound_to).unwrap_or("graph");
    let mut draft = Draft::new(code, format, Client::LangChain, "graph", name, site);
    let answered = approval::answered_by_code(code);
    let adds = |path: &str| is_graph(path) && path.ends_with(".add_node");
    let mut any = false;
    for node in code.sites.iter().filter(|site| site.callee.may_be(adds).is_some()) {
        any = true;
        let mut gates = Gates::new(keeps::of(code, site), answered.clone());
        add(code, site, node, &mut gates, &mut draft);
    }
    if !any {
        draft.opaque(code.location(site.place), "its nodes are added elsewhere");
    }
    draft
}

/// Adds what one node runs.
fn add<'m>(
    code: &Code<'m>,
    graph: &Site<'m>,
    node: &Site<'m>,
    gates: &mut Gates,
    draft: &mut Draft,
) {
    let location = code.location(node.place);
    let named = node.call.argument(0, "node").and_then(|name| code.text(name, node.scope));
    let runs = if named.is_some() {
        node.call.argument(1, "action")
    } else {
        node.call.argument(0, "node")
    };
    let Some(runs) = runs else {
        draft.opaque(location, "what its nodes run is computed");
        return;
    };
    match code.names.meaning(runs, node.scope) {
        Meaning::Call(call, _, scope) => {
            let callee = code.names.callee(&call.function, scope);
            if callee
                .exactly()
                .is_some_and(|path| path.starts_with("langgraph.") && path.ends_with(".ToolNode"))
            {
                let name = named.unwrap_or("tools");
                pauses(code, graph, name, gates, draft);
                match call.argument(0, "tools") {
                    Some(tools) => give(code, draft, gates, tools, scope),
                    None => draft.opaque(location, "its tools are computed"),
                }
            } else {
                draft.opaque(location, "what its nodes run is decided elsewhere");
            }
        }
        Meaning::Function(function, scope) => {
            let defined = Defined { function, scope };
            let name = named.unwrap_or(&function.name);
            pauses(code, graph, name, gates, draft);
            let does = conduct::of(code, defined, &decorates);
            // A node that only computes is no tool.
            if does != Conduct::Commands(Vec::new()) {
                let approval = gates.of(code, name, Some(defined), draft);
                draft.function(name, does, approval, location);
            }
        }
        _ if is_end(runs) => {}
        _ => draft.opaque(location, "what its nodes run is decided elsewhere"),
    }
}

fn pauses<'m>(code: &Code<'m>, graph: &Site<'m>, node: &str, gates: &mut Gates, draft: &mut Draft) {
    // Which nodes come right before this one, edges decide: only this one counts.
    gates.pauses(code, graph, node, &[], draft);
    if gates.paused.is_some() && gates.answered.is_none() {
        gates.answered = approval::resumed_by_code(code);
    }
}

fn is_end(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::None)
}
