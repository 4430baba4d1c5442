//! What a function does, as far as its text tells: nothing outside, certain
//! commands, whatever it is told, or what nobody knows.

mod command;

use super::{
    names::{Meaning, ScopeId},
    uses::{Code, Defined},
};
use crate::{
    model::agent_config::Conduct,
    source::python::{Branch, Call, Class, Expr, ExprKind, Statement},
};

/// Functions of this file that are followed from one another.
const DEPTH: usize = 4;

/// Functions of Python that compute and do nothing else.
const COMPUTING: [&str; 33] = [
    "len",
    "str",
    "int",
    "float",
    "bool",
    "list",
    "dict",
    "tuple",
    "set",
    "frozenset",
    "sorted",
    "repr",
    "enumerate",
    "zip",
    "range",
    "any",
    "all",
    "max",
    "min",
    "sum",
    "abs",
    "round",
    "isinstance",
    "print",
    "reversed",
    "bytes",
    "chr",
    "ord",
    "Exception",
    "ValueError",
    "RuntimeError",
    "KeyError",
    "TypeError",
];

/// What paths of functions begin with that compute, or note what was done.
const PURE_MODULES: [&str; 16] = [
    "asyncio.sleep",
    "time.sleep",
    "time.time",
    "json.",
    "math.",
    "re.",
    "shlex.",
    "textwrap.",
    "statistics.",
    "datetime.",
    "logging.getLogger",
    "logging.debug",
    "logging.info",
    "logging.warning",
    "logging.error",
    "logging.exception",
];

/// Methods of text and of what commands return.
const TEXT_METHODS: [&str; 20] = [
    "strip",
    "lstrip",
    "rstrip",
    "split",
    "rsplit",
    "splitlines",
    "join",
    "format",
    "encode",
    "decode",
    "lower",
    "upper",
    "title",
    "startswith",
    "endswith",
    "replace",
    "isdigit",
    "append",
    "extend",
    "items",
];

/// What certainly is no more than text, or a mapping of text.
const ANSWERS: [&str; 7] = [
    "subprocess.run()",
    "subprocess.check_output()",
    "subprocess.getoutput()",
    "json.loads()",
    "json.dumps()",
    "langgraph.types.interrupt()",
    "builtins.str()",
];

/// Functions that run a program: those whose text goes through a shell come first.
const THROUGH_A_SHELL: [&str; 6] = [
    "os.system",
    "os.popen",
    "subprocess.getoutput",
    "subprocess.getstatusoutput",
    "asyncio.create_subprocess_shell",
    "asyncio.subprocess.create_subprocess_shell",
];
const RUNNING: [&str; 5] = [
    "subprocess.run",
    "subprocess.call",
    "subprocess.check_call",
    "subprocess.check_output",
    "subprocess.Popen",
];
const RUNNING_WORDS: [&str; 2] =
    ["asyncio.create_subprocess_exec", "asyncio.subprocess.create_subprocess_exec"];

/// Functions that run code they are handed.
const EVALUATING: [&str; 4] =
    ["builtins.eval", "builtins.exec", "builtins.compile", "builtins.__import__"];

/// What was seen of a function.
#[derive(Debug, Default)]
struct Seen {
    shell: bool,
    unknown: bool,
    commands: Vec<Vec<String>>,
}

/// What a function does. One whose decorators are not `known` may do more.
pub(super) fn of<'m>(
    code: &Code<'m>,
    defined: Defined<'m>,
    known: &dyn Fn(&str) -> bool,
) -> Conduct {
    let mut seen = Seen::default();
    for decorator in &defined.function.decorators {
        let callee = match &decorator.kind {
            ExprKind::Call(call) => code.names.callee(&call.function, defined.scope),
            _ => code.names.callee(decorator, defined.scope),
        };
        seen.unknown |= !callee.exactly().is_some_and(known);
    }
    let scope = code.names.scope_at(defined.function.place);
    look(code, &defined.function.body, scope, DEPTH, &mut seen);
    seen.conduct()
}

/// The worse of two.
pub(super) fn worse(one: Conduct, other: Conduct) -> Conduct {
    match (one, other) {
        (Conduct::Shell, _) | (_, Conduct::Shell) => Conduct::Shell,
        (Conduct::Unknown, _) | (_, Conduct::Unknown) => Conduct::Unknown,
        (Conduct::Commands(mut commands), Conduct::Commands(others)) => {
            commands.extend(others);
            commands.sort();
            commands.dedup();
            Conduct::Commands(commands)
        }
    }
}

