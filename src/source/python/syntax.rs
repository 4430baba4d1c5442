//! What a Python file says, as a small tree of its own: every expression with its
//! place, and of statements what binds a name or calls something.

use std::sync::Arc;

use crate::source::node::Place;

/// A file of Python.
#[derive(Debug, Clone, PartialEq)]
pub struct Module {
    /// The file, as shown to a person.
    pub file: Arc<str>,
    /// Its statements.
    pub body: Vec<Statement>,
}

/// A statement.
#[derive(Debug, Clone, PartialEq)]
pub enum Statement {
    /// `import a.b as c`, `from a import b`: names with what they stand for.
    Import(Vec<Imported>),
    /// `from a import *`: the module.
    Star(String),
    /// `a = b = value`; an annotation alone has no value.
    Assign {
        /// What is assigned to: names, attributes, patterns.
        targets: Vec<Expr>,
        /// The value.
        value: Option<Expr>,
    },
    /// `a += value`.
    Change {
        /// What is changed.
        target: Expr,
        /// With what.
        value: Expr,
    },
    /// An expression for its effect.
    Expr(Expr),
    /// `return value`.
    Return(Option<Expr>),
    /// `def`, with or without `async`.
    Function(Function),
    /// `class`.
    Class(Class),
    /// `with a as b:`.
    With {
        /// What is entered, and what it is called.
        items: Vec<(Expr, Option<Expr>)>,
        /// What runs inside.
        body: Vec<Statement>,
    },
    /// Parts that run not at all, once or often.
    Branch(Branch),
    /// `global`, `nonlocal`: names of an outer scope that this one assigns.
    Outer(Vec<String>),
    /// `del`: what is taken away.
    Delete(Vec<Expr>),
    /// `raise`.
    Raise(Vec<Expr>),
    /// Anything else, with the expressions in it: `assert`.
    Other(Vec<Expr>),
}

/// A name that an import binds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// As the file calls it.
    pub name: String,
    /// What it stands for: `langchain.agents.create_agent`. Relative ones start with `.`.
    pub path: String,
}

/// `if`, `for`, `while`, `try`, `match`.
#[derive(Debug, Clone, PartialEq)]
pub struct Branch {
    /// Which.
    pub kind: BranchKind,
    /// What decides or is run through, in the order of the text.
    pub conditions: Vec<Expr>,
    /// Targets that it binds: of a loop, a handler, a pattern.
    pub binds: Vec<Expr>,
    /// Its parts.
    pub bodies: Vec<Vec<Statement>>,
}

/// Why a part of a [`Branch`] may not run, or not once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BranchKind {
    /// `if`, `match`: on a condition.
    Choice,
    /// `for`, `while`: any number of times.
    Loop,
    /// `try`: until something is raised, which a handler may swallow.
    Try,
}

/// A function or method.
#[derive(Debug, Clone, PartialEq)]
pub struct Function {
    /// Its name.
    pub name: String,
    /// Where `def` stands.
    pub place: Place,
    /// Its decorators, the outermost first.
    pub decorators: Vec<Expr>,
    /// Its parameters by name.
    pub parameters: Vec<String>,
    /// Their defaults.
    pub defaults: Vec<Expr>,
    /// What it does.
    pub body: Vec<Statement>,
}

/// A class.
#[derive(Debug, Clone, PartialEq)]
pub struct Class {
    /// Its name.
    pub name: String,
    /// Where `class` stands.
    pub place: Place,
    /// Its decorators.
    pub decorators: Vec<Expr>,
    /// Its bases and keywords.
    pub arguments: Vec<Argument>,
    /// What stands in it.
    pub body: Vec<Statement>,
}

/// An expression with its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Expr {
    /// Where it starts.
    pub place: Place,
    /// What it is. Brackets and `await` are looked through.
    pub kind: ExprKind,
}

