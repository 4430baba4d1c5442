//! Which catalogued risks a principal's rights make real.
//!
//! A set of actions is held when rights include each of them; the first one
//! must work on the target that the rule names. Where the danger lies in a
//! target (a user to take over, a role to pass), the account is searched for the
//! strongest one in reach: taking over an administrator is no less than being
//! one. Without a target in the evidence, the risk is conditional.

mod board;
mod strength;
mod target;

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    model::{
        capability::{Condition, RiskClass, RiskHit},
        finding::Severity,
        text::{filled, some_of},
    },
    rubric::aws::{AwsRisk, AwsRules, Target},
};

use super::{
    Evaluator,
    capability::{is_always, shorten},
    holdings::Who,
    rights::{Right, Rights},
    tagging::taggings,
    when::When,
};
pub(super) use board::{Board, Catalogue, CompiledSet, Places, companions};
pub(super) use strength::{Strength, Strengths, own_strengths};
use target::{anchor, assumable_by_graph, passable, running};
pub(super) use target::{passes_when, passing};

/// Places that one rule reports; more are counted in the last one.
const PLACES: usize = 8;
/// Actions and grants that one hit names.
const NAMED: usize = 4;

/// What makes two ways of one risk one hit.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place<'r> {
    when: When,
    class: RiskClass,
    severity: Severity,
    scope: &'r [String],
    target: Option<String>,
}

#[derive(Debug, Default)]
struct Ways<'r> {
    actions: BTreeSet<&'r str>,
    /// The statements, by their numbers, each once.
    holdings: Vec<usize>,
}

/// One way to make a risk real.
struct Way<'r> {
    place: Place<'r>,
    actions: &'r [String],
    holdings: Vec<usize>,
}

/// The risks of a principal, worst first, then by rule and scope. An
/// administrator has one risk, because it includes all others.
pub(super) fn hits<'a>(
    evaluator: &Evaluator<'a>,
    who: Who<'a>,
    board: &Board<'_, 'a>,
) -> Vec<RiskHit> {
    let mut found: BTreeMap<&str, (&AwsRisk, BTreeMap<Place<'_>, Ways<'_>>)> = BTreeMap::new();
    for compiled in &evaluator.catalogue.sets {
        for way in ways(evaluator, board, compiled, who) {
            let (_, places) =
                found.entry(&compiled.risk.id).or_insert_with(|| (compiled.risk, BTreeMap::new()));
            let ways = places.entry(way.place).or_default();
            ways.actions.extend(way.actions.iter().map(String::as_str));
            for holding in way.holdings {
                if !ways.holdings.contains(&holding) {
                    ways.holdings.push(holding);
                }
            }
        }
    }
    let label = who.label();
    let mut hits: Vec<RiskHit> = found
        .into_values()
        .flat_map(|(risk, places)| tell(risk, places, board.rights, &label))
        .collect();
    let admin =
        |hit: &RiskHit| hit.class == RiskClass::AdminEquivalent && is_always(&hit.condition);
    if let Some(first) = hits.iter().position(admin) {
        return vec![hits.swap_remove(first)];
    }
    sort(&mut hits);
    hits
}

/// Worst first, then by rule and scope.
pub(super) fn sort(hits: &mut [RiskHit]) {
    hits.sort_by(|a, b| {
        b.severity
            .cmp(&a.severity)
            .then_with(|| (&a.rule, &a.scope, &a.condition).cmp(&(&b.rule, &b.scope, &b.condition)))
    });
}

/// Takes the tag of a resource from what a database risk depends on, where the
/// principal can put the tag there itself.
pub(super) fn drop_own_marks(hits: &mut [RiskHit], rights: &Rights<'_>, rules: &AwsRules) {
    let is_marked = |hit: &RiskHit| {
        hit.class == RiskClass::DatabaseWrite
            && matches!(&hit.condition, Condition::If(all) if all.iter().any(|one| is_of_tag(one)))
    };
    if !hits.iter().any(is_marked) {
        return;
    }
    let databases = rules.risks().iter().filter(|risk| risk.class == RiskClass::DatabaseWrite);
    let services: BTreeSet<String> = databases
        .flat_map(|risk| &risk.sets)
        .flat_map(|set| &set.all)
        .filter_map(|action| Some(action.split_once(':')?.0.to_ascii_lowercase()))
        .collect();
    if taggings(rights, rules, Some(&services)).is_empty() {
        return;
    }
    for hit in hits.iter_mut().filter(|hit| is_marked(hit)) {
        if let Condition::If(all) = &mut hit.condition {
            all.retain(|one| !is_of_tag(one));
            if all.is_empty() {
                hit.condition = Condition::Always;
            }
        }
    }
}

