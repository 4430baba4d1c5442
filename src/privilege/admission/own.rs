//! Whether an identity can change what guards it.

use std::collections::BTreeSet;

use super::{
    cel_policy::Compiled,
    kinds::resources_of,
    request::{ALL, Call, Resources},
};
use crate::{
    model::{capability::Grant, kubernetes::admission::PolicyBinding},
    privilege::rbac::{Closure, rule_allows},
};

/// Verbs that change or remove an object.
const CHANGES: [&str; 4] = ["update", "patch", "delete", "deletecollection"];

/// Where a right must hold.
#[derive(Debug, Clone, Copy)]
enum Place<'p> {
    /// Outside of namespaces.
    Cluster,
    /// In this namespace.
    In(&'p str),
    /// In any namespace.
    Anywhere,
}

/// One thing that an identity must not be able to do.
#[derive(Debug, Clone, Copy)]
struct Right<'p> {
    verbs: &'p [&'p str],
    group: &'p str,
    /// Without its subresource; `*` is any of the group.
    resource: &'p str,
    subresource: &'p str,
    /// None is any name.
    name: Option<&'p str>,
    place: Place<'p>,
}

/// The verb that is held and the grant that gives it, if any does.
fn held(closure: &Closure<'_>, right: Right<'_>) -> Option<(String, Grant)> {
    let label = match right.subresource {
        "" => right.resource.to_owned(),
        sub => format!("{}/{sub}", right.resource),
    };
    if let (Some(grant), Some(verb)) = (&closure.bypass, right.verbs.first()) {
        return Some((format!("{verb} {label}"), grant.clone()));
    }
    for held in &closure.held {
        let here = match right.place {
            Place::Cluster => held.holds_in(None),
            Place::In(namespace) => held.holds_in(Some(namespace)),
            Place::Anywhere => true,
        };
        if !here {
            continue;
        }
        for verb in right.verbs {
            let carries_no_name = matches!(*verb, "create" | "deletecollection");
            let name = match (right.name, held.rule.resource_names.first()) {
                _ if carries_no_name => "",
                (Some(name), _) => name,
                (None, Some(own)) => own,
                (None, None) => "",
            };
            let any = || {
                held.rule.resources.iter().map(|entry| entry.split_once('/').unwrap_or((entry, "")))
            };
            let allows = |(resource, subresource): (&str, &str)| {
                rule_allows(held.rule, verb, right.group, resource, subresource, name)
            };
            let allowed = match right.resource {
                ALL => any().any(allows),
                resource => allows((resource, right.subresource)),
            };
            if allowed {
                return Some((format!("{verb} {label}"), held.grant()));
            }
        }
    }
    None
}

/// Rights that change the labels of a call's namespace: a write of its status or
/// its finalizers takes the labels along.
fn relabels<'p>(call: &Call<'p>) -> [Right<'p>; 3] {
    let namespace = call.scope.namespace().filter(|_| call.namespaced != Some(false));
    let right = |verbs, subresource| Right {
        verbs,
        group: "",
        resource: "namespaces",
        subresource,
        name: namespace,
        place: namespace.map_or(Place::Anywhere, Place::In),
    };
    const CHANGE: &[&str] = &["update", "patch"];
    [right(CHANGE, ""), right(CHANGE, "status"), right(&["update"], "finalize")]
}

/// The right by which the labels of a call's namespace can be changed, if one is
/// held.
pub(super) fn of_labels(closure: &Closure<'_>, call: &Call<'_>) -> Option<(String, Grant)> {
    relabels(call).into_iter().find_map(|right| held(closure, right))
}

