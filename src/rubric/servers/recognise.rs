//! Which server a launch starts: by package, image, program or URL, never by
//! the name that a configuration gives it.

use serde::Deserialize;

use super::client::Wrappers;
use crate::model::{
    agent_config::{Argument, Program, SafeUrl, Server, Transport},
    image::ImageRef,
};

/// How a server is recognised; any one of these is enough.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Recogniser {
    /// npm packages.
    pub npm: Vec<String>,
    /// PyPI distributions and the executables they install, names normalised.
    pub pypi: Vec<String>,
    /// Container images without tag.
    pub image: Vec<String>,
    /// Executables without folder and `.exe`.
    pub binary: Vec<String>,
    /// URLs: `*` stands for any part of a label of the host, and first of all for any
    /// labels; a pattern matches itself and everything below it.
    pub url: Vec<String>,
    /// Words that the command line must have as well.
    pub arguments: Vec<String>,
}

impl Recogniser {
    /// Whether this is the server.
    #[must_use]
    pub fn matches(&self, server: &Server, wrappers: &Wrappers) -> bool {
        match &server.transport {
            Transport::Http { url, .. } => url.as_ref().is_some_and(|url| self.matches_url(url)),
            Transport::Unreadable => false,
            Transport::Stdio(launch) => {
                let program = self.matches_program(&launch.program);
                let passed_on = wrappers.passes_on(&launch.program)
                    && launch.arguments.iter().any(|argument| match argument {
                        Argument::Url(url) => self.matches_url(url),
                        Argument::Flag { .. } | Argument::Word(_) => false,
                    });
                (program && self.has_arguments(&launch.arguments)) || passed_on
            }
        }
    }

    fn matches_program(&self, program: &Program) -> bool {
        match program {
            Program::Npm(name) => self.npm.contains(name),
            Program::PyPi(name) => self.is_distribution(name),
            Program::Image(name) => self
                .image
                .iter()
                .any(|known| ImageRef::parse(known).familiar() == ImageRef::parse(name).familiar()),
            // An installed package leaves a program of its own name behind.
            Program::Binary(name) => {
                self.binary.contains(name) || self.npm.contains(name) || self.is_distribution(name)
            }
            Program::PythonFile(_) | Program::Opaque(_) => false,
        }
    }

    fn is_distribution(&self, name: &str) -> bool {
        self.pypi.iter().any(|known| normalised(known).eq(normalised(name)))
    }

    fn has_arguments(&self, arguments: &[Argument]) -> bool {
        self.arguments.iter().all(|wanted| {
            arguments.iter().any(|argument| match argument {
                Argument::Flag { name, .. } => name == wanted,
                Argument::Word(text) => text.plain() == Some(wanted),
                Argument::Url(_) => false,
            })
        })
    }

    fn matches_url(&self, url: &SafeUrl) -> bool {
        self.url.iter().any(|pattern| url_matches(pattern, url))
    }
}

/// A distribution's name as PyPI compares it: case and the kind of separator
/// say nothing.
fn normalised(name: &str) -> impl Iterator<Item = String> + '_ {
    name.split(['.', '_', '-']).filter(|part| !part.is_empty()).map(str::to_ascii_lowercase)
}

pub(super) fn url_matches(pattern: &str, url: &SafeUrl) -> bool {
    let (scheme, rest) = match pattern.split_once("://") {
        Some((scheme, rest)) => (Some(scheme), rest),
        None => (None, pattern),
    };
    let (host, path) = match rest.find('/') {
        Some(at) => rest.split_at(at),
        None => (rest, ""),
    };
    if scheme.is_some_and(|scheme| scheme != url.scheme) {
        return false;
    }
    let host_given = if host.contains(':') { url.host.as_str() } else { without_port(&url.host) };
    let path_given = url.path.trim_end_matches('/');
    let path = path.trim_end_matches('/');
    same_labels(host, host_given)
        && (path_given == path
            || path_given.strip_prefix(path).is_some_and(|rest| rest.starts_with('/')))
}

/// Whether a host is the pattern's, label by label from its end: a name that somebody else
/// may register has more labels, or others. A star that stands first is any labels at all.
fn same_labels(pattern: &str, host: &str) -> bool {
    let (mut wanted, mut given) = (pattern.rsplit('.').peekable(), host.rsplit('.'));
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return true,
            (Some("*"), Some(_)) if wanted.peek().is_none() => return true,
            (Some(wanted), Some(given)) if glob(wanted, given) => {}
            _ => return false,
        }
    }
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        Some(_) | None => host,
    }
}

/// Whether `text` matches `pattern`, in which `*` stands for any text.
#[must_use]
pub fn glob(pattern: &str, text: &str) -> bool {
    let Some((head, tail)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut rest) = text.strip_prefix(head) else { return false };
    let mut parts = tail.split('*').peekable();
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        match rest.find(part) {
            Some(at) => rest = rest.get(at + part.len()..).unwrap_or_default(),
            None => return false,
        }
    }
    true
}
