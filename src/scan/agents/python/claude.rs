//! The Claude Agent SDK: Claude Code, started by code. Its options are rules, modes
//! and hooks as Claude Code has them, so they are read into the same words.

use super::{
    Framework,
    draft::Draft,
    names::{Meaning, ScopeId},
    uses::{Code, Site},
};
use crate::{
    model::{
        agent_config::{
            Client, Decision, Errand, Hook, ModeSetting, PermissionMode, PermissionRule,
            RuleTarget, Scope,
        },
        coverage::Gap,
        location::Location,
    },
    scan::agents::{claude_settings::permission_mode, errand, permission_rule, redact},
    source::python::{Expr, ExprKind},
};

pub(super) struct ClaudeAgentSdk;

/// Claude Code's tools that change something or read files: `tools=[…]` takes away
/// those that it leaves out.
const OWN_TOOLS: [&str; 7] =
    ["Bash", "PowerShell", "Edit", "Write", "NotebookEdit", "Read", "WebFetch"];

impl Framework for ClaudeAgentSdk {
    fn id(&self) -> &'static str {
        "claude-agent-sdk"
    }

    fn title(&self) -> &'static str {
        "Claude Agent SDK"
    }

    fn version(&self) -> &'static str {
        "0.3.330"
    }

    fn marks(&self) -> &'static [&'static str] {
        &["claude_agent_sdk", "claude_code_sdk"]
    }

    fn read(&self, code: &Code<'_>) -> Vec<Draft> {
        let is_ours = |path: &str| {
            path.starts_with("claude_agent_sdk.") || path.starts_with("claude_code_sdk.")
        };
        let named = |site: &&Site<'_>, names: &[&str]| {
            site.callee
                .may_be(|path| {
                    is_ours(path) && names.contains(&path.rsplit('.').next().unwrap_or_default())
                })
                .is_some()
        };
        let options = ["ClaudeAgentOptions", "ClaudeCodeOptions"];
        let mut drafts: Vec<Draft> = code
            .sites
            .iter()
            .filter(|site| named(site, &options))
            .map(|site| session(code, site))
            .collect();
        // Without options the SDK takes those of the machine.
        let bare = code.sites.iter().filter(|site| {
            named(site, &["query", "ClaudeSDKClient"])
                && site.call.argument(1, "options").is_none()
                && site.call.argument(0, "options").is_none()
        });
        drafts.extend(bare.map(|site| session(code, site)));
        for draft in &mut drafts {
            later_modes(code, draft);
        }
        drafts
    }
}

/// What the options of one session say.
fn session<'m>(code: &Code<'m>, site: &Site<'m>) -> Draft {
    let name = site.bound_to.unwrap_or("options");
    let format = ClaudeAgentSdk.id();
    let mut draft = Draft::new(code, format, Client::ClaudeAgentSdk, "session", name, site);
    draft.config.scope = Scope::CommandLine;
    let here = code.location(site.place);
    if site.call.passes_on() {
        unclear(&mut draft, here.clone(), "its options are computed");
    }
    if site.bound_to.is_some_and(|name| code.names.is_changed(name, site.scope)) {
        unclear(&mut draft, here, "the code changes its options after it made them");
    }
    for (key, decision) in
        [("allowed_tools", Decision::Allow), ("disallowed_tools", Decision::Deny)]
    {
        if let Some(list) = site.call.named(key) {
            rules(code, list, site.scope, decision, &mut draft);
        }
    }
    if let Some(mode) = site.call.named("permission_mode") {
        self::mode(code, mode, site.scope, &mut draft);
    }
    if let Some(list) = site.call.named("tools") {
        only(code, list, site.scope, &mut draft);
    }
    for key in ["can_use_tool", "permission_prompt_tool_name"] {
        let set = site.call.named(key).filter(|value| !matches!(value.kind, ExprKind::None));
        if let Some(value) = set {
            draft.config.hooks.push(Hook {
                event: "PermissionRequest".to_owned(),
                matcher: None,
                kind: key.to_owned(),
                fails_closed: false,
                waits: true,
                errand: Errand::Elsewhere,
                location: code.location(value.place),
            });
        }
    }
    if let Some(hooks) = site.call.named("hooks") {
        read_hooks(code, hooks, site.scope, &mut draft);
    }
    if let Some(servers) = site.call.named("mcp_servers") {
        match code.pairs(servers, site.scope) {
            Some((pairs, scope)) => {
                for (key, entry) in pairs {
                    match key.as_ref().and_then(|key| code.text(key, scope)) {
                        Some(name) => draft.server(code, name, entry, scope, |_| {}),
                        None => gap(&mut draft, code.location(entry.place), "servers"),
                    }
                }
            }
            None => gap(&mut draft, code.location(servers.place), "servers"),
        }
    }
    if let Some(agents) = site.call.named("agents") {
        for (_, agent) in code.node(agents, site.scope).entries() {
            let modes =
                ["permissionMode", "permission_mode"].iter().filter_map(|key| agent.get(key));
            for value in modes {
                let location = value.location(&code.module.file);
                let mode = value.as_str().and_then(permission_mode);
                let mode = mode.unwrap_or(PermissionMode::Unrecognised);
                draft.config.modes.push(ModeSetting { mode, location });
            }
        }
    }
    for key in ["setting_sources", "settings", "plugins", "extra_args"] {
        let set = site.call.named(key).filter(|value| match &value.kind {
            ExprKind::None => false,
            ExprKind::List(items) => !items.is_empty(),
            _ => true,
        });
        if let Some(value) = set {
            let reason = format!("{key} adds settings that are read only where they are given");
            draft.gaps.push(Gap { location: code.location(value.place), reason });
        }
    }
    draft
}

