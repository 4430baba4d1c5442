//! The rows of the page's lists and tables: what each one shows, ready to print.

use std::collections::BTreeMap;

use super::{ROWS, ladder::Ladder, place::Place};
use crate::{
    assess::assessment::{AgentAssessment, Assessment, Step, WaiverState},
    model::{
        coverage::{SourceRecord, SourceStatus},
        finding::Finding,
    },
    report::{escape::html_prose, phrase, story},
};

/// How many agents have earned one level.
pub(super) struct Bar<'a> {
    pub(super) level: &'a str,
    pub(super) agents: String,
    pub(super) width: u32,
}

/// One agent in the overview.
pub(super) struct AgentRow<'a> {
    pub(super) it: &'a AgentAssessment,
    pub(super) anchor: &'a str,
    pub(super) verdict: String,
    pub(super) headline: String,
    pub(super) figures: String,
    pub(super) ladder: Ladder,
}

/// One step of one agent.
pub(super) struct StepView<'a> {
    pub(super) id: &'a str,
    pub(super) agent: &'a str,
    pub(super) agent_anchor: &'a str,
    pub(super) action: String,
    pub(super) reason: String,
    pub(super) severity: &'static str,
    pub(super) place: Option<Place>,
    pub(super) change: Option<&'a str>,
}

/// One agent that may climb.
pub(super) struct Climber<'a> {
    pub(super) agent: &'a str,
    pub(super) agent_anchor: &'a str,
    pub(super) target: String,
    pub(super) steps: Vec<StepView<'a>>,
}

/// One finding.
pub(super) struct FindingView<'a> {
    pub(super) it: &'a Finding,
    pub(super) anchor: &'a str,
    pub(super) agent: Option<(&'a str, Option<&'a str>)>,
    pub(super) message: String,
    pub(super) place: Place,
}

/// One waiver.
pub(super) struct Waiver<'a> {
    pub(super) it: &'a WaiverState,
    pub(super) agent_anchor: Option<&'a str>,
    pub(super) place: Place,
}

/// One file of the evidence.
pub(super) struct Source<'a> {
    pub(super) it: &'a SourceRecord,
    pub(super) icon: &'static str,
    pub(super) status: &'static str,
    pub(super) tone: &'static str,
}

/// The agent's anchor, or the list of agents where it has none.
pub(super) fn anchor_of<'a>(index: &BTreeMap<&str, &'a str>, agent: &str) -> &'a str {
    index.get(agent).copied().unwrap_or("agents")
}

pub(super) fn row<'a>(it: &'a AgentAssessment, anchor: &'a str) -> AgentRow<'a> {
    AgentRow {
        it,
        anchor,
        verdict: phrase::verdict(it),
        headline: html_prose(&it.headline),
        figures: format!(
            "granted {} · exercised {} · earned {}",
            phrase::granted_level(&it.granted),
            phrase::exercised(&it.exercised),
            phrase::earned(&it.earned)
        ),
        ladder: Ladder::new(it),
    }
}

pub(super) fn levels(assessment: &Assessment) -> Vec<Bar<'_>> {
    let distribution = &assessment.organisation.distribution;
    let most = distribution.values().copied().max().unwrap_or(1).max(1);
    distribution
        .iter()
        .map(|(level, count)| Bar {
            level,
            agents: phrase::count(u64::from(*count), "agent", "agents"),
            width: u32::try_from(u64::from(*count) * 200 / u64::from(most)).unwrap_or(200),
        })
        .collect()
}

pub(super) fn steps<'a>(
    steps: Vec<story::AgentStep<'a>>,
    index: &BTreeMap<&str, &'a str>,
) -> Vec<StepView<'a>> {
    steps.into_iter().map(|(agent, it)| step(agent, it, index)).collect()
}

pub(super) fn step<'a>(
    agent: &'a AgentAssessment,
    it: &'a Step,
    index: &BTreeMap<&str, &'a str>,
) -> StepView<'a> {
    StepView {
        id: &it.id,
        agent: agent.id.as_str(),
        agent_anchor: anchor_of(index, agent.id.as_str()),
        action: html_prose(&it.action),
        reason: html_prose(&it.reason),
        severity: it.severity.as_str(),
        place: it.location.as_ref().map(Place::new),
        change: it.change.as_deref().map(str::trim_end),
    }
}

pub(super) fn finding<'a>(
    it: &'a Finding,
    anchor: &'a str,
    index: &BTreeMap<&str, &'a str>,
) -> FindingView<'a> {
    FindingView {
        it,
        anchor,
        agent: it.agent.as_ref().map(|agent| (agent.as_str(), index.get(agent.as_str()).copied())),
        message: html_prose(&it.message),
        place: Place::new(&it.location),
    }
}

/// Those not read whole first, so that none of them is cut.
pub(super) fn sources(assessment: &Assessment) -> Vec<Source<'_>> {
    let whole = assessment
        .coverage
        .sources
        .iter()
        .filter(|source| matches!(source.status, SourceStatus::Read | SourceStatus::Skipped));
    story::unread(assessment)
        .into_iter()
        .chain(whole)
        .take(ROWS)
        .map(|it| {
            let (icon, tone) = match it.status {
                SourceStatus::Read => ("✓", "good"),
                SourceStatus::Partial => ("?", "unknown"),
                SourceStatus::Failed => ("✕", "bad"),
                SourceStatus::Skipped => ("–", "none"),
            };
            Source { it, icon, status: phrase::source_status(it.status), tone }
        })
        .collect()
}
