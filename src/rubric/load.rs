//! Reading the rubric: the embedded one, or a folder that extends or replaces it
//! file by file.

use std::collections::{BTreeMap, BTreeSet};

use serde::de::DeserializeOwned;

use super::{
    criterion::{Criterion, Examples, Precondition, Rung},
    embedded,
    expression::Expression,
    ladder::{Dimension, Framework, LevelEntry},
    shape::{CriterionShape, ExampleValue, FactShape, Identity},
    vocabulary::{FactEntry, FactType, Vocabulary},
};
use crate::model::{fact::Facts, level::Level, location::Location};

/// Something wrong with a rubric, and where.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[error("{location}: {message}")]
pub struct Problem {
    /// Where it stands.
    pub location: Location,
    /// What is wrong, as a lowercase phrase.
    pub message: String,
}

impl Problem {
    pub(super) fn new(location: &Location, message: impl Into<String>) -> Self {
        Self { location: location.clone(), message: message.into() }
    }
}

/// Everything that is wrong with a rubric, in the order of places.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
pub struct RubricErrors {
    /// At least one.
    pub problems: Vec<Problem>,
}

/// The rubric: levels, dimensions, facts, criteria and frameworks.
#[derive(Debug)]
pub struct Rubric {
    pub(super) version: String,
    pub(super) digest: String,
    pub(super) levels: Vec<LevelEntry>,
    pub(super) dimensions: Vec<Dimension>,
    pub(super) frameworks: Vec<Framework>,
    pub(super) vocabulary: Vocabulary,
    pub(super) criteria: Vec<Criterion>,
}

impl Rubric {
    /// The rubric that gradus was built with. Expressions are compiled when they
    /// are first used.
    ///
    /// # Errors
    /// When a file does not hold what its type says; the build's own tests and
    /// `gradus rubric check` rule that out.
    pub fn embedded() -> Result<Self, RubricErrors> {
        let mut parts = Parts::default();
        for &(path, text) in embedded::files() {
            parts.read(path, &JsonFile { path, text });
        }
        parts.assemble(embedded::digest().to_owned())
    }

    /// Its version, as in `rubric/rubric.yaml`.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// `sha256:…` over all its files, risks, effects and servers included.
    #[must_use]
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// The rungs, lowest first.
    #[must_use]
    pub fn levels(&self) -> &[LevelEntry] {
        &self.levels
    }

    /// The dimensions, in the order of the rubric.
    #[must_use]
    pub fn dimensions(&self) -> &[Dimension] {
        &self.dimensions
    }

    /// The frameworks that criteria inform, by id.
    #[must_use]
    pub fn frameworks(&self) -> &[Framework] {
        &self.frameworks
    }

    /// The documented facts.
    #[must_use]
    pub fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    /// All criteria, ordered by level, dimension and id.
    #[must_use]
    pub fn criteria(&self) -> &[Criterion] {
        &self.criteria
    }

    /// The criterion of that id.
    #[must_use]
    pub fn criterion(&self, id: &str) -> Option<&Criterion> {
        self.criteria.iter().find(|criterion| criterion.id == id)
    }
}

/// One file of a rubric, however it is written.
pub(super) trait RubricFile {
    /// The whole file as one `T`.
    fn whole<T: DeserializeOwned>(&self) -> Result<T, Problem>;

    /// The entries of the one list it holds, under `key`, with their places.
    fn list<T: DeserializeOwned>(&self, key: &str) -> Result<Vec<(Location, T)>, Vec<Problem>>;

    /// The file itself.
    fn location(&self) -> Location;
}

/// An embedded file.
pub(super) struct JsonFile {
    pub(super) path: &'static str,
    pub(super) text: &'static str,
}

