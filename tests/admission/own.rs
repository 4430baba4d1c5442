//! An agent that can take away what guards it.

use gradus::model::{
    capability::{Reach, RiskClass},
    guardrail::GuardrailState,
};

use crate::cluster::{NO_DELETES, cluster_wide, in_namespace, in_state, is_denied, reach, with};

const DELETE: &str = "delete pods";

fn owns(reach: &Reach) -> bool {
    let found = reach.risks.iter().any(|risk| risk.rule == "K8S-OWN-GUARDRAIL");
    assert_eq!(found, !in_state(reach, GuardrailState::OwnedByPrincipal).is_empty());
    assert_eq!(found, !is_denied(reach, DELETE), "what it owns is no gate for it");
    found
}

fn with_right(group: &str, resource: &str, verb: &str, names: &str) -> Reach {
    let rule = format!(
        "{{apiGroups: ['{group}'], resources: [{resource}], verbs: [{verb}], resourceNames: [{names}]}}"
    );
    reach(&[NO_DELETES, &cluster_wide(&rule)])
}

#[test]
fn whoever_changes_the_policy_or_its_binding_owns_it() {
    const GROUP: &str = "admissionregistration.k8s.io";
    for (resource, verb, names, wanted) in [
        ("validatingadmissionpolicies", "patch", "", true),
        ("validatingadmissionpolicies", "delete", "no-deletes", true),
        ("validatingadmissionpolicies", "delete", "another", false),
        ("validatingadmissionpolicies", "get", "", false),
        ("validatingadmissionpolicies", "create", "", false),
        ("validatingadmissionpolicybindings", "update", "no-deletes-everywhere", true),
        ("validatingadmissionpolicybindings", "deletecollection", "", true),
        ("validatingwebhookconfigurations", "patch", "", false),
    ] {
        assert_eq!(
            owns(&with_right(GROUP, resource, verb, names)),
            wanted,
            "{verb} {resource} {names}"
        );
    }
}

#[test]
fn the_finding_names_the_policy_and_the_right() {
    let reach =
        with_right("admissionregistration.k8s.io", "validatingadmissionpolicies", "patch", "");
    let risk = reach.risks.iter().find(|risk| risk.rule == "K8S-OWN-GUARDRAIL");
    let risk = risk.map(|risk| (risk.class, risk.message.as_str(), risk.grants.len()));
    let message = "system:serviceaccount:ops:bot can take away what guards it, \
                   ValidatingAdmissionPolicy/no-deletes: patch validatingadmissionpolicies";
    assert_eq!(risk, Some((RiskClass::Guardrail, message, 1)));
}

#[test]
fn labels_of_a_namespace_belong_to_whoever_changes_it() {
    let selecting = |label: &str| {
        with(
            NO_DELETES,
            "    matchPolicy: Equivalent\n",
            &format!("    namespaceSelector: {{matchLabels: {{{label}}}}}\n"),
        )
    };
    let relabels =
        in_namespace("shop", "{apiGroups: [''], resources: [namespaces], verbs: [patch]}");
    let elsewhere =
        in_namespace("ops", "{apiGroups: [''], resources: [namespaces], verbs: [patch]}");
    assert!(owns(&reach(&[&selecting("env: prod"), &relabels])));
    assert!(!owns(&reach(&[&selecting("env: prod"), &elsewhere])));
    let own_name = selecting("kubernetes.io/metadata.name: shop");
    assert!(!owns(&reach(&[&own_name, &relabels])), "the API server writes that label");
    assert!(!owns(&reach(&[NO_DELETES, &relabels])), "no selector goes by labels");
}

