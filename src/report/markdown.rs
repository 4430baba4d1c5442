//! Markdown for a pull request comment or a step summary.
//!
//! GitHub drops a summary that is too large whole, so the view keeps to a
//! budget: sections are written in the order of the story, and one that does not
//! fit is left out whole and named at the end.

use askama::Template;

use super::{
    RenderError,
    escape::{markdown_code, markdown_fence, markdown_prose},
    phrase::{self, Clause, Weight},
    story,
};
use crate::{
    assess::assessment::{
        AgentAssessment, Assessment, CriterionResult, HopView, OversightView, PathView, Step,
        Verdict, WaiverState,
    },
    model::{
        coverage::{Gap, SourceRecord},
        finding::Finding,
        location::Location,
        status::Status,
    },
};

/// Bytes; GitHub's limit for a step summary is 1,024 KiB.
const BUDGET: usize = 900_000;
/// Findings and gaps shown; the worst come first.
const ROWS: usize = 200;
/// Names and reasons shown in the headline.
const HEADLINE: usize = 10;
/// What the note about sections left out may take.
const NOTE: usize = 500;

pub(super) fn render(assessment: &Assessment) -> Result<String, RenderError> {
    let mut page = Budgeted::new(head(assessment), BUDGET - NOTE);
    page.add("the summary", &summary(assessment).render()?);
    if !assessment.agents.is_empty() {
        page.add("the agents", &agents(assessment).render()?);
        page.add("what to do", &next(assessment).render()?);
    }
    if !assessment.findings.is_empty() {
        page.add("the findings", &findings(assessment).render()?);
    }
    if assessment.agents.iter().any(|agent| !agent.paths.is_empty()) {
        page.add("the paths", &paths(assessment).render()?);
    }
    let overseen = story::overseen(assessment);
    if !overseen.is_empty() {
        page.add("who stood behind the changes", &OverseenView::new(overseen).render()?);
    }
    if !assessment.waivers.is_empty() {
        page.add("the waivers", &Waivers { waivers: &assessment.waivers }.render()?);
    }
    page.add("the evidence", &evidence(assessment).render()?);
    if !assessment.agents.is_empty() {
        page.add("the criteria of each agent", &details(assessment)?);
    }
    Ok(page.finish())
}

/// The verdict and the gate, with no text from evidence: it always fits.
fn head(assessment: &Assessment) -> String {
    let mut head = format!("# {}\n\n", phrase::verdict_sentence(assessment));
    for detail in phrase::verdict_details(assessment) {
        head.push_str(&detail);
        head.push('\n');
    }
    head.push_str(&format!("\n**Gate: {}**\n", phrase::gate(assessment)));
    head
}

/// Text that takes whole sections until one would exceed the budget.
struct Budgeted {
    text: String,
    budget: usize,
    left_out: Vec<String>,
}

impl Budgeted {
    fn new(text: String, budget: usize) -> Self {
        Self { text, budget, left_out: Vec::new() }
    }

    fn add(&mut self, name: &str, section: &str) {
        if self.text.len() + section.len() + 2 > self.budget {
            self.left_out.push(name.to_owned());
            return;
        }
        self.text.push('\n');
        self.text.push_str(section.trim_end());
        self.text.push('\n');
    }

    fn finish(mut self) -> String {
        if !self.left_out.is_empty() {
            self.text.push_str(&format!(
                "\n> Left out, for this would be too large: {}. The JSON and HTML reports hold \
                 everything.\n",
                phrase::list(&self.left_out)
            ));
        }
        self.text
    }
}

#[derive(Template)]
#[template(path = "markdown/summary.md")]
struct Summary<'a> {
    organisation: String,
    limited_by: String,
    facts: String,
    levels: Vec<(&'a str, u32)>,
    reasons: &'a [String],
    hidden_reasons: usize,
}

fn summary(assessment: &Assessment) -> Summary<'_> {
    let organisation = &assessment.organisation;
    let (limiting, hidden_limiting) = phrase::few(&organisation.limited_by, HEADLINE);
    let (reasons, hidden_reasons) = phrase::few(&assessment.gate.reasons, HEADLINE);
    let mut names: Vec<String> =
        limiting.iter().map(|agent| markdown_code(agent.as_str())).collect();
    if hidden_limiting > 0 {
        names.push(format!("{hidden_limiting} more"));
    }
    Summary {
        organisation: phrase::organisation_level(organisation),
        limited_by: phrase::list(&names),
        facts: format!(
            "{}: {}, rubric {}, evidence {}, assessed on {}",
            assessment.workspace,
            phrase::count(assessment.agents.len() as u64, "agent", "agents"),
            assessment.rubric.version,
            phrase::evidence(&assessment.coverage),
            assessment.assessed_on
        ),
        levels: organisation
            .distribution
            .iter()
            .map(|(level, count)| (level.as_str(), *count))
            .collect(),
        reasons,
        hidden_reasons,
    }
}

