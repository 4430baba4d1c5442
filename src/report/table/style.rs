//! Colours of the terminal view. They repeat what words already say, and a
//! lower level never gets the colour of a failure.

use anstyle::{AnsiColor, Style};

use crate::{
    assess::assessment::{GateOutcome, Verdict},
    model::finding::Severity,
};

pub(super) const PLAIN: Style = Style::new();
pub(super) const STRONG: Style = Style::new().bold();
pub(super) const FAINT: Style = Style::new().dimmed();
const GOOD: Style = AnsiColor::Green.on_default();
const CAUTION: Style = AnsiColor::Yellow.on_default();
const BAD: Style = AnsiColor::Red.on_default();
const WORST: Style = BAD.bold();

pub(super) fn verdict(verdict: Verdict) -> Style {
    match verdict {
        Verdict::Within => GOOD,
        Verdict::Unproven => CAUTION,
        Verdict::OverExtended => BAD,
        Verdict::BeyondLadder => WORST,
    }
}

pub(super) fn severity(severity: Severity) -> Style {
    match severity {
        Severity::Info | Severity::Low => PLAIN,
        Severity::Medium => CAUTION,
        Severity::High => BAD,
        Severity::Critical => WORST,
    }
}

pub(super) fn gate(outcome: GateOutcome) -> Style {
    match outcome {
        GateOutcome::Passed => GOOD,
        GateOutcome::Incomplete => CAUTION,
        GateOutcome::Failed => WORST,
    }
}
