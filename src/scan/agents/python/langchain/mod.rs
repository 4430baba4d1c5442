//! LangChain and LangGraph: agents made by a function, and graphs whose nodes are
//! functions.

mod approval;
mod graph;
mod interrupt;
mod keeps;

use super::{
    Framework, conduct,
    draft::{Draft, undecided},
    list::Item,
    names::{Meaning, ScopeId},
    tools::{self, Given, Made},
    uses::{Code, Defined, Site},
};
use crate::{
    model::agent_config::{Approval, Client, ProblemKind, ToolSource},
    source::python::{Expr, ExprKind},
};
use approval::Gates;

pub(super) struct LangChain;

impl Framework for LangChain {
    fn id(&self) -> &'static str {
        "langchain"
    }

    fn title(&self) -> &'static str {
        "LangChain and LangGraph agents in Python"
    }

    fn version(&self) -> &'static str {
        "LangChain 1, LangGraph 1"
    }

    fn marks(&self) -> &'static [&'static str] {
        &["langchain", "langgraph", "deepagents"]
    }

    fn read(&self, code: &Code<'_>) -> Vec<Draft> {
        let mut drafts = Vec::new();
        for site in &code.sites {
            if let Some(path) = site.callee.may_be(makes_agent) {
                drafts.push(prebuilt(code, site, path, self.id()));
            } else if site.callee.may_be(graph::compiles).is_some() {
                drafts.push(graph::read(code, site, self.id()));
            }
        }
        let compiled = code.sites.iter().any(|site| site.callee.may_be(graph::compiles).is_some());
        let begun = code.sites.iter().find(|site| site.callee.may_be(graph::begins).is_some());
        if let Some(site) = begun.filter(|_| !compiled) {
            drafts.push(graph::unfinished(code, site, self.id()));
        }
        drafts
    }
}

fn is_ours(path: &str) -> bool {
    ["langchain", "langgraph", "deepagents"].iter().any(|package| path.starts_with(package))
}

/// Whether a path is a function that makes an agent of tools.
fn makes_agent(path: &str) -> bool {
    let name = path.rsplit('.').next().unwrap_or_default();
    is_ours(path)
        && matches!(
            name,
            "create_agent"
                | "create_react_agent"
                | "create_deep_agent"
                | "async_create_deep_agent"
                | "create_supervisor"
                | "AgentExecutor"
                | "initialize_agent"
        )
}

/// An agent that a function makes.
fn prebuilt<'m>(code: &Code<'m>, site: &Site<'m>, path: &str, format: &'static str) -> Draft {
    let name = site.call.named("name").and_then(|name| code.text(name, site.scope));
    let name = name.or(site.bound_to).unwrap_or("agent");
    let mut draft = Draft::new(code, format, Client::LangChain, "agent", name, site);
    let answered = approval::answered_by_code(code);
    let mut gates = Gates::new(keeps::of(code, site), answered);
    gates.middleware(code, site);
    if let Some(tools) = site.call.named("interrupt_on") {
        gates.interrupt_on(code, tools, site.scope);
    }
    gates.pauses(code, site, "tools", &["agent", "model"], &mut draft);
    if gates.paused.is_some() && gates.answered.is_none() {
        gates.answered = approval::resumed_by_code(code);
    }
    if site.call.passes_on() {
        draft.opaque(code.location(site.place), "its tools are computed");
    }
    if path.ends_with("deep_agent") {
        let why = "deepagents adds tools of its own, files and a shell among them";
        draft.opaque(code.location(site.place), why);
    }
    // `initialize_agent` and `AgentExecutor.from_agent_and_tools` differ in the order.
    let position = if path.ends_with(".initialize_agent") { 0 } else { 1 };
    if let Some(list) = site.call.argument(position, "tools") {
        give(code, &mut draft, &gates, list, site.scope);
    }
    if let Some(list) = site.call.named("middleware") {
        for item in code.items(list, site.scope) {
            middleware(code, &mut draft, &gates, item);
        }
    }
    if let Some(list) = site.call.named("subagents").or_else(|| site.call.named("agents")) {
        draft.opaque(code.location(list.place), "what agents under it do is decided elsewhere");
    }
    settle_names(&mut draft);
    vacuous(code, &mut draft, &gates);
    draft
}

