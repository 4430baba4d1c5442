//! Kyverno and Gatekeeper.

use gradus::model::{capability::Condition, guardrail::GuardrailState};

use crate::cluster::{
    BOT, CLUSTER, KYVERNO, capability, cluster_wide, defects, in_namespace, in_state, is_denied,
    reach, reach_of, with,
};

const DELETE: &str = "delete pods";

fn denied_after(from: &str, to: &str) -> bool {
    is_denied(&reach(&[&with(KYVERNO, from, to)]), DELETE)
}

#[test]
fn a_rule_that_denies_outright_and_is_asked_is_a_gate() {
    let reach = reach(&[KYVERNO]);
    assert!(is_denied(&reach, DELETE));
    assert_eq!(capability(&reach, DELETE).gate.reason, "ClusterPolicy/no-deletes denies it");
    assert_eq!(defects(&[KYVERNO]), Vec::<String>::new());
}

#[test]
fn a_rule_that_only_audits_is_none() {
    assert!(!denied_after("validationFailureAction: Enforce", "validationFailureAction: Audit"));
    assert!(!denied_after("  validationFailureAction: Enforce\n", ""), "Audit is the default");
    assert!(!denied_after("deny: {}", "deny: {}\n        failureAction: Audit"));
    let audits =
        with(KYVERNO, "validationFailureAction: Enforce", "validationFailureAction: Audit");
    let found = defects(&[&audits]);
    assert!(found.len() == 1 && found[0].contains("only audits in rule deny-bot"), "{found:?}");
    let overridden = with(&audits, "deny: {}", "deny: {}\n        failureAction: Enforce");
    assert!(is_denied(&reach(&[&overridden]), DELETE));
}

#[test]
fn a_rule_for_others_is_none() {
    assert!(!denied_after("name: bot, namespace: ops", "name: other, namespace: ops"));
    assert!(denied_after(
        "kind: ServiceAccount, name: bot, namespace: ops",
        "kind: Group, name: 'system:serviceaccounts:ops'"
    ));
    assert!(!denied_after(
        "kind: ServiceAccount, name: bot, namespace: ops",
        "kind: Group, name: admins"
    ));
    assert!(!denied_after("kinds: [Pod]", "kinds: [Service]"));
    assert!(!denied_after("kinds: [Pod]", "kinds: [Pod/exec]"));
    assert!(!denied_after("operations: [DELETE]}", "operations: [CREATE]}"));
    assert!(!denied_after("operations: [DELETE]}", "operations: [DELETE], namespaces: [ops]}"));
    assert!(denied_after("operations: [DELETE]}", "operations: [DELETE], namespaces: [sh*]}"));
    assert!(!denied_after("operations: [DELETE]}", "operations: [DELETE], names: [web-*]}"));
    assert!(!denied_after(
        "operations: [DELETE]}",
        "operations: [DELETE], selector: {matchLabels: {a: b}}}"
    ));
}

#[test]
fn what_depends_on_the_object_or_is_excluded_is_none() {
    assert!(!denied_after(
        "deny: {}",
        "deny: {conditions: {any: [{key: a, operator: Equals, value: a}]}}"
    ));
    assert!(!denied_after("deny: {}", "pattern: {metadata: {name: '?*'}}"));
    assert!(!denied_after("      validate:", "      preconditions: {any: []}\n      validate:"));
    let excluding = |subject: &str| {
        format!(
            "      exclude: {{any: [{{subjects: [{{kind: ServiceAccount, name: {subject}, namespace: ops}}], resources: {{kinds: [Pod]}}}}]}}\n      validate:"
        )
    };
    assert!(!denied_after("      validate:", &excluding("bot")));
    assert!(denied_after("      validate:", &excluding("other")));
}

