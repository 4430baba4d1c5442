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
    /// Whether a configuration is what is taken: a file by its path. Which folder a
    /// plugin's marketplace is nothing here tells, and another plugin may have its name.
    #[must_use]
    pub fn is(&self, other: &super::AgentConfig) -> bool {
        match &self.source {
            Source::File(written) => is_path_of(written, &self.location.path, &other.location.path),
            Source::Plugin(_) | Source::Computed => false,
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
                "plugin {name} brings servers, hooks and commands, and its marketplace is not \
                 read"
            ),
            Source::Computed => "settings are put together when it runs".to_owned(),
        }
    }
}

/// What stands before the name of a plugin, as objects are called.
pub const PLUGIN: &str = "plugin/";

/// Where a plugin's own description lies: its paths begin at the folder above.
const OF_PLUGIN: &str = ".claude-plugin/";

/// Whether a path that is written in the file `from` names the file `path` of the
/// evidence: it begins in the folder of that file, or where the evidence does.
#[must_use]
pub fn is_path_of(written: &str, from: &str, path: &str) -> bool {
    let plain = !written.is_empty() && !written.contains("..") && !written.starts_with('~');
    let folder = from.rfind('/').and_then(|end| from.get(..=end)).unwrap_or_default();
    let folder = match folder.strip_suffix(OF_PLUGIN) {
        Some(above) if above.is_empty() || above.ends_with('/') => above,
        _ => folder,
    };
    let below = written.trim_start_matches("./");
    plain && (path == below || path.strip_prefix(folder) == Some(below))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_begins_at_the_file_that_names_it_or_where_the_evidence_begins() {
        assert!(is_path_of("settings.json", "ops/run.sh", "ops/settings.json"));
        assert!(is_path_of("./ops/settings.json", "ci/run.sh", "ops/settings.json"));
        assert!(is_path_of("./mcp.json", "helper/.claude-plugin/plugin.json", "helper/mcp.json"));
    }

    #[test]
    fn a_file_of_that_name_in_another_folder_is_another() {
        assert!(!is_path_of("settings.json", "run.sh", ".claude/settings.json"));
        assert!(!is_path_of("mcp.json", "run.sh", ".cursor/mcp.json"));
        assert!(!is_path_of("/etc/mcp.json", "run.sh", "etc/mcp.json"));
        assert!(!is_path_of("../mcp.json", "ci/run.sh", "mcp.json"));
    }
}
