//! One self-contained page: content first, complete without its script, which
//! only filters and copies.
//!
//! No element has a style attribute, and style and script are named in the
//! policy by their digests: whatever text from evidence might smuggle in, a
//! browser will not run or load it.

mod agent;
mod anchor;
mod ladder;
mod oversight;
mod place;
mod policy;
mod rows;

use std::collections::BTreeMap;

use askama::Template;

use self::{
    agent::Article,
    anchor::Anchors,
    ladder::Ladder,
    oversight::Behind,
    place::Place,
    rows::{
        AgentRow, Bar, Climber, FindingView, Source, StepView, Waiver, anchor_of, finding, levels,
        row, sources, step, steps,
    },
};
use super::{RenderError, escape::html_prose, phrase, story};
use crate::{
    assess::assessment::{AgentAssessment, Assessment, GateOutcome},
    model::finding::Finding,
};

const STYLE: &str = include_str!("../../../templates/html/page.css");
const SCRIPT: &str = include_str!("../../../templates/html/page.js");

/// Bytes of agents' articles beyond which the remaining ones, the best placed
/// of all, are shown by their figures alone.
const ARTICLES: usize = 4_000_000;
/// Findings, files and gaps shown; the worst come first.
const ROWS: usize = 1_000;
/// Names and reasons shown in the headline.
const HEADLINE: usize = 10;

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
    hidden_limiting: usize,
    levels: Vec<Bar<'a>>,
    evidence: String,
    files: String,
    gate: String,
    gate_tone: &'static str,
    reasons: &'a [String],
    hidden_reasons: usize,
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
    hidden_gaps: usize,
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
    let (limiting, hidden_limiting) = phrase::few(&organisation.limited_by, HEADLINE);
    let (reasons, hidden_reasons) = phrase::few(&assessment.gate.reasons, HEADLINE);
    let (gaps, hidden_gaps) = phrase::few(&assessment.coverage.gaps, ROWS);
    let page = Page {
        it: assessment,
        policy: policy::policy(STYLE, SCRIPT),
        style: STYLE,
        script: SCRIPT,
        sentence: phrase::verdict_sentence(assessment),
        details: phrase::verdict_details(assessment),
        organisation: phrase::organisation_level(organisation),
        hidden_limiting,
        limited_by: limiting
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
        reasons,
        hidden_reasons,
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
        hidden_gaps,
        gaps: gaps.iter().map(|gap| (Place::new(&gap.location), html_prose(&gap.reason))).collect(),
    };
    let mut text = page.render()?;
    text.push('\n');
    Ok(text)
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
        let (paths, hidden_paths) = if brief { Default::default() } else { agent::paths(it) };
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
            paths,
            hidden_paths,
            behind: it.oversight.as_ref().map(|view| Behind::new(view, brief)),
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
