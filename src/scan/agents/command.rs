//! Command lines that start servers, taken apart: what runs in the end, in
//! which version, and what it is given.

mod docker;
mod packages;

pub(super) use docker::image_of;

use super::{names, redact};
use crate::model::{
    agent_config::{Argument, Launch, Pin, Program, SafeText, Setting},
    location::Location,
};

/// One word of a command line.
#[derive(Debug, Clone)]
pub(super) struct Word {
    pub(super) text: String,
    pub(super) location: Location,
}

/// A command line taken apart.
#[derive(Debug)]
pub(super) struct Command {
    pub(super) launch: Launch,
    /// Environment that the command line itself sets.
    pub(super) env: Vec<Setting>,
    /// Whether it reads more environment from elsewhere.
    pub(super) env_elsewhere: bool,
    /// Whether only environment that the command line names reaches the
    /// program, as in a container.
    pub(super) isolated: bool,
}

impl Command {
    fn new(program: Program, pin: Pin, arguments: &[Word]) -> Self {
        let arguments = match &program {
            // Nobody knows what these words mean, so none is kept.
            Program::Opaque(_) => Vec::new(),
            _ => self::arguments(arguments),
        };
        Self {
            launch: Launch { program, pin, arguments, line: String::new() },
            env: Vec::new(),
            env_elsewhere: false,
            isolated: false,
        }
    }

    /// Something unknown that may be fetched anew at each start.
    fn opaque(what: &'static str) -> Self {
        Self::new(Program::Opaque(what), Pin::Absent, &[])
    }

    /// Something unknown that lies on the machine.
    fn local(what: &'static str) -> Self {
        Self::new(Program::Opaque(what), Pin::Installed, &[])
    }
}

/// A program that is named rather than launched.
pub(super) fn direct(program: Program, pin: Pin, arguments: &[Word]) -> Launch {
    Launch { line: line(arguments), ..Command::new(program, pin, arguments).launch }
}

/// A command line that is told from every other one, whatever is kept of it.
fn line(words: &[Word]) -> String {
    let words: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
    redact::digest(&words.join("\0"))
}

/// Launchers within launchers that are followed.
const DEPTH: u8 = 4;

/// Takes a command line apart; the first word is the program.
pub(super) fn parse(words: &[Word]) -> Command {
    let mut command = nested(words, DEPTH);
    command.launch.line = line(words);
    command
}

fn nested(words: &[Word], depth: u8) -> Command {
    let Some((first, rest)) = words.split_first() else {
        return Command::opaque("no command");
    };
    let Some(depth) = depth.checked_sub(1) else {
        return Command::opaque("launchers within launchers");
    };
    let program = base_name(&first.text);
    let second = rest.first().map(|word| word.text.as_str()).unwrap_or_default();
    let after = rest.get(1..).unwrap_or_default();
    match program.to_ascii_lowercase().as_str() {
        "env" => with_assignments(rest, depth),
        "cmd" if second.eq_ignore_ascii_case("/c") => nested(after, depth),
        "sh" | "bash" | "zsh" | "dash" | "fish" | "ksh" | "cmd" | "pwsh" | "powershell" => {
            Command::opaque("a shell command")
        }
        "npx" | "bunx" | "pnpx" => packages::npm(rest, depth),
        "npm" if matches!(second, "exec" | "x") => packages::npm_exec(after, depth),
        "pnpm" | "yarn" if second == "dlx" => packages::npm(after, depth),
        "bun" if second == "x" => packages::npm(after, depth),
        "npm" | "pnpm" | "yarn" => Command::local("a script of a package"),
        "uvx" => packages::uv_tool(rest, depth),
        "uv" if second == "tool" && after.first().is_some_and(|word| word.text == "run") => {
            packages::uv_tool(after.get(1..).unwrap_or_default(), depth)
        }
        "uv" if second == "x" => packages::uv_tool(after, depth),
        "uv" => packages::uv_run(rest, depth),
        "pipx" if second == "run" => packages::pipx(after),
        "docker" | "podman" | "nerdctl" | "finch" => docker::parse(rest),
        "node" | "bun" | "deno" | "tsx" | "ts-node" => packages::script(rest),
        name if name == "python" || name.starts_with("python3") => packages::python(rest),
        name if name.ends_with(".py") => packages::python(words),
        "ruby" | "java" | "go" | "cargo" | "dotnet" | "php" | "perl" | "make" | "ssh" | "sudo"
        | "su" | "nohup" | "timeout" | "xargs" => Command::opaque("a program that runs others"),
        _ => installed(&program, rest),
    }
}

