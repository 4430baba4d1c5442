//! Catalogued risks that a closure makes real.
//!
//! A risk holds in a scope when every clause of it is met by rules that reach
//! that scope. One that holds in the whole cluster is told once; one that holds
//! in several namespaces is told once and names them. What goes without saying
//! beside a worse one is left out.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    capabilities::{can_apply, label, scopes_text},
    closure::{Closure, Held},
    effect::Permission,
    identity::Identity,
    matcher::{ALL, covers, covers_resource, nameable},
    scope::is_effective,
};
use crate::{
    model::{
        capability::{Condition, Grant, RiskHit},
        finding::Severity,
        kubernetes::{ClusterSnapshot, Scope},
    },
    rubric::kubernetes::{
        KubernetesRules,
        effects::{Effects, word_matches},
        risks::{Clause, PermissionPattern, Platform, Restriction, RiskRule, RiskScope},
    },
};

/// Grants kept for one hit.
const GRANTS: usize = 20;
/// Permissions named in one message.
const PERMISSIONS: usize = 4;
/// The namespace that counts like the cluster: its ServiceAccounts run it.
const SYSTEM_NAMESPACE: &str = "kube-system";

/// A rule that meets a clause, and what in it does.
#[derive(Debug, Clone)]
struct Witness<'a, 'c> {
    held: &'c Held<'a>,
    permission: String,
}

/// Where one risk holds, and through what.
#[derive(Debug, Default)]
struct Holds<'a, 'c> {
    scopes: BTreeMap<&'a Scope, Vec<Witness<'a, 'c>>>,
    bypass: Option<Grant>,
}

/// All risks of a closure, ordered by severity, rule and scope.
pub(super) fn risks(
    rules: &KubernetesRules,
    closure: &Closure<'_>,
    snapshot: &ClusterSnapshot,
    identity: &Identity,
) -> Vec<RiskHit> {
    let found: Vec<(&RiskRule, Holds<'_, '_>)> = rules
        .risks
        .iter()
        .filter(|rule| match rule.platform {
            None => true,
            Some(Platform::Eks) => snapshot.eks.is_some(),
        })
        .map(|rule| (rule, holds(rules, rule, closure, identity)))
        .filter(|(_, holds)| holds.bypass.is_some() || !holds.scopes.is_empty())
        .collect();
    let mut hits: Vec<RiskHit> = found
        .iter()
        .filter_map(|(rule, holds)| {
            let scopes: Vec<&Scope> = holds
                .places()
                .into_iter()
                .filter(|scope| !is_subsumed(&found, rule, scope))
                .collect();
            hit(rule, holds, &scopes, identity)
        })
        .collect();
    hits.sort_by(|a, b| (b.severity, &a.rule, &a.scope).cmp(&(a.severity, &b.rule, &b.scope)));
    hits
}

impl<'a> Holds<'a, '_> {
    fn places(&self) -> BTreeSet<&'a Scope> {
        let bypass = self.bypass.iter().map(|_| &Scope::Cluster);
        self.scopes.keys().copied().chain(bypass).collect()
    }

    fn reaches(&self, scope: &Scope) -> bool {
        self.bypass.is_some()
            || self.scopes.contains_key(scope)
            || self.scopes.contains_key(&Scope::Cluster)
    }
}

/// Whether another rule that holds in `scope` says it all.
fn is_subsumed(found: &[(&RiskRule, Holds<'_, '_>)], rule: &RiskRule, scope: &Scope) -> bool {
    found.iter().any(|(other, holds)| {
        other.id != rule.id
            && (other.subsumes_all || other.subsumes.contains(&rule.id))
            && holds.reaches(scope)
    })
}

