//! How far ahead the clock of a log may be.

use jiff::SignedDuration;
use serde::Deserialize;

/// What is within the differences of clocks, and what is dated ahead.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ClockRule {
    /// An event of so many seconds after the assessment is one of now.
    pub tolerance_seconds: u32,
    /// Why.
    pub why: String,
    /// Seconds after the assessment.
    pub examples: ClockExamples,
}

/// Seconds after the assessment that an event is dated.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ClockExamples {
    /// Each of these is ahead.
    pub ahead: Vec<i64>,
    /// None of these is.
    pub now: Vec<i64>,
}

impl ClockRule {
    /// How much later than now an event of now may be dated.
    #[must_use]
    pub fn tolerance(&self) -> SignedDuration {
        SignedDuration::from_secs(i64::from(self.tolerance_seconds))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rubric::oversight::OversightRules;

    #[test]
    fn what_is_ahead_is_what_the_examples_say() {
        let clocks = OversightRules::load().unwrap().clocks;
        assert!(!clocks.why.is_empty());
        assert!(!clocks.examples.ahead.is_empty() && !clocks.examples.now.is_empty());
        let is_ahead = |seconds: &i64| SignedDuration::from_secs(*seconds) > clocks.tolerance();
        assert!(clocks.examples.ahead.iter().all(is_ahead));
        assert!(!clocks.examples.now.iter().any(is_ahead));
    }
}
