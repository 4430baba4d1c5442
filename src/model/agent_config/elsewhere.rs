//! What a configuration takes from places that it only names.

use crate::model::location::Location;

/// Something that a configuration takes from elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Elsewhere {
    /// What is taken, and from where.
    pub source: Source,
    /// Where it is named.
    pub location: Location,
}

/// Where settings come from that stand nowhere in the file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// A file, by the path that is written.
    File(String),
    /// A plugin of the client, by its name.
    Plugin(String),
    /// Text that is put together when it runs.
    Computed,
}

impl Elsewhere {
    /// Whether a configuration is what is taken: a file by its path, a plugin by its name.
    #[must_use]
    pub fn is(&self, other: &super::AgentConfig) -> bool {
        match &self.source {
            Source::File(written) => is_path_of(written, &other.location.path),
            Source::Plugin(name) => {
                let object = other.location.object.as_deref();
                object.and_then(|object| object.strip_prefix(PLUGIN)) == Some(name)
            }
            Source::Computed => false,
        }
    }

    /// For a person: what is not known.
    #[must_use]
    pub fn describe(&self) -> String {
        match &self.source {
            Source::File(path) => {
                format!("settings are taken from {path}, which is not among its configurations")
            }
            Source::Plugin(name) => format!(
                "plugin {name} brings servers, hooks and commands, and is not among its \
                 configurations"
            ),
            Source::Computed => "settings are put together when it runs".to_owned(),
        }
    }
}

/// What stands before the name of a plugin, as objects are called.
pub const PLUGIN: &str = "plugin/";

/// Whether a path that is written names a file of the evidence.
#[must_use]
pub fn is_path_of(written: &str, path: &str) -> bool {
    let written = written.trim_start_matches("./").trim_start_matches('/');
    !written.is_empty()
        && !written.contains("..")
        && !written.starts_with('~')
        && (path == written || path.ends_with(&format!("/{written}")))
}
