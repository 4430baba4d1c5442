//! Which ValidatingAdmissionPolicies deny for certain, and which near misses do not.

use gradus::model::{
    capability::Condition,
    gate::{Enforcer, FailMode, GateKind},
};

use crate::cluster::{
    BOT, CLUSTER, EVERYTHING, NO_DELETES, actions, capability, cluster_wide, in_namespace,
    is_denied, policy, reach, reach_of, with,
};

const DELETE: &str = "delete pods";
const SCALE: &str = "patch deployments.apps";

/// Whether the agent's delete is denied once the policy was changed.
fn denied_after(from: &str, to: &str) -> bool {
    is_denied(&reach(&[&with(NO_DELETES, from, to)]), DELETE)
}

#[test]
fn a_policy_that_denies_all_of_a_capability_is_its_gate() {
    let reach = reach(&[NO_DELETES]);
    let gate = &capability(&reach, DELETE).gate;
    assert_eq!(gate.kind, GateKind::Deny);
    assert_eq!(gate.enforced_by, Some(Enforcer::Platform));
    assert_eq!(gate.fail_mode, FailMode::Closed);
    assert_eq!(gate.reason, "ValidatingAdmissionPolicy/no-deletes denies it");
    assert_eq!(
        gate.location.as_ref().map(ToString::to_string).as_deref(),
        Some("cluster/1.yaml:2:1")
    );
}

#[test]
fn what_the_policy_is_not_about_stays_as_it_was() {
    let (before, after) = (reach(&[]), reach(&[NO_DELETES]));
    assert_eq!(capability(&before, SCALE), capability(&after, SCALE));
    assert_eq!(capability(&before, "get,list pods"), capability(&after, "get,list pods"));
}

#[test]
fn a_policy_that_does_not_deny_is_no_gate() {
    assert!(!denied_after("validationActions: [Deny]", "validationActions: [Warn, Audit]"));
    assert!(denied_after("validationActions: [Deny]", "validationActions: [Deny, Audit]"));
    assert!(!denied_after("validationActions: [Deny]", "validationActions: [deny]"));
}

#[test]
fn a_policy_that_fails_open_is_no_gate() {
    assert!(!denied_after("failurePolicy: Fail", "failurePolicy: Ignore"));
    assert!(denied_after("  failurePolicy: Fail\n", ""), "Fail is the default");
}

#[test]
fn a_policy_for_other_operations_resources_groups_or_scopes_is_no_gate() {
    assert!(!denied_after("[DELETE]", "[CREATE, UPDATE, CONNECT]"));
    assert!(denied_after("[DELETE]", "['*']"));
    assert!(!denied_after("resources: [pods]", "resources: [pods/status]"));
    assert!(!denied_after("resources: [pods]", "resources: [services]"));
    assert!(denied_after("resources: [pods]", "resources: ['*']"));
    assert!(!denied_after("apiGroups: [\"\"]", "apiGroups: [apps]"));
    assert!(!denied_after("scope: \"*\"", "scope: Cluster"));
    assert!(denied_after("scope: \"*\"", "scope: Namespaced"));
    assert!(!denied_after("resources: [pods]", "resources: [pods], resourceNames: [web]"));
}

#[test]
fn a_policy_for_one_version_covers_the_others_unless_it_is_exact() {
    assert!(!denied_after("matchPolicy: Equivalent", "matchPolicy: Exact"));
    assert!(!denied_after("apiVersions: [v1]", "apiVersions: [v9]"));
    assert!(denied_after("apiVersions: [v1]", "apiVersions: ['*']"));
}

#[test]
fn an_excluded_resource_is_left_out() {
    let rules = |resource: &str| {
        format!(
            "    matchPolicy: Equivalent\n    excludeResourceRules: [{{apiGroups: ['*'], apiVersions: ['*'], \
             operations: ['*'], resources: [{resource}]}}]\n"
        )
    };
    assert!(!denied_after("    matchPolicy: Equivalent\n", &rules("pods")));
    assert!(denied_after("    matchPolicy: Equivalent\n", &rules("services")));
}

#[test]
fn a_selector_must_be_known_to_select_the_namespace() {
    let selecting = |labels: &str| {
        format!(
            "    matchPolicy: Equivalent\n    namespaceSelector: {{matchLabels: {{{labels}}}}}\n"
        )
    };
    let denied = |labels: &str| denied_after("    matchPolicy: Equivalent\n", &selecting(labels));
    assert!(denied("env: prod"));
    assert!(denied("kubernetes.io/metadata.name: shop"));
    assert!(!denied("env: dev"));
    let unseen = with(CLUSTER, "metadata: {name: shop, labels", "metadata: {name: else, labels");
    let policy = with(NO_DELETES, "    matchPolicy: Equivalent\n", &selecting("env: prod"));
    assert!(
        !is_denied(&reach_of(BOT, &[&unseen, &policy], None), DELETE),
        "nobody knows its labels"
    );
    let by_name = selecting("kubernetes.io/metadata.name: shop");
    let policy = with(NO_DELETES, "    matchPolicy: Equivalent\n", &by_name);
    assert!(is_denied(&reach_of(BOT, &[&unseen, &policy], None), DELETE), "its name is a label");
}

