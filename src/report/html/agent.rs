//! One agent's part of the page.

use std::collections::BTreeMap;

use askama::Template;

use super::{anchor::Anchors, oversight::Behind, place::Place};
use crate::{
    assess::assessment::{AgentAssessment, CapabilityView, CriterionResult, HopView, PathView},
    model::{
        capability::Grant,
        effect::Effect,
        status::{Assurance, Status},
    },
    report::{escape::html_prose, phrase},
};

/// Capabilities shown of each effect; an administrator holds thousands, and the
/// first ones tell as much.
const CAPABILITIES: usize = 40;

/// Paths shown of one agent.
const PATHS: usize = 20;

/// Grants of one capability or step, and places of one criterion, that are shown.
const PLACES: usize = 6;

/// One agent's article.
#[derive(Template)]
#[template(path = "html/agent.html")]
pub(super) struct Article<'a> {
    pub(super) it: &'a AgentAssessment,
    pub(super) anchor: &'a str,
    pub(super) verdict: String,
    pub(super) headline: String,
    pub(super) figures: [Figure; 3],
    pub(super) place: Place,
    /// Rule and anchor of each of its findings.
    pub(super) findings: Vec<(&'a str, &'a str, &'a str)>,
    pub(super) capabilities: Vec<EffectGroup<'a>>,
    pub(super) paths: Vec<Way<'a>>,
    pub(super) hidden_paths: usize,
    /// Who stood behind its changes; none where logs show no change.
    pub(super) behind: Option<Behind<'a>>,
    pub(super) grid: Vec<DimensionRow<'a>>,
    pub(super) criteria: &'a [Criterion<'a>],
    pub(super) tally: String,
    /// Whether only the figures are shown, for size.
    pub(super) brief: bool,
}

/// Granted, exercised or earned, with its reason.
pub(super) struct Figure {
    pub(super) name: &'static str,
    pub(super) means: &'static str,
    pub(super) level: String,
    pub(super) reason: String,
}

/// Capabilities of one effect.
pub(super) struct EffectGroup<'a> {
    pub(super) effect: &'static str,
    pub(super) count: String,
    /// Whether it changes something and nothing stands before some of it.
    pub(super) ungated: bool,
    pub(super) rows: Vec<Capability<'a>>,
    /// How many more there are.
    pub(super) hidden: usize,
}

/// One capability.
pub(super) struct Capability<'a> {
    pub(super) it: &'a CapabilityView,
    /// Each grant as a path of hops, with its place.
    pub(super) paths: Vec<(Vec<String>, Place)>,
    pub(super) hidden_paths: usize,
    pub(super) used: String,
    pub(super) holds: bool,
}

/// One way to become more.
pub(super) struct Way<'a> {
    pub(super) it: &'a PathView,
    pub(super) becomes: String,
    pub(super) steps: Vec<WayStep<'a>>,
}

/// One step of it, with the places of what allows it.
pub(super) struct WayStep<'a> {
    pub(super) it: &'a HopView,
    pub(super) grants: Vec<(String, Place)>,
    pub(super) hidden: usize,
}

/// One dimension of the criteria grid: cells for all levels, then 1 to 5.
pub(super) struct DimensionRow<'a> {
    pub(super) name: String,
    pub(super) cells: [Vec<&'a Criterion<'a>>; 6],
}

/// One criterion.
pub(super) struct Criterion<'a> {
    pub(super) it: &'a CriterionResult,
    pub(super) anchor: String,
    pub(super) level: String,
    pub(super) reason: String,
    pub(super) evidence: &'a [String],
    pub(super) hidden_evidence: usize,
    pub(super) icon: &'static str,
    pub(super) word: &'static str,
}

/// Criteria with the anchors of their details.
pub(super) fn criteria<'a>(
    agent: &'a AgentAssessment,
    anchor: &str,
    anchors: &mut Anchors,
) -> Vec<Criterion<'a>> {
    agent
        .criteria
        .iter()
        .map(|it| {
            let (icon, word) = status(it.status);
            let (evidence, hidden_evidence) = phrase::few(&it.evidence, PLACES);
            Criterion {
                it,
                // No agent's anchor holds a colon.
                anchor: anchors.take(&format!("{anchor}:"), &it.id),
                level: phrase::criterion_level(it.level),
                reason: html_prose(&it.reason),
                evidence,
                hidden_evidence,
                icon,
                word,
            }
        })
        .collect()
}