impl RubricFile for JsonFile {
    fn whole<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        serde_json::from_str(self.text)
            .map_err(|error| Problem::new(&self.location(), error.to_string()))
    }

    fn list<T: DeserializeOwned>(&self, key: &str) -> Result<Vec<(Location, T)>, Vec<Problem>> {
        let mut file: BTreeMap<String, Vec<T>> = self.whole().map_err(|problem| vec![problem])?;
        let entries = file.remove(key).unwrap_or_default();
        match file.into_keys().next() {
            Some(other) => Err(vec![Problem::new(
                &self.location(),
                format!("`{other}` stands where only `{key}` is read"),
            )]),
            None => Ok(entries.into_iter().map(|entry| (self.location(), entry)).collect()),
        }
    }

    fn location(&self) -> Location {
        Location::file(format!("rubric/{}", self.path))
    }
}

/// What the files hold, before it is put together.
#[derive(Default)]
pub(super) struct Parts {
    version: Option<String>,
    levels: Vec<(Location, LevelEntry)>,
    dimensions: Vec<(Location, Dimension)>,
    frameworks: Vec<(Location, Framework)>,
    facts: Vec<(Location, FactShape)>,
    criteria: Vec<(Location, CriterionShape)>,
    pub(super) problems: Vec<Problem>,
}

impl Parts {
    /// Reads one file; `path` is below the rubric's folder. Whether it is one
    /// that this room's types describe.
    pub(super) fn read(&mut self, path: &str, file: &impl RubricFile) -> bool {
        match path.split_once('/') {
            None if path == "rubric.yaml" => match file.whole::<Identity>() {
                Ok(identity) => self.version = Some(identity.version),
                Err(problem) => self.problems.push(problem),
            },
            None if path == "levels.yaml" => {
                take(&mut self.levels, file.list("levels"), &mut self.problems);
            }
            None if path == "dimensions.yaml" => {
                take(&mut self.dimensions, file.list("dimensions"), &mut self.problems);
            }
            None if path == "facts.yaml" => {
                take(&mut self.facts, file.list("facts"), &mut self.problems);
            }
            Some(("criteria", _)) => {
                take(&mut self.criteria, file.list("criteria"), &mut self.problems);
            }
            Some(("frameworks", _)) => match file.whole() {
                Ok(framework) => self.frameworks.push((file.location(), framework)),
                Err(problem) => self.problems.push(problem),
            },
            _ => return false,
        }
        true
    }

    /// Puts the rubric together.
    ///
    /// # Errors
    /// When a file did not hold what its type says, when two entries have one
    /// id, or a criterion's level or needs are not known.
    pub(super) fn assemble(self, digest: String) -> Result<Rubric, RubricErrors> {
        let mut problems = self.problems;
        let version = self.version.unwrap_or_else(|| {
            problems.push(Problem::new(
                &Location::file("rubric/rubric.yaml"),
                "is missing: it names the rubric's version",
            ));
            String::new()
        });

        let mut vocabulary = Vocabulary::default();
        for (location, shape) in self.facts {
            let entry = FactEntry {
                name: shape.name,
                kind: shape.kind,
                meaning: shape.meaning,
                collected_by: shape.collected_by,
                shown_by: shape.shown_by,
                settled_by: shape.settled_by,
                location,
            };
            if let Some(second) = vocabulary.add(entry) {
                problems.push(Problem::new(
                    &second.location,
                    format!("fact `{}` is documented twice", second.name),
                ));
            }
        }

        let levels = unique(self.levels, |entry| entry.level.to_string(), "level", &mut problems);
        let dimensions =
            unique(self.dimensions, |entry| entry.id.clone(), "dimension", &mut problems);
        let frameworks =
            unique(self.frameworks, |entry| entry.id.clone(), "framework", &mut problems);
        let mut criteria: Vec<Criterion> =
            unique(self.criteria, |entry| entry.id.clone(), "criterion", &mut problems)
                .into_iter()
                .filter_map(|(location, shape)| {
                    resolve(shape, location, &vocabulary)
                        .map_err(|problem| problems.push(problem))
                        .ok()
                })
                .collect();

        let mut levels: Vec<LevelEntry> = levels.into_iter().map(|(_, level)| level).collect();
        levels.sort_by_key(|entry| entry.level);
        let dimensions: Vec<Dimension> = dimensions.into_iter().map(|(_, entry)| entry).collect();
        let mut frameworks: Vec<Framework> =
            frameworks.into_iter().map(|(_, entry)| entry).collect();
        frameworks.sort_by(|left, right| left.id.cmp(&right.id));
        let order: BTreeMap<&str, usize> = dimensions
            .iter()
            .enumerate()
            .map(|(index, entry)| (entry.id.as_str(), index))
            .collect();
        criteria.sort_by_cached_key(|criterion| {
            (
                criterion.rung,
                order.get(criterion.dimension.as_str()).copied().unwrap_or(usize::MAX),
                criterion.id.clone(),
            )
        });

        if problems.is_empty() {
            Ok(Rubric { version, digest, levels, dimensions, frameworks, vocabulary, criteria })
        } else {
            problems.sort();
            Err(RubricErrors { problems })
        }
    }
}

