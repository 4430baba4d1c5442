//! What is wrong with the trust policies of an account, whoever is judged.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    super::{
        Evaluator,
        condition::{self, Caller, Certainty},
    },
    ANYONE, Door,
};
use crate::{
    model::{
        aws::{
            Role, account_of, pattern,
            policy::{Clause, Effect, Statement},
        },
        capability::{Condition, Grant, RiskHit},
        text::some_of,
    },
    rubric::aws::{TrustDefect, TrustRisk},
};

/// Names that one message tells.
const NAMED: usize = 4;
/// Cognito, as trust policies name it.
const COGNITO: &str = "cognito-identity.amazonaws.com";
/// Keys by which a trust policy tells callers apart for good (semantics of each:
/// AWS, "Global condition context keys").
const TELLING: [&str; 9] = [
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:principalarn",
    "aws:principalaccount",
    "sts:externalid",
    "aws:sourcearn",
    "aws:sourceaccount",
    "aws:sourcevpce",
    "aws:sourcevpc",
];
/// Keys that tell for whom a service acts.
const SOURCES: [&str; 4] =
    ["aws:sourcearn", "aws:sourceaccount", "aws:sourceorgid", "aws:sourceorgpaths"];

/// All that the rules about trust find, worst first, then by rule and role.
pub(in super::super) fn defects(evaluator: &Evaluator<'_>) -> Vec<RiskHit> {
    let mut hits = Vec::new();
    let known = evaluator.account.accounts();
    for role in evaluator.account.roles.values() {
        // AWS writes the trust policies of its own roles, and nobody can change them.
        if role.identity.arn.contains(":role/aws-service-role/") {
            continue;
        }
        for statement in role.trust.statements() {
            for rule in evaluator.rules.trust() {
                if let Some(found) = found(evaluator, rule, role, statement, &known) {
                    hits.push(hit(rule, role, statement, &found));
                }
            }
        }
    }
    hits.extend(circles(evaluator));
    hits.sort_by(|a, b| {
        b.severity.cmp(&a.severity).then_with(|| (&a.rule, &a.scope).cmp(&(&b.rule, &b.scope)))
    });
    // One word about a role is enough, however many statements give reason to it.
    hits.dedup_by(|later, first| {
        let is_same = later.rule == first.rule && later.scope == first.scope;
        if is_same {
            first.grants.append(&mut later.grants);
        }
        is_same
    });
    hits
}

/// What a rule found in a statement.
#[derive(Default)]
struct Found {
    who: String,
    what: String,
}

fn hit(rule: &TrustRisk, role: &Role, statement: &Statement, found: &Found) -> RiskHit {
    let door =
        Door { role, statement: Some(statement), when: super::When::default(), by_name: false };
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
        condition: Condition::Always,
        scope,
    }
}

