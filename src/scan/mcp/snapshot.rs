//! One answer of one server as a file. [`crate::scan::snapshot`] tells what it has in
//! common with those of other systems.

mod read;
#[cfg(feature = "mcp")]
mod write;

pub use read::{SnapshotReading, read};
#[cfg(feature = "mcp")]
pub use write::{Item, Snapshot, Unlisted};

use crate::source::read::digest_of;

/// How a server is named in places: `mcp/k8s`.
#[must_use]
pub fn origin(name: &str) -> String {
    format!("mcp/{name}")
}

/// The name of the file that keeps an answer: of the server, and of the file that
/// names it, so that two that are called alike stay two. `new` where one that differs
/// is kept already.
#[must_use]
pub fn file_name(name: &str, config: &str, new: bool) -> String {
    let shown: String = name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || "-_".contains(c) { c } else { '-' })
        .take(64)
        .collect();
    let digest = digest_of(&[config.as_bytes(), b"\n", name.as_bytes()]);
    let short: String = digest.chars().skip("sha256:".len()).take(8).collect();
    let new = if new { ".new" } else { "" };
    format!("{shown}-{short}{new}.json")
}
