//! The words for what an assessment says, the same in every view.
//!
//! Text from evidence passes through unchanged: the views neutralise it.

mod oversight;
mod sentence;

pub(super) use self::oversight::{
    Clause, FIGURES, FIGURES_MEAN, Weight, behind, clauses, figures, unobserved,
};
pub(super) use self::sentence::{verdict_details, verdict_sentence};
use crate::assess::assessment::{
    AgentAssessment, Assessment, Coverage, Earned, Exercised, GateOutcome, GateResult, Granted,
    Next, Organisation, PathView, Verdict,
};
pub(super) use crate::model::text::count;
use crate::model::{coverage::SourceStatus, location::Location, text::listed};

/// `a`, `a and b`, `a, b and c`.
pub(super) fn list(words: &[String]) -> String {
    listed(words, words.len())
}

/// By how many levels the agent holds or uses more than it has earned; none
/// where it does not, or where that is unknown.
pub(super) fn over_by(agent: &AgentAssessment) -> Option<u8> {
    let held = agent.granted.floor().max(agent.exercised.level)?;
    held.checked_sub(agent.earned.level).filter(|over| *over > 0)
}

/// `over-extended by 4`, `within, conditional`.
pub(super) fn verdict(agent: &AgentAssessment) -> String {
    match agent.verdict {
        Verdict::Within if agent.earned.conditional => "within, conditional".to_owned(),
        Verdict::Within => "within".to_owned(),
        Verdict::Unproven => "unproven".to_owned(),
        Verdict::OverExtended => match over_by(agent) {
            Some(over) => format!("over-extended by {over}"),
            None => "over-extended".to_owned(),
        },
        Verdict::BeyondLadder => "beyond the ladder".to_owned(),
    }
}

/// `5`, `beyond ladder`, `unknown`.
pub(super) fn granted_level(granted: &Granted) -> String {
    if granted.beyond_ladder { "beyond ladder".to_owned() } else { level(granted.level) }
}

/// `credential 4`, where the credential alone reaches further than with its tool layer.
pub(super) fn credential(granted: &Granted) -> Option<String> {
    if granted.beyond_ladder {
        return None;
    }
    if granted.credential_beyond_ladder {
        return Some("credential beyond ladder".to_owned());
    }
    (granted.credential_level > granted.level)
        .then(|| format!("credential {}", level(granted.credential_level)))
}

/// `3`, `unknown`.
pub(super) fn exercised(exercised: &Exercised) -> String {
    level(exercised.level)
}

/// `2* (3)`: the level, whether waivers carry it, and what it would be if every
/// unknown turned out well.
pub(super) fn earned(earned: &Earned) -> String {
    let star = if earned.conditional { "*" } else { "" };
    if earned.if_proven > earned.level {
        format!("{}{star} ({})", earned.level, earned.if_proven)
    } else {
        format!("{}{star}", earned.level)
    }
}

fn level(level: Option<u8>) -> String {
    level.map_or_else(|| "unknown".to_owned(), |level| level.to_string())
}

/// `level 0`, `level 2*`, or that there is none.
pub(super) fn organisation_level(organisation: &Organisation) -> String {
    match organisation.earned {
        None => "no level, for no agent was judged".to_owned(),
        Some(level) => format!("level {level}{}", if organisation.conditional { "*" } else { "" }),
    }
}

/// Those of `all` that fit where few are shown, and how many do not.
pub(super) fn few<T>(all: &[T], limit: usize) -> (&[T], usize) {
    (all.get(..limit).unwrap_or(all), all.len().saturating_sub(limit))
}

/// `98 % (1 file not read)`: the share of the evidence that was read, in whole
/// percents, rounded down so that 100 means all; `none` where there was none.
pub(super) fn evidence(coverage: &Coverage) -> String {
    let files = &coverage.files;
    if files.read == 0 && files.partial == 0 && files.failed == 0 {
        return "none".to_owned();
    }
    let mut parts = Vec::new();
    if files.failed > 0 {
        parts.push(format!("{} not read", count(u64::from(files.failed), "file", "files")));
    }
    if files.partial > 0 {
        parts.push(format!("{} in part", count(u64::from(files.partial), "file", "files")));
    }
    let percent = percent(coverage.ratio);
    if parts.is_empty() { percent } else { format!("{percent} ({})", parts.join(", ")) }
}

/// Whole percents, rounded down; a share outside 0 to 1 is unknown.
fn percent(ratio: f64) -> String {
    if (0.0..=1.0).contains(&ratio) {
        // 0.07 * 100 is a hair above 7, 0.29 * 100 a hair below 29.
        format!("{} %", (ratio * 100.0 + 1e-9).floor())
    } else {
        "unknown".to_owned()
    }
}

/// `FAILED`, and over how little where no agent was judged.
pub(super) fn gate(assessment: &Assessment) -> String {
    let word = gate_word(&assessment.gate);
    if assessment.agents.is_empty() {
        format!("{word} (no agent was judged)")
    } else {
        word.to_owned()
    }
}

