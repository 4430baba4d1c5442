//! The verdict: granted and exercised against earned.

use crate::{
    assess::assessment::{Earned, Exercised, Granted, Verdict},
    model::finding::Severity,
};

/// By how many levels an agent holds or uses more than it has earned, at least: a
/// floor that is above shows it as well as a level.
#[must_use]
pub fn over_extension(granted: &Granted, exercised: &Exercised, earned: &Earned) -> u8 {
    granted.floor().max(exercised.level).unwrap_or(0).saturating_sub(earned.level)
}

/// The verdict and how bad it is.
#[must_use]
pub fn verdict(granted: &Granted, exercised: &Exercised, earned: &Earned) -> (Verdict, Severity) {
    if granted.beyond_ladder {
        return (Verdict::BeyondLadder, Severity::Critical);
    }
    match over_extension(granted, exercised, earned) {
        0 if granted.level.is_none() || !exercised.is_known() => {
            (Verdict::Unproven, Severity::Medium)
        }
        0 => (Verdict::Within, Severity::Info),
        1 => (Verdict::OverExtended, Severity::High),
        _ => (Verdict::OverExtended, Severity::Critical),
    }
}

/// One sentence: the verdict with what decides it.
#[must_use]
pub fn headline(
    verdict: Verdict,
    granted: &Granted,
    exercised: &Exercised,
    earned: &Earned,
) -> String {
    let star = if earned.conditional { "*" } else { "" };
    match verdict {
        Verdict::BeyondLadder => format!("no level justifies what it holds: it {}", granted.reason),
        Verdict::OverExtended if granted.floor() >= exercised.level => match granted.level {
            Some(level) => format!(
                "it may act at level {level} ({}) and has earned {}{star}",
                granted.reason, earned.level
            ),
            None => format!(
                "what it may do is {}; it has earned {}{star}",
                granted.reason, earned.level
            ),
        },
        Verdict::OverExtended => format!(
            "it acted at level {} and has earned {}{star}",
            exercised.level.unwrap_or_default(),
            earned.level
        ),
        Verdict::Unproven if granted.level.is_none() => {
            format!("what it may do is unknown: {}", granted.reason)
        }
        Verdict::Unproven => {
            format!("what it did is unknown: {}", exercised.because.join("; "))
        }
        Verdict::Within => format!(
            "it may act at level {} and has earned {}{star}",
            granted.level.unwrap_or_default(),
            earned.level
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn levels(granted: Option<u8>, exercised: Option<u8>, earned: u8) -> (Verdict, Severity) {
        verdict(
            &Granted {
                level: granted,
                at_least: None,
                beyond_ladder: false,
                credential_level: granted,
                credential_beyond_ladder: false,
                because: Vec::new(),
                reason: String::new(),
            },
            &Exercised {
                level: exercised,
                complete: exercised.is_some(),
                because: Vec::new(),
                actions: 0,
                writes: 0,
                denied: 0,
                window: None,
            },
            &Earned {
                level: earned,
                if_proven: earned,
                conditional: false,
                unknowns: 0,
                blocked_by: Vec::new(),
            },
        )
    }

    #[test]
    fn within_needs_both_figures_known_and_earned() {
        assert_eq!(levels(Some(1), Some(1), 1).0, Verdict::Within);
        assert_eq!(levels(Some(1), Some(1), 3).0, Verdict::Within);
        assert_eq!(levels(Some(1), None, 1).0, Verdict::Unproven);
        assert_eq!(levels(None, Some(1), 1).0, Verdict::Unproven);
        assert_eq!(levels(None, None, 0).0, Verdict::Unproven);
    }

    #[test]
    fn over_extension_by_one_is_high_and_by_more_critical() {
        assert_eq!(levels(Some(2), Some(1), 1), (Verdict::OverExtended, Severity::High));
        assert_eq!(levels(Some(5), Some(1), 1), (Verdict::OverExtended, Severity::Critical));
        assert_eq!(levels(Some(1), Some(4), 1), (Verdict::OverExtended, Severity::Critical));
        assert_eq!(levels(None, Some(4), 1), (Verdict::OverExtended, Severity::Critical));
    }
}