#[derive(Template)]
#[template(path = "markdown/agents.md")]
struct Agents<'a> {
    agents: Vec<AgentView<'a>>,
}

fn agents(assessment: &Assessment) -> Agents<'_> {
    Agents { agents: assessment.agents.iter().map(|it| AgentView { it }).collect() }
}

#[derive(Template)]
#[template(path = "markdown/agent.md")]
struct Detail<'a> {
    agent: AgentView<'a>,
}

fn details(assessment: &Assessment) -> Result<String, RenderError> {
    let mut text = String::from("## Criteria of each agent\n");
    for it in &assessment.agents {
        text.push('\n');
        text.push_str(Detail { agent: AgentView { it } }.render()?.trim_end());
        text.push('\n');
    }
    Ok(text)
}

/// An agent as the templates name its parts.
struct AgentView<'a> {
    it: &'a AgentAssessment,
}

impl AgentView<'_> {
    fn name(&self) -> String {
        markdown_code(self.it.id.as_str())
    }

    fn granted_level(&self) -> String {
        let level = phrase::granted_level(&self.it.granted);
        match phrase::credential(&self.it.granted) {
            Some(credential) => format!("{level} ({credential})"),
            None => level,
        }
    }

    fn granted(&self) -> String {
        let level = self.granted_level();
        let reason = &self.it.granted.reason;
        if self.it.verdict == Verdict::Within || reason.is_empty() {
            level
        } else {
            format!("{level}: {reason}")
        }
    }

    fn exercised(&self) -> String {
        phrase::exercised(&self.it.exercised)
    }

    fn exercised_reason(&self) -> String {
        phrase::exercised_reason(&self.it.exercised)
    }

    fn earned(&self) -> String {
        phrase::earned(&self.it.earned)
    }

    fn earned_reason(&self) -> String {
        phrase::earned_reason(&self.it.earned)
    }

    /// Markdown of our own: only what exceeds the earned level stands out.
    fn verdict(&self) -> String {
        let word = phrase::verdict(self.it);
        match self.it.verdict {
            Verdict::Within | Verdict::Unproven => word,
            Verdict::OverExtended | Verdict::BeyondLadder => format!("<b>{word}</b>"),
        }
    }

    fn headline(&self) -> String {
        markdown_prose(&self.it.headline)
    }

    fn target(&self) -> String {
        format!(" {}", phrase::target(&self.it.next))
    }

    fn behind(&self) -> Vec<Clause> {
        self.it.oversight.as_ref().map(phrase::clauses).unwrap_or_default()
    }

    /// Those that need attention: a pass needs none.
    fn open_criteria(&self) -> Vec<&CriterionResult> {
        self.it
            .criteria
            .iter()
            .filter(|criterion| {
                matches!(criterion.status, Status::Fail | Status::Unknown | Status::Waived)
            })
            .collect()
    }

    fn level(&self, criterion: &CriterionResult) -> String {
        phrase::criterion_level(criterion.level)
    }

    fn cleared(&self) -> String {
        let count =
            |status| self.it.criteria.iter().filter(|criterion| criterion.status == status).count();
        format!(
            "{} pass and {} do not apply, of {}.",
            count(Status::Pass),
            count(Status::NotApplicable),
            phrase::count(self.it.criteria.len() as u64, "criterion", "criteria")
        )
    }
}

#[derive(Template)]
#[template(path = "markdown/next.md")]
struct NextView<'a> {
    contain: Vec<StepView<'a>>,
    prove: Vec<StepView<'a>>,
    climb: Vec<AgentView<'a>>,
}

fn next(assessment: &Assessment) -> NextView<'_> {
    NextView {
        contain: story::contain(assessment).into_iter().map(StepView::new).collect(),
        prove: story::prove(assessment).into_iter().map(StepView::new).collect(),
        climb: story::climbers(assessment).into_iter().map(|it| AgentView { it }).collect(),
    }
}

struct StepView<'a> {
    agent: &'a AgentAssessment,
    it: &'a Step,
}

impl<'a> StepView<'a> {
    fn new((agent, it): story::AgentStep<'a>) -> Self {
        Self { agent, it }
    }

    fn agent(&self) -> String {
        markdown_code(self.agent.id.as_str())
    }

    fn place(&self) -> String {
        self.it
            .location
            .as_ref()
            .map_or_else(String::new, |location| format!(" · {}", place(location)))
    }

    fn action(&self) -> String {
        markdown_prose(&self.it.action)
    }

    fn reason(&self) -> String {
        markdown_prose(&self.it.reason)
    }

