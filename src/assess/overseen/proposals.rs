//! What people made of an agent's proposals.

use std::collections::BTreeSet;

use super::Overseen;
use crate::{
    model::activity::{Decision, DecisionVerdict},
    privilege::oversight::{Approval, ByPeople},
};

/// Proposals that people decided on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Proposals {
    /// All of them, but for those that were accepted and that no log shows to have been done.
    pub all: u64,
    /// Those that a person who may approve accepted unchanged, and that nobody put back.
    pub accepted: u64,
}

impl Overseen<'_, '_> {
    /// What keeps one from saying that these are all decisions of the window; none where
    /// nothing does.
    #[must_use]
    pub fn decisions_gap(&self) -> Option<String> {
        let rows = &self.records.activity().records.decisions;
        self.records_gap(rows, |decision| decision.time)
    }

    /// The proposals of the window.
    ///
    /// # Errors
    /// Why they cannot be counted: a decision, or what put one back, may be missing.
    pub fn proposals(&self) -> Result<Proposals, String> {
        if let Some(gap) = self.decisions_gap().or_else(|| self.gap.clone()) {
            return Err(gap);
        }
        let regretted: BTreeSet<&Decision> = self
            .oversight
            .in_window()
            .filter(|change| change.by_people(self.who) != ByPeople::No)
            .filter_map(|change| match change.approval {
                Approval::Given { decision, .. } => Some(decision),
                Approval::Missing(..) | Approval::Open(_) => None,
            })
            .collect();
        let own = self.own_ids();
        let was_seen = |decision: &Decision| {
            let about = &decision.about;
            let ids = [about.call.as_deref(), about.request.as_deref()];
            ids.into_iter().flatten().any(|id| own.contains(id))
        };
        let mut proposals = Proposals::default();
        for decision in self.decisions() {
            let proper = decision.by.as_deref().is_some_and(|by| self.who.may_approve(by));
            match decision.verdict {
                // What nobody answered says nothing of the proposal.
                DecisionVerdict::TimedOut => {}
                // Whoever may not approve has not accepted anything.
                DecisionVerdict::Approved if !proper => {}
                // Whether what nobody saw run was left in place no log tells.
                DecisionVerdict::Approved if !was_seen(decision) => {}
                DecisionVerdict::Approved => {
                    proposals.all += 1;
                    proposals.accepted += u64::from(!regretted.contains(decision));
                }
                DecisionVerdict::Changed | DecisionVerdict::Rejected => proposals.all += 1,
            }
        }
        Ok(proposals)
    }
}
