//! What came of a call, by its `errorCode`.

use super::names::Errors;
use crate::{
    model::aws::pattern,
    scan::activity::request::{Authorisation, DeniedBy, Outcome},
};

/// The outcome of a call, and whether it shows that the caller had the right.
pub(super) fn outcome(error: &str, errors: &Errors) -> (Outcome, Authorisation) {
    let any = |patterns: &[String]| patterns.iter().any(|p| pattern::matches(p, error));
    if error.is_empty() {
        (Outcome::Done, Authorisation::Passed)
    } else if any(&errors.dry_run) {
        // It is the answer to who would have been allowed.
        (Outcome::DryRun, Authorisation::Passed)
    } else if any(&errors.denied) {
        (Outcome::Denied(DeniedBy::Authorization), Authorisation::NotShown)
    } else if any(&errors.unclear) {
        (Outcome::Unclear, Authorisation::NotShown)
    } else if any(&errors.not_shown) {
        (Outcome::Failed, Authorisation::NotShown)
    } else if any(&errors.allowed) {
        (Outcome::Failed, Authorisation::Passed)
    } else {
        (Outcome::Failed, Authorisation::NotShown)
    }
}
