//! The OpenAI Agents SDK: `needs_approval` of a function, `require_approval` of a
//! server. Neither is set by default, save that hosted servers always ask.

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
        agent_config::{Approval, Client, ProblemKind, Server},
        location::Location,
    },
    scan::agents::redact,
    source::python::{Branch, BranchKind, Call, Expr, ExprKind, Statement},
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
        let answered = answered_by_code(code);
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

fn agent<'m>(code: &Code<'m>, site: &Site<'m>, answered: &Option<Location>) -> Draft {
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
                server(code, &made, answered, &mut draft);
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

fn tool<'m>(code: &Code<'m>, item: Item<'m>, answered: &Option<Location>, draft: &mut Draft) {
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
    answered: &Option<Location>,
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
        "HostedMCPTool" if ours => hosted(code, &made, answered, draft),
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
    match code.names.meaning(setting, scope) {
        Meaning::Literal(Expr { kind: ExprKind::Bool(true), .. }, _) => {
            asked(code.location(setting.place), "needs_approval is set")
        }
        Meaning::Literal(Expr { kind: ExprKind::Bool(false) | ExprKind::None, .. }, _) => {
            unasked("needs_approval is off")
        }
        _ => undecided("code decides whether it needs approval"),
    }
}

/// A server that the SDK starts or calls itself.
fn server<'m>(code: &Code<'m>, made: &Made<'m>, answered: &Option<Location>, draft: &mut Draft) {
    let location = code.location(made.place);
    let known = made.callee.exactly().is_some_and(|path| {
        let name = path.rsplit('.').next().unwrap_or_default();
        path.starts_with("agents.")
            && matches!(name, "MCPServerStdio" | "MCPServerSse" | "MCPServerStreamableHttp")
    });
    let Some(params) = made.call.argument(0, "params").filter(|_| known) else {
        draft.opaque(location, "its servers are computed");
        return;
    };
    let name = made.call.named("name").and_then(|name| code.text(name, made.scope));
    let name = redact::name(name.unwrap_or("server"));
    let filter = made.call.named("tool_filter");
    draft.server(code, &name, params, made.scope, |server| {
        if let Some(filter) = filter {
            filtered(code, filter, made.scope, server);
        }
    });
    let setting = made.call.named("require_approval");
    let wishes = match setting {
        Some(setting) => required(code, setting, made.scope),
        None if made.call.passes_on() => Wishes::all(undecided("its arguments are computed")),
        None => Wishes::all(unasked("require_approval is not set")),
    };
    wishes.give(&name, &location, answered, draft);
}

/// What a server's setting says of its tools.
struct Wishes {
    rest: Approval,
    tools: Vec<(String, Approval)>,
}

impl Wishes {
    fn all(rest: Approval) -> Self {
        Self { rest, tools: Vec::new() }
    }

    fn give(
        self,
        server: &str,
        location: &Location,
        answered: &Option<Location>,
        draft: &mut Draft,
    ) {
        let rest = unless_answered(self.rest, answered, draft);
        draft.of_server(server, None, rest, location.clone());
        for (tool, approval) in self.tools {
            let approval = unless_answered(approval, answered, draft);
            draft.of_server(server, Some(&tool), approval, location.clone());
        }
    }
}

/// `require_approval`: `"always"`, `"never"`, a boolean, or either with lists of tools.
fn required<'m>(code: &Code<'m>, setting: &'m Expr, scope: ScopeId) -> Wishes {
    let location = code.location(setting.place);
    let word = |expr: &'m Expr, scope: ScopeId| match code.names.meaning(expr, scope) {
        Meaning::Literal(found, _) => match &found.kind {
            ExprKind::Text(word) if word == "always" => {
                Some(asked(location.clone(), "require_approval is always"))
            }
            ExprKind::Bool(true) => Some(asked(location.clone(), "require_approval is set")),
            ExprKind::Text(word) if word == "never" => Some(unasked("require_approval is never")),
            ExprKind::Bool(false) | ExprKind::None => Some(unasked("require_approval is off")),
            _ => None,
        },
        _ => None,
    };
    if let Some(approval) = word(setting, scope) {
        return Wishes::all(approval);
    }
    let computed = || undecided("code decides which tools need approval");
    let Some((pairs, scope)) = code.pairs(setting, scope) else {
        return Wishes::all(computed());
    };
    let mut wishes = Wishes::all(unasked("require_approval does not list it"));
    for (key, value) in pairs {
        let Some(key) = key.as_ref().and_then(|key| code.text(key, scope)) else {
            wishes.rest = computed();
            continue;
        };
        let approval = match key {
            "always" => asked(location.clone(), "require_approval lists it under always"),
            "never" => unasked("require_approval lists it under never"),
            tool => {
                let approval = word(value, scope).unwrap_or_else(computed);
                wishes.tools.push((tool.to_owned(), approval));
                continue;
            }
        };
        let names = code.pairs(value, scope).and_then(|(pairs, scope)| {
            let [(Some(key), names)] = pairs else { return None };
            (code.text(key, scope) == Some("tool_names")).then_some((names, scope))
        });
        let Some((names, scope)) = names else {
            wishes.rest = computed();
            continue;
        };
        for item in code.items(names, scope) {
            match code.text(item.expr, item.scope) {
                Some(tool) => wishes.tools.push((tool.to_owned(), approval.clone())),
                None => wishes.rest = computed(),
            }
        }
    }
    wishes
}

