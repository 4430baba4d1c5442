//! Every call of a module, with where it stands; and which names are not what they
//! were bound to, because code changes them or hands them to what may.

use super::{
    beside::Beside,
    names::{Callee, Names, ScopeId},
};
use crate::source::{
    node::Place,
    python::{Branch, Call, Expr, ExprKind, Function, Module, Statement},
};

/// A call, and where it stands.
#[derive(Debug)]
pub(super) struct Site<'m> {
    pub(super) call: &'m Call,
    pub(super) callee: Callee,
    pub(super) place: Place,
    pub(super) scope: ScopeId,
    /// The name that its value is bound to.
    pub(super) bound_to: Option<&'m str>,
    /// The function that it stands in.
    pub(super) within: Option<&'m str>,
}

/// A function of the module, and the scope that it stands in.
#[derive(Debug, Clone, Copy)]
pub(super) struct Defined<'m> {
    pub(super) function: &'m Function,
    pub(super) scope: ScopeId,
}

/// What a module holds, for those who look for agents in it.
#[derive(Debug)]
pub(super) struct Code<'m> {
    pub(super) module: &'m Module,
    pub(super) names: Names<'m>,
    /// Every call, in the order of the text.
    pub(super) sites: Vec<Site<'m>>,
    /// Every call of the modules beside it.
    pub(super) sites_beside: Vec<Site<'m>>,
    beside: &'m Beside,
    /// Every function, in the order of the text.
    pub(super) functions: Vec<Defined<'m>>,
    /// The function that is being looked at.
    within: Option<&'m str>,
}

/// Methods that change a list or a mapping in place.
const CHANGING: [&str; 14] = [
    "append",
    "extend",
    "insert",
    "remove",
    "pop",
    "clear",
    "update",
    "setdefault",
    "popitem",
    "add",
    "discard",
    "sort",
    "reverse",
    "__setitem__",
];

/// Functions of Python itself that only look at what they are handed.
const LOOKING: [&str; 20] = [
    "len",
    "print",
    "list",
    "tuple",
    "set",
    "sorted",
    "str",
    "repr",
    "enumerate",
    "zip",
    "isinstance",
    "type",
    "any",
    "all",
    "range",
    "bool",
    "dict",
    "frozenset",
    "reversed",
    "id",
];

/// Packages whose functions take lists of tools and settings without changing them.
pub(super) const FRAMEWORKS: [&str; 12] = [
    "langchain",
    "langgraph",
    "deepagents",
    "agents",
    "claude_agent_sdk",
    "claude_code_sdk",
    "google",
    "crewai",
    "crewai_tools",
    "mcp",
    "fastmcp",
    "asyncio",
];

impl<'m> Code<'m> {
    pub(super) fn of(module: &'m Module, beside: &'m Beside) -> Self {
        let names = Names::of(module, beside);
        let mut code = Self {
            module,
            names,
            sites: Vec::new(),
            sites_beside: Vec::new(),
            beside,
            functions: Vec::new(),
            within: None,
        };
        for (number, other) in beside.modules().iter().enumerate() {
            code.all(&other.body, code.names.root(number + 1));
        }
        code.sites_beside = std::mem::take(&mut code.sites);
        code.functions.clear();
        code.all(&module.body, 0);
        code.names.count();
        code
    }

