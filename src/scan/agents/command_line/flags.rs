//! What flags and variables of each agent's command line open.

use super::words::commands;
use crate::{model::agent_config::Client, scan::agents::holmes};

/// An agent that a command line starts, and one thing that this line opens.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) client: Client,
    pub(super) opens: Opens,
}

/// What a flag opens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Opens {
    /// Every tool runs unasked.
    Everything,
    /// A classifier decides.
    ByClassifier,
    /// Files are changed unasked.
    Edits,
    /// What of this name or pattern runs unasked, as the client writes it.
    Tool(String),
    /// What settings open that stand here, or in a file that is named.
    Settings(String),
    /// Servers that stand here, or in a file that is named.
    Servers(String),
    /// A tool answers what a human would be asked.
    Answered,
}

/// How a flag is read.
enum Meaning {
    /// It opens by being there, unless it says `=false`.
    Switch(Opens),
    /// Its value is a mode: those that open something.
    Mode(&'static [(&'static str, Opens)]),
    /// Its value, or all words up to the next flag, are rules.
    Rules,
    /// Its value is a list of tools; this one stands for all.
    Tools(&'static str),
    /// Its value is settings, or the path of a file of them.
    Settings,
    /// Each word up to the next flag is a list of servers, or the path of one.
    Servers,
}

use Meaning::{Mode, Rules, Switch, Tools};
use Opens::{ByClassifier, Edits, Everything};

/// A client, the names of its program, and what its flags open.
type Agent = (Client, &'static [&'static str], &'static [(&'static str, Meaning)]);

/// Settings of Codex that a flag may carry, in the spellings that people give them.
const CODEX_SETTINGS: &[(&str, Opens)] = &[
    ("approval_policy=never", Everything),
    ("approval_policy=\"never\"", Everything),
    ("sandbox_mode=danger-full-access", Everything),
    ("sandbox_mode=\"danger-full-access\"", Everything),
];

/// Flags by agent. Programs and packages name the same agent.
const AGENTS: [Agent; 14] = [
    (
        Client::ClaudeCode,
        &["claude", "@anthropic-ai/claude-code"],
        &[
            ("--dangerously-skip-permissions", Switch(Everything)),
            (
                "--permission-mode",
                Mode(&[
                    ("bypassPermissions", Everything),
                    ("auto", ByClassifier),
                    ("acceptEdits", Edits),
                ]),
            ),
            ("--allowedTools", Rules),
            ("--allowed-tools", Rules),
            ("--settings", Meaning::Settings),
            ("--mcp-config", Meaning::Servers),
            ("--permission-prompt-tool", Switch(Opens::Answered)),
        ],
    ),
    (
        Client::Codex,
        &["codex", "@openai/codex"],
        &[
            ("--yolo", Switch(Everything)),
            ("--dangerously-bypass-approvals-and-sandbox", Switch(Everything)),
            // It asks where its sandbox refuses, and a run that nobody watches asks nobody.
            ("--full-auto", Switch(Everything)),
            ("--ask-for-approval", Mode(&[("never", Everything)])),
            ("-a", Mode(&[("never", Everything)])),
            ("--sandbox", Mode(&[("danger-full-access", Everything)])),
            ("-s", Mode(&[("danger-full-access", Everything)])),
            ("--config", Mode(CODEX_SETTINGS)),
            ("-c", Mode(CODEX_SETTINGS)),
            ("--safety-strategy", Mode(&[("unsafe", Everything)])),
        ],
    ),
    (
        Client::Gemini,
        &["gemini", "@google/gemini-cli"],
        &[
            ("--yolo", Switch(Everything)),
            ("-y", Switch(Everything)),
            ("--approval-mode", Mode(&[("yolo", Everything), ("auto_edit", Edits)])),
            ("--allowed-tools", Tools("*")),
        ],
    ),
    (
        Client::Continue,
        &["cn", "@continuedev/cli"],
        &[("--auto", Switch(Everything)), ("--allow", Tools("*"))],
    ),
    (
        Client::AmazonQ,
        &["q", "qchat"],
        &[
            ("--trust-all-tools", Switch(Everything)),
            ("-a", Switch(Everything)),
            ("--trust-tools", Tools("*")),
        ],
    ),
    (
        Client::Kiro,
        &["kiro-cli", "kiro"],
        &[
            ("--trust-all-tools", Switch(Everything)),
            ("-a", Switch(Everything)),
            ("--trust-tools", Tools("*")),
        ],
    ),
    (Client::KubectlAi, &["kubectl-ai"], &[("--skip-permissions", Switch(Everything))]),
    (
        Client::CopilotCli,
        &["copilot", "@github/copilot"],
        &[
            ("--allow-all-tools", Switch(Everything)),
            ("--allow-all", Switch(Everything)),
            ("--yolo", Switch(Everything)),
            ("--allow-tool", Tools("*")),
            ("--additional-mcp-config", Meaning::Servers),
        ],
    ),
    (
        Client::Cursor,
        &["cursor-agent"],
        &[
            ("--force", Switch(Everything)),
            ("-f", Switch(Everything)),
            ("--yolo", Switch(Everything)),
            ("--approve-mcps", Switch(Everything)),
        ],
    ),
    (
        Client::OpenCode,
        &["opencode", "opencode-ai"],
        &[("--dangerously-skip-permissions", Switch(Everything)), ("--auto", Switch(Everything))],
    ),
    (
        Client::Kilo,
        &["kilo", "kilocode", "@kilocode/cli"],
        &[("--auto", Switch(Everything)), ("--yolo", Switch(Everything))],
    ),
    (Client::Cline, &["cline"], &[("--yolo", Switch(Everything)), ("-y", Switch(Everything))]),
    (Client::Cagent, &["cagent"], &[("--yolo", Switch(Everything))]),
    // It answers every question of every toolset, not those of the shell alone.
    (Client::Holmes, &["holmes", "holmesgpt"], &[("--bash-always-allow", Switch(Everything))]),
];

