//! What is wrong with the trust policies of an account, whoever is judged, and
//! with the users and roles that agents act as.

mod agents;
mod federated;
mod named;
mod opening;

use std::collections::{BTreeMap, BTreeSet};

use super::{
    super::{
        Evaluator,
        condition::{self, Caller, Certainty},
    },
    Door,
};
use crate::{
    model::{
        aws::{
            Role, account_of,
            arn::is_account,
            eks::EksCluster,
            policy::{Effect, Statement},
        },
        capability::{Condition, Grant, RiskHit},
        text::some_of,
    },
    rubric::aws::{TrustDefect, TrustRisk},
};
pub(in super::super) use agents::of_agent;
pub use agents::{AGENT_SHARED, Actors};
use opening::Opening;

/// Names that one message tells.
const NAMED: usize = 4;

/// All that the rules about trust find, worst first, then by rule and role.
/// `clusters` are those of EKS that the evidence tells of.
pub(in super::super) fn defects(
    evaluator: &Evaluator<'_>,
    clusters: &[EksCluster],
) -> Vec<RiskHit> {
    let mut hits = Vec::new();
    let around = Around { accounts: evaluator.account.accounts(), clusters };
    for role in evaluator.account.roles.values() {
        // AWS writes the trust policies of its own roles, and nobody can change them.
        if role.identity.arn.contains(":role/aws-service-role/") {
            continue;
        }
        for opening in openings(evaluator, role) {
            for rule in evaluator.rules.trust() {
                if let Some(found) = found(rule, &opening, &around) {
                    hits.push(hit(rule, &opening, &found));
                }
            }
        }
    }
    hits.extend(circles(evaluator));
    once(hits)
}

/// What a trust policy is held against.
struct Around<'e> {
    /// The accounts of the evidence.
    accounts: BTreeSet<&'e str>,
    clusters: &'e [EksCluster],
}

/// What a rule found in a statement.
#[derive(Default)]
struct Found {
    who: String,
    what: String,
    /// What would have to be known to be sure of it.
    unless: Option<String>,
}

fn told(who: &[&str], what: String) -> Found {
    Found { who: some_of(who, NAMED), what, unless: None }
}

/// Worst first, and one word about each role, however many statements give reason
/// to it.
fn once(mut hits: Vec<RiskHit>) -> Vec<RiskHit> {
    hits.sort_by(|a, b| {
        b.severity.cmp(&a.severity).then_with(|| (&a.rule, &a.scope).cmp(&(&b.rule, &b.scope)))
    });
    hits.dedup_by(|later, first| {
        let is_same = later.rule == first.rule && later.scope == first.scope;
        if is_same {
            first.grants.append(&mut later.grants);
        }
        is_same
    });
    hits
}

fn hit(rule: &TrustRisk, opening: &Opening<'_, '_>, found: &Found) -> RiskHit {
    let role = opening.role;
    let door = Door {
        role,
        statement: Some(opening.statement),
        when: super::When::default(),
        by_name: false,
    };
    tell(rule, &role.identity.name, role.identity.arn.clone(), found, vec![door.grant()])
}

fn tell(rule: &TrustRisk, role: &str, scope: String, found: &Found, grants: Vec<Grant>) -> RiskHit {
    let fill = |template: &str| {
        template.replace("{role}", role).replace("{who}", &found.who).replace("{what}", &found.what)
    };
    RiskHit {
        rule: rule.id.clone(),
        title: rule.title.clone(),
        class: rule.class,
        severity: rule.severity,
        message: fill(&rule.message),
        remedy: fill(&rule.remedy),
        grants,
        condition: found.unless.clone().map_or(Condition::Always, Condition::Unknown),
        scope,
    }
}

/// The statements of a role that let anybody in.
fn openings<'s, 'a>(
    evaluator: &'s Evaluator<'a>,
    role: &'s Role,
) -> impl Iterator<Item = Opening<'s, 'a>> {
    role.trust
        .statements()
        .iter()
        .filter(|statement| opens(statement))
        .filter_map(move |statement| Opening::of(evaluator, role, statement))
}

fn opens(statement: &Statement) -> bool {
    let lets_in = [super::ASSUME, super::WEB_IDENTITY, super::SAML]
        .iter()
        .any(|action| super::lets(&statement.actions, action));
    statement.effect == Effect::Allow
        && lets_in
        && condition::certainty(&statement.conditions, &Caller::default()) != Certainty::Never
}

/// Whether a statement has the defect of a rule.
fn found(rule: &TrustRisk, opening: &Opening<'_, '_>, around: &Around<'_>) -> Option<Found> {
    if opening.principals.negated {
        return (rule.when == TrustDefect::NotPrincipal)
            .then(|| told(&opening.everybody_named(), String::new()));
    }
    match rule.when {
        TrustDefect::Anyone
        | TrustDefect::AnyoneConditional
        | TrustDefect::External
        | TrustDefect::NotPrincipal
        | TrustDefect::OwnAccount
        | TrustDefect::Service => named::found(rule, opening, around),
        TrustDefect::OidcIssuer
        | TrustDefect::OidcGone
        | TrustDefect::OidcAudience
        | TrustDefect::OidcSubject
        | TrustDefect::OidcBroadSubject => federated::oidc(rule.when, opening, around),
        TrustDefect::SamlAudience | TrustDefect::SamlDoor => federated::saml(rule.when, opening),
        TrustDefect::Cognito => federated::cognito(opening),
        // Not about one statement.
        TrustDefect::Circle
        | TrustDefect::AgentUser
        | TrustDefect::AgentUnnamed
        | TrustDefect::AgentShared
        | TrustDefect::AgentSession => None,
    }
}

/// The account of a principal, by its ARN or its digits.
fn account(who: &str) -> Option<&str> {
    if is_account(who) { Some(who) } else { account_of(who) }
}

/// Roles that may assume each other in a circle, one hit for each circle.
fn circles(evaluator: &Evaluator<'_>) -> Vec<RiskHit> {
    let rules: Vec<&TrustRisk> = rules(evaluator, TrustDefect::Circle).collect();
    if rules.is_empty() {
        return Vec::new();
    }
    let mut hits = Vec::new();
    for circle in evaluator.chains().circles() {
        let names: BTreeMap<&str, &Role> =
            circle.iter().map(|role| (role.identity.name.as_str(), *role)).collect();
        let names: Vec<&str> = names.into_keys().collect();
        let found = Found { what: some_of(&names, NAMED), ..Found::default() };
        let Some(first) = circle.first() else { continue };
        let grants = circle
            .iter()
            .map(|role| Grant {
                description: format!("trust policy of role {}", role.identity.name),
                location: role.trust.location().clone(),
                cut_at: None,
            })
            .collect::<Vec<_>>();
        for rule in &rules {
            let scope = first.identity.arn.clone();
            hits.push(tell(rule, &first.identity.name, scope, &found, grants.clone()));
        }
    }
    hits
}

fn rules<'a>(evaluator: &Evaluator<'a>, when: TrustDefect) -> impl Iterator<Item = &'a TrustRisk> {
    evaluator.rules.trust().iter().filter(move |rule| rule.when == when)
}
