//! Literals of code as values of a document, for those who read documents: entries
//! of servers, and secrets in plain text.

use super::{
    beside::Beside,
    names::{Meaning, ScopeId},
    uses::Code,
};
use crate::{
    model::agent_config::LiteralSecret,
    scan::agents::secrets::{self, KeyNames},
    source::{
        Document, Syntax,
        node::{Key, Mapping, Node, Place, Value},
        python::{Branch, Call, Expr, ExprKind, Statement},
    },
};

/// What stands for a value that the code computes.
pub(super) const COMPUTED: &str = "${computed}";

/// Classes of the frameworks that only hold settings: what starts or calls a server.
const RECORDS: [&str; 16] = [
    "dict",
    "AgentDefinition",
    "ToolAnnotations",
    "StdioServerParameters",
    "StdioConnectionParams",
    "SseConnectionParams",
    "SseServerParams",
    "StreamableHTTPConnectionParams",
    "StreamableHTTPServerParams",
    "MCPServerStdioParams",
    "MCPServerSseParams",
    "MCPServerStreamableHttpParams",
    "McpStdioServerConfig",
    "McpHttpServerConfig",
    "McpSSEServerConfig",
    "MCPServerHTTP",
];

/// Literals within literals that are followed.
const DEPTH: usize = 32;

impl<'m> Code<'m> {
    /// An expression as a value: what is computed is a reference.
    pub(super) fn node(&self, expr: &'m Expr, scope: ScopeId) -> Node {
        let mut node = self.node_within(expr, scope, DEPTH);
        // Documents are of one file: what stands in another has no line in it.
        node.replace_places(&mut |place| match Beside::is_elsewhere(place) {
            true => Place { line: 0, ..place },
            false => place,
        });
        node
    }

    fn node_within(&self, expr: &'m Expr, scope: ScopeId, depth: usize) -> Node {
        let computed = || Node::new(expr.place, Value::String(COMPUTED.to_owned()));
        let Some(depth) = depth.checked_sub(1) else { return computed() };
        let (found, scope) = match self.names.meaning(expr, scope) {
            Meaning::Literal(found, scope) => (found, scope),
            Meaning::Call(call, _, scope) if self.is_mapping(call, scope) => {
                let mut mapping = Mapping::default();
                for argument in &call.arguments {
                    let name = argument.name.as_deref().unwrap_or(COMPUTED).to_owned();
                    let key = Key { name, place: argument.value.place };
                    let value = self.node_within(&argument.value, scope, depth);
                    mapping.entries.push((key, value));
                }
                return Node::new(expr.place, Value::Mapping(mapping));
            }
            _ => {
                let variable = self.variable(expr, scope);
                let text = variable.map_or(COMPUTED.to_owned(), |name| format!("${{{name}}}"));
                return Node::new(expr.place, Value::String(text));
            }
        };
        let value = match &found.kind {
            ExprKind::Text(text) => Value::String(text.clone()),
            ExprKind::Bool(yes) => Value::Bool(*yes),
            ExprKind::None => Value::Null,
            ExprKind::Number(text) => {
                text.parse().map_or_else(|_| Value::String(text.clone()), Value::Int)
            }
            ExprKind::Format(parts) => {
                let part = |part: &'m Expr| match part.as_text() {
                    Some(text) => text.to_owned(),
                    None => match self.variable(part, scope) {
                        Some(name) => format!("${{{name}}}"),
                        None => COMPUTED.to_owned(),
                    },
                };
                Value::String(parts.iter().map(part).collect())
            }
            ExprKind::List(_) | ExprKind::Sum(..) => {
                let items = self.items(found, scope);
                Value::Sequence(
                    items
                        .into_iter()
                        .map(|item| self.node_within(item.expr, item.scope, depth))
                        .collect(),
                )
            }
            ExprKind::Dict(pairs) => {
                let mut mapping = Mapping::default();
                for (key, value) in pairs {
                    let name = key.as_ref().and_then(|key| self.text(key, scope));
                    let key = Key {
                        name: name.unwrap_or(COMPUTED).to_owned(),
                        place: key.as_ref().unwrap_or(value).place,
                    };
                    mapping.entries.push((key, self.node_within(value, scope, depth)));
                }
                Value::Mapping(mapping)
            }
            _ => return computed(),
        };
        Node::new(expr.place, value)
    }

    /// Whether a call only keeps what it is given by name, as a mapping does.
    fn is_mapping(&self, call: &'m Call, scope: ScopeId) -> bool {
        let callee = self.names.callee(&call.function, scope);
        callee
            .exactly()
            .is_some_and(|path| RECORDS.contains(&path.rsplit('.').next().unwrap_or_default()))
    }

    /// The variable of the environment that an expression reads.
    fn variable(&self, expr: &'m Expr, scope: ScopeId) -> Option<&'m str> {
        match &expr.kind {
            ExprKind::Subscript(of, by) => {
                let callee = self.names.callee(of, scope);
                let [name] = by.as_slice() else { return None };
                (callee.exactly() == Some("os.environ")).then(|| self.text(name, scope))?
            }
            ExprKind::Call(call) => {
                let callee = self.names.callee(&call.function, scope);
                let reads = matches!(callee.exactly(), Some("os.getenv" | "os.environ.get"));
                reads.then(|| self.text(call.argument(0, "key")?, scope))?
            }
            _ => None,
        }
    }

    /// A document of this file.
    pub(super) fn document(&self, root: Node) -> Document {
        Document {
            file: self.module.file.clone(),
            index: 0,
            syntax: Syntax::Python,
            root,
            list: None,
            lenient: None,
        }
    }

    /// Secrets in plain text anywhere in the code.
    pub(super) fn secrets(&self) -> Vec<LiteralSecret> {
        let mut texts = Texts::default();
        texts.body(&self.module.body);
        let place = Place { line: 1, column: 1 };
        let root = Node::new(place, Value::Sequence(texts.0));
        secrets::sweep(&self.document(root), KeyNames::Everywhere)
    }
}

