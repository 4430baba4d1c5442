//! MCP servers of the official Python SDK, and of FastMCP: tools with what their code
//! does. What a tool's hints say of it is a claim.

use super::{
    Framework, conduct,
    draft::{Draft, unasked},
    list::only_return,
    names::{Meaning, ScopeId},
    uses::{Code, Defined, Site},
};
use crate::{
    model::agent_config::{Client, Conduct, ToolReference, ToolSource},
    scan::agents::redact,
    source::{
        node::Node,
        python::{Call, Expr, ExprKind},
    },
};

pub(super) struct McpServer;

/// Why its tools run.
const UNASKED: &str = "a server asks nobody; its client may";

/// Methods of a server that add no tool, or one that is read.
const KNOWN_METHODS: [&str; 16] = [
    "run",
    "run_async",
    "run_stdio_async",
    "run_sse_async",
    "run_streamable_http_async",
    "http_app",
    "sse_app",
    "streamable_http_app",
    "resource",
    "prompt",
    "completion",
    "custom_route",
    "tool",
    "add_tool",
    "add_resource",
    "add_prompt",
];

impl Framework for McpServer {
    fn id(&self) -> &'static str {
        "mcp-server-python"
    }

    fn title(&self) -> &'static str {
        "MCP servers written with the Python SDK"
    }

    fn version(&self) -> &'static str {
        "2.3"
    }

    fn marks(&self) -> &'static [&'static str] {
        &["FastMCP", "mcp.server"]
    }

    fn read(&self, code: &Code<'_>) -> Vec<Draft> {
        let fast = code.sites.iter().find(|site| site.callee.may_be(is_fast).is_some());
        let low = code.sites.iter().find(|site| site.callee.may_be(is_low_level).is_some());
        let fast = fast.map(|site| fast_server(code, site));
        fast.into_iter().chain(low.map(|site| low_level(code, site))).collect()
    }
}

fn is_fast(path: &str) -> bool {
    matches!(
        path,
        "mcp.server.fastmcp.FastMCP"
            | "mcp.server.FastMCP"
            | "mcp.server.mcpserver.MCPServer"
            | "mcp.server.MCPServer"
            | "fastmcp.FastMCP"
            | "fastmcp.server.FastMCP"
    )
}

fn is_low_level(path: &str) -> bool {
    matches!(
        path,
        "mcp.server.Server" | "mcp.server.lowlevel.Server" | "mcp.server.lowlevel.server.Server"
    )
}

/// A server in the making; what may offer more than shows is opaque.
fn begin<'m>(code: &Code<'m>, site: &Site<'m>) -> Draft {
    let name = site.call.argument(0, "name").and_then(|name| code.text(name, site.scope));
    let name = name.or(site.bound_to).unwrap_or("server");
    let format = McpServer.id();
    let mut draft = Draft::new(code, format, Client::ToolServer, "ToolServer", name, site);
    let handed_on = site.bound_to.is_none_or(|name| {
        code.names.is_changed(name, site.scope) || code.names.is_escaped(name, site.scope)
    });
    if handed_on || site.callee.exactly().is_none() || site.call.passes_on() {
        let place = code.location(site.place);
        draft.opaque(place, "what else its tools come from is not known");
    }
    draft
}

/// `FastMCP` with `@server.tool()`. Servers of one file are one.
fn fast_server<'m>(code: &Code<'m>, site: &Site<'m>) -> Draft {
    let mut draft = begin(code, site);
    if let Some(tools) = site.call.named("tools") {
        draft.opaque(code.location(tools.place), "its tools are computed");
    }
    let mut decorated = 0;
    for defined in &code.functions {
        for decorator in &defined.function.decorators {
            let (callee, call) = match &decorator.kind {
                ExprKind::Call(call) => (&call.function, Some(&**call)),
                _ => (decorator, None),
            };
            let callee = code.names.callee(callee, defined.scope);
            if callee.may_be(makes_tool).is_none() {
                continue;
            }
            decorated += usize::from(call.is_some());
            tool(code, *defined, call, defined.scope, &mut draft);
        }
    }
    let mut registered = 0;
    for called in &code.sites {
        if called.callee.may_be(goes_inside).is_some() {
            draft.opaque(code.location(called.place), "it reaches into the server itself");
        }
        let Some(path) = called.callee.may_be(|path| method(path).is_some()) else { continue };
        match method(path) {
            Some("tool") => registered += 1,
            Some("add_tool") => {
                let function = called.call.argument(0, "fn");
                match function.and_then(|function| code.function(function, called.scope)) {
                    Some(defined) => {
                        tool(code, defined, Some(called.call), called.scope, &mut draft);
                    }
                    None => {
                        draft.opaque(code.location(called.place), "a tool is defined elsewhere")
                    }
                }
            }
            Some(name) if KNOWN_METHODS.contains(&name) => {}
            _ => draft.opaque(code.location(called.place), "it takes over tools from elsewhere"),
        }
    }
    if registered != decorated {
        draft.opaque(code.location(site.place), "some of its tools are no decorated functions");
    }
    draft
}

