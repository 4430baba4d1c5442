//! CrewAI: agents with tools, and tasks. `human_input` lets a person see the answer;
//! nothing of CrewAI asks before a tool runs.

use super::{
    Framework, conduct,
    draft::{Draft, unasked},
    list::Item,
    tools::{self, Given, Made},
    uses::{Code, Site},
};
use crate::{
    model::agent_config::{Client, ProblemKind},
    source::python::{Expr, ExprKind},
};

pub(super) struct CrewAi;

/// What stands before every tool.
const UNASKED: &str = "CrewAI asks before no tool";

/// What the catalogue calls a tool that runs code on the machine itself.
const UNCONTAINED: &str = "code execution without a container";

/// What `human_input` comes to.
pub(in crate::scan::agents) const REVIEWED: &str =
    "a human sees the answer of the task, once its tools have run";

impl Framework for CrewAi {
    fn id(&self) -> &'static str {
        "crewai"
    }

    fn title(&self) -> &'static str {
        "CrewAI agents and tasks in Python"
    }

    fn version(&self) -> &'static str {
        "1"
    }

    fn marks(&self) -> &'static [&'static str] {
        &["crewai"]
    }

    fn read(&self, code: &Code<'_>) -> Vec<Draft> {
        let mut drafts: Vec<Draft> = Vec::new();
        for site in &code.sites {
            let last = |path: &str, name: &str| {
                path.starts_with("crewai.") && path.rsplit('.').next() == Some(name)
            };
            let kind = ["Agent", "Task", "LiteAgent"]
                .into_iter()
                .find(|name| site.callee.may_be(|path| last(path, name)).is_some());
            if let Some(kind) = kind {
                drafts.extend(read(code, site, kind));
            }
        }
        let is_agent =
            |draft: &Draft| draft.config.identity.as_ref().is_some_and(|own| own.kind == "agent");
        if !drafts.iter().any(is_agent) {
            for draft in &mut drafts {
                let place = draft.config.location.clone();
                draft.opaque(place, "who works on it is decided elsewhere");
            }
        }
        drafts
    }
}

/// An agent, or a task that says anything of tools and people.
fn read<'m>(code: &Code<'m>, site: &Site<'m>, kind: &'static str) -> Option<Draft> {
    let is_task = kind == "Task";
    let human = site.call.named("human_input");
    if is_task && human.is_none() && site.call.named("tools").is_none() {
        return None;
    }
    let kind = if is_task { "task" } else { "agent" };
    let key = if is_task { "name" } else { "role" };
    let said = site.call.named(key).and_then(|name| code.text(name, site.scope));
    let name = site.call.named("config").and_then(defined_as).or(said.map(str::trim));
    let name = name.or(site.bound_to).or(site.within).unwrap_or(kind);
    let format = CrewAi.id();
    let mut draft = Draft::new(code, format, Client::CrewAi, kind, name, site);
    let here = code.location(site.place);
    if site.call.passes_on() {
        draft.opaque(here.clone(), "its tools are computed");
    }
    if site.bound_to.is_some_and(|name| code.names.is_changed(name, site.scope)) {
        draft.opaque(here.clone(), "the code changes it after it made it");
    }
    if let Some(list) = site.call.named("tools") {
        for item in code.items(list, site.scope) {
            tool(code, item, &mut draft);
        }
    }
    if let Some(list) = site.call.named("mcps") {
        draft.opaque(code.location(list.place), "what the servers of `mcps` offer is not known");
    }
    let runs_code = site.call.named("allow_code_execution");
    if let Some(setting) = runs_code.filter(|value| code.flag(value, site.scope) != Some(false)) {
        let mode = site.call.named("code_execution_mode");
        let safe = mode.is_none_or(|mode| code.text(mode, site.scope) == Some("safe"));
        let tool = if safe { "CodeInterpreterTool" } else { UNCONTAINED };
        draft.built_in(tool, unasked(UNASKED), code.location(setting.place));
    }
    if let Some(setting) = human.filter(|value| code.flag(value, site.scope) != Some(false)) {
        let place = code.location(setting.place);
        draft.problem(ProblemKind::NoToolGate, "human_input", REVIEWED, place);
    }
    Some(draft)
}

/// The key of `agents.yaml` that `self.agents_config["key"]` takes.
fn defined_as(config: &Expr) -> Option<&str> {
    match &config.kind {
        ExprKind::Subscript(_, by) => by.first().and_then(Expr::as_text),
        _ => None,
    }
}

fn tool<'m>(code: &Code<'m>, item: Item<'m>, draft: &mut Draft) {
    let location = code.location(item.expr.place);
    match code.given(item) {
        Given::Function(defined) => {
            let named = defined
                .function
                .decorators
                .iter()
                .find_map(|decorator| decorator.as_call()?.argument(0, "name")?.as_text());
            let name = named.unwrap_or(&defined.function.name);
            draft.function(
                name,
                conduct::of(code, defined, &decorates),
                unasked(UNASKED),
                location,
            );
        }
        Given::Made(made) => made_tool(code, &made, item, draft),
        Given::Imported(path) => {
            let name = path.rsplit('.').next().unwrap_or_default();
            draft.built_in(name, unasked(UNASKED), location);
        }
        Given::Described | Given::Computed => draft.opaque(location, "its tools are computed"),
    }
}

fn made_tool<'m>(code: &Code<'m>, made: &Made<'m>, item: Item<'m>, draft: &mut Draft) {
    let location = code.location(made.place);
    if let Some(class) = made.class {
        let name = tools::attribute(class, "name").unwrap_or(&class.name);
        let does = conduct::of_class(code, class, &decorates);
        draft.function(name, does, unasked(UNASKED), location);
        return;
    }
    let path = made.callee.exactly().unwrap_or_default();
    let name = path.rsplit('.').next().unwrap_or_default();
    let ours = path.starts_with("crewai_tools.") || path.starts_with("crewai.");
    if ours && name == "MCPServerAdapter" {
        let servers = match made.call.argument(0, "serverparams") {
            Some(params) => code.items(params, made.scope),
            None => Vec::new(),
        };
        if servers.is_empty() {
            draft.opaque(location, "its servers are computed");
            return;
        }
        for server in servers {
            let name = format!("server {}", draft.config.servers.len() + 1);
            draft.server(code, &name, server.expr, server.scope, |_| {});
            draft.of_server(&name, None, unasked(UNASKED), location.clone());
        }
    } else if item.spread || path.is_empty() {
        draft.opaque(location, "its tools are computed");
    } else {
        let unsafe_mode = made.call.named("unsafe_mode");
        let open = unsafe_mode.is_some_and(|value| code.flag(value, made.scope) != Some(false));
        let name = match (ours, open) {
            (true, true) => UNCONTAINED,
            (true, false) => name,
            (false, _) => path,
        };
        draft.built_in(name, unasked(UNASKED), location);
    }
}

/// Whether a decorator only makes a tool of a function.
fn decorates(path: &str) -> bool {
    path.starts_with("crewai") && path.ends_with(".tool")
}
