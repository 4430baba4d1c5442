//! What stands at the cluster's door, from its objects.
//!
//! Where a part of a policy cannot be read, the policy says so (`whole`), and
//! whoever judges takes it for one that may leave something out.

mod gatekeeper;
mod kyverno;
mod policies;

use std::{collections::BTreeMap, sync::Arc};

use super::{namespaced, read::Reader};
use crate::{
    model::{
        kubernetes::{
            admission::{
                Admission, CelPolicy, CelText, Definition, FailurePolicy, MatchResources,
                MatchRule, PolicyBinding,
            },
            selector::LabelSelector,
        },
        location::Location,
    },
    source::node::Node,
};

const REGISTRATION: &str = "admissionregistration.k8s.io";
const KYVERNO: &str = "kyverno.io";
const KYVERNO_POLICIES: &str = "policies.kyverno.io";
const CONSTRAINTS: &str = "constraints.gatekeeper.sh";
const TEMPLATES: &str = "templates.gatekeeper.sh";

impl Reader<'_> {
    /// Takes the object, if it is one of those that decide what is admitted.
    pub(super) fn admission(&mut self, group: &str, kind: &str, found: &mut Admission) {
        match (group, kind) {
            (REGISTRATION, "ValidatingAdmissionPolicy") => {
                found.policies.push(self.cel_policy());
            }
            (KYVERNO_POLICIES, "ValidatingPolicy") => {
                found.policies.push(self.kyverno_cel_policy());
            }
            (REGISTRATION, "ValidatingAdmissionPolicyBinding") => {
                found.bindings.push(self.policy_binding());
            }
            (REGISTRATION, "ValidatingWebhookConfiguration" | "MutatingWebhookConfiguration") => {
                found.webhooks.extend(self.webhooks(kind.starts_with("Mutating")));
            }
            (KYVERNO, "ClusterPolicy" | "Policy") => {
                found.kyverno.push(self.kyverno_policy(kind == "ClusterPolicy"));
            }
            (KYVERNO | KYVERNO_POLICIES, "PolicyException") => {
                found.exceptions.push(self.policy_exception());
            }
            (TEMPLATES, "ConstraintTemplate") => {
                let path = ["spec", "crd", "spec", "names", "kind"];
                let kind = self.root().at(&path).and_then(Node::text);
                found.templates.extend(kind.map(|kind| self.word(&kind)));
            }
            (CONSTRAINTS, kind) => found.constraints.push(self.constraint(kind)),
            ("apiextensions.k8s.io", "CustomResourceDefinition") => {
                found.definitions.extend(self.definition());
            }
            ("apiregistration.k8s.io", "APIService") => {
                let spec = self.root().get("spec");
                if spec.is_some_and(|spec| spec.get("service").is_some()) {
                    let group = spec.and_then(|spec| spec.str_at("group")).unwrap_or_default();
                    found.delegated_groups.push(self.word(group));
                }
            }
            ("", "Service") => {
                found.services.push((self.object.scope.clone(), self.object.name.clone()));
            }
            ("", "ConfigMap") => {
                found.config_maps.push((self.object.scope.clone(), self.object.name.clone()));
                found.kyverno_filters.extend(self.kyverno_filters());
            }
            _ => {}
        }
    }

    fn definition(&mut self) -> Option<Definition> {
        let spec = self.root().get("spec")?;
        let names = spec.get("names")?;
        let versions = spec
            .items_at("versions")
            .iter()
            .filter(|version| version.get("served").and_then(Node::as_bool) == Some(true))
            .filter_map(|version| version.str_at("name"))
            .map(|name| self.word(name))
            .collect();
        Some(Definition {
            group: self.word(spec.str_at("group")?),
            resource: self.word(names.str_at("plural")?),
            kind: self.word(names.str_at("kind")?),
            namespaced: spec.str_at("scope") == Some("Namespaced"),
            versions,
        })
    }

    /// A `matchConstraints`, `matchResources` or webhook.
    fn match_resources(&mut self, node: &Node, rules: &str) -> MatchResources {
        MatchResources {
            rules: self.match_rules(node, rules),
            excluded: self.match_rules(node, "excludeResourceRules"),
            namespaces: self.selector(node.get("namespaceSelector")),
            objects: self.selector(node.get("objectSelector")),
            exact: self.text(node, "matchPolicy").is_some_and(|word| &*word == "Exact"),
        }
    }

    fn match_rules(&mut self, node: &Node, key: &str) -> Vec<MatchRule> {
        let Some(list) = node.get(key) else { return Vec::new() };
        let Some(items) = list.as_sequence() else {
            self.gap(list, format!("has {} in `{key}`, where a list belongs", list.kind()));
            return Vec::new();
        };
        items
            .iter()
            .map(|rule| MatchRule {
                operations: self.list(rule, "operations"),
                groups: self.list(rule, "apiGroups"),
                versions: self.list(rule, "apiVersions"),
                resources: self.list(rule, "resources"),
                names: self.list(rule, "resourceNames"),
                scope: self.text(rule, "scope").unwrap_or_else(|| self.word("*")),
            })
            .collect()
    }

    /// A selector; where it cannot be read there is a gap, and the policy is not
    /// taken for whole.
    fn selector(&mut self, node: Option<&Node>) -> LabelSelector {
        node.and_then(|node| self.label_selector(node)).unwrap_or_default()
    }

    /// The expressions of a list of `{name, expression}`.
    fn cel_texts(&mut self, parent: &Node, key: &str) -> Vec<CelText> {
        let Some(list) = parent.get(key) else { return Vec::new() };
        let Some(items) = list.as_sequence() else {
            self.gap(list, format!("has {} in `{key}`, where a list belongs", list.kind()));
            return Vec::new();
        };
        let mut found = Vec::new();
        for item in items {
            match self.text(item, "expression") {
                Some(text) => found.push(CelText {
                    name: self.text(item, "name").unwrap_or_else(|| self.word("")),
                    text,
                    location: self.at(item),
                }),
                None => self.gap(item, format!("has no expression in `{key}`")),
            }
        }
        found
    }

    fn failure_policy(&mut self, node: &Node) -> FailurePolicy {
        match self.text(node, "failurePolicy").as_deref() {
            None | Some("Fail") => FailurePolicy::Fail,
            Some(_) => FailurePolicy::Ignore,
        }
    }
}

