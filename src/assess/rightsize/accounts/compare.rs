//! What a principal holds now, beside what it used and what the log can show.

use std::collections::{BTreeMap, BTreeSet};

use super::needs::{Grant, Needs};
use crate::{
    assess::manifest::iam::{self, Statement},
    model::{
        activity::Recorded,
        aws::{
            pattern,
            policy::{Effect, Elements},
        },
        location::Location,
    },
    privilege::iam::{Held, HeldStatement},
    rubric::aws::AwsRules,
};

/// A statement that gives the principal something now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldPolicy {
    /// `role sre-bot → policy tickets, statement 1`.
    pub grant: String,
    /// Where it stands.
    pub location: Location,
    /// Each pattern of actions.
    pub actions: Vec<HeldActions>,
}

/// A pattern of actions that is held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldActions {
    /// As the policy spells it; `all but …` of a `NotAction`.
    pub pattern: String,
    /// What the log shows of it.
    pub used: Use,
}

/// What a log shows of some actions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Use {
    /// At least one of them was used.
    Used,
    /// None was, and the log would show it.
    Unused,
    /// None of them can stand in this log.
    NotObservable,
    /// Some of them cannot stand in this log; of the others none was used.
    PartlyObservable,
}

impl Use {
    /// The word in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Used => "used",
            Self::Unused => "unused",
            Self::NotObservable => "not-observable",
            Self::PartlyObservable => "partly-observable",
        }
    }
}

/// All of it.
#[derive(Debug, Default)]
pub(super) struct Compared {
    pub(super) held: Vec<HeldPolicy>,
    /// Rights that stay although the log cannot show them.
    pub(super) kept: Vec<Statement>,
    /// The same, in words.
    pub(super) kept_told: Vec<String>,
    /// Rights that the log cannot show and that do not stay, in words.
    pub(super) undecided: Vec<String>,
}

/// Compares what is held with what was used. `is_denied` tells of an action and a
/// resource whether the principal certainly may not.
pub(super) fn compare(
    held: &Held<'_>,
    is_denied: &dyn Fn(&str, &str) -> bool,
    needs: &Needs,
    recorded: &Recorded,
    rules: &AwsRules,
) -> Compared {
    let hidden = Hidden::of(recorded, rules);
    let mut compared = Compared::default();
    let mut kept = BTreeMap::<Grant, BTreeSet<String>>::new();
    for one in held.statements.iter().filter(|one| one.statement.effect == Effect::Allow) {
        let uses = |matches: &dyn Fn(&str) -> bool| {
            needs.actions.keys().any(|action| matches(&action.to_ascii_lowercase()))
        };
        let mut actions = Vec::new();
        match &one.statement.actions {
            Elements::Except(patterns) => {
                let used =
                    if uses(&|action| one.speaks_of(action)) { Use::Used } else { hidden.all };
                let pattern = format!("all but {}", patterns.join(", "));
                actions.push(HeldActions { pattern, used });
                compared.undecided.push(format!(
                    "{}: all but some actions, of which this log cannot show those of {}",
                    one.grant.description,
                    hidden.told()
                ));
            }
            Elements::Only(patterns) => {
                for text in patterns {
                    let lower = text.to_ascii_lowercase();
                    let is_used =
                        uses(&|action| lower == "*:*" || pattern::matches(&lower, action));
                    let used = if is_used { Use::Used } else { hidden.of_pattern(&lower, rules) };
                    actions.push(HeldActions { pattern: text.clone(), used });
                    let parts = hidden.within(text, rules);
                    if parts.is_empty() {
                        continue;
                    }
                    if let Some(grant) = grant(one).filter(|_| names_its_service(&lower)) {
                        kept.entry(grant).or_default().extend(parts);
                    } else {
                        compared.undecided.push(format!(
                            "{}: `{text}` gives what this log cannot show, of {}",
                            one.grant.description,
                            hidden.told()
                        ));
                    }
                }
            }
        }
        compared.held.push(HeldPolicy {
            grant: one.grant.description.clone(),
            location: one.grant.location.clone(),
            actions,
        });
    }
    for (grant, actions) in kept {
        // What a boundary or a Deny takes is not held.
        let taken = |action: &String| {
            !pattern::is_wild(action)
                && grant.resources.patterns().iter().all(|resource| is_denied(action, resource))
        };
        let left: Vec<String> = actions
            .into_iter()
            .filter(|action| !is_given(action, &grant, needs) && !taken(action))
            .collect();
        if left.is_empty() {
            continue;
        }
        compared.kept_told.push(format!(
            "{} on {}: CloudTrail does not record it here, so it stays",
            left.join(", "),
            grant.resources.patterns().join(", ")
        ));
        compared.kept.push(Statement {
            effect: Effect::Allow,
            actions: Elements::Only(left),
            resources: grant.resources,
            conditions: grant.conditions,
        });
    }
    compared.undecided.sort();
    compared.undecided.dedup();
    compared
}

