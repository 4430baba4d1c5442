//! Spans that tell of tool calls.
//!
//! The conventions for generative AI (`execute_tool`) and MCP (`tools/call`) are in
//! development, and vendors have names of their own beside them; every list below has the
//! current name first. No span says that a person approved anything, but for the one by
//! which Claude Code measures how long it waited.

use jiff::Timestamp;
use serde_json::Value;

use super::attributes::Attributes;
use crate::{
    model::activity::{
        About, CallField, CallOutcome, Caller, DeciderKind, DecisionVerdict, Reasoning, Span,
        ToolCall,
    },
    scan::activity::calls::{
        decisions::{self, Of},
        fields::{kept, server_and_tool},
        sink::{Decided, Sink},
        words,
    },
};

const TOOL: &[&str] = &["gen_ai.tool.name", "tool.name", "mcp.tool.name", "tool_name"];
const CALL: &[&str] =
    &["gen_ai.tool.call.id", "tool_call.id", "tool.call_id", "tool_use_id", "call_id"];
const SESSION: &[&str] = &[
    "gen_ai.conversation.id",
    "session.id",
    "conversation.id",
    "gcp.vertex.agent.session_id",
    "langsmith.metadata.thread_id",
    "gen_ai.session.id",
];
const AGENT: &[&str] = &["gen_ai.agent.name", "agent.name", "gen_ai.agent.id"];
const USER: &[&str] = &["user.email", "enduser.id", "user.id", "user.account_uuid"];
const MODEL: &[&str] = &["gen_ai.request.model", "gen_ai.response.model", "llm.model_name"];
const SERVER: &[&str] = &["mcp.server.name", "mcp_server_name", "server.address"];
const ARGUMENTS: &[&str] = &[
    "gen_ai.tool.call.arguments",
    "gcp.vertex.agent.tool_call_args",
    "input.value",
    "tool.parameters",
];
const RESULT: &[&str] =
    &["gen_ai.tool.call.result", "gcp.vertex.agent.tool_response", "output.value"];

/// A span.
pub(super) struct Spanned<'a> {
    pub(super) name: &'a str,
    pub(super) attributes: Attributes,
    pub(super) resource: &'a Attributes,
    pub(super) trace: Option<&'a str>,
    pub(super) span: Option<&'a str>,
    pub(super) parent: Option<&'a str>,
    pub(super) start: Option<Timestamp>,
    pub(super) end: Option<Timestamp>,
    pub(super) failed: bool,
}

/// Keeps what a span tells of a tool call, if it tells of one.
pub(super) fn read(span: &Spanned<'_>, to: &mut Sink) {
    match span.name {
        "claude_code.tool.blocked_on_user" => span.waited(to),
        "AgentCore.Policy.AuthorizeAction" | "AgentCore.Gateway.InvokeTool" => {
            span.authorised(to);
        }
        "AgentCore.Policy.PartiallyAuthorizeActions" => span.filtered(to),
        _ => {}
    }
    if let Some(tool) = span.tool() {
        let call = span.call(tool, to);
        to.call(call);
    }
}