#[test]
fn kyverno_must_be_seen_to_be_asked_and_to_fail_closed() {
    assert!(!denied_after("failurePolicy: Fail", "failurePolicy: Ignore"));
    assert!(!denied_after("validate.kyverno.svc-fail", "validate.example.com"));
    assert!(!denied_after(
        "operations: [DELETE], resources: [pods]",
        "operations: [CREATE], resources: [pods]"
    ));
    assert!(!denied_after("values: [kyverno]", "values: [kyverno, shop]"));
    assert!(!denied_after("[Node/?*,*,*]", "[Pod,sh*,*]"));
    assert!(denied_after("[Node/?*,*,*]", "[Pod,dev,*]"));
    assert!(!denied_after(
        "excludeGroups: system:nodes",
        "excludeGroups: system:serviceaccounts:*"
    ));
    assert!(
        !denied_after("name: kyverno, namespace", "name: another, namespace"),
        "its settings are not there"
    );
}

#[test]
fn whoever_its_settings_leave_alone_is_not_gated_however_they_say_it() {
    let excluding = |entry: &str| denied_after("excludeGroups: system:nodes", entry);
    assert!(!excluding("excludeGroupRole: system:serviceaccounts:ops"), "as before 1.10");
    assert!(!excluding("excludeUsername: 'system:serviceaccount:ops:bot'"), "as before 1.10");
    assert!(!excluding("excludeGroups: \"system:nodes\\nsystem:serviceaccounts:ops\""));
    assert!(!excluding("excludeSomeday: anybody"), "nobody knows whom that means");
    assert!(!excluding("excludeUsernames: [anybody]"), "nobody knows how that is read");
    assert!(excluding("excludeGroupRole: system:serviceaccounts:kube-system"));
    assert!(excluding("excludeUsername: 'system:serviceaccount:ops:other'"));
    assert!(excluding("excludeSomeday: ''"));
}

#[test]
fn only_the_settings_beside_kyverno_are_its_own() {
    let map = |namespace: &str, data: &str| {
        format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: kyverno, namespace: {namespace}}}\ndata: {{{data}}}\n"
        )
    };
    let leaves_out = "excludeGroups: 'system:serviceaccounts:ops'";
    let own = with(KYVERNO, "excludeGroups: system:nodes", leaves_out);
    let stray = map("argocd", "values: x");
    assert!(!is_denied(&reach(&[&stray, &own]), DELETE), "another of that name comes first");
    assert!(is_denied(&reach(&[&stray, KYVERNO]), DELETE));
    assert!(is_denied(&reach(&[KYVERNO, &map("argocd", leaves_out)]), DELETE), "nobody reads it");
    let elsewhere =
        with(KYVERNO, "name: kyverno, namespace: kyverno", "name: kyverno, namespace: argocd");
    assert!(!is_denied(&reach(&[&elsewhere]), DELETE), "its own is not there");
}

#[test]
fn a_rule_that_is_only_asked_where_no_other_applies_is_none() {
    let one = |rules: &str| {
        with(
            KYVERNO,
            "  validationFailureAction: Enforce\n  rules:\n",
            &format!("  validationFailureAction: Enforce\n{rules}"),
        )
    };
    let first = "  rules:\n    - {name: first, match: {any: [{resources: {kinds: [Pod]}}]}, validate: {pattern: {metadata: {name: '?*'}}}}\n";
    assert!(!is_denied(&reach(&[&one(&format!("  applyRules: One\n{first}"))]), DELETE));
    assert!(is_denied(&reach(&[&one(&format!("  applyRules: All\n{first}"))]), DELETE));
    assert!(is_denied(&reach(&[&one("  applyRules: One\n  rules:\n")]), DELETE), "it is alone");
}

#[test]
fn a_policy_about_documents_is_none_about_requests() {
    let hook = KYVERNO.split_once("---").map(|(_, rest)| rest).unwrap_or_default();
    let policy = |evaluation: &str| {
        format!(
            "apiVersion: policies.kyverno.io/v1alpha1\nkind: ValidatingPolicy\nmetadata: {{name: v}}\n\
             spec: {{evaluation: {{{evaluation}}}, validations: [{{expression: 'false'}}], matchConstraints: {{resourceRules: \
             [{{apiGroups: [''], apiVersions: [v1], operations: [DELETE], resources: [pods]}}]}}}}\n---{hook}"
        )
    };
    assert!(!is_denied(&reach(&[&policy("mode: JSON")]), DELETE));
    assert!(is_denied(&reach(&[&policy("mode: Kubernetes")]), DELETE));
    assert!(is_denied(&reach(&[&policy("")]), DELETE), "requests are the default");
}

