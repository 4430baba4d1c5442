//! What an agent holds now, beside what it used.

use std::collections::BTreeMap;

use super::{Rightsized, Unexplained};
use crate::{
    assess::holdings::Estate,
    model::{
        activity::{ActionKey, ActionRecord, Target as Used},
        kubernetes::{Scope, rbac::PolicyRule},
        location::Location,
        principal::Principal,
    },
    privilege::rbac::{Closure, Held, Request, Target, rule_allows, rule_allows_url},
};

/// A binding that gives the agent something now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldBinding {
    /// `ClusterRoleBinding/sre-bot`.
    pub binding: String,
    /// `ClusterRole/edit`.
    pub role: String,
    /// Whose.
    pub principal: Principal,
    /// The group through which it holds, unless it is named itself.
    pub through_group: Option<String>,
    /// Whether the binding names others too.
    pub shared: bool,
    /// Where it names the agent.
    pub location: Location,
    /// Rules, in their order.
    pub rules: Vec<HeldRule>,
}

/// A rule that an agent holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldRule {
    /// `get,list pods`.
    pub gives: String,
    /// Where it stands.
    pub location: Location,
    /// Whether any request of the window was met by it.
    pub used: bool,
}

/// Compares what `principal` used with what it holds.
pub(super) fn compare(
    principal: &Principal,
    declared: &[Principal],
    estate: &Estate<'_>,
    used: &BTreeMap<ActionKey, ActionRecord>,
    sized: &mut Rightsized,
) {
    let Some((identity, clusters)) = estate.in_clusters(principal, declared) else { return };
    let closures: Vec<Closure<'_>> =
        clusters.iter().map(|(_, cluster)| cluster.closure(&identity)).collect();
    let held = sized.held.get_or_insert_default();
    for closure in &closures {
        let mut bindings = Vec::<HeldBinding>::new();
        let mut last: Option<&crate::model::kubernetes::rbac::Binding> = None;
        for rule in &closure.held {
            if last.is_none_or(|last| !std::ptr::eq(last, rule.binding)) {
                bindings.push(binding(principal, rule));
                last = Some(rule.binding);
            }
            if let Some(binding) = bindings.last_mut() {
                binding.rules.push(HeldRule {
                    gives: gives(rule.rule),
                    location: rule.rule.location.clone(),
                    used: used.iter().any(|(key, record)| meets(rule, key, record)),
                });
            }
        }
        held.extend(bindings);
    }
    for (key, record) in used {
        if !closures.iter().any(|closure| explains(closure, key, record)) {
            sized.unexplained.push(Unexplained {
                principal: principal.clone(),
                action: key.to_string(),
                requests: record.authorised.tally.count,
                location: record.authorised.tally.examples.places().next(),
            });
        }
    }
}

fn binding(principal: &Principal, held: &Held<'_>) -> HeldBinding {
    HeldBinding {
        binding: held.binding.to_string(),
        role: format!("{}/{}", held.binding.role.kind, held.role.name),
        principal: principal.clone(),
        through_group: held.through_group.map(str::to_owned),
        shared: held.binding.subjects.len() > 1,
        location: held.subject.location.clone(),
        rules: Vec::new(),
    }
}

/// What a rule gives, in short.
fn gives(rule: &PolicyRule) -> String {
    let words = |list: &[std::sync::Arc<str>]| {
        const SHOWN: usize = 6;
        let mut text: Vec<&str> = list.iter().take(SHOWN).map(|word| &**word).collect();
        if list.len() > SHOWN {
            text.push("…");
        }
        text.join(",")
    };
    let mut text = words(&rule.verbs);
    if !rule.resources.is_empty() {
        let groups: Vec<&str> = rule
            .api_groups
            .iter()
            .map(|group| if group.is_empty() { "core" } else { group })
            .collect();
        text = format!("{text} {} ({})", words(&rule.resources), groups.join(","));
    }
    if !rule.resource_names.is_empty() {
        text = format!("{text} [{}]", words(&rule.resource_names));
    }
    if !rule.non_resource_urls.is_empty() {
        text = format!("{text} {}", words(&rule.non_resource_urls));
    }
    text
}

/// The names that an action's requests told the authorizer; an empty one for those
/// that told none, and where the names are too many to be kept.
fn names<'a>(key: &ActionKey, record: &'a ActionRecord) -> Vec<&'a str> {
    let authorised = &record.authorised.names;
    let unnamed = authorised.unnamed > 0 || key.verb == "deletecollection";
    match authorised.all() {
        Some(all) => all.chain(unnamed.then_some("")).collect(),
        None => vec![""],
    }
}

/// The objects that a patch or an update created, which took `create` by their names; an
/// empty one where they are too many to be kept.
fn created(record: &ActionRecord) -> Vec<&str> {
    let created = &record.authorised.created;
    match created.all() {
        Some(all) => all.chain((created.unnamed > 0).then_some("")).collect(),
        None => vec![""],
    }
}

/// Whether any request of an action was met by a held rule.
fn meets(held: &Held<'_>, key: &ActionKey, record: &ActionRecord) -> bool {
    match &key.target {
        Used::KubernetesPath(_) => {
            *held.scope() == Scope::Cluster
                && names(key, record).iter().any(|path| rule_allows_url(held.rule, &key.verb, path))
        }
        Used::Aws(_) => false,
        Used::KubernetesResource { group, resource, subresource, namespace } => {
            let in_scope = held.holds_in(namespace.as_deref());
            let part = subresource.as_deref().unwrap_or_default();
            let allows = |name| rule_allows(held.rule, &key.verb, group, resource, part, name);
            let many = record.authorised.names.all().is_none();
            // Of names that were not kept, any may be one of the rule's.
            in_scope
                && (names(key, record).into_iter().any(allows)
                    || (many && held.rule.resource_names.iter().any(|name| allows(name))))
        }
    }
}

/// Whether grants allow every request of an action.
pub(in crate::assess) fn explains(
    closure: &Closure<'_>,
    key: &ActionKey,
    record: &ActionRecord,
) -> bool {
    let allows = |verb: &str, name: &str| {
        let target = match &key.target {
            Used::Aws(_) => return false,
            Used::KubernetesPath(_) => Target::Url(name),
            Used::KubernetesResource { group, resource, subresource, namespace } => {
                Target::Resource {
                    group,
                    resource,
                    subresource: subresource.as_deref().unwrap_or_default(),
                    namespace: namespace.as_deref(),
                    name: (!name.is_empty()).then_some(name),
                }
            }
        };
        closure.allows(&Request { verb, target }).is_allowed()
    };
    closure.bypass.is_some()
        || names(key, record).into_iter().all(|name| allows(&key.verb, name))
            && created(record).into_iter().all(|name| allows("create", name))
}