/// Middleware that brings no tool and answers for nobody.
const WITHOUT_TOOLS: [&str; 11] = [
    "HumanInTheLoopMiddleware",
    "SummarizationMiddleware",
    "ModelCallLimitMiddleware",
    "ToolCallLimitMiddleware",
    "ModelFallbackMiddleware",
    "ModelRetryMiddleware",
    "ToolRetryMiddleware",
    "PIIMiddleware",
    "TodoListMiddleware",
    "ContextEditingMiddleware",
    "LLMToolSelectorMiddleware",
];

/// Gives an agent the tools that come with a middleware.
fn middleware<'m>(code: &Code<'m>, draft: &mut Draft, gates: &Gates, item: Item<'m>) {
    let location = code.location(item.expr.place);
    let path = match code.names.meaning(item.expr, item.scope) {
        Meaning::Call(call, _, scope) if !item.spread => code.names.callee(&call.function, scope),
        _ => Default::default(),
    };
    let path = path.exactly().filter(|path| path.starts_with("langchain."));
    match path.and_then(|path| path.rsplit('.').next()) {
        Some(name) if WITHOUT_TOOLS.contains(&name) => {}
        Some("ShellToolMiddleware") => {
            let approval = gates.of(code, "shell", None, draft);
            draft.built_in("ShellTool", approval, location);
        }
        _ => draft.opaque(location, "its middleware may bring tools, or answer for a human"),
    }
}

/// Gives an agent every tool of a list, or of a node that runs tools.
fn give<'m>(code: &Code<'m>, draft: &mut Draft, gates: &Gates, list: &'m Expr, scope: ScopeId) {
    for item in code.items(list, scope) {
        give_one(code, draft, gates, item);
    }
}

fn give_one<'m>(code: &Code<'m>, draft: &mut Draft, gates: &Gates, item: Item<'m>) {
    let location = code.location(item.expr.place);
    match code.given(item) {
        Given::Function(defined) => {
            let name = name_of(defined);
            let approval = gates.of(code, &name, Some(defined), draft);
            let does = conduct::of(code, defined, &decorates);
            draft.function(&name, does, approval, location);
        }
        Given::Made(made) => give_made(code, draft, gates, made, item),
        Given::Described => {
            let approval = gates.of(code, "", None, draft);
            draft.built_in("tool of the model's provider", approval, location);
        }
        Given::Imported(path) => {
            let name = path.rsplit('.').next().unwrap_or_default().to_owned();
            let approval = gates.of(code, &name, None, draft);
            draft.built_in(&name, approval, location);
        }
        Given::Computed => draft.opaque(location, "its tools are computed"),
    }
}

/// Gives an agent what a call makes.
fn give_made<'m>(
    code: &Code<'m>,
    draft: &mut Draft,
    gates: &Gates,
    made: Made<'m>,
    item: Item<'m>,
) {
    let location = code.location(made.place);
    if let Some(class) = made.class {
        let name = tools::attribute(class, "name").unwrap_or(&class.name);
        let inner = code.names.scope_at(class.place);
        let runs = tools::method(class, "_run");
        let defined = runs.map(|function| Defined { function, scope: inner });
        // Of a class that brings two, only one may ask.
        let defined = defined.filter(|_| tools::method(class, "_arun").is_none());
        let approval = gates.of(code, name, defined, draft);
        let does = conduct::of_class(code, class, &decorates);
        draft.function(name, does, approval, location);
        return;
    }
    let path = made.callee.exactly().unwrap_or_default();
    let last = path.rsplit('.').next().unwrap_or_default();
    let wraps = path.starts_with("langchain")
        && matches!(last, "Tool" | "StructuredTool" | "from_function" | "tool");
    if path.contains("MultiServerMCPClient()") && last == "get_tools" {
        from_client(code, draft, gates, &made);
    } else if wraps {
        let named = ["func", "coroutine"].iter().filter_map(|key| made.call.named(key));
        let mut wrapped: Vec<&Expr> = named.collect();
        if wrapped.is_empty() && last != "Tool" {
            wrapped.extend(made.call.argument(0, "func"));
        }
        let functions: Option<Vec<Defined<'m>>> =
            wrapped.iter().map(|function| code.function(function, made.scope)).collect();
        let functions = functions.unwrap_or_default();
        let name = made.call.named("name").and_then(|name| code.text(name, made.scope));
        let own = functions.first().map(|defined| name_of(*defined));
        let name = name.map(str::to_owned).or(own).unwrap_or_else(|| last.to_owned());
        let asks = functions.first().filter(|_| functions.len() == 1).copied();
        let approval = gates.of(code, &name, asks, draft);
        let does = functions.iter().map(|defined| conduct::of(code, *defined, &decorates));
        match does.reduce(conduct::worse) {
            Some(does) => draft.function(&name, does, approval, location),
            None => draft.built_in(&name, approval, location),
        }
    } else if item.spread {
        draft.opaque(location, "its tools are computed");
    } else {
        let approval = match gates.of(code, last, None, draft) {
            // Its name as a tool is not that of its class.
            Approval::NotAsked { .. } if !gates.listed.is_empty() => {
                undecided("what it is called as a tool is not known here")
            }
            approval => approval,
        };
        let name = if last.is_empty() { "tool of unknown make" } else { last };
        let ours = path.starts_with("langchain");
        draft.built_in(if ours || path.is_empty() { name } else { path }, approval, location);
    }
}

