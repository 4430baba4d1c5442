//! Where something stands: every claim gradus makes can be looked up.

use std::{fmt, sync::Arc};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A place in the evidence: a file (relative to the workspace, `/` separated),
/// with line and column (both from 1) where the format has them, and the
/// object it belongs to, such as `ClusterRoleBinding/sre-bot`.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub struct Location {
    /// Path as shown to a person.
    pub path: Arc<str>,
    /// Line from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// Column from 1, in characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<u32>,
    /// `Kind/name`, `Kind/namespace/name` or an ARN.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<Arc<str>>,
}

impl Location {
    /// A whole file.
    pub fn file(path: impl Into<Arc<str>>) -> Self {
        Self { path: path.into(), line: None, column: None, object: None }
    }

    /// A line and column (from 1) of a file.
    pub fn at(path: impl Into<Arc<str>>, line: u32, column: u32) -> Self {
        Self { path: path.into(), line: Some(line), column: Some(column), object: None }
    }

    /// The same place, said to belong to `object`.
    #[must_use]
    pub fn with_object(mut self, object: impl Into<Arc<str>>) -> Self {
        self.object = Some(object.into());
        self
    }
}

/// Where a line or a value begins in the text of a file; of a compressed file, in what it
/// holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TextStart {
    /// Line from 1.
    pub line: u64,
    /// Bytes before it; none where nobody counted them.
    pub byte: Option<u64>,
}

impl From<u64> for TextStart {
    /// A line whose bytes nobody counted.
    fn from(line: u64) -> Self {
        Self { line, byte: None }
    }
}

/// `path:line:column`, as editors and terminals understand it.
impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
            if let Some(column) = self.column {
                write!(f, ":{column}")?;
            }
        }
        Ok(())
    }
}
