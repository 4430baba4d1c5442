//! Kyverno's own policies: which of their rules deny, and for whom.
//!
//! A rule counts as one that denies only where the evidence shows that Kyverno
//! is called for the request and fails closed, and whom its settings leave
//! alone. Patterns, conditions and images are not evaluated: what they deny
//! depends on the object.

use std::sync::Arc;

use super::{
    Verdict,
    kinds::{kind_of, wildcard},
    matching::{Applies, applies, selects},
    request::{ALL, Call, Operation, Resources},
};
use crate::{
    model::kubernetes::{
        Scope,
        admission::{
            FailurePolicy, KyvernoCheck, KyvernoFilter, KyvernoMatch, KyvernoPolicy, KyvernoRule,
            PolicyException, Webhook,
        },
    },
    privilege::rbac::Identity,
};

/// `ClusterPolicy/no-deletes`, `Policy/shop/no-deletes`.
pub(super) fn name(policy: &KyvernoPolicy) -> String {
    match &policy.scope {
        Scope::Cluster => format!("ClusterPolicy/{}", policy.name),
        Scope::Namespace(namespace) => format!("Policy/{namespace}/{}", policy.name),
        Scope::UnknownNamespace => format!("Policy/?/{}", policy.name),
    }
}

/// Whether the policy denies anything at all while it is up.
pub(super) fn is_off(policy: &KyvernoPolicy) -> bool {
    policy.background_only
        || policy.failure_policy == FailurePolicy::Ignore
        || !policy.rules.iter().any(|rule| rule.enforce || rule.overridden)
}

/// What a policy does to a call of an identity.
pub(super) fn judge(
    resources: Resources<'_>,
    policy: &KyvernoPolicy,
    identity: &Identity,
    call: &Call<'_>,
) -> Verdict {
    let worst = policy.rules.iter().map(|rule| {
        let applies = rule_applies(resources, policy, rule, identity, call);
        let certain = applies == Applies::Yes
            && rule.enforce
            && !rule.overridden
            && policy.whole
            && !is_off(policy);
        match (applies, certain, rule.check) {
            (Applies::No, ..) => Verdict::Passes,
            (_, true, KyvernoCheck::Deny) if !rule.preconditions => Verdict::Denies,
            (_, true, KyvernoCheck::Depends) if !rule.preconditions => Verdict::Bounds,
            _ if rule.enforce || rule.overridden => Verdict::Narrows,
            _ => Verdict::Passes,
        }
    });
    match worst.max().unwrap_or(Verdict::Passes) {
        Verdict::Denies | Verdict::Bounds if !is_called(resources, identity, call) => {
            Verdict::Narrows
        }
        other => other,
    }
}

/// Whether any rule speaks of the call's resource and operation.
pub(super) fn concerns(resources: Resources<'_>, policy: &KyvernoPolicy, call: &Call<'_>) -> bool {
    policy.rules.iter().any(|rule| {
        let filters = rule.matches.any.iter().chain(&rule.matches.all);
        filters.into_iter().any(|filter| {
            kind_applies(resources, filter, call).min(operation_applies(filter, call))
                != Applies::No
        })
    })
}

/// Whether an exception lifts a policy for calls of this identity.
pub(super) fn lifts(
    resources: Resources<'_>,
    exception: &PolicyException,
    policy: &str,
    identity: &Identity,
    call: &Call<'_>,
) -> bool {
    exception.policies.iter().any(|(name, _)| wildcard(name, policy))
        && match_applies(resources, &exception.matches, identity, call) != Applies::No
}

fn rule_applies(
    resources: Resources<'_>,
    policy: &KyvernoPolicy,
    rule: &KyvernoRule,
    identity: &Identity,
    call: &Call<'_>,
) -> Applies {
    let here = match (&policy.scope, call.scope) {
        (Scope::Cluster, _) => Applies::Yes,
        (Scope::Namespace(own), Scope::Namespace(other)) => Applies::from(Some(own == other)),
        _ => Applies::Maybe,
    };
    let matched = match_applies(resources, &rule.matches, identity, call);
    let excluded = match match_applies(resources, &rule.excluded, identity, call) {
        _ if rule.excluded == KyvernoMatch::default() => Applies::Yes,
        Applies::No => Applies::Yes,
        Applies::Maybe => Applies::Maybe,
        Applies::Yes => Applies::No,
    };
    let lifted = resources
        .snapshot
        .admission
        .exceptions
        .iter()
        .filter(|exception| lifts(resources, exception, &policy.name, identity, call))
        .map(|exception| {
            let certain = !exception.conditional
                && match_applies(resources, &exception.matches, identity, call) == Applies::Yes;
            if certain { Applies::No } else { Applies::Maybe }
        })
        .min()
        .unwrap_or(Applies::Yes);
    here.min(matched).min(excluded).min(lifted)
}

