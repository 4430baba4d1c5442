//! One self-contained page: content first, complete without its script, which
//! only filters and copies.
//!
//! No element has a style attribute, and style and script are named in the
//! policy by their digests: whatever text from evidence might smuggle in, a
//! browser will not run or load it.

mod agent;
mod anchor;
mod ladder;
mod place;
mod policy;

use std::collections::BTreeMap;

use askama::Template;

use self::{agent::Article, anchor::Anchors, ladder::Ladder, place::Place};
use super::{RenderError, escape::html_prose, phrase, story};
use crate::{
    assess::assessment::{AgentAssessment, Assessment, GateOutcome, Step, WaiverState},
    model::{
        coverage::{SourceRecord, SourceStatus},
        finding::Finding,
    },
};

const STYLE: &str = include_str!("../../../templates/html/page.css");
const SCRIPT: &str = include_str!("../../../templates/html/page.js");

/// Bytes of agents' articles beyond which the remaining ones, the best placed
/// of all, are shown by their figures alone.
const ARTICLES: usize = 4_000_000;
/// Findings and files shown; the worst come first.
const ROWS: usize = 1_000;

#[derive(Template)]
#[template(path = "html/page.html")]
struct Page<'a> {
    it: &'a Assessment,
    policy: String,
    style: &'static str,
    script: &'static str,
    sentence: String,
    details: Vec<String>,
    organisation: String,
    limited_by: Vec<(&'a str, &'a str)>,
    levels: Vec<Bar<'a>>,
    evidence: String,
    files: String,
    gate: String,
    gate_tone: &'static str,
    agents: Vec<AgentRow<'a>>,
    contain: Vec<StepView<'a>>,
    prove: Vec<StepView<'a>>,
    climb: Vec<Climber<'a>>,
    articles: Vec<String>,
    brief_articles: usize,
    findings: Vec<FindingView<'a>>,
    hidden_findings: usize,
    waivers: Vec<Waiver<'a>>,
    sources: Vec<Source<'a>>,
    hidden_sources: usize,
    gaps: Vec<(Place, String)>,
}

/// How many agents have earned one level.
struct Bar<'a> {
    level: &'a str,
    agents: String,
    width: u32,
}

/// One agent in the overview.
struct AgentRow<'a> {
    it: &'a AgentAssessment,
    anchor: &'a str,
    verdict: String,
    headline: String,
    figures: String,
    ladder: Ladder,
}

/// One step of one agent.
struct StepView<'a> {
    id: &'a str,
    agent: &'a str,
    agent_anchor: &'a str,
    action: String,
    reason: String,
    severity: &'static str,
    place: Option<Place>,
    change: Option<&'a str>,
}

/// One agent that may climb.
struct Climber<'a> {
    agent: &'a str,
    agent_anchor: &'a str,
    target: String,
    steps: Vec<StepView<'a>>,
}

/// One finding.
struct FindingView<'a> {
    it: &'a Finding,
    anchor: &'a str,
    agent: Option<(&'a str, Option<&'a str>)>,
    message: String,
    place: Place,
}

/// One waiver.
struct Waiver<'a> {
    it: &'a WaiverState,
    agent_anchor: Option<&'a str>,
    place: Place,
}

/// One file of the evidence.
struct Source<'a> {
    it: &'a SourceRecord,
    icon: &'static str,
    status: &'static str,
    tone: &'static str,
}

