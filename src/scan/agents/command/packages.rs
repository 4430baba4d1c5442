//! Launchers that fetch a package and run it: npx, uvx, pipx and their kin.

use super::{Command, Word, base_name, nested, setting};
use crate::{
    model::{
        agent_config::{Pin, Program, Setting},
        location::Location,
    },
    scan::agents::redact,
};

/// Options of npx and its kin that take a value.
const NPM_VALUED: &[&str] = &[
    "-p",
    "--package",
    "--registry",
    "--config.registry",
    "--userconfig",
    "--globalconfig",
    "--cache",
    "--prefix",
    "-w",
];

/// Options of launchers that decide where packages come from, as the variables that say
/// the same.
const SOURCES: &[(&str, &str)] = &[
    ("--registry", "npm_config_registry"),
    ("--config.registry", "npm_config_registry"),
    ("--userconfig", "npm_config_userconfig"),
    ("--globalconfig", "npm_config_globalconfig"),
    ("--index", "uv_index"),
    ("--index-url", "uv_index_url"),
    ("--default-index", "uv_default_index"),
    ("--extra-index-url", "uv_extra_index_url"),
    ("--find-links", "uv_find_links"),
    ("-f", "uv_find_links"),
    ("-i", "uv_index_url"),
    ("--config-file", "uv_config_file"),
];

/// Options of uv and uvx that take a value.
const UV_VALUED: &[&str] = &[
    "--with",
    "--with-editable",
    "--with-requirements",
    "--python",
    "-p",
    "--index",
    "--index-url",
    "--default-index",
    "--extra-index-url",
    "--find-links",
    "-f",
    "-i",
    "--directory",
    "--project",
    "--cache-dir",
    "--config-file",
    "--refresh-package",
    "--env-file",
    "--extra",
    "--group",
    "-m",
    "--module",
    "--from",
    "--constraints",
    "-c",
    "--index-strategy",
    "--exclude-newer",
];

/// The options before the first word that is none, and the rest from there.
struct Options<'w> {
    given: Vec<(&'w str, Option<&'w str>, &'w Location)>,
    rest: &'w [Word],
}

fn options<'w>(words: &'w [Word], valued: &[&str]) -> Options<'w> {
    let mut given = Vec::new();
    let mut rest = words;
    while let Some((word, after)) = rest.split_first() {
        let text = word.text.as_str();
        if text == "--" {
            rest = after;
            break;
        }
        if !text.starts_with('-') {
            break;
        }
        rest = after;
        let place = &word.location;
        if let Some((name, value)) = text.split_once('=') {
            given.push((name, Some(value), place));
        } else if (valued.contains(&text) || is_scoped_registry(text))
            && let Some((value, after)) = rest.split_first()
        {
            given.push((text, Some(value.text.as_str()), place));
            rest = after;
        } else {
            given.push((text, None, place));
        }
    }
    Options { given, rest }
}

impl<'w> Options<'w> {
    fn value(&self, names: &[&str]) -> Option<&'w str> {
        self.given.iter().find(|(name, ..)| names.contains(name)).and_then(|(_, value, _)| *value)
    }

    fn values(&self, names: &[&str]) -> Vec<&'w str> {
        let given = self.given.iter().filter(|(name, ..)| names.contains(name));
        given.filter_map(|(_, value, _)| *value).collect()
    }

    fn has(&self, names: &[&str]) -> bool {
        self.given.iter().any(|(name, ..)| names.contains(name))
    }

    /// Where packages come from, as far as these options decide it.
    fn sources(&self) -> Vec<Setting> {
        let source = |(name, value, place): &(&str, Option<&str>, &Location)| {
            let known = SOURCES.iter().find(|(flag, _)| flag == name);
            let variable = match known {
                Some((_, variable)) => variable,
                None if is_scoped_registry(name) => "npm_config_registry",
                // What pip is told, in one text.
                None if *name == "--pip-args" => "pip_index_url",
                None => return None,
            };
            let text = value.unwrap_or_default();
            let of_pip = ["index", "-i ", "find-links", "-f "];
            let tells = *name != "--pip-args" || of_pip.iter().any(|word| text.contains(word));
            tells.then(|| setting(variable, text, place))
        };
        self.given.iter().filter_map(source).collect()
    }
}

/// `--@acme:registry`, the registry of one scope.
fn is_scoped_registry(name: &str) -> bool {
    name.starts_with("--@") && name.ends_with(":registry")
}

/// `npx [-y] [--package P] package [arguments]`, and its kin.
pub(super) fn npm(words: &[Word], depth: u8) -> Command {
    let options = options(words, NPM_VALUED);
    if options.has(&["-c", "--call"]) {
        return Command::opaque("a shell command");
    }
    let Some((first, rest)) = options.rest.split_first() else {
        return Command::opaque("no package");
    };
    let packages = options.values(&["-p", "--package"]);
    let mut command = if packages.is_empty() {
        npm_package(&first.text, rest)
    } else {
        of_package(&packages, options.rest, depth, npm_package)
    };
    command.env.extend(options.sources());
    command
}

