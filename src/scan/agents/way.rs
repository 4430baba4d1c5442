//! The way to a server, read again from the file that names it.
//!
//! What is kept of a configuration holds no secret, so it cannot start anything. Who
//! was asked to start or call a server reads its entry again, at its place, when it is
//! needed; what comes of it can neither be printed nor written anywhere.

use std::{collections::BTreeMap, sync::Arc};

use super::{
    carried,
    entries::{all, argument_words, command_words, is_template},
    redact,
};
use crate::{
    model::{agent_config::Server, location::Location},
    source::{files::FileRef, limits::Limits, node::Node, read},
};

/// How a server is reached, secrets included. It has no `Debug` for that reason.
pub(crate) enum Way {
    /// It is started.
    Process {
        /// The program.
        program: String,
        /// What it is given.
        arguments: Vec<String>,
        /// The variables that the entry sets.
        env: BTreeMap<String, String>,
        /// The folder that the entry names.
        folder: Option<String>,
    },
    /// It is called.
    Http {
        /// Where.
        url: String,
        /// What is sent along.
        headers: Vec<(String, String)>,
    },
}

/// Why there is no way to a server.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NoWay {
    /// The file could not be read again.
    #[error("its entry cannot be read again: {0}")]
    Unread(String),
    /// Nothing stands at its place that could be started or called.
    #[error("its entry names nothing that can be started or called from here")]
    Nothing,
    /// It stands in a file that an object of a cluster carries.
    #[error(
        "its entry is in a file that a ConfigMap or a Secret carries: it runs where that is \
             mounted, not here"
    )]
    Carried,
    /// What it starts is decided elsewhere.
    #[error("its entry is a template: what it starts is decided when it is rendered")]
    Template,
    /// A variable that the entry refers to is not set.
    #[error("its entry refers to variable {0}, which is not set")]
    Unset(String),
    /// Only the client can resolve a reference of the entry.
    #[error("its entry holds a reference that only its client can resolve ({0})")]
    Foreign(&'static str),
}

impl Way {
    /// Every text of it that could be a secret: values of variables and headers, and
    /// arguments that are no plain words.
    pub(crate) fn secrets(&self) -> Vec<&str> {
        const SHORT: usize = 3;
        let values: Vec<&String> = match self {
            Self::Process { arguments, env, .. } => {
                let words = arguments.iter().filter(|word| !redact::is_harmless(word));
                env.values().chain(words).collect()
            }
            Self::Http { url, headers } => {
                headers.iter().map(|(_, value)| value).chain([url]).collect()
            }
        };
        values.into_iter().filter(|value| value.len() > SHORT).map(String::as_str).collect()
    }
}

/// Reads the entry of `server` again and resolves what it refers to; `known` gives the
/// value of a variable, and is only asked for those that the entry names.
pub(crate) fn to(
    server: &Server,
    file: &FileRef,
    limits: &Limits,
    known: &dyn Fn(&str) -> Option<String>,
) -> Result<Way, NoWay> {
    let mut found = None;
    let mut carries = false;
    read::read_documents(file, limits, &mut |document| {
        if found.is_none() {
            found = entry_at(&document.root, &document.file, &server.location)
                .map(|entry| way(entry, &document.file, known));
        }
        carries |= carried::is_carrier(&document);
    })
    .map_err(|error| NoWay::Unread(error.reason()))?;
    found.unwrap_or(Err(if carries { NoWay::Carried } else { NoWay::Nothing }))
}

/// The entry at a place: the value of a key that stands there, or an item.
fn entry_at<'n>(root: &'n Node, file: &Arc<str>, place: &Location) -> Option<&'n Node> {
    let is_there = |location: &Location| {
        place.line.is_some() && (location.line, location.column) == (place.line, place.column)
    };
    let mut queue = vec![root];
    while let Some(node) = queue.pop() {
        for (key, value) in node.entries() {
            if is_there(&key.place.location(file)) && value.as_mapping().is_some() {
                return Some(value);
            }
            queue.push(value);
        }
        for item in node.as_sequence().unwrap_or_default() {
            if is_there(&item.location(file)) && item.as_mapping().is_some() {
                return Some(item);
            }
            queue.push(item);
        }
    }
    None
}

