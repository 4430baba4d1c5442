//! Which calls are kept one by one.
//!
//! What stood behind a change is asked of each, and so it is of calls that hand out rights:
//! trails mark them as reading (`kept` in `rubric/logs/cloudtrail.yaml`). Services take on
//! roles all the time and are nobody's agents, so that theirs are counted only.

use super::names::Names;

/// Whether calls are kept one by one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kept {
    /// They only look.
    Never,
    /// They may have changed something.
    Always,
    /// They are marked as reading, and do more: those that services ask for by themselves are
    /// not.
    OfPrincipals,
}

impl Kept {
    /// Of calls of a service and name, by whether they only look.
    pub(super) fn of(names: &Names, prefix: &str, name: &str, looks: bool) -> Self {
        if !looks {
            Self::Always
        } else if names.keeps(prefix, name) {
            Self::OfPrincipals
        } else {
            Self::Never
        }
    }

    /// Whether one is that `actor` made.
    pub(super) fn is_of(self, actor: &str) -> bool {
        match self {
            Self::Never => false,
            Self::Always => true,
            Self::OfPrincipals => actor.starts_with("arn:") || !actor.ends_with(".amazonaws.com"),
        }
    }
}
