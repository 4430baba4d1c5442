//! MCP servers as a client starts or calls them.

use super::safe::{SafeText, SafeUrl};
use crate::model::location::Location;

/// One server of a configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// The name the configuration gives it. Names lie: it decides nothing but
    /// which permission rules speak of it.
    pub name: String,
    /// The entry.
    pub location: Location,
    /// Whether the client uses it.
    pub state: ServerState,
    /// How it is reached.
    pub transport: Transport,
    /// Environment it is given, repeated names included.
    pub env: Vec<Setting>,
    /// Whether part of its environment stands elsewhere (`envFile`,
    /// `--env-file`) and is not known.
    pub env_elsewhere: bool,
    /// Tool patterns that the client runs without asking (`autoApprove`,
    /// `alwaysAllow`), with their places.
    pub auto_approved: Vec<(String, Location)>,
    /// Tool patterns that the client keeps from the agent (`disabledTools`,
    /// `excludeTools`), with their places.
    pub hidden: Vec<(String, Location)>,
    /// The only tools that the client hands on (`includeTools`), where it selects:
    /// every other one does not exist for the agent.
    pub selected: Option<Vec<(String, Location)>>,
    /// Set where the client runs it in a sandbox and asks nothing in return.
    pub sandboxed: Option<Location>,
}

/// Whether a client uses a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServerState {
    /// It does.
    Enabled,
    /// It is switched off; it still holds its credentials.
    Disabled,
}

/// A named value: an environment variable or a header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// Its name as written.
    pub name: String,
    /// Its value.
    pub value: SafeText,
    /// Where the value stands.
    pub location: Location,
}

/// How a server is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Transport {
    /// Started by the client.
    Stdio(Launch),
    /// Called over HTTP.
    Http {
        /// Where; none where the text is no URL that can be read.
        url: Option<SafeUrl>,
        /// Headers sent along.
        headers: Vec<Setting>,
    },
    /// The entry says neither.
    Unreadable,
}

impl Transport {
    /// Whether the same program runs tomorrow: what is called elsewhere may be changed by
    /// whoever runs it, and a tag of an image be moved.
    #[must_use]
    pub fn is_fixed(&self) -> bool {
        match self {
            Self::Stdio(launch) => match (&launch.program, &launch.pin) {
                (Program::Image(_), Pin::Exact(_)) => false,
                (_, Pin::Exact(_) | Pin::Digest) => true,
                (_, Pin::Floating(_) | Pin::Absent | Pin::Installed) => false,
            },
            Self::Http { .. } | Self::Unreadable => false,
        }
    }
}

/// A command line that starts a server, taken apart.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Launch {
    /// What is run in the end, past launchers such as `npx` and `docker run`.
    pub program: Program,
    /// Whether the same program runs tomorrow.
    pub pin: Pin,
    /// What the program is given.
    pub arguments: Vec<Argument>,
    /// `sha256:…` of the command line as it is written, with all that is not kept of it.
    pub line: String,
}

impl Launch {
    /// Whether both run the same with the same arguments, wherever they are written.
    #[must_use]
    pub fn same_as(&self, other: &Self) -> bool {
        let same = |(one, other): (&Argument, &Argument)| match (one, other) {
            (
                Argument::Flag { name, value, location: _ },
                Argument::Flag { name: other_name, value: other_value, location: _ },
            ) => name == other_name && value == other_value,
            (one, other) => one == other,
        };
        self.program == other.program
            && self.pin == other.pin
            && self.arguments.len() == other.arguments.len()
            && self.arguments.iter().zip(&other.arguments).all(same)
    }
}

/// What a command line runs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Program {
    /// An npm package.
    Npm(String),
    /// A Python distribution, name normalised as PyPI does.
    PyPi(String),
    /// A container image without tag and digest.
    Image(String),
    /// An executable, without folder and `.exe`.
    Binary(String),
    /// A file of Python, by the path that it has in the evidence if it is there.
    PythonFile(String),
    /// Something that no catalogue could know; says what: `a shell script`.
    Opaque(&'static str),
}

impl Program {
    /// For a person: `npm package kubernetes-mcp-server`.
    #[must_use]
    pub fn describe(&self) -> String {
        match self {
            Self::Npm(name) => format!("npm package {name}"),
            Self::PyPi(name) => format!("PyPI package {name}"),
            Self::Image(name) => format!("image {name}"),
            Self::Binary(name) => format!("program {name}"),
            Self::PythonFile(path) => format!("Python program {path}"),
            Self::Opaque(what) => (*what).to_owned(),
        }
    }
}

/// Whether the same program runs tomorrow.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Pin {
    /// One exact version.
    Exact(String),
    /// One exact content.
    Digest,
    /// A version that moves: `latest`, a range, a branch.
    Floating(String),
    /// No version at all: the newest one runs.
    Absent,
    /// What is installed on the machine; the configuration does not decide it.
    Installed,
}

impl Pin {
    /// The word used in every format.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Exact(_) => "exact",
            Self::Digest => "digest",
            Self::Floating(_) => "floating",
            Self::Absent => "absent",
            Self::Installed => "installed",
        }
    }
}

/// One word of a command line after the program.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Argument {
    /// `--name`, `--name=value`, `-n`.
    Flag {
        /// With its dashes.
        name: String,
        /// What follows `=`.
        value: Option<SafeText>,
        /// Where it stands.
        location: Location,
    },
    /// Anything else; it may be the value of the flag before it.
    Word(SafeText),
    /// A URL.
    Url(SafeUrl),
}