/// A command beside the packages that are there while it runs. A package holds more
/// programs than one, and which of these runs says little; but a launcher runs whatever
/// it is told, and of several packages nobody knows whose program it is.
fn of_package(
    packages: &[&str],
    command: &[Word],
    depth: u8,
    package: fn(&str, &[Word]) -> Command,
) -> Command {
    let (Some(first), Some((_, rest))) = (packages.first(), command.split_first()) else {
        return Command::opaque("no package");
    };
    let launched = nested(command, depth);
    if !matches!(launched.launch.program, Program::Binary(_)) {
        return launched;
    }
    if packages.iter().any(|other| other != first) {
        return Command::opaque("a program of one of several packages");
    }
    package(first, rest)
}

/// `npm exec [options] package [-- arguments]`: npm keeps the flags before `--` to itself.
pub(super) fn npm_exec(words: &[Word], depth: u8) -> Command {
    let before = options(words, NPM_VALUED);
    let given = words.len().saturating_sub(before.rest.len());
    let (options, rest) = words.split_at_checked(given).unwrap_or((words, &[]));
    if options.last().is_some_and(|word| word.text == "--") {
        return npm(words, depth);
    }
    let (package, rest) = rest.split_at_checked(1).unwrap_or_default();
    let at = rest.iter().position(|word| word.text == "--").unwrap_or(rest.len());
    let (own, passed) = rest.split_at_checked(at).unwrap_or((rest, &[]));
    let kept: Vec<Word> = options
        .iter()
        .chain(package)
        .chain(own.iter().filter(|word| !word.text.starts_with('-')))
        .chain(passed.iter().skip(1))
        .cloned()
        .collect();
    npm(&kept, depth)
}

fn npm_package(spec: &str, arguments: &[Word]) -> Command {
    // `name@npm:other@1.0.0` is the other one.
    let spec = spec.rsplit_once("npm:").map_or(spec, |(_, other)| other);
    // The `@` of a scope is no version.
    let at = spec.get(1..).and_then(|rest| rest.find('@')).map(|at| at + 1);
    let (name, version) = match at.and_then(|at| spec.split_at_checked(at)) {
        Some((name, version)) => (name, Some(version.trim_start_matches('@'))),
        None => (spec, None),
    };
    // What stands for a version may be a URL, a folder or a repository.
    let elsewhere = version.is_some_and(|version| version.contains([':', '/', '\\']));
    let parts = name.strip_prefix('@').map_or(1, |_| 2);
    let lower = name.to_ascii_lowercase();
    let fits = !elsewhere
        && lower == name
        && name.split('/').count() == parts
        && name.chars().all(|c| c.is_ascii_alphanumeric() || "@/._-~".contains(c))
        && redact::is_name(name);
    if !fits {
        return Command::opaque("a package from a URL or a folder");
    }
    let pin = match version {
        None | Some("") => Pin::Absent,
        Some(version) => version_pin(version),
    };
    Command::new(Program::Npm(name.to_owned()), pin, arguments)
}

/// `uvx [--from S] tool[@version] [arguments]`.
pub(super) fn uv_tool(words: &[Word], depth: u8) -> Command {
    let options = options(words, UV_VALUED);
    let Some((tool, rest)) = options.rest.split_first() else {
        return Command::opaque("no package");
    };
    let mut command = match options.value(&["--from"]) {
        Some(from) => of_package(&[from], options.rest, depth, python_package),
        None => python_package(&tool.text, rest),
    };
    command.env.extend(options.sources());
    command.env_elsewhere |= options.has(&["--env-file"]);
    command
}

/// `pipx run [--spec S] app [arguments]`.
pub(super) fn pipx(words: &[Word]) -> Command {
    let options = options(words, &["--spec", "--python", "--pip-args", "--index-url", "-i"]);
    let Some((app, rest)) = options.rest.split_first() else {
        return Command::opaque("no package");
    };
    let mut command = python_package(options.value(&["--spec"]).unwrap_or(&app.text), rest);
    command.env.extend(options.sources());
    command
}

/// `uv run [options] command`: something of a project folder.
pub(super) fn uv_run(words: &[Word], depth: u8) -> Command {
    let before = options(words, UV_VALUED);
    let Some((run, rest)) = before.rest.split_first() else {
        return Command::opaque("uv");
    };
    if run.text != "run" {
        return Command::opaque("uv");
    }
    let after = options(rest, UV_VALUED);
    if after.has(&["-m", "--module", "-s", "--script"]) {
        return Command::local("a Python program");
    }
    let mut command = nested(after.rest, depth);
    let elsewhere = ["--directory"];
    if (before.has(&elsewhere) || after.has(&elsewhere))
        && matches!(command.launch.program, Program::PythonFile(_))
    {
        return Command::local("a Python program");
    }
    command.env.extend(before.sources().into_iter().chain(after.sources()));
    command.env_elsewhere |= after.has(&["--env-file"]) || before.has(&["--env-file"]);
    command
}

