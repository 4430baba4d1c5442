//! An AWS account as `get-account-authorization-details` prints it.

/// One account.
#[derive(Debug, Clone, Default)]
pub struct AccountSnapshot {}
