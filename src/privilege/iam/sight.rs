//! Risks that lie in how rights were granted, not in which: statements that
//! allow everything but a list, statements that grant nothing, and AWS-managed
//! policies that are broad by design.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    model::{
        aws::{
            arn::name_of,
            policy::{Effect, Elements},
        },
        capability::{Grant, RiskClass, RiskHit},
        text::{filled, some_of},
    },
    rubric::aws::{AwsRisk, AwsRules, Sight},
};

use super::{
    capability::{is_always, shorten},
    holdings::Who,
    rights::{Right, Rights},
    when::When,
};

/// Actions that a message names.
const NAMED: usize = 4;

/// Adds the hits of the rules that ask for a sight; an administrator has none,
/// because it includes them. `idle` are the holdings that grant nothing.
pub(super) fn add(
    hits: &mut Vec<RiskHit>,
    rules: &AwsRules,
    who: Who<'_>,
    rights: &Rights<'_>,
    idle: &BTreeSet<usize>,
) {
    let admin = |hit: &RiskHit| hit.class == RiskClass::AdminEquivalent;
    if hits.iter().any(|hit| admin(hit) && is_always(&hit.condition)) {
        return;
    }
    for risk in rules.risks() {
        match risk.seen {
            None => {}
            Some(Sight::AllBut) => hits.extend(all_but(risk, who, rights)),
            Some(Sight::NoEffect) => hits.extend(no_effect(risk, who, rights, idle)),
            Some(Sight::BroadPolicy) => hits.extend(broad_policies(risk, rules, who)),
        }
    }
}

/// Statements that allow all actions but some, and still do after every Deny.
fn all_but(risk: &AwsRisk, who: Who<'_>, rights: &Rights<'_>) -> Vec<RiskHit> {
    let mut first: BTreeMap<usize, &Right> = BTreeMap::new();
    for right in &rights.rights {
        first.entry(right.holding).or_insert(right);
    }
    let mut hits = Vec::new();
    for (index, right) in first {
        let Some(holding) = rights.holdings.get(index) else { continue };
        let (Effect::Allow, Elements::Except(but)) =
            (holding.statement.effect, &holding.statement.actions)
        else {
            continue;
        };
        let mut hit = told(risk, who, &some_of(but, NAMED), &shorten(right.scope()), &right.when);
        hit.grants.push(holding.grant());
        hits.push(hit);
    }
    hits
}

fn no_effect(
    risk: &AwsRisk,
    who: Who<'_>,
    rights: &Rights<'_>,
    idle: &BTreeSet<usize>,
) -> Vec<RiskHit> {
    let mut hits = Vec::new();
    for index in idle {
        let Some(holding) = rights.holdings.get(*index) else { continue };
        let actions = some_of(holding.statement.actions.patterns(), NAMED);
        let resources = holding.statement.resources.as_ref();
        let resources = resources.map_or(&[][..], Elements::patterns).to_vec();
        let mut hit = told(risk, who, &actions, &shorten(&resources), &When::default());
        hit.grants.push(holding.grant());
        hits.push(hit);
    }
    hits
}

fn broad_policies(risk: &AwsRisk, rules: &AwsRules, who: Who<'_>) -> Vec<RiskHit> {
    let attached = who.identity().attached.iter();
    let broad = attached.filter_map(|attachment| {
        let reason = rules.broad_policy(&attachment.arn)?;
        let name = name_of(&attachment.arn);
        let mut hit = told(risk, who, name, reason, &When::default());
        hit.grants.push(Grant {
            description: format!("{} → policy {name}", who.label()),
            location: attachment.location.clone(),
            cut_at: None,
        });
        hit.scope = attachment.arn.clone();
        Some(hit)
    });
    broad.collect()
}

/// A hit without grants yet.
fn told(risk: &AwsRisk, who: Who<'_>, actions: &str, scope: &str, when: &When) -> RiskHit {
    let label = who.label();
    let values = [
        ("principal", label.as_str()),
        ("actions", actions),
        ("scope", if scope == "*" { "every resource" } else { scope }),
    ];
    RiskHit {
        rule: risk.id.clone(),
        title: risk.title.clone(),
        class: risk.class,
        severity: risk.severity,
        message: filled(&risk.message, &values),
        remedy: filled(&risk.remedy, &values),
        grants: Vec::new(),
        condition: when.to_condition(),
        scope: scope.to_owned(),
    }
}
