//! Modules that code imports from its own folder and those around it.
//!
//! An import is followed only where one file of the evidence can be meant. Whatever is
//! not, stands for nothing that is known, as everything from other packages does.

use std::collections::{BTreeMap, BTreeSet};

use super::uses::FRAMEWORKS;
use crate::{
    model::location::Location,
    source::{
        node::Place,
        python::{Branch, ExprKind, Module, Statement},
    },
};

/// Most modules that are looked at beside one.
const MOST: usize = 32;

/// Lines between the places of one module and those of the next; no module has as many.
const APART: u32 = 1 << 22;

/// Packages of Python itself, and of others that no module of a project stands for.
const FOREIGN: [&str; 22] = [
    "os",
    "sys",
    "re",
    "json",
    "math",
    "time",
    "shlex",
    "typing",
    "typing_extensions",
    "logging",
    "datetime",
    "subprocess",
    "textwrap",
    "statistics",
    "dataclasses",
    "pathlib",
    "boto3",
    "botocore",
    "requests",
    "httpx",
    "kubernetes",
    "pydantic",
];

/// The modules that one module imports, and they in turn.
#[derive(Debug, Default)]
pub struct Beside {
    modules: Vec<Module>,
    /// By number of a module and the path that it imports.
    links: BTreeMap<usize, BTreeMap<String, Link>>,
}

/// What a path stands for.
#[derive(Debug)]
struct Link {
    module: usize,
    name: Option<String>,
}

/// Gives the modules of a project.
pub trait Project {
    /// Whether there is such a file, by the path that is shown.
    fn has(&self, path: &str) -> bool;

    /// Reads it, its places below that many lines; none where it is not all Python, or
    /// enough was read.
    fn module(&mut self, path: &str, lines: u32) -> Option<Module>;
}

impl Beside {
    /// Follows the imports of a module.
    pub fn of(module: &Module, project: &mut dyn Project) -> Self {
        let mut beside = Self::default();
        // By path, the number of what was read; none where it cannot be.
        let mut known: BTreeMap<String, Option<usize>> = BTreeMap::new();
        known.insert(module.file.to_string(), Some(0));
        let mut at = 0;
        loop {
            let current = match at {
                0 => module,
                _ => match beside.modules.get(at - 1) {
                    Some(module) => module,
                    None => break,
                },
            };
            let file = current.file.to_string();
            let wanted = imports(&current.body);
            for path in wanted {
                if let Some(link) = beside.link(&file, &path, project, &mut known) {
                    beside.links.entry(at).or_default().insert(path, link);
                }
            }
            at += 1;
        }
        beside
    }

    /// The modules, in the order of their numbers from 1.
    pub(super) fn modules(&self) -> &[Module] {
        &self.modules
    }

    /// What a module imports by a path: the number of another and the name in it.
    pub(super) fn linked(&self, module: usize, path: &str) -> Option<(usize, Option<&str>)> {
        let link = self.links.get(&module)?.get(path)?;
        Some((link.module, link.name.as_deref()))
    }

    /// Where a place is that may be one of another module.
    pub(super) fn location(&self, module: &Module, place: Place) -> Location {
        let number = usize::try_from(place.line / APART).unwrap_or(usize::MAX);
        let file = match number.checked_sub(1).and_then(|at| self.modules.get(at)) {
            Some(other) => &other.file,
            None => &module.file,
        };
        Place { line: place.line % APART, ..place }.location(file)
    }

    /// Whether a place is one of another module.
    pub(super) fn is_elsewhere(place: Place) -> bool {
        place.line >= APART
    }

    fn link(
        &mut self,
        file: &str,
        path: &str,
        project: &mut dyn Project,
        known: &mut BTreeMap<String, Option<usize>>,
    ) -> Option<Link> {
        let whole = only(candidates(file, path), project);
        let split = path.rsplit_once('.').filter(|(of, name)| !name.is_empty() && !of.is_empty());
        let part = split.and_then(|(of, name)| {
            // `from .a import b` and `from . import b`.
            let of = if of.ends_with('.') { format!("{of}.") } else { of.to_owned() };
            Some((only(candidates(file, &of), project)?, name))
        });
        if let Some((file, name)) = part {
            let module = self.number(&file, project, known);
            let binds = module.is_some_and(|number| {
                // What is read itself may bind anything that its text shows to.
                number == 0 || self.modules.get(number - 1).is_some_and(|it| binds(&it.body, name))
            });
            match (module, &whole) {
                (Some(module), _) if binds => {
                    return Some(Link { module, name: Some(name.to_owned()) });
                }
                // A package whose own file cannot be read may bind the name.
                (None, Some(_)) => return None,
                _ => {}
            }
        }
        let module = self.number(&whole?, project, known)?;
        Some(Link { module, name: None })
    }