fn holds<'a, 'c>(
    rules: &KubernetesRules,
    rule: &RiskRule,
    closure: &'c Closure<'a>,
    identity: &Identity,
) -> Holds<'a, 'c> {
    let mut holds = Holds::default();
    if let Some(grant) = &closure.bypass
        && identity.groups().any(|group| rule.groups.iter().any(|wanted| wanted == group))
    {
        holds.bypass = Some(grant.clone());
    }
    for clauses in rule.alternatives() {
        for (scope, witnesses) in conjunction(&rules.effects, clauses, closure) {
            let fits = match (rule.scope, scope) {
                (RiskScope::Any, _) | (RiskScope::Cluster, Scope::Cluster) => true,
                (RiskScope::Cluster, _) | (RiskScope::Namespace, Scope::Cluster) => false,
                (RiskScope::Namespace, _) => true,
            } && (rule.namespaces.is_empty()
                || *scope == Scope::Cluster
                || rule.namespaces.iter().any(|namespace| scope.may_be_in(namespace)));
            if fits {
                holds.scopes.entry(scope).or_insert(witnesses);
            }
        }
    }
    if holds.scopes.contains_key(&Scope::Cluster) {
        holds.scopes.retain(|scope, _| **scope == Scope::Cluster);
    }
    holds
}

/// The scopes in which every clause is met, with what meets them. Where the
/// whole cluster is one of them, it is the only one.
fn conjunction<'a, 'c>(
    effects: &Effects,
    clauses: &[Clause],
    closure: &'c Closure<'a>,
) -> Vec<(&'a Scope, Vec<Witness<'a, 'c>>)> {
    let mut met: Vec<BTreeMap<&'a Scope, Vec<Witness<'a, 'c>>>> = Vec::new();
    for clause in clauses {
        let mut by_scope = BTreeMap::<&'a Scope, Vec<Witness<'a, 'c>>>::new();
        for held in &closure.held {
            let matched =
                clause.any_of.iter().find_map(|pattern| meets(effects, pattern, held, closure));
            if let Some(permission) = matched {
                let list = by_scope.entry(&held.binding.scope).or_default();
                if list.len() < GRANTS {
                    list.push(Witness { held, permission });
                }
            }
        }
        if by_scope.is_empty() {
            return Vec::new();
        }
        met.push(by_scope);
    }
    let scopes: BTreeSet<&'a Scope> = met.iter().flat_map(BTreeMap::keys).copied().collect();
    let mut found = Vec::new();
    for scope in scopes {
        let mut witnesses = Vec::new();
        let all = met.iter().all(|by_scope| {
            let here = by_scope.get(scope);
            // A namespace that nobody tells may be this one.
            let beside = [&Scope::Cluster, &Scope::UnknownNamespace]
                .into_iter()
                .filter(|other| *scope != Scope::Cluster && *other != scope)
                .filter_map(|other| by_scope.get(other));
            let found: Vec<_> = here.into_iter().chain(beside).flatten().cloned().collect();
            let any = !found.is_empty();
            witnesses.extend(found);
            any
        });
        if all {
            let whole = *scope == Scope::Cluster;
            found.push((scope, witnesses));
            if whole {
                break;
            }
        }
    }
    found
}

/// What of a held rule meets a pattern, if anything does and can be used.
fn meets(
    effects: &Effects,
    pattern: &PermissionPattern,
    held: &Held<'_>,
    closure: &Closure<'_>,
) -> Option<String> {
    let rule = held.rule;
    let verbs: Vec<&String> =
        pattern.verbs.iter().filter(|verb| covers_verb(&rule.verbs, verb)).collect();
    if verbs.is_empty() {
        return None;
    }
    let restricted = !rule.resource_names.is_empty();
    let restriction_fits = match pattern.restriction {
        Restriction::Any => true,
        Restriction::Unrestricted => !restricted,
        Restriction::Named => restricted,
    };
    let names_fit = !restricted
        || pattern.names.is_empty()
        || pattern.names.iter().any(|name| rule.resource_names.iter().any(|own| **own == **name));
    let harmless = restricted
        && rule
            .resource_names
            .iter()
            .all(|own| pattern.harmless_names.iter().any(|name| **own == **name));
    if !restriction_fits || !names_fit || harmless {
        return None;
    }
    let any_group = || rule.api_groups.first().map(|group| &**group);
    let any_resource =
        || rule.resources.iter().map(|entry| &**entry).find(|entry| nameable(entry).is_some());
    let mut groups: Vec<&str> = match &pattern.groups {
        Some(groups) => groups.iter().map(String::as_str).collect(),
        None => any_group().into_iter().collect(),
    };
    groups.retain(|group| covers(&rule.api_groups, group));
    let resources: Vec<&str> = match &pattern.resources {
        Some(resources) => resources.iter().map(String::as_str).collect(),
        None => any_resource().into_iter().collect(),
    };
    for group in groups {
        for wanted in &resources {
            let (resource, subresource) = wanted.split_once('/').unwrap_or((wanted, ""));
            let covered = if pattern.resources.is_none() {
                true
            } else if subresource == ALL {
                rule.resources.iter().any(|entry| covers_some_sub(entry, resource))
            } else {
                covers_resource(rule, resource, subresource)
            };
            for verb in &verbs {
                let permission = Permission { verb, group, resource, subresource };
                if covered
                    && is_effective(effects, held.scope(), verb, group, resource)
                    && can_be_used(held, closure, permission)
                {
                    return Some(said(permission));
                }
            }
        }
    }
    None
}