#[test]
fn a_write_of_a_namespaces_status_or_finalizers_changes_its_labels_too() {
    let selecting = with(
        NO_DELETES,
        "    matchPolicy: Equivalent\n",
        "    namespaceSelector: {matchLabels: {env: prod}}\n",
    );
    for (part, verb, wanted) in [
        ("namespaces/status", "patch", true),
        ("namespaces/status", "update", true),
        ("namespaces/finalize", "update", true),
        ("namespaces/status", "get", false),
        ("namespaces/finalize", "patch", false),
        ("nodes/status", "patch", false),
    ] {
        let rule = format!("{{apiGroups: [''], resources: [{part}], verbs: [{verb}]}}");
        assert_eq!(owns(&reach(&[&selecting, &cluster_wide(&rule)])), wanted, "{verb} {part}");
    }
}

#[test]
fn parameters_belong_to_whoever_changes_them() {
    let text = with(
        &with(
            NO_DELETES,
            "spec:\n  failurePolicy",
            "spec:\n  paramKind: {apiVersion: v1, kind: ConfigMap}\n  failurePolicy",
        ),
        "[Deny]",
        "[Deny]\n  paramRef: {name: limits, namespace: ops, parameterNotFoundAction: Deny}",
    );
    let writes = |namespace: &str| {
        in_namespace(
            namespace,
            "{apiGroups: [''], resources: [configmaps], verbs: [update], resourceNames: [limits]}",
        )
    };
    assert!(owns(&reach(&[&text, &writes("ops")])));
    assert!(!owns(&reach(&[&text, &writes("shop")])));
}

#[test]
fn parameters_of_any_kind_belong_to_whoever_changes_them() {
    let params = with(
        &with(
            NO_DELETES,
            "spec:\n  failurePolicy",
            "spec:\n  paramKind: {apiVersion: acme.io/v1, kind: Limit}\n  failurePolicy",
        ),
        "[Deny]",
        "[Deny]\n  paramRef: {name: bot, parameterNotFoundAction: Deny}",
    );
    let definition = |scope: &str| {
        format!(
            "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {{name: limits.acme.io}}\n\
             spec: {{group: acme.io, scope: {scope}, names: {{plural: limits, kind: Limit}}, versions: [{{name: v1, served: true}}]}}\n"
        )
    };
    let rule = |group: &str, resource: &str, verb: &str, name: &str| {
        format!(
            "{{apiGroups: [{group}], resources: [{resource}], verbs: [{verb}], resourceNames: [{name}]}}"
        )
    };
    for (group, resource, verb, name, wanted, unknown) in [
        ("acme.io", "limits", "update", "bot", true, true),
        ("acme.io", "limits", "delete", "", true, true),
        ("acme.io", "widgets", "update", "", false, true),
        ("acme.io", "limits", "update", "other", false, false),
        ("acme.io", "limits", "get", "", false, false),
        ("apps", "limits", "update", "", false, false),
    ] {
        let role = cluster_wide(&rule(group, resource, verb, name));
        let known = owns(&reach(&[&params, &definition("Cluster"), &role]));
        assert_eq!(known, wanted, "{verb} {resource}.{group} {name}");
        let guessed = owns(&reach(&[&params, &role]));
        assert_eq!(guessed, unknown, "{verb} {resource}.{group} {name}, of no known kind");
    }
    let here = in_namespace("shop", &rule("acme.io", "limits", "update", ""));
    assert!(owns(&reach(&[&params, &definition("Namespaced"), &here])));
    assert!(!owns(&reach(&[&params, &definition("Cluster"), &here])), "it lies in no namespace");
}

#[test]
fn of_an_administrator_it_goes_without_saying() {
    let admin = cluster_wide("{apiGroups: ['*'], resources: ['*'], verbs: ['*']}");
    let reach = reach(&[NO_DELETES, &admin]);
    assert!(reach.risks.iter().any(|risk| risk.class == RiskClass::AdminEquivalent));
    assert!(reach.risks.iter().all(|risk| risk.rule != "K8S-OWN-GUARDRAIL"));
    assert!(reach.capabilities.iter().all(|own| !own.gate.holds()));
}
