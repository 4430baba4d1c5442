//! The type check of expressions, which is also the list of what they may use.

use std::collections::BTreeSet;

use cel::{
    IdedExpr,
    common::ast::{ComprehensionExpr, Expr, LiteralValue, operators},
};

use super::{expression::ExpressionError, vocabulary::FactType};

/// The type of `expression`; the facts it names are added to `facts`.
///
/// # Errors
/// When it uses what is left out, names an unknown fact, or its types do not fit.
pub(super) fn infer(
    expression: &IdedExpr,
    type_of: &dyn Fn(&str) -> Option<FactType>,
    facts: &mut BTreeSet<String>,
) -> Result<FactType, ExpressionError> {
    Checker { type_of, facts, variable: None }.infer(expression)
}

struct Checker<'c> {
    type_of: &'c dyn Fn(&str) -> Option<FactType>,
    facts: &'c mut BTreeSet<String>,
    /// The variable of the `exists`, `all` or `filter` around; they do not nest.
    variable: Option<String>,
}

impl Checker<'_> {
    fn infer(&mut self, expression: &IdedExpr) -> Result<FactType, ExpressionError> {
        match &expression.expr {
            Expr::Literal(literal) => literal_type(literal),
            Expr::Ident(name) if self.variable.as_deref() == Some(name) => Ok(FactType::Text),
            Expr::Ident(name) => Err(not_allowed(format!("`{name}` is not a fact"))),
            Expr::Select(_) => self.fact(&expression.expr),
            Expr::List(list) => {
                for element in &list.elements {
                    self.expect(element, FactType::Text)?;
                }
                Ok(FactType::List)
            }
            Expr::Call(call) => {
                if call.func_name == operators::IN
                    && !matches!(
                        call.args.last().map(|list| &list.expr),
                        Some(Expr::Select(_) | Expr::List(_))
                    )
                {
                    return Err(not_allowed("`in` looks into a fact or a written-out list"));
                }
                let arguments: Vec<FactType> = call
                    .target
                    .iter()
                    .map(Box::as_ref)
                    .chain(&call.args)
                    .map(|argument| self.infer(argument))
                    .collect::<Result<_, _>>()?;
                call_type(&call.func_name, &arguments)
            }
            Expr::Comprehension(comprehension) => self.comprehension(comprehension),
            Expr::Map(_) | Expr::Struct(_) | Expr::Unspecified => {
                Err(not_allowed("maps and structs are not part of the rubric's CEL"))
            }
        }
    }

    fn expect(&mut self, expression: &IdedExpr, want: FactType) -> Result<(), ExpressionError> {
        let given = self.infer(expression)?;
        if given == want {
            Ok(())
        } else {
            Err(ExpressionError::Type(format!("has {given} where {want} is asked")))
        }
    }

    /// A dotted name, whole: facts have no fields.
    fn fact(&mut self, expression: &Expr) -> Result<FactType, ExpressionError> {
        let mut segments = Vec::new();
        let mut part = expression;
        let root = loop {
            match part {
                Expr::Select(select) if !select.test => {
                    segments.push(select.field.as_str());
                    part = &select.operand.expr;
                }
                Expr::Ident(name) => break name,
                Expr::Select(_) => {
                    return Err(not_allowed("`has()` is not needed: a fact is known or unknown"));
                }
                _ => return Err(not_allowed("only facts are named with a dot")),
            }
        };
        segments.push(root);
        segments.reverse();
        let name = segments.join(".");
        if self.variable.as_ref() == Some(root) {
            return Err(not_allowed(format!("`{root}` is text and has no fields")));
        }
        let kind = (self.type_of)(&name)
            .ok_or_else(|| not_allowed(format!("`{name}` is not among its `needs`")))?;
        self.facts.insert(name);
        Ok(kind)
    }

    /// `exists`, `all` or `filter`, known by the shape their macros expand to.
    fn comprehension(&mut self, macro_: &ComprehensionExpr) -> Result<FactType, ExpressionError> {
        if self.variable.is_some() {
            return Err(not_allowed("`exists`, `all` and `filter` do not nest"));
        }
        let (predicate, result) = expanded(macro_).ok_or_else(|| {
            not_allowed("of CEL's macros only `exists`, `all` and `filter` are allowed")
        })?;
        if !matches!(macro_.iter_range.expr, Expr::Select(_) | Expr::Comprehension(_)) {
            return Err(not_allowed(
                "`exists`, `all` and `filter` go over a fact, or a `filter` of one",
            ));
        }
        self.expect(&macro_.iter_range, FactType::List)?;
        self.variable = Some(macro_.iter_var.clone());
        let checked = self.expect(predicate, FactType::Bool);
        self.variable = None;
        checked.map(|()| result)
    }
}

