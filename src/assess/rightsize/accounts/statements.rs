//! From needs to the fewest statements that give them and nothing else.

use std::collections::{BTreeMap, BTreeSet};

use super::needs::{Need, Needs, is_passing};
use crate::{
    assess::manifest::iam::Statement,
    model::aws::{
        arn::region_of,
        pattern,
        policy::{Clause, Effect, Elements},
    },
    privilege::iam::{Held, HeldStatement},
};

/// One statement for all actions on the same resources under the same conditions.
pub(super) fn statements(needs: &Needs) -> Vec<Statement> {
    let mut merged = BTreeMap::<(Elements, Vec<Clause>), Vec<String>>::new();
    for (action, need) in &needs.actions {
        for grant in &need.grants {
            let conditions = narrowed(action, &grant.conditions, need, &grant.resources);
            merged.entry((grant.resources.clone(), conditions)).or_default().push(action.clone());
        }
    }
    let mut all: Vec<Statement> = merged
        .into_iter()
        .map(|((resources, conditions), actions)| Statement {
            effect: Effect::Allow,
            actions: Elements::Only(actions),
            resources,
            conditions,
        })
        .collect();
    all.sort();
    all
}

/// The conditions of a grant, and those that every use of the action met.
fn narrowed(action: &str, conditions: &[Clause], need: &Need, resources: &Elements) -> Vec<Clause> {
    let mut all = conditions.to_vec();
    let texts = |set: &BTreeSet<String>| set.iter().cloned().collect::<Vec<_>>();
    let is_call = !is_passing(action);
    if let Some(regions) = &need.ways.regions
        && is_call
        && !resources.patterns().iter().all(|arn| has_region(arn))
    {
        narrow(&mut all, "StringEquals", "aws:RequestedRegion", texts(regions));
    }
    if need.ways.via_mcp && is_call {
        narrow(&mut all, "Bool", "aws:ViaAWSMCPService", vec!["true".to_owned()]);
    }
    if let Some(services) = &need.ways.passed_to {
        narrow(&mut all, "StringEquals", "iam:PassedToService", texts(services));
    }
    all.sort();
    all
}

/// Adds a clause, or takes its values for those of the one there is.
fn narrow(conditions: &mut Vec<Clause>, operator: &str, key: &str, values: Vec<String>) {
    let same_key = |clause: &&mut Clause| clause.key.eq_ignore_ascii_case(key);
    match conditions.iter_mut().find(same_key) {
        None => {
            conditions.push(Clause { operator: operator.to_owned(), key: key.to_owned(), values })
        }
        Some(known)
            if known.operator.eq_ignore_ascii_case(operator)
                && values.iter().all(|value| known.values.contains(value)) =>
        {
            known.values = values;
        }
        // Whatever it asks for, the uses met it; two of one operator cannot be written.
        Some(_) => {}
    }
}

/// Whether an ARN names its region, so that no other region can be asked.
fn has_region(arn: &str) -> bool {
    region_of(arn).is_some_and(|region| !region.is_empty() && !pattern::is_wild(region))
}

/// The Denies that speak of what statements give: without them these would give more
/// than is granted now.
pub(super) fn denies(held: &Held<'_>, given: &[Statement]) -> Vec<Statement> {
    let bears = |one: &HeldStatement<'_>| {
        given.iter().flat_map(|statement| statement.actions.patterns()).any(|action| {
            let action = action.to_ascii_lowercase();
            match &one.statement.actions {
                Elements::Only(patterns) => {
                    patterns.iter().any(|p| pattern::overlaps(&p.to_ascii_lowercase(), &action))
                }
                Elements::Except(patterns) => {
                    !patterns.iter().any(|p| pattern::covers(&p.to_ascii_lowercase(), &action))
                }
            }
        })
    };
    let deny = |one: &HeldStatement<'_>| Statement::of(one.statement, one.language);
    let is_deny = |one: &&HeldStatement<'_>| one.statement.effect == Effect::Deny && bears(one);
    let mut all: Vec<Statement> = held.statements.iter().filter(is_deny).filter_map(deny).collect();
    all.sort();
    all.dedup();
    all
}