/// `env [-i] NAME=value… command`.
fn with_assignments(words: &[Word], depth: u8) -> Command {
    let mut env = Vec::new();
    let mut words = words;
    while let Some((word, rest)) = words.split_first() {
        match word.text.split_once('=') {
            Some((name, value)) if !name.starts_with('-') => {
                env.push(setting(name, value, &word.location));
            }
            _ if word.text.starts_with('-') => return Command::opaque("env with options"),
            _ => break,
        }
        words = rest;
    }
    let mut command = nested(words, depth);
    command.env.extend(env);
    command
}

/// A program of the machine.
fn installed(name: &str, arguments: &[Word]) -> Command {
    let script = name.rsplit_once('.').is_some_and(|(_, extension)| {
        ["sh", "py", "js", "ts", "mjs", "cjs", "rb", "ps1", "pl"].contains(&extension)
    });
    if script {
        return Command::local("a script");
    }
    if !redact::is_name(name) {
        return Command::local("a program whose name is withheld");
    }
    Command::new(Program::Binary(name.to_owned()), Pin::Installed, arguments)
}

/// The last part of a path, without what Windows appends to programs.
fn base_name(path: &str) -> String {
    // `${extensionPath}${/}name` ends a reference before the name.
    let name = path.rsplit(['/', '\\', '}']).next().unwrap_or(path);
    let lower = name.to_ascii_lowercase();
    let cut = [".exe", ".cmd", ".bat"].iter().find(|suffix| lower.ends_with(*suffix));
    let length = name.len() - cut.map_or(0, |suffix| suffix.len());
    name.get(..length).unwrap_or(name).to_owned()
}

/// An environment variable, made safe.
pub(super) fn setting(name: &str, value: &str, location: &Location) -> Setting {
    Setting {
        name: redact::name(name),
        value: redact::value(name, value),
        location: location.clone(),
    }
}

/// What a program is given, made safe: a value that follows a secret flag is
/// withheld whatever it looks like.
fn arguments(words: &[Word]) -> Vec<Argument> {
    let mut previous = "";
    let mut arguments = Vec::new();
    for word in words {
        arguments.push(argument(word, previous));
        previous =
            if word.text.starts_with('-') && !word.text.contains('=') { &word.text } else { "" };
    }
    arguments
}

fn argument(word: &Word, previous: &str) -> Argument {
    let text = word.text.as_str();
    let secret_before = !previous.is_empty() && names::is_secret(previous);
    if text.starts_with('-') && text.len() > 1 && !secret_before {
        let (name, value) = match text.split_once('=') {
            Some((name, value)) => (name, Some(redact::value(name, value))),
            None => (text, None),
        };
        let shaped = name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
        if shaped && redact::is_name(name) {
            let name = name.to_owned();
            return Argument::Flag { name, value, location: word.location.clone() };
        }
        return Argument::Word(SafeText::Withheld { digest: redact::digest(text) });
    }
    if !secret_before && let Some(url) = redact::url(text) {
        return Argument::Url(url);
    }
    // `NAME=value` and `Header: value` name their value themselves.
    let own_name = text.split_once(['=', ':']).map_or("", |(name, _)| name);
    let name = if secret_before || !names::is_secret(own_name) { previous } else { own_name };
    Argument::Word(redact::value(name, text))
}
