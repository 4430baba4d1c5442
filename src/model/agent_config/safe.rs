//! Text from a configuration that may be printed.

use std::fmt;

use crate::model::location::Location;

/// A value of a setting, made safe where it was read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum SafeText {
    /// Harmless text as written: a word, a switch value, a list of names.
    Plain(String),
    /// A reference that is resolved elsewhere: `${TOKEN}`; its default, if it
    /// has one, is left out.
    Reference(String),
    /// Anything else; it could be a secret.
    Withheld {
        /// `sha256:…` of the value.
        digest: String,
    },
}

impl SafeText {
    /// The text, where it is known.
    #[must_use]
    pub fn plain(&self) -> Option<&str> {
        match self {
            Self::Plain(text) => Some(text),
            Self::Reference(_) | Self::Withheld { .. } => None,
        }
    }
}

impl fmt::Display for SafeText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain(text) | Self::Reference(text) => f.write_str(text),
            Self::Withheld { .. } => f.write_str("(withheld)"),
        }
    }
}

/// A URL without user, password, query and anything in its path that could be a secret.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SafeUrl {
    /// `https`.
    pub scheme: String,
    /// Host with port, lower case; references stay as written.
    pub host: String,
    /// Path with its leading slash; withheld segments are `(withheld)`.
    pub path: String,
}

impl SafeUrl {
    /// Whether what it carries can be read on the way: neither TLS nor the same machine.
    #[must_use]
    pub fn is_plain_http(&self) -> bool {
        self.scheme == "http" && !self.is_loopback()
    }

    /// The port, where it is written or follows from the scheme.
    #[must_use]
    pub fn port(&self) -> Option<u16> {
        let behind = self.host.rsplit(']').next().unwrap_or_default();
        match (behind.rsplit_once(':'), self.scheme.as_str()) {
            (Some((_, port)), _) => port.parse().ok(),
            (None, "http") => Some(80),
            (None, "https") => Some(443),
            (None, _) => None,
        }
    }

    /// Whether it names the same machine.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        let name = match self.host.strip_prefix('[') {
            Some(bracketed) => bracketed.split(']').next().unwrap_or_default(),
            None => self.host.split(':').next().unwrap_or_default(),
        };
        matches!(name, "localhost" | "127.0.0.1" | "::1")
    }
}

impl fmt::Display for SafeUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}{}", self.scheme, self.host, self.path)
    }
}

/// A secret in plain text: everything about it but its value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct LiteralSecret {
    /// What it looks like: `GitHub token`, `value of a secret setting`.
    pub kind: &'static str,
    /// Where in the configuration: `env GITHUB_TOKEN of server github`.
    pub place: String,
    /// The line.
    pub location: Location,
    /// `sha256:…` of the value, to recognise it again elsewhere.
    pub digest: String,
}
