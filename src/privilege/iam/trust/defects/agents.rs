//! What is wrong with a user or role because an agent acts as it: nobody can tell
//! afterwards what the agent did, or its key never expires.

use super::{Found, hit, once, opening::Opening, openings, rules, tell, told};
use crate::{
    model::{
        aws::arn::name_of,
        capability::{Grant, RiskHit},
    },
    privilege::iam::{
        Evaluator, condition,
        holdings::Who,
        trust::{self, saml},
    },
    rubric::aws::{KeyUse, SetBy, TrustDefect, TrustRisk},
};

/// Rule of an identity that others act as, too.
pub const AGENT_SHARED: &str = "AWS-AGENT-SHARED";
/// In the ARN of a role that IAM Identity Center made for people.
const OF_PEOPLE: &str = ":role/aws-reserved/sso.amazonaws.com/";

/// Who acts as a user or role, as the rest of the evidence tells.
#[derive(Debug, Clone, Copy, Default)]
pub struct Actors<'e> {
    /// The ARNs that the same agent acts as.
    pub own: &'e [&'e str],
    /// Other agents that act as it, by name.
    pub others: &'e [&'e str],
}

/// What is wrong with the principal of that ARN as one that an agent acts as.
pub(in super::super::super) fn of_agent(
    evaluator: &Evaluator<'_>,
    arn: &str,
    actors: &Actors<'_>,
) -> Vec<RiskHit> {
    let Some(who) = Who::find(evaluator.account, arn) else { return Vec::new() };
    let of = |when| rules(evaluator, when);
    let mut hits = Vec::new();
    if let Who::User(_) = who {
        hits.extend(of(TrustDefect::AgentUser).map(|rule| whole(rule, who, &Found::default())));
    }
    let beside = beside(evaluator, who, actors);
    if !beside.is_empty() {
        let names: Vec<&str> = beside.iter().map(String::as_str).collect();
        let found = told(&names, String::new());
        hits.extend(of(TrustDefect::AgentShared).map(|rule| whole(rule, who, &found)));
    }
    if let Some(seconds) = evaluator.account.session_limits.get(who.arn()) {
        let found = told(&[], length(*seconds));
        let too_long = |rule: &&TrustRisk| rule.seconds.is_some_and(|most| *seconds > most);
        let long = of(TrustDefect::AgentSession).filter(too_long);
        hits.extend(long.map(|rule| whole(rule, who, &found)));
    }
    if let Who::Role(role) = who {
        for opening in openings(evaluator, role) {
            if let Some(found) = unnamed(&opening) {
                hits.extend(of(TrustDefect::AgentUnnamed).map(|rule| hit(rule, &opening, &found)));
            }
        }
    }
    once(hits)
}

/// A hit about the principal itself.
fn whole(rule: &TrustRisk, who: Who<'_>, found: &Found) -> RiskHit {
    let identity = who.identity();
    let grants =
        vec![Grant { description: who.label(), location: identity.location.clone(), cut_at: None }];
    tell(rule, &who.label(), identity.arn.clone(), found, grants)
}

/// `12 hours`, `90 minutes`.
fn length(seconds: u32) -> String {
    match seconds {
        whole if whole % 3_600 == 0 => format!("{} hours", whole / 3_600),
        other => format!("{} minutes", other.div_ceil(60)),
    }
}

/// Who else acts as a user or role, as far as anything tells: other agents, and
/// people that its trust policy lets in.
fn beside(evaluator: &Evaluator<'_>, who: Who<'_>, actors: &Actors<'_>) -> Vec<String> {
    let mut beside: Vec<String> =
        actors.others.iter().map(|other| format!("agent {other}")).collect();
    if let Who::Role(role) = who {
        for opening in openings(evaluator, role) {
            beside.extend(people(&opening, actors));
        }
        let own: Vec<String> =
            actors.own.iter().map(|own| format!("user {}", name_of(own))).collect();
        let holders = evaluator.chains().may_assume(&role.identity.arn);
        let is_person = |holder: &String| holder.starts_with("user ") && !own.contains(holder);
        beside.extend(holders.into_iter().filter(is_person));
    }
    beside.sort();
    beside.dedup();
    beside
}

/// The people that a statement lets in.
fn people(opening: &Opening<'_, '_>, actors: &Actors<'_>) -> Vec<String> {
    if opening.principals.negated {
        return vec![format!("everyone but {}", opening.everybody_named().join(", "))];
    }
    let aws = opening.named("AWS").into_iter().filter_map(|arn| {
        if actors.own.contains(&arn) {
            None
        } else if arn.contains(":user/") {
            Some(format!("user {}", name_of(arn)))
        } else if arn.contains(OF_PEOPLE) {
            Some(format!("people of {}", name_of(arn)))
        } else {
            None
        }
    });
    let asserted = opening
        .federated(saml::PROVIDER)
        .filter(|_| saml::takes_assertions(opening.statement))
        .map(|provider| format!("people that {} vouches for", name_of(provider)));
    let keys = opening.evaluator.rules.conditions();
    let of_people = |key: &str| keys.find(key).is_some_and(|key| key.set_by == SetBy::Human);
    let signed_in = opening
        .bound()
        .filter(|clause| of_people(&clause.key))
        .map(|clause| format!("people: it asks for {}", condition::describe(clause)));
    aws.chain(asserted).chain(signed_in).collect()
}

/// A statement by which principals of AWS assume the role, under a name that
/// nothing asks of them.
fn unnamed(opening: &Opening<'_, '_>) -> Option<Found> {
    let assumes = trust::lets(&opening.statement.actions, trust::ASSUME);
    let who = opening.named("AWS");
    let is_open = assumes && !who.is_empty() && !opening.binds_for(KeyUse::Attribution);
    is_open.then(|| told(&who, String::new()))
}
