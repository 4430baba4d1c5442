//! Whether one rule allows one request, exactly as the API server decides.

use std::sync::Arc;

use crate::model::kubernetes::rbac::PolicyRule;

/// The word that stands for everything in verbs, groups and resources.
pub(super) const ALL: &str = "*";

/// Whether `rule` allows a request for a resource. `subresource` and `name` are
/// empty where the request has none.
#[must_use]
pub fn rule_allows(
    rule: &PolicyRule,
    verb: &str,
    group: &str,
    resource: &str,
    subresource: &str,
    name: &str,
) -> bool {
    covers(&rule.verbs, verb)
        && covers(&rule.api_groups, group)
        && covers_resource(rule, resource, subresource)
        && covers_name(rule, name)
}

/// Whether `rule` allows a request for a URL that is no resource.
#[must_use]
pub fn rule_allows_url(rule: &PolicyRule, verb: &str, path: &str) -> bool {
    covers(&rule.verbs, verb)
        && rule.non_resource_urls.iter().any(|url| {
            // All trailing stars go, as Go's `TrimRight` takes them.
            **url == *path || url.ends_with('*') && path.starts_with(url.trim_end_matches('*'))
        })
}

/// Whether a list of verbs or groups covers `word`.
pub(super) fn covers(list: &[Arc<str>], word: &str) -> bool {
    list.iter().any(|entry| &**entry == ALL || **entry == *word)
}

/// Whether a rule's resources cover one: `*`, the exact `resource` or
/// `resource/subresource`, or `*/subresource`. `pods/*` covers nothing.
pub(super) fn covers_resource(rule: &PolicyRule, resource: &str, subresource: &str) -> bool {
    rule.resources.iter().any(|entry| {
        let entry = &**entry;
        if entry == ALL {
            return true;
        }
        if subresource.is_empty() {
            return entry == resource;
        }
        entry
            .strip_suffix(subresource)
            .and_then(|entry| entry.strip_suffix('/'))
            .is_some_and(|first| first == ALL || first == resource)
    })
}

/// Whether a rule's names cover one. Names are literal: `*` is a name like any
/// other, and a request without a name is only covered by a rule without names.
pub(super) fn covers_name(rule: &PolicyRule, name: &str) -> bool {
    rule.resource_names.is_empty() || rule.resource_names.iter().any(|entry| **entry == *name)
}

/// The resource and subresource that an entry of a rule's resources can meet;
/// none where it can meet nothing, such as `pods/*`.
pub(super) fn nameable(entry: &str) -> Option<(&str, &str)> {
    let (resource, subresource) = entry.split_once('/').unwrap_or((entry, ""));
    let meets = !resource.is_empty()
        && (resource == ALL || !resource.contains(ALL))
        && !subresource.contains(ALL)
        && entry.contains('/') != subresource.is_empty();
    meets.then_some((resource, subresource))
}
