//! The OpenAI Agents SDK: `needs_approval` of a function, `require_approval` of a
//! server. Neither is set by default, save that hosted servers always ask.

mod server;

use std::collections::BTreeSet;

use super::{
    Framework, conduct,
    draft::{Draft, asked, unasked, undecided},
    list::Item,
    names::{Meaning, ScopeId},
    tools::{Given, Made},
    uses::{Code, Defined, Site},
};
use crate::{
    model::{
        agent_config::{Approval, Client, ProblemKind},
        location::Location,
    },
    source::{
        node::Place,
        python::{Branch, BranchKind, Call, Expr, ExprKind, Statement},
    },
};

pub(super) struct OpenAiAgents;

impl Framework for OpenAiAgents {
    fn id(&self) -> &'static str {
        "openai-agents"
    }

    fn title(&self) -> &'static str {
        "OpenAI Agents SDK"
    }

    fn version(&self) -> &'static str {
        "0.17"
    }

    fn marks(&self) -> &'static [&'static str] {
        &["agents"]
    }

    fn read(&self, code: &Code<'_>) -> Vec<Draft> {
        let makes = |path: &str| {
            matches!(path, "agents.Agent" | "agents.agent.Agent" | "agents.SandboxAgent")
        };
        let answered = Answered::of(code);
        let sites = code.sites.iter().filter(|site| site.callee.may_be(makes).is_some());
        sites.filter(|site| is_theirs(site.call)).map(|site| agent(code, site, &answered)).collect()
    }
}

/// Whether a call has the arguments of the SDK's `Agent`: others have a package
/// named `agents` too.
fn is_theirs(call: &Call) -> bool {
    let known = ["instructions", "handoffs", "mcp_servers", "tools", "handoff_description"];
    known.iter().any(|name| call.named(name).is_some()) || call.passes_on()
}

fn agent<'m>(code: &Code<'m>, site: &Site<'m>, answered: &Answered) -> Draft {
    let name = site.call.argument(0, "name").and_then(|name| code.text(name, site.scope));
    let name = name.or(site.bound_to).unwrap_or("agent");
    let format = OpenAiAgents.id();
    let mut draft = Draft::new(code, format, Client::OpenAiAgents, "agent", name, site);
    let here = || code.location(site.place);
    if site.call.passes_on() {
        draft.opaque(here(), "its tools are computed");
    }
    if site.bound_to.is_some_and(|name| code.names.is_changed(name, site.scope)) {
        draft.opaque(here(), "the code changes it after it made it");
    }
    let each = |key: &str| {
        let list = site.call.named(key);
        list.map(|list| code.items(list, site.scope)).unwrap_or_default()
    };
    for item in each("tools") {
        tool(code, item, answered, &mut draft);
    }
    for item in each("mcp_servers") {
        let location = code.location(item.expr.place);
        match code.names.meaning(item.expr, item.scope) {
            Meaning::Call(call, place, scope) if !item.spread => {
                let made = code.made(call, place, scope);
                server::server(code, &made, answered, &mut draft);
            }
            _ => draft.opaque(location, "its servers are computed"),
        }
    }
    for item in each("handoffs") {
        let location = code.location(item.expr.place);
        if !is_here(code, item) {
            match code.names.callee(item.expr, item.scope).exactly() {
                Some(path) if !path.contains("()") => {
                    draft.agent(path.rsplit('.').next().unwrap_or_default(), location);
                }
                _ => draft.opaque(location, "whom it hands over to is computed"),
            }
        }
    }
    draft
}

/// Whether an item is an agent that this file makes: its tools are read with it.
fn is_here<'m>(code: &Code<'m>, item: Item<'m>) -> bool {
    let Meaning::Call(call, _, scope) = code.names.meaning(item.expr, item.scope) else {
        return false;
    };
    match code.names.callee(&call.function, scope).exactly() {
        Some("agents.Agent" | "agents.agent.Agent") => true,
        Some("agents.handoff") => call.argument(0, "agent").is_some_and(|expr| {
            !item.spread
                && matches!(code.names.meaning(expr, scope), Meaning::Call(made, _, scope)
                    if code.names.callee(&made.function, scope).exactly() == Some("agents.Agent"))
        }),
        _ => false,
    }
}

fn tool<'m>(code: &Code<'m>, item: Item<'m>, answered: &Answered, draft: &mut Draft) {
    let location = code.location(item.expr.place);
    match code.given(item) {
        Given::Function(defined) => {
            let (name, approval) = of_function(code, defined);
            let approval = unless_answered(approval, answered, draft);
            draft.function(&name, conduct::of(code, defined, &decorates), approval, location);
        }
        Given::Made(made) => made_tool(code, made, item, answered, draft),
        Given::Imported(path) => {
            let name = path.rsplit('.').next().unwrap_or_default();
            let why = "whether it needs approval is said where it is defined";
            draft.built_in(name, undecided(why), location);
        }
        Given::Described | Given::Computed => {
            draft.opaque(location, "its tools are computed");
        }
    }
}