    /// Indented so that it stays within its list item.
    fn change(&self) -> Option<String> {
        let fence = markdown_fence(self.it.change.as_deref()?);
        Some(fence.lines().map(|line| format!("   {line}")).collect::<Vec<_>>().join("\n"))
    }
}

#[derive(Template)]
#[template(path = "markdown/findings.md")]
struct Findings<'a> {
    findings: Vec<FindingView<'a>>,
    hidden: usize,
}

fn findings(assessment: &Assessment) -> Findings<'_> {
    let (shown, hidden) = phrase::few(&assessment.findings, ROWS);
    Findings { findings: shown.iter().map(|it| FindingView { it }).collect(), hidden }
}

struct FindingView<'a> {
    it: &'a Finding,
}

impl FindingView<'_> {
    fn message(&self) -> String {
        markdown_prose(&self.it.message)
    }

    fn remedy(&self) -> String {
        markdown_prose(&self.it.remedy)
    }

    fn rule(&self) -> String {
        markdown_code(&self.it.rule)
    }

    fn agent(&self) -> String {
        self.it
            .agent
            .as_ref()
            .map_or_else(|| "workspace".to_owned(), |agent| markdown_code(agent.as_str()))
    }

    fn place(&self) -> String {
        place(&self.it.location)
    }
}

#[derive(Template)]
#[template(path = "markdown/paths.md")]
struct PathsView<'a> {
    paths: Vec<PathEntry<'a>>,
    hidden: usize,
}

fn paths(assessment: &Assessment) -> PathsView<'_> {
    let all = story::paths(assessment);
    let (shown, hidden) = phrase::few(&all, ROWS);
    PathsView { paths: shown.iter().map(|(agent, it)| PathEntry { agent, it }).collect(), hidden }
}

struct PathEntry<'a> {
    agent: &'a AgentAssessment,
    it: &'a PathView,
}

impl PathEntry<'_> {
    fn agent(&self) -> String {
        markdown_code(self.agent.id.as_str())
    }

    fn becomes(&self) -> String {
        markdown_prose(&phrase::becomes(self.it))
    }

    fn how(&self, hop: &HopView) -> String {
        markdown_prose(&hop.how)
    }

    fn rule(&self, hop: &HopView) -> String {
        markdown_code(&hop.rule)
    }

    fn place(&self, hop: &HopView) -> String {
        hop.grants
            .first()
            .map_or_else(String::new, |grant| format!(" · {}", place(&grant.location)))
    }

    fn unknown(&self, hop: &HopView) -> Option<String> {
        hop.unknown.as_deref().map(markdown_prose)
    }
}

#[derive(Template)]
#[template(path = "markdown/oversight.md")]
struct OverseenView<'a> {
    agents: Vec<OverseenEntry<'a>>,
}

impl<'a> OverseenView<'a> {
    fn new(overseen: Vec<story::OverseenAgent<'a>>) -> Self {
        let entry = |(agent, it)| OverseenEntry { agent, it, clauses: phrase::clauses(it) };
        Self { agents: overseen.into_iter().map(entry).collect() }
    }
}

struct OverseenEntry<'a> {
    agent: &'a AgentAssessment,
    it: &'a OversightView,
    clauses: Vec<Clause>,
}

impl OverseenEntry<'_> {
    fn agent(&self) -> String {
        markdown_code(self.agent.id.as_str())
    }

    fn figures(&self) -> [String; 5] {
        phrase::figures(self.it)
    }

    fn wrong(&self) -> impl Iterator<Item = &Clause> {
        self.clauses.iter().filter(|clause| clause.weight == Weight::Wrong)
    }

    fn unobserved(&self) -> String {
        self.it.unobserved.join("; ")
    }
}

#[derive(Template)]
#[template(path = "markdown/waivers.md")]
struct Waivers<'a> {
    waivers: &'a [WaiverState],
}

#[derive(Template)]
#[template(path = "markdown/evidence.md")]
struct EvidenceView<'a> {
    counts: String,
    unread: Vec<&'a SourceRecord>,
    gaps: Vec<&'a Gap>,
    hidden: usize,
}

impl EvidenceView<'_> {
    fn place(&self, gap: &Gap) -> String {
        place(&gap.location)
    }

    fn status(&self, source: &SourceRecord) -> &'static str {
        phrase::source_status(source.status)
    }
}

fn evidence(assessment: &Assessment) -> EvidenceView<'_> {
    let mut gaps = story::gaps(assessment);
    let hidden = gaps.len().saturating_sub(ROWS);
    gaps.truncate(ROWS);
    EvidenceView {
        counts: phrase::files(&assessment.coverage),
        unread: story::unread(assessment),
        gaps,
        hidden,
    }
}

fn place(location: &Location) -> String {
    markdown_code(&phrase::place(location))
}