/// Whether a statement has the defect of a rule.
fn found(
    evaluator: &Evaluator<'_>,
    rule: &TrustRisk,
    role: &Role,
    statement: &Statement,
    known: &BTreeSet<&str>,
) -> Option<Found> {
    let principals = statement.principals.as_ref()?;
    let lets_in = ["sts:assumerole", "sts:assumerolewithwebidentity", "sts:assumerolewithsaml"]
        .iter()
        .any(|action| super::lets(&statement.actions, action));
    let is_dead =
        condition::certainty(&statement.conditions, &Caller::default()) == Certainty::Never;
    if statement.effect != Effect::Allow || !lets_in || is_dead {
        return None;
    }
    if principals.negated {
        let named = || principals.entries.iter().map(|(_, value)| value.as_str()).collect();
        return (rule.when == TrustDefect::NotPrincipal).then(|| told(named(), String::new()));
    }
    let of = |kind: &'static str| principals.of(kind).collect::<Vec<&str>>();
    let aws = of("AWS");
    let everyone = principals.entries.iter().any(|(_, value)| value == ANYONE);
    let binds = |keys: &[&str]| {
        let on = |key: &str| statement.conditions.iter().any(|clause| is_bound(clause, key));
        keys.iter().any(|key| on(key))
    };
    match rule.when {
        TrustDefect::Anyone => (everyone && !binds(&TELLING)).then(Found::default),
        TrustDefect::AnyoneConditional => (everyone && binds(&TELLING)).then(|| {
            let clauses: Vec<String> =
                statement.conditions.iter().map(condition::describe).collect();
            told(Vec::new(), clauses.join(" and "))
        }),
        TrustDefect::External => {
            let unknown = |who: &&str| account(who).is_some_and(|home| !known.contains(home));
            let who: Vec<&str> = aws.into_iter().filter(unknown).collect();
            let asks = binds(&["sts:externalid", "aws:principalorgid", "aws:principalorgpaths"]);
            (!who.is_empty() && !asks).then(|| told(who, String::new()))
        }
        TrustDefect::NotPrincipal => {
            let wild = |who: &&str| *who != ANYONE && pattern::is_wild(who);
            let who: Vec<&str> = aws.into_iter().filter(wild).collect();
            (!who.is_empty()).then(|| told(who, String::new()))
        }
        TrustDefect::OwnAccount => {
            let own = account_of(&role.identity.arn)?;
            let is_own = |who: &&str| {
                account(who) == Some(own) && (who.len() == own.len() || who.ends_with(":root"))
            };
            let strength = evaluator.chains().strength(&role.identity.arn)?;
            (aws.iter().any(is_own) && strength.makes_admin()).then(|| {
                let holders = evaluator.chains().may_assume(&role.identity.arn);
                let what = match holders.is_empty() {
                    true => "no identity in the evidence may do so now".to_owned(),
                    false => format!("{} may", some_of(&holders, NAMED)),
                };
                told(Vec::new(), what)
            })
        }
        TrustDefect::OidcAudience | TrustDefect::OidcSubject | TrustDefect::OidcBroadSubject => {
            let who = of("Federated").into_iter().find(|who| who.contains(":oidc-provider/"))?;
            let (_, issuer) = who.split_once(":oidc-provider/")?;
            let key = |claim: &str| format!("{issuer}:{claim}");
            match rule.when {
                TrustDefect::OidcAudience => {
                    // A statement without a subject has a worse defect.
                    let is_open = binds(&[key("sub").as_str()]) && !binds(&[key("aud").as_str()]);
                    is_open.then(|| told(vec![issuer], String::new()))
                }
                TrustDefect::OidcSubject => {
                    (!binds(&[key("sub").as_str()])).then(|| told(vec![issuer], String::new()))
                }
                _ => {
                    let subject = key("sub");
                    let bound = statement.conditions.iter().filter(|c| is_bound(c, &subject));
                    let broad: Vec<&str> = bound
                        .flat_map(|clause| &clause.values)
                        .map(String::as_str)
                        .filter(|value| is_broad(value))
                        .collect();
                    (!broad.is_empty()).then(|| told(vec![issuer], broad.join(", ")))
                }
            }
        }
        TrustDefect::SamlAudience => {
            let who = of("Federated").into_iter().find(|who| who.contains(":saml-provider/"))?;
            (!binds(&["saml:aud"])).then(|| told(vec![who], String::new()))
        }
        TrustDefect::Cognito => {
            of("Federated").into_iter().find(|who| *who == COGNITO)?;
            let asks = |claim: &str| binds(&[format!("{COGNITO}:{claim}").as_str()]);
            let missing: Vec<&str> =
                [("aud", "of which pool they are"), ("amr", "whether they logged in")]
                    .into_iter()
                    .filter(|(claim, _)| !asks(claim))
                    .map(|(_, what)| what)
                    .collect();
            (!missing.is_empty()).then(|| told(Vec::new(), missing.join(" or ")))
        }
        TrustDefect::Service => {
            let is_meant = |who: &&str| {
                let who = who.strip_suffix(".cn").unwrap_or(who);
                rule.services.iter().any(|service| service == who)
            };
            let who: Vec<&str> = of("Service").into_iter().filter(is_meant).collect();
            (!who.is_empty() && !binds(&SOURCES)).then(|| told(who, String::new()))
        }
        TrustDefect::Circle => None,
    }
}

fn told(who: Vec<&str>, what: String) -> Found {
    Found { who: some_of(&who, NAMED), what }
}

/// The account of a principal, by its ARN or its digits.
fn account(who: &str) -> Option<&str> {
    let is_digits = who.len() == 12 && who.bytes().all(|byte| byte.is_ascii_digit());
    if is_digits { Some(who) } else { account_of(who) }
}

/// Whether a clause holds a key to some values: `ForAllValues` and `IfExists` hold
/// where it is missing, and a pattern of stars holds for everything.
fn is_bound(clause: &Clause, key: &str) -> bool {
    let operator = clause.operator.to_ascii_lowercase();
    clause.key.eq_ignore_ascii_case(key)
        && !operator.contains("not")
        && !operator.starts_with("forallvalues:")
        && !operator.ends_with("ifexists")
        && operator != "null"
        && !clause.values.iter().any(|value| value.bytes().all(|byte| byte == b'*'))
}

/// Whether a pattern of subjects spans repositories, or namespaces.
fn is_broad(subject: &str) -> bool {
    if subject.starts_with(['*', '?']) {
        return true;
    }
    if let Some(account) = subject.strip_prefix("system:serviceaccount:") {
        return account.split(':').next().is_none_or(pattern::is_wild);
    }
    match subject.split_once(':') {
        Some((_, rest)) => rest.split(':').next().is_none_or(pattern::is_wild),
        None => pattern::is_wild(subject),
    }
}

/// Roles that may assume each other in a circle, one hit for each circle.
fn circles(evaluator: &Evaluator<'_>) -> Vec<RiskHit> {
    let rules: Vec<&TrustRisk> =
        evaluator.rules.trust().iter().filter(|rule| rule.when == TrustDefect::Circle).collect();
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