/// The right by which a policy written in CEL, a binding of it, its parameters
/// or the labels that it goes by can be changed, if one is held.
pub(super) fn of_cel_policy(
    closure: &Closure<'_>,
    resources: Resources<'_>,
    compiled: &Compiled<'_>,
    binding: Option<&PolicyBinding>,
    call: &Call<'_>,
) -> Option<(String, Grant)> {
    let policy = &*compiled.policy.name;
    let mut rights: Vec<Right<'_>> = Vec::new();
    let object = |resource, own| Right {
        verbs: &CHANGES,
        group: "admissionregistration.k8s.io",
        resource,
        subresource: "",
        name: Some(own),
        place: Place::Cluster,
    };
    if let Some(binding) = binding {
        rights.push(object("validatingadmissionpolicies", policy));
        rights.push(object("validatingadmissionpolicybindings", &binding.name));
        if let Some(param) = &binding.param
            && let Some((version, kind)) = &compiled.policy.param_kind
        {
            let group = version.split_once('/').map_or("", |(group, _)| group);
            let mut kinds = resources_of(resources, group, kind);
            if kinds.is_empty() {
                // Any of its group may be the one.
                kinds.push((ALL, None));
            }
            rights.extend(kinds.into_iter().map(|(resource, namespaced)| Right {
                verbs: &["create", "update", "patch", "delete", "deletecollection"],
                group,
                resource,
                subresource: "",
                name: param.name.as_deref(),
                place: match (namespaced, param.namespace.as_deref()) {
                    (Some(false), _) => Place::Cluster,
                    (_, Some(namespace)) => Place::In(namespace),
                    (_, None) => Place::Anywhere,
                },
            }));
        }
    }
    if compiled.goes_by_namespace_labels() {
        rights.extend(relabels(call));
    }
    rights.into_iter().find_map(|right| held(closure, right))
}

/// The right by which a policy of Kyverno, or Kyverno itself, can be changed or
/// stopped, if one is held.
pub(super) fn of_kyverno(
    closure: &Closure<'_>,
    resources: Resources<'_>,
    policy: &str,
    call: &Call<'_>,
) -> Option<(String, Grant)> {
    let hooks = resources.snapshot.admission.webhooks.iter();
    let homes: BTreeSet<&str> = hooks
        .filter(|webhook| webhook.name.contains("kyverno"))
        .filter_map(|webhook| webhook.service.as_ref().map(|(namespace, _)| &**namespace))
        .chain(["kyverno"])
        .collect();
    let right = |verbs, group, resource, subresource, name, place| Right {
        verbs,
        group,
        resource,
        subresource,
        name,
        place,
    };
    const WRITES: &[&str] = &["create", "update", "patch"];
    let mut rights = vec![
        right(&CHANGES, "kyverno.io", "clusterpolicies", "", Some(policy), Place::Cluster),
        right(&CHANGES, "kyverno.io", "policies", "", Some(policy), Place::Anywhere),
        right(
            &CHANGES,
            "policies.kyverno.io",
            "validatingpolicies",
            "",
            Some(policy),
            Place::Cluster,
        ),
        right(WRITES, "kyverno.io", "policyexceptions", "", None, Place::Anywhere),
        right(WRITES, "policies.kyverno.io", "policyexceptions", "", None, Place::Anywhere),
        right(
            &CHANGES,
            "admissionregistration.k8s.io",
            "validatingwebhookconfigurations",
            "",
            None,
            Place::Cluster,
        ),
        right(
            &CHANGES,
            "apiextensions.k8s.io",
            "customresourcedefinitions",
            "",
            None,
            Place::Cluster,
        ),
    ];
    for home in &homes {
        let place = Place::In(home);
        rights.push(right(&CHANGES, "apps", "deployments", "", None, place));
        rights.push(right(&["update", "patch"], "apps", "deployments", "scale", None, place));
        rights.push(right(
            &["update", "patch", "delete"],
            "",
            "configmaps",
            "",
            Some("kyverno"),
            place,
        ));
        rights.push(right(&["delete"], "", "namespaces", "", Some(home), place));
    }
    rights.extend(relabels(call));
    rights.into_iter().find_map(|right| held(closure, right))
}