/// What an instance of a class does as a tool: what its methods do that frameworks
/// call. One that brings others of these may do anything.
pub(super) fn of_class<'m>(
    code: &Code<'m>,
    class: &'m Class,
    known: &dyn Fn(&str) -> bool,
) -> Conduct {
    const OTHERS: [&str; 6] = ["invoke", "ainvoke", "run", "arun", "__call__", "__init__"];
    let scope = code.names.scope_at(class.place);
    let mut found: Option<Conduct> = None;
    for statement in &class.body {
        let Statement::Function(function) = statement else { continue };
        let conduct = match function.name.as_str() {
            "_run" | "_arun" => of(code, Defined { function, scope }, known),
            name if OTHERS.contains(&name) => Conduct::Unknown,
            _ => continue,
        };
        found = Some(match found {
            Some(before) => worse(before, conduct),
            None => conduct,
        });
    }
    found.filter(|_| class.decorators.is_empty()).unwrap_or(Conduct::Unknown)
}

/// Whether statements do nothing outside of the program.
pub(super) fn is_idle<'m>(code: &Code<'m>, body: &'m [Statement], scope: ScopeId) -> bool {
    let mut seen = Seen::default();
    look(code, body, scope, DEPTH, &mut seen);
    seen.conduct() == Conduct::Commands(Vec::new())
}

impl Seen {
    fn conduct(mut self) -> Conduct {
        if self.shell {
            return Conduct::Shell;
        }
        if self.unknown {
            return Conduct::Unknown;
        }
        self.commands.sort();
        self.commands.dedup();
        Conduct::Commands(self.commands)
    }
}

fn look<'m>(code: &Code<'m>, body: &'m [Statement], scope: ScopeId, depth: usize, seen: &mut Seen) {
    let Some(depth) = depth.checked_sub(1) else {
        seen.unknown = true;
        return;
    };
    for statement in body {
        let mut all = |exprs: &'m [Expr]| {
            exprs.iter().for_each(|expr| within(code, expr, scope, depth, seen));
        };
        match statement {
            Statement::Import(_) | Statement::Return(None) => {}
            Statement::Expr(expr) | Statement::Return(Some(expr)) => {
                all(std::slice::from_ref(expr));
            }
            Statement::Raise(exprs) | Statement::Other(exprs) => all(exprs),
            Statement::Assign { targets, value } => {
                all(value.as_slice());
                seen.unknown |= !targets.iter().all(is_own);
            }
            Statement::Change { target, value } => {
                all(std::slice::from_ref(value));
                seen.unknown |= !is_own(target);
            }
            Statement::With { items, body } => {
                items.iter().for_each(|(entered, _)| within(code, entered, scope, depth, seen));
                look(code, body, scope, depth + 1, seen);
            }
            Statement::Branch(Branch { conditions, bodies, .. }) => {
                all(conditions);
                bodies.iter().for_each(|body| look(code, body, scope, depth + 1, seen));
            }
            Statement::Delete(targets) => seen.unknown |= !targets.iter().all(is_own),
            // What these do shows elsewhere, if at all.
            Statement::Star(_)
            | Statement::Function(_)
            | Statement::Class(_)
            | Statement::Outer(_) => seen.unknown = true,
        }
    }
}

/// Whether a target is a name, or names: anything else changes what others see.
fn is_own(target: &Expr) -> bool {
    match &target.kind {
        ExprKind::Name(_) => true,
        ExprKind::List(parts) => parts.iter().all(is_own),
        ExprKind::Splat(inner) => is_own(inner),
        _ => false,
    }
}

fn within<'m>(code: &Code<'m>, expr: &'m Expr, scope: ScopeId, depth: usize, seen: &mut Seen) {
    if let ExprKind::Call(call) = &expr.kind {
        judge(code, call, scope, depth, seen);
    }
    for child in expr.children() {
        within(code, child, scope, depth, seen);
    }
}

