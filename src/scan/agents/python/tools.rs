//! What stands in a list of tools.

use super::{
    list::Item,
    names::{Callee, Meaning, ScopeId},
    uses::{Code, Defined},
};
use crate::{
    model::location::Location,
    scan::agents::redact,
    source::{
        node::Place,
        python::{Call, Class, Expr, ExprKind, Function, Statement},
    },
};

/// Keys and values of a mapping; without a key, those of another mapping.
pub(super) type Pairs<'m> = &'m [(Option<Expr>, Expr)];

/// Something that an agent is given as a tool.
#[derive(Debug)]
pub(super) enum Given<'m> {
    /// A function of this file.
    Function(Defined<'m>),
    /// What a call makes: an instance, a wrapper, a toolkit.
    Made(Made<'m>),
    /// A mapping that describes a tool of the model's provider.
    Described,
    /// Something imported, by its path.
    Imported(String),
    /// Nothing that the text shows.
    Computed,
}

/// A call that makes a tool, or several.
#[derive(Debug)]
pub(super) struct Made<'m> {
    pub(super) call: &'m Call,
    pub(super) callee: Callee,
    pub(super) place: Place,
    pub(super) scope: ScopeId,
    /// The class of this file that it is an instance of.
    pub(super) class: Option<&'m Class>,
}

impl<'m> Code<'m> {
    /// What an element of a list of tools is.
    pub(super) fn given(&self, item: Item<'m>) -> Given<'m> {
        match self.names.meaning(item.expr, item.scope) {
            Meaning::Function(function, scope) if !item.spread => {
                Given::Function(Defined { function, scope })
            }
            Meaning::Call(call, place, scope) => Given::Made(self.made(call, place, scope)),
            Meaning::Literal(Expr { kind: ExprKind::Dict(_), .. }, _) if !item.spread => {
                Given::Described
            }
            Meaning::Elsewhere if !item.spread => {
                let callee = self.names.callee(item.expr, item.scope);
                let path = callee.exactly().filter(|path| !path.contains("()"));
                path.map_or(Given::Computed, |path| Given::Imported(path.to_owned()))
            }
            _ => Given::Computed,
        }
    }

    /// What a call makes.
    pub(super) fn made(&self, call: &'m Call, place: Place, scope: ScopeId) -> Made<'m> {
        let class = match self.names.meaning(&call.function, scope) {
            Meaning::Class(class) => Some(class),
            _ => None,
        };
        let callee = self.names.callee(&call.function, scope);
        Made { call, callee, place, scope, class }
    }

    /// The function of this file that an expression names.
    pub(super) fn function(&self, expr: &'m Expr, scope: ScopeId) -> Option<Defined<'m>> {
        match self.names.meaning(expr, scope) {
            Meaning::Function(function, scope) => Some(Defined { function, scope }),
            _ => None,
        }
    }

    /// Text that an expression certainly is.
    pub(super) fn text(&self, expr: &'m Expr, scope: ScopeId) -> Option<&'m str> {
        match self.names.meaning(expr, scope) {
            Meaning::Literal(expr, _) => expr.as_text(),
            _ => None,
        }
    }

    /// Whether an expression is on; `None` is off, and what is computed is neither.
    pub(super) fn flag(&self, expr: &'m Expr, scope: ScopeId) -> Option<bool> {
        match self.names.meaning(expr, scope) {
            Meaning::Literal(Expr { kind: ExprKind::Bool(yes), .. }, _) => Some(*yes),
            Meaning::Literal(Expr { kind: ExprKind::None, .. }, _) => Some(false),
            _ => None,
        }
    }

    /// The names in a list of which every element shows, with their places.
    pub(super) fn listed(&self, expr: &'m Expr, scope: ScopeId) -> Option<Vec<(String, Location)>> {
        let items = self.items(expr, scope);
        let named = items.iter().map(|item| {
            let name = self.text(item.expr, item.scope).filter(|_| !item.spread)?;
            Some((redact::name(name), self.location(item.expr.place)))
        });
        named.collect()
    }

    /// The pairs of a mapping that an expression certainly is.
    pub(super) fn pairs(&self, expr: &'m Expr, scope: ScopeId) -> Option<(Pairs<'m>, ScopeId)> {
        match self.names.meaning(expr, scope) {
            Meaning::Literal(Expr { kind: ExprKind::Dict(pairs), .. }, scope) => {
                Some((pairs, scope))
            }
            _ => None,
        }
    }
}

/// The method of a class that has this name.
pub(super) fn method<'m>(class: &'m Class, name: &str) -> Option<&'m Function> {
    class.body.iter().find_map(|statement| match statement {
        Statement::Function(function) if function.name == name => Some(function),
        _ => None,
    })
}

/// Text that a class sets as an attribute: `name: str = "delete"`.
pub(super) fn attribute<'m>(class: &'m Class, name: &str) -> Option<&'m str> {
    class.body.iter().find_map(|statement| match statement {
        Statement::Assign { targets, value: Some(value) }
            if targets.iter().any(|target| target.as_name() == Some(name)) =>
        {
            value.as_text()
        }
        _ => None,
    })
}
