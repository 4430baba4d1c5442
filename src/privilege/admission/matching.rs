//! Whether a policy applies to a request, in three values.
//!
//! As `plugin/policy/matching` and `plugin/webhook/predicates/rules` of
//! kubernetes/apiserver decide. `Yes` means every request that a call stands
//! for; whatever an object, or a namespace that nobody knows, decides is `Maybe`.

use std::{collections::BTreeMap, sync::Arc};

use super::request::{ALL, Call, Operation, Resources};
use crate::model::kubernetes::{
    Scope,
    admission::{MatchResources, MatchRule},
    selector::{LabelSelector, SelectorOperator},
};

/// The label that the API server itself puts on every namespace.
pub(super) const OWN_NAME: &str = "kubernetes.io/metadata.name";

/// Whether something applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Applies {
    /// To none of the requests.
    No,
    /// To some, or it is not known.
    Maybe,
    /// To all of them.
    Yes,
}

impl Applies {
    /// From what is known.
    pub(super) fn from(answer: Option<bool>) -> Self {
        match answer {
            Some(true) => Self::Yes,
            Some(false) => Self::No,
            None => Self::Maybe,
        }
    }

    fn not(self) -> Self {
        match self {
            Self::No => Self::Yes,
            Self::Maybe => Self::Maybe,
            Self::Yes => Self::No,
        }
    }
}

/// Whether `matches` applies to a call; without rules it applies to everything
/// where `rules_optional`, else to nothing.
pub(super) fn applies(
    resources: Resources<'_>,
    matches: &MatchResources,
    rules_optional: bool,
    call: &Call<'_>,
) -> Applies {
    rules_apply(resources, matches, rules_optional, call).min(in_namespaces(
        resources,
        &matches.namespaces,
        call,
    ))
}

/// The same, wherever the request is.
pub(super) fn rules_apply(
    resources: Resources<'_>,
    matches: &MatchResources,
    rules_optional: bool,
    call: &Call<'_>,
) -> Applies {
    let rules = if matches.rules.is_empty() && rules_optional {
        Applies::Yes
    } else {
        any(resources, &matches.rules, matches.exact, call)
    };
    let excluded = any(resources, &matches.excluded, matches.exact, call);
    let objects = if matches.objects.is_empty() { Applies::Yes } else { Applies::Maybe };
    rules.min(excluded.not()).min(objects)
}

fn any(resources: Resources<'_>, rules: &[MatchRule], exact: bool, call: &Call<'_>) -> Applies {
    rules.iter().map(|rule| one(resources, rule, exact, call)).max().unwrap_or(Applies::No)
}

fn one(resources: Resources<'_>, rule: &MatchRule, exact: bool, call: &Call<'_>) -> Applies {
    let has =
        |list: &[Arc<str>], word: &str| list.iter().any(|own| &**own == ALL || **own == *word);
    let operation = Applies::from(Some(has(&rule.operations, call.operation.as_str())));
    let twins = call.resource == "events"
        && ["", "events.k8s.io"].iter().any(|group| has(&rule.groups, group));
    let group = match has(&rule.groups, call.group) {
        true => Applies::Yes,
        false if twins && !exact => Applies::Maybe,
        false => Applies::No,
    };
    // A policy for one version is asked about the others too, if it is one
    // that the API server knows.
    let version = if rule.versions.iter().any(|version| &**version == ALL)
        || !exact
            && rule.versions.iter().any(|own| resources.serves(call.group, call.resource, own))
    {
        Applies::Yes
    } else {
        Applies::Maybe
    };
    let resource =
        rule.resources.iter().map(|entry| covers(entry, call)).max().unwrap_or(Applies::No);
    let scope = match (&*rule.scope, call.namespaced) {
        (ALL | "", _) => Applies::Yes,
        ("Namespaced", known) => Applies::from(known),
        ("Cluster", known) => Applies::from(known).not(),
        _ => Applies::Maybe,
    };
    operation.min(group).min(version).min(resource).min(scope).min(named(rule, call))
}

/// Whether an entry of a rule's resources covers a call's.
fn covers(entry: &str, call: &Call<'_>) -> Applies {
    let (resource, subresource) = entry.split_once('/').unwrap_or((entry, ""));
    let same_part = subresource == ALL || subresource == call.subresource;
    if call.resource == ALL {
        // It stands for every resource and, without a part, for every part too.
        let all =
            resource == ALL && (subresource == ALL || !call.subresource.is_empty() && same_part);
        return match (all, same_part || call.subresource.is_empty()) {
            (true, _) => Applies::Yes,
            (false, true) => Applies::Maybe,
            (false, false) => Applies::No,
        };
    }
    Applies::from(Some((resource == ALL || resource == call.resource) && same_part))
}

fn named(rule: &MatchRule, call: &Call<'_>) -> Applies {
    if rule.names.is_empty() {
        return Applies::Yes;
    }
    // What is created, and what goes in a collection, carries no name yet.
    if call.names.is_empty() || call.operation == Operation::Create {
        return Applies::Maybe;
    }
    let covered = call.names.iter().filter(|name| rule.names.contains(name)).count();
    match covered {
        0 => Applies::No,
        all if all == call.names.len() => Applies::Yes,
        _ => Applies::Maybe,
    }
}

/// Whether a namespace selector lets a call in.
pub(super) fn in_namespaces(
    resources: Resources<'_>,
    selector: &LabelSelector,
    call: &Call<'_>,
) -> Applies {
    if selector.is_empty() {
        return Applies::Yes;
    }
    if call.resource == "namespaces" && call.group.is_empty() || call.resource == ALL {
        return Applies::Maybe;
    }
    if call.namespaced == Some(false) {
        return Applies::Yes;
    }
    match call.scope {
        Scope::Namespace(name) => selects(resources, selector, name),
        Scope::Cluster | Scope::UnknownNamespace => Applies::Maybe,
    }
}

/// Whether a selector selects a namespace by its name.
pub(super) fn selects(resources: Resources<'_>, selector: &LabelSelector, name: &str) -> Applies {
    let own: (Arc<str>, Arc<str>) = (OWN_NAME.into(), name.into());
    let mut answers =
        resources.snapshot.namespaces.iter().filter(|namespace| &*namespace.name == name).map(
            |namespace| {
                let mut labels = namespace.labels.clone();
                labels.insert(own.0.clone(), own.1.clone());
                Applies::from(Some(selector.meets(&labels)))
            },
        );
    let Some(first) = answers.next() else {
        let labels = BTreeMap::from([own]);
        return Applies::from(selector.meets_some(&labels));
    };
    if answers.all(|other| other == first) { first } else { Applies::Maybe }
}

/// Whether a selector leaves namespaces out by naming them, rather than by
/// asking for others.
pub(super) fn leaves_out(selector: &LabelSelector) -> bool {
    selector.expressions.iter().any(|term| {
        matches!(term.operator, SelectorOperator::NotIn(_) | SelectorOperator::DoesNotExist)
    })
}

/// Whether a selector goes by labels that whoever may update a namespace can change.
pub(super) fn goes_by_labels(selector: &LabelSelector) -> bool {
    selector.keys().any(|key| key != OWN_NAME)
}
