//! CEL, bounded.
//!
//! Criteria speak a part of CEL chosen so that evaluation cannot run away: every
//! expression is short and shallow, `exists`, `all` and `filter` do not nest, and
//! nothing can build a list or a text larger than its inputs times the
//! expression's own length (no `map`, no maps, no structs, no regular
//! expressions, no division). Three functions are added for messages:
//! `names(list)` lists a handful and counts the rest, `percent(ratio)`, and
//! `count(number, noun)`. Everything is type-checked before it runs.

use std::{
    borrow::Cow,
    collections::BTreeSet,
    sync::{Arc, LazyLock, OnceLock},
};

use cel::{
    Context, Env, IdedExpr, Program, Value,
    common::ast::{Expr, operators},
    common::types::{CelBool, CelDouble, CelInt, CelList, CelString},
    common::value::Val,
};

use super::{
    bounds::{Beyond, Bounds},
    typing,
    vocabulary::FactType,
};
use crate::model::{fact::FactValue, text::listed};

/// Longest expression, in bytes.
pub const MAX_LENGTH: usize = 800;
const BOUNDS: Bounds = Bounds { length: MAX_LENGTH, brackets: 12, operators: 160 };
/// Longest list a fact may have for criteria to be evaluated over it.
pub const MAX_LIST: usize = 10_000;
/// How many names a message lists.
const NAMES_SHOWN: usize = 4;
/// Longest name a message shows, in characters.
const NAME_LENGTH: usize = 120;

/// An expression that cannot be used, or could not be evaluated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExpressionError {
    /// Longer, deeper or with more operators than any criterion needs.
    #[error("is beyond the bounds of an expression: {0}")]
    TooLarge(#[from] Beyond),
    /// It is not CEL.
    #[error("is not CEL: {0}")]
    Syntax(String),
    /// It uses what the rubric's part of CEL leaves out, or a fact that `needs` lacks.
    #[error("{0}")]
    NotAllowed(String),
    /// Its types do not fit.
    #[error("{0}")]
    Type(String),
    /// It went wrong while it was evaluated.
    #[error("cannot be evaluated: {0}")]
    Evaluation(String),
}

/// A CEL expression, compiled at its first use.
pub struct Expression {
    text: String,
    kind: FactType,
    compiled: OnceLock<Result<Compiled, ExpressionError>>,
}

/// What compiling gives.
pub(super) struct Compiled {
    program: IdedExpr,
    /// The facts it names.
    pub(super) facts: BTreeSet<String>,
}

impl std::fmt::Debug for Expression {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} as {}", self.text, self.kind)
    }
}

impl Expression {
    /// An expression that must give a `kind`.
    pub(super) fn new(text: String, kind: FactType) -> Self {
        Self { text, kind, compiled: OnceLock::new() }
    }

    /// As written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Parses and type-checks it, the first time it is asked; `type_of` tells the
    /// facts it may name and must be the same at each call.
    ///
    /// # Errors
    /// When it is beyond the bounds, not CEL, not allowed, or ill-typed.
    pub(super) fn compile(
        &self,
        type_of: &dyn Fn(&str) -> Option<FactType>,
    ) -> Result<&Compiled, ExpressionError> {
        self.compiled
            .get_or_init(|| compile(&self.text, self.kind, type_of))
            .as_ref()
            .map_err(Clone::clone)
    }
}

/// Parses and checks `text`.
fn compile(
    text: &str,
    kind: FactType,
    type_of: &dyn Fn(&str) -> Option<FactType>,
) -> Result<Compiled, ExpressionError> {
    BOUNDS.check(text)?;
    let program =
        Program::compile(text).map_err(|errors| ExpressionError::Syntax(errors.to_string()))?;
    let mut facts = BTreeSet::new();
    let given = typing::infer(program.expression(), type_of, &mut facts)?;
    if given != kind {
        return Err(ExpressionError::Type(format!("gives {given} where {kind} is asked")));
    }
    Ok(Compiled { program: program.expression().clone(), facts })
}

/// The standard functions of CEL.
static ENVIRONMENT: LazyLock<Arc<Env>> = LazyLock::new(|| Arc::new(Env::stdlib()));

/// The facts that expressions are evaluated over.
pub(super) struct Scope<'v> {
    context: Context<'v, 'v>,
}