fn gate_word(gate: &GateResult) -> &'static str {
    match gate.outcome {
        GateOutcome::Passed => "passed",
        GateOutcome::Incomplete => "INCOMPLETE",
        GateOutcome::Failed => "FAILED",
    }
}

/// `files: 9 found, 7 read, 1 in part, 1 not read, 0 without evidence`.
pub(super) fn files(coverage: &Coverage) -> String {
    let files = &coverage.files;
    format!(
        "{} found: {} read, {} read in part, {} not read, {} without evidence",
        count(u64::from(files.found), "file", "files"),
        files.read,
        files.partial,
        files.failed,
        files.skipped
    )
}

/// What became of one source.
pub(super) fn source_status(status: SourceStatus) -> &'static str {
    match status {
        SourceStatus::Read => "read",
        SourceStatus::Partial => "in part",
        SourceStatus::Failed => "not read",
        SourceStatus::Skipped => "no evidence",
    }
}

/// What the exercised level rests on, denominators included.
pub(super) fn exercised_reason(exercised: &Exercised) -> String {
    let mut parts = exercised.because.clone();
    if exercised.level.is_some() || exercised.actions > 0 {
        parts.push(format!(
            "{}, {}, {} refused",
            count(exercised.actions, "action", "actions"),
            count(exercised.writes, "change", "changes"),
            exercised.denied
        ));
    }
    if let Some((first, last)) = exercised.window {
        parts.push(format!("log window {first} to {last}"));
    }
    parts.join("; ")
}

/// What stands between the earned level and the next.
pub(super) fn earned_reason(earned: &Earned) -> String {
    let mut parts = Vec::new();
    if earned.conditional {
        parts.push("rests on waivers".to_owned());
    }
    if earned.if_proven > earned.level {
        let unknowns = count(u64::from(earned.unknowns), "unknown", "unknowns");
        parts.push(format!("level {} if {unknowns} turned out well", earned.if_proven));
    }
    if !earned.blocked_by.is_empty() {
        parts.push(format!("next level blocked by {}", list(&earned.blocked_by)));
    }
    parts.join("; ")
}

/// ` to level 3, earliest 2026-12-20`.
pub(super) fn target(next: &Next) -> String {
    let level = next.level.map_or_else(String::new, |level| format!("to level {level}, "));
    match next.earliest {
        Some(day) => format!("{level}earliest {day}"),
        None => format!("{level}no date while something failed blocks it"),
    }
}

/// `path:line`, or the object where the format has no lines.
pub(super) fn place(location: &Location) -> String {
    match (location.line, &location.object) {
        (Some(line), _) => format!("{}:{line}", location.path),
        (None, Some(object)) => format!("{} ({object})", location.path),
        (None, None) => location.path.to_string(),
    }
}

/// `becomes cluster-admin in 2 steps`; `may become …` where a step is not known.
pub(super) fn becomes(path: &PathView) -> String {
    let target = path.target.as_str();
    let (does, may, what) = match (target, target.strip_prefix("namespace/")) {
        ("cluster-admin", _) => ("becomes", "become", target.to_owned()),
        ("node", _) => ("takes over", "take over", "a node".to_owned()),
        _ if target.starts_with("aws-admin/") => {
            let account = target.rsplit('/').next().unwrap_or_default();
            ("becomes", "become", format!("administrator of AWS account {account}"))
        }
        _ if target.starts_with("aws-database/") => {
            let scope = target.split_once('/').map_or("", |(_, scope)| scope);
            ("writes", "write", format!("databases ({scope})"))
        }
        (_, Some(name)) => ("becomes", "become", format!("administrator of {name}")),
        _ if target.starts_with("arn:") => ("acts as", "act as", target.to_owned()),
        _ => ("acts through", "act through", target.to_owned()),
    };
    let verb = if path.certain { does.to_owned() } else { format!("may {may}") };
    let steps = count(path.hops.len() as u64, "step", "steps");
    format!("{verb} {what} in {steps}")
}

/// The level that a criterion gates; 0 stands for all.
pub(super) fn criterion_level(level: u8) -> String {
    if level == 0 { "all".to_owned() } else { level.to_string() }
}

/// Whether a change of one line is told to a person, and is nothing to paste: a
/// sentence, or a comment.
pub(super) fn is_sentence(change: &str) -> bool {
    change.starts_with(|first: char| first.is_uppercase() || first == '#')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_incomplete_share_never_rounds_up_to_all() {
        assert_eq!(percent(0.999), "99 %");
        assert_eq!(percent(1.0), "100 %");
        assert_eq!(percent(0.29), "29 %");
        assert_eq!(percent(f64::NAN), "unknown");
    }

    #[test]
    fn a_list_reads_as_prose() {
        let words = ["a".to_owned(), "b".to_owned(), "c".to_owned()];
        assert_eq!(list(&words), "a, b and c");
    }

    #[test]
    fn earned_shows_waivers_and_what_proof_would_bring() {
        let earned_of = |level, if_proven, conditional| {
            earned(&Earned { level, if_proven, conditional, unknowns: 0, blocked_by: Vec::new() })
        };
        assert_eq!(earned_of(2, 3, true), "2* (3)");
        assert_eq!(earned_of(2, 2, false), "2");
    }
}
