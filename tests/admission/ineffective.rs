//! Controls that are there and cannot work, each with a near miss that can.

use gradus::model::guardrail::GuardrailState;

use crate::cluster::{
    CLUSTER, NO_DELETES, defects, defects_of_manifests, in_state, is_denied, policy, reach, with,
};

/// What is wrong with the policy after a change.
fn wrong_after(from: &str, to: &str) -> Vec<String> {
    defects(&[&with(NO_DELETES, from, to)])
}

fn one(found: &[String], wanted: &str) {
    assert!(found.len() == 1 && found[0].contains(wanted), "{wanted} in {found:?}");
}

#[test]
fn a_policy_that_works_is_no_finding() {
    assert_eq!(defects(&[NO_DELETES]), Vec::<String>::new());
    assert_eq!(in_state(&reach(&[NO_DELETES]), GuardrailState::Enforced).len(), 1);
}

#[test]
fn a_policy_that_only_speaks() {
    one(
        &wrong_after("validationActions: [Deny]", "validationActions: [Warn]"),
        "only warns or audits",
    );
}

#[test]
fn a_policy_that_fails_open() {
    one(&wrong_after("failurePolicy: Fail", "failurePolicy: Ignore"), "failurePolicy: Ignore");
}

#[test]
fn a_policy_of_an_alpha_or_beta_version() {
    let v1 = "admissionregistration.k8s.io/v1\nkind: ValidatingAdmissionPolicy\n";
    one(&wrong_after(v1, &v1.replace("/v1", "/v1beta1")), "written for an alpha or beta version");
}

#[test]
fn a_policy_without_a_binding_and_a_binding_without_a_policy() {
    let found = wrong_after("policyName: no-deletes", "policyName: no-delete");
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].contains("no ValidatingAdmissionPolicyBinding"), "{found:?}");
    assert!(found[1].contains("binds ValidatingAdmissionPolicy/no-delete,"), "{found:?}");
}

#[test]
fn a_selector_that_selects_nothing() {
    let selecting =
        |value: &str| format!("    namespaceSelector: {{matchLabels: {{env: {value}}}}}\n");
    one(
        &wrong_after("    matchPolicy: Equivalent\n", &selecting("production")),
        "selects no namespace",
    );
    assert!(wrong_after("    matchPolicy: Equivalent\n", &selecting("prod")).is_empty());
    let binding = "validationActions: [Deny]\n  matchResources: {namespaceSelector: {matchLabels: {env: production}}}";
    one(&wrong_after("validationActions: [Deny]", binding), "selects no namespace");
}

#[test]
fn manifests_do_not_prove_that_nobody_has_a_name() {
    let misspelt = with(NO_DELETES, "ops:bot'", "ops:bott'");
    let selecting = "    namespaceSelector: {matchLabels: {env: production}}\n";
    let unselecting = with(NO_DELETES, "    matchPolicy: Equivalent\n", selecting);
    for text in [misspelt, unselecting] {
        assert_eq!(defects(&[&text]).len(), 1);
        assert!(defects_of_manifests(&[&text]).is_empty(), "{text}");
    }
}

#[test]
fn a_name_that_nobody_has() {
    one(&wrong_after("ops:bot'", "ops:bott'"), "system:serviceaccount:ops:bott, which is nowhere");
    assert!(wrong_after("ops:bot'", "ops:other'").is_empty());
    let prefix = "request.userInfo.username.startsWith('system:serviceaccount:ops:')";
    let name = "request.userInfo.username == 'system:serviceaccount:ops:bot'";
    assert!(wrong_after(name, prefix).is_empty(), "the start of a name is none");
    one(
        &wrong_after(name, "request.userInfo.username in ['system:serviceaccount:op:bot']"),
        "op:bot",
    );
}

#[test]
fn a_resource_that_does_not_exist() {
    one(
        &wrong_after("resources: [pods]", "resources: [pod]"),
        "pod of the core group, which does not exist",
    );
    one(&wrong_after("apiGroups: [\"\"]", "apiGroups: [apps]"), "pods of apps");
    assert!(
        wrong_after("apiGroups: [\"\"]", "apiGroups: [\"\", apps]").is_empty(),
        "lists multiply"
    );
    assert!(
        wrong_after("apiGroups: [\"\"]", "apiGroups: [example.com]").is_empty(),
        "nobody knows that group"
    );
}

#[test]
fn a_condition_that_is_never_true() {
    let name = "request.userInfo.username == 'system:serviceaccount:ops:bot'";
    one(&wrong_after(name, "false && request.userInfo.username == 'x'"), "never true");
    assert!(wrong_after(name, "request.userInfo.username == 'x'").is_empty());
}

