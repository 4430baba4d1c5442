//! Mistakes of other tools, each kept out by a test.

use super::build::{Cluster, bot_subject, lines, named, risk_ids, rule, shipped, worst_effect};
use crate::{
    model::{
        effect::Effect,
        kubernetes::{Scope, rbac::RoleKind},
    },
    privilege::rbac::effect_of,
};

fn effect(verb: &str, group: &str, resource: &str, subresource: &str) -> Effect {
    effect_of(&shipped(), verb, group, resource, subresource, None).0
}

#[test]
fn a_get_on_pods_exec_is_not_read_only() {
    for subresource in ["exec", "attach", "portforward"] {
        assert_eq!(effect("get", "", "pods", subresource), Effect::Escalation, "{subresource}");
    }
    let reach = Cluster::new().in_namespace("shop", vec![rule("get", "core", "pods/exec")]).reach();
    assert_eq!(risk_ids(&reach), ["K8S-EXEC"]);
}

#[test]
fn a_get_on_nodes_proxy_is_not_read_only() {
    let reach = Cluster::new().cluster_wide(vec![rule("get", "core", "nodes/proxy")]).reach();
    assert_eq!(worst_effect(&reach), Some(Effect::Escalation));
    assert_eq!(risk_ids(&reach), ["K8S-NODE-PROXY"]);
}

#[test]
fn reading_everything_is_not_read_only() {
    let reach = Cluster::new().cluster_wide(vec![rule("get list watch", "*", "*")]).reach();
    assert_eq!(
        lines(&reach),
        ["escalation: get *.* (cluster)", "sensitive-read: list,watch *.* (cluster)"]
    );
    assert_eq!(risk_ids(&reach), ["K8S-READ-ALL"]);
}

#[test]
fn pods_star_gives_nothing() {
    let reach = Cluster::new().cluster_wide(vec![rule("*", "core", "pods/*")]).reach();
    assert!(reach.capabilities.is_empty());
    assert_eq!(risk_ids(&reach), ["K8S-DEAD-RESOURCE"]);
}

#[test]
fn scale_is_reversible_and_the_workload_is_not() {
    let reach = Cluster::new()
        .in_namespace(
            "shop",
            vec![rule("get patch", "apps", "*/scale"), rule("patch", "apps", "deployments")],
        )
        .reach();
    assert_eq!(
        lines(&reach),
        [
            "read: get *.apps/scale (namespace/shop)",
            "reversible: patch *.apps/scale (namespace/shop)",
            "escalation: patch deployments.apps (namespace/shop)",
        ]
    );
}

#[test]
fn names_make_a_create_impossible_unless_it_is_applied() {
    let create = named(rule("create", "core", "configmaps"), "mine");
    assert!(
        Cluster::new().in_namespace("shop", vec![create.clone()]).reach().capabilities.is_empty()
    );
    let apply = named(rule("patch", "core", "configmaps"), "mine other");
    let reach = Cluster::new().in_namespace("shop", vec![create, apply]).reach();
    assert!(
        lines(&reach).contains(&"reversible: create configmaps [mine] (namespace/shop)".to_owned()),
        "{:?}",
        lines(&reach)
    );
}

#[test]
fn names_make_deleting_a_collection_impossible() {
    let rule = named(rule("delete deletecollection", "core", "pods"), "web-0");
    let reach = Cluster::new().in_namespace("shop", vec![rule]).reach();
    assert_eq!(lines(&reach), ["destructive: delete pods [web-0] (namespace/shop)"]);
}

#[test]
fn names_do_limit_the_creation_of_a_subresource() {
    let token = named(rule("create", "core", "serviceaccounts/token"), "deployer");
    let reach = Cluster::new().in_namespace("shop", vec![token]).reach();
    assert_eq!(
        lines(&reach),
        ["escalation: create serviceaccounts/token [deployer] (namespace/shop)"]
    );
    assert_eq!(risk_ids(&reach), ["K8S-SA-TOKEN"]);
}

