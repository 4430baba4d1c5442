//! `docker run` and its kin: the image is the first word after `run` that is
//! neither an option nor the value of one.

use super::{Command, Word, packages::version_pin, setting};
use crate::{
    model::{
        agent_config::{Pin, Program, SafeText, Setting},
        image::ImageRef,
    },
    scan::agents::redact,
};

/// Long options without a value.
const FLAGS: &[&str] = &[
    "--rm",
    "--interactive",
    "--tty",
    "--detach",
    "--init",
    "--privileged",
    "--read-only",
    "--publish-all",
    "--no-healthcheck",
    "--oom-kill-disable",
    "--sig-proxy",
    "--quiet",
    "--disable-content-trust",
    "--env-host",
    "--help",
    "--replace",
    "--rmi",
    "--tls-verify",
    "--no-hosts",
    "--no-hostname",
    "--read-only-tmpfs",
];

/// Short options with a value.
const SHORT_VALUED: &[char] = &['e', 'v', 'p', 'u', 'w', 'h', 'l', 'm', 'a', 'c'];

pub(super) fn parse(words: &[Word]) -> Command {
    // Options of the program itself come before the subcommand; which of them
    // take values is not told apart, so the first `run` counts.
    let run = words.iter().position(|word| matches!(word.text.as_str(), "run" | "create"));
    let Some(mut rest) = run.and_then(|at| words.get(at + 1..)) else {
        return Command::opaque("a container that is not started here");
    };
    let mut env = Vec::new();
    let mut env_elsewhere = false;
    let mut replaced = false;
    while let Some((word, after)) = rest.split_first() {
        let text = word.text.as_str();
        if text == "--" {
            rest = after;
            break;
        }
        if !text.starts_with('-') || text == "-" {
            break;
        }
        rest = after;
        let (name, inline) = split(text);
        let value = match inline {
            Some(value) => Some(value),
            None if takes_value(name) => rest.split_first().map(|(value, after)| {
                rest = after;
                value.text.as_str()
            }),
            None => None,
        };
        match (name, value) {
            ("-e" | "--env", Some(value)) => env.push(variable(value, word)),
            ("--env-file" | "--env-host", _) => env_elsewhere = true,
            ("--entrypoint", _) => replaced = true,
            _ => {}
        }
    }
    let Some((image, arguments)) = rest.split_first() else {
        return Command::opaque("no image");
    };
    let mut command = match image_of(&image.text) {
        Some((image, pin)) if !replaced => Command::new(Program::Image(image), pin, arguments),
        Some((_, pin)) => {
            let mut command = Command::opaque("another program of an image");
            command.launch.pin = pin;
            command
        }
        None => Command::opaque("an image whose name is withheld"),
    };
    command.env = env;
    command.env_elsewhere = env_elsewhere;
    command.isolated = true;
    command
}

/// Option and value where both are one word: `--env=K=V`, `-eK=V`.
fn split(text: &str) -> (&str, Option<&str>) {
    if text.starts_with("--") {
        return match text.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (text, None),
        };
    }
    let valued = text.chars().nth(1).is_some_and(|c| SHORT_VALUED.contains(&c));
    match text.split_at_checked(2) {
        Some((name, value)) if valued && !value.is_empty() => {
            (name, Some(value.trim_start_matches('=')))
        }
        _ => (text, None),
    }
}

fn takes_value(name: &str) -> bool {
    if name.starts_with("--") {
        return !FLAGS.contains(&name);
    }
    // `-it`, `-ti`; in `-ite` the last one takes the value.
    name.chars().last().is_some_and(|c| SHORT_VALUED.contains(&c))
}

/// `K=V`, or `K` for the client's own value.
fn variable(text: &str, word: &Word) -> Setting {
    match text.split_once('=') {
        Some((name, value)) => setting(name, value, &word.location),
        None => {
            let name = redact::name(text);
            let value = SafeText::Reference(format!("${{{name}}}"));
            Setting { name, value, location: word.location.clone() }
        }
    }
}

/// Name and pin of an image reference.
pub(in crate::scan::agents) fn image_of(text: &str) -> Option<(String, Pin)> {
    let ImageRef { name, tag, digest } = ImageRef::parse(text);
    let fits = !name.is_empty()
        && name.chars().all(|c| c.is_ascii_alphanumeric() || "/._-:".contains(c))
        && redact::is_name(name);
    if !fits {
        return None;
    }
    let pin = match (digest, tag) {
        (Some(digest), _) if digest.starts_with("sha256:") && digest.len() == 71 => Pin::Digest,
        (_, None) => Pin::Absent,
        (_, Some(tag)) => version_pin(tag),
    };
    Some((name.to_owned(), pin))
}