impl<'v> Scope<'v> {
    /// A scope without facts.
    ///
    /// # Errors
    /// When CEL has come to declare a function that the rubric adds.
    pub(super) fn new() -> Result<Self, ExpressionError> {
        let mut context = Context::with_env(ENVIRONMENT.clone());
        context
            .add_function("names", names)
            .and_then(|()| context.add_function("percent", percent))
            .and_then(|()| context.add_function("count", count))
            .map_err(|error| ExpressionError::Evaluation(error.to_string()))?;
        Ok(Self { context })
    }

    /// Binds a fact under its dotted name.
    pub(super) fn bind(&mut self, name: &str, kind: FactType, value: &'v FactValue) {
        let value: Box<dyn Val + 'v> = match value {
            FactValue::Bool(flag) => Box::new(CelBool::from(*flag)),
            #[expect(clippy::cast_precision_loss, reason = "days and shares are far below 2^53")]
            FactValue::Int(number) if kind == FactType::Float => {
                Box::new(CelDouble::from(*number as f64))
            }
            FactValue::Int(number) => Box::new(CelInt::from(*number)),
            FactValue::Float(number) => Box::new(CelDouble::from(*number)),
            FactValue::Text(text) => Box::new(CelString::from(text.as_str())),
            FactValue::List(items) => Box::new(CelList::from(
                items
                    .iter()
                    .map(|item| Box::new(CelString::from(item.as_str())) as Box<dyn Val + 'v>)
                    .collect::<Vec<_>>(),
            )),
        };
        self.context.add_variable_as_val(name, value);
    }

    /// Evaluates to a boolean.
    ///
    /// # Errors
    /// When CEL gives an error or anything else.
    pub(super) fn decide(&self, compiled: &Compiled) -> Result<bool, ExpressionError> {
        match self.value(&compiled.program)? {
            Value::Bool(flag) => Ok(flag),
            other => Err(unexpected(&other)),
        }
    }

    /// Evaluates the message of something that does not hold, whatever unknown facts turn out
    /// to be. A branch (`condition ? text : …`) of which nobody knows whether it is meant is
    /// not: what is known to be wrong stands in a later one.
    ///
    /// # Errors
    /// When CEL gives an error or anything else.
    pub(super) fn phrase(&self, compiled: &Compiled) -> Result<String, ExpressionError> {
        let mut message = &compiled.program;
        while let Expr::Call(call) = &message.expr
            && let (operators::CONDITIONAL, [condition, then, otherwise]) =
                (call.func_name.as_str(), call.args.as_slice())
        {
            let is_meant = matches!(self.value(condition), Ok(Value::Bool(true)));
            message = if is_meant { then } else { otherwise };
        }
        match self.value(message)? {
            Value::String(text) => Ok(text.as_ref().clone()),
            other => Err(unexpected(&other)),
        }
    }

    fn value(&self, program: &IdedExpr) -> Result<Value, ExpressionError> {
        Value::resolve(program, &self.context)
            .map_err(|error| ExpressionError::Evaluation(error.to_string()))
    }
}

fn unexpected(value: &Value) -> ExpressionError {
    ExpressionError::Evaluation(format!("gave {}", value.type_of()))
}

/// `a, b and 3 more`.
fn names(list: Arc<Vec<Value>>) -> String {
    let names: Vec<Cow<'_, str>> = list
        .iter()
        .map(|value| match value {
            Value::String(text) => shorten(text),
            _ => Cow::Borrowed("?"),
        })
        .collect();
    if names.is_empty() { String::from("none") } else { listed(&names, NAMES_SHOWN) }
}

fn shorten(name: &str) -> Cow<'_, str> {
    match name.char_indices().nth(NAME_LENGTH) {
        None => Cow::Borrowed(name),
        Some((end, _)) => Cow::Owned(format!("{}…", name.get(..end).unwrap_or_default())),
    }
}

/// `97.5 %`, never rounded up to a threshold it misses.
fn percent(ratio: f64) -> String {
    let tenths = (ratio * 1000.0).floor() / 10.0;
    format!("{tenths} %")
}

/// `1 write`, `3 writes`.
fn count(number: i64, noun: Arc<String>) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}