pub(super) fn render(assessment: &Assessment) -> Result<String, RenderError> {
    let mut anchors = Anchors::default();
    let agents: Vec<(&AgentAssessment, String)> = assessment
        .agents
        .iter()
        .map(|agent| (agent, anchors.take("agent-", agent.id.as_str())))
        .collect();
    let findings: Vec<(&Finding, String)> = assessment
        .findings
        .iter()
        .take(ROWS)
        .map(|finding| (finding, anchors.take("finding-", &finding.fingerprint)))
        .collect();
    let index: BTreeMap<&str, &str> =
        agents.iter().map(|(agent, anchor)| (agent.id.as_str(), anchor.as_str())).collect();
    let (articles, brief_articles) = articles(&agents, &findings, &mut anchors)?;
    let organisation = &assessment.organisation;
    let sources = sources(assessment);
    let page = Page {
        it: assessment,
        policy: policy::policy(STYLE, SCRIPT),
        style: STYLE,
        script: SCRIPT,
        sentence: phrase::verdict_sentence(assessment),
        details: phrase::verdict_details(assessment),
        organisation: phrase::organisation_level(organisation),
        limited_by: organisation
            .limited_by
            .iter()
            .map(|agent| (agent.as_str(), anchor_of(&index, agent.as_str())))
            .collect(),
        levels: levels(assessment),
        evidence: phrase::evidence(&assessment.coverage),
        files: phrase::files(&assessment.coverage),
        gate: phrase::gate(assessment),
        gate_tone: match assessment.gate.outcome {
            // An empty assessment passes nothing.
            GateOutcome::Passed if assessment.agents.is_empty() => "unknown",
            GateOutcome::Passed => "good",
            GateOutcome::Incomplete => "unknown",
            GateOutcome::Failed => "bad",
        },
        agents: agents.iter().map(|(agent, anchor)| row(agent, anchor)).collect(),
        contain: steps(story::contain(assessment), &index),
        prove: steps(story::prove(assessment), &index),
        climb: story::climbers(assessment)
            .into_iter()
            .map(|agent| Climber {
                agent: agent.id.as_str(),
                agent_anchor: anchor_of(&index, agent.id.as_str()),
                target: phrase::target(&agent.next),
                steps: agent.next.climb.iter().map(|it| step(agent, it, &index)).collect(),
            })
            .collect(),
        articles,
        brief_articles,
        findings: findings.iter().map(|(it, anchor)| finding(it, anchor, &index)).collect(),
        hidden_findings: assessment.findings.len().saturating_sub(ROWS),
        waivers: assessment
            .waivers
            .iter()
            .map(|it| Waiver {
                it,
                agent_anchor: index.get(it.agent.as_str()).copied(),
                place: Place::new(&it.location),
            })
            .collect(),
        hidden_sources: assessment.coverage.sources.len().saturating_sub(sources.len()),
        sources,
        gaps: assessment
            .coverage
            .gaps
            .iter()
            .map(|gap| (Place::new(&gap.location), html_prose(&gap.reason)))
            .collect(),
    };
    let mut text = page.render()?;
    text.push('\n');
    Ok(text)
}

/// The agent's anchor, or the list of agents where it has none.
fn anchor_of<'a>(index: &BTreeMap<&str, &'a str>, agent: &str) -> &'a str {
    index.get(agent).copied().unwrap_or("agents")
}

fn articles(
    agents: &[(&AgentAssessment, String)],
    findings: &[(&Finding, String)],
    anchors: &mut Anchors,
) -> Result<(Vec<String>, usize), RenderError> {
    let (mut size, mut brief_articles) = (0, 0);
    let mut articles = Vec::with_capacity(agents.len());
    for (it, anchor) in agents {
        let brief = size > ARTICLES;
        brief_articles += usize::from(brief);
        let criteria = if brief { Vec::new() } else { agent::criteria(it, anchor, anchors) };
        let article = Article {
            it,
            anchor,
            verdict: phrase::verdict(it),
            headline: html_prose(&it.headline),
            figures: agent::figures(it),
            place: Place::new(&it.location),
            findings: findings
                .iter()
                .filter(|(finding, _)| finding.agent.as_ref() == Some(&it.id))
                .map(|(finding, anchor)| {
                    (finding.rule.as_str(), finding.severity.as_str(), anchor.as_str())
                })
                .collect(),
            capabilities: if brief { Vec::new() } else { agent::capabilities(it) },
            grid: agent::grid(&criteria),
            criteria: &criteria,
            tally: agent::tally(it),
            brief,
        };
        let text = article.render()?;
        size += text.len();
        articles.push(text);
    }
    Ok((articles, brief_articles))
}

fn row<'a>(it: &'a AgentAssessment, anchor: &'a str) -> AgentRow<'a> {
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

fn levels(assessment: &Assessment) -> Vec<Bar<'_>> {
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

fn steps<'a>(
    steps: Vec<story::AgentStep<'a>>,
    index: &BTreeMap<&str, &'a str>,
) -> Vec<StepView<'a>> {
    steps.into_iter().map(|(agent, it)| step(agent, it, index)).collect()
}

fn step<'a>(
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

fn finding<'a>(
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
fn sources(assessment: &Assessment) -> Vec<Source<'_>> {
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