fn take<T>(
    into: &mut Vec<(Location, T)>,
    read: Result<Vec<(Location, T)>, Vec<Problem>>,
    problems: &mut Vec<Problem>,
) {
    match read {
        Ok(entries) => into.extend(entries),
        Err(found) => problems.extend(found),
    }
}

/// The entries, each id once.
fn unique<T>(
    entries: Vec<(Location, T)>,
    id_of: impl Fn(&T) -> String,
    kind: &str,
    problems: &mut Vec<Problem>,
) -> Vec<(Location, T)> {
    let mut seen = BTreeSet::new();
    entries
        .into_iter()
        .filter(|(location, entry)| {
            let id = id_of(entry);
            let first = seen.insert(id.clone());
            if !first {
                problems.push(Problem::new(location, format!("{kind} `{id}` is there twice")));
            }
            first
        })
        .collect()
}

/// A criterion with the vocabulary's word on each fact it needs.
fn resolve(
    shape: CriterionShape,
    location: Location,
    vocabulary: &Vocabulary,
) -> Result<Criterion, Problem> {
    let rung = match shape.level {
        0 => Rung::Every,
        number => {
            Rung::From(Level::try_from(number).map_err(|message| Problem::new(&location, message))?)
        }
    };
    let mut needs = Vec::new();
    for name in &shape.needs {
        let entry = vocabulary.get(name).ok_or_else(|| {
            Problem::new(
                &location,
                format!("{} needs `{name}`, which `facts.yaml` does not document", shape.id),
            )
        })?;
        needs.push(entry.clone());
    }
    let applies_when = match (shape.applies_when, shape.not_applicable_message) {
        (None, None) => None,
        (Some(text), Some(message)) => {
            Some(Precondition { expression: Expression::new(text, FactType::Bool), message })
        }
        _ => {
            return Err(Problem::new(
                &location,
                "`appliesWhen` and `notApplicableMessage` go together",
            ));
        }
    };
    let facts = |values: BTreeMap<String, ExampleValue>| {
        let mut facts = Facts::default();
        for (name, ExampleValue(value)) in values {
            facts.know(&name, value, Vec::new());
        }
        facts
    };
    Ok(Criterion {
        id: shape.id,
        title: shape.title,
        rung,
        dimension: shape.dimension,
        severity: shape.severity,
        mode: shape.mode,
        effort: shape.effort,
        applies_when,
        needs,
        expression: Expression::new(shape.expression, FactType::Bool),
        message: Expression::new(shape.message_expression, FactType::Text),
        pass_message: shape.pass_message,
        why: shape.why,
        how_measured: shape.how_measured,
        remediation: shape.remediation,
        depends_on: shape.depends_on,
        cap: shape.cap,
        informs: shape.informs,
        source: shape.source,
        examples: Examples {
            pass: facts(shape.examples.pass),
            fail: facts(shape.examples.fail),
            not_applicable: shape.examples.not_applicable.map(facts),
        },
        location,
    })
}