    /// Every call, those of the modules beside it included.
    pub(super) fn all_sites(&self) -> impl Iterator<Item = &Site<'m>> {
        self.sites.iter().chain(&self.sites_beside)
    }

    fn all(&mut self, body: &'m [Statement], scope: ScopeId) {
        body.iter().for_each(|statement| self.statement(statement, scope));
    }

    fn statement(&mut self, statement: &'m Statement, scope: ScopeId) {
        match statement {
            Statement::Import(_) | Statement::Star(_) | Statement::Return(None) => {}
            Statement::Outer(names) => {
                names.iter().for_each(|name| self.names.note_changed(name, scope));
            }
            Statement::Assign { targets, value } => {
                let mut bound_to = None;
                for target in targets {
                    match &target.kind {
                        ExprKind::Name(name) => bound_to = Some(name.as_str()),
                        _ => self.changes(target, scope),
                    }
                }
                if let Some(value) = value {
                    self.value(value, scope, bound_to);
                }
            }
            Statement::Change { target, value } => {
                self.changes(target, scope);
                if let Some(name) = target.as_name() {
                    self.names.note_changed(name, scope);
                }
                self.look(value, scope);
            }
            Statement::Expr(expr) => self.look(expr, scope),
            Statement::Return(Some(expr)) => self.leak(expr, scope),
            Statement::Function(function) => {
                self.functions.push(Defined { function, scope });
                function.decorators.iter().for_each(|expr| self.look(expr, scope));
                function.defaults.iter().for_each(|expr| self.leak(expr, scope));
                let outside = self.within.replace(&function.name);
                self.all(&function.body, self.names.scope_at(function.place));
                self.within = outside;
            }
            Statement::Class(class) => {
                class.decorators.iter().for_each(|expr| self.look(expr, scope));
                class.arguments.iter().for_each(|base| self.look(&base.value, scope));
                self.all(&class.body, self.names.scope_at(class.place));
            }
            Statement::With { items, body } => {
                for (entered, alias) in items {
                    let bound_to = alias.as_ref().and_then(Expr::as_name);
                    self.value(entered, scope, bound_to);
                }
                self.all(body, scope);
            }
            Statement::Branch(Branch { conditions, bodies, .. }) => {
                conditions.iter().for_each(|expr| self.look(expr, scope));
                bodies.iter().for_each(|body| self.all(body, scope));
            }
            Statement::Delete(exprs) => {
                for expr in exprs {
                    self.changes(expr, scope);
                }
            }
            Statement::Raise(exprs) | Statement::Other(exprs) => {
                exprs.iter().for_each(|expr| self.leak(expr, scope))
            }
        }
    }

    /// A value that a name is bound to.
    fn value(&mut self, value: &'m Expr, scope: ScopeId, bound_to: Option<&'m str>) {
        self.visit(value, scope, false, bound_to);
    }

    /// An expression whose value nobody keeps.
    fn look(&mut self, expr: &'m Expr, scope: ScopeId) {
        self.visit(expr, scope, true, None);
    }

    /// An expression whose value somebody else gets.
    fn leak(&mut self, expr: &'m Expr, scope: ScopeId) {
        self.visit(expr, scope, false, None);
    }

    /// What is assigned to, or taken away, within what a name stands for.
    fn changes(&mut self, target: &'m Expr, scope: ScopeId) {
        match &target.kind {
            ExprKind::Attribute(of, _) => self.changes_root(of, scope),
            ExprKind::Subscript(of, by) => {
                self.changes_root(of, scope);
                by.iter().for_each(|by| self.look(by, scope));
            }
            _ => {
                target.children().into_iter().for_each(|part| self.changes(part, scope));
            }
        }
    }

    fn changes_root(&mut self, expr: &'m Expr, scope: ScopeId) {
        let mut root = expr;
        loop {
            match &root.kind {
                ExprKind::Attribute(of, _) | ExprKind::Subscript(of, _) => root = of,
                ExprKind::Name(name) => return self.names.note_changed(name, scope),
                _ => return self.look(root, scope),
            }
        }
    }

    /// `kept` is whether the value stays where it is: nobody else may change it.
    fn visit(&mut self, expr: &'m Expr, scope: ScopeId, kept: bool, bound_to: Option<&'m str>) {
        match &expr.kind {
            ExprKind::Name(name) => {
                if !kept {
                    self.names.note_escaped(name, scope);
                }
            }
            ExprKind::Call(call) => self.call(call, expr.place, scope, bound_to),
            ExprKind::List(parts) => {
                parts.iter().for_each(|part| self.visit(part, scope, kept, None));
            }
            ExprKind::Dict(pairs) => {
                for (key, value) in pairs {
                    key.iter().for_each(|key| self.look(key, scope));
                    self.visit(value, scope, kept || key.is_none(), None);
                }
            }
            ExprKind::Other { parts, binds } => {
                // Of a comprehension's sources only the elements go on.
                let alias = parts.len() == 1 || binds.is_empty();
                let direct = |part: &Expr| alias && part.as_name().is_some();
                for part in parts {
                    self.visit(part, scope, !direct(part) || kept, None);
                }
            }
            _ => expr.children().into_iter().for_each(|child| self.look(child, scope)),
        }
    }

    fn call(&mut self, call: &'m Call, place: Place, scope: ScopeId, bound_to: Option<&'m str>) {
        let callee = self.names.callee(&call.function, scope);
        let method = match &call.function.kind {
            ExprKind::Attribute(of, name) => {
                if CHANGING.contains(&name.as_str()) {
                    self.changes_root(of, scope);
                }
                Some(name.as_str())
            }
            _ => None,
        };
        let trusted = method == Some("bind_tools") || callee.exactly().is_some_and(only_looks);
        let within = self.within;
        self.sites.push(Site { call, callee, place, scope, bound_to, within });
        self.look(&call.function, scope);
        for argument in &call.arguments {
            self.visit(&argument.value, scope, trusted, None);
        }
    }

    /// The location of a place in this file.
    pub(super) fn location(&self, place: Place) -> crate::model::location::Location {
        self.beside.location(self.module, place)
    }
}

/// Whether what a path names leaves its arguments as they are.
fn only_looks(path: &str) -> bool {
    let root = path.split(['.', '_']).next().unwrap_or_default();
    let package = path.split('.').next().unwrap_or_default();
    match path.strip_prefix("builtins.") {
        Some(name) => LOOKING.contains(&name),
        None => root == "langchain" || FRAMEWORKS.contains(&package),
    }
}
