//! Any policies: nothing that RBAC gives is lost, and a gate means that every
//! request is denied, as a plain reading of one request at a time says.

use std::collections::BTreeMap;

use cel::{Context, Program, Value};
use proptest::{collection::vec, option, prelude::*, sample::select};
use serde_json::json;

use crate::cluster::{BOT, CLUSTER, cluster_wide, in_namespace, reach};

/// One policy with its binding.
#[derive(Debug, Clone)]
struct Policy {
    operations: &'static str,
    groups: &'static str,
    resources: &'static str,
    names: Option<&'static str>,
    excluded: Option<&'static str>,
    /// `matchLabels` of the namespace.
    env: Option<&'static str>,
    conditions: Vec<&'static str>,
    validation: &'static str,
    fails: bool,
    actions: &'static str,
}

fn policies() -> impl Strategy<Value = Policy> {
    let rule = (
        select(vec!["DELETE", "CREATE", "UPDATE", "CONNECT", "DELETE, UPDATE", "'*'"]),
        select(vec!["''", "apps", "'*'"]),
        select(vec![
            "pods",
            "pods/exec",
            "'*'",
            "'*/*'",
            "deployments, pods",
            "services",
            "pods/*",
            "'*/scale'",
        ]),
        option::weighted(0.2, Just("web")),
        option::weighted(0.2, select(vec!["pods", "'*/*'", "services", "deployments"])),
        option::weighted(0.2, select(vec!["prod", "tools"])),
    );
    let conditions = vec(
        select(vec![
            "true",
            "request.userInfo.username == 'system:serviceaccount:ops:bot'",
            "'system:serviceaccounts:ops' in request.userInfo.groups",
            "request.userInfo.groups.exists(g, g == 'system:masters')",
            "request.namespace == 'shop'",
            "!has(request.subResource)",
            "request.operation == 'DELETE' || object.metadata.name == 'web'",
            "namespaceObject.metadata.labels['env'] == 'prod'",
            "request.resource.resource in ['pods', 'deployments']",
            "request.name != 'web'",
        ]),
        0..2,
    );
    let validation = select(vec![
        "false",
        "request.operation != 'DELETE'",
        "request.resource.resource == 'services'",
        "object != null",
        "object.metadata.name == 'web'",
        "request.userInfo.username.startsWith('system:serviceaccount:kube-system:')",
        "oldObject == null || oldObject.metadata.name != 'web'",
        "request.resource.group != 'apps' && request.namespace != 'shop'",
        "has(request.subResource) && request.subResource == 'exec'",
    ]);
    (
        rule,
        conditions,
        validation,
        prop::bool::weighted(0.85),
        select(vec!["Deny", "Deny, Audit", "Warn"]),
    )
        .prop_map(
            |(
                (operations, groups, resources, names, excluded, env),
                conditions,
                validation,
                fails,
                actions,
            )| {
                Policy {
                    operations,
                    groups,
                    resources,
                    names,
                    excluded,
                    env,
                    conditions,
                    validation,
                    fails,
                    actions,
                }
            },
        )
}

impl Policy {
    fn text(&self, number: usize) -> String {
        let names =
            self.names.map_or_else(String::new, |name| format!(", resourceNames: [{name}]"));
        let rule = |resources: &str, operations: &str, names: &str| {
            format!(
                "[{{apiGroups: [{}], apiVersions: ['*'], operations: [{operations}], resources: [{resources}]{names}}}]",
                if names.is_empty() && operations == "'*'" && resources == "'*/*'" {
                    "'*'"
                } else {
                    self.groups
                }
            )
        };
        let excluded = self.excluded.map_or_else(String::new, |resources| {
            format!(", excludeResourceRules: {}", rule(resources, "DELETE", ", resourceNames: []"))
        });
        let selector = self.env.map_or_else(String::new, |env| {
            format!(", namespaceSelector: {{matchLabels: {{env: {env}}}}}")
        });
        let conditions: String = self
            .conditions
            .iter()
            .enumerate()
            .map(|(at, text)| format!("    - name: c{at}\n      expression: >-\n        {text}\n"))
            .collect();
        let conditions = if conditions.is_empty() {
            conditions
        } else {
            format!("  matchConditions:\n{conditions}")
        };
        let failure = if self.fails { "Fail" } else { "Ignore" };
        format!(
            "apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingAdmissionPolicy\nmetadata: {{name: p{number}}}\nspec:\n  \
             failurePolicy: {failure}\n  matchConstraints: {{resourceRules: {}{excluded}{selector}}}\n{conditions}  validations:\n    \
             - expression: >-\n        {}\n---\n\
             apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingAdmissionPolicyBinding\nmetadata: {{name: b{number}}}\n\
             spec: {{policyName: p{number}, validationActions: [{}]}}\n",
            rule(self.resources, self.operations, &names),
            self.validation,
            self.actions
        )
    }