/// `python [options] file.py [arguments]`: the path as it is written.
pub(super) fn python(words: &[Word]) -> Command {
    let plain = ["-u", "-B", "-O", "-OO", "-s", "-q", "-I"];
    let mut words = words;
    while let Some((word, rest)) = words.split_first()
        && plain.contains(&word.text.as_str())
    {
        words = rest;
    }
    match words.split_first() {
        Some((file, rest)) if file.text.ends_with(".py") && redact::is_name(&file.text) => {
            Command::new(Program::PythonFile(file.text.clone()), Pin::Installed, rest)
        }
        _ => Command::local("a Python program"),
    }
}

fn python_package(spec: &str, arguments: &[Word]) -> Command {
    let end =
        spec.find(|c: char| !c.is_ascii_alphanumeric() && !"._-".contains(c)).unwrap_or(spec.len());
    let Some((name, rest)) = spec.split_at_checked(end) else {
        return Command::opaque("a package from a URL or a folder");
    };
    // `name[extra]==1.2.3`
    let rest = match rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((_, rest)) => rest,
        None => rest,
    };
    let name = name.strip_suffix(".exe").unwrap_or(name);
    let direct = rest.trim_start_matches([' ', '@']).contains("://");
    let starts = rest.is_empty() || rest.starts_with(['=', '@', '>', '<', '~', '!', ' ', ';']);
    if name.is_empty() || direct || !starts || !redact::is_name(name) {
        return Command::opaque("a package from a URL or a folder");
    }
    let rest = rest.trim();
    let pin = match rest.strip_prefix("==").or_else(|| rest.strip_prefix('@')) {
        Some(version) => version_pin(version.trim().trim_start_matches('=')),
        None if rest.is_empty() => Pin::Absent,
        None => Pin::Floating("a range".to_owned()),
    };
    Command::new(Program::PyPi(normalised(name)), pin, arguments)
}

/// A distribution's name as PyPI compares it.
fn normalised(name: &str) -> String {
    let mut normal = String::with_capacity(name.len());
    for part in name.split(['.', '_', '-']).filter(|part| !part.is_empty()) {
        if !normal.is_empty() {
            normal.push('-');
        }
        normal.push_str(&part.to_ascii_lowercase());
    }
    normal
}

/// `node path/to/script.js`: the package whose folder it stands in, if it does.
pub(super) fn script(words: &[Word]) -> Command {
    let options = options(words, &["-r", "--require", "--import", "--loader", "--env-file"]);
    if options.has(&["-e", "--eval", "-p", "--print"]) {
        return Command::local("a script");
    }
    let rest = match options.rest.split_first() {
        Some((first, rest)) if first.text == "run" => rest,
        _ => options.rest,
    };
    let after_run = self::options(rest, &[]);
    let Some((script, arguments)) = after_run.rest.split_first() else {
        return Command::local("a script");
    };
    if let Some(spec) = script.text.strip_prefix("npm:") {
        return npm_package(spec, arguments);
    }
    let path = script.text.replace('\\', "/");
    let Some((_, inside)) = path.rsplit_once("node_modules/") else {
        return Command::local("a script");
    };
    let depth = if inside.starts_with('@') { 2 } else { 1 };
    let name = inside.split('/').take(depth).collect::<Vec<_>>().join("/");
    let mut command = npm_package(&name, arguments);
    if let Program::Npm(_) = command.launch.program {
        command.launch.pin = Pin::Installed;
    }
    command.env_elsewhere |= options.has(&["--env-file"]);
    command
}

/// Whether a version is one version.
pub(super) fn version_pin(version: &str) -> Pin {
    let bare = version.strip_prefix('v').unwrap_or(version);
    let core = bare.split(['-', '+']).next().unwrap_or(bare);
    let numbers: Vec<&str> = core.split('.').collect();
    let exact = numbers.len() >= 3
        && numbers.iter().take(3).all(|part| {
            !part.is_empty() && part.bytes().next().is_some_and(|byte| byte.is_ascii_digit())
        })
        && bare.chars().all(|c| c.is_ascii_alphanumeric() || ".-+".contains(c))
        && !bare.ends_with(".x");
    let shown = base_name(version);
    match (exact, redact::is_harmless(&shown)) {
        (true, true) => Pin::Exact(shown),
        (true, false) => Pin::Exact("a pre-release".to_owned()),
        (false, true) => Pin::Floating(shown),
        (false, false) => Pin::Floating("a version that moves".to_owned()),
    }
}
