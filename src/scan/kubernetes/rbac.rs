//! Roles and bindings.

use super::{
    merge::{PendingBinding, PendingRole},
    read::Reader,
};
use crate::{
    model::kubernetes::{
        Scope,
        rbac::{Binding, BoundSubject, Origin, PolicyRule, Role, RoleKind, RoleRef, Subject},
        selector::LabelSelector,
    },
    source::node::Node,
};

/// The API group of roles and bindings.
pub(super) const GROUP: &str = "rbac.authorization.k8s.io";

const RULE_KEYS: [&str; 5] =
    ["verbs", "apiGroups", "resources", "resourceNames", "nonResourceURLs"];

impl Reader<'_> {
    pub(super) fn role(&mut self, cluster: bool) -> PendingRole {
        let scope = self.home(cluster);
        let before = self.gaps.len();
        let rules = (1..)
            .zip(self.items("rules"))
            .map(|(number, node)| self.rule(node, number, cluster))
            .collect();
        let selectors = if cluster { self.selectors() } else { Vec::new() };
        // Gaps of rules are the role's: whoever is bound to it may hold more.
        let gaps = self.gaps.get(before..).unwrap_or_default().to_vec();
        let root = self.root();
        let labels = self.pairs(root.at(&["metadata", "labels"]));
        PendingRole {
            role: Role {
                scope,
                name: self.object.name.clone(),
                rules,
                origin: Origin::Evidence,
                gaps,
                location: self.here(),
            },
            labels,
            selectors,
            generated: self.object.generated,
        }
    }

    fn rule(&mut self, node: &Node, number: u32, cluster: bool) -> PolicyRule {
        if node.as_mapping().is_none() {
            self.gap(node, format!("has {} as rule {number}", node.kind()));
        }
        for (key, value) in node.entries() {
            if !RULE_KEYS.contains(&key.name.as_str()) && !value.is_null() {
                self.gap(
                    value,
                    format!("has `{}` in rule {number}, which rules do not know", key.name),
                );
            }
        }
        for key in node.as_mapping().map(|mapping| mapping.duplicates()).unwrap_or_default() {
            self.gap(node, format!("has `{}` twice in rule {number}: both are counted", key.name));
        }
        let rule = PolicyRule {
            verbs: self.list(node, "verbs"),
            api_groups: self.list(node, "apiGroups"),
            resources: self.list(node, "resources"),
            resource_names: self.list(node, "resourceNames"),
            non_resource_urls: self.list(node, "nonResourceURLs"),
            number,
            aggregated_from: None,
            location: self.at(node),
        };
        // As `ValidatePolicyRule` of kubernetes/kubernetes has it.
        let missing = if rule.verbs.is_empty() {
            Some("verbs")
        } else if rule.non_resource_urls.is_empty() {
            match (rule.api_groups.is_empty(), rule.resources.is_empty()) {
                (true, _) => Some("apiGroups"),
                (false, true) => Some("resources"),
                (false, false) => None,
            }
        } else {
            None
        };
        if let Some(missing) = missing {
            self.gap(node, format!("has no {missing} in rule {number}: the API server refuses it"));
        }
        if !cluster && !rule.non_resource_urls.is_empty() {
            self.gap(node, format!("has URLs in rule {number}, which only a ClusterRole may"));
        }
        rule
    }

    pub(super) fn selectors(&mut self) -> Vec<LabelSelector> {
        let root = self.root();
        let Some(list) = root.at(&["aggregationRule", "clusterRoleSelectors"]) else {
            return Vec::new();
        };
        let Some(items) = list.as_sequence() else {
            self.gap(list, format!("has {} as its selectors", list.kind()));
            return Vec::new();
        };
        items.iter().filter_map(|item| self.label_selector(item)).collect()
    }

    pub(super) fn binding(&mut self, cluster: bool) -> Option<PendingBinding> {
        let scope = self.home(cluster);
        let role = self.role_ref(cluster);
        let subjects: Vec<BoundSubject> = self
            .items("subjects")
            .into_iter()
            .filter_map(|node| self.subject(node, &scope))
            .collect();
        let binding = Binding {
            scope,
            name: self.object.name.clone(),
            role: role?,
            subjects,
            location: self.here(),
        };
        Some(PendingBinding { binding, generated: self.object.generated })
    }

    fn role_ref(&mut self, cluster: bool) -> Option<RoleRef> {
        let root = self.root();
        let Some(node) = root.get("roleRef") else {
            self.gap_open(root, format!("{} has no roleRef", self.shown));
            return None;
        };
        if node.str_at("apiGroup").is_some_and(|group| group != GROUP) {
            self.gap(
                node,
                format!("refers to a role outside of {GROUP}: the API server refuses it"),
            );
        }
        let kind = match node.str_at("kind") {
            Some("Role") => RoleKind::Role,
            Some("ClusterRole") => RoleKind::ClusterRole,
            _ => {
                self.gap_open(
                    node,
                    format!("{} refers to neither a Role nor a ClusterRole", self.shown),
                );
                return None;
            }
        };
        if cluster && kind == RoleKind::Role {
            self.gap(node, "refers to a Role, which a ClusterRoleBinding cannot".to_owned());
        }
        let Some(name) = self.text(node, "name") else {
            self.gap_open(node, format!("{} refers to a role without a name", self.shown));
            return None;
        };
        Some(RoleRef { kind, name, location: self.at(node) })
    }

    fn subject(&mut self, node: &Node, scope: &Scope) -> Option<BoundSubject> {
        let Some(name) = self.text(node, "name").filter(|name| !name.is_empty()) else {
            self.gap_open(node, format!("{} has a subject without a name", self.shown));
            return None;
        };
        let subject = match node.str_at("kind") {
            Some("User") => Subject::User(name),
            Some("Group") => Subject::Group(name),
            Some("ServiceAccount") => {
                let namespace = self.text(node, "namespace").filter(|name| !name.is_empty());
                if namespace.is_none() && *scope == Scope::Cluster {
                    self.gap(node, format!("names ServiceAccount {name} without its namespace"));
                }
                Subject::ServiceAccount { namespace, name }
            }
            _ => {
                self.gap_open(
                    node,
                    format!(
                        "{} names {name}, which is no User, Group or ServiceAccount",
                        self.shown
                    ),
                );
                return None;
            }
        };
        Some(BoundSubject { subject, location: self.at(node) })
    }

    fn home(&mut self, cluster: bool) -> Scope {
        if cluster {
            return Scope::Cluster;
        }
        self.wants_namespace();
        self.object.scope.clone()
    }
}
