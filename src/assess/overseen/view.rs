//! What reports show of it: every count that they print is made here.

use std::collections::BTreeMap;

use super::{Overseen, unobserved::NO_MESSAGE};
use crate::{
    assess::{
        assessment::{ChangeView, ExplainedView, OversightView, PutBackView, RecordView, ToldView},
        unexplained::Explained,
    },
    model::fact::{Fact, Facts},
    privilege::oversight::{
        Approval, ByPeople, Change, Notified, Reverted,
        boundary::Within,
        statistics::{at_least, at_most},
    },
    rubric::oversight::Revertible,
};

/// At most this many changes are shown one by one.
const LATEST: usize = 50;

/// The fact that is known where every change that people put back is.
const PUT_BACK: &str = "record.worstRevertRatio";

/// How many of each.
type Counts = BTreeMap<String, u64>;

impl Overseen<'_, '_> {
    /// What a report shows of it; none where no change was seen.
    #[must_use]
    pub(in crate::assess) fn view(
        &self,
        facts: &Facts,
        explained: &Explained,
    ) -> Option<OversightView> {
        let changes: Vec<_> = self.oversight.in_window().collect();
        if changes.is_empty() {
            return None;
        }
        let mut view = OversightView {
            changes: changes.len() as u64,
            told: self.told(&changes),
            put_back: self.put_back(&changes),
            explained: ExplainedView {
                unexplained: explained.unexplained.iter().map(|one| one.requests).sum(),
                gap: explained.gap.clone(),
            },
            break_glass: changes.iter().filter(|change| change.break_glass.is_some()).count()
                as u64,
            gap: self.gap.clone(),
            unobserved: self.unobserved(&changes),
            ..OversightView::default()
        };
        for change in &changes {
            count(&mut view.joined, change.join.map_or("none", |join| join.strength.as_str()));
            for sign in &change.signs {
                count(&mut view.attributed, sign.as_str());
            }
            count(&mut view.boundary, place(change.within));
            match change.approval {
                Approval::Given { decision, .. } => {
                    view.approved += 1;
                    // Whoever approved has a name, or the approval would be open.
                    count(&mut view.approvers, decision.by.as_deref().unwrap_or_default());
                }
                Approval::Missing(lack, _) => {
                    view.unapproved += 1;
                    count(&mut view.lacking, lack.as_str());
                }
                Approval::Open(open) => count(&mut view.undecided, open.as_str()),
            }
        }
        view.record = self.record(&view, facts);
        let skipped = changes.len().saturating_sub(LATEST);
        view.latest = changes.into_iter().skip(skipped).map(seen).collect();
        Some(view)
    }

    fn told(&self, changes: &[&Change<'_, '_>]) -> ToldView {
        let messages = &self.records.activity().records.notifications;
        let (told, perhaps): (Vec<_>, Vec<_>) =
            changes.iter().filter_map(|change| change.notified).partition(Notified::is_about);
        let none = messages.is_empty().then(|| NO_MESSAGE.to_owned());
        let gap = self.records_gap(messages, |message| message.time).or(none);
        ToldView {
            changes: told.len() as u64,
            perhaps: perhaps.len() as u64,
            timely: told.iter().filter(|told| told.is_timely() == Some(true)).count() as u64,
            acknowledged: told.iter().filter(|told| told.answered.is_some()).count() as u64,
            slowest_seconds: told.iter().map(|told| told.delay.as_secs()).max(),
            gap: gap.filter(|_| told.len() < changes.len()),
        }
    }

    fn put_back(&self, changes: &[&Change<'_, '_>]) -> PutBackView {
        let mut view = PutBackView::default();
        for change in changes {
            let possible = change.revertible.map_or("unknown", possible);
            count(&mut view.possible, possible);
            let Some(how) = change.reverted.first() else { continue };
            match how {
                Reverted::Recorded(_) => view.recorded += 1,
                Reverted::Logged { .. } => view.logged += 1,
                Reverted::Perhaps { .. } => view.perhaps += 1,
            }
            view.by_people += u64::from(change.by_people(self.who) == ByPeople::Yes);
        }
        view
    }