fn match_applies(
    resources: Resources<'_>,
    matches: &KyvernoMatch,
    identity: &Identity,
    call: &Call<'_>,
) -> Applies {
    let one = |filter: &KyvernoFilter| filter_applies(resources, filter, identity, call);
    let any = if matches.any.is_empty() {
        if matches.all.is_empty() { Applies::No } else { Applies::Yes }
    } else {
        matches.any.iter().map(one).max().unwrap_or(Applies::No)
    };
    any.min(matches.all.iter().map(one).min().unwrap_or(Applies::Yes))
}

fn filter_applies(
    resources: Resources<'_>,
    filter: &KyvernoFilter,
    identity: &Identity,
    call: &Call<'_>,
) -> Applies {
    let object = if filter.by_object { Applies::Maybe } else { Applies::Yes };
    kind_applies(resources, filter, call)
        .min(operation_applies(filter, call))
        .min(place_applies(resources, filter, call))
        .min(name_applies(filter, call))
        .min(subject_applies(filter, identity))
        .min(object)
}

fn kind_applies(resources: Resources<'_>, filter: &KyvernoFilter, call: &Call<'_>) -> Applies {
    if filter.kinds.is_empty() {
        // Subjects alone: every kind that Kyverno is called for.
        return Applies::Maybe;
    }
    let kind = kind_of(resources, call.group, call.resource);
    filter.kinds.iter().map(|own| one_kind(own, kind, call)).max().unwrap_or(Applies::No)
}

/// `Pod`, `v1/Pod`, `apps/v1/Deployment`, `Deployment/scale`, `*`, `*/*`.
fn one_kind(written: &str, kind: Option<&str>, call: &Call<'_>) -> Applies {
    let parts: Vec<&str> = written.split('/').collect();
    let starts_lower = |part: &str| part.starts_with(|first: char| first.is_ascii_lowercase());
    let position = parts.iter().position(|part| !starts_lower(part) && !part.contains('.'));
    let Some(position) = position else { return Applies::Maybe };
    let own = parts.get(position).copied().unwrap_or_default();
    let subresource = parts.get(position + 1..).unwrap_or_default().join("/");
    let group = position.checked_sub(2).and_then(|at| parts.get(at)).copied();
    if position > 2 || own.contains(['*', '?']) {
        return Applies::Maybe;
    }
    let part = if subresource == ALL {
        Applies::Maybe
    } else {
        Applies::from(Some(subresource == call.subresource))
    };
    let group = group.map_or(Applies::Yes, |group| Applies::from(Some(group == call.group)));
    // A version may be one of several that are served.
    let version = if position > 0 { Applies::Maybe } else { Applies::Yes };
    let same = match kind {
        Some(kind) => Applies::from(Some(kind == own)),
        None => Applies::Maybe,
    };
    // A bare kind may be one of another group, too; that only adds to what it meets.
    same.min(part).min(group).min(version)
}

fn operation_applies(filter: &KyvernoFilter, call: &Call<'_>) -> Applies {
    if filter.operations.is_empty() {
        return match call.operation {
            Operation::Create | Operation::Update => Applies::Yes,
            // Which rules Kyverno runs for these unasked changed over its versions.
            Operation::Delete | Operation::Connect => Applies::Maybe,
        };
    }
    Applies::from(Some(
        filter.operations.iter().any(|own| &**own == ALL || **own == *call.operation.as_str()),
    ))
}