/// What one command opens.
pub(super) fn of(words: &[String]) -> Vec<Run> {
    let mut runs = Vec::new();
    let mut rest = words;
    // Assignments and programs that start others stand before it.
    while let Some((first, after)) = rest.split_first() {
        let assigned = first.split_once('=').filter(|(name, _)| is_variable(name));
        if let Some((name, value)) = assigned {
            runs.extend(of_variable(name, Some(value)));
        } else if !(is_launcher(first) || first.starts_with('-') && rest.len() < words.len()) {
            break;
        }
        rest = after;
    }
    // The modes of Goose stand in a variable only.
    let Some((program, arguments)) = rest.split_first() else { return runs };
    let program = match (package_of(program), arguments) {
        ("kubectl", [word, ..]) if word == "ai" => "kubectl-ai",
        ("docker", [word, ..]) if word == "agent" => "cagent",
        (
            "docker" | "podman" | "kubectl" | "ssh" | "tmux" | "script" | "xargs" | "poetry" | "uv"
            | "pipx",
            _,
        ) => {
            // What it starts, and where, stands somewhere behind its own options.
            let at = arguments.iter().position(|word| is_agent(word)).unwrap_or(arguments.len());
            runs.extend(
                arguments.get(at..).filter(|rest| !rest.is_empty()).into_iter().flat_map(of),
            );
            return runs;
        }
        ("bash" | "sh" | "zsh", _) => {
            let programs = arguments.iter().filter(|word| word.contains(' '));
            // A text within a text is shorter, so this ends.
            runs.extend(programs.flat_map(|text| commands(text)).flat_map(|words| of(&words)));
            return runs;
        }
        (program, _) => program,
    };
    for (client, programs, _) in &AGENTS {
        if programs.contains(&program) {
            runs.extend(of_client(*client, arguments));
        }
    }
    runs
}

/// What arguments of one agent open.
pub(super) fn of_client(client: Client, arguments: &[String]) -> Vec<Run> {
    let mut found: Vec<Opens> = Vec::new();
    let Some((_, _, flags)) = AGENTS.iter().find(|(own, _, _)| *own == client) else {
        return Vec::new();
    };
    for (at, word) in arguments.iter().enumerate() {
        let (name, value) = match word.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (word.as_str(), None),
        };
        let Some((_, meaning)) = flags.iter().find(|(flag, _)| *flag == name) else { continue };
        let following = arguments.get(at + 1..).unwrap_or_default();
        let next = value.or(following.first().map(String::as_str)).unwrap_or_default();
        match meaning {
            Switch(_) if value.is_some_and(|value| value.eq_ignore_ascii_case("false")) => {}
            Switch(opens) => found.push(opens.clone()),
            Mode(modes) => {
                let opens = modes.iter().find(|(mode, _)| *mode == next);
                found.extend(opens.map(|(_, opens)| opens.clone()));
            }
            Rules => {
                found.extend(own_words(value, following).flat_map(rules).map(Opens::Tool));
            }
            Meaning::Settings => found.push(Opens::Settings(next.to_owned())),
            Meaning::Servers => {
                let given = own_words(value, following).map(|word| word.trim_start_matches('@'));
                found.extend(given.map(|word| Opens::Servers(word.to_owned())));
            }
            Tools(all) => {
                found.extend(next.split(',').map(str::trim).map(|tool| {
                    if tool == *all { Everything } else { Opens::Tool(tool.to_owned()) }
                }))
            }
        }
    }
    found.into_iter().map(|opens| Run { client, opens }).collect()
}