/// What becomes of a policy over the agent's changes of deployments that Kyverno
/// enforces: whether it bounds them, and whether it asks for a mark.
fn after(validate: &str) -> (bool, bool) {
    let text = with(
        KYVERNO,
        "kinds: [Pod], operations: [DELETE]",
        "kinds: [Deployment], operations: [UPDATE]",
    );
    let text = with(
        &text,
        "apiGroups: [\"\"], apiVersions: [v1], operations: [DELETE], resources: [pods]",
        "apiGroups: [apps], apiVersions: [v1], operations: [UPDATE], resources: [deployments]",
    );
    let reach = reach(&[&with(&text, "        deny: {}\n", &format!("        {validate}\n"))]);
    let enforced = in_state(&reach, GuardrailState::Enforced);
    let bounds = enforced.iter().any(|own| !own.bounds.is_empty());
    (bounds, !in_state(&reach, GuardrailState::SelfApproved).is_empty())
}

#[test]
fn a_rule_bounds_by_what_the_object_holds_and_not_by_marks_that_its_writer_sets() {
    let condition =
        |key: &str| format!("{{key: \"{{{{ {key} }}}}\", operator: NotEquals, value: 'yes'}}");
    let approved = condition("request.object.metadata.annotations.approved");
    let replicas = condition("request.object.spec.replicas");
    let before = condition("request.oldObject.metadata.labels.approved");
    let name = condition("request.object.metadata.name");
    let any = |of: &[&str]| format!("deny: {{conditions: {{any: [{}]}}}}", of.join(", "));
    let all = |of: &[&str]| format!("deny: {{conditions: {{all: [{}]}}}}", of.join(", "));
    for (validate, wanted) in [
        ("deny: {}".to_owned(), (true, false)),
        (any(&[&replicas]), (true, false)),
        (any(&[&before]), (true, false)),
        (any(&[&approved, &replicas]), (true, false)),
        ("pattern: {spec: {replicas: '<4'}}".to_owned(), (true, false)),
        ("podSecurity: {level: baseline}".to_owned(), (true, false)),
        ("cel: {expressions: [{expression: object.spec.replicas < 4}]}".to_owned(), (true, false)),
        (any(&[&approved]), (false, true)),
        (all(&[&approved, &replicas]), (false, true)),
        ("pattern: {metadata: {labels: {reviewed: 'yes'}}}".to_owned(), (false, true)),
        (
            "anyPattern: [{spec: {replicas: '<4'}}, {metadata: {labels: {reviewed: 'yes'}}}]"
                .to_owned(),
            (false, true),
        ),
        (
            "cel: {expressions: [{expression: 'has(object.metadata.labels.reviewed)'}]}".to_owned(),
            (false, true),
        ),
        (any(&[&name]), (false, false)),
        ("pattern: {metadata: {name: '?*'}}".to_owned(), (false, false)),
        ("pattern: {spec: {replicas: '*'}}".to_owned(), (false, false)),
        (
            "pattern: {metadata: {(labels): {skip: '!yes'}}, spec: {replicas: '<4'}}".to_owned(),
            (false, false),
        ),
        ("assert: {any: []}".to_owned(), (false, false)),
    ] {
        assert_eq!(after(&validate), wanted, "{validate}");
    }
}

#[test]
fn an_exception_lifts_it() {
    let exception = |policy: &str| {
        format!(
            "apiVersion: kyverno.io/v2\nkind: PolicyException\nmetadata: {{name: let-it, namespace: ops}}\n\
             spec: {{exceptions: [{{policyName: {policy}, ruleNames: [deny-bot]}}], match: {{any: [{{resources: {{kinds: [Pod], operations: [DELETE]}}}}]}}}}\n"
        )
    };
    let lifted = reach(&[KYVERNO, &exception("no-deletes")]);
    assert!(!is_denied(&lifted, DELETE));
    assert!(in_state(&lifted, GuardrailState::Exempt)[0].reason.contains("PolicyException/let-it"));
    let another = reach(&[KYVERNO, &exception("another")]);
    assert!(is_denied(&another, DELETE) && in_state(&another, GuardrailState::Exempt).is_empty());
}

