//! A whole account in one document: what `gradus collect aws` writes.
//! [`crate::scan::snapshot`] tells why, and what it has in common with others.
//!
//! Its items are documents as the AWS CLI prints them, and are read as such.

mod read;
mod write;

#[cfg(test)]
mod tests;

pub use read::{SnapshotReading, read};
pub use write::{Listed, Refused, Snapshot};

/// The call whose answer holds who there is and what they may do.
pub(super) const DETAILS: &str = "iam:GetAccountAuthorizationDetails";

/// How an account is named in places: `aws/prod`.
fn origin(name: &str) -> String {
    format!("aws/{name}")
}
