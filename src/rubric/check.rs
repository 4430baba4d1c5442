//! What must be true of a rubric beyond the shape of its files: one place for
//! every rule, run by `gradus rubric check`, on every folder that is loaded, and
//! by the tests on the embedded rubric.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    criterion::Criterion,
    expression::{Expression, ExpressionError},
    load::{Problem, Rubric},
};
use crate::model::{
    fact::{Fact, Facts},
    finding::Severity,
    level::Level,
    location::Location,
    status::Status,
};

/// Longest title, in characters: it must fit beside an id in a terminal.
const MAX_TITLE: usize = 72;

impl Rubric {
    /// Everything that is wrong with it, in the order of places; empty for a
    /// sound rubric. Compiles every expression and runs every example.
    #[must_use]
    pub fn check(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        self.check_ladder(&mut problems);
        self.check_facts(&mut problems);
        for criterion in &self.criteria {
            let mut note = |message: String| {
                problems.push(Problem::new(
                    &criterion.location,
                    format!("{}: {message}", criterion.id),
                ));
            };
            self.check_names(criterion, &mut note);
            self.check_links(criterion, &mut note);
            check_expressions(criterion, &mut note);
            check_examples(criterion, &mut note);
        }
        self.check_cycles(&mut problems);
        problems.sort();
        problems
    }

    fn check_ladder(&self, problems: &mut Vec<Problem>) {
        let levels = Location::file("rubric/levels.yaml");
        for level in Level::ALL {
            match self.levels.iter().find(|entry| entry.level == level) {
                None => problems.push(Problem::new(&levels, format!("level {level} is missing"))),
                Some(entry) if (entry.dwell_days.is_none()) != (level == Level::L5) => {
                    problems.push(Problem::new(
                        &levels,
                        format!("level {level}: `dwellDays` stands at each level but the highest"),
                    ));
                }
                Some(_) => {}
            }
        }
        let dimensions = Location::file("rubric/dimensions.yaml");
        let mut prefixes = BTreeSet::new();
        for dimension in &self.dimensions {
            if !is_words(&dimension.id, '-') {
                problems.push(Problem::new(
                    &dimensions,
                    format!("`{}` is not a word of lower-case letters and hyphens", dimension.id),
                ));
            }
            if !prefixes.insert(&dimension.prefix) {
                problems.push(Problem::new(
                    &dimensions,
                    format!("two dimensions have the prefix `{}`", dimension.prefix),
                ));
            }
        }
    }

    fn check_facts(&self, problems: &mut Vec<Problem>) {
        let used: BTreeSet<&str> = self
            .criteria
            .iter()
            .flat_map(|criterion| criterion.needs.iter().map(|need| need.name.as_str()))
            .collect();
        for entry in self.vocabulary.iter() {
            let mut note = |message: &str| {
                problems.push(Problem::new(
                    &entry.location,
                    format!("fact `{}` {message}", entry.name),
                ));
            };
            let well_formed = entry
                .name
                .split_once('.')
                .is_some_and(|(family, word)| is_camel_case(family) && is_camel_case(word));
            if !well_formed {
                note("is not two camelCase words with a dot between");
            }
            if entry.meaning.is_empty() || entry.settled_by.is_empty() {
                note("lacks its meaning or what settles it");
            }
            if !used.contains(entry.name.as_str()) {
                note("is needed by no criterion");
            }
        }
    }

    fn check_names(&self, criterion: &Criterion, note: &mut dyn FnMut(String)) {
        match self.dimensions.iter().find(|entry| entry.id == criterion.dimension) {
            None => note(format!("no dimension is called `{}`", criterion.dimension)),
            Some(dimension) => {
                let number = criterion
                    .id
                    .strip_prefix(dimension.prefix.as_str())
                    .and_then(|rest| rest.strip_prefix('-'));
                let well_formed = number.is_some_and(|digits| {
                    digits.len() >= 2 && digits.bytes().all(|byte| byte.is_ascii_digit())
                });
                if !well_formed {
                    note(format!("an id of {} is `{}-NN`", dimension.id, dimension.prefix));
                }
            }
        }
        if criterion.title.is_empty() || criterion.title.chars().count() > MAX_TITLE {
            note(format!("a title has 1 to {MAX_TITLE} characters"));
        }
        if criterion.severity == Severity::Low {
            note(
                "a criterion is `critical`, `high`, `medium`, or `info` where it only advises"
                    .into(),
            );
        }
        let texts = [
            ("passMessage", &criterion.pass_message),
            ("why", &criterion.why),
            ("howMeasured", &criterion.how_measured),
            ("remediation", &criterion.remediation.text),
            ("source", &criterion.source),
        ];
        for (key, text) in texts {
            if text.trim().is_empty() {
                note(format!("`{key}` says nothing"));
            }
        }
    }

