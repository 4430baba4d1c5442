//! Whether a held rule meets a pattern of the catalogue.

use std::sync::Arc;

use super::super::{
    capabilities::{can_apply, label},
    closure::{Closure, Held},
    effect::Permission,
    matcher::{ALL, covers, covers_resource, nameable, rule_allows_url},
    scope::is_effective,
};
use crate::{
    model::kubernetes::{Scope, rbac::PolicyRule},
    rubric::kubernetes::{
        effects::{Effects, word_matches},
        risks::{PermissionPattern, Restriction},
    },
};

/// What of a held rule meets a pattern.
#[derive(Debug, Clone, Copy)]
pub(in super::super) enum Met<'a> {
    /// A permission; each field as the pattern or the rule spells it.
    Resource(Permission<'a>),
    /// Verb and URL.
    Url(&'a str, &'a str),
}

impl Met<'_> {
    /// In a sentence; wildcards are spelt out.
    pub(in super::super) fn said(self) -> String {
        match self {
            Self::Url(verb, url) => format!("{verb} {url}"),
            Self::Resource(permission) => {
                let verb = if permission.verb == ALL { "every verb on" } else { permission.verb };
                match label(permission).as_str() {
                    "*.*" => format!("{verb} every resource"),
                    label => format!("{verb} {label}"),
                }
            }
        }
    }
}

/// What of a held rule meets a pattern, if anything does and can be used.
pub(in super::super) fn meets<'a>(
    effects: &Effects,
    pattern: &'a PermissionPattern,
    held: &Held<'a>,
    closure: &Closure<'_>,
) -> Option<Met<'a>> {
    let rule = held.rule;
    let mut verbs = pattern.verbs.iter().filter(|verb| covers_verb(&rule.verbs, verb)).peekable();
    verbs.peek()?;
    if !pattern.urls.is_empty() {
        let mut verbs = verbs;
        return verbs.find_map(|verb| {
            let url = pattern.urls.iter().find(|url| rule_allows_url(rule, verb, url))?;
            (*held.scope() == Scope::Cluster).then_some(Met::Url(verb, url))
        });
    }
    if !names_fit(pattern, &rule.resource_names) {
        return None;
    }
    let verbs: Vec<&'a String> = verbs.collect();
    for group in groups(pattern, rule) {
        for wanted in resources(pattern, rule, group) {
            let (resource, subresource) = wanted.split_once('/').unwrap_or((wanted, ""));
            if !covers_wanted(pattern, rule, resource, subresource) {
                continue;
            }
            for verb in &verbs {
                let permission = Permission { verb, group, resource, subresource };
                if is_effective(effects, held.scope(), verb, group, resource)
                    && can_be_used(held, closure, permission)
                {
                    return Some(Met::Resource(permission));
                }
            }
        }
    }
    None
}

/// Whether a rule's names leave the pattern what it is about.
fn names_fit(pattern: &PermissionPattern, own: &[Arc<str>]) -> bool {
    let restricted = !own.is_empty();
    let restriction_fits = match pattern.restriction {
        Restriction::Any => true,
        Restriction::Unrestricted => !restricted,
        Restriction::Named => restricted,
    };
    let one_of = |list: &[String], name: &Arc<str>| list.iter().any(|known| **known == **name);
    restriction_fits
        && (!restricted
            || (pattern.names.is_empty() || own.iter().any(|name| one_of(&pattern.names, name)))
                && !own.iter().all(|name| one_of(&pattern.harmless_names, name)))
}

/// The groups of a pattern that a rule covers.
fn groups<'a>(pattern: &'a PermissionPattern, rule: &'a PolicyRule) -> Vec<&'a str> {
    let Some(wanted) = &pattern.groups else {
        return rule.api_groups.first().map(|group| &**group).into_iter().collect();
    };
    wanted
        .iter()
        .filter_map(|wanted| match suffix(wanted) {
            None => covers(&rule.api_groups, wanted).then_some(wanted.as_str()),
            Some(suffix) => rule
                .api_groups
                .iter()
                .map(|group| &**group)
                .find(|group| *group == ALL || group.ends_with(suffix)),
        })
        .collect()
}

/// `.services.k8s.aws` of `*.services.k8s.aws`.
fn suffix(group: &str) -> Option<&str> {
    group.strip_prefix('*').filter(|rest| !rest.is_empty())
}

/// The resources of a pattern; of one that asks for none, the first that the
/// rule names. A rule over every group names resources of groups that the
/// pattern is not about, so there only the wildcard counts.
fn resources<'a>(
    pattern: &'a PermissionPattern,
    rule: &'a PolicyRule,
    group: &str,
) -> Vec<&'a str> {
    if let Some(wanted) = &pattern.resources {
        return wanted.iter().map(String::as_str).collect();
    }
    let asks_for_all = |groups: &Vec<String>| groups.iter().any(|wanted| wanted == ALL);
    let by_wildcard = pattern.groups.as_ref().is_some_and(|groups| !asks_for_all(groups))
        && (group == ALL || !rule.api_groups.iter().any(|held| **held == *group));
    let own = |entry: &&str| nameable(entry).is_some() && (!by_wildcard || *entry == ALL);
    rule.resources.iter().map(|entry| &**entry).find(own).into_iter().collect()
}

fn covers_wanted(
    pattern: &PermissionPattern,
    rule: &PolicyRule,
    resource: &str,
    subresource: &str,
) -> bool {
    if pattern.resources.is_none() {
        true
    } else if subresource == ALL {
        rule.resources.iter().any(|entry| covers_some_sub(entry, resource))
    } else {
        covers_resource(rule, resource, subresource)
    }
}

/// Whether a rule's verbs meet one of a pattern's.
fn covers_verb(verbs: &[Arc<str>], wanted: &str) -> bool {
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
