//! The terminal view: verdict first, then the agents, the findings that matter,
//! what to do, and what the organisation and the gate make of it.
//!
//! Every line fits the width given, except for what is shown to be pasted.

mod agents;
mod oversight;
mod page;
mod paths;
mod steps;
mod style;
mod text;

use self::{
    page::Page,
    style::{FAINT, PLAIN, STRONG},
};
use super::{
    RenderOptions,
    phrase::{self, place},
    story,
};
use crate::assess::assessment::Assessment;

/// How many findings, reasons or files are shown unless all are asked for.
const FEW: usize = 5;

pub(super) fn render(assessment: &Assessment, options: &RenderOptions) -> String {
    let mut page = Page::new(options);
    head(&mut page, assessment);
    agents::write(&mut page, assessment);
    findings(&mut page, assessment);
    paths::write(&mut page, assessment);
    oversight::write(&mut page, assessment);
    steps::write(&mut page, assessment);
    unread(&mut page, assessment);
    organisation(&mut page, assessment);
    gate(&mut page, assessment);
    page.finish()
}

fn head(page: &mut Page, assessment: &Assessment) {
    page.prose(0, STRONG, &phrase::verdict_sentence(assessment));
    for detail in phrase::verdict_details(assessment) {
        page.prose(0, PLAIN, &detail);
    }
    page.blank();
    page.prose(
        0,
        FAINT,
        &format!(
            "{} · {} · rubric {} · evidence {}",
            page.name(&assessment.workspace),
            phrase::count(assessment.agents.len() as u64, "agent", "agents"),
            assessment.rubric.version,
            phrase::evidence(&assessment.coverage),
        ),
    );
    if assessment.agents.is_empty() {
        page.blank();
        page.prose(
            0,
            PLAIN,
            "Declare agents in gradus.yaml, as samples/gradus.yaml does, or name a folder that holds \
             their configuration, cluster manifests or logs.",
        );
    }
}

fn findings(page: &mut Page, assessment: &Assessment) {
    let all = assessment.findings.len();
    if all == 0 {
        return;
    }
    let by_severity: Vec<String> = story::severities(&assessment.findings)
        .into_iter()
        .map(|(severity, count)| format!("{count} {}", severity.as_str()))
        .collect();
    page.title(&format!("Findings: {}", by_severity.join(", ")));
    let mattering = story::findings_that_matter(assessment);
    let chosen = if page.is_verbose() { assessment.findings.iter().collect() } else { mattering };
    let shown = page.limit(chosen.len(), FEW);
    for finding in chosen.iter().take(shown) {
        let word = finding.severity.as_str();
        let agent = finding
            .agent
            .as_ref()
            .map_or_else(String::new, |agent| format!(" · {}", page.name(agent.as_str())));
        let mark = format!("{word:8}");
        let text = format!("{}{agent}", finding.rule);
        let place = place(&finding.location);
        page.item((style::severity(finding.severity), &mark), &text, Some(&place));
        page.prose(12, PLAIN, &finding.message);
        if page.is_verbose() {
            page.prose(12, PLAIN, &format!("→ {}", finding.remedy));
        }
    }
    if chosen.is_empty() {
        page.line(2, FAINT, "told by the steps below; -v shows them");
    } else {
        page.rest(all, shown);
    }
}

fn unread(page: &mut Page, assessment: &Assessment) {
    let unread = story::unread(assessment);
    let gaps = story::gaps(assessment);
    if unread.is_empty() && gaps.is_empty() {
        return;
    }
    page.title("Not seen, so unknown");
    let shown = page.limit(unread.len(), FEW);
    for source in unread.iter().take(shown) {
        page.item((PLAIN, "·"), &source.path, None);
        page.prose(5, PLAIN, source.reason.as_deref().unwrap_or("no reason known"));
    }
    if page.is_verbose() {
        for gap in &gaps {
            page.item((PLAIN, "·"), &place(&gap.location), None);
            page.prose(5, PLAIN, &gap.reason);
        }
    }
    let hidden = if page.is_verbose() { 0 } else { gaps.len() };
    page.rest(unread.len() + hidden, shown);
}

fn organisation(page: &mut Page, assessment: &Assessment) {
    let organisation = &assessment.organisation;
    let names: Vec<String> =
        organisation.limited_by.iter().map(|agent| page.name(agent.as_str())).collect();
    let limit = match names.as_slice() {
        [] => String::new(),
        [one] => format!(", limited by {one}"),
        [one, rest @ ..] => format!(", limited by {one} and {} more", rest.len()),
    };
    page.blank();
    page.prose(
        0,
        STRONG,
        &format!("Organisation: {}{limit}", phrase::organisation_level(organisation)),
    );
    if !organisation.distribution.is_empty() {
        let levels: Vec<String> = organisation
            .distribution
            .iter()
            .map(|(level, count)| {
                let agents = phrase::count(u64::from(*count), "agent", "agents");
                format!("{agents} at {level}").replace(' ', "\u{A0}")
            })
            .collect();
        page.prose(2, PLAIN, &format!("earned levels: {}", levels.join(" · ")));
    }
}

fn gate(page: &mut Page, assessment: &Assessment) {
    let text = format!("Gate: {}", phrase::gate(assessment));
    // Nothing judged is nothing passed.
    let style =
        if assessment.agents.is_empty() { STRONG } else { style::gate(assessment.gate.outcome) };
    page.line(0, style, &text);
    let reasons = &assessment.gate.reasons;
    let shown = page.limit(reasons.len(), FEW);
    for reason in reasons.iter().take(shown) {
        page.item((PLAIN, "·"), reason, None);
    }
    page.rest(reasons.len(), shown);
}
