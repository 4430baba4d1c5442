//! `interrupt()` inside a function: whether a human decides before it acts.

use crate::{
    scan::agents::python::{
        conduct,
        names::ScopeId,
        uses::{Code, Defined},
    },
    source::{
        node::Place,
        python::{Branch, BranchKind, Expr, ExprKind, Statement},
    },
};

/// Whether a function asks before it acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asks {
    /// It never does.
    No,
    /// Each time, before anything else, and the answer decides.
    First(Place),
    /// It does, and whether that gates it is not known; says why.
    Unsure(&'static str),
}

/// Whether a function asks before it acts.
pub(super) fn of<'m>(code: &Code<'m>, defined: Defined<'m>) -> Asks {
    let scope = code.names.scope_at(defined.function.place);
    let body = &defined.function.body;
    for (at, statement) in body.iter().enumerate() {
        let Some(place) = calls_in(code, statement, scope) else { continue };
        let (before, after) = (body.get(..at), body.get(at + 1..));
        if !conduct::is_idle(code, before.unwrap_or_default(), scope) {
            return Asks::Unsure("it acts before it asks");
        }
        let after = after.unwrap_or_default();
        return match statement {
            Statement::Assign { targets, value: Some(value) } if is_call(code, value, scope) => {
                let [Expr { kind: ExprKind::Name(name), .. }] = targets.as_slice() else {
                    return Asks::Unsure("what is done with the answer is not known");
                };
                let by = after.iter().position(|later| decides_by(later, name));
                let parted = by
                    .and_then(|at| Some((after.get(..at)?, after.get(at)?, after.get(at + 1..)?)));
                match parted {
                    Some((between, branch, rest))
                        if conduct::is_idle(code, between, scope)
                            && gates(code, branch, rest, scope) =>
                    {
                        Asks::First(place)
                    }
                    _ => Asks::Unsure("the answer does not decide all that it does"),
                }
            }
            Statement::Branch(Branch { kind: BranchKind::Choice, conditions, .. })
                if conditions.first().is_some_and(|first| holds(code, first, scope)) =>
            {
                if gates(code, statement, after, scope) {
                    Asks::First(place)
                } else {
                    Asks::Unsure("the answer does not decide all that it does")
                }
            }
            Statement::Branch(Branch { kind: BranchKind::Try, .. }) => {
                Asks::Unsure("the try around it may swallow the pause")
            }
            Statement::Branch(_) => Asks::Unsure("it asks on some of its paths"),
            _ => Asks::Unsure("nothing is decided by the answer"),
        };
    }
    Asks::No
}

/// Whether what comes after a choice depends on it: one of its parts ends the
/// function, or nothing is done after it.
fn gates<'m>(
    code: &Code<'m>,
    choice: &'m Statement,
    rest: &'m [Statement],
    scope: ScopeId,
) -> bool {
    let Statement::Branch(Branch { bodies, .. }) = choice else { return false };
    let ends = |body: &Vec<Statement>| {
        matches!(body.last(), Some(Statement::Return(_) | Statement::Raise(_)))
    };
    bodies.iter().any(ends) || conduct::is_idle(code, rest, scope)
}

/// Whether an expression is a call of `interrupt`.
fn is_call<'m>(code: &Code<'m>, expr: &'m Expr, scope: ScopeId) -> bool {
    expr.as_call().is_some_and(|call| {
        let callee = code.names.callee(&call.function, scope);
        callee
            .exactly()
            .is_some_and(|path| path.starts_with("langgraph.") && path.ends_with(".interrupt"))
    })
}

/// Whether an expression holds a call of `interrupt`.
fn holds<'m>(code: &Code<'m>, expr: &'m Expr, scope: ScopeId) -> bool {
    is_call(code, expr, scope) || expr.children().into_iter().any(|child| holds(code, child, scope))
}

/// Where a statement calls `interrupt`, if it does.
fn calls_in<'m>(code: &Code<'m>, statement: &'m Statement, scope: ScopeId) -> Option<Place> {
    let any = |exprs: &'m [Expr]| {
        exprs.iter().find(|expr| holds(code, expr, scope)).map(|expr| expr.place)
    };
    let body =
        |body: &'m [Statement]| body.iter().find_map(|statement| calls_in(code, statement, scope));
    match statement {
        Statement::Assign { value: Some(value), .. } | Statement::Change { value, .. } => {
            any(std::slice::from_ref(value))
        }
        Statement::Expr(expr) | Statement::Return(Some(expr)) => any(std::slice::from_ref(expr)),
        Statement::With { items, body: within } => items
            .iter()
            .find_map(|(entered, _)| any(std::slice::from_ref(entered)))
            .or_else(|| body(within)),
        Statement::Branch(Branch { conditions, bodies, .. }) => {
            any(conditions).or_else(|| bodies.iter().find_map(|part| body(part)))
        }
        Statement::Other(exprs) | Statement::Raise(exprs) | Statement::Delete(exprs) => any(exprs),
        Statement::Import(_)
        | Statement::Star(_)
        | Statement::Assign { value: None, .. }
        | Statement::Return(None)
        | Statement::Function(_)
        | Statement::Class(_)
        | Statement::Outer(_) => None,
    }
}

/// Whether a statement chooses by what a name holds.
fn decides_by(statement: &Statement, name: &str) -> bool {
    match statement {
        Statement::Branch(Branch { kind: BranchKind::Choice, conditions, .. }) => {
            conditions.iter().any(|condition| reads(condition, name))
        }
        _ => false,
    }
}

fn reads(expr: &Expr, name: &str) -> bool {
    expr.as_name() == Some(name) || expr.children().into_iter().any(|child| reads(child, name))
}