fn made_tool<'m>(
    code: &Code<'m>,
    made: Made<'m>,
    item: Item<'m>,
    answered: &Answered,
    draft: &mut Draft,
) {
    let location = code.location(made.place);
    let path = made.callee.exactly().unwrap_or_default().to_owned();
    let name = path.rsplit('.').next().unwrap_or_default().to_owned();
    let ours = path.starts_with("agents.");
    match name.as_str() {
        "function_tool" if ours => {
            let function = made.call.argument(0, "func");
            let defined = function.and_then(|function| code.function(function, made.scope));
            let approval = needs_approval(code, made.call, made.scope);
            let approval = unless_answered(approval, answered, draft);
            let named = made.call.named("name_override");
            let named = named.and_then(|name| code.text(name, made.scope));
            let own = defined.map(|defined| defined.function.name.as_str());
            let name = named.or(own).unwrap_or("function");
            match defined {
                Some(defined) => {
                    let does = conduct::of(code, defined, &decorates);
                    draft.function(name, does, approval, location);
                }
                None => draft.built_in(name, approval, location),
            }
        }
        "HostedMCPTool" if ours => server::hosted(code, &made, answered, draft),
        // `agent.as_tool(…)` of an agent that this file makes: its tools are read with it.
        "as_tool" if path == "agents.Agent().as_tool" => {}
        _ if item.spread => draft.opaque(location, "its tools are computed"),
        _ if ours => {
            let approval = needs_approval(code, made.call, made.scope);
            let approval = match made.call.named("on_approval") {
                Some(_) => undecided("a callback answers for it"),
                None => unless_answered(approval, answered, draft),
            };
            draft.built_in(&name, approval, location);
        }
        _ => {
            let name = if name.is_empty() { "tool of unknown make" } else { &path };
            draft.built_in(name, undecided("how it is made is decided elsewhere"), location);
        }
    }
}

/// A function's name as a tool, and whether `@function_tool` asks before it.
fn of_function(code: &Code<'_>, defined: Defined<'_>) -> (String, Approval) {
    let mut name = defined.function.name.clone();
    for decorator in &defined.function.decorators {
        let ExprKind::Call(call) = &decorator.kind else { continue };
        if code.names.callee(&call.function, defined.scope).exactly().is_some_and(decorates) {
            let named = call.named("name_override").and_then(Expr::as_text);
            name = named.map_or(name, str::to_owned);
            return (name, needs_approval(code, call, defined.scope));
        }
    }
    (name, unasked("needs_approval is not set"))
}

/// `needs_approval=True`.
fn needs_approval<'m>(code: &Code<'m>, call: &'m Call, scope: ScopeId) -> Approval {
    let Some(setting) = call.named("needs_approval") else {
        return if call.passes_on() {
            undecided("its arguments are computed")
        } else {
            unasked("needs_approval is not set")
        };
    };
    match code.flag(setting, scope) {
        Some(true) => asked(code.location(setting.place), "needs_approval is set"),
        Some(false) => unasked("needs_approval is off"),
        None => undecided("code decides whether it needs approval"),
    }
}

/// Whether a decorator only makes a tool of a function.
fn decorates(path: &str) -> bool {
    path.starts_with("agents.") && path.ends_with(".function_tool")
}

/// What is asked of a human counts unless code gives the answer.
fn unless_answered(approval: Approval, answered: &Answered, draft: &mut Draft) -> Approval {
    match (&approval, &answered.always) {
        (Approval::Asked { .. }, Some(place)) => {
            let why = "code approves in place of a human";
            draft.problem(ProblemKind::AnsweredByCode, "approve", why, place.clone());
            undecided(why)
        }
        (Approval::Asked { .. }, None) if answered.sometimes => {
            undecided("code approves it where a condition holds, and asks nobody in this file")
        }
        _ => approval,
    }
}

/// Where code approves what it was to ask a human.
#[derive(Debug, Default)]
struct Answered {
    /// Each time.
    always: Option<Location>,
    /// Where a condition holds, and nothing in the file asks anybody.
    sometimes: bool,
}

impl Answered {
    fn of(code: &Code<'_>) -> Self {
        let (mut always, mut sometimes) = (None, false);
        let mut seen = BTreeSet::new();
        let bodies = code.functions.iter().map(|defined| &defined.function.body);
        for body in std::iter::once(&code.module.body).chain(bodies) {
            approves(body, false, &mut |place, conditional| {
                seen.insert(place);
                if conditional {
                    sometimes = true;
                } else {
                    always.get_or_insert(place);
                }
            });
        }
        // Within another expression nothing shows when it is reached.
        let inside = code.all_sites().filter(|site| !seen.contains(&site.place));
        let mut inside = inside.filter(|site| is_approve(site.call));
        always = always.or(inside.next().map(|site| site.place));
        let is_input = |path: &str| path == "builtins.input";
        // `input()`, or handed on: `run_in_executor(None, input, …)`.
        let asks = code.sites.iter().any(|site| {
            let mut arguments = site.call.arguments.iter();
            site.callee.may_be(is_input).is_some()
                || arguments.any(|argument| {
                    code.names.callee(&argument.value, site.scope).may_be(is_input).is_some()
                })
        });
        Self { always: always.map(|place| code.location(place)), sometimes: sometimes && !asks }
    }
}

/// Whether a call is of a method `approve`.
fn is_approve(call: &Call) -> bool {
    matches!(&call.function.kind, ExprKind::Attribute(_, method) if method == "approve")
}

/// Finds calls of `approve`, and whether they stand under a condition.
fn approves(body: &[Statement], conditional: bool, found: &mut dyn FnMut(Place, bool)) {
    for statement in body {
        match statement {
            Statement::Expr(expr) => {
                if let ExprKind::Call(call) = &expr.kind
                    && is_approve(call)
                {
                    found(expr.place, conditional);
                }
            }
            Statement::Branch(Branch { kind, bodies, .. }) => {
                let conditional = conditional || *kind == BranchKind::Choice;
                bodies.iter().for_each(|body| approves(body, conditional, found));
            }
            Statement::With { body, .. } => approves(body, conditional, found),
            _ => {}
        }
    }
}