/// Before the name of a tag of what is written to.
const RESOURCE_TAG: &str = "aws:resourcetag/";

fn is_of_tag(condition: &str) -> bool {
    condition.to_ascii_lowercase().contains(RESOURCE_TAG)
}

/// The hits of one rule.
fn tell(
    risk: &AwsRisk,
    places: BTreeMap<Place<'_>, Ways<'_>>,
    rights: &Rights<'_>,
    principal: &str,
) -> Vec<RiskHit> {
    // What always holds comes first: `When::default()` is the least.
    let more = places.len().saturating_sub(PLACES);
    places
        .into_iter()
        .take(PLACES)
        .enumerate()
        .map(|(index, (place, ways))| {
            let actions = Vec::from_iter(ways.actions);
            let mut scope = shorten(place.scope);
            if index + 1 == PLACES && more > 0 {
                scope = format!("{scope}, and {more} more places");
            }
            let values = [
                ("principal", principal),
                ("actions", &some_of(&actions, NAMED)),
                ("scope", if scope == "*" { "every resource" } else { &scope }),
                ("target", place.target.as_deref().unwrap_or("another principal")),
            ];
            RiskHit {
                rule: risk.id.clone(),
                title: risk.title.clone(),
                class: place.class,
                severity: place.severity,
                message: filled(&risk.message, &values),
                remedy: filled(&risk.remedy, &values),
                grants: rights.grants(&ways.holdings),
                condition: place.when.to_condition(),
                scope,
            }
        })
        .collect()
}

/// All ways in which one set is held.
fn ways<'r, 'a>(
    evaluator: &Evaluator<'a>,
    board: &Board<'r, 'a>,
    compiled: &CompiledSet<'a>,
    who: Who<'a>,
) -> Vec<Way<'r>>
where
    'a: 'r,
{
    let Some(held) = board.held(compiled) else { return Vec::new() };
    let Some((first, others)) = held.split_first() else { return Vec::new() };
    let set = compiled.set;
    let (anchors, others) = match (&set.pass_to, &set.runs_on) {
        (Some(service), _) => (passable(evaluator, board, service, who), held.as_slice()),
        (None, Some(service)) => {
            let right = |right: &&'r Right| running(evaluator, right, service);
            (first.iter().map(right).collect(), others)
        }
        (None, None) => {
            let strength_of = |arn: &str| evaluator.chains().strength(arn);
            let right = |right: &&'r Right| match set.on {
                Target::AssumableRole => assumable_by_graph(evaluator, &strength_of, right, who),
                on => anchor(evaluator, &strength_of, right, on, who),
            };
            (first.iter().filter_map(right).collect(), others)
        }
    };
    anchors
        .into_iter()
        .filter_map(|anchor| {
            let mut when = anchor.when;
            let mut holdings = vec![anchor.right.holding];
            for right in
                companions(others, anchor.right, set.same_resource, anchor.beside.as_deref())?
            {
                when = when.with(&right.when);
                holdings.push(right.holding);
            }
            if let Some(assumption) = &set.assumes {
                when = when.unless_known(|| assumption.clone());
            }
            let risk = compiled.risk;
            Some(Way {
                place: Place {
                    when,
                    class: risk.class.max(anchor.strength.unwrap_or(risk.class)),
                    severity: match anchor.strength {
                        Some(_) => Severity::Critical,
                        None => risk.severity,
                    },
                    scope: anchor.right.scope(),
                    target: anchor.target,
                },
                actions: &set.all,
                holdings,
            })
        })
        .collect()
}