/// Orders all lists, and lets an object that stands more than once in different
/// words count as one that may leave something out: which of them was applied
/// last is not in the files.
pub(super) fn finish(found: &mut Admission) {
    let Admission {
        policies,
        bindings,
        webhooks,
        kyverno,
        exceptions,
        kyverno_filters: _,
        templates,
        constraints,
        services,
        definitions,
        delegated_groups,
        config_maps,
    } = found;
    policies.sort_by(|a, b| (a.engine, &a.name).cmp(&(b.engine, &b.name)));
    once(
        policies,
        |policy| format!("{:?}/{}", policy.engine, policy.name),
        placeless_policy,
        |p| {
            p.whole = false;
        },
    );
    bindings.sort_by(|a, b| a.name.cmp(&b.name));
    once(bindings, |binding| binding.name.to_string(), placeless_binding, |b| b.whole = false);
    webhooks.sort_by(|a, b| (&a.configuration, &a.name).cmp(&(&b.configuration, &b.name)));
    kyverno.sort_by(|a, b| (&a.scope, &a.name).cmp(&(&b.scope, &b.name)));
    let mut names = BTreeMap::<_, usize>::new();
    for policy in kyverno.iter() {
        *names.entry((policy.scope.clone(), policy.name.clone())).or_default() += 1;
    }
    for policy in kyverno.iter_mut() {
        policy.whole &= names.get(&(policy.scope.clone(), policy.name.clone())) == Some(&1);
    }
    exceptions.sort_by(|a, b| (&a.scope, &a.name).cmp(&(&b.scope, &b.name)));
    constraints.sort_by(|a, b| (&a.kind, &a.name).cmp(&(&b.kind, &b.name)));
    definitions.sort_by(|a, b| (&a.group, &a.resource).cmp(&(&b.group, &b.resource)));
    for words in [templates, delegated_groups] {
        words.sort();
        words.dedup();
    }
    for objects in [services, config_maps] {
        objects.sort();
        objects.dedup();
    }
}

/// Drops repetitions of a sorted list; objects of one name that differ are all
/// kept and marked.
fn once<T: PartialEq>(
    list: &mut Vec<T>,
    name: impl Fn(&T) -> String,
    placeless: impl Fn(&T) -> T,
    mark: impl Fn(&mut T),
) {
    list.dedup_by(|later, earlier| placeless(later) == placeless(earlier));
    let mut times = BTreeMap::<String, usize>::new();
    for entry in list.iter() {
        *times.entry(name(entry)).or_default() += 1;
    }
    for entry in list.iter_mut().filter(|entry| times.get(&name(entry)) != Some(&1)) {
        mark(entry);
    }
}

fn nowhere() -> Location {
    Location::file("")
}

fn placeless_policy(policy: &CelPolicy) -> CelPolicy {
    let texts = |list: &[CelText]| -> Vec<CelText> {
        list.iter().map(|text| CelText { location: nowhere(), ..text.clone() }).collect()
    };
    CelPolicy {
        conditions: texts(&policy.conditions),
        variables: texts(&policy.variables),
        validations: texts(&policy.validations),
        location: nowhere(),
        ..policy.clone()
    }
}

fn placeless_binding(binding: &PolicyBinding) -> PolicyBinding {
    PolicyBinding { location: nowhere(), ..binding.clone() }
}

/// The scope of an object that lives in a namespace, or outside of any.
fn home(reader: &mut Reader<'_>, cluster: bool) -> crate::model::kubernetes::Scope {
    if cluster {
        return crate::model::kubernetes::Scope::Cluster;
    }
    reader.wants_namespace();
    namespaced(reader.object.scope.namespace().map(Arc::from))
}