#[test]
fn a_role_binding_gives_nothing_on_cluster_scoped_resources() {
    let everything = "nodes persistentvolumes nodes/proxy";
    let reach = Cluster::new()
        .in_namespace(
            "shop",
            vec![
                rule("get list delete create", "core", everything),
                rule("create", "rbac.authorization.k8s.io", "clusterrolebindings"),
                rule("patch", "admissionregistration.k8s.io", "mutatingwebhookconfigurations"),
                rule("impersonate", "core", "users groups"),
            ],
        )
        .reach();
    assert_eq!(lines(&reach), [""; 0]);
    assert_eq!(risk_ids(&reach), [""; 0]);
}

#[test]
fn a_role_binding_gives_its_own_namespace_object() {
    let verbs = "get list patch delete deletecollection create";
    let reach =
        Cluster::new().in_namespace("shop", vec![rule(verbs, "core", "namespaces")]).reach();
    assert_eq!(
        lines(&reach),
        [
            "destructive: delete namespaces (namespace/shop)",
            "read: get namespaces (namespace/shop)",
            "guardrail: patch namespaces (namespace/shop)",
        ]
    );
}

#[test]
fn bind_is_asked_of_roles_and_reaches_cluster_roles_within_a_namespace() {
    const RBAC: &str = "rbac.authorization.k8s.io";
    let wrong = Cluster::new().cluster_wide(vec![rule("bind create", RBAC, "clusterrolebindings")]);
    assert_eq!(risk_ids(&wrong.reach()), ["K8S-RBAC-WRITE"]);
    let right = Cluster::new().in_namespace(
        "shop",
        vec![rule("create", RBAC, "rolebindings"), rule("bind", RBAC, "clusterroles")],
    );
    let reach = right.reach();
    assert_eq!(risk_ids(&reach), ["K8S-BIND"]);
    assert_eq!(reach.risks[0].scope, "namespace/shop");
}

#[test]
fn reviews_are_questions() {
    let reach = Cluster::new()
        .cluster_wide(vec![
            rule("create", "authorization.k8s.io", "subjectaccessreviews selfsubjectaccessreviews"),
            rule("create", "authentication.k8s.io", "tokenreviews"),
        ])
        .reach();
    assert_eq!(worst_effect(&reach), Some(Effect::Read));
    assert!(reach.risks.is_empty());
}

#[test]
fn all_verbs_but_the_wildcard_are_administrator_too() {
    let verbs = "get list watch create update patch delete deletecollection";
    let reach = Cluster::new().cluster_wide(vec![rule(verbs, "*", "*")]).reach();
    assert_eq!(risk_ids(&reach), ["K8S-ADMIN"]);
}

#[test]
fn a_rule_without_api_groups_gives_nothing() {
    let reach = Cluster::new().cluster_wide(vec![rule("*", "", "*")]).reach();
    assert!(reach.capabilities.is_empty());
    assert!(!risk_ids(&reach).contains(&"K8S-ADMIN"));
}

#[test]
fn deletecollection_is_destructive_whatever_it_collects() {
    for resource in ["pods", "configmaps", "leases.coordination.k8s.io", "widgets.example.com"] {
        let (name, group) = resource.split_once('.').unwrap_or((resource, ""));
        assert_eq!(effect("deletecollection", group, name, ""), Effect::Destructive, "{resource}");
    }
}

#[test]
fn the_core_group_is_the_empty_word() {
    let reach = Cluster::new().cluster_wide(vec![rule("create", "core", "pods/exec")]).reach();
    assert_eq!(risk_ids(&reach), ["K8S-EXEC"]);
    // Under another name it is a group of someone else, unknown and not harmless.
    let mut named_core = rule("create", "x", "pods/exec");
    named_core.api_groups = vec!["core".into()];
    let reach = Cluster::new().cluster_wide(vec![named_core]).reach();
    assert_eq!(lines(&reach), ["destructive?: create pods.core/exec (cluster)"]);
}

#[test]
fn workloads_of_apps_and_batch_are_code_execution() {
    for (group, resource) in
        [("apps", "daemonsets"), ("batch", "cronjobs"), ("core", "replicationcontrollers")]
    {
        let reach =
            Cluster::new().in_namespace("shop", vec![rule("patch", group, resource)]).reach();
        assert_eq!(risk_ids(&reach), ["K8S-WORKLOAD"], "{resource}");
    }
}