fn way(
    entry: &Node,
    file: &Arc<str>,
    known: &dyn Fn(&str) -> Option<String>,
) -> Result<Way, NoWay> {
    if is_template(entry) {
        return Err(NoWay::Template);
    }
    let resolve = |text: &str| resolved(text, known);
    if let Some(command) = entry.get("command").or_else(|| entry.get("cmd")) {
        let mut words = command_words(command, file);
        for args in all(entry, "args") {
            words.extend(argument_words(args, file));
        }
        let mut words = words.iter().map(|word| resolve(&word.text));
        let program = words.next().ok_or(NoWay::Nothing)??;
        let arguments = words.collect::<Result<_, _>>()?;
        let mut env = BTreeMap::new();
        for key in ["env", "environment"] {
            for node in all(entry, key) {
                env.extend(pairs(node, &resolve)?);
            }
        }
        let folder = entry.str_at("cwd").map(resolve).transpose()?;
        return Ok(Way::Process { program, arguments, env, folder });
    }
    let url = ["url", "httpUrl", "serverUrl"].iter().find_map(|key| entry.str_at(key));
    let Some(url) = url else { return Err(NoWay::Nothing) };
    let mut headers = Vec::new();
    for node in all(entry, "headers") {
        headers.extend(pairs(node, &resolve)?);
    }
    Ok(Way::Http { url: resolve(url)?, headers })
}

/// Names and values: a mapping, or a list of `{name, value}`.
fn pairs(
    node: &Node,
    resolve: &dyn Fn(&str) -> Result<String, NoWay>,
) -> Result<Vec<(String, String)>, NoWay> {
    let mut pairs = Vec::new();
    for (key, value) in node.entries() {
        let text = value.text().unwrap_or_default();
        pairs.push((key.name.clone(), resolve(&text)?));
    }
    for item in node.as_sequence().unwrap_or_default() {
        let Some(name) = item.str_at("name") else { continue };
        match item.get("value").and_then(Node::text) {
            Some(text) => pairs.push((name.to_owned(), resolve(&text)?)),
            None => return Err(NoWay::Foreign("a value from elsewhere")),
        }
    }
    Ok(pairs)
}

/// Text with its references replaced: `${NAME}`, `${NAME:-default}`, `${env:NAME}` and
/// `{env:NAME}`. Other text stays, `$NAME` included: clients differ in whether they
/// read that.
fn resolved(text: &str, known: &dyn Fn(&str) -> Option<String>) -> Result<String, NoWay> {
    let mut shown = String::new();
    let mut rest = text;
    loop {
        let Some((at, opening)) = ["${", "{env:", "{file:"]
            .into_iter()
            .filter_map(|opening| rest.find(opening).map(|at| (at, opening)))
            .min_by_key(|(at, _)| *at)
        else {
            shown.push_str(rest);
            return Ok(shown);
        };
        let (before, after) = rest.split_at_checked(at).unwrap_or((rest, ""));
        shown.push_str(before);
        let after = after.get(opening.len()..).unwrap_or_default();
        let Some((inner, tail)) = after.split_once('}') else {
            shown.push_str(opening);
            shown.push_str(after);
            return Ok(shown);
        };
        if opening == "{file:" {
            return Err(NoWay::Foreign("a file"));
        }
        let inner = inner.strip_prefix("env:").unwrap_or(inner);
        let (name, default) = match inner.split_once(":-") {
            Some((name, default)) => (name, Some(default)),
            None => (inner, None),
        };
        if name.starts_with("input:") {
            return Err(NoWay::Foreign("an input that it asks for"));
        }
        let is_name = !name.is_empty()
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if !is_name {
            return Err(NoWay::Foreign("not a variable"));
        }
        match known(name).or_else(|| default.map(str::to_owned)) {
            Some(value) => shown.push_str(&value),
            None => return Err(NoWay::Unset(redact::name(name))),
        }
        rest = tail;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(name: &str) -> Option<String> {
        (name == "TOKEN").then(|| "s3cret".to_owned())
    }

    #[test]
    fn references_are_resolved_in_every_spelling_that_names_a_variable() {
        for (text, expected) in [
            ("Bearer ${TOKEN}", "Bearer s3cret"),
            ("${env:TOKEN}", "s3cret"),
            ("{env:TOKEN}/x", "s3cret/x"),
            ("${MISSING:-fallback}", "fallback"),
            ("${TOKEN:-fallback}", "s3cret"),
            ("$TOKEN and ${", "$TOKEN and ${"),
        ] {
            assert_eq!(resolved(text, &known).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_cannot_be_resolved_stops_the_launch_and_says_why() {
        assert_eq!(resolved("${MISSING}", &known), Err(NoWay::Unset("MISSING".to_owned())));
        for text in ["${input:token}", "{file:~/.token}", "${{ secrets.TOKEN }}", "${/}"] {
            assert!(matches!(resolved(text, &known), Err(NoWay::Foreign(_))), "{text}");
        }
    }
}
