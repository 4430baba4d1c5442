//! What came of a request, by `status`, `granted` and the authorizer's own word.

use super::entry::{AuditLog, Labels};
use crate::scan::activity::request::{Authorisation, DeniedBy, Outcome};

/// The outcome of an entry, and whether it shows that the caller had the right.
///
/// Codes are those of `google.rpc.Code`.
pub(super) fn outcome(log: &AuditLog<'_>, labels: &Labels<'_>) -> (Outcome, Authorisation) {
    let code = log.status.map(|status| status.code);
    let refused = log.authorization.iter().any(|one| one.granted == Some(false));
    let granted = !log.authorization.is_empty()
        && log.authorization.iter().all(|one| one.granted == Some(true));
    let decision = match labels.decision.as_deref() {
        Some("allow") if !refused => Some(true),
        Some("forbid") => Some(false),
        _ if refused => Some(false),
        _ => granted.then_some(true),
    };
    let outcome = match (decision, code) {
        // Refused and yet answered well: the entry contradicts itself.
        (Some(false), Some(0)) => Outcome::Unclear,
        (Some(false), _) | (_, Some(16)) => Outcome::Denied(DeniedBy::Authorization),
        (Some(true), Some(7)) => Outcome::Denied(DeniedBy::Later),
        (None, Some(7)) => Outcome::Denied(DeniedBy::Unsaid),
        (_, Some(0)) => Outcome::Done,
        // Invalid, not found, there already, a condition that does not hold, a conflict,
        // out of range, not implemented: rejected without effect.
        (_, Some(3 | 5 | 6 | 9 | 10 | 11 | 12)) => Outcome::Failed,
        (_, Some(_) | None) => Outcome::Unclear,
    };
    let passed = match decision {
        Some(passed) => passed,
        // Only what comes after the authorizer answers so.
        None => matches!(code, Some(0 | 5 | 6 | 9 | 10)),
    };
    (outcome, if passed { Authorisation::Passed } else { Authorisation::NotShown })
}
