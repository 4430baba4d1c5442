//! Google's Agent Development Kit: `require_confirmation` of a function or of a
//! toolset, off by default.

use super::{
    Framework, conduct,
    draft::{Draft, asked, unasked, undecided},
    list::Item,
    names::{Meaning, ScopeId},
    tools::{Given, Made},
    uses::{Code, Site},
};
use crate::{
    model::agent_config::{Approval, Client},
    scan::agents::redact,
    source::python::Call,
};

pub(super) struct GoogleAdk;

impl Framework for GoogleAdk {
    fn id(&self) -> &'static str {
        "google-adk"
    }

    fn title(&self) -> &'static str {
        "Google Agent Development Kit"
    }

    fn version(&self) -> &'static str {
        "2.12"
    }

    fn marks(&self) -> &'static [&'static str] {
        &["google.adk"]
    }

    fn read(&self, code: &Code<'_>) -> Vec<Draft> {
        let sites = code.sites.iter().filter(|site| site.callee.may_be(is_agent).is_some());
        sites.map(|site| agent(code, site)).collect()
    }
}

fn is_agent(path: &str) -> bool {
    let name = path.rsplit('.').next().unwrap_or_default();
    path.starts_with("google.adk.")
        && matches!(name, "Agent" | "LlmAgent" | "SequentialAgent" | "ParallelAgent" | "LoopAgent")
}

fn agent<'m>(code: &Code<'m>, site: &Site<'m>) -> Draft {
    let name = site.call.named("name").and_then(|name| code.text(name, site.scope));
    let name = name.or(site.bound_to).unwrap_or("agent");
    let format = GoogleAdk.id();
    let mut draft = Draft::new(code, format, Client::GoogleAdk, "agent", name, site);
    let here = code.location(site.place);
    if site.call.passes_on() {
        draft.opaque(here.clone(), "its tools are computed");
    }
    if site.bound_to.is_some_and(|name| code.names.is_changed(name, site.scope)) {
        draft.opaque(here, "the code changes it after it made it");
    }
    if let Some(list) = site.call.named("tools") {
        for item in code.items(list, site.scope) {
            tool(code, item, &mut draft);
        }
    }
    if let Some(list) = site.call.named("sub_agents") {
        for item in code.items(list, site.scope) {
            hand_over(code, item, &mut draft);
        }
    }
    if let Some(executor) = site.call.named("code_executor") {
        let location = code.location(executor.place);
        let callee = match code.names.meaning(executor, site.scope) {
            Meaning::Call(call, _, scope) => code.names.callee(&call.function, scope),
            _ => code.names.callee(executor, site.scope),
        };
        let path = callee.exactly().unwrap_or_default();
        let name = path.rsplit('.').next().filter(|_| path.starts_with("google.adk."));
        draft.built_in(name.unwrap_or("code_executor"), unasked(UNSET), location);
    }
    draft
}

const UNSET: &str = "require_confirmation is not set";

/// Another agent: one that this file makes is read with it.
fn hand_over<'m>(code: &Code<'m>, item: Item<'m>, draft: &mut Draft) {
    let location = code.location(item.expr.place);
    match code.names.meaning(item.expr, item.scope) {
        Meaning::Call(call, _, scope)
            if !item.spread
                && code.names.callee(&call.function, scope).exactly().is_some_and(is_agent) => {}
        _ => {
            let callee = code.names.callee(item.expr, item.scope);
            match callee.exactly().filter(|path| !path.contains("()") && !item.spread) {
                Some(path) => draft.agent(path.rsplit('.').next().unwrap_or_default(), location),
                None => draft.opaque(location, "which agents are under it is computed"),
            }
        }
    }
}

fn tool<'m>(code: &Code<'m>, item: Item<'m>, draft: &mut Draft) {
    let location = code.location(item.expr.place);
    match code.given(item) {
        Given::Function(defined) => {
            let does = conduct::of(code, defined, &|_| false);
            draft.function(&defined.function.name, does, unasked(UNSET), location);
        }
        Given::Made(made) => made_tool(code, made, item, draft),
        Given::Imported(path) => {
            let name = path.rsplit('.').next().unwrap_or_default();
            let ours = path.starts_with("google.adk.");
            let approval = if ours {
                unasked("nothing asks before it")
            } else {
                undecided("how it is made is decided elsewhere")
            };
            draft.built_in(if ours { name } else { &path }, approval, location);
        }
        Given::Described | Given::Computed => draft.opaque(location, "its tools are computed"),
    }
}

fn made_tool<'m>(code: &Code<'m>, made: Made<'m>, item: Item<'m>, draft: &mut Draft) {
    let location = code.location(made.place);
    let path = made.callee.exactly().unwrap_or_default();
    let name = path.rsplit('.').next().unwrap_or_default();
    let ours = path.starts_with("google.adk.");
    match name {
        "FunctionTool" | "LongRunningFunctionTool" if ours => {
            let approval = confirmation(code, made.call, made.scope);
            let function = made.call.argument(0, "func");
            let defined = function.and_then(|function| code.function(function, made.scope));
            match defined {
                Some(defined) => {
                    let does = conduct::of(code, defined, &|_| false);
                    draft.function(&defined.function.name, does, approval, location);
                }
                None => draft.built_in("function of another file", approval, location),
            }
        }
        "AgentTool" if ours => match made.call.argument(0, "agent") {
            Some(expr) => {
                hand_over(code, Item { expr, scope: made.scope, spread: false }, draft);
            }
            None => draft.opaque(location, "which agents are under it is computed"),
        },
        "McpToolset" | "MCPToolset" if ours => toolset(code, &made, draft),
        _ if item.spread || path.is_empty() => draft.opaque(location, "its tools are computed"),
        _ => {
            let approval = confirmation(code, made.call, made.scope);
            draft.built_in(if ours { name } else { path }, approval, location);
        }
    }
}

/// `require_confirmation=True`.
fn confirmation<'m>(code: &Code<'m>, call: &'m Call, scope: ScopeId) -> Approval {
    let Some(setting) = call.named("require_confirmation") else {
        return if call.passes_on() {
            undecided("its arguments are computed")
        } else {
            unasked(UNSET)
        };
    };
    match code.flag(setting, scope) {
        Some(true) => asked(code.location(setting.place), "require_confirmation is set"),
        Some(false) => unasked("require_confirmation is off"),
        None => undecided("code decides whether it needs confirmation"),
    }
}

/// Tools of a server.
fn toolset<'m>(code: &Code<'m>, made: &Made<'m>, draft: &mut Draft) {
    let location = code.location(made.place);
    let Some(params) = made.call.argument(0, "connection_params") else {
        draft.opaque(location, "its servers are computed");
        return;
    };
    let prefix = made.call.named("tool_name_prefix");
    let prefix = prefix.and_then(|prefix| code.text(prefix, made.scope));
    let count = draft.config.servers.len() + 1;
    let name = prefix.map_or_else(|| format!("toolset {count}"), redact::name);
    let filter = made.call.named("tool_filter");
    let selected = filter.and_then(|filter| code.listed(filter, made.scope));
    draft.server(code, &name, params, made.scope, |server| server.selected = selected);
    draft.of_server(&name, None, confirmation(code, made.call, made.scope), location);
}
