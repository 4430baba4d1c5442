//! A whole account in one document: what `gradus collect aws` writes.
//! [`crate::scan::snapshot`] tells why, and what it has in common with others.
//!
//! Its items are documents as the AWS CLI prints them, and are read as such.

mod read;
mod write;

#[cfg(test)]
mod tests;

pub use read::{SnapshotReading, read};
pub use write::{Listed, Refused, Snapshot, named};

/// The call whose answer holds who there is and what they may do.
pub(super) const DETAILS: &str = "iam:GetAccountAuthorizationDetails";
/// The call whose answer says which clusters a region has.
pub(super) const CLUSTERS: &str = "eks:ListClusters";
/// The service whose policies do nothing but narrow what an account may do.
const NARROWING: &str = "organizations:";

/// Keys of an item that is a document with the name of a file, which tells whom the
/// document is about where it does not say so itself.
const NAME: &str = "name";
const DOCUMENT: &str = "document";

/// How an account is named in places: `aws/prod`.
fn origin(name: &str) -> String {
    format!("aws/{name}")
}