fn place_applies(resources: Resources<'_>, filter: &KyvernoFilter, call: &Call<'_>) -> Applies {
    let named = match (filter.namespaces.is_empty(), call.scope) {
        (true, _) => Applies::Yes,
        (false, Scope::Namespace(name)) => {
            Applies::from(Some(filter.namespaces.iter().any(|own| wildcard(own, name))))
        }
        (false, _) if filter.namespaces.iter().any(|own| &**own == ALL) => Applies::Yes,
        (false, _) => Applies::Maybe,
    };
    let labelled = match (filter.namespace_labels.is_empty(), call.scope) {
        (true, _) => Applies::Yes,
        (false, Scope::Namespace(name)) => selects(resources, &filter.namespace_labels, name),
        (false, _) => Applies::Maybe,
    };
    named.min(labelled)
}

fn name_applies(filter: &KyvernoFilter, call: &Call<'_>) -> Applies {
    let every = filter.names.is_empty() || filter.names.iter().any(|own| &**own == ALL);
    let all_named = !call.names.is_empty()
        && call.names.iter().all(|name| filter.names.iter().any(|own| wildcard(own, name)));
    if every || all_named { Applies::Yes } else { Applies::Maybe }
}

fn subject_applies(filter: &KyvernoFilter, identity: &Identity) -> Applies {
    // Whom a role is bound to is Kyverno's own reckoning.
    let roles = if filter.roles.is_empty() { Applies::Yes } else { Applies::Maybe };
    if filter.users.is_empty() && filter.groups.is_empty() {
        return roles;
    }
    let user = match identity.user() {
        Some(user) => Applies::from(Some(filter.users.iter().any(|own| wildcard(own, user)))),
        None if filter.users.is_empty() => Applies::No,
        None => Applies::Maybe,
    };
    let grouped =
        identity.groups().any(|group| filter.groups.iter().any(|own| wildcard(own, group)));
    let all_groups = identity.groups_known() && identity.user().is_some();
    let groups = match (grouped, all_groups || filter.groups.is_empty()) {
        (true, _) => Applies::Yes,
        (false, true) => Applies::No,
        (false, false) => Applies::Maybe,
    };
    roles.min(user.max(groups))
}

/// Whether the evidence shows that Kyverno is asked about a call, and that the
/// call fails where it does not answer.
pub(super) fn is_called(resources: Resources<'_>, identity: &Identity, call: &Call<'_>) -> bool {
    let admission = &resources.snapshot.admission;
    let called = |webhook: &&Webhook| {
        !webhook.mutating
            && webhook.name.contains("kyverno")
            && webhook.failure_policy == FailurePolicy::Fail
            && webhook.conditions.is_empty()
            && webhook.whole
            && applies(resources, &webhook.matches, false, call) == Applies::Yes
    };
    let homes = admission
        .webhooks
        .iter()
        .filter(called)
        .filter_map(|webhook| webhook.service.as_ref().map(|(namespace, _)| namespace));
    // Settings in a namespace that is not known count against it, and prove nothing.
    let settled = |home: &&Arc<str>| {
        admission.kyverno_filters.iter().any(|own| own.scope.namespace() == Some(&***home))
    };
    let Some(home) = homes.into_iter().find(settled) else { return false };
    let filters: Vec<_> =
        admission.kyverno_filters.iter().filter(|own| own.scope.may_be_in(home)).collect();
    let Some(kind) = kind_of(resources, call.group, call.resource) else { return false };
    let Some(user) = identity.user() else { return false };
    // `Pod`, `Node/?*`, `apps/v1/Deployment`, `*/*`: what is no group or version.
    let same_kind = |own: &Arc<str>| {
        own.split('/')
            .find(|part| !part.starts_with(|first: char| first.is_ascii_lowercase()))
            .is_none_or(|part| wildcard(part, kind))
    };
    let may_be_in = |own: &Arc<str>| match call.scope {
        Scope::Namespace(name) => wildcard(own, name),
        Scope::Cluster | Scope::UnknownNamespace => true,
    };
    let left_alone = filters.iter().any(|own| {
        own.others
            || own.resources.iter().any(|[kind, place, _]| same_kind(kind) && may_be_in(place))
            || own.users.iter().any(|pattern| {
                wildcard(pattern, user) || identity.groups().any(|group| wildcard(pattern, group))
            })
    });
    identity.groups_known() && !left_alone
}
