//! Servers of the OpenAI Agents SDK: `require_approval`, and which tools are handed on.

use super::{Answered, unless_answered};
use crate::{
    model::{
        agent_config::{Approval, Server},
        location::Location,
    },
    scan::agents::{
        python::{
            draft::{Draft, asked, unasked, undecided},
            names::{Meaning, ScopeId},
            tools::Made,
            uses::Code,
        },
        redact,
    },
    source::python::Expr,
};

/// A server that the SDK starts or calls itself.
pub(super) fn server<'m>(code: &Code<'m>, made: &Made<'m>, answered: &Answered, draft: &mut Draft) {
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

    fn give(self, server: &str, location: &Location, answered: &Answered, draft: &mut Draft) {
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
    let word = |expr: &'m Expr, scope: ScopeId| {
        let text = code.text(expr, scope);
        match (text, code.flag(expr, scope)) {
            (Some("always"), _) => Some(asked(location.clone(), "require_approval is always")),
            (Some("never"), _) => Some(unasked("require_approval is never")),
            (_, Some(true)) => Some(asked(location.clone(), "require_approval is set")),
            (_, Some(false)) => Some(unasked("require_approval is off")),
            (_, None) => None,
        }
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
    let names = |expr: &'m Expr| code.listed(expr, scope);
    server.selected = call.named("allowed_tool_names").and_then(names);
    if let Some(blocked) = call.named("blocked_tool_names").and_then(names) {
        server.hidden.extend(blocked);
    }
}

/// A server that the model's provider calls.
pub(super) fn hosted<'m>(code: &Code<'m>, made: &Made<'m>, answered: &Answered, draft: &mut Draft) {
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
    let selected = value("allowed_tools").and_then(|tools| code.listed(tools, scope));
    draft.remote_server(&name, url, code.location(entry.place), selected);
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