/// The predicate and the type of an `exists`, `all` or `filter`.
fn expanded(macro_: &ComprehensionExpr) -> Option<(&IdedExpr, FactType)> {
    let Expr::Call(step) = &macro_.loop_step.expr else { return None };
    let is_result = |part: &IdedExpr| part.expr == Expr::Ident(macro_.accu_var.clone());
    match (&macro_.accu_init.expr, step.func_name.as_str(), step.args.as_slice()) {
        (
            Expr::Literal(LiteralValue::Boolean(_)),
            operators::LOGICAL_OR | operators::LOGICAL_AND,
            [accumulator, predicate],
        ) if is_result(accumulator) => Some((predicate, FactType::Bool)),
        (Expr::List(start), operators::CONDITIONAL, [predicate, append, accumulator])
            if start.elements.is_empty() && is_result(accumulator) =>
        {
            let Expr::Call(append) = &append.expr else { return None };
            let [_, added] = append.args.as_slice() else { return None };
            let Expr::List(added) = &added.expr else { return None };
            let [element] = added.elements.as_slice() else { return None };
            (element.expr == Expr::Ident(macro_.iter_var.clone()))
                .then_some((predicate, FactType::List))
        }
        _ => None,
    }
}

fn literal_type(literal: &LiteralValue) -> Result<FactType, ExpressionError> {
    match literal {
        LiteralValue::Boolean(_) => Ok(FactType::Bool),
        LiteralValue::Int(_) => Ok(FactType::Int),
        LiteralValue::Double(_) => Ok(FactType::Float),
        LiteralValue::String(_) => Ok(FactType::Text),
        LiteralValue::Bytes(_) | LiteralValue::Null | LiteralValue::UInt(_) => {
            Err(not_allowed("only booleans, numbers and text are written out"))
        }
    }
}

/// The type a function or operator gives for arguments of these types; a
/// member call has its target first.
fn call_type(function: &str, arguments: &[FactType]) -> Result<FactType, ExpressionError> {
    use FactType::{Bool, Float, Int, List, Text};
    let numeric = |kind: FactType| matches!(kind, Int | Float);
    let given = match (function, arguments) {
        (operators::LOGICAL_AND | operators::LOGICAL_OR, many)
            if many.iter().all(|k| *k == Bool) =>
        {
            Bool
        }
        (operators::LOGICAL_NOT, [Bool]) => Bool,
        (operators::EQUALS | operators::NOT_EQUALS, [left, right])
            if left == right || (numeric(*left) && numeric(*right)) =>
        {
            Bool
        }
        (
            operators::LESS
            | operators::LESS_EQUALS
            | operators::GREATER
            | operators::GREATER_EQUALS,
            [left, right],
        ) if numeric(*left) && numeric(*right) => Bool,
        (operators::ADD, [left, right]) if left == right && *left != Bool => *left,
        (operators::SUBSTRACT, [left, right]) if left == right && numeric(*left) => *left,
        (operators::NEGATE, [kind]) if numeric(*kind) => *kind,
        (operators::CONDITIONAL, [Bool, left, right]) if left == right => *left,
        (operators::IN, [Text, List]) => Bool,
        ("size", [Text | List]) => Int,
        ("startsWith" | "endsWith" | "contains", [Text, Text]) => Bool,
        ("string", [Bool | Int | Float | Text]) => Text,
        ("names", [List]) => Text,
        ("percent", [Float]) => Text,
        ("count", [Int, Text]) => Text,
        _ => {
            let types: Vec<&str> = arguments.iter().map(|kind| kind.as_str()).collect();
            return Err(ExpressionError::Type(format!(
                "`{function}` is not allowed, or not for ({})",
                types.join(", ")
            )));
        }
    };
    Ok(given)
}

fn not_allowed(message: impl Into<String>) -> ExpressionError {
    ExpressionError::NotAllowed(message.into())
}