/// What an expression is.
#[derive(Debug, Clone, PartialEq)]
pub enum ExprKind {
    /// A name.
    Name(String),
    /// `of.name`.
    Attribute(Box<Expr>, String),
    /// `of[…]`.
    Subscript(Box<Expr>, Vec<Expr>),
    /// `function(arguments)`.
    Call(Box<Call>),
    /// Text, escapes undone.
    Text(String),
    /// Text with expressions in it: `f"…{x}…"`, its parts in order.
    Format(Vec<Expr>),
    /// A number as it is spelt.
    Number(String),
    /// `True` or `False`.
    Bool(bool),
    /// `None`.
    None,
    /// `[…]`, `(…, …)` or `{…}` of elements.
    List(Vec<Expr>),
    /// `{key: value}`; without a key, `**value`.
    Dict(Vec<(Option<Expr>, Expr)>),
    /// `*value` or `**value`, as an element.
    Splat(Box<Expr>),
    /// `left + right`.
    Sum(Box<Expr>, Box<Expr>),
    /// Anything that is computed: the expressions in it, and the names that it binds.
    Other {
        /// Within it.
        parts: Vec<Expr>,
        /// Of a comprehension, a lambda, or `:=`.
        binds: Vec<Expr>,
    },
}

/// A call.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// What is called.
    pub function: Expr,
    /// With what, in order.
    pub arguments: Vec<Argument>,
}

/// One argument of a call.
#[derive(Debug, Clone, PartialEq)]
pub struct Argument {
    /// `name=`.
    pub name: Option<String>,
    /// Its value; a [`ExprKind::Splat`] passes on arguments that do not stand here.
    pub value: Expr,
}

impl Call {
    /// The argument of that name.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<&Expr> {
        let found = self.arguments.iter().find(|argument| argument.name.as_deref() == Some(name));
        found.map(|argument| &argument.value)
    }

    /// The argument at that position, from 0, or of that name.
    #[must_use]
    pub fn argument(&self, position: usize, name: &str) -> Option<&Expr> {
        self.named(name).or_else(|| {
            let before = self.arguments.get(..=position)?;
            let plain = |argument: &Argument| {
                argument.name.is_none() && !matches!(argument.value.kind, ExprKind::Splat(_))
            };
            before.iter().all(plain).then(|| before.last().map(|argument| &argument.value))?
        })
    }

    /// Whether it passes on arguments that do not stand here: `*rest`, `**options`.
    #[must_use]
    pub fn passes_on(&self) -> bool {
        let splat = |argument: &Argument| matches!(argument.value.kind, ExprKind::Splat(_));
        self.arguments.iter().any(splat)
    }
}

impl Expr {
    /// The call, if it is one.
    #[must_use]
    pub fn as_call(&self) -> Option<&Call> {
        match &self.kind {
            ExprKind::Call(call) => Some(call),
            _ => None,
        }
    }

    /// The text, if it is text without expressions in it.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match &self.kind {
            ExprKind::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The name, if it is one.
    #[must_use]
    pub fn as_name(&self) -> Option<&str> {
        match &self.kind {
            ExprKind::Name(name) => Some(name),
            _ => None,
        }
    }

    /// The expressions right within it, in the order of the text.
    #[must_use]
    pub fn children(&self) -> Vec<&Expr> {
        match &self.kind {
            ExprKind::Name(_)
            | ExprKind::Text(_)
            | ExprKind::Number(_)
            | ExprKind::Bool(_)
            | ExprKind::None => Vec::new(),
            ExprKind::Attribute(of, _) | ExprKind::Splat(of) => vec![of],
            ExprKind::Subscript(of, by) => std::iter::once(&**of).chain(by).collect(),
            ExprKind::Call(call) => std::iter::once(&call.function)
                .chain(call.arguments.iter().map(|argument| &argument.value))
                .collect(),
            ExprKind::Format(parts) | ExprKind::List(parts) => parts.iter().collect(),
            ExprKind::Dict(pairs) => {
                pairs.iter().flat_map(|(key, value)| key.iter().chain([value])).collect()
            }
            ExprKind::Sum(left, right) => vec![left, right],
            ExprKind::Other { parts, .. } => parts.iter().collect(),
        }
    }
}
