//! The pages of levels, dimensions, facts and, through their own file, criteria.

use super::{
    Catalogue, Explained, Kind,
    criterion::{self, collectors},
    page::Page,
};
use crate::rubric::{
    Rubric,
    criterion::{Criterion, Rung},
    ladder::{Dimension, LevelEntry},
    vocabulary::FactEntry,
};

/// Everything in a rubric that has an id: criteria (`APR-01`), levels
/// (`level-2`), dimensions (`approval`), facts (`tools.bypassModes`).
pub struct RubricCatalogue<'r>(pub &'r Rubric);

impl Catalogue for RubricCatalogue<'_> {
    fn ids(&self) -> Vec<String> {
        let rubric = self.0;
        rubric
            .criteria()
            .iter()
            .map(|criterion| criterion.id.clone())
            .chain(rubric.levels().iter().map(level_id))
            .chain(rubric.dimensions().iter().map(|dimension| dimension.id.clone()))
            .chain(rubric.vocabulary().iter().map(|fact| fact.name.clone()))
            .collect()
    }

    fn page(&self, id: &str) -> Option<Explained> {
        let rubric = self.0;
        let criterion = || rubric.criterion(id).map(|found| criterion::page(rubric, found));
        let level = || {
            let found = rubric.levels().iter().find(|entry| level_id(entry) == id)?;
            Some(level_page(rubric, found))
        };
        let dimension = || {
            let found = rubric.dimensions().iter().find(|entry| entry.id == id)?;
            Some(dimension_page(rubric, found))
        };
        let fact = || rubric.vocabulary().get(id).map(|found| fact_page(rubric, found));
        criterion().or_else(level).or_else(dimension).or_else(fact)
    }
}

fn level_id(entry: &LevelEntry) -> String {
    format!("level-{}", entry.level)
}

fn level_page(rubric: &Rubric, entry: &LevelEntry) -> Explained {
    let mut page = Page::default();
    page.paragraph(&entry.summary);
    page.heading("What must newly be true").list(&entry.requirements);
    if let Some(days) = entry.dwell_days {
        page.paragraph(&format!(
            "An agent stands here for {days} days without a lapse before the next level can be earned."
        ));
    }
    page.heading("Criteria");
    page.paragraph(
        "Levels are cumulative: those of the levels below, and those of every level, hold as well.",
    );
    page.list(lines(rubric, |criterion| criterion.rung == Rung::From(entry.level)));
    Explained {
        id: level_id(entry),
        kind: Kind::Level,
        title: entry.name.clone(),
        body_markdown: page.finish(),
    }
}

fn dimension_page(rubric: &Rubric, dimension: &Dimension) -> Explained {
    let mut page = Page::default();
    page.paragraph(&dimension.question).paragraph(&dimension.why);
    page.heading("Criteria");
    page.list(lines(rubric, |criterion| criterion.dimension == dimension.id));
    Explained {
        id: dimension.id.clone(),
        kind: Kind::Dimension,
        title: dimension.name.clone(),
        body_markdown: page.finish(),
    }
}

fn fact_page(rubric: &Rubric, fact: &FactEntry) -> Explained {
    let mut page = Page::default();
    page.paragraph(&fact.meaning);
    page.paragraph(&format!(
        "A {} value, {}. It is settled by {}.",
        fact.kind,
        collectors(fact),
        fact.settled_by
    ));
    page.heading("Criteria that need it");
    page.list(lines(rubric, |criterion| criterion.needs.iter().any(|need| need.name == fact.name)));
    Explained {
        id: fact.name.clone(),
        kind: Kind::Fact,
        title: "a fact that criteria are written over".to_owned(),
        body_markdown: page.finish(),
    }
}

fn lines<'r>(
    rubric: &'r Rubric,
    keep: impl Fn(&Criterion) -> bool + 'r,
) -> impl Iterator<Item = String> + 'r {
    rubric.criteria().iter().filter(move |criterion| keep(criterion)).map(|criterion| {
        format!(
            "{} ({}, {}): {}",
            criterion.id,
            criterion.rung,
            criterion.severity.as_str(),
            criterion.title
        )
    })
}