#[test]
fn a_capability_of_the_whole_cluster_is_not_gated_by_a_policy_that_selects() {
    let role = cluster_wide("{apiGroups: [''], resources: [services], verbs: [delete]}");
    let policy = policy(EVERYTHING, "request.operation != 'DELETE'");
    assert!(is_denied(&reach(&[&role, &policy]), "delete services"));
    let selecting = with(
        &policy,
        "validationActions: [Deny]}",
        "validationActions: [Deny], matchResources: {namespaceSelector: {matchLabels: {env: prod}}}}",
    );
    let narrowed = reach(&[&role, &selecting]);
    assert!(!is_denied(&narrowed, "delete services"));
    let wanted = Condition::If(vec!["ValidatingAdmissionPolicy/p lets it pass".to_owned()]);
    assert_eq!(capability(&narrowed, "delete services").condition, wanted);
}

#[test]
fn an_object_that_decides_narrows_and_does_not_gate() {
    let cases = [
        ("request.operation != 'DELETE'", "oldObject.metadata.name != 'web'"),
        ("    matchPolicy: Equivalent\n", "    objectSelector: {matchLabels: {app: web}}\n"),
    ];
    for (from, to) in cases {
        let reach = reach(&[&with(NO_DELETES, from, to)]);
        assert!(!is_denied(&reach, DELETE), "{to}");
        assert!(matches!(capability(&reach, DELETE).condition, Condition::If(_)), "{to}");
    }
}

#[test]
fn a_condition_that_is_not_known_to_hold_is_no_gate() {
    let name = "request.userInfo.username == 'system:serviceaccount:ops:bot'";
    assert!(!denied_after(name, "request.userInfo.username == 'system:serviceaccount:ops:other'"));
    assert!(!denied_after(name, "request.name != 'web'"));
    assert!(!denied_after(name, "request.userInfo.extra['x'].exists(e, e == 'y')"));
    assert!(!denied_after(
        name,
        "authorizer.serviceAccount('ops', 'bot').group('').resource('pods').check('delete').allowed()"
    ));
    for holds in [
        "'system:serviceaccounts:ops' in request.userInfo.groups",
        "request.userInfo.username.startsWith('system:serviceaccount:ops:')",
        "request.userInfo.groups.exists(g, g.endsWith(':ops'))",
        "!(request.userInfo.username in ['system:admin'])",
        "request.namespace == 'shop' && request.resource.resource == 'pods'",
        "namespaceObject.metadata.labels['env'] == 'prod'",
        "object == null",
    ] {
        assert!(denied_after(name, holds), "{holds}");
    }
}

#[test]
fn variables_are_worked_out_in_their_order() {
    let variables = "  variables:\n    - {name: writes, expression: \"request.operation == 'DELETE'\"}\n    \
                     - {name: fine, expression: \"!variables.writes\"}\n  validations:\n";
    let policy = with(NO_DELETES, "  validations:\n", variables);
    let by_variable = with(&policy, "request.operation != 'DELETE'\n", "variables.fine\n");
    assert!(is_denied(&reach(&[&by_variable]), DELETE));
    let unknown =
        with(&by_variable, "\"request.operation == 'DELETE'\"", "\"has(oldObject.spec)\"");
    assert!(!is_denied(&reach(&[&unknown]), DELETE));
}

#[test]
fn a_binding_that_may_be_skipped_is_no_gate() {
    let param = |action: &str| {
        let policy = with(
            NO_DELETES,
            "spec:\n  failurePolicy",
            "spec:\n  paramKind: {apiVersion: v1, kind: ConfigMap}\n  failurePolicy",
        );
        with(
            &policy,
            "  validationActions: [Deny]",
            &format!(
                "  validationActions: [Deny]\n  paramRef: {{name: limits, namespace: ops, parameterNotFoundAction: {action}}}"
            ),
        )
    };
    assert!(is_denied(&reach(&[&param("Deny")]), DELETE));
    assert!(!is_denied(&reach(&[&param("Allow")]), DELETE));
}

#[test]
fn a_server_that_does_not_serve_the_policy_gates_nothing() {
    let denied = |version| is_denied(&reach_of(BOT, &[CLUSTER, NO_DELETES], version), DELETE);
    assert!(denied(Some("v1.30.1")) && denied(None));
    assert!(!denied(Some("v1.29.0")));
}