/// A permission in a sentence; wildcards are spelt out.
fn said(permission: Permission<'_>) -> String {
    let verb = if permission.verb == ALL { "every verb on" } else { permission.verb };
    match label(permission).as_str() {
        "*.*" => format!("{verb} every resource"),
        label => format!("{verb} {label}"),
    }
}

/// Whether a rule's verbs meet one of a pattern's.
fn covers_verb(verbs: &[std::sync::Arc<str>], wanted: &str) -> bool {
    if wanted != ALL && wanted.ends_with(ALL) {
        verbs.iter().any(|verb| &**verb == ALL || word_matches(wanted, verb))
    } else {
        covers(verbs, wanted)
    }
}

/// Whether an entry of a rule's resources covers any subresource of `resource`.
fn covers_some_sub(entry: &str, resource: &str) -> bool {
    entry == ALL
        || entry.split_once('/').is_some_and(|(first, rest)| {
            (first == ALL || first == resource) && !rest.is_empty() && !rest.contains(ALL)
        })
}

/// Whether a rule's names let the permission be used at all.
fn can_be_used(held: &Held<'_>, closure: &Closure<'_>, permission: Permission<'_>) -> bool {
    held.rule.resource_names.is_empty()
        || match permission.verb {
            "deletecollection" => false,
            "create" => !permission.subresource.is_empty() || can_apply(closure, held, permission),
            _ => true,
        }
}

fn hit(
    rule: &RiskRule,
    holds: &Holds<'_, '_>,
    scopes: &[&Scope],
    identity: &Identity,
) -> Option<RiskHit> {
    if scopes.is_empty() {
        return None;
    }
    let mut permissions = Vec::new();
    let mut grants: Vec<Grant> = Vec::new();
    if let Some(grant) = &holds.bypass {
        permissions.push("everything");
        grants.push(grant.clone());
    }
    for witness in scopes.iter().filter_map(|scope| holds.scopes.get(scope)).flatten() {
        if !permissions.contains(&&*witness.permission) {
            permissions.push(&witness.permission);
        }
        let grant = witness.held.grant();
        if grants.len() < GRANTS && !grants.contains(&grant) {
            grants.push(grant);
        }
    }
    let scope = scopes_text(scopes);
    let whole =
        scopes.iter().any(|scope| **scope == Scope::Cluster || scope.may_be_in(SYSTEM_NAMESPACE));
    let severity: Severity = rule
        .severity_cluster
        .filter(|_| whole)
        .map_or(rule.severity, |worse| worse.max(rule.severity));
    let fill = |template: &str| {
        template
            .replace("{principal}", &identity.principal().to_string())
            .replace("{permission}", &told(&permissions))
            .replace("{scope}", &in_words(&scope))
    };
    Some(RiskHit {
        rule: rule.id.clone(),
        title: rule.title.clone(),
        class: rule.class,
        severity,
        message: fill(&rule.message),
        remedy: fill(&rule.remedy),
        grants,
        condition: Condition::Always,
        scope,
    })
}

/// The first few permissions, and how many more there are.
fn told(permissions: &[&str]) -> String {
    match permissions.get(..PERMISSIONS) {
        Some(first) if permissions.len() > PERMISSIONS => {
            format!("{} and {} more", first.join(", "), permissions.len() - PERMISSIONS)
        }
        _ => permissions.join(" and "),
    }
}

/// `in the whole cluster`, `in namespace/shop`.
fn in_words(scope: &str) -> String {
    if scope == "cluster" { "in the whole cluster".to_owned() } else { format!("in {scope}") }
}