    fn number(
        &mut self,
        file: &str,
        project: &mut dyn Project,
        known: &mut BTreeMap<String, Option<usize>>,
    ) -> Option<usize> {
        if let Some(number) = known.get(file) {
            return *number;
        }
        let number = self.modules.len() + 1;
        let lines = u32::try_from(number).ok()?.checked_mul(APART)?;
        let module = if number <= MOST { project.module(file, lines) } else { None };
        // What a star brings is not told apart.
        let module = module.filter(|module| !has_star(&module.body));
        let number = module.map(|module| {
            self.modules.push(module);
            number
        });
        known.insert(file.to_owned(), number);
        number
    }
}

/// The files that a path may mean, from the folder of the file that imports it.
fn candidates(file: &str, path: &str) -> BTreeSet<String> {
    let folder = file.rsplit_once('/').map_or("", |(folder, _)| folder);
    let dots = path.bytes().take_while(|byte| *byte == b'.').count();
    let rest = path.get(dots..).unwrap_or_default().replace('.', "/");
    let mut found = BTreeSet::new();
    let mut add = |folder: &str| {
        let base = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        if rest.is_empty() {
            found.insert(format!("{base}__init__.py"));
        } else {
            found.insert(format!("{base}{rest}.py"));
            found.insert(format!("{base}{rest}/__init__.py"));
        }
    };
    let above = |folder: &str| folder.rsplit_once('/').map(|(above, _)| above.to_owned());
    let mut at = Some(folder.to_owned());
    if dots > 0 {
        for _ in 1..dots {
            at = at.and_then(|folder| above(&folder).or((!folder.is_empty()).then(String::new)));
        }
        at.iter().for_each(|folder| add(folder));
        return found;
    }
    let package = path.split('.').next().unwrap_or_default();
    if FOREIGN.contains(&package)
        || FRAMEWORKS.contains(&package)
        || package.starts_with("langchain")
        || package.starts_with("langgraph")
    {
        return found;
    }
    // Which folder Python looks in first depends on how it is started.
    while let Some(folder) = at {
        add(&folder);
        at = above(&folder).or((!folder.is_empty()).then(String::new));
    }
    found
}

/// The one candidate that is there.
fn only(candidates: BTreeSet<String>, project: &dyn Project) -> Option<String> {
    let mut there = candidates.into_iter().filter(|path| project.has(path));
    let first = there.next()?;
    there.next().is_none().then_some(first)
}

/// The paths that statements import, at any depth.
fn imports(body: &[Statement]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    each(body, &mut |statement| {
        if let Statement::Import(names) = statement {
            found.extend(names.iter().map(|imported| imported.path.clone()));
        }
    });
    found
}

fn has_star(body: &[Statement]) -> bool {
    let mut found = false;
    each(body, &mut |statement| found |= matches!(statement, Statement::Star(_)));
    found
}

/// Whether a module's own statements bind a name.
fn binds(body: &[Statement], name: &str) -> bool {
    body.iter().any(|statement| match statement {
        Statement::Import(names) => names.iter().any(|imported| imported.name == name),
        Statement::Assign { targets, value: Some(_) } => targets.iter().any(|target| {
            target.as_name() == Some(name)
                || matches!(&target.kind, ExprKind::List(parts)
                    if parts.iter().any(|part| part.as_name() == Some(name)))
        }),
        Statement::Function(function) => function.name == name,
        Statement::Class(class) => class.name == name,
        Statement::With { items, body } => {
            let entered = |alias: &Option<_>| {
                alias
                    .as_ref()
                    .is_some_and(|it: &crate::source::python::Expr| it.as_name() == Some(name))
            };
            items.iter().any(|(_, alias)| entered(alias)) || binds(body, name)
        }
        Statement::Branch(Branch { bodies, binds: own, .. }) => {
            bodies.iter().any(|body| binds(body, name))
                || own.iter().any(|target| target.as_name() == Some(name))
        }
        _ => false,
    })
}

fn each(body: &[Statement], look: &mut dyn FnMut(&Statement)) {
    for statement in body {
        look(statement);
        match statement {
            Statement::Function(function) => each(&function.body, look),
            Statement::Class(class) => each(&class.body, look),
            Statement::With { body, .. } => each(body, look),
            Statement::Branch(Branch { bodies, .. }) => {
                bodies.iter().for_each(|body| each(body, look));
            }
            _ => {}
        }
    }
}