#[test]
fn singular_names_give_nothing_that_is_known() {
    let reach = Cluster::new().cluster_wide(vec![rule("get", "core", "secret")]).reach();
    assert_eq!(risk_ids(&reach), ["K8S-DEAD-RESOURCE"]);
}

#[test]
fn every_rule_of_a_role_counts_in_any_order() {
    const RBAC: &str = "rbac.authorization.k8s.io";
    let mut rules = vec![
        rule("get", "core", "pods"),
        rule("bind", RBAC, "clusterroles"),
        rule("create", RBAC, "clusterrolebindings"),
    ];
    let forward = Cluster::new().cluster_wide(rules.clone()).reach();
    rules.reverse();
    let backward = Cluster::new().cluster_wide(rules).reach();
    assert_eq!(risk_ids(&forward), ["K8S-BIND"]);
    assert_eq!(risk_ids(&forward), risk_ids(&backward));
}

#[test]
fn a_pair_given_by_two_bindings_is_one_way() {
    const RBAC: &str = "rbac.authorization.k8s.io";
    let reach = Cluster::new()
        .cluster_wide(vec![rule("bind", RBAC, "clusterroles")])
        .in_namespace("shop", vec![rule("create", RBAC, "rolebindings")])
        .reach();
    let bind = reach.risks.iter().find(|risk| risk.rule == "K8S-BIND").unwrap();
    assert_eq!(bind.grants.len(), 2);
    assert_eq!(bind.scope, "namespace/shop");
}

#[test]
fn halves_in_two_namespaces_are_no_way() {
    let reach = Cluster::new()
        .in_namespace("shop", vec![rule("create", "core", "secrets")])
        .in_namespace("ops", vec![rule("get", "core", "secrets")])
        .reach();
    assert!(!risk_ids(&reach).contains(&"K8S-TOKEN-SECRET"), "{:?}", risk_ids(&reach));
}

#[test]
fn a_half_in_an_untold_namespace_may_complete_any_other() {
    let mut cluster = Cluster::new()
        .in_namespace("shop", vec![rule("create", "core", "secrets")])
        .in_namespace("ops", vec![rule("get", "core", "secrets")]);
    cluster.0.bindings[1].scope = Scope::UnknownNamespace;
    let reach = cluster.reach();
    let token = reach.risks.iter().find(|risk| risk.rule == "K8S-TOKEN-SECRET").unwrap();
    assert_eq!(token.scope, "namespace/shop");
}

#[test]
fn impersonating_groups_in_the_core_group_needs_no_star() {
    let reach =
        Cluster::new().cluster_wide(vec![rule("impersonate", "core", "users groups")]).reach();
    assert_eq!(risk_ids(&reach), ["K8S-IMPERSONATE"]);
}

#[test]
fn a_role_that_nobody_is_bound_to_gives_nothing() {
    let cluster = Cluster::new().role(Scope::Cluster, "strong", vec![rule("*", "*", "*")]);
    assert!(cluster.reach().capabilities.is_empty());
}

#[test]
fn cluster_admin_in_a_namespace_is_not_cluster_admin() {
    let reach = Cluster::new()
        .role(Scope::Cluster, "cluster-admin", vec![rule("*", "*", "*")])
        .bind(
            Scope::Namespace("shop".into()),
            (RoleKind::ClusterRole, "cluster-admin"),
            bot_subject(),
        )
        .reach();
    assert_eq!(risk_ids(&reach), ["K8S-NS-ADMIN"]);
    assert_eq!(reach.risks[0].scope, "namespace/shop");
}

#[test]
fn webhooks_and_approvals_are_met_by_patch() {
    let reach = Cluster::new()
        .cluster_wide(vec![
            rule("patch", "admissionregistration.k8s.io", "mutatingwebhookconfigurations"),
            rule("patch", "certificates.k8s.io", "certificatesigningrequests/approval"),
        ])
        .reach();
    assert_eq!(risk_ids(&reach), ["K8S-MUTATING-ADMISSION", "K8S-CSR-LATENT"]);
}

