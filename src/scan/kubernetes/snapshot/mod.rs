//! A whole cluster in one document: what `gradus collect kubernetes` writes.
//! [`crate::scan::snapshot`] tells why, and what it has in common with others.

mod read;
mod write;

#[cfg(test)]
mod tests;

pub use read::{SnapshotReading, read};
pub use write::{Listed, Snapshot, Unlisted};

/// How a cluster is named in places: `kubernetes/prod`.
#[must_use]
pub fn origin(name: &str) -> String {
    format!("kubernetes/{name}")
}

/// `clusterroles.rbac.authorization.k8s.io`, `pods`: as RBAC and people name it.
fn full_name(group: &str, resource: &str) -> String {
    if group.is_empty() { resource.to_owned() } else { format!("{resource}.{group}") }
}