/// The method of a server that a path ends in.
fn method(path: &str) -> Option<&str> {
    let (of, name) = path.rsplit_once('.')?;
    is_fast(of.strip_suffix("()")?).then_some(name)
}

/// Whether a path is something inside of a server that its interface does not show.
fn goes_inside(path: &str) -> bool {
    path.split_once("()").is_some_and(|(of, rest)| is_fast(of) && rest.starts_with("._"))
}

/// Whether a path makes a tool of a function.
fn makes_tool(path: &str) -> bool {
    method(path) == Some("tool")
}

/// Adds a function as a tool; `call` is what registers it.
fn tool<'m>(
    code: &Code<'m>,
    defined: Defined<'m>,
    call: Option<&'m Call>,
    scope: ScopeId,
    draft: &mut Draft,
) {
    let name = call.and_then(|call| code.text(call.named("name")?, scope));
    // `@server.tool("name")`.
    let first = call.and_then(|call| call.argument(0, "name")).and_then(Expr::as_text);
    let name = name.or(first).unwrap_or(&defined.function.name);
    let claims = call.and_then(|call| call.named("annotations"));
    let claims_read = claims.is_some_and(|claims| reads_only(&code.node(claims, scope)));
    let conduct = conduct::of(code, defined, &makes_tool);
    add(code, name, conduct, claims_read, defined.function.place, draft);
}

fn add(
    code: &Code<'_>,
    name: &str,
    conduct: Conduct,
    claims_read: bool,
    place: crate::source::node::Place,
    draft: &mut Draft,
) {
    let name = redact::name(name);
    draft.config.tools.push(ToolReference {
        source: ToolSource::Function { name: name.clone(), conduct, claims_read },
        tool: Some(name),
        approval: unasked(UNASKED),
        location: code.location(place),
    });
}

fn reads_only(annotations: &Node) -> bool {
    let says = |key: &str| annotations.get(key).and_then(Node::as_bool);
    says("readOnlyHint") == Some(true)
}

/// `Server` with one function that lists tools and one that runs them all.
fn low_level<'m>(code: &Code<'m>, site: &Site<'m>) -> Draft {
    let mut draft = begin(code, site);
    let decorated = |wanted: &str| {
        code.functions.iter().find(|defined| {
            defined.function.decorators.iter().any(|decorator| {
                let callee = match &decorator.kind {
                    ExprKind::Call(call) => code.names.callee(&call.function, defined.scope),
                    _ => code.names.callee(decorator, defined.scope),
                };
                callee.may_be(|path| is_handler(path, wanted)).is_some()
            })
        })
    };
    let runs = decorated("call_tool").map_or(Conduct::Unknown, |defined| {
        conduct::of(code, *defined, &|path| is_handler(path, "call_tool"))
    });
    let listed = decorated("list_tools").and_then(|defined| {
        let list = only_return(defined.function)?;
        Some(code.items(list, code.names.scope_at(defined.function.place)))
    });
    let mut all = listed.is_some();
    for item in listed.into_iter().flatten() {
        let Meaning::Call(call, place, scope) = code.names.meaning(item.expr, item.scope) else {
            all = false;
            continue;
        };
        let callee = code.names.callee(&call.function, scope);
        let is_tool = callee.exactly().is_some_and(|path| {
            path.starts_with("mcp.") && path.ends_with(".Tool") && !item.spread
        });
        let name = call.named("name").and_then(|name| code.text(name, scope));
        match name.filter(|_| is_tool) {
            Some(name) => {
                let claims = call.named("annotations");
                let claims = claims.is_some_and(|claims| reads_only(&code.node(claims, scope)));
                add(code, name, runs.clone(), claims, place, &mut draft);
            }
            None => all = false,
        }
    }
    if !all {
        draft.opaque(code.location(site.place), "its list of tools is computed");
    }
    draft
}

fn is_handler(path: &str, wanted: &str) -> bool {
    path.rsplit_once('.')
        .is_some_and(|(of, name)| name == wanted && of.strip_suffix("()").is_some_and(is_low_level))
}