/// Dimension by level, in the order of the rubric.
pub(super) fn grid<'a>(criteria: &'a [Criterion<'a>]) -> Vec<DimensionRow<'a>> {
    let mut order: Vec<&str> = Vec::new();
    let mut rows: BTreeMap<&str, [Vec<&'a Criterion<'a>>; 6]> = BTreeMap::new();
    for criterion in criteria {
        let dimension = criterion.it.dimension.as_str();
        if !rows.contains_key(dimension) {
            order.push(dimension);
        }
        let cells = rows.entry(dimension).or_default();
        if let Some(cell) = cells.get_mut(usize::from(criterion.it.level.min(5))) {
            cell.push(criterion);
        }
    }
    order
        .into_iter()
        .filter_map(|dimension| {
            rows.remove(dimension).map(|cells| DimensionRow { name: title(dimension), cells })
        })
        .collect()
}

/// `least-privilege` as `Least privilege`.
fn title(word: &str) -> String {
    let spaced = word.replace('-', " ");
    let mut characters = spaced.chars();
    match characters.next() {
        Some(first) => first.to_uppercase().chain(characters).collect(),
        None => spaced,
    }
}

fn status(status: Status) -> (&'static str, &'static str) {
    match status {
        Status::Pass => ("✓", "pass"),
        Status::Fail => ("✕", "fail"),
        Status::Unknown => ("?", "unknown"),
        Status::NotApplicable => ("–", "not applicable"),
        Status::Waived => ("~", "waived"),
    }
}

/// How many criteria there are of each status.
pub(super) fn tally(agent: &AgentAssessment) -> String {
    let count = |status| agent.criteria.iter().filter(|it| it.status == status).count();
    format!(
        "{}: {} pass, {} fail, {} unknown, {} waived, {} not applicable",
        phrase::count(agent.criteria.len() as u64, "criterion", "criteria"),
        count(Status::Pass),
        count(Status::Fail),
        count(Status::Unknown),
        count(Status::Waived),
        count(Status::NotApplicable)
    )
}

pub(super) fn figures(agent: &AgentAssessment) -> [Figure; 3] {
    let granted = phrase::granted_level(&agent.granted);
    let or_none = |reason: String| {
        if reason.is_empty() { "no reason recorded".to_owned() } else { reason }
    };
    [
        Figure {
            name: "Granted",
            means: "how far it can act alone",
            level: match phrase::credential(&agent.granted) {
                Some(credential) => format!("{granted} ({credential})"),
                None => granted,
            },
            reason: or_none(html_prose(&agent.granted.reason)),
        },
        Figure {
            name: "Exercised",
            means: "how far it did",
            level: phrase::exercised(&agent.exercised),
            reason: or_none(html_prose(&phrase::exercised_reason(&agent.exercised))),
        },
        Figure {
            name: "Earned",
            means: "how far it has earned to",
            level: phrase::earned(&agent.earned),
            reason: or_none(html_prose(&phrase::earned_reason(&agent.earned))),
        },
    ]
}

/// What it can become, worst first, and how many more there are.
pub(super) fn paths(agent: &AgentAssessment) -> (Vec<Way<'_>>, usize) {
    let (shown, hidden) = phrase::few(&agent.paths, PATHS);
    (shown.iter().map(way).collect(), hidden)
}

fn way(it: &PathView) -> Way<'_> {
    Way { it, becomes: phrase::becomes(it), steps: it.hops.iter().map(way_step).collect() }
}

fn way_step(it: &HopView) -> WayStep<'_> {
    let (grants, hidden) = phrase::few(&it.grants, PLACES);
    let place = |grant: &'_ Grant| (grant.description.clone(), Place::new(&grant.location));
    WayStep { it, grants: grants.iter().map(place).collect(), hidden }
}

/// Capabilities by effect, worst first.
pub(super) fn capabilities(agent: &AgentAssessment) -> Vec<EffectGroup<'_>> {
    Effect::ALL
        .into_iter()
        .rev()
        .filter_map(|effect| {
            let all: Vec<&CapabilityView> =
                agent.capabilities.iter().filter(|it| it.effect == effect).collect();
            let open = all.iter().filter(|it| effect.is_mutating() && !holds(it)).count();
            let count = phrase::count(all.len() as u64, "capability", "capabilities");
            (!all.is_empty()).then(|| EffectGroup {
                effect: effect.as_str(),
                count: if open > 0 { format!("{count}, {open} ungated") } else { count },
                ungated: open > 0,
                hidden: all.len().saturating_sub(CAPABILITIES),
                rows: all.into_iter().take(CAPABILITIES).map(capability).collect(),
            })
        })
        .collect()
}

fn capability(it: &CapabilityView) -> Capability<'_> {
    let (grants, hidden_paths) = phrase::few(&it.provenance, PLACES);
    Capability {
        it,
        hidden_paths,
        paths: grants
            .iter()
            .map(|grant| {
                let hops = grant.description.split(" → ").map(str::to_owned).collect();
                (hops, Place::new(&grant.location))
            })
            .collect(),
        used: it.used.map_or_else(|| "unknown".to_owned(), |used| used.to_string()),
        holds: holds(it),
    }
}

/// Whether a human decides on it, or it never happens.
fn holds(capability: &CapabilityView) -> bool {
    matches!(capability.gate.as_str(), "approve" | "deny")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dimension_reads_as_a_title() {
        assert_eq!(title("least-privilege"), "Least privilege");
        assert_eq!(title(""), "");
    }
}