fn gap(draft: &mut Draft, location: Location, what: &str) {
    draft.gaps.push(Gap { location, reason: format!("its {what} are computed") });
}

/// Notes that it may allow more than shows: what no rule denies is not known then.
fn unclear(draft: &mut Draft, location: Location, why: &str) {
    draft.gaps.push(Gap { location: location.clone(), reason: why.to_owned() });
    draft.config.modes.push(ModeSetting { mode: PermissionMode::Unrecognised, location });
}

fn rules<'m>(
    code: &Code<'m>,
    list: &'m Expr,
    scope: ScopeId,
    decision: Decision,
    draft: &mut Draft,
) {
    for item in code.items(list, scope) {
        let location = code.location(item.expr.place);
        match code.text(item.expr, item.scope).filter(|_| !item.spread) {
            Some(text) => {
                let target = permission_rule::parse(text, decision);
                draft.config.rules.push(PermissionRule::new(decision, target, location));
            }
            None if decision == Decision::Allow => {
                unclear(draft, location, "which tools it allows is computed");
            }
            None => gap(draft, location, "denied tools"),
        }
    }
}

fn mode<'m>(code: &Code<'m>, value: &'m Expr, scope: ScopeId, draft: &mut Draft) {
    let location = code.location(value.place);
    let mode = match code.names.meaning(value, scope) {
        Meaning::Literal(Expr { kind: ExprKind::None, .. }, _) => return,
        Meaning::Literal(Expr { kind: ExprKind::Text(word), .. }, _) => permission_mode(word),
        _ => None,
    };
    match mode {
        Some(mode) => draft.config.modes.push(ModeSetting { mode, location }),
        None => unclear(draft, location, "its mode is computed, or none that is known"),
    }
}

/// `tools=["Read"]`: the others are not there.
fn only<'m>(code: &Code<'m>, list: &'m Expr, scope: ScopeId, draft: &mut Draft) {
    let items = match code.names.meaning(list, scope) {
        Meaning::Literal(Expr { kind: ExprKind::List(_) | ExprKind::Sum(..), .. }, _) => {
            code.items(list, scope)
        }
        _ => return,
    };
    let names: Option<Vec<&str>> =
        items.iter().map(|item| code.text(item.expr, item.scope)).collect();
    let Some(names) = names else { return };
    let location = code.location(list.place);
    for tool in OWN_TOOLS.into_iter().filter(|tool| !names.contains(tool)) {
        draft.config.rules.push(PermissionRule::new(
            Decision::Deny,
            RuleTarget::BuiltIn { tool: tool.to_owned(), specifier: None },
            location.clone(),
        ));
    }
}

/// `hooks={"PreToolUse": [HookMatcher(matcher="Bash", hooks=[…])]}`.
fn read_hooks<'m>(code: &Code<'m>, hooks: &'m Expr, scope: ScopeId, draft: &mut Draft) {
    let Some((pairs, scope)) = code.pairs(hooks, scope) else {
        gap(draft, code.location(hooks.place), "hooks");
        return;
    };
    for (event, matchers) in pairs {
        let event = event.as_ref().and_then(|event| code.text(event, scope));
        for item in code.items(matchers, scope) {
            let matcher = match code.names.meaning(item.expr, item.scope) {
                Meaning::Call(call, _, scope) => {
                    call.argument(0, "matcher").and_then(|matcher| code.text(matcher, scope))
                }
                _ => None,
            };
            draft.config.hooks.push(Hook {
                event: redact::name(event.unwrap_or("PreToolUse")),
                matcher: matcher.and_then(errand::matcher),
                kind: "function".to_owned(),
                fails_closed: false,
                waits: true,
                errand: Errand::Elsewhere,
                location: code.location(item.expr.place),
            });
        }
    }
}

/// `client.set_permission_mode(…)`: a mode that a session comes to.
fn later_modes(code: &Code<'_>, draft: &mut Draft) {
    for site in &code.sites {
        let ExprKind::Attribute(_, method) = &site.call.function.kind else { continue };
        if method == "set_permission_mode"
            && let Some(value) = site.call.argument(0, "mode")
        {
            mode(code, value, site.scope, draft);
        }
    }
}