/// The words that belong to a flag: what stands behind its `=`, else all up to the next.
fn own_words<'w>(value: Option<&'w str>, following: &'w [String]) -> impl Iterator<Item = &'w str> {
    let after = following.iter().map(String::as_str).take_while(|word| !word.starts_with('-'));
    value.into_iter().chain(after.take(if value.is_some() { 0 } else { usize::MAX }))
}

/// What a variable of the environment opens; of one whose value stands elsewhere, what
/// it may.
pub(super) fn of_variable(name: &str, value: Option<&str>) -> Vec<Run> {
    let run = |client, opens| vec![Run { client, opens }];
    match (name, value.map(str::trim)) {
        ("GOOSE_MODE", Some("auto") | None) => run(Client::Goose, Everything),
        ("GOOSE_MODE", Some("smart_approve")) => run(Client::Goose, ByClassifier),
        (holmes::UNSAFE, value) if holmes::opens(value) => {
            run(Client::Holmes, Opens::Tool(holmes::SHELL.to_owned()))
        }
        _ => Vec::new(),
    }
}

/// Rules of one word: commas and blanks outside of brackets part them.
fn rules(text: &str) -> Vec<String> {
    let mut depth = 0_usize;
    let mut rules = vec![String::new()];
    for c in text.chars() {
        match c {
            '(' => depth = depth.saturating_add(1),
            ')' => depth = depth.saturating_sub(1),
            ',' | ' ' if depth == 0 => {
                rules.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(rule) = rules.last_mut() {
            rule.push(c);
        }
    }
    rules.retain(|rule| !rule.is_empty());
    rules
}

/// Whether a word is the program of an agent, and hardly anything else.
fn is_agent(word: &str) -> bool {
    let word = package_of(word);
    word.len() > 2 && AGENTS.iter().any(|(_, programs, _)| programs.contains(&word))
}

fn is_variable(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Whether words start a shell, whose text is told by itself.
pub(super) fn is_shell(words: &[String]) -> bool {
    let program = words.first().map(|word| package_of(word));
    program.is_some_and(|program| matches!(program, "bash" | "sh" | "zsh"))
}

/// The program that an image of an agent starts by itself.
pub(super) fn of_image(image: &str) -> Option<&'static str> {
    let name = image.rsplit('/').next().unwrap_or(image);
    let name = name.split(['@', ':']).next().unwrap_or(name);
    let programs = AGENTS.iter().flat_map(|(_, programs, _)| programs.iter().copied());
    let mut programs = programs.chain(["claude-code", "gemini-cli"]);
    let found = programs.find(|program| *program == name && program.len() > 2)?;
    Some(match found {
        "claude-code" => "claude",
        "gemini-cli" => "gemini",
        found => found,
    })
}

/// Programs that start the one that follows, and words between.
fn is_launcher(word: &str) -> bool {
    let word = word.rsplit('/').next().unwrap_or(word);
    word.trim_end_matches(['s', 'm', 'h']).parse::<u64>().is_ok()
        || matches!(
            word,
            "sudo"
                | "ENV"
                | "env"
                | "export"
                | "exec"
                | "time"
                | "timeout"
                | "nohup"
                | "then"
                | "do"
                | "else"
                | "if"
                | "!"
                | "("
                | "{"
                | "npx"
                | "bunx"
                | "pnpx"
                | "uvx"
                | "pnpm"
                | "npm"
                | "dlx"
                | "x"
                | "--"
        )
}

/// The name of a program or package, without its folder and version.
fn package_of(word: &str) -> &str {
    let word = word.trim_start_matches("$(").trim_start_matches('(');
    let bare = match word.get(1..).and_then(|rest| rest.find('@')) {
        Some(at) => word.get(..=at).unwrap_or(word),
        None => word,
    };
    if bare.starts_with('@') { bare } else { bare.rsplit('/').next().unwrap_or(bare) }
}
