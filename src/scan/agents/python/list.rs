//! Lists as far as the text shows what is in them.

use super::{
    names::{Meaning, ScopeId},
    uses::Code,
};
use crate::source::python::{Branch, Call, Expr, ExprKind, Function, Statement};

/// An element of a list, or something that stands for any number of them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Item<'m> {
    pub(super) expr: &'m Expr,
    pub(super) scope: ScopeId,
    /// Whether it is spread into the list, so that it may be many.
    pub(super) spread: bool,
}

/// Lists within lists that are followed.
const DEPTH: usize = 16;

/// Elements of one list: far above what an agent is given.
const MOST: usize = 2_000;

impl<'m> Code<'m> {
    /// What is in a list. What cannot be told is an item that is spread.
    pub(super) fn items(&self, expr: &'m Expr, scope: ScopeId) -> Vec<Item<'m>> {
        let mut items = Vec::new();
        self.flatten(Item { expr, scope, spread: true }, DEPTH, &mut items);
        items
    }

    fn flatten(&self, list: Item<'m>, depth: usize, items: &mut Vec<Item<'m>>) {
        let Some(depth) = depth.checked_sub(1).filter(|_| items.len() < MOST) else {
            items.push(list);
            return;
        };
        match self.names.meaning(list.expr, list.scope) {
            Meaning::Literal(Expr { kind: ExprKind::List(elements), .. }, scope) => {
                for expr in elements {
                    match &expr.kind {
                        ExprKind::Splat(inner) => {
                            let inner = Item { expr: inner, scope, spread: true };
                            self.flatten(inner, depth, items);
                        }
                        _ => items.push(Item { expr, scope, spread: false }),
                    }
                }
            }
            Meaning::Literal(Expr { kind: ExprKind::Sum(left, right), .. }, scope) => {
                for expr in [left, right] {
                    self.flatten(Item { expr, scope, spread: true }, depth, items);
                }
            }
            Meaning::Literal(Expr { kind: ExprKind::None, .. }, _) => {}
            Meaning::Call(call, _, scope) => match self.handed_on(call, scope) {
                Some((expr, scope)) => {
                    self.flatten(Item { expr, scope, spread: true }, depth, items);
                }
                None => items.push(list),
            },
            _ => items.push(list),
        }
    }

    /// What `list(x)` and a function that only returns something hand on.
    fn handed_on(&self, call: &'m Call, scope: ScopeId) -> Option<(&'m Expr, ScopeId)> {
        let callee = self.names.callee(&call.function, scope);
        if let Some("builtins.list" | "builtins.tuple") = callee.exactly() {
            return Some((call.argument(0, "iterable")?, scope));
        }
        match self.names.meaning(&call.function, scope) {
            Meaning::Function(function, _) if function.decorators.is_empty() => {
                Some((only_return(function)?, self.names.scope_at(function.place)))
            }
            _ => None,
        }
    }
}

/// What a function returns, where one statement at its end says so.
pub(super) fn only_return(function: &Function) -> Option<&Expr> {
    let (last, before) = function.body.split_last()?;
    match last {
        Statement::Return(Some(value)) if !before.iter().any(returns) => Some(value),
        _ => None,
    }
}

fn returns(statement: &Statement) -> bool {
    match statement {
        Statement::Return(_) => true,
        Statement::With { body, .. } => body.iter().any(returns),
        Statement::Branch(Branch { bodies, .. }) => bodies.iter().flatten().any(returns),
        Statement::Other(parts) => !parts.is_empty(),
        Statement::Import(_)
        | Statement::Star(_)
        | Statement::Assign { .. }
        | Statement::Change { .. }
        | Statement::Expr(_)
        | Statement::Function(_)
        | Statement::Class(_)
        | Statement::Outer(_)
        | Statement::Raise(_)
        | Statement::Delete(_) => false,
    }
}