#[test]
fn parameters_that_are_not_there() {
    let text = with(
        &with(
            NO_DELETES,
            "spec:\n  failurePolicy",
            "spec:\n  paramKind: {apiVersion: v1, kind: ConfigMap}\n  failurePolicy",
        ),
        "[Deny]",
        "[Deny]\n  paramRef: {name: limits, namespace: ops, parameterNotFoundAction: Allow}",
    );
    let map = |name: &str| {
        format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}, namespace: ops}}\n")
    };
    one(&defects(&[&text, &map("other")]), "ConfigMap limits, are not there");
    assert!(defects(&[&text, &map("limits")]).is_empty());
    assert!(defects(&[&text]).is_empty(), "nobody collected any");
}

#[test]
fn an_approval_that_the_agent_writes_itself() {
    let rule =
        "{apiGroups: [apps], apiVersions: ['*'], operations: [UPDATE], resources: [deployments]}";
    let asks = "has(object.metadata.annotations) && 'approved-by' in object.metadata.annotations";
    let self_approved = reach(&[&policy(rule, asks)]);
    assert_eq!(in_state(&self_approved, GuardrailState::SelfApproved).len(), 1);
    assert!(!is_denied(&self_approved, "patch deployments.apps"));
    let bounded = reach(&[&policy(rule, "object.spec.replicas >= 2")]);
    assert!(in_state(&bounded, GuardrailState::SelfApproved).is_empty());
    assert_eq!(in_state(&bounded, GuardrailState::Enforced)[0].bounds.len(), 1);
    let refuses =
        format!("!({asks}) || request.userInfo.username != 'system:serviceaccount:ops:bot'");
    let reach = reach(&[&policy(rule, &refuses)]);
    assert!(in_state(&reach, GuardrailState::SelfApproved).is_empty(), "it takes the mark from it");
}

/// What becomes of a policy over the agent's changes of deployments: whether it
/// bounds them, and whether it asks for a mark that the agent can set.
fn after(validation: &str, variables: &str) -> (bool, bool) {
    let rule =
        "{apiGroups: [apps], apiVersions: ['*'], operations: [UPDATE], resources: [deployments]}";
    let text = policy(rule, validation);
    let text =
        with(&text, "  validations:", &format!("  variables: [{variables}]\n  validations:"));
    let reach = reach(&[&text]);
    assert!(!is_denied(&reach, "patch deployments.apps"), "{validation}");
    let enforced = in_state(&reach, GuardrailState::Enforced);
    let bounds = enforced.iter().any(|own| !own.bounds.is_empty());
    (bounds, !in_state(&reach, GuardrailState::SelfApproved).is_empty())
}

#[test]
fn a_mark_of_the_written_object_is_an_approval_whatever_it_is_called() {
    for marked in [
        "object.metadata.labels['reviewed'] == 'yes'",
        "object.metadata.annotations['approved-by'] != request.userInfo.username",
        "object.metadata.annotations['ok'] == 'yes' || object.spec.replicas <= 3",
        "object.metadata.annotations['ok'] == 'yes' || request.userInfo.username != 'system:serviceaccount:ops:bot'",
        "object.spec.replicas <= int(object.metadata.annotations['most'])",
        "has(object.metadata.labels.owner)",
        "object.metadata.annotations.exists(own, own == 'ok')",
        "request.userInfo.username == 'ann' ? true : object.metadata.labels['reviewed'] == 'yes'",
    ] {
        assert_eq!(after(marked, ""), (false, true), "{marked}");
    }
    for bounded in [
        "object.metadata.labels['reviewed'] == 'yes' && object.spec.replicas <= 3",
        "oldObject.metadata.labels['reviewed'] == 'yes'",
    ] {
        assert_eq!(after(bounded, ""), (true, false), "{bounded}");
    }
    for neither in [
        "!('reviewed' in object.metadata.labels)",
        "object.metadata.labels['reviewed'] == oldObject.metadata.labels['reviewed']",
        "namespaceObject.metadata.annotations['reviewed'] == 'yes'",
    ] {
        assert_eq!(after(neither, ""), (false, false), "{neither}");
    }
}