    fn check_links(&self, criterion: &Criterion, note: &mut dyn FnMut(String)) {
        for id in &criterion.depends_on {
            match self.criterion(id) {
                None => note(format!("depends on `{id}`, which is no criterion")),
                Some(other) if other.rung > criterion.rung => {
                    note(format!("depends on `{id}` of {}, above its own", other.rung));
                }
                Some(_) => {}
            }
        }
        if let Some(cap) = criterion.cap {
            if cap > Level::L5.number() {
                note(format!("caps at {cap}, which is not on the ladder"));
            }
            if criterion.severity != Severity::Critical {
                note("only critical criteria cap".into());
            }
        }
        let mut seen = BTreeSet::new();
        for informs in &criterion.informs {
            if !self.frameworks.iter().any(|framework| framework.id == informs.framework) {
                note(format!("no framework is called `{}`", informs.framework));
            }
            if informs.control.trim().is_empty() || !seen.insert(informs) {
                note(format!("a control of `{}` is empty or there twice", informs.framework));
            }
        }
    }

    /// A criterion that waits for itself can never be advised.
    fn check_cycles(&self, problems: &mut Vec<Problem>) {
        let mut waiting: BTreeMap<&str, BTreeSet<&str>> = self
            .criteria
            .iter()
            .map(|criterion| {
                let on = criterion
                    .depends_on
                    .iter()
                    .map(String::as_str)
                    .filter(|id| self.criterion(id).is_some())
                    .collect();
                (criterion.id.as_str(), on)
            })
            .collect();
        while let Some(free) = waiting.iter().find(|(_, on)| on.is_empty()).map(|(id, _)| *id) {
            waiting.remove(free);
            for on in waiting.values_mut() {
                on.remove(free);
            }
        }
        for id in waiting.keys() {
            if let Some(criterion) = self.criterion(id) {
                problems.push(Problem::new(
                    &criterion.location,
                    format!("{id}: waits, by `dependsOn`, for itself or for others that do"),
                ));
            }
        }
    }
}

fn check_expressions(criterion: &Criterion, note: &mut dyn FnMut(String)) {
    let mut named = BTreeSet::new();
    let mut compile = |key: &str, expression: &Expression| match criterion.compile(expression) {
        Ok(compiled) => {
            named.extend(compiled.facts.iter().cloned());
            !compiled.facts.is_empty()
        }
        Err(error) => {
            note(format!("`{key}` {}", explained(&error)));
            true
        }
    };
    let mut constant = Vec::new();
    if !compile("expression", &criterion.expression) {
        constant.push("expression");
    }
    if let Some(precondition) = &criterion.applies_when
        && !compile("appliesWhen", &precondition.expression)
    {
        constant.push("appliesWhen");
    }
    compile("messageExpression", &criterion.message);
    for key in constant {
        note(format!("`{key}` names no fact, so nothing can change it"));
    }
    let mut once = BTreeSet::new();
    for need in &criterion.needs {
        if !once.insert(&need.name) {
            note(format!("needs `{}` twice", need.name));
        } else if !named.contains(&need.name) {
            note(format!("needs `{}`, which none of its expressions names", need.name));
        }
    }
}

/// Expression errors begin with a verb where they are about the whole.
fn explained(error: &ExpressionError) -> String {
    match error {
        ExpressionError::NotAllowed(_) => format!("cannot be used: {error}"),
        ExpressionError::TooLarge(_)
        | ExpressionError::Syntax(_)
        | ExpressionError::Type(_)
        | ExpressionError::Evaluation(_) => error.to_string(),
    }
}

fn check_examples(criterion: &Criterion, note: &mut dyn FnMut(String)) {
    let examples = &criterion.examples;
    let mut cases =
        vec![("pass", &examples.pass, Status::Pass), ("fail", &examples.fail, Status::Fail)];
    match (&criterion.applies_when, &examples.not_applicable) {
        (Some(_), Some(facts)) => cases.push(("notApplicable", facts, Status::NotApplicable)),
        (None, None) => {}
        _ => {
            note("a `notApplicable` example stands exactly where there is an `appliesWhen`".into())
        }
    }
    for (key, facts, status) in cases {
        check_example_facts(criterion, key, facts, note);
        let evaluation = criterion.evaluate(facts);
        if evaluation.status != status {
            note(format!(
                "the example `{key}` is {}: {}",
                evaluation.status.as_str(),
                evaluation.reason
            ));
        } else if status == Status::Fail && evaluation.reason == criterion.fallback_reason() {
            note("`messageExpression` gives nothing for the example `fail`".into());
        }
    }
    if criterion.evaluate(&Facts::default()).status != Status::Unknown {
        note("without any fact it is decided".into());
    }
}

fn check_example_facts(
    criterion: &Criterion,
    key: &str,
    facts: &Facts,
    note: &mut dyn FnMut(String),
) {
    for (name, fact) in facts.iter() {
        match criterion.needs.iter().find(|need| need.name == name) {
            None => note(format!("the example `{key}` gives `{name}`, which it does not need")),
            Some(need) => {
                if let Fact::Known { value, .. } = fact
                    && !need.kind.admits(value)
                {
                    note(format!("the example `{key}` does not give `{name}` as {}", need.kind));
                }
            }
        }
    }
}

/// Lower-case words joined by `separator`.
fn is_words(text: &str, separator: char) -> bool {
    text.split(separator).all(|word| {
        !word.is_empty()
            && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    })
}

fn is_camel_case(word: &str) -> bool {
    word.bytes().next().is_some_and(|byte| byte.is_ascii_lowercase())
        && word.bytes().all(|byte| byte.is_ascii_alphanumeric())
}