/// Gives an agent the tools of the servers of a `MultiServerMCPClient`.
fn from_client<'m>(code: &Code<'m>, draft: &mut Draft, gates: &Gates, made: &Made<'m>) {
    let location = code.location(made.place);
    let ExprKind::Attribute(of, _) = &made.call.function.kind else { return };
    let servers = match code.names.meaning(of, made.scope) {
        Meaning::Call(client, _, scope) => {
            client.argument(0, "connections").and_then(|connections| code.pairs(connections, scope))
        }
        _ => None,
    };
    let Some((servers, scope)) = servers else {
        draft.opaque(location, "which servers its tools come from is computed");
        return;
    };
    let only = made.call.argument(0, "server_name");
    let only = only.map(|name| code.text(name, made.scope));
    for (key, entry) in servers {
        let Some(name) = key.as_ref().and_then(|key| code.text(key, scope)) else {
            draft.opaque(location.clone(), "which servers its tools come from is computed");
            continue;
        };
        if only.flatten().is_some_and(|only| only != name) {
            continue;
        }
        if !draft.config.servers.iter().any(|server| server.name == name) {
            draft.server(code, name, entry, scope, |_| {});
        }
        let rest = gates.of(code, "", None, draft);
        draft.of_server(name, None, rest, location.clone());
        for listed in &gates.listed {
            let approval = gates.of(code, &listed.tool, None, draft);
            draft.of_server(name, Some(&listed.tool), approval, code.location(listed.place));
        }
    }
}

/// The name of a function as a tool: its own, or what `@tool("…")` says.
fn name_of(defined: Defined<'_>) -> String {
    let named = defined.function.decorators.iter().find_map(|decorator| {
        let call = decorator.as_call()?;
        call.argument(0, "name_or_callable")?.as_text()
    });
    named.unwrap_or(&defined.function.name).to_owned()
}

/// Whether a decorator only makes a tool of a function.
fn decorates(path: &str) -> bool {
    path.starts_with("langchain") && path.ends_with(".tool")
}

/// `interrupt_on` names tools without saying whose they are: a function of that name
/// is what it speaks of, and no tool of a server.
fn settle_names(draft: &mut Draft) {
    let functions: Vec<Option<String>> = draft
        .config
        .tools
        .iter()
        .filter(|tool| matches!(tool.source, ToolSource::Function { .. }))
        .map(|tool| tool.tool.clone())
        .collect();
    draft.config.tools.retain(|tool| match tool.source {
        ToolSource::Server { .. } => tool.tool.is_none() || !functions.contains(&tool.tool),
        ToolSource::Agent(_) | ToolSource::BuiltIn(_) | ToolSource::Function { .. } => true,
    });
}

/// Notes approvals for tools that the agent is not given.
fn vacuous(code: &Code<'_>, draft: &mut Draft, gates: &Gates) {
    let all_known = draft.config.identity.as_ref().is_some_and(|own| own.opaque.is_none())
        && draft.config.tools.iter().all(|tool| matches!(tool.source, ToolSource::Function { .. }));
    for listed in gates.listed.iter().filter(|_| all_known) {
        let given =
            draft.config.tools.iter().any(|tool| tool.tool.as_deref() == Some(&listed.tool));
        if !given {
            let reason = "the agent is not given that tool";
            let location = code.location(listed.place);
            draft.problem(ProblemKind::VacuousApproval, &listed.tool, reason, location);
        }
    }
}