/// `tool_filter=create_static_tool_filter(…)`.
fn filtered<'m>(code: &Code<'m>, filter: &'m Expr, scope: ScopeId, server: &mut Server) {
    let Meaning::Call(call, _, scope) = code.names.meaning(filter, scope) else { return };
    let callee = code.names.callee(&call.function, scope);
    let is_static =
        callee.exactly().is_some_and(|path| path.ends_with(".create_static_tool_filter"));
    if !is_static || call.passes_on() {
        return;
    }
    let names = |expr: &'m Expr| {
        let items = code.items(expr, scope);
        let named = items.iter().map(|item| {
            let name = redact::name(code.text(item.expr, item.scope)?);
            Some((name, code.location(item.expr.place)))
        });
        named.collect::<Option<Vec<_>>>()
    };
    server.selected = call.named("allowed_tool_names").and_then(names);
    if let Some(blocked) = call.named("blocked_tool_names").and_then(names) {
        server.hidden.extend(blocked);
    }
}

/// A server that the model's provider calls.
fn hosted<'m>(code: &Code<'m>, made: &Made<'m>, answered: &Option<Location>, draft: &mut Draft) {
    let location = code.location(made.place);
    let config = made.call.argument(0, "tool_config");
    let Some((entry, (pairs, scope))) =
        config.and_then(|entry| Some((entry, code.pairs(entry, made.scope)?)))
    else {
        draft.opaque(location, "which server its provider calls is computed");
        return;
    };
    let value = |name: &str| {
        let found = pairs
            .iter()
            .find(|(key, _)| key.as_ref().and_then(|key| code.text(key, scope)) == Some(name));
        found.map(|(_, value)| value)
    };
    let label = value("server_label").and_then(|label| code.text(label, scope));
    let name = redact::name(label.unwrap_or("hosted"));
    let url = value("server_url").and_then(|url| code.text(url, scope));
    let selected = value("allowed_tools").map(|tools| {
        let items = code.items(tools, scope);
        let named = items.iter().map(|item| {
            let name = code.text(item.expr, item.scope)?;
            Some((redact::name(name), code.location(item.expr.place)))
        });
        named.collect::<Option<Vec<_>>>()
    });
    draft.remote_server(&name, url, code.location(entry.place), selected.flatten());
    let unclear = pairs.iter().any(|(key, _)| key.is_none());
    let mut wishes = match value("require_approval") {
        _ if unclear => Wishes::all(undecided("its settings are computed")),
        Some(setting) => required(code, setting, scope),
        None => Wishes::all(asked(location.clone(), "a hosted server asks where nothing is set")),
    };
    if made.call.named("on_approval_request").is_some() || made.call.passes_on() {
        let why = "a callback answers for it";
        let decided = |approval: &Approval| matches!(approval, Approval::Asked { .. });
        if decided(&wishes.rest) {
            wishes.rest = undecided(why);
        }
        for (_, approval) in wishes.tools.iter_mut().filter(|(_, approval)| decided(approval)) {
            *approval = undecided(why);
        }
    }
    wishes.give(&name, &location, answered, draft);
}

/// Whether a decorator only makes a tool of a function.
fn decorates(path: &str) -> bool {
    path.starts_with("agents.") && path.ends_with(".function_tool")
}

/// What is asked of a human counts unless code gives the answer.
fn unless_answered(approval: Approval, answered: &Option<Location>, draft: &mut Draft) -> Approval {
    match (&approval, answered) {
        (Approval::Asked { .. }, Some(place)) => {
            let why = "code approves in place of a human";
            draft.problem(ProblemKind::AnsweredByCode, "approve", why, place.clone());
            undecided(why)
        }
        _ => approval,
    }
}

/// Where code approves what it was to ask a human, without anything to decide by.
fn answered_by_code(code: &Code<'_>) -> Option<Location> {
    let mut found = None;
    approves(&code.module.body, &mut found);
    for function in &code.functions {
        approves(&function.function.body, &mut found);
    }
    found.map(|place| code.location(place))
}

fn approves(body: &[Statement], found: &mut Option<crate::source::node::Place>) {
    for statement in body {
        match statement {
            Statement::Expr(expr) => {
                if let ExprKind::Call(call) = &expr.kind
                    && let ExprKind::Attribute(_, method) = &call.function.kind
                    && method == "approve"
                {
                    found.get_or_insert(expr.place);
                }
            }
            Statement::Branch(Branch {
                kind: BranchKind::Loop | BranchKind::Try, bodies, ..
            }) => {
                bodies.iter().for_each(|body| approves(body, found));
            }
            Statement::With { body, .. } => approves(body, found),
            _ => {}
        }
    }
}
