//! Names that come from a module beside this one.

use super::{Bound, Names, ScopeId};
use crate::source::python::{Expr, ExprKind};

/// Modules that a name is handed through.
const HANDS: usize = 16;

impl<'m> Names<'m> {
    /// What an import of a path stands for: the scope of a module, and the name in it;
    /// without a name, the module.
    pub(super) fn linked(&self, path: &str, at: ScopeId) -> Option<(ScopeId, Option<&'m str>)> {
        let module = self.scopes.get(at)?.module;
        let (module, name) = self.beside.linked(module, path)?;
        Some((self.root(module), name))
    }

    /// Whether a module itself binds a name.
    pub(super) fn binds(&self, root: ScopeId, name: &str) -> bool {
        self.scopes.get(root).is_some_and(|scope| scope.bound.contains_key(name))
    }

    /// The scope of the module that an expression certainly names.
    pub(super) fn module_of(&self, expr: &'m Expr, scope: ScopeId) -> Option<ScopeId> {
        let ExprKind::Name(name) = &expr.kind else { return None };
        let (at, [Bound::Import(path)]) = self.find(name, scope)? else { return None };
        if self.changed.contains(&(at, name.as_str())) {
            return None;
        }
        match self.linked(path, at)? {
            (root, None) => Some(root),
            (_, Some(_)) => None,
        }
    }

    /// Where a name is bound, here and in the modules that it is imported from. A module
    /// that is named as such is noted: whatever it binds may be meant.
    pub(super) fn origins(&mut self, name: &'m str, scope: ScopeId) -> Vec<(ScopeId, &'m str)> {
        let mut origins = Vec::new();
        let mut next = Some((scope, name));
        while let Some((scope, name)) = next.take().filter(|_| origins.len() < HANDS) {
            let Some((at, bound)) = self.find(name, scope) else { break };
            let path = match bound {
                [Bound::Import(path)] => Some(*path),
                _ => None,
            };
            origins.push((at, name));
            match path.and_then(|path| self.linked(path, at)) {
                Some((root, Some(name))) => next = Some((root, name)),
                Some((root, None)) => {
                    self.spoiled.insert(root);
                }
                None => {}
            }
        }
        origins
    }
}