impl Spanned<'_> {
    /// The tool, of a span that is a call of one.
    fn tool(&self) -> Option<&str> {
        let is = |name: &str, value: &str| {
            self.attributes.text(name).is_some_and(|text| text.eq_ignore_ascii_case(value))
        };
        let name = self.name.strip_prefix("execute_tool");
        let of_convention = is("gen_ai.operation.name", "execute_tool")
            || is("mcp.method.name", "tools/call")
            || is("openinference.span.kind", "TOOL")
            || name.is_some()
            || matches!(self.name, "claude_code.tool" | "AgentCore.Gateway.InvokeTool");
        let told = self.attributes.first(TOOL);
        if of_convention {
            // `execute_tool NAME` and `tools/call NAME`.
            let in_name = name.or_else(|| self.name.strip_prefix("tools/call"));
            let own = is("openinference.span.kind", "TOOL").then_some(self.name);
            return told.or(in_name.map(str::trim).filter(|name| !name.is_empty())).or(own);
        }
        told.filter(|_| self.attributes.first(CALL).is_some())
    }

    fn caller(&self) -> Caller {
        let of = |names| self.attributes.first(names).or_else(|| self.resource.first(names));
        Caller {
            agent: of(AGENT).or_else(|| self.resource.text("service.name")).and_then(kept),
            session: of(SESSION).and_then(kept),
            trace: self.trace.and_then(kept),
            user: of(USER).and_then(kept),
            model: of(MODEL).and_then(kept),
        }
    }

    fn call(&self, tool: &str, to: &Sink) -> ToolCall {
        let (server, tool) = server_and_tool(tool);
        let held = |names: &[&str]| names.iter().find_map(|name| self.attributes.get(name));
        let denied = self.denied() == Some(true);
        let failed = self.failed || self.attributes.get("error.type").is_some();
        let mut call = ToolCall {
            time: self.start,
            began: self.start,
            end: self.end,
            caller: self.caller(),
            id: self.attributes.first(CALL).and_then(kept),
            span: self
                .span
                .and_then(kept)
                .map(|id| Span { id, parent: self.parent.and_then(kept) }),
            server: server.or_else(|| self.attributes.first(SERVER).and_then(kept)),
            outcome: match (denied, failed) {
                (true, _) => CallOutcome::Refused,
                (false, true) => CallOutcome::Failed,
                (false, false) => CallOutcome::Done,
            },
            reasoning: Reasoning::NotRecorded,
            ..to.blank(tool)
        };
        if let Some(arguments) = held(ARGUMENTS) {
            // ADK cuts what it records.
            let whole = arguments.as_str().is_none_or(|text| !text.ends_with("[truncated]"));
            call.arguments =
                if whole { words::arguments(arguments) } else { words::of_a_part(arguments) };
        }
        if let Some(result) = held(RESULT) {
            call.requests = words::requests(result);
        }
        if self.attributes.get("gen_ai.response.model").is_some() {
            call.also.insert(CallField::ModelVersion);
        }
        if self.policies() {
            call.also.insert(CallField::PolicyRule);
        }
        call
    }

    fn about(&self, tool: Option<&str>) -> About {
        let caller = self.caller();
        About {
            call: self.attributes.first(CALL).and_then(kept),
            request: None,
            trace: caller.trace,
            session: caller.session,
            agent: caller.agent,
            action: tool.map(|tool| server_and_tool(tool).1),
        }
    }

    /// How long Claude Code waited for a person, and how that ended.
    fn waited(&self, to: &mut Sink) {
        let Some(decision) = self.attributes.text("decision") else { return };
        let source = self.attributes.text("source");
        let Some((verdict, kind)) = decisions::of(Of::ClaudeCode, decision, source) else {
            return;
        };
        let user = self.attributes.first(USER).or_else(|| self.resource.first(USER));
        to.decided(Decided {
            time: self.end,
            asked: self.start,
            about: self.about(self.attributes.first(TOOL)),
            verdict,
            kind,
            by: user.filter(|_| kind == DeciderKind::Person).and_then(kept),
        });
    }

    /// Whether a policy of AgentCore refused it; none where it only watched, which stops
    /// nothing.
    fn denied(&self) -> Option<bool> {
        let mode = self.attributes.ending("policy.mode").and_then(Value::as_str);
        let mode = mode.or_else(|| self.attributes.ending("enforcement_mode")?.as_str());
        if mode.is_some_and(|mode| mode.eq_ignore_ascii_case("LOG_ONLY")) {
            return None;
        }
        match self.attributes.ending("authorization_decision")?.as_str()? {
            "ALLOW" => Some(false),
            "DENY" => Some(true),
            _ => None,
        }
    }

    fn policies(&self) -> bool {
        let policies = self.attributes.ending("determining_policies");
        policies.is_some_and(|policies| match policies {
            Value::Array(all) => !all.is_empty(),
            Value::String(text) => !matches!(text.trim(), "" | "[]"),
            _ => false,
        })
    }

    /// What a policy of AgentCore decided about one call.
    fn authorised(&self, to: &mut Sink) {
        let Some(denied) = self.denied() else { return };
        to.decided(Decided {
            time: self.end.or(self.start),
            asked: None,
            about: self.about(self.attributes.first(TOOL)),
            verdict: if denied { DecisionVerdict::Rejected } else { DecisionVerdict::Approved },
            kind: DeciderKind::Policy,
            by: None,
        });
    }

    /// Tools that a policy of AgentCore kept from the model: it never sees them, so that
    /// no call of one can be refused.
    fn filtered(&self, to: &mut Sink) {
        let tools = self.attributes.ending("denied_tools").and_then(Value::as_array);
        for tool in tools.into_iter().flatten().filter_map(Value::as_str) {
            to.decided(Decided {
                time: self.end.or(self.start),
                asked: None,
                about: self.about(Some(tool)),
                verdict: DecisionVerdict::Rejected,
                kind: DeciderKind::Policy,
                by: None,
            });
        }
    }
}
