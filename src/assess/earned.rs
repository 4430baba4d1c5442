//! Earned: the highest level whose gating criteria, and those of every level
//! below, all clear. Cumulative; `unknown` blocks.

use crate::{
    assess::assessment::{CriterionResult, Earned},
    model::{finding::Severity, level::Level, status::Status},
};

/// A criterion that caps the earned level while it does not clear.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cap {
    /// The highest level that may then be earned.
    pub at: u8,
}

/// Judges one agent's criteria. `cap_of` tells the cap of a criterion by id.
#[must_use]
pub fn earned(criteria: &[CriterionResult], cap_of: &dyn Fn(&str) -> Option<Cap>) -> Earned {
    let level = climb(criteria, cap_of, Status::clears);
    let if_proven =
        climb(criteria, cap_of, |status| status.clears() || status == Status::Unknown).0;
    let (level, conditional) = level;
    let next = level + 1;
    let blocking = |criterion: &&CriterionResult| {
        gates(criterion) && criterion.level <= next && !criterion.status.clears()
    };
    let unknowns = criteria
        .iter()
        .filter(|criterion| {
            gates(criterion) && criterion.level <= if_proven && criterion.status == Status::Unknown
        })
        .count();
    Earned {
        level,
        if_proven,
        conditional,
        unknowns: u32::try_from(unknowns).unwrap_or(u32::MAX),
        blocked_by: criteria.iter().filter(blocking).map(|c| c.id.clone()).collect(),
    }
}

/// Whether a criterion can hold a level back: advisories never do.
#[must_use]
pub fn gates(criterion: &CriterionResult) -> bool {
    criterion.severity > Severity::Info
}

/// Climbs while every gating criterion up to the level clears. A level that
/// rests on a waiver is conditional and no base for the next one.
fn climb(
    criteria: &[CriterionResult],
    cap_of: &dyn Fn(&str) -> Option<Cap>,
    clears: impl Fn(Status) -> bool,
) -> (u8, bool) {
    let cap = criteria
        .iter()
        .filter(|criterion| !clears(criterion.status))
        .filter_map(|criterion| cap_of(&criterion.id))
        .map(|cap| cap.at)
        .min()
        .unwrap_or(u8::MAX);
    let mut reached = 0;
    for level in Level::ALL {
        let number = level.number();
        let up_to = || criteria.iter().filter(|c| gates(c) && c.level <= number);
        if number > cap || up_to().count() == 0 || !up_to().all(|c| clears(c.status)) {
            break;
        }
        reached = number;
        if up_to().any(|c| c.status == Status::Waived) {
            return (reached, true);
        }
    }
    (reached, false)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn criterion(id: &str, level: u8, status: Status) -> CriterionResult {
        CriterionResult {
            id: id.to_owned(),
            title: String::new(),
            level,
            dimension: String::new(),
            severity: Severity::High,
            status,
            reason: String::new(),
            assurance: None,
            evidence: Vec::new(),
            missing: Vec::new(),
            expires: None,
        }
    }

    fn ladder(statuses: [Status; 5]) -> Vec<CriterionResult> {
        statuses
            .into_iter()
            .zip(1..)
            .map(|(status, level)| criterion(&format!("X-0{level}"), level, status))
            .collect()
    }

    fn no_caps(_: &str) -> Option<Cap> {
        None
    }

    #[test]
    fn a_failed_lower_level_blocks_all_above_it() {
        use Status::{Fail, Pass};
        let earned = earned(&ladder([Fail, Pass, Pass, Pass, Pass]), &no_caps);
        assert_eq!((earned.level, earned.if_proven), (0, 0));
        assert_eq!(earned.blocked_by, ["X-01"]);
    }

    #[test]
    fn an_unknown_blocks_but_is_shown_in_the_level_if_proven() {
        use Status::{Fail, Pass, Unknown};
        let earned = earned(&ladder([Pass, Unknown, Pass, Fail, Pass]), &no_caps);
        assert_eq!((earned.level, earned.if_proven, earned.unknowns), (1, 3, 1));
    }

    #[test]
    fn a_waived_level_is_conditional_and_no_base_for_the_next() {
        use Status::{Pass, Waived};
        let earned = earned(&ladder([Pass, Waived, Pass, Pass, Pass]), &no_caps);
        assert_eq!((earned.level, earned.conditional), (2, true));
    }

    #[test]
    fn an_advisory_never_gates() {
        let mut criteria = ladder([Status::Pass; 5]);
        criteria.push(CriterionResult {
            severity: Severity::Info,
            ..criterion("APR-07", 2, Status::Fail)
        });
        assert_eq!(earned(&criteria, &no_caps).level, 5);
    }

    #[test]
    fn a_cap_holds_whatever_else_passes() {
        let mut criteria = ladder([Status::Pass; 5]);
        criteria.push(criterion("POL-04", 4, Status::Fail));
        let cap = |id: &str| (id == "POL-04").then_some(Cap { at: 3 });
        assert_eq!(earned(&criteria, &cap).level, 3);
        criteria.push(criterion("LP-02", 0, Status::Unknown));
        let cap = |id: &str| (id == "LP-02").then_some(Cap { at: 0 });
        assert_eq!(earned(&criteria, &cap).level, 0);
    }

    #[test]
    fn no_criteria_earn_nothing() {
        assert_eq!(earned(&[], &no_caps).level, 0);
    }
}
