//! What names stand for, where the text alone decides it.
//!
//! A name counts for what it is bound to only where one statement binds it and
//! nothing may change it later; every other one stands for nothing that is known. What is
//! imported from a module beside this one is what that module binds.

mod bind;
mod linked;

use std::{
    cell::Cell,
    collections::{BTreeMap, BTreeSet},
};

use super::beside::Beside;
use crate::source::{
    node::Place,
    python::{Call, Class, Expr, ExprKind, Function, Module},
};

/// Which scope of a module: its own is 0.
pub(super) type ScopeId = usize;

/// What binds a name.
#[derive(Debug, Clone, Copy)]
enum Bound<'m> {
    Import(&'m str),
    Value(&'m Expr),
    Function(&'m Function),
    Class(&'m Class),
    /// A parameter, a loop, a pattern: its value stands nowhere.
    Computed,
}

#[derive(Debug, Default)]
struct Scope<'m> {
    parent: Option<ScopeId>,
    /// The module that it is of, by number.
    module: usize,
    of_class: bool,
    bound: BTreeMap<&'m str, Vec<Bound<'m>>>,
}

/// What an expression stands for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Meaning<'m> {
    /// A function of this file, and the scope it stands in.
    Function(&'m Function, ScopeId),
    /// A class of this file.
    Class(&'m Class),
    /// What a call makes.
    Call(&'m Call, Place, ScopeId),
    /// A literal: text, a list, a mapping.
    Literal(&'m Expr, ScopeId),
    /// Nothing that the text decides, or something of another file.
    Elsewhere,
}

/// What a callee may be, by the dotted path of what was imported:
/// `langchain.agents.create_agent`. What a call made is `path()`.
#[derive(Debug, Clone, Default)]
pub(super) struct Callee {
    /// Every path that it may stand for.
    paths: Vec<String>,
    /// Whether it certainly is the only one.
    exact: bool,
}

impl Callee {
    /// The path, where it is certain.
    pub(super) fn exactly(&self) -> Option<&str> {
        self.paths.first().filter(|_| self.exact).map(String::as_str)
    }

    /// The first of its paths that one may take for what `is` tells.
    pub(super) fn may_be(&self, is: impl Fn(&str) -> bool) -> Option<&str> {
        self.paths.iter().map(String::as_str).find(|path| is(path))
    }
}

/// Longest path that is followed; no package has one of half that length.
const LONGEST: usize = 400;

/// How often names of one file are looked up: far above what a file written by
/// people takes.
const LOOKUPS: u32 = 2_000_000;

/// Names that stand for one another, and parts of expressions, that one lookup follows.
const DEEPEST: u32 = 256;

/// The names of a module.
#[derive(Debug)]
pub(super) struct Names<'m> {
    scopes: Vec<Scope<'m>>,
    /// The scopes of the modules themselves, by number.
    roots: Vec<ScopeId>,
    beside: &'m Beside,
    /// Modules in which code outside of them sets something.
    spoiled: BTreeSet<ScopeId>,
    of_place: BTreeMap<Place, ScopeId>,
    /// Modules of which everything is imported.
    stars: Vec<&'m str>,
    /// Names whose values the code changes after it bound them.
    changed: BTreeSet<(ScopeId, &'m str)>,
    /// Names whose values are handed to what may change them.
    escaped: BTreeSet<(ScopeId, &'m str)>,
    left: Cell<u32>,
    /// How deep the lookup goes that is under way.
    deep: Cell<u32>,
}

impl<'m> Names<'m> {
    pub(super) fn of(module: &'m Module, beside: &'m Beside) -> Self {
        let mut names = Self {
            scopes: vec![Scope::default()],
            roots: vec![0],
            beside,
            spoiled: BTreeSet::new(),
            of_place: BTreeMap::new(),
            stars: Vec::new(),
            changed: BTreeSet::new(),
            escaped: BTreeSet::new(),
            left: Cell::new(u32::MAX),
            deep: Cell::new(0),
        };
        names.bind_all(&module.body, 0);
        for (number, other) in beside.modules().iter().enumerate() {
            let root = names.scopes.len();
            names.scopes.push(Scope { module: number + 1, ..Scope::default() });
            names.roots.push(root);
            names.bind_all(&other.body, root);
        }
        names
    }

    /// The scope of a module, by its number; 0 is the one that is read.
    pub(super) fn root(&self, module: usize) -> ScopeId {
        self.roots.get(module).copied().unwrap_or_default()
    }

    /// Counts lookups from here on: up to here each call was looked up once.
    pub(super) fn count(&self) {
        self.left.set(LOOKUPS);
    }

    /// Whether all lookups are spent, so that what came after is not known.
    pub(super) fn is_spent(&self) -> bool {
        self.left.get() == 0
    }

    /// The scope that a function or class opens.
    pub(super) fn scope_at(&self, place: Place) -> ScopeId {
        self.of_place.get(&place).copied().unwrap_or_default()
    }

    /// Whether everything of some module is imported, so that names may stand for more.
    pub(super) fn has_stars(&self) -> bool {
        !self.stars.is_empty()
    }

    pub(super) fn note_changed(&mut self, name: &'m str, scope: ScopeId) {
        for (at, name) in self.origins(name, scope) {
            self.changed.insert((at, name));
        }
    }

    pub(super) fn note_escaped(&mut self, name: &'m str, scope: ScopeId) {
        for (at, name) in self.origins(name, scope) {
            self.escaped.insert((at, name));
        }
    }

    /// Whether code changes what a name stands for after it bound it.
    pub(super) fn is_changed(&self, name: &str, scope: ScopeId) -> bool {
        self.find(name, scope).is_some_and(|(at, _)| {
            self.changed.iter().any(|(of, known)| *of == at && *known == name)
        })
    }

    /// Whether what a name stands for is handed to what may change it.
    pub(super) fn is_escaped(&self, name: &str, scope: ScopeId) -> bool {
        self.find(name, scope).is_some_and(|(at, _)| {
            self.escaped.iter().any(|(of, known)| *of == at && *known == name)
        })
    }

    /// What an expression stands for.
    pub(super) fn meaning(&self, expr: &'m Expr, scope: ScopeId) -> Meaning<'m> {
        self.step(|| self.meaning_of(expr, scope)).unwrap_or(Meaning::Elsewhere)
    }

    fn meaning_of(&self, expr: &'m Expr, scope: ScopeId) -> Meaning<'m> {
        match &expr.kind {
            ExprKind::Name(name) => self.meaning_of_name(name, scope),
            ExprKind::Call(call) => Meaning::Call(call, expr.place, scope),
            ExprKind::Attribute(of, name) => match self.module_of(of, scope) {
                Some(root) => self.meaning_of_name(name, root),
                None => Meaning::Elsewhere,
            },
            ExprKind::Subscript(..) | ExprKind::Other { .. } | ExprKind::Splat(_) => {
                Meaning::Elsewhere
            }
            ExprKind::Text(_)
            | ExprKind::Format(_)
            | ExprKind::Number(_)
            | ExprKind::Bool(_)
            | ExprKind::None
            | ExprKind::List(_)
            | ExprKind::Dict(_)
            | ExprKind::Sum(..) => Meaning::Literal(expr, scope),
        }
    }

    fn meaning_of_name(&self, name: &'m str, scope: ScopeId) -> Meaning<'m> {
        let Some((at, [bound])) = self.find(name, scope) else { return Meaning::Elsewhere };
        let key = (at, name);
        // Whatever it is, code changes it: `tool.needs_approval = False`.
        if self.changed.contains(&key) || self.spoiled.contains(&at) {
            return Meaning::Elsewhere;
        }
        match bound {
            Bound::Function(function) => Meaning::Function(function, at),
            Bound::Class(class) => Meaning::Class(class),
            Bound::Value(value) => match self.meaning(value, at) {
                Meaning::Literal(..) if self.escaped.contains(&key) => Meaning::Elsewhere,
                meaning => meaning,
            },
            Bound::Import(path) => match self.linked(path, at) {
                Some((root, Some(name))) => {
                    let meaning = self.step(|| self.meaning_of_name(name, root));
                    match meaning.unwrap_or(Meaning::Elsewhere) {
                        Meaning::Literal(..) if self.escaped.contains(&key) => Meaning::Elsewhere,
                        meaning => meaning,
                    }
                }
                Some((_, None)) | None => Meaning::Elsewhere,
            },
            Bound::Computed => Meaning::Elsewhere,
        }
    }

    /// What a callee may be.
    pub(super) fn callee(&self, expr: &'m Expr, scope: ScopeId) -> Callee {
        self.step(|| self.callee_of(expr, scope)).unwrap_or_default()
    }

    fn callee_of(&self, expr: &'m Expr, scope: ScopeId) -> Callee {
        match &expr.kind {
            ExprKind::Name(name) => self.callee_of_name(name, scope),
            ExprKind::Attribute(of, name) => match self.module_of(of, scope) {
                Some(root) if self.binds(root, name) => self.callee_of_name(name, root),
                _ => self.callee(of, scope).with(&format!(".{name}")),
            },
            ExprKind::Call(call) => self.callee(&call.function, scope).with("()"),
            // `Agent[Context]` is `Agent`.
            ExprKind::Subscript(of, _) => self.callee(of, scope),
            _ => Callee::default(),
        }
    }

    fn callee_of_name(&self, name: &'m str, scope: ScopeId) -> Callee {
        let Some((at, bound)) = self.find(name, scope) else {
            let own = format!("builtins.{name}");
            let starred = self.stars.iter().map(|module| format!("{module}.{name}"));
            return Callee {
                paths: std::iter::once(own).chain(starred).collect(),
                exact: !self.has_stars(),
            };
        };
        let alone = bound.len() == 1;
        let mut callee = Callee { paths: Vec::new(), exact: alone };
        for bound in bound {
            match bound {
                Bound::Import(path) => match self.linked(path, at).filter(|_| alone) {
                    Some((root, Some(name))) if self.binds(root, name) => {
                        let other = self.step(|| self.callee_of_name(name, root));
                        let other = other.unwrap_or_default();
                        callee.exact &= other.exact && !self.spoiled.contains(&root);
                        callee.paths.extend(other.paths);
                    }
                    _ => callee.paths.push((*path).to_owned()),
                },
                // `x = x.strip()`, often enough, would be followed without end.
                Bound::Value(value) if alone => {
                    let other = self.callee(value, at);
                    callee.exact &= other.exact;
                    callee.paths.extend(other.paths);
                }
                Bound::Value(_) | Bound::Function(_) | Bound::Class(_) | Bound::Computed => {
                    callee.exact = false;
                }
            }
        }
        callee.paths.truncate(8);
        callee
    }

    fn find(&self, name: &str, scope: ScopeId) -> Option<(ScopeId, &[Bound<'m>])> {
        let mut at = Some(scope);
        while let Some(id) = at {
            let here = self.scopes.get(id)?;
            // Names of a class are not seen in its methods.
            if (!here.of_class || id == scope)
                && let Some(bound) = here.bound.get(name)
            {
                return Some((id, bound));
            }
            at = here.parent;
        }
        None
    }

    /// One step of a lookup, unless all are spent or it goes too deep.
    fn step<T>(&self, look: impl FnOnce() -> T) -> Option<T> {
        let (left, deep) = (self.left.get(), self.deep.get());
        if left == 0 || deep == DEEPEST {
            return None;
        }
        self.left.set(left - 1);
        self.deep.set(deep + 1);
        let found = look();
        self.deep.set(deep);
        Some(found)
    }
}

impl Callee {
    fn with(mut self, ending: &str) -> Self {
        self.paths.iter_mut().for_each(|path| path.push_str(ending));
        let before = self.paths.len();
        self.paths.retain(|path| path.len() <= LONGEST);
        self.exact &= self.paths.len() == before;
        self
    }
}
