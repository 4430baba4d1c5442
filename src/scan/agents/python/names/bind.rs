//! What binds which name in which scope.

use super::{Bound, Names, Scope, ScopeId};
use crate::source::{
    node::Place,
    python::{Branch, Expr, ExprKind, Statement},
};

impl<'m> Names<'m> {
    fn open(&mut self, parent: ScopeId, of_class: bool, place: Place) -> ScopeId {
        let id = self.scopes.len();
        let module = self.scopes.get(parent).map_or(0, |scope| scope.module);
        self.scopes.push(Scope { parent: Some(parent), module, of_class, ..Scope::default() });
        self.of_place.insert(place, id);
        id
    }

    fn bind(&mut self, scope: ScopeId, name: &'m str, bound: Bound<'m>) {
        if let Some(scope) = self.scopes.get_mut(scope) {
            scope.bound.entry(name).or_default().push(bound);
        }
    }

    pub(super) fn bind_all(&mut self, body: &'m [Statement], scope: ScopeId) {
        for statement in body {
            self.bind_statement(statement, scope);
        }
    }

    fn bind_statement(&mut self, statement: &'m Statement, scope: ScopeId) {
        match statement {
            Statement::Import(names) => {
                for imported in names {
                    self.bind(scope, &imported.name, Bound::Import(&imported.path));
                }
            }
            Statement::Star(module) => self.stars.push(module),
            Statement::Assign { targets, value } => {
                for target in targets {
                    match (&target.kind, value) {
                        (ExprKind::Name(name), Some(value)) => {
                            self.bind(scope, name, Bound::Value(value));
                        }
                        // An annotation alone binds nothing.
                        (_, None) => {}
                        (_, Some(_)) => self.bind_computed(target, scope),
                    }
                }
                value.iter().for_each(|value| self.bind_within(value, scope));
            }
            Statement::Function(function) => {
                self.bind(scope, &function.name, Bound::Function(function));
                let own = self.open(scope, false, function.place);
                for name in &function.parameters {
                    self.bind(own, name, Bound::Computed);
                }
                let outside = function.decorators.iter().chain(&function.defaults);
                outside.for_each(|expr| self.bind_within(expr, scope));
                self.bind_all(&function.body, own);
            }
            Statement::Class(class) => {
                self.bind(scope, &class.name, Bound::Class(class));
                let own = self.open(scope, true, class.place);
                class.decorators.iter().for_each(|expr| self.bind_within(expr, scope));
                class.arguments.iter().for_each(|base| self.bind_within(&base.value, scope));
                self.bind_all(&class.body, own);
            }
            Statement::With { items, body } => {
                for (entered, alias) in items {
                    match alias.as_ref().map(|alias| (&alias.kind, alias)) {
                        Some((ExprKind::Name(name), _)) => {
                            self.bind(scope, name, Bound::Value(entered));
                        }
                        Some((_, alias)) => self.bind_computed(alias, scope),
                        None => {}
                    }
                    self.bind_within(entered, scope);
                }
                self.bind_all(body, scope);
            }
            Statement::Branch(Branch { conditions, binds, bodies, .. }) => {
                conditions.iter().for_each(|expr| self.bind_within(expr, scope));
                binds.iter().for_each(|target| self.bind_computed(target, scope));
                bodies.iter().for_each(|body| self.bind_all(body, scope));
            }
            Statement::Outer(names) => {
                for name in names {
                    // What it is outside is not followed: bound twice, it counts for nothing.
                    for at in 0..scope {
                        self.bind(at, name, Bound::Computed);
                        self.bind(at, name, Bound::Computed);
                    }
                }
            }
            Statement::Change { target: expr, value } => {
                self.bind_within(expr, scope);
                self.bind_within(value, scope);
            }
            Statement::Expr(expr) | Statement::Return(Some(expr)) => self.bind_within(expr, scope),
            Statement::Return(None) => {}
            Statement::Delete(exprs) | Statement::Raise(exprs) | Statement::Other(exprs) => {
                exprs.iter().for_each(|expr| self.bind_within(expr, scope));
            }
        }
    }

    /// Names that an expression binds by the way: those of comprehensions, lambdas, `:=`.
    fn bind_within(&mut self, expr: &'m Expr, scope: ScopeId) {
        if let ExprKind::Other { binds, .. } = &expr.kind {
            binds.iter().for_each(|target| self.bind_computed(target, scope));
        }
        for child in expr.children() {
            self.bind_within(child, scope);
        }
    }

    /// Every name of a target that takes a value apart.
    fn bind_computed(&mut self, target: &'m Expr, scope: ScopeId) {
        match &target.kind {
            ExprKind::Name(name) => self.bind(scope, name, Bound::Computed),
            ExprKind::Attribute(..) | ExprKind::Subscript(..) => {}
            _ => target.children().into_iter().for_each(|part| self.bind_computed(part, scope)),
        }
    }
}
