//! What hooks do when they run: the programs that they start and the addresses that they
//! call. Nothing is run, and what stands in a script is not followed.

use super::{
    command_line::words::{self, Joint},
    entries::all,
    patterns, redact,
};
use crate::{
    model::agent_config::{Address, Call, Errand},
    source::node::Node,
};

/// Most commands of one hook that are looked at.
const MOST_COMMANDS: usize = 64;

/// Shells within shells that are followed.
const DEPTH: u8 = 3;

/// Words of a shell that make what follows depend on something.
const CONDITIONS: &[&str] =
    &["if", "then", "else", "elif", "case", "while", "until", "for", "test", "[", "[["];

/// Programs that only start the one that follows them.
const WRAPPERS: &[&str] = &["env", "command", "exec", "nohup", "timeout", "time", "sudo", "nice"];

/// Folders of the system, whose programs are what their names say.
const SYSTEM_FOLDERS: &[&str] = &["/bin", "/usr/bin", "/usr/local/bin", "/opt/homebrew/bin"];

/// What a hook does. `root` holds the settings that the hook stands in: their `env` is
/// what its variables hold.
pub(super) fn of(hook: &Node, root: &Node) -> Errand {
    let env = [hook, root];
    match hook.str_at("type") {
        None | Some("command") => {}
        Some("http") => {
            return Errand::Posts(match hook.str_at("url") {
                Some(url) => address(url, &env).unwrap_or(Address::Empty),
                None => Address::Empty,
            });
        }
        Some(_) => return Errand::Elsewhere,
    }
    let written = ["command", "bash", "powershell"].iter().find_map(|key| hook.str_at(key));
    let Some(text) = written else { return Errand::Elsewhere };
    let mut calls = Vec::new();
    let arguments: Vec<String> =
        hook.items_at("args").iter().filter_map(|node| Some(node.text()?.into_owned())).collect();
    if arguments.is_empty() {
        of_text(text, true, &env, DEPTH, &mut calls);
    } else {
        let words: Vec<String> = std::iter::once(text.to_owned()).chain(arguments).collect();
        of_words(&words, true, &env, DEPTH, &mut calls);
    }
    Errand::Commands(calls)
}

/// The tools that a hook is for: names, of which some clients take several with `|`
/// between them.
pub(super) fn matcher(text: &str) -> Option<String> {
    if text.is_empty() || text == "*" {
        return None;
    }
    Some(text.split('|').map(redact::name).collect::<Vec<_>>().join("|"))
}

fn of_text(text: &str, always: bool, env: &[&Node], depth: u8, calls: &mut Vec<Call>) {
    let parts = words::joined(text);
    let conditional = parts
        .iter()
        .any(|(_, command)| command.iter().any(|word| CONDITIONS.contains(&word.as_str())));
    let mut ended = false;
    for (joint, command) in parts {
        let always = always && !conditional && !ended && joint != Joint::Depends;
        ended |= matches!(command.first().map(String::as_str), Some("exit" | "return" | "exec"));
        of_words(&command, always, env, depth, calls);
    }
}

fn of_words(command: &[String], always: bool, env: &[&Node], depth: u8, calls: &mut Vec<Call>) {
    if calls.len() >= MOST_COMMANDS {
        return;
    }
    let is_assignment = |word: &&String| {
        word.split_once('=').is_some_and(|(name, _)| {
            !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        })
    };
    let own = command.iter().skip_while(|word| {
        let plain = word.trim_start_matches('-');
        is_assignment(word)
            || WRAPPERS.contains(&word.as_str())
            || plain.len() < word.len()
            || (!plain.is_empty() && plain.chars().all(|c| c.is_ascii_digit() || c == 's'))
    });
    let own: Vec<&String> = own.collect();
    let Some((first, rest)) = own.split_first() else { return };
    let program = program(first);
    let shell = matches!(program.as_deref(), Some("bash" | "sh" | "zsh" | "dash"));
    let script = rest.iter().position(|word| matches!(word.as_str(), "-c" | "-lc" | "-ec"));
    if let (true, Some(at), Some(depth)) = (shell, script, depth.checked_sub(1)) {
        match rest.get(at + 1) {
            Some(text) => return of_text(text, always, env, depth, calls),
            None => return calls.push(Call { program: None, addresses: Vec::new(), always }),
        }
    }
    let addresses = rest.iter().filter_map(|word| address(word, env)).collect();
    calls.push(Call { program, addresses, always });
}

/// The name of a program that the system brings; none for a file of one's own.
fn program(word: &str) -> Option<String> {
    let name = match word.rsplit_once('/') {
        None => word,
        Some((folder, name)) if SYSTEM_FOLDERS.contains(&folder) => name,
        Some(_) => return None,
    };
    let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c));
    let file = name.rsplit_once('.').is_some_and(|(_, suffix)| suffix != "exe");
    (plain && !file && redact::is_name(name))
        .then(|| name.trim_end_matches(".exe").to_ascii_lowercase())
}

/// Where a word sends something, if it may be an address.
fn address(word: &str, env: &[&Node]) -> Option<Address> {
    let word = word.strip_prefix("--url=").unwrap_or(word).trim();
    if let Some(name) = variable(word) {
        let set = env.iter().flat_map(|holder| all(holder, "env")).find_map(|env| env.get(name));
        return Some(match set.and_then(Node::text) {
            Some(text) if variable(&text).is_none() => filled(&text).unwrap_or(Address::Empty),
            Some(_) | None => Address::Variable(redact::name(name)),
        });
    }
    if word.is_empty() { None } else { filled(word) }
}

/// The address that a text is; an empty one, and one that a person is to replace, is none
/// that anything arrives at.
fn filled(text: &str) -> Option<Address> {
    if text.trim().is_empty() {
        return Some(Address::Empty);
    }
    let url = redact::url(text)?;
    let filler = |part: &str| {
        let letters = |c| matches!(c, 'x' | 'X' | '0' | '.' | '*' | 'T' | 'B');
        let holds_place = patterns::is_placeholder(part) || part.starts_with("YOUR");
        holds_place || (part.len() > 3 && part.chars().all(letters))
    };
    let path = text.split_once("://").map_or("", |(_, rest)| rest);
    let mut parts = path.split('/').filter(|part| !part.is_empty());
    Some(if parts.any(filler) { Address::Empty } else { Address::Url(url) })
}

/// The name of the variable that a word is, and nothing else.
fn variable(word: &str) -> Option<&str> {
    let name = word
        .strip_prefix("${")
        .and_then(|rest| rest.strip_suffix('}'))
        .or_else(|| word.strip_prefix("$env:"))
        .or_else(|| word.strip_prefix('$'))?;
    let name = name.split(":-").next().unwrap_or(name);
    let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    (plain && !name.is_empty()).then_some(name)
}
