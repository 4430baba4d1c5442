//! A whole cluster in one document: what `gradus collect kubernetes` writes.
//!
//! Live clusters take the same way as files. A collection is written as this
//! document, in memory or to a file, and one reader makes evidence of it: so what
//! a cluster gives and what its dump gives cannot differ. The document says what
//! was listed, empty lists included, and what could not be, so that "there is
//! none" is never confused with "nobody looked".

mod read;
mod write;

#[cfg(test)]
mod tests;

pub use read::{SnapshotReading, looks_like_one, read};
pub use write::{Listed, Snapshot, Unlisted};

/// Its `apiVersion`; the kind is [`crate::source::list::SNAPSHOT`].
pub const API_VERSION: &str = "gradus/v1";

/// How a cluster is named in places: `kubernetes/prod`.
fn origin(name: &str) -> String {
    format!("kubernetes/{name}")
}

/// `clusterroles.rbac.authorization.k8s.io`, `pods`: as RBAC and people name it.
fn full_name(group: &str, resource: &str) -> String {
    if group.is_empty() { resource.to_owned() } else { format!("{resource}.{group}") }
}