    /// Whether it denies one request for certain.
    fn denies(&self, request: &Request) -> bool {
        let listed = |list: &str, word: &str| {
            list.split(", ").any(|own| own.trim_matches('\'') == word || own == "'*'")
        };
        let covers = |list: &str| {
            list.split(", ").any(|own| {
                let own = own.trim_matches('\'');
                let (resource, sub) = own.split_once('/').unwrap_or((own, ""));
                (resource == "*" || resource == request.resource)
                    && (sub == "*" || sub == request.subresource)
            })
        };
        let all = self.operations == "'*'" && self.resources == "'*/*'" && self.names.is_none();
        let group = |all: bool| all || listed(self.groups, request.group);
        let matches = listed(self.operations, request.operation)
            && group(all)
            && covers(self.resources)
            && self.names.is_none_or(|name| name == request.name);
        let excluded = self
            .excluded
            .is_some_and(|list| request.operation == "DELETE" && group(false) && covers(list));
        let selected = self.env.is_none_or(|env| {
            let labelled = [("shop", "prod"), ("ops", "tools")];
            labelled.contains(&(request.namespace, env))
        });
        matches
            && !excluded
            && selected
            && self.fails
            && self.actions.contains("Deny")
            && self.conditions.iter().all(|text| request.evaluate(text) == Some(true))
            && request.evaluate(self.validation) == Some(false)
    }
}

/// One request of the agent.
#[derive(Debug, Clone)]
struct Request {
    operation: &'static str,
    group: &'static str,
    resource: &'static str,
    subresource: &'static str,
    namespace: &'static str,
    name: &'static str,
}

impl Request {
    /// What CEL gives over all that the API server knows of it.
    fn evaluate(&self, text: &str) -> Option<bool> {
        let object = json!({"metadata": {"name": self.name, "namespace": self.namespace}});
        let mut request = json!({
            "operation": self.operation, "name": self.name, "namespace": self.namespace,
            "resource": {"group": self.group, "version": "v1", "resource": self.resource},
            "userInfo": {"username": BOT, "groups": [
                "system:authenticated", "system:serviceaccounts", "system:serviceaccounts:ops"]},
        });
        if !self.subresource.is_empty() {
            request["subResource"] = json!(self.subresource);
        }
        let labels: BTreeMap<&str, &str> = match self.namespace {
            "shop" => BTreeMap::from([("env", "prod")]),
            "ops" => BTreeMap::from([("env", "tools")]),
            _ => BTreeMap::new(),
        };
        let mut context = Context::default();
        let (new, old) = match self.operation {
            "DELETE" => (json!(null), object),
            "CREATE" | "CONNECT" => (object, json!(null)),
            _ => (object.clone(), object),
        };
        context.add_variable("request", request).unwrap();
        context.add_variable("object", new).unwrap();
        context.add_variable("oldObject", old).unwrap();
        let namespace = json!({"metadata": {"name": self.namespace, "labels": labels}});
        context.add_variable("namespaceObject", namespace).unwrap();
        match Program::compile(text).unwrap().execute(&context) {
            Ok(Value::Bool(flag)) => Some(flag),
            _ => None,
        }
    }
}

