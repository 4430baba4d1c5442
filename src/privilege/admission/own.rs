//! Whether an identity can change what guards it.

use crate::{
    model::{capability::Grant, kubernetes::Scope},
    privilege::rbac::{Closure, rule_allows},
};

/// Verbs that change or remove an object.
pub(super) const CHANGES: [&str; 4] = ["update", "patch", "delete", "deletecollection"];

/// Where a right must hold.
#[derive(Debug, Clone, Copy)]
pub(super) enum Place<'p> {
    /// Outside of namespaces.
    Cluster,
    /// In this namespace.
    In(&'p str),
    /// In any namespace.
    Anywhere,
}

/// One thing that an identity must not be able to do.
#[derive(Debug, Clone, Copy)]
pub(super) struct Right<'p> {
    pub(super) verbs: &'p [&'p str],
    pub(super) group: &'p str,
    /// Without its subresource.
    pub(super) resource: &'p str,
    pub(super) subresource: &'p str,
    /// None is any name.
    pub(super) name: Option<&'p str>,
    pub(super) place: Place<'p>,
}

/// The verb that is held and the grant that gives it, if any does.
pub(super) fn held(closure: &Closure<'_>, right: Right<'_>) -> Option<(String, Grant)> {
    let label = match right.subresource {
        "" => right.resource.to_owned(),
        sub => format!("{}/{sub}", right.resource),
    };
    if let (Some(grant), Some(verb)) = (&closure.bypass, right.verbs.first()) {
        return Some((format!("{verb} {label}"), grant.clone()));
    }
    for held in &closure.held {
        let here = match (held.scope(), right.place) {
            (Scope::Cluster, _) => true,
            (_, Place::Cluster) => false,
            (scope, Place::In(namespace)) => scope.may_be_in(namespace),
            (_, Place::Anywhere) => true,
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
            if rule_allows(held.rule, verb, right.group, right.resource, right.subresource, name) {
                return Some((format!("{verb} {label}"), held.grant()));
            }
        }
    }
    None
}