#[test]
fn an_unknown_verb_is_unknown_and_not_harmless() {
    assert_eq!(
        effect_of(
            &shipped(),
            "associated-node:update",
            "resource.k8s.io",
            "resourceclaims",
            "driver",
            None
        ),
        (Effect::Destructive, false)
    );
}

#[test]
fn a_custom_resource_nobody_knows_is_read_or_destructive() {
    let reach = Cluster::new()
        .in_namespace("shop", vec![rule("get list create patch delete", "example.com", "widgets")])
        .reach();
    assert_eq!(
        lines(&reach),
        [
            "destructive?: create,patch,delete widgets.example.com (namespace/shop)",
            "read: get,list widgets.example.com (namespace/shop)",
        ]
    );
}

#[test]
fn a_star_among_names_is_a_name_like_any_other() {
    let reach = Cluster::new()
        .cluster_wide(vec![named(rule("get", "core", "secrets"), "*")])
        .in_namespace("shop", vec![named(rule("*", "*", "*"), "*")])
        .reach();
    assert!(!risk_ids(&reach).contains(&"K8S-SECRETS"), "{:?}", risk_ids(&reach));
    assert!(!risk_ids(&reach).contains(&"K8S-NS-ADMIN"), "{:?}", risk_ids(&reach));
    assert!(risk_ids(&reach).contains(&"K8S-DEAD-NAMES"), "{:?}", risk_ids(&reach));
}

#[test]
fn uids_and_extras_are_of_the_group_authentication() {
    let extras = |group| {
        let reach = Cluster::new()
            .cluster_wide(vec![rule("impersonate", group, "uids userextras/scopes")])
            .reach();
        risk_ids(&reach).contains(&"K8S-IMPERSONATE-EXTRA")
    };
    assert!(extras("authentication.k8s.io"));
    assert!(!extras("core"));
}

#[test]
fn a_list_of_names_bounds_a_get_and_not_what_a_wildcard_gives_beside_it() {
    let reach = Cluster::new()
        .in_namespace(
            "shop",
            vec![named(rule("get", "core", "secrets"), "db"), rule("list", "core", "secrets")],
        )
        .reach();
    assert_eq!(risk_ids(&reach), ["K8S-SECRETS"]);
}

#[test]
fn a_group_that_only_a_wildcard_covers_says_nothing_of_named_resources() {
    let reach = Cluster::new().cluster_wide(vec![rule("*", "*", "deployments")]).reach();
    for id in ["K8S-POLICY-ENGINE", "K8S-CLOUD-CONTROL", "K8S-IMPERSONATE-CONSTRAINED"] {
        assert!(!risk_ids(&reach).contains(&id), "{:?}", risk_ids(&reach));
    }
}

#[test]
fn a_resource_that_a_later_version_brings_is_not_called_dead() {
    let reach = Cluster::new()
        .cluster_wide(vec![
            rule("get", "resource.k8s.io", "resourceclasses"),
            rule("get", "scheduling.k8s.io", "workloads"),
            rule("update", "apps", "deployments/finalizers"),
        ])
        .reach();
    assert!(!risk_ids(&reach).contains(&"K8S-DEAD-RESOURCE"), "{:?}", risk_ids(&reach));
}

#[test]
fn an_update_by_name_makes_a_binding_and_no_secret() {
    const RBAC: &str = "rbac.authorization.k8s.io";
    let reach = |group, resource| {
        let rules = vec![named(rule("create update", group, resource), "x")];
        let reach = Cluster::new().in_namespace("shop", rules).reach();
        let creates = lines(&reach).iter().any(|line| line.contains("create"));
        (creates, risk_ids(&reach).contains(&"K8S-DEAD-NAMES"))
    };
    assert_eq!(reach(RBAC, "rolebindings"), (true, false));
    assert_eq!(reach("coordination.k8s.io", "leases"), (true, false));
    assert_eq!(reach("core", "secrets"), (false, true));
    assert_eq!(reach("apps", "deployments"), (false, true));
}
