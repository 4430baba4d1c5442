//! Whether an AWS principal may do one thing, as a step of a path asks it.

use super::roles::Account;
use crate::{
    model::capability::{Condition, Grant},
    privilege::iam::Decision,
};

/// What lets the principal of `arn` do `action` on `resource`, and what must hold for
/// it; none where nothing is known to.
#[must_use]
pub fn allowed(
    accounts: &[Account<'_>],
    arn: &str,
    action: &str,
    resource: &str,
) -> Option<(Grant, Condition)> {
    accounts.iter().find_map(|(_, evaluator)| match evaluator.allows(arn, action, resource) {
        Decision::Allowed { by } => Some((by, Condition::Always)),
        Decision::AllowedIf { conditions, by } => Some((by, Condition::If(conditions))),
        Decision::Denied { .. } | Decision::Unknown(_) => None,
    })
}