/// The agent's capabilities, with every request that each stands for.
fn capabilities() -> Vec<(&'static str, &'static str, Vec<Request>)> {
    let all = |operation,
               group,
               resources: &[(&'static str, &'static str)],
               namespaces: &[&'static str]| {
        let mut found = Vec::new();
        for &(resource, subresource) in resources {
            for &namespace in namespaces {
                for name in ["web", "db"] {
                    found.push(Request {
                        operation,
                        group,
                        resource,
                        subresource,
                        namespace,
                        name,
                    });
                }
            }
        }
        found
    };
    const ANYWHERE: &[&str] = &["shop", "ops", "new"];
    let apps =
        &[("deployments", ""), ("deployments", "scale"), ("statefulsets", ""), ("unheard-of", "")];
    vec![
        ("delete pods", "namespace/shop", all("DELETE", "", &[("pods", "")], &["shop"])),
        (
            "patch deployments.apps",
            "namespace/shop",
            all("UPDATE", "apps", &[("deployments", "")], &["shop"]),
        ),
        (
            "get,create pods/exec",
            "namespace/shop",
            all("CONNECT", "", &[("pods", "exec")], &["shop"]),
        ),
        ("delete services", "cluster", all("DELETE", "", &[("services", "")], ANYWHERE)),
        ("delete *.apps", "cluster", all("DELETE", "apps", apps, ANYWHERE)),
        (
            "patch deployments.apps/scale",
            "cluster",
            all("UPDATE", "apps", &[("deployments", "scale")], ANYWHERE),
        ),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_gate_denies_every_request_and_no_policy_takes_a_right_away(policies in vec(policies(), 1..4)) {
        let role = [
            cluster_wide(
                "{apiGroups: [''], resources: [services], verbs: [delete]}, \
                 {apiGroups: [apps], resources: ['*'], verbs: [delete]}, \
                 {apiGroups: [apps], resources: [deployments/scale], verbs: [patch]}",
            ),
            in_namespace("shop", "{apiGroups: [''], resources: [pods/exec], verbs: [get, create]}")
                .replace("name: more", "name: exec"),
        ];
        let texts: Vec<String> = policies.iter().enumerate().map(|(at, own)| own.text(at)).collect();
        let before = reach(&[&role[0], &role[1]]);
        let mut all: Vec<&str> = vec![&role[0], &role[1]];
        all.extend(texts.iter().map(String::as_str));
        let after = reach(&all);

        let ids = |reach: &gradus::model::capability::Reach| -> Vec<_> {
            reach.capabilities.iter().map(|own| (own.id.clone(), own.effect, own.grants.clone())).collect()
        };
        prop_assert_eq!(ids(&before), ids(&after));
        prop_assert_eq!(&before.risks, &after.risks);
        prop_assert!(before.capabilities.iter().all(|own| !own.gate.holds()));

        for (action, scope, requests) in capabilities() {
            let own = after.capabilities.iter().find(|own| own.action == action && own.scope == scope);
            let Some(own) = own else { return Err(TestCaseError::fail(format!("no {action} in {scope}"))) };
            let passing = requests.iter().find(|request| !policies.iter().any(|policy| policy.denies(request)));
            if own.gate.holds() {
                prop_assert!(passing.is_none(), "{} is gated, and {:?} passes\n{}", action, passing, texts.join("---\n"));
            }
        }
    }
}

#[test]
fn the_plain_reading_denies_what_the_fixture_denies() {
    let policy = Policy {
        operations: "DELETE",
        groups: "''",
        resources: "pods",
        names: None,
        excluded: None,
        env: None,
        conditions: vec!["request.userInfo.username == 'system:serviceaccount:ops:bot'"],
        validation: "request.operation != 'DELETE'",
        fails: true,
        actions: "Deny",
    };
    let (action, _, requests) = capabilities().remove(0);
    assert!(requests.iter().all(|request| policy.denies(request)));
    let reach = reach(&[&policy.text(0)]);
    assert!(crate::cluster::is_denied(&reach, action));
    assert!(CLUSTER.contains("env: prod"), "the plain reading knows the labels of the fixture");
}