/// Whether an argument is code that the call may run: a function, a class, something
/// imported.
fn is_code<'m>(code: &Code<'m>, argument: &'m Expr, scope: ScopeId) -> bool {
    match code.names.meaning(argument, scope) {
        Meaning::Function(..) | Meaning::Class(_) => true,
        _ if !matches!(argument.kind, ExprKind::Name(_) | ExprKind::Attribute(..)) => false,
        _ => {
            let idle = |path: &str| {
                let own =
                    path.strip_prefix("builtins.").is_some_and(|own| COMPUTING.contains(&own));
                own || path.contains("()") || PURE_MODULES.iter().any(|pure| path.starts_with(pure))
            };
            code.names.callee(argument, scope).may_be(|path| !idle(path)).is_some()
        }
    }
}

fn judge<'m>(code: &Code<'m>, call: &'m Call, scope: ScopeId, depth: usize, seen: &mut Seen) {
    if let Meaning::Function(function, _) = code.names.meaning(&call.function, scope) {
        let inner = code.names.scope_at(function.place);
        seen.unknown |= !function.decorators.is_empty();
        look(code, &function.body, inner, depth, seen);
        return;
    }
    let callee = code.names.callee(&call.function, scope);
    let runs = |known: &[&str]| callee.may_be(|path| known.contains(&path)).is_some();
    if runs(&EVALUATING) {
        let literal = call.argument(0, "source").is_some_and(|code| code.as_text().is_some());
        seen.shell |= !literal;
        seen.unknown = true;
    } else if runs(&THROUGH_A_SHELL) {
        command::through_a_shell(code, call.argument(0, "cmd"), scope, seen);
    } else if runs(&RUNNING) {
        let shell = call.named("shell").map(|shell| &shell.kind);
        let plain = call.arguments.iter().filter(|argument| argument.name.is_none()).count();
        let another = ["executable", "preexec_fn"].iter().any(|name| call.named(name).is_some());
        seen.unknown |= plain > 1 || another;
        if matches!(shell, None | Some(ExprKind::Bool(false))) && !call.passes_on() {
            command::program(code, call.argument(0, "args"), scope, seen);
        } else {
            command::through_a_shell(code, call.argument(0, "args"), scope, seen);
        }
    } else if runs(&RUNNING_WORDS) {
        let words = call.arguments.iter().filter(|argument| argument.name.is_none());
        command::words(words.map(|argument| &argument.value), seen);
    } else {
        let mut arguments = call.arguments.iter();
        seen.unknown |= !computes(code, call, callee.exactly(), scope)
            || arguments.any(|argument| is_code(code, &argument.value, scope));
    }
}

/// Whether a call only computes.
fn computes<'m>(code: &Code<'m>, call: &'m Call, path: Option<&str>, scope: ScopeId) -> bool {
    if let Some(path) = path {
        let pure = PURE_MODULES.iter().any(|module| path.starts_with(module));
        let own = path.strip_prefix("builtins.").is_some_and(|name| COMPUTING.contains(&name));
        let known = pure || own || path == "langgraph.types.interrupt" || is_model(path);
        if known {
            return true;
        }
    }
    let ExprKind::Attribute(of, method) = &call.function.kind else { return false };
    let receiver = code.names.callee(of, scope);
    if receiver.may_be(|_| true).is_some() {
        let answers = |path: &str| ANSWERS.iter().any(|answer| path.starts_with(answer));
        let looks = TEXT_METHODS.contains(&method.as_str()) || method == "get";
        return looks && receiver.may_be(|path| !answers(path)).is_none();
    }
    // What a call inside returned is as idle as that call.
    let plain = matches!(
        of.kind,
        ExprKind::Text(_) | ExprKind::Format(_) | ExprKind::Name(_) | ExprKind::Call(_)
    );
    plain && TEXT_METHODS.contains(&method.as_str())
}

/// Whether a path is a call to a language model: it answers, and does nothing.
fn is_model(path: &str) -> bool {
    let Some((of, method)) = path.rsplit_once('.') else { return false };
    let asks = matches!(method, "invoke" | "ainvoke" | "bind_tools" | "with_structured_output");
    let first = of.split("()").next().unwrap_or_default();
    let name = first.rsplit('.').next().unwrap_or_default();
    asks && first.starts_with("langchain")
        && (name.starts_with("Chat") || name == "init_chat_model")
}
