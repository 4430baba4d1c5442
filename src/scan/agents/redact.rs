//! What of a configuration's text may be kept.
//!
//! The rule is an allow list: text is kept only where its shape says that it is
//! a word, a number of a few digits, or a reference. Whatever could be a secret
//! leaves this file as a digest.

use sha2::{Digest, Sha256};

use super::{names, patterns};
use crate::model::agent_config::{SafeText, SafeUrl};

/// Shown in place of a name that could be a secret.
pub(super) const WITHHELD: &str = "(withheld)";

/// Longest text that is kept.
const LONGEST: usize = 400;

/// `sha256:…` of a value.
pub(super) fn digest(value: &str) -> String {
    use std::fmt::Write as _;
    let mut text = String::from("sha256:");
    for byte in Sha256::digest(value.as_bytes()) {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

fn withheld(value: &str) -> SafeText {
    SafeText::Withheld { digest: digest(value) }
}

/// A setting's value; `name` is that of the variable, flag or header.
pub(super) fn value(name: &str, text: &str) -> SafeText {
    let trimmed = text.trim();
    if trimmed.is_empty() {
        return SafeText::Plain(String::new());
    }
    if let Some(reference) = reference(trimmed) {
        return SafeText::Reference(reference);
    }
    let boolean = ["true", "false", "yes", "no", "on", "off", "0", "1"]
        .iter()
        .any(|word| word.eq_ignore_ascii_case(trimmed));
    if boolean || (!names::is_secret(name) && is_harmless(trimmed)) {
        SafeText::Plain(text.to_owned())
    } else {
        withheld(text)
    }
}

/// A name: of a server, a tool, a package, a resource.
pub(crate) fn name(text: &str) -> String {
    if is_name(text) { text.to_owned() } else { WITHHELD.to_owned() }
}

/// The name of a model: it may end in the day of its making, which looks random.
pub(super) fn model(text: &str) -> String {
    let is_day = |part: &str| part.len() == 8 && part.bytes().all(|byte| byte.is_ascii_digit());
    let plain = |part: &str| is_day(part) || part.is_empty() || is_harmless(part);
    let fits = text.len() <= 100 && text.split(['-', '@', ':', '/', '.']).all(plain);
    if fits { text.to_owned() } else { name(text) }
}

/// The name or pattern of what something opens: one that may not be shown could be any.
pub(super) fn opened(text: &str) -> String {
    if is_name(text) { text.to_owned() } else { "*".to_owned() }
}

/// Whether text is fit to be shown as a name.
pub(super) fn is_name(text: &str) -> bool {
    text.len() <= LONGEST
        && !text.is_empty()
        && text.chars().all(|c| c.is_ascii_alphanumeric() || " _.,:/@~*-+()[]".contains(c))
        && !patterns::is_random(text)
        && patterns::find(text).is_none()
}

/// Words of a command line, as in `Bash(git push:*)`: each is kept or withheld.
pub(crate) fn words(text: &str) -> String {
    let mut secret_next = false;
    let mut kept = Vec::new();
    for word in text.split_whitespace().take(64) {
        let bare = word.trim_matches(['"', '\'', '(', ')', ';', ',']);
        let (head, tail) = bare.split_once('=').unwrap_or((bare, ""));
        let secret = secret_next || (!tail.is_empty() && names::is_secret(head));
        secret_next = bare.starts_with('-')
            && tail.is_empty()
            && (names::is_secret(bare) || matches!(bare, "-u" | "--user"))
            || bare.ends_with(':') && names::is_secret(bare)
            || matches!(bare.to_ascii_lowercase().as_str(), "bearer" | "basic");
        // A program's name may end in a version.
        let program = kept.is_empty() && !bare.contains('=') && is_name(word);
        let shown = !secret
            && (program
                || is_harmless(word)
                || (reference(word).is_some() && names::is_plain_shape(word)));
        kept.push(if shown { word } else { WITHHELD });
    }
    kept.join(" ")
}

/// Schemes that servers are reached by. What stands before `://` otherwise is
/// no scheme, and may be anything.
const SCHEMES: [&str; 14] = [
    "http",
    "https",
    "ws",
    "wss",
    "git+https",
    "git+ssh",
    "ssh",
    "file",
    "postgres",
    "postgresql",
    "mysql",
    "mongodb",
    "mongodb+srv",
    "redis",
];

/// A URL; none where the text is none.
pub(super) fn url(text: &str) -> Option<SafeUrl> {
    let (scheme, rest) = text.trim().split_once("://")?;
    let scheme = scheme.to_ascii_lowercase();
    if !SCHEMES.contains(&scheme.as_str()) {
        return None;
    }
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, rest) = rest.split_at_checked(end)?;
    let host = authority.rsplit('@').next().unwrap_or(authority);
    let host = host_text(host);
    let path = rest.split(['?', '#']).next().unwrap_or_default();
    let path = path
        .split('/')
        .map(|segment| match reference(segment) {
            Some(reference) => reference,
            None if segment.is_empty() || is_harmless(segment) => segment.to_owned(),
            None => WITHHELD.to_owned(),
        })
        .collect::<Vec<_>>()
        .join("/");
    Some(SafeUrl { scheme, host, path })
}

/// A host, whose labels may hold references.
fn host_text(host: &str) -> String {
    if let Some(reference) = reference(host) {
        return reference.to_ascii_lowercase();
    }
    let fits = |c: char| c.is_ascii_alphanumeric() || ".-_:[]*".contains(c);
    if host.len() <= 255 && host.chars().all(fits) && !patterns::is_random(host) {
        host.to_ascii_lowercase()
    } else {
        WITHHELD.to_owned()
    }
}

/// The text with its references named and their defaults left out, where it
/// holds at least one and nothing else that must be withheld.
pub(super) fn reference(text: &str) -> Option<String> {
    let mut shown = String::new();
    let mut rest = text;
    let mut found = false;
    while let Some(at) = rest.find(['$', '{', '%']) {
        let (before, after) = rest.split_at_checked(at)?;
        shown.push_str(before);
        let (opening, name, length) = reference_at(after)?;
        if !names::is_plain_shape(name) || patterns::is_random(name) {
            return None;
        }
        shown.push_str(opening);
        shown.push_str(name);
        if opening.ends_with('{') {
            shown.push('}');
        }
        found = true;
        rest = after.get(length..)?;
    }
    shown.push_str(rest);
    let others: String = shown.chars().map(|c| if "${}%".contains(c) { ' ' } else { c }).collect();
    let literal = others.split_whitespace().all(is_harmless);
    (found && literal && text.len() <= LONGEST).then_some(shown)
}

/// The reference that `text` starts with: its opening, its name, and how long
/// it is as written.
fn reference_at(text: &str) -> Option<(&'static str, &str, usize)> {
    for (opening, closing) in [("${{", "}}"), ("${", "}"), ("{env:", "}"), ("{file:", "}")] {
        if let Some(rest) = text.strip_prefix(opening) {
            let end = rest.find(closing)?;
            let inner = rest.get(..end)?.trim();
            // `${NAME:-default}`, but `${env:NAME}` names a source first.
            let inner = inner.split(":-").next().unwrap_or(inner);
            return Some(("${", inner, opening.len() + end + closing.len()));
        }
    }
    if let Some(rest) = text.strip_prefix('$') {
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
        let name = rest.get(..end).filter(|name| !name.is_empty())?;
        return Some(("$", name, 1 + end));
    }
    let rest = text.strip_prefix('%')?;
    let end = rest.find('%')?;
    let name = rest.get(..end).filter(|name| !name.is_empty())?;
    Some(("$", name, end + 2))
}

/// The default inside `${NAME:-default}`, if the text is one.
pub(super) fn default_of(text: &str) -> Option<&str> {
    let inner = text.trim().strip_prefix("${")?.strip_suffix('}')?;
    inner.split_once(":-").map(|(_, default)| default)
}

/// Whether text is of a shape that secrets do not have: letters, or at most
/// four characters where there are digits.
pub(super) fn is_harmless(text: &str) -> bool {
    text.len() <= LONGEST
        && text.chars().all(|c| c.is_ascii_alphanumeric() || " _.,:;/@=~*-".contains(c))
        && text
            .split(|c: char| !c.is_ascii_alphanumeric())
            .all(|run| run.len() <= 5 || !run.bytes().any(|byte| byte.is_ascii_digit()))
        && !patterns::is_random(text)
        && patterns::find(text).is_none()
}