/// All text of a module, with the name that it is given where there is one.
#[derive(Default)]
struct Texts(Vec<Node>);

impl Texts {
    fn body(&mut self, body: &[Statement]) {
        for statement in body {
            self.statement(statement);
        }
    }

    fn all(&mut self, exprs: &[Expr]) {
        exprs.iter().for_each(|expr| self.expr(expr));
    }

    fn statement(&mut self, statement: &Statement) {
        match statement {
            Statement::Import(_) | Statement::Star(_) | Statement::Outer(_) => {}
            Statement::Assign { targets, value } => {
                for target in targets {
                    if let (Some(name), Some(value)) = (name_of(target), value) {
                        self.named(name, value);
                    }
                }
                self.all(value.as_slice());
            }
            Statement::Change { value, .. } => self.expr(value),
            Statement::Expr(expr) => self.expr(expr),
            Statement::Return(value) => self.all(value.as_slice()),
            Statement::Function(function) => {
                self.all(&function.decorators);
                self.all(&function.defaults);
                self.body(&function.body);
            }
            Statement::Class(class) => {
                self.all(&class.decorators);
                class.arguments.iter().for_each(|base| self.expr(&base.value));
                self.body(&class.body);
            }
            Statement::With { items, body } => {
                items.iter().for_each(|(entered, _)| self.expr(entered));
                self.body(body);
            }
            Statement::Branch(Branch { conditions, bodies, .. }) => {
                self.all(conditions);
                bodies.iter().for_each(|body| self.body(body));
            }
            Statement::Delete(exprs) | Statement::Raise(exprs) | Statement::Other(exprs) => {
                self.all(exprs)
            }
        }
    }

    fn named(&mut self, name: &str, value: &Expr) {
        let Some(text) = value.as_text() else { return };
        let key = Key { name: name.to_owned(), place: value.place };
        let text = Node::new(value.place, Value::String(text.to_owned()));
        let entries = vec![(key, text)];
        self.0.push(Node::new(value.place, Value::Mapping(Mapping { entries })));
    }

    fn expr(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Text(text) => {
                self.0.push(Node::new(expr.place, Value::String(text.clone())));
            }
            ExprKind::Call(call) => {
                for argument in &call.arguments {
                    if let Some(name) = &argument.name {
                        self.named(name, &argument.value);
                    }
                }
            }
            ExprKind::Dict(pairs) => {
                for (key, value) in pairs {
                    if let Some(name) = key.as_ref().and_then(Expr::as_text) {
                        self.named(name, value);
                    }
                }
            }
            _ => {}
        }
        expr.children().into_iter().for_each(|child| self.expr(child));
    }
}

/// What a target is called: a name, an attribute, a key.
fn name_of(target: &Expr) -> Option<&str> {
    match &target.kind {
        ExprKind::Name(name) | ExprKind::Attribute(_, name) => Some(name),
        ExprKind::Subscript(_, by) => by.first().and_then(Expr::as_text),
        _ => None,
    }
}
