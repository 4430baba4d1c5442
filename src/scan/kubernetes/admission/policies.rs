//! Policies written in CEL, their bindings, and webhooks.

use crate::{
    model::kubernetes::admission::{
        CelEngine, CelPolicy, MatchResources, ParamRef, PolicyBinding, Webhook,
    },
    scan::kubernetes::read::Reader,
    source::node::Node,
};

/// Keys that a policy's `spec` may have.
const POLICY_KEYS: [&str; 9] = [
    "paramKind",
    "matchConstraints",
    "validations",
    "failurePolicy",
    "auditAnnotations",
    "matchConditions",
    "variables",
    "validationActions",
    "webhookConfiguration",
];
/// Keys that a binding's `spec` may have.
const BINDING_KEYS: [&str; 4] = ["policyName", "paramRef", "matchResources", "validationActions"];

impl Reader<'_> {
    pub(super) fn cel_policy(&mut self) -> CelPolicy {
        let before = self.gaps.len();
        let root = self.root();
        let spec = root.get("spec").unwrap_or(root);
        self.unknown_keys(root.get("spec"), &POLICY_KEYS);
        let mut policy = self.cel_body(spec, CelEngine::ApiServer);
        policy.whole = self.gaps.len() == before;
        policy
    }

    pub(super) fn kyverno_cel_policy(&mut self) -> CelPolicy {
        let before = self.gaps.len();
        let root = self.root();
        let spec = root.get("spec").unwrap_or(root);
        let mut policy = self.cel_body(spec, CelEngine::Kyverno);
        if policy.actions.is_empty() {
            // Kyverno's own default.
            policy.actions.push(self.word("Deny"));
        }
        let evaluates = spec.at(&["evaluation", "admission", "enabled"]).and_then(Node::as_bool);
        // In another mode it is asked about documents, and not about requests.
        let mode = spec.at(&["evaluation", "mode"]);
        let of_requests =
            mode.is_none_or(|mode| mode.text().is_some_and(|mode| mode == "Kubernetes"));
        policy.whole = self.gaps.len() == before && evaluates != Some(false) && of_requests;
        policy
    }

    fn cel_body(&mut self, spec: &Node, engine: CelEngine) -> CelPolicy {
        let matches = spec.get("matchConstraints").map_or_else(MatchResources::default, |node| {
            self.match_resources(node, "resourceRules")
        });
        let param_kind = spec.get("paramKind").map(|node| {
            let mut text = |key| self.text(node, key).unwrap_or_else(|| self.word(""));
            (text("apiVersion"), text("kind"))
        });
        CelPolicy {
            engine,
            name: self.object.name.clone(),
            matches,
            conditions: self.cel_texts(spec, "matchConditions"),
            variables: self.cel_texts(spec, "variables"),
            validations: self.cel_texts(spec, "validations"),
            failure_policy: self.failure_policy(spec),
            actions: self.list(spec, "validationActions"),
            param_kind,
            preview: engine == CelEngine::ApiServer && self.is_preview(),
            whole: true,
            location: self.here(),
        }
    }

    pub(super) fn policy_binding(&mut self) -> PolicyBinding {
        let before = self.gaps.len();
        let root = self.root();
        let spec = root.get("spec").unwrap_or(root);
        self.unknown_keys(root.get("spec"), &BINDING_KEYS);
        let policy = self.text(spec, "policyName").unwrap_or_else(|| {
            self.gap(root, "names no policy".to_owned());
            self.word("")
        });
        let matches =
            spec.get("matchResources").map(|node| self.match_resources(node, "resourceRules"));
        let param = spec.get("paramRef").map(|node| ParamRef {
            name: self.text(node, "name"),
            namespace: self.text(node, "namespace"),
            deny_if_missing: self
                .text(node, "parameterNotFoundAction")
                .is_some_and(|word| &*word == "Deny"),
        });
        PolicyBinding {
            name: self.object.name.clone(),
            policy,
            actions: self.list(spec, "validationActions"),
            matches,
            param,
            whole: self.gaps.len() == before && !self.is_preview(),
            location: self.here(),
        }
    }

    pub(super) fn webhooks(&mut self, mutating: bool) -> Vec<Webhook> {
        let configuration = self.object.name.clone();
        let mut found = Vec::new();
        for node in self.items("webhooks") {
            let before = self.gaps.len();
            let service = node.at(&["clientConfig", "service"]).map(|service| {
                let mut text = |key| self.text(service, key).unwrap_or_else(|| self.word(""));
                (text("namespace"), text("name"))
            });
            let webhook = Webhook {
                mutating,
                configuration: configuration.clone(),
                name: self.text(node, "name").unwrap_or_else(|| self.word("")),
                matches: self.match_resources(node, "rules"),
                conditions: self.cel_texts(node, "matchConditions"),
                failure_policy: self.failure_policy(node),
                service,
                whole: true,
                location: self.at(node),
            };
            found.push(Webhook { whole: self.gaps.len() == before, ..webhook });
        }
        found
    }

    /// Whether the object is of an alpha or beta version.
    fn is_preview(&self) -> bool {
        let version = self.root().str_at("apiVersion").and_then(|own| own.rsplit('/').next());
        version != Some("v1")
    }

    /// Says that a part of `spec` is none: the API server drops it.
    fn unknown_keys(&mut self, spec: Option<&Node>, known: &[&str]) {
        let Some(spec) = spec else {
            let root = self.root();
            self.gap(root, "has no spec: the API server refuses it".to_owned());
            return;
        };
        for (key, value) in spec.entries() {
            if !known.contains(&key.name.as_str()) {
                self.gap(value, format!("has `{}`, which such an object does not know", key.name));
            }
        }
    }
}
