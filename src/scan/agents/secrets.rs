//! Secrets in plain text, anywhere in a configuration.
//!
//! A sweep over the whole document, apart from what the format reads: a key in
//! an argument, a URL, an allow rule or a setting nobody knows counts as much as
//! one in `env`.

use std::{collections::BTreeSet, sync::Arc};

use super::{names, patterns, redact};
use crate::{
    model::agent_config::LiteralSecret,
    source::{
        Document,
        node::{Mapping, Node, Place, Value},
    },
};

/// In which mappings the name of a key says that its value is a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KeyNames {
    /// In all of them.
    Everywhere,
    /// In environments and headers: elsewhere the format's own keys, such as
    /// kagent's `apiKeySecretKey`, speak of secrets without holding them.
    Environments,
}

/// Every literal secret of the document, in the order of its text.
pub(super) fn sweep(document: &Document, key_names: KeyNames) -> Vec<LiteralSecret> {
    let mut sweep =
        Sweep { file: &document.file, key_names, found: Vec::new(), seen: BTreeSet::new() };
    sweep.node(&document.root, "", key_names == KeyNames::Everywhere);
    sweep.found
}

/// Whether the value of a setting is a secret.
#[cfg(feature = "kubernetes")]
pub(super) fn in_setting(name: &str, value: &str) -> bool {
    alone(|sweep| sweep.setting(name, &Node::new(NOWHERE, Value::String(value.to_owned())), ""))
}

/// Whether text that has no name holds a secret.
#[cfg(feature = "kubernetes")]
pub(super) fn in_text(text: &str) -> bool {
    alone(|sweep| sweep.text(text, "", NOWHERE))
}

#[cfg(feature = "kubernetes")]
const NOWHERE: Place = Place { line: 0, column: 0 };

#[cfg(feature = "kubernetes")]
fn alone(look: impl FnOnce(&mut Sweep<'_>)) -> bool {
    let file = Arc::from("");
    let mut sweep = Sweep {
        file: &file,
        key_names: KeyNames::Environments,
        found: Vec::new(),
        seen: BTreeSet::new(),
    };
    look(&mut sweep);
    !sweep.found.is_empty()
}

/// Whether a mapping only says which key of which Secret holds a value.
fn names_a_key(mapping: &Mapping) -> bool {
    let known = ["name", "key", "namespace", "optional"];
    mapping.get("name").is_some()
        && mapping.entries.iter().all(|(key, _)| known.contains(&key.name.as_str()))
}

struct Sweep<'a> {
    file: &'a Arc<str>,
    key_names: KeyNames,
    found: Vec<LiteralSecret>,
    seen: BTreeSet<Place>,
}

