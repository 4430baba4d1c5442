//! What a function does, as far as its text tells: nothing outside, certain
//! commands, whatever it is told, or what nobody knows.

mod command;

use super::{
    names::{Meaning, ScopeId},
    uses::{Code, Defined},
};
use crate::{
    model::agent_config::Conduct,
    source::python::{Branch, Call, Expr, ExprKind, Statement},
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

/// Modules all of whose functions compute.
const PURE_MODULES: [&str; 8] =
    ["json.", "math.", "re.", "shlex.", "textwrap.", "statistics.", "datetime.", "logging."];

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
            Statement::Other(exprs) => all(exprs),
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
        if matches!(shell, None | Some(ExprKind::Bool(false))) && !call.passes_on() {
            command::program(code, call.argument(0, "args"), scope, seen);
        } else {
            command::through_a_shell(code, call.argument(0, "args"), scope, seen);
        }
    } else if runs(&RUNNING_WORDS) {
        let words = call.arguments.iter().filter(|argument| argument.name.is_none());
        command::words(words.map(|argument| &argument.value), seen);
    } else if !computes(code, call, callee.exactly(), scope) {
        seen.unknown = true;
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
