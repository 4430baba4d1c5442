//! The verdict on the whole estate in a sentence, and what it would hide.

use super::count;
use crate::assess::assessment::{Assessment, Verdict};

/// The one sentence that a reader must take away, without any text from evidence.
pub(in crate::report) fn verdict_sentence(assessment: &Assessment) -> String {
    let organisation = &assessment.organisation;
    let agents = assessment.agents.len();
    if agents == 0 {
        return "Nothing could be assessed: no agent was declared or found.".to_owned();
    }
    let more = tally(assessment, Verdict::OverExtended) + tally(assessment, Verdict::BeyondLadder);
    let unproven = tally(assessment, Verdict::Unproven);
    if organisation.over_extended > 0 {
        return holders(
            organisation.over_extended as usize,
            organisation.write_capable as usize,
            "agent that can write",
            "agents that can write",
        );
    }
    if more > 0 {
        return holders(more, agents, "agent", "agents");
    }
    if unproven == agents {
        return match agents {
            1 => "The one agent could not be judged: evidence is missing.".to_owned(),
            _ => format!("None of {agents} agents could be judged: evidence is missing."),
        };
    }
    if unproven > 0 {
        return format!(
            "{unproven} of {agents} agents could not be judged; the others stay within what they \
             have earned."
        );
    }
    match agents {
        1 => "The one agent stays within the autonomy it has earned.".to_owned(),
        _ => format!("All {agents} agents stay within the autonomy they have earned."),
    }
}

fn holders(some: usize, all: usize, one: &str, many: &str) -> String {
    match (some, all) {
        (1, 1) => format!("The one {one} holds more autonomy than it has earned."),
        (1, _) => format!("1 of {all} {many} holds more autonomy than it has earned."),
        _ if some == all => format!("All {all} {many} hold more autonomy than they have earned."),
        _ => format!("{some} of {all} {many} hold more autonomy than they have earned."),
    }
}

/// What the sentence alone would hide: agents beyond the ladder, not judged, or undeclared.
pub(in crate::report) fn verdict_details(assessment: &Assessment) -> Vec<String> {
    let mut details = Vec::new();
    let beyond = tally(assessment, Verdict::BeyondLadder) as u64;
    if beyond > 0 {
        details.push(format!(
            "{} beyond the ladder: no level justifies what {}.",
            count(beyond, "agent is", "agents are"),
            if beyond == 1 { "it holds" } else { "they hold" },
        ));
    }
    let unproven = tally(assessment, Verdict::Unproven);
    let judged = assessment.agents.len() - unproven;
    if unproven > 0 && judged > 0 && assessment.organisation.over_extended > 0 {
        details.push(format!(
            "{} could not be judged.",
            count(unproven as u64, "agent more", "agents more")
        ));
    }
    let undeclared = u64::from(assessment.organisation.undeclared);
    if undeclared > 0 {
        details.push(format!(
            "{} in the evidence, declared by nobody.",
            count(undeclared, "agent was seen", "agents were seen")
        ));
    }
    details
}

fn tally(assessment: &Assessment, verdict: Verdict) -> usize {
    assessment.agents.iter().filter(|agent| agent.verdict == verdict).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_counts_one_as_one() {
        assert_eq!(
            holders(1, 4, "agent", "agents"),
            "1 of 4 agents holds more autonomy than it has earned."
        );
        assert_eq!(
            holders(4, 4, "agent", "agents"),
            "All 4 agents hold more autonomy than they have earned."
        );
    }
}
