//! CEL over values that are not all known.
//!
//! The answer is the one that CEL gives whatever the unknown values turn out to
//! be, errors included, or `Unknown`: a definite answer is never taken back by
//! learning more. The language's own evaluator has no such mode, so this walks
//! the syntax tree that it parses; tests hold both against each other. Functions
//! and shapes that are not known here give `Unknown`.
//!
//! Expressions come from whoever wrote the evidence: their length and nesting
//! are bounded before they are parsed, and evaluation takes a bounded number of
//! steps.

mod functions;
mod survey;
mod value;

#[cfg(test)]
mod tests;

use cel::{
    IdedExpr, Program,
    common::ast::{CallExpr, ComprehensionExpr, Expr, LiteralValue, operators},
};

use crate::rubric::bounds::Bounds;
pub(super) use survey::{Survey, survey};
pub(super) use value::Partial;
use value::{List, Map};

const BOUNDS: Bounds = Bounds { length: 4_000, brackets: 24, operators: 600 };
/// Steps of one evaluation; past them the answer is unknown.
const STEPS: u32 = 5_000;
/// Longest text and list that evaluation builds.
const BUILT: usize = 4_096;

/// Parses an expression; none where it is no CEL, or beyond the bounds.
pub(super) fn parse(text: &str) -> Option<IdedExpr> {
    BOUNDS.check(text).ok()?;
    Program::compile(text).ok().map(|program| program.expression().clone())
}

/// What an expression gives where its variables are as in `variables`; a name
/// that is not there is unknown.
pub(super) fn evaluate(expression: &IdedExpr, variables: &[(&str, Partial)]) -> Partial {
    let locals =
        variables.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    Evaluation { locals, steps: STEPS }.eval(expression)
}

struct Evaluation {
    /// Variables, the innermost last.
    locals: Vec<(String, Partial)>,
    steps: u32,
}

impl Evaluation {
    fn eval(&mut self, expression: &IdedExpr) -> Partial {
        let Some(left) = self.steps.checked_sub(1) else { return Partial::Unknown };
        self.steps = left;
        match &expression.expr {
            Expr::Literal(literal) => match literal {
                LiteralValue::Boolean(flag) => Partial::Bool(*flag.inner()),
                LiteralValue::Int(number) => Partial::Int(*number.inner()),
                LiteralValue::String(text) => Partial::text(text.inner()),
                LiteralValue::Null => Partial::Null,
                LiteralValue::Double(number) => Partial::Double(*number.inner()),
                LiteralValue::Bytes(_) | LiteralValue::UInt(_) => Partial::Unknown,
            },
            Expr::Ident(name) => self
                .locals
                .iter()
                .rev()
                .find(|(own, _)| own == name)
                .map_or(Partial::Unknown, |(_, value)| value.clone()),
            Expr::Select(select) => match self.eval(&select.operand) {
                Partial::Map(map) if select.test => map.has(&select.field),
                Partial::Map(map) => map.get(&select.field),
                _ => Partial::Unknown,
            },
            Expr::List(list) if list.optional_indices.is_empty() => {
                let items: Vec<Partial> =
                    list.elements.iter().map(|element| self.eval(element)).collect();
                // An element that fails takes the whole list with it.
                if items.iter().all(Partial::is_known) {
                    Partial::List(List { items: items.into(), open: false })
                } else {
                    Partial::Unknown
                }
            }
            Expr::Call(call) => self.call(call),
            Expr::Comprehension(comprehension) => self.comprehension(comprehension),
            Expr::List(_) | Expr::Map(_) | Expr::Struct(_) | Expr::Unspecified => Partial::Unknown,
        }
    }

    fn call(&mut self, call: &CallExpr) -> Partial {
        match (call.func_name.as_str(), call.target.as_deref(), call.args.as_slice()) {
            (operators::LOGICAL_AND, None, [left, right]) => self.fold(false, left, right),
            (operators::LOGICAL_OR, None, [left, right]) => self.fold(true, left, right),
            (operators::CONDITIONAL, None, [condition, yes, no]) => match self.eval(condition) {
                Partial::Bool(true) => self.eval(yes),
                Partial::Bool(false) => self.eval(no),
                _ => Partial::Unknown,
            },
            (name, target, arguments) => {
                let target = target.map(|target| self.eval(target));
                let arguments: Vec<Partial> =
                    arguments.iter().map(|argument| self.eval(argument)).collect();
                self.steps = self.steps.saturating_sub(functions::cost(name));
                functions::call(name, target.as_ref(), &arguments)
            }
        }
    }

    /// `&&` and `||`: one side that decides is enough, even beside an error.
    fn fold(&mut self, decides: bool, left: &IdedExpr, right: &IdedExpr) -> Partial {
        let left = self.eval(left);
        if left == Partial::Bool(decides) {
            return left;
        }
        let right = self.eval(right);
        match (left, right) {
            (_, Partial::Bool(flag)) if flag == decides => Partial::Bool(decides),
            (Partial::Bool(_), Partial::Bool(_)) => Partial::Bool(!decides),
            _ => Partial::Unknown,
        }
    }

    fn comprehension(&mut self, macro_: &ComprehensionExpr) -> Partial {
        let Partial::List(List { items, open }) = self.eval(&macro_.iter_range) else {
            return Partial::Unknown;
        };
        if macro_.iter_var2.is_some() {
            return Partial::Unknown;
        }
        if let Some((decides, predicate)) = quantifier(macro_) {
            let mut answer = if open { Partial::Unknown } else { Partial::Bool(!decides) };
            for item in items.iter() {
                match self.with(&macro_.iter_var, item, predicate) {
                    Partial::Bool(flag) if flag == decides => return Partial::Bool(decides),
                    Partial::Bool(_) => {}
                    _ => answer = Partial::Unknown,
                }
            }
            return answer;
        }
        // `filter`, `map` and `exists_one`: what one unknown element does to
        // them is not known, nor whether it fails.
        let endless = macro_.loop_cond.expr == Expr::Literal(LiteralValue::Boolean(true.into()));
        if open || !endless {
            return Partial::Unknown;
        }
        let mut accumulator = self.eval(&macro_.accu_init);
        for item in items.iter() {
            self.locals.push((macro_.accu_var.clone(), accumulator));
            accumulator = self.with(&macro_.iter_var, item, &macro_.loop_step);
            self.locals.pop();
            if !accumulator.is_known() {
                return Partial::Unknown;
            }
        }
        self.with(&macro_.accu_var, &accumulator, &macro_.result)
    }

    /// An expression with one more variable.
    fn with(&mut self, name: &str, value: &Partial, expression: &IdedExpr) -> Partial {
        self.locals.push((name.to_owned(), value.clone()));
        let given = self.eval(expression);
        self.locals.pop();
        given
    }
}

/// The predicate of an `exists` (decided by one `true`) or `all` (by one
/// `false`), known by the shape that the macros expand to.
fn quantifier(macro_: &ComprehensionExpr) -> Option<(bool, &IdedExpr)> {
    let Expr::Call(step) = &macro_.loop_step.expr else { return None };
    let is_result = |part: &IdedExpr| part.expr == Expr::Ident(macro_.accu_var.clone());
    let (decides, start) = match step.func_name.as_str() {
        operators::LOGICAL_OR => (true, false),
        operators::LOGICAL_AND => (false, true),
        _ => return None,
    };
    let [accumulator, predicate] = step.args.as_slice() else { return None };
    let starts = macro_.accu_init.expr == Expr::Literal(LiteralValue::Boolean(start.into()));
    (starts && is_result(accumulator) && is_result(&macro_.result)).then_some((decides, predicate))
}