/// Whether needs give an action wherever a grant does.
fn is_given(action: &str, grant: &Grant, needs: &Needs) -> bool {
    let own = needs.actions.iter().filter(|(known, _)| known.eq_ignore_ascii_case(action));
    own.into_iter().any(|(_, need)| need.grants.contains(grant))
}

/// A statement's resources and conditions, as they are written anew.
fn grant(one: &HeldStatement<'_>) -> Option<Grant> {
    Some(Grant {
        resources: iam::written(one.statement.resources.as_ref()?, one.language),
        conditions: iam::conditions(one.statement, one.language),
    })
}

/// Whether a pattern is of one service, by name.
fn names_its_service(pattern: &str) -> bool {
    pattern.split_once(':').is_some_and(|(service, _)| !pattern::is_wild(service))
}

/// The actions that a log cannot show.
struct Hidden {
    /// Patterns, as they are spelt and in lower case.
    patterns: Vec<(String, String)>,
    /// What the log shows of everything.
    all: Use,
}

impl Hidden {
    fn of(recorded: &Recorded, rules: &AwsRules) -> Self {
        let patterns = rules.unlogged().hidden(&|service| recorded.data.contains(service));
        let lower = |pattern: String| {
            let lower = pattern.to_ascii_lowercase();
            (pattern, lower)
        };
        Self { patterns: patterns.into_iter().map(lower).collect(), all: Use::PartlyObservable }
    }

    fn hides(&self, action: &str) -> bool {
        self.patterns.iter().any(|(_, pattern)| pattern::matches(pattern, action))
    }

    /// The services that it hides something of.
    fn told(&self) -> String {
        let services: BTreeSet<&str> =
            self.patterns.iter().filter_map(|(_, pattern)| pattern.split(':').next()).collect();
        services.into_iter().collect::<Vec<_>>().join(", ")
    }

    /// What the log shows of a pattern of which nothing was used.
    fn of_pattern(&self, pattern: &str, rules: &AwsRules) -> Use {
        let Some((service, _)) = pattern.split_once(':').filter(|_| names_its_service(pattern))
        else {
            return self.all;
        };
        let known = rules.service(service).map(crate::rubric::aws::Service::actions);
        let known = known.unwrap_or_default().iter().map(|action| action.lower.as_str());
        let (mut shown, mut hidden) = (false, self.hides(pattern));
        for action in known.filter(|action| pattern::matches(pattern, action)) {
            match self.hides(action) {
                true => hidden = true,
                false => shown = true,
            }
        }
        match (shown, hidden) {
            (_, false) => Use::Unused,
            (true, true) => Use::PartlyObservable,
            (false, true) => Use::NotObservable,
        }
    }

    /// The part of a pattern that is hidden, as patterns or known actions.
    fn within(&self, text: &str, rules: &AwsRules) -> BTreeSet<String> {
        let pattern = text.to_ascii_lowercase();
        let pattern = pattern.as_str();
        let mut parts = BTreeSet::new();
        for (spelt, hidden) in &self.patterns {
            let (service, _) = hidden.split_once(':').unwrap_or_default();
            let known = || {
                rules
                    .service(service)
                    .map(crate::rubric::aws::Service::actions)
                    .unwrap_or_default()
                    .iter()
                    .filter(|action| pattern::matches(hidden, &action.lower))
            };
            if pattern == "*:*" || pattern::covers(pattern, hidden) {
                parts.insert(spelt.clone());
            } else if pattern::covers(hidden, pattern) {
                parts.insert(text.to_owned());
            } else if pattern::overlaps(pattern, hidden) {
                let both = known().filter(|action| pattern::matches(pattern, &action.lower));
                parts.extend(both.map(|action| action.name.clone()));
            }
        }
        parts
    }
}