#[test]
fn an_alpha_or_beta_version_of_the_policy_or_its_binding_gates_nothing() {
    for version in ["v1alpha1", "v1beta1"] {
        let version = format!("admissionregistration.k8s.io/{version}");
        let preview = NO_DELETES.replace("admissionregistration.k8s.io/v1", &version);
        assert!(!is_denied(&reach(&[&preview]), DELETE), "{version}");
        let newer = reach_of(BOT, &[CLUSTER, &preview], Some("v1.33.0"));
        assert!(!is_denied(&newer, DELETE), "{version} is switched off there");
        let (policy, binding) = NO_DELETES.split_once("---").unwrap();
        let binding = binding.replace("admissionregistration.k8s.io/v1", &version);
        let binding = format!("{policy}---{binding}");
        assert!(!is_denied(&reach(&[&binding]), DELETE), "{version}");
    }
}

#[test]
fn a_policy_that_cannot_be_read_whole_is_no_gate() {
    assert!(!denied_after("  failurePolicy: Fail", "  failurePolicy: Fail\n  excludes: [pods]"));
    assert!(!denied_after("request.operation != 'DELETE'", "request.operation !!= 'DELETE'"));
    let twice = with(NO_DELETES, "[DELETE]", "[CREATE]");
    assert!(!is_denied(&reach(&[NO_DELETES, &twice]), DELETE), "nobody knows which was applied");
    assert!(is_denied(&reach(&[NO_DELETES, NO_DELETES]), DELETE), "the same twice is one");
}

#[test]
fn members_of_a_group_may_have_names_that_nobody_knows() {
    let group = with(
        CLUSTER,
        "{kind: ServiceAccount, name: bot, namespace: ops}]\n---",
        "{kind: Group, name: oncall}]\n---",
    );
    let by_name = reach_of("group:oncall", &[&group, NO_DELETES], None);
    assert!(!is_denied(&by_name, DELETE));
    let by_group = with(
        NO_DELETES,
        "request.userInfo.username == 'system:serviceaccount:ops:bot'",
        "'oncall' in request.userInfo.groups",
    );
    assert!(is_denied(&reach_of("group:oncall", &[&group, &by_group], None), DELETE));
    let others = with(&by_group, "'oncall' in", "!('admins' in");
    let others = with(&others, "request.userInfo.groups\n", "request.userInfo.groups)\n");
    let reach = reach_of("group:oncall", &[&group, &others], None);
    assert!(!is_denied(&reach, DELETE), "a member may be an admin too");
}

#[test]
fn what_never_reaches_admission_is_never_gated() {
    let deny_all = policy(EVERYTHING, "false");
    for (rule, action) in [
        (
            "{apiGroups: [''], resources: [nodes/proxy], verbs: [get, create]}",
            "get,create nodes/proxy",
        ),
        ("{apiGroups: [''], resources: [users], verbs: [impersonate]}", "impersonate users"),
        ("{apiGroups: [''], resources: [services], verbs: ['*']}", "* services"),
        ("{apiGroups: ['*'], resources: ['*'], verbs: [delete]}", "delete *.*"),
        ("{apiGroups: [''], resources: ['*'], verbs: [delete]}", "delete *.core"),
        (
            "{apiGroups: [admissionregistration.k8s.io], resources: [validatingadmissionpolicies], verbs: [delete]}",
            "delete validatingadmissionpolicies.admissionregistration.k8s.io",
        ),
        (
            "{apiGroups: [authentication.k8s.io], resources: [tokenreviews], verbs: [create]}",
            "create tokenreviews.authentication.k8s.io",
        ),
        (
            "{apiGroups: [example.com], resources: [widgets], verbs: [delete]}",
            "delete widgets.example.com",
        ),
    ] {
        let reach = reach(&[&cluster_wide(rule), &deny_all]);
        let Some(own) = reach.capabilities.iter().find(|own| own.action == action) else {
            // A read is no change, and shows under another effect.
            panic!("no {action} in {:?}", actions(&reach));
        };
        assert!(!own.gate.holds(), "{action}");
    }
}

#[test]
fn what_admission_sees_is_gated_by_a_policy_over_everything() {
    let deny_all = policy(EVERYTHING, "false");
    for (rule, action) in [
        ("{apiGroups: [''], resources: [pods/exec], verbs: [get, create]}", "get,create pods/exec"),
        (
            "{apiGroups: [''], resources: [services/proxy], verbs: [create]}",
            "create services/proxy",
        ),
        ("{apiGroups: [apps], resources: ['*'], verbs: [delete]}", "delete *.apps"),
        (
            "{apiGroups: [apps], resources: [deployments/scale], verbs: [patch]}",
            "patch deployments.apps/scale",
        ),
        ("{apiGroups: [''], resources: [nodes], verbs: [patch]}", "patch nodes"),
        ("{apiGroups: [''], resources: [pods/eviction], verbs: [create]}", "create pods/eviction"),
        (
            "{apiGroups: [''], resources: [services], verbs: [create, update, patch, delete, deletecollection]}",
            "delete,deletecollection services",
        ),
    ] {
        let reach = reach(&[&cluster_wide(rule), &deny_all]);
        assert!(is_denied(&reach, action), "{action}: {:?}", actions(&reach));
    }
}