impl Sweep<'_> {
    fn node(&mut self, node: &Node, path: &str, named: bool) {
        match &node.value {
            Value::Mapping(mapping) => {
                if let Some((name, value)) = name_and_value(node) {
                    self.setting(name, value, &below(path, name));
                }
                let named = named && !names_a_key(mapping);
                for (key, child) in &mapping.entries {
                    let place = below(path, &key.name);
                    let environment = matches!(
                        key.name.as_str(),
                        "env" | "environment" | "headers" | "defaultHeaders" | "http_headers"
                    );
                    if patterns::find(&key.name).is_some() {
                        self.note("secret as a name", &below(path, ""), key.place, &key.name);
                    }
                    match &child.value {
                        Value::Mapping(_) | Value::Sequence(_) => {
                            let all = self.key_names == KeyNames::Everywhere;
                            self.node(child, &place, all || environment);
                        }
                        _ if named => self.setting(&key.name, child, &place),
                        _ => self.node(child, &place, named),
                    }
                }
            }
            Value::Sequence(items) => self.list(items, path, named),
            Value::String(text) => self.text(text, path, node.place),
            Value::Null | Value::Bool(_) | Value::Int(_) | Value::Float(_) => {}
        }
    }

    /// A value with the name that it has.
    fn setting(&mut self, name: &str, value: &Node, path: &str) {
        let number = matches!(value.value, Value::Int(_) | Value::Float(_));
        let Some(text) = value.text() else { return };
        if names::is_secret(name) && !matches!(value.value, Value::Bool(_)) {
            // A count or a limit, however it is named.
            let small = number && text.len() < 4;
            if !small {
                self.literal(&text, path, value.place);
            }
        } else {
            self.text(&text, path, value.place);
        }
    }

    /// Words of a command line: a flag names what follows it.
    fn list(&mut self, items: &[Node], path: &str, named: bool) {
        let mut flag = None;
        for item in items {
            match item.as_str() {
                Some(word) => {
                    let is_flag = word.starts_with('-') && !word.contains([' ', '=']);
                    match flag {
                        Some(name) if !is_flag && names::is_secret(name) => {
                            self.literal(word, &below(path, name), item.place);
                        }
                        _ => self.text(word, path, item.place),
                    }
                    flag = is_flag.then_some(word);
                }
                None => {
                    flag = None;
                    self.node(item, path, named);
                }
            }
        }
    }

    /// Text without a name of its own.
    fn text(&mut self, text: &str, path: &str, place: Place) {
        if let Some(kind) = patterns::find(text) {
            self.note(kind, path, place, text);
            return;
        }
        if let Some(kind) = in_url(text) {
            self.note(kind, path, place, text);
            return;
        }
        let mut flag: Option<&str> = None;
        for word in text.split_whitespace().take(256) {
            let word = word.trim_matches(['"', '\'', ')', '(', ';', ',']);
            let (name, value) = match word.split_once('=') {
                Some((name, value)) => (Some(name), value),
                None => (flag, word),
            };
            let bearer = flag.is_some_and(|flag| flag.eq_ignore_ascii_case("bearer"));
            if !value.starts_with('-')
                && !value.is_empty()
                && name.is_some_and(|name| bearer || is_marker(name))
                && self.literal(value.trim_end_matches(":*"), path, place)
            {
                return;
            }
            let names_next = (word.starts_with('-') && !word.contains('='))
                || word.eq_ignore_ascii_case("bearer")
                || word.ends_with(':');
            flag = names_next.then_some(word);
        }
    }

    /// A value that holds a secret unless it refers to one or holds a place
    /// for one. Tells whether it does.
    fn literal(&mut self, text: &str, path: &str, place: Place) -> bool {
        if let Some(kind) = patterns::find(text) {
            self.note(kind, path, place, text);
            return true;
        }
        let bare = text.trim();
        let bare = bare
            .split_once(' ')
            .filter(|(scheme, _)| {
                ["bearer", "basic", "token"].iter().any(|known| known.eq_ignore_ascii_case(scheme))
            })
            .map_or(bare, |(_, rest)| rest.trim());
        if let Some(default) = redact::default_of(bare) {
            return !default.is_empty() && self.literal(default, path, place);
        }
        let word = ["true", "false", "0", "1", "yes", "no", "on", "off"]
            .iter()
            .any(|word| word.eq_ignore_ascii_case(bare));
        if bare.contains("{{")
            || word
            || patterns::is_placeholder(bare)
            || redact::reference(bare).is_some()
        {
            return false;
        }
        self.note("value of a secret setting", path, place, text);
        true
    }

    fn note(&mut self, kind: &'static str, path: &str, place: Place, value: &str) {
        if self.seen.insert(place) {
            let location = place.location(self.file);
            let place = if path.is_empty() { "the document".to_owned() } else { path.to_owned() };
            self.found.push(LiteralSecret { kind, place, location, digest: redact::digest(value) });
        }
    }
}

/// Whether the word before a value says that it is secret: `--token`,
/// `Authorization:`, `API_KEY=`.
fn is_marker(name: &str) -> bool {
    let shaped = name.starts_with('-')
        || name.ends_with(':')
        || name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    shaped && names::is_secret(name)
}

fn name_and_value(node: &Node) -> Option<(&str, &Node)> {
    Some((node.str_at("name")?, node.get("value")?))
}

/// `parent.child`, as far as both may be shown.
fn below(path: &str, name: &str) -> String {
    let name = if name.is_empty() { String::new() } else { redact::name(name) };
    match (path.is_empty(), name.is_empty()) {
        (true, _) => name,
        (_, true) => path.to_owned(),
        _ => format!("{path}.{name}"),
    }
}

/// A password or a key inside a URL.
fn in_url(text: &str) -> Option<&'static str> {
    let (_, rest) = text.split_once("://")?;
    let end = rest.find(['/', '?', '#', ' ']).unwrap_or(rest.len());
    let (authority, rest) = rest.split_at_checked(end)?;
    if let Some((user, _)) = authority.rsplit_once('@')
        && let Some((_, password)) = user.split_once(':')
        && is_literal(password)
    {
        return Some("password in a URL");
    }
    let (_, query) = rest.split_once('?')?;
    query.split(['&', ' ', '#']).find_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        (names::is_secret(name) && is_literal(value)).then_some("secret in a URL")
    })
}

fn is_literal(value: &str) -> bool {
    !value.is_empty()
        && redact::reference(value).is_none()
        && !value.contains("${")
        && !patterns::is_placeholder(value)
}