#[test]
fn what_variables_stand_for_is_what_is_asked() {
    let ok = r#"{name: ok, expression: "object.metadata.annotations['ok'] == 'yes'"}"#;
    assert_eq!(after("variables.ok", ok), (false, true));
    assert_eq!(after("variables.ok && object.spec.replicas <= 3", ok), (true, false));
    assert_eq!(after("!variables.ok || object.spec.replicas <= 3", ok), (false, true));
    let meta = "{name: meta, expression: object.metadata}";
    assert_eq!(after("variables.meta.labels['ok'] == 'yes'", meta), (false, true));
    assert_eq!(after("variables.meta.name == 'web'", meta), (false, false));
    let containers = "{name: all, expression: object.spec.template.spec.containers}";
    let images = "variables.all.all(own, own.image.startsWith('registry.example/'))";
    assert_eq!(after(images, containers), (true, false));
    assert_eq!(after("variables.nowhere", containers), (false, false));
}

#[test]
fn what_every_object_has_bounds_nothing() {
    for little in [
        "has(object.metadata)",
        "has(object.spec)",
        "object != null && oldObject != null",
        "object.kind == 'Deployment'",
        "object.apiVersion == 'apps/v1'",
        "object.metadata.namespace == 'shop'",
        "object.metadata.name != 'web'",
        "object.spec != null",
        "object.spec.replicas == object.spec.replicas",
        "1.0 == 1.0",
        "request.name != 'web'",
        "object.metadata.name != 'web' || object.spec.replicas <= 3",
    ] {
        assert_eq!(after(little, ""), (false, false), "{little}");
    }
    for bounded in [
        "object.kind != 'Deployment' || object.spec.replicas <= 3",
        "oldObject == null || object.spec.replicas <= 2 * oldObject.spec.replicas",
        "object.spec == oldObject.spec",
        "!has(object.spec.template.spec.hostNetwork)",
        "object.metadata.namespace != 'shop' || object.spec.replicas <= 3",
    ] {
        assert_eq!(after(bounded, ""), (true, false), "{bounded}");
    }
}

#[test]
fn a_condition_that_leaves_out_this_agent_alone() {
    let name = "request.userInfo.username == 'system:serviceaccount:ops:bot'";
    let left_out = reach(&[&with(
        NO_DELETES,
        name,
        "request.userInfo.username != 'system:serviceaccount:ops:bot'",
    )]);
    let exempt = in_state(&left_out, GuardrailState::Exempt);
    assert_eq!(exempt.len(), 1);
    assert!(exempt[0].reason.contains("by a match condition"));
    let for_another = reach(&[&with(NO_DELETES, "ops:bot'", "ops:other'")]);
    assert!(in_state(&for_another, GuardrailState::Exempt).is_empty(), "it is not about the agent");
}

#[test]
fn a_namespace_that_is_left_out() {
    let selecting = |operator: &str| {
        with(
            NO_DELETES,
            "    matchPolicy: Equivalent\n",
            &format!(
                "    namespaceSelector: {{matchExpressions: [{{key: kubernetes.io/metadata.name, operator: {operator}, values: [shop]}}]}}\n"
            ),
        )
    };
    let out = reach(&[&selecting("NotIn")]);
    assert!(in_state(&out, GuardrailState::Exempt)[0].reason.contains("leaves out namespace/shop"));
    assert!(!is_denied(&out, "delete pods"));
    assert!(in_state(&reach(&[&selecting("In")]), GuardrailState::Exempt).is_empty());
}

#[test]
fn webhooks_that_fail_open_or_call_nobody() {
    let webhook = |policy: &str| {
        format!(
            "apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingWebhookConfiguration\nmetadata: {{name: w}}\n\
             webhooks: [{{name: v.example.com, failurePolicy: {policy}, clientConfig: {{service: {{name: s, namespace: n}}}}, rules: []}}]\n"
        )
    };
    let service = |name: &str| {
        format!("apiVersion: v1\nkind: Service\nmetadata: {{name: {name}, namespace: n}}\n")
    };
    one(&defects(&[&webhook("Ignore"), &service("s")]), "failurePolicy: Ignore");
    one(&defects(&[&webhook("Fail"), &service("t")]), "calls Service n/s");
    assert!(defects(&[&webhook("Fail"), &service("s")]).is_empty());
    assert!(defects(&[&webhook("Fail")]).is_empty(), "nobody collected Services");
}

#[test]
fn pod_security_that_only_speaks() {
    let namespace = |labels: &str| {
        format!("apiVersion: v1\nkind: Namespace\nmetadata: {{name: web, labels: {{{labels}}}}}\n")
    };
    let warn = "pod-security.kubernetes.io/warn: restricted";
    one(&defects(&[&namespace(warn)]), "does not enforce it");
    let enforced = format!("{warn}, pod-security.kubernetes.io/enforce: baseline");
    assert!(defects(&[&namespace(&enforced)]).is_empty());
    assert!(defects(&[&namespace("team: web")]).is_empty());
    assert!(!CLUSTER.contains("pod-security"));
}