    /// What its record shows, over the counts of `view`.
    fn record(&self, view: &OversightView, facts: &Facts) -> RecordView {
        let is_known = matches!(facts.get(PUT_BACK), Some(Fact::Known { .. }));
        let bound = at_most(view.put_back.by_people, view.changes).filter(|_| is_known);
        let (proposals, gap) = match self.proposals() {
            Ok(proposals) => (proposals, None),
            Err(gap) => (Default::default(), Some(gap)),
        };
        RecordView {
            proposals: proposals.all,
            accepted: proposals.accepted,
            accepted_at_least: at_least(proposals.accepted, proposals.all)
                .map(|share| percent((share * 100.0).floor())),
            gap,
            put_back_at_most: bound.map(|share| percent((share * 100.0).ceil())),
        }
    }
}

fn count(counts: &mut Counts, what: &str) {
    *counts.entry(what.to_owned()).or_default() += 1;
}

/// Whole per cent of a share, which is between 0 and 1.
fn percent(hundredths: f64) -> u8 {
    (0..=100).find(|whole| f64::from(*whole) >= hundredths).unwrap_or(100)
}

fn possible(answer: Revertible) -> &'static str {
    match answer {
        Revertible::Yes => "yes",
        Revertible::Depends => "depends",
        Revertible::No => "no",
    }
}

fn place(within: Within) -> &'static str {
    match within {
        Within::Inside => "inside",
        Within::NotDeclared => "not declared",
        Within::OtherNamespace | Within::OtherRegion | Within::OtherAction => "outside",
    }
}

/// One change as a report shows it.
fn seen(change: &Change<'_, '_>) -> ChangeView {
    let row = change.row;
    let (approval, approval_reason) = match change.approval {
        Approval::Given { decision, before } => {
            let by = decision.by.as_deref().unwrap_or_default();
            ("approved", format!("by {by}, {} s before ({})", before.as_secs(), decision.place))
        }
        Approval::Missing(lack, Some(decision)) => {
            ("unapproved", format!("{} ({})", lack.as_str(), decision.place))
        }
        Approval::Missing(lack, None) => ("unapproved", lack.as_str().to_owned()),
        Approval::Open(open) => ("unknown", open.as_str().to_owned()),
    };
    let reverted = change.reverted.first().map(|how| match how {
        Reverted::Recorded(record) => {
            let by = record.by.as_deref().unwrap_or("somebody");
            let failed = if record.restored == Some(false) { ", which failed" } else { "" };
            format!("by {by}, on record{failed} ({})", record.place)
        }
        Reverted::Logged { by, row } => format!("by {by}, as the log shows ({})", row.place),
        Reverted::Perhaps { by, row } => {
            format!("perhaps by {by}, who wrote it again ({})", row.place)
        }
    });
    ChangeView {
        action: row.action.to_string(),
        object: row.object.as_deref().map(str::to_owned),
        principal: change.principal.to_string(),
        impersonator: row.trace.impersonator.as_deref().map(str::to_owned),
        time: row.time.map(|time| time.to_string()),
        call: change.join.and_then(|join| join.call.id()).map(str::to_owned),
        joined: change.join.map(|join| join.strength.as_str().to_owned()),
        approval: approval.to_owned(),
        approval_reason,
        notified_after: change.notified.filter(Notified::is_about).map(|told| told.delay.as_secs()),
        reverted,
        revertible: change.revertible.map(|answer| possible(answer).to_owned()),
        location: row.place.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_is_rounded_to_the_worse() {
        let shares = |good, trials| {
            (at_least(good, trials).unwrap_or(1.0), at_most(trials - good, trials).unwrap_or(0.0))
        };
        // 5 of 5 show 54.9 %, and at most 45.1 % of the contrary.
        let (least, most) = shares(5, 5);
        assert_eq!(percent((least * 100.0).floor()), 54);
        assert_eq!(percent((most * 100.0).ceil()), 46);
        assert_eq!(percent(0.0), 0);
        assert_eq!(percent(100.0), 100);
    }
}
