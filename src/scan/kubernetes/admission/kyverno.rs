//! Kyverno's policies, exceptions and the settings that leave somebody alone.

use std::sync::Arc;

use super::home;
use crate::{
    model::kubernetes::admission::{
        FailurePolicy, KyvernoCheck, KyvernoFilter, KyvernoFilters, KyvernoMatch, KyvernoPolicy,
        KyvernoRule, PolicyException,
    },
    scan::kubernetes::read::Reader,
    source::node::Node,
};

/// Parts of `validate` that say nothing about what is denied.
const ABOUT_VALIDATE: [&str; 5] =
    ["message", "failureAction", "failureActionOverrides", "allowExistingViolations", "deny"];

impl Reader<'_> {
    pub(super) fn kyverno_policy(&mut self, cluster: bool) -> KyvernoPolicy {
        let before = self.gaps.len();
        let scope = home(self, cluster);
        let root = self.root();
        let spec = root.get("spec").unwrap_or(root);
        let enforce = spec.get("validationFailureAction").and_then(Node::text);
        let enforce = enforce.is_some_and(|word| word.eq_ignore_ascii_case("enforce"));
        let overridden = !spec.items_at("validationFailureActionOverrides").is_empty();
        let rules = spec
            .items_at("rules")
            .iter()
            .filter_map(|rule| self.kyverno_rule(rule, enforce, overridden))
            .collect();
        let fails = |node: Option<&Node>| {
            node.is_none_or(|node| node.text().is_some_and(|word| word == "Fail"))
        };
        let closed = fails(spec.get("failurePolicy"))
            && fails(spec.at(&["webhookConfiguration", "failurePolicy"]));
        let conditional = !spec
            .at(&["webhookConfiguration"])
            .map_or(&[][..], |node| node.items_at("matchConditions"))
            .is_empty();
        KyvernoPolicy {
            scope,
            name: self.object.name.clone(),
            rules,
            failure_policy: if closed { FailurePolicy::Fail } else { FailurePolicy::Ignore },
            background_only: spec.get("admission").and_then(Node::as_bool) == Some(false),
            // With `One`, the first rule that applies keeps the others from being asked.
            whole: self.gaps.len() == before
                && !conditional
                && (spec.items_at("rules").len() < 2
                    || spec
                        .get("applyRules")
                        .is_none_or(|own| own.text().is_some_and(|own| own == "All"))),
            location: self.here(),
        }
    }

    fn kyverno_rule(
        &mut self,
        node: &Node,
        enforce: bool,
        overridden: bool,
    ) -> Option<KyvernoRule> {
        let validate = node.get("validate")?;
        let own = validate.get("failureAction").and_then(Node::text);
        let enforce = own.map_or(enforce, |word| word.eq_ignore_ascii_case("enforce"));
        let outright = validate.get("deny").is_some_and(|deny| deny.entries().is_empty())
            && validate.entries().iter().all(|(key, _)| ABOUT_VALIDATE.contains(&&*key.name));
        Some(KyvernoRule {
            name: self.text(node, "name").unwrap_or_else(|| self.word("")),
            matches: self.kyverno_match(node.get("match")),
            excluded: self.kyverno_match(node.get("exclude")),
            preconditions: node.get("preconditions").is_some()
                || node.get("celPreconditions").is_some()
                || node.get("context").is_some(),
            check: if outright { KyvernoCheck::Deny } else { KyvernoCheck::Depends },
            enforce,
            overridden: overridden || validate.get("failureActionOverrides").is_some(),
            location: self.at(node),
        })
    }

    fn kyverno_match(&mut self, node: Option<&Node>) -> KyvernoMatch {
        let Some(node) = node else { return KyvernoMatch::default() };
        let mut found = KyvernoMatch::default();
        for item in node.items_at("any") {
            found.any.push(self.kyverno_filter(item));
        }
        for item in node.items_at("all") {
            found.all.push(self.kyverno_filter(item));
        }
        // The older spelling: one block, without `any` or `all`.
        if found.any.is_empty() && found.all.is_empty() && !node.entries().is_empty() {
            found.any.push(self.kyverno_filter(node));
        }
        found
    }

    fn kyverno_filter(&mut self, node: &Node) -> KyvernoFilter {
        let mut filter = KyvernoFilter::default();
        if let Some(resources) = node.get("resources") {
            filter.kinds = self.list(resources, "kinds");
            filter.names = self.list(resources, "names");
            filter.names.extend(self.text(resources, "name"));
            filter.namespaces = self.list(resources, "namespaces");
            filter.namespace_labels = self.selector(resources.get("namespaceSelector"));
            filter.by_object =
                resources.get("selector").is_some() || resources.get("annotations").is_some();
            filter.operations = self.list(resources, "operations");
        }
        for subject in node.items_at("subjects") {
            let name = self.text(subject, "name").unwrap_or_else(|| self.word(""));
            match subject.str_at("kind") {
                Some("Group") => filter.groups.push(name),
                Some("ServiceAccount") => {
                    let namespace =
                        self.text(subject, "namespace").unwrap_or_else(|| self.word(""));
                    let user = self.word(&format!("system:serviceaccount:{namespace}:{name}"));
                    filter.users.push(user);
                }
                _ => filter.users.push(name),
            }
        }
        filter.roles = self.list(node, "roles");
        filter.roles.extend(self.list(node, "clusterRoles"));
        filter
    }

    pub(super) fn policy_exception(&mut self) -> PolicyException {
        let scope = home(self, false);
        let root = self.root();
        let spec = root.get("spec").unwrap_or(root);
        let mut policies = Vec::new();
        for exception in spec.items_at("exceptions") {
            let name = self.text(exception, "policyName").unwrap_or_else(|| self.word(""));
            // A policy of one namespace is named `namespace/policy`.
            let name = match name.rsplit_once('/') {
                Some((_, last)) => self.word(last),
                None => name,
            };
            policies.push((name, self.list(exception, "ruleNames")));
        }
        for reference in spec.items_at("policyRefs") {
            let name = self.text(reference, "name").unwrap_or_else(|| self.word(""));
            policies.push((name, Vec::new()));
        }
        PolicyException {
            scope,
            name: self.object.name.clone(),
            policies,
            matches: self.kyverno_match(spec.get("match")),
            conditional: spec.get("conditions").is_some()
                || !spec.items_at("matchConditions").is_empty(),
            location: self.here(),
        }
    }

    /// What Kyverno's own ConfigMap says of whom it leaves alone; none for any other.
    pub(super) fn kyverno_filters(&mut self) -> Option<KyvernoFilters> {
        if &*self.object.name != "kyverno" {
            return None;
        }
        let data = self.root().get("data")?;
        let mut filters = KyvernoFilters {
            scope: self.object.scope.clone(),
            resources: Vec::new(),
            users: Vec::new(),
            others: false,
        };
        for (key, value) in data.entries() {
            let key = key.name.as_str();
            let Some(text) = value.text() else {
                filters.others |= key == "resourceFilters" || key.starts_with("exclude");
                continue;
            };
            match key {
                "resourceFilters" => {
                    for entry in text.split(['[', ']']).filter(|entry| !entry.trim().is_empty()) {
                        let mut parts = entry.split(',').map(|part| self.word(part.trim()));
                        let mut next =
                            || parts.next().filter(|part| !part.is_empty()).unwrap_or("*".into());
                        filters.resources.push([next(), next(), next()]);
                    }
                }
                // The singular ones are those of Kyverno before 1.10.
                "excludeUsernames" | "excludeUsername" | "excludeGroups" | "excludeGroupRole" => {
                    let words: Vec<Arc<str>> = text
                        .split(|own: char| own == ',' || own.is_whitespace())
                        .filter(|w| !w.is_empty())
                        .map(|w| self.word(w))
                        .collect();
                    filters.users.extend(words);
                }
                // Roles, ClusterRoles, and whatever another version may know.
                _ if key.starts_with("exclude") => filters.others |= !text.trim().is_empty(),
                _ => {}
            }
        }
        Some(filters)
    }
}