#[test]
fn a_wildcard_over_resources_takes_a_policy_over_their_parts_too() {
    let role = cluster_wide("{apiGroups: [apps], resources: ['*'], verbs: [delete]}");
    let rule = |resources: &str| {
        format!(
            "{{apiGroups: [apps], apiVersions: ['*'], operations: ['*'], resources: [{resources}]}}"
        )
    };
    assert!(is_denied(&reach(&[&role, &policy(&rule("'*/*'"), "false")]), "delete *.apps"));
    assert!(!is_denied(&reach(&[&role, &policy(&rule("'*'"), "false")]), "delete *.apps"));
    assert!(!is_denied(&reach(&[&role, &policy(&rule("deployments"), "false")]), "delete *.apps"));
}

#[test]
fn a_defined_kind_is_gated_and_one_that_another_server_answers_for_is_not() {
    let role =
        in_namespace("shop", "{apiGroups: [example.com], resources: [widgets], verbs: [delete]}");
    let definition = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: widgets.example.com}\n\
                      spec: {group: example.com, scope: Namespaced, names: {plural: widgets, kind: Widget}, versions: [{name: v1, served: true}]}\n";
    let delegated = "apiVersion: apiregistration.k8s.io/v1\nkind: APIService\nmetadata: {name: v1.example.com}\n\
                     spec: {group: example.com, version: v1, service: {name: s, namespace: n}}\n";
    let deny_all = policy(EVERYTHING, "false");
    let action = "delete widgets.example.com";
    assert!(is_denied(&reach(&[&role, definition, &deny_all]), action));
    assert!(!is_denied(&reach(&[&role, definition, delegated, &deny_all]), action));
}

#[test]
fn two_policies_may_deny_a_capability_between_them() {
    let role =
        in_namespace("shop", "{apiGroups: [''], resources: [services], verbs: [create, delete]}");
    let of = |name: &str, operation: &str| {
        let rule = format!(
            "{{apiGroups: [''], apiVersions: ['*'], operations: [{operation}], resources: [services]}}"
        );
        policy(&rule, "false")
            .replace("name: p", &format!("name: {name}"))
            .replace("name: b}", &format!("name: {name}}}"))
            .replace("policyName: p", &format!("policyName: {name}"))
    };
    let text = [of("x", "CREATE"), of("y", "DELETE")];
    let reach = reach(&[&role, &text[0], &text[1]]);
    let denied = reach.capabilities.iter().filter(|own| own.action.ends_with(" services"));
    assert!(denied.clone().count() > 0 && denied.clone().all(|own| own.gate.holds()));
}

#[test]
fn more_policies_than_are_worked_out_gate_nothing_and_it_is_said() {
    let rules = format!("[{}]", [EVERYTHING; 3].join(", "));
    let mut many: String = (0..3_000)
        .map(|number| {
            format!(
                "apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingAdmissionPolicy\nmetadata: {{name: a{number}}}\n\
                 spec: {{matchConstraints: {{resourceRules: {rules}}}, validations: [{{expression: 'true'}}]}}\n---\n"
            )
        })
        .collect();
    many.push_str(&policy(EVERYTHING, "false"));
    let role = cluster_wide(
        "{apiGroups: [''], resources: [services, secrets, configmaps, events, endpoints, limitranges, pods/exec, \
         serviceaccounts, resourcequotas, replicationcontrollers, podtemplates, persistentvolumeclaims, nodes], \
         verbs: [create, update, delete]}, \
         {apiGroups: [apps, batch, policy, networking.k8s.io, autoscaling], resources: [deployments, jobs, cronjobs, \
         statefulsets, ingresses, networkpolicies, daemonsets, replicasets, poddisruptionbudgets, \
         horizontalpodautoscalers], verbs: [create, update, delete]}",
    );
    let reach = reach(&[&many, &role]);
    let said = |own: &&gradus::model::capability::Capability| {
        own.gate.reason.contains("than are worked out")
    };
    let ended: Vec<_> = reach.capabilities.iter().filter(said).collect();
    assert!(!ended.is_empty(), "the bound was met");
    assert!(ended.iter().all(|own| !own.gate.holds()));
}