#[test]
fn whoever_can_stop_kyverno_owns_its_policies() {
    for (group, resource, verb, wanted) in [
        ("kyverno.io", "clusterpolicies", "patch", true),
        ("kyverno.io", "policyexceptions", "create", true),
        ("admissionregistration.k8s.io", "validatingwebhookconfigurations", "delete", true),
        ("apps", "deployments/scale", "patch", true),
        ("kyverno.io", "clusterpolicies", "create", false),
        ("apps", "replicasets", "get", false),
    ] {
        let rule = format!("{{apiGroups: ['{group}'], resources: [{resource}], verbs: [{verb}]}}");
        let reach = reach(&[KYVERNO, &cluster_wide(&rule)]);
        assert_eq!(is_denied(&reach, DELETE), !wanted, "{verb} {resource}");
        assert_eq!(reach.risks.iter().any(|risk| risk.rule == "K8S-OWN-GUARDRAIL"), wanted);
    }
}

#[test]
fn a_constraint_of_gatekeeper_narrows_and_is_no_gate() {
    let constraint = |action: &str, kind: &str| {
        format!(
            "apiVersion: constraints.gatekeeper.sh/v1beta1\nkind: K8sNoDeletes\nmetadata: {{name: pods}}\n\
             spec: {{enforcementAction: {action}, match: {{kinds: [{{apiGroups: [''], kinds: [{kind}]}}]}}}}\n"
        )
    };
    let template = |kind: &str| {
        format!(
            "apiVersion: templates.gatekeeper.sh/v1\nkind: ConstraintTemplate\nmetadata: {{name: t}}\n\
             spec: {{crd: {{spec: {{names: {{kind: {kind}}}}}}}, targets: []}}\n"
        )
    };
    let there = reach(&[&constraint("deny", "Pod")]);
    assert!(!is_denied(&there, DELETE));
    let narrowed = Condition::If(vec!["K8sNoDeletes/pods lets it pass".to_owned()]);
    assert_eq!(capability(&there, DELETE).condition, narrowed);
    assert_eq!(in_state(&there, GuardrailState::Undecided).len(), 1);
    let other = reach(&[&constraint("deny", "Service")]);
    assert!(in_state(&other, GuardrailState::Undecided).is_empty());
    assert_eq!(capability(&other, DELETE).condition, Condition::Always);
    let found = defects(&[&constraint("dryrun", "Pod"), &template("K8sNoDeletes")]);
    assert!(found.len() == 1 && found[0].contains("enforcementAction: dryrun"), "{found:?}");
    let found = defects(&[&constraint("deny", "Pod"), &template("K8sOther")]);
    assert!(found.len() == 1 && found[0].contains("no ConstraintTemplate"), "{found:?}");
}

#[test]
fn pod_security_narrows_the_creation_of_pods_where_it_enforces() {
    let creates = in_namespace("shop", "{apiGroups: [''], resources: [pods], verbs: [create]}");
    let labelled = |level: &str| {
        let label = format!("env: prod, pod-security.kubernetes.io/enforce: {level}");
        with(CLUSTER, "env: prod", &label)
    };
    let condition = |cluster: &str, more: &str| {
        let reach = reach_of(BOT, &[cluster, &creates, more], None);
        (capability(&reach, "create pods").condition.clone(), reach)
    };
    let narrowed = Condition::If(vec!["PodSecurity/shop lets it pass".to_owned()]);
    for level in ["baseline", "restricted"] {
        let (found, reach) = condition(&labelled(level), "");
        assert_eq!(found, narrowed, "{level}");
        assert!(!is_denied(&reach, "create pods"), "some pod always passes");
    }
    let (open, _) = condition(&labelled("privileged"), "");
    assert_eq!(open, Condition::Always);
    let relabels = cluster_wide("{apiGroups: [''], resources: [namespaces], verbs: [patch]}")
        .replace("name: more", "name: labels");
    let (own, reach) = condition(&labelled("restricted"), &relabels);
    assert_eq!(own, Condition::Always, "it takes the label away first");
    assert!(reach.risks.iter().any(|risk| risk.rule == "K8S-OWN-GUARDRAIL"));
}
